"""Measure a digest for many readers on this machine: ``python -m tests.bench_mail --readers 10000 --filters 200``.

Freezing, with texts of a real digest's size, and handing in to an SMTP server in another process on this machine, every message
marked on the disk before its final dot. Says how long a commit takes here: the rate can be no better than that allows.
"""

from __future__ import annotations

import argparse
import multiprocessing
import resource
import sqlite3
import tempfile
import time
from datetime import UTC, datetime
from multiprocessing.connection import Connection
from pathlib import Path

from monitor.alerts.rendered import Rendered
from monitor.post.addresses import address_of
from monitor.post.readers import Choice, Filter
from tests.post_world import WEEK, World
from tests.smtp_sink import Sink, smtp

TEXT, HTML, IMAGE = 6_000, 40_000, 15_000


def main() -> None:
    """Run it and print the figures."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--readers", type=int, default=10_000)
    parser.add_argument("--filters", type=int, default=200)
    given = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        world = World(Path(folder), datetime.now(UTC))
        began = time.perf_counter()
        for n in range(given.readers):
            world.readers.add_confirmed(
                address_of(f"r{n}@readers.example"), choice(n % given.filters), world.now, confirmed=world.now
            )
        print(f"{given.readers} readers added in {time.perf_counter() - began:.1f} s, each down on the disk")
        began, before = time.perf_counter(), memory()
        done = world.mailings.freeze("digest", WEEK, text, world.policy.kinds.digest, world.now)
        print(f"{done.readers} messages of {done.texts} texts frozen in {time.perf_counter() - began:.1f} s")
        deliver(world, given.readers, before)
        print(f"a commit of one row takes {commit_ms(Path(folder)):.2f} ms here")


def deliver(world: World, count: int, before: float) -> None:
    """Hand everything in and print the rate and what memory it took."""
    here, there = multiprocessing.Pipe()
    server = multiprocessing.get_context("spawn").Process(target=serve, args=(there,), daemon=True)
    server.start()
    post, began = world.post(here.recv()), time.perf_counter()
    sent = post.send().sent
    seconds = time.perf_counter() - began
    here.send("end")
    taken, kept = here.recv()
    print(
        f"{sent} of {count} sent in {seconds:.1f} s: {sent / seconds:.0f} mails/s; the server took {taken}, {kept} of them once"
    )
    print(f"memory {before:.0f} MB before freezing, {memory():.0f} MB at most")


def serve(pipe: Connection) -> None:
    """Take mail until told to end, then say how much came, and how many Message-IDs."""
    with smtp(Sink()) as sink:
        pipe.send(sink.port)
        pipe.recv()
        ids = sink.ids()
        pipe.send((len(ids), len(set(ids))))


def choice(number: int) -> Choice:
    """Return one of many distinct choices."""
    return Choice(frozenset({f"{chr(65 + number % 26)}{chr(65 + number // 26)}X"}), "watch")


def text(wish: Filter) -> Rendered:
    """Return a text of a digest's size."""
    name = " ".join(sorted(wish.countries))
    return Rendered(
        "Weekly digest 2026-W48",
        f"{name} {'word ' * (TEXT // 5)}",
        f"<p>{name}{'<b>x</b> ' * (HTML // 9)}</p>",
        {"a": b"x" * IMAGE},
    )


def memory() -> float:
    """Return the most memory that this process has had, in MB."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


def commit_ms(folder: Path) -> float:
    """Return how long a commit of one row takes, in the way in which the post's own file is written."""
    with sqlite3.connect(folder / "commit.sqlite", isolation_level=None) as connection:
        connection.execute("PRAGMA journal_mode = TRUNCATE")
        connection.execute("PRAGMA synchronous = FULL")
        connection.execute("CREATE TABLE t (n INTEGER)")
        began = time.perf_counter()
        for n in range(200):
            connection.execute("INSERT INTO t VALUES (?)", (n,))
        return (time.perf_counter() - began) / 200 * 1000


if __name__ == "__main__":
    main()
