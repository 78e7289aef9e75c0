"""The track record as tables and lines. Pure: published tables in, frames and plain strings out; nothing is worked out here."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import pandas as pd

from dashboard.tables import records
from dashboard.words import NO_DATA, day, number

Row = Mapping[str, Any]

TABLES = ("forecasts", "forecast_scores", "forecast_calibration", "forecast_misses", "forecast_alarms")
LEDGER = ("ledger", "ledger_forecasts", "ledger_scores")
ALL = "all"
TRACKS = {"headline": "Headline", "outside_conflict": "Seeing no counts of deaths", "checklist": "Checklist (benchmark)"}
SPLITS = {
    "all": "All",
    "inside conflict": "In conflict the year before",
    "outside conflict": "Outside conflict the year before",
    "first-ever": "First ever in the country",
    "repeat": "It had happened before",
    "by governments": "Led by governments",
    "by groups": "Led by armed groups",
}
SCORES = {"auc": ("AUC", 3), "average_precision": ("Average precision", 3), "brier_skill": ("Brier skill", 3)}
LATEST = 12  # entries of the ledger that are listed
NOTHING = "None."
BASIS = (
    "Made as they would have been, each year from models that had seen nothing later, with a gap of two years, and chosen by "
    "forecasts of earlier years alone; from today's vintages with assumed release lags, which is not what was known then. The "
    "design was settled by people who knew the history."
)


def targets(scores: pd.DataFrame, about: Row) -> dict[str, str]:
    """Return target -> title, of those that were scored, in the policy's order."""
    there = set(scores["target"])
    return {target: str(told["title"]) for target, told in about["targets"].items() if target in there}


def horizons(scores: pd.DataFrame, target: str) -> list[int]:
    """Return how many years ahead a target was scored."""
    return sorted({int(h) for h in scores.loc[scores["target"] == target, "horizon"]})


def of(frame: pd.DataFrame, target: str, horizon: int) -> pd.DataFrame:
    """Return the rows of one target and horizon."""
    return frame[(frame["target"] == target) & (frame["horizon"].astype("float64") == horizon)]


def tracks_table(scores: pd.DataFrame) -> pd.DataFrame:
    """Return every forecast beside the benchmarks, over all rows: those of others too, as they were published."""
    whole = scores[scores["split"] == ALL]
    return pd.DataFrame([_line("Forecast", TRACKS.get(str(t), str(t)), part) for t, part in whole.groupby("track", sort=False)])


def splits_table(scores: pd.DataFrame, track: str = "headline") -> pd.DataFrame:
    """Return one forecast in every split: where it is good, and where it is not."""
    mine = scores[scores["track"] == track]
    return pd.DataFrame([_line("Rows", SPLITS.get(str(s), str(s)), part) for s, part in mine.groupby("split", sort=False)])


def _line(title: str, name: str, part: pd.DataFrame) -> dict[str, str]:
    at = {str(row["score"]): row for row in records(part)}
    onsets = part["onsets"].max()
    found = at.get("found_in_top_30")
    known = found is not None and not pd.isna(found["value"])
    share = _value(at.get("recall_at_30"), 2)
    line = {title: name, "Onsets": _count(onsets)}
    line["Found in the top 30"] = f"{_count(found['value'])} of {_count(onsets)}" if found is not None and known else share
    line |= {words: _value(at.get(score), digits) for score, (words, digits) in SCORES.items()}
    line["False alarms a year, top 30"] = _value(at.get("false_alarms_a_year_at_30"), 1)
    line["Country-years"] = _count(part["country_years"].max())
    return line


def _value(row: Row | None, digits: int) -> str:
    """Return a score with its interval; a dash where it cannot be had."""
    if row is None or pd.isna(row["value"]):
        return "–"
    ends = "" if pd.isna(row["low"]) else f" ({number(row['low'], digits)} to {number(row['high'], digits)})"
    return number(row["value"], digits) + ends


