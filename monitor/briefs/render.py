"""A brief as Markdown or as one self-contained HTML page. The words are in ``templates/words.j2``, shared by both.

External text is escaped for the format it goes into: in HTML by Jinja, in Markdown by :func:`_plain`, through the same gate.
"""

from __future__ import annotations

import math
import os
import re
import tempfile
from collections.abc import Callable, Iterable, Sequence
from datetime import date
from functools import cache
from pathlib import Path
from typing import Any, Protocol
from urllib.parse import quote, urlsplit

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from markupsafe import Markup

from monitor.briefs.content import Brief
from monitor.briefs.facts import third

FORMATS = ("md", "html")
TEMPLATES = Path(__file__).parent / "templates"
NONE = "–"


class Period(Protocol):
    """Anything with a first and a last day, ISO text."""

    @property
    def start(self) -> str:
        """First day."""

    @property
    def end(self) -> str:
        """Last day."""


def render(brief: Brief, form: str = "md") -> str:
    """Return a brief in one of :data:`FORMATS` (another is a :class:`ValueError`); the same brief always gives the same text."""
    if form not in FORMATS:
        raise ValueError(f"unknown format {form!r}; there are {', '.join(FORMATS)}")
    text = _environment(form).get_template(f"brief.{form}.j2").render(b=brief)
    return re.sub(r"\n{3,}", "\n\n", text).strip() + "\n"


def write(briefs: Iterable[Brief], out: Path, forms: Sequence[str] = FORMATS) -> list[Path]:
    """Write each brief in each format as ``ISO3-DATE.format`` and return the files; a reader never meets half of one."""
    out.mkdir(parents=True, exist_ok=True)
    paths = []
    for brief in briefs:
        for form in forms:
            path = out / f"{_safe(brief.iso3)}-{_safe(brief.as_of)}.{form}"
            _replace(path, render(brief, form))
            paths.append(path)
    return paths


def _replace(path: Path, text: str) -> None:
    """Write a file in one step: the old one stays until the new one is whole."""
    handle, fresh = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.")
    try:
        with os.fdopen(handle, "w", encoding="utf-8", newline="\n") as file:
            file.write(text)
        Path(fresh).chmod(0o644)
        Path(fresh).replace(path)
    except BaseException:
        Path(fresh).unlink(missing_ok=True)
        raise


def _safe(name: str) -> str:
    """Return a name that cannot lead out of its folder."""
    if not re.fullmatch(r"[A-Za-z0-9][A-Za-z0-9-]*", name):
        raise ValueError(f"{name!r} cannot be part of a file's name")
    return name


