"""Made-up entries of people, for tests: not a word of them is a finding. 5.3 is structural, 1.2 dynamic, 8.1 a trigger."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

from monitor.risk.entry_rules import Desk, checked
from monitor.risk.judgements import Entry
from tests.whole_world import shipped

NOON = datetime(2026, 11, 20, 12, tzinfo=UTC)
ONE = {"title": "Made-up report", "url": "https://example.org/report", "date": "2026-10-01"}
TWO = {"title": "Made-up second report", "url": "https://example.com/second", "date": "2026-10-20"}
SAME_SITE = {"title": "Made-up third report", "url": "https://news.example.org/third", "date": "2026-10-20"}


def desk(now: datetime = NOON) -> Desk:
    """Return the shipped framework and countries at a time: noon of 20 November 2026 unless told otherwise."""
    return Desk(shipped().framework, shipped().countries, now)


def judgement(**changes: Any) -> dict[str, Any]:
    """Return a form that is good as it is; ``None`` leaves a field out."""
    form = {
        "entry": "judgement",
        "iso3": "CMR",
        "indicator": "5.3",
        "answer": "weak_signs",
        "confidence": "moderate",
        "summary": "Made-up signs",
        "sources": [ONE],
        "role": "analyst",
    }
    return {name: value for name, value in (form | changes).items() if value is not None}


def confirmation(**changes: Any) -> dict[str, Any]:
    """Return a form that is good as it is; ``None`` leaves a field out."""
    form = {
        "entry": "confirmation",
        "iso3": "SDN",
        "kind": "imminent",
        "reason": "Made-up reason",
        "role": "country lead",
        "sources": [ONE, TWO],
    }
    return {name: value for name, value in (form | changes).items() if value is not None}


def withdrawal(iso3: str, subject: str, **changes: Any) -> dict[str, Any]:
    """Return the form that takes back the last entry of a country and subject."""
    return {"entry": "withdrawal", "iso3": iso3, "subject": subject, "reason": "Made-up error", "role": "analyst"} | changes


def made(form: dict[str, Any], day: str | None = None) -> Entry:
    """Return the entry of a form, entered at noon of a day."""
    return checked(form, desk() if day is None else desk(datetime.fromisoformat(f"{day}T12:00:00Z")))
