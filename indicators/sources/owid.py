"""Our World in Data: V-Dem's indices in their newest release, and UCDP's deaths placed by coordinates.

Quirks (https://docs.owid.io/projects/etl/api/):

- A chart's CSV has one row an entity and year; entities are countries, former states, regions and ``World``. ``code`` is
  ISO3, ``OWID_...`` or blank, then the name decides. Header names come in capitals or not.
- ``useColumnShortNames=false`` gives the titles that the card names; the short names carry OWID's internal dimensions.
- The file ends without a line end, so the bytes alone do not prove that they are whole: the last row must be that of
  the alphabet's last country (``last_code`` on the card) in the newest year, besides the length that the transfer declares.
- Deaths are placed where they happened (Gaza under Palestine), where UCDP's own files place them under the state fought.
"""

from __future__ import annotations

import io
from collections.abc import Sequence
from typing import TYPE_CHECKING

import pandas as pd

from indicators.contract import (
    Document,
    Incomplete,
    NotData,
    Parsed,
    Source,
    numbers,
    require_columns,
    tidy,
    year_period,
    years,
)
from indicators.table import csv_header, read_csv

if TYPE_CHECKING:
    from indicators.countries import Countries
    from indicators.http import Web

URL = "https://ourworldindata.org/grapher/{slug}.csv?v=1&csvType=full&useColumnShortNames=false"
KEYS = ("entity", "code", "year")
FIRST_YEAR = 1960


def fetch(card: Source, web: Web) -> list[Document]:
    """Return the CSV of every chart that the card names."""
    return [web.get(card.id, URL.format(slug=slug), name=f"{slug}.csv", kind="open csv") for slug in _charts(card)]


def parse(card: Source, documents: Sequence[Document], countries: Countries) -> Parsed:
    """Return one row a series, country and year from 1960 on."""
    charts = _charts(card)
    parts = [_chart(card, d, charts[d.name.removesuffix(".csv")], countries) for d in documents]
    rows = pd.concat(parts, ignore_index=True)
    start, end = year_period(rows["year"])
    rows = rows.assign(start=start, end=end, status="final")
    return tidy(card, rows, fetched_at=max(d.fetched_at for d in documents))


def _charts(card: Source) -> dict[str, dict[str, str]]:
    """Return ``{slug: {column title: series id}}`` from columns like ``rule-of-law-index:Rule of Law index``."""
    found: dict[str, dict[str, str]] = {}
    for column, series in card.by_column().items():
        slug, _, title = column.partition(":")
        found.setdefault(slug, {})[title.casefold()] = series.id
    return found


def _chart(card: Source, document: Document, series: dict[str, str], countries: Countries) -> pd.DataFrame:
    """Return the rows of one chart: columns series, iso3, year, value, document, place."""
    table = _table(document, [*KEYS, *series])
    table["place"] = range(1, len(table) + 1)
    table["year"] = years(table["year"], document.name, "year")
    if table.empty:
        raise NotData(f"{document.name}: a header without rows; an empty answer is not a zero")
    last = table.iloc[-1]
    if (last["code"], last["year"]) != (card.options["last_code"], table["year"].max()):
        raise Incomplete(
            f"{document.name}: the last row is {last['entity']} {last['year']}; the file was cut",
            what_to_do="if the file is whole in a browser, correct last_code on the card",
        )
    table = table[table["year"] >= FIRST_YEAR]
    named = table["code"].str.strip() == ""
    iso3 = [
        countries.resolve(part[key], scheme, document=document.name, years=part["year"])
        for part, key, scheme in ((table[~named], "code", "owid"), (table[named], "entity", "name:owid"))
    ]
    table = table.assign(iso3=pd.concat(iso3)).query("iso3 != ''")
    for title in series:
        table[title] = numbers(table[title], document.name, title)
    rows = table.rename(columns=series).melt(["iso3", "year", "place"], list(series.values()), var_name="series")
    return rows.dropna(subset="value").assign(document=document.sha256)


def _table(document: Document, wanted: Sequence[str]) -> pd.DataFrame:
    """Return the wanted columns as text under lower-case names."""
    data = io.BytesIO(document.read_bytes().removesuffix(b"\n") + b"\n")
    header = csv_header(data, document.name)
    require_columns([column.casefold() for column in header], wanted, document.name)
    spelled = {column.casefold(): column for column in header}
    return read_csv(data, [spelled[column] for column in wanted], document.name).set_axis(list(wanted), axis=1)
