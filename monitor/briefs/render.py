"""A brief in any of its formats, and on the disk. The words are in ``templates/``, the page is laid out once for all formats.

Libraries of the heavy formats (PDF, Word) are loaded when one is first made, never before.
"""

from __future__ import annotations

import os
import re
import tempfile
from collections.abc import Callable, Iterable, Sequence
from pathlib import Path

from monitor.briefs.content import Brief
from monitor.briefs.house import House
from monitor.briefs.layout import PLAIN, lay_out
from monitor.briefs.paper import Length, Paper
from monitor.briefs.spelling import (
    NONE,
    about,
    age,
    at_least,
    bar,
    day,
    exact,
    in_words,
    lcfirst,
    month,
    of_100,
    ordinal,
    out_of_100,
    period,
    ucfirst,
)
from monitor.briefs.spoken import TEMPLATES
from monitor.briefs.to_html import html
from monitor.briefs.to_markdown import markdown

__all__ = [
    "FORMATS",
    "LENGTHS",
    "NONE",
    "PAGES",
    "TEMPLATES",
    "about",
    "age",
    "at_least",
    "bar",
    "day",
    "drawn",
    "exact",
    "in_words",
    "keep",
    "lay_out",
    "lcfirst",
    "month",
    "of_100",
    "ordinal",
    "out_of_100",
    "period",
    "render",
    "ucfirst",
    "write",
    "write_page",
]  # fmt: skip

FORMATS = ("md", "html", "json")  # those that are text
PAGES = ("docx", "pdf")  # those that are bytes
EVERY = (*FORMATS, *PAGES)
LENGTHS: tuple[Length, ...] = ("short", "full")


def render(brief: Brief, form: str = "md", length: Length = "full", house: House = PLAIN) -> str:
    """Return a brief in one of :data:`FORMATS` (another is a :class:`ValueError`); the same brief always gives the same text."""
    if form not in FORMATS:
        raise ValueError(f"unknown format {form!r}; there are {', '.join(FORMATS)}")
    return drawn(lay_out(brief, length, house), form).decode("utf-8")


def drawn(paper: Paper, form: str) -> bytes:
    """Return a page in one of :data:`EVERY` format; the same page always gives the same bytes."""
    if form not in EVERY:
        raise ValueError(f"unknown format {form!r}; there are {', '.join(EVERY)}")
    return _maker(form)(paper)


def _maker(form: str) -> Callable[[Paper], bytes]:
    if form == "pdf":
        from monitor.briefs.to_pdf import pdf

        return pdf
    if form == "docx":
        from monitor.briefs.to_docx import docx

        return docx
    if form == "json":
        from monitor.briefs.to_json import json_text

        return lambda paper: json_text(paper).encode()
    return (lambda paper: html(paper).encode()) if form == "html" else (lambda paper: markdown(paper).encode())


def write(
    briefs: Iterable[Brief], out: Path, forms: Sequence[str] = ("md", "html"), length: Length = "full", house: House = PLAIN
) -> list[Path]:
    """Write each brief in each format as ``ISO3-DATE.format`` and return the files; a reader never meets half of one."""
    return [path for brief in briefs for path in write_page(lay_out(brief, length, house), out, forms)]


def write_page(paper: Paper, out: Path, forms: Sequence[str]) -> list[Path]:
    """Write a page in each format and return the files."""
    out.mkdir(parents=True, exist_ok=True)
    paths = [out / f"{safe(paper.name)}.{form}" for form in forms]
    for path, form in zip(paths, forms, strict=True):
        keep(path, drawn(paper, form))
    return paths


def keep(path: Path, content: bytes) -> bool:
    """Write a file in one step: the old one stays until the new one is whole. Return False where it holds just that already."""
    if path.is_file() and path.stat().st_size == len(content) and path.read_bytes() == content:
        return False
    handle, fresh = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.")
    try:
        with os.fdopen(handle, "wb") as file:
            file.write(content)
        Path(fresh).chmod(0o644)
        Path(fresh).replace(path)
    except BaseException:
        Path(fresh).unlink(missing_ok=True)
        raise
    return True


def safe(name: str) -> str:
    """Return a name that cannot lead out of its folder."""
    if not re.fullmatch(r"[A-Za-z0-9][A-Za-z0-9-]*", name):
        raise ValueError(f"{name!r} cannot be part of a file's name")
    return name
