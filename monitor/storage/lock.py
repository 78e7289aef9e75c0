"""One writer at a time: an operating-system lock on a file, which a killed process gives back by dying."""

from __future__ import annotations

import os
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import IO

from monitor.storage import StoreError

WRITABLE = "name a folder in which this user may write, with --home or MONITOR_HOME"
_FAR = 1 << 30  # Windows locks bytes, and locked bytes cannot be read: so lock one beyond the text


def make_home(home: Path) -> None:
    """Make the folder of the state, unless it is there; :class:`StoreError` where it cannot be made."""
    try:
        home.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise StoreError(f"{home} cannot be made: {error.strerror}", what_to_do=WRITABLE) from error


class WriterLock:
    """The lock of one record. The thread that holds it may take it again; everyone else is refused at once.

    The file stays when the lock is given back: deleting it would let two writers hold two files of one name.
    """

    def __init__(self, path: Path) -> None:
        self._path = path
        self._thread = threading.RLock()
        self._depth = 0

    @contextmanager
    def held(self) -> Iterator[bool]:
        """Hold the lock; yields whether it was taken just now. Raises :class:`StoreError` when someone else has it."""
        if not self._thread.acquire(blocking=False):
            raise StoreError("already running (another thread of this process is writing)", what_to_do="wait until it has ended")
        try:
            if self._depth:
                yield False
                return
            with self._opened() as file:
                self._take(file)
                self._depth = 1
                try:
                    yield True
                finally:
                    self._depth = 0
        finally:
            self._thread.release()

    def _opened(self) -> IO[str]:
        try:
            return self._path.open("a+", encoding="ascii")
        except OSError as error:
            raise StoreError(f"{self._path} cannot be written: {error.strerror}", what_to_do=WRITABLE) from error

    def _take(self, file: IO[str]) -> None:
        try:
            _lock(file)
        except OSError as error:
            raise StoreError(f"already running ({self._holder()})", what_to_do="wait until it has ended") from error
        file.truncate(0)
        file.write(str(os.getpid()))
        file.flush()

    def _holder(self) -> str:
        """Say who holds the lock, and since when: the holder wrote its process number into the file as it took it."""
        pid = self._path.read_text(encoding="ascii").strip() or "unknown"
        since = datetime.fromtimestamp(self._path.stat().st_mtime, UTC)
        return f"process {pid}, since {since:%Y-%m-%d %H:%M:%S} UTC"


if sys.platform == "win32":
    import msvcrt

    def _lock(file: IO[str]) -> None:
        file.seek(_FAR)
        msvcrt.locking(file.fileno(), msvcrt.LK_NBLCK, 1)
        file.seek(0)
else:
    import fcntl

    def _lock(file: IO[str]) -> None:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
