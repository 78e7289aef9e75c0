"""Tables out of documents: unpacked on disk, proven before they are parsed, read as text with nothing guessed.

A table may have thousands of columns and half a gigabyte (V-Dem), of which we take fifty: it never lies in memory whole.
"""

from __future__ import annotations

import codecs
import csv
import io
import os
import stat
import tempfile
import zipfile
from collections.abc import Iterator, Sequence
from contextlib import ExitStack
from typing import BinaryIO

import numpy as np
import pandas as pd
import pyarrow
import pyarrow.csv

from indicators.body import DAMAGED, LOOK_IN_BROWSER, MOST_UNPACKED
from indicators.contract import Document, Incomplete, NotData, SourceError, TooLarge, require_columns

BLOCK = 1 << 20
MOST_TIMES = 200  # a table packs to a tenth or so; far more than that is a bomb
PACKED_AS = (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED)  # a block of the others has no upper size when unpacked


def open_member(document: Document, suffix: str = ".csv", *, max_bytes: int = MOST_UNPACKED) -> BinaryIO:
    """Return the one member of a zip document that ends in ``suffix``, unpacked and proven to its end; use it with ``with``.

    It lies on the disk beside the document in a file without a name: gone when closed, and when the process is killed.
    Raises :class:`Incomplete` for a damaged archive or a size other than declared, :class:`NotData` when there is not exactly
    one such member or it is unsafe, :class:`TooLarge` when it unpacks to more than ``max_bytes`` or :data:`MOST_TIMES` its
    size, :class:`SourceError` when the disk cannot take it.
    """
    with ExitStack() as on_failure:
        try:
            file = on_failure.enter_context(tempfile.TemporaryFile(dir=document.path.parent))
            for block in _unpacked(document, suffix, max_bytes):
                file.write(block)
            file.seek(0)
        except OSError as error:
            raise SourceError(
                f"{document.name}: could not be unpacked beside the document ({error})", what_to_do="make room on the disk"
            ) from error
        on_failure.pop_all()
    return file


def _unpacked(document: Document, suffix: str, max_bytes: int) -> Iterator[bytes]:
    """Yield the member block by block; never more than a byte beyond its declared size."""
    try:
        with zipfile.ZipFile(document.path) as archive:
            info = _only_member(archive, suffix, document.name, max_bytes)
            left = info.file_size
            info.file_size += 1  # at the size declared zipfile stops without a word; a byte further, a lie shows
            with archive.open(info) as member:
                while block := member.read(BLOCK):
                    left -= len(block)
                    yield block
            if left:
                raise Incomplete(f"{document.name}: damaged archive ({info.filename} has not the size that the directory says)")
    except DAMAGED as error:
        raise Incomplete(f"{document.name}: damaged archive ({error})") from error


def _only_member(archive: zipfile.ZipFile, suffix: str, name: str, max_bytes: int) -> zipfile.ZipInfo:
    """Return the entry to unpack, by what the directory says of it."""
    found = [i for i in archive.infolist() if i.filename.lower().endswith(suffix) and "__MACOSX" not in i.filename]
    if len(found) != 1:
        raise NotData(f"{name}: expected one *{suffix} in the archive, found {len(found)}")
    info = found[0]
    link = stat.S_ISLNK(info.external_attr >> 16)
    if info.filename.startswith(("/", "\\")) or ".." in info.filename or info.flag_bits & 0x1 or link:
        raise NotData(f"{name}: unsafe, linked or encrypted archive member {info.filename!r}")
    if info.compress_type not in PACKED_AS:
        raise NotData(f"{name}: {info.filename!r} is packed by method {info.compress_type}; deflate is expected")
    if info.file_size > max_bytes or info.file_size > MOST_TIMES * max(info.compress_size, 1_000):
        raise TooLarge(f"{name}: {info.filename} would unpack to {info.file_size:,} bytes")
    return info


def csv_header(data: BinaryIO, name: str, *, encoding: str = "utf-8-sig", sep: str = ",") -> list[str]:
    """Return the column names of a CSV; an empty file or a web page in its place raises :class:`NotData`."""
    data.seek(0)
    head = data.read(2_000).removeprefix(codecs.BOM_UTF8).lstrip().lower()
    if not head:
        raise NotData(f"{name}: empty file")
    if head.startswith((b"<!doctype", b"<html", b"<head", b"<?xml")):
        raise NotData(f"{name}: got a web page instead of a table", what_to_do=LOOK_IN_BROWSER)
    data.seek(0)
    text = io.TextIOWrapper(data, encoding=encoding, newline="")
    try:
        return next(csv.reader(text, delimiter=sep))
    except (csv.Error, UnicodeDecodeError) as error:
        raise NotData(f"{name}: not a readable table ({error})") from error
    finally:
        text.detach()  # or it would close the file


def read_csv(data: BinaryIO, wanted: Sequence[str], name: str, *, encoding: str = "utf-8-sig", sep: str = ",") -> pd.DataFrame:
    """Return the ``wanted`` columns of a CSV as text, with nothing guessed (``NA`` stays Namibia, blanks stay blank).

    ``data`` is a file open for reading, of any size: it is parsed block by block, and only the wanted columns are kept.
    A row with a field too many or too few, a quote that is never closed, a missing or doubled column, or a body without its
    last line end is an error: :class:`SchemaChanged` names the columns, :class:`Incomplete` and :class:`NotData` the fault.
    """
    header = csv_header(data, name, encoding=encoding, sep=sep)
    require_columns(header, wanted, name)
    data.seek(-1, os.SEEK_END)
    if data.read(1) not in (b"\n", b"\r"):
        raise Incomplete(f"{name}: the last line has no end; the file was cut")
    data.seek(0)
    marked = _Marked(data, "end of table" + sep * len(header))  # a field too many: it never passes for a row
    try:
        with pyarrow.csv.open_csv(
            marked,
            # not in threads: as fast, and an error names its row
            read_options=pyarrow.csv.ReadOptions(
                encoding="utf8" if encoding.startswith("utf-8") else encoding, use_threads=False
            ),
            parse_options=pyarrow.csv.ParseOptions(delimiter=sep, newlines_in_values=True, invalid_row_handler=marked.recognise),
            convert_options=pyarrow.csv.ConvertOptions(
                include_columns=list(wanted), column_types=dict.fromkeys(wanted, pyarrow.string()), strings_can_be_null=False
            ),
        ) as reader:
            table = reader.read_all()
    except (pyarrow.ArrowInvalid, UnicodeDecodeError) as error:
        raise NotData(f"{name}: not a readable table ({str(error).splitlines()[0][:200]})") from error
    if marked.seen != 1:
        raise NotData(f"{name}: a quote in row {len(table):,} is never closed and swallows what stands behind it")
    frame: pd.DataFrame = table.to_pandas(types_mapper={pyarrow.string(): pd.StringDtype("pyarrow", na_value=np.nan)}.get)
    return frame


class _Marked:
    """A table followed by a line of our own: where the parser does not meet it, an open quote has swallowed it, and rows too."""

    closed = False

    def __init__(self, data: BinaryIO, line: str) -> None:
        self.seen = 0
        self._data, self._line, self._left = data, line, line.encode() + b"\n"

    def readable(self) -> bool:
        return True

    def read(self, size: int = -1) -> bytes:
        block = self._data.read(size)
        if not block:
            block, self._left = self._left, b""
        return block

    def recognise(self, row: pyarrow.csv.InvalidRow) -> str:
        """Tell the parser what to do with a row of too many or too few fields."""
        if row.text != self._line:
            return "error"
        self.seen += 1
        return "skip"
