"""The body of an answer: unpacked within a cap, proven whole, and filed under its hash.

A body that stops too soon looks like a smaller body, and fewer killings. So every body must prove its end: by a length or chunk
marks that the transport checks, by the check sum of a gzip stream, or by what it is (a zip directory, whole JSON, a closing tag).
"""

from __future__ import annotations

import hashlib
import json
import lzma
import os
import re
import struct
import uuid
import zipfile
import zlib
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import BinaryIO, Literal

from indicators.contract import Incomplete, NotData, TooLarge

Kind = Literal["csv", "open csv", "json", "zip", "html", "xml"]  # "open": the publisher writes no last line end

BLOCK = 1 << 16
DAMAGED = (zipfile.BadZipFile, zlib.error, lzma.LZMAError, EOFError, OSError, ValueError, struct.error, NotImplementedError)
MOST_UNPACKED = 2_000_000_000  # bytes, all members of an archive together
MOST_DIRECTORY = 1 << 20  # bytes of an archive's directory: about ten thousand members
PAGE = re.compile(rb"(?:<\?xml[^>]*>\s*|<!--.*?-->\s*)*<(?:!doctype\s+html|html|head|body|script)[\s>]", re.DOTALL)
LOOK_IN_BROWSER = "open the address in a browser: it may ask for a login, limit requests or be down for maintenance"


def unpacked(blocks: Iterable[bytes], encoding: str, name: str) -> Iterator[bytes]:
    """Yield the body without its ``Content-Encoding``, at most a mebibyte at a time: only gzip was asked for.

    Raises :class:`Incomplete` for a gzip stream that is cut or damaged, :class:`NotData` for another encoding.
    """
    if encoding in ("", "identity"):
        yield from blocks
        return
    if encoding not in ("gzip", "x-gzip"):
        raise NotData(f"{name}: packed as {encoding[:40]!r}, which was not asked for")
    inflate = zlib.decompressobj(wbits=31)
    try:
        for received in blocks:
            rest = received
            while rest:
                if inflate.eof:  # a gzip stream may have several parts
                    inflate = zlib.decompressobj(wbits=31)
                yield inflate.decompress(rest, 1 << 20)
                rest = inflate.unconsumed_tail or inflate.unused_data
        yield inflate.flush()
    except zlib.error as error:
        raise Incomplete(f"{name}: damaged gzip stream ({error})") from None
    if not inflate.eof:
        raise Incomplete(f"{name}: the gzip stream was cut")


class Part:
    """Bytes on their way in: hashed while written, filed under their hash when whole, gone when not. A context manager."""

    def __init__(self, folder: Path) -> None:
        folder.mkdir(parents=True, exist_ok=True)
        self.folder = folder
        self.path = folder / f"{uuid.uuid4().hex}.part"
        self.size = 0
        self._digest = hashlib.sha256()
        self._file: BinaryIO = self.path.open("xb")

    def __enter__(self) -> Part:
        return self

    def __exit__(self, *_: object) -> None:
        self._file.close()
        self.path.unlink(missing_ok=True)

    @property
    def sha256(self) -> str:
        """Return the SHA-256 of the bytes so far, in hex."""
        return self._digest.hexdigest()

    def write(self, block: bytes) -> None:
        """Add bytes."""
        self._file.write(block)
        self._digest.update(block)
        self.size += len(block)

    def close(self) -> None:
        """Bring all bytes to the disk."""
        self._file.flush()
        os.fsync(self._file.fileno())
        self._file.close()

    def keep(self) -> Path:
        """Move the closed file to its place in one step and return the place; bytes that lie there whole are left alone."""
        place = self.folder / self.sha256[:2] / self.sha256
        place.parent.mkdir(exist_ok=True)
        if not holds(place, self.sha256):
            self.path.replace(place)
            _sync(place.parent)
            _sync(self.folder)
        return place


def holds(path: Path, sha256: str) -> bool:
    """Return whether the bytes at ``path`` are there and are those of this hash."""
    try:
        with path.open("rb") as file:
            return hashlib.file_digest(file, "sha256").hexdigest() == sha256
    except FileNotFoundError:
        return False


