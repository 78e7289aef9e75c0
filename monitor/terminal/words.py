"""Words, marks and the console that every table on the terminal shares."""

from __future__ import annotations

import json
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import date
from typing import Any

import pandas as pd
from rich.console import Console
from rich.markup import escape

SHAPE = {"high": "▲", "elevated": "◆", "watch": "●", "baseline": "○", "insufficient data": "▨"}
STYLE = {"high": "bold red", "elevated": "dark_orange", "watch": "yellow", "baseline": "", "insufficient data": "dim"}
TRACKS = {"conflict": "Conflict", "outside_conflict": "Outside conflict"}
NO_DATA = "no data"
ASSUMED = "today's vintages, assumed release lags: not what was known then"


def open_console() -> Console:
    """Return the console: as wide as the terminal, or 172 columns where there is none."""
    return Console(width=None if sys.stdout.isatty() else 172)


@contextmanager
def progress(*, quiet: bool = False) -> Iterator[Callable[[str], None]]:
    """Yield a function that shows what is being done, on stderr: a spinner on a terminal, a line each elsewhere."""
    if quiet:
        yield lambda _: None
        return
    console = Console(stderr=True)
    if not console.is_terminal:
        yield lambda text: console.print(escape(text), highlight=False)
        return
    with console.status("Starting") as status:
        yield lambda text: status.update(escape(text))


def month_in_words(iso: str) -> str:
    """Return ``Feb 2026`` for an ISO day."""
    return f"{date.fromisoformat(iso[:10]):%b %Y}"


def records(frame: pd.DataFrame) -> list[dict[str, Any]]:
    """Return rows as JSON values; a missing value is null, never zero."""
    records: list[dict[str, Any]] = json.loads(frame.to_json(orient="records", date_format="iso", date_unit="s"))
    return records


def day_in_words(iso: str) -> str:
    """Return ``28 February 2026`` for an ISO day, ``no data`` for an empty one."""
    if not iso:
        return NO_DATA
    found = date.fromisoformat(iso[:10])
    return f"{found.day} {found:%B %Y}"
