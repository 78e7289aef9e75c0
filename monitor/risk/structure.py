"""How scores of measures come together: which measure stands under which indicator and risk factor of a track, and the means.

Made once from the framework (:func:`structure_of`), then used for the assessment, and for every draw and variant of it
(:mod:`monitor.risk.uncertainty`, :mod:`monitor.risk.sensitivity`): there is one way from measures to a track, and it is here.
Scores may have any number of axes; the first counts measures (or indicators, or factors), the last counts countries.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
import numpy.typing as npt

from monitor.risk.cube import Floats, Ints
from monitor.risk.framework import TRACK_IDS, Evidence, Framework, Indicator, TrackId

FLOOR = 0.01  # of a scale from 0 to 1: a geometric mean knows no zero; winsorised at the lowest hundredth
Mean = Callable[[Floats, Floats], Floats]


@dataclass(frozen=True)
class Slot:
    """An indicator's place in a track. ``number``: its position among all indicators of the framework. ``measures``: positions of
    those that may enter, none where the track does not take the indicator; ``evidence``: the same as positions among all evidence
    of the framework. ``stand_ins``: pairs of positions in ``measures``, a stand-in and what it stands in for."""

    number: int
    measures: tuple[int, ...]
    evidence: tuple[int, ...]
    stand_ins: tuple[tuple[int, int], ...]
    core: bool


@dataclass(frozen=True)
class Structure:
    """One track: the slots of each risk factor, in the framework's order.

    The rest is the same laid flat, one line for each measure under an indicator, so that all indicators are one operation.
    """

    factors: tuple[tuple[Slot, ...], ...]

    @cached_property
    def _filled(self) -> tuple[tuple[int, Slot], ...]:
        return tuple((n, slot) for n, slots in enumerate(self.factors) for slot in slots if slot.measures)

    @cached_property
    def line(self) -> Ints:
        """Return the measure of each line."""
        return np.array([m for _, slot in self._filled for m in slot.measures], dtype="int64")

    @cached_property
    def evidence(self) -> Ints:
        """Return the evidence of each line."""
        return np.array([e for _, slot in self._filled for e in slot.evidence], dtype="int64")

    @cached_property
    def filled(self) -> Ints:
        """Return the numbers of the slots that take any measure."""
        return np.array([slot.number for _, slot in self._filled], dtype="int64")

    @cached_property
    def parent(self) -> Ints:
        """Return the factor of each filled slot."""
        return np.array([n for n, _ in self._filled], dtype="int64")

    @cached_property
    def slot(self) -> Ints:
        """Return the filled slot of each line."""
        return np.repeat(np.arange(len(self._filled)), [len(slot.measures) for _, slot in self._filled])

    @cached_property
    def starts(self) -> Ints:
        """Return the first line of each filled slot."""
        return np.searchsorted(self.slot, np.arange(len(self._filled)))

    @cached_property
    def stand_ins(self) -> tuple[tuple[int, int], ...]:
        """Return pairs of lines, a stand-in and what it stands in for."""
        first = self.starts.tolist()
        return tuple((first[n] + a, first[n] + b) for n, (_, slot) in enumerate(self._filled) for a, b in slot.stand_ins)

    @cached_property
    def indicators(self) -> int:
        """Return how many indicators the framework has."""
        return sum(len(slots) for slots in self.factors)


@dataclass(frozen=True)
class Weights:
    """Weights at each of the three steps, all above 0: evidence in its indicator, indicator in its factor, factor in the track.

    Each array is as long as the framework's list of them, times whatever broadcasts against scores (draws x 1, or 1).
    """

    evidence: Floats
    indicator: Floats
    factor: Floats


@dataclass(frozen=True)
class Combined:
    """Scores of one track, NaN where nothing is known: indicators x ..., factors x ..., and the track's own."""

    indicator: Floats
    factor: Floats
    score: Floats


def scored(evidence: Evidence) -> bool:
    """Return whether a piece of evidence enters a score: of high or medium validity."""
    return evidence.scored


def allowed(
    framework: Framework,
    track: TrackId,
    indicator: Indicator,
    deaths: Mapping[str, bool],
    counts: Callable[[Evidence], bool] = scored,
) -> list[str]:
    """Return the measures of an indicator that may enter a track's score: of sufficient validity, and free of death counts
    where the track takes none. ``counts``: what sufficient means, for a variant of the framework."""
    takes = framework.tracks[track].takes_death_counts
    return [
        e.measure
        for e in indicator.evidence
        if counts(e) and (takes or not any(deaths.get(s, False) for s in framework.measure[e.measure].all_series()))
    ]


def structure_of(
    framework: Framework, track: TrackId, deaths: Mapping[str, bool], counts: Callable[[Evidence], bool] = scored
) -> Structure:
    """Return how a track is put together. ``deaths``: series -> whether it counts deaths. ``counts``: as in :func:`allowed`."""
    at = {m.id: n for n, m in enumerate(framework.measures)}
    factors: list[tuple[Slot, ...]] = []
    number = seen = 0
    for factor in framework.factors:
        slots = []
        for indicator in factor.indicators:
            taken = framework.in_track(indicator, track)
            names = allowed(framework, track, indicator, deaths, counts) if taken else []
            place = {e.measure: seen + n for n, e in enumerate(indicator.evidence)}
            pairs = ((n, framework.measure[name].stands_in_for) for n, name in enumerate(names))
            slots.append(
                Slot(
                    number,
                    tuple(at[n] for n in names),
                    tuple(place[n] for n in names),
                    tuple((n, names.index(other)) for n, other in pairs if other in names),
                    indicator.core,
                )
            )
            number, seen = number + 1, seen + len(indicator.evidence)
        factors.append(tuple(slots))
    return Structure(tuple(factors))


