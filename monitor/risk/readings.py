"""Measures to readings: what each measure says of each country on a date, how fresh it is, and how worrying."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date

import numpy as np
import numpy.typing as npt

from monitor.risk.cube import Cube, Floats, Ints
from monitor.risk.framework import TRANSFORMS, Framework, Measure, Signal
from monitor.risk.transforms import Request, Value

MISSING, EXPIRED, STALE, FRESH = 0, 1, 2, 3
FRESHNESS = ("missing", "expired", "stale", "fresh")


@dataclass(frozen=True)
class Readings:
    """Every measure for every country on one date; all arrays are measures x countries.

    ``value`` in the measure's unit and ``score`` from 0 to 1, both NaN where there is none; an expired value keeps its
    number and loses its score. ``freshness``: index into :data:`FRESHNESS`. ``row``: position of the newest observation
    behind the value, ``first_row`` that of the oldest, -1 for none. ``lasting``: a fact that never expires. ``known``/``asked``:
    periods with a value, of those asked for. ``low``/``high``: the publisher's own bounds of the value, NaN where there are none.
    ``peak``, ``peak_end``: the largest single period of a sum and its last day.
    """

    measures: tuple[str, ...]
    value: Floats
    score: Floats
    start: npt.NDArray[np.datetime64]
    end: npt.NDArray[np.datetime64]
    row: Ints
    first_row: Ints
    known: Ints
    asked: Ints
    freshness: npt.NDArray[np.int8]
    lasting: npt.NDArray[np.bool_]
    low: Floats
    high: Floats
    peak: Floats
    peak_end: npt.NDArray[np.datetime64]


def read(cube: Cube, framework: Framework, as_of: date, fresh_days: Mapping[str, int]) -> Readings:
    """Return the readings as of a date. ``fresh_days``: series -> days after its period that a value counts as fresh."""
    values = [evaluate(cube, measure) for measure in framework.measures]
    end = np.array([v.end for v in values])
    limits = np.array([_max_age(cube, framework, m) for m in framework.measures])[:, None]
    fresh = np.array([fresh_days.get(m.series, 0) for m in framework.measures])[:, None]
    lasting = np.array([v.lasting if len(v.lasting) else np.zeros(len(cube.countries), dtype=bool) for v in values])
    freshness = _freshness(end, as_of, fresh, limits, lasting)
    value = np.array([v.value for v in values])
    score = np.array([score_of(m, value[n]) for n, m in enumerate(framework.measures)])
    bounds = np.array([_bounds(cube, framework, m, values[n]) for n, m in enumerate(framework.measures)])
    return Readings(
        tuple(m.id for m in framework.measures),
        value,
        np.where(freshness >= STALE, score, np.nan),
        np.array([v.start for v in values]),
        end,
        np.array([v.row for v in values]),
        np.array([v.first_row for v in values]),
        np.array([v.known for v in values]),
        np.array([v.asked for v in values]),
        freshness,
        lasting,
        bounds[:, 0],
        bounds[:, 1],
        np.array([v.peak for v in values]),
        np.array([v.peak_end for v in values]),
    )


def evaluate(cube: Cube, item: Measure | Signal) -> Value:
    """Return the value of a measure or a signal for every country."""
    used = (item.series, *item.plus, *((item.per,) if item.per else ()))
    years, floor = getattr(item, "years", 3), getattr(item, "floor", 0.0)
    at_least = item.at_least if item.at_least is not None else 1.0
    way = (item.transform, item.series, item.plus, item.per, item.months, years, floor, at_least)

    def work() -> Value:
        request = Request(
            block=cube.blocks[item.series],
            plus=tuple(cube.blocks[s] for s in item.plus),
            per=cube.blocks[item.per] if item.per else None,
            months=item.months,
            years=years,
            floor=floor,
            at_least=at_least,
            neighbours=cube.neighbours,
        )
        return TRANSFORMS[item.transform](request)

    return cube.once(way, used, work)


def score_of(measure: Measure, value: Floats) -> Floats:
    """Return where values lie on the measure's bands: 0 least, 1 most worrying; NaN stays NaN."""
    points = np.array(measure.bands, dtype="float64")
    at, xs = (np.log1p(np.maximum(value, 0)), np.log1p(points[:, 0])) if measure.scale == "log" else (value, points[:, 0])
    score: Floats = np.where(np.isnan(value), np.nan, np.interp(at, xs, points[:, 1]))
    return score


def _bounds(cube: Cube, framework: Framework, measure: Measure, value: Value) -> Floats:
    """Return the publisher's bounds of a measure's value (2 x countries), worked out as the value is; NaN where there are none.

    They count only for the same period, and only where the value lies between them: else they are of another figure. What has
    ever been reached is a matter of no one period.
    """
    error = framework.error_of(measure.series)
    nothing = np.full((2, len(cube.countries)), np.nan)
    if error is None or error.low is None or error.high is None:
        return nothing
    low, high = (evaluate(cube, measure.model_copy(update={"series": s})) for s in (error.low, error.high))
    same = (measure.transform == "ever") | ((low.end == value.end) & (high.end == value.end))
    around = same & (low.value <= value.value) & (value.value <= high.value)
    return np.where(around, np.array([low.value, high.value]), nothing)


def _max_age(cube: Cube, framework: Framework, measure: Measure) -> int:
    if measure.max_age_days is not None:
        return measure.max_age_days
    return framework.max_age_days["month" if cube.blocks[measure.series].monthly else "year"]


def _freshness(
    end: npt.NDArray[np.datetime64], as_of: date, fresh: Ints, limit: Ints, lasting: npt.NDArray[np.bool_]
) -> npt.NDArray[np.int8]:
    """Judge the age of each value from its own period, never from the time of fetching; what lasts may grow stale, not expire."""
    missing = np.isnat(end)
    age = (np.datetime64(as_of, "D") - end).astype("timedelta64[D]").astype("int64")
    grade = np.where(age <= fresh, FRESH, np.where((age <= limit) | lasting, STALE, EXPIRED))
    return np.where(missing, MISSING, grade).astype("int8")
