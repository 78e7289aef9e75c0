"""What would lower it: the index if a raising measure stood at the typical country-year, one by one and together. Pure.

Arithmetic on the framework, not a forecast. A track's score is the sum of weight x score over the measures that have a reading,
and a measure that moves keeps its reading, so all weights stay as they are: the result is exact, missing readings included. Facts
of the past (``lasting``: a mass killing that happened has happened) cannot improve and stay as they are. Signals of change that
hold go on holding.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import pandas as pd

from monitor.risk.assess import INDEX_AT_ENTRY, Assessed, Bools
from monitor.risk.cube import Floats, Ints
from monitor.risk.framework import TRACK_IDS, Framework, Track, TrackId

TYPICAL = 0.5  # the score of the median country-year, or half-way between the stated marks


def index_of(score: Floats, entry: tuple[float, ...]) -> Floats:
    """Return scores on the index scale of :func:`monitor.risk.assess.assess`."""
    index: Floats = np.interp(score, (0.0, *entry, 1.0), INDEX_AT_ENTRY)
    return np.where(np.isnan(score), np.nan, index)


@dataclass(frozen=True)
class Leads:
    """The track that leads a country, and the rank of the level at which it stands."""

    track: str
    rank: int


def standing_of(said: pd.DataFrame, framework: Framework) -> dict[str, Leads]:
    """Return what leads each country that has a headline, from the table ``assessments``."""
    order = framework.level_order
    led = said[said["headline"] != ""].to_dict("records")
    return {r["iso3"]: Leads(r["headline"], order.get(r[f"{r['headline']}_level"], -1)) for r in led}


def levers(now: Assessed, leads: Mapping[str, Leads], framework: Framework) -> pd.DataFrame:
    """Return one row a country and raising measure of its leading track, the one that raises most first.

    ``leads``: by iso3; a country that is not in it has no rows. Columns: iso3, track, order (1 first), measure, index_if (of the
    track, that measure alone at :data:`TYPICAL`), cumulative_index (it and all before it), level_if_cumulative: the level to
    which the standing one would ease, which ends at its exit threshold, lower than it begins.
    """
    parts = []
    for track in TRACK_IDS:
        mine = [n for n, c in enumerate(now.countries) if c in leads and leads[c].track == track]
        ranks = np.array([leads[now.countries[n]].rank for n in mine], dtype="int64")
        parts.append(_levers_of(now, track, np.array(mine, dtype="int64"), ranks, framework))
    return pd.concat(parts, ignore_index=True).sort_values(["iso3", "order"], ignore_index=True)


def _levers_of(now: Assessed, track: TrackId, at: Ints, stands: Ints, framework: Framework) -> pd.DataFrame:
    result, entry = now.tracks[track], framework.tracks[track].entry
    over = now.readings.score[:, at] - TYPICAL
    raises = (over > 0) & ~now.readings.lasting[:, at]  # a missing score is over nothing
    drop = np.where(raises, result.weight[:, at] * over, 0.0)
    order = np.argsort(-drop, axis=0, kind="stable")
    sorted_drop = np.take_along_axis(drop, order, axis=0)
    score = result.score[at][None, :]
    together = score - np.cumsum(sorted_drop, axis=0)  # nothing missing in it: only readings that raise were taken
    ids, levels = np.array([m.id for m in framework.measures]), np.array([level.id for level in framework.levels])
    rank = eased(together, framework.tracks[track], np.asarray(result.fired[:, at].any(axis=0), dtype=bool), stands)
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


def eased(score: Floats, track: Track, fired: Bools, stands: Ints) -> Ints:
    """Return the rank of the level at which these scores (... x countries) would leave a country once it has eased.

    ``fired``: a signal holds and is counted; ``stands``: the rank of the level now. A level stays down to its exit threshold.
    """
    top = len(track.entry)
    begun, kept = (np.minimum(np.searchsorted(t, score, side="right") + fired, top) for t in track.thresholds)
    rank: Ints = np.maximum(begun, np.minimum(kept, stands))
    return rank
