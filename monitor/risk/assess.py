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

import numpy as np
import numpy.typing as npt

from monitor.risk.cube import Cube, Floats, Ints
from monitor.risk.framework import TRACK_IDS, Framework, Indicator, TrackId
from monitor.risk.phase import Phases, phases
from monitor.risk.readings import STALE, Readings, evaluate, read
from monitor.risk.transforms import Request, Value, sum_months

Bools = npt.NDArray[np.bool_]
INDEX_AT_ENTRY = (0.0, 40.0, 60.0, 80.0, 100.0)  # the index scale: watch begins at 40, elevated at 60, high at 80
UNDER_WAY, RECENT_PAST, ONSET_RISK, UNKNOWN = "under way", "recent past", "onset risk", "unknown"


@dataclass(frozen=True)
class TrackResult:
    """One track for all countries. Arrays are countries long, or indicators / factors / measures / signals x countries.

    ``score`` 0 to 1, ``index`` 0 to 100 (entry thresholds at 40, 60 and 80), NaN where nothing could be read. ``base`` and
    ``level``: rank of the level before and after signals, -1 for insufficient data. ``covered`` of ``core`` indicators have a
    reading. ``weight``: share of each measure in the track's score. ``fired``: signals that hold.
    """

    score: Floats
    index: Floats
    base: Ints
    level: Ints
    covered: Ints
    core: int
    indicator: Floats
    factor: Floats
    factor_covered: Ints
    factor_core: Ints
    weight: Floats
    fired: Bools


@dataclass(frozen=True)
class Assessed:
    """All countries on one date. ``headline``: 0 conflict, 1 outside conflict, -1 neither could be assessed.

    ``signal_seen``: where a signal has a value within its own age limit, so that it can be judged (signals x countries).
    ``signal_fresh``: where that value is no older than its source should be.
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
    status: npt.NDArray[np.str_]
    status_value: Value
    phase: Phases


def assess(
    cube: Cube, framework: Framework, as_of: date, *, fresh_days: Mapping[str, int], deaths: Mapping[str, bool]
) -> Assessed:
    """Return the assessment of every country of the cube as of a date.

    ``fresh_days``: series -> days after its period that a value is fresh. ``deaths``: series -> derived from a count of deaths.
    """
    readings = read(cube, framework, as_of, fresh_days)
    signals = tuple(evaluate(cube, s) for s in framework.signals)
    age = _ages(signals, as_of, len(cube.countries))
    seen = age <= np.array([[s.max_age_days] for s in framework.signals]).reshape(-1, 1)
    holds = seen & _over(framework, signals, len(cube.countries))
    tracks = {t: _track(framework, t, readings, holds, deaths) for t in TRACK_IDS}
    levels = np.array([tracks[t].level for t in TRACK_IDS])
    indices = np.array([np.where(tracks[t].level < 0, np.nan, tracks[t].index) for t in TRACK_IDS])
    headline = _higher(levels, indices)
    pick = np.maximum(headline, 0), np.arange(len(cube.countries))
    status, evidence = _status(cube, framework, as_of)
    return Assessed(
        as_of,
        cube.countries,
        readings,
        tracks,
        signals,
        seen,
        age <= np.array([[fresh_days.get(s.series, 0)] for s in framework.signals]).reshape(-1, 1),
        headline,
        np.where(headline < 0, -1, levels[pick]),
        np.where(headline < 0, np.nan, indices[pick]),
        status,
        evidence,
        phases(cube, framework.phase, as_of, framework.max_age_days["month"]),
    )


def allowed(framework: Framework, track: TrackId, indicator: Indicator, deaths: Mapping[str, bool]) -> list[str]:
    """Return the measures of an indicator that may enter a track's score: of sufficient validity, and free of death counts
    where the track takes none."""
    takes = framework.tracks[track].takes_death_counts
    return [
        e.measure
        for e in indicator.evidence
        if e.scored and (takes or not any(deaths.get(s, False) for s in framework.measure[e.measure].all_series()))
    ]


def _track(framework: Framework, track: TrackId, readings: Readings, holds: Bools, deaths: Mapping[str, bool]) -> TrackResult:
    at = {m: n for n, m in enumerate(readings.measures)}
    width = readings.score.shape[1]
    factors, indicators, factor_weights = [], [], []
    covered, core = np.zeros(width, dtype="int64"), 0
    factor_covered, factor_core = [], []
    for factor in framework.factors:
        scores, weights = [], []
        seen, asked = np.zeros(width, dtype="int64"), 0
        for indicator in factor.indicators:
            names = allowed(framework, track, indicator, deaths) if framework.in_track(indicator, track) else []
            score, weight = _mean(readings.score, [at[n] for n in names], _stand_ins(framework, names))
            indicators.append(score)
            if names:
                scores.append(score)
                weights.append(weight)
            if names and indicator.core:
                asked += 1
                seen += ~np.isnan(score)
        score, weight = _mean_of(scores, weights, readings.score.shape)
        factors.append(score)
        factor_weights.append(weight)
        factor_covered.append(seen)
        factor_core.append(asked)
        covered, core = covered + seen, core + asked
    score, weight = _mean_of(factors, factor_weights, readings.score.shape)
    enough = covered >= framework.share_of_core * core
    index = _index(framework, track, score)
    base = np.where(enough & ~np.isnan(score), np.searchsorted(framework.tracks[track].entry, score, side="right"), -1)
    mine = np.array([track in s.tracks for s in framework.signals], dtype=bool)
    fired = holds & mine[:, None]
    level = np.where((base >= 0) & fired.any(axis=0), np.minimum(base + 1, len(framework.tracks[track].entry)), base)
    return TrackResult(
        score,
        index,
        base,
        level,
        covered,
        core,
        np.array(indicators),
        np.array(factors),
        np.array(factor_covered),
        np.array(factor_core),
        weight,
        fired,
    )


def _mean(score: Floats, at: list[int], stand_ins: list[tuple[int, int]]) -> tuple[Floats, Floats]:
    """Return the mean of the measures at ``at`` and each measure's weight in it (all measures x countries).

    ``stand_ins``: pairs (position in ``at`` of a stand-in, position of what it stands in for): it counts only where the other
    has no reading.
    """
    part = score[at].copy() if at else np.empty((0, score.shape[1]))
    for stand_in, primary in stand_ins:
        part[stand_in] = np.where(np.isnan(part[primary]), part[stand_in], np.nan)
    known = ~np.isnan(part)
    count = known.sum(axis=0)
    weight = np.zeros(score.shape)
    if at:
        weight[at] = np.where(known, 1.0 / np.maximum(count, 1), 0.0)
    mean: Floats = np.where(count > 0, np.nansum(part, axis=0) / np.maximum(count, 1), np.nan)
    return mean, weight


def _stand_ins(framework: Framework, names: list[str]) -> list[tuple[int, int]]:
    pairs = ((n, framework.measure[name].stands_in_for) for n, name in enumerate(names))
    return [(n, names.index(other)) for n, other in pairs if other in names]


def _mean_of(scores: list[Floats], weights: list[Floats], shape: tuple[int, ...]) -> tuple[Floats, Floats]:
    """Return the mean of scores where known, and the measures' weights in it."""
    if not scores:
        return np.full(shape[1], np.nan), np.zeros(shape)
    stacked = np.array(scores)
    known = ~np.isnan(stacked)
    count = np.maximum(known.sum(axis=0), 1)
    weight = np.zeros(shape)
    for n, part in enumerate(weights):
        weight += np.where(known[n], part / count, 0.0)
    mean: Floats = np.where(known.any(axis=0), np.nansum(stacked, axis=0) / count, np.nan)
    return mean, weight


