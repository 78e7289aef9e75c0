"""The command ``monitor``: thin verbs over the pipeline. Every verb has ``--help`` with an example; the clock is read here."""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, date, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

if TYPE_CHECKING:
    from monitor.pipeline import Monitor
    from monitor.settings import Config, Settings

app = typer.Typer(no_args_is_help=True, add_completion=False, rich_markup_mode=None, pretty_exceptions_enable=False)
starter_app = typer.Typer(no_args_is_help=True, help="The bundled public figures.")
app.add_typer(starter_app, name="starter")

SOME_REFUSED, SOME_FAILED, BAD_CONFIG, BAD_STORE = 4, 3, 2, 5

Home = Annotated[Path | None, typer.Option("--home", help="Folder of the state (default: MONITOR_HOME or ./var).")]
Mirror = Annotated[str | None, typer.Option("--mirror", help="Base URL that stands in for https:// of every source.")]
AsJson = Annotated[bool, typer.Option("--json", help="Print JSON for machines instead of a table.")]
AsOf = Annotated[datetime | None, typer.Option("--as-of", formats=["%Y-%m-%d"], help="Look from this day (default: today).")]
Config_ = Annotated[Path | None, typer.Option("--config", help="Folder of the config files.")]


@app.callback()
def about() -> None:
    """Early warning of mass-atrocity risk from public data, for people who have to act on it.

    Start with `monitor run`, then `monitor dashboard`. State lives in ./var (MONITOR_HOME).
    """


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
    Exit code 0 when the assessment was made; 4 when it was made but a source sent something that had to be refused.

    Example: monitor run --all
    """
    with _monitor(home, mirror, offline=offline, quiet=as_json) as monitor:
        result = monitor.run(_today())
        from monitor import terminal

        print(json.dumps(terminal.as_json(result), ensure_ascii=False)) if as_json else terminal.show(result, every=every)
    odd = any(r.status == "refused" or r.rows_not_believed for r in result.runs)
    raise typer.Exit(SOME_REFUSED if odd else 0)


@app.command()
def collect(
    sources: Annotated[list[str] | None, typer.Argument(help="Source ids, or the start of some (ucdp); default: all.")] = None,
    home: Home = None,
    mirror: Mirror = None,
    as_json: AsJson = False,
) -> None:
    """Collect sources now, due or not. Exit code 3 when any of them failed or was refused.

    Example: monitor collect ucdp wdi --mirror http://127.0.0.1:8900
    """
    with _monitor(home, mirror, quiet=as_json) as monitor:
        from monitor import terminal

        chosen = _chosen(monitor.config, sources or [])
        with monitor.store.writing():
            runs = monitor.collect(chosen)
        print(json.dumps({"runs": [vars(r) for r in runs]}, ensure_ascii=False)) if as_json else terminal.show_runs(runs)
    raise typer.Exit(SOME_FAILED if any(r.status in ("failed", "refused") or r.rows_not_believed for r in runs) else 0)


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
    with _monitor(home, None, quiet=True) as monitor:
        from monitor import terminal

        if basis not in ("recorded", "assumed"):
            raise typer.BadParameter("basis is 'recorded' or 'assumed'")
        day = as_of.date() if as_of else _today()
        wanted = [_one_of(s, list(monitor.series), "series") for s in series or []]
        lags = {s: c.release_lag_days for s, c in monitor.card_of.items()}
        frame = monitor.store.panel(day, basis="assumed" if basis == "assumed" else "recorded", lags=lags, series=wanted or None)
        if country:
            frame = frame[frame["iso3"].isin([_country(monitor, c) for c in country])]
        terminal.show_panel(frame, day, basis, out=out, as_json=as_json)


@app.command()
def assess(as_of: AsOf = None, home: Home = None, as_json: AsJson = False) -> None:
    """Assess every country as of a date without recording it. A past date uses today's vintages with assumed release lags.

    Example: monitor assess --as-of 2016-06-30
    """
    with _monitor(home, None, quiet=as_json) as monitor:
        from monitor import terminal

        monitor.load_starter()
        day = as_of.date() if as_of else _today()
        terminal.show_assessment(monitor, day, assumed=day < _today(), as_json=as_json)


@app.command()
def brief(
    country: Annotated[str, typer.Argument(help="ISO3 code or a name: MMR, Burma, 'DR Congo'.")],
    out: Annotated[Path | None, typer.Option("--out", help="Write files into this folder instead of printing.")] = None,
    formats: Annotated[str, typer.Option("--format", help="md, html or both, separated by a comma.")] = "md",
    home: Home = None,
) -> None:
    """Print the brief of a country as Markdown, from the last published assessment, or write it to a folder.

    Example: monitor brief MMR --out briefs --format html,md
    """
    from monitor.briefs import brief as briefs
    from monitor.briefs import render

    settings, config = _door(home, None)
    iso3 = _find(settings, country)
    tables, manifest, history = _published(settings, iso3)
    wanted = tuple(f.strip() for f in formats.split(",") if f.strip())
    for each in wanted:
        _one_of(each, list(render.FORMATS), "format")
    made = briefs.build(iso3, tables, manifest, config.levers, history=history)
    if out is None:
        print(render.render(made, wanted[0]))
        return
    for path in render.write([made], out, wanted):
        print(path)


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

    settings, _ = _door(home, None)
    with _plain_errors():
        paths = write(Snapshot.open(settings.home), out)
    print(json.dumps({"files": [str(p) for p in paths]}) if as_json else "\n".join(str(p) for p in paths))


@app.command()
def sources(home: Home = None, as_json: AsJson = False) -> None:
    """List the sources: state, newest period, age, licence, and the last error.

    Example: monitor sources
    """
    with _monitor(home, None, quiet=True) as monitor:
        from monitor import terminal
        from monitor.sources import source_states

        monitor.load_starter()
        frame = source_states(monitor.config.sources, monitor.store.runs(), monitor.store.panel(), _today())["sources"]
        print(frame.to_json(orient="records")) if as_json else terminal.show_sources(frame)


@app.command()
def check(config: Config_ = None) -> None:
    """Check every config file against the others. Exit code 2 and one line naming file, key and nearest valid value if not.

    Example: monitor check
    """
    settings, found = _door(None, None, config)
    framework = found.framework
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

    with _monitor(home, None, quiet=True, unbanded=True) as monitor:
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
def dashboard(home: Home = None, port: Annotated[int, typer.Option(help="Port on this machine.")] = 8501) -> None:
    """Open the dashboard on this machine (127.0.0.1 only).

    Example: monitor dashboard --port 8600
    """
    import os
    import subprocess

    from monitor.settings import ROOT

    settings, _ = _door(home, None)
    page = ROOT / "dashboard" / "app.py"
    command = [sys.executable, "-m", "streamlit", "run", str(page), "--server.port", str(port), "--server.address", "127.0.0.1"]
    print(f"http://127.0.0.1:{port}/  (Ctrl-C to stop)", flush=True)
    environment = {**os.environ, "MONITOR_HOME": str(settings.home.absolute())}
    raise typer.Exit(subprocess.run(command, cwd=ROOT, env=environment, check=False).returncode)  # noqa: S603  (our own interpreter)


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
    settings, config = _door(home, mirror)
    from monitor import schedule as scheduling

    if coming:
        slots = config.schedule.upcoming(_now(), 10)
        said = [{"job": s.job, "at": s.at.isoformat(), "zone": config.schedule.timezone} for s in slots]
        lines = [f"{s.at:%Y-%m-%d %H:%M:%S %Z} ({config.schedule.timezone})  {s.job}" for s in slots]
        print(json.dumps({"next": said}) if as_json else "\n".join(lines))
        return
    jobs = {"run": lambda: scheduling.main_job(settings.environment())}
    with _plain_errors():
        scheduling.Scheduler(config.schedule, settings.home, jobs, _now, lambda line: print(line, file=sys.stderr)).run()


@starter_app.command("build")
def starter_build(home: Home = None) -> None:
    """Write the bundled figures anew from what the record holds. Only redistributable series go in.

    Example: monitor collect && monitor starter build
    """
    from monitor import starter

    with _monitor(home, None, quiet=True) as monitor:
        for card in starter.build(monitor.store, monitor.config.sources, _today()):
            print(f"{card.source}: {card.rows:,} rows, {len(card.series)} series, to {card.newest_period}")


# ---------------------------------------------------------------------------------------------------------------- the door


def main() -> None:
    """Run the command line."""
    app()


def _now() -> datetime:
    return datetime.now(UTC)


def _today() -> date:
    return _now().date()


def _door(home: Path | None, mirror: str | None, config: Path | None = None, **more: Any) -> tuple[Settings, Config]:
    """Return settings and validated config; a mistake ends the program with one line, before anything was touched."""
    from monitor.settings import load_config

    with _plain_errors():
        settings = _settings(home, mirror, config, **more)
        return settings, load_config(settings.config)


def _settings(home: Path | None, mirror: str | None, config: Path | None = None, **more: Any) -> Settings:
    from monitor.settings import Settings

    given = {"home": home, "mirror": mirror, "config": config, **more}
    return Settings(**{k: v for k, v in given.items() if v is not None})


@contextmanager
def _monitor(
    home: Path | None, mirror: str | None, *, offline: bool = False, quiet: bool = False, unbanded: bool = False
) -> Iterator[Monitor]:
    """Yield the assembled parts, with progress on a terminal; known errors end the program with one plain line."""
    from monitor.pipeline import Monitor
    from monitor.settings import load_config
    from monitor.storage.store import Store
    from monitor.terminal import progress

    with _plain_errors():
        settings = _settings(home, mirror, offline=offline or None)
        config = load_config(settings.config, unbanded=unbanded)
        with progress(quiet=quiet) as tell:
            yield Monitor(settings, config, Store(settings.home), _now, tell)


@contextmanager
def _plain_errors() -> Iterator[None]:
    """Turn the errors that a reader can mend into one line on stderr and an exit code."""
    from pydantic import ValidationError

    from monitor.settings import ConfigError
    from monitor.storage import StorageError

    try:
        yield
    except ConfigError as error:
        print(f"config: {error}", file=sys.stderr)
        raise typer.Exit(BAD_CONFIG) from error
    except ValidationError as error:
        first = error.errors()[0]
        print(f"setting MONITOR_{'_'.join(str(p) for p in first['loc']).upper()}: {first['msg']}", file=sys.stderr)
        raise typer.Exit(BAD_CONFIG) from error
    except StorageError as error:
        print(f"{error}. {error.what_to_do}".rstrip(), file=sys.stderr)
        raise typer.Exit(BAD_STORE) from error


def _published(settings: Settings, iso3: str) -> tuple[dict[str, Any], dict[str, Any], Any]:
    """Return the published tables that briefs need, the manifest, and the observations of one country."""
    from monitor.briefs.brief import TABLES
    from monitor.storage.snapshot import Snapshot

    with _plain_errors():
        snapshot = Snapshot.open(settings.home)
        history = snapshot.table("observations", ["series", "iso3", "end", "value"], [("iso3", "==", iso3)])
        return {t: snapshot.table(t) for t in TABLES}, dict(snapshot.manifest), history


def _chosen(config: Config, words: list[str]) -> list[Any]:
    """Return the cards named by id or by the start of an id; all enabled ones when nothing is named."""
    if not words:
        return [c for c in config.sources if c.enabled]
    ids = [c.id for c in config.sources]
    for word in words:
        if not any(i == word or i.startswith(f"{word}_") for i in ids):
            _one_of(word, ids, "source")
    return [c for c in config.sources if any(c.id == w or c.id.startswith(f"{w}_") for w in words)]


def _one_of(word: str, valid: list[str], noun: str) -> str:
    from monitor.settings import nearest

    if word not in valid:
        raise typer.BadParameter(f"unknown {noun} {word!r}{nearest(word, valid)}")
    return word


def _country(monitor: Monitor, text: str) -> str:
    try:
        return monitor.countries.find(text)
    except ValueError as error:
        raise typer.BadParameter(str(error)) from error


def _find(settings: Settings, text: str) -> str:
    from indicators.countries import Countries

    try:
        return Countries.load(settings.config / "countries.csv").find(text)
    except ValueError as error:
        raise typer.BadParameter(str(error)) from error


if __name__ == "__main__":
    main()
