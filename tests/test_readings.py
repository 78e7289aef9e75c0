"""Readings: how worrying a value is on its bands, and when it is too old to count."""

from __future__ import annotations

import math
from datetime import date, timedelta

import numpy as np
import pytest

from monitor.risk.bands import percentile_bands
from monitor.risk.cube import Cube
from monitor.risk.framework import Measure
from monitor.risk.readings import FRESHNESS, score_of
from tests.small_world import content, cube, each_month, readings, small_framework

NAN = float("nan")


def measure(**changes: object) -> Measure:
    """Return a measure on bands from 0 to 1."""
    given = {"id": "m", "title": "m", "short": "m", "series": "x.rights", "transform": "latest", "higher_is": "worse"}
    return Measure.model_validate({**given, "bands": [[0, 0], [1, 1]], **changes})


@pytest.mark.parametrize(
    ("value", "score"),
    [(0, 0.0), (5, 0.25), (10, 0.5), (15, 0.75), (20, 1.0), (-1, 0.0), (21, 1.0), (NAN, NAN)],
)
def test_a_value_between_two_points_lies_on_the_straight_line_between_them_and_never_beyond_the_ends(
    value: float, score: float
) -> None:
    got = score_of(measure(bands=[[0, 0], [10, 0.5], [20, 1]]), np.array([value], dtype=float))
    np.testing.assert_array_equal(got, [score])


def test_where_higher_is_better_the_bands_fall() -> None:
    got = score_of(measure(higher_is="better", bands=[[-2, 0.9], [2, 0.1]]), np.array([-3.0, -2.0, 0.0, 2.0, 3.0]))
    np.testing.assert_allclose(got, [0.9, 0.9, 0.5, 0.1, 0.1])


@pytest.mark.parametrize(
    ("deaths", "score"),
    [
        (0, 0.0),
        (25, 0.5),
        (1000, 0.9),
        (10_000, 1.0),
        (50_000, 1.0),
        (math.sqrt(26) - 1, 0.25),  # halfway from 0 to 25 on log(1 + v): log(sqrt 26) is half of log 26
        (math.sqrt(26 * 1001) - 1, 0.7),  # halfway from 25 to 1,000
    ],
)
def test_deaths_are_placed_on_a_log_scale_between_stated_marks(deaths: float, score: float) -> None:
    counted = measure(scale="log", bands=[[0, 0], [25, 0.5], [1000, 0.9], [10000, 1]])
    np.testing.assert_allclose(score_of(counted, np.array([deaths], dtype=float)), [score], rtol=1e-12)


# -------------------------------------------------------------------------------------------------------------- freshness

END = date(2020, 12, 31)
FRESHNESS_BY_AGE = [
    (0, "fresh"),
    (500, "fresh"),  # the small world's limit for yearly series
    (501, "stale"),
    (2192, "stale"),  # six years
    (2193, "expired"),
]


@pytest.mark.parametrize(("age", "expected"), FRESHNESS_BY_AGE)
def test_a_reading_ages_from_the_end_of_its_own_period(age: int, expected: str) -> None:
    got = readings([("x.income", "AAA", "2020", 0.75)], END + timedelta(days=age))
    at = got.measures.index("income")
    assert FRESHNESS[got.freshness[at, 0]] == expected
    assert got.value[at, 0] == 0.75  # an expired value keeps its number
    assert np.isnan(got.score[at, 0]) == (expected == "expired")  # and loses its score


@pytest.mark.parametrize(("age", "expected"), [(100, "fresh"), (101, "stale"), (730, "stale"), (731, "expired")])
def test_monthly_figures_age_sooner(age: int, expected: str) -> None:
    got = readings(each_month("x.killed", "AAA", "2020-01", [1] * 12), END + timedelta(days=age))
    assert FRESHNESS[got.freshness[got.measures.index("killings"), 0]] == expected


def test_a_measure_may_have_an_age_limit_of_its_own() -> None:
    changed = content()
    changed["measures"][1]["max_age_days"] = 600
    framework = small_framework(**changed)
    grades = [
        FRESHNESS[readings([("x.income", "AAA", "2020", 0.75)], END + timedelta(days=age), framework).freshness[1, 0]]
        for age in (600, 601)
    ]
    assert grades == ["stale", "expired"]


def test_a_mass_killing_that_happened_never_expires_but_a_list_without_one_does() -> None:
    happened = readings([("x.past", "AAA", "1972", 1), ("x.past", "AAA", "2020", 0)], date(2060, 1, 1))
    never = readings([("x.past", "AAA", "1972", 0), ("x.past", "AAA", "2020", 0)], date(2060, 1, 1))
    at = happened.measures.index("past")
    assert (FRESHNESS[happened.freshness[at, 0]], happened.score[at, 0], str(happened.end[at, 0])) == ("stale", 1.0, "1972-12-31")
    assert FRESHNESS[never.freshness[at, 0]] == "expired"
    assert np.isnan(never.score[at, 0])


