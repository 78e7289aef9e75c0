"""How many countries would have met each level's criteria at the end of past years: today's vintages, assumed release lags."""

from __future__ import annotations

from datetime import date

import pandas as pd

from monitor.pipeline import Monitor, protocol_tables
from monitor.risk import frames
from monitor.risk.checks import MET
from monitor.risk.path import month_ends

BASIS = "today's vintages, assumed release lags; no judgement entered: not what was known then"


def met_by_year(monitor: Monitor, first: int, last: int) -> pd.DataFrame:
    """Return one row a year and level: how many countries met its criteria, and how many the part that figures can show.

    A level depends on those before it, so the path is walked month by month from the framework's first year on.

    Columns: year, level, met, figures_part (countries where judgements alone decide), assessed.
    """
    panel, framework, found = monitor.store.panel(), monitor.config.framework, []
    cube, names = monitor.cube(panel), monitor.names()
    days = month_ends(date(min(first, framework.path_from), 1, 1), date(last, 12, 31))
    for stand in monitor.path(cube, panel, days):
        seen = stand.look.seen
        if seen.as_of.month < 12 or seen.as_of.year < first:
            continue
        monitor.tell(f"Counting the criteria met at the end of {seen.as_of.year}")
        tables = {
            "assessments": frames.assessments(stand, stand, framework, names),
            "readings": frames.readings(seen, framework, panel, names),
            "signals": frames.signals(seen, framework, panel),
            "factors": frames.factors(seen, framework),
        }
        levels = protocol_tables(monitor.config, tables, seen.as_of)["protocol_levels"]
        for level, own in levels.groupby("level", sort=False):
            row = {"met": len(own[own["state"] == MET]), "figures_part": len(own[own["figures_part"] == MET])}
            found.append({"year": seen.as_of.year, "level": level, **row, "assessed": len(own)})
    return pd.DataFrame(found)
