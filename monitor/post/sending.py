"""Sending what the outbox holds, each message once.

:meth:`Post.send`: 1. Be the only sender. 2. See whether the file was restored and does not know what went since. 3. Give back
the claims of those who died; find out about what may have gone. 4. Claim a few. 5. For each: offer it without its final dot,
write down that it may go, send the dot, write down the answer. 6. Again from 4, until nothing is due.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field, fields
from datetime import datetime, timedelta
from time import monotonic, sleep
from typing import Protocol

from monitor.post import PostError
from monitor.post.addresses import Address
from monitor.post.doubts import Doubts
from monitor.post.envelope import Head, Sender, message_bytes
from monitor.post.file import LAST_SESSION, PostFile, instant
from monitor.post.keys import new_token, write_whole
from monitor.post.mail import Broken, Later, Refused, Unknown
from monitor.post.mailings import Mailings
from monitor.post.oracle import Oracle
from monitor.post.outbox import Claimed, Outbox
from monitor.post.policy import MailPolicy
from monitor.post.readers import OPERATOR
from monitor.post.subscribers import Subscribers

RESTORED = "the file of the post is older than the last sending; whether this went is not known to it"
MOST_UNKNOWN = 3
CANNOT_TELL = "may have gone before the crash, and nobody can tell"


class Way(Protocol):
    """The way out: :class:`monitor.post.mail.Line`, or what stands in for it in a test."""

    def offer(self, sender: str, to: Address, message: bytes) -> None:
        """Hand over a message without its final dot."""

    def commit(self) -> str:
        """Send the final dot and return the answer."""

    def drop(self) -> None:
        """Let the connection go at once."""

    def close(self) -> None:
        """Say goodbye."""


@dataclass
class Sent:
    """What a sending came to, in messages. ``stopped``: why it ended early, empty when nothing was left to do."""

    sent: int = 0
    later: int = 0
    refused: int = 0
    unknown: int = 0
    withdrawn: int = 0
    found_sent: int = 0
    found_unsent: int = 0
    repeated: int = 0
    held: int = 0
    stopped: str = ""

    def counts(self) -> dict[str, int]:
        """Return the counts by name."""
        return {f.name: getattr(self, f.name) for f in fields(self) if f.name != "stopped"}


@dataclass(frozen=True)
class Post:
    """The parts, put together once. ``clock`` returns UTC; ``step`` is told each step of each message, and may see to it that a
    process dies there.
    """

    file: PostFile
    outbox: Outbox
    mailings: Mailings
    doubts: Doubts
    way: Way
    sender: Sender
    policy: MailPolicy
    clock: Callable[[], datetime]
    return_path: str = ""
    oracle: Oracle | None = None
    step: Callable[[str], None] = field(default=lambda _: None)
    pause: Callable[[float], None] = field(default=sleep)

    def send(self, *, most: int = 1_000_000) -> Sent:
        """Send what is due, at most ``most`` messages; raises when another process is sending."""
        done = Sent()
        with self.file.lock.held():
            worker = self._begin()
            self.outbox.give_back_all(self.clock())
            self.reconcile(done)
            try:
                self._send_all(worker, done, most)
            finally:
                self.way.close()
            Subscribers(self.file).lapse(self.clock())
            self.mailings.tidy(self.clock(), timedelta(days=30.5 * self.policy.keep_months))
        return done

    # ------------------------------------------------------------------------------------------------------- one by one

    def _send_all(self, worker: str, done: Sent, most: int) -> None:
        lease, began, count, refusals = timedelta(minutes=self.policy.lease_minutes), monotonic(), 0, 0
        while not done.stopped and count < most:
            batch = self.outbox.claim(worker, self.clock(), lease, min(self.policy.batch, most - count))
            if not batch:
                return
            while batch and not done.stopped:
                self.pause(max(0.0, began + count * 60 / self.policy.mails_per_minute - monotonic()))
                before, count = done.refused, count + 1
                try:
                    self._send_one(batch[0], worker, done)
                    batch.pop(0)
                except Broken as error:
                    done.stopped = f"{error}"
                refusals = refusals + 1 if done.refused > before else 0
                if refusals >= self.policy.stop_after_refusals:
                    done.stopped = f"{refusals} messages in a row were refused: see what is sent, and who sends"
                if done.unknown >= MOST_UNKNOWN:
                    done.stopped = f"the server fell silent after the end of {done.unknown} messages"
            self.outbox.give_back(batch, worker, self.clock())

    def _send_one(self, claimed: Claimed, worker: str, done: Sent) -> None:
        """Send one message; whatever becomes of it is on the disk at the end, and so is, before the dot, that it may go."""
        head = Head(claimed.to, claimed.message_id, claimed.date, claimed.leave, claimed.repeat)
        message = message_bytes(self.outbox.text(claimed.content), head, self.sender)
        self.step("claimed")
        try:
            self.way.offer(self.return_path or self.sender.address, claimed.to, message)
            self.step("offered")
            if not self.outbox.mark(claimed, worker, self.clock()):
                self.way.drop()
                self.outbox.give_back([claimed], worker, self.clock())
                done.withdrawn += 1
                return
            self.step("marked")
            said = self.way.commit()
        except Later as error:
            wait = max(self.policy.retry.wait(claimed.tries + 1), error.asked)
            self.outbox.later(claimed, self.clock(), f"{error}", wait, most_tries=self.policy.retry.tries)
            done.later += 1
        except Refused as error:
            self.outbox.refused(claimed, self.clock(), f"{error}")
            done.refused += 1
            if error.reader and claimed.subscriber != OPERATOR:
                most_soft = self.policy.suspend_after_soft
                Subscribers(self.file).came_back(claimed.subscriber, self.clock(), hard=True, most_soft=most_soft)
        except Unknown:
            done.unknown += 1  # stays marked: the next sending finds out
        else:
            self.step("answered")
            self.outbox.sent(claimed, self.clock(), said)
            done.sent += 1
        self.step("recorded")

    # ----------------------------------------------------------------------------------------------- after a crash

    def reconcile(self, done: Sent) -> None:
        """Find out about every message that may have gone; hold, or repeat as its kind allows, where nobody can tell.

        The caller holds the lock, so that nothing is on its way.
        """
        rows = self.doubts.uncertain()
        if not rows:
            return
        now, taken, why = self.clock(), set[str](), ""
        earlier = {at: self.doubts.sent_before(at) for at in {row.updated_at for row in rows}}
        if self.oracle is not None:
            try:
                taken = self.oracle.taken({row.message_id for row in rows}.union(*earlier.values()))
            except PostError as error:
                why = f"; {error}"
        went = [row.id for row in rows if row.message_id in taken]
        rest = [row for row in rows if row.message_id not in taken]
        shown = [row for row in rest if taken.intersection(earlier[row.updated_at])]  # the oracle knows what went before it
        settle = timedelta(minutes=self.policy.settle_minutes)
        absent = [row.id for row in shown if now - instant(row.updated_at) >= settle]
        dark = [row for row in rest if row not in shown]
        again = [row.id for row in dark if self.policy.kind(row.kind).after_crash == "repeat"]
        hold = [row.id for row in dark if row.id not in again and row.state != "held"]
        self.doubts.found_sent(went, now, f"found in {self.oracle.name}" if self.oracle else "")
        self.doubts.found_unsent(absent, now)
        self.doubts.repeat(again, now)
        self.doubts.hold(hold, CANNOT_TELL + why)
        done.found_sent, done.found_unsent, done.repeated, done.held = len(went), len(absent), len(again), len(hold)

    def _begin(self) -> str:
        """Note that a sending begins, in the file and beside it; a file that does not know the last one was restored."""
        path, worker = self.file.home / LAST_SESSION, new_token()
        last = path.read_text(encoding="ascii").strip() if path.exists() else ""
        if last and not self.doubts.knows_session(last):
            self.doubts.hold_unsent(self.clock(), RESTORED)
        self.doubts.add_session(worker, self.clock())
        write_whole(path, worker.encode())
        return worker
