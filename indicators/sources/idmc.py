"""IDMC, Global Internal Displacement Database: people displaced inside a country by conflict and violence, by country and year.

Quirks (https://www.internal-displacement.org/database/api-documentation/):

- The whole table is one CSV on HDX, without a key; its address changes with each edition, so HDX's record is asked first. IDMC's
  own API has the same rows in pages, for clients that IDMC has registered (``client_id`` on the card); it is asked when HDX
  no longer knows the table.
- ``new_displacement`` counts movements in the year, a person each time; ``total_displacement`` people displaced at year end.
- A blank is unknown. Until 2015 the column of movements has zeros where it has blanks from 2016 on: a zero there says nothing
  (``zero_says_nothing`` on the card). A zero of people at year end stands beside blanks in one column, so it is a finding.
- HDX puts a row of tags (``#country+code``) under the header of some editions.

Over a hundred lines, for two ways to one table.
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
    Refused,
    SchemaChanged,
    Source,
    TooLarge,
    numbers,
    require_columns,
    tidy,
    year_period,
    years,
)
from indicators.table import read_csv

if TYPE_CHECKING:
    from indicators.countries import Countries
    from indicators.http import Web

RECORD = "https://data.humdata.org/api/3/action/package_show?id={dataset}"
PAGE = "https://helix-tools-api.idmcdb.org/external-api/gidd/conflicts/?client_id={client}&format=json&limit=100&offset={offset}"
HDX_FILES = frozenset({"s3.us-east-1.amazonaws.com"})  # HDX redirects a download to its store
GONE = (404, 410)
MOST_ROWS = 50_000


def fetch(card: Source, web: Web) -> list[Document]:
    """Return the table of HDX; where HDX has it no longer, all pages of IDMC's own API."""
    try:
        record = web.get(card.id, RECORD.format(dataset=card.options["dataset"]), name="HDX record", kind="json")
    except Refused as refused:
        if refused.status not in GONE:
            raise
        return _pages(card, web)
    return [web.get(card.id, _table_of(record), name="gidd.csv", kind="csv", hosts=HDX_FILES)]


def parse(card: Source, documents: Sequence[Document], countries: Countries) -> Parsed:
    """Return one row a series, country and year; a blank makes no row."""
    series = card.by_column()
    wanted = ["iso3", "year", *series]
    if documents[0].name.endswith(".csv"):
        with documents[0].path.open("rb") as data:
            table = read_csv(data, wanted, documents[0].name)
        table = table.assign(place=range(1, len(table) + 1), document=documents[0].sha256)
        table = table[~table["iso3"].str.startswith("#")]
    else:
        table = _items(documents, wanted)
    table["year"] = years(table["year"], "GIDD", "year")
    table["iso3"] = countries.resolve(table["iso3"], "iso3", document="GIDD", years=table["year"])
    parts = []
    for column, s in series.items():
        value = numbers(table[column], "GIDD", column)
        known = value.notna() & ~((value == 0) & (column in card.options["zero_says_nothing"]))
        parts.append(table.assign(series=s.id, value=value)[known & (table["iso3"] != "")])
    rows = pd.concat(parts, ignore_index=True)
    start, end = year_period(rows["year"])
    return tidy(card, rows.assign(start=start, end=end, status="final"), fetched_at=max(d.fetched_at for d in documents))


def _table_of(record: Document) -> str:
    """Return the address of the one CSV in HDX's record."""
    body = record.read_json()
    try:
        found = [str(r["url"]) for r in body["result"]["resources"] if str(r["url"]).lower().endswith(".csv")]
    except (KeyError, TypeError) as error:
        raise SchemaChanged(f"{record.name} lacks {error}: {str(body)[:160]}") from error
    if len(found) != 1:
        raise SchemaChanged(f"{record.name}: expected one CSV, found {len(found)}: {', '.join(found)[:160]}")
    return found[0]


def _pages(card: Source, web: Web) -> list[Document]:
    documents: list[Document] = []
    got, count = 0, 1
    while got < count:
        url = PAGE.format(client=card.options["client_id"], offset=got)
        documents.append(web.get(card.id, url, name=f"page {len(documents) + 1}", kind="json"))
        body = _body(documents[-1])
        got, count = got + len(body["results"]), body["count"]
        if count > MOST_ROWS:
            raise TooLarge(f"{card.id}: {count:,} rows announced, more than {MOST_ROWS:,}")
    return documents


def _body(document: Document) -> dict[str, Any]:
    body = document.read_json()
    results = body.get("results") if isinstance(body, dict) else None
    if not isinstance(results, list) or not results or not isinstance(body.get("count"), int):
        raise NotData(f"IDMC {document.name}: no results: {str(body)[:160]}")
    return dict(body)


def _items(documents: Sequence[Document], wanted: Sequence[str]) -> pd.DataFrame:
    """Return the items of all pages as text; pages that do not add up raise :class:`Incomplete`."""
    rows: list[dict[str, Any]] = []
    bodies = [_body(document) for document in documents]
    for document, body in zip(documents, bodies, strict=True):
        for place, item in enumerate(body["results"], 1):
            require_columns(list(item), wanted, f"IDMC {document.name}, item {place}")
            text = {column: "" if item[column] is None else str(item[column]) for column in wanted}
            rows.append({**text, "place": place, "document": document.sha256})
    table = pd.DataFrame(rows)
    announced = {body["count"] for body in bodies}
    if announced != {len(table.drop_duplicates(["iso3", "year"]))} or len(table) not in announced:
        raise Incomplete(f"IDMC: {len(table):,} rows in {len(bodies)} pages; announced {sorted(announced)}")
    return table
