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
from typing import TYPE_CHECKING, Any

import pandas as pd

from indicators.contract import (
    Document,
    Incomplete,
    NotData,
    Parsed,
    SchemaChanged,
    Source,
    TooLarge,
    numbers,
    require_columns,
    tidy,
    year_period,
)

if TYPE_CHECKING:
    from indicators.countries import Countries
    from indicators.http import Web

URL = (
    "https://api.unhcr.org/population/v1/asylum-decisions/"
    "?coo_all=true&coa={host}&cf_type=ISO&yearFrom=2000&limit={limit}&page={page}"
)
MAX_PAGES = 50
KEYS = ("year", "coo_iso", "procedure_type", "dec_level", "dec_pc")


def fetch(card: Source, web: Web) -> list[Document]:
    """Return all pages of one state's decisions: all nationalities, so a query tells nobody which one is looked at."""
    documents: list[Document] = []
    page, pages = 1, 1
    while page <= pages:
        url = URL.format(host=card.options["host"], limit=card.options["page_size"], page=page)
        documents.append(web.get(card.id, url, name=f"decisions page {page}", kind="json"))
        page, pages = page + 1, int(_body(documents[-1])["maxPages"])
        if pages > MAX_PAGES:
            raise TooLarge(f"{card.id}: {pages:,} pages are announced, more than {MAX_PAGES}")
    return documents


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
    status = ["final" if (fetched_at.year, fetched_at.month) >= (year + 1, 6) else "provisional" for year in rows["year"]]
    return tidy(card, rows.assign(start=start, end=end, status=status), fetched_at=fetched_at)


def _sum(values: pd.Series) -> float:
    """Return the sum of the procedures' counts; NaN where one of them is not available."""
    return float(values.sum(skipna=False))


def _body(document: Document) -> dict[str, Any]:
    body = document.read_json()
    if not isinstance(body, dict) or not isinstance(body.get("items"), list) or not body["items"]:
        raise NotData(f"UNHCR {document.name}: no items: {str(body)[:160]}")
    if not isinstance(body.get("maxPages"), int) or not isinstance(body.get("page"), int):
        raise SchemaChanged(f"UNHCR {document.name}: page and maxPages are not numbers")
    return body


def _items(card: Source, documents: Sequence[Document]) -> pd.DataFrame:
    """Return the items of all pages; a page or row that is missing or stands twice raises :class:`Incomplete`."""
    bodies = [_body(document) for document in documents]
    pages = [b["page"] for b in bodies]
    if pages != list(range(1, bodies[0]["maxPages"] + 1)):
        raise Incomplete(f"UNHCR decisions: pages {pages}; {bodies[0]['maxPages']} were announced")
    rows = []
    for document, body in zip(documents, bodies, strict=True):
        for place, item in enumerate(body["items"], 1):
            where = f"UNHCR {document.name}, item {place}"
            require_columns(list(item), [*KEYS, "coa_iso", *card.by_column()], where)
            if not isinstance(item["year"], int):
                raise SchemaChanged(f"{where}: {item['year']!r} is not a year")
            if item["coa_iso"] not in (card.options["host"], "-"):
                raise SchemaChanged(
                    f"{where}: decided in {item['coa_iso']!r}, not in {card.options['host']}: the state was ignored"
                )
            rows.append({**item, "document": document.sha256, "place": place})
    table = pd.DataFrame(rows)
    if (twice := table.duplicated(list(KEYS))).any():
        row = table[twice].iloc[0]
        raise Incomplete(f"UNHCR decisions: {row['coo_iso']} {row['year']} is on two pages; another row must be missing")
    return table
