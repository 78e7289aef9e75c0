"""The verb that explains: the evidence board of one country, as published or as of any past day."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from monitor.cli.door import AsJson, AsOf, Home, app, assembled, door, find_country, one_of, plain_errors, today

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import date

    import pandas as pd

    from monitor.risk.board import About


PAST = "forecasts are made for today; those of the past, with their scores: monitor backtest"


@app.command()
def explain(
    country: Annotated[str, typer.Argument(help="ISO3 code or a name: MMR, Burma, 'DR Congo'.")],
    factor: Annotated[str, typer.Option("--factor", help="Only this risk factor: RF5.")] = "",
    as_of: AsOf = None,
    home: Home = None,
    as_json: AsJson = False,
) -> None:
    """Explain a country: level, phase, war beside atrocity risk, what would lower it, the forecast, and all 14 factors.

    From the last published assessment; with --as-of a past day, worked out from today's vintages with assumed release lags.

    Example: monitor explain CMR --factor RF7
    """
    settings, _ = door(home, None)
    iso3 = find_country(settings, country)
    day = as_of.date() if as_of else today()
    if day > today():
        raise typer.BadParameter(f"{day} is still to come: nothing was published by then")
    tables, about, forecast = _as_of(home, day) if day < today() else _published(settings.home)
    from monitor.risk.board import board, factor_ids

    wanted = one_of(factor.upper(), list(factor_ids(tables)), "factor") if factor else ""
    try:
        found = board(iso3, tables, about, factor=wanted)
    except KeyError as error:
        raise typer.BadParameter(f"{country}: {error.args[0]}") from error
    from monitor.foresight.told import told
    from monitor.terminal.board import show_board

    found["forecast"] = told(iso3, tables, forecast)
    print(json.dumps(found, ensure_ascii=False, allow_nan=False)) if as_json else show_board(found)


def _published(home: Path) -> tuple[Mapping[str, pd.DataFrame], About, Mapping[str, Any]]:
    """Return the tables of the last published run, what it says of itself, and of its forecast."""
    from monitor.foresight.told import TABLES as FORECAST
    from monitor.risk.beside import TABLES
    from monitor.risk.board import About
    from monitor.storage.snapshot import Snapshot

    needed = ("assessments", "factors", "indicators", "readings", "drivers", "signals", "sources", "series", *TABLES)
    with plain_errors():
        snapshot = Snapshot.open(home)
        more = [t for t in ("judgements", *FORECAST) if t in snapshot.manifest["tables"]]
        forecast = snapshot.manifest.get("forecast", {})
        return {t: snapshot.table(t) for t in (*needed, *more)}, About.published(snapshot.manifest), forecast


def _as_of(home: Path | None, day: date) -> tuple[Mapping[str, pd.DataFrame], About, Mapping[str, Any]]:
    """Return the tables as of a past (or coming) day, from what the record holds now."""
    from monitor.risk.board import About

    with assembled(home, None, quiet=True) as monitor:
        monitor.load_starter()
        framework = monitor.config.framework
        titles = {str(t): track.title for t, track in framework.tracks.items()}
        basis = "today's vintages, assumed release lags: not what was known then"
        about = About(f"{day}", basis, framework.hash, titles, framework.not_connected)
        return monitor.tables_assumed(day), about, {"state": "none", "why": PAST}
