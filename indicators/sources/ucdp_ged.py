"""UCDP Georeferenced Event Dataset (yearly) and its Candidate releases (monthly): deaths by country and month since 1989.

Over 100 lines because three kinds of file are merged: the yearly release, the cumulative candidate release of this year, and
the monthly ones after it. Monthly files are increments: they hold their month, some late arrivals and some revised events, so
events are merged by ``id`` and the later release wins; adding the files up would count twice.

- An event counts in the month in which it begins (``date_start``), as in the country-month sums of GED 26.1; 2 to 5 % of
  events end in a later month.
- Types of violence: 1 state-based, 2 non-state, 3 one-sided. Type 4 (political protest, new in 2026) is not counted.
- Countries are Gleditsch-Ward numbers; Gaza and the West Bank are counted under Israel (666).
- Candidate figures are provisional and can lie far below the final ones (Sudan, October 2025: 3,885 against 59,961).

https://ucdp.uu.se/downloads/ (list of releases and codebooks)
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Literal

import ibis
import numpy as np
import pandas as pd
import pyarrow

from indicators.contract import (
    KEY,
    BadValues,
    Document,
    NotData,
    Parsed,
    Refused,
    Release,
    SchemaChanged,
    Source,
    numbers,
    refuse_if_too_many,
    tidy,
)
from indicators.events import country_months, in_this_process
from indicators.table import open_member, read_csv
from indicators.ucdp import INDEX, integers, is_yearly, months_of, releases_on, releases_to_merge, set_aside, with_zeros

if TYPE_CHECKING:
    from indicators.countries import Countries
    from indicators.http import Web

SERIES = {1: "ucdp.state_based_deaths", 2: "ucdp.non_state_deaths", 3: "ucdp.one_sided_deaths"}
WANTED = ("id", "type_of_violence", "country_id", "date_start", "best")


def fetch(card: Source, web: Web) -> list[Document]:
    """Return the newest yearly release and the candidate files of the months after it, as the index page lists them.

    The card's releases stand in when the page is gone or lists no yearly release.
    """
    try:
        page = web.get(card.id, INDEX, name="downloads.html", kind="html").read_bytes().decode("utf-8", "replace")
    except Refused as error:
        if error.status not in (404, 410):
            raise
        page = ""
    listed = releases_on(page)
    if not any(is_yearly(r.name) for r in listed):
        listed = card.releases
    return [_get(card, web, release) for release in releases_to_merge(listed)]


def _get(card: Source, web: Web, release: Release) -> Document:
    kind: Literal["csv", "zip"] = "zip" if release.url.endswith(".zip") else "csv"
    return web.get(card.id, release.url, name=release.url.rsplit("/", 1)[-1], release=release.name, kind=kind)


def parse(card: Source, documents: Sequence[Document], countries: Countries) -> Parsed:
    """Return the deaths of each type by country and month.

    1. Read the files in order of release; of an event that stands in several, the last one counts.
    2. Set aside events of months that no file covers, and counts that cannot be: their country and month keep the last figure.
    3. Sum by country and month. 4. Add the zeros of states and months that are covered and have no event.
    """
    documents = sorted(documents, key=lambda d: months_of(d.release)[-1])
    fetched_at = max(d.fetched_at for d in documents)
    events = pd.concat([_events(document, countries) for document in documents], ignore_index=True)
    events = events.drop_duplicates("id", keep="last")
    events = events[events["type_of_violence"].isin(list(SERIES))]
    coverage = _coverage(documents)

    covered = events["date_start"].dt.to_period("M").isin(coverage["start"].dt.to_period("M"))
    outside = _rejected(events[~covered], "month not covered by any release held")
    no_country = _rejected(events[covered & (events["iso3"] == "")], "country_id is not a country")
    events = events[covered & (events["iso3"] != "")].reset_index(drop=True)
    impossible = _impossible(card, events)
    unusable = _rejected(events[impossible], "best is blank or cannot be; its country and month keeps the last good figure")
    refuse_if_too_many(card, len(events), unusable)
    events["best"] = events["best"].mask(impossible)

    rows = with_zeros(_sums(events), coverage, list(SERIES.values()), countries)
    unknown = rows["value"].isna()
    return tidy(
        card,
        rows[~unknown],
        fetched_at=fetched_at,
        rejected=pd.concat([outside, no_country, unusable], ignore_index=True),
        unusable=rows.loc[unknown, list(KEY)],
    )


def _impossible(card: Source, events: pd.DataFrame) -> pd.Series:
    """Return which events have no count of deaths, or one outside the bounds of their series."""
    bounds = {s.id: s for s in card.series}
    low = events["type_of_violence"].map({t: bounds[i].minimum for t, i in SERIES.items()})
    high = events["type_of_violence"].map({t: bounds[i].maximum for t, i in SERIES.items()})
    return events["best"].isna() | (events["best"] < low) | (events["best"] > high)


def _events(document: Document, countries: Countries) -> pd.DataFrame:
    """Return the events of one file, of all types.

    Columns: id, type_of_violence, date_start, best, iso3, provisional, document, place.
    """
    name = document.name
    with open_member(document) if name.endswith(".zip") else document.path.open("rb") as data:
        text = read_csv(data, WANTED, name)
    events = pd.DataFrame({column: integers(text[column], name, column) for column in ("id", "type_of_violence")})
    events["date_start"] = _days(text["date_start"], name)
    events["best"] = numbers(text["best"], name, "best")
    events["iso3"] = countries.resolve(text["country_id"], "gw", document=name, years=events["date_start"].dt.year)
    events = events.assign(
        provisional=not is_yearly(document.release), document=document.sha256, place=np.arange(1, len(events) + 1)
    )
    _check_reach(events, document)
    return _once(events, document)


def _days(text: pd.Series, name: str) -> pd.Series:
    """Return ``2026-02-03 00:00:00.000`` or ``2026-02-03`` as ``datetime64[s]``."""
    days = pd.to_datetime(text.str.slice(0, 10), format="%Y-%m-%d", errors="coerce").dt.as_unit("s")
    if days.isna().any():
        row = int(np.flatnonzero(days.isna().to_numpy())[0])
        raise SchemaChanged(f"{name}: row {row + 1}, column 'date_start': {text.iloc[row]!r} is not a date such as 2026-02-03")
    return days


def _check_reach(events: pd.DataFrame, document: Document) -> None:
    """Refuse a file that ends before the months it is named for: its silence would be taken for zeros."""
    if events.empty:
        raise NotData(f"{document.name}: no events; an empty file is not a zero")
    last, newest = months_of(document.release)[-1], events["date_start"].max().to_period("M")
    if newest.year < last.year if is_yearly(document.release) else newest < last:
        raise BadValues(f"{document.name}: release {document.release} should reach {last}, its newest event is of {newest}")


def _once(events: pd.DataFrame, document: Document) -> pd.DataFrame:
    """Return events without repeated rows; one id with two contents is a contradiction."""
    facts = [c for c in events.columns if c != "place"]
    events = events.drop_duplicates(facts)
    if (twice := events["id"].duplicated()).any():
        raise BadValues(f"{document.name}: event {events.loc[twice, 'id'].iloc[0]} stands twice with different values")
    return events


def _rejected(events: pd.DataFrame, reason: str) -> pd.DataFrame:
    return set_aside(events, reason, ["id", "type_of_violence", "iso3", "date_start", "best"])


def _coverage(documents: Sequence[Document]) -> pd.DataFrame:
    """Return each covered month once, with the first file that covers it as its proof."""
    months = [
        pd.DataFrame({"month": months_of(d.release), "document": d.sha256, "status": _status(not is_yearly(d.release))})
        for d in documents
    ]
    found = pd.concat(months).drop_duplicates("month", ignore_index=True)
    return found.assign(start=found["month"].dt.start_time, end=found["month"].dt.end_time.dt.normalize())


def _status(provisional: bool) -> str:
    return "provisional" if provisional else "final"


def _sums(events: pd.DataFrame) -> pd.DataFrame:
    """Return the sums as observations; ``place`` is the first event of each in its file."""
    columns = ["iso3", "date_start", "type_of_violence", "best", "provisional"]
    table = pyarrow.Table.from_pandas(events[columns].assign(event=events.index), preserve_index=False)
    sums = in_this_process(country_months(ibis.memtable(table)))
    first = events[["document", "place"]].iloc[sums["first_event"].to_numpy()].reset_index(drop=True)
    start = pd.to_datetime(sums["month"])
    return first.assign(
        series=sums["type_of_violence"].map(SERIES),
        iso3=sums["iso3"],
        start=start,
        end=start + pd.offsets.MonthEnd(0),
        value=sums["deaths"].astype("float64"),
        status=sums["provisional"].map(_status),
    )
