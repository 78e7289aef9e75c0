"""What may have gone: a sender killed at any step, a server's log or mailbox asked afterwards, a file restored from a backup."""

from __future__ import annotations

import gzip
import random
import shutil
import signal
import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from monitor.post import PostError
from monitor.post.imap import Mailbox
from monitor.post.oracle import MailLog
from tests.crash_mail import STEPS, Campaign, _nursery, _one_before, run
from tests.post_world import WEEK, World
from tests.smtp_sink import DROP, Sink, free_port, smtp
from tests.test_post_outbox import only, read

A, B, C = "<a@monitor.example>", "<b@monitor.example>", "<c@monitor.example>"


@pytest.fixture
def world(tmp_path: Path) -> World:
    return World(tmp_path)


# ------------------------------------------------------------------------------------------------------ killed at any step

# step at which the sender of three messages is killed, with the second: what the outbox says then, what the server has by then
KILLED = {
    "frozen": ({"queued": 3}, 0),
    "claimed": ({"sent": 1, "claimed": 2}, 1),
    "offered": ({"sent": 1, "claimed": 2}, 1),
    "marked": ({"sent": 1, "committing": 1, "claimed": 1}, 1),
    "answered": ({"sent": 1, "committing": 1, "claimed": 1}, 2),
    "recorded": ({"sent": 2, "claimed": 1}, 2),
}


@pytest.mark.parametrize("log", [True, False], ids=["with the server's log", "without"])
@pytest.mark.parametrize("step", STEPS)
def test_a_sender_killed_at_any_step_loses_and_doubles_nothing(world: World, step: str, log: bool) -> None:
    for n in range(3):
        world.add(f"r{n}")
    sink = Sink(log=world.home / "server.log")
    with smtp(sink), _nursery() as process:
        _one_before(world, sink)
        campaign = Campaign(world.home, sink, process, log, random.Random(1))
        assert campaign.start(WEEK, step, 1 if step == "frozen" else 2) == -signal.SIGKILL
        assert (world.states(), len(sink.taken) - 1) == KILLED[step]
        assert campaign.start(WEEK) == campaign.start(WEEK) == 0
    taken = sink.ids()[1:]
    assert len(taken) == len(set(taken))
    doubtful = step in ("marked", "answered") and not log
    assert world.states() == ({"sent": 2, "held": 1} if doubtful else {"sent": 3})
    assert len(taken) == (2 if step == "marked" and not log else 3)
    shown = world.doubts.troubled()
    assert [row.reply for row in shown] == (["may have gone before the crash, and nobody can tell"] if doubtful else [])


@pytest.mark.parametrize("log", [True, False], ids=["with the server's log", "without"])
def test_of_messages_sent_under_fire_none_is_lost_or_doubled_and_what_is_unknown_is_shown(log: bool, tmp_path: Path) -> None:
    figures = run(25, log=log, seed=11, folder=tmp_path)
    assert figures.kills >= 25
    assert figures.mails >= 40
    assert (figures.lost, figures.doubled, figures.not_shown, figures.damaged) == (0, 0, 0, 0)
    assert figures.unknown <= (0 if log else figures.kills)


# ---------------------------------------------------------------------------------------------------- who can tell, and who not


def doubtful(world: World, *, taken: bool, kind: str = "digest", before: bool = True) -> Sink:
    """Leave one message in doubt, after one that certainly went."""
    sink = Sink(log=world.home / "server.log")
    (world.home / "server.log").touch()
    with smtp(sink):
        if before:
            _one_before(world, sink)
        world.add("anna", frequency="both")
        world.freeze(kind)
        sink.script = only("DOT", f"taken {DROP}" if taken else DROP)
        world.later(seconds=1)
        assert world.post(sink.port).send().unknown == 1
        sink.script = lambda point, to: None
    return sink


def again(world: World, sink: Sink, log: Path | None) -> tuple[dict[str, int], int]:
    """Send once more; return the states, and how many messages the server has by then but for the first."""
    with smtp(sink):
        world.post(sink.port, log).send()
    return world.states(), len([to for to, _ in sink.taken if to == "anna@readers.example"])


def test_what_stands_in_the_log_was_sent(world: World) -> None:
    sink = doubtful(world, taken=True)
    assert again(world, sink, sink.log) == ({"sent": 1}, 1)


