"""Numbers, days and words as briefs spell them; filters of ``templates/words.j2``. Pure."""

from __future__ import annotations

import math
from datetime import date
from typing import Protocol

from markupsafe import Markup

NONE = "–"


class Period(Protocol):
    """Anything with a first and a last day, ISO text."""

    @property
    def start(self) -> str:
        """First day."""

    @property
    def end(self) -> str:
        """Last day."""


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
