"""UNHCR Refugee Population Statistics: what one state decided on asylum applications, by nationality and year.

The state is ``options.host`` on the card. Quirks (those of the population tables hold too, :mod:`indicators.sources.unhcr`):

- A year and nationality has several rows: by procedure, level of decision (``FI`` first instance, ``AR`` review, ``RA`` repeat)
  and by what is counted (``P`` persons, ``C`` cases). Adding them counts people twice: only ``options.level`` in
  ``options.counted`` is taken, and its procedures are added.
- Counts below five are rounded to 0 or 5 by UNHCR, so the parts need not make the total.
- ``dec_closed`` are applications that ended without a decision on the merits: they stand apart from refusals.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import pandas as pd

from indicators.contract import Document, Incomplete, Parsed, SchemaChanged, Source, numbers, tidy, year_period
from indicators.unhcr_api import HOST, all_pages, body_of, items_of, status_of

if TYPE_CHECKING:
    from indicators.countries import Countries
    from indicators.http import Web

URL = HOST + "/asylum-decisions/?coo_all=true&coa={host}&cf_type=ISO&yearFrom=2000&limit={limit}&page={page}"
MAX_PAGES = 50
KEYS = ("year", "coo_iso", "procedure_type", "dec_level", "dec_pc")


def fetch(card: Source, web: Web) -> list[Document]:
    """Return all pages of one state's decisions: all nationalities, so a query tells nobody which one is looked at."""
    address = URL.format(host=card.options["host"], limit=card.options["page_size"], page="{page}")
    return all_pages(card, web, address, "decisions", most=MAX_PAGES)


def parse(card: Source, documents: Sequence[Document], countries: Countries) -> Parsed:
    """Return one row a series, nationality and year; a figure that is not available makes its sum unknown, never smaller."""
    fetched_at = max(d.fetched_at for d in documents)
    items = _items(card, documents)
    taken = items[(items["dec_level"] == card.options["level"]) & (items["dec_pc"] == card.options["counted"])].copy()
    taken["iso3"] = countries.resolve(taken["coo_iso"], "iso3", document="UNHCR decisions", years=taken["year"])
    taken = taken[taken["iso3"] != ""]
    parts = []
    for column, series in card.by_column().items():
        value = numbers(taken[column].astype(str).replace("-", ""), "UNHCR decisions", column)
        by = taken.assign(value=value).groupby(["iso3", "year"], sort=True)
        added = by.agg(value=("value", _sum), document=("document", "first"), place=("place", "first")).reset_index()
        parts.append(added.assign(series=series.id))
    rows = pd.concat(parts, ignore_index=True)
    start, end = year_period(rows["year"])
    status = [status_of(year, fetched_at) for year in rows["year"]]
    return tidy(card, rows.assign(start=start, end=end, status=status), fetched_at=fetched_at)


def _sum(values: pd.Series) -> float:
    """Return the sum of the procedures' counts; NaN where one of them is not available."""
    return float(values.sum(skipna=False))


def _items(card: Source, documents: Sequence[Document]) -> pd.DataFrame:
    """Return the items of all pages; a page or row that is missing or stands twice raises :class:`Incomplete`."""
    bodies = [body_of(document) for document in documents]
    pages = [b["page"] for b in bodies]
    if pages != list(range(1, bodies[0]["maxPages"] + 1)):
        raise Incomplete(f"UNHCR decisions: pages {pages}; {bodies[0]['maxPages']} were announced")
    table = pd.DataFrame(items_of(documents, [*KEYS, "coa_iso", *card.by_column()]))
    host = card.options["host"]
    if (other := ~table["coa_iso"].isin([host, "-"])).any():
        row = table[other].iloc[0]
        raise SchemaChanged(
            f"UNHCR decisions, item {row['place']}: decided in {row['coa_iso']!r}, not in {host}: the state was ignored"
        )
    if (twice := table.duplicated(list(KEYS))).any():
        row = table[twice].iloc[0]
        raise Incomplete(f"UNHCR decisions: {row['coo_iso']} {row['year']} is on two pages; another row must be missing")
    return table
