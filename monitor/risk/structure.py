"""How scores of measures come together: which measure stands under which indicator and risk factor of a track, and the means.

Made once from the framework (:func:`structure_of`), then used for the assessment, and for every draw and variant of it
(:mod:`monitor.risk.uncertainty`, :mod:`monitor.risk.sensitivity`): there is one way from measures to a track, and it is here.
Scores may have any number of axes; the first counts measures (or indicators, or factors), the last counts countries.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from monitor.risk.cube import Floats, Ints
from monitor.risk.framework import Evidence, Framework, Indicator, TrackId

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
    """One track: the slots of each risk factor, in the framework's order."""

    factors: tuple[tuple[Slot, ...], ...]


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
    nothing = np.full(score.shape[1:], np.nan)
    indicators, factors = [], []
    for slots in structure.factors:
        own = []
        for slot in slots:
            found = mean(_standing(score, slot), weights.evidence[list(slot.evidence)]) if slot.measures else nothing
            if fill is not None and slot.core and slot.measures:
                found = fill(slot.number, found)
            indicators.append(found)
            own.append(found)
        mine = [n for n, slot in enumerate(slots) if slot.measures]
        numbers = [slots[n].number for n in mine]
        factors.append(within(np.array([own[n] for n in mine]), weights.indicator[numbers]) if mine else nothing)
    return Combined(np.array(indicators), np.array(factors), across(np.array(factors), weights.factor))


def coverage(structure: Structure, indicator: Floats) -> tuple[Ints, Ints]:
    """Return how many core indicators of each factor have a score (factors x ... x countries), and how many there are."""
    known = ~np.isnan(indicator)
    core = [[s.number for s in slots if s.core and s.measures] for slots in structure.factors]
    return np.array([known[numbers].sum(axis=0) for numbers in core]), np.array([len(numbers) for numbers in core])


def shares(structure: Structure, score: Floats) -> Floats:
    """Return each measure's share in the track's score under equal weights (measures x countries); 0 where it has none."""
    factors = []
    for slots in structure.factors:
        parts = [(_standing(score, s), s) for s in slots if s.measures]
        own = [_placed(~np.isnan(part), s, score.shape) for part, s in parts]
        factors.append(_shared(own, score.shape))
    return _shared(factors, score.shape)


def _placed(known: npt.NDArray[np.bool_], slot: Slot, shape: tuple[int, ...]) -> Floats:
    """Return the equal shares of the known measures of a slot, each at its own position among all measures."""
    weight = np.zeros(shape)
    weight[list(slot.measures)] = np.where(known, 1.0 / np.maximum(known.sum(axis=0), 1), 0.0)
    return weight


def _shared(parts: list[Floats], shape: tuple[int, ...]) -> Floats:
    """Return the mean of shares over the parts in which any measure has one."""
    known = [part.any(axis=0) for part in parts]
    count = np.maximum(np.array(known).sum(axis=0), 1) if parts else 1
    weight = np.zeros(shape)
    for has, part in zip(known, parts, strict=True):
        weight += np.where(has, part / count, 0.0)
    return weight


def _standing(score: Floats, slot: Slot) -> Floats:
    """Return the scores of a slot's measures; a stand-in counts only where the other has no reading."""
    part = score[list(slot.measures)]
    for stand_in, primary in slot.stand_ins:
        part[stand_in] = np.where(np.isnan(part[primary]), part[stand_in], np.nan)
    return part
