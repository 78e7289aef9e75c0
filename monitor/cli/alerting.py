"""Verbs about alerts: what was said and why, the policy and what it costs, silences and approvals; the weekly digest."""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from monitor.cli.door import BAD_CONFIG, AsJson, Home, app, assembled, door, find_country, now, one_of, plain_errors, today

if TYPE_CHECKING:
    from monitor.storage.snapshot import Snapshot

alerts_app = typer.Typer(invoke_without_command=True, help="What is worth saying, why, and how often.")
app.add_typer(alerts_app, name="alerts")

Role = Annotated[str, typer.Option("--role", help="Role of who does this, in small letters: analyst. Never a name.")]


@alerts_app.callback()
def alerts(
    context: typer.Context,
    country: Annotated[str | None, typer.Option("--country", help="Only this country (ISO3 or a name).")] = None,
    days: Annotated[int, typer.Option("--days", min=1, max=400, help="How many days to look back.")] = 31,
    home: Home = None,
    as_json: AsJson = False,
) -> None:
    """Show what was said lately and why, what was held back, and which flags are up. Reads the last published run.

    Example: monitor alerts --days 90
    """
    if context.invoked_subcommand:
        return
    from monitor.terminal.alerts import show_alerts

    settings, _ = door(home, None)
    iso3 = find_country(settings, country) if country else ""
    with plain_errors():
        snapshot = _snapshot(settings.home)
        show_alerts(snapshot.table("alerts"), snapshot.table("flags"), snapshot.manifest, iso3=iso3, days=days, as_json=as_json)


@alerts_app.command()
def policy(home: Home = None, as_json: AsJson = False) -> None:
    """Show the policy, and what it would have said in past years: alerts a week, alerts and false alarms a year.

    Example: monitor alerts policy
    """
    from monitor.terminal.alerts import show_policy

    _, config = door(home, None)
    show_policy(config.alerts, config.framework.hash, as_json=as_json)


@alerts_app.command()
def replay(
    first: Annotated[int, typer.Option("--from", min=1995, max=2100, help="First year.")] = 2015,
    last: Annotated[int, typer.Option("--to", min=1995, max=2100, help="Last year.")] = 2025,
    write: Annotated[bool, typer.Option("--write", help="Write what was measured into config/alerts.yaml.")] = False,
    every: Annotated[bool, typer.Option("--all", help="Show every alert, not only those at the levels that count.")] = False,
    home: Home = None,
    as_json: AsJson = False,
) -> None:
    """Replay past years: what this policy would have said, and what followed. Today's figures, assumed release lags.

    Example: monitor alerts replay --from 2015 --to 2025
    """
    from monitor.settings import write_measured
    from monitor.terminal.alerts import show_replay

    if last < first or last > today().year:
        raise typer.BadParameter(f"{first} to {last} is no span of years up to now", param_hint="--to")
    with assembled(home, None, quiet=as_json) as monitor:
        from monitor.alert_years import replay as replayed

        monitor.load_starter()
        found = replayed(monitor, first, last, today())
        show_replay(found.alerts, found.measured, monitor.config.alerts, every=every, as_json=as_json)
        if write:
            print(write_measured(monitor.settings.config, found.measured), file=sys.stderr)


@alerts_app.command()
def silence(
    country: Annotated[str | None, typer.Argument(help="ISO3 code or a name.")] = None,
    reason: Annotated[str, typer.Option("--reason", help="Why; no names, no place finer than a region.")] = "",
    role: Role = "",
    until: Annotated[str, typer.Option("--until", help="Last day, 2026-12-14; at most 30 days away.")] = "",
    kind: Annotated[str, typer.Option("--kind", help="Only this kind of flag: trigger, level, rising_fast and so on.")] = "",
    lift: Annotated[str, typer.Option("--lift", help="End a silence early: its number, with --reason and --role.")] = "",
    home: Home = None,
    as_json: AsJson = False,
) -> None:
    """Hold back mail about a country until a day; with no country, list the silences. It changes no level.

    Escalations to the levels that may not wait pass every silence. What was held back is counted in every digest.

    Example: monitor alerts silence CMR --kind trigger --until 2026-12-14 --role analyst --reason "Figures under review"
    """
    from monitor.alerts.entering import Refused, lifted, silenced
    from monitor.terminal.alerts import show_silences

    with assembled(home, None, quiet=True) as monitor:
        store, policy = monitor.store, monitor.config.alerts
        try:
            if lift:
                store.record_act(lifted(lift, role, reason, store.acts(), now()), seen=now())
            elif country is not None:
                iso3 = find_country(monitor.settings, country)
                store.record_act(silenced(iso3, kind, role, reason, until=until, policy=policy, now=now()), seen=now())
        except Refused as refused:
            print(f"Refused, nothing was recorded: {refused}", file=sys.stderr)
            raise typer.Exit(BAD_CONFIG) from refused
        show_silences(store.said().silences, today(), as_json=as_json)


