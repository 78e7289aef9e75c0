"""Verbs that put what was published on paper: one country's brief, many of them, and the way from a number to its bytes."""

from __future__ import annotations

import re
import sys
from collections.abc import Sequence
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, cast

import typer

from monitor.cli.door import SOME_FAILED, AsJson, Home, app, door, find_country, one_of, plain_errors

if TYPE_CHECKING:
    from monitor.briefs.making import Press
    from monitor.briefs.paper import Length, Paper
    from monitor.settings import Config, Settings

LengthOf = Annotated[str, typer.Option("--length", help="short: two pages and one of sources; full: every reading and lever.")]
FORMATS = "docx, pdf, html, md, json; several separated by a comma."


@app.command()
def brief(
    country: Annotated[str, typer.Argument(help="ISO3 code or a name: MMR, Burma, 'DR Congo'.")],
    out: Annotated[Path | None, typer.Option("--out", help="Write files into this folder instead of printing.")] = None,
    formats: Annotated[str, typer.Option("--format", help=FORMATS)] = "md",
    length: LengthOf = "short",
    home: Home = None,
    as_json: AsJson = False,
) -> None:
    """Print the brief of a country as Markdown, from the last published assessment, or write it in any format.

    Word files, PDF and several formats at once go into the folder ./briefs unless --out names another. Exit code 3 when a format
    could not be made: it is named, and the others are written all the same.

    Example: monitor brief CMR --format docx,pdf,html,md,json
    """
    from monitor.briefs import render

    settings, config = door(home, None)
    iso3, forms, size = find_country(settings, country), _forms("json" if as_json else formats), _length(length)
    with plain_errors():
        press = _press(settings, config, only=iso3)
        made = _made(press, iso3)
    if out is None and len(forms) == 1 and forms[0] in render.FORMATS:
        print(render.render(made, forms[0], size, config.house), end="")
        return
    _written(render.lay_out(made, size, config.house), out or Path("briefs"), forms)


@app.command()
def briefs(
    out: Annotated[Path, typer.Option("--out", help="Folder for the files.")] = Path("briefs"),
    level: Annotated[str, typer.Option("--level", help="Countries at this level or a higher one; or 'insufficient data'.")] = "",
    every: Annotated[bool, typer.Option("--all", help="Every country.")] = False,
    formats: Annotated[str, typer.Option("--format", help=FORMATS)] = "pdf,docx",
    length: LengthOf = "short",
    as_zip: Annotated[bool, typer.Option("--zip", help="Put all files into one archive besides.")] = False,
    home: Home = None,
    as_json: AsJson = False,
) -> None:
    """Write the briefs of many countries; without --level or --all those of the watch list. An unchanged file is left alone.

    Exit code 3 when a brief failed: it is named, and the others are written all the same.

    Example: monitor briefs --level elevated --out out/briefs --zip
    """
    from monitor.briefs.batch import Order, made, zipped
    from monitor.briefs.render import keep
    from monitor.terminal.briefs import show
    from monitor.terminal.words import progress

    settings, config = door(home, None)
    forms, size = _forms(formats), _length(length)
    with plain_errors(), progress(quiet=as_json) as tell:
        press = _press(settings, config)
        done = list(made(press, Order(_chosen(press, config, level, every=every), forms, size, out), tell))
    archive = None
    if as_zip:
        manifest = press.snapshot.manifest
        archive = out / f"briefs-{manifest['as_of']}.zip"
        keep(archive, zipped([m.path for m in done if m.state != "failed"], datetime.fromisoformat(manifest["made_at"])))
    show(done, archive, as_json=as_json)
    raise typer.Exit(SOME_FAILED if any(m.state == "failed" for m in done) else 0)


@app.command()
def overview(
    countries: Annotated[list[str] | None, typer.Argument(help="Countries (ISO3 or a name); none: all of them.")] = None,
    region: Annotated[str, typer.Option("--region", help="Those of a region: Africa, Americas, Asia, Europe, Oceania.")] = "",
    against: Annotated[
        datetime | None, typer.Option("--against", formats=["%Y-%m-%d"], help="A past day; else a year ago.")
    ] = None,
    title: Annotated[str, typer.Option("--title", help="What it is called.")] = "",
    out: Annotated[Path | None, typer.Option("--out", help="Write files into this folder instead of printing.")] = None,
    formats: Annotated[str, typer.Option("--format", help=FORMATS)] = "md",
    home: Home = None,
    as_json: AsJson = False,
) -> None:
    """Print several countries on a page: the state of risk of the world, a region or a list, set against a year or a day before.

    Example: monitor overview CMR COD SSD --against 2024-06-30 --format pdf,docx
    """
    from monitor.briefs import render
    from monitor.briefs.overview import lay_out_overview
    from monitor.briefs.overview import overview as made

    settings, config = door(home, None)
    forms = _forms("json" if as_json else formats)
    with plain_errors():
        press = _press(settings, config)
        chosen = [find_country(settings, c) for c in countries or []]
        if region:
            regions = sorted(press.assessments["region"].unique())
            mine = press.assessments["region"] == one_of(region, regions, "region")
            chosen = sorted({*chosen, *press.assessments.loc[mine, "iso3"]})
        names = ("assessments", "intervals", "sources", *(("history",) if against else ()))
        tables = {name: press.snapshot.table(name) for name in names}
    if unknown := sorted(set(chosen) - set(press.assessments["iso3"])):
        raise typer.BadParameter(f"no assessment of {', '.join(unknown)} in the published run {press.snapshot.run_id}")
    called = title or (f"State of risk: {region or 'the world'}" if region or not chosen else "State of risk: several countries")
    try:
        day = f"{against:%Y-%m-%d}" if against else ""
        found = made(
            tables, press.snapshot.manifest, chosen, title=called, name=_named(countries, region, chosen, day), against=day
        )
    except ValueError as error:
        raise typer.BadParameter(str(error)) from error
    page = lay_out_overview(found, config.house)
    if out is None and len(forms) == 1 and forms[0] in render.FORMATS:
        print(render.drawn(page, forms[0]).decode(), end="")
        return
    _written(page, out or Path("briefs"), forms)


