"""War beside atrocity risk: places with ties and gaps, atrocity-only signs, and a line that claims no more than that."""

from __future__ import annotations

from typing import Any

import pandas as pd
import pytest

from monitor.risk.gap import Outlook, eligible, gaps, in_words, recorded, signs, visible
from monitor.risk.views import AtrocitySigns
from tests.small_world import content, small_framework
from tests.whole_world import World, shipped

NAN = float("nan")
RULE = AtrocitySigns(at_least=0.75, ranks_apart=2, indicators=("1.1",))
NO_SIGNS = pd.DataFrame({"iso3": [], "kind": []}, dtype="str")


def said(**ranks: int | None) -> pd.DataFrame:
    """Return assessments of these countries; None is insufficient data."""
    levels = ["insufficient data" if r is None else "watch" for r in ranks.values()]
    return pd.DataFrame({"iso3": list(ranks), "level": levels, "rank": pd.array(list(ranks.values()), dtype="Int64")})


def outlook(*, known: int = 12, usable: bool = True, **deaths: float) -> Outlook:
    frame = pd.DataFrame({"iso3": list(deaths), "deaths": list(deaths.values())})
    there = frame["deaths"].notna()
    return Outlook(
        frame.assign(known=known, asked=12, until=["2026-02-28" if t else "" for t in there], usable=there & usable), mark=25
    )


def seen(*countries: str, can_fire: int = 5, readable: int = 4) -> pd.DataFrame:
    return pd.DataFrame({"iso3": list(countries), "can_fire": can_fire, "readable": readable})


def table(ranks: dict[str, int | None], view: Outlook, fired: pd.DataFrame = NO_SIGNS) -> pd.DataFrame:
    return gaps(said(**ranks), view, fired, seen(*ranks), RULE).set_index("iso3")


# ----------------------------------------------------------------------------------------------------------------- places


def test_countries_are_placed_by_deaths_and_equal_ones_share_the_best_place() -> None:
    found = table({"AAA": 1, "BBB": 2, "CCC": 3, "DDD": 4}, outlook(AAA=10, BBB=500, CCC=10, DDD=0))
    assert found["conflict_rank"].to_dict() == {"AAA": 2, "BBB": 1, "CCC": 2, "DDD": 4}
    assert found["conflict_tied"].to_dict() == {"AAA": 2, "BBB": 1, "CCC": 2, "DDD": 1}
    assert set(found["conflict_ranked"]) == {4}


def test_inside_a_shared_place_there_is_no_difference_and_beyond_it_is_counted_from_its_edge() -> None:
    ranks: dict[str, int | None] = {"AAA": 1, "BBB": 2, "CCC": 3, "DDD": 4, "EEE": 5}
    found = table(ranks, outlook(AAA=0, BBB=0, CCC=0, DDD=9, EEE=8))
    # DDD and EEE are 1st and 2nd in war, the other three share the places 3 to 5.
    assert found["difference"].to_dict() == {"AAA": 2, "BBB": 1, "CCC": 0, "DDD": -3, "EEE": -3}


def test_a_country_without_figures_has_no_place_and_takes_none_from_another() -> None:
    found = table({"AAA": 1, "BBB": None, "CCC": 2, "DDD": 3}, outlook(AAA=NAN, BBB=900, CCC=30))
    assert found["conflict_rank"].isna().to_dict() == {"AAA": True, "BBB": False, "CCC": False, "DDD": True}
    assert found["conflict_rank"].dropna().to_dict() == {"BBB": 1, "CCC": 2}
    assert found["atrocity_rank"].isna().to_dict() == {"AAA": False, "BBB": True, "CCC": False, "DDD": False}
    assert found["difference"].isna().to_dict() == {"AAA": True, "BBB": True, "CCC": False, "DDD": True}
    assert set(found["atrocity_ranked"]) == {3}


def test_figures_that_cannot_be_used_give_no_place() -> None:
    assert table({"AAA": 1}, outlook(AAA=50, usable=False))["conflict_rank"].isna().all()


def test_the_outlook_on_record_is_the_deaths_of_the_phase() -> None:
    phases = pd.DataFrame(
        {"iso3": ["AAA"], "deaths": [7.0], "known": [12], "asked": [12], "until": ["2026-02-28"], "usable": [True]}
    )
    assert recorded(phases, 25).frame.to_dict("records") == phases.to_dict("records")


