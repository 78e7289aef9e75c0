"""The record: what is added, what is known as of a day, and what is refused."""

from __future__ import annotations

import hashlib
import os
import random
import sqlite3
import subprocess
import sys
import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy.dialects import postgresql
from sqlalchemy.schema import CreateTable

from indicators.contract import BadValues, Document, Parsed, Series, Source, Unreachable
from monitor.storage import StoreError, documents
from monitor.storage import store as store_module
from monitor.storage.panel import newest_rows
from monitor.storage.schema import metadata
from monitor.storage.store import Added, Store

CARD = Source(
    id="unreal", title="Unreal deaths", provider="nobody", homepage="https://unreal.example", licence="none", citation="none",
    redistribute=True, collect_every_days=1, release_lag_days=100, max_age_days=900,
    series=(
        Series(id="unreal.deaths", title="Deaths", unit="persons", column="deaths"),
        Series(id="unreal.flight", title="Flight", unit="persons", column="flight"),
    ),
)  # fmt: skip
FIRST = """
    SDN 2020  10  final
    SDN 2021  20  provisional
    TCD 2020   5  final
    TCD 2021   -  final
"""  # a dash: the source says that it has no figure
SECOND = """
    SDN 2020  10  final
    SDN 2021  25  final
    TCD 2021   0  final
"""


def day(n: int) -> datetime:
    """Return noon of the n-th of January 2026."""
    return datetime(2026, 1, 1, 12, tzinfo=UTC) + timedelta(days=n - 1)


def sent(content: str, name: str = "deaths.csv") -> Document:
    sha256 = hashlib.sha256(content.encode()).hexdigest()
    url = f"https://unreal.example/{name}"
    return Document("unreal", name, url, sha256, len(content.encode()), day(1), Path("nowhere"), release="1.0", etag='"e1"')


def parsed(table: str, *, series: str = "unreal.deaths", complete: bool = True, rejected: pd.DataFrame | None = None) -> Parsed:
    lines = [line.split() for line in table.strip().splitlines()]
    rows = pd.DataFrame(
        {
            "series": pd.Series([series] * len(lines), dtype="str"),
            "iso3": pd.Series([line[0] for line in lines], dtype="str"),
            "start": pd.to_datetime([f"{line[1]}-01-01" for line in lines]).as_unit("s"),
            "end": pd.to_datetime([f"{line[1]}-12-31" for line in lines]).as_unit("s"),
            "value": np.array([np.nan if line[2] == "-" else float(line[2]) for line in lines], dtype="float64"),
            "status": pd.Series([line[3] for line in lines], dtype="str"),
            "document": pd.Series([sent(table).sha256] * len(lines), dtype="str"),
            "place": pd.array(range(1, len(lines) + 1), dtype="Int64"),
        }
    )
    return Parsed(rows, complete=complete) if rejected is None else Parsed(rows, rejected, complete)


def collect(store: Store, table: str, n: int, *, complete: bool = True, series: str = "unreal.deaths") -> Added:
    rows = parsed(table, complete=complete, series=series)
    return store.record(CARD, rows, [sent(table)], started=day(n), seen=day(n))


def shown(panel: pd.DataFrame) -> list[str]:
    """Return a panel as lines that can be compared by eye."""
    rows = zip(panel["iso3"], panel["end"].dt.year, panel["value"], panel["status"], strict=True)
    return [f"{iso3} {year} {'-' if np.isnan(value) else f'{value:g}'} {status}" for iso3, year, value, status in rows]


def all_rows(store: Store) -> int:
    with closing(sqlite3.connect(store.path)) as connection:
        (number,) = connection.execute("SELECT count(*) FROM observation").fetchone()
    return int(number)


@pytest.fixture
def store(tmp_path: Path) -> Store:
    """Return a store that saw the first release on day 1, the same again on day 2, and the second release on day 3."""
    store = Store(tmp_path / "home")
    collect(store, FIRST, 1)
    collect(store, FIRST, 2)
    collect(store, SECOND, 3)
    return store


# ------------------------------------------------------------------------------------------------------ seven rows, by eye


