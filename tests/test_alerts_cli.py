"""Alerts as a person meets them: `monitor alerts` and its verbs, and what a run records and publishes."""

from __future__ import annotations

import json
import shutil
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import pytest

from monitor.alerts.said import Approval, Said
from monitor.pipeline import Monitor
from monitor.settings import Settings, load_config, write_measured
from monitor.storage.snapshot import Snapshot
from monitor.storage.store import Store
from tests.conftest import CONFIG, run_monitor


def said(home: Path, *words: str) -> str:
    done = run_monitor("alerts", *words, home=home)
    assert done.returncode == 0, done.stderr
    return " ".join(done.stdout.split())


@pytest.fixture
def home(published_home: Path, tmp_path: Path) -> Path:
    """Return a home of its own with one run made in it."""
    return Path(shutil.copytree(published_home, tmp_path / "home"))


def run_again(home: Path, days: int) -> Snapshot:
    """Make a run so many days after the one that is there."""
    day = date.fromisoformat(Snapshot.open(home).manifest["as_of"]) + timedelta(days=days)
    noon = datetime(day.year, day.month, day.day, 12, tzinfo=UTC)
    Monitor(Settings(home=home, config=CONFIG), load_config(CONFIG), Store(home), lambda: noon).run(day, collect=False)
    return Snapshot.open(home)


@pytest.fixture(scope="module")
def again(published_home: Path, tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Snapshot]:
    """Return a home in which a second run found Sudan where nothing was remembered of it, and what that run published."""
    home = Path(shutil.copytree(published_home, tmp_path_factory.mktemp("again") / "home"))
    whole = Store(home).said()
    forgotten = {key: memory for key, memory in whole.memory.items() if key[:2] != ("SDN", "level")}
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(Store, "said", lambda _: Said(forgotten, whole.silences))
        return home, run_again(home, 1)


def test_a_first_run_notes_what_is_there_and_says_nothing(published_home: Path) -> None:
    snapshot = Snapshot.open(published_home)
    assert snapshot.manifest["alerts"]["first_look"] is True
    assert snapshot.table("alerts").empty
    assert snapshot.manifest["alerts"]["held_back"] == {"first look": len(snapshot.table("flags"))}
    assert len(Store(published_home).said().memory) > 50
    text = said(published_home)
    assert "First look under this framework: everything was noted, and nothing is said" in text
    assert "Nothing was said." in text


def test_flags_are_published_for_readers_and_silence_is_among_them(published_home: Path) -> None:
    flags = Snapshot.open(published_home).table("flags")
    assert {"level", "trigger", "under_way", "silence"} <= set(flags["kind"])
    assert (flags["grade"] > 0).all()
    sources = Snapshot.open(published_home).table("sources")
    unseen = sources[sources["enabled"] & (sources["state"] != "ok")]
    assert set(flags.loc[flags["iso3"] == "", "subject"]) == set(unseen["source"])


def test_a_second_run_says_what_is_new_and_a_third_does_not_say_it_again(again: tuple[Path, Snapshot]) -> None:
    home, second = again
    first = second.table("alerts")
    assert set(first["iso3"]) == {"SDN"}
    assert set(first["reason"]) == {"new"}
    assert first["immediate"].any()
    assert first["name"].unique().tolist() == ["Sudan"]
    third = run_again(Path(shutil.copytree(home, home.with_name("third"))), 1)
    assert third.manifest["alerts"]["said"] == {}
    assert set(third.table("alerts")["id"]) == set(first["id"])  # the ledger keeps them


def test_what_may_not_wait_is_approved_once_by_a_role(again: tuple[Path, Snapshot]) -> None:
    home, second = again
    number = second.table("alerts").query("immediate")["id"].iloc[0]
    assert "waits for approval" in said(home)
    refused = run_monitor("alerts", "approve", number, "--role", "Ann Example", home=home)
    assert (refused.returncode, "never the name of a person" in refused.stderr) == (2, True)
    said(home, "approve", number, "--role", "analyst")
    (act,) = Store(home).acts()
    assert isinstance(act, Approval)
    assert (act.alert, act.role) == (number, "analyst")
    unknown = run_monitor("alerts", "approve", "0" * 16, "--role", "analyst", home=home)
    assert (unknown.returncode, "no alert has the number" in unknown.stderr) == (2, True)


