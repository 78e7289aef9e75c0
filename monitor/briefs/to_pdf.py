"""A page as a tagged PDF, drawn by typst with the fonts of this folder; charts as PNG for formats that need pixels.

The program asks typst for PDF/UA-1, and typst refuses a page without a title, a language or words for a picture. That is its own
check: conformance as such takes a validator, which is not run here. No font of the machine is used.
"""

from __future__ import annotations

import json
import re
from functools import cache
from pathlib import Path
from typing import Any

import typst

from monitor.briefs.paper import Length, Paper
from monitor.briefs.spoken import TEMPLATES
from monitor.briefs.to_json import as_data

FONTS = Path(__file__).parent / "fonts"
SIZES: dict[Length, tuple[float, ...]] = {"short": (8.4, 8.1, 7.8, 7.5), "full": (9.0,)}  # points; the next where it is too long
REPLACED = "\N{REPLACEMENT CHARACTER}"
PIXELS = 170  # to an inch of a picture 260 points wide; Word shows it at about 280


def pdf(paper: Paper) -> bytes:
    """Return the page as PDF; the same page always gives the same bytes."""
    data = as_data(paper)
    given = {"paper": json.dumps(_settable(data)), "charts": json.dumps({chart.id: chart.svg() for chart in paper.charts})}
    tried = (_set(given, size) for size in SIZES[paper.length])
    first = next(tried)
    if pages(first) <= paper.most_pages:
        return first
    return next((made for made in tried if pages(made) <= paper.most_pages), first)


def _set(given: dict[str, str], size: float) -> bytes:
    template = _compiler(TEMPLATES / "brief.typ")
    return bytes(template.compile(format="pdf", sys_inputs={**given, "size": f"{size}"}, pdf_standards=["ua-1"]))


def pages(made: bytes) -> int:
    """Return how many pages a PDF of typst has."""
    return len(re.findall(rb"/Type\s*/Page\b", made))


def pixels(paper: Paper) -> list[bytes]:
    """Return every chart of a page as PNG, in order."""
    if not paper.charts:
        return []
    given = {"charts": json.dumps([chart.svg() for chart in paper.charts])}
    made: Any = _compiler(TEMPLATES / "charts.typ").compile(format="png", ppi=PIXELS, sys_inputs=given)
    return [bytes(made)] if isinstance(made, bytes) else [bytes(each) for each in made]


def _settable(value: Any) -> Any:
    """Return the page with every character that no font holds as a replacement character: typst would refuse the whole page."""
    if isinstance(value, dict):
        return {name: _settable(each) for name, each in value.items()}
    if isinstance(value, list):
        return [_settable(each) for each in value]
    if isinstance(value, str) and not value.isascii():
        return "".join(c if ord(c) in covered() else REPLACED for c in value)
    return value


@cache
def covered() -> frozenset[int]:
    """Return the code points that the fonts hold."""
    lines = (FONTS / "covered.txt").read_text(encoding="ascii").splitlines()
    ranges = [line.split("-") for line in lines if not line.startswith("#")]
    return frozenset(point for first, last in ranges for point in range(int(first, 16), int(last, 16) + 1))


@cache
def _compiler(template: Path) -> Any:
    return typst.Compiler(str(template), font_paths=[str(FONTS)], ignore_system_fonts=True)
