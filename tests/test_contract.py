"""The contract: rows are checked against their card, text becomes figures or stops the source, JSON is whole or nothing."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

from indicators.contract import (
    COLUMNS,
    BadValues,
    Document,
    Incomplete,
    NotData,
    Parsed,
    SchemaChanged,
    Series,
    Source,
    numbers,
    require_columns,
    tidy,
    year_period,
    years,
)

FETCHED = datetime(2020, 6, 15, 12, tzinfo=UTC)
CARD = Source(
    id="made",
    title="Made up",
    provider="nobody",
    homepage="https://example.org",
    licence="none",
    citation="none",
    redistribute=True,
    collect_every_days=1,
    release_lag_days=0,
    max_age_days=1,
    series=(
        Series(id="made.index", title="Index", unit="index", column="index", minimum=0, maximum=10),
        Series(id="made.free", title="Free", unit="unit", column="free"),
    ),
)


def row(value: float, iso3: str | None = "AAA", **changes: Any) -> dict[str, Any]:
    whole = {"series": "made.index", "start": "2019-01-01", "end": "2019-12-31", "status": "final", "document": "d", "place": 7}
    return {**whole, "iso3": iso3, "value": float(value), **changes}


def tidied(*rows: dict[str, Any], others: int = 40, **more: Any) -> Parsed:
    """Tidy these rows and others beside them which are in order, so that one bad row is not too large a share."""
    good = [row(1, f"X{n:02d}", place=None) for n in range(others)]
    return tidy(CARD, pd.DataFrame([*rows, *good]), fetched_at=FETCHED, **more)


def kept(parsed: Parsed) -> dict[str, float]:
    """Return ``{iso3: value}`` without the others."""
    rows = parsed.observations[~parsed.observations["iso3"].str.startswith("X")]
    return dict(zip(rows["iso3"], rows["value"], strict=True))


# ------------------------------------------------------------------------------------------------------------------- tidy


def test_rows_come_out_in_one_form_and_order() -> None:
    rows = [row(2, "BBB"), row(3, "AAA", series="made.free"), row(1, "AAA", start="2018-01-01", end="2018-12-31"), row(4, "AAA")]
    found = tidied(*rows, others=0).observations
    assert list(found.columns) == list(COLUMNS)
    assert list(found["value"]) == [3, 1, 4, 2]  # by series (free before index), country, period
    assert list(found.index) == [0, 1, 2, 3]
    assert [str(found[c].dtype) for c in ("start", "end", "value", "place")] == [
        "datetime64[s]",
        "datetime64[s]",
        "float64",
        "Int64",
    ]


@pytest.mark.parametrize(
    ("bad", "reason"),
    [
        (row(1, ""), "no country"),
        (row(1, None), "no country"),
        (row(1, start=None), "no period"),
        (row(1, end=None), "no period"),
    ],
)
def test_a_row_without_country_or_period_is_set_aside_with_its_reason(bad: dict[str, Any], reason: str) -> None:
    assert list(tidied(bad).rejected["reason"]) == [reason]


def test_a_status_that_nobody_knows_stops_the_source() -> None:
    with pytest.raises(SchemaChanged, match="rumoured"):
        tidied(row(1, status="rumoured"))


def test_no_rows_at_all_are_no_zero() -> None:
    with pytest.raises(NotData, match="not a zero"):
        tidy(CARD, pd.DataFrame(columns=list(COLUMNS)), fetched_at=FETCHED)


def test_bounds_belong_to_the_range() -> None:
    assert kept(tidied(row(0, "AAA"), row(10, "BBB"), row(-1e9, "CCC", series="made.free"))) == {"AAA": 0, "BBB": 10, "CCC": -1e9}


@pytest.mark.parametrize(
    ("bad", "reason"),
    [
        (row(-0.001), "below the lowest possible value"),
        (row(10.001), "above the highest possible value"),
        (row(np.inf), "above the highest possible value"),
        (row(-np.inf), "below the lowest possible value"),
        (row(np.inf, series="made.free"), "not a finite number"),
        (row(-np.inf, series="made.free"), "not a finite number"),
        (row(1, start="2020-06-16", end="2020-06-30"), "period lies in the future"),
        (row(1, start="2019-12-31", end="2019-12-30"), "period ends before it starts"),
    ],
)
def test_a_row_that_cannot_be_is_set_aside_with_its_reason(bad: dict[str, Any], reason: str) -> None:
    parsed = tidied(bad, row(5, "BBB"))
    assert kept(parsed) == {"BBB": 5}
    (aside,) = parsed.rejected.to_dict("records")
    shown = f"{bad['series']} AAA {bad['end']} {bad['value']}"
    assert aside == {"document": "d", "place": 7, "reason": reason, "row": shown}


def test_a_period_may_begin_on_the_day_of_the_fetch_and_last_a_day_or_more() -> None:
    days = {"start": "2020-06-15", "end": "2020-06-15"}
    assert kept(tidied(row(1, start="2020-06-15", end="2020-12-31"), row(2, "BBB", **days))) == {"AAA": 1, "BBB": 2}


def test_a_missing_value_stays_a_row_that_says_so() -> None:
    parsed = tidied(row(np.nan), row(0, "BBB"))
    assert np.isnan(kept(parsed)["AAA"])
    assert kept(parsed)["BBB"] == 0
    assert parsed.rejected.empty


@pytest.mark.parametrize("value", [4.0, np.nan])
def test_a_row_that_stands_twice_alike_counts_once(value: float) -> None:
    found = tidied(row(value), row(value, place=8)).observations
    assert len(found) == 41
    assert list(found.loc[found["iso3"] == "AAA", "place"]) == [7]


@pytest.mark.parametrize("other", [4.5, 0.0, np.nan])
def test_a_row_that_stands_twice_with_different_values_refuses_the_file(other: float) -> None:
    with pytest.raises(BadValues, match=r"made: made\.index AAA 2019-12-31 stands twice with different values"):
        tidied(row(4), row(other))


def test_an_impossible_value_is_set_aside_before_it_can_contradict() -> None:
    assert kept(tidied(row(4), row(99))) == {"AAA": 4}


def test_five_in_a_hundred_may_be_set_aside_and_not_one_more() -> None:
    bad = [row(99, f"B{n:02d}") for n in range(6)]
    assert len(tidied(*bad[:5], others=95).rejected) == 5
    with pytest.raises(BadValues, match=r"made: 6 of 101 rows are unusable, e.g. place 7: above the highest possible value \("):
        tidied(*bad, others=95)
    assert len(tidied(*bad[:1], others=19).rejected) == 1  # 1 of 20
    with pytest.raises(BadValues, match="1 of 19"):
        tidied(*bad[:1], others=18)


def test_no_rows_is_not_a_zero() -> None:
    empty = pd.DataFrame([row(1)]).iloc[:0]
    with pytest.raises(NotData, match="made: no rows; an empty answer is not a zero"):
        tidy(CARD, empty, fetched_at=FETCHED)


def test_rows_that_the_source_set_aside_are_listed_with_those_set_aside_here() -> None:
    before = pd.DataFrame({"document": ["d"], "place": [3], "reason": ["no country"], "row": ["ZZZ"]})
    assert list(tidied(row(1), rejected=before).rejected["reason"]) == ["no country"]
    assert list(tidied(row(11), rejected=before).rejected["reason"]) == ["no country", "above the highest possible value"]
    assert list(tidied(row(1)).rejected.columns) == ["document", "place", "reason", "row"]


def test_the_source_says_whether_the_documents_hold_all() -> None:
    assert tidied(row(1)).complete
    assert not tidied(row(1), complete=False).complete


def test_a_series_that_is_not_on_the_card_is_named() -> None:
    with pytest.raises(SchemaChanged, match=r"made: parse returned the unknown series made\.other"):
        tidied(row(1, series="made.other"))


@pytest.mark.parametrize("column", COLUMNS)
def test_a_column_that_parse_forgot_is_named(column: str) -> None:
    with pytest.raises(SchemaChanged, match=f"made: parse returned no column {column}"):
        tidy(CARD, pd.DataFrame([row(1)]).drop(columns=column), fetched_at=FETCHED)


# ---------------------------------------------------------------------------------------------------- columns, text, years


def text(*cells: str | None) -> pd.Series:
    return pd.Series(cells, dtype=pd.StringDtype("pyarrow", na_value=np.nan))


def test_every_wanted_column_must_be_there_once() -> None:
    require_columns(["a", "b", "b", "c"], ["c", "a"], "t.csv")
    with pytest.raises(SchemaChanged, match=r"^t.csv: column 'b' stands twice$"):
        require_columns(["a", "b", "b"], ["a", "b"], "t.csv")
    with pytest.raises(
        SchemaChanged, match=r"^t.csv: column 'deaths_best' is missing; the nearest is 'deaths_best_est'$"
    ) as caught:
        require_columns(["deaths", "deaths_best_est"], ["deaths_best"], "t.csv")
    assert "codebook" in caught.value.what_to_do
    with pytest.raises(SchemaChanged, match=r"^t.csv: column 'deaths' is missing$"):
        require_columns(["x", "y"], ["deaths"], "t.csv")


@pytest.mark.parametrize(
    ("cell", "value"),
    [("0", 0), ("-1.859", -1.859), ("+2", 2), (".5", 0.5), ("1e3", 1000), (" 7 ", 7), ("007", 7), ("9007199254740993", 2.0**53)],
)
def test_plain_numbers_are_read(cell: str, value: float) -> None:
    found = numbers(text(cell), "t.csv", "best")
    assert list(found) == [value]
    assert found.dtype == "float64"


def test_a_blank_is_missing_and_never_zero() -> None:
    found = numbers(text("", "  ", None, "0"), "t.csv", "best")
    assert list(found.isna()) == [True, True, True, False]
    assert numbers(text("", ""), "t.csv", "best").dtype == "float64"
    assert numbers(text(), "t.csv", "best").empty


@pytest.mark.parametrize(
    "cell", ["NA", "nan", "None", "-", "1,5", "1'000", "1 000", "1_000", "0x10", "TRUE", "12a", "<5", "1.2.3", "１２", "٣"]
)
def test_anything_else_is_not_a_number_and_is_named_with_its_row(cell: str) -> None:
    column = text("1", "", cell, "2").iloc[1:]  # as after rows were dropped: the row is still that of the file
    with pytest.raises(SchemaChanged) as caught:
        numbers(column, "t.csv", "best")
    assert str(caught.value) == f"t.csv: row 3, column 'best': {cell!r} is not a number"


def test_an_infinite_number_is_read_as_such_and_set_aside_by_its_bounds() -> None:
    values = numbers(text("inf", "1e999"), "t.csv", "free")
    parsed = tidied(*(row(v, c, series="made.free") for v, c in zip(values, ("AAA", "BBB"), strict=True)))
    assert kept(parsed) == {}
    assert list(parsed.rejected["reason"]) == ["not a finite number"] * 2


def test_years_from_1700_to_2199_are_read() -> None:
    found = years(text("1700", "1899", "2025", "2199"), "t.csv", "year")
    assert list(found) == [1700, 1899, 2025, 2199]
    assert found.dtype == "int64"


@pytest.mark.parametrize(
    "cell", ["1699", "2200", "", " 2020", "2020\n", "2020.0", "02020", "20200", "-2020", "NA", "２０２０", None]
)
def test_anything_else_is_not_a_year_and_is_named_with_its_row(cell: str | None) -> None:
    with pytest.raises(SchemaChanged, match=r"^t.csv: row 2, column 'year': .* is not a year$"):
        years(text("2020", cell), "t.csv", "year")


def test_a_year_lasts_from_its_first_day_to_its_last() -> None:
    start, end = year_period(pd.Series([1700, 2024, 2199]))
    assert [str(day.date()) for day in start] == ["1700-01-01", "2024-01-01", "2199-01-01"]
    assert [str(day.date()) for day in end] == ["1700-12-31", "2024-12-31", "2199-12-31"]
    assert [str(part.dtype) for part in (start, end)] == ["datetime64[s]"] * 2
    assert [len(part) for part in year_period(pd.Series([], dtype="int64"))] == [0, 0]


# ------------------------------------------------------------------------------------------------------------------- JSON


def read_json(folder: Path, body: bytes) -> Any:
    path = folder / "body"
    path.write_bytes(body)
    return Document("made", "page 1", "", "0" * 64, len(body), FETCHED, path).read_json()


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16"])
def test_json_is_read_as_it_is(tmp_path: Path, encoding: str) -> None:
    body = '{"pays": "Côte d’Ivoire", "value": 1.5, "none": null, "zero": "0"}'
    expected = {"pays": "Côte d’Ivoire", "value": 1.5, "none": None, "zero": "0"}
    assert read_json(tmp_path, body.encode(encoding)) == expected


@pytest.mark.parametrize("token", ["NaN", "Infinity", "-Infinity"])
def test_what_json_does_not_know_is_not_data(tmp_path: Path, token: str) -> None:
    with pytest.raises(NotData, match=f"page 1: {token} is not JSON"):
        read_json(tmp_path, f'[{{"value": {token}}}]'.encode())
    assert read_json(tmp_path, f'["{token}"]'.encode()) == [token]


def test_json_cut_anywhere_is_incomplete(tmp_path: Path) -> None:
    whole = '[{"iso3": "CIV", "name": "Côte", "value": [1, 2.5, null, true]}]'.encode()
    for length in range(len(whole)):
        with pytest.raises(Incomplete, match="page 1: not whole JSON"):
            read_json(tmp_path, whole[:length])
    with pytest.raises(Incomplete):
        read_json(tmp_path, whole + b"]")
