"""Who can tell, after a crash, whether a message went: the log of the mail server on this machine, or a mailbox of what was sent.

That a message is not there is believed only of an oracle that shows one of ours that went earlier (so it is the right log, and
not one that was rotated away), and only after the server had time to finish.
"""

from __future__ import annotations

import gzip
import re
from collections.abc import Collection, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from monitor.post import PostError
from monitor.post.settings import LogFormat, MailSettings


class Oracle(Protocol):
    """Something that knows which Message-IDs were taken."""

    @property
    def name(self) -> str:
        """Return how it is called in words."""

    def taken(self, ids: Collection[str]) -> set[str]:
        """Return those of the Message-IDs that were taken for delivery. Raises :class:`PostError` where it cannot be asked."""


@dataclass(frozen=True)
class MailLog:
    """The log of a mail server on this machine, with the one before it (``.1``, ``.1.gz``).

    Postfix names the Message-ID when it reads the head, before the message is whole: only a queue file that became active was
    taken. Exim writes its ``<=`` line when it has taken the message. ``lines``: nothing but taken Message-IDs, one a line.
    """

    path: Path
    format: LogFormat
    name: str = "the mail server's log"

    def taken(self, ids: Collection[str]) -> set[str]:
        """Return those that the log says were taken."""
        wanted = set(ids)
        read = {"postfix": _postfix, "exim": _exim, "lines": _lines}[self.format]
        return read(self._lines(), wanted)

    def _lines(self) -> Iterator[str]:
        old = [self.path.with_name(f"{self.path.name}.1"), self.path.with_name(f"{self.path.name}.1.gz")]
        try:
            for path in (*(p for p in old if p.exists()), self.path):
                with gzip.open(path, "rt", errors="replace") if path.suffix == ".gz" else path.open(errors="replace") as file:
                    yield from file
        except (OSError, EOFError) as error:
            raise PostError(f"{self.path} cannot be read ({type(error).__name__})", what_to_do="see MONITOR_MAIL_LOG") from error


_QUEUE = re.compile(r"postfix/\S*?(cleanup|qmgr)\[\d+\]: ([0-9A-Za-z]+): (?:message-id=(<[^>]+>)|from=.*queue active)")


def _postfix(lines: Iterator[str], wanted: set[str]) -> set[str]:
    named: dict[str, str] = {}
    taken: set[str] = set()
    for line in lines:
        if found := _QUEUE.search(line):
            queue, message_id = found[2], found[3]
            if message_id in wanted:
                named[queue] = message_id
            elif message_id is not None:
                named.pop(queue, None)  # the short ids of queue files come again
            elif queue in named:
                taken.add(named[queue])
    return taken


def _exim(lines: Iterator[str], wanted: set[str]) -> set[str]:
    found = (re.search(r" <= .* id=(\S+)", line) for line in lines)
    return {f"<{f[1]}>" for f in found if f} & wanted


def _lines(lines: Iterator[str], wanted: set[str]) -> set[str]:
    return {line.strip() for line in lines if line.endswith("\n")} & wanted


def oracle_of(settings: MailSettings) -> Oracle | None:
    """Return whom to ask, the log before the mailbox; ``None`` where the installation has neither."""
    if settings.log is not None:
        return MailLog(settings.log, settings.log_format)
    if settings.imap_host:
        from monitor.post.imap import Mailbox

        return Mailbox.of(settings)
    return None
