"""What an onset is and who is at risk of one, and what was known when."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from monitor.foresight import known
from monitor.foresight.annual import annual
from monitor.foresight.policy import Target, Threshold
from monitor.foresight.targets import ever, in_conflict, onsets, stand_in
from tests.foresight_world import NAN, figures

COUNTED = Target(id="t", title="", meaning="", kind="counted", series="x", at_least=250, quiet_years=2)
LISTED = Target(id="l", title="", meaning="", kind="listed", onset="began", under_way="ongoing")


def column(*values: float) -> list[list[float]]:
    return [[v] for v in values]


@pytest.mark.parametrize(
    ("killed", "expected"),
    [
        ((0, 0, 250), (NAN, NAN, 1)),  # the threshold itself counts, after two quiet years
        ((0, 0, 249), (NAN, NAN, 0)),  # one below it does not
        ((0, 300, 300), (NAN, NAN, NAN)),  # under way the year before: not at risk of an onset
        ((300, 0, 300), (NAN, NAN, NAN)),  # and the second year before
        ((0, NAN, 300), (NAN, NAN, NAN)),  # an unknown year is not a quiet one
        ((0, 0, NAN), (NAN, NAN, NAN)),  # an unknown year is no year without an onset
        ((300, 0, 0, 300), (NAN, NAN, NAN, 1)),  # at risk again after two quiet years
    ],
)
def test_a_counted_onset_comes_after_two_years_known_to_be_quiet(killed: tuple[float, ...], expected: tuple[float, ...]) -> None:
    found = onsets(COUNTED, figures({"x": column(*killed)}))
    np.testing.assert_array_equal(found.began[:, 0], expected)


def test_a_listed_onset_counts_also_while_another_is_under_way() -> None:
    found = onsets(LISTED, figures({"began": column(1, 1, 0), "ongoing": column(1, 1, 1)}))
    np.testing.assert_array_equal(found.began[:, 0], [1, 1, 0])


@pytest.mark.parametrize(
    ("began", "one", "two"),
    [
        ((0, 0, 1, 0), (0, 1, 0, NAN), (1, 1, NAN, NAN)),
        ((0, 1, NAN, 0), (1, NAN, 0, NAN), (1, NAN, NAN, NAN)),  # not at risk next year: no outcome
        ((0, 0, NAN, 1), (0, NAN, 1, NAN), (NAN, NAN, NAN, NAN)),  # one of the two years unknown, and no onset seen: unknown
    ],
)
def test_the_outcome_of_a_year_is_an_onset_in_the_years_after_it(
    began: tuple[float, ...], one: tuple[float, ...], two: tuple[float, ...]
) -> None:
    found = onsets(LISTED, figures({"began": column(*began), "ongoing": column(*began)}))
    np.testing.assert_array_equal(found.within(1)[:, 0], one)
    np.testing.assert_array_equal(found.within(2)[:3, 0], two[:3])


def test_ever_is_unknown_until_the_first_figure_and_yes_for_good_after_the_first_yes() -> None:
    np.testing.assert_array_equal(ever(np.array([[NAN], [0], [NAN], [1], [0]]))[:, 0], [NAN, 0, 0, 1, 1])


def test_a_year_with_a_thousand_killed_stands_in_for_a_list() -> None:
    found = stand_in(Threshold(series="x", at_least=1000), figures({"x": column(999, 1000, 0)}))
    np.testing.assert_array_equal(found[:, 0], [0, 1, 1])


def test_a_country_year_without_a_figure_of_battle_deaths_is_neither_in_conflict_nor_outside() -> None:
    found = in_conflict(Threshold(series="x", at_least=1), figures({"x": column(0, 1, NAN)}))
    np.testing.assert_array_equal(found[:, 0], [0, 1, NAN])


def test_at_risk_next_year_are_those_known_to_be_quiet_up_to_this_one_and_of_a_list_all() -> None:
    counted = onsets(COUNTED, figures({"x": [[0, 300, 0, NAN], [0, 0, 300, 0]]}))
    np.testing.assert_array_equal(counted.at_risk()[1], [True, False, False, False])
    listed = onsets(LISTED, figures({"began": column(1, 0), "ongoing": column(1, 1)}))
    assert listed.at_risk().all()


# ------------------------------------------------------------------------------------------------------ what was known


@pytest.mark.parametrize(
    ("lag_days", "years"),
    [(0, 0), (30, 0), (80, 0), (160, 0), (196, 0), (197, 1), (365, 1), (550, 1), (561, 1), (562, 2)],
)
def test_a_year_is_known_when_its_release_lag_has_passed_by_mid_july(lag_days: int, years: int) -> None:
    """31 December and 196 days are 15 July; 31 December of the year before and 561 days as well."""
    assert known.years_back(lag_days, "07-15") == years


def test_a_figure_is_carried_as_long_as_it_may_be_and_then_is_missing() -> None:
    values = np.array(column(5, NAN, NAN, NAN, 7))
    np.testing.assert_array_equal(known.carried(values, 0, 2)[:, 0], [5, 5, 5, NAN, 7])
    np.testing.assert_array_equal(known.carried(values, 1, 2)[:, 0], [NAN, 5, 5, NAN, NAN])


def test_a_change_needs_both_years_and_a_highest_half_of_them() -> None:
    values = np.array(column(1, NAN, 4, 2))
    np.testing.assert_array_equal(known.change(values, 1)[:, 0], [NAN, NAN, NAN, -2])
    np.testing.assert_array_equal(known.extreme(values, 4)[:, 0], [NAN, NAN, 4, 4])
    np.testing.assert_array_equal(known.extreme(values, 2, lowest=True)[:, 0], [1, 1, 4, 2])


def test_the_highest_next_door_is_missing_without_neighbours_and_where_too_few_are_known() -> None:
    values = np.array([[9.0, 1.0, NAN, 3.0]])
    beside = np.array([[1, 3, -1, -1], [0, 2, -1, -1], [-1, -1, -1, -1], [0, 1, 2, -1]])
    np.testing.assert_array_equal(known.next_door(values, beside)[0], [3, NAN, NAN, NAN])
    everyone = np.array([[1, 2, 3, 0]] * 4)
    np.testing.assert_array_equal(known.next_door(values, everyone)[0], [9, 9, 9, 9])  # three of four are known
    np.testing.assert_array_equal(known.next_door(values, everyone, lowest=True)[0], [1, 1, 1, 1])


def test_a_year_of_months_is_their_sum_and_missing_when_one_of_them_is() -> None:
    ends = pd.date_range("2001-01-01", periods=24, freq="ME")
    months = pd.DataFrame({"series": "x", "iso3": "AAA", "end": ends, "value": 1.0})
    months.loc[13, "value"] = NAN
    there = pd.DataFrame({"iso3": ["AAA", "AAA", "AAA"], "year": [2001, 2002, 2003]})
    np.testing.assert_array_equal(annual(months, {"x": True}, there).of("x")[:, 0], [12, NAN, NAN])
