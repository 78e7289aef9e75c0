"""The tables of the record, for SQLite and PostgreSQL alike. Every table is append-only; triggers keep it so.

Days are text ``YYYY-MM-DD`` and instants text ``YYYY-MM-DDTHH:MM:SS.ffffffZ``, so that they sort as they stand. Names that
recur by the million (series, document, instant) are small integers. A value is NULL where the source says that it has no figure.
"""

from __future__ import annotations

from typing import Any

from sqlalchemy import (
    DDL,
    REAL,
    CheckConstraint,
    Column,
    Double,
    ForeignKey,
    Integer,
    MetaData,
    Table,
    Text,
    UniqueConstraint,
    event,
)
from sqlalchemy.schema import SchemaItem

# 1: without `entry`; 2: without `alert`; 3: without `ledger`. A record of an older version gets the tables that it lacks; none of
# its own is touched
VERSION = 4
APPEND_ONLY = "the record is append-only"

metadata = MetaData()


def _table(name: str, *items: SchemaItem, **options: Any) -> Table:
    return Table(name, metadata, *items, sqlite_strict=True, **options)


def _text(name: str) -> Column[str]:
    return Column(name, Text, nullable=False)


def _count(name: str) -> Column[int]:
    return Column(name, Integer, nullable=False)


def _link(name: str, target: str, **options: Any) -> Column[int]:
    return Column(name, ForeignKey(target), nullable=False, **options)


record_version = _table("record_version", Column("version", Integer, primary_key=True))

series = _table("series", Column("id", Integer, primary_key=True), Column("name", Text, nullable=False, unique=True))

# What one source sent. The same bytes under the same headers are one row, however often they are fetched.
document = _table(
    "document",
    Column("id", Integer, primary_key=True),
    *(_text(c) for c in ("sha256", "source", "name", "url", "via", "release")),
    _count("size"),
    *(_text(c) for c in ("content_type", "etag", "last_modified", "fetched_at")),
    UniqueConstraint("sha256", "source", "name", "url", "via", "release", "content_type", "etag", "last_modified"),
)

run = _table(
    "run",
    Column("id", Integer, primary_key=True),
    *(_text(c) for c in ("source", "started", "finished")),
    Column("status", Text, CheckConstraint("status IN ('new', 'unchanged', 'failed', 'refused')"), nullable=False),
    *(_text(c) for c in ("error_kind", "error", "what_to_do", "release", "via")),
    *(_count(c) for c in ("rows_added", "rows_revised", "rows_withdrawn", "rows_rejected")),
    Column("newest_period", Text),
)

rejection = _table(
    "rejection",
    Column("id", Integer, primary_key=True),
    _link("run", "run.id"),
    Column("document", ForeignKey("document.id")),
    Column("place", Integer),
    _text("reason"),
    _text("row"),
)

# An instant at which something was recorded; later rows have later instants even when the clock goes back. ``seal`` hashes
# the observations of this instant and the seal before it: SQLite's own check does not notice a changed value.
moment = _table(
    "moment", Column("id", Integer, primary_key=True), Column("seen", Text, nullable=False, unique=True), _text("seal")
)

observation = _table(
    "observation",
    _link("series", "series.id", primary_key=True),
    Column("iso3", Text, primary_key=True),
    Column("start", Text, primary_key=True),
    Column("end", Text, primary_key=True),
    _link("recorded", "moment.id", primary_key=True),
    # SQLite's strict tables know REAL alone, which there is the double that PostgreSQL calls DOUBLE PRECISION
    Column("value", Double().with_variant(REAL(), "sqlite"), CheckConstraint("abs(value) <= 1.7976931348623157e308")),
    Column("status", Text, CheckConstraint("status IN ('final', 'provisional', 'withdrawn')"), nullable=False),
    _link("document", "document.id"),
    Column("place", Integer),
    CheckConstraint("status <> 'withdrawn' OR value IS NULL"),
    CheckConstraint('start <= "end"'),
    sqlite_with_rowid=False,
)

assessment = _table(
    "assessment",
    *(Column(c, Text, primary_key=True) for c in ("run_id", "framework_hash", "basis", "as_of", "iso3")),
    Column("level", Text),
    _text("body"),
    _link("recorded", "moment.id"),
)

# A time of the schedule at which a job was due and was done. The key keeps it from being done twice.
slot = _table(
    "slot",
    *(Column(c, Text, primary_key=True) for c in ("job", "due")),
    *(_text(c) for c in ("started", "finished")),
    _count("exit_code"),
)

# What a person entered: a judgement, a confirmation, or that the last one is taken back. ``body``: its JSON, with its ``sha256``.
entry = _table(
    "entry",
    Column("id", Integer, primary_key=True),
    Column("kind", Text, CheckConstraint("kind IN ('judgement', 'confirmation', 'withdrawal')"), nullable=False),
    *(_text(c) for c in ("iso3", "subject")),
    Column("sha256", Text, nullable=False, unique=True),
    _text("body"),
    _link("recorded", "moment.id"),
)

# The ledger of alerts: of every key, what was said or, where `reason` is noted, what is remembered and was not said. The newest
# row of a key counts. `number`: the same decision always has the same, and is taken once. `body`: its JSON, with its `sha256`.
alert = _table(
    "alert",
    Column("id", Integer, primary_key=True),
    Column("number", Text, nullable=False, unique=True),
    *(_text(c) for c in ("run_id", "iso3", "kind", "track", "subject")),
    Column("reason", Text, CheckConstraint("reason IN ('new', 'escalated', 'repeated', 'eased', 'noted')"), nullable=False),
    _count("grade"),
    *(_text(c) for c in ("sha256", "body")),
    _link("recorded", "moment.id"),
)

# What a person did about alerts: a silence, its early end, an approval.
alert_act = _table(
    "alert_act",
    Column("id", Integer, primary_key=True),
    Column("kind", Text, CheckConstraint("kind IN ('silence', 'lifted', 'approval')"), nullable=False),
    Column("sha256", Text, nullable=False, unique=True),
    _text("body"),
    _link("recorded", "moment.id"),
)

# What was published, entry by entry, each sealed with the hash of the one before (:mod:`.ledger`).
ledger = _table(
    "ledger",
    Column("number", Integer, primary_key=True),
    Column("kind", Text, CheckConstraint("kind IN ('assessment', 'forecast', 'lost')"), nullable=False),
    *(_text(c) for c in ("run_id", "as_of", "said", "previous", "body")),
    Column("sha256", Text, nullable=False, unique=True),
    _link("recorded", "moment.id"),
    UniqueConstraint("run_id", "kind"),
)


def _on(dialect: str, target: Table | MetaData, when: str, statement: str) -> None:
    event.listen(target, when, DDL(statement).execute_if(dialect=dialect))  # type: ignore[no-untyped-call]


def _forbid_change(table: Table) -> None:
    for verb in ("UPDATE", "DELETE"):
        trigger = f"CREATE TRIGGER {table.name}_no_{verb.lower()} BEFORE {verb} ON {table.name}"
        _on("sqlite", table, "after_create", f"{trigger} BEGIN SELECT RAISE(ABORT, '{APPEND_ONLY}'); END")
        _on("postgresql", table, "after_create", f"{trigger} FOR EACH ROW EXECUTE FUNCTION forbid_change()")


_refusal = f"RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RAISE EXCEPTION '{APPEND_ONLY}'; END $$"
_on("postgresql", metadata, "before_create", f"CREATE OR REPLACE FUNCTION forbid_change() {_refusal}")
for _each in metadata.sorted_tables:
    _forbid_change(_each)
