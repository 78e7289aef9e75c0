"""Sockets with a deadline, to addresses that were checked, at a pace that hosts can bear.

A timeout of requests counts from one byte to the next: a host that drips one byte every half second is never late. Here a timer
shuts the socket down when the time is up, whatever it is waiting for (the TLS handshake, headers, the body).
"""

from __future__ import annotations

import contextlib
import socket
import threading
from collections.abc import Callable

from pyrate_limiter import GCRA, Limiter, Rate, SingleBucketFactory, StateBucket
from urllib3.connection import HTTPConnection
from urllib3.exceptions import ConnectTimeoutError, NameResolutionError, NewConnectionError

from indicators import address


class Deadline:
    """A limit of wall-clock time, also for sockets that are waiting. Use as a context manager.

    ``monotonic`` counts seconds; a socket given to :meth:`watch` is shut down when ``seconds`` of real time are over.
    """

    def __init__(self, seconds: float, monotonic: Callable[[], float]) -> None:
        self.seconds = seconds
        self._monotonic = monotonic
        self._end = monotonic() + seconds
        self._lock = threading.Lock()
        self._watched: list[socket.socket] = []
        self._rung = False
        self._timer = threading.Timer(seconds, self._ring)
        self._timer.daemon = True

    def __enter__(self) -> Deadline:
        self._timer.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._timer.cancel()
        self.release()

    def left(self) -> float:
        """Return the seconds left; 0 when the time is up."""
        return 0.0 if self._rung else max(self._end - self._monotonic(), 0.0)

    def watch(self, sock: socket.socket) -> None:
        """Shut ``sock`` down when the time is up. A twin is kept, for TLS takes the socket itself apart and wraps it anew."""
        with self._lock:
            self._watched.append(sock.dup())
        if self._rung:
            self._ring()

    def release(self) -> None:
        """Let go of all sockets."""
        with self._lock:
            for twin in self._watched:
                twin.close()
            self._watched.clear()

    def _ring(self) -> None:
        self._rung = True
        with self._lock:
            for twin in self._watched:
                with contextlib.suppress(OSError):  # closed by the other side
                    twin.shutdown(socket.SHUT_RDWR)


def guarded(base: type[HTTPConnection], deadline: Deadline, *, direct: bool) -> type[HTTPConnection]:
    """Return a connection class like ``base`` that obeys ``deadline`` and, when ``direct``, connects to public addresses only.

    Behind a proxy the proxy resolves names, so ``direct`` is false there. The address that was checked is the one connected
    to: a name that resolves differently the second time gains nothing.
    """

    class Guarded(base):  # type: ignore[misc, valid-type]
        _dns_host: str  # urllib3's: the name to connect to; ``host`` stays the name that the certificate must hold

        def _new_conn(self) -> socket.socket:
            name = self._dns_host
            try:
                targets = address.public_addresses(name, self.port, deadline.left()) if direct else [name]
            except socket.gaierror as error:
                raise NameResolutionError(name, self, error) from error
            failure: Exception = NewConnectionError(self, "out of time")
            for target in targets:
                if not deadline.left():
                    break
                try:
                    self._dns_host = target
                    sock: socket.socket = super()._new_conn()
                    deadline.watch(sock)
                    return sock
                except (NewConnectionError, ConnectTimeoutError) as error:
                    failure = error
                finally:
                    self._dns_host = name
            raise failure

    return Guarded


_pace: dict[str, Limiter] = {}
_pace_lock = threading.Lock()


def take_turn(host: str, per_second: int, seconds: float) -> bool:
    """Wait until this process may ask ``host`` again, over all threads; return False if that takes more than ``seconds``.

    ``per_second`` may be asked at once, then one at a time, evenly. The first caller sets the pace of a host.
    """
    with _pace_lock:
        if host not in _pace:
            bucket = StateBucket([Rate(per_second, 1_000)], GCRA())
            _pace[host] = Limiter(SingleBucketFactory(bucket, schedule_leak=False), buffer_ms=1)
    return bool(_pace[host].try_acquire(host, timeout=max(seconds, 0.0)))
