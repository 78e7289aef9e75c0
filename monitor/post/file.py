"""The file of the post: ``post/post.sqlite`` under the home, apart from the record, readable by its owner alone."""

from __future__ import annotations

import os
import stat
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from sqlalchemy import Connection, event, func, insert, inspect, select, text
from sqlalchemy.pool import QueuePool

from monitor.post import PostError
from monitor.post.keys import FILE as KEY_FILE
from monitor.post.keys import Keys, load_keys
from monitor.post.schema import VERSION, metadata, post_version
from monitor.storage.lock import WriterLock, make_home
from monitor.storage.sqlite import engine_of, named_errors

FOLDER, FILE, LOCK, LAST_SESSION = "post", "post.sqlite", "sending.lock", "post.session"
RESTORE = "restore the last backup of the post, then run `monitor outbox` to see what it does not know"


def stamp(at: datetime) -> str:
    """Return an instant as the tables hold it."""
    return f"{at.astimezone(UTC):%Y-%m-%dT%H:%M:%S.%fZ}"


def instant(text: str) -> datetime:
    """Return the instant that a table holds."""
    return datetime.fromisoformat(text)


class PostFile:
    """The file of the post under ``home``: made when there is none, refused when it is damaged, foreign or open to others.

    ``key``: file of the key (default: ``post.key`` under the home). ``keyless``: for the process that answers links, which needs
    no key, can unseal nothing, and makes nothing. Every method may raise :class:`~monitor.storage.StorageError`.
    """

    def __init__(self, home: Path, key: Path | None = None, *, keyless: bool = False) -> None:
        self.home = home.absolute()
        self.path = self.home / FOLDER / FILE
        self.lock = WriterLock(self.home / FOLDER / LOCK)
        self._engine = engine_of(self.path, pool=QueuePool)
        event.listen(self._engine, "connect", _no_hidden_transactions)
        event.listen(self._engine, "begin", _begin)
        key_path = key or self.home / KEY_FILE
        if not self.path.exists() and not keyless:
            self._create(key_path)
        self._keys = None if keyless else load_keys(key_path, make=False)
        self._refuse_foreign()

    @property
    def keys(self) -> Keys:
        """The keys; there are none in the process that answers links."""
        if self._keys is None:
            raise PostError("this process was started without the key of the post")
        return self._keys

    @contextmanager
    def reading(self) -> Iterator[Connection]:
        """Open for statements that change nothing."""
        with named_errors(self.path, restore=RESTORE), self._engine.connect() as connection:
            yield connection.execution_options(changes_nothing=True)

    @contextmanager
    def transaction(self) -> Iterator[Connection]:
        """Open for statements that take effect together, down on the disk, at the end of the block, or not at all."""
        with named_errors(self.path, restore=RESTORE), self._engine.begin() as connection:
            yield connection

    def close(self) -> None:
        """Close the file."""
        self._engine.dispose()

    def _create(self, key_path: Path) -> None:
        """Make an empty file whole under another name first; not where one has been before."""
        if (self.home / LAST_SESSION).exists():
            raise PostError(f"{self.path} is missing, but mail was sent from it", what_to_do=RESTORE)
        make_home(self.home)
        with named_errors(self.path, restore=RESTORE):
            self.path.parent.mkdir(mode=0o700, exist_ok=True)
            keys = load_keys(key_path, make=True)
            with self.lock.held():
                if self.path.exists():
                    return
                fresh = self.path.with_suffix(".new")
                fresh.unlink(missing_ok=True)
                os.close(os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600))  # its journal takes the same rights
                engine = engine_of(fresh)
                with engine.begin() as connection:
                    metadata.create_all(connection)
                    connection.execute(insert(post_version).values(version=VERSION, proof=keys.keyed("proof")))
                engine.dispose()
                fresh.with_name(f"{fresh.name}-journal").unlink(missing_ok=True)
                fresh.replace(self.path)

    def _refuse_foreign(self) -> None:
        with named_errors(self.path, restore=RESTORE):
            if not self.path.exists():
                raise PostError("there are no subscribers yet", what_to_do="run `monitor subscribers add` first")
            if os.name == "posix" and stat.S_IMODE(self.path.stat().st_mode) & 0o077:
                raise PostError(
                    f"{self.path} may be read by others", what_to_do=f"run `chmod 600 {self.path}`, and ask who has read it"
                )
            with self.path.open("rb") as file:
                if file.read(16) != b"SQLite format 3\0":
                    raise PostError(f"{self.path} is damaged: it is not an SQLite file", what_to_do=RESTORE)
        with self.reading() as connection:
            if self.path.stat().st_size % (connection.scalar(text("PRAGMA page_size")) or 1):
                raise PostError(f"{self.path} is damaged: its last page is cut", what_to_do=RESTORE)
            if not inspect(connection).has_table(post_version.name):
                raise PostError(f"{self.path} is not a file of the post", what_to_do="move it away, or set MONITOR_HOME")
            version = connection.scalar(select(func.max(post_version.c.version))) or 0
            proof = connection.scalar(select(post_version.c.proof))
        if version != VERSION:
            raise PostError(
                f"{self.path} is of version {version}; this program knows {VERSION}", what_to_do="install the newer program"
            )
        if self._keys is not None and proof != self._keys.keyed("proof"):
            raise PostError(f"the key does not fit {self.path}", what_to_do="restore the key from its own backup")


def _no_hidden_transactions(connection: Any, _: object) -> None:
    """Let a transaction begin where it is said to begin, not at the first change."""
    connection.isolation_level = None


def _begin(connection: Connection) -> None:
    """Take the right to write at once, so that nobody changes what was read before it is written."""
    reading = connection.get_execution_options().get("changes_nothing", False)
    connection.exec_driver_sql("BEGIN" if reading else "BEGIN IMMEDIATE")
