"""The path through time: month ends in order, each level from the one before, and the same end whenever it was walked."""

from __future__ import annotations

from datetime import date

import pandas as pd
import pytest

from monitor.risk.path import Look, first_reached, follow, month_ends, rows, thinned, walk
from tests.small_world import CONTENT, each_year, look, small_framework

FRAMEWORK = small_framework(steps={"provisional_updates": 2, "lower_periods": 3})
LEVELS = [level["id"] for level in CONTENT["levels"]]
# rights and income as worrying: RF1; past stays 0, so that the track is half of RF1. 2015 to 2022: 0, 1, 1, 0, 0, 0, 0, 0
STORY = [0.0, 1.0, 1.0, 0.0, 0.0, 0.0, 0.0, 0.0]
FIGURES = [
    *each_year("x.rights", "AAA", 2015, [1 - worse for worse in STORY]),
    *each_year("x.income", "AAA", 2015, STORY),
    *each_year("x.past", "AAA", 2015, [0.0] * len(STORY)),
]


def seen_on(day: date) -> Look:
    """Return a look from a day at the years that had ended before it."""
    seen = look([row for row in FIGURES if int(row[2]) < day.year], day, FRAMEWORK)
    return Look(seen, seen)


DAYS = [date(year, 3, 31) for year in range(2016, 2024)]


def test_month_ends_run_without_holes_and_stop_at_the_last_whole_month() -> None:
    assert month_ends(date(2023, 11, 5), date(2024, 3, 30)) == [
        date(2023, 11, 30),
        date(2023, 12, 31),
        date(2024, 1, 31),
        date(2024, 2, 29),
    ]
    assert month_ends(date(2024, 2, 1), date(2024, 2, 29)) == [date(2024, 2, 29)]


def test_each_level_follows_from_the_one_before() -> None:
    found = walk(follow(seen_on, DAYS, FRAMEWORK), FRAMEWORK, DAYS[3])
    # worse in 2016 and 2017; better since 2018, seen in March of 2019, 2020 and 2021: the third eases it
    assert found.history["outside_conflict_level"].tolist() == [
        *("baseline", "elevated", "elevated", "elevated", "elevated"),
        *("baseline", "baseline", "baseline"),
    ]
    assert found.history["as_of"].tolist() == [f"{day}" for day in DAYS]
    assert found.history["outside_conflict_index"].tolist() == [0, 60, 60, 0, 0, 0, 0, 0]
    assert rows(found.before, FRAMEWORK)["as_of"].item() == f"{DAYS[3]}"
    assert rows(found.last, FRAMEWORK)["as_of"].item() == f"{DAYS[-1]}"


def test_a_path_taken_in_two_parts_is_the_path() -> None:
    whole = walk(follow(seen_on, DAYS, FRAMEWORK), FRAMEWORK, DAYS[0])
    first = walk(follow(seen_on, DAYS[:4], FRAMEWORK), FRAMEWORK, DAYS[0])
    second = walk(follow(seen_on, DAYS[4:], FRAMEWORK, first.last.standing), FRAMEWORK, DAYS[4])
    pd.testing.assert_frame_equal(pd.concat([first.history, second.history], ignore_index=True), whole.history)


def test_what_comes_later_changes_nothing_before() -> None:
    short = walk(follow(seen_on, DAYS[:5], FRAMEWORK), FRAMEWORK, DAYS[0]).history
    long = walk(follow(seen_on, DAYS, FRAMEWORK), FRAMEWORK, DAYS[0]).history
    pd.testing.assert_frame_equal(long.head(5), short)


def test_a_path_that_does_not_come_by_a_day_says_so() -> None:
    with pytest.raises(ValueError, match="does not come by 2001-01-01"):
        walk(follow(seen_on, DAYS, FRAMEWORK), FRAMEWORK, date(2001, 1, 1))


def test_a_path_may_be_thinned_to_quarters_or_years_and_cut_to_months() -> None:
    days = [f"{day}" for day in month_ends(date(2020, 1, 1), date(2021, 12, 31))]
    path = pd.DataFrame({"iso3": "AAA", "as_of": [*days, "2021-11-20"], "level": "watch"}).sort_values("as_of")
    assert len(thinned(path, None, None)) == 24  # the day within a month is no month end
    assert thinned(path, date(2020, 5, 1), date(2021, 1, 1), 3)["as_of"].tolist() == ["2020-06-30", "2020-09-30", "2020-12-31"]
    assert thinned(path, None, None, 12)["as_of"].tolist() == ["2020-12-31", "2021-12-31"]


def test_each_level_is_first_reached_at_or_above_it() -> None:
    path = pd.DataFrame({"as_of": ["2020-01-31", "2020-02-29", "2020-03-31"], "level": ["watch", "high", "baseline"]})
    found = first_reached(path, LEVELS).set_index("level")["as_of"].to_dict()
    assert found == {"watch": "2020-01-31", "elevated": "2020-02-29", "high": "2020-02-29"}
    calm = first_reached(path.assign(level="baseline"), LEVELS)
    assert calm["as_of"].tolist() == ["", "", ""]
