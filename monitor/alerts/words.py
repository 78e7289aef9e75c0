"""Days, numbers and foreign text as a mail, a feed and a calendar may show them. Pure."""

from __future__ import annotations

import math
import re
import unicodedata
from datetime import date

LONGEST = 300
_LINE = ("Cc", "Zl", "Zp")
_HIDDEN = ("Cf", "Cs", "Co", "Cn")  # bidirectional overrides, zero-width marks, lone surrogates, private use, unassigned
_LIVE = re.compile(r"(?<=[A-Za-z]):(?=\S)|(?<=[\w:])//|(?<=\S)@(?=\S)|(?<=\w)\.(?=[^\W\d_]{2})")


def plain(text: object, longest: int = LONGEST) -> str:
    """Return text of others as one line that no program takes for a link, an address or a second line.

    Characters that cannot be seen go; a full-width sign counts as the sign it is. Mail programs make links of what looks like
    one, so that ``http://x``, ``javascript:x``, ``www.x`` and ``a@b`` are set apart with a space. What is too long is cut.
    """
    known = unicodedata.normalize("NFKC", str(text))
    seen = "".join(" " if unicodedata.category(c) in _LINE else "" if unicodedata.category(c) in _HIDDEN else c for c in known)
    apart = _LIVE.sub(_set_apart, re.sub(r"\s+", " ", seen)).strip()
    return apart if len(apart) <= longest else f"{apart[: longest - 1].rstrip()}…"


def _set_apart(found: re.Match[str]) -> str:
    return {":": ": ", "//": "/ /", "@": " (at) ", ".": " ."}[found[0]]


def day(iso: str) -> str:
    """Return ``28 February 2026`` for an ISO day, ``an unknown day`` for an empty one."""
    if not iso:
        return "an unknown day"
    found = date.fromisoformat(iso[:10])
    return f"{found.day} {found:%B %Y}"


def number(value: float) -> str:
    """Return a number to three figures with a true minus sign; ``unknown`` where it is missing."""
    return "unknown" if math.isnan(value) else f"{value:.3g}".replace("-", "−") if abs(value) < 1000 else f"{value:,.0f}"


def signed(points: float) -> str:
    """Return whole points with their sign, a true minus; ``not compared`` where they are missing."""
    return "not compared" if math.isnan(points) else f"{points:+.0f}".replace("-", "−")
