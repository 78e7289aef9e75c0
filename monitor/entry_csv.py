"""Judgements as a table of a spreadsheet: one row a judgement. Every row is good, or nothing is entered.

The columns are :data:`COLUMNS`, in any order; those that have a default may be left out or left blank. A source is one cell,
``TITLE|URL|2026-10-01``: a spreadsheet leaves such a cell as it is.
"""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator
from pathlib import Path

from monitor.risk.entered_text import shown
from monitor.risk.entry_rules import Desk, Refused, checked
from monitor.risk.judgements import Judgement

NEEDED = ("iso3", "indicator", "answer", "confidence", "summary", "role", "source_1")
SOURCES = ("source_1", "source_2", "source_3", "source_4")
COLUMNS = (
    *("iso3", "indicator", "answer", "direction", "confidence", "summary", "allegation"),
    *SOURCES,
    *("observed_from", "observed_to", "role", "second_reader", "expires"),
)
LARGEST = 4_000_000
YES_OR_NO = {"yes": True, "no": False, "": False}


def cited(text: str) -> dict[str, str]:
    """Return the parts of ``TITLE|URL|2026-10-01`` as a source is filled in; :class:`Refused` where there are fewer."""
    parts = [part.strip() for part in text.rsplit("|", 2)]
    if len(parts) < 3:
        raise Refused([f"source {shown(text)}: write TITLE|URL|2026-10-01"])
    return dict(zip(("title", "url", "date"), parts, strict=True))


def template() -> str:
    """Return the head of the file."""
    return ",".join(COLUMNS)


def read(path: Path, desk: Desk) -> list[Judgement]:
    """Return the judgements of a file; :class:`Refused` names every bad row with its line and reason."""
    found: dict[tuple[str, str], tuple[int, Judgement]] = {}
    faults: list[str] = []
    for line, form in _forms(_text(path)):
        try:
            if isinstance(form, str):
                raise Refused([form])
            entry = _judgement(form, desk)
            earlier, _ = found.setdefault((entry.iso3, entry.indicator), (line, entry))
            if earlier != line:
                raise Refused([f"{entry.iso3} {entry.indicator} stands in line {earlier} already"])
        except Refused as refused:
            faults += [f"line {line}: {fault}" for fault in refused.faults]
    if faults:
        raise Refused(faults)
    if not found:
        raise Refused(["the file has no row below its head"])
    return [entry for _, entry in found.values()]


def _text(path: Path) -> str:
    try:
        content = path.read_bytes() if path.stat().st_size <= LARGEST else None
    except OSError as error:
        raise Refused([f"{path} cannot be read ({error.strerror})"]) from error
    if content is None:
        raise Refused([f"{path} has more than {LARGEST:,} bytes"])
    try:
        return content.decode("utf-8-sig")  # spreadsheets write a byte-order mark
    except UnicodeDecodeError as error:
        raise Refused([f"{path} is not UTF-8 text (byte {error.start}); save it as CSV UTF-8"]) from error


def _forms(text: str) -> Iterator[tuple[int, dict[str, str] | str]]:
    """Yield each row's line in the file with its cells by column, or with what is wrong with it; blank rows are left out."""
    rows = csv.reader(io.StringIO(text, newline=""), strict=True)
    head: list[str] = []
    line = 1
    try:
        for cells in rows:
            if not head:
                head = _head(cells)
            elif len(cells) != len(head) and any(cells):
                yield line, f"has {len(cells)} cells; the head has {len(head)}"
            elif any(cell.strip() for cell in cells):
                yield line, dict(zip(head, cells, strict=True))
            line = rows.line_num + 1
    except csv.Error as error:
        yield line, f"is not CSV ({error})"
    if not head:
        raise Refused(["the file is empty; `monitor judge --template` prints its head"])


def _head(cells: list[str]) -> list[str]:
    head = [cell.strip() for cell in cells]
    faults = [f"line 1: there is no column {shown(c)}; the columns are {template()}" for c in head if c not in COLUMNS]
    faults += [f"line 1: column {c} is missing" for c in NEEDED if c not in head]
    if faults or len(set(head)) != len(head):
        raise Refused(faults or ["line 1: a column stands twice"])
    return head


def _judgement(cells: dict[str, str], desk: Desk) -> Judgement:
    cells = {name: cell.strip() for name, cell in cells.items()}
    allegation = cells.pop("allegation", "").lower()
    if allegation not in YES_OR_NO:
        raise Refused([f"allegation: {shown(allegation)} is neither yes nor no"])
    sources = [cited(cell) for name in SOURCES if (cell := cells.pop(name, ""))]
    given = {name: cell for name, cell in cells.items() if cell}
    entry = checked({"entry": "judgement", **given, "allegation": YES_OR_NO[allegation], "sources": sources}, desk)
    assert isinstance(entry, Judgement)  # noqa: S101  (a form of a judgement gives nothing else)
    return entry
