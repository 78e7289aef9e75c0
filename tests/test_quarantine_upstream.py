"""The publishers' real files, spoiled on the way but well-formed: each is refused and nothing falls; real revisions pass."""

from __future__ import annotations

import io
import re
from pathlib import Path
from urllib.request import urlopen

import pandas as pd
import pytest

from indicators.contract import NotBelieved, Parsed
from monitor import starter
from monitor.intake import Ran
from monitor.storage.quarantine import Before, doubts
from tests.publisher import CARDS, card_of, collect_replayed
from tests.spoiler import (
    Spoil,
    Spoiler,
    a_year_later,
    each,
    each_value,
    first_half,
    next_country,
    next_item,
    replaced,
    table,
)
from tests.test_pipeline import FIRST_DAY, monitor_at

pytestmark = pytest.mark.upstream

CUT = table(first_half)
COUNTRY_YEAR = ("os_", "sb_", "ns_", "cumulative_")
TYPES = {1: "state_based", 2: "non_state", 3: "one_sided"}

# a part of the address -> what is done to the answer; one fault a source in each round
ROUNDS: tuple[dict[str, Spoil], ...] = (
    {
        "candidateged/": CUT,
        "nsos/": CUT,
        "brd/": CUT,
        "organizedviolencecy/": CUT,
        "V-Dem-CY": CUT,
        "worldbank.org/": each_value(lambda _: 0),
    },
    {
        "ged/ged261": CUT,
        "organizedviolencecy/": table(each(lambda v: v.where(v >= 1000, 0), COUNTRY_YEAR)),
        "V-Dem-CY": table(each(lambda v: v.clip(lower=0), ("v2",))),
    },
    {
        "ged/ged261": table(each(lambda v: v * 1000, ("best",))),
        "organizedviolencecy/": table(each(lambda v: v / 1000, COUNTRY_YEAR)),
    },
)
SOURCES = {
    "candidateged/": "ucdp_ged",
    "ged/ged261": "ucdp_ged",
    "nsos/": "ucdp_one_sided",
    "brd/": "ucdp_battle_deaths",
    "organizedviolencecy/": "ucdp_country_year",
    "V-Dem-CY": "vdem",
    "worldbank.org/": "wdi",
}


def test_spoiled_files_are_refused_whole_and_not_one_figure_of_them_is_recorded(tmp_path: Path, upstream: str) -> None:
    """So no level and no status can fall: whoever looks afterwards sees the very figures that were there before."""
    with Spoiler(upstream) as publisher:
        monitor = monitor_at(tmp_path, FIRST_DAY, mirror=publisher.url, offline=False)
        monitor.collect([CARDS[source] for source in sorted(set(SOURCES.values()))])
        root, panel = monitor.store.root(), monitor.store.panel()
        for spoils in ROUNDS:
            publisher.spoils = spoils
            ran = monitor.collect([CARDS[source] for source in sorted({SOURCES[part] for part in spoils})])
            assert {(r.source, r.status, r.error_kind) for r in ran} == {(r.source, "refused", _kind(r)) for r in ran}
            assert all(r.error and r.odd for r in ran)
            assert [r.newest_period for r in ran] == [_newest(panel, r.source) for r in ran]
    assert monitor.store.root() == root


# a source, a part of the address -> what is done to the answer, and the words of the refusal; the first two name no release
MISPLACED: tuple[tuple[str, str, Spoil, str], ...] = (
    (
        "owid",
        "human-rights-index-vdem.csv",
        table(next_country("Human Rights Index", code="Code", year="Year")),
        r"owid\.human_rights_index: the countries stand in another order, rank correlation -?0\.\d\d with the last good figures",
    ),
    (
        "owid",
        "human-rights-index-vdem.csv",
        table(a_year_later("Year")),
        r"owid\.human_rights_index: 7,018 of 7,018 figures are those known of the year before",
    ),
    (
        "unhcr",
        "coo_all=true",
        next_item("refugees"),
        r"unhcr\.refugees_from: the countries stand in another order, rank correlation -?0\.\d\d with the last good figures",
    ),
    (
        "vdem",
        "V-Dem-CY",
        table(replaced("PRK", "SWE", "v2", code="country_text_id", year="year")),
        r"vdem, PRK: 1,769 of 1,820 figures are another, 1,554 of them what SWE had",
    ),
)


