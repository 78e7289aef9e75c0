"""What may change a level from one run to the next: missing evidence never lowers one."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pandas as pd

from monitor.risk.assess import Assessed, scored
from monitor.risk.framework import INSUFFICIENT, TRACK_IDS, Framework

Bools = npt.NDArray[np.bool_]


@dataclass(frozen=True)
class Held:
    """Levels after holding, by track (tracks x countries). ``evidence``: what the level shown rests on, as hex bits, the lowest
    first: the measures, the measures whose window is whole, the signals, each in the framework's order. ``until``: the newest
    period among the measures, ISO date or empty."""

    level: npt.NDArray[np.int64]
    held: Bools
    evidence: npt.NDArray[np.str_]
    until: npt.NDArray[np.str_]


def hold(assessed: Assessed, previous: pd.DataFrame, framework: Framework) -> Held:
    """Return each track's level, kept at the last one recorded where evidence behind that one has since been lost.

    ``previous``: index iso3; columns ``{track}_level`` (str), ``{track}_evidence`` (hex bits), ``{track}_until``; empty when
    there is no earlier assessment by the same framework. A level is held when it would fall, or become insufficient data,
    while something that the last level rested on can no longer be seen: a measure without a reading, a sum that has lost
    months, a signal without a value or too old. Lost evidence is remembered until it is back, also while the level does not fall:
    what happens meanwhile may raise the level, and cannot lower it.
    """
    order = framework.level_order
    columns = [f"{t}_{c}" for t in TRACK_IDS for c in ("level", "evidence", "until")]
    was = previous if len(previous) else pd.DataFrame(columns=columns, dtype="str")
    was = was.reindex(assessed.countries)[columns].fillna("").astype(str)
    seen = _bits(_facts(scored(assessed.readings), assessed, assessed.signal_seen))
    levels, held, evidence, until = [], [], [], []
    for track in TRACK_IDS:
        result = assessed.tracks[track]
        uses = scored(assessed.readings) & (result.weight > 0)
        bits, last_day = _bits(_facts(uses, assessed, result.fired)), _last_day(uses, assessed)
        before = was[f"{track}_level"].map(lambda v: order.get(v, -1)).to_numpy(dtype="int64")
        old, old_until = _numbers(was[f"{track}_evidence"]), was[f"{track}_until"].to_numpy(dtype=str)
        lost = np.array([bool(o & ~s) for o, s in zip(old, seen, strict=True)], dtype=bool)
        keep = lost & (before > result.level)
        levels.append(np.where(keep, before, result.level))
        held.append(keep)
        evidence.append([f"{o | b if gone else b:x}" for o, b, gone in zip(old, bits, lost, strict=True)])
        until.append(np.where(keep, old_until, last_day))
    return Held(np.array(levels), np.array(held), np.array(evidence), np.array(until))


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


def _numbers(hexes: pd.Series) -> list[int]:
    return [int(text, 16) if text else 0 for text in hexes]


def _last_day(uses: Bools, assessed: Assessed) -> npt.NDArray[np.str_]:
    """Return the newest period among the measures in use, ISO date or empty, for each country."""
    ends = np.where(uses, assessed.readings.end, np.datetime64("NaT", "D"))
    newest = [column[~np.isnat(column)] for column in ends.T]
    return np.array([str(days.max()) if len(days) else "" for days in newest], dtype=str)
