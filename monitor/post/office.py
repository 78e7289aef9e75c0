"""The parts of the post, put together for one home: settings, policy, file, and what works on them."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import cached_property
from pathlib import Path
from typing import Any

from monitor.alerts.rendered import Rendered
from monitor.post import PostError
from monitor.post.addresses import Address
from monitor.post.doubts import Doubts
from monitor.post.envelope import Head, freeze, message_bytes
from monitor.post.file import PostFile
from monitor.post.letters import question
from monitor.post.lists import BadRow, Row
from monitor.post.mail import Line, Server
from monitor.post.mailings import Mailings, counts
from monitor.post.oracle import oracle_of
from monitor.post.outbox import Outbox
from monitor.post.policy import MailPolicy
from monitor.post.readers import OPERATOR, Choice
from monitor.post.sending import Post
from monitor.post.settings import MailSettings
from monitor.post.subscribers import Subscribers

NOBODY = "reader@example.org"


@dataclass(frozen=True)
class Office:
    """The post of one home. ``clock`` returns UTC."""

    home: Path
    settings: MailSettings
    policy: MailPolicy
    clock: Callable[[], datetime]

    @cached_property
    def file(self) -> PostFile:
        """The file, opened at first use."""
        return PostFile(self.home, self.settings.key_file)

    @property
    def readers(self) -> Subscribers:
        """The readers."""
        return Subscribers(self.file)

    @property
    def mailings(self) -> Mailings:
        """The mailings; Message-IDs are of the sender's domain."""
        return Mailings(self.file, self.settings.as_sender().host)

    def counts(self) -> Sequence[Any]:
        """Return how far each mailing is; needs no server."""
        return counts(self.file)

    @property
    def doubts(self) -> Doubts:
        """What may have gone."""
        return Doubts(self.file)

    def post(self) -> Post:
        """Return what sends; :class:`PostError` where no mail server is set."""
        settings, sender = self.settings, self.settings.as_sender()
        operator = Address(settings.operator) if settings.operator else None
        line = Line(Server.of(settings, 60 * self.policy.reply_minutes))
        return Post(
            self.file, Outbox(self.file, operator), self.mailings, self.doubts, line, sender, self.policy, self.clock,
            return_path=settings.return_path, oracle=oracle_of(settings),
        )  # fmt: skip

    def ask(self, address: Address, choice: Choice, *, again: bool = False) -> int:
        """Put a reader on the list and queue the letter that asks them to confirm; return the number."""
        now, days, sender = self.clock(), self.policy.confirm_within_days, self.settings.as_sender()
        asked = self.readers.ask(address, choice, now, days=days, again=again)
        letter = question(asked.token, choice, sender, (now + timedelta(days=days)).date())
        period = f"s-{asked.id} {now:%Y-%m-%dT%H:%M:%S.%f}"
        self.mailings.write_to(asked.id, "confirmation", period, letter, rules=self.policy.kinds.confirmation, now=now)
        return asked.id

    def take(self, row: Row) -> int | BadRow:
        """Put a row of a list on the list: as confirmed where it says when they confirmed, else by asking; or say why not."""
        try:
            if row.confirmed is not None:
                return self.readers.add_confirmed(row.address, row.choice, self.clock(), confirmed=row.confirmed)
            return self.ask(row.address, row.choice)
        except PostError as error:
            return BadRow(row.number, f"the address {error}")

    def tell_operator(self, matter: str, letter: Rendered) -> bool:
        """Queue words to the operator, once for each matter; return whether they were new."""
        rules = self.policy.kinds.operator
        return self.mailings.write_to(OPERATOR, "operator", matter, letter, rules=rules, now=self.clock())

    def preview(self, rendered: Rendered) -> bytes:
        """Return a text as the message that a reader would get, to nobody, with a link that leads nowhere."""
        head = Head(Address(NOBODY), f"<preview@{self.settings.preview_sender().host}>", self.clock(), "0" * 22)
        return message_bytes(freeze(rendered), head, self.settings.preview_sender())