@pytest.mark.parametrize(("source", "part", "spoil", "words"), MISPLACED, ids=["country", "year", "row", "one country"])
def test_figures_that_stand_in_another_place_are_refused(
    source: str, part: str, spoil: Spoil, words: str, tmp_path: Path, upstream: str
) -> None:
    """Each is in range and the sums are the same; without a refusal such figures changed the level of 15 countries."""
    with Spoiler(upstream) as publisher:
        monitor = monitor_at(tmp_path, FIRST_DAY, mirror=publisher.url, offline=False)
        card = [CARDS[source]]
        monitor.collect(card)
        root = monitor.store.root()
        publisher.spoils = {part: spoil}
        (ran,) = monitor.collect(card)
    assert (ran.status, ran.error_kind) == ("refused", "not believed")
    assert re.match(words, ran.error), ran.error
    assert ran.what_to_do.endswith(f"if it is right: monitor collect {source} --accept")
    assert monitor.store.root() == root


def no_government_in_sudan(rows: pd.DataFrame) -> pd.DataFrame:
    """Return a one-sided table in which Sudan's government did not kill from 2020 on: it did in 2020, 2021, 2022 and 2024."""
    there = (rows["location"] == "Sudan") & (rows["year"].astype(int) >= 2020)
    return rows.assign(is_government_actor=rows["is_government_actor"].where(~there, "0"))


def test_a_few_figures_that_change_under_the_same_release_are_named_with_their_country(tmp_path: Path, upstream: str) -> None:
    """Too few to be refused, since publishers do correct a file in silence; a person should look all the same."""
    card = [CARDS["ucdp_one_sided"]]
    with Spoiler(upstream) as publisher:
        monitor = monitor_at(tmp_path, FIRST_DAY, mirror=publisher.url, offline=False)
        (once,), (twice,) = monitor.collect(card), monitor.collect(card)
        publisher.spoils = {"nsos/": table(no_government_in_sudan)}
        (ran,) = monitor.collect(card)
    assert (once.changed, twice.changed, ran.status) == ("", "", "new")
    assert ran.changed == "4 figures are not as before in the same release, to be checked with the publisher: SDN"


def test_the_publishers_own_files_are_believed_after_the_bundled_figures_and_again(tmp_path: Path, upstream: str) -> None:
    monitor = monitor_at(tmp_path, FIRST_DAY, mirror=upstream, offline=False)
    cards = [card for card in monitor.config.sources if card.enabled]
    starter.load(monitor.store, cards, monitor.clock())
    for _ in range(2):
        ran = monitor.collect(cards)
        assert [(r.source, r.error) for r in ran if r.error_kind == NotBelieved.kind] == []
    assert sum(r.status == "unchanged" for r in ran) >= 10


def test_a_person_can_accept_what_was_refused_and_the_run_says_so(tmp_path: Path, upstream: str) -> None:
    with Spoiler(upstream) as publisher:
        monitor = monitor_at(tmp_path, FIRST_DAY, mirror=publisher.url, offline=False)
        card = [CARDS["ucdp_one_sided"]]
        starter.load(monitor.store, card, monitor.clock())  # the bundled figures are enough to notice
        publisher.spoils = {"nsos/": CUT}
        (refused,), (accepted,) = monitor.collect(card), monitor.collect(card, accept=True)
    assert (refused.status, refused.error_kind) == ("refused", "not believed")
    assert refused.what_to_do.endswith("if it is right: monitor collect ucdp_one_sided --accept")
    assert (accepted.status, accepted.error) == ("new", "")
    assert accepted.accepted == refused.error
    kept = monitor.store.runs().iloc[-1]
    assert (kept["error_kind"], kept["error"]) == ("accepted by a person", refused.error)


# ----------------------------------------------------------------------------------------------------- real revisions pass