@alerts_app.command()
def approve(
    number: Annotated[str, typer.Argument(help="Number of an alert that may not wait, from `monitor alerts`.")],
    role: Role = "",
    home: Home = None,
    as_json: AsJson = False,
) -> None:
    """Agree, as a person who has looked at it, that an alert goes out at once.

    Example: monitor alerts approve 0f3a9c2b11d4e785 --role analyst
    """
    from monitor.alerts.entering import Refused, approval

    with assembled(home, None, quiet=True) as monitor:
        try:
            act = approval(number, role, monitor.store.alerts(), now())
        except Refused as refused:
            print(f"Refused, nothing was recorded: {refused}", file=sys.stderr)
            raise typer.Exit(BAD_CONFIG) from refused
        fresh = monitor.store.record_act(act, seen=now())
        print(json.dumps({"alert": number, "recorded": fresh})) if as_json else print(
            f"{number}: approved by {role}; it goes out with the next mail that does not wait"
        )


def _snapshot(home: Path) -> Snapshot:
    """Return the published run; one of an older program has no alerts in it."""
    from monitor.storage import SnapshotError
    from monitor.storage.snapshot import Snapshot

    snapshot = Snapshot.open(home)
    if "alerts" not in snapshot.manifest["tables"]:
        raise SnapshotError("the last published run holds no alerts yet", what_to_do="run `monitor run` first")
    return snapshot


digest_app = typer.Typer(invoke_without_command=True, help="The week on one page.")
app.add_typer(digest_app, name="digest")


@digest_app.callback()
def digest(
    context: typer.Context,
    preview: Annotated[Path | None, typer.Option("--preview", help="Write .html, .txt and .eml into this folder.")] = None,
    country: Annotated[list[str] | None, typer.Option("--country", help="Only these countries (ISO3 or a name).")] = None,
    level: Annotated[str, typer.Option("--level", help="From which level on: baseline, watch, elevated or high.")] = "baseline",
    home: Home = None,
    as_json: AsJson = False,
) -> None:
    """Print the weekly digest as its text part, from the last published run, or write it as files to look at. Sends nothing.

    Example: monitor digest --preview look --level elevated
    """
    if context.invoked_subcommand:
        return
    from monitor.alerts import digest as week
    from monitor.alerts.odds import TABLES as ODDS
    from monitor.alerts.preview import write
    from monitor.alerts.render import as_mapping, digest_for

    settings, config = door(home, None)
    one_of(level, list(config.framework.level_order), "level")
    wanted = week.Filter(frozenset(find_country(settings, c) for c in country or ()), level)
    with plain_errors():
        snapshot = _snapshot(settings.home)
        there = (*week.TABLES, *(t for t in ODDS if t in snapshot.manifest["tables"]))
        tables = {name: snapshot.table(name) for name in there}
    made = week.content(tables, snapshot.manifest, config.levers, method=config.alerts.method_url)
    rendered = digest_for(made, wanted)
    if preview is not None:
        for path in write(rendered, preview, f"digest-{made.period}"):
            print(path)
    elif as_json:
        print(json.dumps(as_mapping(rendered), ensure_ascii=False))
    else:
        print(f"Subject: {rendered.subject}\n\n{rendered.text}")


@alerts_app.command()
def feed(
    out: Annotated[Path, typer.Option("--out", help="Folder for alerts.atom and alerts.json.")] = Path("out"),
    address: Annotated[str, typer.Option("--address", help="Public https address of that folder, if it has one.")] = "",
    home: Home = None,
) -> None:
    """Write the public alerts as an Atom feed and a JSON feed. What waits for a person's approval is not in them.

    Example: monitor alerts feed --out public
    """
    from monitor.alerts.feed import atom, json_feed

    settings, _ = door(home, None)
    with plain_errors():
        snapshot = _snapshot(settings.home)
        said = snapshot.table("alerts")
    out.mkdir(parents=True, exist_ok=True)
    for name, content in (
        ("alerts.atom", atom(said, snapshot.manifest, address)),
        ("alerts.json", json_feed(said, snapshot.manifest, address)),
    ):
        (out / name).write_bytes(content)
        print(out / name)
