"""Observations out of the record: the queries, and what is made of their Arrow tables."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime
from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa
from sqlalchemy import Select, case, exists, func, select

from monitor.storage.schema import observation, series

_SENT = pa.schema(
    [
        ("series", pa.int64()),
        ("iso3", pa.string()),
        ("start", pa.string()),
        ("end", pa.string()),
        ("value", pa.float64()),
        ("missing", pa.int64()),
        ("status", pa.string()),
        ("document", pa.int64()),
        ("place", pa.int64()),
        ("recorded", pa.int64()),
    ]
)


@dataclass(frozen=True)
class Names:
    """What the record's small integers stand for: names of series, sha256 of documents, instants as text."""

    series: Mapping[int, str]
    documents: Mapping[int, str]
    moments: Mapping[int, str]


def newest_rows(until: int | None = None, names: Collection[str] | None = None) -> Select[Any]:
    """Return a query for the last observation of every key of these series up to an instant.

    Asked as "none is newer", which the primary key answers; a window over the keys takes twice as long.
    """
    o, newer = observation.c, observation.alias("newer")
    later = newer.c.recorded > o.recorded if until is None else newer.c.recorded.between(o.recorded + 1, until)
    same = [newer.c[name] == o[name] for name in ("series", "iso3", "start", "end")]
    query = as_sent(o).where(~exists().where(*same, later))
    if until is not None:
        query = query.where(o.recorded <= until)
    if names is not None:
        query = query.where(o.series.in_(select(series.c.id).where(series.c.name.in_(sorted(names)))))
    return query


def as_sent(o: Any) -> Select[Any]:
    """Return a query for what :func:`frame_of` reads, out of the columns of a table or subquery of observations.

    ADBC's SQLite driver takes a column's type from its first batch and stops at a number after a batch of NULLs; so a missing
    value travels as a zero that is marked ``missing``, and is a NaN again before anyone sees it.
    """
    value, missing = func.coalesce(o.value, 0.0).label("value"), case((o.value.is_(None), 1), else_=0).label("missing")
    return select(o.series, o.iso3, o.start, o.end, value, missing, o.status, o.document, o.place, o.recorded)


def frame_of(table: pa.Table, names: Names) -> pd.DataFrame:
    """Return observations with names in place of numbers, by series name and else in the query's order.

    Columns ``series, iso3, start, end, value, status, document, place, seen, recorded`` as :meth:`Store.panel` describes them;
    ``recorded`` is the number of the instant. A number without a name or an unreadable day is a ``ValueError``.
    """
    sent = table.select(_SENT.names).cast(_SENT)
    recorded = sent["recorded"].to_numpy()
    seen = pd.Series({n: datetime.fromisoformat(m) for n, m in names.moments.items()}, dtype="datetime64[us, UTC]")
    if set(np.unique(recorded)) - set(seen.index):
        raise ValueError("an instant is missing")
    frame = pd.DataFrame(
        {
            "series": _category(sent["series"], names.series),
            "iso3": _category(sent["iso3"]),
            "start": sent["start"].cast(pa.timestamp("s")).to_numpy(),
            "end": sent["end"].cast(pa.timestamp("s")).to_numpy(),
            "value": np.where(sent["missing"].to_numpy() == 1, np.nan, sent["value"].to_numpy()),
            "status": _category(sent["status"]),
            "document": _category(sent["document"], names.documents),
            "place": sent["place"].to_pandas(types_mapper={pa.int64(): pd.Int64Dtype()}.get),
            "seen": seen.reindex(recorded).array,
            "recorded": recorded,
        }
    )
    by_name = np.argsort(frame["series"].cat.codes.to_numpy(), kind="stable")
    return frame.iloc[by_name].reset_index(drop=True)


def _category(column: pa.ChunkedArray, names: Mapping[int, str] | None = None) -> pd.Categorical:
    """Return a text column, or numbers and their names, as a category whose labels are sorted and all occur."""
    encoded = column.combine_chunks().dictionary_encode()
    keys = encoded.dictionary.to_pylist()
    if names is not None and (nameless := set(keys) - set(names)):
        raise ValueError(f"number {min(nameless)} has no name")
    labels = keys if names is None else [names[key] for key in keys]
    categories = sorted(set(labels))
    at = {label: code for code, label in enumerate(categories)}
    codes = np.array([at[label] for label in labels], dtype="int32")[encoded.indices.to_numpy()]
    return pd.Categorical.from_codes(codes, pd.Index(categories, dtype="str"))


def ended_before(rows: pd.DataFrame, as_of: date, lags: Mapping[str, int]) -> pd.DataFrame:
    """Return the rows whose period ended at least its series' lag (days) before ``as_of``."""
    names = rows["series"].cat.categories
    if unknown := sorted(set(names) - set(lags)):
        raise ValueError(f"no release lag for series {unknown[0]!r}")
    lag = np.array([lags[name] for name in names], dtype="timedelta64[D]")[rows["series"].cat.codes]
    rows = rows[rows["end"].to_numpy() + lag <= np.datetime64(as_of)].reset_index(drop=True)
    return rows.assign(**{c: rows[c].cat.remove_unused_categories() for c in ("series", "iso3", "status", "document")})


def stamp(instant: datetime) -> str:
    """Return an instant as the record writes it; one without a time zone is a ``ValueError``."""
    if instant.tzinfo is None:
        raise ValueError(f"{instant} has no time zone; instants are UTC")
    return instant.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S.%fZ")
