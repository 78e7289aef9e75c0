"""What the tests of the network share: bodies that can be checked by eye, a clock that only sleeping moves, one way to ask."""

from __future__ import annotations

import io
import zipfile
from datetime import UTC, datetime
from typing import Any

import pytest

from indicators.contract import (
    Document,
    SourceError,
)
from indicators.http import Kind, Patience, Web
from tests.faultserver import Answer, FaultServer

NOW = datetime(2026, 11, 20, 12, 0, tzinfo=UTC)
HOST = "data.example.org"
CSV = b"iso3,year,value\nAAA,2024,1\nBBB,2024,1250\n"
JSON = b'[{"iso3": "AAA", "value": 1}, {"iso3": "BBB", "value": [2, 3]}]'
XML = b'<?xml version="1.0"?><list><item>1</item><item>2</item></list>'
HTML = b"<!DOCTYPE html><html><body><a href='x.csv'>x</a></body></html>"


def zipped(*members: tuple[str, bytes], method: int = zipfile.ZIP_DEFLATED) -> bytes:
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", method) as archive:
        for name, data in members:
            archive.writestr(zipfile.ZipInfo(name, (2024, 1, 1, 0, 0, 0)), data, method)
    return packed.getvalue()


WHOLE: dict[Kind, bytes] = {
    "csv": CSV,
    "open csv": CSV.rstrip(),
    "json": JSON,
    "zip": zipped(("a.csv", CSV)),
    "xml": XML,
    "html": HTML,
}


class Clock:
    """A clock that only sleeping moves."""

    def __init__(self) -> None:
        self.time = 0.0
        self.waits: list[float] = []

    def monotonic(self) -> float:
        return self.time

    def sleep(self, seconds: float) -> None:
        self.waits.append(seconds)
        self.time += seconds

    def patience(self, **changes: Any) -> Patience:
        return Patience(sleep=self.sleep, monotonic=self.monotonic, **changes)


def get(web: Web, path: str = "/x", kind: Kind = "csv", **more: Any) -> Document:
    return web.get("made", f"https://{HOST}{path}", name="x", kind=kind, **more)


def script(server: FaultServer, *answers: Answer, path: str = "/x", host: str = HOST) -> None:
    server.script(f"/{host}{path}", *answers)


def stored(web: Web) -> list[str]:
    """Return every file under the documents folder: whatever is there was stored or left behind."""
    return sorted(str(p.relative_to(web.documents)) for p in web.documents.rglob("*") if p.is_file())


def refused(web: Web, error: type[SourceError], **more: Any) -> SourceError:
    """Assert that asking raises this error and leaves nothing behind."""
    with pytest.raises(error) as caught:
        get(web, **more)
    assert stored(web) == []
    return caught.value
