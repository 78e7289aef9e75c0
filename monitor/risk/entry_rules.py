"""What must be true of an entry before it is recorded: the evidence bar, the roles, the days. The same for every country. Pure.

One public source for weak signs, two of different publishers for clear signs and stronger, and for every confirmation; a second
reader with another role for strong signs; and an end: 90 days for what changes fast, 365 for structure, 30 for *imminent*.
Nobody can be found through an entry (:mod:`.entered_text`).
"""

from __future__ import annotations

import difflib
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from functools import cached_property
from typing import Any

from pydantic import ValidationError

from indicators.countries import Countries
from monitor.risk.entered_text import publisher_of, role_fault, shown, text_fault, url_fault
from monitor.risk.framework import Framework, Indicator
from monitor.risk.judgements import (
    ENTRIES,
    FORMS,
    KINDS,
    CitedSource,
    Confirmation,
    ConfirmationForm,
    Entry,
    Form,
    Judgement,
    JudgementForm,
    Withdrawal,
    WithdrawalForm,
)

LONGEST_DAYS = {"structural": 365, "dynamic": 90, "trigger": 90}  # by the indicator's dynamics
LONGEST_CONFIRMED = {"imminent": 30, "raise": 90}  # by the kind of confirmation
LONGEST_TEXT, LONGEST_TITLE = 1000, 200
TWO_SOURCES_FROM = 2  # the rank of clear signs


class Refused(ValueError):
    """An entry is not recorded. ``faults``: every reason, each a sentence that begins with the field."""

    def __init__(self, faults: Sequence[str]) -> None:
        super().__init__("; ".join(faults))
        self.faults = tuple(faults)


@dataclass(frozen=True)
class Desk:
    """What a form is checked against: the framework's indicators, the countries that are assessed, and the time (UTC)."""

    framework: Framework
    countries: Countries
    now: datetime

    @cached_property
    def indicators(self) -> dict[str, Indicator]:
        """Return the indicators by id."""
        return {i.id: i for _, i in self.framework.indicators()}

    @cached_property
    def assessed(self) -> frozenset[str]:
        """Return the ISO3 codes that an entry may be about."""
        return frozenset(self.countries.assessed())


def checked(form: object, desk: Desk) -> Entry:
    """Return the entry of a form, or raise :class:`Refused` with everything that is wrong.

    1. The form has its fields, and each is of its kind. 2. Country and subject are known; the nearest are named. 3. Defaults are
    filled in. 4. The entry keeps the rules of this module. ``form``: a mapping with the fields of one of the forms of
    :mod:`.judgements`, ``entry`` naming which.
    """
    filled = _shaped(form)
    iso3, problems = _country(filled.iso3, desk)
    ahead = ["entered: lies in the future"] if filled.entered is not None and filled.entered > desk.now else []
    if unknown := [*problems, *_unknown_subject(filled, desk), *ahead]:
        raise Refused(unknown)
    entry = _completed(filled, iso3, desk)
    if faults := list(_faults(entry, desk)):
        raise Refused(faults)
    return entry


def refuse_if_nothing_is_left(entry: Entry, last: Entry | None) -> None:
    """Raise :class:`Refused` for a withdrawal where the last entry of its country and subject is none that can be taken back."""
    if isinstance(entry, Withdrawal) and (last is None or isinstance(last, Withdrawal)):
        raise Refused([f"subject: of {entry.iso3} {entry.subject} there is nothing to withdraw"])


# ---------------------------------------------------------------------------------------------------------------- the shape


def _shaped(form: object) -> Form:
    if not isinstance(form, Mapping):
        raise Refused(["the form is not a set of named fields"])
    name = form.get("entry")
    if not isinstance(name, str) or name not in FORMS:
        raise Refused([f"entry: {shown(name)} is not one of {', '.join(FORMS)}"])
    try:
        return FORMS[name].model_validate(dict(form))
    except ValidationError as error:
        fields = sorted({*FORMS[name].model_fields, *CitedSource.model_fields})
        raise Refused([_in_words(e, fields) for e in error.errors()[:20]]) from error


def _in_words(error: Any, fields: Sequence[str]) -> str:
    """Return a mistake of shape as a sentence that begins with the field."""
    parts = [f"[{p + 1}]" if isinstance(p, int) else f".{p if p in fields else shown(p)}" for p in error["loc"]]
    where = "".join(parts).removeprefix(".")
    if error["type"] == "missing":
        return f"{where}: is missing"
    if error["type"] == "extra_forbidden":
        return f"{where}: there is no such field{_nearest(str(error['loc'][-1]), fields)}"
    if error["type"] == "literal_error":
        valid = re.findall(r"'([^']*)'", error["ctx"]["expected"])
        return f"{where}: {shown(error['input'])} is not one of {', '.join(valid)}{_nearest(error['input'], valid)}"
    return f"{where}: {error['msg'].removeprefix('Value error, ')}"


def _nearest(word: object, valid: Sequence[str]) -> str:
    found = difflib.get_close_matches(word[:60], valid, n=1, cutoff=0.5) if isinstance(word, str) else []
    return f"; the nearest is {found[0]!r}" if found else ""


# ------------------------------------------------------------------------------------------------------------ what is known


