"""The digest as a mail: subject, a text part that is complete on its own, and HTML for a phone, light and dark, nothing remote.

External text was made plain when the content was made (:func:`monitor.alerts.words.plain`) and is escaped once more in HTML.
There are no images: what is drawn is drawn with table cells and characters, and stands in words beside them.
"""

from __future__ import annotations

import math
import re
import textwrap
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any
from urllib.parse import quote, urlsplit

import css_inline
from jinja2 import Environment, FileSystemLoader, StrictUndefined

from monitor.alerts.asks import Ask
from monitor.alerts.digest import EVERYTHING, NOW, Country, Digest, Wanted
from monitor.alerts.rendered import Rendered
from monitor.alerts.words import day, signed
from monitor.risk.framework import INSUFFICIENT

TEMPLATES = Path(__file__).parent / "templates"
WIDTH = 76  # of the text part, in characters
LONGEST_SUBJECT = 78
TOP = 5  # countries with an action
MOST_IN_A_YEAR = 8
MOST_CARDS = 12  # what rose beyond these is named in one line: mail programs cut a page off at about 100 kB
SHAPE = {"high": "▲", "elevated": "◆", "watch": "●", "baseline": "○", INSUFFICIENT: "▨"}


@dataclass(frozen=True)
class View:
    """What one reader sees. ``chosen``: countries left by the filter; ``strip``: the watch list, or the countries asked for;
    ``more``: rose as well, and are only named."""

    digest: Digest
    filter: Wanted
    chosen: tuple[Country, ...]
    rose: tuple[Country, ...]
    more: tuple[Country, ...]
    eased: tuple[Country, ...]
    again: tuple[Country, ...]
    year: tuple[Country, ...]
    strip: tuple[Country, ...]
    top: tuple[tuple[Country, Ask], ...]
    insufficient: tuple[str, ...]
    held: tuple[str, ...]
    summary: tuple[str, str, str]


def digest_for(content: Digest, wanted: Wanted = EVERYTHING) -> Rendered:
    """Return the mail of one filter: the same content and filter always give the same bytes."""
    view = view_of(content, wanted)
    text = _environment("txt").get_template("digest.txt.j2").render(v=view, d=content)
    html = _environment("html").get_template("digest.html.j2").render(v=view, d=content)
    return Rendered(subject(view), _tidy(text), _inlined(html), {})


def urgent_for(content: Digest, wanted: Wanted = EVERYTHING) -> Rendered | None:
    """Return the mail about what may not wait for the week and, where it had to be, was approved; None where there is nothing."""
    view = view_of(content, wanted)
    loud = tuple(c for c in view.chosen if c.urgent())
    if not loud:
        return None
    text = _environment("txt").get_template("urgent.txt.j2").render(countries=loud, d=content)
    html = _environment("html").get_template("urgent.html.j2").render(countries=loud, d=content)
    title = f"Alert of {day(content.as_of)}: {_count(len(loud), 'country', 'countries')}"
    return Rendered(title, _tidy(text), _inlined(html), {})


def subject(view: View) -> str:
    """Return the subject: the week and counts, no name of a country: a subject is read over shoulders and by machines."""
    parts = [f"{len(found)} {word}" for found, word in ((view.rose + view.more, "rose"), (view.eased, "eased")) if found]
    waiting = len(view.digest.unseen.gaps)
    parts += [f"{waiting} source{'s' if waiting > 1 else ''} not seen"] if waiting else []
    return f"Weekly digest {view.digest.period}: {', '.join(parts) or 'nothing moved'}"[:LONGEST_SUBJECT]


def view_of(content: Digest, wanted: Wanted) -> View:
    """Return what one reader sees of the week."""
    chosen = tuple(c for c in content.countries if _is_wanted(c, content, wanted))
    rose, eased, again = (
        tuple(c for c in chosen if c.of(*reasons)) for reasons in (("new", "escalated"), ("eased",), ("repeated",))
    )
    year = tuple(c for c in chosen if c.rose_in_a_year and c not in rose and c.rank > 0)
    named = {c.iso3: c.name + (" (new this week)" if c.lost else "") for c in chosen}
    strip = tuple(c for c in chosen if c.watched or c.iso3 in wanted.countries)
    insufficient, held = (
        tuple(named[iso3] for iso3, _ in pairs if iso3 in named) for pairs in (content.unseen.insufficient, content.unseen.held)
    )
    return View(
        digest=content,
        filter=wanted,
        chosen=chosen,
        rose=rose[:MOST_CARDS],
        more=rose[MOST_CARDS:],
        eased=eased,
        again=again,
        year=year[:MOST_IN_A_YEAR],
        strip=strip,
        top=_top(chosen, rose),
        insufficient=insufficient,
        held=held,
        summary=_summary(content, chosen, rose, eased, year),
    )


def _is_wanted(country: Country, content: Digest, wanted: Wanted) -> bool:
    """Return whether a reader wants a country. None of which too little is seen, or where killing is under way, is too low."""
    if wanted.countries and country.iso3 not in wanted.countries:
        return False
    least = content.levels.index(wanted.minimum_level)
    was = max((item.was for item in country.items if item.kind == "level"), default=-1)
    return country.rank < 0 or country.under_way or max(country.rank, was) >= least


def _top(chosen: Sequence[Country], rose: Sequence[Country]) -> tuple[tuple[Country, Ask], ...]:
    """Return the countries that rose, then the first of every list, each with its best action that no other has yet."""
    able = [c for c in (*rose, *(c for c in chosen if c not in rose)) if c.asks][:TOP]
    found: list[tuple[Country, Ask]] = []
    for country in able:
        taken = {ask.name for _, ask in found}
        found.append((country, next((ask for ask in country.asks if ask.name not in taken), country.asks[0])))
    return tuple(found)


