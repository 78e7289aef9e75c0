"""What would lower it: the index if a raising measure stood at the typical country-year, one by one and together. Pure.

Arithmetic on the framework, not a forecast. A track's score is the sum of weight x score over the measures that have a reading,
and a measure that moves keeps its reading, so all weights stay as they are: the result is exact, missing readings included. Facts
of the past (``lasting``: a mass killing that happened has happened) cannot improve and stay as they are. Signals of change that
hold go on holding.
"""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import pandas as pd

from monitor.risk.assess import INDEX_AT_ENTRY, Assessed, TrackResult
from monitor.risk.cube import Floats, Ints
from monitor.risk.framework import TRACK_IDS, Framework, TrackId

TYPICAL = 0.5  # the score of the median country-year, or half-way between the stated marks


def index_of(score: Floats, entry: tuple[float, ...]) -> Floats:
    """Return scores on the index scale of :func:`monitor.risk.assess.assess`."""
    index: Floats = np.interp(score, (0.0, *entry, 1.0), INDEX_AT_ENTRY)
    return np.where(np.isnan(score), np.nan, index)


def levers(now: Assessed, leading: Mapping[str, str], framework: Framework) -> pd.DataFrame:
    """Return one row a country and raising measure of its leading track, the one that raises most first.

    ``leading``: iso3 -> track id (anything else: none leads, no rows). Columns: iso3, track, order (1 first), measure, index_if
    (of the track, that measure alone at :data:`TYPICAL`), cumulative_index (it and all before it), level_if_cumulative.
    """
    parts = []
    for track in TRACK_IDS:
        mine = np.array([leading.get(c) == track for c in now.countries], dtype=bool)
        parts.append(_levers_of(now, track, np.flatnonzero(mine), framework))
    return pd.concat(parts, ignore_index=True).sort_values(["iso3", "order"], ignore_index=True)


def _levers_of(now: Assessed, track: TrackId, at: Ints, framework: Framework) -> pd.DataFrame:
    result, entry = now.tracks[track], framework.tracks[track].entry
    over = now.readings.score[:, at] - TYPICAL
    raises = (over > 0) & ~now.readings.lasting[:, at]  # a missing score is over nothing
    drop = np.where(raises, result.weight[:, at] * over, 0.0)
    order = np.argsort(-drop, axis=0, kind="stable")
    column = np.broadcast_to(np.arange(len(at)), order.shape)
    sorted_drop = drop[order, column]
    score = result.score[at][None, :]
    together = score - np.cumsum(sorted_drop, axis=0)  # nothing missing in it: only readings that raise were taken
    ids, levels = np.array([m.id for m in framework.measures]), np.array([level.id for level in framework.levels])
    rank = _rank(together, result, at, entry)
    keep = (sorted_drop > 0) & (result.level[at] >= 0)[None, :]
    country, row = np.nonzero(keep.T)
    return pd.DataFrame(
        {
            "iso3": np.array(now.countries)[at][country],
            "track": track,
            "order": row + 1,
            "measure": ids[order[row, country]],
            "index_if": index_of(score - sorted_drop, entry)[row, country],
            "cumulative_index": index_of(together, entry)[row, country],
            "level_if_cumulative": levels[rank[row, country]],
        }
    )


def _rank(score: Floats, result: TrackResult, at: Ints, entry: tuple[float, ...]) -> Ints:
    """Return the rank of the level that these scores have (measures x countries), signals of change that hold counted."""
    raised = result.fired[:, at].any(axis=0).astype("int64")[None, :]
    rank: Ints = np.minimum(np.searchsorted(entry, score, side="right") + raised, len(entry))
    return rank
