"""What a first collection changed: levels that are others because the path was followed anew over a past that came at once. Pure.

Such a level was neither raised nor lowered by anything that happened; terminal, pages and briefs say so wherever it shows.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import pandas as pd

from monitor.risk.framework import Framework


@dataclass(frozen=True)
class First:
    """What was collected for the first time since the last run. ``sources``: ids; ``lost``: countries (ISO3) of which figures
    known before are in no release any more, whenever they went; both sorted."""

    sources: tuple[str, ...] = ()
    lost: tuple[str, ...] = ()


def followed_anew(said: pd.DataFrame, first: First, framework: Framework) -> dict[str, Any]:
    """Return what a manifest says of it: ``sources`` collected for the first time since the last run; ``lost``, the countries
    (short names) whose levels this lowers nowhere, because figures of theirs are gone; ``said``, in words, all tracks that stand
    elsewhere by that alone, and these countries; ``countries``, the same by ISO3 for each with a track that does.

    ``said``: rows of ``assessments``.
    """
    rows = said[(said[[f"{t}_anew_from" for t in framework.tracks]] != "").any(axis=1)].to_dict("records")
    moved = {row["iso3"]: [_track(row, t, framework) for t in framework.tracks if row[f"{t}_anew_from"]] for row in rows}
    lost = sorted(said.loc[said["iso3"].isin(first.lost), "short"])
    gone = f" Figures known before are gone of {', '.join(lost)}: nothing of theirs was lowered." if lost else ""
    every = _sentence(first.sources, [one for each in moved.values() for one in each]) if moved else ""
    return {
        "sources": list(first.sources),
        "lost": lost,
        "said": f"{every}{gone}".strip(),
        "countries": {iso3: _sentence(first.sources, each) for iso3, each in moved.items()},
    }


def _track(row: Mapping[Any, Any], track: str, framework: Framework) -> str:
    title = next(one.title for t, one in framework.tracks.items() if t == track).lower()
    return f"{row['short']} {title} {row[f'{track}_level']}, not {row[f'{track}_anew_from']}"


def _sentence(first: Sequence[str], moved: Sequence[str]) -> str:
    came = f"Figures of {', '.join(first)} were collected for the first time, and the path was followed anew over their past"
    return f"{came}. By that alone, and not by what happened since: {'; '.join(moved)}."
