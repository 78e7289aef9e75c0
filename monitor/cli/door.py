"""The door of the command line: shared options, settings and config validated before anything is touched, errors in words.

The clock is read here and nowhere else.
"""

from __future__ import annotations

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

BAD_CONFIG, SOME_FAILED, SOME_REFUSED, BAD_STORE = 2, 3, 4, 5

Home = Annotated[Path | None, typer.Option("--home", help="Folder of the state (default: MONITOR_HOME or ./var).")]
Mirror = Annotated[str | None, typer.Option("--mirror", help="Base URL that stands in for https:// of every source.")]
AsJson = Annotated[bool, typer.Option("--json", help="Print JSON for machines instead of a table.")]


def _no_later_than_today(day: datetime | None) -> datetime | None:
    """Return the day; one that has not come ends the program with one line: nobody can look from there."""
    if day is not None and day.date() > today():
        print(f"--as-of {day:%Y-%m-%d} has not come yet; the last day to look from is {today()} (UTC)", file=sys.stderr)
        raise typer.Exit(BAD_CONFIG)
    return day


AsOf = Annotated[
    datetime | None,
    typer.Option("--as-of", formats=["%Y-%m-%d"], help="Look from this day (default: today).", callback=_no_later_than_today),
]
ConfigFolder = Annotated[Path | None, typer.Option("--config", help="Folder of the config files.")]


@app.callback()
def about() -> None:
    """Early warning of mass-atrocity risk from public data, for people who have to act on it.

    Start with `monitor run`, then `monitor dashboard`. State lives in ./var (MONITOR_HOME).
    """


def now() -> datetime:
    """Return the time, UTC."""
    return datetime.now(UTC)


def today() -> date:
    """Return the day, UTC."""
    return now().date()


def door(home: Path | None, mirror: str | None, config: Path | None = None, **more: Any) -> tuple[Settings, Config]:
    """Return settings and validated config; a mistake ends the program with one line, before anything was touched."""
    from monitor.settings import load_config

    with plain_errors():
        settings = _settings(home, mirror, config, **more)
        return settings, load_config(settings.config)


def _settings(home: Path | None, mirror: str | None, config: Path | None = None, **more: Any) -> Settings:
    from monitor.settings import Settings

    given = {"home": home, "mirror": mirror, "config": config, **more}
    return Settings(**{k: v for k, v in given.items() if v is not None})


def settings_at(home: Path | None) -> Settings:
    """Return the settings alone, for verbs that need no config, or little of it; call it under :func:`plain_errors`."""
    return _settings(home, None)


@contextmanager
def assembled(
    home: Path | None, mirror: str | None, *, offline: bool = False, quiet: bool = False, unbanded: bool = False
) -> Iterator[Monitor]:
    """Yield the assembled parts, with progress on a terminal; known errors end the program with one plain line."""
    from monitor.pipeline import Monitor
    from monitor.settings import load_config
    from monitor.storage.store import Store
    from monitor.terminal.words import progress

    with plain_errors():
        settings = _settings(home, mirror, offline=offline or None)
        config = load_config(settings.config, unbanded=unbanded)
        with progress(quiet=quiet) as tell:
            yield Monitor(settings, config, Store(settings.home), now, tell)


@contextmanager
def plain_errors() -> Iterator[None]:
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


def one_of(word: str, valid: list[str], noun: str) -> str:
    """Return the word if it is a valid one; else end the program, naming the nearest."""
    from monitor.settings import nearest

    if word not in valid:
        raise typer.BadParameter(f"unknown {noun} {word!r}{nearest(word, valid)}")
    return word


def find_country(settings: Settings, text: str) -> str:
    """Return the ISO3 code of a country given by code or name; else end the program, naming the nearest."""
    from indicators.countries import Countries

    try:
        return Countries.load(settings.config / "countries.csv").find(text)
    except ValueError as error:
        raise typer.BadParameter(str(error)) from error
