"""The published tables as the protocol reads them, row by row, and what a check of one criterion returns. Pure."""

from __future__ import annotations

import math
from collections.abc import Hashable, Mapping
from dataclasses import dataclass
from datetime import date
from functools import cached_property
from typing import Any

import pandas as pd

Row = Mapping[Hashable, Any]


@dataclass(frozen=True)
class Checked:
    """One criterion, one country. ``reading``: in words. The rest says what it rests on; empty or NaN where on no figure."""

    state: str
    reading: str
    value: float = math.nan
    unit: str = ""
    series: str = ""
    measure: str = ""
    source: str = ""
    start: str = ""
    end: str = ""
    freshness: str = ""
    provisional: bool = False
    document: str = ""
    place: int | None = None


@dataclass(frozen=True)
class Bar:
    """What evidence has to bring to count: so many independent sources, and a second reader or not."""

    sources: int
    second_reader: bool


@dataclass(frozen=True)
class Seen:
    """The published tables as the checks read them. ``levels``: rank of each level; ``as_of``: the day from which ages count."""

    tables: Mapping[str, pd.DataFrame]
    as_of: date
    levels: Mapping[str, int]

    def rows(self, table: str, *keys: str) -> dict[Any, Row]:
        """Return the rows of a table by these columns (the last row where several are alike); none where it is not there."""
        if table not in self.tables:
            return {}
        frame = self.tables[table]
        index = [frame[k].tolist() for k in keys]
        return dict(zip(zip(*index, strict=True), frame.to_dict("records"), strict=True))

    @cached_property
    def assessments(self) -> dict[Any, Row]:
        """Assessments by country."""
        return self.rows("assessments", "iso3")

    @cached_property
    def readings(self) -> dict[Any, Row]:
        """Readings by country and measure."""
        return self.rows("readings", "iso3", "measure")

    @cached_property
    def signals(self) -> dict[Any, Row]:
        """Signals by country and id."""
        return self.rows("signals", "iso3", "signal")

    @cached_property
    def factors(self) -> dict[Any, Row]:
        """Factors by country, track and id."""
        return self.rows("factors", "iso3", "track", "factor")

    @cached_property
    def judgements(self) -> dict[Any, Row]:
        """The judgement of each country and indicator that counts: the newest that stands, else the newest that has expired."""
        return self._entered("judgements", "indicator")

    @cached_property
    def confirmations(self) -> dict[Any, Row]:
        """The confirmation of each country and kind that counts: the newest that stands, else the newest that no longer does."""
        return self._entered("confirmations", "kind")

    def _entered(self, table: str, key: str) -> dict[Any, Row]:
        if table not in self.tables:
            return {}
        frame = self.tables[table]
        frame = frame[frame["state"] != "replaced"]
        order = frame.assign(stands=frame["state"] == "stands").sort_values(["stands", "entered"], kind="stable")
        return {(r["iso3"], r[key]): r for r in order.to_dict("records")}

    @cached_property
    def publishers(self) -> dict[str, str]:
        """The publisher of each series, where the tables say it."""
        if "series" not in self.tables or "sources" not in self.tables:
            return {}
        providers = self.tables["sources"].set_index("source")["provider"].to_dict()
        series = self.tables["series"]
        return {str(s): str(providers.get(c, c)) for s, c in zip(series["series"], series["source"], strict=True)}
