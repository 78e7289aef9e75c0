"""The way from a number in a brief down to the bytes: series, period, figures, documents, and the place in the newest one."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pandas as pd

from monitor.briefs.content import Brief
from monitor.briefs.layout import lay_out
from monitor.briefs.locate import NotFound, Spot, locate
from monitor.briefs.paper import Text, as_words, refs_in, texts
from monitor.briefs.references import Reference
from monitor.storage.documents import hash_of, path_of

SAID = 5  # sentences shown


@dataclass(frozen=True)
class Step:
    """A published figure behind the number: value (NaN: the source says that it has none), where it stands, in which document."""

    start: str
    end: str
    value: float
    status: str
    document: str
    place: int | None


@dataclass(frozen=True)
class Evidence:
    """A document: its whole ``sha256``, address, release, and ``held``: whether its bytes are here and are the same."""

    sha256: str
    name: str
    url: str
    release: str
    via: str
    fetched_at: str
    held: str
    path: Path


@dataclass(frozen=True)
class Trail:
    """Everything between a number and its bytes. ``said``: where the brief uses it; ``value``, ``unit``: of the reading, NaN and
    empty where the number is no reading; ``spot``: what stands at the place, None with the reason in ``why_not``."""

    id: str
    reference: Reference
    said: tuple[str, ...]
    value: float
    unit: str
    column: str
    steps: tuple[Step, ...]
    documents: tuple[Evidence, ...]
    spot: Spot | None
    why_not: str


HELD, GONE, DAMAGED = "held here", "not held here", "here, but not the bytes that were recorded"


def follow(brief: Brief, number: int, tables: Mapping[str, pd.DataFrame], columns: Mapping[str, str], home: Path) -> Trail:
    """Return the way from a number. ``tables``: ``observations`` and ``readings`` of the country, ``documents`` and ``series``;
    ``columns``: the publisher's name of each series; ``home``: where raw documents lie. An unknown number is a
    :class:`KeyError`."""
    if not 1 <= number <= len(brief.references):
        raise KeyError(f"this brief has no number {number}; its numbers are 1 to {len(brief.references)}")
    reference = brief.references[number - 1]
    steps = _steps(reference, tables["observations"])
    documents = _documents(reference, steps, tables["documents"], home)
    spot, why_not = _spot(reference, documents)
    value, unit = _reading(reference, tables["readings"])
    return Trail(
        id=f"{brief.iso3}-{brief.manifest['run_id']}",
        reference=reference,
        said=_said(brief, number),
        value=value,
        unit=unit,
        column=columns.get(reference.series, ""),
        steps=steps,
        documents=documents,
        spot=spot,
        why_not=why_not,
    )


def _said(brief: Brief, number: int) -> tuple[str, ...]:
    paper = lay_out(brief, "full")
    found: list[str] = [f"Headline: {as_words(paper.headline)}"] if number in refs_in(paper.headline) else []
    for section in paper.sections:
        for block in section.blocks:
            found += [f"{section.title}: {_shown(text)}" for text in texts(block) if number in refs_in(text)]
    return tuple(found[:SAID])


def _shown(text: Text) -> str:
    return "".join(f" [{piece.text}]" if piece.kind == "ref" else piece.text for piece in text).strip()


def _steps(reference: Reference, observations: pd.DataFrame) -> tuple[Step, ...]:
    """Return the published figures of the period, oldest first; of a change, the newest ones."""
    if reference.kind != "figure":
        return ()
    mine = observations[observations["series"] == reference.series]
    start, end = pd.Timestamp(reference.start or reference.end), pd.Timestamp(reference.end)
    within = mine[(mine["end"] <= end) & (mine["end"] >= min(start, end))].sort_values("end")
    return tuple(
        Step(
            f"{row['start']}"[:10],
            f"{row['end']}"[:10],
            float(row["value"]),
            str(row["status"]),
            str(row["document"]),
            None if pd.isna(row["place"]) else int(row["place"]),
        )
        for row in within.to_dict("records")
    )


def _reading(reference: Reference, readings: pd.DataFrame) -> tuple[float, str]:
    mine = readings[(readings["series"] == reference.series) & (readings["end"] == reference.end)]
    if reference.kind != "figure" or mine.empty:
        return float("nan"), ""
    row: dict[Any, Any] = mine.iloc[0].to_dict()
    return float(row["value"]), str(row["unit"])


def _documents(reference: Reference, steps: tuple[Step, ...], table: pd.DataFrame, home: Path) -> tuple[Evidence, ...]:
    """Return the documents behind a number, the one that its place is in first."""
    starts = [s for s in (reference.sha256, reference.first.sha256 if reference.first else "") if s]
    known = {row["sha256"]: row for row in table.to_dict("records")}
    wanted = [sha for start in starts for sha in known if str(sha).startswith(start)]
    wanted += [step.document for step in reversed(steps)]
    return tuple(_document(sha, known[sha], home) for sha in dict.fromkeys(wanted) if sha in known)


def _document(sha256: str, row: Mapping[Any, Any], home: Path) -> Evidence:
    try:
        path = path_of(home, sha256)
    except ValueError:
        return Evidence(sha256, *_about(row), GONE, Path())
    held = GONE if not path.is_file() else HELD if hash_of(path) == sha256 else DAMAGED
    return Evidence(sha256, *_about(row), held, path)


def _about(row: Mapping[Any, Any]) -> tuple[str, str, str, str, str]:
    name, url, release, via, fetched_at = (str(row[c]) for c in ("name", "url", "release", "via", "fetched_at"))
    return name, url, release, via, fetched_at


def _spot(reference: Reference, documents: tuple[Evidence, ...]) -> tuple[Spot | None, str]:
    if reference.kind != "figure":
        return None, ""
    if reference.place is None:
        return None, "no row of its own: zero, because the release covers the country and period"
    if not documents:
        return None, "the document was not recorded"
    first = documents[0]
    if first.held != HELD:
        return None, f"the document is {first.held}; its bytes must have the SHA-256 {first.sha256}"
    try:
        return locate(first.path, reference.place), ""
    except (NotFound, UnicodeDecodeError, ValueError, OSError) as error:
        return None, f"the place could not be found in the document: {error}"
