"""Event rows to country-month sums: one Ibis expression, run by DuckDB in this process and by a cluster's engine elsewhere."""

from __future__ import annotations

import ibis
import pandas as pd
from ibis import _


def country_months(events: ibis.Table) -> ibis.Table:
    """Return the deaths of events summed by country, month and type of violence.

    ``events``: one row an event; ``iso3`` string, ``date_start`` timestamp, ``type_of_violence`` integer, ``best`` float (deaths;
    null where unknown), ``event`` integer (running number in order of release), ``provisional`` boolean.
    Result: ``iso3``, ``month`` (its first day), ``type_of_violence``, ``deaths``, ``first_event``, ``provisional``, in no order.
    An event counts wholly in the month in which it begins. One unknown count makes the sum unknown: a sum of the rest would
    read as a fall. ``provisional``: at least one of the events is.

    Only operations that every SQL engine has: the same expression runs on DuckDB, Spark, Trino and PostgreSQL.
    """
    return (
        events.mutate(month=_.date_start.truncate("M"))
        .group_by(["iso3", "month", "type_of_violence"])
        .agg(
            deaths=ibis.ifelse(_.best.count() == _.count(), _.best.sum(), ibis.null("float64")),
            first_event=_.event.min(),
            provisional=_.provisional.any(),
        )
    )


def in_this_process(expression: ibis.Table) -> pd.DataFrame:
    """Return the rows of an expression over in-memory tables, computed by DuckDB; nothing is read from or written to disk."""
    connection = ibis.duckdb.connect()
    try:
        rows: pd.DataFrame = connection.to_pyarrow(expression).to_pandas()
    finally:
        connection.disconnect()
    return rows
