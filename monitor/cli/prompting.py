"""The verb for texts that an advocate can send: printed, or written into a folder."""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from monitor.cli.door import SOME_FAILED, AsJson, Home, app, door, find_country, one_of, plain_errors

if TYPE_CHECKING:
    from monitor.prompts.desk import Desk
    from monitor.prompts.prompt import Prompt
    from monitor.settings import Config, Settings


@app.command()
def prompts(
    country: Annotated[list[str] | None, typer.Argument(help="ISO3 codes or names: SDN, Burma, 'DR Congo'.")] = None,
    kind: Annotated[list[str] | None, typer.Option("--kind", help="Which text; see --list. Several are allowed.")] = None,
    listed: Annotated[bool, typer.Option("--list", help="List the kinds of text and end.")] = False,
    out: Annotated[Path | None, typer.Option("--out", help="Write files into this folder; without --kind, all kinds.")] = None,
    formats: Annotated[str, typer.Option("--format", help="md, html, txt, or several, separated by commas.")] = "md",
    home: Home = None,
    as_json: AsJson = False,
) -> None:
    """Print a text that an advocate can edit and send: letter, question, motion, evidence, agenda, post.

    It is built on the last published assessment. Without --kind you get the letter to your own MP. Exit code 3 when a template
    of a kind is at fault; the others are written all the same.

    Example: monitor prompts SDN CMR --kind own-mp-letter --kind early-day-motion --out texts --format md,txt
    """
    settings, config = door(home, None)
    profile = config.parliament
    known = [k.id for k in profile.kinds]
    if listed:
        from monitor.terminal.prompts import show_kinds

        show_kinds(profile, as_json=as_json)
        return
    if not country:
        raise typer.BadParameter("name a country (an ISO3 code or a name), or ask for --list")
    kinds = [one_of(k, known, "kind of text") for k in dict.fromkeys(kind or [])] or (known if out else [profile.default])
    codes = list(dict.fromkeys(find_country(settings, c) for c in country))
    forms = _forms(formats)
    with plain_errors():
        desk = _desk(settings, config)
        _assessed(desk, codes)
        failed = _deliver(desk, codes, kinds, forms, out, as_json=as_json)
    if not kind and not out and not as_json:
        print(f"{len(known) - 1} other kinds of text: monitor prompts --list", file=sys.stderr)
    raise typer.Exit(SOME_FAILED if failed else 0)


def _forms(text: str) -> tuple[str, ...]:
    from monitor.prompts.formats import FORMATS

    wanted = tuple(dict.fromkeys(f.strip() for f in text.split(",") if f.strip())) or FORMATS[:1]
    return tuple(one_of(f, list(FORMATS), "format") for f in wanted)


def _desk(settings: Settings, config: Config) -> Desk:
    from monitor.prompts.desk import Desk
    from monitor.storage.snapshot import Snapshot

    return Desk(Snapshot.open(settings.home), config.levers, config.parliament, settings.config)


def _assessed(desk: Desk, codes: list[str]) -> None:
    missing = [c for c in codes if c not in desk.countries()]
    if missing:
        raise typer.BadParameter(f"{', '.join(missing)}: not among the countries that were assessed in the last published run")


def _deliver(desk: Desk, codes: list[str], kinds: list[str], forms: tuple[str, ...], out: Path | None, *, as_json: bool) -> bool:
    """Print or write the texts, country by country; return whether any of them could not be worded."""
    from monitor.prompts.desk import files
    from monitor.prompts.formats import formatted
    from monitor.prompts.wording import TextError

    told: list[dict[str, Any]] = []
    failed = False
    for iso3 in codes:
        for kind in kinds:
            try:
                prompt = desk.prompt(iso3, kind)
            except TextError as error:
                print(f"{iso3} {kind}: {error}", file=sys.stderr)
                failed = True
                continue
            paths = [str(p) for p in files([prompt], out, forms)] if out else []
            if as_json:
                told.append(_told(prompt, forms) | ({"files": paths} if out else {}))
            else:
                print("\n".join(paths) if out else formatted(prompt, forms[0]))
    if as_json:
        print(json.dumps({"prompts": told}, ensure_ascii=False, allow_nan=False))
    return failed


def _told(prompt: Prompt, forms: tuple[str, ...]) -> dict[str, Any]:
    from monitor.prompts.formats import as_values

    return as_values(prompt, forms[0])
