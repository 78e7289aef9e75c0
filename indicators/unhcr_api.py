"""UNHCR Refugee Population Statistics API: pages of items, read whole or not at all. Shared by the tables that we take of it.

Quirks (https://api.unhcr.org/docs/refugee-statistics.html): every answer names its page and how many there are; the figure of a
year is final in June of the next, and what is served for it before then is the mid-year count.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import datetime
from typing import TYPE_CHECKING, Any

from indicators.contract import Document, NotData, SchemaChanged, Source, TooLarge, require_columns

if TYPE_CHECKING:
    from indicators.http import Web

HOST = "https://api.unhcr.org/population/v1"


def all_pages(card: Source, web: Web, address: str, name: str, *, most: int) -> list[Document]:
    """Return every page of a table; ``address`` has ``{page}``, counted from 1. More than ``most`` raises :class:`TooLarge`."""
    documents: list[Document] = []
    page, pages = 1, 1
    while page <= pages:
        documents.append(web.get(card.id, address.format(page=page), name=f"{name} page {page}", kind="json"))
        page, pages = page + 1, int(body_of(documents[-1])["maxPages"])
        if pages > most:
            raise TooLarge(f"{card.id}: {name} announces {pages:,} pages, more than {most}")
    return documents


def body_of(document: Document) -> dict[str, Any]:
    """Return an answer: ``items`` (some), ``page`` and ``maxPages``; anything else raises, naming the document."""
    body = document.read_json()
    if not isinstance(body, dict) or not isinstance(body.get("items"), list) or not body["items"]:
        raise NotData(f"UNHCR {document.name}: no items: {str(body)[:160]}")
    if not isinstance(body.get("maxPages"), int) or not isinstance(body.get("page"), int):
        raise SchemaChanged(f"UNHCR {document.name}: page and maxPages are not numbers")
    return body


def items_of(documents: Sequence[Document], columns: Sequence[str]) -> Iterator[dict[str, Any]]:
    """Yield every item with ``document`` (sha256) and ``place`` (from 1); one without these columns or a whole year raises."""
    for document in documents:
        for place, item in enumerate(body_of(document)["items"], 1):
            where = f"UNHCR {document.name}, item {place}"
            require_columns(list(item), ["year", *columns], where)
            if not isinstance(item["year"], int):
                raise SchemaChanged(f"{where}: {item['year']!r} is not a year")
            yield {**item, "document": document.sha256, "place": place}


def status_of(year: int, fetched_at: datetime) -> str:
    """Return ``provisional`` for the mid-year count of a year: until June of the year after it."""
    return "final" if (fetched_at.year, fetched_at.month) >= (year + 1, 6) else "provisional"
