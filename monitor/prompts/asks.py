"""Which levers a text carries, in what order and why: by risk factor, track, stage, phase, status and time, then evidence. Pure.

Fit is counted, one point each: every driving risk factor that the lever addresses; a kind that fits the phase (preventive before
conflict, mitigating or protective during it and where civilians are being killed, levers of the aftermath after it); and a date
in the trigger protocol at this level or status, which is the time by which it is asked for. Equal fit: better evidence first
(:data:`monitor.briefs.levers.STRENGTHS`), then the earlier date, then the order of the file.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

import pandas as pd

from monitor.briefs.actions import due
from monitor.briefs.levers import STRENGTHS, Holder, Lever, LeverBook, Matched, Stage, fitting, stages_of
from monitor.prompts.profile import Office, Parliament, is_old
from monitor.risk.framework import INSUFFICIENT
from monitor.risk.status import UNDER_WAY

BEFORE, DURING, AFTER = "before", "during", "after"
OTHERS = 4  # levers named beside those that the text carries
NEVER = 10**6  # days: sorts what the protocol does not date behind what it does


@dataclass(frozen=True)
class Ask:
    """A lever as this text asks for it. ``question`` and ``request`` hold ``{country}``; ``days``: None where the protocol has no
    date; ``doing``: what the protocol asks; ``old`` and ``unchecked``: of the check of holder or office."""

    lever: Lever
    holder: Holder
    office: Office
    question: str
    request: str
    factors: tuple[str, ...]
    stages: tuple[Stage, ...]
    fits_phase: bool
    days: int | None
    doing: str
    old: bool
    unchecked: bool

    @property
    def fit(self) -> int:
        """The points of fit; see the module's docstring."""
        return len(self.factors) + self.fits_phase + (self.days is not None)


def ranked(
    book: LeverBook,
    profile: Parliament,
    drives: Collection[str],
    said: Mapping[Any, Any],
    actions: pd.DataFrame,
    *,
    phase: str,
    as_of: date,
) -> tuple[Ask, ...]:
    """Return the levers that fit a country, best first. ``said``: its row of ``assessments``; ``actions``: the published table
    ``protocol_actions``, empty where there is none; ``phase``: before, during, after or unknown."""
    at_home = said["iso3"] == profile.state
    dated = _dated(actions, said, as_of)
    stages = _stages(said, drives, phase)
    found = [
        _ask(m, profile, dated, as_of, at_home=at_home, fits=fits_phase(m.lever.kind, m.stages, phase, said["status"]))
        for m in fitting(book, drives, stages, track=said["headline"] or None, at_home=at_home)
    ]
    found.sort(key=lambda a: (-a.fit, STRENGTHS.index(a.lever.strength), NEVER if a.days is None else a.days))
    return tuple(found)


def _stages(said: Mapping[Any, Any], drives: Collection[str], phase: str) -> tuple[Stage, ...]:
    """Return the stages of a country; after a conflict the aftermath is one of them, whatever the status."""
    stages = stages_of(said["level"] if drives else INSUFFICIENT, said["status"])
    return stages if phase != AFTER or "aftermath" in stages or said["status"] == UNDER_WAY else (*stages, "aftermath")


def _ask(m: Matched, profile: Parliament, dated: Mapping[str, tuple[int, str]], as_of: date, *, at_home: bool, fits: bool) -> Ask:
    question, request = profile.asks[m.lever.id].words(at_home=at_home)
    office, days = profile.answers(m.office.id), profile.checks_last_days
    when, doing = dated.get(m.lever.id, (None, ""))
    checks = (m.office.checked_on, office.checked_on)
    return Ask(
        lever=m.lever,
        holder=m.office,
        office=office,
        question=question,
        request=request,
        factors=m.factors,
        stages=m.stages,
        fits_phase=fits,
        days=when,
        doing=doing,
        old=any(is_old(c, as_of, days) for c in checks),
        unchecked=not all(checks),
    )


def fits_phase(kind: str, stages: Collection[Stage], phase: str, status: str) -> bool:
    """Return whether a kind of lever fits the phase of conflict; False where the phase is unknown."""
    if status == UNDER_WAY or phase == DURING:
        return kind in ("mitigating", "protective")
    return kind == "preventive" if phase == BEFORE else phase == AFTER and "aftermath" in stages


def _dated(actions: pd.DataFrame, said: Mapping[Any, Any], as_of: date) -> dict[str, tuple[int, str]]:
    """Return the earliest days and the act that the protocol asks of each lever, at the country's level and status."""
    found: dict[str, tuple[int, str]] = {}
    for level in () if actions.empty else (UNDER_WAY, said["level"]):
        if level == UNDER_WAY and said["status"] != UNDER_WAY:
            continue
        for row in due(actions, said, level, as_of).to_dict("records"):
            if row["id"] not in found or row["days"] < found[row["id"]][0]:
                found[row["id"]] = (int(row["days"]), str(row["do"]))
    return found
