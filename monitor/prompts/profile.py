"""Whom a text can go to, in what form and with what words: the response profile of one state (``config/parliament.yaml``). Pure.

Everything that belongs to one state (offices, forms, rules, wording of asks, names of countries) is data here; a rule without
``checked_on`` has been checked by nobody yet, and every text says so.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from datetime import date
from typing import Literal

from pydantic import Field, model_validator

from indicators.contract import Frozen
from monitor.briefs.levers import Lever, LeverBook
from monitor.risk.framework import Framework

MINISTER = "minister"  # a kind's `to` that means: the minister who holds the lever that fits best
Checked = date | Literal[""]
Reach = Literal["abroad", "home", "both"]
WHERE = "{country}"


class Office(Frozen):
    """A minister's office, never a person. ``holds``: the holders of levers for whom it answers."""

    id: str
    title: str
    called: str
    greeting: str
    holds: tuple[str, ...] = Field(min_length=1)
    checked_on: Checked = ""


class Recipient(Frozen):
    """Who a text goes to where that is not a minister."""

    id: str
    who: str
    checked_on: Checked = ""


class Source(Frozen):
    """Where a rule or a commitment was read; ``url`` is empty where no address is on record."""

    title: str
    publisher: str
    url: str = ""
    id: str = ""


class Commitment(Frozen):
    """What the state has said or is bound by: ``title`` followed by ``says`` is a sentence. ``day``: ISO day, year or empty."""

    id: str
    title: str
    day: str = Field("", pattern=r"^(\d{4}(-\d{2}-\d{2})?)?$")
    says: str
    reach: Reach
    source: Source
    checked_on: Checked = ""


class Form(Frozen):
    """What the words to be sent must keep to. ``of``: the whole text, or each passage set apart in it."""

    of: Literal["text", "each"]
    min_words: int = Field(0, ge=0)
    max_words: int = Field(gt=0)
    max_characters: int = Field(0, ge=0)
    max_sentences: int = Field(0, ge=0)
    begins: str = ""
    numbered: bool = False

    @model_validator(mode="after")
    def _can_be_kept(self) -> Form:
        if self.min_words > self.max_words:
            raise ValueError(f"min_words {self.min_words} is more than max_words {self.max_words}")
        return self


class Kind(Frozen):
    """One kind of text; its template has its name. ``basis``: a source stands behind the form, or it is this project's choice.
    ``from_level``: the level from which the form fits, empty for all. ``prefers_*``: levers of these kinds, or of these
    holders, suit the form and are put before others."""

    id: str = Field(pattern=r"^[a-z][a-z0-9]*(-[a-z0-9]+)*$")
    title: str
    title_at_home: str = ""
    sent_by: str
    to: str
    to_at_home: str = ""
    asks: int = Field(ge=2, le=6)
    from_level: str = ""
    prefers_kinds: tuple[Literal["preventive", "mitigating", "protective"], ...] = ()
    prefers_holders: tuple[str, ...] = ()
    basis: Literal["record", "house"]
    form: Form
    timing: str
    rules: tuple[str, ...] = ()
    sources: tuple[str, ...] = ()
    verification: str
    checked_on: Checked = ""


class Asked(Frozen):
    """A lever as a question and as a request; ``home_*`` where the country is the state itself."""

    question: str
    request: str
    home_question: str = ""
    home_request: str = ""

    def words(self, *, at_home: bool) -> tuple[str, str]:
        """Return question and request, abroad or at home."""
        if at_home and self.home_question:
            return self.home_question, self.home_request
        return self.question, self.request


class Assessment(Asked):
    """The question that needs no lever, and the offices that answer it."""

    answered_by: str
    answered_by_at_home: str


class Named(Frozen):
    """How a country is written: in full at the beginning, then short. ``counts``: a clause on the counts of deaths under it."""

    full: str
    short: str
    counts: str = ""


class Parliament(Frozen):
    """All of ``config/parliament.yaml``: the response profile of one state."""

    profile: str
    state: str
    title: str
    government: str
    checks_last_days: int = Field(gt=0)
    default: str
    never_told: tuple[str, ...] = ()
    offices: tuple[Office, ...]
    recipients: tuple[Recipient, ...]
    commitments: tuple[Commitment, ...]
    sources: tuple[Source, ...]
    kinds: tuple[Kind, ...] = Field(min_length=1)
    assessment: Assessment
    asks: Mapping[str, Asked]
    to_government: Mapping[str, str] = {}
    names: Mapping[str, Named] = {}

    def kind(self, name: str) -> Kind:
        """Return a kind by its id."""
        return next(k for k in self.kinds if k.id == name)

    def answers(self, holder: str) -> Office:
        """Return the office that answers for a holder of levers."""
        return next(o for o in self.offices if holder in o.holds)

    def office(self, name: str) -> Office:
        """Return an office by its id."""
        return next(o for o in self.offices if o.id == name)

    def recipient(self, name: str) -> Recipient:
        """Return a recipient by its id."""
        return next(r for r in self.recipients if r.id == name)


