"""Mail that came to us: reports on what could not be delivered, readers who write to confirm or to leave, and all the rest."""

from __future__ import annotations

from pathlib import Path

import pytest

from monitor.post import PostError
from monitor.post.addresses import address_of
from monitor.post.readers import Choice
from monitor.post.returns import Desk, read_returns
from tests.post_world import WEEK, World
from tests.smtp_sink import Sink, smtp

REPORT = """\
From: Mail Delivery System <mailer-daemon@mx.readers.example>
To: bounces@monitor.example
Subject: Undelivered Mail Returned to Sender
MIME-Version: 1.0
Content-Type: multipart/report; report-type=delivery-status; boundary="b"
Message-ID: <report@mx.readers.example>

--b
Content-Type: text/plain

I could not deliver your message to anna@readers.example.
--b
Content-Type: message/delivery-status

Reporting-MTA: dns; mx.readers.example

Final-Recipient: rfc822; anna@readers.example
Action: {action}
Status: {status}
Diagnostic-Code: smtp; 550 5.1.1 no such user

--b
Content-Type: text/rfc822-headers

From: digest@monitor.example
Message-ID: {message_id}
--b--
"""


@pytest.fixture
def world(tmp_path: Path) -> World:
    made = World(tmp_path / "home")
    made.add("anna")
    made.freeze()
    with smtp(Sink()) as sink:
        assert made.post(sink.port).send().sent == 1
    return made


def message_id(world: World) -> str:
    return f"<{world.file.keys.keyed('message', 'digest', WEEK, '1')}@monitor.example>"


def put(folder: Path, name: str, content: str | bytes) -> Path:
    folder.mkdir(parents=True, exist_ok=True)
    (folder / name).write_bytes(content.encode() if isinstance(content, str) else content)
    return folder


def came(world: World, folder: Path) -> list[str]:
    return [each.said for each in read_returns(folder, Desk(world.readers, world.doubts, world.now, 5))]


def state(world: World, number: int = 1) -> str:
    reader = world.readers.get(number)
    assert reader is not None
    return reader.state


@pytest.mark.parametrize(
    ("action", "status", "said", "after"),
    [
        ("failed", "5.1.1", "s-1: could not be delivered (5.1.1); now suspended", "suspended"),
        ("failed", "4.4.7", "s-1: could not be delivered (4.4.7); now active", "active"),
        ("delayed", "4.4.1", "s-1: delayed, nothing to do", "active"),
        ("delivered", "2.0.0", "s-1: delivered, nothing to do", "active"),
    ],
)
@pytest.mark.parametrize("place", ["new", "cur", "."])
def test_a_report_on_one_of_our_messages_counts(
    world: World, place: str, action: str, status: str, said: str, after: str
) -> None:
    box = world.home / "box"
    put(box / place, "1.eml", REPORT.format(action=action, status=status, message_id=message_id(world)).replace("\n", "\r\n"))
    assert came(world, box) == [said]
    assert state(world) == after
    assert came(world, box) == []
    assert [p.name for p in (box / "done").iterdir()] == ["1.eml"]


def test_a_report_on_a_message_that_is_not_ours_changes_nothing_and_stays(world: World) -> None:
    box = put(world.home / "box", "1.eml", REPORT.format(action="failed", status="5.1.1", message_id="<guessed@monitor.example>"))
    assert came(world, box) == [""]
    assert state(world) == "active"
    assert (box / "1.eml").exists()


@pytest.mark.parametrize("subject", ["leave-{t}", "Re: leave-{t}", "=?utf-8?q?leave-{t}?="])
def test_who_writes_to_leave_leaves(world: World, subject: str) -> None:
    token = world.readers.leaving_token(1, 1)
    written = subject.format(t=token.replace("_", "=5F") if "?q?" in subject else token)
    assert came(world, put(world.home / "box", "1", f"From: anna@readers.example\nSubject: {written}\n\nplease\n")) == [
        "s-1 has left"
    ]
    assert state(world) == "gone"


def test_who_writes_to_confirm_confirms(world: World) -> None:
    asked = world.readers.ask(address_of("ben@readers.example"), Choice(), world.now, days=14)
    box = put(world.home / "box", "1", f"Subject: AW: confirm-{asked.token}\n\n")
    assert came(world, box) == ["s-2 has confirmed"]
    assert state(world, 2) == "active"


@pytest.mark.parametrize(
    "content",
    [
        *(b"", b"\xff\xfe\x00", b"Subject: hello\n\nleave me alone", b"Subject: leave-AAAAAAAAAAAAAAAAAAAAAA\n\n"),
        *(b"Subject: leave-short\n\n", b"Subject: =?x-unknown?q?leave?=\n\n", b"Content-Type: multipart/report\n\n--\n"),
        b"Subject: " + b"x" * 6_000_000,
    ],
)  # fmt: skip
def test_anything_else_is_left_for_a_person(world: World, content: bytes) -> None:
    box = put(world.home / "box", "1", content)
    assert came(world, box) == [""]
    assert (box / "1").exists()
    assert state(world) == "active"


def test_links_are_not_followed_and_a_folder_that_is_none_is_said(world: World) -> None:
    box = put(world.home / "box", ".hidden", "x")
    (box / "1").symlink_to(world.home / "post.key")
    assert came(world, box) == []
    with pytest.raises(PostError, match="is no folder"):
        came(world, world.home / "none")
