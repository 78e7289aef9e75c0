"""Status: whether civilians are being killed on a large scale, were in the recent past, or neither. Apart from every level.

The rule is the framework's ``under_way``: the series, the months of the window, how many deaths, and the years of recent past.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date

import numpy as np
import numpy.typing as npt
import pandas as pd

from monitor.risk.cube import Block, Cube, Floats
from monitor.risk.framework import Framework
from monitor.risk.transforms import Request, Value, sum_months

UNDER_WAY, RECENT_PAST, ONSET_RISK, UNKNOWN = "under way", "recent past", "onset risk", "unknown"
NOT_A_DAY = np.datetime64("NaT", "D")


@dataclass(frozen=True)
class Status:
    """The status of every country. ``killed``: civilians killed in the newest window, with its period and rows.

    ``since``: last day of the month in which the window of the present spell (under way), or of the last one (recent past), first
    reached the threshold; NaT elsewhere.
    """

    status: npt.NDArray[np.str_]
    killed: Value
    since: npt.NDArray[np.datetime64]


def status_of(cube: Cube, framework: Framework, as_of: date) -> Status:
    """Return the status of every country of the cube as of a date."""
    rule = framework.under_way
    block = cube.blocks[rule.series]
    window = sum_months(Request(block, months=rule.months))
    known = ages([window], as_of, len(cube.countries))[0] <= framework.max_age_days["month"]
    since = np.datetime64(as_of, "Y") - np.timedelta64(rule.recent_years, "Y")
    over = _rolling(block.values, rule.months) >= rule.at_least
    recent = (over & (block.ends >= since)[:, None]).any(axis=0)
    with np.errstate(invalid="ignore"):
        now = window.value >= rule.at_least
    status = np.where(~known, UNKNOWN, np.where(now, UNDER_WAY, np.where(recent, RECENT_PAST, ONSET_RISK)))
    told = (status == UNDER_WAY) | (status == RECENT_PAST)
    return Status(status, window, np.where(told, _began(block, over), NOT_A_DAY))


def hold_status(now: Status, countries: Sequence[str], previous: pd.DataFrame) -> pd.DataFrame:
    """Return each country's status after holding: killing under way, or in the recent past, stays so when it is out of sight.

    Only these: that no large-scale killing was on record says nothing of a country that can no longer be seen.

    Index iso3; columns ``status``, ``deaths``, ``until`` (ISO day), ``since`` (ISO day), ``known`` (months), ``held``.
    ``previous``: index iso3, with columns ``status``, ``status_deaths``, ``status_until``, ``status_since``, ``status_known``; or
    empty.
    """
    value = now.killed
    said = pd.DataFrame(
        {
            "status": now.status,
            "deaths": value.value,
            "until": _iso(value.end),
            "since": _iso(now.since),
            "known": value.known,
            "held": False,
        },
        index=pd.Index(countries, name="iso3"),
    )
    if previous.empty or "status_known" not in previous:
        return said
    was = previous.reindex(said.index)
    keep = (said["status"] == UNKNOWN) & was["status"].isin([UNDER_WAY, RECENT_PAST])
    old: Mapping[str, str] = {"status": "status"} | {name: f"status_{name}" for name in ("deaths", "until", "since", "known")}
    for column, before in old.items():
        said[column] = said[column].where(~keep, was[before]) if before in was else said[column]
    return said.assign(held=keep, deaths=said["deaths"].astype("float64"), known=said["known"].astype("int64"))


def ages(values: Sequence[Value], as_of: date, width: int) -> Floats:
    """Return the days since the end of each value's period (values x countries); NaN where there is none."""
    ends = np.array([v.end for v in values], dtype="datetime64[D]").reshape(-1, width)
    days = (np.datetime64(as_of, "D") - ends).astype("float64")
    return np.where(np.isnat(ends), np.nan, days)  # a missing date is a very small number, not a missing one


def _rolling(values: Floats, months: int) -> Floats:
    """Return sums over the ``months`` up to each month; unknown months add nothing, so each sum is a lower bound."""
    total = np.cumsum(np.where(np.isnan(values), 0.0, values), axis=0)
    before = np.zeros_like(total)
    before[months:] = total[:-months]
    rolled: Floats = total - before
    return rolled


def _began(block: Block, over: npt.NDArray[np.bool_]) -> npt.NDArray[np.datetime64]:
    """Return the last day of the month in which the newest spell over the threshold began; NaT where there never was one."""
    if not len(block.ends):
        return np.full(over.shape[1], NOT_A_DAY)
    starts = over & ~np.vstack([np.zeros((1, over.shape[1]), dtype=bool), over[:-1]])
    at = len(starts) - 1 - np.argmax(starts[::-1], axis=0)
    return np.where(starts.any(axis=0), block.ends[at], NOT_A_DAY)


def _iso(days: npt.NDArray[np.datetime64]) -> npt.NDArray[np.str_]:
    return np.where(np.isnat(days), "", days.astype("datetime64[D]").astype(str))
