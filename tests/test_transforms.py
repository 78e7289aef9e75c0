"""Each transform, with answers worked out by hand. A hole is never a zero."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pytest

from monitor.risk.cube import Block
from monitor.risk.transforms import Request, Value, any_in_years, ever, latest, per_thousand, spillover, sum_months
from tests.small_world import block

NAN = float("nan")
NOTHING = Block(np.empty((0, 1)), np.empty((0, 1), dtype="int64"), np.empty(0, dtype="datetime64[D]"), monthly=True)


def years(first: int, *columns: Sequence[float]) -> Block:
    return block(False, str(first), *columns)


def months(first: str, *columns: Sequence[float]) -> Block:
    return block(True, first, *columns)


def said(value: Value, country: int = 0) -> tuple[float | None, str, str, int]:
    """Return value (None where missing), first day, last day and observation of one country."""
    number = None if np.isnan(value.value[country]) else float(value.value[country])
    start, end = (str(days[country]).replace("NaT", "") for days in (value.start, value.end))
    return number, start, end, int(value.row[country])


# ---------------------------------------------------------------------------------------------------------------- latest


def test_latest_is_each_countrys_own_newest_value_with_its_own_period() -> None:
    value = latest(Request(years(2019, [0.1, 0.2, 0.3], [0.4, NAN, NAN], [NAN, NAN, NAN])))
    assert said(value, 0) == (0.3, "2021-01-01", "2021-12-31", 2)
    assert said(value, 1) == (0.4, "2019-01-01", "2019-12-31", 10)
    assert said(value, 2) == (None, "", "", -1)


def test_latest_of_a_series_that_never_came_is_missing() -> None:
    assert said(latest(Request(NOTHING))) == (None, "", "", -1)


def test_a_newest_value_of_zero_is_a_value() -> None:
    assert said(latest(Request(years(2020, [5, 0]))))[0] == 0


# ------------------------------------------------------------------------------------------------------------ sum_months


def test_a_sum_is_over_the_months_that_end_with_the_newest_one() -> None:
    value = sum_months(Request(months("2020-01", range(1, 15)), months=12))  # 1..14: the last twelve are 3..14
    assert said(value) == (102, "2020-03-01", "2021-02-28", 13)
    assert (value.known[0], value.asked) == (12, 12)


def test_the_window_is_anchored_on_the_newest_month_of_the_series_for_every_country() -> None:
    """AAA's figures end two months before BBB's: AAA's window is the same, with two months unknown, not two months earlier."""
    value = sum_months(Request(months("2020-01", [10] * 12 + [NAN, NAN], [1] * 14), months=12))
    assert said(value, 0) == (100, "2020-03-01", "2021-02-28", 11)  # March to December 2020: ten known months
    assert value.known.tolist() == [10, 12]
    assert said(value, 1) == (12, "2020-03-01", "2021-02-28", 23)


@pytest.mark.parametrize(
    ("known", "expected"),
    [(12, 12.0), (9, 9.0), (8, None), (0, None)],
)
def test_a_sum_needs_three_quarters_of_its_months_and_is_else_missing_not_small(known: int, expected: float | None) -> None:
    column = [NAN] * (12 - known) + [1.0] * known
    value = sum_months(Request(months("2020-01", column, [0.0] * 12), months=12))
    assert said(value)[0] == expected
    assert value.known[0] == known
    assert said(value, 1)[0] == 0


def test_a_young_series_is_not_summed_as_if_the_time_before_it_were_quiet() -> None:
    assert said(sum_months(Request(months("2020-01", [50] * 8), months=12)))[0] is None
    assert said(sum_months(Request(months("2020-01", [50] * 9), months=12)))[0] == 450


def test_a_sum_names_the_observation_of_its_newest_month_whatever_the_order_of_the_record() -> None:
    """A revision of an older month is recorded last; the newest figure behind the sum is still that of the newest month."""
    made = months("2020-01", [1.0] * 12)
    made.rows[3, 0] = 99
    assert said(sum_months(Request(made, months=12)))[3] == 11


