"""The published read model: everything a reader may see, as immutable Parquet under a run id, and a pointer to the newest.

``published/<run_id>/<table>.parquet`` and ``manifest.json`` never change once they lie there. ``published/current`` holds one run
id and is swapped in one step: a reader never waits, and sees the run before or the run after, never half of one.
"""

from __future__ import annotations

import hashlib
import json
import os
import re
import shutil
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol

import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq

from monitor.storage import SnapshotError
from monitor.storage.documents import hash_of

FOLDER, POINTER, MANIFEST = "published", "current", "manifest.json"
KEEP = 8
PUBLISH_AGAIN = "run `monitor run` to publish again"


@dataclass(frozen=True)
class Snapshot:
    """One published run. ``manifest``: what was given to :func:`publish`, and ``tables`` with their rows, hashes and columns."""

    folder: Path
    run_id: str
    manifest: dict[str, Any]

    @classmethod
    def open(cls, home: Path, run_id: str = "") -> Snapshot:
        """Return the current snapshot, or a run's; :class:`SnapshotError` says what to do when there is none or it is damaged."""
        pointer = home / FOLDER / POINTER
        try:
            run_id = run_id or pointer.read_text(encoding="ascii").strip()
        except FileNotFoundError as error:
            raise SnapshotError("nothing has been published yet", what_to_do="run `monitor run` first") from error
        except (OSError, UnicodeDecodeError) as error:
            raise SnapshotError(f"{pointer} cannot be read: {error}", what_to_do=PUBLISH_AGAIN) from error
        _checked_name(run_id)
        folder = home / FOLDER / run_id
        return cls(folder, run_id, _read_manifest(folder))

    def table(self, name: str, columns: Sequence[str] | None = None, filters: Any = None) -> pd.DataFrame:
        """Return a table, or some of its columns, or the rows that fit ``filters`` (those of ``pyarrow.parquet.read_table``).

        Column types are those published. Raises :class:`SnapshotError` for an unknown table, and for one that is damaged or gone.
        """
        if name not in self.manifest["tables"]:
            known = ", ".join(sorted(self.manifest["tables"]))
            raise SnapshotError(f"the published run {self.run_id} has no table {name!r}, only: {known}", what_to_do=PUBLISH_AGAIN)
        published, path = self.manifest["tables"][name], self.folder / f"{name}.parquet"
        try:
            content = path.read_bytes()
        except OSError as error:
            raise SnapshotError(f"{path} is gone or cannot be read: {error}", what_to_do=PUBLISH_AGAIN) from error
        if hashlib.sha256(content).hexdigest() != published["sha256"]:
            raise SnapshotError(f"{path} is damaged", what_to_do=PUBLISH_AGAIN)
        frame: pd.DataFrame = pq.read_table(pa.BufferReader(content), columns=columns, filters=filters).to_pandas()
        types = published["columns"]
        days = {c: types[c] for c in frame.columns if types[c].startswith("datetime64[s")}
        return frame.astype(days)  # Parquet knows no unit above the millisecond

    def verify(self) -> list[str]:
        """Return the files that are missing or are not those published, an empty list when all are whole."""
        paths = {self.folder / f"{name}.parquet": each["sha256"] for name, each in self.manifest["tables"].items()}
        return [str(path) for path, sha256 in paths.items() if not path.is_file() or hash_of(path) != sha256]


class Sealing(Protocol):
    """What enters a run into the public ledger, before anyone can see it."""

    def prepared(self, manifest: Mapping[str, Any]) -> Mapping[str, Any]:
        """Return what the manifest says of the ledger, for a manifest that is otherwise whole, with its tables."""

    def append(self) -> None:
        """Append what was prepared, down to the disk."""


