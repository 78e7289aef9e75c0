"""Mail that came to us: what could not be delivered, and readers who confirm or leave by mail, as files in a folder.

The folder is a Maildir or any folder of ``.eml`` files that the mail server or a person fills. Only a Message-ID or token that
we made counts, and nobody can guess one. What was understood is moved to ``done`` beside; the rest stays for a person.
"""

from __future__ import annotations

import email
import email.errors
import email.header
import email.policy
import re
import stat
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import datetime
from email.message import Message
from pathlib import Path

from monitor.post import PostError
from monitor.post.doubts import Doubts
from monitor.post.readers import OPERATOR
from monitor.post.subscribers import Subscribers

LARGEST = 5_000_000
DONE = "done"
_TOKEN = re.compile(r"\b(leave|confirm)-([A-Za-z0-9_-]{22})(?![A-Za-z0-9_-])")
_MESSAGE_ID = re.compile(r"^Message-ID:\s*(<[^<>\s]{1,200}>)", re.I | re.M)


@dataclass(frozen=True)
class Returned:
    """What a message came to. ``said``: in words, by number, never by address; empty where it was not understood."""

    file: str
    said: str


@dataclass(frozen=True)
class Desk:
    """Who acts on what came. ``most_soft``: mails that came back "try later" before a reader is suspended."""

    readers: Subscribers
    doubts: Doubts
    now: datetime
    most_soft: int


def read_returns(folder: Path, desk: Desk) -> Iterator[Returned]:
    """Act on every message file in a folder (and its ``new`` and ``cur``), in the order of their names."""
    for n, path in enumerate(_files(folder), 1):
        said = _act(path, desk)
        if said:
            (folder / DONE).mkdir(exist_ok=True)
            path.rename(folder / DONE / path.name)
        yield Returned(f"message {n}", said)


def _files(folder: Path) -> list[Path]:
    try:
        places = [p for p in (folder, folder / "new", folder / "cur") if p.is_dir()]
        found = [path for place in places for path in place.iterdir() if stat.S_ISREG(path.lstat().st_mode)]
    except OSError as error:
        raise PostError(f"{folder} cannot be read ({error.strerror})") from error
    if not places:
        raise PostError(f"{folder} is no folder")
    return sorted(p for p in found if not p.name.startswith("."))


def _act(path: Path, desk: Desk) -> str:
    if path.stat().st_size > LARGEST:
        return ""
    content = path.read_bytes()
    try:
        message = email.message_from_bytes(content, policy=email.policy.compat32)
        if message.get_content_type() == "multipart/report":
            return _came_back(message, content, desk)
        subject = str(email.header.make_header(email.header.decode_header(str(message.get("Subject", "")))))
    except (ValueError, LookupError, AttributeError, TypeError, email.errors.MessageError):
        return ""  # not a message that anybody's program writes: a person will see
    found = _TOKEN.search(subject)
    if found is None:
        return ""
    does: dict[str, tuple[Callable[[str, datetime], int | None], str]] = {
        "leave": (desk.readers.leave, "has left"), "confirm": (desk.readers.confirm, "has confirmed"),
    }  # fmt: skip
    act, words = does[found[1]]
    number = act(found[2], desk.now)
    return "" if number is None else f"s-{number} {words}"


def _came_back(message: Message, content: bytes, desk: Desk) -> str:
    """Return what a report on a delivery (RFC 3464) came to; one on no message of ours, or on a mere delay, comes to nothing."""
    fields = "\n".join(str(part) for part in message.walk() if part.get_content_type() == "message/delivery-status")
    action = re.search(r"^Action:\s*(\w+)", fields, re.I | re.M)
    status = re.search(r"^Status:\s*([245])\.\d+\.\d+", fields, re.I | re.M)
    rows = [desk.doubts.number_of(each) for each in _MESSAGE_ID.findall(content.decode("utf-8", "replace").replace("\r\n", "\n"))]
    row = next((r for r in rows if r is not None and r.subscriber != OPERATOR), None)
    if row is None or action is None or status is None:
        return ""
    if action[1].lower() != "failed" or status[1] == "2":
        return f"s-{row.subscriber}: {action[1].lower()}, nothing to do"
    state = desk.readers.came_back(row.subscriber, desk.now, hard=status[1] == "5", most_soft=desk.most_soft)
    return f"s-{row.subscriber}: could not be delivered ({status[0].split()[-1]}); now {state}"