def test_a_sum_names_the_oldest_and_the_newest_observation_in_its_window() -> None:
    """Of fifteen months the window is the last twelve, from the fourth (3) to the last (14). BBB is unknown in the first two of
    them; CCC has too few months for a sum."""
    all_known, late, few = [1.0] * 15, [1.0, 1.0, 1.0, NAN, NAN, *[1.0] * 10], [NAN] * 10 + [1.0] * 5
    value = sum_months(Request(months("2020-01", all_known, late, few), months=12))
    assert value.first_row.tolist() == [3, 15, -1]
    assert value.row.tolist() == [14, 24, -1]


# ---------------------------------------------------------------------------------------------------------- per_thousand


def test_a_rate_adds_what_belongs_to_it_and_divides_by_the_population_of_that_period() -> None:
    request = Request(
        years(2020, [900, 1000]),
        plus=(years(2020, [50, 500]),),
        per=years(2019, [1, 1, 60_000]),
    )
    assert said(per_thousand(request)) == (25, "2021-01-01", "2021-12-31", 1)  # 1,500 of 60,000


def test_the_population_is_the_newest_at_or_before_that_period_and_never_a_later_one() -> None:
    assert said(per_thousand(Request(years(2020, [100]), per=years(2018, [50_000, NAN, NAN, 10]))))[0] == 2
    assert said(per_thousand(Request(years(2020, [100]), per=years(2021, [50_000]))))[0] is None


@pytest.mark.parametrize("population", [NAN, 0.0])
def test_a_country_without_a_population_has_no_rate(population: float) -> None:
    value = per_thousand(Request(years(2020, [100], [100]), per=years(2020, [population], [1000])))
    assert said(value, 0) == (None, "", "", -1)
    assert said(value, 1)[0] == 100


def test_a_rate_on_an_empty_population_series_is_missing() -> None:
    assert said(per_thousand(Request(years(2020, [100]), per=NOTHING)))[0] is None


def test_a_part_is_not_the_whole() -> None:
    """Refugees of 2021 are known, asylum seekers are not: the newest whole is that of 2020."""
    request = Request(years(2020, [1000, 4000]), plus=(years(2020, [500, NAN]),), per=years(2020, [1000, 1000]))
    assert said(per_thousand(request)) == (1500, "2020-01-01", "2020-12-31", 0)
    assert said(per_thousand(Request(years(2020, [1000]), plus=(NOTHING,), per=years(2020, [1000]))))[0] is None


# ------------------------------------------------------------------------------------------------------------------ ever


def test_what_happened_once_has_happened_and_lasts() -> None:
    value = ever(Request(years(1970, [0, 1500, 1000, 0, NAN, 0]), at_least=1000))
    assert said(value) == (1, "1972-01-01", "1972-12-31", 2)  # the last year that reached 1,000
    assert value.lasting.tolist() == [True]


def test_never_is_only_as_fresh_as_the_end_of_the_list() -> None:
    value = ever(Request(years(1970, [0, 999, 0, NAN], [NAN] * 4), at_least=1000))
    assert said(value, 0) == (0, "1972-01-01", "1972-12-31", 2)
    assert said(value, 1) == (None, "", "", -1)
    assert value.lasting.tolist() == [False, False]


def test_a_value_of_one_period_names_one_observation() -> None:
    lists = years(1970, [0, 1500, 1000, 0, NAN, 0], [NAN] * 6)
    for value in (latest(Request(lists)), ever(Request(lists, at_least=1000)), per_thousand(Request(lists, per=lists))):
        assert value.first_row.tolist() == value.row.tolist()
        assert value.first_row[1] == -1
    assert latest(Request(NOTHING)).first_row.tolist() == [-1]


def test_ever_of_an_empty_list_is_missing_and_not_never() -> None:
    assert said(ever(Request(NOTHING)))[0] is None


# ---------------------------------------------------------------------------------------------------------- any in years


def test_once_in_the_window_is_a_yes_with_the_window_and_the_newest_such_year() -> None:
    value = any_in_years(Request(years(2016, [2, 0, 1, 0, 0], [9, 0, 0, 0, 0]), years=3))
    assert said(value, 0) == (1, "2018-01-01", "2020-12-31", 2)
    assert said(value, 1) == (0, "2018-01-01", "2020-12-31", 14)  # 2016 lies before the window
    assert (value.known.tolist(), value.asked) == ([3, 3], 3)


