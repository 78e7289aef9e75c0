"""Before, during or after conflict: from deaths by month, 25 in 12 months, worked out by hand. As of 1 March 2021."""

from __future__ import annotations

from datetime import date

import numpy as np
import pandas as pd
import pytest

from monitor.risk.phase import Phases, phases, table
from monitor.risk.views import PhaseRule
from tests.small_world import Row, cube, each_month, look
from tests.whole_world import shipped

DAY = date(2021, 3, 1)
RULE = PhaseRule(series="x.killed", months=12, at_least=25, after_years=5)
NAN = float("nan")
QUIET = [0.0] * 96  # January 2013 to December 2020


def months(**deaths: float) -> list[float]:
    """Return eight years of months without a death, but for these: ``m2020_12=25.0``; NaN is a month that nobody reported."""
    found = list(QUIET)
    for name, value in deaths.items():
        year, month = name.removeprefix("m").split("_")
        found[12 * (int(year) - 2013) + int(month) - 1] = value
    return found


def of(values: list[float], first: str = "2013-01") -> Phases:
    return phases(cube(each_month("x.killed", "AAA", first, values)).blocks["x.killed"], RULE, DAY, 730)


CASES = [
    ("25 deaths in the newest month are conflict", months(m2020_12=25), "during", "2020-12-31"),
    ("25 in 12 months need not fall in one", months(m2020_1=12, m2020_12=13), "during", "2020-12-31"),
    ("24 are not", months(m2020_12=24), "before", ""),
    ("25 in 13 months are not", months(m2019_12=12, m2020_12=13), "before", ""),
    ("since the first window of the present run", months(m2019_3=30, m2020_2=30), "during", "2019-03-31"),
    ("since after a break: an earlier run is another", months(m2015_1=30, m2020_6=30), "during", "2020-06-30"),
    ("after: the last window with 25 ended in February 2020", months(m2019_3=30), "after", "2020-02-29"),
    ("after: its window still ended within five years", months(m2015_2=30), "after", "2016-01-31"),
    ("before again once the last window ended over five years ago", months(m2015_1=30), "before", "2015-12-31"),
    ("before: none in eight years", months(), "before", ""),
]  # five years to December 2020 are the windows that end from January 2016 on


@pytest.mark.parametrize(("said", "values", "phase", "since"), CASES, ids=[c[0] for c in CASES])
def test_the_phase_and_since_when(said: str, values: list[float], phase: str, since: str) -> None:
    found = of(values)
    assert found.phase.tolist() == [phase], said
    assert ("" if np.isnat(found.since[0]) else str(found.since[0])) == since
    assert str(found.until[0]) == "2020-12-31"
    assert str(found.start[0]) == "2020-01-01"


def test_no_figure_at_all_is_unknown_and_no_zero() -> None:
    found = phases(cube([]).blocks["x.killed"], RULE, DAY, 730)
    assert found.phase.tolist() == ["unknown"]
    assert np.isnan(found.deaths[0])
    assert np.isnat(found.until[0])


def test_another_country_without_figures_is_unknown() -> None:
    found = phases(
        cube(each_month("x.killed", "AAA", "2013-01", QUIET), countries=("AAA", "BBB")).blocks["x.killed"], RULE, DAY, 730
    )
    assert found.phase.tolist() == ["before", "unknown"]
    assert np.isnan(found.deaths[1])
    assert found.known.tolist() == [12, 0]


def test_a_missing_month_never_makes_peace_but_a_lower_bound_can_make_war() -> None:
    some = {f"m2020_{m}": NAN for m in range(2, 6)}  # four of the newest twelve months: under three quarters are known
    assert of(months(**some)).phase.tolist() == ["unknown"]
    assert of(months(**some, m2020_12=25)).phase.tolist() == ["during"]
    assert of(months(**some, m2019_3=30)).phase.tolist() == ["unknown"]  # over, or still on: it cannot be seen
    three = {f"m2020_{m}": NAN for m in range(2, 5)}  # nine of twelve are known: the rule of every sum over months
    assert of(months(**three)).phase.tolist() == ["before"]
    assert of(months(**three)).known.tolist() == [9]


def test_five_years_that_were_not_looked_at_are_not_five_quiet_years() -> None:
    assert of([0.0] * 24, "2019-01").phase.tolist() == ["unknown"]  # 24 of the 71 months that these windows are made of


def test_figures_that_are_too_old_say_nothing_of_today() -> None:
    quiet = cube(each_month("x.killed", "AAA", "2013-01", [*QUIET[:-1], 30.0])).blocks["x.killed"]
    found = phases(quiet, RULE, date(2023, 1, 1), 730)
    assert found.phase.tolist() == ["unknown"]
    assert found.too_old
    assert found.deaths.tolist() == [30.0]
    assert phases(quiet, RULE, date(2022, 12, 31), 730).phase.tolist() == ["during"]


def line(values: list[float], first: str = "2013-01") -> str:
    pedigree = {"provisional": False, "document": "", "place": pd.array([None], dtype="Int64")}
    return str(table(of(values, first), RULE, ("AAA",), pedigree)["line"].item())


@pytest.mark.parametrize(
    ("values", "said"),
    [
        (
            months(m2019_3=1234, m2020_2=2345),
            "During conflict: 25 or more deaths in state-based conflict in 12 months, since the 12 months to March 2019. In the "
            "12 months to December 2020, 2,345 were recorded under this country.",
        ),
        (
            [30.0] * 96,
            "During conflict: 25 or more deaths in state-based conflict in 12 months, since the record begins in 2013. In the 12 "
            "months to December 2020, 360 were recorded under this country.",
        ),
        (
            months(m2019_3=30),
            "After conflict: the last 12 months with 25 or more deaths in state-based conflict ended in February 2020. In the 12 "
            "months to December 2020, none was recorded under this country.",
        ),
        (
            months(m2020_5=NAN, m2020_12=6),
            "Before conflict, or outside it: no 12 months with 25 or more deaths in state-based conflict ended in the 5 years to "
            "December 2020; none is on record since January 2013. In the 12 months to December 2020 (11 known), at least 6 were "
            "recorded under this country.",
        ),
        (
            months(m2015_1=30, m2020_12=1),
            "Before conflict, or outside it: no 12 months with 25 or more deaths in state-based conflict ended in the 5 years to "
            "December 2020; the last ended in December 2015. In the 12 months to December 2020, 1 was recorded under this "
            "country.",
        ),
    ],
)
def test_each_phase_is_said_with_its_reading_and_its_dates(values: list[float], said: str) -> None:
    assert line(values) == said


def test_the_phase_moves_no_score_outside_conflict() -> None:
    rows: list[Row] = [("x.rights", "AAA", "2020", 0.5), ("x.income", "AAA", "2020", 0.5), ("x.past", "AAA", "2020", 1.0)]
    war, peace = (look([*rows, *each_month("x.killed", "AAA", "2013-01", v)], DAY) for v in (months(m2020_12=9999), QUIET))
    assert [phases(s.conflict, RULE, DAY, 730).phase[0] for s in (war, peace)] == ["during", "before"]
    assert war.tracks["outside_conflict"].score.tolist() == peace.tracks["outside_conflict"].score.tolist()


def test_the_rule_of_the_shipped_framework_is_ucdps_mark() -> None:
    rule = shipped().framework.phase
    assert (rule.series, rule.months, rule.at_least, rule.after_years) == ("ucdp.state_based_deaths", 12, 25, 5)
    assert rule.series in shipped().framework.series_used()
