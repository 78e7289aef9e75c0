"""N1-N6: no answer in time, and answers that are not 200."""

from __future__ import annotations

import socket
import threading
import time
import traceback
from datetime import UTC, datetime
from email.utils import format_datetime
from pathlib import Path
from typing import Any

import pytest

from indicators.contract import (
    Incomplete,
    NotData,
    RateLimited,
    Refused,
    SourceError,
    Unreachable,
)
from indicators.http import Web
from tests.faultserver import Answer, FaultServer
from tests.http.asking import CSV, HOST, HTML, NOW, Clock, get, refused, script

# ------------------------------------------------------------------------------------------------- N1-N3: no answer in time


def closed_port() -> str:
    """Return the address of a port of this machine where nobody listens."""
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
    return f"http://127.0.0.1:{port}"


def shown(error: SourceError) -> str:
    """Return all that a printed traceback and the record would show of an error."""
    return "".join(traceback.format_exception(error)) + error.what_to_do


def test_n1_a_refused_connection_is_tried_four_times(tmp_path: Path, clock: Clock) -> None:
    web = Web(tmp_path, mirror=closed_port(), now=lambda: NOW, patience=clock.patience())
    assert "Connection refused" in str(refused(web, Unreachable))
    assert len(clock.waits) == 3
    for wait, middle in zip(clock.waits, [1, 2, 4], strict=True):
        assert middle * 0.5 <= wait <= middle * 1.5


def test_n1_a_name_that_does_not_resolve_is_unreachable_at_once(
    tmp_path: Path, clock: Clock, monkeypatch: pytest.MonkeyPatch
) -> None:
    def nowhere(*_: Any, **__: Any) -> Any:
        raise socket.gaierror(socket.EAI_NONAME, "Name or service not known")

    monkeypatch.setattr(socket, "getaddrinfo", nowhere)
    web = Web(tmp_path, now=lambda: NOW, patience=clock.patience())
    assert "does not resolve" in str(refused(web, Unreachable))
    assert clock.waits == []


