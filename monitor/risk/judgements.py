"""What people enter: judgements where no public series can answer, confirmations, and withdrawals of either. Pure.

A judgement is an analyst's answer for one indicator of one country, with its sources, by a role, until a day. A confirmation is a
person's decision that the program must not take: that risk is imminent, or that a raise stands which rests on provisional
figures or is a second step. Neither changes a score: both are shown apart. What must be true of them is
:mod:`.entry_rules`; here they are only values, and which of them stand.

A *form* is an entry as a person fills it in: the country by code or name, and what has a default left out.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from datetime import UTC, date, datetime
from typing import Annotated, Any, Literal, TypeAlias, get_args

from pydantic import BeforeValidator, Field, StrictBool

from indicators.contract import Frozen

Answer = Literal["no_evidence_found", "weak_signs", "clear_signs", "strong_signs"]
Direction = Literal["improving", "stable", "worsening", "unknown"]
Confidence = Literal["low", "moderate", "high"]
Kind = Literal["imminent", "raise"]
State = Literal["stands", "expired", "replaced", "withdrawn"]
ANSWERS: tuple[Answer, ...] = get_args(Answer)
KINDS: tuple[Kind, ...] = get_args(Kind)
MOST_SOURCES = 12


def _iso_day(value: Any) -> date:
    """Return a day; a number, which would be taken for seconds since 1970, is none."""
    if isinstance(value, date) and not isinstance(value, datetime):
        return value
    if isinstance(value, str) and re.fullmatch(r"\d{4}-\d{2}-\d{2}", value):
        return date.fromisoformat(value)
    raise ValueError("write a day as 2026-10-01")


def _iso_instant(value: Any) -> datetime:
    """Return an instant in UTC, to the second."""
    try:
        instant = value if isinstance(value, datetime) else datetime.fromisoformat(value if isinstance(value, str) else "")
        if instant.tzinfo is not None:
            return instant.astimezone(UTC).replace(microsecond=0)
    except (ValueError, OverflowError):  # overflow: the year 1 in another time zone
        pass
    raise ValueError("write an instant with its time zone, as 2026-10-01T12:00:00Z")


Day: TypeAlias = Annotated[date, BeforeValidator(_iso_day)]
Instant: TypeAlias = Annotated[datetime, BeforeValidator(_iso_instant)]


class CitedSource(Frozen):
    """A public page that an entry rests on: its title, its https address, and the day it was published."""

    title: str
    url: str
    date: Day


class JudgementForm(Frozen):
    """A judgement as filled in.

    ``allegation``: what the sources say is alleged, not established. ``observed_from``, ``observed_to``: the days it is about;
    default: the span of its sources' dates. ``expires``: its last day; default and latest:
    :data:`.entry_rules.LONGEST_DAYS` after ``entered``, whose default is now. ``role``, ``second_reader``: never names.
    """

    entry: Literal["judgement"] = "judgement"
    iso3: str
    indicator: str
    answer: Answer
    direction: Direction = "unknown"
    confidence: Confidence
    summary: str
    allegation: StrictBool = False
    sources: tuple[CitedSource, ...] = Field(max_length=MOST_SOURCES)
    observed_from: Day | None = None
    observed_to: Day | None = None
    role: str
    second_reader: str = ""
    entered: Instant | None = None
    expires: Day | None = None


class Judgement(JudgementForm):
    """An analyst's dated, sourced, expiring answer for one indicator of one country; ``iso3`` is a code."""

    observed_from: Day
    observed_to: Day
    entered: Instant
    expires: Day

    @property
    def subject(self) -> str:
        """Return what the entry is about: the indicator."""
        return self.indicator

    @property
    def rank(self) -> int:
        """Return the strength of the answer, 0 (no evidence found) to 3 (strong signs). An order, not a score."""
        return ANSWERS.index(self.answer)


class ConfirmationForm(Frozen):
    """A confirmation as filled in; its days as in :class:`JudgementForm`."""

    entry: Literal["confirmation"] = "confirmation"
    iso3: str
    kind: Kind
    reason: str
    role: str
    sources: tuple[CitedSource, ...] = Field(max_length=MOST_SOURCES)
    entered: Instant | None = None
    expires: Day | None = None


class Confirmation(ConfirmationForm):
    """A person's decision: risk is ``imminent``, or a ``raise`` stands on provisional figures or as a second step."""

    entered: Instant
    expires: Day

    @property
    def subject(self) -> str:
        """Return what the entry is about: the kind of confirmation."""
        return self.kind


class WithdrawalForm(Frozen):
    """A withdrawal as filled in. ``subject``: the indicator, or the kind of confirmation, whose last entry is taken back."""

    entry: Literal["withdrawal"] = "withdrawal"
    iso3: str
    subject: str
    reason: str
    role: str
    entered: Instant | None = None


class Withdrawal(WithdrawalForm):
    """The last entry of one country and subject is taken back: it stays in the record and no longer stands."""

    entered: Instant


Form: TypeAlias = JudgementForm | ConfirmationForm | WithdrawalForm
Entry: TypeAlias = Judgement | Confirmation | Withdrawal
Standing: TypeAlias = tuple[Judgement | Confirmation, State]


# the forms and the entries, by what each calls itself
FORMS: dict[str, type[Form]] = {"judgement": JudgementForm, "confirmation": ConfirmationForm, "withdrawal": WithdrawalForm}
ENTRIES: dict[str, type[Entry]] = {"judgement": Judgement, "confirmation": Confirmation, "withdrawal": Withdrawal}


def standing(entries: Iterable[Entry], as_of: date) -> list[Standing]:
    """Return every judgement and confirmation entered by the end of a day (UTC) with its state on that day, oldest first.

    ``entries``: in the order they were recorded. The last of a country and subject *stands* up to and including the day it
    expires, then is *expired*: the indicator is "not assessed" again. Whatever a later one follows is *replaced*, or *withdrawn*
    where that is a withdrawal; what was replaced does not come back.
    """
    in_time = sorted((e for e in entries if e.entered.date() <= as_of), key=lambda e: e.entered)
    followed: dict[tuple[str, str], Entry] = {}
    found: list[Standing] = []
    for entry in reversed(in_time):
        later = followed.get((entry.iso3, entry.subject))
        followed[entry.iso3, entry.subject] = entry
        if not isinstance(entry, Withdrawal):
            found.append((entry, _state(entry, later, as_of)))
    return found[::-1]


def _state(entry: Judgement | Confirmation, later: Entry | None, as_of: date) -> State:
    if later is not None:
        return "withdrawn" if isinstance(later, Withdrawal) else "replaced"
    return "stands" if as_of <= entry.expires else "expired"


def last_entries(entries: Iterable[Entry]) -> dict[tuple[str, str], Entry]:
    """Return the last entry of every country and subject, withdrawals included. ``entries``: in the order they were recorded."""
    return {(e.iso3, e.subject): e for e in sorted(entries, key=lambda e: e.entered)}


def repeats(entry: Entry, last: Entry | None) -> bool:
    """Return whether an entry says what the last one of its country and subject says already.

    Its two times do not count: entering the same words again, of the same sources, is no new look and renews nothing.
    """
    times = {"entered", "expires"}
    return last is not None and last.model_dump(exclude=times) == entry.model_dump(exclude=times)
