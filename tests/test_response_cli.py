"""`monitor response` as a person uses it: the real program in a process of its own."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import pytest

from monitor import starter
from monitor.responding import BUNDLED
from tests.conftest import run_monitor


@pytest.fixture
def home(tmp_path: Path, published_home: Path) -> Path:
    """Return a home with a published run and no response record yet."""
    shutil.copytree(published_home / "published", tmp_path / "published")
    shutil.copy(published_home / "record.sqlite", tmp_path)
    return tmp_path


def test_help_has_an_example(tmp_path: Path) -> None:
    done = run_monitor("response", "--help", home=tmp_path)
    assert "Example: monitor response CMR" in " ".join(done.stdout.split())


def test_with_nothing_collected_the_card_shows_the_lists_and_says_what_is_not_held(home: Path) -> None:
    done = run_monitor("response", "Burma", "--json", home=home)
    assert done.returncode == 0, done.stderr
    said = json.loads(done.stdout)
    rows = {r["id"]: r for r in said["rows"]}
    assert (said["country"], said["profile"]) == ("MMR", "United Kingdom")
    assert said["level"] in ("watch", "elevated", "high")
    assert rows["priority"]["text"] == "named as one of the FCDO's 32 human rights priority countries"
    assert rows["sanctions"]["text"].startswith("Myanmar (SI 2021/496): arms embargo")
    assert rows["penholder"]["state"] == "found"
    assert rows["groups"]["text"] == "All-Party Parliamentary Group on Burma"
    assert {rows[r]["text"] for r in ("questions", "advice", "designations", "licences")} == {"not collected yet"}
    assert said["bundled"] == ["asylum_decisions"]
    assert rows["asylum"]["text"].startswith("2025: ")
    assert {r["state"] for r in said["clock"]["rows"]} == {"not collected yet"}
    assert {r["office"] for r in said["ownership"]} >= {"unknown: the public record read so far does not say"}
    plain = run_monitor("response", "MMR", home=home).stdout
    assert "not collected yet" in plain
    assert "did nothing" not in plain


def test_without_questions_there_is_no_gap_and_it_says_what_to_do(home: Path) -> None:
    assert "monitor response --collect" in run_monitor("response", home=home).stdout


def test_a_month_without_collecting_is_refused(tmp_path: Path) -> None:
    assert run_monitor("response", "--month", "2024-01", home=tmp_path).returncode == 2


def test_only_what_the_profile_bundles_is_bundled_and_the_main_starter_does_not_hold_it() -> None:
    assert [card.source for card in starter.cards(BUNDLED)] == ["asylum_decisions"]
    assert "asylum_decisions" not in [card.source for card in starter.cards()]


def test_the_main_run_never_opens_the_response_record(published_home: Path) -> None:
    assert not (published_home / "response").exists()


@pytest.mark.upstream
def test_collected_from_the_replay_the_card_has_the_asylum_decisions_and_the_gap_both_ranks(home: Path, upstream: str) -> None:
    """The replay holds three questions that name a country, and pages of travel advice that its own index does not list."""
    done = run_monitor("response", "--collect", "--month", "2024-01", "--mirror", upstream, "--json", home=home)
    assert done.returncode == 3, done.stderr
    status = {r["source"]: r["status"] for r in json.loads(done.stdout)["runs"]}
    assert status == {
        "uk_written_questions": "new",
        "uk_travel_advice": "refused",
        "uk_sanctions_list": "new",
        "asylum_decisions": "unchanged",  # the bundled figures are those of the replay
    }
    said = json.loads(run_monitor("response", "CMR", "--json", home=home).stdout)
    rows = {r["id"]: r for r in said["rows"]}
    assert rows["asylum"]["text"].startswith("2025: 564 refugee status, 26 other protection, 528 refused")
    assert rows["asylum"]["share"] == pytest.approx(590 / 1118, abs=1e-4)
    assert rows["questions"]["text"].startswith("Jan 2024: 0 asked")
    assert rows["advice"]["text"] == "not collected yet"
    found = json.loads(run_monitor("response", "--json", home=home).stdout)
    ukraine = next(r for r in found["gap"] if r["iso3"] == "UKR")
    assert (ukraine["asked"], ukraine["attention_rank"]) == (1, 2)  # with Afghanistan and Israel: the mean of ranks 1, 2, 3
    assert found["via"] == upstream