def test_seven_rows_hold_a_first_release_the_same_again_and_a_revision(tmp_path: Path) -> None:
    store = Store(tmp_path)
    assert collect(store, FIRST, 1) == Added(new=4, revised=0, withdrawn=0, seen=day(1))
    assert collect(store, FIRST, 2) == Added(new=0, revised=0, withdrawn=0, seen=None)
    assert collect(store, SECOND, 3) == Added(new=0, revised=2, withdrawn=1, seen=day(3), countries=("SDN", "TCD"), lost=("TCD",))
    assert all_rows(store) == 7


def test_the_latest_panel_shows_revisions_and_leaves_out_what_was_withdrawn(store: Store) -> None:
    assert shown(store.panel()) == ["SDN 2020 10 final", "SDN 2021 25 final", "TCD 2021 0 final"]


@pytest.mark.parametrize(
    ("as_of", "expected"),
    [
        (datetime(2025, 12, 31, tzinfo=UTC), []),
        (day(1) - timedelta(microseconds=1), []),
        (day(1), ["SDN 2020 10 final", "SDN 2021 20 provisional", "TCD 2020 5 final", "TCD 2021 - final"]),
        (date(2026, 1, 2), ["SDN 2020 10 final", "SDN 2021 20 provisional", "TCD 2020 5 final", "TCD 2021 - final"]),
        (
            day(3) - timedelta(microseconds=1),
            ["SDN 2020 10 final", "SDN 2021 20 provisional", "TCD 2020 5 final", "TCD 2021 - final"],
        ),
        (date(2026, 1, 3), ["SDN 2020 10 final", "SDN 2021 25 final", "TCD 2021 0 final"]),
        (date(2031, 1, 1), ["SDN 2020 10 final", "SDN 2021 25 final", "TCD 2021 0 final"]),
    ],
)
def test_a_panel_as_of_a_day_holds_what_was_seen_by_then(store: Store, as_of: date, expected: list[str]) -> None:
    assert shown(store.panel(as_of)) == expected


def test_rows_seen_later_do_not_change_a_panel_as_of_before(store: Store) -> None:
    before = store.panel(day(3))
    collect(store, "AAA 1999 99999 final\nSDN 2020 99999 provisional\nSDN 2021 99999 final", 4)
    collect(store, "SDN 2020 77777 final", 5, series="unreal.flight")
    pd.testing.assert_frame_equal(store.panel(day(3)), before)
    assert shown(store.panel(day(4))) == ["AAA 1999 99999 final", "SDN 2020 99999 provisional", "SDN 2021 99999 final"]


def test_a_panel_has_the_promised_columns_and_types_even_when_empty(store: Store) -> None:
    full, empty = store.panel(), store.panel(date(2020, 1, 1))
    kinds = {"series": "category", "iso3": "category", "start": "datetime64[s]", "end": "datetime64[s]", "value": "float64"}
    kinds |= {"status": "category", "document": "category", "place": "Int64", "seen": "datetime64[us, UTC]"}
    assert {c: str(k) for c, k in full.dtypes.items()} == kinds
    assert {c: str(k) for c, k in empty.dtypes.items()} == kinds
    assert list(full["place"]) == [1, 2, 3]
    assert list(full["seen"]) == [day(1), day(3), day(3)]
    assert list(full["document"]) == [sent(FIRST).sha256, sent(SECOND).sha256, sent(SECOND).sha256]
    assert list(full["start"]) == [pd.Timestamp("2020-01-01"), pd.Timestamp("2021-01-01"), pd.Timestamp("2021-01-01")]


def test_a_figure_that_was_sent_but_not_believed_revises_and_withdraws_nothing(tmp_path: Path) -> None:
    """The second release says -7 for BBB: its row was set aside as unusable, so BBB keeps its 5, while CCC is withdrawn."""
    store = Store(tmp_path / "home")
    collect(store, "AAA 2020 1 final\nBBB 2020 5 final\nCCC 2020 9 final", 1)
    second = "AAA 2020 2 final"
    keys = pd.DataFrame(
        {"series": ["unreal.deaths"], "iso3": ["BBB"], "start": [pd.Timestamp("2020-01-01")], "end": [pd.Timestamp("2020-12-31")]}
    )
    added = store.record(CARD, replace(parsed(second), unusable=keys), [sent(second)], started=day(2), seen=day(2))
    assert (added.new, added.revised, added.withdrawn) == (0, 1, 1)
    assert shown(store.panel()) == ["AAA 2020 2 final", "BBB 2020 5 final"]


