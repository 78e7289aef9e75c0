"""The numbered references of a brief: from a number on the page to the publisher's bytes and the row in them. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any, Literal

import pandas as pd

from monitor.briefs.levers import LeverSource

SHORT = 12  # hex digits of a SHA-256 that are shown


@dataclass(frozen=True)
class Document:
    """A publisher's document: the start of its ``sha256``; address, release and how it was obtained, empty where not recorded."""

    sha256: str
    url: str
    release: str
    via: str
    obtained: str


@dataclass(frozen=True)
class Reference:
    """Where a number comes from. Text fields are empty and ``place`` is None where a kind has none.

    ``kind``: ``figure`` (one published row), ``assessment`` or ``forecast`` (worked out by this monitor), or ``lever`` (a
    statement about a lever). ``start`` and ``end``: ISO days of the period. ``computed``: the figure is a sum, ratio or change,
    and the row is the newest one behind it. ``place``: 1-based row or item of the document. ``first``: the document of the oldest
    figure behind a computed one, where it is not the same. ``obtained``: how a bundled figure was obtained.
    """

    number: int
    kind: Literal["figure", "assessment", "forecast", "lever"]
    title: str
    publisher: str
    url: str
    series: str = ""
    source: str = ""
    start: str = ""
    end: str = ""
    release: str = ""
    licence: str = ""
    licence_url: str = ""
    citation: str = ""
    sha256: str = ""
    place: int | None = None
    provisional: bool = False
    computed: bool = False
    via: str = ""
    note: str = ""
    obtained: str = ""
    first: Document | None = None


class References:
    """The references given so far, in the order of their first use; the same origin keeps its number."""

    def __init__(self, tables: Mapping[str, pd.DataFrame], manifest: Mapping[str, Any]) -> None:
        self._series = tables["series"].set_index("series").to_dict("index")
        self._sources = tables["sources"].set_index("source").to_dict("index")
        self._documents = tables["documents"].set_index("sha256").to_dict("index")
        self._manifest = manifest
        self._given: dict[Reference, int] = {}

    @property
    def all(self) -> tuple[Reference, ...]:
        """The references in the order of their numbers."""
        return tuple(replace(r, number=n) for r, n in self._given.items())

    def assessment(self) -> int:
        """Return the number of this monitor's own assessment: levels, scores, coverage and counts are worked out here."""
        framework = self._manifest["framework"]
        title = f"{framework['title']}, version {framework['version']}"
        return self._number(
            Reference(0, "assessment", title, framework["source"], framework["source_url"], release=framework["hash"])
        )

    def forecast(self, title: str, year_from: int) -> int:
        """Return the number of this monitor's own forecast of a target, from figures to the end of a year."""
        about = self._manifest["forecast"]
        end = f"{year_from}-12-31"
        return self._number(Reference(0, "forecast", title, "", "", release=about["policy"], note=about["key"], end=end))

    def figure(self, row: Mapping[Any, Any], *, computed: bool) -> int:
        """Return the number of a row of ``readings`` (or of ``signals`` where it says series, document and place)."""
        series, document = self._series[row["series"]], self._document(row["document"])
        source, first = self._sources[series["source"]], self._first(row)
        place = row["place"]
        return self._number(
            Reference(
                0,
                "figure",
                series["title"],
                source["provider"],
                document.url or source["homepage"],
                series=row["series"],
                source=source["title"],
                start=row["start"],
                end=row["end"],
                release=document.release,
                licence=source["licence"],
                licence_url=source["licence_url"],
                citation=source["citation"],
                sha256=document.sha256,
                place=None if pd.isna(place) else int(place),
                provisional=bool(row["provisional"]),
                computed=computed,
                via=document.via,
                note=series["note"],
                obtained=document.obtained or (first.obtained if first else ""),
                first=first,
            )
        )

    def lever(self, source: LeverSource) -> int:
        """Return the number of a lever's source."""
        return self._number(Reference(0, "lever", source.title, source.publisher, source.url, licence=source.licence))

    def unit(self, series: str) -> str:
        """Return the unit in which a series is published."""
        return str(self._series[series]["unit"])

    def source_title(self, series: str) -> str:
        """Return the title of the source that brings a series."""
        return str(self._sources[self._series[series]["source"]]["title"])

    def newest(self, series: str) -> str:
        """Return the last day (ISO) of the newest period that a series has for any country; empty where unknown."""
        return str(self._series[series].get("newest_period", ""))

    def _document(self, sha256: str) -> Document:
        known = self._documents.get(sha256, {})
        parts = (known.get(name, "") for name in ("url", "release", "via", "obtained"))
        return Document(sha256[:SHORT], *parts)

    def _first(self, row: Mapping[Any, Any]) -> Document | None:
        """Return the oldest document behind a row, where that is another; tables of older versions do not name it."""
        first = row.get("first_document")
        return self._document(first) if isinstance(first, str) and first not in ("", row["document"]) else None

    def _number(self, reference: Reference) -> int:
        return self._given.setdefault(reference, len(self._given) + 1)
