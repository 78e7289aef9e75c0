"""The inbox: what is imported, what is refused, and that nothing which lies there can hurt a run or lead out of it."""

from __future__ import annotations

import json
import os
from datetime import timedelta
from pathlib import Path

import pytest

from monitor import inbox
from monitor.inbox import Taken
from monitor.storage.store import Store
from tests.made_entries import NOON, ONE, confirmation, desk, judgement, withdrawal

GOOD = json.dumps(judgement())


@pytest.fixture
def store(tmp_path: Path) -> Store:
    """Return an empty record with an empty inbox beside it."""
    (tmp_path / "home" / "inbox").mkdir(parents=True)
    return Store(tmp_path / "home")


def put(store: Store, name: str, content: str | bytes) -> Path:
    path = store.home / "inbox" / name
    path.write_bytes(content if isinstance(content, bytes) else content.encode())
    return path


def outcomes(taken: list[Taken]) -> dict[str, str]:
    return {t.file: t.outcome for t in taken}


def test_good_files_are_imported_in_the_order_of_their_names_and_lie_in_taken(store: Store) -> None:
    put(store, "b.json", json.dumps(withdrawal("SDN", "imminent")))
    put(store, "a.json", json.dumps(confirmation()))
    put(store, "c.json", GOOD)
    assert outcomes(inbox.take(store, desk())) == {"a.json": "recorded", "b.json": "recorded", "c.json": "recorded"}
    assert [e.entry for e in store.entries()] == ["confirmation", "withdrawal", "judgement"]
    assert sorted(p.name for p in (store.home / "inbox" / "taken").iterdir()) == ["a.json", "b.json", "c.json"]
    assert inbox.take(store, desk()) == []


def test_no_inbox_is_no_entry(tmp_path: Path) -> None:
    assert inbox.take(Store(tmp_path), desk()) == []


def test_a_bad_file_is_refused_with_its_reason_and_stops_no_other(store: Store) -> None:
    put(store, "1.json", GOOD)
    put(store, "2.json", json.dumps(judgement(answer="clear_signs", role="Jane Doe")))
    put(store, "3.json", json.dumps(judgement(iso3="SDN")))
    assert list(outcomes(inbox.take(store, desk())).values()) == ["recorded", "refused", "recorded"]
    refused = store.home / "inbox" / "refused"
    assert sorted(p.name for p in refused.iterdir()) == ["2.json", "2.json.reason.txt"]
    role, sources = (refused / "2.json.reason.txt").read_text().splitlines()  # a line a reason
    assert role.startswith("role: 'Jane Doe' is not a role")
    assert sources.startswith("sources: the answer 'clear_signs' needs two independent sources")


def test_a_file_that_was_imported_before_a_crash_is_known_and_moved(store: Store) -> None:
    content = json.dumps(judgement(entered="2026-11-19T09:00:00Z"))
    put(store, "a.json", content)
    inbox.take(store, desk())
    put(store, "a.json", content)
    assert outcomes(inbox.take(store, desk(NOON + timedelta(days=1)))) == {"a.json": "known"}
    assert len(store.entries()) == 1
    assert sorted(p.name for p in (store.home / "inbox" / "taken").iterdir()) == ["a-1.json", "a.json"]  # nothing is overwritten


HOSTILE = [
    ("", "not JSON", "an empty file"),
    ("{", "not JSON", "half a file"),
    (b"\xff\xfe\x00", "not JSON", "no UTF-8"),
    ("[" * 50_000, "not JSON", "nested beyond any depth"),
    ("9" * 5_000, "not JSON|not a set", "a number beyond any size"),
    ('{"entry": "judgement", "entry": "withdrawal"}', "named twice", "a field that could be read in two ways"),
    ('{"entry": NaN}', "NaN is not JSON", "a word that is not JSON"),
    ("[]", "not a set of named fields", "a list"),
    ('"text"', "not a set of named fields", "a text"),
    ("null", "not a set of named fields", "nothing"),
    (" " * 65_537, "more than 65,536 bytes", "too long"),
    (GOOD.replace("Made-up signs", "A" * 65_536), "more than 65,536 bytes", "too long, and else good"),
    (GOOD.replace("Made-up signs", "Safe \\u202eelbigen"), "U\\+202E", "text that reads otherwise than it is"),
    (GOOD.replace("Made-up signs", "Lone \\ud800"), "U\\+D800", "half a character"),
    (GOOD.replace("Made-up signs", "<script>alert(1)</script>"), "begin with a letter|markup", "markup"),
    (GOOD.replace("https://example.org/report", "javascript:alert(1)"), "https", "an address that acts"),
    (GOOD.replace('"answer": "weak_signs"', f'"answer": {"[" * 900}{"]" * 900}'), "answer: a list", "a nest instead of a word"),
    (GOOD.replace('"CMR"', '"\\u001b[2J"'), "iso3: '\\\\x1b\\[2J' is no country", "a word that would clear a terminal"),
    (GOOD.replace('"CMR"', '"../../etc"'), "iso3: no country", "a path"),
    (json.dumps(judgement() | {f"field{n}": 1 for n in range(3000)}), "no such field", "thousands of fields"),
    (json.dumps(judgement(entered="2026-11-20T12:00:01Z")), "future", "an entry of tomorrow"),
    (json.dumps(withdrawal("CMR", "5.3")), "nothing to withdraw", "a withdrawal of nothing"),
]  # fmt: skip


