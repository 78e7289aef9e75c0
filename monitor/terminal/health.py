"""The state of the watch on a terminal: what is wrong first, then a line on what is well."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from rich.markup import escape

from monitor.post.health import Finding
from monitor.terminal.words import open_console

MARK = {"bad": "✗", "unknown": "?", "ok": "✓"}
STYLE = {"bad": "red", "unknown": "yellow", "ok": ""}


def show_health(found: Sequence[Finding]) -> None:
    """Print a line for everything that was looked at, troubles first, each with what helps."""
    console = open_console()
    for state in ("bad", "unknown", "ok"):
        for f in (f for f in found if f.state == state):
            console.print(escape(f"{MARK[state]} {f.matter}: {f.words}"), style=STYLE[state], highlight=False)
            if f.what_to_do and state != "ok":
                console.print(escape(f"    {f.what_to_do}"), style="dim", highlight=False)
    bad = [f.state for f in found].count("bad")
    console.print("All is well." if all(f.state == "ok" for f in found) else f"{bad} of {len(found)} need somebody.")


def as_values(found: Sequence[Finding]) -> list[dict[str, Any]]:
    """Return the findings as JSON values."""
    return [vars(f) for f in found]
