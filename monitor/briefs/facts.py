"""What may be said of figures: predicates, True only where the data say so; a missing value makes every one False. Pure.

A sentence with "rose", "fell" or "since" in a brief stands only where its predicate holds.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

import pandas as pd

Move = Literal["rose", "fell", "little", "not compared", "stays"]
MOVED = 0.05  # a score that moved less than 5 of 100 places in a year is called little changed
WORTH_SAYING = 5  # years: "the highest since last year" says nothing


def rose(now: float, before: float, by: float) -> bool:
    """Return whether ``now`` lies above ``before`` by at least ``by``."""
    return by > 0 and round(now - before, 9) >= by  # rounded: 0.85 - 0.80 is a little under 0.05 in binary


def fell(now: float, before: float, by: float) -> bool:
    """Return whether ``now`` lies below ``before`` by at least ``by``."""
    return rose(before, now, by)


def move(now: float, before: float, by: float) -> Move:
    """Return which way a value moved; ``not compared`` where either is missing."""
    if math.isnan(now) or math.isnan(before):
        return "not compared"
    return "rose" if rose(now, before, by) else "fell" if fell(now, before, by) else "little"


def level_move(now: str, before: str, seen: str, order: Mapping[str, int]) -> Move:
    """Return which way a level moved; ``order``: rank of each level. Insufficient data is compared with nothing.

    ``seen``: the level that the figures say now. Where they say no more than the level was before, it did not rise: it ``stays``.
    """
    if now not in order or before not in order:
        return "not compared"
    way = move(order[now], order[before], 1)
    return "stays" if way == "rose" and order.get(seen, -1) <= order[before] else way


@dataclass(frozen=True)
class Since:
    """The newest value is the highest (or lowest) since ``year``; ``whole``: the series begins there, and none was as extreme."""

    highest: bool
    year: int
    whole: bool


def extreme_since(by_year: pd.Series, *, highest: bool) -> Since | None:
    """Return since when the newest value has no equal, or None where that is under :data:`WORTH_SAYING` years.

    ``by_year``: float64, index of years, ascending. Years without a value prove nothing and are passed over, so the year
    returned is the last one known to have been as high (or as low).
    """
    known = by_year.dropna()
    if len(known) < 2:
        return None
    newest, earlier = known.iloc[-1], known.iloc[:-1]
    as_extreme = earlier[earlier >= newest] if highest else earlier[earlier <= newest]
    year = int(as_extreme.index[-1]) if len(as_extreme) else int(earlier.index[0])
    return Since(highest, year, not len(as_extreme)) if int(known.index[-1]) - year >= WORTH_SAYING else None


def more_than_half(part: float, whole: float) -> bool:
    """Return whether one period makes up more than half of a sum."""
    return part > whole / 2


def marks(value: float, bands: Sequence[Sequence[float]]) -> tuple[float | None, float | None]:
    """Return the stated marks around a value: the last one reached and the next above; None where there is none.

    ``bands``: (value, score) points; a point with score 0 is no mark.
    """
    points = [v for v, score in bands if score > 0]
    below, above = [p for p in points if p <= value], [p for p in points if p > value]
    return (below[-1] if below else None), (above[0] if above else None)


def third(index: float, edges: Sequence[float]) -> Literal["lower", "middle", "upper"]:
    """Return the third of its level's range in which an index lies. ``edges``: where the levels above baseline begin."""
    low = max((e for e in (0.0, *edges) if e <= index), default=0.0)
    high = min((e for e in (*edges, 100.0) if e > index), default=100.0)
    share = (index - low) / (high - low) if high > low else 1.0
    return "lower" if share < 1 / 3 else "middle" if share < 2 / 3 else "upper"
