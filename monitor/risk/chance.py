"""What is drawn by lot for :mod:`monitor.risk.uncertainty`: choices of method, errors of figures, donors for gaps. Pure, seeded.

Choices of the method are the same for all countries in one draw. What is drawn for a country comes from a seed of its own, made
of its code: its numbers do not depend on which other countries there are, nor on how many draws are worked out at once.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from monitor.risk.cube import Floats, Ints
from monitor.risk.framework import Framework, Measure
from monitor.risk.readings import Readings
from monitor.risk.structure import Weights

Bools = npt.NDArray[np.bool_]
METHOD, ERRORS, GAPS = 0, 1, 2  # streams of random numbers


@dataclass(frozen=True)
class Choices:
    """What each draw has in common for all countries: weights (... x draws x 1), measures read on a straight line (measures x
    draws), geometric means inside factors (draws)."""

    weights: Weights
    linear: Bools
    geometric: Bools

    def some(self, part: slice) -> Choices:
        """Return the choices of some of the draws."""
        w = self.weights
        weights = Weights(w.evidence[:, part], w.indicator[:, part], w.factor[:, part])
        return Choices(weights, self.linear[:, part], self.geometric[part])


def choices(framework: Framework) -> Choices:
    """Return the choices of method of every draw."""
    policy = framework.uncertainty
    rng = np.random.default_rng([policy.seed, METHOD])
    indicators = [i for _, i in framework.indicators()]
    counts = sum(len(i.evidence) for i in indicators), len(indicators), len(framework.factors)
    low, high = 1 - policy.weights, 1 + policy.weights
    weights = Weights(*(rng.uniform(low, high, (policy.draws, n)).T[:, :, None] for n in counts))
    chance = np.array([[policy.linear if m.percentile else 0.0] for m in framework.measures])
    lots = rng.random((policy.draws, len(framework.measures))).T
    return Choices(weights, lots < chance, rng.random(policy.draws) < policy.geometric)


class Lots:
    """The random numbers of each country; each call goes on where the last one ended."""

    def __init__(self, framework: Framework, countries: tuple[str, ...]) -> None:
        policy = framework.uncertainty
        codes = [list(c.encode()) for c in countries]
        self.framework = framework
        self._errors = [np.random.default_rng([policy.seed, ERRORS, *c]) for c in codes]
        self._gaps = [np.random.default_rng([policy.seed, GAPS, *c]) for c in codes]

    def donors(self, draws: int) -> Ints:
        """Return the country from which each takes what it lacks, in each draw (positions, draws x countries)."""
        lots = np.array([g.random(draws) for g in self._gaps]).T
        return (lots * len(self._gaps)).astype("int64")

    def values(self, readings: Readings, draws: int) -> Floats:
        """Return values (measures x draws x countries) in the measures' own units, each off by its measurement error.

        Errors of one source and country have a part in common, in the direction of worry: who sees one thing too dark sees all
        things darker. Without measurement error they are the values as read.
        """
        policy, measures = self.framework.uncertainty, self.framework.measures
        if not policy.errors:
            return np.broadcast_to(readings.value[:, None, :], (len(measures), draws, len(self._gaps)))
        sources = sorted({_source(m) for m in measures})
        drawn = np.array([g.standard_normal((draws, len(measures) + len(sources))) for g in self._errors]).transpose(2, 1, 0)
        off = np.empty((len(measures), draws, len(self._gaps)))
        for n, measure in enumerate(measures):
            common = drawn[len(measures) + sources.index(_source(measure))]
            worse = np.sqrt(policy.shared) * common + np.sqrt(1 - policy.shared) * drawn[n]
            off[n] = _away(self.framework, readings, n, worse if measure.higher_is == "worse" else -worse)
        return off


def _source(measure: Measure) -> str:
    return measure.series.split(".")[0]


def _away(framework: Framework, readings: Readings, n: int, step: Floats) -> Floats:
    """Return a measure's values ``step`` standard errors away (draws x countries), by the publisher's bounds where there are any.

    A percentage multiplies: a count stays a count, and a zero stays zero.
    """
    value, low, high = readings.value[n], readings.low[n], readings.high[n]
    error = framework.error_of(framework.measures[n].series)
    if error is None:
        return np.broadcast_to(value, step.shape)
    away: Floats = value * np.exp(step * np.log1p((error.percent or 0.0) / 100)) + step * (error.plus_minus or 0.0)
    bounded = value + step * np.where(step < 0, value - low, high - value)
    return np.where(np.isnan(low), away, bounded)