@pytest.mark.parametrize(("content", "reason", "why"), HOSTILE, ids=[row[2] for row in HOSTILE])
def test_hostile_content_is_refused(store: Store, content: str | bytes, reason: str, why: str) -> None:
    import re

    put(store, "x.json", content)
    (taken,) = inbox.take(store, desk())
    assert taken.outcome == "refused", why
    assert re.search(reason, taken.said), taken.said
    assert taken.said.isprintable()
    assert taken.said.isascii()
    assert len(taken.said) < 5_000
    assert store.entries() == []
    assert (store.home / "inbox" / "refused" / "x.json").exists()
    assert not (store.home / "inbox" / "x.json").exists()


def test_a_link_is_not_followed_and_not_kept(store: Store, tmp_path: Path) -> None:
    secret = tmp_path / "outside.json"
    secret.write_text(GOOD)
    (store.home / "inbox" / "x.json").symlink_to(secret)
    (store.home / "inbox" / "y.json").symlink_to(tmp_path / "nowhere")
    assert outcomes(inbox.take(store, desk())) == {"x.json": "refused", "y.json": "refused"}
    assert store.entries() == []
    assert secret.read_text() == GOOD
    refused = store.home / "inbox" / "refused"
    assert sorted(p.name for p in refused.iterdir()) == ["x.json.reason.txt", "y.json.reason.txt"]


@pytest.mark.parametrize("folder", ["inbox", "inbox/taken", "inbox/refused"])
def test_a_folder_that_is_a_link_is_not_followed(tmp_path: Path, folder: str) -> None:
    outside = tmp_path / "outside"
    outside.mkdir()
    store = Store(tmp_path / "home")
    (store.home / folder).parent.mkdir(exist_ok=True)
    (store.home / folder).symlink_to(outside)
    (store.home / "inbox" / "x.json").write_text(GOOD)
    (taken,) = inbox.take(store, desk())
    assert "link" in taken.said
    assert store.entries() == []
    assert {p.name for p in outside.iterdir()} <= {"x.json"}  # nothing was moved there


def test_a_pipe_or_a_folder_of_that_name_is_refused_without_waiting(store: Store) -> None:
    os.mkfifo(store.home / "inbox" / "p.json")
    (store.home / "inbox" / "d.json").mkdir()
    put(store, "z.json", GOOD)
    assert outcomes(inbox.take(store, desk())) == {"d.json": "refused", "p.json": "refused", "z.json": "recorded"}
    assert inbox.take(store, desk()) == []


def test_what_is_being_written_and_what_is_no_entry_stays_where_it_is(store: Store) -> None:
    for name in (".x.json", "x.json.tmp", "notes.txt"):
        put(store, name, GOOD)
    assert inbox.take(store, desk()) == []
    assert len(list((store.home / "inbox").iterdir())) == 3


@pytest.mark.parametrize("name", ["a\nb.json", "\x1b[2J.json", "é" * 120 + ".json", "a" * 250 + ".json", "a;b $(x).json"])
def test_a_strange_name_is_moved_and_shown_as_plain_text(store: Store, name: str) -> None:
    put(store, name, json.dumps(judgement(role="Jane Doe")))
    (taken,) = inbox.take(store, desk())
    assert taken.file.isascii()
    assert taken.file.isprintable()
    assert len(list((store.home / "inbox" / "refused").iterdir())) == 2
    assert inbox.take(store, desk()) == []


def test_a_name_that_is_no_text_is_moved_too(store: Store) -> None:
    path = os.fsencode(store.home / "inbox") + b"/\xff\xfe.json"
    with open(path, "wb") as file:  # noqa: PTH123  (a path of bytes)
        file.write(GOOD.encode())
    (taken,) = inbox.take(store, desk())
    assert taken.outcome == "recorded"
    assert len(os.listdir(os.fsencode(store.home / "inbox" / "taken"))) == 1  # noqa: PTH208


def test_a_file_that_cannot_be_moved_says_so_and_is_known_the_next_time(store: Store) -> None:
    put(store, "a.json", GOOD)
    (store.home / "inbox" / "taken").write_text("a file where the folder should be")
    (taken,) = inbox.take(store, desk())
    assert taken.outcome == "recorded"
    assert "could not be moved" in taken.said
    assert outcomes(inbox.take(store, desk())) == {"a.json": "known"}
    assert len(store.entries()) == 1


def test_a_flood_is_taken_in_portions(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(inbox, "MOST_FILES", 3)
    for n, iso3 in enumerate(("AFG", "BDI", "CMR", "COD", "EGY")):
        put(store, f"{n}.json", json.dumps(judgement(iso3=iso3, sources=[ONE])))
    taken = [inbox.take(store, desk()) for _ in range(3)]
    assert [[t.outcome for t in each] for each in taken] == [["recorded"] * 3 + ["waiting"], ["recorded"] * 2, []]
    assert taken[0][-1].said == "2 more files wait for the next run"
    assert [e.iso3 for e in store.entries()] == ["AFG", "BDI", "CMR", "COD", "EGY"]
