"""What may be claimed of a country beside its figures: predicates, None or False wherever data are missing. Pure.

A sentence with "rose", "fell", "highest since", "first" or "one of" stands in a text only where a predicate of this file or of
:mod:`monitor.briefs.facts` holds; the words stand in ``templates/claims.j2`` and nowhere else.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from monitor.briefs.facts import WORTH_SAYING, more_than_half
from monitor.briefs.place import Place
from monitor.risk.framework import INSUFFICIENT

ROUND = (5, 10, 20, 30, 50)  # "one of the 10 highest" is said of these
NEWS_MONTHS = 24  # a level reached longer ago is no news


def one_of_many(level: str, at_level: int, assessed: int) -> bool:
    """Return whether a country may be called one of those at its level: some level, with company, and not most countries."""
    return level != INSUFFICIENT and 2 <= at_level <= assessed / 2


def among_highest(place: Place | None) -> int | None:
    """Return the smallest of :data:`ROUND` within which the rank lies in nine of ten draws, and the rank itself; else None."""
    if place is None or not place.rank:
        return None
    return next((n for n in ROUND if max(place.high, place.rank) <= n < place.ranked), None)


def rests_on_one_month(deaths: float, peak: float, at_least: float) -> bool:
    """Return whether a sum reaches a mark only with its largest month, which makes up more than half of it: a month to check."""
    return more_than_half(peak, deaths) and deaths >= at_least > deaths - peak


@dataclass(frozen=True)
class FirstTime:
    """A level reached in the month ``began`` that was last reached in ``since``; ``never``: not since the record began then."""

    began: str
    since: str
    never: bool


def first_time(levels: Sequence[str], months: Sequence[str], order: Mapping[str, int]) -> FirstTime | None:
    """Return whether the newest level was reached for the first time in :data:`WORTH_SAYING` years or more.

    ``levels``: a country's level by month, oldest first; ``months``: their last days (ISO); ``order``: rank of each level.
    None for the lowest level, for a spell older than :data:`NEWS_MONTHS`, and where a month in between could not be assessed.
    """
    ranks = [order.get(level) for level in levels]
    now = ranks[-1] if ranks else None
    if not now:
        return None
    began = len(ranks) - 1
    while began > 0 and _reaches(ranks[began - 1], now):
        began -= 1
    earlier = ranks[:began]
    if len(ranks) - began > NEWS_MONTHS or not earlier:
        return None
    reached = [n for n, rank in enumerate(earlier) if _reaches(rank, now)]
    last = reached[-1] if reached else 0
    if None in earlier[last:] or began - last < WORTH_SAYING * 12:
        return None
    return FirstTime(months[began], months[last], not reached)


def _reaches(rank: int | None, now: int) -> bool:
    return rank is not None and rank >= now
