"""What may change a level from one run to the next: missing evidence never lowers one."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pandas as pd

from monitor.risk.assess import RECENT_PAST, UNDER_WAY, UNKNOWN, Assessed, scored
from monitor.risk.framework import INSUFFICIENT, TRACK_IDS, Framework

Bools = npt.NDArray[np.bool_]


@dataclass(frozen=True)
class Held:
    """Levels after holding, by track (tracks x countries). ``evidence``: what the level shown rests on, as hex bits, the lowest
    first: the measures, the measures whose window is whole, the signals, each in the framework's order. ``until``: the newest
    period among the measures, ISO date or empty. ``periods``: the last month of each measure, four hex digits a measure."""

    level: npt.NDArray[np.int64]
    held: Bools
    evidence: npt.NDArray[np.str_]
    until: npt.NDArray[np.str_]
    periods: npt.NDArray[np.str_]


def hold(assessed: Assessed, previous: pd.DataFrame, framework: Framework) -> Held:
    """Return each track's level, kept at the last one recorded where evidence behind that one has since been lost.

    ``previous``: index iso3; columns ``{track}_level`` (str), ``{track}_evidence`` (hex bits), ``{track}_until``; empty when
    there is no earlier assessment by the same framework. A level is held when it would fall, or become insufficient data,
    while something that the last level rested on can no longer be seen: a measure without a reading, a sum that has lost
    months, a signal without a value or too old; or where an older figure has taken the place of a newer one. Lost evidence is
    remembered until it is back, also while the level does not fall: what happens meanwhile may raise the level, and cannot
    lower it.
    """
    order = framework.level_order
    columns = [f"{t}_{c}" for t in TRACK_IDS for c in ("level", "evidence", "until", "periods")]
    was = previous if len(previous) else pd.DataFrame(columns=columns, dtype="str")
    was = was.reindex(index=assessed.countries, columns=columns).fillna("").astype(str)
    months = _months(scored(assessed.readings), assessed)
    seen = _bits(_facts(scored(assessed.readings), assessed, assessed.signal_seen))
    levels, held, evidence, until, periods = [], [], [], [], []
    for track in TRACK_IDS:
        result = assessed.tracks[track]
        uses = scored(assessed.readings) & (result.weight > 0)
        bits, last_day = _bits(_facts(uses, assessed, result.fired)), _last_day(uses, assessed)
        before = was[f"{track}_level"].map(lambda v: order.get(v, -1)).to_numpy(dtype="int64")
        old, old_until = _numbers(was[f"{track}_evidence"]), was[f"{track}_until"].to_numpy(dtype=str)
        lost = np.array([bool(o & ~s) for o, s in zip(old, seen, strict=True)], dtype=bool)
        old_months = _read_months(was[f"{track}_periods"], len(months))
        lost |= ((months > 0) & (months < old_months)).any(axis=0)  # an older figure has taken the place of a newer one
        keep = lost & (before > result.level)
        levels.append(np.where(keep, before, result.level))
        held.append(keep)
        evidence.append([f"{o | b if gone else b:x}" for o, b, gone in zip(old, bits, lost, strict=True)])
        until.append(np.where(keep, old_until, last_day))
        mine = _months(uses, assessed)
        periods.append(_write_months(np.where(lost, np.maximum(mine, old_months), mine)))
    return Held(np.array(levels), np.array(held), np.array(evidence), np.array(until), np.array(periods))


def hold_status(assessed: Assessed, previous: pd.DataFrame) -> pd.DataFrame:
    """Return each country's status after holding: killing under way, or in the recent past, stays so when it is out of sight.

    Only these: that no large-scale killing was on record says nothing of a country that can no longer be seen.

    Index iso3; columns ``status``, ``deaths``, ``until`` (ISO day), ``known`` (months), ``held``. ``previous``: as in
    :func:`hold`, with columns ``status``, ``status_deaths``, ``status_until``, ``status_known``.
    """
    value = assessed.status_value
    now = pd.DataFrame(
        {
            "status": assessed.status,
            "deaths": value.value,
            "until": np.where(np.isnat(value.end), "", value.end.astype("datetime64[D]").astype(str)),
            "known": value.known,
            "held": False,
        },
        index=pd.Index(assessed.countries, name="iso3"),
    )
    if previous.empty or "status_known" not in previous:
        return now
    was = previous.reindex(now.index)
    keep = (now["status"] == UNKNOWN) & was["status"].isin([UNDER_WAY, RECENT_PAST])
    old = {"status": "status", "deaths": "status_deaths", "until": "status_until", "known": "status_known"}
    for column, before in old.items():
        now[column] = now[column].where(~keep, was[before])
    return now.assign(held=keep, deaths=now["deaths"].astype("float64"), known=now["known"].astype("int64"))


def level_name(framework: Framework, rank: int) -> str:
    """Return the name of a level's rank; -1 is insufficient data."""
    return framework.levels[rank].id if rank >= 0 else INSUFFICIENT


def _facts(measures: Bools, assessed: Assessed, signals: Bools) -> Bools:
    """Return the facts that evidence is made of (facts x countries): measures, measures whose window is whole, signals."""
    whole = assessed.readings.known >= assessed.readings.asked[:, None]
    return np.concatenate([measures, measures & whole, signals])


def _bits(facts: Bools) -> list[int]:
    """Return the facts of each country as one number, the first fact its lowest bit."""
    return [sum(1 << n for n in np.flatnonzero(column).tolist()) for column in facts.T]


def _months(uses: Bools, assessed: Assessed) -> npt.NDArray[np.int64]:
    """Return the last month of each measure in use (measures x countries), counted from 1900; 0 where there is none."""
    end = np.where(uses, assessed.readings.end, np.datetime64("NaT", "D"))
    months = end.astype("datetime64[M]").astype("int64") + 840  # 1970 less 1900
    return np.where(np.isnat(end), 0, months)


def _write_months(months: npt.NDArray[np.int64]) -> list[str]:
    return ["".join(f"{m:04x}" for m in column) for column in months.T.tolist()]


def _read_months(texts: pd.Series, measures: int) -> npt.NDArray[np.int64]:
    """Return months as written by :func:`_write_months` (measures x countries); 0 where nothing was recorded."""
    found = np.zeros((measures, len(texts)), dtype="int64")
    for n, text in enumerate(texts):
        if len(text) == 4 * measures:
            found[:, n] = [int(text[i : i + 4], 16) for i in range(0, len(text), 4)]
    return found


def _numbers(hexes: pd.Series) -> list[int]:
    return [int(text, 16) if text else 0 for text in hexes]


def _last_day(uses: Bools, assessed: Assessed) -> npt.NDArray[np.str_]:
    """Return the newest period among the measures in use, ISO date or empty, for each country."""
    ends = np.where(uses, assessed.readings.end, np.datetime64("NaT", "D"))
    newest = [column[~np.isnat(column)] for column in ends.T]
    return np.array([str(days.max()) if len(days) else "" for days in newest], dtype=str)
