"""INFORM Risk Index (European Commission, Joint Research Centre): hazard and exposure, vulnerability, lack of coping capacity.

One answer holds the index and its three dimensions for each country and the ten newest editions, recalculated together with
today's method, so that they can be compared. Quirks (https://drmkc.jrc.ec.europa.eu/inform-index):

- The edition of a year (``GNAYear``) appears in the autumn before, and describes risk *for* that year from data of the years
  before. An edition of a year that has not begun is left for when it has; the year 0 stands for none.
- The window moves: the year that leaves it was not withdrawn, so the answer never counts as complete.
- The host now and then sends an empty answer, and the real one when it is asked again.
- Hazard and exposure takes in current conflict and its probability, both made from counts of deaths, and so does the whole.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import pandas as pd

from indicators.contract import Document, NotData, Parsed, SchemaChanged, Source, require_columns, tidy, year_period

if TYPE_CHECKING:
    from indicators.countries import Countries
    from indicators.http import Web

URL = "https://drmkc.jrc.ec.europa.eu/inform-index/API/InformAPI/countries/trends/?WorkflowId=0"
TRIES = 3
KEYS = ("IndicatorId", "Iso3", "GNAYear", "IndicatorScore")


def fetch(card: Source, web: Web) -> list[Document]:
    """Return the trends of all countries; an empty answer is asked for again. The release is the newest edition in it."""
    left = TRIES
    while True:
        left -= 1
        try:
            document = web.get(card.id, URL, name="trends", kind="json")
            return [replace(document, release=f"{_items(document)['GNAYear'].max()}")]
        except NotData:
            if not left:
                raise


def parse(card: Source, documents: Sequence[Document], countries: Countries) -> Parsed:
    """Return one row a series, country and edition year that has begun."""
    (document,) = documents
    series = {column: s.id for column, s in card.by_column().items()}
    items = _items(document)
    held = sorted(set(items["IndicatorId"].astype(str)))
    if absent := sorted(set(series) - set(held)):
        raise SchemaChanged(f"{document.name}: no item of {absent[0]!r}; there are {', '.join(held)}")
    items = items[items["IndicatorId"].isin(list(series))]
    begun = items["GNAYear"].between(1, document.fetched_at.year)
    rows = items[begun].assign(series=items["IndicatorId"].map(series), year=items["GNAYear"], value=items["IndicatorScore"])
    rows["iso3"] = countries.resolve(rows["Iso3"], "iso3", document=document.name, years=rows["year"])
    start, end = year_period(rows["year"])
    rows = rows[rows["iso3"] != ""].assign(start=start, end=end, status="final", document=document.sha256)
    aside = _not_begun(document, items[~begun])
    return tidy(card, rows, fetched_at=document.fetched_at, rejected=aside, complete=False)


def _items(document: Document) -> pd.DataFrame:
    """Return the items with their place, checked: ``IndicatorId, Iso3, GNAYear`` (int64), ``IndicatorScore`` (float64)."""
    body = document.read_json()
    if not isinstance(body, list) or not body:
        raise NotData(f"{document.name}: not a list of items; an empty answer is not a zero: {str(body)[:160]}")
    table = pd.DataFrame([_item(f"{document.name}, item {place}", item) for place, item in enumerate(body, 1)])
    table["IndicatorScore"] = table["IndicatorScore"].astype("float64")
    return table.assign(place=range(1, len(table) + 1))


def _item(where: str, item: Any) -> dict[str, Any]:
    """Return the fields of one item; a name or type that is not the known one raises :class:`SchemaChanged`."""
    if not isinstance(item, dict):
        raise SchemaChanged(f"{where} is {type(item).__name__}, not an object")
    require_columns(list(item), KEYS, where)
    year, score = item["GNAYear"] or 0, item["IndicatorScore"]
    if isinstance(year, bool) or not isinstance(year, int):
        raise SchemaChanged(f"{where}: GNAYear {year!r} is not a year")
    if score is not None and (isinstance(score, bool) or not isinstance(score, int | float)):
        raise SchemaChanged(f"{where}: IndicatorScore {score!r} is not a number")
    return {**{key: item[key] for key in KEYS}, "GNAYear": year}


def _not_begun(document: Document, items: pd.DataFrame) -> pd.DataFrame:
    """Return one line a year that is not taken: no year at all, or one that has not begun."""
    counts = items.groupby("GNAYear").size()
    reasons = ["no year" if year == 0 else "edition of a year that has not begun" for year in counts.index]
    words = [f"{year}: {count:,} figures" for year, count in counts.items()]
    return pd.DataFrame({"document": document.sha256, "place": pd.NA, "reason": reasons, "row": words})
