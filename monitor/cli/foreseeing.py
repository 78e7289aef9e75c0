"""Verbs of foresight: the forecasts of the past with their scores, and the forecast of today."""

from __future__ import annotations

import os
import sys
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

if TYPE_CHECKING:
    import pandas as pd

    from monitor.foresight.labels import Labels
    from monitor.foresight.prepare import World
    from monitor.pipeline import Monitor

from monitor.cli.door import BAD_CONFIG, AsJson, Home, app, assembled, find_country, today

MOST_CORES = 4
FIRST = 1990  # before it there are no figures of killings by UCDP to forecast from

LabelFile = Annotated[
    Path | None,
    typer.Option("--labels", help="CSV of onsets to learn from and score on: country (code or name), year; or with onset 1/0."),
]
LabelsUntil = Annotated[
    int | None, typer.Option("--labels-until", help="Last year that the list is complete to (default: its last year).")
]


@app.command()
def backtest(
    first: Annotated[int, typer.Option("--from", min=FIRST, max=2100, help="First year of outcomes.")] = 1994,
    last: Annotated[int, typer.Option("--to", min=FIRST, max=2100, help="Last year of outcomes.")] = 2024,
    labels: LabelFile = None,
    labels_until: LabelsUntil = None,
    against: Annotated[Path | None, typer.Option("--against", help="CSV of another's forecasts, scored beside ours.")] = None,
    out: Annotated[
        Path | None, typer.Option("--out", help="Folder for forecasts.csv, scores.csv and what explains them.")
    ] = None,
    home: Home = None,
    as_json: AsJson = False,
) -> None:
    """Make every forecast of the past as it would have been made, and score it against what happened.

    Each year from models that had seen nothing later, with a gap of two years; what counts is chosen by earlier forecasts alone.
    Without the Early Warning Project's list and without --labels, the target is one-sided violence as UCDP counts it.

    Example: monitor backtest --from 1994 --to 2024 --out out
    """
    if last < first:
        raise typer.BadParameter(f"--to {last} lies before --from {first}")
    with assembled(home, None, quiet=as_json) as monitor:
        from monitor import track_record
        from monitor.foresight import backtest as backtesting
        from monitor.foresight.card import model_card
        from monitor.foresight.prepare import prepare
        from monitor.terminal import foresight as terminal

        world = _world(monitor)
        brought = _labels(labels, labels_until, world)
        theirs, aside = _theirs(against, world)
        monitor.load_starter()
        monitor.tell("Reading the figures")
        ready = _or_stop(partial(prepare, world, monitor.store.panel(), max(last, today().year - 1), brought))
        done = backtesting.backtest(world, ready, (first, last), run=_run(), tell=monitor.tell, theirs=theirs)
        if brought is None:
            track_record.save(monitor.settings.home, done.kept)
    card = model_card(world, done.kept, ready.aside)
    written = terminal.write(done, ready, card, out) if out else []
    terminal.show(done, ready, world, aside, (first, last), as_json=as_json)
    if written and not as_json:
        print("\n".join(str(path) for path in written))


@app.command()
def forecast(
    country: Annotated[str | None, typer.Argument(help="ISO3 code or a name: what makes its forecast what it is.")] = None,
    horizon: Annotated[int, typer.Option("--horizon", min=1, max=5, help="Years ahead.")] = 1,
    card: Annotated[bool, typer.Option("--card", help="Print the model card: what it is, how good, what it is not for.")] = False,
    every: Annotated[bool, typer.Option("--all", help="Show all countries, not only the 30 highest.")] = False,
    home: Home = None,
    as_json: AsJson = False,
) -> None:
    """Say how likely an onset is in each country, with intervals, and what makes it so.

    That of the last published run, where nothing that it depends on has changed since; else made anew, and not published.
    Calibrated by the forecasts of the past (monitor backtest). Even the highest risk is more often than not followed by none.

    Example: monitor forecast Sudan
    """
    with assembled(home, None, quiet=as_json) as monitor:
        from monitor import forecasting, track_record
        from monitor.foresight.card import model_card
        from monitor.terminal import forecast as terminal

        world = _world(monitor)
        iso3 = find_country(monitor.settings, country) if country else None
        kept = track_record.load(monitor.settings.home, world.policy.hash)
        if card:
            print(model_card(world, kept, None))
            return
        monitor.load_starter()
        found = forecasting.current(monitor, monitor.store.panel(), today())
        if found.about["state"] == forecasting.NONE:
            print(found.about["why"], file=sys.stderr)
            raise typer.Exit(BAD_CONFIG)
    terminal.show(found, world, terminal.Asked(iso3, horizon, every), as_json=as_json)


def _world(monitor: Monitor) -> World:
    from monitor import forecasting

    return forecasting.world_of(monitor)


def _run() -> Any:
    from monitor.foresight import side_by_side

    return partial(side_by_side.run, cores=min(os.cpu_count() or 1, MOST_CORES))


def _or_stop(work: Any) -> Any:
    """Return what the work returns; what it finds wrong with what it was given ends the program with one line."""
    try:
        return work()
    except ValueError as error:
        print(error, file=sys.stderr)
        raise typer.Exit(BAD_CONFIG) from error


def _table(path: Path) -> pd.DataFrame:
    """Return a CSV as text, nothing guessed."""
    import pandas as pd

    try:
        return pd.read_csv(path, dtype=str, keep_default_na=False, encoding="utf-8-sig")
    except (OSError, ValueError) as error:
        raise ValueError(f"{path}: cannot be read as CSV ({error})") from error


def _labels(path: Path | None, until: int | None, world: World) -> Labels | None:
    from monitor.foresight import labels

    if path is None:
        return None
    found: Labels = _or_stop(lambda: labels.read(_table(path), world.countries, until))
    return found


def _theirs(path: Path | None, world: World) -> tuple[dict[tuple[str, int], Any], pd.DataFrame | None]:
    from monitor.foresight import theirs

    if path is None:
        return {}, None
    risks, aside = _or_stop(lambda: theirs.read(_table(path), world.policy.against, world.countries))
    return {(path.name, horizon): risk for horizon, risk in risks.items()}, aside
