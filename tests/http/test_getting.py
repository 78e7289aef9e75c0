"""What a success is, what is known already, what is left after a failure, and which release is the newest."""

from __future__ import annotations

import hashlib
import json
import os
import time
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from indicators.contract import (
    Document,
    NotData,
    Refused,
    Release,
    SourceError,
    Unreachable,
)
from indicators.http import Kind, Web
from tests.faultserver import Answer, FaultServer
from tests.http.asking import CSV, HOST, HTML, JSON, NOW, WHOLE, get, refused, script, stored

# ---------------------------------------------------------------------------------------------------- what a success is


@pytest.mark.parametrize("kind", WHOLE)
@pytest.mark.parametrize("framing", ["length", "chunked"])
@pytest.mark.parametrize("packed", [False, True])
def test_a_whole_body_is_filed_under_its_hash(web: Web, server: FaultServer, kind: Kind, framing: Any, packed: bool) -> None:
    headers = {"ETag": '"v1"', "Last-Modified": "Fri, 20 Nov 2026 10:00:00 GMT", "Content-Type": "text/plain"}
    script(server, Answer(WHOLE[kind], framing=framing, gzip=packed, headers=headers))
    sha = hashlib.sha256(WHOLE[kind]).hexdigest()
    document = get(web, kind=kind, release="24.1")
    assert document == Document(
        source="made",
        name="x",
        url=f"https://{HOST}/x",
        sha256=sha,
        size=len(WHOLE[kind]),
        fetched_at=NOW,
        path=web.documents / sha[:2] / sha,
        release="24.1",
        via=server.url,
        content_type="text/plain",
        etag='"v1"',
        last_modified="Fri, 20 Nov 2026 10:00:00 GMT",
    )
    assert document.read_bytes() == WHOLE[kind]
    assert stored(web) == [f"{sha[:2]}/{sha}"]


def test_we_say_who_we_are_and_ask_for_gzip_only(tmp_path: Path, server: FaultServer) -> None:
    script(server, Answer(CSV))
    get(Web(tmp_path / "d", mirror=server.url, now=lambda: NOW))
    get(Web(tmp_path / "d", mirror=server.url, now=lambda: NOW, contact="mailto:watch@example.org"))
    plain, with_contact = (asked.headers for asked in server.asked)
    assert plain["user-agent"].startswith("AtrocityMonitor/") and " " not in plain["user-agent"]
    assert with_contact["user-agent"] == plain["user-agent"] + " (+mailto:watch@example.org)"
    assert plain["accept-encoding"] == "gzip"


def test_progress_tells_name_bytes_and_total(tmp_path: Path, server: FaultServer) -> None:
    told: list[tuple[str, int, int | None]] = []
    web = Web(tmp_path, mirror=server.url, now=lambda: NOW, progress=lambda *args: told.append(args))
    script(server, Answer(CSV), Answer(CSV, framing="chunked"))
    get(web)
    assert told == [("x", len(CSV), len(CSV))]
    get(web)
    assert told[-1] == ("x", len(CSV), None)


def test_bytes_that_lie_there_whole_are_kept_and_damaged_ones_replaced(web: Web, server: FaultServer) -> None:
    script(server, Answer(CSV))
    path = get(web).path
    before = path.stat().st_ino
    assert get(web).path.stat().st_ino == before
    path.write_bytes(CSV[:-3])
    assert get(web).read_bytes() == CSV


def test_offline_asks_nobody(tmp_path: Path, server: FaultServer) -> None:
    web = Web(tmp_path, mirror=server.url, now=lambda: NOW, offline=True)
    assert "offline by setting" in str(refused(web, Unreachable))
    assert server.asked == []


def test_eight_threads_asking_for_the_same_file_get_the_same_file(web: Web, server: FaultServer) -> None:
    script(server, Answer(CSV, pace=0.001))
    with ThreadPoolExecutor(8) as pool:
        documents = list(pool.map(lambda _: get(web), range(8)))
    assert len({d.path for d in documents}) == 1
    assert documents[0].read_bytes() == CSV
    assert len(stored(web)) == 1


def test_a_mirror_must_be_a_web_address(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="mirror"):
        Web(tmp_path, mirror="file:///etc", now=lambda: NOW)


# ------------------------------------------------------------------------------------------------------------ asking for news


def news(web: Web, server: FaultServer) -> Web:
    """Return a Web that knows what it got before, after it has got CSV once."""
    headers = {"ETag": '"v1"', "Last-Modified": "Fri, 20 Nov 2026 10:00:00 GMT"}
    script(server, Answer(CSV, headers=headers))
    before = replace(get(web), fetched_at=datetime(2026, 11, 13, tzinfo=UTC))
    asked: list[tuple[str, str]] = []

    def known(url: str, via: str) -> Document | None:
        asked.append((url, via))
        return before if (url, via) == (before.url, before.via) else None

    return Web(web.documents, mirror=web.mirror, now=web.now, patience=web.patience, known=known)


