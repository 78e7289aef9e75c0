"""Pure transforms that set a country against its own history: for signals, never for measures.

The contract is that of :mod:`monitor.risk.transforms`: a :class:`Request` in, a :class:`Value` out, and a gap is never a zero.
How often each of them cries wolf is measured (``python -m tests.false_alarms``) and stands beside the signal in
``config/framework.yaml``.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import numpy as np

from monitor.risk.borders import SHARE_OF_WINDOW, next_door
from monitor.risk.cube import Block, Floats, Ints
from monitor.risk.transforms import Request, Value, blanked, newest_value, nothing, oldest_in, rate, sum_months

SMOOTHING = 0.2  # weight of the newest month in the moving average; Montgomery: 0.05 to 0.25 work well, small for small shifts
DEVIATIONS = 1.4826  # standard deviations of a normal distribution in one median absolute deviation


def change(request: Request) -> Value:
    """Return the newest value minus the one ``years`` earlier (per 1,000 of ``per`` when given)."""
    block = rate(request)
    if not len(block.ends):
        return nothing(block)
    top = newest_value(block)
    back = request.years * (12 if block.monthly else 1)
    at = np.searchsorted(block.ends, top.end)
    column = np.arange(len(top.value))
    ok = (at >= back) & ~np.isnan(top.value)
    earlier = np.maximum(at - back, 0), column
    before = np.where(ok, block.values[earlier], np.nan)
    return blanked(replace(top, value=top.value - before, first_row=block.rows[earlier]))


def surge(request: Request) -> Value:
    """Return the last ``months``' sum as a multiple of the mean of the three windows before it.

    The mean is that of the known months: an unknown month is not a quiet one. It counts as at least ``floor``, so that a handful
    of deaths after quiet years is no surge.
    """
    block, last = request.block, request.block.newest()
    now = sum_months(request)
    if last < 0 or last + 1 < 4 * request.months:
        return nothing(block)
    windows = slice(last + 1 - 4 * request.months, last + 1)
    earlier = block.values[windows][: -request.months]
    known = (~np.isnan(earlier)).sum(axis=0)
    enough = known >= SHARE_OF_WINDOW * 3 * request.months
    mean = np.where(enough, np.nansum(earlier, axis=0) * request.months / np.maximum(known, 1), np.nan)
    value = now.value / np.maximum(mean, request.floor)
    return blanked(replace(now, value=value, first_row=block.rows[oldest_in(block, windows), np.arange(len(value))]))


def acceleration(request: Request) -> Value:
    """Return the newest quarter of the last ``months`` at the rate of a year, over all of them: 1 is steady, 4 is all of it new.

    A surge of the surge: it turns months before a sum does. Both sums follow the rule of :func:`sum_months` (of three months
    all), and the whole counts as at least ``floor``.
    """
    whole, part = sum_months(request), max(request.months // 4, 1)
    quarter = sum_months(replace(request, months=part))
    value = quarter.value * (request.months / part) / np.maximum(whole.value, request.floor)
    return blanked(replace(whole, value=value))


def ewma(request: Request) -> Value:
    """Return how far the last ``months`` stand above the country's own past, in standard deviations of their moving average.

    1. Each month becomes log(1 + value), so that one massacre does not drown all else. 2. Centre and spread are the median and
    the scaled median absolute deviation of the ``years`` before these months; the spread counts as at least ``floor`` (in
    logarithms), or a country without a death would be alarmed by one. 3. The months' distances z from the centre, in spreads,
    enter the moving average S = 0.2 z + 0.8 S, from S = 0; an unknown month leaves it as it is. 4. The value is S over its own
    standard deviation, which for independent months is the square root of the sum of the squared weights; after many known
    months sqrt(0.2 / 1.8).

    Sources: Roberts (1959), Control Chart Tests Based on Geometric Moving Averages, Technometrics 1(3); exact limits:
    Montgomery, Introduction to Statistical Quality Control, chapter on cumulative sum and moving average charts. Killings are
    neither independent nor normal: three standard deviations are no 1 in 740 here, and the rate of false alarms is measured
    instead.
    """
    now = sum_months(request)
    span = 12 * request.years
    block = request.block.recent(request.months + span)
    logs, window = np.log1p(np.maximum(block.values, 0.0)), slice(max(len(block.ends) - request.months, 0), len(block.ends))
    past = logs[: window.start]
    enough = (~np.isnan(past)).sum(axis=0) >= SHARE_OF_WINDOW * span
    centre, spread = _centre_and_spread(past, request.floor)
    average, variance = np.zeros(len(enough)), np.zeros(len(enough))
    for month in logs[window]:
        known = ~np.isnan(month)
        average = np.where(known, SMOOTHING * (month - centre) / spread + (1 - SMOOTHING) * average, average)
        variance = np.where(known, SMOOTHING**2 + (1 - SMOOTHING) ** 2 * variance, variance)
    value = np.where(enough & ~np.isnan(now.value), average / np.sqrt(np.maximum(variance, SMOOTHING**2)), np.nan)
    return blanked(replace(now, value=value, first_row=_oldest_row(block)))


def robust_z(request: Request) -> Value:
    """Return the newest year's distance from the median of the ``years`` before it, in scaled median absolute deviations.

    Per 1,000 of ``per`` when given, each year by its own population. The deviation counts as at least ``floor``, in the series'
    unit (or per 1,000): a small number that never moved is not a yardstick. Needs three quarters of the years before.

    Source: Iglewicz and Hoaglin (1993), How to Detect and Handle Outliers (the modified z-score).
    """
    block = rate(request)
    if not len(block.ends):
        return nothing(block)
    top = newest_value(block)
    back = np.searchsorted(block.ends, top.end) - np.arange(request.years, 0, -1)[:, None]  # years x countries, the oldest first
    column = np.arange(len(top.value))
    past = np.where((back >= 0) & ~np.isnan(top.value), block.values[np.maximum(back, 0), column], np.nan)
    enough = (~np.isnan(past)).sum(axis=0) >= SHARE_OF_WINDOW * request.years
    centre, spread = _centre_and_spread(past, request.floor)
    first = np.maximum(back, 0)[np.argmax(~np.isnan(past), axis=0), column]
    value = np.where(enough, (top.value - centre) / spread, np.nan)
    return blanked(replace(top, value=value, first_row=block.rows[first, column]))


def spillover_surge(request: Request) -> Value:
    """Return the surge (:func:`surge`) of the sum over the countries next door; missing where :func:`next_door` is."""
    return surge(replace(request, block=next_door(request.block.recent(4 * request.months), request.neighbours)))


CHANGES: dict[str, Callable[[Request], Value]] = {
    "change": change,
    "surge": surge,
    "acceleration": acceleration,
    "ewma": ewma,
    "robust_z": robust_z,
    "spillover_surge": spillover_surge,
}


def _centre_and_spread(past: Floats, floor: float) -> tuple[Floats, Floats]:
    """Return the median of each column and its scaled median absolute deviation, at least ``floor``; NaN where none is known."""
    centre = _median(past)
    return centre, np.maximum(DEVIATIONS * _median(np.abs(past - centre)), floor)


def _median(values: Floats) -> Floats:
    """Return the median of each column's known values, by sorting, which leaves NaN last: much faster than ``np.nanmedian``."""
    ordered = np.sort(values, axis=0)
    count = (~np.isnan(values)).sum(axis=0)
    if not len(ordered):
        return np.full(values.shape[1], np.nan)
    low, high = np.maximum(count - 1, 0) // 2, count // 2
    column = np.arange(values.shape[1])
    return np.asarray((ordered[low, column] + ordered[np.minimum(high, len(ordered) - 1), column]) / 2)


def _oldest_row(block: Block) -> Ints:
    """Return the observation of each country's oldest known period; -1 where there is none."""
    if not len(block.ends):
        return np.full(block.values.shape[1], -1)
    rows: Ints = block.rows[oldest_in(block, slice(0, len(block.ends))), np.arange(block.values.shape[1])]
    return rows
