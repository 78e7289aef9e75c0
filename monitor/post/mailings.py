"""Mailings: a text frozen once for each distinct choice of readers, and a message queued for each reader.

What was frozen is what is sent, in every try. The same kind and period again changes nothing: a correction needs a period of its
own (``2026-W47-c1``).
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Connection, and_, delete, exists, func, insert, null, or_, select, update

from monitor.alerts.rendered import Rendered
from monitor.post.envelope import Frozen, freeze
from monitor.post.file import PostFile, stamp
from monitor.post.policy import Kind
from monitor.post.readers import Filter
from monitor.post.schema import FINAL, MAY_HAVE_GONE, content, mailing, message, session, subscriber
from monitor.post.subscribers import Subscribers, wants

Render = Callable[[Filter], Rendered | None]  # None: nothing to say to whoever chose this


@dataclass(frozen=True)
class Mailed:
    """What freezing came to. ``new``: whether it was done now; the same kind and period again changes nothing."""

    kind: str
    period: str
    readers: int
    texts: int
    new: bool


class Mailings:
    """The mailings in a file of the post. ``host``: domain of Message-IDs."""

    def __init__(self, file: PostFile, host: str) -> None:
        self._file, self._host = file, host
        self._readers = Subscribers(file)

    def freeze(self, kind: str, period: str, render: Render, rules: Kind, now: datetime, *, as_of: str = "") -> Mailed:
        """Freeze a mailing to everyone who wants it: each distinct filter is rendered once, and these bytes are what is sent.

        1. See who wants it. 2. Render. 3. In one transaction, keep the texts and queue a message for each reader who is still
        there. A mailing that was frozen before is left as it is: a correction needs a period of its own (``2026-W47-c1``).
        """
        if known := self.known(kind, period):
            return known
        with self._file.reading() as connection:
            rows = connection.execute(select(subscriber).where(wants(kind)).order_by(subscriber.c.id)).all()
        filters: dict[Filter, list[int]] = {}
        for reader in map(self._readers.unsealed, rows):
            filters.setdefault(reader.choice.filter, []).append(reader.id)
        wishes = sorted(filters, key=lambda f: (sorted(f.countries), f.minimum_level))
        texts = {wish: freeze(rendered) for wish in wishes if (rendered := render(wish)) is not None}
        with self._file.transaction() as connection:
            if not self._open(connection, kind, period, now, as_of):
                return self.known(kind, period) or Mailed(kind, period, 0, 0, new=False)
            readers, still = 0, set(connection.scalars(select(subscriber.c.id).where(wants(kind))))
            for wish, text in texts.items():
                key = self._file.keys.keyed("content", kind, period, *sorted(wish.countries), wish.minimum_level)
                kept, ids = self._keep(connection, key, text), [i for i in filters[wish] if i in still]
                self._queue(connection, (kind, period), kept, ids, rules=rules, now=now)
                readers += len(ids)
        return Mailed(kind, period, readers, len(texts), new=True)

    def write_to(self, number: int, kind: str, period: str, rendered: Rendered, *, rules: Kind, now: datetime) -> bool:
        """Queue one message to one reader (or the operator); return whether it was new."""
        with self._file.transaction() as connection:
            if not self._open(connection, kind, period, now):
                return False
            kept = self._keep(connection, self._file.keys.keyed("content", kind, period, f"{number}"), freeze(rendered))
            self._queue(connection, (kind, period), kept, [number], rules=rules, now=now)
        return True

    @staticmethod
    def _open(connection: Connection, kind: str, period: str, now: datetime, as_of: str = "") -> bool:
        if connection.execute(select(mailing).where(mailing.c.kind == kind, mailing.c.period == period)).first():
            return False
        connection.execute(insert(mailing).values(kind=kind, period=period, frozen_at=stamp(now), as_of=as_of))
        return True

    def known(self, kind: str, period: str) -> Mailed | None:
        """Return a mailing that was frozen before, ``None`` where there is none."""
        with self._file.reading() as connection:
            if not connection.execute(select(mailing).where(mailing.c.kind == kind, mailing.c.period == period)).first():
                return None
            mine = (message.c.kind == kind) & (message.c.period == period)
            counts = select(func.count(), func.count(message.c.content.distinct())).select_from(message).where(mine)
            readers, texts = connection.execute(counts).one()
        return Mailed(kind, period, readers, texts, new=False)

    def periods(self, kind: str) -> list[str]:
        """Return the names of the mailings of a kind, oldest first."""
        with self._file.reading() as connection:
            query = select(mailing.c.period).where(mailing.c.kind == kind).order_by(mailing.c.frozen_at)
            return list(connection.scalars(query))

    def _keep(self, connection: Connection, key: str, text: Frozen) -> int:
        done = connection.execute(insert(content).values(key=key, sealed=self._file.keys.seal(text.to_bytes())))
        return int(done.inserted_primary_key[0])  # type: ignore[index]

    def _queue(
        self, connection: Connection, what: tuple[str, str], text: int, numbers: Iterable[int], *, rules: Kind, now: datetime
    ) -> None:
        at, (kind, period) = stamp(now), what
        shared = {
            "kind": kind, "period": period, "content": text, "state": "queued", "tries": 0, "repeat": 0, "queued_at": at,
            "expires_at": stamp(now + timedelta(hours=rules.expires_hours)), "not_before": at, "updated_at": at, "reply": "",
        }  # fmt: skip
        rows = [{**shared, "subscriber": n, "message_id": self._message_id(kind, period, n)} for n in numbers]
        if rows:
            connection.execute(insert(message), rows)

    def _message_id(self, kind: str, period: str, number: int) -> str:
        """Return the Message-ID: the same for the same mail, whatever happens; without the key it tells nothing."""
        return f"<{self._file.keys.keyed('message', kind, period, f'{number}')}@{self._host}>"

    def tidy(self, now: datetime, keep: timedelta) -> None:
        """Forget what is not needed: links in confirmations that went; after ``keep``, messages, texts and sendings."""
        of = message.c.content == content.c.id
        needed = exists().where(of, or_(message.c.state.not_in(FINAL), message.c.kind != "confirmation"))
        old = (message.c.updated_at < stamp(now - keep)) & message.c.state.in_(FINAL)
        with self._file.transaction() as connection:
            connection.execute(delete(message).where(old))
            connection.execute(delete(session).where(session.c.at < stamp(now - keep)))
            connection.execute(update(content).where(content.c.sealed.is_not(None) & ~needed).values(sealed=null()))


def counts(file: PostFile) -> Sequence[Any]:
    """Return for each mailing: kind, period, frozen_at, oldest (since when one waits), and its messages in each state."""
    states = [func.count().filter(message.c.state == s).label(s) for s in ("queued", "claimed", *MAY_HAVE_GONE, *FINAL)]
    waiting = func.min(message.c.queued_at).filter(message.c.state.in_(("queued", "claimed"))).label("oldest")
    columns = (mailing.c.kind, mailing.c.period, mailing.c.frozen_at)
    same = and_(message.c.kind == mailing.c.kind, message.c.period == mailing.c.period)
    with file.reading() as connection:
        query = select(*columns, waiting, *states).select_from(mailing).outerjoin(message, same)
        return connection.execute(query.group_by(*columns).order_by(mailing.c.frozen_at)).all()


def last_as_of(file: PostFile, kind: str, before: str) -> str:
    """Return the day from which the last mailing of a kind with an earlier name looked, empty where there was none."""
    earlier = (mailing.c.kind == kind) & (mailing.c.period < before) & (mailing.c.as_of != "")
    with file.reading() as connection:
        return str(connection.scalar(select(func.max(mailing.c.as_of)).where(earlier)) or "")


def by_state(rows: Iterable[Any]) -> Mapping[str, int]:
    """Return how many messages are in each state, over all mailings."""
    rows = list(rows)
    return {state: sum(getattr(row, state) for row in rows) for state in ("queued", "claimed", *MAY_HAVE_GONE, *FINAL)}
