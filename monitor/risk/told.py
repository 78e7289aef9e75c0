"""The parts of a row of ``assessments`` (:mod:`.frames`) that are worked out alike for now and for a year before."""

from __future__ import annotations

from datetime import date

import numpy as np
import numpy.typing as npt
import pandas as pd

from monitor.risk.assess import Assessed, TrackResult
from monitor.risk.cube import Floats, Ints
from monitor.risk.framework import TRACK_IDS, Framework
from monitor.risk.levels import level_name


def told(framework: Framework, track: str, result: TrackResult, when: str) -> dict[str, object]:
    """Return the levels that a track's structure and figures say, and the signals that hold."""
    return {
        f"{track}_seen{when}": [level_name(framework, r) for r in result.level],
        f"{track}_base{when}": [level_name(framework, r) for r in result.base],
        f"{track}_fired{when}": named(tuple(s.id for s in framework.signals), result.fired),
    }


def indices(seen: Assessed) -> Floats:
    """Return the index of each track (tracks x countries), NaN where it has insufficient data."""
    return np.array([np.where(seen.tracks[t].level < 0, np.nan, seen.tracks[t].index) for t in TRACK_IDS])


def seen_of(seen: Assessed, leading: Ints) -> Ints:
    """Return the level that the figures of the leading track say, -1 where none leads."""
    levels = np.array([seen.tracks[t].level for t in TRACK_IDS])
    return np.where(leading < 0, -1, levels[np.maximum(leading, 0), np.arange(len(leading))])


def track_ids(leading: Ints) -> npt.NDArray[np.str_]:
    """Return the id of each leading track, empty where none leads."""
    return np.where(leading < 0, "", np.array(TRACK_IDS)[np.maximum(leading, 0)])


def fresh(until: pd.Series, as_of: date, days: int | None) -> npt.NDArray[np.bool_]:
    """Return where a period (ISO days, empty for none) ended no more than so many days ago; no limit: wherever it ended."""
    age = (pd.Timestamp(as_of) - pd.to_datetime(until.replace("", None))).dt.days
    return (age <= days).to_numpy(dtype=bool) if days is not None else age.notna().to_numpy(dtype=bool)


def named(names: tuple[str, ...], chosen: npt.NDArray[np.bool_]) -> list[str]:
    """Return the chosen names (names x countries) of each country, ``;`` separated."""
    return [";".join(names[n] for n in np.flatnonzero(column).tolist()) for column in chosen.T]