def _index(framework: Framework, track: TrackId, score: Floats) -> Floats:
    """Return the score on the common scale of both tracks, so that the higher of the two has a meaning."""
    index: Floats = np.interp(score, (0.0, *framework.tracks[track].entry, 1.0), INDEX_AT_ENTRY)
    return np.where(np.isnan(score), np.nan, index)


def _higher(levels: Ints, indices: Floats) -> Ints:
    """Return which track leads: the higher level, then the higher index; -1 where too little was seen (:func:`unseen`)."""
    order = levels + np.nan_to_num(indices, nan=0.0) / 1000.0
    return np.where(unseen(levels), -1, np.argmax(order, axis=0))


def unseen(levels: Ints) -> Bools:
    """Return where too little was seen for a headline: both tracks without enough data, or one of them and the other at baseline.

    What one track cannot see may be as bad as any: half a look never makes a country low. ``levels``: tracks x countries.
    """
    return np.asarray((levels < 0).any(axis=0) & (levels <= 0).all(axis=0), dtype=bool)


def _ages(values: Sequence[Value], as_of: date, width: int) -> Floats:
    """Return the days since the end of each value's period (values x countries); NaN where there is none."""
    ends = np.array([v.end for v in values], dtype="datetime64[D]").reshape(-1, width)
    days = (np.datetime64(as_of, "D") - ends).astype("float64")
    return np.where(np.isnat(ends), np.nan, days)  # a missing date is a very small number, not a missing one


def _over(framework: Framework, values: Sequence[Value], width: int) -> Bools:
    """Return where each signal's value is at or beyond its threshold (signals x countries); False where it is missing."""
    beyond = [
        v.value >= s.at_least if s.at_least is not None else v.value <= (s.at_most or 0.0)
        for v, s in zip(values, framework.signals, strict=True)
    ]
    return np.array(beyond, dtype=bool).reshape(-1, width)


def _status(cube: Cube, framework: Framework, as_of: date) -> tuple[npt.NDArray[np.str_], Value]:
    """Return the status of each country and the killings it rests on (civilians killed in the newest window)."""
    rule = framework.under_way
    block = cube.blocks[rule.series]
    window = sum_months(Request(block, months=rule.months))
    known = _ages([window], as_of, len(cube.countries))[0] <= framework.max_age_days["month"]
    since = np.datetime64(as_of, "Y") - np.timedelta64(rule.recent_years, "Y")
    at_least = _rolling(block.values, rule.months) >= rule.at_least
    recent = (at_least & (block.ends >= since)[:, None]).any(axis=0)
    with np.errstate(invalid="ignore"):
        now = window.value >= rule.at_least
    status = np.where(~known, UNKNOWN, np.where(now, UNDER_WAY, np.where(recent, RECENT_PAST, ONSET_RISK)))
    return status, window


def _rolling(values: Floats, months: int) -> Floats:
    """Return sums over the ``months`` up to each month; unknown months add nothing, so each sum is a lower bound."""
    total = np.cumsum(np.where(np.isnan(values), 0.0, values), axis=0)
    before = np.zeros_like(total)
    before[months:] = total[:-months]
    rolled: Floats = total - before
    return rolled


def scored(readings: Readings) -> Bools:
    """Return where a reading enters a score (measures x countries)."""
    result: Bools = readings.freshness >= STALE
    return result
