"""Event rows to country-month sums: the one Ibis expression, on DuckDB and as SQL for other engines."""

from __future__ import annotations

import ibis
import pandas as pd
import pyarrow
import pytest

from indicators.events import country_months, in_this_process

EVENTS = pyarrow.table(
    {
        "iso3": ["AAA", "AAA", "AAA", "AAA", "BBB", "BBB"],
        "date_start": pd.to_datetime(
            ["2001-01-01", "2001-01-31", "2001-01-31", "2001-02-01", "2001-01-15", "2001-01-16"]
        ).as_unit("s"),
        "type_of_violence": [3, 3, 1, 3, 3, 3],
        "best": [1.0, 10.0, 100.0, 0.0, 1000.0, None],
        "event": [0, 1, 2, 3, 4, 5],
        "provisional": [False, True, False, False, False, False],
    }
)


def sums() -> dict[tuple[str, str, int], tuple[float, int, bool]]:
    rows = in_this_process(country_months(ibis.memtable(EVENTS)))
    months = rows["month"].dt.strftime("%Y-%m-%d")
    keys = zip(rows["iso3"], months, rows["type_of_violence"], strict=True)
    return dict(zip(keys, zip(rows["deaths"], rows["first_event"], rows["provisional"], strict=True), strict=True))


def test_deaths_are_summed_by_country_month_and_type() -> None:
    found = sums()
    assert found["AAA", "2001-01-01", 3] == (11.0, 0, True)
    assert found["AAA", "2001-01-01", 1] == (100.0, 2, False)
    assert len(found) == 4


def test_an_event_without_deaths_is_a_counted_zero() -> None:
    assert sums()["AAA", "2001-02-01", 3] == (0.0, 3, False)


def test_one_unknown_count_makes_the_sum_unknown_and_not_lower() -> None:
    deaths, first_event, provisional = sums()["BBB", "2001-01-01", 3]
    assert pd.isna(deaths)
    assert (first_event, provisional) == (4, False)


@pytest.mark.parametrize("engine", ["databricks", "trino", "postgres", "bigquery"])
def test_the_same_expression_compiles_for_other_engines(engine: str) -> None:
    """Databricks speaks Spark's SQL; the Spark dialect itself needs a Spark session."""
    schema = {c: "timestamp" if c == "date_start" else t for c, t in ibis.memtable(EVENTS).schema().items()}
    sql = str(ibis.to_sql(country_months(ibis.table(schema, name="events")), dialect=engine)).upper()
    assert sql.count("GROUP BY") == 1
    assert "SUM(" in sql
    assert "DATE_TRUNC" in sql or "TIMESTAMP_TRUNC" in sql
