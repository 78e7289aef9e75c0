"""The evidence board: every factor and indicator, and what is known of each; `monitor explain` prints it."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pandas as pd
import pytest

from monitor.risk.beside import TABLES
from monitor.risk.board import About, board
from monitor.storage.snapshot import Snapshot
from tests.conftest import run_monitor
from tests.whole_world import shipped

NEEDED = ("assessments", "factors", "indicators", "readings", "drivers", "signals", "sources", "series", *TABLES)


@pytest.fixture(scope="module")
def tables(published_home: Path) -> dict[str, pd.DataFrame]:
    snapshot = Snapshot.open(published_home)
    return {name: snapshot.table(name) for name in NEEDED}


@pytest.fixture(scope="module")
def about(published_home: Path) -> About:
    return About.published(Snapshot.open(published_home).manifest)


@pytest.fixture(scope="module")
def cameroon(tables: dict[str, pd.DataFrame], about: About) -> dict[str, Any]:
    return board("CMR", tables, about)


def by_id(found: dict[str, Any]) -> dict[str, dict[str, Any]]:
    return {i["indicator"]: i for f in found["factors"] for i in f["indicators"]}


def test_all_fourteen_factors_and_all_indicators_are_on_the_board(cameroon: dict[str, Any]) -> None:
    framework = shipped().framework
    assert [f["factor"] for f in cameroon["factors"]] == [f.id for f in framework.factors]
    assert list(by_id(cameroon)) == [i.id for _, i in framework.indicators()]
    assert len(by_id(cameroon)) == sum(cameroon["counts"].values()) == 141


def test_each_indicator_has_a_reading_or_says_why_it_has_none(cameroon: dict[str, Any]) -> None:
    for name, one in by_id(cameroon).items():
        usable = [r for r in one["readings"] if r["counts"]]
        assert (one["state"] == "read") == bool(usable), name
        assert (one["state"] == "read") == any(s is not None for s in one["scores"].values()), name
        if one["state"] == "no connected series":
            assert one["not_connected"], name
            assert not one["readings"], name
        if one["state"] in ("missing", "context only"):
            assert one["readings"], name
        if one["state"] == "not assessed":
            assert not one["readings"], name  # only a person can answer


def test_a_reading_carries_value_unit_period_source_validity_freshness_and_its_document(cameroon: dict[str, Any]) -> None:
    reading = next(r for r in by_id(cameroon)["12.9"]["readings"] if r["measure"] == "one_sided_deaths")
    assert (reading["unit"], reading["validity"], reading["counts"]) == ("deaths", "high", True)
    assert reading["value"] == 130  # bundled figures: 11 months known, March 2025 to February 2026
    assert (reading["start"], reading["end"], reading["known"]) == ("2025-03-01", "2026-02-28", 11)
    assert reading["freshness"] in ("fresh", "stale")
    assert reading["source"].startswith("UCDP Georeferenced Event Dataset")
    assert len(reading["document"]) == 64


def test_the_same_reading_has_the_validity_of_each_indicator_that_it_is_evidence_for(cameroon: dict[str, Any]) -> None:
    found = by_id(cameroon)
    validity = {i: next(r for r in found[i]["readings"] if r["measure"] == "one_sided_deaths") for i in ("11.1", "2.1", "11.8")}
    assert {i: (r["validity"], r["counts"]) for i, r in validity.items()} == {
        "11.1": ("high", True),
        "2.1": ("medium", True),
        "11.8": ("low", False),  # context: shown, never scored
    }


def test_factors_stand_under_their_crime(cameroon: dict[str, Any]) -> None:
    assert {c["crime"]: c["factors"] for c in cameroon["crimes"]} == {
        "common": [f"RF{n}" for n in range(1, 9)],
        "genocide": ["RF9", "RF10"],
        "crimes_against_humanity": ["RF11", "RF12"],
        "war_crimes": ["RF13", "RF14"],
    }


def test_a_factor_has_score_coverage_and_thinness_in_both_tracks(
    cameroon: dict[str, Any], tables: dict[str, pd.DataFrame]
) -> None:
    mine = tables["factors"].query("iso3 == 'CMR'").set_index(["factor", "track"])
    for factor in cameroon["factors"]:
        for track, said in factor["tracks"].items():
            row = mine.loc[(factor["factor"], track)]
            assert (said["covered"], said["core"], said["thin"]) == (row["covered"], row["core"], row["thin"])
            assert said["score"] == (None if pd.isna(row["score"]) else row["score"])


def test_both_views_list_their_indicators_with_what_is_known(cameroon: dict[str, Any]) -> None:
    views = {v["view"]: v for v in cameroon["views"]}
    assert list(views) == ["ethnic_cleansing", "sexual_violence"]
    for view in views.values():
        assert view["meaning"]
        assert [i["state"] for i in view["indicators"]] == [by_id(cameroon)[i["indicator"]]["state"] for i in view["indicators"]]


def test_the_board_is_json_without_a_missing_number_that_reads_as_one(tables: dict[str, pd.DataFrame], about: About) -> None:
    for iso3 in ("CMR", "PSE", "TUV", "PRK"):  # Palestine and Tuvalu have hardly a figure
        text = json.dumps(board(iso3, tables, about), allow_nan=False)
        assert "NaN" not in text
    empty = board("TUV", tables, about)
    assert empty["index"] is None
    assert empty["gap"]["atrocity_rank"] is None
    assert empty["would_lower"]["line"] == ""


def test_one_factor_can_be_asked_for(tables: dict[str, pd.DataFrame], about: About) -> None:
    found = board("CMR", tables, about, factor="RF10")
    assert [f["factor"] for f in found["factors"]] == ["RF10"]
    assert len(found["factors"][0]["indicators"]) == 8
    assert sum(found["counts"].values()) == 141


# -------------------------------------------------------------------------------------------------------------- judgements


def judgements(**changes: Any) -> pd.DataFrame:
    one = {
        "iso3": "CMR", "indicator": "9.2", "answer": "weak_signs", "rank": 1, "direction": "stable", "confidence": "low",
        "summary": "Made up for a test.", "allegation": True, "sources": '[{"title": "T", "url": "https://e.org", "date": ""}]',
        "source_count": 1, "observed_from": "", "observed_to": "", "role": "analyst", "second_reader": "",
        "entered": "2026-10-01T12:00:00Z", "expires": "2027-10-01", "state": "stands",
    }  # fmt: skip
    return pd.DataFrame([one | changes])


def judged(tables: dict[str, pd.DataFrame], about: About, rows: pd.DataFrame, indicator: str) -> dict[str, Any]:
    return by_id(board("CMR", {**tables, "judgements": rows}, about))[indicator]


def test_a_standing_judgement_answers_where_no_series_can(tables: dict[str, pd.DataFrame], about: About) -> None:
    one = judged(tables, about, judgements(), "9.2")
    assert one["state"] == "judged"
    assert (one["judgement"]["answer"], one["judgement"]["sources"][0]["title"]) == ("weak_signs", "T")
    assert one["scores"] == {"conflict": None, "outside_conflict": None}  # it stands apart from the data


def test_an_expired_judgement_fades_to_not_assessed(tables: dict[str, pd.DataFrame], about: About) -> None:
    one = judged(tables, about, judgements(state="expired"), "9.2")
    assert one["state"] == "not assessed"
    assert one["judgement"]["state"] == "expired"


def test_a_judgement_that_was_replaced_is_not_shown_and_the_standing_one_wins(
    tables: dict[str, pd.DataFrame], about: About
) -> None:
    rows = pd.concat([
        judgements(answer="strong_signs", state="replaced", entered="2026-11-01T12:00:00Z"),
        judgements(),
        judgements(answer="clear_signs", state="expired", entered="2026-11-02T12:00:00Z"),
    ])  # fmt: skip
    assert judged(tables, about, rows, "9.2")["judgement"]["answer"] == "weak_signs"


def test_a_judgement_beside_a_reading_leaves_the_reading_what_it_is(tables: dict[str, pd.DataFrame], about: About) -> None:
    one = judged(tables, about, judgements(indicator="9.1"), "9.1")
    assert one["state"] == "read"
    assert one["judgement"] is not None


def test_without_a_table_of_judgements_nothing_is_judged(cameroon: dict[str, Any]) -> None:
    assert {i["judgement"] for i in by_id(cameroon).values()} == {None}


# ------------------------------------------------------------------------------------------------------------ the command


def test_explain_prints_the_whole_board(published_home: Path) -> None:
    done = run_monitor("explain", "Cameroon", home=published_home)
    assert done.returncode == 0, done.stderr
    said = done.stdout
    for words in ("COMMON TO ALL ATROCITY CRIMES", "GENOCIDE", "CRIMES AGAINST HUMANITY", "WAR CRIMES", "ETHNIC CLEANSING",
                  "CONFLICT-RELATED SEXUAL VIOLENCE", "During conflict", "Atrocity-only signs", "would lower it", "Held down by",
                  "not assessed (only a person can answer)", "no connected series", "Of 141 indicators"):  # fmt: skip
        assert words in said, words
    for _, indicator in shipped().framework.indicators():
        assert f"  {indicator.id} {indicator.text[:40]}" in said


def test_explain_as_json_is_the_board(published_home: Path, cameroon: dict[str, Any]) -> None:
    done = run_monitor("explain", "CMR", "--json", home=published_home)
    found = json.loads(done.stdout)
    assert found.pop("forecast")[0].startswith("Forecast of onset of ")  # beside the board, which knows no forecast
    assert found == json.loads(json.dumps(cameroon))


def test_explain_narrows_to_a_factor_and_names_the_nearest(published_home: Path) -> None:
    done = run_monitor("explain", "CMR", "--factor", "rf9", home=published_home)
    assert "RF9 " in done.stdout
    assert "1.1 " not in done.stdout
    wrong = run_monitor("explain", "CMR", "--factor", "RF15", home=published_home)
    assert wrong.returncode == 2
    assert "'RF" in wrong.stderr


def test_a_past_day_says_that_it_is_not_what_was_known_then(published_home: Path) -> None:
    done = run_monitor("explain", "MMR", "--as-of", "2016-06-30", "--json", home=published_home)
    found = json.loads(done.stdout)
    assert found["as_of"] == "2016-06-30"
    assert found["basis"] == "today's vintages, assumed release lags: not what was known then"
    ends = [r["end"] for i in by_id(found).values() for r in i["readings"] if r["end"]]
    assert max(ends) <= "2016-06-30"
    assert found["phase"]["until"] <= "2016-06-30"


def test_a_day_to_come_is_refused(published_home: Path) -> None:
    coming = f"{datetime.now(UTC).year + 2}-01-01"
    done = run_monitor("explain", "MMR", "--as-of", coming, home=published_home)
    assert done.returncode == 2
    assert "has not come yet" in done.stderr


def test_explain_before_the_first_run_says_what_to_do(tmp_path: Path) -> None:
    done = run_monitor("explain", "MMR", home=tmp_path)
    assert done.returncode == 5
    assert "monitor run" in done.stderr
