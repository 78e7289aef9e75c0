"""Kill the sender again and again, in processes of its own, against a real SMTP server; count what was lost, doubled, unknown.

``python -m tests.crash_mail --kills 2000`` runs the campaign with the server's log to look in afterwards, and without; each kill
is a SIGKILL, either at a named step of a message (half of them, each step alike) or after a random time.
The clock of the sender is moved on by an hour at each start, so that nothing has to wait.
"""

from __future__ import annotations

import argparse
import json
import os
import random
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import asdict, dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import IO, Any

from monitor.post.readers import Filter
from tests.conftest import ROOT
from tests.post_world import MONDAY, OPERATOR, World, rendered
from tests.smtp_sink import Sink, smtp

STEPS = ("frozen", "claimed", "offered", "marked", "answered", "recorded")
LONGEST_MS = 60.0


@dataclass
class Figures:
    """What a campaign came to. ``unknown_unsent``: of those that nobody can tell about, how many had really not gone."""

    log: bool
    kills: int = 0
    mails: int = 0
    lost: int = 0
    doubled: int = 0
    unknown: int = 0
    unknown_unsent: int = 0
    not_shown: int = 0
    damaged: int = 0
    seconds: float = 0.0

    def bound(self, count: int, of: int) -> str:
        """Return a count in words, with the upper bound where it is nought: the rule of three."""
        return f"{count} of {of}" if count or not of else f"0 of {of} (95 % upper bound {300 / of:.3f} %)"

    def words(self) -> str:
        """Return the figures in words."""
        where = "with the server's log" if self.log else "without any log"
        return (
            f"{self.kills} SIGKILLs, {self.mails} mails, {where}: lost {self.bound(self.lost, self.mails)}; "
            f"doubled {self.bound(self.doubled, self.mails)}; unknown and shown {self.unknown} "
            f"(of these really unsent {self.unknown_unsent}), not shown {self.not_shown}; "
            f"damaged files {self.damaged}; {self.seconds:.0f} s"
        )


# ------------------------------------------------------------------------------------------------ the process that is killed


def sender(order: dict[str, Any]) -> None:
    """Freeze the round's mailing if it is not, and send what is due; die at a step if so ordered."""
    world = World(Path(order["home"]), datetime.fromisoformat(order["now"]))
    left = Counter({order["step"]: order["nth"]})

    def step(name: str) -> None:
        left[name] -= 1
        if name == order["step"] and left[name] == 0:
            os.kill(os.getpid(), signal.SIGKILL)

    world.freeze(period=order["period"])
    step("frozen")
    world.post(order["port"], Path(order["log"]) if order["log"] else None, step=step).send()


def nursery() -> None:
    """Fork a sender for each order on the standard input: a process like any other, without the second that importing takes."""
    for line in sys.stdin:
        child = os.fork()
        if child == 0:
            try:
                sender(json.loads(line))
            except BaseException as error:
                print(f"{type(error).__name__}: {error}", file=sys.stderr, flush=True)
                os._exit(1)
            os._exit(0)
        print(child, flush=True)
        print(os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]), flush=True)


# ---------------------------------------------------------------------------------------------------------- the campaign