@cache
def _environment(form: str) -> Environment:
    """Return the templates with their filters. Both formats autoescape; in Markdown, text is escaped before Jinja sees it."""
    finalize: Callable[[Any], Any] = _plain if form == "md" else lambda value: value
    environment = Environment(
        loader=FileSystemLoader(TEMPLATES),
        autoescape=True,
        finalize=finalize,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters |= {
        "about": about,
        "in_words": in_words,
        "age": age,
        "at_least": at_least,
        "bar": bar,
        "day": day,
        "exact": exact,
        "lcfirst": lcfirst,
        "month": month,
        "of_100": of_100,
        "ordinal": ordinal,
        "out_of_100": out_of_100,
        "period": period,
        "third": third,
        "ucfirst": ucfirst,
        "ref": _ref_md if form == "md" else _ref_html,
        "url": _url_md if form == "md" else _url_html,
    }
    return environment


def _plain(value: Any) -> Any:
    """Return text so that Markdown shows it as it stands: no emphasis, link, table cell, tag or line of its own."""
    if isinstance(value, Markup):
        return value
    text = re.sub(r"\s+", " ", str(value))
    text = re.sub(r"([\\`*\[\]<>|])", r"\\\1", text)
    return Markup(re.sub(r"(?<![A-Za-z0-9])_|_(?![A-Za-z0-9])", r"\\_", text))  # noqa: S704 (it was escaped here)


def _ref_md(number: int) -> Markup:
    return Markup(" [{}]").format(number)


def _ref_html(number: int) -> Markup:
    return Markup('<sup><a href="#ref-{0}">[{0}]</a></sup>').format(number)


def _url_md(url: str) -> Markup:
    return Markup("<{}>").format(Markup(_address(url))) if _address(url) else Markup("")  # noqa: S704 (quoted in _address)


def _url_html(url: str) -> Markup:
    return Markup('<a href="{0}" rel="noreferrer">{0}</a>').format(_address(url)) if _address(url) else Markup("")


def _address(url: str) -> str:
    """Return an http(s) address with everything quoted that could end it early; empty for anything else."""
    return quote(url, safe=":/?#@!$&'()*+,;=%~-._[]") if urlsplit(url).scheme in ("https", "http") else ""


# ----------------------------------------------------------------------------------------------------------------- numbers


def exact(value: float, decimals: int = 0) -> str:
    """Return a number with thousands separators and a true minus sign; a dash where it is missing."""
    if math.isnan(value):
        return NONE
    text = f"{value:,.{decimals}f}"
    return text.lstrip("-") if float(text.replace(",", "")) == 0 else text.replace("-", "−")


def about(deaths: float) -> str:
    """Return a count of deaths for prose: two significant figures, with "about" where that rounds it."""
    step = _step(deaths)
    rounded = math.floor(deaths / step + 0.5) * step
    return exact(rounded) if rounded == deaths else f"about {exact(rounded)}"


def at_least(deaths: float) -> str:
    """Return a lower bound of deaths for prose: two significant figures, never rounded up."""
    step = _step(deaths)
    return f"at least {exact(math.floor(deaths / step) * step)}"


def _step(deaths: float) -> int:
    """Return the size of a count's second significant figure; below 100 a count is told whole."""
    return 1 if deaths < 100 else int(10 ** (int(math.log10(deaths)) - 1))


def in_words(count: int) -> str:
    """Return a small count in words."""
    return ("none", "one", "two", "three", "four", "five", "six")[count] if 0 <= count <= 6 else exact(count)


def of_100(score: float) -> int:
    """Return a score as a place among 100; the ends are 1 and 99, because no place is beyond the reference period."""
    return min(max(round(score * 100), 1), 99)


def out_of_100(share: float) -> str:
    """Return a share in words: only all of them are "all", and only none is "none"."""
    return "all" if share == 1 else "none" if share == 0 else f"about {of_100(share)} in 100"


def ordinal(number: int) -> str:
    """Return ``1st``, ``2nd``, ``11th``."""
    last = 0 if number % 100 in (11, 12, 13) else number % 10
    return f"{number:,}{({1: 'st', 2: 'nd', 3: 'rd'}).get(last, 'th')}"


def bar(of_hundred: float) -> Markup:
    """Return ten characters that show a number from 0 to 100 on a terminal; hatched where it is missing."""
    filled = 0 if math.isnan(of_hundred) else round(of_hundred / 10)
    return Markup("▨" * 10 if math.isnan(of_hundred) else "█" * filled + "░" * (10 - filled))  # noqa: S704 (no text of others)


# ------------------------------------------------------------------------------------------------------------------- days


def day(iso: str) -> str:
    """Return an ISO day in words."""
    if not iso:
        return NONE
    when = date.fromisoformat(iso[:10])
    return f"{when.day} {when:%B %Y}"


def month(iso: str) -> str:
    """Return the month of an ISO day in words."""
    return f"{date.fromisoformat(iso):%B %Y}" if iso else NONE


def age(end: str, as_of: str) -> str:
    """Return how long before ``as_of`` a period ended, in whole months from two months on, else in days."""
    days = (date.fromisoformat(as_of) - date.fromisoformat(end)).days
    return f"{days} days" if days < 60 else f"{round(days / 30.44)} months"


def period(of: Period) -> str:
    """Return a period in words: a year, some years, a month, or from month to month."""
    if not of.end:
        return NONE
    first, last = date.fromisoformat(of.start or of.end), date.fromisoformat(of.end)
    if (first.month, first.day, last.month, last.day) == (1, 1, 12, 31):
        return f"{last.year}" if first.year == last.year else f"{first.year} to {last.year}"
    return f"{last:%B %Y}" if (first.year, first.month) == (last.year, last.month) else f"{first:%B %Y} to {last:%B %Y}"


# ------------------------------------------------------------------------------------------------------------------- text


def ucfirst(text: str) -> str:
    """Return text with its first letter as a capital."""
    return text[:1].upper() + text[1:]


def lcfirst(text: str) -> str:
    """Return text that can follow in a sentence: a lone first capital is lowered, an abbreviation stays."""
    return text if text[1:2].isupper() or text[1:2] in ("-", ".") else text[:1].lower() + text[1:]
