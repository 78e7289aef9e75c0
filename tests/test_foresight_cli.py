"""`monitor backtest` on a small policy: files, JSON, and what an outsider's own list does."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import pandas as pd
import pytest

from monitor.foresight.record import FORECASTS
from monitor.settings import read_yaml
from tests.conftest import CONFIG, run_monitor

QUICK = {
    "walk_from": 2011,
    "horizons": [1],
    "draws": 20,
    "candidates": [{"id": "boosted", "family": "boosted", "rounds": 5, "leaves": 3, "rate": 0.1, "smallest_leaf": 20}],
}
YEARS = ("--from", "2013", "--to", "2014")


@pytest.fixture(scope="module")
def config(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return the shipped config with a policy of the forecasts that is fitted in seconds."""
    folder = tmp_path_factory.mktemp("config") / "config"
    shutil.copytree(CONFIG, folder)
    (folder / "foresight.yaml").write_text(json.dumps(read_yaml(CONFIG / "foresight.yaml") | QUICK), encoding="utf-8")
    return folder


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("home")


def test_a_backtest_from_the_starter_is_of_one_sided_violence_and_says_so(home: Path, config: Path, tmp_path: Path) -> None:
    done = run_monitor("backtest", *YEARS, "--out", str(tmp_path), home=home, MONITOR_CONFIG=str(config))
    assert done.returncode == 0, done.stderr
    words = " ".join(done.stdout.split())
    assert "Onset of large-scale one-sided violence" in words
    assert "Mass killings were not scored" in words
    assert "today's vintages, assumed release lags" in words
    frame = pd.read_csv(tmp_path / "forecasts.csv")
    assert tuple(frame.columns) == FORECASTS
    assert sorted(frame["year_from"].unique()) == [2011, 2012, 2013, 2014]
    head = frame[frame["track"] == "headline"]
    assert head["gwcode"].notna().mean() > 0.97  # Palestine has no number in the state system
    assert head.groupby("year_from")["iso3"].nunique().min() > 190
    scores = pd.read_csv(tmp_path / "scores.csv")
    assert {"auc", "average_precision", "brier_skill", "recall_at_30", "precision_at_10"} <= set(scores["score"])
    assert {"all", "inside conflict", "outside conflict", "first-ever", "repeat", "by governments"} <= set(scores["split"])


def test_an_outsiders_list_that_runs_past_what_is_bundled_is_learnt_from_and_scored(
    home: Path, config: Path, tmp_path: Path
) -> None:
    mine = tmp_path / "mine.csv"
    onsets = [(c, 1992 + n) for n, c in enumerate(["Sudan", "Iraq", "Burundi", "Rwanda", "Angola", "Nigeria"] * 3)]
    late = [("South Sudan", 2013), ("Nigeria", 2014), ("Nigeria", 2014), ("Atlantis", 2014)]
    mine.write_text("country,year\n" + "".join(f"{c},{y}\n" for c, y in onsets + late), encoding="utf-8")
    done = run_monitor("backtest", *YEARS, "--labels", str(mine), "--json", home=home, MONITOR_CONFIG=str(config))
    assert done.returncode == 0, done.stderr
    said = json.loads(done.stdout)
    assert said["target"] == "mass_killing"
    assert [row["text"] for row in said["set_aside"]] == ["Nigeria, 2014", "Atlantis, 2014"]
    whole = [s for s in said["scores"] if s["target"] == "mass_killing" and s["split"] == "all" and s["track"] == "headline"]
    assert next(s["onsets"] for s in whole if s["score"] == "auc") == 2


def test_our_own_forecasts_against_ourselves_score_the_same(home: Path, config: Path, tmp_path: Path) -> None:
    first = run_monitor("backtest", *YEARS, "--out", str(tmp_path), home=home, MONITOR_CONFIG=str(config))
    assert first.returncode == 0, first.stderr
    again = run_monitor(
        *("backtest", *YEARS, "--against", str(tmp_path / "forecasts.csv"), "--json"), home=home, MONITOR_CONFIG=str(config)
    )
    assert again.returncode == 0, again.stderr
    found = {s["track"]: s["value"] for s in json.loads(again.stdout)["scores"] if s["split"] == "all" and s["score"] == "auc"}
    assert found["forecasts.csv"] == pytest.approx(found["headline"], abs=1e-4)


def test_the_forecast_says_how_many_of_a_hundred_and_why(home: Path, config: Path) -> None:
    """On the small policy, which no backtest was made with unless one of the tests above left it: either is said."""
    listed = run_monitor("forecast", home=home, MONITOR_CONFIG=str(config))
    assert listed.returncode == 0, listed.stderr
    words = " ".join(listed.stdout.split())
    assert "Onset of large-scale one-sided violence in " in words
    assert "even of the highest, most see none" in words
    assert "Used: the " in words
    one = run_monitor("forecast", "Sudan", home=home, MONITOR_CONFIG=str(config))
    assert "of 100 such country-years" in " ".join(one.stdout.split()), one.stderr


def test_as_json_every_country_has_its_interval(home: Path, config: Path) -> None:
    done = run_monitor("forecast", "--json", home=home, MONITOR_CONFIG=str(config))
    assert done.returncode == 0, done.stderr
    rows = json.loads(done.stdout)["forecasts"]
    assert len({r["iso3"] for r in rows if r["track"] == "headline"}) > 190
    assert all(0 < r["low"] <= r["risk"] <= r["high"] < 1 for r in rows)


def test_the_model_card_needs_no_figures(home: Path) -> None:
    done = run_monitor("forecast", "--card", home=home)
    assert done.returncode == 0, done.stderr
    assert "# Model card: foresight" in done.stdout
    assert "Largest misses" in done.stdout  # of the bundled backtest


@pytest.mark.parametrize(
    ("words", "says"),
    [
        (("--from", "2014", "--to", "2013"), "lies before"),
        (("--labels", "nowhere.csv"), "nowhere.csv"),
        (("--from", "1066"), "--from"),
    ],
)
def test_a_mistake_is_one_plain_line(words: tuple[str, ...], says: str, home: Path) -> None:
    done = run_monitor("backtest", *words, home=home)
    assert done.returncode == 2
    assert says in done.stderr
    assert "Traceback" not in done.stderr
