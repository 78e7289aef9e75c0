"""A real SMTP server on loopback that keeps what it takes, and answers (or falls silent) as a script tells it."""

from __future__ import annotations

import datetime as dt
import socket
import ssl
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from aiosmtpd.controller import Controller
from aiosmtpd.smtp import SMTP, AuthResult, Envelope, Session

DROP = "drop"  # as an answer: close the connection without one
Script = Callable[[str, str], str | None]  # (point, recipient) -> an answer, DROP, or None for yes


@dataclass
class Sink:
    """Points of the script: MAIL, RCPT, DATA (before the text), TEXT (in the midst of it), DOT (after it, before the answer).

    ``taken``: (recipient, bytes) in order, kept before the answer goes out. ``log``: Message-IDs taken, one a line.
    """

    script: Script = lambda point, to: None
    taken: list[tuple[str, bytes]] = field(default_factory=list)
    log: Path | None = None
    port: int = 0
    sessions: int = 0
    keep: bool = True
    lock: threading.Lock = field(default_factory=threading.Lock)

    def ids(self) -> list[str]:
        """Return the Message-IDs of what was taken, in order."""
        return [message_id(content) for _, content in self.taken]

    async def handle_MAIL(self, server: Any, session: Session, envelope: Envelope, address: str, options: list[str]) -> str:
        envelope.mail_from = address
        return self._answer(server, "MAIL", "") or "250 OK"

    async def handle_RCPT(self, server: Any, session: Session, envelope: Envelope, address: str, options: list[str]) -> str:
        answer = self._answer(server, "RCPT", address)
        if answer is None:
            envelope.rcpt_tos.append(address)
        return answer or "250 OK"

    async def handle_DATA(self, server: Any, session: Session, envelope: Envelope) -> str:
        to = ", ".join(envelope.rcpt_tos)
        content = envelope.content if isinstance(envelope.content, bytes) else (envelope.content or "").encode()
        answer = self.script("DOT", to)
        if answer is None or answer.startswith("taken "):
            with self.lock:
                self.taken.append((to, content))
                if self.log is not None:
                    with self.log.open("a", encoding="ascii") as file:
                        file.write(f"{message_id(content)}\n")
            answer = None if answer is None else answer.removeprefix("taken ")
        return self._spoken(server, answer) or "250 2.0.0 queued"

    def _answer(self, server: Any, point: str, to: str) -> str | None:
        return self._spoken(server, self.script(point, to))

    @staticmethod
    def _spoken(server: Any, answer: str | None) -> str | None:
        if answer == DROP:
            server.transport.abort()
            return "421 gone"
        return answer


def message_id(content: bytes) -> str:
    """Return the Message-ID in a message's bytes."""
    line = next(line for line in content.split(b"\r\n") if line.lower().startswith(b"message-id:"))
    return line.split(b":", 1)[1].strip().decode()


class _Server(SMTP):
    async def smtp_DATA(self, arg: str) -> None:
        sink, to = self.event_handler, ", ".join(self.envelope.rcpt_tos or [])
        if (answer := sink._answer(self, "DATA", to)) is not None:
            await self.push(answer)
            return
        if sink.script("TEXT", to) == DROP:
            await self.push("354 go on")
            self.transport.abort()
            return
        await super().smtp_DATA(arg)


class _Controller(Controller):
    def factory(self) -> SMTP:
        self.handler.sessions += 1
        return _Server(self.handler, **self.SMTP_kwargs)


def free_port() -> int:
    """Return a port that is free now; aiosmtpd cannot take port 0."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@contextmanager
def smtp(sink: Sink, **options: Any) -> Iterator[Sink]:
    """Run a server for this sink. ``options``: of aiosmtpd's SMTP, such as ``tls_context``, ``require_starttls``."""
    sink.port = free_port()
    controller = _Controller(sink, hostname="127.0.0.1", port=sink.port, **options)
    controller.start()
    try:
        yield sink
    finally:
        controller.stop()


def certificate(folder: Path, name: str = "localhost", days: int = 2) -> tuple[ssl.SSLContext, Path]:
    """Return the server side of TLS for a name, with a certificate of its own made now, and the file a client may trust."""
    from cryptography import x509
    from cryptography.hazmat.primitives import hashes, serialization
    from cryptography.hazmat.primitives.asymmetric import ec

    key, now = ec.generate_private_key(ec.SECP256R1()), dt.datetime.now(dt.UTC)
    who = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, name)])
    made = (
        x509.CertificateBuilder()
        .subject_name(who)
        .issuer_name(who)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - dt.timedelta(days=3))
        .not_valid_after(now + dt.timedelta(days=days))
        .add_extension(x509.SubjectAlternativeName([x509.DNSName(name)]), critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .sign(key, hashes.SHA256())
    )
    trusted, private = folder / f"{name}.pem", folder / f"{name}.key"
    trusted.write_bytes(made.public_bytes(serialization.Encoding.PEM))
    private.write_bytes(
        key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
    )
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(trusted, private)
    return context, trusted


def logins(user: str, password: str) -> Callable[..., AuthResult]:
    """Return who may log in."""

    def check(server: Any, session: Any, envelope: Any, mechanism: str, given: Any) -> AuthResult:
        right = (given.login, given.password) == (user.encode(), password.encode())
        return AuthResult(success=right, handled=False)

    return check
