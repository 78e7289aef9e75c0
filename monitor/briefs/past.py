"""What a brief's charts show of the past: the two indices month by month, and reported killing of civilians by month. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import pandas as pd

from monitor.risk.framework import TRACK_IDS

YEARS = 10


@dataclass(frozen=True)
class Point:
    """A value of the period that ends on ``end`` (ISO day); NaN where it is unknown."""

    end: str
    value: float


@dataclass(frozen=True)
class Past:
    """The last ten years. ``index``: of each track, month by month, as it would have been on today's vintages; ``killed``: of the
    series behind the status, every month of which a figure may be known. Each is empty where the run has nothing to show."""

    index: Mapping[str, tuple[Point, ...]]
    killed: tuple[Point, ...]
    series: str


def past_of(iso3: str, path: pd.DataFrame | None, history: pd.DataFrame | None, manifest: Mapping[str, Any]) -> Past:
    """Return the past of a country. ``path``: the table ``history``; ``history``: observations (series, iso3, end, value)."""
    last = pd.Timestamp(manifest["as_of"])
    series = manifest["framework"]["under_way"]["series"]
    return Past(_index(iso3, path, last), _killed(series, history, last), series)


def _index(iso3: str, path: pd.DataFrame | None, last: pd.Timestamp) -> dict[str, tuple[Point, ...]]:
    if path is None or path.empty:
        return {}
    mine = path[path["iso3"] == iso3].sort_values("as_of")
    ends = [f"{day}"[:10] for day in mine["as_of"]]  # ISO text is in the order of its days
    first, until = f"{last - pd.DateOffset(years=YEARS):%Y-%m-%d}", f"{last:%Y-%m-%d}"
    values = {t: zip(ends, mine[f"{t}_index"].to_numpy(dtype="float64"), strict=True) for t in TRACK_IDS}
    lines = {t: tuple(Point(e, float(v)) for e, v in points if first < e <= until) for t, points in values.items()}
    return {t: points for t, points in lines.items() if any(p.value == p.value for p in points)}


def _killed(series: str, history: pd.DataFrame | None, last: pd.Timestamp) -> tuple[Point, ...]:
    """Return every month from the first to the last known one of the last years; a month without a row stays unknown."""
    if history is None or history.empty:
        return ()
    mine = history[history["series"] == series].dropna(subset="value")
    mine = mine[pd.DatetimeIndex(mine["end"]) > last - pd.DateOffset(years=YEARS)]
    if mine.empty:
        return ()
    by_month = pd.Series(mine["value"].to_numpy(dtype="float64"), index=pd.PeriodIndex(mine["end"], freq="M"))
    by_month = by_month[~by_month.index.duplicated(keep="last")].sort_index()
    months = pd.period_range(by_month.index[0], by_month.index[-1], freq="M")
    ends = months.to_timestamp(how="end").strftime("%Y-%m-%d")
    return tuple(Point(str(end), float(v)) for end, v in zip(ends, by_month.reindex(months), strict=True))
