"""The response profile of a state, and the facts of its record: ``config/response.yaml``, ``config/response_facts.yaml``. Pure.

The United Kingdom is the first profile. Another state is another file of the same shape; nothing in the code names one.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Literal

from pydantic import Field, model_validator

from indicators.contract import Frozen, Source
from indicators.gazetteer import Gazetteer

Checked = date | Literal[""]
Covered = Literal["", "totals", "list", "page"]


class ActKind(Frozen):
    """A kind of act that the clock counts to. Without a series nobody collects it; ``of``: the series of totals.

    ``after_days``: so many days after the totals begin the record is taken as whole, where an act may belong to an earlier period
    that was not read, as an answer does to its question.
    """

    id: str
    title: str
    office: str
    series: str = ""
    covered: Covered = ""
    of: str = ""
    after_days: int = Field(default=0, ge=0)

    @model_validator(mode="after")
    def _says_how_far_back(self) -> ActKind:
        if bool(self.series) != bool(self.covered) or (self.covered == "totals") != bool(self.of):
            raise ValueError("a series needs 'covered', and 'totals' needs the series of totals (of)")
        return self


class Office(Frozen):
    """An office, never a person. ``checked_on``: empty where nobody has checked it yet."""

    id: str
    office: str
    checked_on: Checked = ""


class Owner(Frozen):
    """A question of who answers for it; an empty ``office`` is a finding: the public record read so far does not say."""

    id: str
    asks: str
    office: str
    checked_on: Checked = ""
    note: str = ""
    url: str = ""


class Figure(Frozen):
    """A series that a row shows; ``words``: what its values mean, where they are steps of a scale."""

    series: str
    label: str
    words: Mapping[int, str] = Field(default_factory=dict)


class Share(Frozen):
    """A share of sums of series of the same period: ``of`` among ``among``."""

    title: str
    of: tuple[str, ...] = Field(min_length=1)
    among: tuple[str, ...] = Field(min_length=1)


class Row(Frozen):
    """A row of the card: figures, or a list of facts, or neither, which reads 'not collected yet'."""

    id: str
    title: str
    office: str
    figures: tuple[Figure, ...] = ()
    facts: str = ""
    share: Share | None = None
    reads_as: str = ""

    @model_validator(mode="after")
    def _shows_one_thing(self) -> Row:
        if self.figures and self.facts:
            raise ValueError("a row shows figures or facts, not both")
        return self


class Condition(Frozen):
    """One condition of a mirror rule: on the level, on whether a row holds something, or on a row's share."""

    level_at_least: str = ""
    row: str = ""
    found: bool | None = None
    share_below: float | None = Field(default=None, gt=0, le=1)

    @model_validator(mode="after")
    def _asks_one_thing(self) -> Condition:
        if bool(self.level_at_least) == bool(self.row) or (
            bool(self.row) != ((self.found is None) != (self.share_below is None))
        ):
            raise ValueError("a condition is on the level, or on a row: what it holds (found) or its share (share_below)")
        return self


class Contrast(Frozen):
    """Two things that may not fit together, said neutrally, with the reading against it."""

    id: str
    when: tuple[Condition, ...] = Field(min_length=2)
    says: str = Field(min_length=1)
    counter: str = Field(min_length=1)


class Attention(Frozen):
    """Which series count attention: ``{series}.{week or month}_{asked}`` and ``_{totals}``."""

    series: str
    asked: str
    totals: str


class Profile(Frozen):
    """All of ``response.yaml``."""

    state: str
    name: str
    adjective: str
    acts: tuple[ActKind, ...]
    holders: tuple[Office, ...]
    ownership: tuple[Owner, ...]
    rows: tuple[Row, ...] = Field(min_length=1)
    attention: Attention | None = None
    mirror: tuple[Contrast, ...] = ()
    words: Mapping[str, tuple[str, ...]] = Field(default_factory=dict)
    sources: tuple[Source, ...] = ()
    bundled: tuple[str, ...] = ()

    @property
    def offices(self) -> dict[str, Office]:
        """The offices by id."""
        return {office.id: office for office in self.holders}

    @property
    def series(self) -> dict[str, Source]:
        """The card of every series."""
        return {series.id: card for card in self.sources for series in card.series}


