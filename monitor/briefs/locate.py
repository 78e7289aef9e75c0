"""The place of a figure in a publisher's document: archive member, row or item, and the bytes that stand there.

Reads documents as they were sent: a table (comma or tab), a table in a zip archive, or JSON with a list of items. Rows are
counted as the sources count them (:class:`indicators.contract.Parsed`): data rows and items from 1.
"""

from __future__ import annotations

import csv
import json
import re
import zipfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import IO

LISTS = ("items", "results")  # keys under which publishers put their items
BLANK = re.compile(r"[\s,]*")
BOM = b"\xef\xbb\xbf"


class NotFound(ValueError):
    """The document is there, but not the place."""


@dataclass(frozen=True)
class Spot:
    """A row or item of a document. ``member``: of an archive, empty without one; ``kind``: ``row`` or ``item``; ``first_byte``:
    where it begins in the (unpacked) document, from 0; ``raw``: the bytes as sent; ``fields``: their names and texts."""

    member: str
    kind: str
    place: int
    first_byte: int
    raw: bytes
    fields: tuple[tuple[str, str], ...]

    def column(self, name: str) -> tuple[int, str] | None:
        """Return the number (from 1) and the text of a column, by its name or the part after a colon; None where it has none."""
        wanted = {name.casefold(), name.rpartition(":")[2].casefold()}
        return next(((n, text) for n, (field, text) in enumerate(self.fields, 1) if field.casefold() in wanted), None)


def locate(path: Path, place: int) -> Spot:
    """Return what stands at a place of a document; :class:`NotFound` where it has no such place or is of no kind known here."""
    with _opened(path) as (file, member):
        head = file.read(4_096)
        file.seek(0)
        if head.removeprefix(BOM).lstrip()[:1] in (b"{", b"["):
            return _item(file.read(), member, place)
        return _row(file, member, place, head)


@contextmanager
def _opened(path: Path) -> Iterator[tuple[IO[bytes], str]]:
    """Yield the document, or the one table in it where it is an archive, and that member's name."""
    if not zipfile.is_zipfile(path):
        with path.open("rb") as file:
            yield file, ""
        return
    with zipfile.ZipFile(path) as archive:
        tables = [n for n in archive.namelist() if n.lower().endswith(".csv") and "__MACOSX" not in n]
        if len(tables) != 1:
            raise NotFound(f"expected one table in the archive, found {len(tables)}")
        with archive.open(tables[0]) as member:
            yield member, tables[0]


# ------------------------------------------------------------------------------------------------------------------- tables


def _row(file: IO[bytes], member: str, place: int, head: bytes) -> Spot:
    first = head.split(b"\n", 1)[0]
    separator = "\t" if first.count(b"\t") > first.count(b",") else ","
    names: list[str] = []
    for n, (start, raw, cells) in enumerate(_records(file, separator)):
        if n == 0:
            names = cells
        elif n == place:
            named = tuple(zip(names, (_decoded(c.encode("latin-1")) for c in cells), strict=False))
            return Spot(member, "row", place, start, raw, named)
    raise NotFound(f"the table has no row {place}")


def _records(file: IO[bytes], separator: str) -> Iterator[tuple[int, bytes, list[str]]]:
    """Yield each record with its first byte and its bytes; read as Latin-1, in which every byte stays what it is."""
    lines: list[bytes] = []

    def fed() -> Iterator[str]:
        for line in file:
            lines.append(line)
            yield line.decode("latin-1")

    at = 0
    for cells in csv.reader(fed(), delimiter=separator):
        raw = b"".join(lines)
        lines.clear()
        yield at, raw.rstrip(b"\r\n"), [_without_bom(c) for c in cells] if at == 0 else cells
        at += len(raw)


def _without_bom(cell: str) -> str:
    return cell.removeprefix(BOM.decode("latin-1")).strip('"')


def _decoded(raw: bytes) -> str:
    try:
        return raw.decode("utf-8")
    except UnicodeDecodeError:
        return raw.decode("latin-1")


# --------------------------------------------------------------------------------------------------------------------- JSON


def _item(content: bytes, member: str, place: int) -> Spot:
    text = content.removeprefix(BOM).decode("utf-8")
    for n, (start, end) in enumerate(_items(text), 1):
        if n == place:
            raw = text[start:end]
            first = len(content) - len(content.removeprefix(BOM)) + len(text[:start].encode())
            return Spot(member, "item", place, first, raw.encode(), tuple(_flat(json.loads(raw))))
    raise NotFound(f"the document has no item {place}")


def _items(text: str) -> Iterator[tuple[int, int]]:
    """Yield where each item of the document's list begins and ends; the list is the body, its last part, or under a known key."""
    decoder = json.JSONDecoder()
    at = _list_begins(text, decoder) + 1
    while True:
        at = _skip(text, at)
        if at >= len(text) or text[at] == "]":
            return
        _, end = decoder.raw_decode(text, at)
        yield at, end
        at = end


def _list_begins(text: str, decoder: json.JSONDecoder) -> int:
    start = _skip(text, 0)
    if text[start] == "{":
        return _list_in_object(text, start, decoder)
    first = _skip(text, start + 1)
    if text[first] == "{":
        _, end = decoder.raw_decode(text, first)
        after = _skip(text, end)
        if after < len(text) and text[after] == "[":  # a head and then the list, as the World Bank sends it
            return after
    return start


def _list_in_object(text: str, start: int, decoder: json.JSONDecoder) -> int:
    at = _skip(text, start + 1)
    while at < len(text) and text[at] == '"':
        key, end = decoder.raw_decode(text, at)
        value = _skip(text, text.index(":", end) + 1)
        if key in LISTS and text[value] == "[":
            return value
        _, end = decoder.raw_decode(text, value)
        at = _skip(text, end)
    raise NotFound(f"no list under {' or '.join(LISTS)}")


def _skip(text: str, at: int) -> int:
    found = BLANK.match(text, at)
    return found.end() if found else at


def _flat(item: object, name: str = "") -> Iterator[tuple[str, str]]:
    """Yield the fields of an item; those of an object in it as ``name.field``."""
    if isinstance(item, dict):
        for key, value in item.items():
            yield from _flat(value, f"{name}.{key}" if name else str(key))
    else:
        yield name, "" if item is None else str(item)
