"""Verbs that enter: a person's judgement, confirmation or withdrawal, each with a role, sources and an end."""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from monitor.cli.door import BAD_CONFIG, AsJson, Home, app, assembled

if TYPE_CHECKING:
    from monitor.pipeline import Monitor

SourceWords = Annotated[
    list[str] | None, typer.Option("--source", help="TITLE|URL|2026-10-01, a public https page; once for each source.")
]
Role = Annotated[str | None, typer.Option("--role", help="Role of who enters, in small letters: analyst. Never a name.")]
Expires = Annotated[str | None, typer.Option("--expires", help="Last day, 2026-12-31; earlier than the default, never later.")]
Withdraw = Annotated[bool, typer.Option("--withdraw", help="Take back the last entry, with --reason and --role.")]
ListAll = Annotated[bool, typer.Option("--list", help="Show what was entered, with its history; of one country if named.")]
Country = Annotated[str | None, typer.Argument(help="ISO3 code or a name: CMR, Burma, 'DR Congo'.")]


@app.command()
def judge(
    country: Country = None,
    indicator: Annotated[str | None, typer.Argument(help="Indicator of the UN Framework: 5.3.")] = None,
    answer: Annotated[str | None, typer.Option(help="no_evidence_found, weak_signs, clear_signs or strong_signs.")] = None,
    confidence: Annotated[str | None, typer.Option(help="low, moderate or high.")] = None,
    summary: Annotated[str | None, typer.Option(help="What the sources say; no names, no place finer than a region.")] = None,
    source: SourceWords = None,
    role: Role = None,
    second_reader: Annotated[str | None, typer.Option(help="Another role; strong_signs needs one.")] = None,
    direction: Annotated[str | None, typer.Option(help="improving, stable, worsening or unknown (default).")] = None,
    allegation: Annotated[bool, typer.Option("--allegation", help="The sources allege it; it is not established.")] = False,
    observed_from: Annotated[str | None, typer.Option(help="First day it is about (default: of the sources).")] = None,
    observed_to: Annotated[str | None, typer.Option(help="Last day it is about (default: of the sources).")] = None,
    expires: Expires = None,
    reason: Annotated[str | None, typer.Option(help="With --withdraw: why.")] = None,
    withdraw: Withdraw = False,
    import_file: Annotated[Path | None, typer.Option("--import", help="Enter every row of a CSV file, or none.")] = None,
    template: Annotated[bool, typer.Option("--template", help="Print the head of that CSV file.")] = False,
    show_list: ListAll = False,
    home: Home = None,
    as_json: AsJson = False,
) -> None:
    """Enter an analyst's judgement where no public series can answer. It is shown beside the data and changes no score.

    One source for no_evidence_found and weak_signs; two of different hosts for clear_signs; a second reader as well for
    strong_signs. It expires 90 days after entry (365 for structural indicators). Exit code 2 and nothing recorded when a rule is
    broken.

    Example: monitor judge CMR 5.3 --answer weak_signs --confidence moderate --summary "Recruitment reported in two regions"
    --source "Title of the report|https://example.org/report|2026-10-01" --role analyst
    """
    if template:
        from monitor.entry_csv import template as head

        print(head())
        return
    with assembled(home, None, quiet=True) as monitor, _refusals():
        if show_list:
            _show_list(monitor, country, "judgements", as_json=as_json)
        elif import_file is not None:
            from monitor.entry_csv import read

            _enter(monitor, read(import_file, monitor.desk()), as_json=as_json)
        elif withdraw:
            _enter_form(monitor, "withdrawal", as_json, iso3=country, subject=indicator, reason=reason, role=role)
        else:
            given = {"iso3": country, "indicator": indicator, "answer": answer, "direction": direction, "role": role}
            given |= {"confidence": confidence, "summary": summary, "second_reader": second_reader, "expires": expires}
            given |= {"observed_from": observed_from, "observed_to": observed_to}
            _enter_form(monitor, "judgement", as_json, **given, allegation=allegation, sources=_cited(source))


@app.command()
def confirm(
    country: Country = None,
    kind: Annotated[str | None, typer.Argument(help="imminent, or raise (on provisional figures, or a second step).")] = None,
    reason: Annotated[str | None, typer.Option(help="Why; no names, no place finer than a region.")] = None,
    role: Role = None,
    source: SourceWords = None,
    expires: Expires = None,
    withdraw: Withdraw = False,
    show_list: ListAll = False,
    home: Home = None,
    as_json: AsJson = False,
) -> None:
    """Confirm, as a person, what the program must not decide: that risk is imminent, or that a raise stands.

    Two sources of different hosts, a reason, a role. It expires after 30 days (a raise after 90) or by --withdraw. It changes no
    score. Exit code 2 and nothing recorded when a rule is broken.

    Example: monitor confirm SDN imminent --reason "Forces massing around a besieged town" --role "country lead"
    --source "First report|https://example.org/a|2026-10-01" --source "Second report|https://example.com/b|2026-10-02"
    """
    with assembled(home, None, quiet=True) as monitor, _refusals():
        if show_list:
            _show_list(monitor, country, "confirmations", as_json=as_json)
        elif withdraw:
            _enter_form(monitor, "withdrawal", as_json, iso3=country, subject=kind, reason=reason, role=role)
        else:
            given = {"iso3": country, "kind": kind, "reason": reason, "role": role, "expires": expires}
            _enter_form(monitor, "confirmation", as_json, **given, sources=_cited(source))


@contextmanager
def _refusals() -> Iterator[None]:
    """Turn a refusal into a line a fault on stderr and an exit code."""
    from monitor.risk.entry_rules import Refused

    try:
        yield
    except Refused as refused:
        print("Refused, nothing was recorded:", *refused.faults, sep="\n  ", file=sys.stderr)
        raise typer.Exit(BAD_CONFIG) from refused


def _cited(words: list[str] | None) -> list[dict[str, str]]:
    from monitor.entry_csv import cited

    return [cited(each) for each in words or []]


def _enter_form(monitor: Monitor, entry: str, as_json: bool, **given: Any) -> None:
    from monitor.risk.entry_rules import checked

    form = {name: value for name, value in given.items() if value is not None}
    _enter(monitor, [checked({"entry": entry, **form}, monitor.desk())], as_json=as_json)


def _enter(monitor: Monitor, entries: Any, *, as_json: bool) -> None:
    from monitor.entering import enter
    from monitor.terminal.entries import show_entered

    fresh = enter(monitor.store, entries, monitor.clock())
    if as_json:
        said = [{"recorded": new, **e.model_dump(mode="json")} for e, new in zip(entries, fresh, strict=True)]
        print(json.dumps({"entries": said}, ensure_ascii=False))
    else:
        show_entered(monitor, entries, fresh)


def _show_list(monitor: Monitor, country: str | None, table: str, *, as_json: bool) -> None:
    from monitor.cli.door import find_country, today
    from monitor.risk.judgement_tables import tables
    from monitor.terminal.entries import show_history
    from monitor.terminal.words import records

    frame = tables(monitor.store.entries(), today())[table]
    if country is not None:
        frame = frame[frame["iso3"] == find_country(monitor.settings, country)]
    print(json.dumps({table: records(frame)}, ensure_ascii=False)) if as_json else show_history(monitor, frame)
