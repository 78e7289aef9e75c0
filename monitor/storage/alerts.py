"""The ledger of alerts in the record: what was said and what is remembered, and what people did about it; proven against hashes.

The newest row of a key (country, kind, track, subject) is what is remembered of it. An alert has a number that the same decision
always has again, and the table takes each number once: so an alert is never said twice, whatever broke off in between.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import asdict
from datetime import datetime
from typing import Any

from pydantic import TypeAdapter, ValidationError
from sqlalchemy import Connection, insert, select

from monitor.alerts.flags import Key
from monitor.alerts.said import Act, Decided, Memory
from monitor.storage import StoreError
from monitor.storage.additions import add_moment
from monitor.storage.schema import alert, alert_act, moment
from monitor.storage.sqlite import RESTORE

NOTED = "noted"  # nothing was said; what is remembered changed
_MEMORY, _ACTS = TypeAdapter(Memory), TypeAdapter[Act](Act)


def add_decided(connection: Connection, decided: Decided, *, run_id: str, as_of: str, recorded: int) -> None:
    """Add a decision under an instant that is there: a row for each key whose memory changed, with what was said of it."""
    said = {one.flag.key: one for one in decided.alerts}
    lines = []
    for key, memory in sorted(decided.memory.items()):
        one = said.get(key)
        content: dict[str, Any] = {"as_of": as_of, "memory": asdict(memory)}
        content |= {"alert": asdict(one)} if one else {}
        body = json.dumps(content, sort_keys=True, ensure_ascii=False, default=datetime.isoformat)
        columns = dict(zip(("iso3", "kind", "track", "subject"), key, strict=True))
        number = one.id if one else _sha256(f"{run_id}|{'|'.join(key)}")[:16]
        given = {"number": number, "run_id": run_id, "reason": one.reason if one else NOTED, "grade": memory.grade}
        lines.append({**columns, **given, "body": body, "sha256": _sha256(body), "recorded": recorded})
    if lines:
        connection.execute(insert(alert), lines)


def memory_of(connection: Connection) -> dict[Key, Memory]:
    """Return what is remembered of every key; :class:`StoreError` for a row that was altered."""
    found: dict[Key, Memory] = {}
    for row in _rows(connection):
        found[row["iso3"], row["kind"], row["track"], row["subject"]] = _read(_MEMORY, row["content"]["memory"])
    return found


def alerts_said(connection: Connection) -> list[dict[str, Any]]:
    """Return every alert, oldest first: ``said`` (instant, ISO), ``run_id``, ``as_of`` and the parts of an alert."""
    return [
        {"said": row["seen"], "run_id": row["run_id"], "as_of": row["content"]["as_of"], **row["content"]["alert"]}
        for row in _rows(connection)
        if row["reason"] != NOTED
    ]


def add_act(connection: Connection, act: Act, seen: datetime) -> bool:
    """Add what a person did about alerts; return whether it was new."""
    body = _ACTS.dump_json(act).decode()
    sha256 = _sha256(body)
    if connection.execute(select(alert_act.c.id).where(alert_act.c.sha256 == sha256)).first():
        return False
    recorded, _ = add_moment(connection, seen)
    connection.execute(insert(alert_act).values(kind=act.act, sha256=sha256, body=body, recorded=recorded))
    return True


def acts_of(connection: Connection) -> list[Act]:
    """Return what people did about alerts, oldest first; :class:`StoreError` for a row that was altered."""
    rows = connection.execute(select(alert_act).order_by(alert_act.c.id)).all()
    if altered := next((row for row in rows if _sha256(row.body) != row.sha256), None):
        raise StoreError(f"act {altered.id} on an alert is not what was recorded", what_to_do=RESTORE)
    return [_read(_ACTS, json.loads(row.body)) for row in rows]


def altered_alerts(connection: Connection) -> Iterator[str]:
    """Yield which rows of the ledger are not those that were recorded."""
    for table, noun in ((alert, "row"), (alert_act, "act")):
        for row in connection.execute(select(table).order_by(table.c.id)):
            if _sha256(row.body) != row.sha256:
                yield f"{noun} {row.id} of the ledger of alerts is not what was recorded"


def _rows(connection: Connection) -> Iterable[Mapping[str, Any]]:
    query = select(alert, moment.c.seen).join(moment, alert.c.recorded == moment.c.id).order_by(alert.c.id)
    for row in connection.execute(query).mappings():
        if _sha256(row["body"]) != row["sha256"]:
            raise StoreError(f"row {row['id']} of the ledger of alerts is not what was recorded", what_to_do=RESTORE)
        yield {**row, "content": json.loads(row["body"])}


def _read(adapter: TypeAdapter[Any], content: object) -> Any:
    try:
        return adapter.validate_python(content)
    except ValidationError as error:
        raise StoreError(f"the ledger of alerts is unreadable: {error.errors()[0]['msg']}", what_to_do=RESTORE) from error


def _sha256(body: str) -> str:
    return hashlib.sha256(body.encode()).hexdigest()
