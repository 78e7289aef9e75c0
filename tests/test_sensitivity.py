"""What the ranking owes to each choice: one thing changed at a time, in the small world by hand."""

from __future__ import annotations

from datetime import date
from typing import Any

import pandas as pd
import pytest

from monitor.risk.assess import Assessed
from monitor.risk.framework import Framework
from monitor.risk.sensitivity import sensitivity, variants
from monitor.terminal.sensitivity import in_words
from tests.small_world import DEATHS, MONTHLY, Row, each_month, look, small_framework
from tests.whole_world import World, bundled, shipped

DAY = date(2021, 3, 1)
SOURCE = {s: "history" if s in ("x.past", "x.killed_year") else "today" for s in MONTHLY}
TITLES = {"history": "History", "today": "Today"}


def figures(iso3: str, score: float, past: float) -> list[Row]:
    """Return figures of a country whose indicator 1.1 scores ``score``, without killings."""
    yearly = (("x.rights", 1 - score), ("x.income", score), ("x.past", past))
    return [*((s, iso3, "2020", v) for s, v in yearly), *each_month("x.killed", iso3, "2020-01", [0.0] * 12)]


# Outside conflict AAA stands at (0.5 + 0) / 2 = 0.25, BBB at (0.25 + 1) / 2 = 0.625, CCC at (1 + 0) / 2 = 0.5; in conflict lower.
# So BBB is first (elevated), CCC second (elevated, exactly at its threshold), AAA third (watch).
WORLD = [*figures("AAA", 0.5, 0.0), *figures("BBB", 0.25, 1.0), *figures("CCC", 1.0, 0.0)]


def changed(rows: list[Row] = WORLD, framework: Framework | None = None) -> dict[str, dict[str, Any]]:
    """Return the table of variants of a small world, by variant."""
    framework = framework or small_framework()
    now = look(rows, DAY, framework, ("AAA", "BBB", "CCC"))
    table = sensitivity(now, framework, deaths=DEATHS, source=SOURCE, titles=TITLES)
    return {str(row["variant"]): row for row in table.to_dict("records")}


def test_what_changes_nothing_says_so() -> None:
    line = changed()["linear"]  # no measure of the small world has percentile bands
    assert line["title"] == "Straight lines instead of percentiles"
    assert (line["compared"], line["lost"], line["spearman"], line["mean_shift"]) == (3, 0, pytest.approx(1), 0)
    assert (line["top_30"], line["levels_changed"], line["movers"]) == (3, 0, "")


def test_a_factor_left_out_turns_the_ranking_by_what_is_left() -> None:
    """Without RF2, 1.1 alone says: CCC 1, AAA 0.5, BBB 0.25. Squares of the shifts 1, 2, 1: 1 - 6 * 6 / (3 * 8) = -0.5."""
    line = changed()["without RF2"]
    assert line["spearman"] == pytest.approx(-0.5)
    assert line["mean_shift"] == pytest.approx(4 / 3)
    assert line["levels_changed"] == 3  # BBB falls to watch, AAA rises to elevated, CCC to high
    assert line["movers"] == "BBB 1>3; AAA 3>2; CCC 2>1"


def test_a_source_left_out_takes_its_measures_with_it() -> None:
    lines = changed()
    without = {k: v for k, v in lines["without history"].items() if k not in ("variant", "title")}
    assert without == {k: v for k, v in lines["without RF2"].items() if k not in ("variant", "title")}
    assert lines["without history"]["title"] == "Without source history: History"
    assert (lines["without today"]["compared"], lines["without today"]["lost"]) == (3, 0)  # 2.1 is the only core indicator left


def test_a_source_left_out_takes_its_signals_with_it() -> None:
    """The rights of AAA fell: baseline (1.1 scores 0.25, no past) is raised to watch. Without today's source no past is left to
    read but none, and nothing raises it; without history 1.1 alone is watch, and is raised to elevated."""
    rows = [("x.rights", "AAA", "2017", 1.0), *figures("AAA", 0.25, 0.0)]
    framework = small_framework()
    now = look(rows, DAY, framework)
    assert now.level.tolist() == [1]
    table = sensitivity(now, framework, deaths=DEATHS, source=SOURCE, titles=TITLES).set_index("variant")
    assert table.loc[["linear", "without RF1", "without today", "without history"], "levels_changed"].tolist() == [0, 0, 1, 1]
    named = {v.id: v.silent for v in variants(now, framework, DEATHS, SOURCE, TITLES)}
    assert (named["without today"], named["without history"], named["flat"]) == ((0, 1), (), ())


