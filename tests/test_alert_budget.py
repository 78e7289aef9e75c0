"""What a policy costs: what followed an alert, by the definition in the policy, worked out by hand; and that it was measured."""

from __future__ import annotations

from datetime import date

import numpy as np
import pandas as pd
import pytest

from monitor.alerts.budget import Look, alerts_table, by_year, killed_in_a_year, measured, outcome_of
from monitor.alerts.flags import Flag
from monitor.alerts.said import Alert, Decided, Held
from monitor.settings import load_config
from tests.conftest import CONFIG
from tests.test_decide import POLICY, flag

ORDER = {"baseline": 0, "watch": 1, "elevated": 2, "high": 3}
MONTHS = pd.period_range("2020-01", "2022-12", freq="M")
HIGH = flag("level", 3)  # the policy of the tests counts alerts at high, and 200 killed within 12 months


def alert(seen: Flag = HIGH, reason: str = "escalated", number: str = "n") -> Alert:
    return Alert(number, seen, reason, 1, False)  # type: ignore[arg-type]


def look(month: str, *alerts: Alert, seen: int = 3, held: int = 0) -> Look:
    held_back = tuple(Held(HIGH, "new", "cool-down", "") for _ in range(held))
    day = pd.Period(month, freq="M").end_time.date()
    return Look(day, Decided(alerts, held_back, {}, False), {("AAA", "conflict"): seen})


def killed(**by_month: float) -> pd.DataFrame:
    """Return nobody killed in any month but these; NaN: unknown."""
    frame = pd.DataFrame({"AAA": 0.0}, index=MONTHS)
    for month, count in by_month.items():
        frame.loc[pd.Period(month[1:].replace("_", "-"), freq="M"), "AAA"] = count
    return frame


# sentence, civilians killed in the twelve months up to a month, what the figures say a year later, what came of it
OUTCOMES = [
    ("as many were being killed when it was said", killed(m2020_06=200.0), 0, "already"),
    ("as many were killed in the month after", killed(m2020_07=200.0), 0, "followed"),
    ("or in the twelfth", killed(m2021_06=200.0), 0, "followed"),
    ("a month later is too late", killed(m2021_07=200.0), 0, "false alarm"),
    ("fewer are too few", killed(m2020_07=199.0), 0, "false alarm"),
    ("the figures still say the level", killed(), 3, "lasted"),
    ("the figures say less, whatever is held", killed(), 2, "false alarm"),
    ("the figures say nothing any more", killed(), -1, "false alarm"),
    ("a month that nobody counted leaves it open", killed(m2020_09=np.nan), 0, "not yet told"),
    ("unless enough were killed in another", killed(m2020_09=np.nan, m2020_10=200.0), 0, "followed"),
]


@pytest.mark.parametrize(("sentence", "deaths", "later", "expected"), OUTCOMES, ids=[row[0] for row in OUTCOMES])
def test_what_followed(sentence: str, deaths: pd.DataFrame, later: int, expected: str) -> None:
    looks = {pd.Period("2021-06", freq="M"): look("2021-06", seen=later)}
    assert outcome_of(alert(), pd.Period("2020-06", freq="M"), looks, deaths, POLICY) == expected, sentence


def test_an_alert_whose_year_is_not_over_is_not_told() -> None:
    assert outcome_of(alert(), pd.Period("2022-06", freq="M"), {}, killed(), POLICY) == "not yet told"
    assert outcome_of(alert(flag("level", 3, iso3="BBB")), pd.Period("2020-06", freq="M"), {}, killed(), POLICY) == "not yet told"


def test_of_two_tracks_on_one_day_one_country_counts_once() -> None:
    two = (alert(number="a"), alert(flag("level", 3, track="outside_conflict"), number="b"))
    frame = alerts_table([look("2020-06", *two, alert(flag(), "new", "c")), look("2021-06")], POLICY, killed(), ORDER)
    assert frame[["kind", "severe", "outcome"]].to_numpy().tolist() == [
        ["level", True, "lasted"], ["level", False, ""], ["trigger", False, ""],
    ]  # fmt: skip


def test_what_is_repeated_or_eased_or_below_the_levels_has_no_outcome() -> None:
    rows = (alert(HIGH, "repeated"), alert(flag("level", 2), "escalated"), alert(flag("level", 3, iso3="B"), "eased"))
    assert alerts_table([look("2020-06", *rows)], POLICY, killed(), ORDER)["outcome"].tolist() == ["", "", ""]


def test_a_policy_is_measured_as_means_a_year_over_the_looks_that_can_be_told() -> None:
    """Two years; the first six months of 2022 are not followed by a whole year of known figures."""
    months = pd.period_range("2020-07", "2022-06", freq="M").astype(str)
    alerts = {"2020-07": (alert(number="a"),), "2021-01": (alert(flag(), "new", "b"),), "2022-03": (alert(number="c"),)}
    looks = [look(m, *alerts.get(m, ()), seen=0, held=1) for m in months]
    frame = alerts_table(looks, POLICY, killed(), ORDER)
    found = measured(frame, looks, POLICY, killed(), framework="f", on=date(2026, 1, 1))
    assert (found.first, found.last, found.policy, found.framework) == (2020, 2022, POLICY.hash, "f")
    assert found.alerts_a_week == round(3 / (2 * 365.25 / 7), 2)
    assert found.alerts_a_year == {"high": 1.0, "trigger": 0.5}
    assert found.severe_a_year == 1.0
    assert found.false_alarms_a_year == round(1 * 12 / 18, 1)  # told: July 2020 to December 2021
    assert (found.followed_a_year, found.lasted_a_year, found.already_a_year, found.held_back_a_year) == (0.0, 0.0, 0.0, 12.0)
    assert by_year(frame).to_numpy().tolist() == [[2020, "high", 1], [2021, "trigger", 1], [2022, "high", 1]]


def test_killings_of_a_year_are_unknown_where_too_few_months_are_known() -> None:
    values = np.full((12, 2), 10.0)
    values[:3, 0] = np.nan
    values[:4, 1] = np.nan
    ends = np.array([m.end_time.date() for m in MONTHS[:12]], dtype="datetime64[D]")
    last = killed_in_a_year(values, ends, ["AAA", "BBB"]).iloc[-1]
    assert last["AAA"] == 90.0
    assert np.isnan(last["BBB"])


def test_the_shipped_policy_was_measured_as_it_is() -> None:
    policy = load_config(CONFIG).alerts
    assert policy.measured is not None, "monitor alerts replay --write"
    assert policy.measured.policy == policy.hash, "the policy was changed: measure it again, monitor alerts replay --write"
    assert (policy.measured.first, policy.measured.last) == (2015, 2025)
    assert policy.measured.alerts_a_week <= 3  # what can be read
    assert policy.measured.false_alarms_a_year <= 3