def _count(value: Any) -> str:
    return "–" if pd.isna(value) else f"{float(value):,.0f}"


def calibration_table(rows: pd.DataFrame) -> pd.DataFrame:
    """Return the bins of the reliability plot in figures: what was said, how often, what came."""
    return pd.DataFrame(
        [
            {
                "Risk said": f"{_percent(r['from'])} to {_percent(r['to'])}",
                "Country-years": _count(r["country_years"]),
                "Mean said": _percent(r["mean_risk"]),
                "Onsets": _count(r["onsets"]),
                "Observed": f"{_percent(r['observed'])} ({_percent(r['low'])} to {_percent(r['high'])})",
            }
            for r in records(rows)
        ]
    )


def _percent(share: float) -> str:
    return f"{number(100 * float(share), 2 if share < 0.1 else 0)} %"


def miss_lines(misses: pd.DataFrame) -> list[tuple[str, str]]:
    """Return (the onset with its best place in the two years before and what was said, what was visible), the worst first."""
    return [
        (f"{r['country']}, {float(r['year']):.0f}: place {_count(r['best'])} at best; said {_percent(r['risk'])}", _visible(r))
        for r in records(misses)
    ]


def alarm_lines(alarms: pd.DataFrame) -> list[tuple[str, str]]:
    """Return (the forecast with its place, what was said, and the country's next onset, what was visible), the highest first."""
    return [
        (
            f"{r['country']}, {float(r['year']):.0f}: place {_count(r['rank'])}; said {_percent(r['risk'])}; next onset: "
            + ("none known" if pd.isna(r["followed"]) else f"{float(r['followed']):.0f}"),
            _visible(r),
        )
        for r in records(alarms)
    ]


def _visible(row: Row) -> str:
    """Return what was visible; a backtest of an older program did not keep it."""
    ever = {1.0: "had happened before", 0.0: "had not happened before"}.get(row["ever"], "")
    return "; ".join(part for part in (str(row.get("visible") or NO_DATA), ever) if part)


# ------------------------------------------------------------------------------------------------------------ since then


def resolved_said(forecasts: pd.DataFrame, entered: int) -> str:
    """Return what has come of the forecasts in the ledger; ``entered``: how many stood there."""
    if not entered:
        return "No forecast was in the ledger yet when this was published: the record of real forecasts begins with it."
    if forecasts.empty or not int(forecasts["resolved"].sum()):
        last = f" The first of their years closes with {int(forecasts['last_year'].min())}." if len(forecasts) else ""
        return f"{entered} {'forecast is' if entered == 1 else 'forecasts are'} in the ledger, and nothing is resolved yet.{last}"
    done, onsets = int(forecasts["resolved"].sum()), int(forecasts["onsets"].sum())
    expected = forecasts["expected"].sum(min_count=1)
    return f"{done:,} forecasts of a country are resolved, with {onsets:,} onsets; {expected:,.1f} were expected."


def entry_table(ledger: pd.DataFrame) -> pd.DataFrame:
    """Return the newest entries of the ledger, the newest first."""
    newest = ledger.sort_values("number", ascending=False).head(LATEST)
    return pd.DataFrame(
        [
            {
                "Entry": str(r["number"]),
                "What": r["kind"],
                "As of": day(r["as_of"]),
                "Entered (UTC)": f"{day(r['said'])}, {r['said'][11:16]}",
                "Hash begins": r["sha256"][:16],
            }
            for r in records(newest)
        ]
    )


def check_said(before: Row, root: Row) -> Sequence[str]:
    """Return what the check of the chain found when this run was published, and the root that this run stands under."""
    first = (
        f"The chain of {before['entries']} entries was whole when this run was published."
        if before["entries"] and not before["broken"]
        else f"The chain was broken when this run was published: {before['broken']}."
        if before["broken"]
        else "The ledger begins with this run."
    )
    return (first, f"With this run it holds {root['entries']} entries, under the root {root['root']}.")
