"""What would lower it, in the small world: weights 0.125, 0.125, 0.25 and 0.5 in the conflict track (test_assess.py), by hand.

Entry thresholds are 0.25, 0.50 and 0.75, where the index is 40, 60 and 80.
"""

from __future__ import annotations

from datetime import date

import numpy as np
import pandas as pd
import pytest

from monitor.risk.assess import Assessed
from monitor.risk.counterfactual import Leads, eased, levers, standing_of
from monitor.risk.framework import TRACK_IDS
from monitor.risk.lowering import lowering
from monitor.risk.structure import allowed
from tests.small_world import Row, each_month, each_year, look, small_framework
from tests.whole_world import World, bundled, shipped

DAY = date(2021, 3, 1)
FRAMEWORK = small_framework()


def killed(total: float) -> list[Row]:
    return each_month("x.killed", "AAA", "2020-01", [0.0] * 11 + [total])


def world_of(*, rights: float, income: float, killings: float, past: float | None) -> Assessed:
    rows: list[Row] = [("x.rights", "AAA", "2020", rights), ("x.income", "AAA", "2020", income), *killed(killings)]
    return look([*rows, *([("x.past", "AAA", "2020", past)] if past is not None else [])], DAY)


def found(seen: Assessed, track: str = "conflict") -> pd.DataFrame:
    level = {str(t): int(result.level[0]) for t, result in seen.tracks.items()}
    return levers(seen, {"AAA": Leads(track, level[track])}, FRAMEWORK)


def test_each_raising_measure_at_the_middle_and_all_before_it_together() -> None:
    """No past on record: RF1 alone, 1.1 the mean of rights and income, 1.2 killings; weights 0.25, 0.25 and 0.5."""
    seen = world_of(rights=0.0, income=0.75, killings=100, past=None)
    assert seen.tracks["conflict"].score[0] == 0.9375  # (mean of 1 and 0.75, and 1)
    table = found(seen)
    assert table["measure"].tolist() == ["killings", "rights", "income"]
    assert table["order"].tolist() == [1, 2, 3]
    # killings: -0.25 -> 0.6875; rights: -0.125 -> 0.8125; income: -0.0625 -> 0.875
    assert table["index_if"].tolist() == [75.0, 85.0, 90.0]
    # together: 0.6875, 0.5625, 0.5
    assert table["cumulative_index"].tolist() == [75.0, 65.0, 60.0]
    assert table["level_if_cumulative"].tolist() == ["elevated", "elevated", "elevated"]


def test_what_holds_down_or_is_typical_or_unseen_is_no_lever() -> None:
    seen = look([("x.rights", "AAA", "2020", 0.0), ("x.income", "AAA", "2020", 0.5), ("x.past", "AAA", "2020", 0.0)], DAY)
    assert found(seen)["measure"].tolist() == ["rights"]


def test_a_fact_of_the_past_is_no_lever() -> None:
    seen = world_of(rights=0.0, income=1.0, killings=0, past=1)
    assert seen.readings.lasting[seen.readings.measures.index("past"), 0]
    assert set(found(seen)["measure"]) == {"rights", "income"}


def test_outside_conflict_no_killing_is_a_lever() -> None:
    seen = world_of(rights=0.0, income=1.0, killings=100, past=None)
    assert set(found(seen, "outside_conflict")["measure"]) == {"rights", "income"}
    assert levers(seen, {}, FRAMEWORK).empty


@pytest.mark.parametrize(
    ("score", "stands", "level", "with_signal"),
    [
        (0.74, 3, 3, 3),  # high begins at 0.75 and ends at 0.70
        (0.70, 3, 3, 3),
        (0.69, 3, 2, 3),
        (0.74, 2, 2, 3),  # what is not high does not stay so; with a signal it is
        (0.47, 3, 2, 3),  # from high it eases past elevated only below 0.45
        (0.44, 3, 1, 2),
        (0.10, 3, 0, 1),
    ],
)
def test_a_level_ends_lower_than_it_begins(score: float, stands: int, level: int, with_signal: int) -> None:
    track = FRAMEWORK.tracks["conflict"].model_copy(update={"exit": (0.2, 0.45, 0.7)})
    quiet = np.array([False])
    assert eased(np.array([[score]]), track, quiet, np.array([stands])).tolist() == [[level]]
    assert eased(np.array([[score]]), track, ~quiet, np.array([stands])).tolist() == [[with_signal]]


def test_reweighting_is_exact_whatever_is_missing() -> None:
    """Move one reading of the shipped framework to a score of 0.5 and assess anew: the index is the one that was worked out."""
    world: World = shipped()
    panel = bundled()
    day = date(2026, 6, 1)
    countries = ("CMR", "MMR", "PRK", "SDN", "VEN")
    cube = world.cube(panel, countries)
    seen = world.assess(cube, day)
    leading = {c: Leads(TRACK_IDS[seen.headline[n]], 3) for n, c in enumerate(seen.countries) if seen.headline[n] >= 0}
    table = levers(seen, leading, world.framework)
    place = {m: n for n, m in enumerate(seen.readings.measures)}
    assert set(table["iso3"]) == set(leading)
    for row in table.itertuples():
        at, c = place[row.measure], seen.countries.index(row.iso3)
        moved = seen.readings.score.copy()
        moved[at, c] = 0.5
        assert _index(world, row.track, moved[:, c], seen, c) == pytest.approx(row.index_if, abs=1e-9)


