"""The protocol as shipped, on the bundled figures of every country: consistent with the levels, blind to deaths outside conflict,
and fooled by no gap."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from functools import cache
from typing import Any

import numpy as np
import pandas as pd
import pytest

from indicators.countries import Countries
from monitor.briefs.actions import actions, due
from monitor.briefs.levers import Stage
from monitor.risk import frames
from monitor.risk.criteria import BY_A_PERSON
from monitor.risk.protocol import CONFIRMATION, evaluate
from monitor.risk.standing import summary
from monitor.risk.triggers import Protocol
from monitor.settings import Config, load_config
from tests.conftest import CONFIG
from tests.small_protocol import judgement
from tests.whole_world import NOTHING, bundled, shipped

DAY = date(2026, 3, 1)
EVERY = tuple(Countries.load(CONFIG / "countries.csv").assessed())
ENDS = ("met", "not met")


@cache
def config() -> Config:
    return load_config(CONFIG)


def protocol() -> Protocol:
    return config().protocol


def tables_of(panel: pd.DataFrame, day: date = DAY) -> dict[str, pd.DataFrame]:
    """Return the published tables that the protocol reads."""
    world = shipped()
    seen, names = world.assess(panel, day, EVERY), world.names(EVERY)
    stand = world.stand(seen)
    return {
        "assessments": frames.assessments(stand, stand, world.framework, names, previous=NOTHING),
        "readings": frames.readings(seen, world.framework, panel, names),
        "signals": frames.signals(seen, world.framework, panel),
        "factors": frames.factors(seen, world.framework),
    }


@cache
def made() -> Mapping[str, pd.DataFrame]:
    return tables_of(bundled())


@cache
def said() -> pd.DataFrame:
    return evaluate(protocol(), made(), as_of=DAY)


@cache
def levels() -> pd.DataFrame:
    return summary(protocol(), said(), made()["assessments"])


# --------------------------------------------------------------------------------------------------- one truth, not two


@pytest.mark.parametrize("level", ["watch", "elevated", "high"])
def test_a_level_is_published_exactly_where_a_route_of_the_program_is_met(level: str) -> None:
    routes = said()[(said()["level"] == level) & (said()["confirms"] == "program")]
    met = set(routes.loc[routes["route_state"] == "met", "iso3"])
    order = shipped().framework.level_order
    published = made()["assessments"]
    assert met == set(published.loc[published["level"].map(order) >= order[level], "iso3"])
    assert met


def test_a_country_stands_where_it_was_published_while_nobody_has_confirmed_more() -> None:
    at = levels()[levels()["stands"] & (levels()["level"] != "under way")].set_index("iso3")["level"]
    published = made()["assessments"].set_index("iso3")["level"]
    assert at.sort_index().to_dict() == published[published != "insufficient data"].sort_index().to_dict()
    under_way = levels().loc[levels()["stands"] & (levels()["level"] == "under way"), "iso3"]
    assert set(under_way) == set(made()["assessments"].query("status == 'under way'")["iso3"])


def test_where_too_little_is_seen_no_level_is_called_not_met_by_its_figures() -> None:
    unseen = made()["assessments"].query("level == 'insufficient data'")["iso3"]
    found = levels()[levels()["iso3"].isin(unseen) & levels()["level"].isin(["watch", "elevated", "high"])]
    assert len(found) > 30
    assert set(found["state"]) == {"unknown"}


def test_without_judgements_nobody_is_at_imminent_risk_and_nobody_is_said_not_to_be() -> None:
    imminent = levels()[levels()["level"] == "imminent"]
    assert len(imminent) == 196
    assert set(imminent["state"]) == {"unknown"}
    assert not imminent["words"].str.contains("confirmed by a person").any()


# ---------------------------------------------------------------------------------------------- outside armed conflict


def is_a_death_count(series: str) -> bool:
    return series.startswith(("ucdp.", "owid.armed_conflict_deaths"))


def test_no_criterion_of_an_outside_conflict_route_reads_a_count_of_deaths() -> None:
    framework = shipped().framework
    signals = {s.id: s for s in framework.signals}
    checked = 0
    for rung in protocol().levels:
        for route in (r for r in rung.routes if r.track == "outside_conflict"):
            for criterion in (protocol().criterion[c] for g in route.groups for c in g.of):
                checked += 1
                assert criterion.kind != "status"
                assert getattr(criterion, "track", "outside_conflict") == "outside_conflict", criterion.id
                for item in (
                    signals.get(getattr(criterion, "signal", "")),
                    framework.measure.get(getattr(criterion, "measure", "")),
                ):
                    assert item is None or not [s for s in item.all_series() if is_a_death_count(s)], criterion.id
    assert checked > 40


@pytest.mark.parametrize("factor", [0, 10])
def test_outside_conflict_routes_do_not_move_whatever_becomes_of_the_dead(factor: float) -> None:
    panel = bundled()
    deaths = panel["series"].map(is_a_death_count).to_numpy()
    other = evaluate(protocol(), tables_of(panel.assign(value=panel["value"].mask(deaths, panel["value"] * factor))), as_of=DAY)
    mine, same = said()["track"] == "outside_conflict", ["iso3", "level", "criterion", "state", "reading", "route_state"]
    pd.testing.assert_frame_equal(said().loc[mine, same], other.loc[mine, same])
    assert not said().loc[~mine, same].equals(other.loc[~mine, same])  # the change was real


PEACETIME = {
    "watch": ("VEN", ["7.8", "7.14"]),
    "elevated": ("TKM", ["7.1", "7.8"]),
    "high": ("PRK", ["10.3", "9.2"]),
    "imminent": ("PRK", ["7.8", "10.1", "12.7"]),
    "under way": ("PRK", ["10.3", "12.10"]),
}


@pytest.mark.parametrize("level", PEACETIME)
def test_a_country_without_armed_conflict_can_reach_every_level(level: str) -> None:
    iso3, indicators = PEACETIME[level]
    entered = pd.DataFrame([judgement(iso3=iso3, indicator=i, rank=3, answer="strong_signs") for i in indicators])
    said = made()["assessments"]
    if level == "high":  # on the bundled figures nobody at peace stands in the upper half of elevated: put one there
        said = said.assign(outside_conflict_index=said["outside_conflict_index"].mask(said["iso3"] == iso3, 75.0))
    tables = {**made(), "assessments": said}
    bare = evaluate(protocol(), tables, iso3, as_of=DAY)
    before = summary(protocol(), bare, said).query("level == @level").iloc[0]
    found = evaluate(protocol(), {**tables, "judgements": entered}, iso3, as_of=DAY)
    after = summary(protocol(), found, said).query("level == @level").iloc[0]
    assert (before["state"], after["state"]) == ("unknown", "met")
    track = found.query("level == @level and route == @after.route")["track"].iloc[0]
    assert track == "outside_conflict"
    assert made()["assessments"].set_index("iso3").loc[iso3, "conflict_level"] == "baseline"


def test_a_sudden_turn_can_be_seen_by_people_at_whatever_level() -> None:
    entered = pd.DataFrame([judgement(iso3="GBR", indicator=i, rank=3, answer="strong_signs") for i in ("8.4", "12.7", "12.8")])
    found = evaluate(protocol(), {**made(), "judgements": entered}, "GBR", as_of=DAY)
    row = summary(protocol(), found, made()["assessments"]).set_index("level").loc["imminent"]
    assert (row["state"], row["route"], row["stands"]) == ("met", "sudden", False)


# ------------------------------------------------------------------------------------------------------------ no gap says no


@pytest.mark.parametrize("share", [0.1, 0.5, 1.0])
def test_taking_evidence_away_turns_what_was_known_into_unknown_and_into_nothing_else(share: float) -> None:
    """Readings, signals and factors go missing at random: no criterion, group, route or level changes but to unknown."""
    rng = np.random.default_rng(5)
    gone = {t: rng.random(len(made()[t])) < share for t in ("readings", "signals", "factors")}
    readings, signals, factors = (made()[t].copy() for t in gone)
    readings.loc[gone["readings"], ["value", "score"]] = np.nan
    readings.loc[gone["readings"], "freshness"] = "missing"
    readings.loc[gone["readings"], ["start", "end"]] = ""
    signals.loc[gone["signals"], ["seen", "fired"]] = False
    factors.loc[gone["factors"], "score"] = np.nan
    found = evaluate(protocol(), {**made(), "readings": readings, "signals": signals, "factors": factors}, as_of=DAY)
    changed = 0
    for column in ("state", "group_state", "route_state"):
        moved = found[column] != said()[column]
        changed += int(moved.sum())
        assert set(found.loc[moved, column]) <= {"unknown"}
    assert changed > 50
    now = summary(protocol(), found, made()["assessments"])
    assert set(now.loc[now["state"] != levels()["state"], "state"]) <= {"unknown"}


def test_an_answer_never_becomes_its_opposite_when_a_judgement_is_entered_and_expires() -> None:
    entered = pd.DataFrame(
        [judgement(iso3="SDN", indicator=i, rank=0, answer="no_evidence_found") for i in ("10.1", "12.7", "11.5", "13.7")]
    )
    no_signs = summary(protocol(), evaluate(protocol(), {**made(), "judgements": entered}, as_of=DAY), made()["assessments"])
    expired = {**made(), "judgements": entered.assign(state="expired")}
    pd.testing.assert_frame_equal(summary(protocol(), evaluate(protocol(), expired, as_of=DAY), made()["assessments"]), levels())
    assert (no_signs["state"] != levels()["state"]).sum() <= 6


def test_the_order_of_rows_does_not_matter_and_one_country_is_read_as_among_all() -> None:
    shuffled = {name: table.sample(frac=1, random_state=4) for name, table in made().items()}
    pd.testing.assert_frame_equal(evaluate(protocol(), shuffled, as_of=DAY), said())
    one = evaluate(protocol(), made(), "SDN", as_of=DAY)
    pd.testing.assert_frame_equal(one, said()[said()["iso3"] == "SDN"].reset_index(drop=True))


def test_old_figures_of_war_do_not_show_that_risk_is_imminent() -> None:
    """A year later the same figures are too old for imminent risk: unknown, though the signals of the levels may still hold."""
    later = evaluate(protocol(), tables_of(bundled(), date(2027, 1, 15)), as_of=date(2027, 1, 15))
    found = later[later["criterion"].isin(["killings_rising", "fighting_rising"])]
    assert set(found["state"]) == {"unknown"}
    assert found["reading"].str.contains("here at most 183 count|too old to count|no reading").all()


# --------------------------------------------------------------------------------------------------------------- actions


def test_every_action_has_an_office_an_instrument_a_caveat_and_a_deadline() -> None:
    table = actions(protocol(), config().levers)
    for column in ("do", "holder", "instrument", "caveat", "evidence", "ask", "checked_on"):
        assert (table[column].str.len() > 3).all(), column
    assert (table["days"] >= 0).all()
    assert set(table["checked_on"]) == {"not yet checked"}
    assert not table["holder"].str.contains(r"\b(?:Mr|Mrs|Ms|Sir|Dame|Lord|Lady)\b").any()


@pytest.mark.parametrize("reach", ["abroad", "home"])
def test_every_level_calls_for_something_abroad_and_at_home(reach: str) -> None:
    table = actions(protocol(), config().levers)
    mine = table[table["reach"] == reach]
    assert set(mine["level"]) == {"baseline", "watch", "elevated", "high", "imminent", "under way", "insufficient data"}


FITS: dict[str, set[Stage]] = {
    "baseline": {"upstream"},
    "watch": {"upstream"},
    "elevated": {"upstream", "escalation"},
    "high": {"escalation"},
    "imminent": {"acute"},
    "under way": {"acute"},
}


@pytest.mark.parametrize("level", FITS)
def test_a_lever_is_called_for_where_the_lever_book_says_that_it_fits(level: str) -> None:
    levers = {x.id: x for x in config().levers.levers}
    named = [a.lever for a in protocol().level[level].actions if a.lever]
    assert named
    assert not [name for name in named if not FITS[level] & set(levers[name].stages)]


def test_higher_levels_are_looked_at_again_sooner() -> None:
    days = [protocol().level[level].review_days for level in protocol().order]
    assert days == sorted(days, reverse=True)
    assert len(set(days)) == len(days)


def test_a_tool_that_more_studies_find_to_harm_carries_its_warning() -> None:
    table = actions(protocol(), config().levers).set_index("id")
    assert "12 findings of an increase in atrocities, 4 of a decrease" in table.loc["L13", "evidence"]


def test_deadlines_are_counted_from_the_day_of_the_assessment_and_the_earliest_comes_first() -> None:
    row = made()["assessments"].set_index("iso3", drop=False).loc["SDN"].to_dict()
    found = due(actions(protocol(), config().levers), row, "high", date(2026, 2, 27))
    assert found["deadline"].is_monotonic_increasing
    assert found.loc[found["days"] == 7, "deadline"].tolist() == ["2026-03-06"]
    assert set(found["reach"]) == {"abroad"}


def test_levers_for_armed_conflict_are_not_called_for_where_there_is_none() -> None:
    table = actions(protocol(), config().levers)
    row = {"iso3": "PRK", "headline": "outside_conflict", "conflict_level": "baseline", "outside_conflict_level": "elevated"}
    assert "L06" in set(table["id"])
    assert "L06" not in set(due(table, row, "elevated", DAY)["id"])
    assert "L06" in set(due(table, row | {"conflict_level": "watch"}, "elevated", DAY)["id"])


# ------------------------------------------------------------------------------------------------------------ its own words


def text_of(value: Any) -> str:
    return (
        " ".join(map(text_of, value.values() if isinstance(value, dict) else value))
        if isinstance(value, dict | list)
        else f"{value}"
    )


def test_the_protocol_declares_no_crime_and_calls_nobody_safe() -> None:
    words = text_of(protocol().model_dump(mode="json")).lower()
    assert not [w for w in ("genocide is ", "is occurring", "safe country", "no risk", "will happen", "inevitable") if w in words]


def test_a_title_says_the_mark_that_the_rule_has() -> None:
    titles = {c.id: c.title for c in protocol().criteria}
    assert titles["outside_elevated"] == "Outside conflict track: at elevated or above"
    assert titles["displaced_inside"].endswith("at least 10")
    assert "worse than 95 of 100 country-years, 2000 to 2019" in titles["killings_and_torture"]
    assert titles["intent"] == "10.1 Documents, media or speech revealing intent or incitement: clear signs (judgement)"


def test_only_judgements_and_confirmations_need_a_person() -> None:
    assert set(said().loc[said()["kind"].isin(BY_A_PERSON) & (said()["route"] != CONFIRMATION), "state"]) == {"unknown"}
    assert set(said().loc[said()["route"] == CONFIRMATION, "state"]) == {"not met"}
    assert {*ENDS, "unknown"} == set(said()["state"])