@pytest.mark.parametrize(("age", "expected"), [(500, "fresh"), (501, "stale"), (2193, "stale"), (20000, "stale")])
def test_what_lasts_is_fresh_no_longer_than_anything_else(age: int, expected: str) -> None:
    """A list that ended long ago is not fresh because what it records cannot be undone."""
    got = readings([("x.past", "AAA", "2020", 1)], END + timedelta(days=age))
    at = got.measures.index("past")
    assert (FRESHNESS[got.freshness[at, 0]], got.score[at, 0]) == (expected, 1.0)


def test_a_reading_leads_to_the_oldest_and_the_newest_observation_behind_it() -> None:
    rows = [("x.income", "AAA", "2020", 0.75), *each_month("x.killed", "AAA", "2020-01", [1] * 14)]
    got = readings(rows, date(2021, 3, 31))
    sums, one = got.measures.index("killings"), got.measures.index("income")
    assert (got.first_row[sums, 0], got.row[sums, 0]) == (3, 14)  # March 2020 and February 2021, after the row of income
    assert (got.first_row[one, 0], got.row[one, 0]) == (0, 0)
    assert got.first_row[got.measures.index("past"), 0] == -1


def test_what_was_never_there_is_missing_with_no_value_no_score_no_period_and_no_observation() -> None:
    got = readings([("x.income", "BBB", "2020", 0.75)], END)
    assert {FRESHNESS[f] for f in got.freshness[:, 0]} == {"missing"}
    assert np.isnan(got.value).all()
    assert np.isnan(got.score).all()
    assert np.isnat(got.end).all()
    assert (got.row == -1).all()
    assert (got.first_row == -1).all()


# ------------------------------------------------------------------------------------------- percentile bands, fixed once


def pool(values: list[float]) -> Cube:
    """Return the values as those of five countries in the years from 2000, five a year, for rights and income alike."""
    rows = [(series, f"C{n % 5}", str(2000 + n // 5), v) for series in ("x.rights", "x.income") for n, v in enumerate(values)]
    return cube(rows, [f"C{n}" for n in range(5)])


def bands_of(values: list[float]) -> dict[str, list[tuple[float, float]]]:
    framework = small_framework()
    found = percentile_bands(pool(values), framework, framework.measures[:2])
    return {name: list(points) for name, points in found.items()}


def test_a_percentile_band_scores_a_value_by_the_share_of_country_years_that_were_less_worrying() -> None:
    found = bands_of([float(n) for n in range(1, 101)])
    assert dict(found["income"])[50.5] == 0.5  # 50 of 100 country-years lie below the median
    assert found["income"][0] == (1.99, 0.01)
    assert found["income"][-1] == (99.01, 0.99)
    assert dict(found["rights"]) == {v: round(1 - s, 4) for v, s in found["income"]}  # where higher is better, turned round
    assert [v for v, _ in found["income"]] == sorted(v for v, _ in found["income"])


def test_equal_values_share_the_middle_of_their_ranks() -> None:
    """Half of all country-years are 0: a 0 is no less worrying than the other zeros, so it scores 0.25 and not 0."""
    found = bands_of([0.0] * 50 + [float(n) for n in range(1, 51)])
    assert found["income"][0] == (0.0, 0.25)
    assert found["rights"][0] == (0.0, 0.75)


def test_fewer_than_a_hundred_country_years_make_no_bands() -> None:
    assert bands_of([1.0] * 4) == {}  # four countries in twenty years: eighty


def test_a_year_is_taken_as_it_stood_at_its_end_with_the_newest_figure_of_each_country() -> None:
    """2019 has no figures of its own: those of 2018, 91 to 95, stand for it, and weigh twice."""
    found = dict(bands_of([float(n) for n in range(1, 96)])["income"])
    assert found[50.5] == 0.5


def test_years_outside_the_reference_period_do_not_move_the_bands() -> None:
    rows = [("x.income", f"C{n % 5}", str(2000 + n // 5), float(n)) for n in range(100)]
    later = [("x.income", f"C{n}", "2024", 1e9) for n in range(5)]
    framework = small_framework()
    one, two = (
        percentile_bands(cube(r, [f"C{n}" for n in range(5)]), framework, framework.measures[1:2]) for r in (rows, rows + later)
    )
    assert one == two
