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
    """Levels after holding, by track (tracks x countries). ``evidence``: the measures that the level shown rests on, as hex
    bits in the framework's order; ``until``: the newest period among them, ISO date or empty."""

    level: npt.NDArray[np.int64]
    held: Bools
    evidence: npt.NDArray[np.str_]
    until: npt.NDArray[np.str_]


def hold(assessed: Assessed, previous: pd.DataFrame, framework: Framework) -> Held:
    """Return each track's level, kept at the last one recorded where evidence behind that one has since been lost.

    ``previous``: index iso3; columns ``{track}_level`` (str), ``{track}_evidence`` (hex bits), ``{track}_until``; empty when
    there is no earlier assessment by the same framework. A level is held when it would fall, or become insufficient data,
    while a measure that the last level rested on has no reading any more. It stays held until that evidence, or a higher
    level, is back.
    """
    order = framework.level_order
    columns = [f"{t}_{c}" for t in TRACK_IDS for c in ("level", "evidence", "until")]
    was = (previous if len(previous) else pd.DataFrame(columns=columns, dtype="str")).reindex(assessed.countries)
    have = scored(assessed.readings)
    newest = np.where(have, assessed.readings.end, np.datetime64("NaT", "D"))
    levels, held, evidence, until = [], [], [], []
    for track in TRACK_IDS:
        result = assessed.tracks[track]
        uses = have & (result.weight > 0)
        bits = np.array([_bits(column) for column in uses.T])
        last_day = np.array([_last_day(column) for column in np.where(uses, newest, np.datetime64("NaT", "D")).T])
        before = (
            was[f"{track}_level"].map(lambda v: order.get(v, -1)).to_numpy(dtype="int64")
            if len(previous)
            else np.full(len(bits), -1)
        )
        old = was[f"{track}_evidence"].fillna("").astype(str).to_numpy() if len(previous) else np.full(len(bits), "")
        old_until = was[f"{track}_until"].fillna("").astype(str).to_numpy() if len(previous) else np.full(len(bits), "")
        lost = np.array([bool(_int(str(o)) & ~_int(str(b))) for o, b in zip(old, bits, strict=True)])
        keep = lost & (before > result.level)
        levels.append(np.where(keep, before, result.level))
        held.append(keep)
        evidence.append(np.where(keep, old, bits))
        until.append(np.where(keep, old_until, last_day))
    return Held(np.array(levels), np.array(held), np.array(evidence), np.array(until))


def level_name(framework: Framework, rank: int) -> str:
    """Return the name of a level's rank; -1 is insufficient data."""
    return framework.levels[rank].id if rank >= 0 else INSUFFICIENT


def _bits(column: Bools) -> str:
    return f"{sum(1 << n for n in np.flatnonzero(column).tolist()):x}"


def _int(bits: str) -> int:
    return int(bits, 16) if bits else 0


def _last_day(column: npt.NDArray[np.datetime64]) -> str:
    known = column[~np.isnat(column)]
    return str(known.max()) if len(known) else ""
