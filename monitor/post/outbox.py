"""The outbox: one row for each kind, period and reader, and how far each is.

queued -> claimed -> committing -> sent, refused, or queued again for later. ``committing`` is on the disk before the final dot
goes out, so that after a crash it is known which messages may have gone (:mod:`.doubts`).
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Connection, Row, and_, or_, select, update

from monitor.post import PostError
from monitor.post.addresses import Address, without_addresses
from monitor.post.envelope import Frozen
from monitor.post.file import PostFile, instant, stamp
from monitor.post.readers import OPERATOR
from monitor.post.schema import content, mailing, message, subscriber
from monitor.post.subscribers import Subscribers

AT_HAND = 8  # frozen texts kept in memory


@dataclass(frozen=True)
class Claimed:
    """A message that this process may send. ``date``: when its text was frozen, the same in every try."""

    id: int
    kind: str
    period: str
    subscriber: int
    content: int
    message_id: str
    tries: int
    repeat: bool
    date: datetime
    to: Address = field(repr=False)
    leave: str = field(repr=False)

    @property
    def name(self) -> str:
        """Return how messages and logs name it."""
        return f"{self.kind} {self.period} to {'the operator' if self.subscriber == OPERATOR else f's-{self.subscriber}'}"


class Outbox:
    """The outbox in a file of the post. ``operator``: whose mail number 0 is; without, that mail waits."""

    def __init__(self, file: PostFile, operator: Address | None = None) -> None:
        self._file, self._operator = file, operator
        self._readers = Subscribers(file)
        self._texts: dict[int, Frozen] = {}

    def claim(self, worker: str, now: datetime, lease: timedelta, most: int) -> list[Claimed]:
        """Claim up to ``most`` messages that are due, escalations first, and return them.

        In the same transaction what has expired is closed, and what is for a reader who may not have it (no longer) is withdrawn.
        """
        at = stamp(now)
        with self._file.transaction() as connection:
            _close(
                connection, (message.c.state == "queued") & (message.c.expires_at <= at), "expired", at, "was not taken in time"
            )
            _close(
                connection, (message.c.state == "queued") & ~_may_have_it(), "withdrawn", at, "the reader left or is suspended"
            )
            due = (message.c.state == "queued") & (message.c.not_before <= at)
            if self._operator is None:
                due &= message.c.subscriber != OPERATOR
            urgent = message.c.kind != "escalation"
            found = connection.execute(
                select(message, mailing.c.frozen_at, subscriber.c.sealed, subscriber.c.generation)
                .join(mailing, and_(mailing.c.kind == message.c.kind, mailing.c.period == message.c.period))
                .outerjoin(subscriber, subscriber.c.id == message.c.subscriber)
                .where(due)
                .order_by(urgent, message.c.content, message.c.id)
                .limit(most)
            ).all()
            ids = [row.id for row in found]
            until = stamp(now + lease)
            values = {"state": "claimed", "claimed_by": worker, "lease_until": until, "updated_at": at}
            connection.execute(update(message).where(message.c.id.in_(ids)).values(**values))
        return [self._claimed(row) for row in found]

    def _claimed(self, row: Row[Any]) -> Claimed:
        reader, leave = row.subscriber != OPERATOR, ""
        to = self._readers.address_in(row.sealed) if reader else self._operator
        if to is None:
            raise PostError("no address of the operator is set", what_to_do="set MONITOR_MAIL_OPERATOR")
        if reader:
            leave = self._readers.leaving_token(row.subscriber, row.generation)
        return Claimed(
            row.id, row.kind, row.period, row.subscriber, row.content, row.message_id, row.tries, bool(row.repeat),
            instant(row.frozen_at), to, leave,
        )  # fmt: skip

    def text(self, number: int) -> Frozen:
        """Return a frozen text; the last few are kept at hand."""
        if number not in self._texts:
            with self._file.reading() as connection:
                sealed = connection.scalar(select(content.c.sealed).where(content.c.id == number))
            if sealed is None:
                raise PostError("a frozen text is gone", what_to_do="restore the last backup of the post")
            while len(self._texts) >= AT_HAND:
                self._texts.pop(next(iter(self._texts)))
            self._texts[number] = Frozen.from_bytes(self._file.keys.unseal(sealed))
        return self._texts[number]

    def mark(self, claimed: Claimed, worker: str, now: datetime) -> bool:
        """Write down to the disk that the message may go out from now on; ``False``: do not send it.

        So it is when the claim has lapsed or was taken by another, or when the reader has left in the meantime.
        """
        mine = (message.c.id == claimed.id) & (message.c.state == "claimed") & (message.c.claimed_by == worker)
        with self._file.transaction() as connection:
            held = mine & (message.c.lease_until > stamp(now)) & _may_have_it()
            values = {"state": "committing", "tries": message.c.tries + 1, "updated_at": stamp(now), "reply": ""}
            return bool(connection.execute(update(message).where(held).values(**values)).rowcount)

    def sent(self, claimed: Claimed, now: datetime, said: str) -> None:
        """The server has it."""
        self._settle(claimed, now, state="sent", reply=said)

    def refused(self, claimed: Claimed, now: datetime, said: str) -> None:
        """The server will never take it."""
        self._settle(claimed, now, state="refused", reply=said)

    def later(self, claimed: Claimed, now: datetime, said: str, wait: timedelta, *, most_tries: int) -> None:
        """The server may take it later; after ``most_tries`` it is given up."""
        if claimed.tries + 1 >= most_tries:
            self._settle(claimed, now, state="expired", reply=f"given up after {most_tries} tries; {said}")
        else:
            self._settle(claimed, now, state="queued", reply=said, not_before=stamp(now + wait))

    def give_back(self, claimed: Iterable[Claimed], worker: str, now: datetime) -> None:
        """Give back what was claimed and not used, as if it had never been claimed."""
        ids = [c.id for c in claimed]
        mine = message.c.id.in_(ids) & (message.c.state == "claimed") & (message.c.claimed_by == worker)
        self._queue_again(mine, now)

    def give_back_all(self, now: datetime) -> None:
        """Give back every claim; for a process that holds the lock, so that whoever claimed is dead."""
        self._queue_again(message.c.state == "claimed", now)

    def _queue_again(self, which: Any, now: datetime) -> None:
        with self._file.transaction() as connection:
            values = {"state": "queued", "claimed_by": None, "lease_until": None, "updated_at": stamp(now)}
            connection.execute(update(message).where(which).values(**values))

    def _settle(self, claimed: Claimed, now: datetime, **values: Any) -> None:
        with self._file.transaction() as connection:
            values |= {"tries": claimed.tries + 1, "claimed_by": None, "lease_until": None, "updated_at": stamp(now)}
            values["reply"] = without_addresses(values["reply"])
            connection.execute(update(message).where(message.c.id == claimed.id).values(**values))


def _may_have_it() -> Any:
    """Return the condition that whoever a message is for may still have it: the asked for their question, the rest active."""
    reader = select(subscriber.c.id).where(
        subscriber.c.id == message.c.subscriber,
        or_(
            and_(message.c.kind == "confirmation", subscriber.c.state == "pending"),
            and_(message.c.kind != "confirmation", subscriber.c.state == "active"),
        ),
    )
    return or_(message.c.subscriber == OPERATOR, reader.exists())


def _close(connection: Connection, which: Any, state: str, at: str, why: str) -> None:
    connection.execute(update(message).where(which).values(state=state, updated_at=at, reply=why))
