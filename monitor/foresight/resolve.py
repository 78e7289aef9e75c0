"""What was forecast, set against what happened since: the ledger's forecasts resolved by the onsets known now. Pure.

A forecast is resolved country by country once the figures cover the last of its years; until then it is open, and nothing is
said of it. Of each data year the forecast that was entered first counts in the pooled score: it had seen least. A score of few
years has no interval, because intervals draw whole years again.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from monitor.foresight import scores
from monitor.foresight.policy import Foresight
from monitor.foresight.prepare import Prepared

COLUMNS = (
    *("entry", "run_id", "said", "target", "horizon", "track", "year_from", "first_year", "last_year"),
    *("iso3", "risk", "rank", "at_risk", "outcome"),
)
BLOCK = ["target", "horizon", "track"]
SUMMARY = ("entry", "said", *BLOCK, "year_from", "first_year", "last_year", "countries", "resolved", "onsets", "expected")
YEARS_FOR_INTERVAL = 5


@dataclass(frozen=True)
class Entered:
    """A forecast as it stands in the ledger: number of the entry, run, when it was said, and its body."""

    number: int
    run_id: str
    said: str
    content: Mapping[str, Any]


def outcomes(entries: Sequence[Entered], ready: Prepared) -> pd.DataFrame:
    """Return :data:`COLUMNS`: one row an entry, block and country at risk. ``outcome``: 1 an onset, 0 none, NaN open."""
    parts = [part for entry in entries for part in _of_entry(entry, ready)]
    return pd.concat(parts, ignore_index=True) if parts else pd.DataFrame(columns=list(COLUMNS))


def _of_entry(entry: Entered, ready: Prepared) -> Iterator[pd.DataFrame]:
    at = {iso3: n for n, iso3 in enumerate(ready.figures.countries)}
    first = int(ready.figures.years[0])
    for block in entry.content["blocks"]:
        frame = pd.DataFrame.from_dict(block["countries"], orient="index", columns=list(block["columns"]))
        frame = frame[frame["at_risk"].astype(bool)]
        own = ready.onsets.get(block["target"])
        row = int(block["year_from"]) - first
        outcome = np.full(len(frame), np.nan)
        if own is not None and 0 <= row < len(ready.figures.years):
            grid = own.within(int(block["horizon"]))[row]
            outcome = np.array([grid[at[c]] if c in at else np.nan for c in frame.index], dtype="float64")
        head = {name: block[name] for name in (*BLOCK, "year_from", "first_year", "last_year")}
        told = {"entry": entry.number, "run_id": entry.run_id, "said": entry.said, **head, "iso3": frame.index.tolist()}
        values = {name: frame[name].to_numpy() for name in ("risk", "rank", "at_risk")}
        yield pd.DataFrame({**told, **values, "outcome": outcome})


def summary(found: pd.DataFrame) -> pd.DataFrame:
    """Return :data:`SUMMARY`: of each entry and block how many countries are resolved, their onsets, and those expected."""
    rows = []
    for (entry, said, *block, year_from, first, last), part in found.groupby(
        ["entry", "said", *BLOCK, "year_from", "first_year", "last_year"], sort=True
    ):
        known = part[part["outcome"].notna()]
        onsets = int((known["outcome"] == 1).to_numpy().sum())
        expected = float(known["risk"].sum(min_count=1)) if len(known) else float("nan")
        rows.append((entry, said, *block, year_from, first, last, len(part), len(known), onsets, expected))
    return pd.DataFrame(rows, columns=list(SUMMARY))


def pooled(found: pd.DataFrame, policy: Foresight) -> pd.DataFrame:
    """Return the scores of the forecasts that were entered first of each data year: :data:`.scores.COLUMNS`, and ``years``.

    Empty where nothing is resolved. ``low`` and ``high`` are NaN below :data:`YEARS_FOR_INTERVAL` years.
    """
    parts = []
    known = found[found["outcome"].notna()]
    for block, part in known.groupby(BLOCK, sort=True):
        first = part.groupby("year_from")["entry"].transform("min")
        mine = part[part["entry"] == first]
        rank = mine["rank"].to_numpy(dtype="int64")
        year, risk, outcome = (
            mine[name].to_numpy(dtype=kind)
            for name, kind in (("first_year", "int64"), ("risk", "float64"), ("outcome", "float64"))
        )
        one = scores.score(scores.Scored(year, risk, outcome, rank, rank), policy.top, policy.draws, policy.seed)
        years = int(mine["year_from"].nunique())
        if years < YEARS_FOR_INTERVAL:
            one = one.assign(low=np.nan, high=np.nan)
        head: dict[str, Any] = dict(zip(BLOCK, block, strict=True))
        parts.append(one.assign(**head, split="all", years=years))
    columns = [*scores.COLUMNS, "years"]
    return pd.concat(parts, ignore_index=True)[columns] if parts else pd.DataFrame(columns=columns)


def by_level(
    said: Mapping[str, Sequence[Any]], columns: Sequence[str], began: Mapping[str, float], levels: Sequence[str]
) -> pd.DataFrame:
    """Return what followed an assessment, by level: level, countries, resolved, onsets.

    ``said``: country -> its values of ``columns`` (level and status among them); ``began``: country -> 1 where killing on a large
    scale began in the twelve months after, 0 where each of them is known and it did not, NaN open. Where it was under way
    already, there was nothing to begin, and the country is left out.
    """
    level, status = columns.index("level"), columns.index("status")
    rows = [(str(v[level]), began.get(c, np.nan)) for c, v in said.items() if v[status] != "under way"]
    frame = pd.DataFrame(rows, columns=["level", "began"])
    found = []
    for name in levels:
        mine = frame[frame["level"] == name]["began"]
        found.append((name, len(mine), int(mine.notna().to_numpy().sum()), int((mine == 1).to_numpy().sum())))
    return pd.DataFrame(found, columns=["level", "countries", "resolved", "onsets"])


def began_after(deaths: pd.DataFrame, after: pd.Period, at_least: float, months: int = 12) -> dict[str, float]:
    """Return for each country whether the sum of ``months`` months reached a mark in the year after a month, and not at it.

    ``deaths``: months (a PeriodIndex without holes) x countries, NaN unknown. 1 where a sum of the twelve months after reaches
    it, 0 where each of these sums is known and none does, NaN open, or where it was reached at that month already.
    """
    rolled = deaths.rolling(months, min_periods=months).sum()
    wanted = pd.period_range(after + 1, after + 12, freq="M")
    ahead, then = rolled.reindex(wanted), rolled.reindex([after]).iloc[0]
    reached = (ahead >= at_least).any()
    whole = ahead.notna().all()
    found = np.where(reached, 1.0, np.where(whole, 0.0, np.nan))
    return dict(zip(map(str, deaths.columns), np.where((then >= at_least).to_numpy(), np.nan, found).tolist(), strict=True))