def _sync(folder: Path) -> None:
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def prove(path: Path, kind: Kind, name: str, *, framed: bool) -> None:
    """Raise unless the file is whole and is what it should be.

    ``framed``: the transport has proven the end (length, chunks or a gzip check sum). Without that, a table cut at the end of
    a row cannot be told from a whole one, and is refused. An ``open csv`` lacks the last line end even when whole.

    Raises :class:`NotData` (empty, a web page, plain text), :class:`Incomplete`, :class:`TooLarge` (archives).
    """
    with path.open("rb") as file:
        head = _text(file.read(BLOCK)).lstrip()
        file.seek(max(path.stat().st_size - BLOCK, 0))
        tail = file.read()
    if not head:
        raise NotData(f"{name}: empty answer; an empty answer is not a zero")
    _refuse_other(head, kind.removeprefix("open "), name)
    if kind == "zip":
        _prove_archive(path, tail, name)
    elif kind in ("csv", "open csv"):
        if kind == "csv" and _text(tail)[-1:] not in (b"\n", b"\r"):
            raise Incomplete(f"{name}: the last line has no end; the file was cut")
        if not framed:
            raise Incomplete(f"{name}: the host gave no length, so a cut table could not be told from a whole one")
    elif kind == "json":
        _prove_json(path, head, _text(tail).rstrip(), name, framed=framed)
    elif not framed and not _closed(head, _text(tail).rstrip(), kind):
        raise Incomplete(f"{name}: the host gave no length and the closing tag is missing")


def _text(data: bytes) -> bytes:
    """Return bytes without byte order mark and, for UTF-16, without the zeros: enough to recognise what they are."""
    return data.removeprefix(b"\xef\xbb\xbf").removeprefix(b"\xff\xfe").removeprefix(b"\xfe\xff").replace(b"\0", b"")


def _refuse_other(head: bytes, kind: str, name: str) -> None:
    """Raise :class:`NotData` for a body that is plainly something else."""
    start = head[:1_000].lower()
    if (kind in ("csv", "json", "zip") and start.startswith(b"<")) or (kind == "xml" and PAGE.match(start)):
        got = "a web page" if PAGE.match(start) else "XML, perhaps an error message,"
        raise NotData(f"{name}: got {got} instead of {kind}", what_to_do=LOOK_IN_BROWSER)
    if kind == "csv" and start.startswith((b"{", b"[", b"pk\x03\x04", b"\x1f\x8b", b"%pdf")):
        raise NotData(f"{name}: got something else instead of a table", what_to_do=LOOK_IN_BROWSER)
    if (kind == "json" and not start.startswith((b"{", b"["))) or (kind == "xml" and not start.startswith(b"<")):
        raise NotData(f"{name}: got plain text instead of {kind}", what_to_do=LOOK_IN_BROWSER)


def _prove_json(path: Path, head: bytes, tail: bytes, name: str, *, framed: bool) -> None:
    """Check the closing bracket; where nothing else proves the end, read it all."""
    if tail[-1:] != (b"]" if head.startswith(b"[") else b"}"):
        raise Incomplete(f"{name}: the closing bracket is missing")
    if not framed:
        try:
            json.loads(path.read_bytes())
        except (ValueError, RecursionError):
            raise Incomplete(f"{name}: the host gave no length and the JSON is not whole") from None


def _closed(head: bytes, tail: bytes, kind: Kind) -> bool:
    """Return whether a page ends in ``</html>``, or XML in the closing tag of its first element."""
    if kind == "html":
        return tail.lower().endswith(b"</html>")
    root = re.search(rb"<([^\s/>!?]+)", head)
    return root is not None and re.search(rb"</" + re.escape(root[1]) + rb"\s*>$", tail) is not None


def _prove_archive(path: Path, tail: bytes, name: str) -> None:
    """Read the directory and check every member's check sum; size and number are checked before anything is unpacked."""
    end = tail.rfind(b"PK\x05\x06")
    if end < 0 or len(tail) - end < 22:
        raise Incomplete(f"{name}: the archive has no directory at its end; the file was cut")
    if struct.unpack_from("<L", tail, end + 12)[0] > MOST_DIRECTORY:
        raise TooLarge(f"{name}: the archive lists too many members")
    try:
        with zipfile.ZipFile(path) as archive:
            members = archive.infolist()
            if any(m.flag_bits & 0x1 for m in members):
                raise NotData(f"{name}: the archive is encrypted")
            if any(m.compress_type not in (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED) for m in members):
                raise NotData(f"{name}: the archive is packed in a way that we do not unpack")  # its blocks have no upper size
            if (size := sum(m.file_size for m in members)) > MOST_UNPACKED:
                raise TooLarge(f"{name}: the archive would unpack to {size:,} bytes")
            damaged = archive.testzip()
    except DAMAGED as error:
        raise Incomplete(f"{name}: damaged archive ({error})") from None
    if damaged:
        raise Incomplete(f"{name}: damaged archive (check sum of {damaged!r})")
