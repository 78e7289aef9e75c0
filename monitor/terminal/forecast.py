"""The forecast of today on the terminal: the highest risks, and why one country's is what it is."""

from __future__ import annotations

import json
import math
from collections.abc import Hashable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal

import pandas as pd
from rich.markup import escape
from rich.table import Table

from monitor.foresight.words import of_100, short, years
from monitor.terminal.words import NO_DATA, day_in_words, open_console, records

if TYPE_CHECKING:
    from rich.console import Console

    from monitor.forecasting import Forecast
    from monitor.foresight.prepare import World

HIGHEST = 30
NAMED = 5
REASONS = 10
TITLES = ("Place", "Places", "Country", "Of 100", "90 % interval", "Times average", "Last year", "Without deaths")
KEY = (
    "Of 100: of 100 such country-years, how many saw an onset; even of the highest, most see none. Places and interval: from\n"
    "drawing the past years again and weighing the models by chance (90 %). Times average: of the mean of these countries.\n"
    "Without deaths: place by the model that sees no death counts."
)
ELSEWHERE = "Not in the list, because killing on this scale was under way in the last years, or there is no figure"
NO_ONSET = "not at risk of an onset: under way in the last years, or no figure"
CONFLICT = {1.0: "battle deaths", 0.0: "no battle deaths"}


@dataclass(frozen=True)
class Asked:
    """What to show: one country or the list, how many years ahead, all countries or the highest."""

    iso3: str | None
    horizon: int
    every: bool


def show(forecast: Forecast, world: World, asked: Asked, *, as_json: bool) -> None:
    """Print the forecasts of the horizon asked for; as JSON those of all horizons, of one country where one is asked for."""
    tables, about = forecast.tables, forecast.about
    if as_json:
        of_one = {n: f[f["iso3"] == asked.iso3] if asked.iso3 and "iso3" in f else f for n, f in tables.items()}
        print(json.dumps({"about": about, **{name: records(frame) for name, frame in of_one.items()}}, ensure_ascii=False))
        return
    console = open_console()
    console.print(escape(_made(about)), style="dim")
    rows = tables["forecasts"][tables["forecasts"]["horizon"] == asked.horizon]
    if rows.empty:
        console.print(
            f"There is no forecast {asked.horizon} years ahead; horizons are {', '.join(map(str, world.policy.horizons))}."
        )
        return
    for target in (t for t in world.policy.targets if t.id in set(rows["target"])):
        mine = rows[rows["target"] == target.id]
        head = mine[mine["track"] == "headline"]
        first = head.iloc[0]
        span = years(first["first_year"], first["last_year"])
        console.print(f"[bold]{escape(target.title)} in {span}[/bold], from figures to the end of {first['year_from']}")
        console.print(escape(" ".join(target.meaning.split())), style="dim")
        console.print(escape(f"Used: the {first['used']} ({first['why']})."))
        if asked.iso3 is None:
            _show_list(console, mine, every=asked.every)
        else:
            _show_country(console, mine[mine["iso3"] == asked.iso3], tables["forecast_reasons"], target.id)


def _made(about: Mapping[str, Any]) -> str:
    """Return when the forecast was made and whether that was for this."""
    kept = ", as the last published run has it: nothing that it depends on has changed since" if about["state"] == "kept" else ""
    return f"Forecast {about['key']}, made on {day_in_words(about['made_at'])}{kept}."


def summary(tables: Mapping[str, pd.DataFrame], about: Mapping[str, Any]) -> list[str]:
    """Return what a run says of its forecast: for each target the highest, and where forecast and framework differ."""
    if about["state"] == "none":
        return [f"No forecast: {about['why']}."]
    rows = tables["forecasts"]
    head = rows[(rows["track"] == "headline") & (rows["horizon"] == rows["horizon"].min()) & rows["at_risk"]]
    lines = []
    for target, mine in head.groupby("target", sort=False):
        first = mine.iloc[0]
        named = "; ".join(
            f"{r['country']} {of_100(r['of_100'])} ({short(100 * r['low'])} to {short(100 * r['high'])})"
            for r in mine.head(NAMED).to_dict("records")
        )
        title = f"{about['targets'][target]['title']} in {years(first['first_year'], first['last_year'])}"
        calibrated = "" if first["calibrated"] else ", not calibrated"
        lines.append(
            f"Forecast{calibrated}: {title}, of 100 such country-years, with the 90 % interval: {named}. monitor forecast"
        )
    beside, names = tables["forecast_beside"], head.set_index("iso3")["country"]
    for state, what in (("forecast higher", "higher by the forecast"), ("framework higher", "higher by the framework")):
        differ = beside[beside["state"] == state]["iso3"].drop_duplicates()
        if len(differ):
            lines.append(f"Forecast and framework differ, {what} ({len(differ)}): {', '.join(str(names[c]) for c in differ)}.")
    return lines


