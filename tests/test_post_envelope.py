"""What goes over the wire: any text makes one message with one set of headers, and its bytes arrive as they were."""

from __future__ import annotations

import email
import email.policy
import unicodedata
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from monitor.alerts.rendered import Rendered
from monitor.post.addresses import Address
from monitor.post.envelope import HIDDEN, Head, Sender, freeze, leave_headers, message_bytes, plain_line, stuffed
from tests.post_world import MONDAY, SENDER

NAMES = ["From", "To", "Subject", "Date", "Message-ID", "Auto-Submitted", "List-Id", "List-Unsubscribe", "List-Unsubscribe-Post",
         "MIME-Version", "Content-Type"]  # fmt: skip
HOSTILE = [
    "Weekly\r\nBcc: x@evil.example", "Weekly\nBcc: x@evil.example", "Weekly\x00", "Weekly\x0b\x0c\x85\u2028Bcc: x@evil.example",
    "\u202egro.live", "=?utf-8?q?Bcc=3A_x?=", "Weekly\r\n\r\n<script>alert(1)</script>", "x" * 5_000, "ü" * 500, " ", "\ud800",
    "Content-Type: text/html", "a" * 76 + "\r", "\u200b\u2066\u2069 Weekly",
]  # fmt: skip
HEAD = Head(Address("anna@readers.example"), "<a@monitor.example>", MONDAY, "T" * 22)


def message(
    subject: str = "Weekly", text: str = "Hello\n", html: str = "<p>Hello</p>", sender: Sender = SENDER, **images: bytes
) -> bytes:
    return message_bytes(freeze(Rendered(subject, text, html, images)), HEAD, sender)


def read(content: bytes) -> Any:
    return email.message_from_bytes(content, policy=email.policy.default)


def check_head(content: bytes) -> None:
    head = content.partition(b"\r\n\r\n")[0]
    assert [line.split(b":")[0].decode() for line in head.split(b"\r\n") if line[:1] not in (b" ", b"\t")] == NAMES
    assert b"\r" not in head.replace(b"\r\n", b"")
    assert b"\n" not in head.replace(b"\r\n", b"")
    assert b"\0" not in content
    assert content.isascii()


@pytest.mark.parametrize("hostile", HOSTILE)
def test_no_subject_makes_another_header_or_hides_anything(hostile: str) -> None:
    content = message(hostile)
    check_head(content)
    assert not [c for c in str(read(content)["Subject"]) if unicodedata.category(c) in HIDDEN]


@pytest.mark.parametrize("hostile", HOSTILE)
def test_no_name_of_the_sender_does_either(hostile: str) -> None:
    content = message(sender=Sender("digest@monitor.example", hostile, "", SENDER.leave_url, SENDER.leave_mail))
    check_head(content)
    assert read(content)["From"].addresses[0].addr_spec == "digest@monitor.example"


@settings(max_examples=300, deadline=None)
@given(
    subject=st.text(max_size=300), text=st.text(max_size=300), html=st.text(min_size=1, max_size=300), name=st.text(max_size=80)
)
def test_whatever_the_text_the_message_has_its_parts_and_no_other_header(subject: str, text: str, html: str, name: str) -> None:
    sent = [t.encode("utf-8", "replace").decode() for t in (subject, text, html, name)]
    content = message(sent[0], sent[1], sent[2], Sender("digest@monitor.example", sent[3], "", SENDER.leave_url))
    check_head(content.replace(b"\0", b""))
    parts = list(read(content).walk())
    assert [p.get_content_type() for p in parts] == ["multipart/alternative", "text/plain", "text/html"]
    assert plain_line(parts[1].get_content()) == plain_line(sent[1])


@settings(max_examples=300, deadline=None)
@given(st.lists(st.sampled_from([b".", b"..", b"\r\n", b"\n", b"\r", b"a", b"", b"\r\n.\r\n", b"=2E", b" "]), max_size=30))
def test_dots_are_doubled_so_that_nothing_ends_a_message_before_its_end(pieces: list[bytes]) -> None:
    wire = stuffed(b"".join(pieces))
    assert wire.endswith(b"\r\n")
    assert b"\r\n.\r\n" not in wire
    assert not wire.startswith(b".\r\n")
    lines = wire[:-2].split(b"\r\n")
    received = b"\r\n".join(line.removeprefix(b".") for line in lines) + b"\r\n"
    expected = b"".join(pieces).replace(b"\r\n", b"\n").replace(b"\r", b"\n").replace(b"\n", b"\r\n")
    assert received == (expected if expected.endswith(b"\r\n") else expected + b"\r\n")


def test_the_same_text_is_frozen_to_the_same_bytes_and_another_to_others() -> None:
    one, same, other = (message(text=t, a=b"1", b=b"2") for t in ("Hello\n", "Hello\n", "Hallo\n"))
    assert one == same != other


def test_lines_of_the_body_are_short_and_one_click_stands_on_one_line() -> None:
    long = Sender("digest@monitor.example", "", "", "https://leave.monitor.example/" + "a/" * 60, "leave@monitor.example")
    content = message(text="word " * 500, html="<b>x</b>" * 500, sender=long)
    head, _, body = content.partition(b"\r\n\r\n")
    assert max(len(line) for line in body.split(b"\r\n")) <= 78
    (line,) = [line for line in head.split(b"\r\n") if line.startswith(b"List-Unsubscribe:")]
    assert line.count(b"<") == 2


@pytest.mark.parametrize(
    ("sender", "expected"),
    [
        (Sender("d@x.example", leave_url="https://l.example/"), ["<https://l.example/leave/T>", "List-Unsubscribe=One-Click"]),
        (Sender("d@x.example", leave_mail="l@x.example"), ["<mailto:l@x.example?subject=leave-T>"]),
        (Sender("d@x.example"), []),
    ],
)
def test_one_click_is_offered_only_where_there_is_a_public_address(sender: Sender, expected: list[str]) -> None:
    assert list(leave_headers("T", sender).values()) == expected


def test_without_a_page_the_text_goes_alone() -> None:
    assert read(message(html="")).get_content_type() == "text/plain"


def test_a_possible_repeat_says_so_in_its_subject_and_nowhere_else() -> None:
    frozen = freeze(Rendered("Alert", "Hello\n", "", {}))
    first, again = (
        message_bytes(frozen, Head(HEAD.to, HEAD.message_id, MONDAY, "T" * 22, repeat), SENDER) for repeat in (False, True)
    )
    assert first.replace(b"Subject: Alert", b"Subject: Possible repeat: Alert") == again
