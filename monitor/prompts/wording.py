"""From values to words: a kind's template, in a sandbox, over what is to be said of a country.

Templates can neither reach attributes that begin with an underscore nor change what they are given; an undefined name is an
error. Every value from outside is made inert (:func:`monitor.prompts.blocks.inert`) before it stands on a line: what a macro
returns is ``Markup`` and has been through this gate; anything else goes through it now.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import replace
from datetime import date, timedelta
from functools import lru_cache
from pathlib import Path
from typing import Any

from jinja2 import ChoiceLoader, FileSystemLoader, StrictUndefined, TemplateError
from jinja2.sandbox import ImmutableSandboxedEnvironment
from markupsafe import Markup

from monitor.briefs import facts, render
from monitor.prompts.blocks import END, REF, VALUE, inert, token
from monitor.prompts.material import Material, order_of
from monitor.prompts.places import TEMPLATES, folders
from monitor.prompts.profile import WHERE, Kind
from monitor.prompts.prompt import Prompt, finished

BORROWED = ("about", "age", "at_least", "bar", "day", "exact", "in_words", "month", "of_100", "ordinal", "out_of_100", "period")


class TextError(Exception):
    """A template cannot be worded; the message names file and line."""


def write(made: Material, kind: Kind, config: Path) -> Prompt:
    """Return one text. Raises :class:`TextError` where its template is at fault. The same values always give the same text.

    ``config``: the folder of the config files, where an installation's own templates lie.
    """
    order = order_of(made, kind)
    try:
        environment = _environment(config)
        names = _names(made, environment)
        named = replace(made, here=names["here"], there=names["there"], counts=names["counts"])
        said = {"b": made.brief, "m": named, "o": order, "p": made.profile, **names}
        text = environment.get_template(f"{kind.id}.j2").render(said)
        sources: Any = environment.get_template("sources.j2").module
        return finished(made, order, text, names["here"], lambda r: plain(sources.line(r, made.brief)))
    except (TemplateError, ValueError, TypeError, AttributeError, LookupError, ArithmeticError) as error:
        raise TextError(f"{_place(error, kind)}: {error}") from error


def plain(text: str) -> str:
    """Return what a macro returned as text, without our marks."""
    return re.sub(r"\s+", " ", str(text).replace(VALUE, "")).strip()


def _place(error: BaseException, kind: Kind) -> str:
    """Return the innermost line of a template that an error came from."""
    name, number, trace = getattr(error, "name", None) or f"{kind.id}.j2", getattr(error, "lineno", None), error.__traceback__
    while trace is not None:
        if trace.tb_frame.f_code.co_filename.endswith(".j2"):
            name, number = Path(trace.tb_frame.f_code.co_filename).name, trace.tb_lineno
        trace = trace.tb_next
    return f"template {name}, line {number}" if number else f"template {name}"


@lru_cache(maxsize=4)
def _environment(config: Path) -> ImmutableSandboxedEnvironment:
    places = (*folders(config), TEMPLATES, render.TEMPLATES)
    environment = ImmutableSandboxedEnvironment(
        loader=ChoiceLoader([FileSystemLoader(folder) for folder in places]),
        autoescape=True,
        finalize=_outside,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters |= {name: getattr(render, name) for name in BORROWED}
    environment.filters |= {
        "at": _at,
        "bare": lambda text: _like(text, re.sub(f" ?{REF}\\d+{END}", "", str(text))),
        "lcfirst": lambda text: render.lcfirst(text.lstrip(VALUE)),
        "ref": lambda number: Markup(f" {token(number)}"),  # noqa: S704 (a number)
        "swap": _swap,
        "third": facts.third,
        "ucfirst": lambda text: render.ucfirst(text.lstrip(VALUE)),
        "within": _within,
        "url": lambda _: "",
    }
    for name, file in (("w", "words.j2"), ("c", "claims.j2"), ("s", "said.j2")):
        environment.globals[name] = environment.get_template(file).module
    return environment


def _outside(value: Any) -> Any:
    """Return a value as inert text behind a mark, so that it is never read as the beginning of a line."""
    return value if isinstance(value, Markup) else Markup(f"{VALUE}{inert(str(value))}")  # noqa: S704 (it was made inert)


def _like(given: str, text: str) -> str:
    """Return text as what it was made from: through the gate already, or not yet."""
    return Markup(text) if isinstance(given, Markup) else text  # noqa: S704 (it was made inert)


def _names(made: Material, environment: ImmutableSandboxedEnvironment) -> dict[str, str]:
    """Return how a country is written: ``here`` in full, ``there`` short; the profile's own way, else with its article."""
    own = made.profile.names.get(made.brief.iso3)
    if own is not None:
        return {"here": own.full, "there": own.short, "counts": own.counts}
    words: Any = environment.globals["w"]
    name = plain(words.name(made.brief))
    return {"here": name, "there": name, "counts": ""}


def _at(text: str, there: str) -> str:
    """Return the words of an ask with the country's name in them."""
    return text.replace(WHERE, there)


def _swap(text: str, pairs: Mapping[str, str]) -> str:
    """Return text with words put in the place of others, in the order of ``pairs``."""
    out = str(text)
    for old, new in pairs.items():
        out = out.replace(old, new)
    return _like(text, out)


def _within(days: int, as_of: str) -> str:
    """Return the day that lies ``days`` after ``as_of``, in words."""
    return render.day((date.fromisoformat(as_of[:10]) + timedelta(days=days)).isoformat())
