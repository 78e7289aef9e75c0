"""The cube: observations as dense arrays, where a hole stays a hole and the future stays unseen."""

from __future__ import annotations

from datetime import date

import numpy as np
import pytest

from monitor.risk.cube import Cube
from tests.small_world import MONTHLY, Row, cube, each_month, panel

NAN = float("nan")


def test_periods_run_without_holes_and_a_period_nobody_reported_is_a_row_of_nan() -> None:
    made = cube([("x.rights", "AAA", "2019", 0.5), ("x.rights", "BBB", "2022", 0.7)], ["BBB", "AAA"])
    block = made.blocks["x.rights"]
    assert made.countries == ("AAA", "BBB")
    assert block.ends.astype(str).tolist() == ["2019-12-31", "2020-12-31", "2021-12-31", "2022-12-31"]
    np.testing.assert_array_equal(block.values, [[0.5, NAN], [NAN, NAN], [NAN, NAN], [NAN, 0.7]])
    np.testing.assert_array_equal(block.rows, [[0, -1], [-1, -1], [-1, -1], [-1, 1]])


def test_months_end_on_their_own_last_day_leap_years_included() -> None:
    block = cube(each_month("x.killed", "AAA", "2019-12", [1, 2, 3, 4])).blocks["x.killed"]
    assert block.monthly
    assert block.ends.astype(str).tolist() == ["2019-12-31", "2020-01-31", "2020-02-29", "2020-03-31"]


def test_a_country_that_is_not_listed_is_left_out_and_a_listed_one_without_figures_is_missing() -> None:
    made = cube([("x.rights", "AAA", "2020", 0.5), ("x.rights", "OWID_WRL", "2020", 0.1)], ["AAA", "NAM"])
    np.testing.assert_array_equal(made.blocks["x.rights"].values, [[0.5, NAN]])


def test_a_row_without_a_value_is_missing_and_never_zero() -> None:
    block = cube([("x.rights", "AAA", "2020", NAN), ("x.rights", "AAA", "2019", 0.25)]).blocks["x.rights"]
    assert block.ends.astype(str).tolist() == ["2019-12-31"]
    np.testing.assert_array_equal(block.values, [[0.25]])


def test_a_series_without_any_figure_has_no_periods() -> None:
    block = cube([("x.rights", "AAA", "2020", 0.5)]).blocks["x.income"]
    assert block.values.shape == (0, 1)
    assert block.newest() == -1


def test_a_series_that_nobody_asked_for_is_not_in_the_cube() -> None:
    made = Cube.build(panel([("x.rights", "AAA", "2020", 0.5)]), ["AAA"], {"x.income": False})
    assert list(made.blocks) == ["x.income"]


def test_two_values_for_one_country_and_period_stop_the_program_rather_than_one_winning() -> None:
    with pytest.raises(ValueError, match=r"x\.rights: two values for one country and year"):
        cube([("x.rights", "AAA", "2020", 0.5), ("x.rights", "AAA", "2020", 0.6)])


def test_the_newest_period_is_the_last_in_which_any_country_has_a_value() -> None:
    made = cube([("x.rights", "AAA", "2019", 0.5), ("x.rights", "BBB", "2021", 0.5)], ["AAA", "BBB"])
    assert made.blocks["x.rights"].newest() == 2


def test_as_of_shows_a_period_from_the_day_its_release_lag_has_passed() -> None:
    made = cube(each_month("x.killed", "AAA", "2020-01", [1, 2, 3]))
    lags = {"x.killed": 30}
    seen = {day: len(made.as_of(day, lags).blocks["x.killed"].ends) for day in (date(2020, 3, 29), date(2020, 3, 30))}
    assert seen == {date(2020, 3, 29): 1, date(2020, 3, 30): 2}  # February 2020 ended on the 29th
    assert len(made.as_of(date(2020, 2, 29), {}).blocks["x.killed"].ends) == 2  # no lag: on its last day


ROWS: list[Row] = [
    *each_month("x.killed", "AAA", "2019-11", [5, NAN, 7]),
    *each_month("x.killed", "BBB", "2019-12", [1]),
    ("x.rights", "BBB", "2018", 0.5),
    ("x.rights", "AAA", "2019", 0.25),
]


def test_poison_that_appears_later_changes_nothing_as_of_an_earlier_day() -> None:
    poison: list[Row] = [("x.killed", "AAA", "2020-06", 1e12), ("x.rights", "BBB", "2031", -99), ("x.income", "AAA", "2030", 7)]
    clean, poisoned = cube(ROWS, ["AAA", "BBB"]), cube(ROWS + poison, ["AAA", "BBB"])
    day = date(2020, 3, 1)
    for name in MONTHLY:
        one, two = clean.as_of(day, {}).blocks[name], poisoned.as_of(day, {}).blocks[name]
        upto = one.newest() + 1
        assert two.newest() + 1 == upto  # what lies behind is empty, in either
        assert one.values[:upto].tobytes() == two.values[:upto].tobytes()
        assert one.ends[:upto].tobytes() == two.ends[:upto].tobytes()


def test_the_order_of_the_observations_changes_no_value_and_each_still_leads_to_its_own_row() -> None:
    frame = panel(ROWS)
    turned = frame.iloc[::-1].reset_index(drop=True)
    one, two = (Cube.build(f, ["BBB", "AAA"], MONTHLY) for f in (frame, turned))
    for name in MONTHLY:
        assert one.blocks[name].values.tobytes() == two.blocks[name].values.tobytes()
        for made, source in ((one, frame), (two, turned)):
            block = made.blocks[name]
            for period, country in zip(*np.nonzero(block.rows >= 0), strict=True):
                row = source.iloc[block.rows[period, country]]
                assert (row["series"], row["iso3"]) == (name, made.countries[country])
                assert row["value"] == block.values[period, country]


def test_neighbours_are_positions_among_the_countries_of_the_cube_and_the_same_on_every_date() -> None:
    rows = panel([("x.rights", "AAA", "2020", 0.5)])
    made = Cube.build(rows, ["CCC", "AAA", "BBB"], MONTHLY, {"CCC": ("BBB", "AAA", "ZZZ"), "AAA": ("CCC",), "BBB": ("CCC",)})
    assert made.neighbours.tolist() == [[2, -1], [2, -1], [0, 1]]  # AAA, BBB, CCC; ZZZ is not in the cube
    assert made.as_of(date(2020, 1, 1), {}).neighbours.tolist() == made.neighbours.tolist()
    assert cube([]).neighbours.shape == (1, 0)
