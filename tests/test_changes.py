"""Each change against a country's own history, with answers worked out by hand. A hole is never a zero."""

from __future__ import annotations

from math import e, sqrt

import numpy as np
import pytest

from monitor.risk.changes import acceleration, change, ewma, robust_z, spillover_surge, surge
from monitor.risk.cube import Block
from monitor.risk.framework import TRANSFORMS
from monitor.risk.transforms import Request
from tests.test_transforms import NAN, NOTHING, months, said, years

# ---------------------------------------------------------------------------------------------------------------- change


def test_a_change_is_the_newest_value_minus_the_one_that_many_years_earlier() -> None:
    value = change(Request(years(2018, [0.75, 0.9, 0.5, 0.25]), years=3))
    assert said(value) == (-0.5, "2021-01-01", "2021-12-31", 3)


def test_a_change_names_both_of_the_years_that_it_compares() -> None:
    value = change(Request(years(2018, [0.5, 0.75, 0.9, 0.5, 0.25], [NAN, NAN, 0.9, 0.5, 0.25]), years=3))
    assert value.first_row.tolist() == [1, -1]  # 2022 against 2019; the second country has no 2019
    assert value.row.tolist() == [4, -1]


def test_a_change_needs_exactly_the_year_it_compares_with() -> None:
    assert said(change(Request(years(2018, [NAN, 0.9, 0.5, 0.25]), years=3)))[0] is None
    assert said(change(Request(years(2019, [0.9, 0.5, 0.25]), years=3)))[0] is None
    assert said(change(Request(NOTHING, years=3)))[0] is None


def test_a_change_of_a_monthly_series_goes_back_by_whole_years() -> None:
    assert said(change(Request(months("2020-01", list(range(13))), years=1)))[0] == 12


def test_a_change_of_rates_divides_each_year_by_its_own_population() -> None:
    request = Request(years(2020, [100, 600]), plus=(years(2020, [0, 200]),), per=years(2020, [10_000, 20_000]), years=1)
    assert said(change(request))[0] == 30  # 800 of 20,000 is 40; 100 of 10,000 is 10


def test_a_category_that_is_first_counted_this_year_is_no_rise() -> None:
    """Asylum seekers are counted from 2021 on; that the sum now holds them is not flight."""
    request = Request(years(2020, [100, 100]), plus=(years(2021, [5000]),), per=years(2020, [1000, 1000]), years=1)
    assert said(change(request)) == (None, "", "", -1)


# ----------------------------------------------------------------------------------------------------------------- surge


def test_a_surge_is_a_multiple_of_the_mean_of_the_three_windows_before() -> None:
    quiet, loud = [10.0] * 36, [30.0] * 12
    value = surge(Request(months("2017-01", quiet + loud), months=12, floor=25))
    assert said(value) == (3, "2020-01-01", "2020-12-31", 47)  # 360 against a mean of 120


def test_a_surge_names_the_oldest_month_of_the_windows_that_it_is_set_against() -> None:
    """Fifty months: the four windows are the last 48, from the third (2); BBB's first known month among them is the sixth (5)."""
    value = surge(Request(months("2017-01", [10.0] * 50, [NAN] * 5 + [10.0] * 45, [NAN] * 40 + [10.0] * 10), months=12, floor=25))
    assert value.first_row.tolist() == [2, 15, -1]
    assert value.row.tolist() == [49, 59, -1]


def test_the_floor_keeps_a_handful_after_quiet_years_from_being_a_surge() -> None:
    value = surge(Request(months("2017-01", [0.0] * 36 + [2.0] * 12), months=12, floor=25))
    assert said(value)[0] == pytest.approx(24 / 25)


def test_a_surge_needs_four_windows_and_three_quarters_of_the_months_before() -> None:
    assert said(surge(Request(months("2017-01", [1.0] * 47), months=12, floor=25)))[0] is None
    enough, short = [NAN] * 9 + [100.0] * 27, [NAN] * 10 + [100.0] * 26
    value = surge(Request(months("2017-01", enough + [100.0] * 12, short + [100.0] * 12), months=12, floor=25))
    assert said(value, 0)[0] == 1
    assert said(value, 1)[0] is None


def test_unknown_months_before_are_not_quiet_months_that_make_a_surge() -> None:
    """100 a month throughout, nine of the earlier months unknown: as many as before, not a third more."""
    value = surge(Request(months("2017-01", [NAN] * 9 + [100.0] * 39), months=12, floor=25))
    assert said(value)[0] == 1


def test_a_surge_of_a_series_that_never_came_is_missing() -> None:
    assert said(surge(Request(NOTHING, floor=25)))[0] is None


# ---------------------------------------------------------------------------------------------------------- acceleration


def test_acceleration_is_the_last_quarter_at_a_yearly_rate_over_the_last_year() -> None:
    value = acceleration(Request(months("2020-01", [999.0, *[10.0] * 9, *[30.0] * 3]), months=12, floor=25))
    assert said(value) == (2, "2020-02-01", "2021-01-31", 12)  # 4 x 90 over 180
    assert value.first_row.tolist() == [1]


