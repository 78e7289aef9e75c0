"""What an answer means, and whether and when to ask again. Pure: no sockets, no clock."""

from __future__ import annotations

import random
import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from http.client import HTTPException

from urllib3.exceptions import HTTPError

from indicators.contract import Incomplete, NotData, Refused, SourceError

PASSING = frozenset({429, 500, 502, 503, 504})  # statuses that may be another the next time
REDIRECTS = frozenset({301, 302, 303, 307, 308})
GONE = frozenset({404, 410})
WHAT_TO_DO = {
    401: "check the credentials of this source",
    403: "check the credentials of this source and its terms of access",
    404: "the publisher moved or withdrew the file: correct the address on the card of the source",
    410: "the publisher withdrew the file: correct the address on the card of the source",
}


@dataclass(frozen=True)
class Patience:
    """How long and how often we try.

    ``tries``: requests that may fail before we give up. ``backoff``: seconds of the first wait; each one after it is twice as
    long. ``cap_seconds``: the longest single wait. ``per_second``: requests to one live host, over all threads of this
    process. ``sleep`` and ``monotonic`` are replaced in tests.
    """

    tries: int = 4
    cap_seconds: float = 30.0
    backoff: float = 1.0
    per_second: int = 5
    connect_seconds: float = 10.0
    read_seconds: float = 30.0
    sleep: Callable[[float], None] = time.sleep
    monotonic: Callable[[], float] = time.monotonic

    def own_wait(self, failures: int) -> float:
        """Return the seconds that we would wait by ourselves, spread so that many monitors do not come back together."""
        return min(self.backoff * 2.0 ** (failures - 1) * random.uniform(0.5, 1.5), self.cap_seconds)  # noqa: S311


class Passing(Exception):
    """A failure that may pass. ``error`` is what to say when it does not; ``asked`` the seconds the host wants us to wait."""

    def __init__(self, error: SourceError, asked: float = 0.0) -> None:
        super().__init__()
        self.error = error
        self.asked = asked


def refusal(status: int, told: str) -> SourceError:
    """Return the error that a status other than 200 is; ``told`` begins the message."""
    if status == 206:
        return Incomplete(f"{told}: answered with a part of the file")
    if 200 < status < 300:
        return NotData(f"{told}: answered with status {status}, which carries no data")
    return Refused(f"{told}: refused with status {status}", status=status, what_to_do=WHAT_TO_DO.get(status, ""))


def retry_after(value: str, now: datetime) -> float:
    """Return the seconds of a ``Retry-After`` header (seconds or an HTTP date); 0 where it says nothing we understand."""
    value = value.strip()
    if value.isascii() and value.isdigit():
        return min(float(value), 1e9)  # a date that far can still be written
    try:
        when = parsedate_to_datetime(value)
    except (ValueError, TypeError):
        return 0.0
    return max((when.replace(tzinfo=when.tzinfo or UTC) - now).total_seconds(), 0.0)


def root_cause(error: BaseException) -> BaseException:
    """Return the network error at the bottom of a chain, which says what happened without the address and its secrets."""
    while isinstance(below := error.__cause__ or error.__context__, (OSError, HTTPError, HTTPException)):
        error = below
    return error


def in_words(cause: BaseException) -> str:
    """Return why a host could not be reached."""
    if isinstance(cause, TimeoutError):
        return "no answer in time"
    return getattr(cause, "strerror", None) or type(cause).__name__