def test_not_modified_returns_what_we_have_with_the_time_of_asking(web: Web, server: FaultServer) -> None:
    knowing = news(web, server)
    script(server, Answer(status=304))
    document = get(knowing)
    assert server.asked[-1].headers["if-none-match"] == '"v1"'
    assert server.asked[-1].headers["if-modified-since"] == "Fri, 20 Nov 2026 10:00:00 GMT"
    assert (document.read_bytes(), document.fetched_at, document.etag) == (CSV, NOW, '"v1"')


def test_something_new_is_taken(web: Web, server: FaultServer) -> None:
    knowing = news(web, server)
    script(server, Answer(CSV + b"CCC,2024,3\n"))
    assert get(knowing).size == len(CSV) + 11


@pytest.mark.parametrize("harm", ["gone", "cut", "changed"])
def test_without_the_bytes_we_ask_for_all_of_it(web: Web, server: FaultServer, harm: str) -> None:
    knowing = news(web, server)
    path = next(p for p in web.documents.rglob("*") if p.is_file())
    if harm == "gone":
        path.unlink()
    else:
        path.write_bytes(CSV[:-5] if harm == "cut" else CSV.replace(b"1250", b"0000"))
    assert get(knowing).read_bytes() == CSV
    assert "if-none-match" not in server.asked[-1].headers


def test_the_known_document_of_another_address_is_not_used(web: Web, server: FaultServer) -> None:
    knowing = news(web, server)
    script(server, Answer(CSV), path="/y")
    get(knowing, path="/y")
    assert "if-none-match" not in server.asked[-1].headers


# ------------------------------------------------------------------------------------------------- what is left after a failure


def test_a_full_disk_leaves_nothing_behind(web: Web, server: FaultServer, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(_: int) -> None:
        raise OSError(28, "No space left on device")

    script(server, Answer(CSV))
    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(OSError, match="No space left"):
        get(web)
    assert stored(web) == []


def test_an_interruption_leaves_nothing_behind(web: Web, server: FaultServer) -> None:
    def interrupt(*_: Any) -> None:
        raise KeyboardInterrupt

    web.progress = interrupt
    script(server, Answer(CSV))
    with pytest.raises(KeyboardInterrupt):
        get(web)
    assert stored(web) == []


def test_the_bytes_reach_the_disk_before_they_get_their_name(
    web: Web, server: FaultServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    steps: list[str] = []
    real_sync, real_replace = os.fsync, Path.replace

    def sync(handle: int) -> None:
        steps.append("sync")
        real_sync(handle)

    def name(self: Path, place: Path) -> Path:
        steps.append("name")
        return real_replace(self, place)

    monkeypatch.setattr(os, "fsync", sync)
    monkeypatch.setattr(Path, "replace", name)
    script(server, Answer(CSV))
    get(web)
    assert steps == ["sync", "name", "sync", "sync"]


def test_no_socket_stays_open_between_two_tries_or_afterwards(web: Web, server: FaultServer) -> None:
    def closes_soon(_: float = 0.0) -> None:
        until = time.monotonic() + 2
        while server.open and time.monotonic() < until:
            time.sleep(0.005)
        assert server.open == 0

    web.patience = replace(web.patience, sleep=closes_soon)
    script(server, Answer(status=503, stay=True), Answer(CSV, stay=True))
    assert get(web).read_bytes() == CSV
    closes_soon()


# ------------------------------------------------------------------------------------------------------- the newest release

RELEASES = [Release(name=n, url=f"https://{HOST}/data/ged{n}-csv.csv?key=CANARY") for n in ("26.1", "25.1", "24.1")]


def at_release(server: FaultServer, name: str, *answers: Answer) -> None:
    script(server, *answers, path=f"/data/ged{name}-csv.csv?key=CANARY")


@pytest.mark.parametrize("status", [404, 410])
def test_the_first_release_that_is_there_is_taken(web: Web, server: FaultServer, status: int) -> None:
    at_release(server, "26.1", Answer(status=status))
    at_release(server, "25.1", Answer(CSV))
    document = web.newest("made", RELEASES, kind="csv")
    assert (document.release, document.name) == ("25.1", "ged25.1-csv.csv")
    assert len(server.asked) == 2


@pytest.mark.parametrize(
    ("answer", "error"),
    [(Answer(status=403), Refused), (Answer(status=500), Refused), (Answer(HTML), NotData), (Answer(b""), NotData)],
)
def test_a_release_that_is_there_but_fails_is_not_passed_over(
    web: Web, server: FaultServer, answer: Answer, error: type[SourceError]
) -> None:
    at_release(server, "26.1", answer)
    at_release(server, "25.1", Answer(CSV))
    with pytest.raises(error):
        web.newest("made", RELEASES, kind="csv")
    assert stored(web) == []


def test_no_release_at_all_names_every_one_that_was_tried(web: Web) -> None:
    with pytest.raises(Refused, match=r"26\.1 .*25\.1 .*24\.1") as caught:
        web.newest("made", RELEASES, kind="csv")
    assert caught.value.status == 404 and "CANARY" not in str(caught.value)
    with pytest.raises(Refused, match="lists none"):
        web.newest("made", [], kind="csv")


def test_a_json_document_is_what_the_contract_reads(web: Web, server: FaultServer) -> None:
    script(server, Answer(JSON))
    assert get(web, kind="json").read_json() == json.loads(JSON)
