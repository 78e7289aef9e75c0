"""The only door to the network: bytes in, filed under their hash, or a :class:`~indicators.contract.SourceError` that says why.

What holds for every request: https to public hosts only, each redirect checked (:mod:`indicators.address`); a valid certificate,
always; a deadline of wall-clock time and a pace (:mod:`indicators.connection`); a bounded number of tries
(:mod:`indicators.answer`); a cap on unpacked bytes and proof of their end before they are stored (:mod:`indicators.body`); no
secret in a message or in a stored address.
"""

from __future__ import annotations

import socket
import ssl
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path, PurePosixPath
from typing import Any
from urllib.parse import unquote

import requests
import urllib3
from requests.adapters import HTTPAdapter
from requests.utils import select_proxy

from indicators import address, answer, body
from indicators.answer import Passing, Patience
from indicators.body import Kind
from indicators.connection import Deadline, guarded, take_turn
from indicators.contract import Document, Incomplete, RateLimited, Refused, Release, TooLarge, Unreachable, UnsafeAddress

__all__ = ["Kind", "Patience", "Web"]

MOST_REDIRECTS = 5
MOST_BYTES = 512_000_000
DEFAULT_PATIENCE = Patience()


@dataclass(frozen=True)
class _Wish:
    """What one call asks for. ``url`` is fit for messages and records: without secrets."""

    source: str
    name: str
    release: str
    kind: Kind
    url: str
    hosts: frozenset[str]
    max_bytes: int

    @property
    def told(self) -> str:
        """Return how messages begin."""
        return f"{self.source}: {self.url}"


