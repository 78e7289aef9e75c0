"""A list of onsets that somebody brings: which rows count, which are set aside, and why. Nothing is dropped without a word.

A row names a country (ISO3, Gleditsch-Ward number or any name) and a year. With a column ``onset`` (1 or 0), only the
country-years that stand in the list are known; without one, the list is taken to be complete from its first year to its last.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd

from indicators.contract import UnknownCountry
from indicators.countries import Countries
from monitor.foresight.annual import Annual, Bools, Floats
from monitor.foresight.known import carried
from monitor.foresight.policy import POPULATION, Target
from monitor.foresight.targets import Onsets, ever

COUNTRY = ("iso3", "country", "country_code", "code", "name", "country_name", "ewp_name", "gwcode", "gwno")
YEAR = ("year", "onset_year", "year_onset")
ONSET = ("onset", "mk_onset")
EMPTY_ASIDE = pd.DataFrame(columns=["row", "text", "reason"])
ALIKE = "the same country and year stand in an earlier row"


class BadLabels(ValueError):
    """The file cannot be used as a list of onsets; the message says why."""


@dataclass(frozen=True)
class Labels:
    """``rows``: iso3, year, onset (1 or 0). ``aside``: row (of the file, header 1), text, reason. ``first``, ``last``: years.

    ``complete``: whether a country-year between these years that is not in ``rows`` had no onset (else it is unknown).
    """

    rows: pd.DataFrame
    aside: pd.DataFrame
    first: int
    last: int
    complete: bool


def read(table: pd.DataFrame, countries: Countries, until: int | None = None) -> Labels:
    """Return the labels of a table of text. ``until``: the last year that a list of onsets is complete to, if past its last row.

    Raises :class:`BadLabels` without a column of countries or years, or when no row is left.
    """
    columns = {c.strip().casefold(): c for c in table.columns}
    country, year = _one_of(columns, COUNTRY, "country"), _one_of(columns, YEAR, "year")
    onset = next((columns[c] for c in ONSET if c in columns), None)
    kept, aside, seen = [], [], set()
    for n, row in enumerate(table.to_dict("records"), 2):
        text = f"{row[country]}, {row[year]}"
        iso3, reason = country_of(str(row[country]), str(row[year]), countries)
        began = _yes_or_no(str(row[onset])) if onset else 1.0
        reason = reason or ("" if began is not None else f"{row[onset]!r} is not 0 or 1")
        if not reason and (key := (iso3, int(row[year]))) in seen:
            reason = ALIKE
        if reason:
            aside.append((n, text, reason))
            continue
        seen.add(key)
        kept.append((iso3, int(row[year]), began))
    if not any(began for _, _, began in kept):
        raise BadLabels("no row names an onset in a known country and a year")
    rows = pd.DataFrame(kept, columns=["iso3", "year", "onset"])
    last = max(int(rows["year"].max()), until or 0)
    return Labels(rows, pd.DataFrame(aside, columns=list(EMPTY_ASIDE.columns)), int(rows["year"].min()), last, onset is None)


def _one_of(columns: dict[str, str], names: tuple[str, ...], what: str) -> str:
    found = next((columns[name] for name in names if name in columns), None)
    if found is None:
        raise BadLabels(f"no column of {what}: one of {', '.join(names)} is needed, and the file has {', '.join(columns)}")
    return found


def _yes_or_no(text: str) -> float | None:
    return {"1": 1.0, "1.0": 1.0, "0": 0.0, "0.0": 0.0}.get(text.strip())


def country_of(text: str, year: str, countries: Countries) -> tuple[str, str]:
    """Return the ISO3 code and an empty reason, or an empty code and why the row is set aside."""
    if not (year.strip().isdigit() and 1900 <= int(year) <= 2100):
        return "", f"{year!r} is not a year"
    code = pd.Series([text.strip()])
    for scheme in ("gw",) if text.strip().isdigit() else ("iso3", "name"):
        try:
            iso3 = countries.resolve(code, scheme, document="labels", years=pd.Series([int(year)])).iloc[0]
        except UnknownCountry:
            continue
        return (str(iso3), "") if iso3 else ("", f"{text!r} is not one country")
    return "", f"no country is called {text!r}"


def applied(target: Target, labels: Labels, figures: Annual, known: Onsets | None = None) -> tuple[Onsets, pd.DataFrame]:
    """Return the onsets by the labels, and by ``known`` in other years; and the labels set aside as nobody was there.

    At risk is every country-year of at least ``target.people_at_least`` people, or of an unknown number.
    """
    began = np.full(figures.exists.shape, np.nan) if known is None else known.began.copy()
    inside = (figures.years >= labels.first) & (figures.years <= labels.last)
    at_risk = figures.exists & ~small(target, figures)
    began[inside] = np.where(at_risk[inside], 0.0, np.nan) if labels.complete else np.nan
    column, line = pd.Index(figures.countries).get_indexer(pd.Index(labels.rows["iso3"])), labels.rows["year"] - figures.years[0]
    there = (column >= 0) & line.between(0, len(figures.years) - 1).to_numpy()
    there[there] = figures.exists[line[there], column[there]]
    rows = labels.rows[there]
    began[rows["year"] - figures.years[0], column[there]] = rows["onset"]
    gone = labels.rows[~there]
    text = [f"{r.iso3}, {r.year}" for r in gone.itertuples()]
    aside = pd.DataFrame(
        {"row": -1, "text": text, "reason": "the country was not there in that year, or the year is not covered"}
    )
    earlier = np.full(began.shape, np.nan) if known is None else known.ever
    under_way = np.full(began.shape, np.nan) if known is None else known.under_way
    return Onsets(target, began, np.fmax(ever(began), ever(earlier)), under_way), aside


def small(target: Target, figures: Annual) -> Bools:
    """Return the country-years known to have fewer people than the target asks for."""
    people: Floats = carried(figures.of(POPULATION), 0, len(figures.years))
    return np.asarray(people < target.people_at_least)