def test_missing_zero_and_withdrawn_are_three_things(store: Store) -> None:
    with closing(sqlite3.connect(store.path)) as connection:
        rows = connection.execute(
            'SELECT "end", value, status FROM observation WHERE iso3 = ? ORDER BY "end", recorded', ("TCD",)
        ).fetchall()
    assert rows == [
        ("2020-12-31", 5.0, "final"),
        ("2020-12-31", None, "withdrawn"),
        ("2021-12-31", None, "final"),
        ("2021-12-31", 0.0, "final"),
    ]


def test_a_figure_that_becomes_missing_is_a_revision_and_missing_again_is_nothing(store: Store) -> None:
    gone = SECOND.replace("TCD 2021   0", "TCD 2021   -")
    assert collect(store, gone, 4) == Added(new=0, revised=1, withdrawn=0, seen=day(4), countries=("TCD",))
    assert collect(store, gone, 5) == Added(new=0, revised=0, withdrawn=0, seen=None)
    assert shown(store.panel())[-1] == "TCD 2021 - final"


def test_a_withdrawn_row_stays_withdrawn_once_and_may_come_back(store: Store) -> None:
    assert collect(store, SECOND, 4).rows == 0
    assert collect(store, FIRST, 5) == Added(new=0, revised=3, withdrawn=0, seen=day(5), countries=("SDN", "TCD"))
    assert shown(store.panel()) == shown(store.panel(day(1)))


def test_the_countries_that_lost_figures_are_those_with_one_withdrawn_now_whenever_it_went(store: Store) -> None:
    """On day 3 a figure of Chad was withdrawn, on day 4 all of Sudan's are; on day 5 the first release is back."""
    assert store.lost() == ["TCD"]
    collect(store, "TCD 2021   0  final", 4)
    assert store.lost() == ["SDN", "TCD"]
    collect(store, FIRST, 5)
    assert store.lost() == []


def test_an_incomplete_release_withdraws_nothing(store: Store) -> None:
    assert collect(store, "SDN 2022 30 provisional", 4, complete=False) == Added(new=1, revised=0, withdrawn=0, seen=day(4))
    assert len(store.panel()) == 4


def test_a_series_of_the_card_that_vanishes_whole_is_withdrawn_and_one_of_another_card_is_not(store: Store) -> None:
    collect(store, "SDN 2020 7 final", 4, series="unreal.flight", complete=False)
    other = CARD.model_copy(update={"id": "other", "series": (CARD.series[0].model_copy(update={"id": "other.deaths"}),)})
    store.record(
        other, parsed("SDN 2020 1 final", series="other.deaths"), [sent("SDN 2020 1 final")], started=day(5), seen=day(5)
    )
    assert collect(store, "SDN 2020 7 final", 6, series="unreal.flight") == Added(
        new=0, revised=0, withdrawn=3, seen=day(6), countries=("SDN", "TCD"), lost=("SDN", "TCD")
    )
    assert list(store.panel()["series"]) == ["other.deaths", "unreal.flight"]


def test_a_changed_status_alone_is_a_revision(tmp_path: Path) -> None:
    store = Store(tmp_path)
    collect(store, "SDN 2020 10 provisional", 1)
    assert collect(store, "SDN 2020 10 final", 2).revised == 1


def test_when_the_clock_goes_back_later_rows_still_stand_later(store: Store) -> None:
    added = store.record(CARD, parsed("SDN 2020 11 final"), [sent("SDN 2020 11 final")], started=day(1), seen=day(1))
    assert added.seen == day(3) + timedelta(microseconds=1)
    assert shown(store.panel(day(3)))[0] == "SDN 2020 10 final"
    assert shown(store.panel()) == ["SDN 2020 11 final"]


