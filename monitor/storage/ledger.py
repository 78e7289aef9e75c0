"""The public ledger: what was published, one entry after another, each sealed with the hash of the one before.

An entry is seven lines of UTF-8: hash of the entry before (64 zeros for the first), number, kind, run, day, instant, body; its
hash is the SHA-256 over them, joined by line feeds. The body is JSON on one line. So whoever knows the hash of the last entry,
the *root*, knows every entry: nothing can be changed, taken out, put in or moved without another root. What a chain cannot
show is that entries were cut off its end: that shows against a root noted down elsewhere, and against the published runs, which
name the root that they stand under.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, insert, select

from monitor.storage.additions import add_moment
from monitor.storage.schema import ledger, moment

ASSESSMENT, FORECAST, LOST = "assessment", "forecast", "lost"
START = "0" * 64
FIELDS = ("number", "kind", "run_id", "as_of", "said", "previous", "body", "sha256")


@dataclass(frozen=True)
class Draft:
    """What is to be said. ``said``: the instant, UTC, as text; ``body``: JSON on one line."""

    kind: str
    run_id: str
    as_of: str
    said: str
    body: str


@dataclass(frozen=True)
class Entry:
    """One entry as recorded; ``previous`` and ``sha256``: hashes of the entry before and of this one."""

    number: int
    kind: str
    run_id: str
    as_of: str
    said: str
    previous: str
    body: str
    sha256: str

    @property
    def content(self) -> dict[str, Any]:
        """Return the body as a value."""
        found: dict[str, Any] = json.loads(self.body)
        return found

    @property
    def name(self) -> str:
        """Return how the entry is called in a message."""
        return f"entry {self.number} ({self.kind}, run {self.run_id})"

    def as_mapping(self) -> dict[str, Any]:
        """Return the entry as a copy of the ledger holds it."""
        return asdict(self)


def sealed(drafts: Sequence[Draft], last: Entry | None) -> list[Entry]:
    """Return drafts as the entries that follow ``last``."""
    number, previous = (last.number, last.sha256) if last is not None else (0, START)
    entries = []
    for draft in drafts:
        number += 1
        sha256 = hash_of(number, draft, previous)
        entries.append(Entry(number, draft.kind, draft.run_id, draft.as_of, draft.said, previous, draft.body, sha256))
        previous = sha256
    return entries


def hash_of(number: int, draft: Draft, previous: str) -> str:
    """Return the hash of an entry; see the module's docstring."""
    lines = (previous, str(number), draft.kind, draft.run_id, draft.as_of, draft.said, draft.body)
    return hashlib.sha256("\n".join(lines).encode()).hexdigest()


def one_line(content: Mapping[str, Any]) -> str:
    """Return a body: JSON with sorted keys on one line; infinity and NaN are a ``ValueError``."""
    return json.dumps(content, sort_keys=True, ensure_ascii=False, allow_nan=False, separators=(",", ":"))


def broken(entries: Sequence[Entry]) -> str:
    """Return what is wrong with the first entry that is not what was recorded; empty where the chain is whole."""
    previous = START
    for place, each in enumerate(entries, 1):
        if each.number != place:
            return f"{each.name} stands where entry {place} belongs: an entry was taken out, put in or moved"
        if each.previous != previous:
            return f"{each.name} does not follow the entry before it: one of them was changed, taken out or moved"
        draft = Draft(each.kind, each.run_id, each.as_of, each.said, each.body)
        if each.sha256 != hash_of(each.number, draft, each.previous):
            return f"{each.name} is not what was recorded"
        previous = each.sha256
    return ""


def missing(entries: Sequence[Entry], root: str) -> str:
    """Return what speaks against a root that was noted down: that no entry has it; empty where one does."""
    if any(each.sha256 == root for each in entries):
        return ""
    held = f"it holds {len(entries)} entries" if entries else "it holds no entry"
    return f"no entry has the root {root}: the ledger was cut short or written anew, or this is another one; {held}"


def append(connection: Connection, drafts: Sequence[Draft], seen: datetime) -> list[Entry]:
    """Add entries, all or none; those of a run that is in the ledger already are not added again."""
    known = set(connection.execute(select(ledger.c.run_id, ledger.c.kind)).all())
    fresh = [d for d in drafts if (d.run_id, d.kind) not in known]
    entries = sealed(fresh, last_entry(connection))
    if entries:
        recorded, _ = add_moment(connection, seen)
        connection.execute(insert(ledger), [{**each.as_mapping(), "recorded": recorded} for each in entries])
    return entries


def last_entry(connection: Connection, kind: str = "") -> Entry | None:
    """Return the last entry, or the last of a kind."""
    query = select(*(ledger.c[name] for name in FIELDS)).order_by(ledger.c.number.desc()).limit(1)
    row = connection.execute(query.where(ledger.c.kind == kind) if kind else query).first()
    return Entry(*row) if row is not None else None


def entries_of(connection: Connection, kind: str = "", run_id: str = "") -> Iterator[Entry]:
    """Yield the entries, or those of a kind or a run, by number."""
    query = select(*(ledger.c[name] for name in FIELDS)).order_by(ledger.c.number)
    wanted = [column == value for column, value in ((ledger.c.kind, kind), (ledger.c.run_id, run_id)) if value]
    for row in connection.execute(query.where(*wanted)):
        yield Entry(*row)


def seals_of(connection: Connection) -> set[str]:
    """Return every root that the record of observations has had."""
    return set(connection.scalars(select(moment.c.seal)))
