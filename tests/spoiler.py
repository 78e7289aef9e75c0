"""A mirror that spoils what it passes on: a file cut at the end of a row, a column of zeros, another unit; each well-formed."""

from __future__ import annotations

import io
import json
import threading
import urllib.error
import urllib.request
import zipfile
from collections.abc import Callable
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pandas as pd

Spoil = Callable[[bytes], bytes]
Change = Callable[[pd.DataFrame], pd.DataFrame]


class Spoiler:
    """Passes requests on to ``upstream``, and spoils the answers whose address holds a part named in ``spoils``."""

    def __init__(self, upstream: str) -> None:
        self.spoils: dict[str, Spoil] = {}
        outer = self

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                try:
                    with urllib.request.urlopen(upstream + self.path) as answer:
                        status, body, kind = answer.status, answer.read(), answer.headers["Content-Type"]
                except urllib.error.HTTPError as error:
                    status, body, kind = error.code, error.read(), error.headers["Content-Type"]
                for part, spoil in outer.spoils.items():
                    body = spoil(body) if part in self.path and status == 200 else body
                self.send_response(status)
                self.send_header("Content-Type", kind)
                self.send_header("Content-Length", str(len(body)))
                self.end_headers()
                self.wfile.write(body)

            def log_message(self, *_: object) -> None:
                pass

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self._server.server_address[1]}"

    def __enter__(self) -> Spoiler:
        threading.Thread(target=self._server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True).start()
        return self

    def __exit__(self, *_: object) -> None:
        self._server.shutdown()
        self._server.server_close()


def table(change: Change) -> Spoil:
    """Return what changes the rows of a CSV file, zipped or not, and leaves a valid file of the same columns; cells are text."""

    def spoil(body: bytes) -> bytes:
        if not body.startswith(b"PK"):
            return _rewritten(body, change)
        packed = io.BytesIO()
        with zipfile.ZipFile(io.BytesIO(body)) as old, zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as new:
            for name in old.namelist():
                new.writestr(name, _rewritten(old.read(name), change))
        return packed.getvalue()

    return spoil


def _rewritten(content: bytes, change: Change) -> bytes:
    rows = pd.read_csv(io.BytesIO(content), dtype=str, keep_default_na=False, encoding="utf-8-sig")
    return change(rows).to_csv(index=False).encode("utf-8")


def first_half(rows: pd.DataFrame) -> pd.DataFrame:
    """Return the first half of the rows, as of a file cut at the end of one."""
    return rows.head(len(rows) // 2)


def each(change: Callable[[pd.Series], pd.Series], starts: tuple[str, ...]) -> Change:
    """Return what changes every number in the columns that start with one of these; blanks stay blank."""

    def spoil(rows: pd.DataFrame) -> pd.DataFrame:
        rows = rows.copy()
        for column in (c for c in rows.columns if c.startswith(starts)):
            value = pd.to_numeric(rows[column], errors="coerce")
            rows[column] = change(value).astype(str).where(value.notna(), rows[column])
        return rows

    return spoil


def next_country(column: str, *, code: str, year: str) -> Change:
    """Return what moves each figure of this column to the country that comes next by code, the last one's to the first.

    A country keeps its own figure of a year in which the one before it has none; groups of countries keep theirs.
    """

    def spoil(rows: pd.DataFrame) -> pd.DataFrame:
        codes = sorted({c for c in rows[code] if len(c) == 3})
        source = rows[code].map(dict(zip(codes, codes[-1:] + codes[:-1], strict=True)))
        known = rows[rows[code].isin(codes)].set_index([code, year])[column]
        moved = known.reindex(pd.MultiIndex.from_arrays([source, rows[year]])).to_numpy()
        return rows.assign(**{column: rows[column].where(pd.isna(moved), moved)})

    return spoil


def a_year_later(year: str) -> Change:
    """Return what says of every figure that it is of the year after its own."""

    def spoil(rows: pd.DataFrame) -> pd.DataFrame:
        return rows.assign(**{year: (rows[year].astype(int) + 1).astype(str)})

    return spoil


def replaced(country: str, by: str, starts: str, *, code: str, year: str) -> Change:
    """Return what writes another country's figures of the year over a country's, in the columns that start so."""

    def spoil(rows: pd.DataFrame) -> pd.DataFrame:
        rows = rows.copy()
        columns = [c for c in rows.columns if c.startswith(starts)]
        others = rows[rows[code] == by].drop_duplicates(year).set_index(year)[columns]
        mine = (rows[code] == country) & rows[year].isin(others.index)
        rows.loc[mine, columns] = others.loc[rows.loc[mine, year]].to_numpy()
        return rows

    return spoil


def next_item(field: str) -> Spoil:
    """Return what gives each item of an answer of UNHCR what the one before it had in this field; the first, the last."""

    def spoil(body: bytes) -> bytes:
        answer = json.loads(body)
        values = [item[field] for item in answer["items"]]
        moved = values[-1:] + values[:-1]
        answer["items"] = [{**item, field: value} for item, value in zip(answer["items"], moved, strict=True)]
        return json.dumps(answer).encode()

    return spoil


def each_value(change: Callable[[float], float]) -> Spoil:
    """Return what changes every value of an answer of the World Bank."""

    def spoil(body: bytes) -> bytes:
        head, items = json.loads(body)
        items = [{**i, "value": None if i["value"] is None else change(i["value"])} for i in items]
        return json.dumps([head, items]).encode()

    return spoil
