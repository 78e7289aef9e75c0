"""The only door to IMAP: a mailbox that keeps a copy of everything sent, asked by Message-ID and never changed."""

from __future__ import annotations

import imaplib
import ssl
from collections.abc import Collection, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Literal

from monitor.post import PostError
from monitor.post.settings import MailSettings, is_this_machine

SECONDS = 30


@dataclass(frozen=True)
class Mailbox:
    """A mailbox over IMAP, opened for reading only."""

    host: str
    port: int
    security: Literal["tls", "none"]
    user: str
    mailbox: str
    password: str = field(repr=False)
    name: str = "the mailbox of what was sent"

    @classmethod
    def of(cls, settings: MailSettings) -> Mailbox:
        """Return the mailbox that the settings name."""
        return cls(
            settings.imap_host, settings.imap_port, settings.imap_security, settings.imap_user, settings.imap_mailbox,
            settings.imap_secret(),
        )  # fmt: skip

    def taken(self, ids: Collection[str]) -> set[str]:
        """Return those of the Message-IDs that a message in the mailbox has."""
        with self._opened() as imap:
            return {each for each in ids if self._has(imap, each)}

    @staticmethod
    def _has(imap: imaplib.IMAP4, message_id: str) -> bool:
        status, found = imap.search(None, "HEADER", "Message-ID", f'"{message_id}"')
        if status != "OK":
            raise PostError("the mailbox of what was sent does not answer a search")
        return bool(found and found[0] and found[0].split())

    @contextmanager
    def _opened(self) -> Iterator[imaplib.IMAP4]:
        if self.security == "none" and not is_this_machine(self.host):
            raise PostError("no encryption is set, and the mailbox is not on this machine")
        try:
            imap = (
                imaplib.IMAP4_SSL(self.host, self.port, ssl_context=ssl.create_default_context(), timeout=SECONDS)
                if self.security == "tls"
                else imaplib.IMAP4(self.host, self.port, timeout=SECONDS)
            )
            with imap:
                imap.login(self.user, self.password)
                status, _ = imap.select(f'"{self.mailbox}"', readonly=True)
                if status != "OK":
                    raise PostError(f"there is no mailbox {self.mailbox!r}", what_to_do="see MONITOR_MAIL_IMAP_MAILBOX")
                yield imap
        except (OSError, imaplib.IMAP4.error) as error:  # its words may repeat the login
            raise PostError(f"{self.host}:{self.port} cannot be asked ({type(error).__name__})") from None
