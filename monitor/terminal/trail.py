"""The way from a number in a brief to its bytes, on the terminal and as JSON."""

from __future__ import annotations

import json
import math
from dataclasses import asdict
from typing import Any

from rich.console import Console
from rich.markup import escape

from monitor.briefs.spelling import exact, period
from monitor.briefs.trail import Step, Trail
from monitor.terminal.words import NO_DATA, open_console

SHOWN, RAW, FIELDS = 14, 600, 12


def as_json(trail: Trail) -> str:
    """Return a trail as JSON; bytes as text, missing values as null."""
    data: dict[str, Any] = asdict(trail)
    data["value"] = None if math.isnan(trail.value) else trail.value
    for step in data["steps"]:
        step["value"] = None if math.isnan(step["value"]) else step["value"]
    for document in data["documents"]:
        document["path"] = str(document["path"])
    if trail.spot is not None:
        column = trail.spot.column(trail.column)
        data["spot"] |= {"raw": trail.spot.raw.decode("utf-8", "replace"), "column": column[0] if column else None}
    return json.dumps(data, ensure_ascii=False, allow_nan=False)


def show(trail: Trail) -> None:
    """Print a trail, from the sentence down."""
    console, reference = open_console(), trail.reference
    console.print(f"[bold]{escape(trail.id)}, number {reference.number}[/bold]", highlight=False)
    for said in trail.said:
        _line(console, "said", said)
    if reference.kind != "figure":
        _not_a_figure(console, trail)
        return
    _line(console, "series", f"{reference.series}: {reference.title}")
    if not math.isnan(trail.value):
        how = ", worked out from the figures below" if reference.computed else ""
        _line(console, "value", f"{trail.value:,.10g} {trail.unit}, {period(reference)}{how}")
    _line(console, "source", f"{reference.publisher}: {reference.source}; {reference.licence}")
    _figures(console, trail)
    for document in trail.documents:
        _line(console, "document", f"{document.name}; release {document.release or 'not named'}; {document.held}")
        _line(console, "", document.url)
        _line(
            console,
            "",
            f"sha256 {document.sha256}; fetched {document.fetched_at}{f' via {document.via}' if document.via else ''}",
        )
    _spot(console, trail)


def _not_a_figure(console: Console, trail: Trail) -> None:
    reference = trail.reference
    if reference.kind == "assessment":
        _line(console, "worked out", f"by this monitor: {reference.title}; framework hash {reference.release}")
        _line(console, "", f"how: `monitor explain {trail.id[:3]}` shows every indicator and reading behind it")
    elif reference.kind == "forecast":
        _line(console, "forecast", f"by this monitor: {reference.title}; policy {reference.release}, inputs {reference.note}")
        _line(console, "", f"how: `monitor forecast {trail.id[:3]}` shows what it rests on; `monitor forecast --card` its misses")
    else:
        _line(console, "lever", f"{reference.publisher}: {reference.title}")
        _line(console, "", f"{reference.url} (config/levers.yaml)")


def _figures(console: Console, trail: Trail) -> None:
    shown = trail.steps[-SHOWN:]
    for n, step in enumerate(shown):
        _line(console, "figures" if n == 0 else "", _step(step))
    if len(trail.steps) > len(shown):
        _line(console, "", f"and {len(trail.steps) - len(shown)} older ones")


def _step(step: Step) -> str:
    value = NO_DATA if math.isnan(step.value) else exact(step.value, 0 if step.value % 1 == 0 else 4)
    where = f"place {step.place}" if step.place is not None else "no row: zero by coverage"
    return f"{step.start} to {step.end}: {value} ({step.status}); document {step.document[:12]}, {where}"


def _spot(console: Console, trail: Trail) -> None:
    spot = trail.spot
    if spot is None:
        _line(console, "place", trail.why_not)
        return
    member = f"member {spot.member}, " if spot.member else ""
    _line(console, "place", f"{member}{spot.kind} {spot.place}, from byte {spot.first_byte:,}, {len(spot.raw):,} bytes")
    if found := spot.column(trail.column):
        _line(console, "column", f"{found[0]}, {trail.column}: {found[1]}")
    elif trail.steps and trail.reference.computed:
        _line(console, "", "a figure that is counted or summed over rows begins with this one")
    named = [f"{name} = {text}" for name, text in spot.fields if text]
    more = f"; and {len(named) - FIELDS} more" if len(named) > FIELDS else ""
    _line(console, "fields", "; ".join(named[:FIELDS]) + more)
    raw = spot.raw.decode("utf-8", "replace")
    _line(console, "bytes", raw if len(raw) <= RAW else f"{raw[:RAW]}… ({len(raw) - RAW:,} more characters)")


def _line(console: Console, name: str, text: str) -> None:
    shown = "".join(c if c.isprintable() else " " for c in text)
    console.print(f"[dim]{name:>10}[/dim]  {escape(shown)}", highlight=False, soft_wrap=True)