class Web:
    """The network as the sources see it. Holds no state between calls; may be used by several threads at once.

    ``documents``: folder of the bytes, by hash. ``mirror``: base address that stands in for ``https://`` of every host.
    ``known``: the last document got from an address (without secrets) through a mirror or none, to ask only for news.
    ``now``: the time in UTC. ``progress``: told a document's name, its bytes so far and in all, from the calling thread.
    """

    def __init__(
        self,
        documents: Path,
        *,
        mirror: str = "",
        contact: str = "",
        offline: bool = False,
        known: Callable[[str, str], Document | None] = lambda url, via: None,
        now: Callable[[], datetime],
        progress: Callable[[str, int, int | None], None] = lambda name, done, total: None,
        patience: Patience = DEFAULT_PATIENCE,
    ) -> None:
        if mirror and not mirror.startswith(("http://", "https://")):
            raise ValueError(f"the mirror must be an http or https address, not {mirror!r}")
        self.documents = documents
        self.mirror = mirror.rstrip("/")
        self.agent = f"AtrocityMonitor/{_version()}" + (f" (+{contact})" if contact else "")
        self.offline = offline
        self.known = known
        self.now = now
        self.progress = progress
        self.patience = patience

    def get(
        self,
        source: str,
        url: str,
        *,
        name: str,
        release: str = "",
        kind: Kind,
        deadline: float | None = None,
        max_bytes: int | None = None,
        hosts: frozenset[str] = frozenset(),
    ) -> Document:
        """Return the document at ``url``, or the one known before if the host says that it has not changed.

        ``deadline``: seconds for all tries together (60; 600 for archives). ``max_bytes``: of the unpacked body (512 MB).
        ``hosts``: other hosts that a redirect may lead to. Raises a :class:`SourceError`; nothing is stored then.
        """
        at = address.checked(url, source)
        most = MOST_BYTES if max_bytes is None else max_bytes
        wish = _Wish(source, name, release, kind, address.without_secrets(at), hosts, most)
        if self.offline:
            raise Unreachable(f"{wish.told}: not asked; offline by setting")
        seconds = deadline if deadline is not None else (600.0 if kind == "zip" else 60.0)
        with Deadline(seconds, self.patience.monotonic) as limit:
            trust_env = not address.is_loopback(self.mirror)
            with _Session(self.agent, limit, direct=not self.mirror, trust_env=trust_env) as session:
                return self._pursue(session, wish, at, limit)

    def newest(
        self,
        source: str,
        releases: Sequence[Release],
        *,
        kind: Kind,
        deadline: float | None = None,
        max_bytes: int | None = None,
        hosts: frozenset[str] = frozenset(),
    ) -> Document:
        """Return the document of the first release that is there; only "not found" and "gone" move on to the next.

        The document is named after the last part of its address. Raises :class:`Refused` naming all when none is there.
        """
        for release in releases:
            name = PurePosixPath(unquote(release.url.partition("?")[0])).name
            try:
                return self.get(
                    source,
                    release.url,
                    name=name,
                    release=release.name,
                    kind=kind,
                    deadline=deadline,
                    max_bytes=max_bytes,
                    hosts=hosts,
                )
            except Refused as refused:
                if refused.status not in answer.GONE:
                    raise
        tried = ", ".join(f"{r.name} ({address.without_secrets(r.url)})" for r in releases) or "the card lists none"
        raise Refused(f"{source}: no release is there: {tried}", status=404, what_to_do=answer.WHAT_TO_DO[404])

    def _pursue(self, session: _Session, wish: _Wish, at: str, limit: Deadline) -> Document:
        """Ask, follow redirects and ask again until there is a document, or a reason why there is none."""
        failures = hops = 0
        while True:
            try:
                found = self._ask(session, wish, at, limit)
            except Passing as passing:
                failures += 1
                self._wait(passing, failures, wish, limit)
                continue
            if isinstance(found, Document):
                return found
            at, hops = found, hops + 1
            if hops > MOST_REDIRECTS:
                raise UnsafeAddress(f"{wish.told}: more than {MOST_REDIRECTS} redirects")

    def _ask(self, session: _Session, wish: _Wish, at: str, limit: Deadline) -> Document | str:
        """Make one request and return the document, or the address to ask next. The socket is closed in any case."""
        self._take_turn(wish, at, limit)
        known = self._known(wish)
        patience, left = self.patience, max(limit.left(), 0.001)
        timeout = (min(patience.connect_seconds, left), min(patience.read_seconds, left))
        asked = address.through(self.mirror, at)
        try:
            with session.get(asked, headers=_only_if_new(known), stream=True, allow_redirects=False, timeout=timeout) as response:
                status, headers = response.status_code, response.headers
                if status in answer.REDIRECTS and "Location" in headers:
                    return address.next_hop(headers["Location"], at, mirror=self.mirror, hosts=wish.hosts, source=wish.source)
                if status == 304 and known is not None:
                    return replace(known, fetched_at=self.now())
                if status in answer.PASSING:
                    seconds = answer.retry_after(headers.get("Retry-After", ""), self.now())
                    raise Passing(answer.refusal(status, wish.told), seconds)
                if status != 200:
                    raise answer.refusal(status, wish.told)
                return self._receive(response, wish, limit)
        except (requests.RequestException, urllib3.exceptions.HTTPError) as error:
            raise self._failure(error, wish, limit) from None  # their texts hold the address with its secrets
        finally:
            limit.release()

    def _receive(self, response: requests.Response, wish: _Wish, limit: Deadline) -> Document:
        """Stream the body to a part file, prove it whole, and file it under its hash."""
        raw, headers = response.raw, response.headers
        encoding = headers.get("Content-Encoding", "").strip().lower()
        length = raw.length_remaining
        if length is not None and length > wish.max_bytes:
            raise TooLarge(f"{wish.told}: {length:,} bytes, more than the {wish.max_bytes:,} accepted")
        with body.Part(self.documents) as part:
            for block in body.unpacked(_blocks(raw, wish, limit), encoding, wish.told):
                part.write(block)
                if part.size > wish.max_bytes:
                    raise TooLarge(f"{wish.told}: unpacks to more than the {wish.max_bytes:,} bytes accepted")
                self.progress(wish.name, part.size, None if encoding else length)
            part.close()
            framed = length is not None or raw.chunked or "gzip" in encoding
            body.prove(part.path, wish.kind, wish.told, framed=framed)
            return Document(
                source=wish.source,
                name=wish.name,
                url=wish.url,
                sha256=part.sha256,
                size=part.size,
                fetched_at=self.now(),
                path=part.keep(),
                release=wish.release,
                via=self.mirror,
                content_type=headers.get("Content-Type", ""),
                etag=headers.get("ETag", ""),
                last_modified=headers.get("Last-Modified", ""),
            )

    def _known(self, wish: _Wish) -> Document | None:
        """Return the document got before from this address, if its bytes are still there."""
        known = self.known(wish.url, self.mirror)
        return known if known is not None and body.holds(known.path, known.sha256) else None

    def _take_turn(self, wish: _Wish, at: str, limit: Deadline) -> None:
        """Wait for our turn at the host; a mirror on this machine needs no such manners."""
        host = address.host_of(self.mirror or at)
        our_turn = address.is_loopback(self.mirror) or take_turn(host, self.patience.per_second, limit.left())
        if not our_turn or not limit.left():
            raise _late(wish, limit)

    def _wait(self, passing: Passing, failures: int, wish: _Wish, limit: Deadline) -> None:
        """Wait before the next try, at least as long as the host asks; raise when that is too long or was tried enough."""
        patience, asked = self.patience, passing.asked
        exhausted = failures >= patience.tries
        if asked > min(patience.cap_seconds, limit.left()) or (exhausted and getattr(passing.error, "status", 0) == 429):
            again = self.now() + timedelta(seconds=asked or patience.cap_seconds)
            raise RateLimited(f"{wish.told}: the host asks us to wait; next try not before {again:%Y-%m-%d %H:%M} UTC")
        wait = max(asked, patience.own_wait(failures))
        if exhausted or wait > limit.left():
            raise passing.error
        patience.sleep(wait)

    def _failure(self, error: Exception, wish: _Wish, limit: Deadline) -> Exception:
        """Return what a broken request means: too late, a certificate we do not accept, cut short, or unreachable for now."""
        if not limit.left():
            return _late(wish, limit)
        cause = answer.root_cause(error)
        if isinstance(cause, ssl.SSLCertVerificationError):
            return Unreachable(
                f"{wish.told}: the certificate is not valid ({cause.verify_message})",
                what_to_do="check the clock of this machine and its network; checking cannot be switched off",
            )
        if isinstance(cause, socket.gaierror):  # a machine without a network says so at once; the next run asks again
            return Unreachable(f"{wish.told}: could not be reached ({answer.in_words(cause)})")
        if isinstance(error, urllib3.exceptions.HTTPError) and not isinstance(error, urllib3.exceptions.TimeoutError):
            return Passing(Incomplete(f"{wish.told}: the answer stopped before its end"))
        return Passing(Unreachable(f"{wish.told}: could not be reached ({answer.in_words(cause)})"))


