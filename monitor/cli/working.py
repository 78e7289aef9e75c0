"""Verbs that do the work: the main job, collecting, the schedule, the bundled figures, the dashboard."""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

if TYPE_CHECKING:
    from monitor.settings import Config

from monitor.cli.door import (
    SOME_FAILED,
    SOME_REFUSED,
    AsJson,
    Home,
    Mirror,
    app,
    assembled,
    door,
    now,
    one_of,
    plain_errors,
    today,
)

starter_app = typer.Typer(no_args_is_help=True, help="The bundled public figures.")
app.add_typer(starter_app, name="starter")


@app.command()
def run(
    home: Home = None,
    mirror: Mirror = None,
    as_json: AsJson = False,
    offline: Annotated[bool, typer.Option("--offline", help="Open no connection; use what is here.")] = False,
    every: Annotated[bool, typer.Option("--all", help="Show all countries, not only those that need attention.")] = False,
) -> None:
    """Do the main job: collect what is due, assess every country, draw up briefs, publish.

    Works with no network, on the bundled figures, and says how old they are.
    Exit code 0 when the assessment was made; 4 when it was made but a source answered with something that is no usable data.

    Example: monitor run --all
    """
    with assembled(home, mirror, offline=offline, quiet=as_json) as monitor:
        result = monitor.run(today())
        from monitor.cli.watching import beat
        from monitor.terminal.run import as_json as in_json
        from monitor.terminal.run import show

        print(json.dumps(in_json(result), ensure_ascii=False)) if as_json else show(result, every=every)
        if not monitor.settings.offline:
            beat()
    raise typer.Exit(SOME_REFUSED if any(r.odd for r in result.runs) else 0)


@app.command()
def collect(
    sources: Annotated[list[str] | None, typer.Argument(help="Source ids, or the start of some (ucdp); default: all.")] = None,
    home: Home = None,
    mirror: Mirror = None,
    as_json: AsJson = False,
    accept: Annotated[
        bool, typer.Option("--accept", help="Record even what was refused as too unlike the last; name it.")
    ] = False,
) -> None:
    """Collect sources now, due or not. Exit code 3 when any of them failed or was refused.

    What is too unlike the last good data (half the rows gone, zeros, another unit) is refused until a person has looked and
    accepts it; the run then keeps what spoke against it.

    Example: monitor collect ucdp wdi --mirror http://127.0.0.1:8900
    """
    if accept and not sources:
        raise typer.BadParameter("--accept needs the names of the sources that you have looked at")
    with assembled(home, mirror, quiet=as_json) as monitor:
        from monitor.terminal.sources import show_runs

        chosen = _chosen(monitor.config, sources or [])
        with monitor.store.writing():
            runs = monitor.collect(chosen, accept=accept)
        print(json.dumps({"runs": [vars(r) for r in runs]}, ensure_ascii=False)) if as_json else show_runs(runs)
    raise typer.Exit(SOME_FAILED if any(r.status in ("failed", "refused") or r.rows_not_believed for r in runs) else 0)


def _chosen(config: Config, words: list[str]) -> list[Any]:
    """Return the cards named by id or by the start of an id; all enabled ones when nothing is named."""
    if not words:
        return [c for c in config.sources if c.enabled]
    ids = [c.id for c in config.sources]
    for word in words:
        if not any(i == word or i.startswith(f"{word}_") for i in ids):
            one_of(word, ids, "source")
    return [c for c in config.sources if any(c.id == w or c.id.startswith(f"{w}_") for w in words)]


@app.command()
def schedule(
    home: Home = None,
    mirror: Mirror = None,
    coming: Annotated[bool, typer.Option("--next", help="Print the next ten times and end; opens nothing.")] = False,
    as_json: Annotated[bool, typer.Option("--json", help="With --next: print JSON for machines.")] = False,
) -> None:
    """Keep to config/schedule.yaml until stopped (SIGTERM, Ctrl-C); a run in progress is finished first.

    A run that was missed is made up once. Exit code 0 as well when another one is running already.

    Example: monitor schedule --next
    """
    settings, config = door(home, mirror)
    from monitor import schedule as scheduling
    from monitor.cli.watching import jobs_of, planned

    plan = planned(config.schedule)
    if coming:
        slots = plan.upcoming(now(), 10)
        said = [{"job": s.job, "at": s.at.isoformat(), "zone": plan.timezone} for s in slots]
        lines = [f"{s.at:%Y-%m-%d %H:%M:%S %Z} ({plan.timezone})  {s.job}" for s in slots]
        print(json.dumps({"next": said}) if as_json else "\n".join(lines))
        return
    jobs = jobs_of(settings)
    with plain_errors():
        scheduling.Scheduler(plan, settings.home, jobs, now, lambda line: print(line, file=sys.stderr)).run()


@starter_app.command("build")
def starter_build(
    home: Home = None,
    out: Annotated[Path | None, typer.Option("--out", help="Folder to write to (default: that of the bundled figures).")] = None,
) -> None:
    """Write the bundled figures anew from what the record holds. Only redistributable series go in.

    Example: monitor collect && monitor starter build
    """
    from monitor import starter

    with assembled(home, None, quiet=True) as monitor:
        for card in starter.build(monitor.store, monitor.config.sources, today(), out or starter.FOLDER):
            print(f"{card.source}: {card.rows:,} rows, {len(card.series)} series, to {card.newest_period}")
    if out is None:
        from monitor.cli.responding import build_starter

        build_starter(home)


@app.command()
def dashboard(home: Home = None, port: Annotated[int, typer.Option(help="Port on this machine.")] = 8501) -> None:
    """Open the dashboard on this machine (127.0.0.1 only).

    Example: monitor dashboard --port 8600
    """
    import os
    import subprocess

    from monitor.settings import ROOT

    settings, _ = door(home, None)
    page = ROOT / "dashboard" / "app.py"
    command = [sys.executable, "-m", "streamlit", "run", str(page), "--server.port", str(port), "--server.address", "127.0.0.1"]
    print(f"http://127.0.0.1:{port}/  (Ctrl-C to stop)", flush=True)
    environment = {**os.environ, "MONITOR_HOME": str(settings.home.absolute())}
    raise typer.Exit(subprocess.run(command, cwd=ROOT, env=environment, check=False).returncode)  # noqa: S603  (our own interpreter)
