"""A whole run: the sources, the countries that need attention, what could not be seen, what to do next."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pandas as pd
from rich.markup import escape

from monitor.risk import frames
from monitor.terminal.countries import countries, key, level_counts, with_intervals
from monitor.terminal.entries import show_inbox
from monitor.terminal.forecast import summary
from monitor.terminal.sources import show_runs
from monitor.terminal.words import day_in_words, month_in_words, open_console, records

if TYPE_CHECKING:
    from monitor.pipeline import Result

FAR = 10  # points of the index between two runs: half the way from one mark to the next


def show(result: Result, *, every: bool = False) -> None:
    """Print a run: the sources, the countries that need attention (or all), and what to do next."""
    console = open_console()
    manifest, said = result.manifest, result.tables["assessments"]
    if result.runs:
        show_runs(result.runs)
    show_inbox(result.inbox)
    console.print()
    console.print(f"[bold]Risk of mass atrocities, as of {day_in_words(manifest['as_of'])}[/bold]   {level_counts(said)}")
    if manifest["starter"]["used"]:
        console.print(escape(_starter_line(result.tables["sources"], manifest)), style="dark_orange")
    if manifest["via"]:
        console.print(f"Collected via mirror {escape(manifest['via'])}", style="dark_orange")
    shown = said if every else said[_needs_attention(said, manifest)]
    steps = manifest["framework"]["steps"]
    console.print(countries(shown, result.tables, steps))
    console.print(key(steps), style="dim")
    console.print(_since_last_run(said), style="bold")
    if manifest["anew"]["said"]:
        console.print(escape(manifest["anew"]["said"]), style="dark_orange")
    for line in summary(result.tables, manifest["forecast"]):
        console.print(escape(line), highlight=False)
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
        "inbox": [vars(t) for t in result.inbox],
        "countries": records(with_intervals(result.tables["assessments"], result.tables["intervals"])),
        "sources": records(result.tables["sources"]),
        "briefs": [str(p) for p in result.briefs],
        "snapshot": str(result.snapshot),
    }


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
    day = day_in_words(before["run_before"].iloc[0])
    levels = f"Since the run as of {day}: {'; '.join(words) or 'no level and no status changed'}."
    return escape(levels + _jumps(before))


def _jumps(said: pd.DataFrame) -> str:
    """Return which index moved far since the run before, of either track: a level that stays can hide other figures."""
    words = []
    for track, title in (("conflict", "conflict"), ("outside_conflict", "outside conflict")):
        far = said[(said[f"{track}_index"] - said[f"{track}_index_run_before"]).abs() >= FAR]
        rows = far.to_dict("records")
        words += [f"{r['short']} {title} {r[f'{track}_index_run_before']:.0f} → {r[f'{track}_index']:.0f}" for r in rows]
    return f" Index moved by {FAR} points or more: {'; '.join(words)}." if words else ""


def _needs_attention(said: pd.DataFrame, manifest: dict[str, Any]) -> pd.Series:
    order = {level["id"]: n for n, level in enumerate(manifest["framework"]["levels"])}
    rose = frames.rose(said, order, manifest["rose_points"]) & (said["level"] != "baseline")
    severe = said["level"].isin(["high", "elevated"]) | (said["status"] == "under way")
    chosen: pd.Series = severe | rose | said["iso3"].isin(manifest["watchlist"])
    return chosen


def _starter_line(sources: pd.DataFrame, manifest: dict[str, Any]) -> str:
    bundled = sources[sources["from_starter"]]
    periods = sorted(p for p in bundled["newest_period"] if p)
    span = (
        f"their newest periods run from {day_in_words(periods[0])} to {day_in_words(periods[-1])}"
        if periods
        else "without any period"
    )
    built = day_in_words(manifest["starter"]["built"])
    return f"{len(bundled)} of {len(sources)} sources stand on the bundled starter figures (built {built}); {span}."


def _unseen(sources: pd.DataFrame) -> str:
    words = {"failed": "as it was", "stale": "stale", "missing": "never collected"}
    lines = [
        f"{r.source} ({words[str(r.state)]}{', to ' + month_in_words(str(r.newest_period)) if r.newest_period else ''})"
        for r in sources[sources["enabled"] & (sources["state"] != "ok")].itertuples()
    ]
    return escape(
        "What we could not see, or only as it was: " + (", ".join(lines) if lines else "nothing; every source is fresh")
    )
