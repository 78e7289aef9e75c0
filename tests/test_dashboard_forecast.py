"""The forecast on the pages: odds with their interval, beside the framework, nothing where nothing is known."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
from streamlit.testing.v1 import AppTest

from dashboard import forecast_words
from monitor.storage.snapshot import publish
from tests.published import RUN_ID, made_manifest, made_tables, publish_made
from tests.test_dashboard import DASHBOARD
from tests.test_forecast_said import ABOUT, NOT_AT_RISK, ODDS, UNKNOWN, row

HOSTILE = "![p](https://t.example/p.png) <b>x</b>"
LOOK = "They answer different questions"


def made(*rows: dict[str, Any], state: str = "no clear difference", title: str = "Made-up harm") -> dict[str, pd.DataFrame]:
    """Return the tables of a forecast; the framework is said to stand so beside it."""
    countries = sorted({r["iso3"] for r in rows})
    why = {"target": "t", "horizon": 1, "unit": "deaths", "typical": -5.0, "total": -2.0}
    reasons = [
        {"iso3": c, **why, "feature": "harm", "title": title, "value": 111.0, "log_odds": 0.8, "times_odds": 2.22}
        for c in countries
    ] + [
        {
            "iso3": c,
            **why,
            "feature": "rest",
            "title": "All other series together",
            "value": np.nan,
            "log_odds": 0.1,
            "times_odds": 1.1,
        }
        for c in countries
    ]
    beside = [{"iso3": c, "target": "t", "state": state, "line": f"Forecast: place 3. {LOOK}."} for c in countries]
    tables = {"forecasts": rows, "forecast_reasons": reasons, "forecast_beside": beside}
    return {name: pd.DataFrame(list(lines)) for name, lines in tables.items()}


def page(
    home: Path, monkeypatch: pytest.MonkeyPatch, name: str, tables: dict[str, pd.DataFrame], about: dict[str, Any] = ABOUT
) -> AppTest:
    publish(home, {**made_tables(), **tables}, {**made_manifest(), "forecast": about}, RUN_ID)
    return opened(home, monkeypatch, name)


def opened(home: Path, monkeypatch: pytest.MonkeyPatch, name: str) -> AppTest:
    monkeypatch.setenv("MONITOR_HOME", str(home))
    test = AppTest.from_file(str(DASHBOARD / "app.py"), default_timeout=60)
    test.query_params["iso3"] = "CMR"
    found = test.run() if name == "overview" else test.run().switch_page(f"views/{name}.py").run()
    assert not found.exception
    return found


def text(test: AppTest) -> str:
    """Return what a page says, without the backslashes that keep it plain."""
    parts = [e.value for kind in ("markdown", "caption", "info", "header") for e in test.get(kind)]
    parts += [t.value.to_string() for t in test.table]
    return "\n".join(str(p) for p in parts).replace("\\", "")


WHOLE = (row(), row(horizon=2), row(track="outside_conflict"))


def test_a_country_shows_its_odds_by_horizon_and_model_with_interval_and_place(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    said = text(page(tmp_path, monkeypatch, "country", made(*WHOLE)))
    assert f"**Onset of made-up violence in 2026**: {ODDS}." in said
    assert "Made on 1 Jan 2026 from figures to the end of 2025; calibrated on forecasts of 1994 to 2024" in said
    assert "2026 to 2027" in said
    assert "seeing no counts of deaths" in said
    assert "5.5 to 22" in said
    assert "Even of the highest, most see none." in said


def test_a_difference_from_the_framework_is_set_apart(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    differs = page(tmp_path, monkeypatch, "country", made(*WHOLE, state="forecast higher"))
    assert any(LOOK in e.value for e in differs.info)


@pytest.mark.parametrize("one", [NOT_AT_RISK, UNKNOWN], ids=["not at risk", "unknown"])
def test_where_there_are_no_odds_none_are_shown(one: dict[str, Any], tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    found = page(tmp_path, monkeypatch, "country", made(one))
    assert one["said"] in text(found)
    assert "5.5 to 22" not in text(found)


def test_a_run_that_could_make_none_says_why(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    empty = {name: frame.iloc[:0] for name, frame in made(*WHOLE).items()}
    for name in ("country", "overview"):
        about = {**ABOUT, "state": "none", "why": "nothing to go by"}
        said = text(page(tmp_path / name, monkeypatch, name, empty, about))
        assert "No forecast could be made: nothing to go by." in said


def test_a_run_of_an_older_program_shows_no_forecast(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    publish_made(tmp_path)
    for name in ("country", "overview"):
        assert "orecast" not in text(opened(tmp_path, monkeypatch, name)).replace("not a forecast", "")


def test_the_overview_lists_the_highest_with_the_framework_beside_each(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    rows = (*WHOLE, row("KEN", rank=1, of_100=14.4, country="Kenya"), {**NOT_AT_RISK, "iso3": "MMR"})
    said = text(page(tmp_path, monkeypatch, "overview", made(*rows, state="framework higher")))
    assert "Highest forecast odds" in said
    assert "Higher by the framework (3): Cameroon, Kenya and Myanmar." in said


def test_the_highest_come_by_place_and_only_those_at_risk() -> None:
    rows = (*WHOLE, row("KEN", rank=1, of_100=0.4, country="Kenya"), {**NOT_AT_RISK, "iso3": "MMR"})
    tables = made(*rows)
    found = forecast_words.highest(tables["forecasts"], tables["forecast_beside"], made_tables()["assessments"], "t")
    assert found["Country"].tolist() == ["Kenya", "Cameroon"]
    assert found["Of 100 such"].tolist() == ["fewer than 1 (5.5 to 22)", "11 (5.5 to 22)"]
    assert found["Framework"].tolist() == ["● watch", "▲ high"]
    apart = made(*rows, state="forecast higher")["forecast_beside"]
    found = forecast_words.highest(tables["forecasts"], apart, made_tables()["assessments"], "t")
    assert found["Framework"].tolist() == ["● watch; they differ", "▲ high; they differ"]


def test_titles_of_others_stay_text(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    found = page(tmp_path, monkeypatch, "country", made(*WHOLE, title=HOSTILE))
    assert not any("![p](https" in t.value.to_string() for t in found.table)
