"""The whole road, from bundled figures to the published snapshot, with the network closed and with sources that die."""

from __future__ import annotations

import json
import shutil
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import pandas as pd
import pytest

from monitor import starter
from monitor.intake import Ran
from monitor.pipeline import Monitor, Result, a_year_before, flagged
from monitor.risk.framework import TRACK_IDS
from monitor.settings import Settings, load_config
from monitor.sources import first_collected_since
from monitor.storage.snapshot import Snapshot
from monitor.storage.store import Store
from tests.conftest import CONFIG
from tests.faultserver import FaultServer
from tests.spoiler import Spoil, Spoiler, table

FIRST_DAY = date(2026, 11, 20)


def monitor_at(home: Path, day: date, *, mirror: str = "", offline: bool = True) -> Monitor:
    """Return the parts over ``home`` with a clock that stands at noon of ``day`` and moves a second a look."""
    ticks = iter(range(10_000))
    noon = datetime(day.year, day.month, day.day, 12, tzinfo=UTC)
    settings = Settings(home=home, mirror=mirror, offline=offline, config=CONFIG)
    return Monitor(settings, load_config(CONFIG), Store(home), lambda: noon + timedelta(seconds=next(ticks)))


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a home in which one run was made on the bundled figures, with no network."""
    return tmp_path_factory.mktemp("home")


@pytest.fixture(scope="module")
def first(home: Path) -> Result:
    """Return that run."""
    return monitor_at(home, FIRST_DAY).run(FIRST_DAY)


def test_a_first_run_with_no_network_assesses_every_country(first: Result) -> None:
    said = first.tables["assessments"]
    assert len(said) == 196
    assert set(said["level"]) <= {"baseline", "watch", "elevated", "high", "insufficient data"}
    assert said.loc[said["iso3"] == "SDN", "level"].item() == "high"
    assert said.loc[said["iso3"] == "SDN", "status"].item() == "under way"


def test_every_source_is_reported_as_not_reached_and_its_age_is_shown(first: Result) -> None:
    asked = [r for r in first.runs if r.source != "epr"]
    assert {r.status for r in asked} == {"failed"}
    assert {r.error_kind for r in asked} == {"could not be reached"}
    sources = first.tables["sources"].set_index("source")
    bundled = [c.source for c in starter.cards()]
    assert (sources.loc[bundled, "state"] == "failed").all()
    assert (sources.drop(bundled)["state"] == "missing").all()
    assert "ewp" not in bundled
    assert sources.loc["vdem", "newest_period"] == "2021-12-31"
    assert sources.loc["vdem", "age_days"] == (FIRST_DAY - date(2021, 12, 31)).days
    assert sources.loc[bundled, "from_starter"].all()


def test_where_nothing_came_the_newest_period_is_that_of_the_figures_that_stay(first: Result) -> None:
    assert {r.source: r.newest_period for r in first.runs if r.source in ("ucdp_ged", "vdem", "ewp")} == {
        "ucdp_ged": "2026-02-28", "vdem": "2021-12-31", "ewp": "",
    }  # fmt: skip


@pytest.mark.parametrize(
    ("ran", "odd"),
    [
        (Ran("wdi", "new", rows_added=3), False),
        (Ran("wdi", "failed", error_kind="could not be reached"), False),
        (Ran("wdi", "failed", error_kind="refused", error="status 500"), True),  # an answer, and no data
        (Ran("wdi", "failed", error_kind="rate limited"), True),
        (Ran("wdi", "refused", error_kind="not believed"), True),
        (Ran("epr", "missing", error_kind="missing"), False),  # nobody has put the file there
        (Ran("wdi", "new", rows_not_believed=1), True),
        (Ran("wdi", "new", rows_revised=90, accepted="wdi.population: 90 of 100 figures are another"), False),
    ],
    ids=str,
)
def test_an_answer_that_is_no_usable_data_is_odd_and_silence_is_not(ran: Ran, odd: bool) -> None:
    assert ran.odd is odd


def test_a_source_that_answers_with_an_error_is_odd_and_one_line_says_so(tmp_path: Path) -> None:
    with FaultServer() as server:
        monitor = monitor_at(tmp_path, FIRST_DAY, mirror=server.url, offline=False)
        (ran,) = monitor.collect([c for c in monitor.config.sources if c.id == "ewp"])
    assert (ran.status, ran.error_kind, ran.odd) == ("failed", "refused", True)
    assert ran.error.startswith("ewp: no release is there")


def test_a_file_that_nobody_put_in_yet_is_missing_and_fails_nothing(first: Result, home: Path) -> None:
    (epr,) = [r for r in first.runs if r.source == "epr"]
    assert (epr.status, epr.error_kind) == ("missing", "missing")
    assert epr.what_to_do.endswith(f"put it there: {home / 'dropin' / 'growup-country-year.csv'}")
    row = first.tables["sources"].set_index("source").loc["epr"]
    assert (row["state"], row["last_status"], row["error"]) == ("missing", "", "")
    assert "folder dropin" in row["note"]


def test_the_published_snapshot_is_what_was_said(home: Path, first: Result) -> None:
    snapshot = Snapshot.open(home)
    assert snapshot.run_id == first.run_id
    pd.testing.assert_frame_equal(snapshot.table("assessments"), first.tables["assessments"], check_dtype=False)
    assert snapshot.manifest["starter"]["used"] is True
    assert snapshot.manifest["as_of"] == "2026-11-20"
    observations = snapshot.table("observations", filters=[("series", "==", "ucdp.one_sided_deaths"), ("iso3", "==", "RWA")])
    in_1994 = observations[observations["end"].dt.year == 1994]
    assert in_1994["value"].sum() == 770_581  # UCDP GED 26.1, genocide against the Tutsi


def test_briefs_are_written_for_the_watch_list_and_for_flagged_countries(first: Result) -> None:
    names = {p.name for p in first.briefs}
    for iso3 in ("CMR", "COD", "MMR", "NGA", "SDN", "VEN"):
        assert f"{iso3}-2026-11-20.md" in names
        assert f"{iso3}-2026-11-20.html" in names


def test_killing_under_way_always_gets_a_brief(first: Result) -> None:
    said = first.tables["assessments"]
    chosen = flagged(said, load_config(CONFIG))
    assert set(said.loc[said["status"] == "under way", "iso3"]) <= set(chosen)


def test_no_figure_that_may_not_be_redistributed_is_bundled() -> None:
    from monitor import starter

    closed = {s.id for c in load_config(CONFIG).sources for s in c.series if not c.may_redistribute(s)}
    assert "wdi.military_spending_share" in closed
    assert "ewp.mass_killing_ongoing" in closed
    bundled = {s for card in starter.cards() for s in card.series}
    assert not bundled & closed


def test_starter_cards_agree_with_the_figures_beside_them() -> None:
    from monitor import starter

    for card in starter.cards():
        frame = pd.read_parquet(starter.FOLDER / f"{card.source}.parquet")
        known = frame[frame["value"].notna()]
        assert len(frame) == card.rows
        assert sorted(frame["series"].astype(str).unique()) == list(card.series)
        assert known["iso3"].nunique() == card.countries
        assert known["end"].max().date() == card.newest_period
        assert known["start"].min().date() == card.first_period
        assert set(frame["document"].astype(str)) == {d.sha256 for d in card.documents}


def test_the_starter_can_be_written_to_another_folder(tmp_path: Path) -> None:
    from monitor import starter

    store, before = Store(tmp_path / "home"), sorted((p.name, p.stat().st_mtime_ns) for p in starter.FOLDER.iterdir())
    cards = [c for c in load_config(CONFIG).sources if c.id == "wgi"]
    starter.load(store, cards, datetime(2026, 11, 20, tzinfo=UTC))
    (card,) = starter.build(store, cards, FIRST_DAY, tmp_path / "out")
    assert sorted(p.name for p in (tmp_path / "out").iterdir()) == ["wgi.parquet", "wgi.yaml"]
    assert card.obtained.startswith("Through a replay copy")  # in the words of the notes beside the bundled figures
    assert sorted((p.name, p.stat().st_mtime_ns) for p in starter.FOLDER.iterdir()) == before


def test_the_starter_is_under_twelve_megabytes() -> None:
    from monitor import starter

    assert sum(p.stat().st_size for p in starter.FOLDER.iterdir()) < 12_000_000


def test_a_second_run_on_the_same_figures_changes_no_level(home: Path, first: Result) -> None:
    again = monitor_at(home, FIRST_DAY + timedelta(days=1)).run(FIRST_DAY + timedelta(days=1))
    before, now = (r.tables["assessments"].set_index("iso3").sort_index() for r in (first, again))
    pd.testing.assert_series_equal(before["level"], now["level"])
    pd.testing.assert_series_equal(before["held"], now["held"])
    assert [r.manifest["forecast"]["state"] for r in (first, again)] == ["made", "kept"]  # no work twice
    assert (len(first.tables["ledger"]), again.tables["ledger"]["kind"].tolist()) == (0, ["forecast", "assessment"])
    assert Snapshot.open(home).manifest["ledger"]["entries"] == 3  # the forecast is the one that was entered
    pd.testing.assert_frame_equal(first.tables["forecasts"], again.tables["forecasts"])


def test_levels_are_held_when_their_evidence_dies(tmp_path: Path) -> None:
    """Years without a source: its readings expire one after another, and no level falls; each says on what it still rests."""
    first = monitor_at(tmp_path, FIRST_DAY).run(FIRST_DAY).tables["assessments"].set_index("iso3").sort_index()
    later = date(2029, 6, 1)  # V-Dem's 2021 figures, half of the evidence, have expired by then
    result = monitor_at(tmp_path, later).run(later)
    now = result.tables["assessments"].set_index("iso3").sort_index().loc[first.index]
    order = {"insufficient data": 4, "baseline": 0, "watch": 1, "elevated": 2, "high": 3}
    assert (now["level"].map(order) >= first["level"].map(order)).all()
    korea = now.loc["PRK"]
    assert korea["level"] == first.loc["PRK", "level"] != "baseline"
    assert korea["outside_conflict_held"]
    assert korea["outside_conflict_until"] <= "2026-11-20"
    assert result.tables["sources"].set_index("source").loc["vdem", "state"] == "failed"


def test_a_bad_config_stops_the_program_before_anything_is_touched(tmp_path: Path) -> None:
    import subprocess
    import sys

    folder = tmp_path / "config"
    shutil.copytree(CONFIG, folder)
    path = folder / "framework.yaml"
    path.write_text(path.read_text().replace("series: vdem.v2clkill", "series: vdem.v2clkil", 1))
    home = tmp_path / "home"
    command = [sys.executable, "-m", "monitor", "run", "--offline", "--home", str(home)]
    done = subprocess.run(command, capture_output=True, text=True, env={"MONITOR_CONFIG": str(folder), "PATH": ""}, check=False)
    assert done.returncode == 2
    assert "framework.yaml" in done.stderr
    assert "'vdem.v2clkil'" in done.stderr
    assert "'vdem.v2clkill'" in done.stderr
    assert not home.exists()


def test_a_first_collection_is_the_first_good_answer_of_a_source_and_the_starter_is_none() -> None:
    day = pd.Timestamp("2026-11-20", tz="UTC")
    rows = [
        ("vdem", "new", "starter", 0),
        ("vdem", "failed", "", 1),
        ("vdem", "new", "", 3),
        ("wdi", "new", "", 1),
        ("wdi", "new", "", 3),
        ("wgi", "new", "starter", 3),
    ]
    runs = pd.DataFrame(rows, columns=["source", "status", "via", "days"])
    runs["finished"] = day + pd.to_timedelta(runs["days"], unit="D")
    assert first_collected_since(runs, day + pd.Timedelta(days=2)) == ["vdem"]
    assert first_collected_since(runs, day) == ["vdem", "wdi"]
    assert first_collected_since(runs.iloc[:2], day) == []


def test_a_year_before_a_leap_day_is_a_day_that_exists() -> None:
    assert a_year_before(date(2024, 2, 29)) == date(2023, 2, 28)
    assert a_year_before(date(2026, 11, 20)) == date(2025, 11, 20)


@pytest.mark.upstream
def test_collecting_twice_from_the_replay_adds_nothing_the_second_time(tmp_path: Path, upstream: str) -> None:
    monitor = monitor_at(tmp_path, FIRST_DAY, mirror=upstream, offline=False)
    cards = [c for c in monitor.config.sources if c.id in ("ucdp_country_year", "wgi", "unhcr")]
    once, twice = monitor.collect(cards), monitor.collect(cards)
    assert [r.status for r in once] == ["new", "new", "new"]
    assert {r.source: r.release for r in once} == {"ucdp_country_year": "25.1", "wgi": "2024-11-05", "unhcr": ""}
    assert [(r.status, r.rows_added, r.rows_revised, r.rows_withdrawn) for r in twice] == [("unchanged", 0, 0, 0)] * 3
    assert {r.via for r in twice} == {upstream}


@pytest.mark.upstream
def test_levels_are_the_same_whichever_figures_came_first(home: Path, first: Result, tmp_path: Path, upstream: str) -> None:
    """One record spoke on the starter before it collected, the other collected first: afterwards they say the same, and the
    first says which levels are others by that alone."""
    some, later = ("pts", "wdi"), FIRST_DAY + timedelta(days=3)
    assert first.runs  # has spoken
    shutil.copytree(home, tmp_path / "spoke")

    def run(folder: Path) -> Result:
        monitor = monitor_at(folder, later, mirror=upstream, offline=False)
        with monitor.store.writing():
            monitor.load_starter()
        monitor.collect([c for c in monitor.config.sources if c.id in some])
        return monitor.run(later, collect=False)

    spoke, waited = run(tmp_path / "spoke"), run(tmp_path / "waited")
    assert spoke.manifest["anew"]["sources"] == sorted(some)
    assert waited.manifest["anew"] == {"sources": [], "lost": [], "said": "", "countries": {}}
    said, expected = (r.tables["assessments"].set_index("iso3").sort_index() for r in (spoke, waited))
    same = ["level", "status", "headline", "index", "rank", "held", *(f"{t}_level" for t in TRACK_IDS)]
    pd.testing.assert_frame_equal(said[same], expected[same])
    assert (expected["anew_from"] == "").all()
    anew = said[said["anew_from"] != ""]
    assert anew.loc[["SSD", "TCD"], ["level", "anew_from"]].to_numpy().tolist() == [["elevated", "high"]] * 2
    assert "South Sudan outside conflict elevated, not high" in spoke.manifest["anew"]["countries"]["SSD"]
    assert "Chad outside conflict elevated, not high" in spoke.manifest["anew"]["said"]
    assert {"anew"} == set(spoke.tables["causes"].query("against == 'run' and order == 1 and iso3 in @anew.index")["kind"])


def without(column: str, year: str, *countries: str, before: int) -> Spoil:
    """Return what drops the rows of these countries before a year."""
    return table(lambda rows: rows[~(rows[column].isin(countries) & (rows[year].astype(int) < before))])


@pytest.mark.upstream
@pytest.mark.parametrize(
    ("source", "part", "spoil", "countries"),
    [
        ("vdem", "V-Dem-CY", without("country_text_id", "year", "TCD", "VEN", before=9999), ["TCD", "VEN"]),
        (
            "ucdp_country_year",
            "organizedviolencecy/",
            without("country_id_cy", "year_cy", "475", "700", before=2021),
            ["AFG", "NGA"],
        ),
    ],
    ids=["whole countries", "their past alone"],
)
def test_a_first_collection_that_lacks_figures_lowers_no_level_and_is_named(
    source: str, part: str, spoil: Spoil, countries: list[str], home: Path, first: Result, tmp_path: Path, upstream: str
) -> None:
    """The file has lost rows on the way that the bundled figures had, so that the path over what is left is no evidence."""
    shutil.copytree(home, tmp_path / "home")
    later = FIRST_DAY + timedelta(days=3)
    with Spoiler(upstream) as publisher:
        publisher.spoils = {part: spoil}
        monitor = monitor_at(tmp_path / "home", later, mirror=publisher.url, offline=False)
        (ran,) = monitor.collect([c for c in monitor.config.sources if c.id == source])
        result = monitor.run(later, collect=False)
    assert ran.changed == f"{ran.rows_withdrawn:,} figures known before are not in what came: {', '.join(countries)}"
    order = {"insufficient data": -1, "baseline": 0, "watch": 1, "elevated": 2, "high": 3}
    was, now = (t["assessments"].set_index("iso3").sort_index() for t in (first.tables, result.tables))
    for track in TRACK_IDS:
        before, after = (said[f"{track}_level"].map(order) for said in (was, now))
        assert (after >= before)[countries].all(), track
        assert (after == before).drop(countries).all(), track
    assert result.manifest["anew"]["lost"] == sorted(now.loc[countries, "short"])

    after_that = monitor_at(tmp_path / "home", later + timedelta(days=1), mirror=upstream, offline=False)
    after_that.collect([c for c in after_that.config.sources if c.id == "pts"])  # another source comes for the first time
    last = after_that.run(later + timedelta(days=1), collect=False)
    then = last.tables["assessments"].set_index("iso3").sort_index()
    for track in TRACK_IDS:
        assert (then[f"{track}_level"].map(order) >= now[f"{track}_level"].map(order))[countries].all(), track
    assert last.manifest["anew"]["lost"] == result.manifest["anew"]["lost"]


@pytest.mark.upstream
def test_a_source_that_dies_after_a_good_run_is_named_and_no_level_falls(tmp_path: Path, upstream: str) -> None:
    alive = monitor_at(tmp_path, FIRST_DAY, mirror=upstream, offline=False).run(FIRST_DAY).tables
    dead = monitor_at(tmp_path, FIRST_DAY + timedelta(days=40)).run(FIRST_DAY + timedelta(days=40)).tables
    order = {"insufficient data": 4, "baseline": 0, "watch": 1, "elevated": 2, "high": 3}
    before, now = (t["assessments"].set_index("iso3")["level"].map(order).sort_index() for t in (alive, dead))
    assert (now >= before).all()
    sources = dead["sources"].set_index("source")
    assert sources.loc["ucdp_ged", "state"] == "failed"
    assert sources.loc["ucdp_ged", "error_kind"] == "could not be reached"
    assert json.loads(dead["sources"].to_json())  # the table is publishable as it is