def test_an_assumed_panel_holds_periods_that_ended_a_lag_before(store: Store) -> None:
    lags = {"unreal.deaths": 100}
    published = date(2021, 12, 31) + timedelta(days=100)
    before = store.panel(published - timedelta(days=1), basis="assumed", lags=lags)
    assert shown(before) == ["SDN 2020 10 final"]
    assert list(before["iso3"].cat.categories) == ["SDN"]
    assert shown(store.panel(published, basis="assumed", lags=lags)) == [
        "SDN 2020 10 final",
        "SDN 2021 25 final",
        "TCD 2021 0 final",
    ]
    with pytest.raises(ValueError, match=r"no release lag for series 'unreal\.deaths'"):
        store.panel(published, basis="assumed", lags={})
    with pytest.raises(ValueError, match="needs a day"):
        store.panel(basis="assumed", lags=lags)


def test_a_panel_of_some_series_holds_those_and_an_instant_needs_a_time_zone(store: Store) -> None:
    collect(store, "SDN 2020 7 final", 4, series="unreal.flight", complete=False)
    assert shown(store.panel(series=["unreal.flight"])) == ["SDN 2020 7 final"]
    assert len(store.panel(series=["unreal.unheard_of"])) == len(store.panel(series=[])) == 0
    with pytest.raises(ValueError, match="no time zone"):
        store.panel(datetime(2026, 1, 1))


def test_many_missing_values_before_the_first_number_come_back_as_they_went(tmp_path: Path) -> None:
    store = Store(tmp_path)  # a driver that guesses types from the first 65,536 rows must not meet the first number after them
    n = 70_000
    rows = parsed("AAA 2020 - final").observations.loc[[0] * n].reset_index(drop=True)
    rows["start"] = rows["end"] = pd.date_range("1800-01-01", periods=n).as_unit("s")
    rows.loc[n - 1, "value"] = 0.1
    store.record(CARD, Parsed(rows), [sent("AAA 2020 - final")], started=day(1), seen=day(1))
    back = store.panel()
    assert back["value"].notna().sum() == 1
    assert back["value"].iloc[-1] == 0.1


Release = dict[tuple[str, int], tuple[float | None, str]]
figures = st.one_of(st.none(), st.sampled_from([0.0, 1.0, 0.1]), st.floats(allow_nan=False, allow_infinity=False))
keys = st.tuples(st.sampled_from(["SDN", "TCD", "NAM"]), st.sampled_from([2019, 2020]))
releases = st.dictionaries(keys, st.tuples(figures, st.sampled_from(["final", "provisional"])), min_size=1, max_size=6)


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(history=st.lists(st.tuples(releases, st.booleans()), min_size=1, max_size=6))
def test_any_history_of_releases_reads_as_a_plain_dictionary_would_remember_it(
    tmp_path_factory: pytest.TempPathFactory, history: list[tuple[Release, bool]]
) -> None:
    store = Store(tmp_path_factory.mktemp("home"))
    remembered: list[Release] = []
    for n, (release, complete) in enumerate(history, start=1):
        table = "\n".join(f"{i} {y} {'-' if v is None else repr(v)} {s}" for (i, y), (v, s) in release.items())
        before = remembered[-1] if remembered else {}
        after = release if complete else {**before, **release}
        changed = sum(before.get(key) != figure for key, figure in after.items()) + len(set(before) - set(after))
        assert collect(store, table, n, complete=complete).rows == changed
        remembered.append(after)
    for n, expected in enumerate(remembered, start=1):
        panel = store.panel(day(n))
        years, values = panel["end"].dt.year, panel["value"].astype(object).where(panel["value"].notna(), None)
        assert (
            dict(zip(zip(panel["iso3"], years, strict=True), zip(values, panel["status"], strict=True), strict=True)) == expected
        )
    assert store.verify() == []


# ----------------------------------------------------------------------------------------------- runs, documents, judgements


