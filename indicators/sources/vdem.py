"""V-Dem country-year data: experts' ratings of repression, exclusion, speech, courts and elections.

One release is read whole and never joined to another: each release rates the whole past again. The file has thousands of
columns; a column on the card under ``optional_columns`` may be missing from a release (the digital-society questions are
younger than the data set) and is then listed among the rejected; any other missing column is an error. Blanks are years a
question was not asked, so they make no row. Codes are V-Dem's own three letters: ``PSE`` is the West Bank, ``PSG`` Gaza.
Method and questions: https://v-dem.net/data/the-v-dem-dataset/
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import pandas as pd

from indicators.contract import Document, Parsed, Source, numbers, tidy, year_period, years
from indicators.table import csv_header, open_member, read_csv

if TYPE_CHECKING:
    from indicators.countries import Countries
    from indicators.http import Web

FIRST_YEAR = 1960


def fetch(card: Source, web: Web) -> list[Document]:
    """Return the newest release that the card lists and the publisher still serves."""
    return [web.newest(card.id, card.releases, kind="zip")]


def parse(card: Source, documents: Sequence[Document], countries: Countries) -> Parsed:
    """Return one row a variable, country and year from 1960 on, and the optional variables that this release lacks."""
    document = documents[0]
    series = card.by_column()
    with open_member(document) as data:
        header = set(csv_header(data, document.name))
        absent = [c for c in card.options["optional_columns"] if c not in header]
        wanted = [column for column in series if column not in absent]
        table = read_csv(data, ["country_text_id", "year", *wanted], document.name)
    table["place"] = range(1, len(table) + 1)
    table["year"] = years(table["year"], document.name, "year")
    table = table[table["year"] >= FIRST_YEAR]
    table["iso3"] = countries.resolve(table["country_text_id"], "vdem", document=document.name, years=table["year"])
    table = table[table["iso3"] != ""]
    values = pd.DataFrame({series[c].id: numbers(table[c], document.name, c) for c in wanted}, index=table.index)
    rows = table[["iso3", "year", "place"]].join(values)
    rows = rows.melt(["iso3", "year", "place"], var_name="series").dropna(subset="value")
    start, end = year_period(rows["year"])
    rows = rows.assign(start=start, end=end, status="final", document=document.sha256)
    return tidy(card, rows, fetched_at=document.fetched_at, rejected=_not_in_release(document, absent))


def _not_in_release(document: Document, columns: Sequence[str]) -> pd.DataFrame:
    reason = f"column not in this release ({document.release})"
    return pd.DataFrame({"document": document.sha256, "place": pd.NA, "reason": reason, "row": list(columns)})
