"""How an SQLite file is opened here, and what its errors are called: for the record, and for the file of the post.

A rollback journal with full sync: SQLite's write-ahead log can corrupt before 3.51.3, and Python often brings an older one.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from sqlalchemy import Engine, create_engine, event
from sqlalchemy.exc import DBAPIError
from sqlalchemy.pool import NullPool, Pool

from monitor.storage import StoreError

BUSY_SECONDS = 10
RESTORE = "restore the last backup; the raw documents are kept, so that observations can also be collected again"


def engine_of(path: Path, mode: str = "rw", pool: type[Pool] = NullPool) -> Engine:
    """Return an engine that never makes a file unasked and never shows a row's values in an error.

    As it comes it closes the file after every use; another ``pool`` may keep it open.
    """
    address = f"{path.as_uri()}?mode={mode}"

    def connect() -> sqlite3.Connection:
        return sqlite3.connect(address, uri=True, check_same_thread=False)

    engine = create_engine("sqlite://", creator=connect, poolclass=pool, hide_parameters=True)

    @event.listens_for(engine, "connect")
    def prepare(connection: sqlite3.Connection, _: object) -> None:
        for pragma in (
            f"busy_timeout = {BUSY_SECONDS * 1000}",
            "journal_mode = TRUNCATE",
            "synchronous = FULL",
            "foreign_keys = ON",
            "cache_size = -65536",  # 64 MB: a large transaction reaches the file, and shuts readers out, late
        ):
            connection.execute(f"PRAGMA {pragma}")

    return engine


_HELP = {
    "locked": ("is in use", "wait until the other program has ended"),
    "full": ("could not be written", "free some disk space; nothing was half written"),
    "disk I/O": ("could not be read or written", "look whether the disk is full or failing; nothing was half written"),
    "readonly": ("cannot be written", "give this user the right to write the file and its folder"),
    "unable to open": ("cannot be opened", "give this user the right to read and write the file and its folder"),
}
_DAMAGE = ("malformed", "not a database", "decode", "unsupported file format", "no such table", "no such column")


@contextmanager
def named_errors(path: Path, drivers: tuple[type[Exception], ...] = (), restore: str = RESTORE) -> Iterator[None]:
    """Turn what a driver says into :class:`StoreError` with what to do. ``drivers``: errors of drivers besides SQLite's own."""
    known: tuple[type[Exception], ...] = (DBAPIError, sqlite3.Error, OSError, UnicodeDecodeError, *drivers)
    try:
        yield
    except known as error:
        said = str(error.orig if isinstance(error, DBAPIError) else error)
        what, help_text = next((h for words, h in _HELP.items() if words in said), ("failed", ""))
        if any(words in said for words in _DAMAGE):
            what, help_text = "is damaged", restore
        raise StoreError(f"{path} {what}: {said}", what_to_do=help_text) from error
