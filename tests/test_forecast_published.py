"""What a real run on the bundled figures leaves: forecast and ledger as the verbs show them, with no work done again."""

from __future__ import annotations

import json
from pathlib import Path

import pandas as pd

from monitor.foresight.beside import ALIKE, FORECAST, FRAMEWORK, NO_FORECAST, NO_RANK, NOT_AT_RISK
from monitor.storage.snapshot import Snapshot
from tests.conftest import run_monitor


def test_every_assessed_country_has_a_forecast_for_each_horizon_and_track(published_home: Path) -> None:
    snapshot = Snapshot.open(published_home)
    forecasts, said = snapshot.table("forecasts"), snapshot.table("assessments")
    for (horizon, track), part in forecasts.groupby(["horizon", "track"]):
        assert set(said["iso3"]) <= set(part["iso3"]), (horizon, track)
        assert not part["iso3"].duplicated().any()
    known = forecasts[forecasts["risk"].notna()]
    assert ((known["low"] <= known["risk"]) & (known["risk"] <= known["high"])).all()
    assert forecasts["calibrated"].all()  # by the bundled backtest
    beside = snapshot.table("forecast_beside")
    assert beside["iso3"].tolist() == said["iso3"].tolist()
    assert set(beside["state"]) <= {ALIKE, FORECAST, FRAMEWORK, NO_FORECAST, NO_RANK, NOT_AT_RISK}


def test_the_forecast_is_no_input_of_any_level(published_home: Path) -> None:
    """Nothing that an assessment reads is a table of the forecast: where the two differ, the level stays what it was."""
    snapshot = Snapshot.open(published_home)
    beside, said = snapshot.table("forecast_beside"), snapshot.table("assessments")
    both = beside.merge(said[["iso3", "level"]], on="iso3", suffixes=("", "_said"))
    assert (both["level"] == both["level_said"]).all()
    assert (beside["state"] == FORECAST).any()
    assert not [c for c in said.columns if "forecast" in c]


def test_the_verb_takes_the_forecast_of_the_last_run_where_nothing_has_changed(published_home: Path) -> None:
    done = run_monitor("forecast", "Cameroon", "--json", home=published_home)
    assert done.returncode == 0, done.stderr
    found = json.loads(done.stdout)
    assert found["about"]["state"] == "kept"
    assert {row["iso3"] for row in found["forecasts"]} == {"CMR"}
    published = Snapshot.open(published_home).table("forecasts")
    mine = published[published["iso3"] == "CMR"]
    assert [row["said"] for row in found["forecasts"]] == mine["said"].tolist()


def test_the_run_stands_in_the_ledger_and_nothing_is_resolved_yet(published_home: Path) -> None:
    done = run_monitor("ledger", "verify", home=published_home)
    assert done.returncode == 0, done.stdout
    assert Snapshot.open(published_home).manifest["ledger"]["root"] in done.stdout
    scored = run_monitor("ledger", "score", home=published_home)
    assert scored.returncode == 0, scored.stderr
    assert "Nothing is resolved yet: the first of these years closes with" in scored.stdout
    rows = pd.DataFrame(json.loads(run_monitor("ledger", "score", "--json", home=published_home).stdout)["forecasts"])
    assert (rows["resolved"] == 0).all()
    assert rows["expected"].isna().all()  # open, and no zero
