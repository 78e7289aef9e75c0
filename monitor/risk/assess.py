"""Readings to levels: two tracks scored apart, coverage, signals, status, and the headline. Pure: no I/O, no clock.

1. Each measure gives a reading (:mod:`monitor.risk.readings`). 2. An indicator is the mean of its measures of high or medium
validity; a risk factor the mean of its indicators; a track the mean of its factors: equal weights at each step, missing left
out, never read as low. 3. A track with fewer than half of its core indicators has insufficient data. 4. Structure (the track
score against fixed entry thresholds) sets the level; signals of change raise it by at most one. 5. The headline is the
higher of the two tracks, never their mean; where one could not be seen and the other is at baseline, there is none.
6. Status (risk of onset, under way, recent past) stands apart from the level.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from functools import cached_property

import numpy as np
import numpy.typing as npt

from monitor.risk.cube import Block, Cube, Floats, Ints
from monitor.risk.framework import TRACK_IDS, Framework, TrackId
from monitor.risk.readings import STALE, Readings, evaluate, read
from monitor.risk.status import Status, ages, status_of
from monitor.risk.structure import Structure, combine, coverage, equal_weights, shares
from monitor.risk.transforms import Value

Bools = npt.NDArray[np.bool_]
INDEX_AT_ENTRY = (0.0, 40.0, 60.0, 80.0, 100.0)  # the index scale: watch begins at 40, elevated at 60, high at 80


@dataclass(frozen=True)
class TrackResult:
    """One track for all countries. Arrays are countries long, or indicators / factors / measures / signals x countries.

    ``score`` 0 to 1, ``index`` 0 to 100 (entry thresholds at 40, 60 and 80), NaN where nothing could be read. ``base`` and
    ``level``: rank of the level before and after signals, -1 for insufficient data. ``keep``: the highest level that the score
    still keeps, by exit thresholds, after signals. ``covered`` of ``core`` indicators have a reading. ``fired``: signals that
    hold. ``measured``: the scores of the measures that the track takes (NaN: of the others), put together by ``structure``.
    """

    score: Floats
    index: Floats
    base: Ints
    level: Ints
    keep: Ints
    covered: Ints
    core: int
    indicator: Floats
    factor: Floats
    factor_covered: Ints
    factor_core: Ints
    fired: Bools
    structure: Structure
    measured: Floats

    @cached_property
    def weight(self) -> Floats:
        """The share of each measure in the track's score; worked out when asked for: most looks of a path are not."""
        return shares(self.structure, self.measured)


@dataclass(frozen=True)
class Assessed:
    """All countries on one date. ``headline``: 0 conflict, 1 outside conflict, -1 neither could be assessed.

    ``signal_seen``: where a signal has a value within its own age limit, so that it can be judged (signals x countries).
    ``signal_fresh``: where that value is no older than its source should be. ``structures``: how each track is put together.
    ``conflict``: the series that the phase is read from (:mod:`monitor.risk.phase`), as of the date.
    """

    as_of: date
    countries: tuple[str, ...]
    readings: Readings
    tracks: Mapping[TrackId, TrackResult]
    signals: tuple[Value, ...]
    signal_seen: Bools
    signal_fresh: Bools
    headline: Ints
    level: Ints
    index: Floats
    killing: Status
    structures: Mapping[TrackId, Structure]
    conflict: Block

    @property
    def status(self) -> npt.NDArray[np.str_]:
        """Return the status of each country, which no level changes."""
        return self.killing.status


def assess(
    cube: Cube, framework: Framework, as_of: date, *, fresh_days: Mapping[str, int], structures: Mapping[TrackId, Structure]
) -> Assessed:
    """Return the assessment of every country of the cube as of a date.

    ``fresh_days``: series -> days after its period that a value is fresh. ``structures``: how each track is put together.
    """
    readings = read(cube, framework, as_of, fresh_days)
    signals = tuple(evaluate(cube, s) for s in framework.signals)
    age = ages(signals, as_of, len(cube.countries))
    seen = age <= np.array([[s.max_age_days] for s in framework.signals]).reshape(-1, 1)
    holds = seen & _over(framework, signals, len(cube.countries))
    tracks = {t: track_of(framework, t, structures[t], readings.score, holds) for t in TRACK_IDS}
    headline, level, index = led(np.array([tracks[t].level for t in TRACK_IDS]), np.array([tracks[t].index for t in TRACK_IDS]))
    return Assessed(
        as_of,
        cube.countries,
        readings,
        tracks,
        signals,
        seen,
        age <= np.array([[fresh_days.get(s.series, 0)] for s in framework.signals]).reshape(-1, 1),
        headline,
        level,
        index,
        status_of(cube, framework, as_of),
        structures,
        cube.blocks[framework.phase.series],
    )


