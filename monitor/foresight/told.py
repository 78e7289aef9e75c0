"""A country's forecast in a few sentences, from the published tables: for the terminal, the brief and the digest. Pure.

A run of an older program has no such tables, and says nothing; a run that could make no forecast says why.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import pandas as pd

from monitor.foresight.record import HEADLINE
from monitor.foresight.words import years

TABLES = ("forecasts", "forecast_beside")


@dataclass(frozen=True)
class Said:
    """One target, in words; ``ahead``: the same further ahead. ``reasons``, ``changed``, ``beside``: empty where none."""

    target: str
    title: str
    meaning: str
    years: str
    year_from: int
    odds: str
    ahead: tuple[tuple[str, str], ...]
    outside: str
    reasons: str
    changed: str
    beside: str
    state: str
    calibrated: bool


def said(iso3: str, tables: Mapping[str, pd.DataFrame], about: Mapping[str, Any]) -> tuple[Said, ...]:
    """Return what is said of a country, target by target; ``about``: what the manifest says of the forecast."""
    if any(name not in tables for name in TABLES) or about.get("state") in (None, "none"):
        return ()
    rows, beside = (tables[name][tables[name]["iso3"] == iso3] for name in TABLES)
    lines = beside.set_index("target").to_dict("index")
    return tuple(
        _said(mine.to_dict("records"), lines.get(target, {}), about["targets"][target])
        for target, mine in rows.groupby("target", sort=False)
    )


def _said(rows: list[dict[Any, Any]], beside: Mapping[Any, Any], target: Mapping[str, str]) -> Said:
    head = sorted((r for r in rows if r["track"] == HEADLINE), key=lambda r: r["horizon"])
    first, *later = head
    outside = next((r for r in rows if r["track"] != HEADLINE and r["horizon"] == first["horizon"]), None)
    return Said(
        target=first["target"],
        title=target["title"],
        meaning=target["meaning"],
        years=years(first["first_year"], first["last_year"]),
        year_from=int(first["year_from"]),
        odds=first["said"],
        ahead=tuple((years(r["first_year"], r["last_year"]), r["said"]) for r in later if r["at_risk"]),
        outside=outside["said"] if outside and outside["at_risk"] else "",
        reasons=first["reasons"],
        changed=first["changed"],
        beside=beside.get("line", "") if first["at_risk"] else "",
        state=beside.get("state", ""),
        calibrated=bool(first["calibrated"]),
    )


def told(iso3: str, tables: Mapping[str, pd.DataFrame], about: Mapping[str, Any]) -> list[str]:
    """Return the same as lines; why there is no forecast where a run could make none; nothing of a run without one."""
    if about.get("state") == "none":
        return [f"No forecast: {about['why']}."]
    lines = []
    for one in said(iso3, tables, about):
        lines.append(f"Forecast of {one.title[:1].lower()}{one.title[1:]} in {one.years}: {one.odds}.")
        lines += [f"{text[:1].upper()}{text[1:].rstrip('.')}." for text in (one.reasons, one.changed, one.beside) if text]
    return lines