def test_what_is_missing_in_the_log_is_sent_again_once_the_server_has_had_its_time(world: World) -> None:
    sink = doubtful(world, taken=False)
    assert again(world, sink, sink.log) == ({"committing": 1}, 0)
    world.later(minutes=15)
    assert again(world, sink, sink.log) == ({"sent": 1}, 1)


@pytest.mark.parametrize("taken", [True, False])
def test_a_log_that_shows_none_of_ours_from_before_is_not_believed(world: World, taken: bool) -> None:
    sink = doubtful(world, taken=taken)
    other = world.home / "rotated.log"
    other.write_text(f"{A}\n")
    world.later(days=1)
    assert again(world, sink, other) == ({"held": 1}, int(taken))
    assert again(world, sink, sink.log) == ({"sent": 1}, 1)  # found out later all the same


def test_a_log_that_cannot_be_read_holds_and_says_why(world: World) -> None:
    sink = doubtful(world, taken=False)
    assert again(world, sink, world.home / "none.log")[0] == {"held": 1}
    assert "none.log cannot be read (FileNotFoundError)" in world.doubts.troubled()[0].reply


@pytest.mark.parametrize("taken", [True, False])
def test_a_warning_is_repeated_rather_than_lost_and_says_so_under_the_same_message_id(world: World, taken: bool) -> None:
    sink = doubtful(world, taken=taken, kind="escalation")
    assert again(world, sink, None) == ({"sent": 1}, 1 + taken)
    first, last = read(sink.taken[1][1]), read(sink.taken[-1][1])
    assert last["Subject"] == "Possible repeat: Weekly digest 2026-W48"
    assert (first["Message-ID"] == last["Message-ID"], len(sink.taken)) == (True, 2 + taken)


@pytest.mark.parametrize(("went", "expected"), [(True, ({"sent": 1}, 0)), (False, ({"sent": 1}, 1))])
def test_a_person_who_found_out_settles_what_is_held(world: World, went: bool, expected: tuple[dict[str, int], int]) -> None:
    sink = doubtful(world, taken=False)
    assert again(world, sink, None) == ({"held": 1}, 0)
    assert world.doubts.resolve(1, world.now, went=went) == 1
    assert again(world, sink, None) == expected


def test_a_file_restored_from_a_backup_sends_nothing_twice(world: World) -> None:
    for n in range(4):
        world.add(f"r{n}")
    sink = Sink(log=world.home / "server.log")
    with smtp(sink):
        _one_before(world, sink)
        world.freeze()
        world.post(sink.port).send(most=1)
        world.file.close()
        kept = world.home / "backup.sqlite"
        shutil.copy(world.home / "post" / "post.sqlite", kept)
        world.later(hours=1)
        world.post(sink.port).send(most=2)
        assert len(sink.taken) == 4
        world.file.close()
        shutil.copy(kept, world.home / "post" / "post.sqlite")
        world.later(hours=1)
        world.post(sink.port).send()
        assert (world.states(), len(sink.taken)) == ({"sent": 1, "held": 3}, 4)
        assert "older than the last sending" in world.doubts.troubled()[0].reply
        world.later(hours=1)
        world.post(sink.port, sink.log).send()
        assert world.states() == {"sent": 4}
    assert len(set(sink.ids())) == len(sink.taken) == 5


# -------------------------------------------------------------------------------------------------------- logs and mailboxes

POSTFIX = f"""\
Nov 23 07:00:01 mail postfix/smtpd[411]: 4A1B2C3D4E: client=localhost[127.0.0.1]
Nov 23 07:00:01 mail postfix/cleanup[413]: 4A1B2C3D4E: message-id={A}
Nov 23 07:00:01 mail postfix/qmgr[201]: 4A1B2C3D4E: from=<digest@monitor.example>, size=4711, nrcpt=1 (queue active)
Nov 23 07:00:02 mail postfix/smtpd[411]: 5F1B2C3D4E: client=localhost[127.0.0.1]
Nov 23 07:00:02 mail postfix/cleanup[413]: 5F1B2C3D4E: message-id={B}
Nov 23 07:00:02 mail postfix/smtpd[411]: lost connection after DATA (310 bytes) from localhost[127.0.0.1]
2026-11-23T07:00:03.1+00:00 mail postfix/submission/cleanup[413]: 5F1B2C3D4E: message-id=<other@monitor.example>
2026-11-23T07:00:03.2+00:00 mail postfix/qmgr[201]: 5F1B2C3D4E: from=<digest@monitor.example>, size=4711, nrcpt=1 (queue active)
"""
EXIM = f"""\
2026-11-23 07:00:01 1tEzQH-000 <= digest@monitor.example H=localhost [127.0.0.1] P=esmtp S=4711 id={A[1:-1]}
2026-11-23 07:00:01 1tEzQH-000 => anna@readers.example R=dnslookup T=remote_smtp H=mx.readers.example
2026-11-23 07:00:02 unexpected disconnection while reading SMTP command from localhost [127.0.0.1] D=1s
"""