Mistake = tuple[str, str, Sequence[str]]


def is_old(checked_on: Checked, as_of: date, days: int) -> bool:
    """Return whether a check is older than ``days``; what nobody has checked is not old but unchecked."""
    return isinstance(checked_on, date) and (as_of - checked_on).days > days


def mistakes(
    profile: Parliament, book: LeverBook, framework: Framework, countries: Sequence[str], templates: Sequence[str]
) -> Iterator[Mistake]:
    """Yield (key, problem, valid names) of each mistake. ``templates``: the kinds for which there is a template."""
    for key, ids in _named(profile):
        yield from ((key, f"{i!r} is listed twice", ()) for i in sorted({i for i in ids if ids.count(i) > 1}))
    if profile.state not in countries:
        yield "state", f"unknown country {profile.state!r}", countries
    yield from (("names", f"unknown country {c!r}", countries) for c in sorted(set(profile.names) - set(countries)))
    known = [k.id for k in profile.kinds]
    if profile.default not in known:
        yield "default", f"unknown kind {profile.default!r}", known
    measures, levels = [m.id for m in framework.measures], [level.id for level in framework.levels]
    yield from (("never_told", f"unknown measure {m!r}", measures) for m in profile.never_told if m not in measures)
    for kind in profile.kinds:
        if kind.from_level and kind.from_level not in levels:
            yield f"kinds ({kind.id}).from_level", f"unknown level {kind.from_level!r}", levels
    yield from _of_kinds(profile, book, templates)
    yield from _of_offices(profile, book)
    yield from _of_asks(profile, book)


def _named(profile: Parliament) -> Iterator[tuple[str, list[str]]]:
    yield "offices", [o.id for o in profile.offices]
    yield "recipients", [r.id for r in profile.recipients]
    yield "commitments", [c.id for c in profile.commitments]
    yield "sources", [s.id for s in profile.sources]
    yield "kinds", [k.id for k in profile.kinds]
    yield "offices: holder", [h for o in profile.offices for h in o.holds]


def _of_kinds(profile: Parliament, book: LeverBook, templates: Sequence[str]) -> Iterator[Mistake]:
    holders = [h.id for h in book.holders]
    to, sources = [MINISTER, *(r.id for r in profile.recipients)], [s.id for s in profile.sources]
    for kind in profile.kinds:
        where = f"kinds ({kind.id})"
        yield from ((f"{where}.to", f"unknown recipient {t!r}", to) for t in (kind.to, kind.to_at_home) if t and t not in to)
        yield from ((f"{where}.sources", f"unknown source {s!r}", sources) for s in kind.sources if s not in sources)
        yield from (
            (f"{where}.prefers_holders", f"unknown holder {h!r}", holders) for h in kind.prefers_holders if h not in holders
        )
        if kind.id not in templates:
            yield where, f"no template {kind.id!r}", templates


def _of_offices(profile: Parliament, book: LeverBook) -> Iterator[Mistake]:
    holders = [h.id for h in book.holders]
    answered = {h for o in profile.offices for h in o.holds}
    offices = [o.id for o in profile.offices]
    for name in (profile.assessment.answered_by, profile.assessment.answered_by_at_home):
        if name not in offices:
            yield "assessment", f"unknown office {name!r}", offices
    for office in profile.offices:
        yield from ((f"offices ({office.id}).holds", f"unknown holder {h!r}", holders) for h in office.holds if h not in holders)
    yield from (("offices", f"no office answers for holder {h!r} of levers.yaml", ()) for h in holders if h not in answered)


def _of_asks(profile: Parliament, book: LeverBook) -> Iterator[Mistake]:
    levers = {lever.id: lever for lever in book.levers}
    yield from ((f"asks.{a}", f"unknown lever {a!r}", list(levers)) for a in profile.asks if a not in levers)
    yield from (("asks", f"lever {i!r} of levers.yaml has no words", ()) for i in levers if i not in profile.asks)
    for name, asked in profile.asks.items():
        for field, text in asked:
            for problem in _of_words(field, text, levers.get(name)):
                yield f"asks.{name}.{field}", problem, ()


def _of_words(field: str, text: str, lever: Lever | None) -> Iterator[str]:
    """Yield what is wrong with the words of an ask: no other braces than the country's, no country where there must be one."""
    home = field.startswith("home_")
    if "{" in text.replace(WHERE, "") or "}" in text.replace(WHERE, ""):
        yield f"the only word in braces is {WHERE}"
    if home and WHERE in text:
        yield f"{WHERE} has no place in words for home"
    if lever is None:
        return
    if home and lever.at_home is not None and not text:
        yield "the lever is used at home, so it needs words"
    if not home and lever.reach == "abroad" and WHERE not in text:
        yield f"{WHERE} is missing"
