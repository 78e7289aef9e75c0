"""How many countries would have met each level's criteria at the end of past years: today's vintages, assumed release lags."""

from __future__ import annotations

from datetime import date

import pandas as pd

from monitor.pipeline import Monitor, protocol_tables
from monitor.risk import frames
from monitor.risk.checks import MET
from monitor.risk.levels import hold

BASIS = "today's vintages, assumed release lags; no judgement entered: not what was known then"


def met_by_year(monitor: Monitor, first: int, last: int) -> pd.DataFrame:
    """Return one row a year and level: how many countries met its criteria, and how many the part that figures can show.

    Columns: year, level, met, figures_part (countries where judgements alone decide), assessed.
    """
    panel = monitor.store.panel()
    cube = monitor.cube(panel)
    found = []
    for year in range(first, last + 1):
        monitor.tell(f"Assessing every country at the end of {year}")
        now = monitor.assess_assumed(cube, date(year, 12, 31))
        held = hold(now, pd.DataFrame(), monitor.config.framework)
        names = monitor.names()
        tables = {
            "assessments": frames.assessments(now, held, now, monitor.config.framework, names),
            "readings": frames.readings(now, monitor.config.framework, panel, names),
            "signals": frames.signals(now, monitor.config.framework, panel),
            "factors": frames.factors(now, monitor.config.framework),
        }
        levels = protocol_tables(monitor.config, tables, now.as_of)["protocol_levels"]
        for level, own in levels.groupby("level", sort=False):
            row = {"met": len(own[own["state"] == MET]), "figures_part": len(own[own["figures_part"] == MET])}
            found.append({"year": year, "level": level, **row, "assessed": len(own)})
    return pd.DataFrame(found)
