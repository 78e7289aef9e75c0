"""The generated parts of README.md, made from the real program: `make docs` writes them, tests/test_docs.py checks them."""

from __future__ import annotations

import io
import re
import tempfile
import textwrap
from collections.abc import Callable, Hashable, Mapping
from contextlib import redirect_stdout
from datetime import UTC, date, datetime
from functools import cache
from pathlib import Path
from typing import Any

import pandas as pd

from monitor.alerts.budget import BASIS
from monitor.pipeline import Monitor, Result
from monitor.prompts.formats import SOURCES, to_edit
from monitor.prompts.material import material
from monitor.prompts.wording import write as write_text
from monitor.risk.cases import lead_times
from monitor.settings import ROOT, Config, Settings, load_config
from monitor.starter import FOLDER
from monitor.storage.store import Store
from monitor.terminal.run import show
from monitor.track_record import load as track_record_of

README = ROOT / "README.md"
DAY = date(2026, 11, 25)
SHOWN = ("Country", "DR Congo", "Sudan", "Myanmar", "Nigeria", "North Korea", "Cameroon", "Venezuela")
WHAT_FOR = {
    "ucdp_ged": "killing of civilians, deaths in war and between groups, by month",
    "ucdp_country_year": "the same by year, with governments and armed groups apart",
    "ucdp_one_sided": "actors that killed 25 or more civilians",
    "ucdp_battle_deaths": "pairs of parties at war",
    "wdi": "infant mortality, incomes, inflation, trade, military spending, population",
    "wgi": "rule of law, government effectiveness, corruption, stability",
    "unhcr": "flight abroad, displacement, refugees hosted",
    "vdem": "killings, torture, exclusion of groups, civil society, courts, media",
    "owid": "civil liberties, rule of law, democracy, deaths placed by coordinates",
    "ewp": "past mass killing, as yes or no; collected only, never bundled",
    "idmc": "people displaced inside countries by conflict; collected only, never bundled",
    "inform": "vulnerability with food stress and recent disasters, lack of capacity to cope",
    "coups": "coup attempts, as yes or no in five years; collected only, never bundled",
    "epr": "groups excluded from power and discriminated; put in by hand, never bundled",
    "pts": "killings, torture, disappearances and political prison; collected only, never bundled",
}


SOURCES_HEAD = f"\n{SOURCES}\n"
FORECASTS = {
    ("headline", "all"): "All countries",
    ("headline", "inside conflict"): "Inside conflict",
    ("headline", "outside conflict"): "Outside conflict",
    ("headline", "first-ever"): "First ever",
    ("outside_conflict", "all"): "Model that sees no count of deaths",
    ("outside_conflict", "outside conflict"): "The same, outside conflict",
    ("checklist", "all"): "Checklist (benchmark)",
}


@cache
def first_run() -> Result:
    """Return what a first run with no network gives on the bundled figures; the briefs are gone with its home."""
    with tempfile.TemporaryDirectory() as home:
        settings = Settings(home=Path(home), offline=True)
        at = datetime(DAY.year, DAY.month, DAY.day, 12, tzinfo=UTC)
        monitor = Monitor(settings, load_config(settings.config), Store(Path(home)), lambda: at)
        return monitor.run(DAY)


def run_output() -> str:
    """Return what `monitor run --offline` prints on the bundled figures, shortened to some countries."""
    out = io.StringIO()
    with redirect_stdout(out):
        show(first_run())
    return shortened([line.rstrip() for line in out.getvalue().splitlines()])


def cases_table(config: Config) -> str:
    """Return what was said before each dated case, as `monitor replay --cases` has it, and how many were missed."""
    levels = [level.id for level in config.framework.levels]
    figures = pd.read_parquet(FOLDER / "ucdp_ged.parquet")
    found = lead_times(config.cases, first_run().tables["history"], figures, levels)
    rows = [
        f"| {row['title']} | {row['began']} | {row['level']}, {row['status']} | {_lead(row, 'elevated')} | {_lead(row, 'high')} |"
        for row in found.to_dict("records")
    ]
    missed = {level: int((~(found[f"{level}_lead"] > 0)).sum()) for level in ("watch", "elevated", "high")}
    head = ["| Case | Began | A month before | At elevated or above | At high |", "|---|---|---|---|---|"]
    said = ", ".join(f"*{level}* in {n}" for level, n in missed.items())
    return "\n".join([*head, *rows, "", f"Not reached when it began, of {len(found)} cases: {said}."])


def _lead(row: Mapping[Hashable, Any], level: str) -> str:
    """Return ``since 2012-06 (9 months; 17 countries then)``, how late it came, or that it was not reached."""
    lead = row[f"{level}_lead"]
    if pd.isna(lead):
        return "not reached"
    if lead <= 0:
        return f"**{_months(-lead)} late**" if lead else "**in that month**"
    return f"since {row[f'{level}_since'][:7]} ({_months(lead)}; {row[f'{level}_countries']} countries then)"


def _months(count: float) -> str:
    return f"{count:.0f} month{'' if count == 1 else 's'}"


def shortened(lines: list[str]) -> str:
    """Return the lines with the table cut to the countries of :data:`SHOWN`, and without the address of the briefs."""
    start = next(n for n, line in enumerate(lines) if line.startswith("Country "))
    end = next(n for n, line in enumerate(lines) if line.startswith("Index 0 to 100"))
    table = [line for line in lines[start:end] if line.startswith(SHOWN)]
    widest = max(len(re.split(r"  +", line)[0]) for line in table)
    table = [f"{line[: widest + 2].strip():{widest + 2}s}{line[_second(lines[start]) :]}"[:150].rstrip() for line in table]
    after = [line for line in lines[end:] if line and not re.match(r"\d+ briefs as|Next:", line) and "`.venv/bin" not in line]
    return "\n".join([*(line for line in lines[:start] if line), *table, "...", *after])


