"""A post office for tests: a home, a clock that stands where it is put, readers, texts that can be checked by eye."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from monitor.alerts.rendered import Rendered
from monitor.post.addresses import Address
from monitor.post.doubts import Doubts
from monitor.post.envelope import Sender
from monitor.post.file import PostFile
from monitor.post.mail import Line, Server
from monitor.post.mailings import Mailings, counts
from monitor.post.oracle import MailLog, Oracle
from monitor.post.outbox import Outbox
from monitor.post.policy import MailPolicy
from monitor.post.readers import Choice, Filter
from monitor.post.sending import Post
from monitor.post.subscribers import Subscribers
from monitor.settings import read_yaml
from tests.conftest import CONFIG

MONDAY = datetime(2026, 11, 23, 7, 0, tzinfo=UTC)
SENDER = Sender("digest@monitor.example", "Atrocity Monitor", "", "https://leave.monitor.example", "leave@monitor.example")
OPERATOR = Address("operator@monitor.example")
WEEK = "2026-W48"


def policy(**changes: Any) -> MailPolicy:
    """Return the policy as shipped, as fast as the machine allows, with some things changed."""
    return MailPolicy.model_validate({**read_yaml(CONFIG / "mail.yaml"), "mails_per_minute": 1e9, **changes})


def rendered(wish: Filter) -> Rendered:
    """Return a text that names its filter."""
    chosen = " ".join(sorted(wish.countries)) or "every country"
    text = f"For {chosen}, from {wish.minimum_level}.\n.a line that begins with a dot\n"
    return Rendered("Weekly digest 2026-W48", text, f"<p>For {chosen}</p><img src='cid:strip' alt=''>", {"strip": b"\x89PNG"})


@dataclass
class World:
    """A post over ``home``. ``now`` is its clock."""

    home: Path
    now: datetime = MONDAY
    policy: MailPolicy = field(default_factory=policy)

    def __post_init__(self) -> None:
        self.file = PostFile(self.home)
        self.readers = Subscribers(self.file)
        self.mailings = Mailings(self.file, SENDER.host)
        self.doubts = Doubts(self.file)

    def add(self, name: str, *countries: str, **more: Any) -> int:
        """Add a reader who has confirmed."""
        choice = Choice(frozenset(countries), **more)
        return self.readers.add_confirmed(Address(f"{name}@readers.example"), choice, self.now, confirmed=self.now)

    def freeze(self, kind: str = "digest", period: str = WEEK) -> Any:
        """Freeze a mailing to everyone who wants it."""
        return self.mailings.freeze(kind, period, rendered, self.policy.kind(kind), self.now)

    def post(self, port: int, log: Path | None = None, **more: Any) -> Post:
        """Return the post, handing in to a server on this machine."""
        server = Server("127.0.0.1", port, "none", SENDER.host, reply_seconds=5)
        oracle: Oracle | None = MailLog(log, "lines") if log else None
        parts = Post(
            self.file, Outbox(self.file, OPERATOR), self.mailings, self.doubts, Line(server), SENDER, self.policy,
            lambda: self.now, oracle=oracle, pause=lambda _: None,
        )  # fmt: skip
        return replace(parts, **more)

    def later(self, **delta: float) -> None:
        """Let time pass."""
        self.now += timedelta(**delta)

    def states(self, period: str = WEEK) -> dict[str, int]:
        """Return how many messages of a period are in each state that any is in."""
        row = next(r for r in counts(self.file) if r.period == period)
        names = ("queued", "claimed", "committing", "held", "sent", "refused", "expired", "withdrawn")
        return {n: getattr(row, n) for n in names if getattr(row, n)}