def publish(
    home: Path, tables: Mapping[str, pd.DataFrame], manifest: Mapping[str, Any], run_id: str, sealing: Sealing | None = None
) -> Path:
    """Publish tables under a run id, make them the current ones and return their folder. Called by the one writer only.

    1. Write everything into a temporary folder, down to the disk. 2. Rename it. 3. Enter it into the public ledger
    (``sealing``). 4. Swap the pointer. 5. Remove all but the last :data:`KEEP` snapshots, never the current one. The same run
    again only moves the pointer; the same run id with other tables is a :class:`SnapshotError`. A crash leaves the old snapshot
    current; what is current was entered before (:mod:`monitor.public_ledger`).
    """
    for name in (run_id, *tables):
        _checked_name(name)
    if "tables" in manifest:
        raise SnapshotError("the manifest's key 'tables' is written here")
    folder = home / FOLDER
    folder.mkdir(parents=True, exist_ok=True)
    for left in folder.glob(".*"):  # what a killed publisher left
        _remove(left)
    fresh, final = folder / f".{run_id}", folder / run_id
    fresh.mkdir()
    kept = {name: _write(fresh / f"{name}.parquet", table) for name, table in sorted(tables.items())}
    whole = {**manifest, "tables": kept}
    if sealing is not None:
        whole["ledger"] = sealing.prepared(whole)
    _write_text(fresh / MANIFEST, json.dumps(whole, indent=1, ensure_ascii=False, allow_nan=False))
    _sync(fresh)
    if not final.exists():
        fresh.rename(final)
    _remove(fresh)
    if _read_manifest(final)["tables"] != kept:
        raise SnapshotError(f"the run {run_id} was published before with other tables", what_to_do="publish under a new run id")
    if sealing is not None:
        sealing.append()
    _point(folder, run_id)
    _prune(folder, run_id)
    return final


def point(home: Path, run_id: str) -> None:
    """Make a run current that lies there whole. Called by the one writer only."""
    _point(home / FOLDER, run_id)


def kept_runs(home: Path) -> Iterator[Snapshot]:
    """Yield the published runs that still lie there, current or not, in the order of their ids; damaged ones are left out."""
    for manifest in sorted((home / FOLDER).glob(f"[!.]*/{MANIFEST}")):
        try:
            yield Snapshot(manifest.parent, manifest.parent.name, _read_manifest(manifest.parent))
        except SnapshotError:
            continue


def _checked_name(name: str) -> None:
    """Raise unless a name can be a file's name everywhere; one from a pointer or caller must not lead out of the folder."""
    if not re.fullmatch(r"[A-Za-z0-9][A-Za-z0-9_-]{0,99}", name) or name in (POINTER, MANIFEST):
        raise SnapshotError(f"{name!r} cannot be the name of a published run or table", what_to_do=PUBLISH_AGAIN)


def _read_manifest(folder: Path) -> dict[str, Any]:
    try:
        manifest: dict[str, Any] = json.loads((folder / MANIFEST).read_bytes())
    except (OSError, ValueError) as error:
        raise SnapshotError(f"{folder / MANIFEST} is damaged or gone: {error}", what_to_do=PUBLISH_AGAIN) from error
    return manifest


def _write(path: Path, table: pd.DataFrame) -> dict[str, Any]:
    """Write one table and return what the manifest says of it."""
    pq.write_table(pa.Table.from_pandas(table, preserve_index=False), path, compression="zstd")
    _sync(path)
    columns = {str(name): str(kind) for name, kind in table.dtypes.items()}
    return {"rows": len(table), "bytes": path.stat().st_size, "sha256": hash_of(path), "columns": columns}


def _write_text(path: Path, content: str) -> None:
    path.write_text(content, encoding="utf-8")
    _sync(path)


def _point(folder: Path, run_id: str) -> None:
    """Swap the pointer in one step."""
    fresh = folder / f".{POINTER}"
    _write_text(fresh, run_id)
    fresh.replace(folder / POINTER)
    _sync(folder)


def _prune(folder: Path, current: str) -> None:
    published = [p for p in folder.iterdir() if p.is_dir() and (p / MANIFEST).is_file() and p.name != current]
    by_age = sorted(published, key=lambda p: ((p / MANIFEST).stat().st_mtime_ns, p.name), reverse=True)
    for old in by_age[KEEP - 1 :]:
        _remove(old)


def _remove(path: Path) -> None:
    """Remove a folder or file; what a reader still holds open (on Windows) stays until the next time."""
    if path.is_dir():
        shutil.rmtree(path, ignore_errors=True)
    else:
        path.unlink(missing_ok=True)


def _sync(path: Path) -> None:
    """Bring a file, or a folder's list of files, down to the disk; Windows does not open folders."""
    if path.is_dir() and os.name != "posix":
        return
    handle = os.open(path, os.O_RDONLY if os.name == "posix" else os.O_RDWR)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
