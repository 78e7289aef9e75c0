"""What a person sees on the terminal, and the same as JSON for machines. Only words and tables: nothing is decided here."""

from __future__ import annotations

import json
import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pandas as pd
from rich.console import Console
from rich.markup import escape
from rich.table import Table

if TYPE_CHECKING:
    from monitor.pipeline import Monitor, Ran, Result

SHAPE = {"high": "▲", "elevated": "◆", "watch": "●", "baseline": "○", "insufficient data": "▨"}
STYLE = {"high": "bold red", "elevated": "dark_orange", "watch": "yellow", "baseline": "", "insufficient data": "dim"}
TRACKS = {"conflict": "Conflict", "outside_conflict": "Outside conflict"}
NO_DATA = "no data"
UNREACHED = "could not be reached"
RAISED = "↑"
KEY = (
    "Index 0 to 100, one scale for both tracks: watch begins at 40, elevated at 60, high at 80; not a probability. In brackets:\n"
    "core indicators read, of those asked. ↑ raised one level by a change against the country's own history. Since a year ago:\n"
    "against the same day a year earlier, as it would have looked with today's figures and assumed release lags."
)
LAST = 6  # the column that gives way on a narrow terminal


def _console() -> Console:
    return Console(width=None if sys.stdout.isatty() else 172)


@contextmanager
def progress(*, quiet: bool = False) -> Iterator[Callable[[str], None]]:
    """Yield a function that shows what is being done, on stderr: a spinner on a terminal, a line each elsewhere."""
    if quiet:
        yield lambda _: None
        return
    console = Console(stderr=True)
    if not console.is_terminal:
        yield lambda text: console.print(escape(text), highlight=False)
        return
    with console.status("Starting") as status:
        yield lambda text: status.update(escape(text))


# --------------------------------------------------------------------------------------------------------------- a whole run


def show(result: Result, *, every: bool = False) -> None:
    """Print a run: the sources, the countries that need attention (or all), and what to do next."""
    console = _console()
    manifest, said = result.manifest, result.tables["assessments"]
    if result.runs:
        show_runs(result.runs)
    console.print()
    console.print(f"[bold]Risk of mass atrocities, as of {_day(manifest['as_of'])}[/bold]   {_counts(said)}")
    if manifest["starter"]["used"]:
        console.print(escape(_starter_line(result.tables["sources"], manifest)), style="dark_orange")
    if manifest["via"]:
        console.print(f"Collected via mirror {escape(manifest['via'])}", style="dark_orange")
    shown = said if every else said[_needs_attention(said, manifest)]
    console.print(_countries(shown, result.tables))
    console.print(KEY, style="dim")
    console.print(_since_last_run(said), style="bold")
    if not every:
        console.print(_too_little(said))
        console.print(f"{len(said) - len(shown)} more countries: monitor run --all", style="dim")
    console.print(_unseen(result.tables["sources"]), style="dim")
    console.print()
    if result.briefs:
        console.print(f"{len(result.briefs) // 2} briefs as Markdown and HTML in {result.briefs[0].parent}", highlight=False)
    console.print(
        "Next: `make dashboard` to look around, `.venv/bin/monitor brief CMR` to read a country, "
        "`.venv/bin/monitor export` for files."
    )


def as_json(result: Result) -> dict[str, Any]:
    """Return a run as JSON: its collections, every country, the state of every source."""
    return {
        "run_id": result.run_id,
        "manifest": result.manifest,
        "runs": [vars(r) for r in result.runs],
        "countries": _records(result.tables["assessments"]),
        "sources": _records(result.tables["sources"]),
        "briefs": [str(p) for p in result.briefs],
        "snapshot": str(result.snapshot),
    }


def _countries(said: pd.DataFrame, tables: dict[str, pd.DataFrame]) -> Table:
    table = Table(box=None, header_style="bold", pad_edge=False)
    shorts = tables["readings"].drop_duplicates("measure").set_index("measure")["short"]
    raises = tables["drivers"][tables["drivers"]["direction"] == "raises"]
    ages = _evidence(tables["readings"])
    rows: list[tuple[tuple[str, ...], str]] = []
    for row in said.itertuples():
        mine = raises[(raises["iso3"] == row.iso3) & (raises["track"] == (row.headline or "conflict"))]
        cells: tuple[str, ...] = (
            escape(str(row.short)),
            _level(row),
            _track(row, "conflict"),
            _track(row, "outside_conflict"),
            _change(row),
            ages.get(str(row.iso3), NO_DATA),
            escape("; ".join(dict.fromkeys(shorts[m] for m in mine["measure"].head(3)))),
        )
        rows.append((cells, STYLE[str(row.level)]))
    for n, title in enumerate(
        ("Country", "Level", "Conflict", "Outside conflict", "Since a year ago", "Evidence", "What raises it most")
    ):
        widest = 0 if n == LAST else max((len(cells[n]) for cells, _ in rows), default=0)
        table.add_column(title, no_wrap=True, overflow="ellipsis", min_width=widest)
    for cells, style in rows:
        table.add_row(*cells, style=style)
    return table


