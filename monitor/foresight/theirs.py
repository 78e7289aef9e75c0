"""Another's forecasts, to be scored beside ours: a table whose columns are mapped in the policy."""

from __future__ import annotations

from collections.abc import Mapping

import pandas as pd

from indicators.countries import Countries
from monitor.foresight.labels import EMPTY_ASIDE, country_of

HORIZON = 1


class BadForecasts(ValueError):
    """The table cannot be read as forecasts; the message says why."""


def read(
    table: pd.DataFrame, columns: Mapping[str, tuple[str, ...]], countries: Countries
) -> tuple[dict[int, dict[tuple[int, str], float]], pd.DataFrame]:
    """Return horizon -> (data year, iso3) -> risk, and the rows set aside (row, text, reason).

    Without a column of horizons every row is one year ahead. Of a file with a column ``track``, only ``headline`` counts.
    """
    have = {c.strip().casefold(): c for c in table.columns}
    found = {ours: next((have[name] for name in names if name in have), None) for ours, names in columns.items()}
    if lacking := [ours for ours in ("country", "year_from", "risk") if found.get(ours) is None]:
        raise BadForecasts(f"no column of {lacking[0]}: one of {', '.join(columns[lacking[0]])} is needed")
    if "track" in have:
        table = table[table[have["track"]] == "headline"]
    risks: dict[int, dict[tuple[int, str], float]] = {}
    aside = []
    for n, row in zip(table.index + 2, table.to_dict("records"), strict=True):
        country, year, risk = (str(row[str(found[c])]) for c in ("country", "year_from", "risk"))
        iso3, reason = country_of(country, year, countries)
        value = pd.to_numeric(risk, errors="coerce")
        reason = reason or ("" if pd.notna(value) else f"{risk!r} is no risk")
        horizon = int(row[found["horizon"]]) if found.get("horizon") else HORIZON
        at = risks.setdefault(horizon, {})
        if not reason and (int(year), iso3) in at:
            reason = "the same country and year stand in an earlier row"
        if reason:
            aside.append((n, f"{country}, {year}", reason))
        else:
            at[int(year), iso3] = float(value)
    return risks, pd.DataFrame(aside, columns=list(EMPTY_ASIDE.columns))
