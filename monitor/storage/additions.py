"""The parts of a transaction that adds to the record: documents, observations under one instant, the run, what was set aside."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from datetime import date, datetime, timedelta
from typing import Any

import pandas as pd
import pyarrow as pa
from sqlalchemy import Connection, Table, insert, or_, select

from indicators.contract import COLUMNS, STATUSES, Document, Parsed
from monitor.storage import StoreError
from monitor.storage.changes import KEY, seal
from monitor.storage.panel import stamp
from monitor.storage.schema import document, moment, observation, rejection, run, series

BATCH = 100_000  # rows that are Python objects at one time while they are inserted


def checked(parsed: Parsed, documents: Sequence[Document]) -> pd.DataFrame:
    """Return the rows in plain types; :class:`StoreError` for what ``tidy`` would never return."""
    text = dict.fromkeys(("series", "iso3", "status", "document"), "str")
    rows = parsed.observations[list(COLUMNS)].astype({**text, "value": "float64", "place": "Int64"})
    if not documents:
        raise StoreError("nothing can be recorded without the documents that it comes from")
    if strange := set(rows["document"].unique()) - {d.sha256 for d in documents}:
        raise StoreError(f"rows refer to a document that was not handed over: {min(strange)}")
    if strange := set(rows["status"].unique()) - set(STATUSES):
        raise StoreError(f"rows have an unknown status: {min(strange)}")
    if rows.duplicated(KEY).any():
        raise StoreError("a series, country and period stands twice in one collection")
    return rows.assign(value=rows["value"] + 0.0)  # SQLite does not keep the sign of a negative zero


def _add(connection: Connection, table: Table, **values: Any) -> int:
    """Add one row and return its number."""
    (number,) = connection.execute(insert(table).values(**values)).inserted_primary_key or (0,)
    return int(number)


def add_documents(connection: Connection, documents: Sequence[Document]) -> dict[str, int]:
    """Add the documents that are not there yet; return their numbers by sha256."""
    ids = {}
    names = [c.name for c in document.c if c.name not in ("id", "fetched_at")]
    for each in documents:
        content = {name: getattr(each, name) for name in names}
        there = connection.scalar(select(document.c.id).where(*(document.c[name] == value for name, value in content.items())))
        ids[each.sha256] = there or _add(connection, document, **content, fetched_at=stamp(each.fetched_at))
    return ids


def add_moment(connection: Connection, seen: datetime, rows: pd.DataFrame | None = None) -> tuple[int, datetime]:
    """Add an instant later than every other and sealed with its observations; return its number and the instant."""
    last = connection.execute(select(moment.c.seen, moment.c.seal).order_by(moment.c.id.desc()).limit(1)).first()
    if last is not None:
        seen = max(seen, datetime.fromisoformat(last.seen) + timedelta(microseconds=1))
    sealed = seal(last.seal if last is not None else "", stamp(seen), rows)
    return _add(connection, moment, seen=stamp(seen), seal=sealed), seen


def add_observations(connection: Connection, rows: pd.DataFrame, documents: Mapping[str, int], seen: datetime) -> datetime:
    """Add rows as of :func:`changes`, all under one instant; return the instant."""
    recorded, seen = add_moment(connection, seen, rows)
    known = dict(connection.execute(select(series.c.name, series.c.id)).all())
    ids = known | {name: _add(connection, series, name=name) for name in rows["series"].unique() if name not in known}
    for first in range(0, len(rows), BATCH):
        part = rows.iloc[first : first + BATCH]
        columns = {
            "series": part["series"].map(ids).tolist(),
            "iso3": part["iso3"].tolist(),
            "start": _days(part["start"]),
            "end": _days(part["end"]),
            "value": [None if value != value else value for value in part["value"].tolist()],  # noqa: PLR0124  NaN
            "status": part["status"].tolist(),
            "document": part["document"].map(documents).tolist(),
            "place": [None if place is pd.NA else place for place in part["place"].tolist()],
        }
        lines = [dict(zip(columns, line, strict=True), recorded=recorded) for line in zip(*columns.values(), strict=True)]
        connection.execute(insert(observation), lines)
    return seen


def add_run(
    connection: Connection, documents: Sequence[Document], *, started: datetime, finished: datetime, **outcome: Any
) -> int:
    """Add a run and return its number; what ``outcome`` (columns of the table ``run``) does not say is empty or zero."""
    values: dict[str, Any] = dict.fromkeys(("error_kind", "error", "what_to_do"), "")
    values |= dict.fromkeys(("rows_added", "rows_revised", "rows_withdrawn", "rows_rejected"), 0)
    for name in ("release", "via"):
        values[name] = ", ".join(dict.fromkeys(getattr(d, name) for d in documents if getattr(d, name)))
    return _add(connection, run, **values | outcome, started=stamp(started), finished=stamp(finished))


def add_rejections(connection: Connection, rejected: pd.DataFrame, documents: Mapping[str, int], this_run: int) -> None:
    """Add the rejections that are not there yet: the same bytes are parsed again and again, and say the same."""
    names = ["document", "place", "reason", "row"]
    lines = [
        (documents.get(sha256), None if pd.isna(place) else int(place), str(reason), str(row))
        for sha256, place, reason, row in rejected[names].itertuples(index=False)
    ]
    here = or_(rejection.c.document.in_(documents.values()), rejection.c.document.is_(None))
    known = {tuple(line) for line in connection.execute(select(*(rejection.c[n] for n in names)).where(here))}
    fresh = [dict(zip(names, line, strict=True), run=this_run) for line in dict.fromkeys(lines) if line not in known]
    if fresh:
        connection.execute(insert(rejection), fresh)


def _days(column: pd.Series) -> list[str]:
    """Return days as ``YYYY-MM-DD``."""
    days: list[str] = pa.array(column).cast(pa.date32()).cast(pa.string()).to_pylist()
    return days


def canonical_json(row: Mapping[Any, Any]) -> str:
    """Return scalars as JSON with sorted keys, missing as null, days and instants as ISO text; infinity is a ``ValueError``."""
    plain = {str(k): None if pd.isna(v) else v.isoformat() if isinstance(v, date) else v for k, v in row.items()}
    return json.dumps(plain, sort_keys=True, ensure_ascii=False, allow_nan=False, separators=(",", ":"))
