"""N7-N13: bodies that stop too soon, are not data, or are too large."""

from __future__ import annotations

import gzip
import struct
import time
import zipfile
from pathlib import Path
from typing import Any

import pytest

from indicators import body
from indicators.contract import (
    Incomplete,
    NotData,
    SourceError,
    TooLarge,
)
from indicators.http import Kind, Patience, Web
from tests.faultserver import Answer, FaultServer
from tests.http.asking import CSV, JSON, NOW, WHOLE, get, refused, script, stored, zipped

# ------------------------------------------------------------------------------------------ N7-N8: bodies that stop too soon


@pytest.mark.parametrize("kind", WHOLE)
@pytest.mark.parametrize("framing", ["length", "chunked", "close"])
@pytest.mark.parametrize("packed", [False, True])
def test_n7_n8_no_body_cut_at_any_byte_is_accepted(
    tmp_path: Path, server: FaultServer, kind: Kind, framing: Any, packed: bool
) -> None:
    whole = Answer(WHOLE[kind], framing=framing, gzip=packed)
    web = Web(tmp_path, mirror=server.url, now=lambda: NOW, patience=Patience(tries=1))
    last = len(whole.wire()) - (len(b"0\r\n\r\n") if framing == "chunked" else 0)
    for place in range(last):
        script(server, whole.cut_at(place), path=f"/{place}")
        with pytest.raises((Incomplete, NotData)):
            get(web, path=f"/{place}", kind=kind)
    assert stored(web) == []
    assert len(server.asked) == last


@pytest.mark.parametrize("kind", ["json", "zip", "xml", "html"])
def test_n8_a_body_of_unknown_length_is_accepted_when_it_proves_its_own_end(web: Web, server: FaultServer, kind: Kind) -> None:
    script(server, Answer(WHOLE[kind], framing="close"))
    assert get(web, kind=kind).read_bytes() == WHOLE[kind]


def test_n8_a_table_of_unknown_length_is_refused_unless_packed(web: Web, server: FaultServer) -> None:
    script(server, Answer(CSV, framing="close"), Answer(CSV, framing="close", gzip=True))
    assert "gave no length" in str(refused(web, Incomplete))
    assert get(web).read_bytes() == CSV


@pytest.mark.parametrize("framing", ["length", "chunked"])
def test_n7_a_connection_that_broke_once_is_tried_again(web: Web, server: FaultServer, framing: Any) -> None:
    whole = Answer(CSV, framing=framing)
    script(server, whole.cut_at(10), whole)
    assert get(web).read_bytes() == CSV


def test_n7_a_connection_that_breaks_always_is_incomplete_after_four_tries(web: Web, server: FaultServer) -> None:
    script(server, Answer(CSV, cut=10))
    assert "stopped before its end" in str(refused(web, Incomplete))
    assert len(server.asked) == 4


@pytest.mark.parametrize(
    ("kind", "sent"),
    [
        ("csv", CSV.rstrip()),
        ("json", JSON[:-1]),
        ("json", b'[{"a": 1}'),
        ("json", b'{"a": [1]'),
        ("zip", WHOLE["zip"][:-1]),
        ("zip", WHOLE["zip"][:60]),
        ("zip", WHOLE["zip"][:45] + b"\0\0" + WHOLE["zip"][47:]),
    ],
)
def test_n8_a_file_cut_at_its_publisher_is_incomplete_whatever_the_length_says(
    web: Web, server: FaultServer, kind: Kind, sent: bytes
) -> None:
    script(server, Answer(sent))
    refused(web, Incomplete, kind=kind)
    assert len(server.asked) == 1


@pytest.mark.parametrize("encoding", ["br", "zstd", "deflate", "gzip, gzip", "gzip, br"])
def test_n12_a_packing_that_was_not_asked_for_is_not_data(web: Web, server: FaultServer, encoding: str) -> None:
    script(server, Answer(gzip.compress(CSV), headers={"Content-Encoding": encoding}))
    refused(web, NotData)