def test_n1_a_resolver_that_hangs_does_not_hold_us(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    released = threading.Event()
    monkeypatch.setattr(socket, "getaddrinfo", lambda *_, **__: released.wait(5) and [])
    started = time.monotonic()
    refused(Web(tmp_path, now=lambda: NOW), Unreachable, deadline=0.3)
    assert time.monotonic() - started < 1.5
    released.set()


@pytest.mark.parametrize(("drip", "packed"), [("body", False), ("body", True), ("headers", False)])
@pytest.mark.parametrize("framing", ["length", "chunked", "close"])
def test_n3_a_slow_drip_ends_at_the_deadline(tmp_path: Path, server: FaultServer, drip: Any, packed: bool, framing: Any) -> None:
    script(server, Answer(CSV, framing=framing, gzip=packed, pace=0.1, drip=drip))
    web = Web(tmp_path, mirror=server.url, now=lambda: NOW)
    started = time.monotonic()
    error = refused(web, Unreachable, deadline=0.5)
    assert 0.4 < time.monotonic() - started < 1.5
    assert "no whole answer within" in str(error)
    assert len(server.asked) == 1


def test_n2_a_host_that_says_nothing_is_left_at_the_read_timeout(tmp_path: Path, clock: Clock) -> None:
    with socket.create_server(("127.0.0.1", 0)) as silent:
        mirror = f"http://127.0.0.1:{silent.getsockname()[1]}"
        web = Web(tmp_path, mirror=mirror, now=lambda: NOW, patience=clock.patience(read_seconds=0.1))
        assert "no answer in time" in str(refused(web, Unreachable))
        assert len(clock.waits) == 3


def test_n2_a_host_that_never_finishes_the_tls_handshake_is_left_at_the_deadline(tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as silent:
        started = time.monotonic()
        web = Web(tmp_path, mirror=f"https://127.0.0.1:{silent.getsockname()[1]}", now=lambda: NOW)
        refused(web, Unreachable, deadline=0.3)
        assert time.monotonic() - started < 1.5


def test_n2_waiting_counts_towards_the_deadline(web: Web, server: FaultServer, clock: Clock) -> None:
    script(server, Answer(status=503, headers={"Retry-After": "7"}))
    refused(web, RateLimited, deadline=10)
    assert sum(clock.waits) <= 10
    assert len(server.asked) == 2


# --------------------------------------------------------------------------------------- N4-N6: answers that are not 200

IN_TEN = format_datetime(datetime(2026, 11, 20, 12, 0, 10, tzinfo=UTC), usegmt=True)
TOMORROW = format_datetime(datetime(2026, 11, 21, 12, 0, tzinfo=UTC), usegmt=True)
YESTERDAY = format_datetime(datetime(2026, 11, 19, 12, 0, tzinfo=UTC), usegmt=True)


@pytest.mark.parametrize("status", [429, 503])
@pytest.mark.parametrize(
    ("header", "least"),
    [("5", 5.0), (IN_TEN, 10.0), (YESTERDAY, 0.5), (None, 0.5), ("0", 0.5), ("-5", 0.5), ("soon", 0.5), ("", 0.5), ("1e1", 0.5)],
)
def test_n4_we_wait_as_asked_and_come_back(
    web: Web, server: FaultServer, clock: Clock, status: int, header: str | None, least: float
) -> None:
    headers = {} if header is None else {"Retry-After": header}
    script(server, Answer(status=status, headers=headers), Answer(CSV))
    assert get(web).read_bytes() == CSV
    assert len(clock.waits) == 1
    assert least <= clock.waits[0] <= max(least, 1.5)


@pytest.mark.parametrize("status", [429, 500, 503])
@pytest.mark.parametrize(
    ("header", "again"),
    [("1000000000", "2058-07-29 13:46"), (TOMORROW, "2026-11-21 12:00"), ("3600", "2026-11-20 13:00"), ("9" * 400, "2058-07-29")],
)
def test_n4_a_wait_beyond_our_patience_says_when_to_come_back(
    web: Web, server: FaultServer, clock: Clock, status: int, header: str, again: str
) -> None:
    script(server, Answer(status=status, headers={"Retry-After": header}))
    assert f"next try not before {again}" in str(refused(web, RateLimited))
    assert (len(server.asked), clock.waits) == (1, [])


@pytest.mark.parametrize("header", ["1", None, "-1", "soon", YESTERDAY])
def test_n4_too_many_requests_to_the_end_is_rate_limited(web: Web, server: FaultServer, clock: Clock, header: str | None) -> None:
    script(server, Answer(status=429, headers={} if header is None else {"Retry-After": header}))
    assert "next try not before 2026-11-20 12:00" in str(refused(web, RateLimited))
    assert len(server.asked) == 4
    assert len(clock.waits) == 3
    assert all(wait >= own for wait, own in zip(clock.waits, [0.5, 1, 2], strict=True))


@pytest.mark.parametrize("status", [500, 502, 503, 504])
def test_n5_a_server_error_that_passes_is_not_an_error(web: Web, server: FaultServer, status: int) -> None:
    script(server, Answer(status=status), Answer(CSV))
    assert get(web).read_bytes() == CSV
    assert len(server.asked) == 2


@pytest.mark.parametrize("status", [500, 502, 503, 504])
def test_n5_a_server_error_that_stays_is_refused_after_four_tries(web: Web, server: FaultServer, status: int) -> None:
    script(server, Answer(status=status))
    error = refused(web, Refused)
    assert isinstance(error, Refused) and error.status == status
    assert len(server.asked) == 4


@pytest.mark.parametrize("status", [400, 401, 403, 404, 410, 418, 451, 501, 304, 302])
def test_n6_a_status_that_says_no_is_not_asked_again(web: Web, server: FaultServer, status: int) -> None:
    script(server, Answer(status=status, body=b""))
    error = refused(web, Refused)
    assert isinstance(error, Refused) and error.status == status
    assert len(server.asked) == 1


@pytest.mark.parametrize(("status", "error"), [(206, Incomplete), (202, NotData), (204, NotData)])
def test_n6_other_kinds_of_success_are_no_data(web: Web, server: FaultServer, status: int, error: type[SourceError]) -> None:
    script(server, Answer(CSV, status=status))
    refused(web, error)
    assert len(server.asked) == 1


@pytest.mark.parametrize(
    "answer",
    [
        Answer(status=403),
        Answer(status=429, headers={"Retry-After": "9999"}),
        Answer(status=500),
        Answer(b""),
        Answer(HTML),
        Answer(CSV, cut=9),
        Answer(status=302, headers={"Location": "http://evil.example/?api_key=CANARY"}),
    ],
)
def test_n6_no_secret_is_in_a_message(web: Web, server: FaultServer, answer: Answer) -> None:
    path = "/x?year=2024&api_key=CANARY&Client_ID=CANARY&access_token=CANARY&keyword=word"
    script(server, answer, path=path)
    error = refused(web, SourceError, path=path)
    assert "CANARY" not in shown(error)
    assert "CANARY" in server.asked[0].path


def test_n6_no_secret_is_in_the_message_of_a_host_that_cannot_be_reached(tmp_path: Path, clock: Clock) -> None:
    web = Web(tmp_path, mirror=closed_port(), now=lambda: NOW, patience=clock.patience())
    assert "CANARY" not in shown(refused(web, Unreachable, path="/x?api_key=CANARY"))


def test_n6_a_document_keeps_its_address_without_secrets(web: Web, server: FaultServer) -> None:
    path = "/x?year=2024&api_key=CANARY&keyword=word"
    script(server, Answer(CSV), path=path)
    assert get(web, path=path).url == f"https://{HOST}/x?year=2024&api_key=***&keyword=word"
