"""The ledger of alerts in the record: with what was said or not at all, once each, proven against hashes, kept for good."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from datetime import date, datetime
from pathlib import Path

import pandas as pd
import pytest

from monitor.alerts.decide import decide
from monitor.alerts.flags import Flag
from monitor.alerts.said import Approval, Decided, Lifted, Said
from monitor.storage import StoreError
from monitor.storage.store import Store
from tests.test_decide import FRAMEWORK, POLICY, at, flag, silence

ASSESSED = pd.DataFrame({"iso3": ["AAA"], "level": ["watch"]})


@pytest.fixture
def store(tmp_path: Path) -> Store:
    """Return an empty record."""
    return Store(tmp_path / "home")


def look(store: Store, day: int, *flags: Flag) -> Decided:
    """Decide against the record and record the decision with what was said, as a run does."""
    now = at(day)
    decided = decide(flags, store.said(), POLICY, now, FRAMEWORK)
    store.record_assessments(
        ASSESSED, run_id=f"run{day}", as_of=now.date(), basis="recorded", framework_hash=FRAMEWORK, seen=now, decided=decided
    )
    return decided


def test_a_decision_is_remembered_as_it_was_made(store: Store) -> None:
    look(store, 0)
    decided = look(store, 1, flag(), flag("level", 2), flag("under_way", provisional=True))
    memory = Store(store.home).said().memory
    assert {key: memory[key] for key in decided.memory} == dict(decided.memory)
    assert [(a["said"][:10], a["run_id"], a["as_of"], a["reason"], a["flag"]["kind"]) for a in store.alerts()] == [
        ("2026-01-02", "run1", "2026-01-02", "new", kind) for kind in ("level", "trigger", "under_way")
    ]
    assert store.alerts()[2]["immediate"] is True
    assert store.verify() == []


def test_the_newest_memory_of_a_key_counts_and_what_was_noted_is_no_alert(store: Store) -> None:
    look(store, 0, flag())
    assert store.alerts() == []
    for day, month in ((31, "02"), (61, "03"), (91, "04")):
        look(store, day, flag(grade=0, period=f"2026-{month}"))
    assert [a["reason"] for a in store.alerts()] == ["eased"]
    assert store.said().memory[flag().key].grade == 0


def test_an_alert_is_recorded_with_what_was_said_or_not_at_all(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    look(store, 0)

    def breaks(*_: object, **__: object) -> None:
        raise RuntimeError("killed here")

    monkeypatch.setattr("monitor.storage.store.add_decided", breaks)
    with pytest.raises(RuntimeError):
        look(store, 1, flag())
    monkeypatch.undo()
    assert store.alerts() == []
    assert len(store.last_assessments(FRAMEWORK)) == 1
    assert set(store.last_assessments(FRAMEWORK)["run_id"]) == {"run0"}
    look(store, 2, flag())
    assert [a["run_id"] for a in store.alerts()] == ["run2"]


def test_the_same_run_recorded_again_says_nothing_again(store: Store) -> None:
    look(store, 0)
    decided = look(store, 1, flag())
    again = {"run_id": "run1", "as_of": at(1).date(), "basis": "recorded", "framework_hash": FRAMEWORK, "seen": at(1)}
    assert store.record_assessments(ASSESSED, **again, decided=decided) == 0
    assert len(store.alerts()) == 1


def test_the_same_alert_cannot_be_recorded_twice(store: Store) -> None:
    look(store, 0)
    decided = look(store, 1, flag())
    with pytest.raises(StoreError, match="UNIQUE"):
        store.record_assessments(
            ASSESSED, run_id="x", as_of=date(2026, 1, 2), basis="recorded", framework_hash=FRAMEWORK, seen=at(1), decided=decided
        )
    assert len(store.alerts()) == 1


def test_silences_stand_until_they_are_lifted(store: Store) -> None:
    assert store.record_act(silence(), seen=at(0))
    assert not store.record_act(silence(), seen=at(1))
    assert store.said().silences == (silence(),)
    lifted = Lifted(silence="s", role="analyst", reason="wrong country", at=at(2))
    approval = Approval(alert="0" * 16, role="analyst", at=at(3))
    assert store.record_act(lifted, seen=at(2))
    assert store.record_act(approval, seen=at(3))
    assert store.said().silences == ()
    assert store.acts() == [silence(), lifted, approval]


@pytest.mark.parametrize("table", ["alert", "alert_act"])
def test_what_was_altered_is_noticed_and_never_shown(store: Store, table: str) -> None:
    look(store, 0)
    look(store, 1, flag())
    store.record_act(silence(), seen=at(1))
    with closing(sqlite3.connect(store.path)) as connection, pytest.raises(sqlite3.IntegrityError, match="append-only"):
        connection.execute(f"UPDATE {table} SET body = body")
    with closing(sqlite3.connect(store.path)) as connection, connection:
        connection.execute(f"DROP TRIGGER {table}_no_update")
        connection.execute(f"UPDATE {table} SET body = replace(body, '2026', '2027') WHERE id = 1")
    noun = {"alert": "row", "alert_act": "act"}[table]
    assert store.verify() == [f"{noun} 1 of the ledger of alerts is not what was recorded"]
    with pytest.raises(StoreError, match="is not what was recorded"):
        store.said()


def test_a_record_made_before_there_were_alerts_takes_them(tmp_path: Path) -> None:
    from tests.conftest import FIXTURES

    with closing(sqlite3.connect(tmp_path / "record.sqlite")) as connection:
        connection.executescript((FIXTURES / "record" / "version-1.sql").read_text(encoding="utf-8"))
    store = Store(tmp_path)
    assert store.said() == Said()
    later = max(datetime.fromisoformat(str(s)) for s in store.runs()["finished"])
    assert store.record_act(silence(), seen=later)
    assert store.said().silences == (silence(),)
