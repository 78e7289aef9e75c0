"""What the policy of alerts would have said in past years: today's vintages, assumed release lags, a look at each month end."""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass
from datetime import UTC, date, datetime, time

import pandas as pd

from monitor.alerts.budget import Look, alerts_table, killed_in_a_year, measured
from monitor.alerts.decide import decide
from monitor.alerts.flags import flags
from monitor.alerts.policy import Measured
from monitor.alerts.said import Said
from monitor.pipeline import Monitor
from monitor.risk import frames
from monitor.risk.framework import TRACK_IDS
from monitor.risk.path import Stand, month_ends

LATER = 12  # months of looks after the last year, to see whether a rise lasted


@dataclass(frozen=True)
class Replay:
    """What a policy would have said: the table of :func:`monitor.alerts.budget.alerts_table`, and what it comes to."""

    alerts: pd.DataFrame
    measured: Measured


def replay(monitor: Monitor, first: int, last: int, today: date) -> Replay:
    """Decide at every month end of these years, each time against what was said before, as runs would have done.

    The path is walked from the framework's first year on, and the first look is at the end of the year before ``first``.
    """
    panel, framework, policy = monitor.store.panel(), monitor.config.framework, monitor.config.alerts
    cube = monitor.cube(panel)
    until = min(date(last + LATER // 12, 12, 31), today)
    days = month_ends(date(min(first - 2, framework.path_from), 1, 1), until)
    year, looks, said = deque[Stand](maxlen=LATER + 1), list[Look](), Said()
    for stand in monitor.path(cube, panel, days):
        year.append(stand)
        day = stand.look.seen.as_of
        if day < date(first - 1, 12, 31):
            continue
        if day.month == 12:
            monitor.tell(f"Deciding on the alerts of {day.year}")
        look = _look(monitor, panel, stand, year[0], said)
        said = Said({**said.memory, **look.decided.memory})
        looks.append(look)
    used = framework.under_way.series
    killed = killed_in_a_year(cube.blocks[used].values, cube.blocks[used].ends, cube.countries)
    asked = [look for look in looks if first <= look.day.year <= last]
    every = alerts_table(looks, policy, killed, framework.level_order)
    alerts = every[every["as_of"].isin([f"{look.day}" for look in asked])].reset_index(drop=True)
    return Replay(alerts, measured(alerts, asked, policy, killed, framework=framework.hash, on=today))


def _look(monitor: Monitor, panel: pd.DataFrame, stand: Stand, before: Stand, said: Said) -> Look:
    """Return one look: its flags, decided on against what was said."""
    framework, policy, seen = monitor.config.framework, monitor.config.alerts, stand.look.seen
    tables = {
        "assessments": frames.assessments(stand, before, framework, monitor.names()),
        "signals": frames.signals(seen, framework, panel),
    }
    found = flags(tables, framework, policy, f"{seen.as_of}")
    now = datetime.combine(seen.as_of, time(12), UTC)
    ranks = {(c, str(t)): int(r) for t in TRACK_IDS for c, r in zip(seen.countries, seen.tracks[t].level, strict=True)}
    return Look(seen.as_of, decide(found, said, policy, now, framework.hash), ranks)
