"""What a score is worth: probabilities calibrated on the out-of-sample forecasts of years that are closed, with their doubt.

Platt's scaling, ``log odds = level + slope * score`` (Platt 1999, Probabilistic Outputs for Support Vector Machines), with a
prior on both, because a few onsets carry no more: a level that followed the onsets of a few years would chase them. Doubt
comes from drawing the closed years again, with replacement, whole years at a time.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from monitor.foresight.annual import Floats, Ints
from monitor.foresight.models import log_odds, probability

STEPS, CLOSE = 25, 1e-5  # at most so many steps, and a step that is small enough to be the last

FLATTEST = 0.05  # a score may be brought down, never turned round
WIDTH = 0.05  # scores as near as this are taken together: nothing that a few onsets could tell apart


@dataclass(frozen=True)
class Prior:
    """What is believed before any outcome is seen, in log odds: mean and standard deviation of the slope, and the standard
    deviation of the level about the one that the score itself claims (``claims``), or about the base rate of the past."""

    slope: float
    slope_doubt: float
    level_doubt: float
    claims: bool


MODEL = Prior(1.0, 0.25, 0.25, claims=True)  # a model speaks in log odds already: it is taken at its word until the past speaks
CHECKLIST = Prior(5.0, 2.0, 2.0, claims=False)  # from none to all of its items, the odds rise about a hundredfold


@dataclass(frozen=True)
class Calibration:
    """Level and slope: the first of each is the fit to all closed years, the others one a draw."""

    level: Floats
    slope: Floats

    def risk(self, score: Floats) -> Floats:
        """Return draws x rows from scores of rows, or of draws x rows."""
        return probability(self.level[:, None] + self.slope[:, None] * score)


def calibrate(score: Floats, outcome: Floats, year: Ints, prior: Prior, weights: Floats) -> Calibration:
    """Return the calibration of scores against their outcomes (0 or 1).

    ``weights``: draws x years of ``np.unique(year)``, how often each year counts (:func:`draws_of_years`). Newton's method for
    every draw at once; what is maximised is concave.
    """
    base = float(log_odds(np.array((outcome.sum() + 0.5) / (len(outcome) + 1.0))))
    centre = float(score.mean())
    s, outcome, at, count = _grouped(score - centre, outcome, np.unique(year, return_inverse=True)[1])
    w = weights[:, at] * count
    start = prior.slope * centre if prior.claims else base
    level, slope = np.array([start]), np.array([prior.slope])
    for draws in (w[:1], w):  # every draw starts from the fit to all years
        level, slope = np.resize(level, len(draws)), np.resize(slope, len(draws))
        for _ in range(STEPS):
            p = probability(level[:, None] + slope[:, None] * s)
            miss, bend = draws * (outcome - p), draws * p * (1 - p)
            g0 = miss.sum(axis=1) - (level - start) / prior.level_doubt**2
            g1 = miss @ s - (slope - prior.slope) / prior.slope_doubt**2
            h00 = bend.sum(axis=1) + 1 / prior.level_doubt**2
            h01 = bend @ s
            h11 = bend @ (s * s) + 1 / prior.slope_doubt**2
            det = h00 * h11 - h01 * h01
            step0, step1 = (h11 * g0 - h01 * g1) / det, (h00 * g1 - h01 * g0) / det
            level, slope = level + np.clip(step0, -1, 1), np.maximum(slope + np.clip(step1, -1, 1), FLATTEST)
            if max(np.abs(step0).max(), np.abs(step1).max()) < CLOSE:
                break
    return Calibration(level - slope * centre, slope)


def unlearnt(prior: Prior, base_rate: float, centre: float, draws: tuple[int, int]) -> Calibration:
    """Return the prior itself, with its doubt, where no outcome is closed: a model at its word, a checklist about a base rate.

    ``centre``: the mean score; ``draws``: how many, and their seed.
    """
    random = np.random.default_rng(draws[1])
    slope = np.concatenate([[prior.slope], np.maximum(random.normal(prior.slope, prior.slope_doubt, draws[0]), FLATTEST)])
    start = prior.slope * centre if prior.claims else float(log_odds(np.array(base_rate)))
    level = start + np.concatenate([[0.0], random.normal(0, prior.level_doubt, draws[0])])
    return Calibration(level - slope * centre, slope)


def _grouped(score: Floats, outcome: Floats, year: Ints) -> tuple[Floats, Floats, Ints, Floats]:
    """Return rows of one year and outcome whose scores lie within :data:`WIDTH` as one, with their mean score and their count."""
    keys = np.column_stack([year, outcome.astype("int64"), np.floor(score / WIDTH).astype("int64")])
    cells, at, count = np.unique(keys, axis=0, return_inverse=True, return_counts=True)
    mean = np.bincount(at, weights=score, minlength=len(cells)) / count
    return mean, cells[:, 1].astype("float64"), cells[:, 0], count.astype("float64")


def draws_of_years(years: int, draws: int, seed: int) -> Floats:
    """Return draws + 1 rows of how often each of so many years counts; in the first, each counts once."""
    random = np.random.default_rng(seed)
    counts = random.multinomial(years, np.full(years, 1 / years), size=draws) if years else np.empty((draws, 0))
    return np.vstack([np.ones((1, years)), counts]).astype("float64")
