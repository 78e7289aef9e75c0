"""The pages on which readers confirm and leave: a small process of its own that knows no key and can read no address.

Opening a page changes nothing (mail scanners open every link); the button, or a mail program's own (RFC 8058), sends a POST,
which does. Nothing of who asks is kept: no log of requests, no cookie, nothing fetched from elsewhere.
"""

from __future__ import annotations

import asyncio
import re
from collections.abc import Callable
from datetime import datetime
from html import escape
from pathlib import Path
from typing import Any

import uvicorn
from starlette.applications import Starlette
from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import HTMLResponse, PlainTextResponse, Response
from starlette.routing import Route

from monitor.post.file import PostFile
from monitor.post.subscribers import Subscribers
from monitor.storage import StorageError

LARGEST = 4_096
SECONDS = 10
MOST_AT_ONCE = 64
HEADERS = {
    "Content-Security-Policy": "default-src 'none'; style-src 'unsafe-inline'; form-action 'self'; frame-ancestors 'none'",
    "Referrer-Policy": "no-referrer",
    "X-Content-Type-Options": "nosniff",
    "Cache-Control": "no-store",
    "X-Robots-Tag": "noindex",
}
PAGE = """<!doctype html>
<html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width"><title>{title}</title>
<style>:root {{ color-scheme: light dark }}
body {{ font: 1.1rem/1.5 sans-serif; max-width: 32rem; margin: 3rem auto; padding: 0 1rem }}
button {{ font: inherit; padding: .6rem 1.2rem }}</style></head>
<body><h1>{title}</h1><p>{text}</p>{form}</body></html>
"""
FORM = """<form method="post"><input type="hidden" name="{name}" value="{value}"><button>{button}</button></form>"""
BUSY = ("Not now", "Something is wrong on our side. Please try again later, or answer one of our mails.")
UNKNOWN_LINK = ("This link is not known", "It may be incomplete. Please open it from the mail again, or answer that mail.")

Answer = Callable[[Subscribers, str, datetime], int | None]


def app(home: Path, clock: Callable[[], datetime], say: Callable[[str], None]) -> Starlette:
    """Return the pages for a home. ``clock`` returns UTC; ``say`` tells the operator why something could not be answered."""

    async def leave(request: Request) -> Response:
        if request.method != "POST":
            return _page("Leave?", "You will get no more mail from us, from now on.", ("List-Unsubscribe", "One-Click", "Leave"))
        done = ("You have left", "You will get no more mail from us. Your address has been deleted here.")
        return await _act(request, b"List-Unsubscribe=One-Click", Subscribers.leave, done)

    async def confirm(request: Request) -> Response:
        if request.method != "POST":
            return _page("Confirm?", "You will get our mail, and can leave at any time.", ("confirm", "yes", "Confirm"))
        done = ("Thank you", "You will get our next mail.")
        return await _act(request, b"confirm=yes", Subscribers.confirm, done)

    async def _act(request: Request, wanted: bytes, answer: Answer, done: tuple[str, str]) -> Response:
        try:
            body = await asyncio.wait_for(_body(request), SECONDS)
        except TimeoutError:
            return _page(*BUSY, status=408)
        if not _says(body, wanted):
            return _page("Nothing was done", "Please use the button on the page.", status=400)
        try:
            number = await run_in_threadpool(_do, answer, request.path_params["token"])
        except StorageError as error:
            say(f"{error}. {error.what_to_do}".rstrip())
            return _page(*BUSY, status=503)
        return _page(*done) if number is not None else _page(*UNKNOWN_LINK, status=404)

    def _do(answer: Answer, token: str) -> int | None:
        file = PostFile(home, keyless=True)
        try:
            return answer(Subscribers(file), token, clock())
        finally:
            file.close()

    async def health(_: Request) -> Response:
        try:
            await run_in_threadpool(lambda: PostFile(home, keyless=True).close())
        except StorageError as error:  # what it says names folders of this machine, and is for its operator alone
            say(f"{error}. {error.what_to_do}".rstrip())
            return PlainTextResponse("not ok\n", 503, HEADERS)
        return PlainTextResponse("ok\n", headers=HEADERS)

    routes = [
        Route("/leave/{token}", leave, methods=["GET", "POST"]),
        Route("/confirm/{token}", confirm, methods=["GET", "POST"]),
        Route("/healthz", health),
    ]
    lost = {404: _not_found, 405: _not_found}
    return Starlette(routes=routes, exception_handlers=lost)


async def _not_found(_: Request, __: Exception) -> Response:
    return _page("Nothing is here", "Please open the link from the mail again.", status=404)


async def _body(request: Request) -> bytes:
    """Return what was sent, the first :data:`LARGEST` bytes of it."""
    body = b""
    async for piece in request.stream():
        body += piece
        if len(body) > LARGEST:
            break
    return body[:LARGEST]


def _says(body: bytes, wanted: bytes) -> bool:
    """Return whether a form, in either encoding that RFC 8058 allows, holds one field with its value."""
    name, _, value = wanted.partition(b"=")
    part = rb'name="%s"\r\n(?:[^\r\n]+\r\n)*\r\n%s\r\n' % (re.escape(name), re.escape(value))
    return wanted in body.strip().split(b"&") or re.search(part, body) is not None


def _page(title: str, text: str, form: tuple[str, str, str] | None = None, status: int = 200) -> Response:
    made = FORM.format(**dict(zip(("name", "value", "button"), map(escape, form), strict=True))) if form else ""
    return HTMLResponse(PAGE.format(title=escape(title), text=escape(text), form=made), status, HEADERS)


def serve(home: Path, where: tuple[str, int], clock: Callable[[], datetime], say: Callable[[str], None]) -> None:
    """Answer until stopped. Writes no log of requests: addresses of readers and their links would stand in it."""
    settings: dict[str, Any] = {"access_log": False, "server_header": False, "date_header": False, "proxy_headers": False}
    settings |= {"limit_concurrency": MOST_AT_ONCE, "timeout_keep_alive": 5, "h11_max_incomplete_event_size": 16_384}
    uvicorn.run(app(home, clock, say), host=where[0], port=where[1], log_level="warning", **settings)
