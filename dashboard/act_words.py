"""What the page for texts says of one: its length against its form, and what is still to be filled in. Pure; plain text out."""

from __future__ import annotations

import re

from monitor.prompts.measure import words
from monitor.prompts.profile import Form, Kind, Parliament

SOURCES = "\nSources\n"
BLANK = re.compile(r"\[(?!\d+\])([^\[\]\n]{1,200})\]")


def choices(profile: Parliament, *, at_home: bool) -> dict[str, str]:
    """Return every kind of text by id, with what it is and who it is for."""
    return {k.id: _title(k, at_home=at_home) for k in profile.kinds}


def _title(kind: Kind, *, at_home: bool) -> str:
    return kind.title_at_home if at_home and kind.title_at_home else kind.title


def letter(edited: str) -> str:
    """Return the part of an edited text before its sources."""
    return f"{edited}\n".split(SOURCES, maxsplit=1)[0]


def length_said(edited: str, form: Form) -> str:
    """Return how long an edited text is, and how long it may be; a form of passages is said passage by passage."""
    asked = f"up to {form.max_words:,}" if not form.min_words else f"{form.min_words} to {form.max_words:,}"
    if form.of == "text":
        count = len(words(letter(edited)))
        over = f", {count - form.max_words} too many" if count > form.max_words else ""
        return f"{count:,} words without the sources; {asked} are asked{over}."
    limit = f"{form.max_characters} characters" if form.max_characters else f"{asked} words"
    return f"Each indented passage: {limit}."


def blanks_left(edited: str) -> list[str]:
    """Return what still stands in square brackets before the sources, each once, in order."""
    return list(dict.fromkeys(found.strip() for found in BLANK.findall(letter(edited))))
