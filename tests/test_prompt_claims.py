"""Claims are checked, not phrased: each predicate on values worked out by hand, and False where data are missing."""

from __future__ import annotations

import pytest

from monitor.briefs.place import Place
from monitor.prompts.claims import FirstTime, among_highest, first_time, one_of_many, rests_on_one_month

ORDER = {"baseline": 0, "watch": 1, "elevated": 2, "high": 3}


def place(rank: int, low: int, high: int, ranked: int = 169) -> Place:
    return Place(rank=rank, ranked=ranked, low=low, high=high, at_level=0.9, top_30=0.9, draws=500)


@pytest.mark.parametrize(
    ("level", "at_level", "assessed", "holds"),
    [
        ("high", 13, 196, True),
        ("high", 2, 196, True),
        ("high", 1, 196, False),  # the only one is not one of many
        ("baseline", 98, 196, True),
        ("baseline", 99, 196, False),  # most countries: no distinction
        ("insufficient data", 27, 196, False),
    ],
)
def test_one_of_those_at_its_level(level: str, at_level: int, assessed: int, holds: bool) -> None:
    assert one_of_many(level, at_level, assessed) is holds


@pytest.mark.parametrize(
    ("where", "among"),
    [
        (place(3, 1, 4), 5),
        (place(3, 1, 5), 5),
        (place(3, 1, 6), 10),  # the rank is 3, but not surely among the 5
        (place(14, 10, 41), 50),
        (place(60, 51, 70), None),
        (place(7, 1, 4), 10),  # nor is it said of fewer than the rank itself
        (place(3, 1, 4, ranked=5), None),  # all of five is no distinction
        (place(0, 20, 40), None),  # no rank
        (None, None),
    ],
)
def test_among_the_highest_only_as_far_as_nine_of_ten_draws_say_so(where: Place | None, among: int | None) -> None:
    assert among_highest(where) == among


def months(count: int) -> list[str]:
    """Return the last days of ``count`` months from January 2000 on."""
    return [f"{2000 + n // 12}-{n % 12 + 1:02d}-28" for n in range(count)]


def spell(*parts: tuple[int, str]) -> list[str]:
    return [level for count, level in parts for _ in range(count)]


@pytest.mark.parametrize(
    ("levels", "found"),
    [
        # high for 3 months, 60 months after it was last high
        (spell((2, "high"), (60, "watch"), (3, "high")), FirstTime("2005-03-28", "2000-02-28", never=False)),
        (spell((2, "high"), (58, "watch"), (3, "high")), None),  # 59 months between: under five years
        (spell((70, "watch"), (1, "high")), FirstTime("2005-11-28", "2000-01-28", never=True)),
        (spell((70, "watch"), (24, "high")), FirstTime("2005-11-28", "2000-01-28", never=True)),
        (spell((70, "watch"), (25, "high")), None),  # no news any more
        (spell((2, "high"), (70, "watch"), (3, "elevated")), FirstTime("2006-01-28", "2000-02-28", never=False)),
        (spell((70, "baseline"), (3, "baseline")), None),  # the lowest level is never a first
        (
            spell((2, "high"), (30, "watch"), (1, "insufficient data"), (30, "watch"), (3, "high")),
            None,
        ),  # could have been high then
        (
            spell((1, "insufficient data"), (2, "high"), (60, "watch"), (3, "high")),
            FirstTime("2005-04-28", "2000-03-28", never=False),
        ),
        (spell((70, "watch"), (3, "insufficient data")), None),
        (spell((3, "high")), None),  # nothing earlier to compare with
        ([], None),
    ],
)
def test_the_first_time_in_five_years_or_more(levels: list[str], found: FirstTime | None) -> None:
    assert first_time(levels, months(len(levels)), ORDER) == found


@pytest.mark.parametrize(
    ("deaths", "peak", "holds"),
    [
        (1200.0, 900.0, True),  # 300 without the month, under the mark of 1,000
        (1000.0, 501.0, True),  # the mark itself counts as reached
        (3000.0, 2000.0, False),  # 1,000 without it: reached all the same
        (3000.0, 2001.0, True),
        (1200.0, 600.0, False),  # half is not more than half
        (900.0, 800.0, False),  # not reached with it either
        (float("nan"), 800.0, False),
        (1200.0, float("nan"), False),
    ],
)
def test_a_sum_that_reaches_its_mark_only_with_its_largest_month(deaths: float, peak: float, holds: bool) -> None:
    assert rests_on_one_month(deaths, peak, 1000.0) is holds