def test_a_silence_has_a_role_a_reason_and_an_end_and_can_be_lifted(home: Path) -> None:
    until = f"{datetime.now(UTC).date() + timedelta(days=20)}"
    assert "No silence stands." in said(home, "silence")
    given = (
        "silence",
        "Cameroon",
        "--kind",
        "trigger",
        "--role",
        "analyst",
        "--reason",
        "Figures under review",
        "--until",
        until,
    )
    text = said(home, *given)
    assert "CMR: trigger, until" in text
    assert "by analyst: Figures under review" in text
    (silence,) = json.loads(run_monitor("alerts", "silence", "--json", home=home).stdout)["silences"]
    assert "No silence stands." in said(home, "silence", "--lift", silence["id"], "--role", "analyst", "--reason", "Reviewed")


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (("--reason", "x", "--until", "2099-01-01"), "--role"),
        (("--role", "analyst", "--until", "2099-01-01"), "--reason: it is empty"),
        (("--role", "analyst", "--reason", "x"), "a silence without an end is none"),
        (("--role", "analyst", "--reason", "x", "--until", "2099-01-01"), "at most 30 days away"),
        (("--role", "analyst", "--reason", "x", "--until", "2020-01-01"), "not in the past"),
        (("--role", "analyst", "--reason", "x <b>x</b>", "--until", "2099-01-01"), "markup"),
        (("--role", "analyst", "--reason", "x", "--until", "2099-01-01", "--kind", "rising"), "unknown kind 'rising'"),
    ],
)
def test_a_silence_that_breaks_a_rule_is_refused(home: Path, words: tuple[str, ...], message: str) -> None:
    done = run_monitor("alerts", "silence", "CMR", *words, home=home)
    assert (done.returncode, message in done.stderr) == (2, True), done.stderr
    assert Store(home).acts() == []


def test_the_policy_is_shown_with_what_it_costs(tmp_path: Path) -> None:
    text = said(tmp_path, "policy")
    measured = load_config(CONFIG).alerts.measured
    assert measured is not None
    assert f"Expected alerts a week: {measured.alerts_a_week}" in text
    assert f"{measured.false_alarms_a_year} false alarms" in text
    assert "today's vintages, assumed release lags" in text
    assert json.loads(run_monitor("alerts", "policy", "--json", home=tmp_path).stdout)["hash"] == measured.policy


def test_what_was_measured_is_written_beside_the_policy_and_changes_no_hash(tmp_path: Path) -> None:
    folder = Path(shutil.copytree(CONFIG, tmp_path / "config"))
    before = load_config(folder).alerts
    assert before.measured is not None
    write_measured(folder, before.measured.model_copy(update={"alerts_a_week": 9.9}))
    after = load_config(folder).alerts
    assert after.measured is not None
    assert (after.hash, after.measured.alerts_a_week) == (before.hash, 9.9)
    assert (folder / "alerts.yaml").read_text(encoding="utf-8").count("measured:") == 1


def test_a_replay_of_a_year_says_what_was_said_and_what_followed(published_home: Path) -> None:
    found = json.loads(run_monitor("alerts", "replay", "--from", "2017", "--to", "2017", "--json", home=published_home).stdout)
    assert (found["measured"]["first"], found["measured"]["last"]) == (2017, 2017)
    burma = [a for a in found["alerts"] if a["iso3"] == "MMR" and a["severe"]]
    assert [(a["as_of"], a["called"], a["outcome"]) for a in burma] == [("2017-09-30", "elevated", "already")]
    assert all(a["as_of"].startswith("2017") for a in found["alerts"])


def test_the_digest_is_printed_and_written_as_files_that_say_the_same(published_home: Path, tmp_path: Path) -> None:
    printed = run_monitor("digest", "--level", "elevated", home=published_home)
    assert printed.returncode == 0, printed.stderr
    assert printed.stdout.startswith("Subject: Weekly digest 20")
    done = run_monitor("digest", "--level", "elevated", "--preview", str(tmp_path / "look"), home=published_home)
    files = {path.suffix: path for path in map(Path, done.stdout.split())}
    assert set(files) == {".html", ".txt", ".eml"}
    assert files[".txt"].read_text(encoding="utf-8").strip() in printed.stdout
    assert b"Content-Type: multipart/alternative" in files[".eml"].read_bytes()
    sudan = run_monitor("digest", "--country", "Sudan", "--json", home=published_home)
    assert "Kenya" not in json.loads(sudan.stdout)["text"].split("WHAT WE COULD NOT SEE")[0]
    wrong = run_monitor("digest", "--level", "hgih", home=published_home)
    assert (wrong.returncode, "'high'" in wrong.stderr) == (2, True)


def test_the_digest_of_real_figures_stays_below_what_a_mail_program_cuts_off(published_home: Path) -> None:
    """Gmail shows no more than 102 kB of a page."""
    found = json.loads(run_monitor("digest", "--json", home=published_home).stdout)
    assert len(found["html"].encode()) < 100_000
    assert found["text"].count("\n") > 100
    every = Snapshot.open(published_home).table("sources")["enabled"].tolist().count(True)
    assert f"What we could not see: {every} of {every} sources could not be seen as they should" in found["text"]


def test_feeds_are_written_as_files(published_home: Path, tmp_path: Path) -> None:
    done = run_monitor("alerts", "feed", "--out", str(tmp_path / "public"), home=published_home)
    assert [Path(line).name for line in done.stdout.split()] == ["alerts.atom", "alerts.json"]
    assert json.loads((tmp_path / "public" / "alerts.json").read_text(encoding="utf-8"))["items"] == []
