"""Written questions of the UK Parliament: how many name each country, by how many members and parties, on what, answered late.

Asked for whole months, without a search term: nobody can tell from a query which country is being looked at. The wire format and
its quirks stand in :mod:`indicators.questions`, which country a text is about in :mod:`indicators.gazetteer`; the gazetteer is
laid on the card (``options.gazetteer``) where the config is read. Members are counted, never kept: no number or name of
one is in a row.

- A country that no question of a month names has zero, for all countries that are assessed: the whole month was read.
- The texts of the list are cut at 255 characters: a country named only behind that is not seen. The heading is whole.
- Figures stay provisional for ``final_after_days`` after their period: answers come, and questions are withdrawn.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from indicators.contract import Document, NotData, Parsed, Source, TooLarge, tidy
from indicators.questions import read, total

if TYPE_CHECKING:
    from indicators.countries import Countries
    from indicators.gazetteer import Gazetteer
    from indicators.http import Web

URL = (
    "https://questions-statements-api.parliament.uk/api/writtenquestions/questions"
    "?tabledWhenFrom={first}&tabledWhenTo={last}&expandMember=true&take={take}&skip={skip}"
)
TAKE, MAX_PAGES = 100, 150
NAMES = re.compile(r"(\d{4}-\d\d-\d\d) to (\d{4}-\d\d-\d\d), from (\d+)")
COUNTED = ("asked", "members", "parties", "atrocity", "trade", "late")


def fetch(card: Source, web: Web) -> list[Document]:
    """Return every page of the months that the card asks for, the oldest first; ``options.month``: of that month alone."""
    probe = web.get(
        card.id, URL.format(first="2014-01-01", last="2014-01-01", take=1, skip=0), name="what day it is", kind="json"
    )
    documents = []
    for first, last in _months(card, probe.fetched_at.date()):
        skip = found = 0
        while skip == 0 or skip < found:
            url = URL.format(first=first, last=last, take=TAKE, skip=skip)
            documents.append(web.get(card.id, url, name=f"{first} to {last}, from {skip}", kind="json"))
            found, skip = total(documents[-1]), skip + TAKE
            if found > TAKE * MAX_PAGES:
                raise TooLarge(f"{card.id}: {found:,} questions are announced for one month, more than {TAKE * MAX_PAGES:,}")
    return documents


def parse(card: Source, documents: Sequence[Document], countries: Countries) -> Parsed:
    """Return counts by country and day, week and month; ``NotData`` where no month holds a single question."""
    fetched_at = max(d.fetched_at for d in documents)
    spans = _spans(documents)
    questions = pd.concat([read(pages, *span) for span, pages in spans.items()], ignore_index=True)
    if questions.empty:
        raise NotData(f"{card.id}: no question was tabled in {len(spans)} months; an empty answer is not a zero")
    named = _named(questions, card.options["gazetteer"], card.options["words"], fetched_at)
    rows = [*_days(_Of(card, fetched_at), named)]
    for kind in ("week", "month"):
        for period in _covered(kind, list(spans), fetched_at.date()):
            page = _first_page(spans, period[0])
            rows += _counts(_Of(card, fetched_at, page), kind, period, (questions, named), countries.assessed())
    return tidy(card, pd.DataFrame(rows), fetched_at=fetched_at, complete=False)


def _months(card: Source, today: date) -> list[tuple[date, date]]:
    """Return first and last day of the months to ask for; the last ends today where it is not over."""
    if month := card.options.get("month"):
        wanted = [np.datetime64(month, "M")]
    else:
        newest = np.datetime64(today, "M")
        wanted = [newest - n for n in reversed(range(card.options["months"]))]
    ends = [date.fromisoformat(str((m + 1).astype("datetime64[D]") - 1)) for m in wanted]
    return [(end.replace(day=1), min(end, today)) for end in ends]


def _spans(documents: Sequence[Document]) -> dict[tuple[date, date], list[Document]]:
    """Return the pages of each span of days, by the names that they were filed under."""
    found: dict[tuple[date, date], list[Document]] = {}
    for document in documents:
        if match := NAMES.fullmatch(document.name):
            found.setdefault((date.fromisoformat(match[1]), date.fromisoformat(match[2])), []).append(document)
    return found


def _named(questions: pd.DataFrame, gazetteer: Gazetteer, words: Mapping[str, Sequence[str]], at: datetime) -> pd.DataFrame:
    """Return one row a question and country that it names, with what is said in it and whether its answer is late."""
    texts = questions["text"].astype(str).tolist()
    found = questions.assign(iso3=pd.Series([list(gazetteer.countries(text)) for text in texts], dtype=object))
    for theme in ("atrocity", "trade"):
        pattern = re.compile(r"\b(?:" + "|".join(re.escape(w) for w in words[theme]) + r")", re.IGNORECASE)
        found[theme] = [bool(pattern.search(text)) for text in texts]
    answered = found["answered"].where(found["answered"].notna(), pd.Timestamp(at.date()))  # or not until now
    found["late"] = found["due"].notna() & (answered > found["due"])
    return found.explode("iso3").dropna(subset="iso3").reset_index(drop=True)


@dataclass(frozen=True)
class _Of:
    """What every row of a collection shares: card, time of fetching, and the page that a zero rests on."""

    card: Source
    at: datetime
    page: str = ""

    def row(self, column: str, iso3: str, period: tuple[date, date], value: float, rows: pd.DataFrame) -> dict[str, Any]:
        """Return one figure; its document and place are those of the first question counted, where there is one."""
        settled = self.at.date() > period[1] + timedelta(self.card.options["final_after_days"])
        return {
            "series": self.card.by_column()[column].id,
            "iso3": iso3,
            "start": period[0],
            "end": period[1],
            "value": float(value),
            "status": "final" if settled else "provisional",
            "document": rows["document"].iloc[0] if len(rows) else self.page,
            "place": rows["place"].iloc[0] if len(rows) else pd.NA,
        }


def _days(of: _Of, named: pd.DataFrame) -> Iterator[dict[str, Any]]:
    """Yield the days on which a country was asked about or answered on; of a day without there is no row."""
    for column, series in (("tabled", "day_asked"), ("answered", "day_answered")):
        for (iso3, text), rows in named.groupby([named["iso3"], named[column].dt.strftime("%Y-%m-%d")]):
            day = date.fromisoformat(str(text))
            yield of.row(series, str(iso3), (day, day), len(rows), rows)


def _counts(
    of: _Of,
    kind: str,
    period: tuple[date, date],
    tables: tuple[pd.DataFrame, pd.DataFrame],
    countries: Sequence[str],
) -> Iterator[dict[str, Any]]:
    """Yield the counts of a week or month for every country, zeros included; ``tables``: all questions, a row a country named."""
    home, whole, named = of.card.options["gazetteer"].home, _within(tables[0], period), _within(tables[1], period)
    yield of.row(f"{kind}_total", home, period, len(whole), whole)
    by_country = {str(iso3): rows for iso3, rows in named.groupby("iso3")}
    for iso3 in sorted({*countries, *by_country} - {home}):
        rows = by_country.get(iso3, named.iloc[:0])
        counts: dict[str, float] = {
            "asked": len(rows),
            "members": rows["member"].nunique(),
            "parties": np.nan if (rows["party"] == "").any() else rows["party"].nunique(),
            **{theme: int(np.count_nonzero(rows[theme])) for theme in ("atrocity", "trade", "late")},
        }
        for name in COUNTED:
            yield of.row(f"{kind}_{name}", iso3, period, counts[name], rows)


def _within(rows: pd.DataFrame, period: tuple[date, date]) -> pd.DataFrame:
    return rows[rows["tabled"].between(pd.Timestamp(period[0]), pd.Timestamp(period[1]))]


def _first_page(spans: Mapping[tuple[date, date], Sequence[Document]], day: date) -> str:
    return next(pages[0].sha256 for (first, last), pages in spans.items() if first <= day <= last)


def _covered(kind: str, spans: Sequence[tuple[date, date]], today: date) -> list[tuple[date, date]]:
    """Return first and last day of the periods whose every day was read, or lies after today."""
    if kind == "month":
        return [(first, _month_end(first)) for first, _ in spans if first.day == 1]
    days = {first + timedelta(n) for first, last in spans for n in range((last - first).days + 1)}
    mondays = sorted(day for day in days if day.weekday() == 0)
    return [(m, m + timedelta(6)) for m in mondays if all(m + timedelta(n) in days or m + timedelta(n) > today for n in range(7))]


def _month_end(first: date) -> date:
    return (first.replace(day=28) + timedelta(4)).replace(day=1) - timedelta(1)
