"""Raw documents: what the sources really sent, each in one file named after the SHA-256 of its bytes.

``documents/ab/abcdef...`` never changes once it lies there: the name says what the bytes must be.
:mod:`indicators.http` puts the bytes there; this module finds them again and proves that they are still the same.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

FOLDER = "documents"


@dataclass(frozen=True)
class Verified:
    """What a look at every document found: how many are whole, and the hashes of those that are damaged or missing."""

    whole: int
    damaged: tuple[str, ...]
    missing: tuple[str, ...]


def path_of(home: Path, sha256: str) -> Path:
    """Return where the bytes with this hash lie, whether or not they are there yet; a malformed hash is a ``ValueError``."""
    if not re.fullmatch(r"[0-9a-f]{64}", sha256):
        raise ValueError(f"{sha256!r} is not a SHA-256 in lower-case hex")
    return home / FOLDER / sha256[:2] / sha256


def hash_of(path: Path) -> str:
    """Return the SHA-256 of a file's bytes."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def verify(home: Path, known: Iterable[str] = ()) -> Verified:
    """Hash every document again. ``known``: the hashes that the record speaks of, so that missing ones are noticed."""
    present = {p.name: p for p in (home / FOLDER).glob("[0-9a-f][0-9a-f]/*") if re.fullmatch(r"[0-9a-f]{64}", p.name)}
    damaged = sorted(name for name, path in present.items() if path.parent.name != name[:2] or hash_of(path) != name)
    missing = sorted(set(known) - set(present))
    return Verified(len(present) - len(damaged), tuple(damaged), tuple(missing))
