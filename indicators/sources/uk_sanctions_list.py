"""UK Sanctions List: how many designations each country regime holds, and on which days they were made. Counts, never names.

Quirks (https://www.gov.uk/government/publications/the-uk-sanctions-list):

- The first line is ``Report Date: DD-Mon-YYYY``, the second the header. About 50 MB.
- A designation has a row for each of its names: rows are counted once by ``Unique ID`` and regime.
- A regime's name is that of its regulations; ``options.regimes`` says which country each is about, ``options.thematic`` which
  are about none (human rights, cyber, terrorism). A regime that neither holds is set aside by its name:
  somebody has to say what it is.
- Who was taken off the list is not on it: a past day's count is of those who are still listed, and may only fall.
- Only four columns are read. No name, address, birth date or reason reaches a row, a message or what was set aside.
"""

from __future__ import annotations

import io
from collections.abc import Iterator, Sequence
from datetime import date, datetime
from typing import TYPE_CHECKING, Any

import pandas as pd

from indicators.contract import Document, NotData, Parsed, SchemaChanged, Source, refuse_if_too_many, tidy
from indicators.table import read_csv

if TYPE_CHECKING:
    from indicators.countries import Countries
    from indicators.http import Web

URL = "https://sanctionslist.fcdo.gov.uk/docs/UK-Sanctions-List.csv"
WANTED = ("Unique ID", "Regime Name", "Date Designated", "Designation Type")
HEAD = b"Report Date:"


def fetch(card: Source, web: Web) -> list[Document]:
    """Return the whole list."""
    return [web.get(card.id, URL, name="UK-Sanctions-List.csv", kind="csv", hosts=frozenset({"www.gov.uk"}))]


def parse(card: Source, documents: Sequence[Document], countries: Countries) -> Parsed:
    """Return the number listed by country regime on the day of the report, zeros included, and designations by their day."""
    (document,) = documents
    head, _, body = document.read_bytes().removeprefix(b"\xef\xbb\xbf").partition(b"\n")
    reported = _report_date(head, document.name)
    table = read_csv(io.BytesIO(body), WANTED, document.name)
    table = table.assign(place=range(1, len(table) + 1))
    regimes: dict[str, str] = card.options["regimes"]
    known = table["Regime Name"].isin([*regimes, *card.options["thematic"]])
    aside = [_set_aside(document, row) for row in table[~known].to_dict("records")]
    rejected = pd.DataFrame(aside, columns=["document", "place", "reason", "row"])
    refuse_if_too_many(card, len(table), rejected)
    once = table[known].drop_duplicates(["Unique ID", "Regime Name"])
    once = once.assign(iso3=once["Regime Name"].map(regimes)).dropna(subset="iso3")
    once["day"] = pd.to_datetime(once["Date Designated"], format="%d/%m/%Y", errors="coerce")
    undated = once[once["day"].isna() & (once["Date Designated"].str.strip() != "")]
    if len(undated):
        raise SchemaChanged(
            f"{document.name}: row {undated['place'].iloc[0]}, column 'Date Designated' is not a day like 31/07/2024"
        )
    rows = pd.DataFrame([*_listed(card, once, reported), *_made(card, once)])
    rows = rows.assign(status="final", document=document.sha256)
    return tidy(card, rows, fetched_at=document.fetched_at, rejected=rejected, complete=False)


def _report_date(head: bytes, name: str) -> date:
    text = head.decode("utf-8", errors="replace").strip().strip('",')
    if not head.startswith(HEAD):
        raise NotData(f"{name}: the first line is not '{HEAD.decode()} ...' but {text[:40]!r}")
    try:
        return datetime.strptime(text.partition(":")[2].strip(), "%d-%b-%Y").date()  # noqa: DTZ007  (a day, without a clock)
    except ValueError as error:
        raise SchemaChanged(f"{name}: {text[:60]!r} holds no day like 08-Oct-2026") from error


def _listed(card: Source, once: pd.DataFrame, reported: date) -> Iterator[dict[str, Any]]:
    """Yield how many are listed under each country's regimes on the day of the report."""
    series = card.by_column()["listed"].id
    for iso3 in sorted(set(card.options["regimes"].values())):
        held = once[once["iso3"] == iso3]
        place = held["place"].iloc[0] if len(held) else pd.NA
        yield {"series": series, "iso3": iso3, "start": reported, "end": reported, "value": float(len(held)), "place": place}


def _made(card: Source, once: pd.DataFrame) -> Iterator[dict[str, Any]]:
    """Yield how many of those listed now were designated on each day."""
    series = card.by_column()["designated"].id
    for (iso3, day), held in once.dropna(subset="day").groupby(["iso3", "day"]):
        place = held["place"].iloc[0]
        yield {"series": series, "iso3": iso3, "start": day, "end": day, "value": float(len(held)), "place": place}


def _set_aside(document: Document, row: dict[Any, Any]) -> dict[str, Any]:
    reason = "a regime that the card does not know"
    return {
        "document": document.sha256,
        "place": row["place"],
        "reason": reason,
        "row": f"{row['Unique ID']} {row['Regime Name']}",
    }