def _show_list(console: Console, rows: pd.DataFrame, *, every: bool) -> None:
    head = rows[rows["track"] == "headline"]
    outside = rows[rows["track"] == "outside_conflict"].set_index("iso3")["rank"]
    table = Table(box=None, header_style="bold", pad_edge=False)
    for title in TITLES:
        justify: Literal["left", "right"] = "left" if title in ("Country", "Last year") else "right"
        table.add_column(title, justify=justify, no_wrap=True)
    onset = head[head["at_risk"]]
    shown = onset if every else onset.head(HIGHEST)
    for row in shown.to_dict("records"):
        place = outside.get(str(row["iso3"]))
        table.add_row(
            f"{row['rank']}",
            f"{row['rank_low']} to {row['rank_high']}",
            escape(str(row["country"])),
            of_100(float(row["of_100"])),
            f"{short(100 * float(row['low']))} to {short(100 * float(row['high']))}",
            f"{float(row['times_average']):.1f}",
            escape(_last_year(row)),
            NO_DATA if place is None else f"{place}",
        )
    console.print(table)
    if len(going := head[~head["at_risk"]]):
        names = ", ".join(going["country"])
        console.print(escape(f"{ELSEWHERE}: {names}."))
    console.print(KEY, style="dim")


def _last_year(row: Mapping[Hashable, Any]) -> str:
    where = CONFLICT.get(row["conflict"], "no figure")
    return where if row["at_risk"] else f"{where}; {NO_ONSET}"


def _show_country(console: Console, rows: pd.DataFrame, reasons: pd.DataFrame, target: str) -> None:
    if rows.empty:
        console.print("No forecast: nothing is known of this country that a model sees.")
        return
    for row in rows.to_dict("records"):
        name = "Headline" if row["track"] == "headline" else "Without death counts"
        if math.isnan(float(row["risk"])):
            console.print(escape(f"{name}: {row['said']}."))
            continue
        low, high = (short(100 * float(row[end])) for end in ("low", "high"))
        how_many = f"of 100 such country-years {of_100(float(row['of_100']))} (90 % interval {low} to {high})"
        place = f"place {row['rank']} ({row['rank_low']} to {row['rank_high']})" if row["at_risk"] else "no place"
        times = f"{float(row['times_average']):.1f} times the average"
        console.print(escape(f"{name}: {row['country']}, {how_many}, {times}; {place}; {_last_year(row)}."))
        if row["changed"]:
            console.print(escape(f"Changed: {row['changed']}."))
    mine = reasons[(reasons["iso3"] == rows["iso3"].iloc[0]) & (reasons["target"] == target)]
    if mine.empty:
        console.print("The checklist is used: its items are the reasons.")
        return
    table = Table(box=None, header_style="bold", pad_edge=False)
    for title in ("Why", "Value", "Odds times"):
        table.add_column(title, justify="left" if title == "Why" else "right", no_wrap=title != "Why")
    for row in mine.head(REASONS).to_dict("records"):
        value = NO_DATA if math.isnan(float(row["value"])) else f"{float(row['value']):,.4g} {row['unit']}"
        table.add_row(escape(str(row["title"])), escape(value), f"{float(row['times_odds']):.2f}")
    console.print(table)
    rest = float(math.exp(mine["log_odds"].iloc[REASONS:].sum()))
    console.print(f"All other series together: {rest:.2f}. Against a typical country (the median of each series).", style="dim")