def track_of(framework: Framework, track: TrackId, structure: Structure, measured: Floats, holds: Bools) -> TrackResult:
    """Return one track for scores of measures (measures x countries) and signals that hold (signals x countries)."""
    found = combine(structure, measured, equal_weights(framework))
    factor_covered, factor_core = coverage(structure, found.indicator)
    covered, core = factor_covered.sum(axis=0), int(factor_core.sum())
    taken = np.full(measured.shape, np.nan)
    taken[structure.line] = measured[structure.line]
    mine = np.array([track in s.tracks for s in framework.signals], dtype=bool)
    fired = holds & mine[:, None]
    enough = covered >= framework.share_of_core * core
    index, base, level = placed(framework, track, found.score, enough, fired.any(axis=0))
    keep = _raised(
        np.searchsorted(framework.tracks[track].exit, found.score, side="right"), base >= 0, fired.any(axis=0), framework
    )
    return TrackResult(
        found.score,
        index,
        base,
        level,
        keep,
        covered,
        core,
        found.indicator,
        found.factor,
        factor_covered,
        factor_core,
        fired,
        structure,
        taken,
    )


def placed(framework: Framework, track: TrackId, score: Floats, enough: Bools, fired: Bools) -> tuple[Floats, Ints, Ints]:
    """Return index, level by structure alone, and level after signals, for a track's scores (... x countries).

    ``enough``: where enough core indicators were read for a level; ``fired``: where a signal holds. Levels are ranks, -1 where
    there is insufficient data.
    """
    known = enough & ~np.isnan(score)
    base = np.where(known, np.searchsorted(framework.tracks[track].entry, score, side="right"), -1)
    return _index(framework, track, score), base, _raised(base, known, fired, framework)


def _raised(rank: Ints, known: Bools, fired: Bools, framework: Framework) -> Ints:
    """Return ranks after signals: one higher where one holds, never above the top; -1 where there is insufficient data."""
    return np.where(known, np.minimum(rank + fired, len(framework.levels) - 1), -1)


def _index(framework: Framework, track: TrackId, score: Floats) -> Floats:
    """Return the score on the common scale of both tracks, so that the higher of the two has a meaning."""
    index: Floats = np.interp(score, (0.0, *framework.tracks[track].entry, 1.0), INDEX_AT_ENTRY)
    return np.where(np.isnan(score), np.nan, index)


def led(levels: Ints, indices: Floats) -> tuple[Ints, Ints, Floats]:
    """Return which track leads, its level and its index: the higher level, then the higher index, never a mean of the two.

    ``levels``, ``indices``: tracks x ... x countries. -1, -1 and NaN where too little was seen (:func:`unseen`).
    """
    usable = np.where(levels < 0, np.nan, indices)
    order = levels + np.nan_to_num(usable, nan=0.0) / 1000.0
    blind, first = unseen(levels), np.argmax(order, axis=0)
    level, index = (np.take_along_axis(a, first[None], axis=0)[0] for a in (levels, usable))
    return np.where(blind, -1, first), np.where(blind, -1, level), np.where(blind, np.nan, index)


def ranked_by(index: Floats, tracks: Floats) -> Floats:
    """Return what countries are ranked by (... x countries): the higher index of both tracks, NaN where there is no headline.

    The track that leads is the one of the higher level, and a sign of change may have raised it. A rank by the leading track's
    index would let such a sign lower a country. ``tracks``: tracks x ... x countries, NaN where a track has insufficient data.
    """
    higher: Floats = np.where(np.isnan(index), np.nan, np.fmax.reduce(tracks, axis=0))
    return higher


def index_at_exit(framework: Framework, track: TrackId) -> tuple[float, ...]:
    """Return the index below which each level above baseline ends; where it begins is the same for both tracks."""
    return tuple(_index(framework, track, np.array(framework.tracks[track].exit)).tolist())


def unseen(levels: Ints) -> Bools:
    """Return where too little was seen for a headline: both tracks without enough data, or one of them and the other at baseline.

    What one track cannot see may be as bad as any: half a look never makes a country low. ``levels``: tracks x countries.
    """
    return np.asarray((levels < 0).any(axis=0) & (levels <= 0).all(axis=0), dtype=bool)


def _over(framework: Framework, values: Sequence[Value], width: int) -> Bools:
    """Return where each signal's value is at or beyond its threshold (signals x countries); False where it is missing."""
    beyond = [
        v.value >= s.at_least if s.at_least is not None else v.value <= (s.at_most or 0.0)
        for v, s in zip(values, framework.signals, strict=True)
    ]
    return np.array(beyond, dtype=bool).reshape(-1, width)


def scored(readings: Readings) -> Bools:
    """Return where a reading enters a score (measures x countries)."""
    result: Bools = readings.freshness >= STALE
    return result