# --------------------------------------------------------------------------------------------------------------- the line


def row(**changes: Any) -> dict[str, Any]:
    base = {
        **{"level": "watch", "rank": 3, "atrocity_ranked": 169, "deaths": 210.0, "known": 12, "asked": 12, "until": "2026-02-28"},
        **{"conflict_rank": 4, "conflict_tied": 1, "conflict_ranked": 195, "difference": 1},
        **{"signs": 3, "signals": 0, "can_fire": 5, "readable": 5},
    }
    return {**base, **changes}


LINES = [
    (
        row(),
        "Ranked 3rd of 169 for atrocity risk; 4th of 195 for deaths in war (210 in the 12 months to February 2026): conflict and "
        "atrocity risk meet, less than 2 places apart. Atrocity-only signs: 3 of the 5 readings that can be seen are "
        "over the mark "
        "(score 0.75 or more).",
    ),
    (
        row(rank=12, conflict_rank=48, difference=36, deaths=1234.0),
        "Ranked 12th of 169 for atrocity risk; 48th of 195 for deaths in war (1,234 in the 12 months to February "
        "2026): higher for "
        "atrocity risk by 36 places, which deaths in war alone would not show.",
    ),
    (row(rank=30, conflict_rank=1, difference=-29), "1st of 195 for deaths in war (210 in the 12 months to February "
                                                    "2026): higher for "
     "deaths in war by 29 places."),
    (row(deaths=24.0), "under the mark of 25 for a conflict."),
    (row(deaths=24.0, known=11), "(at least 24 in the 12 months to February 2026): under the mark of 25 for a "
                                 "conflict in the months "
     "that are known."),
    (row(deaths=0.0, conflict_tied=150, difference=0), "no deaths in war recorded in the 12 months to February 2026, "
                                                       "as in 149 others "
     "of 195 countries: under the mark"),
    (row(conflict_tied=3), "4th of 195 for deaths in war, a place shared with 2 others (210 in"),
    (row(rank=pd.NA, level="insufficient data", difference=pd.NA), "No rank for atrocity risk (insufficient data); 4th of 195"),
    (row(rank=pd.NA, level="high", difference=pd.NA), "No rank for atrocity risk (its level is held);"),
    (row(deaths=NAN, conflict_rank=pd.NA, difference=pd.NA, until=""), "no figure on deaths in war, so the two cannot "
                                                                  "be compared."),
    (row(known=5, conflict_rank=pd.NA, difference=pd.NA), "no usable figure on deaths in war (at least 210 in the 12 months to "
     "February 2026, 5 months known), so the two cannot be compared."),
    (row(signs=1, readable=4, signals=1), "1 of the 4 readings that can be seen is over the mark (score 0.75 or "
                                          "more); 1 more cannot "
     "be seen. 1 signal of change as well."),
    (row(signs=0, readable=0), "Atrocity-only signs: none of the 5 readings can be seen."),
]  # fmt: skip


@pytest.mark.parametrize(("one", "words"), LINES, ids=range(len(LINES)))
def test_the_line_says_what_the_figures_allow_and_no_more(one: dict[str, Any], words: str) -> None:
    assert words in in_words(one, outlook(), RULE)


def test_no_line_says_safe_or_low_or_that_a_crime_takes_place() -> None:
    for one, _ in LINES:
        line = in_words(one, outlook(), RULE).lower()
        assert not [word for word in ("safe", "low", "no risk", "genocide", "peaceful") if f" {word}" in line]


# ------------------------------------------------------------------------------------------------------------------ signs


def readings(*rows: tuple[str, str, float]) -> pd.DataFrame:
    """Return readings as (iso3, measure, score)."""
    frame = pd.DataFrame(rows, columns=["iso3", "measure", "score"])
    return frame.assign(
        title=frame["measure"], short=frame["measure"], value=1.0, unit="points", decimals=0, start="2020-01-01",
        end="2020-12-31", freshness="fresh", series="x", source="s", document="d",
        place=pd.array([1] * len(frame), dtype="Int64"),
    )  # fmt: skip


