"""Alerts on the terminal: what was said and why, the policy with what it costs, a replay of past years, silences."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from datetime import date, timedelta
from typing import Any

import pandas as pd
from rich.console import Console
from rich.markup import escape
from rich.table import Table

from monitor.alerts.budget import BASIS, by_year
from monitor.alerts.policy import Measured, Policy
from monitor.alerts.said import Silence
from monitor.terminal.words import day_in_words, open_console, records

WORLD = "(a source)"


def show_alerts(
    said: pd.DataFrame, flags: pd.DataFrame, manifest: Mapping[str, Any], *, iso3: str, days: int, as_json: bool
) -> None:
    """Print the alerts of the last days, newest first, what this run held back, and how many flags are up."""
    about, as_of = manifest["alerts"], date.fromisoformat(manifest["as_of"])
    lately = said[said["as_of"] >= f"{as_of - timedelta(days=days)}"]
    if iso3:
        lately, flags = lately[lately["iso3"] == iso3], flags[flags["iso3"] == iso3]
    if as_json:
        print(json.dumps({"alerts": records(lately), "flags": records(flags), **about}, ensure_ascii=False))
        return
    console = open_console()
    console.print(f"[bold]Alerts of the {days} days to {day_in_words(manifest['as_of'])}[/bold]   policy {about['policy']}")
    if about["first_look"]:
        console.print(
            "First look under this framework: everything was noted, and nothing is said; the next run compares with it."
        )
    if len(lately):
        console.print(_said(lately))
    else:
        console.print("Nothing was said.")
    console.print(escape(f"Held back in the last run: {held_in_words(about['held_back'])}."), style="dim")
    console.print(escape(_up(flags)), style="dim")


def held_in_words(held: Mapping[str, int]) -> str:
    """Return how many alerts were held back, by why."""
    parts = ", ".join(f"{count} by {why}" for why, count in held.items())
    return f"{sum(held.values())} ({parts})" if held else "none"


def _said(lately: pd.DataFrame) -> Table:
    table = Table(box=None, header_style="bold", pad_edge=False)
    for title in ("Said", "Reason", "Country", "Level", "What", "Words", "Number"):
        table.add_column(title, no_wrap=title not in ("Words",))
    for row in lately.to_dict("records"):
        waits = "" if not row["immediate"] else " (at once)" if row["approved"] else " (waits for approval)"
        marks = " (provisional)" if row["provisional"] else "" if row["fresh"] else " (figures older than they should be)"
        cells = (
            row["as_of"],
            row["reason"] + waits,
            row["name"] or WORLD,
            row["level"],
            row["title"],
            row["words"] + marks,
            row["id"],
        )
        table.add_row(*(escape(str(cell)) for cell in cells), style="bold" if row["immediate"] else "")
    return table


def _up(flags: pd.DataFrame) -> str:
    counts = flags["kind"].value_counts().sort_index()
    words = ", ".join(f"{count} {str(name).replace('_', ' ')}" for name, count in counts.items())
    return f"Flags up: {words or 'none'}. A flag is what is true; an alert is what is worth saying of it."


def show_policy(policy: Policy, framework: str, *, as_json: bool) -> None:
    """Print the policy and what was measured of it."""
    if as_json:
        print(json.dumps({"hash": policy.hash, **policy.model_dump(mode="json")}, ensure_ascii=False))
        return
    console = open_console()
    console.print(f"[bold]Policy of alerts, version {policy.version}[/bold] ({policy.hash})")
    table = Table(box=None, header_style="bold", pad_edge=False)
    for title in ("Kind", "Eases after", "Easing is said", "Said again after", "Provisional figures"):
        table.add_column(title)
    for kind, rule in policy.kinds.items():
        periods = f"{rule.lower_periods} fresh lower period{'s' if rule.lower_periods > 1 else ''}"
        again = f"{rule.repeat_days} days" if rule.repeat_days else "never"
        waits = "at once, marked" if rule.provisional_at_once else f"after {policy.provisional_updates} updates"
        table.add_row(f"{rule.title} ({kind})", periods, "yes" if rule.says_easing else "no", again, waits)
    console.print(table)
    console.print(f"Cool-down {policy.cool_down_days} days by country and kind; escalations pass it.")
    soon = ", ".join((*policy.immediate.levels, *(k.replace("_", " ") for k in policy.immediate.kinds)))
    console.print(f"May not wait for the week: {soon}{', once a person has approved it' if policy.immediate.approval else ''}.")
    if policy.measured is None:
        console.print("Not measured yet: monitor alerts replay --write", style="dark_orange")
    else:
        _measured(console, policy.measured, policy, framework)


def _measured(console: Console, found: Measured, policy: Policy, framework: str) -> None:
    years = f"{found.first} to {found.last}"
    console.print(f"\n[bold]What it would have said, {years}[/bold] ({escape(BASIS)}; measured on {found.measured_on})")
    if found.policy != policy.hash or found.framework != framework:
        what = "policy" if found.policy != policy.hash else "framework"
        console.print(f"Measured under another {what}: monitor alerts replay --write measures it again.", style="dark_orange")
    console.print(f"Expected alerts a week: {found.alerts_a_week}, all reasons, silence in the data left out.")
    names = ", ".join(f"{name.replace('_', ' ')} {count}" for name, count in found.alerts_a_year.items())
    console.print(escape(f"Alerts a year, new and escalated, by level or kind, and all that were repeated or eased: {names}."))
    levels = " or ".join(policy.followed.levels)
    rule = policy.followed
    console.print(
        f"At {levels}: {found.severe_a_year} countries a year. Of those that can be told, a year: {found.already_a_year} where "
        f"{rule.killed} civilians in twelve months were being killed already, {found.followed_a_year} followed by that within "
        f"{rule.months} months, {found.lasted_a_year} by a rise that lasted, "
        f"[bold]{found.false_alarms_a_year} false alarms[/bold]."
    )
    console.print(f"Held back: {found.held_back_a_year} a year. Looks are a month apart; runs by the day would hold back more.")


def show_replay(alerts: pd.DataFrame, found: Measured, policy: Policy, *, every: bool, as_json: bool) -> None:
    """Print the alerts of a replay at the levels that count (or all), how many there were by year, and what it comes to."""
    if as_json:
        print(json.dumps({"basis": BASIS, "measured": found.model_dump(mode="json"), "alerts": records(alerts)}))
        return
    console = open_console()
    table = Table(box=None, header_style="bold", pad_edge=False)
    for title in ("Month end", "Country", "Reason", "What", "Track", "What followed"):
        table.add_column(title)
    for row in alerts[alerts["severe"] | every].to_dict("records"):
        what = row["called"] if row["kind"] == "level" else row["kind"].replace("_", " ")
        table.add_row(row["as_of"], row["iso3"], row["reason"], what, row["track"].replace("_", " "), row["outcome"])
    console.print(table)
    counts = by_year(alerts).pivot_table(index="year", columns="name", values="alerts", sort=False)
    console.print(counts.reindex(columns=sorted(counts.columns)).fillna("").map(_whole).to_string(), highlight=False)
    _measured(console, found, policy, found.framework)


def _whole(count: object) -> str:
    return f"{count:.0f}" if isinstance(count, float) else ""


def show_silences(silences: Sequence[Silence], today: date, *, as_json: bool) -> None:
    """Print the silences that stand."""
    stand = [s for s in silences if s.ends >= today]
    if as_json:
        print(json.dumps({"silences": [s.model_dump(mode="json") for s in stand]}, ensure_ascii=False))
        return
    console = open_console()
    for each in stand:
        what = each.kind.replace("_", " ") or "everything but what may not wait"
        words = f"{each.id}  {each.iso3}: {what}, until {day_in_words(f'{each.ends}')}, by {each.role}: {each.reason}"
        console.print(escape(words), highlight=False)
    if not stand:
        console.print("No silence stands.")
