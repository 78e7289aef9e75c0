"""The tables of the post. What would tell who reads what is sealed or keyed (:mod:`.keys`); the rest says how far things are.

Instants are text ``YYYY-MM-DDTHH:MM:SS.ffffffZ``, so that they sort as they stand.
"""

from __future__ import annotations

from typing import Any

from sqlalchemy import CheckConstraint, Column, ForeignKey, Index, Integer, LargeBinary, MetaData, Table, Text, UniqueConstraint
from sqlalchemy.schema import SchemaItem

VERSION = 1
FINAL = ("sent", "refused", "expired", "withdrawn")  # states of a message in which nothing more happens to it
MAY_HAVE_GONE = ("committing", "held")
metadata = MetaData()


def _table(name: str, *items: SchemaItem, **options: Any) -> Table:
    return Table(name, metadata, *items, sqlite_strict=True, **options)


def _text(name: str, *, may_be_null: bool = False, **options: Any) -> Column[str]:
    return Column(name, Text, nullable=may_be_null, **options)


def _one_of(name: str, *words: str) -> Column[str]:
    return Column(name, Text, CheckConstraint(f"{name} IN ({', '.join(repr(w) for w in words)})"), nullable=False)


def _id() -> Column[int]:
    return Column("id", Integer, primary_key=True)


# ``proof``: a keyed word, so that a file under another key is noticed
post_version = _table("post_version", Column("version", Integer, primary_key=True), _text("proof"))

# One reader. ``address_key`` and ``sealed`` (address, countries) are NULL once the reader has gone; no number is used twice.
subscriber = _table(
    "subscriber",
    _id(),
    _text("address_key", may_be_null=True, unique=True),
    Column("sealed", LargeBinary),
    *(_text(c) for c in ("minimum_level", "frequency", "dates")),
    _one_of("state", "pending", "active", "suspended", "gone"),
    Column("generation", Integer, nullable=False),
    Column("soft_bounces", Integer, nullable=False),
    _text("asked_at"),
    _text("confirmed_at", may_be_null=True),
    _text("confirm_hash", may_be_null=True, unique=True),
    _text("confirm_until", may_be_null=True),
    _text("unsubscribe_hash", may_be_null=True, unique=True),
    sqlite_autoincrement=True,
)

# Who must not be written to again unless they ask for it themselves: a keyed hash of the address and nothing else.
suppression = _table("suppression", _text("address_key", primary_key=True), _text("reason"), _text("at"))

# What was done with the list, by number: added, confirmed, left, erased, exported with its reason.
act = _table("act", _id(), _text("at"), _text("what"), Column("subscriber", Integer), _text("why"))

mailing = _table(
    "mailing",
    _text("kind", primary_key=True),
    _text("period", primary_key=True),
    _text("frozen_at"),
)

# The frozen bytes for one distinct choice of countries and level, sealed; NULL once nothing will be sent from them again.
content = _table("content", _id(), _text("key", unique=True), Column("sealed", LargeBinary))

# One message to one reader (0: the operator). ``committing`` is written down to the disk just before the end of the message.
message = _table(
    "message",
    _id(),
    _text("kind"),
    _text("period"),
    Column("subscriber", Integer, nullable=False),
    Column("content", ForeignKey("content.id"), nullable=False),
    _text("message_id", unique=True),
    _one_of("state", "queued", "claimed", "committing", "held", "sent", "refused", "expired", "withdrawn"),
    Column("tries", Integer, nullable=False),
    Column("repeat", Integer, nullable=False),
    *(_text(c) for c in ("queued_at", "expires_at", "not_before", "updated_at", "reply")),
    _text("claimed_by", may_be_null=True),
    _text("lease_until", may_be_null=True),
    UniqueConstraint("kind", "period", "subscriber"),
    Index("message_by_state", "state", "not_before"),
    Index("message_by_subscriber", "subscriber"),
)

# The times at which sending began. The last one also stands beside the file: a restored older file does not know it.
session = _table("session", _text("id", primary_key=True), _text("at"))
