"""What an onset is, year by year, and which country-years are at risk of one.

Two kinds (``config/foresight.yaml``: targets). *Listed*: the country-years of a list, such as the Early Warning Project's mass
killings, or one that is given (:mod:`.labels`). *Counted*: a yearly total that reaches a threshold after quiet years.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from monitor.foresight.annual import Annual, Bools, Floats
from monitor.foresight.known import shifted
from monitor.foresight.policy import Target, Threshold


@dataclass(frozen=True)
class Onsets:
    """Years x countries, as in :class:`.annual.Annual`. ``began``: 1 an onset, 0 none, NaN unknown or not at risk.

    ``ever``: 1 where the thing itself had happened by the end of a year, 0 where it had not as far as is known, NaN where nothing
    is known up to then. ``under_way``: 1 where it was going on in the year, NaN unknown.
    """

    target: Target
    began: Floats
    ever: Floats
    under_way: Floats

    def within(self, horizon: int) -> Floats:
        """Return 1 where an onset falls in the ``horizon`` years after a year, 0 where each of them is known to have none.

        A country that is not at risk in the first of these years (NaN there) has no outcome; nor has anyone where the last of
        them lies beyond the figures: its onsets would be known, and the years without one would not.
        """
        after = np.stack([_ahead(self.began, n) for n in range(1, horizon + 1)])
        some = (after == 1).any(axis=0)
        all_known = ~np.isnan(after).any(axis=0)
        found = np.where(some, 1.0, np.where(all_known, 0.0, np.nan))
        covered = np.flatnonzero((~np.isnan(self.began)).any(axis=1))
        beyond = np.arange(len(found)) + horizon > (covered[-1] if len(covered) else -1)
        return np.where(np.isnan(after[0]) | beyond[:, None], np.nan, found)

    def at_risk(self) -> Bools:
        """Return which country-years can see an onset in the year after: of a counted target those with quiet years, known as
        such, up to and including this one; of a listed one all."""
        if self.target.kind == "listed":
            return np.ones(self.began.shape, dtype=bool)
        quiet = np.stack([shifted(self.under_way, n) for n in range(self.target.quiet_years)])
        return np.asarray((quiet == 0).all(axis=0))


def _ahead(values: Floats, years: int) -> Floats:
    moved = np.full(values.shape, np.nan)
    moved[: len(values) - years] = values[years:]
    return moved


def onsets(target: Target, figures: Annual) -> Onsets:
    """Return the onsets of a target from the figures by year."""
    if target.kind == "listed":
        began = np.where(figures.exists, figures.of(target.onset), np.nan)
        under_way = figures.of(target.under_way)
        return Onsets(target, began, ever(np.fmax(began, under_way)), under_way)
    total = figures.of(target.series)
    reached = _reached(total, target.at_least)
    before = shifted(Onsets(target, reached, reached, reached).at_risk().astype("float64"), 1)
    return Onsets(target, np.where((before == 1) & figures.exists, reached, np.nan), ever(reached), reached)


def stand_in(threshold: Threshold, figures: Annual) -> Floats:
    """Return where a yearly total had ever reached a threshold by the end of a year: stands in for a list of mass killings."""
    return ever(_reached(figures.of(threshold.series), threshold.at_least))


def _reached(total: Floats, at_least: float) -> Floats:
    return np.where(np.isnan(total), np.nan, (total >= at_least).astype("float64"))


def ever(yes: Floats) -> Floats:
    """Return the running maximum over years: missing until the first known year, never zero for want of a figure."""
    known = ~np.isnan(yes)
    highest = np.maximum.accumulate(np.where(known, yes, -np.inf), axis=0)
    return np.where(np.isfinite(highest), highest, np.nan)


def in_conflict(threshold: Threshold, figures: Annual) -> Floats:
    """Return 1 where a country-year saw deaths in state-based conflict, 0 where it did not, NaN where that is unknown."""
    return _reached(figures.of(threshold.series), threshold.at_least)


def inside(known: Floats) -> Bools:
    """Return where a yes-or-no grid says yes."""
    return np.asarray(known == 1)
