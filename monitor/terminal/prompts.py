"""The kinds of text that can be asked for, as a table."""

from __future__ import annotations

import json
from typing import Any

from rich.markup import escape
from rich.table import Table

from monitor.prompts.profile import MINISTER, Form, Kind, Parliament
from monitor.terminal.words import open_console

UNCHECKED = "not yet checked"


def show_kinds(profile: Parliament, *, as_json: bool) -> None:
    """Print every kind of text: what it is, who sends it to whom, how long it may be, and when its rules were checked."""
    if as_json:
        print(json.dumps({"kinds": [_values(k, profile) for k in profile.kinds]}, ensure_ascii=False))
        return
    console = open_console()
    table = Table(box=None, header_style="bold", pad_edge=False)
    for title in ("Kind", "What it is", "Who sends it", "To", "Length", "Rules checked"):
        table.add_column(title)
    for kind in profile.kinds:
        row = (kind.id, kind.title, kind.sent_by, _to(kind, profile), length(kind.form), str(kind.checked_on) or UNCHECKED)
        table.add_row(*(escape(x) for x in row))
    console.print(table)
    console.print(escape(f"Without --kind: {profile.default}. A kind is an entry of config/parliament.yaml and a template."))


def length(form: Form) -> str:
    """Return how long a form may be, in words or characters."""
    if form.max_characters:
        return f"{form.max_characters} characters each"
    words = f"{form.min_words} to {form.max_words:,} words" if form.min_words else f"up to {form.max_words:,} words"
    return f"{words}{' each' if form.of == 'each' else ''}"


def _to(kind: Kind, profile: Parliament) -> str:
    return "The minister who holds the lever" if kind.to == MINISTER else profile.recipient(kind.to).who


def _values(kind: Kind, profile: Parliament) -> dict[str, Any]:
    return kind.model_dump(mode="json") | {"to": _to(kind, profile)}