def test_the_highest_factor_stands_for_all() -> None:
    line = changed()["highest"]  # AAA 0.5, BBB 1, CCC 1: BBB and CCC share the first place
    assert line["mean_shift"] == pytest.approx(1 / 3)
    assert line["movers"] == "CCC 2>1"


def test_equal_weights_over_measures_count_each_measure_once() -> None:
    """Rights, income and the past side by side: AAA 1 / 3, BBB 0.5, CCC 2 / 3."""
    assert changed()["flat"]["movers"] == "BBB 1>2; CCC 2>1"


def test_measures_of_low_validity_may_be_counted_for_once() -> None:
    """Gossip of 1 makes 1.1 of AAA the mean of 0.5, 0.5 and 1: outside conflict 1 / 3, as before watch. Of BBB: 0.75, high."""
    assert changed([*WORLD, ("x.gossip", "AAA", "2020", 1.0)])["weak"]["levels_changed"] == 0
    assert changed([*WORLD, ("x.gossip", "BBB", "2020", 1.0)])["weak"]["levels_changed"] == 1


def test_a_geometric_mean_inside_factors_matters_only_where_a_factor_has_several_indicators() -> None:
    """Outside conflict each factor has one indicator, so its scores stay; and it leads in all three countries."""
    assert changed()["geometric"]["mean_shift"] == 0


def test_a_country_that_can_no_longer_be_assessed_is_counted_as_lost() -> None:
    """CCC has a past and killings alone: without history only one of two core indicators is left, and none outside conflict."""
    rows = [r for r in WORLD if r[:2] not in (("x.rights", "CCC"), ("x.income", "CCC"))]
    line = changed(rows)["without history"]
    assert (line["compared"], line["lost"]) == (2, 1)


# ------------------------------------------------------------------------------------------------------------- as it is shipped


@pytest.fixture(scope="module")
def today() -> tuple[World, Assessed]:
    world = shipped()
    return world, world.assess(bundled(), date(2026, 11, 20), world.countries.assessed())


def table_of(world: World, now: Assessed) -> pd.DataFrame:
    sources = {s: c.id for s, c in world.card.items()}
    return sensitivity(now, world.framework, deaths=world.deaths, source=sources, titles={c.id: c.title for c in world.sources})


def test_every_factor_and_every_source_is_left_out_once(today: tuple[World, Assessed]) -> None:
    world, now = today
    table = table_of(world, now)
    ways = ["geometric", "linear", "highest", "flat", "weak"]
    expected = {*ways, *(f"without RF{n}" for n in range(1, 15)), *(f"without {c.id}" for c in world.sources)}
    assert set(table["variant"]) == expected
    assert table["variant"].tolist()[:5] == ways
    assert table["spearman"].between(0.5, 1).all()
    assert (table["compared"] + table["lost"] == (now.headline >= 0).sum()).all()
    pd.testing.assert_frame_equal(table, table_of(world, now))


# ---------------------------------------------------------------------------------------------------------------------- words


def test_the_table_is_said_in_sentences_that_name_what_matters_most() -> None:
    rows = [
        {"variant": "a", "title": "Another mean", "lost": 0, "spearman": 0.99, "mean_shift": 1.0, "top_30": 30},
        {"variant": "b", "title": "Without B", "lost": 4, "spearman": 0.9, "mean_shift": 9.04, "top_30": 20},
        {"variant": "c", "title": "Without C", "lost": 0, "spearman": 0.98, "mean_shift": 2.0, "top_30": 27},
    ]
    assert in_words(pd.DataFrame(rows)) == (
        "Of 3 changes, 2 leave at least 27 of the 30 highest countries among the 30. The middle one moves a country by 2.0 "
        "places on average (correlation 0.980). The ranking depends most on: without B (9.0 places); without C (2.0 places); "
        "another mean (1.0 places). At most 4 countries lose their level for want of data. Each variant is put on the scale of "
        "the assessment, so that its thresholds mean the same."
    )