@dataclass
class Campaign:
    """A home under fire. ``log``: whether the server's log can be looked at."""

    home: Path
    sink: Sink
    nursery: subprocess.Popen[str]
    log: bool
    random: random.Random
    readers: int = 10
    now: datetime = MONDAY

    def start(self, period: str, step: str = "", nth: int = 0, after: float | None = None) -> int:
        """Start a sender, kill it after so many milliseconds if it still lives, and return how it ended."""
        self.now += timedelta(hours=1)
        order = {"home": f"{self.home}", "port": self.sink.port, "now": self.now.isoformat(), "period": period}
        order |= {"log": f"{self.sink.log}" if self.log else "", "step": step, "nth": nth}
        orders, answers = self._pipes()
        orders.write(f"{json.dumps(order)}\n")
        orders.flush()
        child = int(answers.readline())
        if after is not None:
            time.sleep(after / 1000)
            with suppress(ProcessLookupError):
                os.kill(child, signal.SIGKILL)
        ended = int(answers.readline())
        time.sleep(0.02)  # what the dead one had sent still reaches the server, which then needs a moment
        return ended

    def _pipes(self) -> tuple[IO[str], IO[str]]:
        assert self.nursery.stdin is not None
        assert self.nursery.stdout is not None
        return self.nursery.stdin, self.nursery.stdout

    def round(self, number: int, most: int) -> int:
        """Kill senders of one mailing up to ``most`` times, then let one end; return how many were killed."""
        period, killed = f"round-{number}", 0
        for _ in range(most):
            if self.random.random() < 0.5:
                ended = self.start(period, self.random.choice(STEPS), self.random.randint(1, self.readers // 3 + 1))
            else:
                ended = self.start(period, after=self.random.uniform(0, LONGEST_MS * self.readers / 10))
            killed += ended == -signal.SIGKILL
            assert ended in (0, -signal.SIGKILL), ended
            if ended == 0:
                break
        for _ in range(3):  # the first finds out, the second sends what had not gone
            assert self.start(period) == 0
        return killed


def run(kills: int, *, log: bool, seed: int = 7, readers: int = 10, folder: Path | None = None) -> Figures:
    """Run a campaign of at least so many kills, in rounds of so many readers, and return its figures."""
    began, home = time.monotonic(), Path(tempfile.mkdtemp(prefix="crash", dir=folder))
    figures, sink = Figures(log), Sink(log=home / "server.log")
    try:
        world = World(home)
        for n in range(readers):
            world.add(f"r{n}")
        with smtp(sink), _nursery() as process:
            _one_before(world, sink)
            campaign, number = Campaign(home, sink, process, log, random.Random(seed), readers), 0
            while figures.kills < kills:
                number += 1
                figures.kills += campaign.round(number, min(6, kills - figures.kills))
        _count(figures, World(home), sink, number * readers)
    finally:
        shutil.rmtree(home, ignore_errors=True)
    figures.seconds = time.monotonic() - began
    return figures


def _one_before(world: World, sink: Sink) -> None:
    """Send one mail to the operator first: a log that shows none of ours is not believed of what it does not show."""
    rules = world.policy.kinds.operator
    text = rendered(Filter(frozenset(), "watch"))
    world.mailings.write_to(0, "operator", "before", text, rules=rules, now=world.now)
    assert world.post(sink.port).send().sent == 1
    assert sink.taken[0][0] == OPERATOR.text


def _count(figures: Figures, world: World, sink: Sink, mails: int) -> None:
    """Set what the server took against what the outbox says, message by message."""
    taken, shown = Counter(sink.ids()), {(r.period, r.subscriber) for r in world.doubts.troubled() if r.state == "held"}
    with world.file.reading() as connection:
        rows = connection.exec_driver_sql("SELECT period, subscriber, message_id, state FROM message").fetchall()
        figures.damaged = int(connection.exec_driver_sql("PRAGMA integrity_check").scalar() != "ok")
    figures.mails = mails
    figures.doubled = sum(count - 1 for count in taken.values())
    of_rounds = [r for r in rows if r.period.startswith("round-")]
    figures.lost = figures.mails - len(of_rounds)
    for row in of_rounds:
        if row.state == "held":
            figures.unknown += 1
            figures.unknown_unsent += not taken[row.message_id]
            figures.not_shown += (row.period, row.subscriber) not in shown
        elif not (row.state == "sent" and taken[row.message_id]):
            figures.lost += 1


@contextmanager
def _nursery() -> Iterator[subprocess.Popen[str]]:
    command = [sys.executable, "-m", "tests.crash_mail", "--nursery"]
    process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, cwd=ROOT)
    try:
        yield process
    finally:
        process.kill()
        process.wait()


def main() -> None:
    """Run the campaign and print its figures."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--kills", type=int, default=2000, help="in all, half of them with the log and half without")
    parser.add_argument("--readers", type=int, default=10, help="of a round")
    parser.add_argument("--seed", type=int, default=7)
    parser.add_argument("--nursery", action="store_true", help=argparse.SUPPRESS)
    given = parser.parse_args()
    if given.nursery:
        nursery()
        return
    for log in (True, False):
        figures = run(given.kills // 2, log=log, seed=given.seed, readers=given.readers)
        print(figures.words(), json.dumps(asdict(figures)), sep="\n", flush=True)


if __name__ == "__main__":
    main()
