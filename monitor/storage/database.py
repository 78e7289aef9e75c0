"""The file of the record: made, opened, distrusted, and the two ways into it.

One file under a rollback journal with full sync: SQLite's write-ahead log can corrupt before 3.51.3, and Python often brings an
older one. Small statements go through SQLAlchemy, whole panels come back through ADBC as Arrow tables. Each of the two brings
its own SQLite library, and closing a file in one drops the locks that the other holds on it
(https://www.sqlite.org/howtocorrupt.html, 2.2.1): within a process the file is therefore open in one place at a time.
"""

from __future__ import annotations

import sqlite3
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import adbc_driver_manager
import adbc_driver_sqlite.dbapi
import pyarrow as pa
from sqlalchemy import Connection, Engine, Select, create_engine, event, func, insert, inspect, select, text
from sqlalchemy.exc import DBAPIError
from sqlalchemy.pool import NullPool

from monitor.storage import StoreError
from monitor.storage.schema import VERSION, metadata, record_version

BUSY_SECONDS = 10
RESTORE = "restore the last backup; the raw documents are kept, so that observations can also be collected again"

_ONE_PLACE = threading.Lock()


class Database:
    """The SQLite file at ``path``, absolute. Every method raises :class:`StoreError` in place of the drivers' own errors."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self._engine = _engine(path)

    def create(self) -> None:
        """Make an empty record: whole under another name first, so that an empty file is never ours, nor taken for a new one."""
        fresh = self.path.with_suffix(".new")
        fresh.unlink(missing_ok=True)
        with _ONE_PLACE, _named_errors(fresh), _engine(fresh, mode="rwc").begin() as connection:
            metadata.create_all(connection)
            connection.execute(insert(record_version).values(version=VERSION))
        fresh.replace(self.path)

    def upgrade(self) -> None:
        """Give a record of an older version the tables that it lacks, all at once or none; its own stay as they are."""
        with self.transaction() as connection:
            connection.exec_driver_sql("BEGIN IMMEDIATE")  # the driver itself begins at the first row, so after the tables
            metadata.create_all(connection)
            connection.execute(insert(record_version).values(version=VERSION))

    def refuse_foreign(self) -> int:
        """Return the version of this record; :class:`StoreError` unless it is readable and of this version or an older one."""
        with self.path.open("rb") as file:
            if file.read(16) != b"SQLite format 3\0":
                raise StoreError(f"{self.path} is damaged: it is not an SQLite file", what_to_do=RESTORE)
        with self.reading() as connection:
            if self.path.stat().st_size % connection.scalar(text("PRAGMA page_size")):  # SQLite would take the rest for zeros
                raise StoreError(f"{self.path} is damaged: its last page is cut", what_to_do=RESTORE)
            if not inspect(connection).has_table(record_version.name):
                raise StoreError(f"{self.path} is not a record of this program", what_to_do="move it away, or set MONITOR_HOME")
            version = connection.scalar(select(func.max(record_version.c.version))) or 0
        if version > VERSION:
            newer = f"{self.path} was written by a newer program (version {version}; this one knows {VERSION})"
            raise StoreError(newer, what_to_do="install the newer program again")
        if version < 1:
            raise StoreError(f"{self.path} is damaged: its version is {version}", what_to_do=RESTORE)
        return int(version)

    def refuse_damaged(self) -> None:
        """Raise :class:`StoreError` when the file's structure is not whole. Reads the whole file."""
        if problems := self.integrity():
            raise StoreError(f"{self.path} is damaged: {problems[0]}", what_to_do=RESTORE)

    def integrity(self) -> list[str]:
        """Return what SQLite itself finds wrong, an empty list when nothing; it does not notice every changed value."""
        with self.reading() as connection:
            found = [str(line) for line in connection.scalars(text("PRAGMA integrity_check")) if line != "ok"]
            return found + [f"{row[0]}: a row points nowhere" for row in connection.execute(text("PRAGMA foreign_key_check"))]

    @contextmanager
    def reading(self) -> Iterator[Connection]:
        """Open for statements that change nothing."""
        with _ONE_PLACE, _named_errors(self.path), self._engine.connect() as connection:
            yield connection

    @contextmanager
    def transaction(self) -> Iterator[Connection]:
        """Open for statements that take effect together at the end of the block, or not at all when it raises."""
        with _ONE_PLACE, _named_errors(self.path), self._engine.begin() as connection:
            yield connection

    def arrow(self, query: Select[Any]) -> pa.Table:
        """Return a large result as an Arrow table."""
        statement = str(query.compile(self._engine, compile_kwargs={"literal_binds": True}))
        # rw, not ro: whoever comes next must be able to roll back what a killed writer left
        address = f"{self.path.as_uri()}?mode=rw"
        with (
            _ONE_PLACE,
            _named_errors(self.path),
            adbc_driver_sqlite.dbapi.connect(address) as connection,
            connection.cursor() as cursor,
        ):
            cursor.execute(f"PRAGMA busy_timeout = {BUSY_SECONDS * 1000}")
            cursor.adbc_statement.set_options(**{"adbc.sqlite.query.batch_rows": 65_536})
            cursor.execute(statement)
            return cursor.fetch_arrow_table()


def _engine(path: Path, mode: str = "rw") -> Engine:
    """Return an engine that never makes a file unasked, and closes the file after every use."""
    address = f"{path.as_uri()}?mode={mode}"
    engine = create_engine("sqlite://", creator=lambda: sqlite3.connect(address, uri=True), poolclass=NullPool)

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
def _named_errors(path: Path) -> Iterator[None]:
    """Turn what a driver says into :class:`StoreError` with what to do."""
    try:
        yield
    except (DBAPIError, sqlite3.Error, adbc_driver_manager.Error, OSError, UnicodeDecodeError) as error:
        said = str(error.orig if isinstance(error, DBAPIError) else error)
        what, help_text = next((h for words, h in _HELP.items() if words in said), ("failed", ""))
        if any(words in said for words in _DAMAGE):
            what, help_text = "is damaged", RESTORE
        raise StoreError(f"{path} {what}: {said}", what_to_do=help_text) from error
