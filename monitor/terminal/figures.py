"""Figures and assessments as of a day."""

from __future__ import annotations

import json
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING

import pandas as pd

from monitor.terminal.countries import countries, level_counts
from monitor.terminal.words import NO_DATA, day_in_words, open_console, records

if TYPE_CHECKING:
    from monitor.pipeline import Monitor


def show_panel(frame: pd.DataFrame, day: date, basis: str, *, out: Path | None, as_json: bool) -> None:
    """Print or write a panel, saying on what basis it was answered."""
    said = (
        "as recorded by this monitor"
        if basis == "recorded"
        else "today's vintages, assumed release lags: not what was known then"
    )
    if out is not None:
        plain = frame.astype(dict.fromkeys(("series", "iso3", "status", "document"), "str"))
        plain.to_parquet(out, index=False) if out.suffix == ".parquet" else plain.to_csv(out, index=False)
        print(f"{len(frame):,} figures as of {day} ({said}): {out}")
        return
    if as_json:
        print(json.dumps({"as_of": f"{day}", "basis": basis, "note": said, "rows": records(frame)}, ensure_ascii=False))
        return
    print(f"{len(frame):,} figures as of {day}, {said}")
    if len(frame):
        newest = frame.sort_values("end").groupby(["series", "iso3"], observed=True).tail(1).sort_values(["series", "iso3"])
        print(newest.drop(columns=["start"]).head(60).to_string(index=False, na_rep=NO_DATA))
        print(f"the newest period of each; {max(len(newest) - 60, 0)} more lines; --out FILE.csv writes all {len(frame):,}")
    else:
        print("nothing was known by then; `--basis assumed` answers from figures loaded later, with their release lags")


def show_assessment(monitor: Monitor, day: date, *, assumed: bool, as_json: bool) -> None:
    """Assess as of a day and print it; a past day says that it is today's vintages."""
    panel = monitor.store.panel()
    cube = monitor.cube(panel)
    walked = monitor.walk(cube, panel, day)
    start = walked.last.standing
    now = next(monitor.path(cube, panel, [day], start)) if assumed else monitor.stand(cube, panel, day, start, pd.DataFrame())
    tables = monitor.tables(panel, now, walked.before)
    basis = "today's vintages, assumed release lags: not what was known then" if assumed else "as recorded"
    if as_json:
        print(json.dumps({"as_of": f"{day}", "basis": basis, "countries": records(tables["assessments"])}, ensure_ascii=False))
        return
    console = open_console()
    console.print(f"[bold]As of {day_in_words(f'{day}')}[/bold] ({basis})   {level_counts(tables['assessments'])}")
    seen = tables["assessments"]
    console.print(countries(seen[seen["level"].isin(["high", "elevated", "watch"])], tables))