def _second(header: str) -> int:
    """Return where the second column begins."""
    return header.index("Level")


def sources_table(config: Config) -> str:
    """Return one row a source."""
    rows = [f"| {c.title} ({c.provider}) | {len(c.series)} | {WHAT_FOR[c.id]} | {c.licence} |" for c in config.sources]
    return "\n".join(["| Source | Series | What for | Licence |", "|---|---|---|---|", *rows])


def indicator_counts(config: Config) -> str:
    """Return how many of the framework's indicators are fed, by judgement only, and not at all."""
    indicators = [i for _, i in config.framework.indicators()]
    fed = sum(any(e.scored for e in i.evidence) for i in indicators)
    context = sum(bool(i.evidence) and not any(e.scored for e in i.evidence) for i in indicators)
    judgement = sum(not i.evidence and i.measurability == "judgement_only" for i in indicators)
    unnumbered = sum(not i.numbering_verified for i in indicators)
    return (
        f"Of the {len(indicators)} indicators, {fed} can be scored from the connected series, {context} have only weak evidence "
        f"that is shown and not counted, {judgement} only a person can answer, and "
        f"{len(indicators) - fed - context - judgement} wait for a source. The numbers of {unnumbered} have not yet been "
        "compared with the UN document."
    )


def prompt_text(config: Config) -> str:
    """Return what is sent of written questions on Cameroon, without its sources, on the bundled figures."""
    result = first_run()
    made = material("CMR", result.tables, result.manifest, config.levers, config.parliament)
    text = to_edit(write_text(made, config.parliament.kind("commons-question"), ROOT / "config"))
    return f"```\n{wrapped(text.split(SOURCES_HEAD)[0])}\n```"


def wrapped(text: str) -> str:
    """Return text with its lines cut at 130 characters, at spaces; an indented line stays indented."""
    lines = [
        textwrap.wrap(line, 130, subsequent_indent=" " * (len(line) - len(line.lstrip()))) or [""] for line in text.split("\n")
    ]
    return "\n".join(part for line in lines for part in line).strip()


def alerts_cost(config: Config) -> str:
    """Return what the policy of alerts would have said in past years, and what followed, as it was measured."""
    found = config.alerts.measured
    assert found is not None, "monitor alerts replay --write measures the policy"
    return (
        f"Replayed over {found.first} to {found.last} ({BASIS}), the policy says {found.alerts_a_week} new or escalated things "
        f"a week, silence in the data left out. {found.severe_a_year} countries a year reach *elevated* or *high* anew. In the "
        f"years whose outcome can be told, that was {found.already_a_year} times a year where 200 civilians in twelve months "
        f"were being killed already; this followed within twelve months {found.followed_a_year} times, the rise lasted "
        f"{found.lasted_a_year} times, and {found.false_alarms_a_year} were false alarms."
    )


def track_record(config: Config) -> str:
    """Return the bundled scores of forecasts one year ahead, with what nine of ten redrawn years give."""
    kept = track_record_of(Path(tempfile.gettempdir()) / "no such home", config.foresight.hash)
    assert kept is not None, "the bundled scores are not those of config/foresight.yaml"
    scores = kept.table("scores").query("horizon == 1")
    shown = {
        "auc": "AUC",
        "average_precision": "Average precision",
        "brier_skill": "Brier skill",
        "recall_at_30": "Recall, first 30",
    }
    lines = [f"| {' | '.join(('Forecast', 'Onsets', *shown.values()))} |", f"|---|{'---:|' * (1 + len(shown))}"]
    for (track, split), name in FORECASTS.items():
        part = scores[(scores["track"] == track) & (scores["split"] == split)].set_index("score")
        cells = [f"{v.value:.3f} ({v.low:.3f} to {v.high:.3f})" for v in part.loc[list(shown)].itertuples()]
        lines.append(f"| {' | '.join((name, str(int(part['onsets'].max())), *cells))} |")
    return "\n".join(lines)


def blocks() -> dict[str, Callable[[], str]]:
    """Return every generated block by its name."""
    config = load_config(ROOT / "config")
    return {
        "run": lambda: f"```\n{run_output()}\n```",
        "sources": lambda: sources_table(config),
        "cases": lambda: cases_table(config),
        "indicators": lambda: indicator_counts(config),
        "foresight": lambda: track_record(config),
        "alerts": lambda: alerts_cost(config),
        "prompts": lambda: prompt_text(config),
    }


def in_readme(name: str) -> str:
    """Return a block as it stands in the README."""
    found = re.search(rf"<!-- begin {name} -->\n(.*?)\n<!-- end {name} -->", README.read_text(encoding="utf-8"), re.S)
    assert found, f"README.md has no block {name!r}"
    return found[1]


def write() -> None:
    """Write every block into the README."""
    text = README.read_text(encoding="utf-8")
    for name, make in blocks().items():
        old = f"<!-- begin {name} -->\n{in_readme(name)}\n<!-- end {name} -->"
        text = text.replace(old, f"<!-- begin {name} -->\n{make()}\n<!-- end {name} -->")
    README.write_text(text, encoding="utf-8")


if __name__ == "__main__":
    write()