@app.command()
def trace(
    which: Annotated[str, typer.Argument(metavar="BRIEF", help="The id at the foot of a brief, or a country: CMR, Cameroon.")],
    number: Annotated[int, typer.Argument(min=1, help="The number in brackets.")],
    home: Home = None,
    as_json: AsJson = False,
) -> None:
    """Follow a number of a brief down to its series, period, document and place, and to the bytes where the document is here.

    Example: monitor trace CMR 3
    """
    from monitor.terminal import trail as shown

    settings, config = door(home, None)
    run_id, name = _run_of(settings, which)
    iso3 = find_country(settings, name)
    columns = {s.id: s.column for c in config.sources for s in c.series}
    with plain_errors():
        press = _press(settings, config, only=iso3, run_id=run_id)
        made = _made(press, iso3)
        mine: Any = [("iso3", "==", iso3)]
        tables = {t: press.snapshot.table(t, None, mine) for t in ("observations", "readings")}
        tables["documents"] = press.snapshot.table("documents")
    from monitor.briefs.trail import follow

    try:
        found = follow(made, number, tables, columns, settings.home)
    except KeyError as error:
        raise typer.BadParameter(str(error.args[0])) from error
    print(shown.as_json(found)) if as_json else shown.show(found)


def _named(countries: Sequence[str] | None, region: str, chosen: Sequence[str], day: str) -> str:
    """Return what tells one overview's file from another's: region, countries (or how many), the day compared with."""
    listed = "-".join(chosen) if len(chosen) <= 6 else f"{len(chosen)}-countries"
    which = listed if countries else region or "world"
    return f"{which}-since-{day}" if day else which


def _press(settings: Settings, config: Config, *, only: str = "", run_id: str = "") -> Press:
    from monitor.briefs.making import Press
    from monitor.storage.snapshot import Snapshot

    return Press(Snapshot.open(settings.home, run_id), config.levers, config.house, only)


def _made(press: Press, iso3: str) -> Any:
    try:
        return press.brief(iso3)
    except KeyError as error:
        raise typer.BadParameter(f"{error.args[0]} in the published run {press.snapshot.run_id}") from error


def _written(page: Paper, out: Path, forms: Sequence[str]) -> None:
    """Write a page in each format and print the files; one that fails is named, and the others are written all the same."""
    from monitor.briefs.batch import written

    done = list(written(page, out, forms))
    for each in done:
        print(f"{each.form}: {each.error}" if each.error else each.path, file=sys.stderr if each.error else sys.stdout)
    if any(each.error for each in done):
        raise typer.Exit(SOME_FAILED)


def _forms(formats: str) -> list[str]:
    from monitor.briefs.render import EVERY

    wanted = list(dict.fromkeys(f.strip() for f in formats.split(",") if f.strip()))
    if not wanted:
        raise typer.BadParameter(f"no format is named; there are {', '.join(EVERY)}")
    return [one_of(each, list(EVERY), "format") for each in wanted]


def _length(length: str) -> Length:
    from monitor.briefs.render import LENGTHS

    return cast("Length", one_of(length, list(LENGTHS), "length"))


def _chosen(press: Press, config: Config, level: str, *, every: bool) -> Sequence[str]:
    """Return the countries of a batch, by code."""
    from monitor.risk.framework import INSUFFICIENT

    said = press.assessments
    levels = [rung.id for rung in config.framework.levels]
    if every:
        return sorted(said["iso3"])
    if not level:
        return sorted(set(config.watch.watchlist) & set(said["iso3"]))
    wanted = one_of(level, [*levels, INSUFFICIENT], "level")
    at_least = [wanted] if wanted == INSUFFICIENT else levels[levels.index(wanted) :]
    return sorted(said.loc[said["level"].isin(at_least), "iso3"])


def _run_of(settings: Settings, which: str) -> tuple[str, str]:
    """Return run and country of a brief's id (``CMR-RUN``) or a file's name (``CMR-2026-11-25``); without a run for a country."""
    found = re.fullmatch(r"([A-Za-z]{3})-(\d{4})-?(\d{2})-?(\d{2})(-\d+)?(\.\w+)?", which)
    if not found:
        return "", which
    country, year, month, day, rest, _ = found.groups()
    prefix = f"{year}{month}{day}{rest or '-'}"
    kept = sorted(p.name for p in (settings.home / "published").glob(f"{prefix}*") if p.is_dir())
    if not kept:
        raise typer.BadParameter(
            f"the run {prefix.rstrip('-')} is no longer kept; `monitor trace {country.upper()} NUMBER` asks the last one"
        )
    return kept[-1], country
