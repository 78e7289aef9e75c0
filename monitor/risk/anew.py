"""What a first collection changed: levels that are others because the path was followed anew over a past that came at once. Pure.

Such a level was neither raised nor lowered by anything that happened; terminal, pages and briefs say so wherever it shows.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import pandas as pd

from monitor.risk.framework import Framework


def followed_anew(said: pd.DataFrame, first: Sequence[str], framework: Framework) -> dict[str, Any]:
    """Return what a manifest says of it: ``sources`` collected for the first time since the last run; ``said``, a sentence on all
    tracks that stand elsewhere by that alone, empty where none does; ``countries``, the same by ISO3 for each that has one.

    ``said``: rows of ``assessments``.
    """
    rows = said[(said[[f"{t}_anew_from" for t in framework.tracks]] != "").any(axis=1)].to_dict("records")
    moved = {row["iso3"]: [_track(row, t, framework) for t in framework.tracks if row[f"{t}_anew_from"]] for row in rows}
    return {
        "sources": list(first),
        "said": _sentence(first, [one for each in moved.values() for one in each]) if moved else "",
        "countries": {iso3: _sentence(first, each) for iso3, each in moved.items()},
    }


def _track(row: Mapping[Any, Any], track: str, framework: Framework) -> str:
    title = next(one.title for t, one in framework.tracks.items() if t == track).lower()
    return f"{row['short']} {title} {row[f'{track}_level']}, not {row[f'{track}_anew_from']}"


def _sentence(first: Sequence[str], moved: Sequence[str]) -> str:
    came = f"Figures of {', '.join(first)} were collected for the first time, and the path was followed anew over their past"
    return f"{came}. By that alone, and not by what happened since: {'; '.join(moved)}."
