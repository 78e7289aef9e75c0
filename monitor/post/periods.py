"""Which digest is due: one for each ISO week, named by the day on which it was due in the schedule's own zone. Pure.

The week is that of the *slot*, not of the moment at which a process gets to it: a machine that wakes on Tuesday still owes
Monday's, and the clock's own week may be another one east or west of Greenwich.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, time
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from monitor.schedule import Schedule, Slot

JOB = "digest"


@dataclass(frozen=True)
class Due:
    """A digest that is due. ``period``: ``2026-W48``; ``since`` and ``out_by``: instants, by which it should be out."""

    period: str
    since: datetime
    out_by: datetime


def week_of(slot: Slot) -> str:
    """Return the ISO week of a slot's local day: ``2026-W48``."""
    year, week, _ = slot.at.date().isocalendar()
    return f"{year}-W{week:02}"


def due(schedule: Schedule, now: datetime, out_by: str) -> Due | None:
    """Return the newest digest that is due at ``now`` (UTC), ``None`` where none is scheduled.

    After three weeks off it is the last one alone. ``out_by``: hour of the slot's own day, such as ``12:00``; where the slot is
    later than that, the digest is late at once.
    """
    slot = schedule.latest(JOB, now) if JOB in schedule.times() else None
    if slot is None:
        return None
    hour, minute = map(int, out_by.split(":"))
    wall = datetime.combine(slot.at.date(), time(hour, minute), tzinfo=schedule.zone)
    return Due(week_of(slot), slot.at, max(wall, slot.at))