def test_runs_tell_what_was_added_and_the_last_good_one_outlives_a_failure(store: Store) -> None:
    error = Unreachable("no answer within 60 s", what_to_do="try again later")
    store.fail("unreal", error, started=day(4), seen=day(4))
    refused = sent("<html>")
    store.fail("other", BadValues("too many rows"), started=day(5), seen=day(5), status="refused", documents=[refused])
    assert list(store.runs()["status"]) == ["new", "unchanged", "new", "failed", "refused"]
    assert store.runs()[["rows_added", "rows_revised", "rows_withdrawn"]].to_numpy().tolist()[:3] == [
        [4, 0, 0],
        [0, 0, 0],
        [0, 2, 1],
    ]
    last = store.last_runs().set_index("source")
    assert list(last.index) == ["other", "unreal"]
    assert list(last["error_kind"]) == ["bad values", "could not be reached"]
    assert list(last["error"]) == ["too many rows", "no answer within 60 s"]
    assert list(last["what_to_do"]) == ["", "try again later"]
    assert list(last["good_finished"].isna()) == [True, False]
    good = last[["good_finished", "good_newest_period", "good_release"]]
    assert good[last.index == "unreal"].to_numpy().tolist() == [[day(3), pd.Timestamp("2021-12-31"), "1.0"]]
    assert refused.sha256 in set(store.documents()["sha256"])


def test_a_new_store_is_empty_and_answers_every_question(tmp_path: Path) -> None:
    store = Store(tmp_path)
    assert store.is_empty()
    assert store.root() == ""
    assert store.verify() == []
    for frame in (store.panel(), store.runs(), store.last_runs(), store.documents(), store.rejections()):
        assert len(frame) == 0
    assert len(store.last_assessments("f")) == 0
    assert list(store.last_assessments("f")) == ["run_id", "as_of", "seen", "iso3"]
    assert Store(tmp_path).is_empty()


def test_rejected_rows_are_kept_once_with_place_and_reason(tmp_path: Path) -> None:
    store = Store(tmp_path)
    table = "SDN 2020 10 final"
    rejected = pd.DataFrame(
        {"document": [sent(table).sha256] * 2, "place": [7, None], "reason": ["below", "no place"], "row": ["SDN -5", "?"]}
    )
    for n in (1, 2):
        store.record(CARD, parsed(table, rejected=rejected), [sent(table)], started=day(n), seen=day(n))
    kept = store.rejections()
    assert kept[["source", "document", "reason", "row"]].to_numpy().tolist() == [
        ["unreal", sent(table).sha256, "below", "SDN -5"], ["unreal", sent(table).sha256, "no place", "?"],
    ]  # fmt: skip
    assert kept["place"].iloc[0] == 7
    assert kept["place"].isna().iloc[1]
    assert list(store.runs()["rows_rejected"]) == [2, 2]


def test_a_known_document_comes_back_only_while_its_bytes_lie_in_place(store: Store) -> None:
    url = sent(SECOND).url
    assert store.known_document(url) is None
    path = documents.path_of(store.home, sent(SECOND).sha256)
    path.parent.mkdir(parents=True)
    path.write_bytes(SECOND.encode())
    found = store.known_document(url)
    assert found is not None
    assert (found.etag, found.release, found.read_bytes(), found.fetched_at) == ('"e1"', "1.0", SECOND.encode(), day(1))
    assert store.known_document(url, via="http://mirror.example") is None
    assert len(store.documents()) == 2


def test_documents_are_hashed_again_and_damaged_or_missing_ones_are_named(tmp_path: Path) -> None:
    hashes = {name: hashlib.sha256(name.encode()).hexdigest() for name in ("whole", "damaged", "missing")}
    for name in ("whole", "damaged"):
        path = documents.path_of(tmp_path, hashes[name])
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(name.encode())
    path.write_bytes(b"damagee")
    found = documents.verify(tmp_path, hashes.values())
    assert found == documents.Verified(whole=1, damaged=(hashes["damaged"],), missing=(hashes["missing"],))
    with pytest.raises(ValueError, match="not a SHA-256"):
        documents.path_of(tmp_path, "../../etc/passwd")


def said(**levels: str) -> pd.DataFrame:
    return pd.DataFrame(
        {"iso3": list(levels), "level": list(levels.values()), "score": [0.1, np.nan][: len(levels)], "thin": True}
    )