def _country(text: str, desk: Desk) -> tuple[str, list[str]]:
    if len(text) > 60 or not text.isprintable():
        return "", [f"iso3: {shown(text)} is no country"]
    try:
        iso3 = desk.countries.find(text)
    except ValueError as error:
        return "", [f"iso3: {error}"]
    return iso3, [] if iso3 in desk.assessed else [f"iso3: {desk.countries.name(iso3)} is not assessed"]


def _unknown_subject(form: Form, desk: Desk) -> Iterator[str]:
    if isinstance(form, ConfirmationForm):
        return
    known = list(desk.indicators)
    field, word, valid = "indicator", "", known
    if isinstance(form, JudgementForm):
        word = form.indicator
    elif isinstance(form, WithdrawalForm):
        field, word, valid = "subject", form.subject, [*known, *KINDS]
    if word not in valid:
        yield f"{field}: unknown {field} {shown(word)}{_nearest(word, valid)}"


def longest_days(subject: str, desk: Desk) -> int:
    """Return how many days an entry about this subject stands at most, and does where no other end is given."""
    indicator = desk.indicators.get(subject)
    return LONGEST_CONFIRMED[subject] if indicator is None else LONGEST_DAYS[indicator.dynamics]


def _completed(form: Form, iso3: str, desk: Desk) -> Entry:
    entered = form.entered or desk.now.replace(microsecond=0)
    filled: dict[str, object] = form.model_dump() | {"iso3": iso3, "entered": entered}
    if isinstance(form, JudgementForm | ConfirmationForm):
        subject = form.indicator if isinstance(form, JudgementForm) else form.kind
        filled["expires"] = form.expires or entered.date() + timedelta(days=longest_days(subject, desk))
    if isinstance(form, JudgementForm):
        dates = sorted(min(s.date, entered.date()) for s in form.sources) or [entered.date()]
        filled |= {"observed_from": form.observed_from or dates[0], "observed_to": form.observed_to or dates[-1]}
    return ENTRIES[form.entry].model_validate(filled)


# ---------------------------------------------------------------------------------------------------------------- the rules


def _faults(entry: Entry, desk: Desk) -> Iterator[str]:
    field, text = ("summary", entry.summary) if isinstance(entry, Judgement) else ("reason", entry.reason)
    if fault := text_fault(text, LONGEST_TEXT):
        yield f"{field}: {fault}"
    if fault := role_fault(entry.role):
        yield f"role: {fault}"
    if isinstance(entry, Withdrawal):
        return
    yield from _end_faults(entry, desk)
    yield from _source_faults(entry.sources, entry.entered.date())
    if isinstance(entry, Confirmation):
        yield from _bar_faults(entry.sources, 2, f"confirming {entry.kind!r}")
        return
    needed = 2 if entry.rank >= TWO_SOURCES_FROM else 1
    yield from _bar_faults(entry.sources, needed, f"the answer {entry.answer!r}")
    yield from _judgement_faults(entry)


def _judgement_faults(entry: Judgement) -> Iterator[str]:
    if entry.observed_from > entry.observed_to:
        yield "observed_from: lies after observed_to"
    if entry.observed_to > entry.entered.date():
        yield "observed_to: lies after the day of entry"
    if not entry.second_reader:
        if entry.answer == "strong_signs":
            yield "second_reader: the answer 'strong_signs' needs a second reader with another role"
        return
    if fault := role_fault(entry.second_reader):
        yield f"second_reader: {fault}"
    elif "".join(entry.second_reader.split()) == "".join(entry.role.split()):
        yield "second_reader: must have another role than who enters"


def _end_faults(entry: Judgement | Confirmation, desk: Desk) -> Iterator[str]:
    longest = longest_days(entry.subject, desk)
    day: date = entry.entered.date()
    if entry.expires <= day:
        yield "expires: must lie after the day of entry"
    elif entry.expires > day + timedelta(days=longest):
        yield f"expires: at most {longest} days after entry, here {day + timedelta(days=longest)}; it may be shorter"


def _source_faults(sources: Sequence[CitedSource], entered: date) -> Iterator[str]:
    for n, source in enumerate(sources, 1):
        if fault := text_fault(source.title, LONGEST_TITLE):
            yield f"sources[{n}].title: {fault}"
        if fault := url_fault(source.url):
            yield f"sources[{n}].url: {fault}"
        if source.date > entered:
            yield f"sources[{n}].date: lies after the day of entry"
        if any(source.url == earlier.url for earlier in sources[: n - 1]):
            yield f"sources[{n}].url: is named twice"


def _bar_faults(sources: Sequence[CitedSource], needed: int, what: str) -> Iterator[str]:
    """Yield that there are too few sources. Independence is read from the site: two pages of one publisher are one source."""
    if not sources:
        yield f"sources: {what} needs at least {'one public source' if needed == 1 else 'two independent public sources'}"
        return
    if any(url_fault(s.url) for s in sources):
        return  # said already, and there may be no host to compare
    publishers = sorted({publisher_of(s.url) for s in sources})
    if len(publishers) < needed:
        yield f"sources: {what} needs two independent sources, on different hosts; here all are of {publishers[0]}"
