"""The public ledger: what was published cannot be changed unseen, and a killed run leaves ledger and snapshot in agreement."""

from __future__ import annotations

import json
import shutil
import signal
import sqlite3
import subprocess
import sys
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import pytest

from monitor.public_ledger import agree, prove, prove_home
from monitor.storage.ledger import START, Draft, Entry, broken, hash_of, missing, one_line, sealed
from monitor.storage.snapshot import Snapshot
from monitor.storage.store import FILE, Store
from tests.conftest import FIXTURES, ROOT, run_monitor
from tests.ledger_world import NOW, STEPS, publish


def draft(n: int, said: str = "watch") -> Draft:
    return Draft("assessment", f"r{n}", f"2026-11-{n:02}", f"2026-11-{n:02}T12:00:00.000000Z", one_line({"AAA": said}))


def chain(n: int = 4) -> list[Entry]:
    return sealed([draft(k) for k in range(1, n + 1)], None)


# ------------------------------------------------------------------------------------------------------------ the chain


def test_an_entry_is_the_hash_of_seven_lines_that_anyone_can_work_out() -> None:
    """By hand: printf '%s\\n...' | sha256sum, with no line feed at the end."""
    import hashlib

    first = chain()[0]
    lines = [START, "1", "assessment", "r1", "2026-11-01", "2026-11-01T12:00:00.000000Z", '{"AAA":"watch"}']
    assert first.sha256 == hashlib.sha256("\n".join(lines).encode()).hexdigest()
    assert chain()[1].previous == first.sha256


def test_a_whole_chain_is_whole_and_its_roots_are_in_it() -> None:
    entries = chain()
    assert broken(entries) == ""
    assert all(missing(entries, e.sha256) == "" for e in entries)
    assert broken([]) == ""


FIELDS = {"number": 9, "kind": "forecast", "run_id": "r9", "as_of": "2020-01-01", "said": "x", "body": '{"AAA":"high"}'}


@pytest.mark.parametrize("field", FIELDS)
def test_a_changed_field_is_found_and_the_entry_named(field: str) -> None:
    entries = chain()
    entries[1] = replace(entries[1], **{field: FIELDS[field]})
    assert broken(entries).startswith("entry 9 (" if field == "number" else "entry 2 (")


def test_an_entry_written_anew_with_its_own_hash_is_found_at_the_next() -> None:
    entries = chain()
    other = draft(2, "high")
    entries[1] = replace(entries[1], body=other.body, sha256=hash_of(2, other, entries[1].previous))
    assert broken(entries).startswith("entry 3 (")


@pytest.mark.parametrize(
    "change",
    [
        pytest.param(lambda e: [e[0], e[2], e[1], e[3]], id="two exchanged"),
        pytest.param(lambda e: [e[0], e[2], e[3]], id="one taken out"),
        pytest.param(lambda e: e[1:], id="the first taken out"),
        pytest.param(lambda e: [e[0], e[0], *e[1:]], id="one put in twice"),
    ],
)
def test_an_entry_moved_taken_out_or_put_in_is_found(change: Callable[[list[Entry]], list[Entry]]) -> None:
    assert broken(change(chain())) != ""


def test_what_was_cut_off_the_end_shows_against_a_root_noted_down() -> None:
    entries = chain()
    noted = entries[-1].sha256
    assert broken(entries[:-1]) == ""  # by itself a shorter chain is a chain
    assert "was cut short or written anew" in missing(entries[:-1], noted)
    assert prove(entries[:-1], noted).problems
    assert not prove(entries, noted).problems


def test_a_ledger_written_anew_from_the_start_is_not_the_one_that_was_noted_down() -> None:
    forged = sealed([draft(1, "high"), *(draft(k) for k in (2, 3, 4))], None)
    assert broken(forged) == ""
    assert missing(forged, chain()[-1].sha256)


# ------------------------------------------------------------------------------------------------------------- in a home


@pytest.fixture
def home(tmp_path: Path) -> Path:
    for n in (1, 2, 3):
        publish(tmp_path, f"r{n}")
    return tmp_path


def spoil(home: Path, *statements: str) -> None:
    """Change the record behind the program's back."""
    with sqlite3.connect(home / FILE) as connection:
        connection.execute("DROP TRIGGER ledger_no_update")
        connection.execute("DROP TRIGGER ledger_no_delete")
        for statement in statements:
            connection.execute(statement)


