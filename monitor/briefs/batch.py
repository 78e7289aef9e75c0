"""Many briefs into one folder: unchanged files are left alone, and one that fails is named and stops no other."""

from __future__ import annotations

import io
import traceback
import zipfile
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from types import FrameType

from monitor.briefs.making import Press
from monitor.briefs.paper import Length, Paper
from monitor.briefs.render import drawn, keep, safe


@dataclass(frozen=True)
class Made:
    """What came of one file: ``state`` is written, unchanged or failed; ``error`` says why, with the template's line."""

    iso3: str
    form: str
    path: Path
    state: str
    error: str = ""


@dataclass(frozen=True)
class Order:
    """What is wanted: countries, formats, length, and the folder that they go into."""

    countries: Sequence[str]
    forms: Sequence[str]
    length: Length
    out: Path


def made(press: Press, order: Order, tell: Callable[[str], None]) -> Iterator[Made]:
    """Make every brief in every format and yield what came of each, as it is done."""
    order.out.mkdir(parents=True, exist_ok=True)
    for n, iso3 in enumerate(order.countries, 1):
        tell(f"Brief {n} of {len(order.countries)}: {iso3}")
        name = safe(f"{iso3}-{press.snapshot.manifest['as_of']}")
        try:
            paper = press.paper(iso3, order.length)
        except Exception as error:  # one brief must not stop another
            yield from (Made(iso3, f, order.out / f"{name}.{f}", "failed", told(error)) for f in order.forms)
            continue
        yield from written(paper, order.out, order.forms, iso3)


def written(paper: Paper, out: Path, forms: Sequence[str], iso3: str = "") -> Iterator[Made]:
    """Write a page in each format and yield what came of each."""
    for form in forms:
        path = out / f"{safe(paper.name)}.{form}"
        try:
            out.mkdir(parents=True, exist_ok=True)
            fresh = keep(path, drawn(paper, form))
        except Exception as error:  # nor one format another
            yield Made(iso3, form, path, "failed", told(error))
            continue
        yield Made(iso3, form, path, "written" if fresh else "unchanged")


def told(error: Exception) -> str:
    """Return what went wrong on one line, with the line of the template where it was one."""
    lines = [_line(frame, line) for frame, line in traceback.walk_tb(error.__traceback__)]
    where = next((line for line in reversed(lines) if line), "")
    lineno, name = getattr(error, "lineno", None), getattr(error, "name", None)
    if not where and lineno and name:  # a template that cannot be read at all
        where = f"{name}, line {lineno}: "
    return f"{where}{type(error).__name__}: {' '.join(str(error).split())[:300]}"


def _line(frame: FrameType, line: int) -> str:
    """Return the place in a template where a frame of its compiled code stands; empty for any other."""
    template = frame.f_globals.get("__jinja_template__")
    return f"{template.name}, line {template.get_corresponding_lineno(line)}: " if template is not None else ""


def zipped(files: Sequence[Path], at: datetime) -> bytes:
    """Return files as one archive, in the order of their names, every entry dated ``at``: the same files give the same bytes."""
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED, compresslevel=6) as archive:
        for path in sorted(files, key=lambda p: p.name):
            entry = zipfile.ZipInfo(path.name, at.timetuple()[:6])
            entry.compress_type, entry.create_system, entry.external_attr = zipfile.ZIP_DEFLATED, 0, 0
            archive.writestr(entry, path.read_bytes())
    return out.getvalue()