def signals(*rows: tuple[str, str, bool]) -> pd.DataFrame:
    frame = pd.DataFrame(rows, columns=["iso3", "signal", "fired"])
    return frame.assign(
        title="a fall", value=-0.2, unit="points", start="2018-01-01", end="2020-12-31", fresh=True, series="x", document="d",
        place=pd.array([1] * len(frame), dtype="Int64"),
    )  # fmt: skip


COUNTS = {"x.killed": True, "x.killed_year": True}


def test_only_readings_of_listed_indicators_without_deaths_and_of_some_validity_can_be_signs() -> None:
    """1.1 has rights and income, and gossip as context; 2.1 has past, and a count of deaths that stands in for it."""
    assert eligible(small_framework(), COUNTS) == {"rights": "1.1", "income": "1.1", "past": "2.1"}


def test_a_reading_stands_under_the_first_listed_indicator_that_it_is_evidence_for() -> None:
    changed = content()
    changed["factors"][1]["indicators"][0]["evidence"].append({"measure": "rights", "validity": "medium"})
    for order, first in ((["1.1", "2.1"], "1.1"), (["2.1", "1.1"], "2.1")):
        rule = {**changed["atrocity_signs"], "indicators": order}
        framework = small_framework(factors=changed["factors"], atrocity_signs=rule)
        assert eligible(framework, COUNTS)["rights"] == first


def test_signs_fire_at_the_mark_worst_factor_first_and_signals_last() -> None:
    rows = readings(("AAA", "rights", 0.75), ("AAA", "income", 0.749), ("AAA", "past", 1.0), ("AAA", "killings", 1.0),
                    ("AAA", "gossip", 1.0), ("BBB", "rights", NAN), ("BBB", "income", 0.9), ("BBB", "past", 0.0))  # fmt: skip
    changes = signals(("AAA", "rights_fall", True), ("AAA", "killings_surge", True), ("BBB", "rights_fall", False))
    found = signs(rows, changes, small_framework(), COUNTS)
    fired = [(r.iso3, r.order, r.kind, r.factor, r.measure) for r in found.itertuples()]
    assert fired == [
        ("AAA", 1, "reading", "RF2", "past"),
        ("AAA", 2, "reading", "RF1", "rights"),
        ("AAA", 3, "signal", "", "rights_fall"),
        ("BBB", 1, "reading", "RF1", "income"),
    ]
    view = outlook(AAA=0, BBB=0)
    counted = gaps(said(AAA=1, BBB=2), view, found, visible(rows, eligible(small_framework(), COUNTS)), RULE).set_index("iso3")
    assert counted[["signs", "signals", "can_fire", "readable"]].to_dict("index") == {
        "AAA": {"signs": 2, "signals": 1, "can_fire": 3, "readable": 3},
        "BBB": {"signs": 1, "signals": 0, "can_fire": 3, "readable": 2},
    }


@pytest.fixture(scope="module")
def world() -> World:
    return shipped()


def test_no_count_of_deaths_is_an_atrocity_only_sign_in_the_shipped_framework(world: World) -> None:
    can_fire = eligible(world.framework, world.deaths)
    series = {s for m in can_fire for s in world.framework.measure[m].all_series()}
    assert len(can_fire) > 20
    assert not [s for s in series if world.deaths[s]]
    assert not [s for s in series if s.startswith(("ucdp.", "unhcr.", "wdi."))]  # neither war, flight nor the economy


def test_the_signs_are_about_groups_hate_violations_and_shut_voices_and_not_about_fighting(world: World) -> None:
    listed = set(world.framework.atrocity_signs.indicators)
    assert {
        "9.1",
        "7.14",
        "10.5",
        "10.3",
        "2.3",
        "7.2",
        "7.12",
    } <= listed  # exclusion, hate, dehumanisation, impunity, preparation
    assert not listed & {"1.1", "1.2", "5.1", "7.10", "8.1", "13.1", "14.3"}


def test_the_views_name_what_they_are_and_what_they_are_not(world: World) -> None:
    views = {v.id: v for v in world.framework.views}
    assert [v.title for v in views.values()] == ["Ethnic cleansing", "Conflict-related sexual violence"]
    assert "no independent crime" in views["ethnic_cleansing"].meaning
    assert {"4.4", "7.10", "12.3", "13.17"} <= set(views["ethnic_cleansing"].indicators)
    assert "7.9" in views["sexual_violence"].indicators
