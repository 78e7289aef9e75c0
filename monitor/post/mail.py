"""The only door to SMTP: one message to one reader, with a hold just before the final dot.

Until the dot a message is certainly not sent, whatever happens; after it, until the answer, nobody on this side can know
(RFC 1047). ``smtplib`` sends text and dot in one piece and hides that moment, so here they are sent apart.
"""

from __future__ import annotations

import re
import select
import smtplib
import socket
import ssl
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path
from typing import Literal

from monitor.post import PostError
from monitor.post.addresses import Address, without_addresses
from monitor.post.envelope import stuffed
from monitor.post.settings import MailSettings, is_this_machine

CONNECT_SECONDS = 30
LONGEST_ASKED = timedelta(hours=24)


class MailError(PostError):
    """A mail did not go, or may have gone. The message is what the server said, without addresses."""


class Broken(MailError):
    """Nothing can be sent at all: no connection, no encryption, no login, or the sender is refused."""


class Later(MailError):
    """Certainly not sent; the server may take it later, not before ``asked`` if it named a time."""

    def __init__(self, said: str, asked: timedelta = timedelta(0)) -> None:
        super().__init__(said)
        self.asked = asked


class Refused(MailError):
    """Certainly not sent; the server will never take it. ``reader``: because of this reader's address, not because of us."""

    def __init__(self, said: str, *, reader: bool = False) -> None:
        super().__init__(said)
        self.reader = reader


class Unknown(MailError):
    """The server fell silent after the end of the message: it may have it."""


@dataclass(frozen=True)
class Server:
    """Where mail is handed in. ``name``: how we greet, which is the domain of the sender and not the name of this machine."""

    host: str
    port: int
    security: Literal["starttls", "tls", "none"]
    name: str
    user: str = ""
    password: str = field(repr=False, default="")
    ca_file: Path | None = None
    reply_seconds: float = 600.0

    @classmethod
    def of(cls, settings: MailSettings, reply_seconds: float) -> Server:
        """Return the server that the settings name."""
        return cls(
            settings.host, settings.smtp_port, settings.security, settings.as_sender().host, settings.user, settings.secret(),
            settings.ca_file, reply_seconds,
        )  # fmt: skip


class Line:
    """A connection over which messages go one after another; opened at the first, and again after it was lost."""

    def __init__(self, server: Server) -> None:
        self._server = server
        self._smtp: smtplib.SMTP | None = None

    def offer(self, sender: str, to: Address, message: bytes) -> None:
        """Hand over one message up to, and without, its final dot.

        Raises :class:`Broken`, :class:`Later` or :class:`Refused`; in each case nothing was sent, and the next may be offered.
        """
        smtp, text = self._open(), stuffed(message)
        if 0 < int(smtp.esmtp_features.get("size", "0") or 0) < len(text):
            raise Refused(f"larger ({len(text)} bytes) than the server takes")
        try:
            self._expect(smtp, 250, Broken, *smtp.mail(sender))
            self._expect(smtp, 250, Refused, *smtp.rcpt(to.text))
            self._expect(smtp, 354, Refused, *smtp.docmd("DATA"))
            smtp.send(text)
        except (OSError, smtplib.SMTPException) as error:
            self.drop()
            raise Later(f"connection lost before the end of the message ({type(error).__name__})") from None

    def commit(self) -> str:
        """Send the final dot of what was offered and return the server's answer: it has the message.

        Raises :class:`Later` or :class:`Refused` where the server says so, :class:`Unknown` where it says nothing.
        """
        smtp = self._smtp
        if smtp is None or smtp.sock is None or _is_heard_from(smtp.sock):
            self.drop()
            raise Later("connection lost before the end of the message")
        try:
            smtp.sock.settimeout(self._server.reply_seconds)
            smtp.send(b".\r\n")
            code, said = smtp.getreply()
            smtp.sock.settimeout(CONNECT_SECONDS)
        except (OSError, smtplib.SMTPException) as error:
            self.drop()
            raise Unknown(f"no answer after the end of the message ({type(error).__name__})") from None
        if code == 421:
            self.drop()
        if code < 400:
            return _said(code, said)
        raise self._no(code, said, Refused)

    def drop(self) -> None:
        """Let the connection go at once, whatever is on its way; the next message opens another."""
        if self._smtp is not None:
            self._smtp.close()
        self._smtp = None

    def close(self) -> None:
        """Say goodbye, and never mind whether it is heard."""
        if self._smtp is not None:
            with suppress(OSError, smtplib.SMTPException):
                self._smtp.quit()
        self.drop()

    def _open(self) -> smtplib.SMTP:
        if self._smtp is None:
            self._smtp = _connected(self._server)
        return self._smtp

    def _expect(self, smtp: smtplib.SMTP, wanted: int, otherwise: type[MailError], code: int, said: bytes) -> None:
        """Go on where the answer is the one wanted (251 counts as 250); else clear the way for the next message and raise."""
        if code == wanted or (wanted == 250 and code in (251, 252)):
            return
        if code == 421 or not 400 <= code <= 599:
            self.drop()
        else:
            try:
                smtp.rset()
            except (OSError, smtplib.SMTPException):
                self.drop()  # the answer counts all the same
        raise self._no(code, said, otherwise)

    @staticmethod
    def _no(code: int, said: bytes, otherwise: type[MailError]) -> MailError:
        """Return what a negative answer means. RFC 3463: x.1 and x.2 are about the address, x.7 about who sends."""
        text = _said(code, said)
        if code in (530, 534, 535, 538):
            return Broken(text)
        if code < 500 or code > 599:
            return Later(text, asked_to_wait(said.decode("utf-8", "replace")))
        if otherwise is Refused:
            status = re.match(rb"5\.(\d+)\.\d+", said)
            about = status[1] if status else (b"1" if code in (550, 551, 553) else b"")
            return Refused(text, reader=about in (b"1", b"2"))
        return otherwise(text)