def _summary(
    content: Digest, chosen: Sequence[Country], rose: Sequence[Country], eased: Sequence[Country], year: Sequence[Country]
) -> tuple[str, str, str]:
    """Return the week in three lines: what moved, where it is worst, what could not be seen."""
    if content.first_look:
        moved = "First digest under this framework: there is no earlier one to set it against."
    else:
        words = [f"{len(rose)} rose ({_names(rose)})" if rose else "nothing rose"]
        words += [f"{len(eased)} eased ({_names(eased)})" if eased else "nothing eased"]
        blind = content.unseen.gaps and not (rose and eased)  # silence of a source is no news of a country
        when = f"Since {day(content.since)}, when this record began," if content.young else "This week"
        moved = f"{when} {' and '.join(words)}{', as far as could be seen' if blind else ''}."
    return moved, _worst(content, chosen), _gaps(content, chosen)


def _worst(content: Digest, chosen: Sequence[Country]) -> str:
    under_way = [c for c in chosen if c.under_way]
    at_top = len([c for c in chosen if c.level == content.levels[-1]])
    among = "assessed" if len(chosen) == len(content.countries) else "in this digest"
    verb = f"{among} {'is' if at_top == 1 else 'are'} at {content.levels[-1]}"
    worst = f"{at_top} of {_count(len(chosen), 'country', 'countries')} {verb}"
    if not under_way:
        return f"{worst}; no killing of civilians on a large scale is on record as under way."
    fresh = all(c.status == NOW for c in under_way)
    return f"{worst}; killing of civilians {'is' if fresh else 'was, at the newest figures,'} under way in {_names(under_way)}."


def _gaps(content: Digest, chosen: Sequence[Country]) -> str:
    gaps, sources, few = content.unseen.gaps, content.unseen.sources, len([c for c in chosen if c.rank < 0])
    seen = f"{len(gaps)} of {sources} sources could not be seen as they should be" if gaps else "every source was seen"
    return f"What we could not see: {seen}; {_count(few, 'country has', 'countries have')} too little data for a level."


def _count(number: int, one: str, many: str) -> str:
    return f"{number} {one if number == 1 else many}"


def _names(countries: Sequence[Country], most: int = 6) -> str:
    names = [c.name for c in countries[:most]]
    more = len(countries) - len(names)
    return ", ".join(names) + (f" and {more} more" if more > 0 else "")


# ---------------------------------------------------------------------------------------------------------------- templates


@cache
def _environment(form: str) -> Environment:
    environment = Environment(
        loader=FileSystemLoader(TEMPLATES),
        autoescape=form == "html",  # noqa: S701  (the text part has no markup to escape into)
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters |= {
        "address": address,
        "day": day,
        "fill": fill,
        "index": _index,
        "signed": signed,
        "ucfirst": lambda text: text[:1].upper() + text[1:],
        "percent": lambda value: 0 if math.isnan(value) else round(min(max(value, 0), 100)),
    }
    environment.globals |= {"SHAPE": SHAPE, "month_words": month_words, "month_shapes": month_shapes}
    return environment


def fill(text: str, indent: int = 0, first: str = "", hang: int = 0) -> str:
    """Return a paragraph of the text part, no line longer than :data:`WIDTH` unless one word is; later lines hang further in."""
    rest = " " * (indent + len(first) + hang)
    return textwrap.fill(
        text, WIDTH, initial_indent=" " * indent + first, subsequent_indent=rest, break_long_words=False, break_on_hyphens=False
    )


def month_words(country: Country, levels: Sequence[str]) -> str:
    """Return the levels of the last months in words: ``watch for 3 months, then high``."""
    spells: list[tuple[int, int]] = []
    for rank in country.months:
        spells = [*spells[:-1], (rank, spells[-1][1] + 1)] if spells and spells[-1][0] == rank else [*spells, (rank, 1)]
    named = [f"{levels[rank] if rank >= 0 else 'too little data'} at {count}" for rank, count in spells]
    return f"of {len(country.months)} looks: {', then '.join(named)}" if spells else "no earlier look"


def month_shapes(country: Country, levels: Sequence[str]) -> str:
    """Return the levels of the last months as shapes, oldest first."""
    return "".join(SHAPE[levels[rank] if rank >= 0 else INSUFFICIENT] for rank in country.months)


def address(url: str) -> str:
    """Return an https address with everything quoted that could end it early; empty for anything else."""
    return quote(url, safe=":/?#@!$&'()*+,;=%~-._[]") if urlsplit(url).scheme == "https" else ""


def _index(value: float) -> str:
    return "no index" if math.isnan(value) else f"{value:.0f}"


def _tidy(text: str) -> str:
    return re.sub(r"\n{3,}", "\n\n", text).strip() + "\n"


@cache
def _inliner() -> css_inline.CSSInliner:
    return css_inline.CSSInliner(keep_at_rules=True, load_remote_stylesheets=False)


def _inlined(html: str) -> str:
    """Return the page with its style on each element, for mail programs that drop style sheets; the dark one stays a sheet."""
    return str(_inliner().inline(re.sub(r"\n\s*\n+", "\n", html)))


def as_mapping(rendered: Rendered) -> Mapping[str, Any]:
    """Return a rendered mail as JSON values, for machines; images by name and size."""
    images = {name: len(content) for name, content in rendered.images.items()}
    return {"subject": rendered.subject, "text": rendered.text, "html": rendered.html, "images": images}