def test_postfix_names_a_message_before_it_has_it_so_only_an_active_queue_file_counts(tmp_path: Path) -> None:
    (tmp_path / "mail.log").write_text(POSTFIX)
    assert MailLog(tmp_path / "mail.log", "postfix").taken([A, B, C]) == {A}


def test_exim_writes_its_line_when_it_has_the_message(tmp_path: Path) -> None:
    (tmp_path / "mainlog").write_text(EXIM)
    assert MailLog(tmp_path / "mainlog", "exim").taken([A, B, C]) == {A}


def test_a_line_that_is_not_finished_does_not_count(tmp_path: Path) -> None:
    (tmp_path / "taken").write_text(f"{A}\n{B}")
    assert MailLog(tmp_path / "taken", "lines").taken([A, B, C]) == {A}


@pytest.mark.parametrize("packed", [True, False])
def test_the_log_before_the_last_rotation_is_read_too(tmp_path: Path, packed: bool) -> None:
    old = POSTFIX.encode()
    (tmp_path / f"mail.log.1{'.gz' if packed else ''}").write_bytes(gzip.compress(old) if packed else old)
    (tmp_path / "mail.log").write_text("")
    assert MailLog(tmp_path / "mail.log", "postfix").taken([A]) == {A}


@contextmanager
def imap(held: set[str], password: str = "right") -> Iterator[int]:
    """Run an IMAP server that knows one mailbox and can search it by Message-ID."""
    port, listening = free_port(), socket.socket()
    listening.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    listening.bind(("127.0.0.1", port))
    listening.listen(5)

    def serve() -> None:
        while True:
            try:
                client, _ = listening.accept()
            except OSError:
                return
            with client, client.makefile("rwb") as file:
                file.write(b"* OK ready\r\n")
                file.flush()
                for line in file:
                    file.write(_imap_answer(line.decode().strip(), held, password).encode())
                    file.flush()

    threading.Thread(target=serve, daemon=True).start()
    try:
        yield port
    finally:
        listening.close()


def _imap_answer(line: str, held: set[str], password: str) -> str:
    tag, verb, *rest = line.split(" ", 2)
    words = rest[0] if rest else ""
    if verb == "LOGIN" and password not in words:
        return f"{tag} NO wrong: {words}\r\n"
    if verb == "EXAMINE" and words != '"Sent"':
        return f"{tag} NO no such mailbox\r\n"
    if verb == "SEARCH":
        found = " 7" if any(f'"{each}"' in words for each in held) else ""
        return f"* SEARCH{found}\r\n{tag} OK done\r\n"
    more = {"CAPABILITY": "* CAPABILITY IMAP4rev1\r\n", "LOGOUT": "* BYE\r\n", "EXAMINE": "* 1 EXISTS\r\n"}.get(verb, "")
    return f"{more}{tag} OK done\r\n"


def test_a_mailbox_of_what_was_sent_is_asked_by_message_id_and_not_changed() -> None:
    with imap({A, C}) as port:
        assert Mailbox("127.0.0.1", port, "none", "us", "Sent", "right").taken([A, B]) == {A}


@pytest.mark.parametrize(
    ("mailbox", "password", "said"),
    [("Gesendet", "right", "no mailbox 'Gesendet'"), ("Sent", "Kanarienvogel-7", "cannot be asked")],
)
def test_a_mailbox_that_cannot_be_asked_is_said_without_the_password(mailbox: str, password: str, said: str) -> None:
    with imap({A}) as port, pytest.raises(PostError, match=said) as caught:
        Mailbox("127.0.0.1", port, "none", "us", mailbox, password).taken([A])
    assert "Kanarienvogel" not in f"{caught.value} {Mailbox('127.0.0.1', port, 'none', 'us', mailbox, password)!r}"


def test_a_mailbox_elsewhere_is_never_asked_without_encryption() -> None:
    with pytest.raises(PostError, match="no encryption is set"):
        Mailbox("mail.example.org", 143, "none", "us", "Sent", "right").taken([A])
