"""A web server on this machine that misbehaves as scripted: status, headers, body, framing, cut point and pace."""

from __future__ import annotations

import gzip
import socket
import socketserver
import ssl
import threading
import time
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Literal


@dataclass(frozen=True)
class Answer:
    """One answer. ``framing``: how the end of the body is told (``close``: not at all). ``cut``: the bytes of the body, as they
    go over the wire, after which the connection is closed. ``pace``: seconds between two bytes, of the headers too with ``drip``.
    ``stay``: the connection is left to the client to close.
    """

    body: bytes = b""
    status: int = 200
    headers: Mapping[str, str] = field(default_factory=dict)
    framing: Literal["length", "chunked", "close"] = "length"
    gzip: bool = False
    cut: int | None = None
    pace: float = 0.0
    drip: Literal["body", "headers"] = "body"
    stay: bool = False

    def head(self) -> bytes:
        """Return the status line and headers."""
        lines = [f"HTTP/1.1 {self.status} Scripted", *(f"{k}: {v}" for k, v in self.headers.items())]
        if self.gzip:
            lines.append("Content-Encoding: gzip")
        if self.framing == "length" and self.status != 304:
            lines.append(f"Content-Length: {len(self._packed())}")
        if self.framing == "chunked":
            lines.append("Transfer-Encoding: chunked")
        return "\r\n".join([*lines, "", ""]).encode("latin-1")

    def wire(self) -> bytes:
        """Return the bytes of the body as they go over the wire, chunk marks included, whole."""
        packed = self._packed()
        if self.framing != "chunked":
            return packed
        chunks = [packed[i : i + 16] for i in range(0, len(packed), 16)]
        return b"".join(b"%x\r\n%s\r\n" % (len(c), c) for c in chunks) + b"0\r\n\r\n"

    def cut_at(self, place: int) -> Answer:
        """Return this answer, cut after ``place`` bytes of the body."""
        return replace(self, cut=place)

    def _packed(self) -> bytes:
        return gzip.compress(self.body, mtime=0) if self.gzip else self.body


@dataclass(frozen=True)
class Asked:
    """One request as it came in: its path with query, its headers with lower-case names."""

    path: str
    headers: Mapping[str, str]


class FaultServer:
    """Serves scripted answers, each path its own list; the last one of a list is repeated. Use as a context manager.

    ``asked`` holds every request in order, ``open`` counts the open connections. With ``tls`` the server speaks TLS. ``url`` is
    its base address.
    """

    def __init__(self, tls: ssl.SSLContext | None = None) -> None:
        self.asked: list[Asked] = []
        self.open = 0
        self._script: dict[str, list[Answer]] = {}
        self._lock = threading.Lock()
        self._server = _Server(("127.0.0.1", 0), self._handle)  # type: ignore[arg-type]  # any callable will do
        self._tls = tls
        self.port = self._server.server_address[1]
        self.url = f"{'https' if tls else 'http'}://127.0.0.1:{self.port}"

    def __enter__(self) -> FaultServer:
        threading.Thread(target=self._server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True).start()
        return self

    def __exit__(self, *_: object) -> None:
        self._server.shutdown()
        self._server.server_close()

    def script(self, path: str, *answers: Answer) -> None:
        """Answer requests for ``path`` (with its query) with these answers, one after the other."""
        with self._lock:
            self._script[path] = list(answers)

    def forget(self) -> None:
        """Drop the script and the requests so far."""
        with self._lock:
            self._script.clear()
            self.asked.clear()

    def _handle(self, connection: socket.socket, *_: object) -> None:
        with self._lock:
            self.open += 1
        try:
            if self._tls:
                connection = self._tls.wrap_socket(connection, server_side=True)
            with connection:
                if (asked := _read_request(connection)) is not None:
                    _send(connection, self._next(asked))
        except OSError:  # the client went away, as it should when it has had enough
            pass
        finally:
            with self._lock:
                self.open -= 1

    def _next(self, asked: Asked) -> Answer:
        with self._lock:
            self.asked.append(asked)
            answers = self._script.get(asked.path, [Answer(b"nothing scripted\n", status=404)])
            return answers.pop(0) if len(answers) > 1 else answers[0]


class _Server(socketserver.ThreadingTCPServer):
    daemon_threads = True
    block_on_close = False
    request_queue_size = 32


def _read_request(connection: socket.socket) -> Asked | None:
    received = b""
    while b"\r\n\r\n" not in received:
        if not (block := connection.recv(65_536)):
            return None
        received += block
    first, *rest = received.partition(b"\r\n\r\n")[0].decode("latin-1").split("\r\n")
    pairs = (line.partition(":") for line in rest)
    return Asked(first.split(" ")[1], {name.lower(): value.strip() for name, _, value in pairs})


def _send(connection: socket.socket, answer: Answer) -> None:
    """Send the answer, as slowly and as little of it as scripted; then close, or wait for the client to do so."""
    head, wire = answer.head(), answer.wire()[: answer.cut]
    slow, fast = (wire, head) if answer.drip == "body" else (head + wire, b"")
    connection.sendall(fast if answer.pace else head + wire)
    for i in range(len(slow) if answer.pace else 0):
        connection.sendall(slow[i : i + 1])
        time.sleep(answer.pace)
    if answer.stay:
        connection.recv(1)
