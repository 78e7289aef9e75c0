"""What was said before a dated case: a spell still going on is a lead, one that was left is none, and a miss is shown as one."""

from __future__ import annotations

from collections.abc import Sequence

import pandas as pd
import pytest

from monitor.risk.cases import Case, CaseBook, began, lead_times
from monitor.settings import load_config
from tests.conftest import CONFIG

LEVELS = ("baseline", "watch", "elevated", "high")
FIGURES = pd.DataFrame(
    {
        "series": ["x.killed"] * 4 + ["x.other"],
        "iso3": ["AAA", "AAA", "AAA", "BBB", "AAA"],
        "end": pd.to_datetime(["2019-12-31", "2020-06-30", "2020-07-31", "2020-01-31", "2020-01-31"]),
        "value": [500.0, 99.0, 100.0, 900.0, 900.0],
    }
)


def case(iso3: str = "AAA", **more: str) -> Case:
    return Case.model_validate({"id": "one", "iso3": iso3, "title": "One", **({"from": "2020-01"} | more)})


def book(*cases: Case) -> CaseBook:
    return CaseBook.model_validate({"rule": {"series": "x.killed", "at_least": 100}, "late_months": 6, "cases": cases})


def path(levels: Sequence[str], first: str = "2020-01", iso3: str = "AAA") -> pd.DataFrame:
    """Return a country's levels at consecutive month ends."""
    days = [f"{(pd.Period(first, freq='M') + n).end_time:%Y-%m-%d}" for n in range(len(levels))]
    return pd.DataFrame({"iso3": iso3, "as_of": days, "level": levels, "status": "onset risk"})


def test_a_case_begins_in_the_first_month_at_the_threshold_from_the_month_named() -> None:
    rule = book().rule
    assert str(began(case(), rule, FIGURES)) == "2020-07"  # not December 2019, not June's 99, not another country or series
    assert str(began(case(**{"from": "2019-01"}), rule, FIGURES)) == "2019-12"
    assert began(case(**{"from": "2020-08"}), rule, FIGURES) is None


def test_where_the_count_stays_below_the_rule_a_public_source_dates_the_case() -> None:
    dated = case(**{"from": "", "month": "2020-03", "source": "A report", "url": "https://example.org/"})
    assert str(began(dated, book().rule, FIGURES)) == "2020-03"
    with pytest.raises(ValueError, match="a month needs its public source"):
        case(**{"from": "", "month": "2020-03"})
    with pytest.raises(ValueError, match="dated either by the rule"):
        case(**{"month": "2020-03", "source": "A report", "url": "https://example.org/"})


# case began in July 2020; the last look before is 30 June. w, e, h, b: watch, elevated, high, baseline, from January on
STORIES = [
    pytest.param("bbwwww", "watch", {"watch": 4.0, "elevated": None, "high": None}, id="at watch since March: four months"),
    pytest.param("hhhhhh", "high", {"watch": 6.0, "elevated": 6.0, "high": 6.0}, id="a higher level is at the lower ones too"),
    pytest.param("hhbwww", "watch", {"watch": 3.0, "elevated": None, "high": None}, id="a spell that was left is no warning"),
    pytest.param("wwwwwbbe", "baseline", {"watch": -1.0, "elevated": -1.0, "high": None}, id="reached a month after: late"),
    pytest.param("bbbbbbw", "baseline", {"watch": 0.0, "elevated": None, "high": None}, id="reached in the month itself"),
    pytest.param("bbbbbbbbbbbbbbh", "baseline", {"watch": None, "elevated": None, "high": None}, id="too late to be called late"),
]


@pytest.mark.parametrize(("story", "then", "leads"), STORIES)
def test_the_lead_is_that_of_the_spell_still_going_on_when_the_case_began(
    story: str, then: str, leads: dict[str, float | None]
) -> None:
    names = {"b": "baseline", "w": "watch", "e": "elevated", "h": "high"}
    found = lead_times(book(case()), path([names[letter] for letter in story]), FIGURES, LEVELS).iloc[0]
    assert (found["began"], found["looked"], found["level"]) == ("2020-07", "2020-06-30", then)
    assert {level: None if pd.isna(found[f"{level}_lead"]) else found[f"{level}_lead"] for level in LEVELS[1:]} == leads


def test_each_lead_says_how_many_countries_stood_there() -> None:
    history = pd.concat([path(["watch"] * 6), path(["high"] * 6, iso3="BBB"), path(["baseline"] * 6, iso3="CCC")])
    found = lead_times(book(case()), history, FIGURES, LEVELS).iloc[0]
    assert [found[f"{level}_countries"] for level in LEVELS[1:]] == [2, 1, 1]


def test_a_case_before_the_path_begins_is_shown_without_a_level() -> None:
    found = lead_times(book(case(**{"from": "2019-01"})), path(["high"] * 3), FIGURES, LEVELS).iloc[0]
    assert (found["began"], found["looked"], found["level"]) == ("2019-12", "", "")
    assert found["high_lead"] == -1  # high a month later, at the first look there is


def test_the_cases_as_shipped_are_dated_one_by_one() -> None:
    cases = load_config(CONFIG).cases
    assert len(cases.cases) == 14
    assert {c.iso3 for c in cases.cases} >= {"RWA", "BIH", "SDN", "KEN", "LKA", "SYR", "SSD", "CAF", "MMR", "CMR", "ETH"}
    assert not [c.id for c in cases.cases if c.checked_on]  # no person has read a source yet
