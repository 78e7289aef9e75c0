"""Early Warning Project (US Holocaust Memorial Museum): in which country-years a mass killing began or was under way.

A mass killing is at least 1,000 noncombatant civilians, targeted as part of a group, killed within a year by the deliberate
actions of one armed group (https://earlywarningproject.ushmm.org/definitions). One row a country-year; the file's name
changes with each edition, and no licence is stated: figures are shown with citation and never bundled or exported.
``ccode`` is the project's own variant of the Correlates of War numbers, so countries are taken by name and year.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from indicators.contract import Document, Parsed, SchemaChanged, Source, numbers, tidy, year_period, years
from indicators.table import read_csv

if TYPE_CHECKING:
    from indicators.countries import Countries
    from indicators.http import Web

FIRST_YEAR = 1945
NO_FIGURE = "NA"  # the file is written by R; the project has no "NA" for Namibia, it writes names


def fetch(card: Source, web: Web) -> list[Document]:
    """Return the newest edition that the card lists."""
    return [web.newest(card.id, card.releases, kind="csv")]


def parse(card: Source, documents: Sequence[Document], countries: Countries) -> Parsed:
    """Return one row a series, country and year from 1945 on: 1 for yes, 0 for no."""
    document = documents[0]
    series = card.by_column()
    with document.path.open("rb") as data:
        table = read_csv(data, ["year", "ewp_name", *series], document.name)
    table["place"] = range(1, len(table) + 1)
    table["year"] = years(table["year"], document.name, "year")
    table = table[table["year"] >= FIRST_YEAR]
    table["iso3"] = countries.resolve(table["ewp_name"], "name:ewp", document=document.name, years=table["year"])
    table = table[table["iso3"] != ""]
    for column in series:
        value = numbers(table[column].replace(NO_FIGURE, ""), document.name, column)
        if not value.dropna().isin((0, 1)).all():
            raise SchemaChanged(f"{document.name}: {column!r} holds more than 0 and 1")
        table[column] = value
    rows = table.melt(["iso3", "year", "place"], list(series), var_name="column")
    rows["series"] = rows["column"].map({column: s.id for column, s in series.items()})
    start, end = year_period(rows["year"])
    rows = rows.assign(start=start, end=end, status="final", document=document.sha256)
    return tidy(card, rows, fetched_at=document.fetched_at)
