"""The inbox: entries that a member made on a page, each one JSON file, imported or refused with the reason at the next run.

Who writes here writes under another name first and then renames to ``inbox/NAME.json``. The file is one form of
:mod:`.risk.judgements` as JSON, ``entry`` naming which::

    {"entry": "judgement", "iso3": "CMR", "indicator": "5.3", "answer": "weak_signs", "confidence": "moderate",
     "summary": "...", "sources": [{"title": "...", "url": "https://...", "date": "2026-10-01"}], "role": "analyst",
     "entered": "2026-10-02T09:00:00Z"}

A file that was imported lies in ``inbox/taken`` afterwards, one that was refused in ``inbox/refused`` beside
``NAME.json.reason.txt``. What lies here is distrusted: links are not followed, and no file stops a run.
"""

from __future__ import annotations

import json
import os
import stat
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

from monitor.entering import enter
from monitor.risk.entry_rules import Desk, Refused, checked
from monitor.storage.store import Store

FOLDER, TAKEN, REFUSED = "inbox", "taken", "refused"
LARGEST = 65_536
MOST_FILES = 1_000  # in one run; the rest waits for the next
LONGEST_NAME = 200  # bytes, so that what is added to a name still fits


@dataclass(frozen=True)
class Taken:
    """What became of a file: ``recorded``, ``known`` (nothing new), ``refused``, ``waiting``. ``said``: the entry or reason."""

    file: str
    outcome: Literal["recorded", "known", "refused", "waiting"]
    said: str


def take(store: Store, desk: Desk) -> list[Taken]:
    """Import or refuse every file of the inbox, in the order of their names; return what became of each.

    1. Read and check the file. 2. Record it. 3. Move it: a crash in between imports it again, which adds nothing.
    """
    inbox = store.home / FOLDER
    folders = (inbox, inbox / TAKEN, inbox / REFUSED)
    if linked := [f for f in folders if f.is_symlink()]:
        return [Taken(linked[0].name, "refused", "the folder is a link, which is not followed; nothing was imported")]
    try:
        names = sorted(p.name for p in inbox.iterdir() if p.name.endswith(".json") and not p.name.startswith("."))
    except FileNotFoundError:
        return []
    except OSError as error:
        return [Taken(FOLDER, "refused", f"the folder cannot be read ({error.strerror})")]
    taken = [_take_one(store, desk, inbox / name) for name in names[:MOST_FILES]]
    if left := len(names) - len(taken):
        taken.append(Taken(FOLDER, "waiting", f"{left} more files wait for the next run"))
    return taken


def _take_one(store: Store, desk: Desk, path: Path) -> Taken:
    name = ascii(path.name)[1:-1][:LONGEST_NAME]
    try:
        entry = checked(_read(path), desk)
        (new,) = enter(store, [entry], desk.now)
        return _moved(path, Taken(name, "recorded" if new else "known", f"{entry.entry} {entry.iso3} {entry.subject}"))
    except Refused as refused:
        return _moved(path, Taken(name, "refused", "; ".join(refused.faults)), refused.faults)


def _read(path: Path) -> Any:
    """Return a file's JSON; :class:`Refused` for whatever is no small regular file of strict JSON."""
    try:
        if not stat.S_ISREG(path.lstat().st_mode):
            raise Refused(["is a link, a folder or a device, not a file"])
        # no link even if one was put there just now, and no waiting for whoever writes into a pipe
        handle = os.open(path, os.O_RDONLY | getattr(os, "O_NOFOLLOW", 0) | getattr(os, "O_NONBLOCK", 0))
        with os.fdopen(handle, "rb") as file:
            content = file.read(LARGEST + 1) if stat.S_ISREG(os.fstat(handle).st_mode) else b""
    except OSError as error:
        raise Refused([f"cannot be read ({error.strerror})"]) from error
    if len(content) > LARGEST:
        raise Refused([f"has more than {LARGEST:,} bytes"])
    try:
        return json.loads(content.decode("utf-8"), parse_constant=_no_constant, object_pairs_hook=_each_once)
    except (ValueError, RecursionError) as error:
        reason = error if isinstance(error, Refused) else f"{type(error).__name__}: {error}"
        raise Refused([f"is not JSON as it is written here ({reason})"]) from error


def _no_constant(token: str) -> None:
    raise Refused([f"{token} is not JSON"])


def _each_once(pairs: Sequence[tuple[str, Any]]) -> dict[str, Any]:
    """Return an object; one that names a field twice could be read in two ways."""
    if len({name for name, _ in pairs}) != len(pairs):
        raise Refused(["a field is named twice"])
    return dict(pairs)


def _moved(path: Path, taken: Taken, reasons: Sequence[str] = ()) -> Taken:
    """Move a file to where it belongs and return what became of it; where it cannot be moved, that is said."""
    try:
        folder = path.parent / (REFUSED if taken.outcome == "refused" else TAKEN)
        folder.mkdir(exist_ok=True)
        target = _free(folder, path)
        if reasons:
            with target.with_name(f"{target.name}.reason.txt").open("x", encoding="utf-8", errors="backslashreplace") as file:
                file.writelines(f"{reason}\n" for reason in reasons)
        if path.is_symlink():
            path.unlink()  # kept, it would lead whoever opens it later to where it points
        else:
            path.rename(target)
    except OSError as error:
        return Taken(taken.file, taken.outcome, f"{taken.said} (the file could not be moved: {error.strerror})")
    return taken


def _free(folder: Path, path: Path) -> Path:
    """Return a name in a folder that nothing has yet; what lies there is never overwritten."""
    stem = os.fsdecode(os.fsencode(path.stem)[:LONGEST_NAME])
    names = (f"{stem}{f'-{n}' if n else ''}.json" for n in range(10 * MOST_FILES))
    for name in names:
        if not os.path.lexists(folder / name) and not os.path.lexists(folder / f"{name}.reason.txt"):
            return folder / name
    raise FileExistsError(17, "too many files of this name", str(folder))
