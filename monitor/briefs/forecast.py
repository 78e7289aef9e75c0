"""The forecast as a brief says it: the run's own sentences, target by target, with their reference. Pure.

A run of an older program has no forecast, and its brief no such section; a run that could make none says why.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import pandas as pd

from monitor.briefs.references import References
from monitor.foresight.told import TABLES, Said, said

__all__ = ["TABLES", "Forecast", "forecast_of"]


@dataclass(frozen=True)
class Forecast:
    """``targets``: what is said of each, and the number of its reference. ``why``: why there is none, where there is none."""

    targets: tuple[tuple[Said, int], ...]
    why: str
    scored: tuple[int, ...]


def forecast_of(iso3: str, tables: Mapping[str, pd.DataFrame], manifest: Mapping[str, Any], refs: References) -> Forecast | None:
    """Return what a brief says of a country's forecast; None of a run without one."""
    about = manifest.get("forecast", {})
    if about.get("state") is None:
        return None
    found = tuple((one, refs.forecast(one.title, one.year_from)) for one in said(iso3, tables, about))
    why = "" if found else about.get("why") or "no target has a figure of this country"
    return Forecast(found, why, tuple(about.get("scored", ())))
