"""The verb that sets a country against the trigger protocol."""

from __future__ import annotations

import re
from datetime import date
from typing import Annotated, Any

import typer

from monitor.cli.door import AsJson, Home, app, assembled, door, find_country, plain_errors

READ = ("assessments", "readings", "signals", "factors", "series", "sources")
ENTERED = ("judgements", "confirmations")  # read where they are published


@app.command()
def protocol(
    country: Annotated[str | None, typer.Argument(help="ISO3 code or a name; none: print the protocol itself.")] = None,
    replay: Annotated[
        str | None, typer.Option("--replay", help="Years, such as 2005-2024: how many countries met each level.")
    ] = None,
    home: Home = None,
    as_json: AsJson = False,
) -> None:
    """Show what has to be true for each level, whether it is for a country, and what should follow, by whom, by when.

    Reads the last published assessment. Each criterion is met, not met or unknown, with the reading it rests on.

    Example: monitor protocol SDN
    """
    if replay is not None:
        _replay(replay, home, as_json=as_json)
        return
    from monitor.briefs.actions import actions
    from monitor.terminal.protocol import show_country
    from monitor.terminal.protocol_itself import show_protocol

    settings, config = door(home, None)
    table = actions(config.protocol, config.levers)
    if country is None:
        show_protocol(config.protocol, table, as_json=as_json)
        return
    show_country(_stand(settings, config, find_country(settings, country), table), as_json=as_json)


def _stand(settings: Any, config: Any, iso3: str, table: Any) -> Any:
    """Return the country on the protocol as it was published."""
    from monitor.risk.protocol import evaluate
    from monitor.risk.standing import summary
    from monitor.storage import SnapshotError
    from monitor.storage.snapshot import Snapshot
    from monitor.terminal.protocol import Stand

    with plain_errors():
        snapshot = Snapshot.open(settings.home)
        if snapshot.manifest["framework"]["hash"] != config.framework.hash:
            raise SnapshotError(
                "the framework has changed since the last run was published", what_to_do="run `monitor run` first"
            )
        names = [*READ, *(t for t in ENTERED if t in snapshot.manifest["tables"])]
        tables = {t: snapshot.table(t) for t in names}
    as_of = date.fromisoformat(snapshot.manifest["as_of"])
    rows = evaluate(config.protocol, tables, iso3, as_of=as_of)
    said = tables["assessments"].set_index("iso3", drop=False).loc[iso3].to_dict()
    levels = summary(config.protocol, rows, tables["assessments"])
    published = snapshot.manifest.get("protocol", {}).get("hash")
    return Stand(config.protocol, said, as_of, rows, levels, table, published != config.protocol.hash)


def _replay(years: str, home: Any, *, as_json: bool) -> None:
    from monitor.protocol_years import BASIS, met_by_year
    from monitor.terminal.protocol_itself import show_years

    found = re.fullmatch(r"(\d{4})-(\d{4})", years)
    if not found or not 1989 <= int(found[1]) <= int(found[2]) <= 2100:
        raise typer.BadParameter(f"{years!r} is not a span of years such as 2005-2024", param_hint="--replay")
    with assembled(home, None, quiet=as_json) as monitor:
        monitor.load_starter()
        counts = met_by_year(monitor, int(found[1]), int(found[2]))
        show_years(counts, BASIS, as_json=as_json)