def test_a_gzip_stream_in_two_parts_is_read_whole(web: Web, server: FaultServer) -> None:
    packed = gzip.compress(CSV[:20]) + gzip.compress(CSV[20:])
    script(server, Answer(packed, headers={"Content-Encoding": "gzip"}))
    assert get(web).read_bytes() == CSV


# --------------------------------------------------------------------------------------------------- N9-N11: 200, but no data

PAGES = {
    "login": b"<!DOCTYPE html><html><title>Sign in</title></html>",
    "captcha": b"\n\n <html lang=en><body>Are you a human?</body></html>",
    "firewall": b"<HTML><HEAD><TITLE>Access Denied</TITLE></HEAD></HTML>",
    "maintenance": b"\xef\xbb\xbf<!doctype HTML><p>Back soon",
    "cookies": b"<!-- consent --><!DOCTYPE html><html></html>",
    "xhtml": b'<?xml version="1.0"?>\n<!DOCTYPE html PUBLIC "-//W3C//DTD XHTML 1.0 Strict//EN"><html></html>',
    "script": b"<script>location='/login'</script>",
    "head": b"<head><meta http-equiv=refresh></head>\n",
    "utf16": "<!doctype html><html></html>\n".encode("utf-16"),
    "body": b"<body onload=go()>\n</body>\n",
}


@pytest.mark.parametrize("kind", ["csv", "open csv", "json", "zip", "xml"])
@pytest.mark.parametrize("page", PAGES)
def test_n9_a_web_page_is_not_data(web: Web, server: FaultServer, kind: Kind, page: str) -> None:
    script(server, Answer(PAGES[page], headers={"Content-Type": "text/csv"}))
    error = refused(web, NotData, kind=kind)
    assert "got a web page" in str(error) and "browser" in error.what_to_do
    assert len(server.asked) == 1


def test_a_table_is_taken_whatever_the_host_calls_it(web: Web, server: FaultServer) -> None:
    script(server, Answer(CSV, headers={"Content-Type": "text/html"}))
    assert get(web).read_bytes() == CSV


@pytest.mark.parametrize("kind", WHOLE)
@pytest.mark.parametrize("empty", [b"", b"\n \r\n", b"\xef\xbb\xbf", b"\0\0"])
def test_n10_an_empty_answer_is_not_a_zero(web: Web, server: FaultServer, kind: Kind, empty: bytes) -> None:
    script(server, Answer(empty))
    assert "empty" in str(refused(web, NotData, kind=kind))


@pytest.mark.parametrize(
    ("kind", "sent"),
    [
        ("json", b"Please limit requests to one per second."),
        ("json", b'"quota exceeded"'),
        ("json", b"null"),
        ("json", b"iso3,year\nAAA,2024\n"),
        ("csv", b'{"error": "quota exceeded"}\n'),
        ("csv", b"%PDF-1.7\n"),
        ("csv", WHOLE["zip"] + b"\n"),
        ("xml", b"Service unavailable\n"),
        ("json", b'<?xml version="1.0"?><wb:error>The provided parameter value is not valid</wb:error>'),
    ],
)
def test_n11_something_else_is_not_data(web: Web, server: FaultServer, kind: Kind, sent: bytes) -> None:
    script(server, Answer(sent))
    refused(web, NotData, kind=kind)


# ------------------------------------------------------------------------------------------------------- N12-N13: too large


@pytest.mark.parametrize("framing", ["length", "chunked", "close"])
def test_n12_a_gzip_bomb_is_dropped_at_the_cap(web: Web, server: FaultServer, framing: Any) -> None:
    script(server, Answer(b"0," * 10_000_000 + b"\n", gzip=True, framing=framing))
    told: list[int] = []
    web.progress = lambda name, done, total: told.append(done)
    refused(web, TooLarge, max_bytes=1_000_000)
    assert max(told, default=0) <= 1_000_000
    assert len(server.asked) == 1