def _index(world: World, track: str, score: np.ndarray, seen: Assessed, c: int) -> float:
    """Return the index from scores by the rule in words: mean of measures, of indicators, of factors; missing left out."""
    place, measures, factors = {m: n for n, m in enumerate(seen.readings.measures)}, world.framework.measure, []
    for factor in world.framework.factors:
        indicators = []
        for indicator in factor.indicators:
            if not world.framework.in_track(indicator, track):
                continue
            names = allowed(world.framework, track, indicator, world.deaths)
            known = [n for n in names if not np.isnan(score[place[n]])]
            used = [score[place[n]] for n in known if measures[n].stands_in_for not in known]
            indicators += [np.mean(used)] if used else []
        factors += [np.mean(indicators)] if indicators else []
    entry = world.framework.tracks[track].entry
    return float(np.interp(np.mean(factors), (0, *entry, 1), (0, 40, 60, 80, 100)))


# ----------------------------------------------------------------------------------------------------------- in a sentence


def sentence(seen: Assessed, *, held: bool = False, headline: str = "conflict", level: str = "") -> dict[str, object]:
    track = seen.tracks["conflict"]
    stands = level or FRAMEWORK.levels[track.level[0]].id
    row = {"iso3": "AAA", "headline": headline, "index": track.index[0], "conflict_level": stands, "conflict_held": held}
    said = pd.DataFrame([row])
    return lowering(said, levers(seen, standing_of(said, FRAMEWORK), FRAMEWORK), seen, FRAMEWORK).iloc[0].to_dict()


def test_the_fewest_that_together_are_enough_are_named() -> None:
    said = sentence(world_of(rights=0.0, income=0.75, killings=100, past=None))
    assert (said["needed"], said["of"], said["level"], said["level_if"], said["index_if"]) == (1, 3, "high", "elevated", 75.0)
    assert said["line"] == (
        "Less of this would lower it: killings. With it at the middle of its scale the index would be 75.0 of 100: "
        "elevated instead of high, after 1 fresh period that says so."
    )


def test_several_are_named_where_one_is_not_enough() -> None:
    said = sentence(world_of(rights=0.0, income=0.0, killings=100, past=1))
    # 0.5 x 1 + 0.25 x 1 + 0.125 x 1 + 0.125 x 0 = 0.875; without killings 0.75 (still high), without rights as well 0.6875
    assert (said["needed"], said["of"], said["index_if"]) == (2, 2, 75.0)
    assert said["line"] == (
        "Less of this would lower it: killings and rights. With these 2 at the middle of their scales the index would "
        "be 75.0 of 100: "
        "elevated instead of high, after 1 fresh period that says so. What lies in the past stays as it is: past."
    )


def test_where_all_of_them_are_not_enough_it_says_so() -> None:
    said = sentence(world_of(rights=0.5, income=1.0, killings=50, past=1))
    # 0.5 + 0.25 x 0.5 + 0.125 x 0.5 + 0.125 = 0.8125; with income in the middle 0.75: still high
    assert pd.isna(said["needed"])
    assert said["line"] == (
        "Less of this would lower it: income. Even with it at the middle of its scale it would stay high (index 80.0 "
        "of 100). What lies "
        "in the past stays as it is: past."
    )


def test_a_signal_that_holds_is_counted_throughout() -> None:
    rows: list[Row] = [*each_year("x.rights", "AAA", 2017, [1, 1, 1, 0]), ("x.income", "AAA", "2020", 0.5), *killed(0)]
    seen = look(rows, DAY)
    # 0.5 x mean(1, 0.5) + 0.5 x 0 = 0.375: watch, raised to elevated by the fall of rights
    assert (seen.tracks["conflict"].base[0], seen.tracks["conflict"].level[0]) == (1, 2)
    said = sentence(seen)
    # rights in the middle: 0.25, still watch and so elevated
    assert pd.isna(said["needed"])
    assert "it would stay elevated (index 40.0 of 100)" in str(said["line"])
    assert "A signal of change that holds is counted throughout: it raises a level by one." in str(said["line"])


def test_nothing_is_lower_than_baseline_and_a_held_level_cannot_be_worked_out() -> None:
    assert sentence(world_of(rights=1.0, income=0.6, killings=0, past=None))["line"] == ""
    held = sentence(world_of(rights=0.0, income=0.75, killings=100, past=None), held=True)
    assert "Held at high" in str(held["line"])
    assert pd.isna(held["needed"])


def test_a_level_above_what_todays_figures_keep_says_so_and_names_no_measure() -> None:
    said = sentence(world_of(rights=0.5, income=0.5, killings=60, past=None), level="high")
    assert said["line"] == "Today's figures already say less than high, which ends after 1 fresh period in a row that do."
    assert pd.isna(said["needed"])


def test_a_country_without_a_headline_has_no_sentence() -> None:
    said = sentence(world_of(rights=0.0, income=0.75, killings=100, past=None), headline="")
    assert (said["track"], said["line"], said["of"]) == ("", "", 0)
