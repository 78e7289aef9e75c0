"""Powell and Thyne: every attempt to unseat a government by coup since 1950, successful (2) or failed (1), one row an attempt.

The list covers all countries, so that no row is a proven zero, but only as far as it reaches: the file carries no date of its own
and a copy can be old, so it proves the years before that of its newest event and no more. Of the year of the newest event only
what stands in it is taken, as provisional: more may follow. ``ccode`` is a Correlates of War number.

Quirks (https://www.uky.edu/~clthyn2/coup_data/home.htm): tabs, quoted names spelled in several ways, no order. The host has
refused programs: a file that a person put in by hand (``file`` on the card) is taken first.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import pandas as pd

from indicators.contract import COLUMNS, Document, NotPutThere, Parsed, SchemaChanged, Source, tidy, year_period, years
from indicators.dropin import dropped_in
from indicators.table import read_csv
from indicators.ucdp import with_zeros

if TYPE_CHECKING:
    from indicators.countries import Countries
    from indicators.http import Web

FIRST_YEAR = 1950
KEYS = ("ccode", "year", "month", "day", "coup")
FAILED, SUCCESSFUL = "1", "2"


def fetch(card: Source, web: Web) -> list[Document]:
    """Return the file that was put in by hand, else the host's."""
    try:
        return [dropped_in(card, web, kind="csv")]
    except NotPutThere:
        return [web.newest(card.id, card.releases, kind="csv")]


def parse(card: Source, documents: Sequence[Document], countries: Countries) -> Parsed:
    """Return the attempts and the successes of each country and year; zero for states with none in a year that is proven."""
    (document,) = documents
    events = _events(document)
    events["iso3"] = countries.resolve(events["ccode"], "cow", document=document.name, years=events["year"])
    newest = int(events["year"].max())
    found = events[events["iso3"] != ""].assign(attempt=1.0, success=(events["coup"] == SUCCESSFUL).astype("float64"))
    by_year = found.groupby(["iso3", "year"], as_index=False).agg(
        attempts=("attempt", "sum"), successes=("success", "sum"), place=("place", "min")
    )
    rows = by_year.melt(["iso3", "year", "place"], list(card.by_column()), var_name="column")
    rows["series"] = rows["column"].map({column: s.id for column, s in card.by_column().items()})
    start, end = year_period(rows["year"])
    status = (rows["year"] == newest).map({True: "provisional", False: "final"})
    rows = rows.assign(start=start, end=end, status=status, document=document.sha256)[list(COLUMNS)]
    proven = pd.Series(range(FIRST_YEAR, newest), dtype="int64")
    start, end = year_period(proven)
    covered = pd.DataFrame({"start": start, "end": end, "status": "final", "document": document.sha256})
    rows = with_zeros(rows, covered, [s.id for s in card.series], countries) if len(proven) else rows
    return tidy(card, rows, fetched_at=document.fetched_at)


def _events(document: Document) -> pd.DataFrame:
    """Return the events since 1950 with ``year`` (int64) and ``place``; what is no event stops the source."""
    with document.path.open("rb") as data:
        events = read_csv(data, KEYS, document.name, sep="\t")
    events["place"] = range(1, len(events) + 1)
    days = pd.to_datetime(events[["year", "month", "day"]].agg("-".join, axis=1), format="%Y-%m-%d", errors="coerce")
    ours = pd.Timestamp(document.fetched_at.date())
    for wrong, what in (
        (~events["coup"].isin((FAILED, SUCCESSFUL)), "'coup' is neither 1 nor 2"),
        (days.isna(), "year, month and day are no date"),
        (days > ours, "an event that lies in the future"),
    ):
        if wrong.any():
            row = events[wrong].iloc[0]
            raise SchemaChanged(f"{document.name}: row {row['place']}: {what} ({' '.join(row[list(KEYS)].astype(str))})")
    events["year"] = years(events["year"], document.name, "year")
    events = events[events["year"] >= FIRST_YEAR]
    if events.empty:
        raise SchemaChanged(f"{document.name}: no event since {FIRST_YEAR}")
    return events
