"""The readers: asked, confirmed by themselves, changed, gone. Two steps in, one step out.

Nobody is written to before they confirmed (but for the one mail that asks them to). Whoever leaves, or is erased, is forgotten at
once, address and choices: what stays is a number and a keyed hash that keeps the address from being put on the list again.
"""

from __future__ import annotations

import json
from collections.abc import Collection, Iterator, Sequence
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Connection, Row, delete, func, insert, null, or_, select, update

from monitor.post import PostError
from monitor.post.addresses import Address, without_addresses
from monitor.post.file import PostFile, instant, stamp
from monitor.post.keys import hash_of, new_token
from monitor.post.readers import Asked, Choice, Subscriber
from monitor.post.schema import act, message, subscriber, suppression

UNDECIDED = ("queued", "claimed", "held")  # states of a message that a reader who leaves can still stop


class Subscribers:
    """The list in a file of the post. The time comes in with each call."""

    def __init__(self, file: PostFile) -> None:
        self._file = file

    # ------------------------------------------------------------------------------------------------------------------ in

    def ask(self, address: Address, choice: Choice, now: datetime, *, days: int, again: bool = False) -> Asked:
        """Add a reader who has still to confirm, within ``days``; one who was asked before is asked anew with these choices.

        Raises :class:`PostError` for an address that is on the list, and for one that must not be written to, unless the reader
        asked for it (``again``).
        """
        token = new_token()
        with self._file.transaction() as connection:
            key = self._addable(connection, address, again=again)
            known = connection.execute(select(subscriber).where(subscriber.c.address_key == key)).first()
            values = self._values(address, choice, now) | {
                "state": "pending", "confirm_hash": hash_of(token), "confirm_until": stamp(now + timedelta(days=days)),
            }  # fmt: skip
            if known is None:
                number = self._insert(connection, values)
            else:
                number, generation = known.id, known.generation + 1
                leave = hash_of(self.leaving_token(number, generation))
                values |= {"generation": generation, "unsubscribe_hash": leave}
                connection.execute(update(subscriber).where(subscriber.c.id == number).values(**values))
            self._note(connection, now, "asked", number)
        return Asked(number, token)

    def add_confirmed(self, address: Address, choice: Choice, now: datetime, *, confirmed: datetime) -> int:
        """Add a reader who confirmed earlier, elsewhere, at a time on record; raises as :meth:`ask`. Return the number."""
        with self._file.transaction() as connection:
            key = self._addable(connection, address, again=False)
            if connection.execute(select(subscriber.c.id).where(subscriber.c.address_key == key)).first():
                raise PostError("is on the list already and has not confirmed yet")
            values = self._values(address, choice, now) | {"state": "active", "confirmed_at": stamp(confirmed)}
            number = self._insert(connection, values)
            self._note(connection, now, "added as confirmed", number)
        return number

    def _addable(self, connection: Connection, address: Address, *, again: bool) -> str:
        key = self._key(address)
        barred = connection.scalar(select(suppression.c.reason).where(suppression.c.address_key == key))
        if barred and not again:
            raise PostError(f"must not be written to ({barred})", what_to_do="only if they asked for it themselves: --again")
        if barred:
            connection.execute(delete(suppression).where(suppression.c.address_key == key))
        known = connection.execute(select(subscriber.c.id, subscriber.c.state).where(subscriber.c.address_key == key)).first()
        if known and known.state != "pending":
            raise PostError(f"is on the list already, as s-{known.id}")
        return key

    def _values(self, address: Address, choice: Choice, now: datetime) -> dict[str, Any]:
        return {
            "address_key": self._key(address),
            "sealed": self._seal(address, choice.countries),
            "minimum_level": choice.minimum_level,
            "frequency": choice.frequency,
            "dates": choice.dates,
            "asked_at": stamp(now),
        }

    def _insert(self, connection: Connection, values: dict[str, Any]) -> int:
        done = connection.execute(insert(subscriber).values(generation=1, soft_bounces=0, **values))
        number = int(done.inserted_primary_key[0])  # type: ignore[index]
        leave = hash_of(self.leaving_token(number, 1))
        connection.execute(update(subscriber).where(subscriber.c.id == number).values(unsubscribe_hash=leave))
        return number

    def confirm(self, token: str, now: datetime) -> int | None:
        """Confirm by the token of the link; return the number, ``None`` when it is unknown, used or too old. Needs no key."""
        with self._file.transaction() as connection:
            found = connection.execute(
                select(subscriber.c.id).where(
                    subscriber.c.confirm_hash == hash_of(token),
                    subscriber.c.state == "pending",
                    subscriber.c.confirm_until >= stamp(now),
                )
            ).first()
            if found is None:
                return None
            values = {"state": "active", "confirmed_at": stamp(now), "confirm_hash": None, "confirm_until": None}
            connection.execute(update(subscriber).where(subscriber.c.id == found.id).values(**values))
            self._note(connection, now, "confirmed", found.id)
        return int(found.id)

    def leaving_token(self, number: int, generation: int) -> str:
        """Return the token in the reader's link to leave; it is made from the key, the file holds its hash alone."""
        return self._file.keys.token("leave", f"{number}", f"{generation}")

    # ----------------------------------------------------------------------------------------------------------------- out

    def leave(self, token: str, now: datetime) -> int | None:
        """End a subscription by the token of the link; return the number, ``None`` for a token never seen. Needs no key.

        The same link again does nothing and is answered alike.
        """
        with self._file.transaction() as connection:
            found = connection.execute(
                select(subscriber.c.id, subscriber.c.state).where(subscriber.c.unsubscribe_hash == hash_of(token))
            ).first()
            if found is None:
                return None
            if found.state != "gone":
                self._forget(connection, found.id, now, "unsubscribed", "left by the link")
        return int(found.id)

    def end(self, number: int, now: datetime, reason: str, why: str = "") -> bool:
        """Erase a reader (``reason``: unsubscribed, erased, complained ...); return whether there was anyone to erase."""
        with self._file.transaction() as connection:
            state = connection.scalar(select(subscriber.c.state).where(subscriber.c.id == number))
            if state in (None, "gone"):
                return False
            self._forget(connection, number, now, reason, why)
        return True

    def suppress(self, address: Address, now: datetime, reason: str) -> int | None:
        """Keep an address from ever being written to; a reader who has it is erased, and the number returned."""
        with self._file.transaction() as connection:
            key = self._key(address)
            number = connection.scalar(select(subscriber.c.id).where(subscriber.c.address_key == key))
            if number is not None:
                self._forget(connection, number, now, reason, "suppressed")
            else:
                self._bar(connection, key, now, reason)
                self._note(connection, now, "suppressed", None)
        return None if number is None else int(number)

    def lapse(self, now: datetime) -> int:
        """Forget those who did not confirm in time, without barring them; return how many."""
        with self._file.transaction() as connection:
            late = (subscriber.c.state == "pending") & (subscriber.c.confirm_until < stamp(now))
            numbers = connection.scalars(select(subscriber.c.id).where(late)).all()
            for number in numbers:
                self._forget(connection, number, now, "", "did not confirm in time")
        return len(numbers)

    def _forget(self, connection: Connection, number: int, now: datetime, reason: str, why: str) -> None:
        """Take out address and choices, bar the address, stop what has not gone yet. ``reason`` empty: do not bar it."""
        key = connection.scalar(select(subscriber.c.address_key).where(subscriber.c.id == number))
        if key and reason:
            self._bar(connection, key, now, reason)
        emptied = {"state": "gone", "address_key": None, "sealed": null(), "confirm_hash": None, "confirm_until": None}
        connection.execute(
            update(subscriber)
            .where(subscriber.c.id == number)
            .values(**emptied, minimum_level="", frequency="", dates="", confirmed_at=None)
        )
        mine = (message.c.subscriber == number) & message.c.state.in_(UNDECIDED)
        connection.execute(update(message).where(mine).values(state="withdrawn", updated_at=stamp(now), reply="the reader left"))
        self._note(connection, now, reason or "lapsed", number, why)

    @staticmethod
    def _bar(connection: Connection, key: str, now: datetime, reason: str) -> None:
        connection.execute(delete(suppression).where(suppression.c.address_key == key))
        connection.execute(insert(suppression).values(address_key=key, reason=without_addresses(reason), at=stamp(now)))

    # ------------------------------------------------------------------------------------------------- mail that came back

    def came_back(self, number: int, now: datetime, *, hard: bool, most_soft: int) -> str:
        """Count mail that came back, and suspend the reader after one hard or ``most_soft`` soft ones; return the state."""
        with self._file.transaction() as connection:
            row = connection.execute(select(subscriber).where(subscriber.c.id == number)).first()
            if row is None or row.state != "active":
                return row.state if row else "gone"
            soft = row.soft_bounces + (not hard)
            state = "suspended" if hard or soft >= most_soft else "active"
            connection.execute(update(subscriber).where(subscriber.c.id == number).values(soft_bounces=soft, state=state))
            if state != "active":
                self._note(connection, now, "suspended", number, "refused for good" if hard else f"{soft} came back")
        return state

    def resume(self, number: int, now: datetime) -> bool:
        """Write to a suspended reader again; return whether there was one."""
        with self._file.transaction() as connection:
            here = (subscriber.c.id == number) & (subscriber.c.state == "suspended")
            done = connection.execute(update(subscriber).where(here).values(state="active", soft_bounces=0)).rowcount
            if done:
                self._note(connection, now, "resumed", number)
        return bool(done)

    # ------------------------------------------------------------------------------------------------------------- looking

    def every(self, states: Collection[str] = ("pending", "active", "suspended")) -> Iterator[Subscriber]:
        """Yield the readers in these states by number, addresses unsealed."""
        with self._file.reading() as connection:
            rows = connection.execute(select(subscriber).where(subscriber.c.state.in_(states)).order_by(subscriber.c.id)).all()
        for row in rows:
            yield self.unsealed(row)

    def get(self, number: int) -> Subscriber | None:
        """Return a reader by number, ``None`` when there never was one."""
        with self._file.reading() as connection:
            row = connection.execute(select(subscriber).where(subscriber.c.id == number)).first()
        return None if row is None else self.unsealed(row)

    def find(self, address: Address) -> int | None:
        """Return the number of the reader with this address."""
        with self._file.reading() as connection:
            found = connection.scalar(select(subscriber.c.id).where(subscriber.c.address_key == self._key(address)))
        return None if found is None else int(found)

    def wanted_by(self, kind: str) -> int:
        """Return how many readers want mail of a kind."""
        with self._file.reading() as connection:
            return int(connection.scalar(select(func.count()).select_from(subscriber).where(wants(kind))) or 0)

    def barred(self) -> int:
        """Return how many addresses must not be written to."""
        with self._file.reading() as connection:
            return len(connection.execute(select(suppression.c.at)).all())

    def acts(self) -> Sequence[Any]:
        """Return what was done with the list, oldest first: at, what, subscriber (number or none), why."""
        with self._file.reading() as connection:
            return connection.execute(select(act.c.at, act.c.what, act.c.subscriber, act.c.why).order_by(act.c.id)).all()

    def note(self, now: datetime, what: str, why: str, number: int | None = None) -> None:
        """Keep that something was done with the list, and why."""
        with self._file.transaction() as connection:
            self._note(connection, now, what, number, why)

    @staticmethod
    def _note(connection: Connection, now: datetime, what: str, number: int | None, why: str = "") -> None:
        connection.execute(insert(act).values(at=stamp(now), what=what, subscriber=number, why=without_addresses(why)))

    def _key(self, address: Address) -> str:
        return self._file.keys.keyed("address", address.same)

    def _seal(self, address: Address, countries: Collection[str]) -> bytes:
        plain = json.dumps({"address": address.text, "countries": sorted(countries)})
        return self._file.keys.seal(plain.encode())

    def address_in(self, sealed: bytes | None) -> Address | None:
        """Return the address in what is sealed of a reader; there is none once the reader has gone."""
        return None if sealed is None else Address(self._told(sealed)["address"])

    def _told(self, sealed: bytes) -> dict[str, Any]:
        told: dict[str, Any] = json.loads(self._file.keys.unseal(sealed))
        return told

    def unsealed(self, row: Row[Any]) -> Subscriber:
        """Return a row of the table as a reader."""
        told = self._told(row.sealed) if row.sealed is not None else dict[str, Any](address="", countries=[])
        return Subscriber(
            row.id,
            row.state,
            Choice(frozenset(told["countries"]), row.minimum_level, row.frequency, row.dates),
            instant(row.asked_at),
            instant(row.confirmed_at) if row.confirmed_at else None,
            Address(told["address"]) if told["address"] else None,
        )


def wants(kind: str) -> Any:
    """Return which readers get mail of a kind, as a condition on the table: the digest weekly, escalations at once."""
    matching = {"digest": ("weekly", "both"), "escalation": ("immediate", "both")}
    if kind not in matching:
        raise PostError(f"no reader has asked for mail of the kind {kind!r}")
    return (subscriber.c.state == "active") & or_(*(subscriber.c.frequency == f for f in matching[kind]))
