"""What we could not see this week: sources, countries, and what no collector brings yet. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import pandas as pd

from monitor.alerts.words import day, plain
from monitor.risk.framework import INSUFFICIENT

STATES = {
    "failed": "the last attempt brought nothing; shown as it was",
    "stale": "older than it should be",
    "missing": "never collected",
}


@dataclass(frozen=True)
class Gap:
    """One source that could not be seen. ``newest``: in words; ``new``: it was seen before this week."""

    title: str
    state: str
    newest: str
    new: bool


@dataclass(frozen=True)
class Unseen:
    """What could not be seen. ``sources``: how many there are; ``insufficient``, ``held``: names of countries, sorted."""

    gaps: tuple[Gap, ...]
    sources: int
    insufficient: tuple[tuple[str, str], ...]
    held: tuple[tuple[str, str], ...]


def unseen(tables: Mapping[str, pd.DataFrame], since: str) -> Unseen:
    """Return what could not be seen. ``tables``: ``sources``, ``assessments`` and ``alerts``; countries as (ISO3, name).

    ``since``: ISO day; silence in the data that was told after it is new.
    """
    told = tables["alerts"]
    fresh = told[(told["kind"] == "silence") & told["reason"].isin(["new", "escalated"]) & (told["as_of"] > since)]
    new = set(fresh["subject"])
    sources, said = tables["sources"][tables["sources"]["enabled"]], tables["assessments"]
    rows = sources[sources["state"] != "ok"].sort_values("title").to_dict("records")
    gaps = tuple(Gap(plain(r["title"]), STATES[r["state"]], _newest(r["newest_period"]), r["source"] in new) for r in rows)
    return Unseen(gaps, len(sources), _names(said[said["level"] == INSUFFICIENT]), _names(said[said["held"]]))


def _newest(period: str) -> str:
    return f"newest figures to {day(period)}" if period else "no figures"


def _names(rows: pd.DataFrame) -> tuple[tuple[str, str], ...]:
    named = ((str(r["iso3"]), plain(r["short"])) for r in rows.to_dict("records"))
    return tuple(sorted(named, key=lambda pair: pair[1]))
