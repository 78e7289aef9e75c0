"""What goes over the wire: the part that is frozen once for all readers of one text, and the head that is each reader's own.

One reader a message: there is a To, and neither Cc nor Bcc exists here. Nothing is fetched by who opens it; images travel inside.
"""

from __future__ import annotations

import hashlib
import re
import unicodedata
from dataclasses import dataclass, field
from datetime import datetime
from email import policy
from email.message import EmailMessage, MIMEPart
from email.utils import format_datetime

from monitor.alerts.rendered import Rendered
from monitor.post.addresses import Address

# One header, one line: a folded List-Unsubscribe or an encoded word in it breaks one-click (RFC 8058) and DKIM
POLICY = policy.SMTP.clone(max_line_length=998)
HIDDEN = ("Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp")
LONGEST_SUBJECT = 200
REPEAT = "Possible repeat: "


@dataclass(frozen=True)
class Frozen:
    """A text as it was frozen: its subject line, and everything from the first MIME header on, CRLF, 7 bit."""

    subject: str
    body: bytes

    def to_bytes(self) -> bytes:
        """Return both as one piece."""
        return self.subject.encode() + b"\0" + self.body

    @classmethod
    def from_bytes(cls, piece: bytes) -> Frozen:
        """Return what :meth:`to_bytes` made."""
        subject, _, body = piece.partition(b"\0")
        return cls(subject.decode(), body)


@dataclass(frozen=True)
class Sender:
    """Who sends, and the ways to leave. ``leave_url``: the public address that `monitor serve` is reached by, empty for none."""

    address: str
    name: str = ""
    domain: str = ""
    leave_url: str = ""
    leave_mail: str = ""
    reply_to: str = ""

    @property
    def host(self) -> str:
        """Return the domain of Message-IDs."""
        return self.domain or self.address.rpartition("@")[2]


@dataclass(frozen=True)
class Head:
    """What is one reader's own. ``leave``: the token to leave by, empty in mail that is no subscription."""

    to: Address
    message_id: str
    date: datetime
    leave: str = field(repr=False, default="")
    repeat: bool = False


def freeze(rendered: Rendered) -> Frozen:
    """Return a text frozen: the same :class:`Rendered` gives the same bytes, boundaries included.

    A text part, and beside it the HTML part with its images (multipart/alternative, related). Without HTML, the text alone.
    """
    whole = MIMEPart(policy=policy.SMTP)  # lines of quoted-printable are at most 76 long (RFC 2045, 6.7)
    whole.set_content(rendered.text, charset="utf-8", cte="quoted-printable")
    if rendered.html:
        whole.add_alternative(rendered.html, subtype="html", charset="utf-8", cte="quoted-printable")
        page = list(whole.iter_parts())[1]
        for name, image in sorted(rendered.images.items()):
            page.add_related(
                image, maintype="image", subtype="png", cid=f"<{name}>", disposition="inline", filename=f"{name}.png"
            )
        _bound(whole, _digest(rendered))
    body = whole.as_bytes()
    return Frozen(plain_line(rendered.subject), body if body.startswith(b"MIME-Version") else b"MIME-Version: 1.0\r\n" + body)


def _digest(rendered: Rendered) -> str:
    digest = hashlib.sha256()
    for piece in (rendered.text.encode(), rendered.html.encode(), *(i for _, i in sorted(rendered.images.items()))):
        digest.update(len(piece).to_bytes(8, "big") + piece)
    return digest.hexdigest()


def _bound(whole: MIMEPart, digest: str) -> None:
    """Give every multipart a boundary of its own that follows from the content."""
    for n, part in enumerate(p for p in whole.walk() if p.is_multipart()):
        part.set_boundary(f"=_{n}_{digest[:40]}_=")


def plain_line(text: str) -> str:
    """Return a subject line without anything that cannot be seen or could begin another header."""
    seen = "".join(" " if unicodedata.category(c) in HIDDEN else c for c in text)
    return " ".join(seen.split())[:LONGEST_SUBJECT]


def message_bytes(frozen: Frozen, head: Head, sender: Sender) -> bytes:
    """Return one message as it is sent: the same arguments, the same bytes."""
    message = EmailMessage(policy=POLICY)
    message["From"] = _from(sender)
    message["To"] = head.to.text
    message["Subject"] = f"{REPEAT if head.repeat else ''}{frozen.subject}"
    message["Date"] = format_datetime(head.date)
    message["Message-ID"] = head.message_id
    if sender.reply_to:
        message["Reply-To"] = sender.reply_to
    message["Auto-Submitted"] = "auto-generated"
    if head.leave:
        message["List-Id"] = f"<digest.{sender.host}>"
        for name, value in leave_headers(head.leave, sender).items():
            message[name] = value
    headers = message.as_bytes().rstrip(b"\r\n") + b"\r\n"
    return headers + frozen.body


def _from(sender: Sender) -> str:
    name = plain_line(sender.name).replace('"', "'").replace("\\", "/")
    return f'"{name}" <{sender.address}>' if name else sender.address


def leave_headers(token: str, sender: Sender) -> dict[str, str]:
    """Return the headers by which a mail program offers to leave: one click where there is a public address, mail where not."""
    ways = [f"<{leave_link(token, sender)}>"] if sender.leave_url else []
    ways += [f"<mailto:{sender.leave_mail}?subject=leave-{token}>"] if sender.leave_mail else []
    headers = {"List-Unsubscribe": ", ".join(ways)} if ways else {}
    return headers | ({"List-Unsubscribe-Post": "List-Unsubscribe=One-Click"} if sender.leave_url else {})


def leave_link(token: str, sender: Sender) -> str:
    """Return the address of the page on which one can leave."""
    return f"{sender.leave_url.rstrip('/')}/leave/{token}"


def stuffed(message: bytes) -> bytes:
    """Return a message as it goes between DATA and the final dot: CRLF line ends, a dot at the start of a line doubled.

    Ends with CRLF. RFC 5321, 4.5.2.
    """
    lines = message
    if not lines.count(b"\r\n") == lines.count(b"\r") == lines.count(b"\n"):
        lines = re.sub(rb"\r\n|\r|\n", b"\r\n", lines)
    if not lines.endswith(b"\r\n"):
        lines += b"\r\n"
    lines = lines.replace(b"\n.", b"\n..")
    return b"." + lines if lines.startswith(b".") else lines
