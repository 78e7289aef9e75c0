"""World Bank Indicators API v2: one call a code, read into yearly rows. Shared by the WDI and WGI sources.

Quirks (https://datahelpdesk.worldbank.org/knowledgebase/articles/898581):

- Errors come with HTTP status 200, as ``[{"message": [{"id": "175", "key": ..., "value": ...}]}]``.
- Countries and aggregates (regions, income groups) are mixed; the crosswalk knows which is which.
- ``countryiso3code`` is empty in some rows; ``country.id``, a two-letter code, never is. ``"NA"`` is Namibia.
- The answer is a full grid of economies and years. A null in it is a blank of the grid, so it makes no row.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

import pandas as pd

from indicators.contract import Document, Incomplete, NotData, Parsed, SchemaChanged, Source, TooLarge, tidy, year_period

if TYPE_CHECKING:
    from indicators.countries import Countries
    from indicators.http import Web

URL = "https://api.worldbank.org/v2/country/all/indicator/{code}?source={database}&format=json&per_page=20000&page={page}"
MAX_PAGES = 50
ARCHIVED = "175"


@dataclass(frozen=True)
class Answer:
    """One page of one code: its head in numbers, and its items."""

    document: Document
    page: int
    pages: int
    total: int
    updated: str
    items: list[dict[str, Any]]


def fetch(card: Source, web: Web) -> list[Document]:
    """Return every page of every code of the card; the release is the answer's own ``lastupdated``."""
    documents = []
    for code in card.by_column():
        page, pages = 1, 1
        while page <= pages:
            url = URL.format(code=code, database=card.options["database"], page=page)
            answer = _answer(web.get(card.id, url, name=f"{code} page {page}", kind="json"))
            documents.append(replace(answer.document, release=answer.updated))
            page, pages = page + 1, answer.pages
            if pages > MAX_PAGES:
                raise TooLarge(f"{card.id}: {code} announces {pages:,} pages, more than {MAX_PAGES}")
    return documents


def parse(card: Source, documents: Sequence[Document], countries: Countries) -> Parsed:
    """Return the rows of these answers.

    1. Each code's pages are all there and hold the announced number of rows. 2. Each item becomes a row; nulls do not.
    3. Codes become countries; aggregates are left out. 4. Values are checked against the card.
    """
    answers = [_answer(document) for document in documents]
    rows = pd.concat([_rows(answer, countries) for answer in answers], ignore_index=True)
    for code in card.by_column():
        _require_whole(code, [a for a in answers if a.items[0]["indicator"]["id"] == code])
    series = rows["column"].map({column: series.id for column, series in card.by_column().items()})
    if series.isna().any():
        raise SchemaChanged(f"{card.id}: nobody asked for {rows.loc[series.isna(), 'column'].iloc[0]!r}")
    start, end = year_period(rows["year"])
    rows = rows.assign(series=series, start=start, end=end, status="final")
    return tidy(card, rows[rows["iso3"] != ""], fetched_at=max(d.fetched_at for d in documents))


def _answer(document: Document) -> Answer:
    """Return one page; an error object, or anything that is not a list of rows, raises :class:`NotData`."""
    body = document.read_json()
    head = body[0] if isinstance(body, list) and body and isinstance(body[0], dict) else {}
    if "message" in head:
        error = head["message"][0]
        raise NotData(
            f"{document.name}: the World Bank answers {error['id']}: {error['value']}",
            what_to_do="the code was archived: look up its successor and change the code on the card"
            if str(error["id"]) == ARCHIVED
            else "compare the code and the database number on the card with the World Bank's list",
        )
    if not head or len(body) != 2 or not isinstance(body[1], list) or not body[1]:
        raise NotData(f"{document.name}: not a list of rows; an empty answer is not a zero")
    try:
        page, pages, total = (int(head[key]) for key in ("page", "pages", "total"))
        return Answer(document, page, pages, total, str(head["lastupdated"]), body[1])
    except (KeyError, TypeError, ValueError) as error:
        raise SchemaChanged(f"{document.name}: the head lacks {error}: {str(head)[:160]}") from error


def _require_whole(code: str, pages: Sequence[Answer]) -> None:
    """Raise :class:`Incomplete` unless a code has all its pages, of one release, with all the rows announced."""
    announced = {(a.pages, a.total, a.updated) for a in pages}
    rows = sum(len(a.items) for a in pages)
    if len(announced) != 1 or [a.page for a in pages] != list(range(1, pages[0].pages + 1)) or rows != pages[0].total:
        raise Incomplete(
            f"{code}: {rows:,} rows in pages {[a.page for a in pages]}; announced (pages, rows, edition): {announced}"
        )


def _rows(answer: Answer, countries: Countries) -> pd.DataFrame:
    """Return the items of one page that have a value: columns column, code, year, value, iso3, document, place."""
    name = answer.document.name
    rows = pd.DataFrame([_row(f"{name}, item {place}", item) for place, item in enumerate(answer.items, 1)])
    rows = rows[rows["value"].notna()]
    iso3 = countries.resolve(rows["code"], "worldbank", document=name, years=rows["year"])
    return rows.assign(iso3=iso3, document=answer.document.sha256, place=rows.index + 1)


def _row(where: str, item: dict[str, Any]) -> dict[str, Any]:
    """Return column, economy, year and value of one item; a key or type that is not the documented one raises."""
    try:
        code, value, year = item["countryiso3code"] or item["country"]["id"], item["value"], item["date"]
        column = item["indicator"]["id"]
    except (KeyError, TypeError) as error:
        raise SchemaChanged(f"{where} lacks {error}: {str(item)[:160]}") from error
    if not re.fullmatch(r"(19|20)\d\d", str(year)):
        raise SchemaChanged(f"{where}: {year!r} is not a year")
    if value is not None and (isinstance(value, bool) or not isinstance(value, int | float)):
        raise SchemaChanged(f"{where}: {value!r} is not a number")
    return {"column": column, "code": code, "year": int(year), "value": float("nan") if value is None else float(value)}
