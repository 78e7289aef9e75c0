"""Written questions of the UK Parliament as its API sends them, proven whole and read into a table; pure, no country in it.

Quirks (https://questions-statements-api.parliament.uk, and what its users report):

- A parameter that the API does not know is ignored without a word, and a list is served all the same. So the days are compared
  again here: one question outside the days that were asked for, and nothing of the answer is used.
- Pages move while they are read: a question tabled meanwhile repeats one row and hides another. The numbers must add up.
- The list cuts question and answer at 255 characters; how many are cut is told (``cut``). The heading is whole.
- Answers of single questions are HTML; those of the list are not. Both are read as text.
- ``askingMember`` is null unless ``expandMember`` was asked for, and sometimes then: a party that is not sent is unknown.
"""

from __future__ import annotations

import html
import re
from collections.abc import Sequence
from datetime import date
from html.parser import HTMLParser
from typing import Any

import numpy as np
import pandas as pd

from indicators.contract import Document, Incomplete, NotData, SchemaChanged, require_columns

CUT_AT = 255
FIELDS = (
    "id",
    "askingMemberId",
    "dateTabled",
    "dateForAnswer",
    "dateAnswered",
    "questionText",
    "heading",
    "isWithdrawn",
    "house",
)
COLUMNS = ("id", "member", "party", "house", "tabled", "due", "answered", "text", "cut", "document", "place")


def read(documents: Sequence[Document], first: date, last: date) -> pd.DataFrame:
    """Return the questions of these pages, tabled from ``first`` to ``last`` (both included), by id; withdrawn ones are left out.

    Columns :data:`COLUMNS`: ``id`` and ``member`` int (the API's numbers), ``party`` str (empty: not sent), ``house`` str,
    ``tabled, due, answered`` ``datetime64[s]`` (NaT: none), ``text`` str (heading and question), ``cut`` bool, ``document``
    sha256, ``place`` int.

    Raises :class:`NotData` for an answer that is no list, :class:`SchemaChanged` for a missing field or an ignored parameter,
    :class:`Incomplete` where pages repeat or skip.
    """
    bodies = [_body(document) for document in documents]
    rows = [
        _row(item, document, place)
        for document, body in zip(documents, bodies, strict=True)
        for place, item in enumerate(body["results"], 1)
    ]
    _refuse_broken(bodies, [row["id"] for row in rows], first, last)
    frame = pd.DataFrame(rows, columns=[*COLUMNS, "withdrawn"])
    for column in ("tabled", "due", "answered"):
        frame[column] = pd.to_datetime(frame[column]).dt.as_unit("s")
    within = frame["tabled"].between(pd.Timestamp(first), pd.Timestamp(last))
    if outside := len(frame) - int(np.count_nonzero(within)):
        raise SchemaChanged(
            f"written questions: {outside} of {len(frame)} were not tabled from {first} to {last}: the days asked were ignored",
            what_to_do="compare tabledWhenFrom and tabledWhenTo with the API's own documentation",
        )
    kept = frame[~frame["withdrawn"].astype(bool)].drop(columns="withdrawn")
    return kept.sort_values("id", ignore_index=True)


def total(document: Document) -> int:
    """Return how many questions an answer announces."""
    return int(_body(document)["totalResults"])


def plain(text: str) -> str:
    """Return HTML as text: tags and what they hide are gone, entities are characters, white space is single."""
    reader = _Text()
    reader.feed(text)
    reader.close()
    return re.sub(r"\s+", " ", html.unescape("".join(reader.parts)).replace("\u00a0", " ")).strip()


class _Text(HTMLParser):
    """Keeps what a reader would see."""

    HIDDEN = ("script", "style")
    BREAKS = ("p", "br", "div", "li", "tr", "td", "th", "table", "ul", "ol")

    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.parts: list[str] = []
        self._hidden = 0

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Leave out what is hidden; set apart what stands in lines of its own."""
        self._hidden += tag in self.HIDDEN
        if tag in self.BREAKS:
            self.parts.append(" ")

    def handle_endtag(self, tag: str) -> None:
        """Close what was hidden."""
        self._hidden -= tag in self.HIDDEN and self._hidden > 0
        if tag in self.BREAKS:
            self.parts.append(" ")

    def handle_data(self, data: str) -> None:
        """Keep the text."""
        if not self._hidden:
            self.parts.append(data)


def _body(document: Document) -> dict[str, Any]:
    body = document.read_json()
    if not isinstance(body, dict) or not isinstance(body.get("results"), list):
        raise NotData(f"{document.name}: no list of questions: {str(body)[:160]}")
    if not isinstance(body.get("totalResults"), int) or isinstance(body["totalResults"], bool):
        raise SchemaChanged(f"{document.name}: totalResults is not a number")
    return body


def _row(item: Any, document: Document, place: int) -> dict[str, Any]:
    where = f"{document.name}, item {place}"
    value = item.get("value") if isinstance(item, dict) else None
    if not isinstance(value, dict):
        raise SchemaChanged(f"{where}: no 'value'")
    require_columns(list(value), FIELDS, where)
    if not isinstance(value["id"], int) or not isinstance(value["askingMemberId"], int):
        raise SchemaChanged(f"{where}: id or askingMemberId is not a number")
    member = value.get("askingMember")
    question = plain(str(value["questionText"] or ""))
    return {
        "id": value["id"],
        "member": value["askingMemberId"],
        "party": str(member.get("party") or "") if isinstance(member, dict) else "",
        "house": str(value["house"]),
        "tabled": _day(value["dateTabled"], where, "dateTabled"),
        "due": _day(value["dateForAnswer"], where, "dateForAnswer"),
        "answered": _day(value["dateAnswered"], where, "dateAnswered"),
        "text": f"{plain(str(value['heading'] or ''))}. {question}",
        "cut": len(str(value["questionText"] or "")) >= CUT_AT,
        "document": document.sha256,
        "place": place,
        "withdrawn": bool(value["isWithdrawn"]),
    }


def _day(value: Any, where: str, field: str) -> str | None:
    """Return the day of a time as the API writes it (``2024-01-05T00:00:00``); ``None`` for none."""
    if value is None:
        return None
    if not isinstance(value, str) or not re.match(r"\d{4}-\d\d-\d\dT", value):
        raise SchemaChanged(f"{where}: {field} {value!r} is not a time")
    return value[:10]


def _refuse_broken(bodies: Sequence[dict[str, Any]], ids: Sequence[int], first: date, last: date) -> None:
    announced = {body["totalResults"] for body in bodies}
    if len(set(ids)) < len(ids):
        twice = next(i for i in ids if ids.count(i) > 1)
        raise Incomplete(f"written questions {first} to {last}: {twice} is on two pages; another must be missing")
    if announced != {len(ids)}:
        said = " and ".join(f"{n:,}" for n in sorted(announced)) or "none"
        raise Incomplete(f"written questions {first} to {last}: {said} were announced, {len(ids):,} came")