@pytest.mark.parametrize("framing", ["length", "chunked", "close"])
def test_n12_a_body_over_the_cap_is_too_large_and_one_at_the_cap_is_not(web: Web, server: FaultServer, framing: Any) -> None:
    script(server, Answer(JSON, framing=framing))
    refused(web, TooLarge, max_bytes=len(JSON) - 1, kind="json")
    assert get(web, max_bytes=len(JSON), kind="json").size == len(JSON)


def test_n12_a_body_that_declares_too_much_is_not_even_begun(web: Web, server: FaultServer) -> None:
    script(server, Answer(JSON, pace=0.05))
    started = time.monotonic()
    refused(web, TooLarge, max_bytes=len(JSON) - 1, kind="json")
    assert time.monotonic() - started < 1


def test_n12_the_body_of_a_redirect_is_not_read(web: Web, server: FaultServer) -> None:
    """requests would read it whole and unpack it, even where it is told not to follow."""
    script(server, Answer(b"0" * 100_000, status=302, pace=0.05, headers={"Location": "/y"}))
    script(server, Answer(CSV), path="/y")
    started = time.monotonic()
    assert get(web, deadline=3).read_bytes() == CSV
    assert time.monotonic() - started < 2


def declared(member_bytes: int) -> bytes:
    """Return an archive whose directory says that its member is this large."""
    data = bytearray(zipped(("a.csv", CSV)))
    struct.pack_into("<L", data, data.rfind(b"PK\x01\x02") + 24, member_bytes)
    return bytes(data)


def encrypted() -> bytes:
    data = bytearray(zipped(("a.csv", CSV)))
    data[data.rfind(b"PK\x01\x02") + 8] |= 1
    return bytes(data)


@pytest.mark.parametrize(
    ("archive", "error"),
    [
        (declared(3_000_000_000), TooLarge),
        (declared(len(CSV) - 1), Incomplete),
        (zipped(*((f"{'n' * 60}{i}", b"") for i in range(11_000)), method=zipfile.ZIP_STORED), TooLarge),
        (encrypted(), NotData),
        (b"PK\x03\x04 and then nothing", Incomplete),
        (b"plain text", Incomplete),
    ],
    ids=["says it is 3 GB", "lies about its size", "eleven thousand members", "encrypted", "cut", "text"],
)
def test_n13_bad_archives_are_refused(web: Web, server: FaultServer, archive: bytes, error: type[SourceError]) -> None:
    script(server, Answer(archive))
    refused(web, error, kind="zip")


def test_n13_nothing_of_an_archive_is_written_outside_its_own_file(web: Web, server: FaultServer, tmp_path: Path) -> None:
    archive = zipped(("../../escaped.csv", CSV), ("/tmp/escaped.csv", CSV))
    script(server, Answer(archive))
    get(web, kind="zip")
    assert len(stored(web)) == 1 and not list(tmp_path.parent.glob("escaped*"))


@pytest.mark.parametrize("method", [zipfile.ZIP_BZIP2, zipfile.ZIP_LZMA])
def test_n13_an_archive_whose_blocks_have_no_upper_size_is_refused_unread(web: Web, server: FaultServer, method: int) -> None:
    script(server, Answer(zipped(("a.csv", CSV), method=method)))
    refused(web, NotData, kind="zip")


@pytest.mark.parametrize("method", [zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED])
def test_n13_an_archive_with_one_byte_changed_is_refused(web: Web, server: FaultServer, method: int) -> None:
    whole = zipped(("a.csv", CSV * 3), method=method)
    broken = bytearray(whole)
    broken[30 + len("a.csv") + 12] ^= 0xFF
    script(server, Answer(bytes(broken)), Answer(whole))
    refused(web, Incomplete, kind="zip")
    assert get(web, kind="zip").size == len(whole)


def test_body_checks_read_only_the_ends_of_large_files(tmp_path: Path) -> None:
    path = tmp_path / "large.json"
    path.write_bytes(b"[" + b" " * (3 * body.BLOCK) + b"1]" + b"\n" * 10)
    body.prove(path, "json", "large", framed=True)
