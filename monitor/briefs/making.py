"""Briefs from a published run: the one door through which the command line, the dashboard and a batch get at them.

A :class:`Press` reads the snapshot once and makes briefs from it; only the snapshot, the levers and the house style go in.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING

import pandas as pd

from monitor.briefs.brief import OWN, TABLES, build
from monitor.briefs.content import Brief
from monitor.briefs.forecast import TABLES as FORECAST
from monitor.briefs.house import House
from monitor.briefs.layout import lay_out
from monitor.briefs.levers import LeverBook
from monitor.briefs.outlook import TABLES as BESIDE
from monitor.briefs.paper import Length, Paper

if TYPE_CHECKING:
    from monitor.storage.snapshot import Snapshot

PATH = "history"
SEEN = ["series", "iso3", "end", "value"]
BY_COUNTRY = (*(t for t in (*OWN, *BESIDE, PATH) if t != "assessments"), "observations")


@dataclass(frozen=True)
class Press:
    """Makes the briefs of a run. ``only``: the one country that is asked for; empty where many are, then read at once."""

    snapshot: Snapshot
    levers: LeverBook
    house: House
    only: str = ""

    def brief(self, iso3: str) -> Brief:
        """Return the brief of a country; :class:`KeyError` where the run has no assessment of it."""
        tables = {**self._shared, **{name: self._of(name, iso3) for name in self._published(BY_COUNTRY)}}
        history = tables.pop("observations")
        return build(iso3, tables, self.snapshot.manifest, self.levers, history=history, people=self.house.people)

    def paper(self, iso3: str, length: Length = "short") -> Paper:
        """Return the page of a country's brief."""
        return lay_out(self.brief(iso3), length, self.house)

    def file(self, iso3: str, form: str, length: Length = "short") -> bytes:
        """Return a country's brief in a format (:data:`monitor.briefs.render.EVERY`)."""
        from monitor.briefs.render import drawn

        return drawn(self.paper(iso3, length), form)

    @cached_property
    def assessments(self) -> pd.DataFrame:
        """The assessments of every country."""
        return self.snapshot.table("assessments")

    @cached_property
    def _shared(self) -> dict[str, pd.DataFrame]:
        shared = [t for t in TABLES if t not in BY_COUNTRY and t != "assessments"]
        return {"assessments": self.assessments, **{t: self.snapshot.table(t) for t in self._published((*shared, *FORECAST))}}

    def _published(self, names: Sequence[str]) -> list[str]:
        return [name for name in names if name in self.snapshot.manifest["tables"]]

    def _of(self, name: str, iso3: str) -> pd.DataFrame:
        """Return one country's rows of a table, with its columns also where it has none."""
        if self.only:
            return self.snapshot.table(name, SEEN if name == "observations" else None, [("iso3", "==", iso3)])
        whole = self._whole(name)
        return whole.get(iso3, whole[""])

    def _whole(self, name: str) -> Mapping[str, pd.DataFrame]:
        if name not in self._groups:
            table = self.snapshot.table(name, SEEN if name == "observations" else None)
            self._groups[name] = {"": table.iloc[:0], **{str(c): rows for c, rows in table.groupby("iso3", observed=True)}}
        return self._groups[name]

    @cached_property
    def _groups(self) -> dict[str, dict[str, pd.DataFrame]]:
        return {}
