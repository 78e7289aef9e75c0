"""Entries in the record: history as of any day, the same again, what was altered, and records made before there were any."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from datetime import UTC, date, datetime
from pathlib import Path

import pytest

from monitor.entering import enter
from monitor.risk.entry_rules import Refused
from monitor.risk.judgements import Entry
from monitor.storage import StoreError
from monitor.storage.store import Store
from tests.conftest import FIXTURES
from tests.made_entries import ONE, TWO, confirmation, judgement, made, withdrawal

ROOT_OF_VERSION_1 = "11a371bae5b2a7846a44312a446cce7e24cd15ce2099d69e1a8cf7c4c37b89b5"  # printed by the program that made it


def at(day: str) -> datetime:
    return datetime.fromisoformat(f"{day}T12:00:00Z")


@pytest.fixture
def store(tmp_path: Path) -> Store:
    """Return an empty record."""
    return Store(tmp_path / "home")


def enter_on(store: Store, day: str, *forms: dict[str, object]) -> list[bool]:
    return enter(store, [made(form, day) for form in forms], at(day))


def test_entries_come_back_as_they_were_entered_and_in_order(store: Store) -> None:
    entries = [made(judgement(), "2026-11-01"), made(confirmation(), "2026-11-02"), made(withdrawal("CMR", "5.3"), "2026-11-03")]
    for entry in entries:
        assert enter(store, [entry], entry.entered) == [True]
    assert store.entries() == entries
    assert Store(store.home).entries() == entries


@pytest.mark.parametrize(
    ("as_of", "count"),
    [(date(2026, 10, 31), 0), (date(2026, 11, 1), 1), (datetime(2026, 11, 3, 11, 59, tzinfo=UTC), 1), (date(2026, 11, 3), 2)],
)
def test_as_of_a_day_holds_what_was_seen_by_then(store: Store, as_of: date, count: int) -> None:
    enter_on(store, "2026-11-01", judgement())
    enter_on(store, "2026-11-03", judgement(confidence="high"))
    assert len(store.entries(as_of)) == count


def test_what_waited_in_the_inbox_was_not_known_before_it_was_imported(store: Store) -> None:
    enter(store, [made(judgement(), "2026-11-01")], at("2026-11-09"))
    assert store.entries(date(2026, 11, 8)) == []
    assert [e.entered for e in store.entries(date(2026, 11, 9))] == [at("2026-11-01")]


def test_the_same_again_adds_nothing_and_the_same_after_something_else_does(store: Store) -> None:
    assert enter_on(store, "2026-11-01", judgement()) == [True]
    assert enter_on(store, "2026-11-02", judgement()) == [False]
    assert enter_on(store, "2028-01-01", judgement()) == [False]  # it has expired; the same words are no new look
    assert enter_on(store, "2028-01-02", judgement(sources=[TWO])) == [True]
    assert enter_on(store, "2028-01-03", judgement()) == [True]
    assert enter_on(store, "2028-01-04", withdrawal("CMR", "5.3")) == [True]
    assert enter_on(store, "2028-01-05", judgement()) == [True]
    assert len(store.entries()) == 5


def test_an_entry_that_was_imported_before_a_crash_is_known_however_much_came_after(store: Store) -> None:
    entry = made(judgement(), "2026-11-01")
    assert enter(store, [entry], at("2026-11-02")) == [True]
    assert enter_on(store, "2026-11-03", judgement(confidence="high")) == [True]
    assert enter(store, [entry], at("2026-11-04")) == [False]
    assert store.record_entries([entry], seen=at("2026-11-04")) == [False]  # the record itself knows it by its content


def test_several_entries_are_recorded_together_or_not_at_all(store: Store) -> None:
    with pytest.raises(Refused, match="nothing to withdraw"):
        enter_on(store, "2026-11-01", judgement(), confirmation(), withdrawal("CMR", "1.2"))
    assert store.entries() == []
    assert enter_on(store, "2026-11-01", judgement(), judgement(), judgement(iso3="SDN")) == [True, False, True]
    with closing(sqlite3.connect(store.path)) as connection:
        assert connection.execute("SELECT count(*), count(DISTINCT recorded) FROM entry").fetchone() == (2, 1)


def test_entries_are_no_observations_so_a_first_run_still_loads_the_bundled_figures(store: Store) -> None:
    enter_on(store, "2026-11-01", judgement())
    assert store.is_empty()
    assert store.verify() == []


@pytest.mark.parametrize("statement", ["UPDATE entry SET body = body", "DELETE FROM entry"])
def test_no_entry_can_be_changed_or_deleted(store: Store, statement: str) -> None:
    enter_on(store, "2026-11-01", judgement())
    with closing(sqlite3.connect(store.path)) as connection, pytest.raises(sqlite3.IntegrityError, match="append-only"):
        connection.execute(statement)


def test_an_altered_entry_is_noticed_and_never_shown(store: Store) -> None:
    enter_on(store, "2026-11-01", judgement())
    with closing(sqlite3.connect(store.path)) as connection, connection:
        connection.execute("DROP TRIGGER entry_no_update")
        connection.execute("UPDATE entry SET body = replace(body, 'weak_signs', 'clear_signs')")
    assert store.verify() == ["entry 1 (CMR 5.3) is not what was recorded"]
    with pytest.raises(StoreError, match=r"entry 1 \(CMR 5.3\) is not what was recorded"):
        store.entries()


# --------------------------------------------------------------------------------------------------- records of before


@pytest.fixture
def old(tmp_path: Path) -> Path:
    """Return a home with a record as version 1 of the tables left it: two releases, a failed run, what was said."""
    with closing(sqlite3.connect(tmp_path / "record.sqlite")) as connection:
        connection.executescript((FIXTURES / "record" / "version-1.sql").read_text(encoding="utf-8"))
    return tmp_path


def tables_of(home: Path) -> set[str]:
    with closing(sqlite3.connect(home / "record.sqlite")) as connection:
        return {name for (name,) in connection.execute("SELECT name FROM sqlite_master WHERE type IN ('table', 'trigger')")}


def test_a_record_made_before_there_were_entries_opens_and_takes_them(old: Path) -> None:
    assert "entry" not in tables_of(old)
    store = Store(old)
    assert {"entry", "entry_no_update", "entry_no_delete"} <= tables_of(old)
    assert (store.root(), store.verify(), store.entries()) == (ROOT_OF_VERSION_1, [], [])
    assert list(store.panel()["value"]) == [10, 25, 0]  # the figures of the second release
    assert list(store.last_assessments("f")["level"]) == ["high", "watch"]
    assert len(store.runs()) == 3
    entry: Entry = made(judgement(), "2026-11-01")
    assert enter(store, [entry], entry.entered) == [True]
    assert Store(old).entries() == [entry]
    with closing(sqlite3.connect(store.path)) as connection:
        assert connection.execute("SELECT version FROM record_version").fetchall() == [(1,), (4,)]


def test_a_record_is_upgraded_whole_or_stays_as_it_was(old: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    before = tables_of(old)
    monkeypatch.setattr("monitor.storage.database.VERSION", "no number")  # the last statement fails
    with pytest.raises((StoreError, TypeError)):
        Store(old)
    assert tables_of(old) == before
    monkeypatch.undo()
    assert Store(old).entries() == []


def test_a_record_is_not_upgraded_while_another_program_writes(old: Path) -> None:
    from monitor.storage.lock import WriterLock

    before = tables_of(old)
    with WriterLock(old / "record.lock").held(), pytest.raises(StoreError, match="already running"):
        Store(old)
    assert tables_of(old) == before


def test_two_sources_of_a_list_come_back_in_their_order(store: Store) -> None:
    enter_on(store, "2026-11-01", judgement(sources=[TWO, ONE]))
    (entry,) = store.entries()
    assert entry.model_dump(mode="json")["sources"] == [TWO, ONE]