def test_assessments_come_back_as_they_were_said(store: Store) -> None:
    def say(frame: pd.DataFrame, run_id: str, n: int, basis: str = "recorded") -> int:
        return store.record_assessments(frame, run_id=run_id, as_of=day(n).date(), basis=basis, framework_hash="f1", seen=day(n))

    assert say(said(SDN="high", TCD="watch"), "r4", 4) == 2
    assert say(said(SDN="high", TCD="watch"), "r4", 4) == 0
    assert say(said(SDN="elevated"), "r5", 5) == 1
    assert say(said(SDN="baseline"), "r6", 6, basis="assumed") == 1
    with pytest.raises(StoreError, match="other content"):
        say(said(SDN="baseline", TCD="watch"), "r4", 4)
    latest, before = store.last_assessments("f1"), store.last_assessments("f1", before=day(5))
    assert latest[["run_id", "iso3", "level"]].to_numpy().tolist() == [["r5", "SDN", "elevated"]]
    assert before[["run_id", "iso3", "level", "thin"]].to_numpy().tolist() == [
        ["r4", "SDN", "high", True],
        ["r4", "TCD", "watch", True],
    ]
    assert before["score"].iloc[0] == 0.1
    assert before["score"].isna().iloc[1]
    assert before["as_of"].iloc[0] == pd.Timestamp("2026-01-04")
    assert before["seen"].iloc[0] == day(4)
    assert len(store.last_assessments("another framework")) == 0
    with pytest.raises(StoreError, match="stands twice"):
        say(pd.concat([said(SDN="high"), said(SDN="high")]), "r7", 7)


# -------------------------------------------------------------------------------------------------------- refused and damaged


@pytest.mark.parametrize(
    ("rows", "sent_with", "message"),
    [
        (FIRST, [], "without the documents"),
        (FIRST, [sent(SECOND)], "not handed over"),
        ("SDN 2020 1 final\nSDN 2020 2 final", [sent("SDN 2020 1 final\nSDN 2020 2 final")], "stands twice"),
        ("SDN 2020 inf final", [sent("SDN 2020 inf final")], "CHECK constraint"),
        ("SDN 2020 1 rumoured", [sent("SDN 2020 1 rumoured")], "unknown status: rumoured"),
    ],
)
def test_rows_that_cannot_be_are_refused_and_nothing_is_written(
    store: Store, rows: str, sent_with: list[Document], message: str
) -> None:
    before = store.path.read_bytes()
    with pytest.raises(StoreError, match=message):
        store.record(CARD, parsed(rows), sent_with, started=day(4), seen=day(4))
    assert (len(store.runs()), all_rows(store)) == (3, 7)
    assert store.path.read_bytes() == before


def test_nothing_in_the_record_can_be_changed_or_deleted(store: Store) -> None:
    store.fail("other", Unreachable("gone"), started=day(4), seen=day(4))
    store.record_assessments(
        said(SDN="high"), run_id="r", as_of=date(2026, 1, 1), basis="recorded", framework_hash="f", seen=day(4)
    )
    with closing(sqlite3.connect(store.path)) as connection:
        for table in ("observation", "moment", "document", "run", "series", "assessment", "record_version"):
            (column,) = connection.execute(f"SELECT name FROM pragma_table_info('{table}') LIMIT 1").fetchone()
            for statement in (f"UPDATE {table} SET {column} = {column}", f"DELETE FROM {table}"):
                with pytest.raises(sqlite3.IntegrityError, match="append-only"):
                    connection.execute(statement)


def child(code: str, store: Store) -> subprocess.Popen[str]:
    """Start a process that runs ``code`` with this module's names and ``store`` at hand."""
    setup = f"from pathlib import Path\nfrom tests.test_store import *\nstore = Store(Path({str(store.home)!r}))\n"
    root = Path(__file__).resolve().parents[1]
    return subprocess.Popen(
        [sys.executable, "-c", setup + code], cwd=root, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    )


@pytest.fixture
def other_writer(store: Store) -> Iterator[subprocess.Popen[str]]:
    process = child("with store.writing(): print('writing', flush=True); input()", store)
    assert process.stdout is not None
    assert process.stdout.readline() == "writing\n"
    yield process
    process.kill()
    process.wait()


