"""Entries into the record: one rule for the command line, a CSV file and the inbox, so that none of them is the easy way in."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from monitor.risk.entry_rules import refuse_if_nothing_is_left
from monitor.risk.judgements import Entry, last_entries, repeats
from monitor.storage.store import Store


def enter(store: Store, entries: Sequence[Entry], seen: datetime) -> list[bool]:
    """Record checked entries, all or none; return for each whether it was new.

    1. What the last entry of its country and subject says already is left out. 2. A withdrawal needs something to take back
    (:class:`.entry_rules.Refused`). 3. The rest is recorded under one instant.
    """
    with store.writing():
        known = store.entries()
        there, last = set(known), last_entries(known)
        fresh: list[bool] = []
        for entry in entries:
            before = last.get((entry.iso3, entry.subject))
            fresh.append(entry not in there and not repeats(entry, before))
            if fresh[-1]:
                refuse_if_nothing_is_left(entry, before)
                last |= last_entries([*([before] if before else []), entry])
        store.record_entries([e for e, new in zip(entries, fresh, strict=True) if new], seen=seen)
    return fresh