def structures_of(framework: Framework, deaths: Mapping[str, bool]) -> dict[TrackId, Structure]:
    """Return how both tracks are put together (:func:`structure_of`)."""
    return {track: structure_of(framework, track, deaths) for track in TRACK_IDS}


def equal_weights(framework: Framework) -> Weights:
    """Return weights of 1 at every step: the framework's own."""
    indicators = [i for _, i in framework.indicators()]
    counts = sum(len(i.evidence) for i in indicators), len(indicators), len(framework.factors)
    return Weights(*(np.ones((n, 1)) for n in counts))


def mean(parts: Floats, weights: Floats) -> Floats:
    """Return the weighted mean over the first axis of what is known; NaN where nothing is."""
    known = ~np.isnan(parts)
    total = np.where(known, weights, 0.0).sum(axis=0)
    summed = np.where(known, weights * parts, 0.0).sum(axis=0)
    found: Floats = np.where(total > 0, summed / np.where(total > 0, total, 1.0), np.nan)
    return found


def geometric_mean(parts: Floats, weights: Floats) -> Floats:
    """Return the weighted geometric mean over the first axis of what is known, scores below :data:`FLOOR` read as that.

    It lets a high score make up for a low one less than the arithmetic mean does (OECD/JRC, Handbook on Constructing Composite
    Indicators, 2008, step 6).
    """
    found: Floats = np.exp(mean(np.log(np.maximum(parts, FLOOR)), weights))
    return found


def combine(
    structure: Structure,
    score: Floats,
    weights: Weights,
    *,
    within: Mean = mean,
    across: Mean = mean,
    fill: Callable[[int, Floats], Floats] | None = None,
) -> Combined:
    """Return the scores of indicators, factors and the track from those of the measures (measures x ... x countries).

    An indicator is the mean of its measures, a factor of its indicators (``within``), the track of its factors (``across``);
    what is missing is left out, never read as low. ``fill``: the number of a core indicator and its scores -> the scores with
    gaps filled; none are filled without it.
    """
    part, weight = _standing(score, structure), weights.evidence[structure.evidence]
    found = _segments(part, weight.reshape(weight.shape + (1,) * (part.ndim - weight.ndim)), structure.starts)
    if fill is not None:
        core = {slot.number for slots in structure.factors for slot in slots if slot.core}
        found = np.array([fill(n, row) if n in core else row for n, row in zip(structure.filled.tolist(), found, strict=True)])
    indicators = np.full((structure.indicators, *score.shape[1:]), np.nan)
    indicators[structure.filled] = found
    factors = np.full((len(structure.factors), *score.shape[1:]), np.nan)
    for n in np.unique(structure.parent):
        mine = structure.parent == n
        factors[n] = within(found[mine], weights.indicator[structure.filled[mine]])
    return Combined(indicators, factors, across(factors, weights.factor))


def coverage(structure: Structure, indicator: Floats) -> tuple[Ints, Ints]:
    """Return how many core indicators of each factor have a score (factors x ... x countries), and how many there are."""
    known = ~np.isnan(indicator)
    core = [[s.number for s in slots if s.core and s.measures] for slots in structure.factors]
    return np.array([known[numbers].sum(axis=0) for numbers in core]), np.array([len(numbers) for numbers in core])


def shares(structure: Structure, score: Floats) -> Floats:
    """Return each measure's share in the track's score under equal weights (measures x countries); 0 where it has none."""
    known = ~np.isnan(_standing(score, structure))
    lines = _total(known, structure.starts)  # known measures of each slot
    slots = _grouped(lines > 0, structure.parent, len(structure.factors))  # known slots of each factor
    factors = np.maximum((slots > 0).sum(axis=0), 1)
    of_slot = 1.0 / (np.maximum(slots, 1)[structure.parent] * factors)
    each = np.where(known, of_slot[structure.slot] / np.maximum(lines, 1)[structure.slot], 0.0)
    return _grouped(each, structure.line, len(score))


def _standing(score: Floats, structure: Structure) -> Floats:
    """Return the scores of every line; a stand-in counts only where the other has no reading."""
    part = score[structure.line]
    for stand_in, primary in structure.stand_ins:
        part[stand_in] = np.where(np.isnan(part[primary]), part[stand_in], np.nan)
    return part


def _segments(parts: Floats, weights: Floats, starts: Ints) -> Floats:
    """Return :func:`mean` over each stretch of the first axis that begins at ``starts``."""
    known = ~np.isnan(parts)
    total = _total(np.where(known, weights, 0.0), starts)
    summed = _total(np.where(known, weights * parts, 0.0), starts)
    found: Floats = np.where(total > 0, summed / np.where(total > 0, total, 1.0), np.nan)
    return found


def _total(values: npt.NDArray[Any], starts: Ints) -> Floats:
    return np.add.reduceat(values.astype("float64"), starts, axis=0) if len(starts) else np.empty((0, *values.shape[1:]))


def _grouped(values: npt.NDArray[Any], group: Ints, groups: int) -> Floats:
    """Return sums of the rows of each group (groups x countries)."""
    order = np.argsort(group, kind="stable")
    present, starts = np.unique(group[order], return_index=True)
    total = np.zeros((groups, *values.shape[1:]))
    total[present] = _total(values[order], starts)
    return total