def _too_little(said: pd.DataFrame) -> str:
    """Return the countries of which too little was seen for a level; they may be as bad as any."""
    names = said.loc[said["level"] == "insufficient data", "short"]
    return escape(f"Insufficient data ({len(names)}), which is no low level: {', '.join(sorted(names)) or 'none'}")


def _since_last_run(said: pd.DataFrame) -> str:
    """Return which levels and statuses differ from those of the run before."""
    before = said[said["run_before"] != ""]
    if before.empty:
        return "First run under this framework: there is no earlier one to set it against."
    moved = before[(before["level"] != before["level_run_before"]) | (before["status"] != before["status_run_before"])]
    words = [
        f"{r['short']}: {r['level_run_before']} → {r['level']}"
        + (f" ({r['status_run_before']} → {r['status']})" if r["status"] != r["status_run_before"] else "")
        for r in moved.to_dict("records")
    ]
    return escape(
        f"Since the run as of {_day(before['run_before'].iloc[0])}: {'; '.join(words) or 'no level and no status changed'}."
    )


def _evidence(readings: pd.DataFrame) -> dict[str, str]:
    """Return the span of the periods behind each country's scores, oldest to newest."""
    used = readings[readings["score"].notna() & ~readings["lasting"]].groupby("iso3")["end"].agg(["min", "max"])
    return {str(iso3): f"{row['min'][:4]} to {_month(row['max'])}" for iso3, row in used.iterrows()}


def _level(row: Any) -> str:
    held, under_way = " (held)" if row.held else "", ", under way" if row.status == "under way" else ""
    return f"{SHAPE[row.level]} {row.level}{held}{under_way}"


def _track(row: Any, track: str) -> str:
    level, index = getattr(row, f"{track}_level"), getattr(row, f"{track}_index")
    covered, core = getattr(row, f"{track}_covered"), getattr(row, f"{track}_core")
    # the index is cut, not rounded: 39.7 is not yet the 40 at which watch begins
    raised = RAISED if getattr(row, f"{track}_base") not in (level, "insufficient data") and not row.held else ""
    position = f"{int(index)} {level}{raised}" if pd.notna(index) else level
    return f"{position} ({covered}/{core})"


def _change(row: Any) -> str:
    if pd.isna(row.change):
        return "not comparable"
    step = "" if row.level_before == row.level else f", was {row.level_before}"
    return f"{row.change:+.0f}{step}".replace("-0", "0").replace("+0", "0")


def _needs_attention(said: pd.DataFrame, manifest: dict[str, Any]) -> pd.Series:
    rose = (said["change"] >= manifest["rose_points"]) & (said["level"] != "baseline")
    severe = said["level"].isin(["high", "elevated"]) | (said["status"] == "under way")
    chosen: pd.Series = severe | rose | said["iso3"].isin(manifest["watchlist"])
    return chosen


def _counts(said: pd.DataFrame) -> str:
    counts = said["level"].value_counts()
    return ", ".join(
        f"{counts.get(level, 0)} {level}" for level in ("high", "elevated", "watch", "baseline", "insufficient data")
    )


def _starter_line(sources: pd.DataFrame, manifest: dict[str, Any]) -> str:
    bundled = sources[sources["from_starter"]]
    periods = sorted(p for p in bundled["newest_period"] if p)
    span = f"their newest periods run from {_day(periods[0])} to {_day(periods[-1])}" if periods else "without any period"
    built = _day(manifest["starter"]["built"])
    return f"{len(bundled)} of {len(sources)} sources stand on the bundled starter figures (built {built}); {span}."


def _month(iso: str) -> str:
    """Return ``Feb 2026`` for an ISO day."""
    return f"{date.fromisoformat(iso[:10]):%b %Y}"


def _unseen(sources: pd.DataFrame) -> str:
    words = {"failed": "as it was", "stale": "stale", "missing": "never collected"}
    lines = [
        f"{r.source} ({words[str(r.state)]}{', to ' + _month(str(r.newest_period)) if r.newest_period else ''})"
        for r in sources[sources["enabled"] & (sources["state"] != "ok")].itertuples()
    ]
    return escape(
        "What we could not see, or only as it was: " + (", ".join(lines) if lines else "nothing; every source is fresh")
    )