def problems(home: Path, root: str = "") -> list[str]:
    return list(prove_home(home, Store(home), root).problems)


def test_every_run_is_entered_and_the_forecast_only_when_it_is_another(home: Path) -> None:
    publish(home, "r4", key="another", risk=0.5)
    entries = Store(home).ledger()
    first = [("forecast", "r1"), ("assessment", "r1"), ("assessment", "r2"), ("assessment", "r3")]
    assert [(e.kind, e.run_id) for e in entries] == [*first, ("forecast", "r4"), ("assessment", "r4")]
    entered = {e.number: e.content for e in entries}
    assert [entered[n]["forecast"] for n in (2, 3, 4, 6)] == [entries[0].sha256] * 3 + [entries[4].sha256]
    assert problems(home) == []


def test_an_entry_says_what_was_said_and_what_stands_behind_it(home: Path) -> None:
    forecast, assessment = (e.content for e in Store(home).ledger()[:2])
    assert assessment["countries"]["AAA"] == ["watch", "onset risk", 1, "watch", 41, "baseline", None]  # cut, and never zero
    assert forecast["blocks"][0]["countries"] == {"AAA": [0.125, 0.0625, 0.25, 1, 1, 2, True]}  # BBB has none
    for content in (forecast, assessment):
        assert {"snapshot", "record", "program", "code", "framework", "config"} <= set(content)
    assert (forecast["key"], forecast["made_of"]) == ("k", {"figures": "f"})
    assert len(assessment["manifest"]) == 64


def test_the_manifest_names_the_root_that_its_run_stands_under(home: Path) -> None:
    entries = Store(home).ledger()
    assert Snapshot.open(home).manifest["ledger"] == {"entries": 4, "root": entries[-1].sha256}


def test_the_same_run_again_is_not_entered_again(home: Path) -> None:
    publish(home, "r3")
    assert len(Store(home).ledger()) == 4
    assert problems(home) == []


@pytest.mark.parametrize(
    ("statement", "named"),
    [
        ("""UPDATE ledger SET body = replace(body, '"watch"', '"baseline"') WHERE number = 3""", "entry 3 ("),
        ("UPDATE ledger SET said = '2020-01-01T00:00:00.000000Z' WHERE number = 1", "entry 1 ("),
        ("DELETE FROM ledger WHERE number = 2", "entry 3 ("),
        ("DELETE FROM ledger WHERE number = 1", "entry 2 ("),
        ("DELETE FROM ledger WHERE number = 4", "were cut off its end"),
        ("DELETE FROM ledger", "were cut off its end"),
    ],
    ids=["a level lowered", "a time changed", "one taken out", "the first taken out", "the last cut off", "all of it"],
)
def test_a_record_tampered_with_is_found_and_the_first_broken_entry_named(home: Path, statement: str, named: str) -> None:
    spoil(home, statement)
    assert named in problems(home)[0]


def test_two_entries_exchanged_are_found(home: Path) -> None:
    spoil(
        home,
        "UPDATE ledger SET number = 99 WHERE number = 2",
        "UPDATE ledger SET number = 2 WHERE number = 3",
        "UPDATE ledger SET number = 3 WHERE number = 99",
    )
    assert problems(home)[0].startswith("entry 2 (")


def test_the_record_itself_refuses_to_change_an_entry(home: Path) -> None:
    with sqlite3.connect(home / FILE) as connection, pytest.raises(sqlite3.IntegrityError, match="append-only"):
        connection.execute("UPDATE ledger SET kind = 'lost'")


def test_a_published_run_that_was_changed_is_not_what_was_entered(home: Path) -> None:
    path = home / "published" / "r2" / "manifest.json"
    content = json.loads(path.read_text())
    path.write_text(json.dumps({**content, "as_of": "2020-01-01"}))
    assert "the published run r2 is not what entry 3" in problems(home)[0]


def test_a_published_table_that_was_changed_is_not_what_was_entered(home: Path) -> None:
    (home / "published" / "r3" / "assessments.parquet").write_bytes(b"other")
    assert "the published run r3 is not what entry 4" in problems(home)[0]


