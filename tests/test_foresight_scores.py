"""The scores, worked out by hand."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from monitor.foresight.calibrate import CHECKLIST, MODEL, calibrate, draws_of_years
from monitor.foresight.models import log_odds
from monitor.foresight.scores import Mark, Scored, calibration, score, splits, wilson
from tests.foresight_world import NAN


def sample(**changes: list[float]) -> Scored:
    """Two years of four countries, one onset in each: it stood second, then fourth."""
    given: dict[str, list[float]] = {
        "year": [2001] * 4 + [2002] * 4,
        "risk": [0.8, 0.4, 0.2, 0.1, 0.7, 0.3, 0.15, 0.05],
        "outcome": [0, 1, 0, 0, 0, 0, 0, 1],
        "rank": [1, 2, 3, 4, 1, 2, 3, 4],
        "best": [1, 2, 3, 4, 1, 1, 3, 2],
    } | changes
    kinds = {"year": "int64", "rank": "int64", "best": "int64"}
    return Scored(**{k: np.array(v, dtype=kinds.get(k, "float64")) for k, v in given.items()})


def values(scored: Scored) -> pd.Series:
    return score(scored, [2], 50, 1).set_index("score")["value"]


def test_the_area_under_the_curve_is_the_share_of_pairs_in_the_right_order() -> None:
    """0.4 lies above 4 of 6 others without an onset, 0.05 above none: 4 of 12 pairs."""
    assert values(sample())["auc"] == pytest.approx(4 / 12)


def test_ties_count_half() -> None:
    assert values(sample(risk=[0.5] * 8))["auc"] == pytest.approx(0.5)


def test_average_precision_is_the_mean_precision_at_each_onset() -> None:
    """0.4 is third of all, with one onset in three; 0.05 is last, with two in eight."""
    assert values(sample())["average_precision"] == pytest.approx((1 / 3 + 2 / 8) / 2)


def test_an_onset_counts_as_found_on_either_list_but_precision_is_of_the_year_before() -> None:
    found = values(sample())
    assert found["found_in_top_2"] == 2  # second in 2001; fourth in 2002, but second the year before
    assert found["recall_at_2"] == 1
    assert found["precision_at_2"] == pytest.approx(1 / 4)
    assert found["false_alarms_a_year_at_2"] == pytest.approx(3 / 2)


def test_brier_skill_is_against_the_base_rate_of_the_same_rows() -> None:
    perfect = sample(risk=[0, 1, 0, 0, 0, 0, 0, 1])
    assert values(perfect)["brier"] == 0
    assert values(perfect)["brier_skill"] == 1
    assert values(sample(risk=[0.25] * 8))["brier_skill"] == pytest.approx(0)
    assert values(sample(risk=[0.5] * 8))["forecast_over_observed"] == pytest.approx(2)


def test_without_an_onset_there_is_no_score_and_no_zero_either() -> None:
    found = values(sample(outcome=[0] * 8))
    assert found[["auc", "average_precision", "brier_skill", "recall_at_2"]].isna().all()


def test_an_interval_comes_from_whole_years_and_holds_the_score_of_each() -> None:
    """In 2001 alone the onset lies above 2 of 3; in 2002 alone above none. No draw of years goes beyond these."""
    found = score(sample(), [2], 200, 3).set_index("score").loc["auc"]
    assert (found["low"], found["high"]) == pytest.approx((0, 2 / 3))


def test_rows_are_split_by_marks_and_an_unknown_mark_is_in_neither_part() -> None:
    marks = [
        Mark(np.array([1, 0, NAN, 1, 1, 1, 0, 0]), "in", "out"),
        Mark(np.array([1.0] * 8), "state", "groups", of_onsets=True),
    ]
    found = splits(sample(), marks, [1995, 2002])
    assert {name: int(rows.sum()) for name, rows in found.items()} == {
        **{"all": 8, "in": 4, "out": 3, "state": 8, "groups": 6, "1995-2001": 4, "2002-2002": 4}
    }


def test_the_calibration_table_counts_every_row_once() -> None:
    found = calibration(sample())
    assert found["country_years"].sum() == 8
    assert found["onsets"].sum() == 2
    assert ((found["low"] <= found["observed"]) & (found["observed"] <= found["high"])).all()


def test_wilsons_interval_of_none_in_ten() -> None:
    """Upper end z squared / (n + z squared), worked out by hand: 2.7057 / 12.7057."""
    assert wilson(0, 10) == pytest.approx((0, 2.70569 / 12.70569), abs=1e-4)


# --------------------------------------------------------------------------------------------------- what a score is worth


def test_with_nothing_to_learn_from_a_model_is_taken_at_its_word() -> None:
    score_, year = np.array([-4.0, -3.0]), np.array([2000, 2000])
    found = calibrate(score_, np.array([0.0, 0.0]), year, MODEL, np.zeros((1, 1)))
    np.testing.assert_allclose(log_odds(found.risk(score_))[0], score_, atol=1e-6)


def test_a_model_that_claims_too_much_is_brought_down() -> None:
    random = np.random.default_rng(0)
    truth = random.uniform(-5, -2, 4000)
    outcome = (random.random(4000) < 1 / (1 + np.exp(-truth))).astype("float64")
    claimed, year = truth + 1.0, np.repeat(np.arange(20), 200)
    found = calibrate(claimed, outcome, year, MODEL, draws_of_years(20, 30, 1))
    before, after = claimed - truth, log_odds(found.risk(claimed)[0]) - truth
    assert np.abs(after).mean() < 0.25 * np.abs(before).mean()


def test_the_checklist_is_put_on_the_base_rate() -> None:
    random = np.random.default_rng(1)
    items, year = random.random(5000), np.repeat(np.arange(25), 200)
    outcome = (random.random(5000) < 0.02).astype("float64")
    found = calibrate(items, outcome, year, CHECKLIST, draws_of_years(25, 10, 1))
    assert found.risk(items)[0].mean() == pytest.approx(outcome.mean(), rel=0.1)


def test_the_first_draw_counts_every_year_once_and_the_others_as_many_in_all() -> None:
    found = draws_of_years(6, 10, 2)
    np.testing.assert_array_equal(found[0], np.ones(6))
    np.testing.assert_array_equal(found.sum(axis=1), np.full(11, 6))