def test_steady_killing_does_not_accelerate_and_all_of_it_in_three_months_is_four() -> None:
    value = acceleration(Request(months("2020-01", [50.0] * 12, [0.0] * 9 + [50.0] * 3), months=12, floor=25))
    assert value.value.tolist() == [1, 4]


def test_a_handful_after_quiet_months_is_no_acceleration() -> None:
    assert said(acceleration(Request(months("2020-01", [0.0] * 11 + [5.0]), months=12, floor=100)))[0] == 0.2


def test_an_unknown_month_among_the_last_three_leaves_acceleration_unknown() -> None:
    block = months("2020-01", [10.0] * 10 + [NAN, 10.0], [NAN] * 3 + [10.0] * 9, [NAN] * 4 + [10.0] * 8)
    value = acceleration(Request(block, months=12, floor=25))
    assert said(value, 0) == (None, "", "", -1)
    assert said(value, 1)[0] == pytest.approx(120 / 90)  # nine known months are enough, as for any sum
    assert said(value, 2)[0] is None


# ------------------------------------------------------------------------------------------------------------------ ewma


def steady_shift(known: int) -> float:
    """Return the statistic after ``known`` months that all lie one spread above the centre: textbook sums, not the recursion."""
    return (1 - 0.8**known) / sqrt(0.2 / 1.8 * (1 - 0.8 ** (2 * known)))


def test_the_moving_average_of_a_steady_shift_is_the_textbook_one() -> None:
    """Five years of nothing: centre 0, spread 0, counted as 1. Then each month e - 1, whose logarithm of one more is 1."""
    value = ewma(Request(months("2010-01", [0.0] * 60 + [e - 1] * 12), months=12, years=5, floor=1))
    assert said(value)[0] == pytest.approx(steady_shift(12))
    assert steady_shift(12) == pytest.approx(2.8005, abs=1e-4)
    assert said(value)[1:] == ("2015-01-01", "2015-12-31", 71)
    assert value.first_row.tolist() == [0]


def test_one_loud_month_weighs_a_fifth_when_it_is_the_newest_and_less_each_month_after() -> None:
    """A month of e^4 - 1 is 4 spreads above: 0.2 x 4 = 0.8 of an average whose own deviation is 0.3325."""
    newest, older = [0.0] * 11 + [e**4 - 1], [0.0] * 9 + [e**4 - 1, 0.0, 0.0]
    value = ewma(Request(months("2010-01", [0.0] * 60 + newest, [0.0] * 60 + older), months=12, years=5, floor=1))
    deviation = sqrt(0.2 / 1.8 * (1 - 0.8**24))
    assert value.value == pytest.approx([0.8 / deviation, 0.8 * 0.64 / deviation])


def test_the_yardstick_is_the_countrys_own_past_by_median_and_median_deviation() -> None:
    """Logarithms 0, 1 and 2, twenty months each: median 1, median deviation 1, spread 1.4826. Months one spread above follow."""
    past = [e**n - 1 for n in (0, 1, 2)] * 20
    value = ewma(Request(months("2010-01", past + [e ** (1 + 1.4826) - 1] * 12), months=12, years=5, floor=1))
    assert said(value)[0] == pytest.approx(steady_shift(12))


def test_killing_as_ever_is_no_alarm_however_much_it_is() -> None:
    value = ewma(Request(months("2010-01", [500.0] * 72, [500.0] * 60 + [0.0] * 12), months=12, years=5, floor=1))
    assert said(value, 0)[0] == pytest.approx(0, abs=1e-9)
    assert value.value[1] < -10


def test_an_unknown_month_is_neither_loud_nor_quiet() -> None:
    """Nine of the twelve months are known and lie one spread above: the statistic is that of nine months in a row."""
    hole = [e - 1] * 5 + [NAN] * 3 + [e - 1] * 4
    value = ewma(Request(months("2010-01", [0.0] * 60 + hole, [0.0] * 72), months=12, years=5, floor=1))
    assert said(value, 0)[0] == pytest.approx(steady_shift(9))
    assert value.known.tolist() == [9, 12]


def test_a_moving_average_needs_three_quarters_of_its_past_and_of_its_year() -> None:
    enough, short = [NAN] * 15 + [0.0] * 45, [NAN] * 16 + [0.0] * 44
    loud, sparse = [e - 1] * 12, [NAN] * 4 + [e - 1] * 8
    value = ewma(Request(months("2010-01", enough + loud, short + loud, [0.0] * 60 + sparse), months=12, years=5, floor=1))
    assert said(value, 0)[0] == pytest.approx(steady_shift(12))
    assert value.first_row.tolist() == [15, -1, -1]
    assert [said(value, n) for n in (1, 2)] == [(None, "", "", -1)] * 2


def test_a_young_series_has_no_past_to_be_measured_by() -> None:
    assert said(ewma(Request(months("2010-01", [0.0] * 44 + [9.0] * 12), years=5, floor=1)))[0] is None
    assert said(ewma(Request(months("2010-01", [0.0] * 45 + [9.0] * 12), years=5, floor=1)))[0] is not None
    assert said(ewma(Request(NOTHING, years=5, floor=1)))[0] is None