def _is_heard_from(sock: socket.socket) -> bool:
    """Return whether a server that should be waiting for the end of a message has said something or gone.

    Whatever it is, it was said before the final dot, so that the message was certainly not taken.
    """
    return bool(select.select([sock], [], [], 0)[0])


def asked_to_wait(said: str) -> timedelta:
    """Return the time after which a server asks to be tried again, as words in its answer; nothing where it names none."""
    found = re.search(r"(\d{1,6})\s*(s|sec|seconds?|m|min|minutes?|h|hours?)\b", said, re.I)
    if not found:
        return timedelta(0)
    unit = {"s": "seconds", "m": "minutes", "h": "hours"}[found[2][0].lower()]
    return min(timedelta(**{unit: int(found[1])}), LONGEST_ASKED)


def _said(code: int, said: bytes) -> str:
    return f"{code} {without_addresses(said.decode('utf-8', 'replace'))}".strip()


def _context(server: Server) -> ssl.SSLContext:
    """Return what a server has to prove: a valid certificate for its name, and at least TLS 1.2. It cannot be turned off."""
    context = ssl.create_default_context()
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    if server.ca_file is not None:
        try:
            context.load_verify_locations(server.ca_file)
        except (OSError, ssl.SSLError) as error:
            raise Broken(f"{server.ca_file} holds no certificate that can be read") from error
    return context


def _connected(server: Server) -> smtplib.SMTP:
    """Return an open, encrypted, logged-in connection; :class:`Broken` says what stood in the way, never the password."""
    if server.security == "none" and not is_this_machine(server.host):
        raise Broken("no encryption is set, and the server is not on this machine: nothing was sent")
    with _broken(server):
        if server.security == "tls":
            smtp: smtplib.SMTP = smtplib.SMTP_SSL(
                server.host, server.port, local_hostname=server.name, timeout=CONNECT_SECONDS, context=_context(server)
            )
        else:
            smtp = smtplib.SMTP(server.host, server.port, local_hostname=server.name, timeout=CONNECT_SECONDS)
    try:
        with _broken(server):
            if smtp.sock is not None:  # the final dot goes out alone: do not let it wait for others
                smtp.sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            smtp.ehlo_or_helo_if_needed()
            if server.security == "starttls":
                if not smtp.has_extn("starttls"):
                    raise Broken(f"{server.host} offers no encryption (STARTTLS): nothing was sent")
                smtp.starttls(context=_context(server))
                smtp.ehlo()
            if server.user:
                smtp.login(server.user, server.password)
    except Broken:
        smtp.close()
        raise
    return smtp


@contextmanager
def _broken(server: Server) -> Iterator[None]:
    where = f"{server.host}:{server.port}"
    try:
        yield
    except smtplib.SMTPAuthenticationError as error:
        raise Broken(f"{where} refuses the login ({error.smtp_code})") from None  # its words may repeat what we sent
    except ssl.SSLCertVerificationError as error:
        raise Broken(f"{where} has no valid certificate: {error.verify_message}") from None
    except smtplib.SMTPResponseException as error:
        raise Broken(f"{where}: {error.smtp_code}") from None
    except (OSError, smtplib.SMTPException) as error:
        raise Broken(f"{where} cannot be used ({type(error).__name__})") from None