def test_a_second_process_may_read_but_not_write_until_the_first_is_gone(
    store: Store, other_writer: subprocess.Popen[str]
) -> None:
    with pytest.raises(StoreError, match=rf"already running \(process {other_writer.pid}, since 20\d\d-.* UTC\)"):
        collect(store, FIRST, 4)
    assert len(store.panel()) == 3
    assert len(store.runs()) == 3
    other_writer.kill()
    other_writer.wait()
    assert collect(store, FIRST, 4).revised == 3


def test_a_second_store_or_thread_of_the_same_process_may_not_write_either(store: Store) -> None:
    refused: list[StoreError] = []

    def write() -> None:
        with pytest.raises(StoreError, match="another thread") as caught:
            collect(store, FIRST, 4)
        refused.append(caught.value)

    with store.writing(), store.writing():
        with pytest.raises(StoreError, match=f"already running .process {os.getpid()}"):
            collect(Store(store.home), FIRST, 4)
        thread = threading.Thread(target=write)
        thread.start()
        thread.join()
        collect(store, FIRST, 4)
    assert len(refused) == 1
    assert collect(Store(store.home), FIRST, 5).rows == 0


def test_a_reader_in_another_thread_sees_whole_collections_only(store: Store) -> None:
    done = threading.Event()

    def read() -> set[int]:
        sizes = set()
        while not done.is_set():
            sizes.add(len(store.panel()))
        return sizes

    with ThreadPoolExecutor() as pool:
        reader = pool.submit(read)
        for n in range(4, 24):
            collect(store, "\n".join(f"C{i:02} {2000 + n} {n} final" for i in range(50)), n, complete=False)
        done.set()
        sizes = reader.result()
    assert len(store.panel()) == 1003
    assert len(sizes) > 1
    assert {(size - 3) % 50 for size in sizes} == {0}


