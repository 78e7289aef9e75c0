"""Verbs that judge: what the figures say of a country, on any date."""

from __future__ import annotations

import json
from datetime import datetime
from pathlib import Path
from typing import Annotated

import typer

from monitor.cli.door import AsJson, AsOf, Home, app, assembled, door, find_country, one_of, plain_errors, today

STEPS = {"month": 1, "quarter": 3, "year": 12}


@app.command()
def assess(as_of: AsOf = None, home: Home = None, as_json: AsJson = False) -> None:
    """Assess every country as of a date without recording it. A past date uses today's vintages with assumed release lags.

    Example: monitor assess --as-of 2016-06-30
    """
    with assembled(home, None, quiet=as_json) as monitor:
        from monitor.terminal.figures import show_assessment

        monitor.load_starter()
        day = as_of.date() if as_of else today()
        show_assessment(monitor, day, assumed=day < today(), as_json=as_json)


@app.command()
def replay(
    country: Annotated[str, typer.Argument(help="ISO3 code or a name; nothing with --cases.")] = "",
    first: Annotated[datetime | None, typer.Option("--from", formats=["%Y-%m"], help="First month (default: all).")] = None,
    last: Annotated[datetime | None, typer.Option("--to", formats=["%Y-%m"], help="Last month (default: all).")] = None,
    step: Annotated[str, typer.Option("--step", help="month, quarter or year.")] = "month",
    cases: Annotated[bool, typer.Option("--cases", help="What was said before the dated cases of config/cases.yaml.")] = False,
    out: Annotated[Path | None, typer.Option("--out", help="Write every look to this .csv file as well.")] = None,
    home: Home = None,
    as_json: AsJson = False,
) -> None:
    """Show how a country would have stood month by month, with today's figures and assumed release lags.

    Reads the path of the last run. With --cases: the levels before each dated case, with lead times and misses.

    Example: monitor replay MMR --from 2010-01 --to 2021-12
    """
    from monitor.risk.cases import lead_times
    from monitor.risk.path import first_reached, thinned
    from monitor.storage.snapshot import Snapshot
    from monitor.terminal.path import show_cases, show_path
    from monitor.terminal.words import records

    settings, config = door(home, None)
    if cases == bool(country):
        raise typer.BadParameter("name a country, or ask for --cases")
    months = STEPS[one_of(step, list(STEPS), "step")]
    iso3 = find_country(settings, country) if country else ""
    levels = [level.id for level in config.framework.levels]
    with plain_errors():
        snapshot = Snapshot.open(settings.home)
        history = snapshot.table("history", filters=[("iso3", "==", iso3)] if iso3 else None)
        if cases:
            rule = config.cases.rule
            figures = snapshot.table("observations", ["series", "iso3", "end", "value"], [("series", "==", rule.series)])
            found = lead_times(config.cases, history, figures, levels)
    if cases:
        if out is not None:
            found.to_csv(out, index=False)
        print(json.dumps({"cases": records(found)})) if as_json else show_cases(found, levels, config.cases.late_months)
        return
    rows = thinned(history, first and first.date(), last and last.date(), months)
    reached = first_reached(rows, levels)
    if out is not None:
        rows.to_csv(out, index=False)
    name = snapshot.table("assessments", ["iso3", "name"], [("iso3", "==", iso3)])["name"].item()
    said = {"country": iso3, "basis": "assumed", "path": records(rows), "first_reached": records(reached)}
    print(json.dumps(said)) if as_json else show_path(rows, name, reached)
