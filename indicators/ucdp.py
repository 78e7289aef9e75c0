"""What the files of the Uppsala Conflict Data Program have in common: names, versions, lists of countries, proven zeros."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from indicators.contract import COLUMNS, BadValues, Document, Release, SchemaChanged, numbers, year_period
from indicators.table import open_member, read_csv

if TYPE_CHECKING:
    from indicators.countries import Countries

INDEX = "https://ucdp.uu.se/downloads/"
FIRST_MONTH = "1989-01"  # of every yearly release of events
LISTED = re.compile(r"ged/ged(\d\d\d)-csv\.zip|candidateged/GEDEvent_v(\d\d_(?:0_\d{1,2}|01_\d\d_\d\d))\.csv")


def integers(text: pd.Series, name: str, column: str) -> pd.Series:
    """Return text as int64; a blank or a fraction raises :class:`SchemaChanged` with its row.

    For columns that say which event, where and when: a row that cannot be placed would make some country's figure too low
    without a trace, so it stops the source.
    """
    value = numbers(text, name, column)
    bad = value.isna() | (value % 1 != 0)
    if bad.any():
        row = int(np.flatnonzero(bad.to_numpy())[0])
        raise SchemaChanged(f"{name}: row {row + 1}, column {column!r}: {text.iloc[row]!r} is not a whole number")
    return value.astype("int64")


def set_aside(rows: pd.DataFrame, reason: str, shown: Sequence[str]) -> pd.DataFrame:
    """Return ``rows`` (with ``document`` and ``place``) as rejected rows that show these columns."""
    text = rows[list(shown)].astype(str).fillna("").agg(" ".join, axis=1) if len(rows) else ""
    return pd.DataFrame({"document": rows["document"], "place": rows["place"], "reason": reason, "row": text})


def read_yearly(document: Document, wanted: Sequence[str], *, year: str = "year") -> pd.DataFrame:
    """Return the ``wanted`` columns of a zipped yearly file as text, with ``year`` (int64), ``place`` and ``document``.

    Raises :class:`BadValues` when the file's own ``version`` is not the release that was asked for.
    """
    with open_member(document) as data:
        rows = read_csv(data, [*wanted, year, "version"], document.name)
    versions = sorted(set(rows["version"]))
    if versions != [document.release]:
        raise BadValues(
            f"{document.name}: release {document.release} was asked for, its column 'version' says {', '.join(versions)}",
            what_to_do="compare the address and the name of the release in config/sources.yaml",
        )
    rows["year"] = integers(rows[year], document.name, year)
    return rows.assign(place=np.arange(1, len(rows) + 1), document=document.sha256)


def by_country_named(rows: pd.DataFrame, column: str, countries: Countries, name: str) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Return ``rows`` once for each country that they name, with ``iso3``, and the rows set aside.

    ``column`` holds Gleditsch-Ward numbers, comma-separated. Set aside: rows that name none, and codes that stand for no country.
    """
    each = rows.assign(code=rows[column].str.split(",")).explode("code")
    each["code"] = each["code"].str.strip()
    named = each[each["code"] != ""].copy()
    named["iso3"] = countries.resolve(named["code"], "gw", document=name, years=named["year"])
    shown = [column, "year"]
    rejected = [
        set_aside(each[each["code"] == ""], f"{column} names no country", shown),
        set_aside(named[named["iso3"] == ""], f"{column} is not a country", shown),
    ]
    return named[named["iso3"] != ""], pd.concat(rejected, ignore_index=True)


def yearly_counts(rows: pd.DataFrame, counted: str, series: str) -> pd.DataFrame:
    """Return how many different ``counted`` each country and year has, as observations; ``place`` is the first row of each."""
    counts = rows.groupby(["iso3", "year"], as_index=False).agg(
        value=(counted, "nunique"), place=("place", "min"), document=("document", "first")
    )
    start, end = year_period(counts["year"])
    return counts.assign(series=series, start=start, end=end, status="final")[list(COLUMNS)]


def covered_years(rows: pd.DataFrame) -> pd.DataFrame:
    """Return the years that a yearly file holds, as covered periods for :func:`with_zeros`."""
    years = pd.Series(np.sort(rows["year"].unique()))
    start, end = year_period(years)
    return pd.DataFrame({"start": start, "end": end, "status": "final", "document": rows["document"].iloc[0]})


def with_zeros(rows: pd.DataFrame, covered: pd.DataFrame, series: Sequence[str], countries: Countries) -> pd.DataFrame:
    """Return observations and an explicit zero for every series, covered period and state of that year that has none.

    ``covered``: one row a period: ``start, end, status, document``, the bytes that prove that the whole world was looked at.
    Where nothing proves it there is no zero: no row means unknown.
    """
    year = covered["start"].dt.year
    states = countries.existing(int(year.min()), int(year.max()), scheme="gw")
    zeros = covered.assign(year=year, value=0.0, place=np.nan).merge(states, on="year")
    zeros = zeros.merge(pd.DataFrame({"series": list(series)}), how="cross")
    both = pd.concat([frame[list(COLUMNS)].astype({"place": "Int64", "value": "float64"}) for frame in (rows, zeros)])
    return both.drop_duplicates(["series", "iso3", "start"], ignore_index=True)  # the first, counted one stays


# ------------------------------------------------------------------------------------------------ releases of event files


def releases_on(page: str) -> tuple[Release, ...]:
    """Return the event files that the index page lists: 26.1 (yearly), 26.0.8 (monthly), 26.01.26.06 (cumulative)."""
    found = {m[0]: f"{m[1][:2]}.{m[1][2]}" if m[1] else m[2].replace("_", ".") for m in LISTED.finditer(page)}
    return tuple(Release(name=name, url=INDEX + path) for path, name in found.items())


def months_of(release: str) -> pd.PeriodIndex:
    """Return the months that a release covers, read from its name."""
    match release.split("."):
        case [year, "1"]:
            return pd.period_range(FIRST_MONTH, f"{1999 + int(year)}-12", freq="M")
        case [year, "0", month]:
            return pd.period_range(f"20{year}-{int(month):02}", periods=1, freq="M")
        case [year, first, last_year, last]:
            return pd.period_range(f"20{year}-{first}", f"20{last_year}-{last}", freq="M")
    raise SchemaChanged(f"ucdp_ged: {release!r} is not the name of a release, such as 26.1, 26.0.8 or 26.01.26.06")


def releases_to_merge(listed: Sequence[Release]) -> list[Release]:
    """Return the newest yearly release, then the candidate releases that reach beyond it, oldest first.

    Of the cumulative files of a year only the newest is taken, and no monthly file of a month that it covers.
    """
    yearly = max((r for r in listed if is_yearly(r.name)), key=_last_month)
    beyond = [r for r in listed if _last_month(r) > _last_month(yearly)]
    newest = {_last_month(r).year: r for r in sorted(beyond, key=_last_month) if _is_cumulative(r)}
    held = {month for r in newest.values() for month in months_of(r.name)}
    monthly = [r for r in beyond if not _is_cumulative(r) and _last_month(r) not in held]
    return [yearly, *sorted([*newest.values(), *monthly], key=_last_month)]


def _last_month(release: Release) -> pd.Period:
    return months_of(release.name)[-1]


def is_yearly(release: str) -> bool:
    """Return whether this names a yearly, final release; all others are candidates."""
    return release.count(".") == 1


def _is_cumulative(release: Release) -> bool:
    return release.name.count(".") == 3
