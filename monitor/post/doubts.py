"""Messages that may have gone: those that a crash caught between the final dot and the answer, and those of a restored file."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import insert, or_, select, update

from monitor.post.file import PostFile, stamp
from monitor.post.schema import MAY_HAVE_GONE, message, session


class Doubts:
    """What is not known of the messages in a file of the post, and how it comes to be known."""

    def __init__(self, file: PostFile) -> None:
        self._file = file

    def uncertain(self) -> Sequence[Any]:
        """Return the messages that may have gone: id, kind, period, subscriber, message_id, state, updated_at."""
        with self._file.reading() as connection:
            columns = (message.c.id, message.c.kind, message.c.period, message.c.subscriber, message.c.message_id)
            which = message.c.state.in_(MAY_HAVE_GONE)
            return connection.execute(
                select(*columns, message.c.state, message.c.updated_at).where(which).order_by(message.c.id)
            ).all()

    def sent_before(self, at: str, most: int = 20) -> list[str]:
        """Return Message-IDs of the last messages that a server answered for before an instant, newest first."""
        with self._file.reading() as connection:
            before = (message.c.state == "sent") & (message.c.updated_at <= at)
            return list(
                connection.scalars(select(message.c.message_id).where(before).order_by(message.c.updated_at.desc()).limit(most))
            )

    def found_sent(self, ids: Collection[int], now: datetime, said: str) -> None:
        """These went: it stands in the log or the mailbox."""
        self._decide(ids, now, state="sent", reply=said)

    def found_unsent(self, ids: Collection[int], now: datetime) -> None:
        """These did not go: queue them again."""
        self._decide(ids, now, state="queued", not_before=stamp(now), reply="had not gone before the crash")

    def hold(self, ids: Collection[int], why: str) -> None:
        """Nobody can tell about these: hold them and show them. When they were marked stays known: the log is asked again."""
        with self._file.transaction() as connection:
            which = message.c.id.in_(ids) & (message.c.state == "committing")
            connection.execute(update(message).where(which).values(state="held", reply=why))

    def repeat(self, ids: Collection[int], now: datetime) -> None:
        """Nobody can tell about these, and a warning twice is better than none: send them again, marked as possible repeats."""
        self._decide(ids, now, state="queued", not_before=stamp(now), repeat=1, reply="sent again, as a possible repeat")

    def hold_unsent(self, now: datetime, why: str) -> int:
        """Hold everything that waits, for a file that may not know what was sent since; return how many."""
        with self._file.transaction() as connection:
            waiting = message.c.state.in_(("queued", "claimed", "committing"))
            values = {"state": "held", "claimed_by": None, "lease_until": None, "updated_at": stamp(now), "reply": why}
            return connection.execute(update(message).where(waiting).values(**values)).rowcount

    def knows_session(self, name: str) -> bool:
        """Return whether a sending of this name began from this file."""
        with self._file.reading() as connection:
            return connection.execute(select(session.c.id).where(session.c.id == name)).first() is not None

    def add_session(self, name: str, now: datetime) -> None:
        """Note that a sending begins."""
        with self._file.transaction() as connection:
            connection.execute(insert(session).values(id=name, at=stamp(now)))

    def resolve(self, number: int, now: datetime, *, went: bool) -> int:
        """A person has found out about held messages to one reader; return how many were settled."""
        ids = [row.id for row in self.uncertain() if row.subscriber == number and row.state == "held"]
        if went:
            self.found_sent(ids, now, "a person says that it went")
        else:
            self._decide(ids, now, state="queued", not_before=stamp(now), reply="a person says that it did not go")
        return len(ids)

    def _decide(self, ids: Collection[int], now: datetime, **values: Any) -> None:
        with self._file.transaction() as connection:
            which = message.c.id.in_(ids) & message.c.state.in_(MAY_HAVE_GONE)
            values |= {"claimed_by": None, "lease_until": None, "updated_at": stamp(now)}
            connection.execute(update(message).where(which).values(**values))

    def troubled(self) -> Sequence[Any]:
        """Return the messages about which something is to be said: kind, period, subscriber, state, tries, not_before, reply."""
        columns = (message.c.kind, message.c.period, message.c.subscriber, message.c.state, message.c.tries)
        told = or_(
            message.c.state.in_(("held", "committing", "refused", "expired")),
            (message.c.state == "queued") & (message.c.tries > 0),
        )
        with self._file.reading() as connection:
            query = select(*columns, message.c.not_before, message.c.updated_at, message.c.reply).where(told)
            return connection.execute(query.order_by(message.c.updated_at, message.c.id)).all()

    def number_of(self, message_id: str) -> Any:
        """Return the message with a Message-ID: id, kind, period, subscriber, state."""
        with self._file.reading() as connection:
            columns = (message.c.id, message.c.kind, message.c.period, message.c.subscriber, message.c.state)
            return connection.execute(select(*columns).where(message.c.message_id == message_id)).first()
