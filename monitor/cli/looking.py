"""Verbs that look: at figures, sources, config and bands; and the one that hands out what was published."""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Annotated

import typer

from monitor.cli.door import (
    BAD_CONFIG,
    AsJson,
    AsOf,
    ConfigFolder,
    Home,
    app,
    assembled,
    door,
    find_country,
    one_of,
    plain_errors,
    today,
)


@app.command()
def panel(
    as_of: AsOf = None,
    series: Annotated[list[str] | None, typer.Option("--series", help="Only these series.")] = None,
    country: Annotated[list[str] | None, typer.Option("--country", help="Only these countries (ISO3 or a name).")] = None,
    basis: Annotated[str, typer.Option(help="recorded: as seen then; assumed: today's vintages with release lags.")] = "recorded",
    out: Annotated[Path | None, typer.Option("--out", help="Write a .csv or .parquet file instead of printing.")] = None,
    home: Home = None,
    as_json: AsJson = False,
) -> None:
    """Answer from any past day: the newest figure of every series, country and period that was known then.

    Example: monitor panel --as-of 2026-03-01 --basis assumed --series ucdp.one_sided_deaths --country Sudan
    """
    with assembled(home, None, quiet=True) as monitor:
        from monitor.terminal.figures import show_panel

        if basis not in ("recorded", "assumed"):
            raise typer.BadParameter("basis is 'recorded' or 'assumed'")
        day = as_of.date() if as_of else today()
        wanted = [one_of(s, list(monitor.series), "series") for s in series or []]
        lags = {s: c.release_lag_days for s, c in monitor.card_of.items()}
        frame = monitor.store.panel(day, basis="assumed" if basis == "assumed" else "recorded", lags=lags, series=wanted or None)
        if country:
            frame = frame[frame["iso3"].isin([find_country(monitor.settings, c) for c in country])]
        show_panel(frame, day, basis, out=out, as_json=as_json)


@app.command()
def sources(home: Home = None, as_json: AsJson = False) -> None:
    """List the sources: state, newest period, age, licence, and the last error.

    Example: monitor sources
    """
    with assembled(home, None, quiet=True) as monitor:
        from monitor.sources import source_states
        from monitor.terminal.sources import show_sources

        monitor.load_starter()
        frame = source_states(monitor.config.sources, monitor.store.runs(), monitor.store.panel(), today())["sources"]
        print(frame.to_json(orient="records")) if as_json else show_sources(frame)


@app.command()
def check(config: ConfigFolder = None) -> None:
    """Check every config file against the others. Exit code 2 and one line naming file, key and nearest valid value if not.

    Example: monitor check
    """
    from monitor.settings import load_response

    settings, found = door(None, None, config)
    framework = found.framework
    with plain_errors():
        load_response(settings.config, [level.id for level in framework.levels])
    indicators = [i for _, i in framework.indicators()]
    fed = sum(any(e.scored for e in i.evidence) for i in indicators)
    print(f"{settings.config}: all is well")
    print(
        f"{len(found.sources)} sources, {sum(len(c.series) for c in found.sources)} series, "
        f"{len(framework.factors)} risk factors, {len(indicators)} indicators ({fed} scored from series, "
        f"{sum(i.core for i in indicators)} core), framework {framework.hash}"
    )


@app.command()
def bands(
    write: Annotated[bool, typer.Option("--write", help="Write config/bands.yaml: that is a new framework.")] = False,
    home: Home = None,
) -> None:
    """Compute the percentile bands of the reference period, for measures that have none of their own in framework.yaml.

    Example: monitor bands --write
    """
    from monitor.risk.bands import percentile_bands
    from monitor.settings import read_framework, write_bands

    with assembled(home, None, quiet=True, unbanded=True) as monitor:
        monitor.load_starter()
        bare = read_framework(monitor.settings.config, with_bands=False)
        found = percentile_bands(monitor.cube(monitor.store.panel()), bare, [m for m in bare.measures if not m.bands])
        missing = sorted(m.id for m in bare.measures if not m.bands and m.id not in found)
        if write:
            print(write_bands(monitor.settings.config, found))
        else:
            print(json.dumps(found, indent=1))
    if missing:
        print(f"no data in the reference period for: {', '.join(missing)}", file=sys.stderr)
        raise typer.Exit(BAD_CONFIG)


@app.command()
def export(
    out: Annotated[Path, typer.Option("--out", help="Folder for the files.")] = Path("out"),
    home: Home = None,
    as_json: AsJson = False,
) -> None:
    """Write assessments and observations as CSV and Parquet, with licences and citations beside them.

    Series whose licence forbids redistribution are left out and named.

    Example: monitor export --out out
    """
    from monitor.export import export as write
    from monitor.storage.snapshot import Snapshot

    settings, _ = door(home, None)
    with plain_errors():
        paths = write(Snapshot.open(settings.home), out)
    print(json.dumps({"files": [str(p) for p in paths]}) if as_json else "\n".join(str(p) for p in paths))