class _Session(requests.Session):
    """One conversation: cookies last as long as it does, redirects are left to us, certificates are always checked."""

    def __init__(self, agent: str, limit: Deadline, *, direct: bool, trust_env: bool) -> None:
        super().__init__()
        self.headers.update({"User-Agent": agent, "Accept-Encoding": "gzip"})
        self.auth = lambda request: request  # else ~/.netrc would be searched for the host, and sent
        self.trust_env = trust_env
        for scheme in ("https://", "http://"):
            self.mount(scheme, _Adapter(limit, direct=direct))

    def get_redirect_target(self, resp: requests.Response) -> str | None:
        """Return None: else requests reads a redirect's body whole and unpacked, whatever its size, before we see it."""
        return None


class _Adapter(HTTPAdapter):
    """Gives every connection the deadline and, unless it goes to a proxy or mirror, the address check."""

    def __init__(self, limit: Deadline, *, direct: bool) -> None:
        super().__init__()
        self._limit = limit
        self._direct = direct

    def get_connection_with_tls_context(
        self, request: requests.PreparedRequest, verify: Any, proxies: Any = None, cert: Any = None
    ) -> Any:
        """Return the pool for a request, its connections guarded."""
        pool: Any = super().get_connection_with_tls_context(request, verify, proxies=proxies, cert=cert)
        direct = self._direct and not select_proxy(request.url or "", proxies)
        pool.ConnectionCls = guarded(pool.ConnectionCls, self._limit, direct=direct)
        return pool


def _only_if_new(known: Document | None) -> dict[str, str]:
    """Return the headers of a conditional request."""
    headers = {"If-None-Match": known.etag, "If-Modified-Since": known.last_modified} if known else {}
    return {key: value for key, value in headers.items() if value}


def _blocks(raw: Any, wish: _Wish, limit: Deadline) -> Iterator[bytes]:
    """Yield the body as received. A socket that was shut down at the deadline looks like a body that ended, and is not."""
    yield from raw.stream(body.BLOCK, decode_content=False)
    if not limit.left():
        raise _late(wish, limit)


def _late(wish: _Wish, limit: Deadline) -> Unreachable:
    return Unreachable(f"{wish.told}: no whole answer within {limit.seconds:,.0f} s")


def _version() -> str:
    try:
        return version("atrocity-monitor")
    except PackageNotFoundError:
        return "dev"
