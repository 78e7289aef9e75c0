"""UCDP Country-Year Dataset on Organized Violence: deaths by country and year since 1989, one row each, zeros included.

The smallest file that says whether civilians were killed where. Deaths are counted in the country in which they happened;
Gaza and the West Bank are counted under Israel. Columns end in ``_cy``. https://ucdp.uu.se/downloads/
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from indicators.contract import Document, Parsed, Source, numbers, tidy, year_period
from indicators.ucdp import read_yearly, set_aside

if TYPE_CHECKING:
    from indicators.countries import Countries
    from indicators.http import Web


def fetch(card: Source, web: Web) -> list[Document]:
    """Return the newest release that answers."""
    return [web.newest(card.id, card.releases, kind="zip")]


def parse(card: Source, documents: Sequence[Document], countries: Countries) -> Parsed:
    """Return one row a series, country and year; blank figures stay missing."""
    (document,) = documents
    series = {column: s.id for column, s in card.by_column().items()}
    rows = read_yearly(document, ["country_id_cy", *series], year="year_cy")
    rows["iso3"] = countries.resolve(rows["country_id_cy"], "gw", document=document.name, years=rows["year"])
    no_country = set_aside(rows[rows["iso3"] == ""], "country_id_cy is not a country", ["country_id_cy", "year"])
    rows["start"], rows["end"] = year_period(rows["year"])
    for column in series:
        rows[column] = numbers(rows[column], document.name, column)
    long = rows[rows["iso3"] != ""].melt(["iso3", "start", "end", "place", "document"], list(series), "column", "value")
    long = long.assign(series=long["column"].map(series), status="final")
    return tidy(card, long, fetched_at=document.fetched_at, rejected=no_country)
