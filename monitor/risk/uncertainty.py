"""How sure a rank is: the headline worked out again and again, each time with what might as well be otherwise. Pure, seeded.

A draw varies five things (``uncertainty`` and ``measurement_error`` of ``framework.yaml``):

1. the weights at each step; 2. how each measure with percentile bands is normalised; 3. core indicators without a reading: each
country takes those that it lacks from one drawn by lot (a hot deck), so that the less is known of a country, the wider its
interval; 4. each figure, by its measurement error; 5. the mean inside risk factors.

The rest is the assessment's own: tracks, thresholds, signals, and the higher track leads.
After OECD/JRC, Handbook on Constructing Composite Indicators (2008), step 7; Saisana, Saltelli and Tarantola (2005), Uncertainty
and sensitivity analysis techniques as tools for the quality assessment of composite indicators, J. R. Stat. Soc. A 168(2).

Another way to reckon is another ruler, and the thresholds are marks on the assessment's own. So each draw's track scores are put
on the assessment's scale (:func:`matched`): an interval says where a country stands, not how long the ruler is.
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise

import numpy as np
import numpy.typing as npt
import pandas as pd

from monitor.risk.assess import Assessed, led, placed, ranked_by
from monitor.risk.chance import Choices, Lots, choices
from monitor.risk.cube import Floats, Ints
from monitor.risk.framework import TRACK_IDS, Framework, Measure, TrackId
from monitor.risk.readings import score_of
from monitor.risk.structure import combine, coverage, geometric_mean, mean

Bools = npt.NDArray[np.bool_]
CHUNK = 100  # draws worked out at once: a matter of memory, not of results
TOP = 30
ENDS = (5, 95)  # percentiles of the draws
STRETCHES = (0, 0.25, 0.5, 0.75, 0.9, 0.95, 1)  # of a ranking, lowest first
ENOUGH_TO_MATCH = 30  # countries; fewer say more of themselves than of the ruler


@dataclass(frozen=True)
class Draws:
    """The headline of every draw: ``index`` (NaN where too little was seen) and ``level`` (rank, -1), draws x countries; and the
    same of each track, tracks x draws x countries."""

    index: Floats
    level: Ints
    track_index: Floats
    track_level: Ints


def intervals(now: Assessed, framework: Framework) -> pd.DataFrame:
    """Return one row a country, in the assessment's order.

    Columns: iso3, index_low, index_high (float64), rank_low, rank_high (Int64; 1 highest): nine in ten draws lie between;
    in_top_30: share of draws among the 30 highest; p_watch, p_elevated, p_high: share of draws at that level; draws (int64).
    A country with insufficient data has an interval as well, of what it might be; it takes no place in the ranks of the others.
    """
    drawn = draw(now, framework)
    rank = ranks(ranked_by(drawn.index, drawn.track_index), now.headline >= 0)
    (index_low, index_high), (rank_low, rank_high) = _ends(drawn.index), _ends(rank)
    return pd.DataFrame(
        {
            "iso3": now.countries,
            "index_low": index_low,
            "index_high": index_high,
            "rank_low": _whole(np.floor(rank_low)),
            "rank_high": _whole(np.ceil(rank_high)),
            f"in_top_{TOP}": (rank <= TOP).mean(axis=0),
            **{f"p_{level.id}": (drawn.level == n).mean(axis=0) for n, level in enumerate(framework.levels) if n},
            "draws": len(rank),
        }
    )


def draw(now: Assessed, framework: Framework) -> Draws:
    """Return the headline of every draw. With nothing to vary, each draw is the assessment, bit by bit."""
    count = framework.uncertainty.draws
    every, lots = choices(framework), Lots(framework, now.countries)
    parts = [every.some(slice(n, min(n + CHUNK, count))) for n in range(0, count, CHUNK)]
    tracks = [_tracks(now, framework, part, lots) for part in parts]
    indices, levels = (np.concatenate(found, axis=1) for found in zip(*tracks, strict=True))
    _, level, index = led(levels, indices)
    return Draws(index, level, np.where(levels < 0, np.nan, indices), levels)


def ranks(index: Floats, ranked: Bools) -> Floats:
    """Return each country's rank in each draw (draws x countries): 1 the highest, equal ones share the better, NaN without index.

    ``ranked``: the countries that take a place. One that takes none is ranked as if it alone came to them.
    """
    found = np.full(index.shape, np.nan)
    for n, row in enumerate(index):
        ladder = np.sort(row[ranked & ~np.isnan(row)])
        found[n] = np.where(np.isnan(row), np.nan, 1 + len(ladder) - np.searchsorted(ladder, row, side="right"))
    return found


def on_a_line(measure: Measure) -> Measure:
    """Return the measure read on a straight line between the first and the last point of its bands, and flat beyond them."""
    return measure.model_copy(update={"bands": (measure.bands[0], measure.bands[-1])})


def matched(score: Floats, own: Floats, over: Bools) -> Floats:
    """Return scores (draws x countries) on the scale of ``own`` (countries).

    Each stretch of the ranking over some countries (its lowest quarter, ..., its highest twentieth) gets the mean that it has in
    ``own``; between the means the shift is drawn out in a straight line.
    """
    if over.sum() < ENOUGH_TO_MATCH:
        return score
    edges = np.unique(np.round(np.array(STRETCHES) * over.sum()).astype("int64"))
    there, here = (_stretches(np.sort(np.ascontiguousarray(each[..., over]), axis=-1), edges) for each in (score, own))
    shift = np.array([np.interp(s, t, here - t) for s, t in zip(score, there, strict=True)])
    moved: Floats = score + shift  # exactly the score where nothing differs
    return moved


def _stretches(ranking: Floats, edges: Ints) -> Floats:
    """Return the mean of each stretch of a ranking (... x countries, lowest first)."""
    means: Floats = np.stack([ranking[..., a:b].mean(axis=-1) for a, b in pairwise(edges)], axis=-1)
    return means


def _tracks(now: Assessed, framework: Framework, chosen: Choices, lots: Lots) -> tuple[Floats, Ints]:
    """Return index and level of each track for some draws (tracks x draws x countries)."""
    count = len(chosen.geometric)
    score = _scores(now, framework, lots.values(now.readings, count), chosen.linear)
    donors = lots.donors(count) if framework.uncertainty.gaps else None
    found = [_track(now, framework, t, _combined(now, t, score, chosen, donors)) for t in TRACK_IDS]
    return np.array([index for index, _ in found]), np.array([level for _, level in found])


def _scores(now: Assessed, framework: Framework, values: Floats, linear: Bools) -> Floats:
    """Return the scores of values (measures x draws x countries), normalised as chosen; NaN where a reading does not count."""
    score = np.empty(values.shape)
    for n, measure in enumerate(framework.measures):
        for line, how in ((False, measure), (True, on_a_line(measure))):
            if (some := linear[n] == line).any():
                score[n, some] = score_of(how, values[n, some])
    return np.where(np.isnan(now.readings.score)[:, None, :], np.nan, score)


def _combined(now: Assessed, track: TrackId, score: Floats, chosen: Choices, donors: Ints | None) -> tuple[Floats, Ints]:
    """Return a track's scores, and how many of its core indicators have one, gaps filled (draws x countries)."""

    def within(parts: Floats, weights: Floats) -> Floats:
        both: Floats = np.where(chosen.geometric[:, None], geometric_mean(parts, weights), mean(parts, weights))
        return both

    def fill(_: int, scores: Floats) -> Floats:
        return scores if donors is None else _hot_deck(scores, donors)

    found = combine(now.structures[track], score, chosen.weights, within=within, fill=fill)
    covered, _ = coverage(now.structures[track], found.indicator)
    return found.score, covered.sum(axis=0)


