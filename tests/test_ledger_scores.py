"""What was said, set against what happened since: resolved by hand, and open where nobody can know yet."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
import pytest

from monitor.foresight.prepare import Prepared
from monitor.foresight.resolve import Entered, began_after, by_level, outcomes, pooled, summary
from monitor.foresight.targets import onsets
from tests.foresight_world import KILLED, figures, policy

TARGET = next(t for t in policy().targets if t.id == "one_sided")  # 250 killed after two years below that

# A: quiet, then 300 in 2003. B: quiet throughout. C: loud in 2001. D: unknown in 2003.
KILLINGS = [
    [0.0, 0.0, 0.0, 0.0],  # 2000
    [0.0, 0.0, 400.0, 0.0],  # 2001
    [0.0, 0.0, 0.0, 0.0],  # 2002
    [300.0, 10.0, 0.0, float("nan")],  # 2003
]


def ready(until: int = 2003) -> Any:
    held = figures({KILLED: KILLINGS[: until - 1999]}, 2000)
    return Prepared(held, {"one_sided": onsets(TARGET, held)}, np.zeros((4, 4)), np.zeros(4, dtype="int64"), pd.DataFrame())


def entered(number: int = 1, risks: dict[str, float] | None = None, year_from: int = 2002, horizon: int = 1) -> Entered:
    """Return an entry of a forecast of the year after ``year_from``; C was no country at risk."""
    odds = risks or {"A": 0.5, "B": 0.25, "C": 0.125, "D": 0.0625}
    rows = {c: [r, n, c != "C"] for n, (c, r) in enumerate(odds.items(), 1)}
    block = {"target": "one_sided", "horizon": horizon, "track": "headline", "year_from": year_from}
    block |= {
        "first_year": year_from + 1,
        "last_year": year_from + horizon,
        "columns": ["risk", "rank", "at_risk"],
        "countries": rows,
    }
    return Entered(number, f"r{number}", f"2003-0{number}-01", {"blocks": [block]})


def test_a_forecast_is_resolved_country_by_country_by_the_onsets_known_now() -> None:
    found = outcomes([entered()], ready()).set_index("iso3")["outcome"]
    assert found.drop("D").to_dict() == {"A": 1.0, "B": 0.0}
    assert np.isnan(found["D"])  # its year has no figure: open, and no zero
    assert "C" not in found  # an onset was not what was to be expected there


def test_what_lies_beyond_the_figures_is_open() -> None:
    assert outcomes([entered()], ready(2002))["outcome"].isna().all()
    assert outcomes([entered(horizon=2)], ready())["outcome"].isna().all()  # 2004 has not been counted
    assert outcomes([entered(year_from=2050)], ready())["outcome"].isna().all()


def test_the_summary_counts_what_is_resolved_and_what_was_expected_of_it() -> None:
    (row,) = summary(outcomes([entered()], ready())).to_dict("records")
    assert (row["countries"], row["resolved"], row["onsets"], row["expected"]) == (3, 2, 1, 0.75)
    (row,) = summary(outcomes([entered()], ready(2002))).to_dict("records")
    assert (row["resolved"], row["onsets"]) == (0, 0)
    assert np.isnan(row["expected"])  # of nothing nothing was expected: not zero


def test_of_each_data_year_the_forecast_that_was_entered_first_counts() -> None:
    """The first entry put A first and B second; a later one, nearer to the event, is not taken for it."""
    later = entered(2, {"A": 0.9, "B": 0.01, "C": 0.1, "D": 0.1})
    found = pooled(outcomes([entered(1), later], ready()), policy())
    one = found.set_index("score")["value"]
    assert one["brier"] == pytest.approx((0.5**2 + 0.25**2) / 2)  # (0.5 - 1)^2 and (0.25 - 0)^2
    assert (one["auc"], one["found_in_top_10"]) == (1.0, 1)
    assert found["years"].eq(1).all()


def test_a_score_of_one_year_has_no_interval() -> None:
    found = pooled(outcomes([entered()], ready()), policy())
    assert found[["low", "high"]].isna().all(axis=None)


def test_where_nothing_is_resolved_there_is_no_score() -> None:
    assert pooled(outcomes([entered()], ready(2002)), policy()).empty
    assert summary(outcomes([], ready())).empty


# ---------------------------------------------------------------------------------------------------------- assessments


def deaths(**months: list[float]) -> pd.DataFrame:
    """Return deaths by month from January 2020."""
    length = max(map(len, months.values()))
    return pd.DataFrame(months, index=pd.period_range("2020-01", periods=length, freq="M"))


def test_killing_began_where_its_sum_reached_the_mark_in_the_year_after_and_not_before() -> None:
    quiet, late = [0.0] * 24, [0.0] * 20 + [1000.0] + [0.0] * 3
    before, gap = [0.0] * 6 + [1000.0] + [0.0] * 17, [0.0] * 20 + [float("nan")] + [0.0] * 3
    found = began_after(deaths(Q=quiet, L=late, B=before, G=gap), pd.Period("2020-12", "M"), 1000)
    assert (found["Q"], found["L"]) == (0.0, 1.0)
    assert np.isnan(found["B"])  # it was under way at that month
    assert np.isnan(found["G"])  # a month is unknown: open


def test_a_year_that_is_not_over_is_open_unless_the_mark_was_reached() -> None:
    found = began_after(deaths(Q=[0.0] * 18, L=[0.0] * 17 + [1000.0]), pd.Period("2020-12", "M"), 1000)
    assert np.isnan(found["Q"])
    assert found["L"] == 1.0


def test_assessments_are_counted_by_level_without_those_under_way() -> None:
    said = {
        "AAA": ["high", "onset risk"],
        "BBB": ["high", "under way"],
        "CCC": ["watch", "recent past"],
        "DDD": ["watch", "unknown"],
    }
    found = by_level(said, ["level", "status"], {"AAA": 1.0, "BBB": 1.0, "CCC": 0.0}, ["high", "watch"])
    assert found.to_dict("records") == [
        {"level": "high", "countries": 1, "resolved": 1, "onsets": 1},
        {"level": "watch", "countries": 2, "resolved": 1, "onsets": 0},
    ]