@pytest.fixture(scope="module")
def events(tmp_path_factory: pytest.TempPathFactory, upstream: str) -> pd.DataFrame:
    """Return the deaths of GED 26.1 by country and month."""
    rows = collect_replayed(CARDS["ucdp_ged"], tmp_path_factory.mktemp("ged"), upstream).observations
    return rows[rows["status"] == "final"].reset_index(drop=True)


def test_one_yearly_revision_of_ucdp_passes(tmp_path: Path, upstream: str, events: pd.DataFrame) -> None:
    """Country-Year 25.1 against the sums of GED 26.1, all countries, 1989-2024: what a release of another name changes."""
    card = card_of("ucdp_country_year", *(f"ucdp.{name}_deaths_year" for name in TYPES.values()))
    last = collect_replayed(card, tmp_path, upstream).observations
    sums = events.groupby(["series", "iso3", events["end"].dt.year])["value"].sum()
    at = zip(last["series"].str.removesuffix("_year"), last["iso3"], last["end"].dt.year, strict=True)
    now = last.assign(value=[sums.get(key, float("nan")) for key in at])
    assert (now["value"] != last["value"]).sum() > 300
    assert doubts(last, Before(), Parsed(now), card) == []


@pytest.mark.parametrize(
    ("sample", "names"),
    [
        ("GEDEvent_v23_1_country482.csv", {"Central African Republic": "CAF"}),
        ("ged191_subset.csv", {"Myanmar (Burma)": "MMR", "Bangladesh": "BGD"}),
    ],
)
def test_three_and_seven_yearly_revisions_of_three_countries_pass(
    sample: str, names: dict[str, str], upstream: str, events: pd.DataFrame
) -> None:
    old = pd.read_csv(io.BytesIO(urlopen(f"{upstream}/ucdp.uu.se/samples/{sample}").read()), dtype=str)
    old = old[old["type_of_violence"].isin(["1", "2", "3"])]
    month = pd.to_datetime(old["date_start"].str.slice(0, 10)).dt.to_period("M").dt.end_time.dt.normalize().dt.as_unit("s")
    series = old["type_of_violence"].map({str(n): f"ucdp.{name}_deaths" for n, name in TYPES.items()})
    sums = old["best"].astype(float).groupby([series, old["country"].map(names), month]).sum()
    at = list(zip(events["series"], events["iso3"], events["end"], strict=True))
    mine = events["iso3"].isin(list(names.values())) & (events["end"] <= month.max())
    was = [sums.get(key, 0.0) if own else value for key, own, value in zip(at, mine, events["value"], strict=True)]
    last = events.assign(value=was)
    assert (last["value"] != events["value"]).sum() >= 10
    assert doubts(last, Before(), Parsed(events), CARDS["ucdp_ged"]) == []


def test_four_yearly_revisions_of_v_dem_pass_also_against_the_bundled_one(tmp_path: Path, upstream: str) -> None:
    """V-Dem 12 against 16 (in Our World in Data's form): nine in ten figures are another, and none of it is odd."""
    same = {"owid.electoral_democracy_index": "vdem.v2x_polyarchy", "owid.rule_of_law_index": "vdem.v2x_rule"}
    last = collect_replayed(CARDS["vdem"], tmp_path, upstream).observations
    last = last[last["series"].isin(list(same.values()))].reset_index(drop=True)
    now = collect_replayed(CARDS["owid"], tmp_path, upstream).observations
    now = now[now["series"].isin(list(same))].assign(series=lambda rows: rows["series"].map(same))
    for before in (Before(), Before(bundled=True)):
        assert doubts(last, before, Parsed(now), CARDS["vdem"]) == []
    assert len(doubts(last, Before(again=True), Parsed(now), CARDS["vdem"])) == 2  # the same release could not have changed so


def _kind(ran: Ran) -> str:
    return "bad values" if ran.source == "wdi" else "not believed"


def _newest(panel: pd.DataFrame, source: str) -> str:
    mine = panel["series"].isin([s.id for s in CARDS[source].series]) & panel["value"].notna()
    return f"{panel.loc[mine, 'end'].max():%Y-%m-%d}"
