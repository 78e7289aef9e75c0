"""The sentences of ``templates/`` as text in pieces. Pure but for reading the templates, once.

Text from outside passes one gate: white space becomes one space, control, direction and private-use characters are dropped.
What it may mean in a format (a tag, a link, an emphasis) is for that format to escape.
"""

from __future__ import annotations

import re
import unicodedata
from functools import cache
from pathlib import Path
from typing import Any
from urllib.parse import quote, urlsplit

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from markupsafe import Markup

from monitor.briefs import spelling
from monitor.briefs.facts import third
from monitor.briefs.paper import Piece, Text

TEMPLATES = Path(__file__).parent / "templates"
OPEN, CLOSE = "\ue000", "\ue001"  # of the private use area, which no text from outside keeps
FILES = ("page.j2", "words.j2", "overview.j2")
MARKED = re.compile(f"{OPEN}(.)(.*?){CLOSE}")
JOINERS = "\u200c\u200d"  # Persian and Burmese are not written without them


def say(name: str, *values: Any) -> Text:
    """Return what the macro ``name`` of the words says of these values; white space at both ends is cut."""
    macro = next(getattr(words(file), name) for file in FILES if hasattr(words(file), name))
    marked = re.sub(r"\s+", " ", str(macro(*values))).strip()
    return tuple(_pieces(marked))


def term(table: str, key: str) -> str:
    """Return one of the fixed words: a key of a table of the words."""
    found: dict[str, str] = getattr(words("words.j2"), table)
    return found[key]


def has_term(table: str, key: str) -> bool:
    """Return whether a table of the words has this key."""
    return key in getattr(words("words.j2"), table)


def clean(text: str) -> str:
    """Return text through the gate; see the module."""
    spaced = re.sub(r"\s+", " ", text)
    if spaced.isascii() and spaced.isprintable():
        return spaced
    return "".join(c for c in spaced if c in JOINERS or unicodedata.category(c) not in ("Cc", "Cf", "Co", "Cs", "Cn"))


def address(url: str) -> str:
    """Return an http(s) address with everything quoted that could end it early; empty for anything else."""
    return quote(url, safe=":/?#@!$&'()*+,;=%~-._[]") if urlsplit(url).scheme in ("https", "http") else ""


def upper_first(text: Text) -> Text:
    """Return a text that begins with a capital."""
    return (Piece(spelling.ucfirst(text[0].text), text[0].kind), *text[1:]) if text else text


def _pieces(marked: str) -> Any:
    at = 0
    for found in MARKED.finditer(marked):
        if found.start() > at:
            yield Piece(marked[at : found.start()])
        if found[2]:
            yield Piece(found[2], "ref" if found[1] == "r" else "address")
        at = found.end()
    if at < len(marked):
        yield Piece(marked[at:])


@cache
def words(template: str) -> Any:
    """Return the macros of one file of sentences."""
    environment = Environment(
        loader=FileSystemLoader(TEMPLATES),
        autoescape=True,  # so that what is already worded is told from what comes from outside; nothing is escaped here
        finalize=lambda value: value if isinstance(value, Markup) else Markup(clean(str(value))),  # noqa: S704
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    named = ("about", "in_words", "age", "at_least", "bar", "day", "exact", "lcfirst", "month", "of_100", "ordinal")
    environment.filters |= {name: getattr(spelling, name) for name in (*named, "out_of_100", "period", "ucfirst")}
    environment.filters |= {"third": third, "ref": _ref, "url": _url}
    return environment.get_template(template).module


def _ref(number: int) -> Markup:
    return Markup(f"{OPEN}r{number:d}{CLOSE}")  # noqa: S704 (a number)


def _url(url: str) -> Markup:
    return Markup(f"{OPEN}u{address(url)}{CLOSE}")  # noqa: S704 (quoted)
