"""Political Terror Scale: how far a state's agents kill, torture, make disappear and imprison for politics, 1 to 5 (worst).

Coders read a year's human rights reports and rate each country once a report: ``PTS_A`` after Amnesty International, ``PTS_H``
after Human Rights Watch (since 2013, about half of the countries), ``PTS_S`` after the US State Department. The three stay three
series: they are readings of different reports and are never averaged here. The framework reads Amnesty's, which is no
government's judgement of its friends and foes, and the State Department's, which covers nearly all, where there is no other.

Quirks (https://www.politicalterrorscale.org/): Latin-1; ``NA`` with a reason in ``NA_Status_*`` where there
was no report or no state, which makes no row and is never a 1; countries are taken by name and year, because the code columns
have gaps (Serbia, Palestine, Kosovo) and old World Bank codes (``ZAR``). Where two entities of one year are one country here
(Yugoslavia and Serbia in 2006) and are rated differently, neither is taken.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from indicators.contract import Document, Parsed, SchemaChanged, Source, numbers, tidy, year_period, years
from indicators.table import read_csv

if TYPE_CHECKING:
    from indicators.countries import Countries
    from indicators.http import Web

NO_FIGURE = "NA"
SCALE = (1, 2, 3, 4, 5)


def fetch(card: Source, web: Web) -> list[Document]:
    """Return the newest release that the card lists and the publisher still serves."""
    return [web.newest(card.id, card.releases, kind="csv")]


def parse(card: Source, documents: Sequence[Document], countries: Countries) -> Parsed:
    """Return one row a report, country and year that was rated."""
    (document,) = documents
    series = card.by_column()
    with document.path.open("rb") as data:
        table = read_csv(data, ["Country", "Year", *series], document.name, encoding="latin-1")
    table["place"] = range(1, len(table) + 1)
    table["year"] = years(table["Year"], document.name, "Year")
    for column in series:
        table[column] = numbers(table[column].replace(NO_FIGURE, ""), document.name, column)
        off = table[table[column].notna() & ~table[column].isin(SCALE)]
        if len(off):
            first = f"row {off['place'].iloc[0]}, column {column!r}: {off[column].iloc[0]:g}"
            raise SchemaChanged(f"{document.name}: {first} is not on the scale of 1 to 5")
    table = table.dropna(subset=list(series), how="all")
    table["iso3"] = countries.resolve(table["Country"], "name:pts", document=document.name, years=table["year"])
    rows = table[table["iso3"] != ""].melt(["iso3", "year", "place"], list(series), var_name="column").dropna(subset="value")
    rows["series"] = rows["column"].map({column: s.id for column, s in series.items()})
    start, end = year_period(rows["year"])
    rows = rows.assign(start=start, end=end, status="final", document=document.sha256)
    split = rows.groupby(["series", "iso3", "year"])["value"].transform("nunique") > 1
    shown = rows[["series", "iso3", "year", "value"]].astype(str).agg(" ".join, axis=1)
    aside = rows.assign(reason="two entities of one country and year, rated apart", row=shown)[split]
    rejected = aside[["document", "place", "reason", "row"]]
    return tidy(card, rows[~split], fetched_at=document.fetched_at, rejected=rejected)