class FactList(Frozen):
    """A list that was published once. ``whole``: it names every country that it is about, so that absence says something."""

    id: str
    title: str
    publisher: str
    published: Checked
    licence: str
    url: str
    whole: bool
    checked_on: Checked = ""
    says: str = ""
    countries: tuple[str, ...] = ()
    texts: Mapping[str, str] = Field(default_factory=dict)

    @model_validator(mode="after")
    def _says_something(self) -> FactList:
        if bool(self.countries) == bool(self.texts) or bool(self.countries) != bool(self.says):
            raise ValueError("a list has countries and one sentence (says), or a text for each country (texts)")
        return self

    def of(self, iso3: str) -> str:
        """Return what the list says of a country, an empty text where it does not name it."""
        return self.texts.get(iso3, self.says if iso3 in self.countries else "")

    @property
    def named(self) -> frozenset[str]:
        """The countries that it names."""
        return frozenset(self.countries or self.texts)


class Facts(Frozen):
    """All of ``response_facts.yaml``."""

    lists: tuple[FactList, ...]


@dataclass(frozen=True)
class Response:
    """A profile with its facts and its gazetteer, checked against each other; ``hash``: of all four files."""

    profile: Profile
    facts: Mapping[str, FactList]
    gazetteer: Gazetteer
    hash: str = ""


def mistakes(
    profile: Profile, facts: Facts, known: Collection[str], levels: Collection[str]
) -> Iterator[tuple[str, str, list[str]]]:
    """Yield where, what is wrong, and the valid names, for whatever names what is not there or stands twice."""
    offices, series = sorted(profile.offices), sorted(profile.series)
    lists, rows = [entry.id for entry in facts.lists], [row.id for row in profile.rows]
    if profile.state not in known:
        yield "state", f"unknown country {profile.state!r}", sorted(known)
    for key, ids in (("rows", rows), ("acts", [a.id for a in profile.acts]), ("holders", [h.id for h in profile.holders])):
        for twice in sorted({i for i in ids if ids.count(i) > 1}):
            yield key, f"{twice!r} is listed twice", []
    for where, office in [
        *((f"acts ({a.id}).office", a.office) for a in profile.acts),
        *((f"rows ({r.id}).office", r.office) for r in profile.rows),
    ]:
        if office not in offices:
            yield where, f"unknown holder {office!r}", offices
    for name in set(profile.bundled) - {card.id for card in profile.sources}:
        yield "bundled", f"unknown source {name!r}", sorted(card.id for card in profile.sources)
    for where, name in _series_named(profile):
        if name not in series:
            yield where, f"unknown series {name!r}", series
    for row in profile.rows:
        if row.facts and row.facts not in lists:
            yield f"rows ({row.id}).facts", f"unknown list {row.facts!r}", lists
    yield from _in_mirror(profile, rows, levels)


def _series_named(profile: Profile) -> Iterator[tuple[str, str]]:
    for act in profile.acts:
        yield from ((f"acts ({act.id})", name) for name in (act.series, act.of) if name)
    for row in profile.rows:
        yield from ((f"rows ({row.id}).figures", figure.series) for figure in row.figures)
        share = row.share
        yield from ((f"rows ({row.id}).share", name) for name in ((*share.of, *share.among) if share else ()))
    if profile.attention:
        about = profile.attention
        for kind in ("week", "month"):
            yield from (("attention", f"{about.series}.{kind}_{name}") for name in (about.asked, about.totals))


def _in_mirror(profile: Profile, rows: list[str], levels: Collection[str]) -> Iterator[tuple[str, str, list[str]]]:
    shared = [row.id for row in profile.rows if row.share]
    for contrast in profile.mirror:
        for condition in contrast.when:
            where = f"mirror ({contrast.id})"
            if condition.level_at_least and condition.level_at_least not in levels:
                yield where, f"unknown level {condition.level_at_least!r}", sorted(levels)
            if condition.row and condition.row not in (rows if condition.share_below is None else shared):
                yield where, f"unknown row {condition.row!r}" + (" with a share" if condition.share_below else ""), rows
