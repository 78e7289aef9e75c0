"""The verb of response: what a state has done and said about a country, from the public record, and what is not held."""

from __future__ import annotations

import json
import sys
from typing import Annotated, Any

import typer

from monitor.cli.door import SOME_FAILED, AsJson, Home, Mirror, app, door, find_country, now, plain_errors, today

MONTH = r"\d{4}-(0[1-9]|1[0-2])"


@app.command()
def response(
    country: Annotated[str | None, typer.Argument(help="ISO3 code or a name: CMR, Burma; none: the attention gap.")] = None,
    collect: Annotated[bool, typer.Option("--collect", help="First collect the response sources.")] = False,
    month: Annotated[str, typer.Option("--month", help="With --collect: the written questions of this month, YYYY-MM.")] = "",
    week: Annotated[bool, typer.Option("--week", help="The attention gap of the newest week, not month.")] = False,
    home: Home = None,
    mirror: Mirror = None,
    as_json: AsJson = False,
) -> None:
    """Show what the United Kingdom has done and said about a country, from the public record, and what is not held.

    Each row says what was found, 'no public record found' or 'not collected yet'. Without a country: where the rank of attention
    in Parliament lies far from the rank of risk. These sources are no measures: no level or alert rests on them.
    Exit code 3 when a collection failed.

    Example: monitor response CMR
    Example: monitor response --collect --month 2026-10
    """
    import re

    if month and not (collect and re.fullmatch(MONTH, month)):
        raise typer.BadParameter("--month needs --collect, and a month such as 2026-10")
    desk = _desk(home, mirror)
    with plain_errors():
        from monitor.responding import attention_gap, card
        from monitor.terminal.response import show_card, show_gap

        runs = _collect(desk, month, as_json=as_json) if collect else []
        if country is not None:
            from indicators.countries import Countries

            iso3 = find_country(desk.settings, country)
            name = Countries.load(desk.settings.config / "countries.csv").name(iso3)
            show_card(card(desk, iso3, name, today()), as_json=as_json)
        elif not collect:
            show_gap(attention_gap(desk, "week" if week else "month"), as_json=as_json)
        elif as_json:
            print(json.dumps({"runs": [vars(r) for r in runs]}, ensure_ascii=False))
    raise typer.Exit(SOME_FAILED if any(r.status in ("failed", "refused") for r in runs) else 0)


def _desk(home: Any, mirror: Any = None) -> Any:
    """Return the desk: settings, config, profile and the response record, all validated first."""
    from monitor.responding import Desk
    from monitor.settings import load_response

    settings, config = door(home, mirror)
    with plain_errors():
        response = load_response(settings.config, [level.id for level in config.framework.levels])
        return Desk.open(settings, config, response, now())


def _collect(desk: Any, month: str, *, as_json: bool) -> list[Any]:
    from monitor.terminal.sources import show_runs
    from monitor.terminal.words import progress

    with progress(quiet=as_json) as tell:
        runs: list[Any] = desk.collect(now, tell, month=month)
    if not as_json:
        show_runs(runs)
        sys.stdout.flush()
    return runs


def build_starter(home: Any) -> None:
    """Write the bundled figures of the response sources anew, where any were collected."""
    desk = _desk(home)
    with plain_errors():
        if set(desk.response.profile.bundled) - set(desk.bundled()):
            for card in desk.build_starter(today()):
                print(f"{card.source}: {card.rows:,} rows, {len(card.series)} series, to {card.newest_period}")
