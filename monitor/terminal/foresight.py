"""Forecasts and their scores, as tables, as files, and as JSON."""

from __future__ import annotations

import json
import math
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pandas as pd
from rich.markup import escape
from rich.table import Table

from monitor.terminal.words import open_console, records

if TYPE_CHECKING:
    from rich.console import Console

    from monitor.foresight.backtest import Backtest
    from monitor.foresight.prepare import Prepared, World

BASIS = "today's vintages, assumed release lags: not what was known then"
SHOWN = ("auc", "average_precision", "brier_skill")
TITLES = {"auc": "AUC", "average_precision": "Average precision", "brier_skill": "Brier skill"}
TRACK = {
    "headline": "Headline forecast",
    "outside_conflict": "Model that sees no death counts",
    "checklist": "Checklist (benchmark)",
}
SET_ASIDE_SHOWN = 5


def headline_target(done: Backtest) -> str:
    """Return the target whose forecasts are forecasts.csv: the first there is, in the order of the policy."""
    return next(iter(done.forecasts))


def write(done: Backtest, ready: Prepared, card: str, out: Path) -> list[Path]:
    """Write the tables as CSV and the model card; return the files. Further targets are in ``forecasts_{target}.csv``."""
    out.mkdir(parents=True, exist_ok=True)
    head = headline_target(done)
    tables = {"forecasts" if t == head else f"forecasts_{t}": frame for t, frame in done.forecasts.items()}
    tables |= {name: getattr(done, name) for name in ("scores", "calibration", "misses", "alarms", "choices")}
    tables["set_aside"] = ready.aside
    paths = []
    for name, frame in tables.items():
        path = out / f"{name}.csv"
        frame.to_csv(path, index=False, float_format="%.6g", lineterminator="\n")
        paths.append(path)
    (out / "model_card.md").write_text(card, encoding="utf-8")
    return [*paths, out / "model_card.md"]


def show(
    done: Backtest, ready: Prepared, world: World, aside: pd.DataFrame | None, years: tuple[int, int], *, as_json: bool
) -> None:
    """Print the scores of every target and horizon, the splits of the headline, and the worst misses."""
    if as_json:
        print(json.dumps(_as_json(done, ready, years), ensure_ascii=False))
        return
    console = open_console()
    for target in (t for t in world.policy.targets if t.id in done.forecasts):
        console.print(f"[bold]{escape(target.title)}[/bold], outcomes {years[0]}-{years[1]} ({BASIS})")
        console.print(escape(target.meaning.strip()), style="dim")
        for horizon in world.policy.horizons:
            _show_one(console, done, target.id, horizon)
    if "mass_killing" not in done.forecasts:
        console.print(
            "Mass killings were not scored: the Early Warning Project's list is never bundled. Collect it (monitor collect ewp), "
            "or give a list of your own with --labels."
        )
    for title, frame in (("labels", ready.aside), ("forecasts of others", aside)):
        if frame is not None and len(frame):
            _show_aside(console, title, frame)


def _as_json(done: Backtest, ready: Prepared, years: tuple[int, int]) -> dict[str, Any]:
    named = {name: records(getattr(done, name)) for name in ("scores", "calibration", "misses", "alarms", "choices")}
    return {
        "from": years[0],
        "to": years[1],
        "basis": BASIS,
        "target": headline_target(done),
        "forecasts": {target: len(frame) for target, frame in done.forecasts.items()},
        "set_aside": records(ready.aside),
        **named,
    }


def _show_one(console: Console, done: Backtest, target: str, horizon: int) -> None:
    scores = done.scores[(done.scores["target"] == target) & (done.scores["horizon"] == horizon)]
    if scores.empty or not (scores["onsets"] > 0).any():
        console.print(f"Horizon {horizon}: no onset whose outcome is known lies in these years, so there is no score.")
        return
    whole = scores[scores["split"] == "all"]
    console.print(_table("Forecast", whole, "track", TRACK, f"Onset within {horizon} year{'s' * (horizon > 1)}"))
    console.print(_table("Headline, by split", scores[scores["track"] == "headline"], "split", {}, ""))
    used = done.choices[(done.choices["target"] == target) & (done.choices["horizon"] == horizon)]
    used = used[used["track"] == "headline"]
    counts = used.groupby(["used", "why"], sort=False)["year_from"].agg(["min", "max", "size"]).reset_index()
    lines = [f"{r['used']} {r['size']} years, {r['min']} to {r['max']}: {r['why']}" for r in counts.to_dict("records")]
    console.print(escape(f"Used: {'; '.join(lines)}."))
    missed = done.misses[(done.misses["target"] == target) & (done.misses["horizon"] == horizon)]
    words = [f"{r['country']} {r['year']} (place {r['best']})" for r in missed.to_dict("records")]
    console.print(escape(f"Largest misses, best place in the two years before: {'; '.join(words) or 'none'}."))


def _table(first: str, scores: pd.DataFrame, key: str, words: dict[str, str], title: str) -> Table:
    followed = "Onsets" if (scores["horizon"] == 1).all() else "Country-years before one"
    table = Table(title=title or None, title_justify="left", box=None, header_style="bold", pad_edge=False)
    table.add_column(first)
    tops = sorted(int(s.rsplit("_", 1)[1]) for s in scores["score"].unique() if s.startswith("recall_at_"))
    for name in (*(TITLES[s] for s in SHOWN), *(f"Top {k}" for k in tops), followed, f"False alarms a year (top {tops[-1]})"):
        table.add_column(name, justify="right")
    for group, part in scores.groupby(key, sort=False):
        at = part.set_index("score")
        row = [_interval(at, s, 3) for s in SHOWN]
        row += [_found(at, k) for k in tops]
        onsets = at["onsets"].max()
        row += ["" if pd.isna(onsets) else f"{onsets:.0f}", _interval(at, f"false_alarms_a_year_at_{tops[-1]}", 1)]
        table.add_row(escape(words.get(str(group), str(group))), *row)
    return table


def _interval(at: pd.DataFrame, score: str, digits: int) -> str:
    found = at.reindex([score])[["value", "low", "high"]].to_numpy(dtype="float64")[0]
    value, low, high = (float(v) for v in found)
    if math.isnan(value):
        return "-"
    return f"{value:.{digits}f}" + ("" if math.isnan(low) else f" ({low:.{digits}f} to {high:.{digits}f})")


def _found(at: pd.DataFrame, k: int) -> str:
    value = at["value"].astype("float64")
    if f"found_in_top_{k}" in at.index:
        return f"{value[f'found_in_top_{k}']:.0f}"
    recall = f"recall_at_{k}"
    return f"{100 * value[recall]:.0f} %" if recall in at.index else "-"


def _show_aside(console: Console, title: str, frame: pd.DataFrame) -> None:
    console.print(f"Set aside of the {title}: {len(frame)} rows.")
    for row in frame.head(SET_ASIDE_SHOWN).to_dict("records"):
        place = f"row {row['row']}" if row["row"] > 0 else "a row"
        console.print(escape(f"  {place} ({row['text']}): {row['reason']}"))
    if len(frame) > SET_ASIDE_SHOWN:
        console.print("  ... all of them are in set_aside.csv, with --out.")