def test_an_error_inside_the_transaction_leaves_nothing_of_it(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    def explode(*_: object) -> None:
        raise RuntimeError("power cut")

    root = store.root()
    monkeypatch.setattr(store_module, "add_rejections", explode)
    with pytest.raises(RuntimeError, match="power cut"):
        collect(store, "SDN 2020 99999 final", 4)
    assert (store.root(), all_rows(store), len(store.runs()), len(store.documents())) == (root, 7, 3, 2)
    monkeypatch.undo()
    assert collect(store, "SDN 2020 99999 final", 4).rows == 3


DYING = """
real = store_module.add_documents
def small_cache(connection, documents):
    connection.exec_driver_sql("PRAGMA cache_size = 10")  # so that half of the transaction is in the file when death comes
    return real(connection, documents)
store_module.add_documents = small_cache
store_module.{step} = lambda *a, **k: os._exit(9)
collect(store, "\\n".join(f"C{{i:05}} 2022 {{i}} final" for i in range(20_000)), 4)
"""


@pytest.mark.parametrize("step", ["add_run", "add_rejections"])
def test_a_process_that_dies_inside_the_transaction_leaves_the_record_as_it_was(store: Store, step: str) -> None:
    root, before = store.root(), store.path.read_bytes()
    process = child(DYING.format(step=step), store)
    assert process.wait() == 9
    assert store.path.read_bytes() != before, "the test shows nothing unless pages had reached the file"
    reopened = Store(store.home)
    assert (reopened.root(), all_rows(reopened), len(reopened.runs()), reopened.verify()) == (root, 7, 3, [])
    assert store.path.read_bytes() == before


FULL_DISK = """
import resource, signal
signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
resource.setrlimit(resource.RLIMIT_FSIZE, (store.path.stat().st_size + 100_000, resource.RLIM_INFINITY))
with pytest.raises(StoreError) as caught:
    collect(store, "\\n".join(f"C{i:05} 2022 {i} final" for i in range(20_000)), 4)
print(caught.value.what_to_do)
"""


@pytest.mark.skipif(sys.platform == "win32", reason="Windows has no limit on a process's file sizes")
def test_a_full_disk_is_named_and_leaves_the_record_as_it_was(store: Store) -> None:
    root = store.root()
    said, _ = child(FULL_DISK, store).communicate()
    assert "disk" in said
    assert (store.root(), all_rows(store), store.verify()) == (root, 7, [])


def test_a_file_that_is_cut_emptied_or_another_is_refused_by_name_and_left_alone(store: Store) -> None:
    whole = store.path.read_bytes()
    for damaged in (
        b"",
        whole[:50],
        whole[:4096],
        whole[: len(whole) // 2],
        whole[:-1],
        b"SQLite format 3\0",
        b"PK\3\4" + whole[4:],
    ):
        store.path.write_bytes(damaged)
        with pytest.raises(StoreError, match="damaged") as caught:
            Store(store.home)
        assert "backup" in caught.value.what_to_do
        assert store.path.read_bytes() == damaged


def test_another_programs_database_and_a_newer_record_are_refused(store: Store, tmp_path: Path) -> None:
    (tmp_path / "elsewhere").mkdir()
    with closing(sqlite3.connect(tmp_path / "elsewhere" / "record.sqlite")) as connection:
        connection.execute("CREATE TABLE bookmarks (url TEXT)")
    with pytest.raises(StoreError, match="not a record of this program"):
        Store(tmp_path / "elsewhere")
    with closing(sqlite3.connect(store.path)) as connection, connection:
        connection.execute("INSERT INTO record_version VALUES (99)")
    with pytest.raises(StoreError, match="newer program"):
        Store(store.home)


def test_a_lost_record_is_not_replaced_by_an_empty_one_where_runs_were_published(store: Store) -> None:
    (store.home / "published").mkdir()
    (store.home / "published" / "current").write_text("r1")
    store.path.unlink()
    with pytest.raises(StoreError, match="missing, but earlier runs were published"):
        Store(store.home)
    assert not store.path.exists()


def unharmed(home: Path, panel: pd.DataFrame) -> bool:
    """Return whether a store opens, finds nothing wrong with itself and shows this panel; a StoreError counts as harm noticed."""
    try:
        store = Store(home)
        if store.verify():
            return False
        pd.testing.assert_frame_equal(store.panel(), panel)
        return True
    except StoreError:
        return False


def test_every_flipped_bit_is_noticed_or_changes_nothing(store: Store) -> None:
    panel, whole = store.panel(), store.path.read_bytes()
    rng = random.Random(20260101)
    header = [(at, 1 << rng.randrange(8)) for at in range(100)]
    body = [(rng.randrange(100, len(whole)), 1 << rng.randrange(8)) for _ in range(300)]
    noticed = 0
    for at, bit in header + body:
        store.path.write_bytes(whole[:at] + bytes([whole[at] ^ bit]) + whole[at + 1 :])
        noticed += not unharmed(store.home, panel)
    assert 16 <= noticed < 400


def test_a_changed_value_that_sqlite_finds_in_order_breaks_its_seal(store: Store) -> None:
    with closing(sqlite3.connect(store.path)) as connection, connection:
        connection.execute("DROP TRIGGER observation_no_update")
        connection.execute("UPDATE observation SET value = 2 WHERE value = 20")
    with store.writing():
        pass
    assert store.verify() == ["observations seen 2026-01-01T12:00:00.000000Z are not those that were recorded"]


def test_nothing_is_added_to_a_damaged_file(store: Store) -> None:
    whole = store.path.read_bytes()
    page = 4096
    store.path.write_bytes(whole[:-page] + bytes(page))
    with pytest.raises(StoreError, match="damaged"):
        collect(store, FIRST, 4)


def test_the_tables_and_the_question_as_of_a_day_are_said_for_postgresql_too() -> None:
    dialect = postgresql.dialect()  # type: ignore[no-untyped-call]
    tables = {table.name: str(CreateTable(table).compile(dialect=dialect)) for table in metadata.sorted_tables}
    assert "value DOUBLE PRECISION" in tables["observation"]
    assert not any(word in sql for sql in tables.values() for word in ("STRICT", "ROWID"))
    said = str(newest_rows(3, ["unreal.deaths"]).compile(dialect=dialect))
    assert "NOT (EXISTS (SELECT" in said
    assert "newer.recorded BETWEEN observation.recorded +" in said
