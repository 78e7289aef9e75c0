"""What was known when a forecast was made: of each series the newest year that had been published, if it is not too old."""

from __future__ import annotations

from datetime import date, timedelta

import numpy as np

from monitor.foresight.annual import Floats, Ints

SHARE_OF_NEIGHBOURS = 0.75  # the highest next door is unknown where fewer neighbours than this have a figure
SHARE_OF_YEARS = 0.5  # the highest in some years is unknown where fewer of them than this have a figure


def years_back(lag_days: int, issued: str) -> int:
    """Return how many years before ``year_from`` the newest published year lies: 0 where its own figures were out.

    A forecast of ``year_from`` is made on the day ``issued`` (month-day) of the year after; a year of a series with a release
    lag is out so many days after its end. Worked out for a year without a leap day between.
    """
    month, day = (int(part) for part in issued.split("-"))
    back = 0
    while date(2001 - back, 12, 31) + timedelta(days=lag_days) > date(2002, month, day):
        back += 1
    return back


def shifted(values: Floats, years: int) -> Floats:
    """Return the values of so many years before, row by row; missing before the first."""
    moved = np.full(values.shape, np.nan)
    moved[years:] = values[: len(values) - years] if years else values
    return moved


def carried(values: Floats, back: int, most: int) -> Floats:
    """Return for each year the newest value at least ``back`` and at most ``max(back, most)`` years old; else missing."""
    found = shifted(values, back)
    for age in range(back + 1, most + 1):
        found = np.where(np.isnan(found), shifted(values, age), found)
    return found


def change(values: Floats, years: int) -> Floats:
    """Return the change against so many years before; missing where either is."""
    return values - shifted(values, years)


def extreme(values: Floats, years: int, *, lowest: bool = False) -> Floats:
    """Return the highest (or lowest) of a year and the ones before it, ``years`` in all; half of them must be known."""
    window = np.stack([shifted(values, n) for n in range(years)])
    return _extreme(window, SHARE_OF_YEARS * years, lowest=lowest)


def next_door(values: Floats, neighbours: Ints, *, lowest: bool = False) -> Floats:
    """Return the highest (or lowest) value among each country's neighbours; missing without a neighbour, never zero."""
    if not neighbours.size:
        return np.full(values.shape, np.nan)
    there = neighbours >= 0
    beside = np.where(there[None], values[:, np.maximum(neighbours, 0)], np.nan)
    asked = there.sum(axis=1)
    return _extreme(np.moveaxis(beside, 2, 0), np.where(asked, SHARE_OF_NEIGHBOURS * asked, 1), lowest=lowest)


def _extreme(stack: Floats, fewest: Floats | float, *, lowest: bool) -> Floats:
    unknown = np.isnan(stack)
    enough = (~unknown).sum(axis=0) >= fewest
    filled = np.where(unknown, np.inf if lowest else -np.inf, stack)
    found: Floats = filled.min(axis=0) if lowest else filled.max(axis=0)
    return np.where(enough & np.isfinite(found), found, np.nan)