def test_a_ledger_of_another_record_names_a_root_that_this_one_never_had(home: Path) -> None:
    other = Draft("assessment", "r9", "2026-11-20", "2026-11-20T13:00:00.000000Z", one_line({"record": "f" * 64}))
    Store(home).append_to_ledger([other], seen=NOW)
    assert "the record never had the root that it names" in problems(home)[0]


def test_the_check_of_the_whole_record_sees_a_broken_ledger_too(home: Path) -> None:
    assert Store(home).verify() == []
    spoil(home, "UPDATE ledger SET as_of = '2020-01-01' WHERE number = 2")
    assert Store(home).verify()[0].startswith("entry 2 (")


def test_a_record_of_an_older_program_gets_an_empty_ledger_that_begins_with_the_next_run(tmp_path: Path) -> None:
    with sqlite3.connect(tmp_path / FILE) as connection:
        connection.executescript((FIXTURES / "record" / "version-1.sql").read_text(encoding="utf-8"))
    assert Store(tmp_path).ledger() == []
    assert prove_home(tmp_path, Store(tmp_path)).notes == ["the ledger is empty: it begins with the next `monitor run`"]
    publish(tmp_path, "r1")
    assert problems(tmp_path) == []


# ------------------------------------------------------------------------------------------------------ killed at a step

ENTERED = ("after it is entered", "after the pointer moved", "after all of it")


@pytest.mark.parametrize("step", STEPS)
@pytest.mark.parametrize("first", [True, False], ids=["the first run", "a later run"])
def test_a_run_killed_at_any_step_leaves_ledger_and_snapshot_in_agreement(tmp_path: Path, step: str, first: bool) -> None:
    if not first:
        publish(tmp_path, "r1")
    before = len(Store(tmp_path).ledger())
    done = subprocess.run(
        [sys.executable, "-m", "tests.ledger_world", str(tmp_path), "r2", step], cwd=ROOT, check=False, timeout=60
    )
    assert done.returncode == -signal.SIGKILL

    # as it lies there: what is shown was entered, nothing is broken, and nothing is entered by halves
    store = Store(tmp_path)
    entered = {e.run_id for e in store.ledger()}
    shown = (tmp_path / "published" / "current").read_text() if (tmp_path / "published" / "current").exists() else ""
    assert shown in (entered if shown else {""})
    assert prove_home(tmp_path, store).problems == []
    assert ("r2" in entered) == (step in ENTERED)
    assert len(store.ledger()) - before in (0, 2 if first else 1)

    # the next run makes them agree first, and is entered after
    with store.writing():
        agree(tmp_path, store, NOW)
    assert Snapshot.open(tmp_path).run_id == "r2" if step in ENTERED else shown == ("" if first else "r1")
    publish(tmp_path, "r3")
    assert Snapshot.open(tmp_path).run_id == "r3"
    proof = prove_home(tmp_path, Store(tmp_path))
    never = step in ("before it is entered", "while it is entered", "after it is in its place")
    said = ["run r2 was written and neither entered nor shown, because the program was stopped"] if never else []
    assert (proof.problems, proof.notes) == ([], said)
    assert Snapshot.open(tmp_path).manifest["ledger"]["root"] == proof.root


def killed_after_it_was_entered(home: Path) -> Store:
    publish(home, "r1")
    subprocess.run([sys.executable, "-m", "tests.ledger_world", str(home), "r2", "after it is entered"], cwd=ROOT, check=False)
    return Store(home)


def test_until_then_the_check_says_that_a_run_is_entered_and_not_shown(tmp_path: Path) -> None:
    proof = prove_home(tmp_path, killed_after_it_was_entered(tmp_path))
    assert proof.problems == []
    assert "run r2 was entered and is not shown yet" in proof.notes[0]


@pytest.mark.parametrize("damage", ["gone", "spoilt"])
def test_a_run_that_was_entered_and_whose_snapshot_is_not_to_be_had_is_said_to_be_lost(tmp_path: Path, damage: str) -> None:
    store = killed_after_it_was_entered(tmp_path)
    folder = tmp_path / "published" / "r2"
    shutil.rmtree(folder) if damage == "gone" else (folder / "forecasts.parquet").write_bytes(b"spoilt")
    with store.writing():
        assert "the ledger says so now" in agree(tmp_path, store, NOW)
        assert agree(tmp_path, store, NOW) == ""  # once
    assert (store.ledger()[-1].kind, store.ledger()[-1].run_id) == ("lost", "r2")
    assert Snapshot.open(tmp_path).run_id == "r1"
    if damage == "gone":
        assert problems(tmp_path) == []
        assert prove_home(tmp_path, store).notes == [
            "entry 4 (lost, run r2): entry 3 was never shown: its snapshot is not there, or not whole"
        ]


