"""What may change a level from one look to the next: up fast, down slowly, and never for want of evidence.

1. *Carrying.* A reading that can no longer be seen keeps the score that it had last, and so does a signal, until it is seen
   again. This serves only as a floor under the level: scores and index are those of what is seen.
2. *Rising.* A track rises at once on final figures, and on killings of civilians over the threshold for killing under way. What
   rests on provisional figures alone counts after ``provisional_updates`` updates that say so, or when a person has confirmed it.
3. *Staying.* A level ends lower than it begins: between its exit and its entry threshold it stays.
4. *Easing.* Below its exit threshold it still stays, until ``lower_periods`` fresh periods in a row have said so; it then eases
   to the highest level that any of them said. A period counts once: the same figures looked at again are no new evidence, stale
   ones are none, and provisional ones ease nothing that the final ones do not.
5. *Holding.* A level that stands only through what is carried, or while too little is seen for any level, is marked held.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from monitor.risk.assess import Assessed, scored, track_of, unseen
from monitor.risk.cube import Floats, Ints
from monitor.risk.framework import INSUFFICIENT, TRACK_IDS, Framework, Steps, TrackId
from monitor.risk.memory import Memory, months_of, remember
from monitor.risk.readings import FRESH
from monitor.risk.status import UNDER_WAY

Bools = npt.NDArray[np.bool_]
COUNTS = ("rising", "rising_to", "rising_month", "easing", "easing_to", "easing_month")


@dataclass(frozen=True)
class Standing:
    """The level of each track as it stands (tracks x countries), and the last that was seen of each reading and signal.

    ``level``: rank, -1 for insufficient data. ``held``: it stands only through what can no longer be seen. ``until``: the newest
    period among the measures of the track, of the last look at which it was not held; ISO date or empty.

    ``easing``: fresh periods in a row that said less; ``easing_to``: the highest level they said; ``easing_month``: the one
    counted last, in months from 1900. ``rising``, ``rising_to``, ``rising_month``: the same for provisional updates that say
    more. Ranks and months are -1 and 0 where nothing is counted.
    """

    memory: Memory
    level: Ints
    held: Bools
    until: npt.NDArray[np.str_]
    rising: Ints
    rising_to: Ints
    rising_month: Ints
    easing: Ints
    easing_to: Ints
    easing_month: Ints

    @classmethod
    def of(cls, said: pd.DataFrame, framework: Framework, countries: Sequence[str]) -> Standing:
        """Return the standing that was recorded (:meth:`columns`, :meth:`remembered`; index iso3); insufficient data for none."""
        names = [f"{t}_{c}" for t in TRACK_IDS for c in ("level", "held", "until", *COUNTS)]
        was = said.reindex(index=list(countries), columns=names).astype("object")
        text = {name: was[name].fillna("").astype(str) for name in names}

        def each(column: str, read: Any) -> Any:
            return np.array([read(text[f"{t}_{column}"]) for t in TRACK_IDS])

        def whole(none: int) -> Any:
            return lambda texts: [int(float(v)) if v else none for v in texts]

        return cls(
            Memory.of(said, framework, countries),
            each("level", lambda texts: [framework.level_order.get(v, -1) for v in texts]),
            each("held", lambda texts: [v == "True" for v in texts]),
            each("until", lambda texts: texts.to_numpy(dtype=str)),
            *(each(name, whole(-1 if name.endswith("_to") else 0)) for name in COUNTS),
        )

    def anew(self, recorded: Standing, takes: Bools, signals: Bools, lost: Bools) -> Standing:
        """Return this standing, of a path walked anew, but the one ``recorded`` where that is as high and rests on what is lost.

        Lost is what the record carries and this path has never seen, or only in part; and a country (``lost``) of which a first
        collection lacks figures that were bundled: a path over what is left, the past included, is no evidence that anything is
        better. ``takes`` (tracks x measures) and ``signals`` (tracks x signals): what a track is made of (:func:`made_of`).
        """
        gone, gone_signals = self.memory.lacks(recorded.memory)
        rests = np.array([gone[m].any(axis=0) | gone_signals[s].any(axis=0) for m, s in zip(takes, signals, strict=True)])
        kept = (rests | lost) & (recorded.level >= self.level)
        names = ("level", "held", "until", *COUNTS)
        chosen = {name: np.where(kept, getattr(recorded, name), getattr(self, name)) for name in names}
        return replace(self, memory=self.memory.keeping(recorded.memory), **chosen)

    def columns(self, framework: Framework, track: int) -> dict[str, object]:
        """Return what is said of a track: level, held, until, and what is being counted."""
        return {
            "level": [level_name(framework, rank) for rank in self.level[track]],
            "held": self.held[track],
            "until": self.until[track],
            **{name: getattr(self, name)[track] for name in COUNTS},
        }

    def remembered(self, countries: Sequence[str]) -> pd.DataFrame:
        """Return what the next look needs besides what is said (index iso3); it is recorded and not published."""
        return pd.DataFrame(self.memory.columns(), index=pd.Index(countries, name="iso3"))


def step(
    seen: Assessed,
    before: Standing | None,
    framework: Framework,
    *,
    firm: Assessed | None = None,
    confirmed: Collection[str] = (),
) -> Standing:
    """Return where each track stands after this look, given where it stood (nothing: the levels are those seen now).

    ``firm``: the same look without provisional figures, where there are any. ``confirmed``: countries whose rise a person has
    confirmed.
    """
    start = before if before is not None else Standing.of(pd.DataFrame(), framework, seen.countries)
    memory = remember(seen, start.memory)
    views = [_view(n, seen, memory, framework) for n in range(len(TRACK_IDS))]
    firm_views = views
    if firm is not None and firm is not seen:
        firm_views = [_firm_view(n, firm, start.memory, framework) for n in range(len(TRACK_IDS))]
    at_once = (seen.status == UNDER_WAY) | np.isin(seen.countries, list(confirmed))
    parts = [
        _step(n, seen, start, view=views[n], firm=firm_views[n], at_once=at_once, steps=framework.steps)
        for n in range(len(TRACK_IDS))
    ]
    return Standing(memory, **{name: np.array([part[name] for part in parts]) for name in parts[0]})


@dataclass(frozen=True)
class _View:
    """What a track says (the level begun) and keeps (the level not yet left), the higher of what is seen alone, and of the same
    with everything carried as it was last; ``floor`` is what the latter alone keeps. Ranks by country."""

    says: Ints
    keeps: Ints
    floor: Ints


def _view(n: int, look: Assessed, memory: Memory, framework: Framework) -> _View:
    now, track = look.tracks[TRACK_IDS[n]], TRACK_IDS[n]
    floor = track_of(framework, track, look.structures[track], memory.score, memory.fired)
    return _View(np.maximum(now.level, floor.level), np.maximum(now.keep, floor.keep), floor.keep)


def _firm_view(n: int, firm: Assessed, before: Memory, framework: Framework) -> _View:
    """Return the view of final figures alone: what is carried may be provisional itself, so that it keeps and does not say."""
    view = _view(n, firm, remember(firm, before), framework)
    return _View(firm.tracks[TRACK_IDS[n]].level, view.keeps, view.floor)


def _step(n: int, seen: Assessed, start: Standing, *, view: _View, firm: _View, at_once: Bools, steps: Steps) -> dict[str, Any]:
    """Return the standing of one track, by the rules of the module in their order."""
    now, was = seen.tracks[TRACK_IDS[n]], start.level[n]
    uses = scored(seen.readings) & (now.weight > 0)
    newest = months_of(seen, uses & (seen.readings.freshness == FRESH)).max(axis=0, initial=0)
    says, keep = view.says, np.maximum(view.keeps, firm.keeps)

    sure = np.where(at_once, says, np.minimum(says, np.maximum(firm.says, was)))
    unsure = (was >= 0) & (says > np.maximum(was, sure))
    rising = np.where(unsure, start.rising[n] + (newest > start.rising_month[n]), 0)
    waiting = unsure & (rising < steps.provisional_updates)
    risen = np.maximum(was, np.where(waiting, sure, says))

    below = (was >= 0) & (keep < was)
    counts = below & (newest > start.easing_month[n])
    easing = np.where(below, start.easing[n] + counts, 0)
    easing_to = np.where(easing > 0, np.maximum(keep, start.easing_to[n]), -1)
    eased = below & (easing >= steps.lower_periods)
    still = below & ~eased

    level = np.where(was < 0, now.level, np.where(eased, easing_to, np.where(below, was, risen)))
    held = (level >= 0) & ((now.level < 0) | ((now.keep < level) & (view.floor >= level)))
    return {
        "level": level,
        "held": held,
        "until": np.where(held & (start.until[n] != ""), start.until[n], _last_day(seen, uses)),
        "rising": np.where(waiting, rising, 0),
        "rising_to": np.where(waiting, says, -1),
        "rising_month": np.where(waiting, np.maximum(newest, start.rising_month[n]), 0),
        "easing": np.where(still, easing, 0),
        "easing_to": np.where(still, easing_to, -1),
        "easing_month": np.where(still, np.where(counts, newest, start.easing_month[n]), 0),
    }


def headline(seen: Assessed, standing: Standing) -> tuple[Ints, Ints, Floats]:
    """Return level, track and index of the headline as it stands: the higher level leads, then the higher index.

    The index is that of the leading track, NaN where the track is held on evidence that can no longer be read.
    """
    indices = np.array([np.where(seen.tracks[t].level < 0, np.nan, seen.tracks[t].index) for t in TRACK_IDS])
    order = standing.level + np.nan_to_num(indices, nan=-1.0) / 1000.0
    leading = np.where(unseen(standing.level), -1, np.argmax(order, axis=0))
    index = indices[np.maximum(leading, 0), np.arange(len(leading))]
    return np.where(leading < 0, -1, standing.level.max(axis=0)), leading, np.where(leading < 0, np.nan, index)


def carried(seen: Assessed, standing: Standing, framework: Framework, track: TrackId) -> list[str]:
    """Return the ids of the measures and signals that are carried, ``;`` separated, for each country whose track is held."""
    takes, signals = made_of(seen, framework)
    n = TRACK_IDS.index(track)
    facts = np.concatenate([standing.memory.carried & takes[n][:, None], standing.memory.fired_carried & signals[n][:, None]])
    facts = facts & standing.held[n]
    names = [*(m.id for m in framework.measures), *(s.id for s in framework.signals)]
    return [";".join(names[n] for n in np.flatnonzero(column)) for column in facts.T]


def made_of(seen: Assessed, framework: Framework) -> tuple[Bools, Bools]:
    """Return the measures (tracks x measures) and signals (tracks x signals) that the tracks are made of."""
    lines = [{line for slots in seen.structures[t].factors for slot in slots for line in slot.measures} for t in TRACK_IDS]
    takes = np.array([[n in mine for n in range(len(framework.measures))] for mine in lines], dtype=bool)
    return takes, np.array([[t in s.tracks for s in framework.signals] for t in TRACK_IDS], dtype=bool)


def level_name(framework: Framework, rank: int) -> str:
    """Return the name of a level's rank; -1 is insufficient data."""
    return framework.levels[rank].id if rank >= 0 else INSUFFICIENT


def _last_day(seen: Assessed, uses: Bools) -> npt.NDArray[np.str_]:
    """Return the newest period among the measures in use, ISO date or empty, for each country."""
    ends = np.where(uses, seen.readings.end, np.datetime64("NaT", "D"))
    newest = np.fmax.reduce(ends, axis=0, initial=np.datetime64("NaT", "D"))
    return np.where(np.isnat(newest), "", newest.astype("datetime64[D]").astype(str))
