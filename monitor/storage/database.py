"""The file of the record: made, opened, distrusted, and the two ways into it.

One file under a rollback journal with full sync: SQLite's write-ahead log can corrupt before 3.51.3, and Python often brings an
older one. Small statements go through SQLAlchemy, whole panels come back through ADBC as Arrow tables. Each of the two brings
its own SQLite library, and closing a file in one drops the locks that the other holds on it
(https://www.sqlite.org/howtocorrupt.html, 2.2.1): within a process the file is therefore open in one place at a time.
"""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import adbc_driver_manager
import adbc_driver_sqlite.dbapi
import pyarrow as pa
from sqlalchemy import Connection, Select, func, insert, inspect, select, text

from monitor.storage import StoreError
from monitor.storage.schema import VERSION, metadata, record_version
from monitor.storage.sqlite import BUSY_SECONDS, RESTORE, engine_of, named_errors

DRIVERS = (adbc_driver_manager.Error,)

_ONE_PLACE = threading.Lock()


class Database:
    """The SQLite file at ``path``, absolute. Every method raises :class:`StoreError` in place of the drivers' own errors."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self._engine = engine_of(path)

    def create(self) -> None:
        """Make an empty record: whole under another name first, so that an empty file is never ours, nor taken for a new one."""
        fresh = self.path.with_suffix(".new")
        fresh.unlink(missing_ok=True)
        with _ONE_PLACE, named_errors(fresh, DRIVERS), engine_of(fresh, mode="rwc").begin() as connection:
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
        with _ONE_PLACE, named_errors(self.path, DRIVERS), self._engine.connect() as connection:
            yield connection

    @contextmanager
    def transaction(self) -> Iterator[Connection]:
        """Open for statements that take effect together at the end of the block, or not at all when it raises."""
        with _ONE_PLACE, named_errors(self.path, DRIVERS), self._engine.begin() as connection:
            yield connection

    def arrow(self, query: Select[Any]) -> pa.Table:
        """Return a large result as an Arrow table."""
        statement = str(query.compile(self._engine, compile_kwargs={"literal_binds": True}))
        # rw, not ro: whoever comes next must be able to roll back what a killed writer left
        address = f"{self.path.as_uri()}?mode=rw"
        with (
            _ONE_PLACE,
            named_errors(self.path, DRIVERS),
            adbc_driver_sqlite.dbapi.connect(address) as connection,
            connection.cursor() as cursor,
        ):
            cursor.execute(f"PRAGMA busy_timeout = {BUSY_SECONDS * 1000}")
            cursor.adbc_statement.set_options(**{"adbc.sqlite.query.batch_rows": 65_536})
            cursor.execute(statement)
            return cursor.fetch_arrow_table()