def test_a_ledger_that_was_cut_says_so_for_good_before_anything_else_is_entered(home: Path) -> None:
    """Or restored from an older copy: the next run does not cover it up."""
    root = Store(home).ledger()[-1].sha256
    spoil(home, "DELETE FROM ledger WHERE number = 4")
    assert "were cut off its end" in problems(home)[0]
    publish(home, "r4")
    publish(home, "r5")
    entries = Store(home).ledger()
    assert [(e.kind, e.run_id) for e in entries[3:]] == [("lost", "r3"), ("assessment", "r4"), ("assessment", "r5")]
    assert (entries[3].content["entries"], entries[3].content["root"]) == (4, root)
    proof = prove_home(home, Store(home))
    assert proof.problems == []  # the chain as it is now is whole
    assert proof.notes == [
        "entry 4 (lost, run r3): it was shown, and is not in this ledger, which was cut or restored from an older copy"
    ]
    assert "cut short or written anew" in problems(home, root)[0]


def test_a_run_of_a_program_that_knew_no_ledger_is_not_taken_back(tmp_path: Path) -> None:
    from monitor.storage import snapshot
    from tests.ledger_world import manifest, tables

    store = publish(tmp_path, "r1")
    later = {**manifest("r2"), "made_at": "2026-12-01T00:00:00Z"}
    snapshot.publish(tmp_path, tables(), later, "r2")
    with store.writing():
        assert agree(tmp_path, store, datetime(2026, 12, 2, tzinfo=UTC)) == ""
    assert Snapshot.open(tmp_path).run_id == "r2"
    assert "published by a program that knew no ledger" in " ".join(prove_home(tmp_path, store).notes)


# ------------------------------------------------------------------------------------------------------------- the verbs


def test_the_verb_proves_the_ledger_and_prints_its_root(home: Path, tmp_path_factory: pytest.TempPathFactory) -> None:
    root = Store(home).ledger()[-1].sha256
    done = run_monitor("ledger", "verify", "--root", root, home=home)
    assert done.returncode == 0, done.stderr
    assert "The ledger is whole: 4 entries." in done.stdout
    assert f"Root: {root}" in done.stdout
    assert json.loads(run_monitor("ledger", "verify", "--json", home=home).stdout)["root"] == root
    strange = run_monitor("ledger", "verify", "--root", "f" * 64, home=home)
    assert strange.returncode == 5
    assert "cut short or written anew" in strange.stdout
    assert "Example: monitor ledger verify" in run_monitor("ledger", "verify", "--help", home=home).stdout

    copy = tmp_path_factory.mktemp("copy") / "ledger.json"
    copy.write_text(run_monitor("ledger", "list", "--json", home=home).stdout)
    elsewhere = tmp_path_factory.mktemp("elsewhere")
    assert run_monitor("ledger", "verify", "--copy", str(copy), "--root", root, home=elsewhere).returncode == 0
    content = json.loads(copy.read_text())
    content["entries"][2]["body"] = content["entries"][2]["body"].replace("watch", "baseline")
    copy.write_text(json.dumps(content))
    tampered = run_monitor("ledger", "verify", "--copy", str(copy), home=elsewhere)
    assert tampered.returncode == 5
    assert "entry 3 (assessment, run r2) is not what was recorded" in " ".join(tampered.stdout.split())
    copy.write_text("{}")
    assert run_monitor("ledger", "verify", "--copy", str(copy), home=elsewhere).returncode == 2


def test_the_list_names_every_entry_and_the_root(home: Path) -> None:
    done = run_monitor("ledger", "list", home=home)
    assert done.returncode == 0, done.stderr
    assert "2 countries, 0 high, 0 elevated; framework 01234567" in done.stdout
    assert "4 of 4 entries. Root: " in done.stdout
    only = run_monitor("ledger", "list", "--kind", "forecast", home=home)
    assert "1 of 4 entries" in only.stdout
    assert run_monitor("ledger", "list", "--kind", "forecasts", home=home).returncode == 2
