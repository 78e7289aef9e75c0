"""The tables that stand beside an assessment: what a reader asks of it once the level is known. Pure.

=====================  =========================================================================================
``phases``             one row a country: before, during or after conflict, with the reading behind it
``gaps``               one row a country: its place in war beside its place in atrocity risk, in words
``signs``              the atrocity-only signs that fire: one row a country and reading or signal
``levers_of_change``   one row a country and raising measure: the index if it, and all before it, were typical
``lowering``           one row a country: how few of them would be enough, in words
``evidence``           one row an indicator and measure: its validity; the same for every country
``views``              one row a cross-cutting view and indicator: title, meaning, order
=====================  =========================================================================================
"""

from __future__ import annotations

from collections.abc import Mapping

import pandas as pd

from indicators.contract import Series
from monitor.risk import gap, phase
from monitor.risk.assess import Assessed
from monitor.risk.counterfactual import levers, standing_of
from monitor.risk.frames import pedigree
from monitor.risk.framework import Framework
from monitor.risk.lowering import lowering

TABLES = ("phases", "gaps", "signs", "levers_of_change", "lowering", "evidence", "views")


def tables(
    now: Assessed,
    published: Mapping[str, pd.DataFrame],
    framework: Framework,
    observations: pd.DataFrame,
    series: Mapping[str, Series],
) -> dict[str, pd.DataFrame]:
    """Return the tables named above. ``published``: the tables assessments, readings and signals of the same assessment."""
    said, readings = published["assessments"], published["readings"]
    deaths = {s: each.conflict_derived for s, each in series.items()}
    signs = gap.signs(readings, published["signals"], framework, deaths)
    found = phase.phases(now.conflict, framework.phase, now.as_of, framework.max_age_days["month"])
    phases = phase.table(found, framework.phase, now.countries, pedigree(found.row, observations))
    outlook = gap.recorded(phases, framework.phase.at_least)
    change = levers(now, standing_of(said, framework), framework)
    return {
        "phases": phases,
        "gaps": gap.gaps(said, outlook, signs, gap.visible(readings, gap.eligible(framework, deaths)), framework.atrocity_signs),
        "signs": signs,
        "levers_of_change": change,
        "lowering": lowering(said, change, now, framework),
        "evidence": evidence(framework),
        "views": views(framework),
    }


def evidence(framework: Framework) -> pd.DataFrame:
    """Return columns indicator, measure, validity (high / medium / low), in the framework's order."""
    rows = [(i.id, e.measure, e.validity) for _, i in framework.indicators() for e in i.evidence]
    return pd.DataFrame(rows, columns=["indicator", "measure", "validity"], dtype="str")


def views(framework: Framework) -> pd.DataFrame:
    """Return columns view, title, meaning, order (1 first), indicator."""
    rows = [(v.id, v.title, v.meaning, n, i) for v in framework.views for n, i in enumerate(v.indicators, 1)]
    return pd.DataFrame(rows, columns=["view", "title", "meaning", "order", "indicator"]).astype({"order": "int64"})