def test_what_is_older_than_the_past_that_counts_does_not_count() -> None:
    quiet = [0.0] * 60 + [3.0] * 12
    value = ewma(Request(months("2005-01", [900.0] * 60 + quiet, [0.0] * 60 + quiet), months=12, years=5, floor=1))
    assert value.value[0] == value.value[1]
    assert value.first_row.tolist() == [60, 70]


# -------------------------------------------------------------------------------------------------------------- robust_z


def test_a_robust_distance_is_from_the_median_of_the_years_before_in_their_median_deviations() -> None:
    """1 to 10: median 5.5, median deviation 2.5. The eleventh year, 20, lies 14.5 above."""
    value = robust_z(Request(years(2010, [*range(1, 11), 20]), years=10, floor=1))
    assert said(value) == (pytest.approx(14.5 / (1.4826 * 2.5)), "2020-01-01", "2020-12-31", 10)
    assert value.first_row.tolist() == [0]


def test_a_number_that_never_moved_is_no_yardstick() -> None:
    assert said(robust_z(Request(years(2010, [1.0] * 10 + [3.0]), years=10, floor=2)))[0] == 1


def test_the_newest_year_is_each_countrys_own_and_so_are_the_ten_before_it() -> None:
    block = years(2010, [0.0, *[4.0] * 10, 10.0], [*[4.0] * 10, 10.0, NAN])
    value = robust_z(Request(block, years=10, floor=2))
    assert said(value, 0) == (3, "2021-01-01", "2021-12-31", 11)
    assert said(value, 1) == (3, "2020-01-01", "2020-12-31", 20)
    assert value.first_row.tolist() == [1, 10]


def test_a_robust_distance_needs_three_quarters_of_the_years_before() -> None:
    enough, short = [NAN, NAN, *[1.0] * 8, 5.0], [NAN, NAN, NAN, *[1.0] * 7, 5.0]
    value = robust_z(Request(years(2010, enough, short, [NAN] * 11), years=10, floor=2))
    assert said(value, 0)[0] == 2
    assert value.first_row.tolist() == [2, -1, -1]
    assert [said(value, n) for n in (1, 2)] == [(None, "", "", -1)] * 2
    assert said(robust_z(Request(years(2010, [1.0] * 7 + [5.0]), years=10, floor=2)))[0] is None
    assert said(robust_z(Request(NOTHING, years=10, floor=2)))[0] is None


def test_a_robust_distance_of_rates_divides_each_year_by_its_own_population() -> None:
    """10 in 1,000 in each of ten years; then 60 of 2,000, which is 30 in 1,000 and lies 20 above."""
    request = Request(years(2010, [10.0] * 10 + [60.0]), per=years(2010, [1000.0] * 10 + [2000.0]), years=10, floor=5)
    assert said(robust_z(request))[0] == 4


# ------------------------------------------------------------------------------------------------------- spillover_surge


def test_a_surge_next_door_is_that_of_the_sum_over_the_neighbours() -> None:
    """BBB and CCC: 20 a month between them, then 90. AAA's own killing, and the island's, do not count."""
    borders = np.array([[1, 2], [0, -1], [0, -1], [-1, -1]])
    loud = [500.0] * 48
    block = months("2017-01", loud, [10.0] * 36 + [80.0] * 12, [10.0] * 48, loud)
    value = spillover_surge(Request(block, months=12, floor=100, neighbours=borders))
    assert said(value, 0) == (4.5, "2020-01-01", "2020-12-31", 57)
    assert value.value[1:3].tolist() == [1, 1]
    assert said(value, 3) == (None, "", "", -1)


def test_killings_next_door_after_quiet_years_must_pass_the_floor() -> None:
    pair = np.array([[1], [0]])
    value = spillover_surge(Request(months("2017-01", [0.0] * 48, [0.0] * 36 + [50.0] * 12), floor=1000, neighbours=pair))
    assert value.value.tolist() == [0.6, 0]


# --------------------------------------------------------------------------------------------------------- every transform


@pytest.mark.parametrize("name", sorted(TRANSFORMS))
def test_what_comes_later_changes_nothing_of_what_was_said(name: str) -> None:
    """Nine years of figures, the last three poisoned: cut after six, every transform says what it says of six years alone."""
    rng = np.random.default_rng(5)
    values, over_months = rng.integers(0, 90, (3, 108)).astype(float), name not in ("robust_z", "change", "latest", "ever")
    poisoned = np.where(np.arange(108) >= 72, 1e300, values)
    make = months if over_months else years
    first = "2015-01" if over_months else 1915
    clean, later = make(first, *values[:, :72]), make(first, *poisoned)  # type: ignore[operator]
    cut: Block = later.until(clean.ends[-1])
    pair = np.array([[1, 2], [0, 2], [0, 1]])
    one, two = (TRANSFORMS[name](Request(b, years=5, floor=1, neighbours=pair)) for b in (clean, cut))
    assert np.isfinite(one.value).all()
    np.testing.assert_array_equal(one.value, two.value)
    np.testing.assert_array_equal(one.end, two.end)