def test_an_unknown_year_in_the_window_proves_nothing_unless_another_is_a_yes() -> None:
    value = any_in_years(Request(years(2016, [0, NAN, 0], [0, NAN, 1], [NAN, 0, 0]), years=3))
    assert said(value, 0) == (None, "", "", -1)
    assert said(value, 1) == (1, "2016-01-01", "2018-12-31", 12)
    assert said(value, 2) == (None, "", "", -1)
    assert value.known.tolist() == [2, 2, 2]


def test_the_window_ends_with_the_countrys_own_newest_year() -> None:
    value = any_in_years(Request(years(2016, [0, 0, 0, NAN], [0, 0, 0, 1]), years=3))
    assert said(value, 0) == (0, "2016-01-01", "2018-12-31", 2)
    assert said(value, 1) == (1, "2017-01-01", "2019-12-31", 13)


def test_a_list_shorter_than_the_window_or_empty_has_no_no() -> None:
    assert said(any_in_years(Request(years(2019, [0, 0]), years=3)))[0] is None
    assert said(any_in_years(Request(years(2019, [0, 1]), years=3))) == (1, "2019-01-01", "2020-12-31", 1)
    assert said(any_in_years(Request(NOTHING, years=3))) == (None, "", "", -1)
    assert said(any_in_years(Request(years(2019, [NAN, NAN]), years=2))) == (None, "", "", -1)


# ------------------------------------------------------------------------------------------------------------- spillover

BORDERS = np.array([[1, 2], [0, -1], [0, -1], [-1, -1]])  # AAA borders on BBB and CCC, these on AAA; DDD is an island


def test_spillover_is_the_sum_over_the_neighbours_and_never_the_countrys_own() -> None:
    block = months("2020-01", [1.0] * 12, [10.0] * 12, [100.0] * 12, [1000.0] * 12)
    value = spillover(Request(block, months=12, neighbours=BORDERS))
    assert value.value[:3].tolist() == [1320, 12, 12]
    assert said(value, 0) == (1320, "2020-01-01", "2020-12-31", 31)  # CCC adds most: its newest month stands behind the sum
    assert value.first_row.tolist() == [20, 0, 0, -1]


def test_an_island_has_no_spillover_and_not_one_of_zero() -> None:
    block = months("2020-01", [1.0] * 12, [10.0] * 12, [100.0] * 12, [1000.0] * 12)
    assert said(spillover(Request(block, months=12, neighbours=BORDERS)), 3) == (None, "", "", -1)


@pytest.mark.parametrize(("known", "expected"), [(4, 48.0), (3, 36.0), (2, None), (0, None)])
def test_spillover_needs_three_quarters_of_the_neighbours_and_is_else_missing_not_small(
    known: int, expected: float | None
) -> None:
    around = [[1.0] * 12] * known + [[NAN] * 12] * (4 - known)
    everyone = np.array([[1, 2, 3, 4], *[[0, -1, -1, -1]] * 4])
    value = spillover(Request(months("2020-01", [5.0] * 12, *around), months=12, neighbours=everyone))
    assert said(value, 0)[0] == expected


def test_spillover_needs_three_quarters_of_the_months_too() -> None:
    enough, short = [NAN] * 3 + [1.0] * 9, [NAN] * 4 + [1.0] * 8
    pair = np.array([[1], [0], [3], [2]])
    value = spillover(Request(months("2020-01", [7.0] * 12, enough, [7.0] * 12, short), months=12, neighbours=pair))
    assert value.value[[0, 1, 3]].tolist() == [9, 84, 84]
    assert said(value, 2)[0] is None


def test_without_a_table_of_neighbours_or_without_the_series_there_is_no_spillover() -> None:
    assert said(spillover(Request(months("2020-01", [1.0] * 12))))[0] is None
    assert said(spillover(Request(NOTHING, neighbours=np.array([[-1]]))))[0] is None