# ------------------------------------------------------------------------------------------------------------- single verbs


def show_runs(runs: Sequence[Ran]) -> None:
    """Print what each source brought; those that could not be reached share one line a reason."""
    console = _console()
    reached = [r for r in runs if r.error_kind != UNREACHED]
    if reached:
        console.print(_runs(reached))
    reasons: dict[str, list[str]] = {}
    for r in runs:
        if r.error_kind == UNREACHED:
            reasons.setdefault(_reason(r.error), []).append(r.source)
    for reason, sources in reasons.items():
        count = f"{len(sources)} of {len(runs)} sources could not be reached ({reason}); the last good data stay: "
        console.print(escape(count + ", ".join(sources)), style="red")


def _reason(error: str) -> str:
    """Return the last part of an error, after the address that it names."""
    return error.rsplit(": ", 1)[-1].removeprefix(f"{UNREACHED} (").removesuffix(")")


def _runs(runs: Sequence[Ran]) -> Table:
    table = Table(box=None, header_style="bold", pad_edge=False)
    for title in (
        "Source",
        "Status",
        "New",
        "Revised",
        "Withdrawn",
        "Set aside",
        "Newest period",
        "Release",
        "Seconds",
        "What happened",
    ):
        table.add_column(title, justify="right" if title in ("New", "Revised", "Withdrawn", "Set aside", "Seconds") else "left")
    for r in runs:
        bad = r.status in ("failed", "refused")
        note = f"{r.error_kind}: {r.error}{'. ' + r.what_to_do if r.what_to_do else ''}" if bad else r.set_aside
        counts = (
            ("", "", "", "")
            if bad
            else (f"{r.rows_added:,}", f"{r.rows_revised:,}", f"{r.rows_withdrawn:,}", f"{r.rows_rejected:,}")
        )
        table.add_row(
            r.source, r.status, *counts, _day(r.newest_period), escape(r.release), f"{r.seconds:.1f}",
            escape(note[:400] + (" The last good data stay." if bad else "")), style="red" if bad else "",
        )  # fmt: skip
    return table


def show_sources(frame: pd.DataFrame) -> None:
    """Print the state of every source."""
    table = Table(box=None, header_style="bold", pad_edge=False)
    for title in ("Source", "State", "Newest period", "Age, days", "Rows", "Release", "Licence", "Last error"):
        table.add_column(title)
    for r in frame.to_dict("records"):
        age = "" if pd.isna(r["age_days"]) else f"{r['age_days']} (at most {r['max_age_days']})"
        state = f"{r['state']}{' (starter)' if r['from_starter'] else ''}{'' if r['enabled'] else ', off'}"
        words = (
            r["source"],
            state,
            _day(r["newest_period"]),
            age,
            f"{r['rows']:,}",
            r["release"],
            r["licence"],
            r["error"][:200],
        )
        table.add_row(*(escape(w) for w in words))
    _console().print(table)


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
        print(json.dumps({"as_of": f"{day}", "basis": basis, "note": said, "rows": _records(frame)}, ensure_ascii=False))
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
    from monitor.pipeline import a_year_before
    from monitor.risk.levels import hold

    panel = monitor.store.panel()
    cube = monitor.cube(panel)
    now = monitor.assess_assumed(cube, day) if assumed else monitor.assess(cube, day)
    before = monitor.assess_assumed(cube, a_year_before(day))
    held = hold(now, pd.DataFrame(), monitor.config.framework)
    tables = monitor.tables(panel, now, held, before)
    basis = "today's vintages, assumed release lags: not what was known then" if assumed else "as recorded"
    if as_json:
        print(json.dumps({"as_of": f"{day}", "basis": basis, "countries": _records(tables["assessments"])}, ensure_ascii=False))
        return
    console = _console()
    console.print(f"[bold]As of {_day(f'{day}')}[/bold] ({basis})   {_counts(tables['assessments'])}")
    seen = tables["assessments"]
    console.print(_countries(seen[seen["level"].isin(["high", "elevated", "watch"])], tables))


def _records(frame: pd.DataFrame) -> list[dict[str, Any]]:
    """Return rows as JSON values; a missing value is null, never zero."""
    records: list[dict[str, Any]] = json.loads(frame.to_json(orient="records", date_format="iso", date_unit="s"))
    return records


def _day(iso: str) -> str:
    """Return ``28 February 2026`` for an ISO day, ``no data`` for an empty one."""
    if not iso:
        return NO_DATA
    found = date.fromisoformat(iso[:10])
    return f"{found.day} {found:%B %Y}"
