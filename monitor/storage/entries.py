"""What people entered, in the record: added once, read in the order in which it was recorded, proven against its hash."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator, Sequence
from datetime import datetime

from pydantic import ValidationError
from sqlalchemy import Connection, insert, select

from monitor.risk.judgements import ENTRIES, Entry
from monitor.storage import StoreError
from monitor.storage.additions import add_moment
from monitor.storage.schema import entry
from monitor.storage.sqlite import RESTORE


def add_entries(connection: Connection, contents: Sequence[Entry], seen: datetime) -> list[bool]:
    """Add the entries whose content is not there yet, under one instant; return for each whether it was added."""
    bodies = [json.dumps(c.model_dump(mode="json"), sort_keys=True, ensure_ascii=False) for c in contents]
    hashes = [hashlib.sha256(body.encode()).hexdigest() for body in bodies]
    known = set(connection.scalars(select(entry.c.sha256).where(entry.c.sha256.in_(hashes))))
    fresh = [each not in known and each not in hashes[:n] for n, each in enumerate(hashes)]
    if any(fresh):
        recorded, _ = add_moment(connection, seen)
        lines = [
            {"kind": c.entry, "iso3": c.iso3, "subject": c.subject, "sha256": sha256, "body": body, "recorded": recorded}
            for c, sha256, body, new in zip(contents, hashes, bodies, fresh, strict=True)
            if new
        ]
        connection.execute(insert(entry), lines)
    return fresh


def entries_until(connection: Connection, until: int | None) -> list[Entry]:
    """Return the entries up to an instant (``None``: all), oldest first; :class:`StoreError` for one that was altered."""
    query = select(entry).order_by(entry.c.id)
    rows = connection.execute(query if until is None else query.where(entry.c.recorded <= until)).all()
    if altered := next((row for row in rows if not _is_whole(row.sha256, row.body)), None):
        raise StoreError(f"entry {altered.id} ({altered.iso3} {altered.subject}) is not what was recorded", what_to_do=RESTORE)
    try:
        return [ENTRIES[row.kind].model_validate_json(row.body) for row in rows]
    except ValidationError as error:
        raise StoreError(f"an entry is unreadable: {error.errors()[0]['msg']}", what_to_do=RESTORE) from error


def altered_entries(connection: Connection) -> Iterator[str]:
    """Yield which entries are not those that were recorded."""
    for row in connection.execute(select(entry).order_by(entry.c.id)):
        if not _is_whole(row.sha256, row.body):
            yield f"entry {row.id} ({row.iso3} {row.subject}) is not what was recorded"


def _is_whole(sha256: str, body: str) -> bool:
    return hashlib.sha256(body.encode()).hexdigest() == sha256
