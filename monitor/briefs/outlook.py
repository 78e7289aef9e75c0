"""Phase, war beside atrocity risk, and what would lower it, as a brief says them: the run's sentences, with references. Pure.

The sentences are those of the tables ``phases``, ``gaps`` and ``lowering`` (:mod:`monitor.risk.beside`); a run of an older
program has none of them, and its brief leaves them out.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import pandas as pd

from monitor.briefs.figures import Figure, Figures
from monitor.briefs.references import References

TABLES = ("phases", "gaps", "signs", "lowering")
SIGNS_SHOWN = 6


@dataclass(frozen=True)
class Sign:
    """An atrocity-only sign: ``short`` says what its high score means; ``factor``: the risk factor it stands under."""

    short: str
    factor: str
    figure: Figure


@dataclass(frozen=True)
class Outlook:
    """``phase``, ``gap`` and ``lowering``: sentences, the last may be empty. ``deaths``: the reference of the deaths in war.

    ``signs``: the worst few; ``more``: how many further readings are atrocity-only signs.
    """

    phase: str
    gap: str
    deaths: int
    signs: tuple[Sign, ...]
    more: int
    lowering: str


def outlook(own: Mapping[str, pd.DataFrame], figures: Figures, refs: References) -> Outlook | None:
    """Return what is said beside the level of a country; None where the run has no such tables. ``own``: its rows."""
    if any(name not in own or (name != "signs" and own[name].empty) for name in TABLES):
        return None
    phase: dict[Any, Any] = own["phases"].iloc[0].to_dict()
    known = bool(phase["document"])
    deaths = refs.figure({**phase, "end": phase["until"]}, computed=True) if known else refs.assessment()
    fired = own["signs"][own["signs"]["kind"] == "reading"].sort_values("order").to_dict("records")
    signs = tuple(Sign(r["short"], r["factor"], figures.figure(r["measure"])) for r in fired[:SIGNS_SHOWN])
    more = len(fired) - len(signs)
    return Outlook(phase["line"], own["gaps"]["line"].iloc[0], deaths, signs, more, own["lowering"]["line"].iloc[0])
