"""The track record page: what was scored, where it failed, and the ledger; nothing that the kept tables do not say."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
from streamlit.testing.v1 import AppTest

from dashboard import track_words
from dashboard.data import JOINER
from dashboard.reliability import SMALLEST, reliability
from monitor import track_record
from monitor.foresight.kept import Kept
from monitor.storage.snapshot import publish
from tests.published import RUN_ID, made_manifest, made_tables, publish_made
from tests.test_dashboard import DASHBOARD
from tests.test_dashboard_forecast import made
from tests.test_forecast_said import ABOUT, row

HASH = "ab" * 32


def scores(split: str = "all", track: str = "headline", **values: float) -> list[dict[str, Any]]:
    """Return the rows of one forecast in one split; each score has an interval a tenth to each side."""
    given = {
        "auc": 0.88,
        "average_precision": 0.09,
        "brier_skill": 0.05,
        "found_in_top_30": 44.0,
        "false_alarms_a_year_at_30": 28.6,
    }
    return [
        {"target": "t", "horizon": 1, "track": track, "split": split, "score": name, "value": value, "low": value - 0.1}
        | {"high": value + 0.1, "country_years": 5681, "onsets": 59}
        for name, value in {**given, **values}.items()
    ]


CASE = {"year": 2011, "iso3": "SYR", "country": "Syria", "rank": 44, "best": 44, "risk": 0.0047, "conflict": 0.0, "ever": 0.0}
CASE |= {"visible": "civilians killed in one-sided violence: 0; battle deaths: no figure", "target": "t", "horizon": 1}
BIN = {
    "from": 0.01,
    "to": 0.02,
    "country_years": 555,
    "mean_risk": 0.014,
    "onsets": 8,
    "observed": 0.0144,
    "low": 0.008,
    "high": 0.026,
}


def past(*more: dict[str, Any]) -> dict[str, pd.DataFrame]:
    every = [*scores(), *scores("outside conflict", auc=0.8), *scores(track="checklist", auc=0.81), *more]
    alarm = {**CASE, "iso3": "SDN", "country": "Sudan", "rank": 1, "risk": 0.33, "followed": 2003.0}
    return {
        "forecast_scores": pd.DataFrame(every),
        "forecast_calibration": pd.DataFrame([{**BIN, "target": "t", "horizon": 1}]),
        "forecast_misses": pd.DataFrame([CASE]),
        "forecast_alarms": pd.DataFrame([alarm, {**alarm, "country": "Chad", "followed": np.nan}]),
    }


def ledger(resolved: int = 0) -> dict[str, pd.DataFrame]:
    entry = {
        "number": 1,
        "kind": "forecast",
        "run_id": "r1",
        "as_of": "2026-01-01",
        "said": "2026-01-01T06:07:08.000000Z",
        "sha256": HASH,
    }
    told = {
        "entry": 1,
        "resolved": resolved,
        "onsets": 2 if resolved else 0,
        "expected": 1.5 if resolved else np.nan,
        "last_year": 2026,
    }
    return {
        "ledger": pd.DataFrame([entry]),
        "ledger_forecasts": pd.DataFrame([told]),
        "ledger_scores": pd.DataFrame(columns=["target", "horizon", "track", "split", "score"]),
    }


def page(home: Path, monkeypatch: pytest.MonkeyPatch, tables: dict[str, pd.DataFrame], broken: str = "") -> AppTest:
    about = {"forecast": ABOUT, "ledger": {"entries": 3, "root": "cd" * 32}}
    about |= {"ledger_before": {"entries": 1, "root": HASH, "broken": broken}}
    publish(home, {**made_tables(), **made(row()), **tables}, {**made_manifest(), **about}, RUN_ID)
    return opened(home, monkeypatch)


def opened(home: Path, monkeypatch: pytest.MonkeyPatch) -> AppTest:
    monkeypatch.setenv("MONITOR_HOME", str(home))
    found = AppTest.from_file(str(DASHBOARD / "app.py"), default_timeout=60).run().switch_page("views/track_record.py").run()
    assert not found.exception
    return found


def text(test: AppTest) -> str:
    parts = [e.value for kind in ("title", "header", "markdown", "caption", "error") for e in test.get(kind)]
    parts += [" | ".join([*t.value.columns, *map(str, t.value.to_numpy().ravel())]) for t in test.table]
    return "\n".join(map(str, parts)).replace("\\", "").replace(JOINER, "")


def test_the_page_shows_scores_with_intervals_beside_the_benchmark_and_in_every_split(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    said = text(page(tmp_path, monkeypatch, past() | ledger()))
    assert "**Onset of made-up violence**, outcomes of 1994 to 2024" in said
    assert "0.880 (0.780 to 0.980)" in said
    assert "Checklist (benchmark) | 59 | 44 of 59 | 0.810" in said
    assert "Outside conflict the year before | 59 | 44 of 59 | 0.800" in said
    assert "44 of 59" in said
    assert "not what was known then" in said


def test_misses_and_false_alarms_say_what_was_visible_and_what_came_later(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    said = text(page(tmp_path, monkeypatch, past() | ledger()))
    seen = "civilians killed in one-sided violence: 0; battle deaths: no figure; had not happened before"
    assert f"- Syria, 2011: place 44 at best; said 0.47 %  \n  :gray[:small[{seen}]]" in said
    assert f"- Sudan, 2011: place 1; said 33 %; next onset: 2003  \n  :gray[:small[{seen}]]" in said
    assert "- Chad, 2011: place 1; said 33 %; next onset: none known" in said


def test_the_calibration_is_drawn_and_stands_in_figures_beside_it(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    found = page(tmp_path, monkeypatch, past() | ledger())
    assert "1.00 % to 2.00 % | 555 | 1.40 % | 8 | 1.44 % (0.80 % to 2.60 %)" in text(found)
    assert len(found.get("vega_lite_chart")) == 1


def test_what_came_of_real_forecasts_starts_empty_and_says_so(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    said = text(page(tmp_path, monkeypatch, past() | ledger()))
    assert "1 forecast is in the ledger, and nothing is resolved yet. The first of their years closes with 2026." in said


@pytest.mark.parametrize(
    ("forecasts", "entered", "said"),
    [
        (pd.DataFrame(), 0, "No forecast was in the ledger yet"),
        (pd.DataFrame(), 2, "2 forecasts are in the ledger, and nothing is resolved yet."),
        (ledger(180)["ledger_forecasts"], 1, "180 forecasts of a country are resolved, with 2 onsets; 1.5 were expected."),
    ],
)
def test_what_came_of_them_in_a_sentence(forecasts: pd.DataFrame, entered: int, said: str) -> None:
    assert track_words.resolved_said(forecasts, entered).startswith(said)


def test_the_ledger_shows_its_root_and_its_newest_entries(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    said = text(page(tmp_path, monkeypatch, past() | ledger()))
    assert "The chain of 1 entries was whole when this run was published." in said
    assert f"With this run it holds 3 entries, under the root {'cd' * 32}." in said
    assert f"1 | forecast | 1 Jan 2026 | 1 Jan 2026, 06:07 | {HASH[:16]}" in said


def test_a_broken_chain_is_an_error_on_the_page(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    found = page(tmp_path, monkeypatch, past() | ledger(), broken="entry 1 (forecast, run r1) is not what was recorded")
    assert [e.value.replace("\\", "") for e in found.error] == [
        "The chain was broken when this run was published: entry 1 (forecast, run r1) is not what was recorded."
    ]


def test_a_run_of_an_older_program_has_no_track_record_and_says_so(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    publish_made(tmp_path)
    assert "a program that kept no track record" in text(opened(tmp_path, monkeypatch))


def test_without_a_backtest_nothing_is_scored(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    empty = {name: frame.iloc[:0] for name, frame in past().items()}
    said = text(page(tmp_path, monkeypatch, empty | ledger()))
    assert "No backtest was made with this policy, so nothing is scored." in said
    assert "0.880" not in said


def test_a_published_forecast_of_others_stands_beside_ours_without_what_it_does_not_say() -> None:
    theirs = [{**scores()[0], "track": "Another's", "low": np.nan, "high": np.nan, "country_years": np.nan, "onsets": np.nan}]
    found = track_words.tracks_table(pd.DataFrame([*scores(), *theirs])).iloc[1]
    assert found.to_dict() == {
        "Forecast": "Another's", "Country-years": "–", "Onsets": "–", "AUC": "0.880", "Average precision": "–",
        "Brier skill": "–", "Found in the top 30": "–", "False alarms a year, top 30": "–",
    }  # fmt: skip


def test_a_bin_in_which_none_came_is_drawn_at_the_edge_and_not_left_out() -> None:
    rows = pd.DataFrame([BIN, {**BIN, "mean_risk": 0.001, "onsets": 0, "observed": 0.0, "low": 0.0}])
    data = next(v for v in reliability(rows).to_dict()["datasets"].values() if "n" in v[0])
    assert [point["told"] for point in data] == ["555, 8 with an onset", "555, 0 with an onset"]
    assert data[1]["came"] == data[1]["low"] == SMALLEST


def test_the_bundled_track_record_keeps_ten_misses_and_ten_false_alarms_with_what_was_visible() -> None:
    """If not: run `monitor backtest` on the bundled figures and put its kept.json there."""
    kept = Kept.model_validate(json.loads(track_record.BUNDLED.read_text(encoding="utf-8")))
    for name in ("misses", "alarms"):
        frame = kept.table(name)
        assert frame.groupby("horizon").size().to_dict() == {1: 10, 2: 10}
        assert frame["visible"].str.contains("civilians killed in one-sided violence: ").all()
    assert (kept.table("alarms")["rank"].astype(int) <= 30).all()
    assert (kept.table("misses")["best"].astype(int) > 30).all()