def _track(now: Assessed, framework: Framework, track: TrackId, found: tuple[Floats, Ints]) -> tuple[Floats, Ints]:
    """Return index and level of one track (draws x countries) by the assessment's own thresholds and signals."""
    mine, (score, covered) = now.tracks[track], found
    enough = np.asarray(covered >= framework.share_of_core * mine.core, dtype=bool)
    fired = np.asarray(mine.fired.any(axis=0), dtype=bool)
    index, _, level = placed(framework, track, matched(score, mine.score, mine.base >= 0), enough, fired)
    return index, level


def _hot_deck(scores: Floats, donors: Ints) -> Floats:
    """Return scores (draws x countries) in which each country without any has, in each draw, those of another.

    ``donors``: the country drawn for it (draws x countries); where that one has none either, the next in order that has. There is
    one donor for all that a country lacks: what goes together stays together. What no country has a score of stays missing: it
    tells no country from another.
    """
    missing = np.isnan(scores).all(axis=0)
    givers = np.flatnonzero(~missing)
    if not missing.any() or not len(givers):
        return scores
    filled = scores.copy()
    pick = givers[np.searchsorted(givers, donors[:, missing]) % len(givers)]
    filled[:, missing] = np.take_along_axis(scores, pick, axis=1)
    return filled


def _ends(drawn: Floats) -> tuple[Floats, Floats]:
    """Return what nine in ten draws lie between (countries); NaN where no draw has a value."""
    some = ~np.isnan(drawn).all(axis=0)
    found = np.full((2, drawn.shape[1]), np.nan)
    found[:, some] = np.nanpercentile(drawn[:, some], ENDS, axis=0)
    return found[0], found[1]


def _whole(numbers: Floats) -> pd.Series:
    """Return whole numbers, missing where NaN."""
    return pd.Series(numbers).astype("Float64").astype("Int64")
