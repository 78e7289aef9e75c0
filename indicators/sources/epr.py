"""Ethnic Power Relations (ETH Zurich, GROWup): the share of a country's people in groups shut out of power, and discriminated.

A country-year table, exported by hand from the GROWup portal and put into the folder ``dropin`` (``file`` on the card); the last
years are 2020 and 2021. ``exclpop`` is the population in politically relevant groups without a share of executive power,
``discrimpop`` that in groups which are actively kept from it, both as a share of the whole population; the first contains the
second, so the two are never added. ``countries_gwid`` is a Gleditsch-Ward number.

Where no group counted as politically relevant in a year (``rlvt_groups_count`` 0), the table writes 0 for both shares. That
says that nothing was coded along ethnic lines, not that nobody is shut out (North Korea, Somalia): it makes no row. Where two
entities of one year are one country here (Yugoslavia and Serbia in 2006) and differ, neither is taken.
https://growup.ethz.ch/, https://icr.ethz.ch/data/epr/
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from indicators.contract import Document, Parsed, Source, numbers, tidy, year_period, years
from indicators.dropin import dropped_in
from indicators.table import read_csv

if TYPE_CHECKING:
    from indicators.countries import Countries
    from indicators.http import Web

COUNTRY, YEAR, GROUPS = "countries_gwid", "year", "rlvt_groups_count"


def fetch(card: Source, web: Web) -> list[Document]:
    """Return the file that was put in by hand; without it the source is missing."""
    return [dropped_in(card, web, kind="csv")]


def parse(card: Source, documents: Sequence[Document], countries: Countries) -> Parsed:
    """Return one row a share, country and year in which some group was politically relevant."""
    (document,) = documents
    series = card.by_column()
    with document.path.open("rb") as data:
        table = read_csv(data, [COUNTRY, YEAR, GROUPS, *series], document.name)
    table["place"] = range(1, len(table) + 1)
    table["year"] = years(table[YEAR], document.name, YEAR)
    for column in (GROUPS, *series):
        table[column] = numbers(table[column], document.name, column)
    table["iso3"] = countries.resolve(table[COUNTRY], "gw", document=document.name, years=table["year"])
    table = table[(table["iso3"] != "") & (table[GROUPS] > 0)]
    rows = table.melt(["iso3", "year", "place"], list(series), var_name="column").dropna(subset="value")
    rows["series"] = rows["column"].map({column: s.id for column, s in series.items()})
    start, end = year_period(rows["year"])
    rows = rows.assign(start=start, end=end, status="final", document=document.sha256)
    split = rows.groupby(["series", "iso3", "year"])["value"].transform("nunique") > 1
    shown = rows[["series", "iso3", "year", "value"]].astype(str).agg(" ".join, axis=1)
    aside = rows.assign(reason="two entities of one country and year", row=shown)[split]
    rejected = aside[["document", "place", "reason", "row"]]
    return tidy(card, rows[~split], fetched_at=document.fetched_at, rejected=rejected)
