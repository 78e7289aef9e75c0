"""UNHCR Refugee Population Statistics: people who fled from a country, and refugees a country hosts, at year end.

Quirks (https://api.unhcr.org/docs/refugee-statistics.html):

- An axis that is not asked for is summed into one row: ``coo_all`` gives origins, ``coa_all`` countries of asylum. We only
  ask for whole lists, so a query tells nobody which country is being looked at.
- Without ``cf_type=ISO`` the codes are UNHCR's own, and some are another country's ISO code (``AUS`` is Austria).
- Numbers and strings are mixed: 2940735, ``"0"`` is zero, ``"-"`` (or null) is not available.
- Zeros are also written for years in which a group was not yet counted: no origin has an asylum-seeker before 2000 (bar
  people of unknown origin) nor an assisted internally displaced person before 1993. ``counted_from`` on the card drops those.
- The figure of a year is final in June of the next; what is served for it before then is the mid-year count.
- Kosovo is inside Serbia; Palestine refugees under UNRWA are not in this table; ``idps`` are those UNHCR assists.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import pandas as pd

from indicators.contract import Document, Incomplete, Parsed, Source, numbers, tidy, year_period
from indicators.unhcr_api import HOST, all_pages, body_of, items_of, status_of

if TYPE_CHECKING:
    from indicators.countries import Countries
    from indicators.http import Web

URL = HOST + "/population/?{axis}_all=true&cf_type=ISO&yearFrom=1960&limit={limit}&page={page}"
MAX_PAGES = 200


def fetch(card: Source, web: Web) -> list[Document]:
    """Return all pages by origin (``coo``) and by asylum (``coa``), as far as the card has series of them."""
    documents = []
    for axis in _measures(card):
        address = URL.format(axis=axis, limit=card.options["page_size"], page="{page}")
        documents += all_pages(card, web, address, axis, most=MAX_PAGES)
    return documents


def parse(card: Source, documents: Sequence[Document], countries: Countries) -> Parsed:
    """Return one row a series, country and year; ``"-"`` becomes a missing value, ``"0"`` stays zero."""
    fetched_at = max(d.fetched_at for d in documents)
    parts = []
    for axis, measures in _measures(card).items():
        items = _items(axis, [d for d in documents if d.name.startswith(axis)], measures)
        items["iso3"] = countries.resolve(items[f"{axis}_iso"], "iso3", document=f"UNHCR {axis}", years=items["year"])
        for measure, series in measures.items():
            value = numbers(items[measure].astype(str).replace("-", ""), f"UNHCR {axis}", measure)
            counted = items["year"] >= card.options["counted_from"].get(measure, 0)
            if measure in card.options["zero_says_nothing"]:
                counted &= value != 0
            parts.append(items.assign(series=series, value=value)[counted & (items["iso3"] != "")])
    rows = pd.concat(parts, ignore_index=True)
    start, end = year_period(rows["year"])
    status = rows["year"].map(lambda year: status_of(year, fetched_at))
    return tidy(card, rows.assign(start=start, end=end, status=status), fetched_at=fetched_at)


def _measures(card: Source) -> dict[str, dict[str, str]]:
    """Return ``{axis: {field: series id}}`` from columns like ``coo:refugees``."""
    found: dict[str, dict[str, str]] = {}
    for column, series in card.by_column().items():
        axis, _, measure = column.partition(":")
        found.setdefault(axis, {})[measure] = series.id
    return found


def _items(axis: str, documents: Sequence[Document], measures: dict[str, str]) -> pd.DataFrame:
    """Return the items of all pages; a page or row that is missing or stands twice raises :class:`Incomplete`."""
    bodies = [body_of(document) for document in documents]
    pages, sizes = [b["page"] for b in bodies], [len(b["items"]) for b in bodies]
    announced = bodies[0]["maxPages"] if bodies else 0
    if pages != list(range(1, announced + 1)) or len(set(sizes[:-1])) > 1 or not bodies:
        raise Incomplete(f"UNHCR {axis}: pages {pages} with {sizes} rows; {announced} pages were announced")
    table = pd.DataFrame(items_of(documents, [f"{axis}_iso", *measures]))
    if (twice := table.duplicated(["year", f"{axis}_iso"])).any():
        row = table[twice].iloc[0]
        raise Incomplete(f"UNHCR {axis}: {row[f'{axis}_iso']} {row['year']} is on two pages; another row must be missing")
    return table
