"""The forecast of today: calibrated by what a backtest left, with reasons that add up, and a card that says what it is worth."""

from __future__ import annotations

import json
from functools import cache
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from monitor import track_record
from monitor.foresight.backtest import Backtest, backtest
from monitor.foresight.card import model_card
from monitor.foresight.kept import NEVER_SCORED, Kept
from monitor.foresight.prepare import prepare
from monitor.foresight.today import COLUMNS, forecasts
from monitor.foresight.walk import one_by_one
from tests.conftest import CONFIG
from tests.foresight_world import KILLED, LAST, LISTED, ONGOING, panel, world


@cache
def made() -> Backtest:
    there = world()
    return backtest(there, prepare(there, panel(), LAST), (2008, LAST), run=one_by_one, tell=lambda _: None)


@cache
def today() -> dict[str, pd.DataFrame]:
    return forecasts(world(), panel(), made().kept, LAST)


def of(frame: pd.DataFrame, target: str, track: str) -> pd.DataFrame:
    return frame[(frame["target"] == target) & (frame["track"] == track)].sort_values("iso3").reset_index(drop=True)


def test_the_forecast_of_today_is_the_one_that_the_backtest_makes_of_the_same_year() -> None:
    ours = of(today()["forecasts"], "mass_killing", "headline")
    past = made().forecasts["mass_killing"]
    past = past[(past["year_from"] == LAST) & (past["track"] == "headline")].sort_values("iso3").reset_index(drop=True)
    assert list(ours["iso3"]) == list(past["iso3"])
    for column in ("risk", "low", "high"):
        np.testing.assert_allclose(ours[column], past[column], atol=1e-5)


def test_every_row_has_an_interval_and_a_place_inside_its_own() -> None:
    found = today()["forecasts"]
    assert tuple(found.columns) == COLUMNS
    assert ((found["low"] <= found["risk"]) & (found["risk"] <= found["high"])).all()
    listed = found[found["at_risk"]]
    assert ((listed["rank_low"] <= listed["rank"]) & (listed["rank"] <= listed["rank_high"])).all()
    assert found.loc[~found["at_risk"], "rank"].isna().all()
    for _, part in listed.groupby(["target", "horizon", "track"]):
        assert sorted(part["rank"]) == list(range(1, len(part) + 1))
    assert (found["first_year"] == LAST + 1).all()
    assert found["calibrated"].all()


def test_without_a_backtest_it_says_that_it_is_not_calibrated() -> None:
    found = forecasts(world(), panel(), None, LAST)
    assert not found["forecasts"]["calibrated"].any()
    assert set(found["forecasts"]["why"]) == {NEVER_SCORED}
    assert found["forecast_scores"].empty


def test_the_reasons_of_a_country_add_up_to_its_forecast() -> None:
    why = today()["forecast_reasons"]
    for target in why["target"].unique():
        mine = why[why["target"] == target]
        added = mine.groupby("iso3")["log_odds"].sum()
        whole = mine.groupby("iso3")[["typical", "total"]].first()
        np.testing.assert_allclose(whole["typical"] + added, whole["total"], atol=1e-9)
        risk = of(today()["forecasts"], target, "headline").set_index("iso3")["risk"]
        np.testing.assert_allclose(1 / (1 + np.exp(-whole["total"])), risk.loc[whole.index], atol=1e-6)


def test_of_an_additive_model_every_reason_is_exact() -> None:
    """A logit alone: the reason of a series is its own step from the typical country, whatever the order."""
    plan = world(candidates=[{"id": "logit", "family": "logit", "strength": 0.1, "mixing": 0.5}])
    done = backtest(plan, prepare(plan, panel(), LAST), (2012, LAST), run=one_by_one, tell=lambda _: None)
    used = [line.model_copy(update={"used": "ensemble"}) for line in done.kept.lines]
    kept = done.kept.model_copy(update={"lines": tuple(used)})
    one, other = (forecasts(plan, panel(), kept, LAST)["forecast_reasons"] for _ in range(2))
    pd.testing.assert_frame_equal(one, other)
    rights = one[one["feature"] == "rights"].sort_values("value")
    known = rights.dropna(subset="value")
    assert known["log_odds"].corr(known["value"]) < -0.8  # poorer rights, higher odds; its change over three years is the rest


def test_where_killing_is_under_way_an_onset_is_not_what_is_to_be_expected() -> None:
    loud = panel().copy()
    loud.loc[(loud["series"] == KILLED) & (loud["iso3"] == "C03") & (loud["end"].dt.year == LAST), "value"] = 500.0
    found = forecasts(world(), loud, None, LAST)["forecasts"]
    counted = of(found, "one_sided", "headline").set_index("iso3")["at_risk"]
    assert not counted["C03"]
    assert of(found, "mass_killing", "headline")["at_risk"].all()  # the project counts a new one there too


def test_without_a_list_of_mass_killings_only_one_sided_violence_is_forecast() -> None:
    bare = panel()[~panel()["series"].isin([LISTED, ONGOING])]
    found = forecasts(world(), bare, None, LAST)
    assert set(found["forecasts"]["target"]) == {"one_sided"}


def test_what_a_backtest_leaves_is_read_again_as_it_was_and_only_for_its_own_policy(tmp_path: Path) -> None:
    kept = made().kept.model_copy(update={"policy": "abc"})
    path = track_record.save(tmp_path, kept)
    assert track_record.load(tmp_path, "abc") == Kept.model_validate(json.loads(path.read_text(encoding="utf-8")))
    assert track_record.load(tmp_path, "another") is None
    path.write_text("{", encoding="utf-8")
    assert track_record.load(tmp_path, "abc") is None


def test_the_bundled_backtest_was_made_with_the_shipped_policy() -> None:
    """If not: run `monitor backtest` on the bundled figures and put its kept.json there."""
    from monitor.settings import load_foresight, load_sources

    policy = load_foresight(CONFIG, load_sources(CONFIG))
    bundled = Kept.model_validate(json.loads(track_record.BUNDLED.read_text(encoding="utf-8")))
    assert bundled.policy == policy.hash
    assert {line.target for line in bundled.lines} == {"one_sided"}  # the list of mass killings is never bundled
    assert {line.horizon for line in bundled.lines} == set(policy.horizons)


def test_the_card_says_what_is_forecast_how_good_it_was_and_what_it_is_not_for() -> None:
    words = model_card(world(), made().kept, None)
    for part in ("Onset of a mass killing", "At risk:", "Model that sees no death counts", "outside conflict", "Reliability"):
        assert part in words
    for part in ("What it must not be used for", "not what was known then", "Largest misses"):
        assert part in words
    assert "nan" not in words
    assert "Not scored" in model_card(world(), None, None)


def test_the_card_lists_the_labels_that_were_set_aside() -> None:
    aside = pd.DataFrame({"row": [3], "text": ["Atlantis, 2001"], "reason": ["no country is called 'Atlantis'"]})
    assert "- Atlantis, 2001: no country is called 'Atlantis'" in model_card(world(), made().kept, aside)


@pytest.mark.parametrize("split", ["inside conflict", "outside conflict", "first-ever", "repeat"])
def test_scores_are_there_for_every_split_beside_the_benchmarks(split: str) -> None:
    found = made().scores
    mine = found[(found["target"] == "mass_killing") & (found["split"] == split) & (found["score"] == "auc")]
    assert {"headline", "outside_conflict", "checklist"} <= set(mine["track"])
    whole = found[(found["target"] == "mass_killing") & (found["split"] == "all")]
    assert made().kept.first == 2008
    assert "Early Warning Project, its own forecasts, 1994-2024" in set(whole["track"])
