"""Our World in Data. The fixtures are real charts, cut down to a few entities and years; values were read off by eye."""

from __future__ import annotations

from pathlib import Path

import pytest

from indicators.body import prove
from indicators.contract import Incomplete, NotData, Parsed, SchemaChanged, SourceError, UnknownCountry
from tests.conftest import FIXTURES
from tests.publisher import CARDS, Publisher, card_of, collect, collect_replayed, figures

RULE = (FIXTURES / "owid" / "rule-of-law-index.csv").read_bytes()
DEATHS = (FIXTURES / "owid" / "deaths-in-armed-conflicts.csv").read_bytes()
REGIME = (FIXTURES / "owid" / "political-regime.csv").read_bytes()
DEATH_SERIES = ("owid.armed_conflict_deaths", "owid.armed_conflict_deaths_low", "owid.armed_conflict_deaths_high")


def rule(folder: Path, table: bytes = RULE) -> Parsed:
    return collect(card_of("owid", "owid.rule_of_law_index"), Publisher(folder, {"rule-of-law-index.csv": table}))


def deaths(folder: Path, table: bytes = DEATHS) -> Parsed:
    return collect(card_of("owid", *DEATH_SERIES), Publisher(folder, {"deaths-in-armed-conflicts.csv": table}))


def test_countries_are_kept_and_continents_are_not(tmp_path: Path) -> None:
    found = {key[1:]: value for key, value in figures(rule(tmp_path)).items()}
    assert {key: value for key, value in found.items() if key[1] == 2025} == {
        ("XKX", 2025): 0.662,
        ("NAM", 2025): 0.817,
        ("PSG", 2025): 0.328,
        ("SDN", 2025): 0.174,
        ("ZZB", 2025): 0.488,
        ("ZWE", 2025): 0.177,
    }
    assert ("SDN", 1960) in found
    assert ("SDN", 1959) not in found


def test_best_low_and_high_are_three_series(tmp_path: Path) -> None:
    parsed = deaths(tmp_path)
    found = figures(parsed)
    assert [found[series, "SDN", 2025] for series in DEATH_SERIES] == [75164, 20880, 90827]
    assert [found[series, "PSE", 2023] for series in DEATH_SERIES] == [26228, 26167, 26260]
    assert found["owid.armed_conflict_deaths", "NAM", 2025] == 0
    assert {iso3 for _, iso3, _ in found} == {"AB9", "NAM", "PSE", "SDN", "ZWE"}
    rows = parsed.observations
    assert set(rows.loc[(rows["iso3"] == "SDN") & (rows["value"] > 7e4), "place"]) == {12}


def test_one_call_a_chart_however_many_series_it_has(tmp_path: Path) -> None:
    publisher = Publisher(tmp_path, {"deaths-in-armed-conflicts.csv": DEATHS, "political-regime.csv": REGIME})
    found = figures(collect(card_of("owid", "owid.political_regime", *DEATH_SERIES), publisher))
    assert len(publisher.asked) == 2
    assert found["owid.political_regime", "SDN", 2025] == 0
    assert found["owid.political_regime", "ZWE", 2025] == 1


def test_header_names_in_lower_case_are_the_same(tmp_path: Path) -> None:
    head, _, rest = DEATHS.partition(b"\n")
    assert figures(deaths(tmp_path, head.lower() + b"\n" + rest)) == figures(deaths(tmp_path))


def test_a_last_line_end_makes_no_difference(tmp_path: Path) -> None:
    assert figures(rule(tmp_path, RULE + b"\n")) == figures(rule(tmp_path))


@pytest.mark.parametrize(
    ("old", "new"), [(b"Rule of Law index", b"Rule of law (new)"), (b"Entity", b"Country"), (b"Code", b"ISO"), (b"Year", b"Day")]
)
def test_a_renamed_column_stops_the_source(tmp_path: Path, old: bytes, new: bytes) -> None:
    with pytest.raises(SchemaChanged, match=f"column '{old.decode().casefold()}' is missing"):
        rule(tmp_path, RULE.replace(old, new, 1))


def test_a_column_that_stands_twice_stops_the_source(tmp_path: Path) -> None:
    with pytest.raises(SchemaChanged, match="'best estimate' stands twice"):
        deaths(tmp_path, DEATHS.replace(b"High estimate", b"best estimate", 1))


@pytest.mark.parametrize("value", [b"0,174", b"n/a", b"<0.2"])
def test_a_value_that_is_no_number_stops_the_source(tmp_path: Path, value: bytes) -> None:
    with pytest.raises((SchemaChanged, NotData)):
        rule(tmp_path, RULE.replace(b"0.174", value))


def test_a_blank_is_missing_never_zero(tmp_path: Path) -> None:
    found = figures(rule(tmp_path, RULE.replace(b"0.174", b"")))
    assert ("owid.rule_of_law_index", "SDN", 2025) not in found
    assert len(found) == len(figures(rule(tmp_path))) - 1


def test_an_index_above_one_is_set_aside(tmp_path: Path) -> None:
    parsed = rule(tmp_path, RULE.replace(b"SDN,2025,0.174", b"SDN,2025,17.4"))
    assert list(parsed.rejected["reason"]) == ["above the highest possible value"]
    assert list(parsed.rejected["place"]) == [22]


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        (b"Sudan,SDN,2025", b"Sudan,QQQ,2025", "row 22, owid 'QQQ'"),
        (b"Palestine/Gaza,,2025", b"Ruritania,,2025", "row 17, name:owid 'Ruritania'"),
    ],
)
def test_an_unknown_entity_stops_the_source(tmp_path: Path, old: bytes, new: bytes, said: str) -> None:
    with pytest.raises(UnknownCountry, match=said):
        rule(tmp_path, RULE.replace(old, new))


@pytest.mark.parametrize("whole", [RULE, DEATHS])
def test_a_file_cut_anywhere_gives_no_figure_that_the_whole_does_not_give(tmp_path: Path, whole: bytes) -> None:
    parse = rule if whole is RULE else deaths
    true = figures(parse(tmp_path, whole))
    accepted = 0
    for length in range(len(whole)):
        try:
            found = figures(parse(tmp_path, whole[:length]))
        except SourceError:
            continue
        accepted += 1
        assert found.items() <= true.items()
    assert accepted <= 7  # only inside the last field of the last row


def test_the_door_takes_a_chart_without_its_last_line_end_only_when_the_length_is_proven(tmp_path: Path) -> None:
    chart, page = tmp_path / "chart", tmp_path / "page"
    chart.write_bytes(RULE)
    page.write_bytes(b"<!DOCTYPE html><html></html>")
    prove(chart, "open csv", "chart", framed=True)
    with pytest.raises(Incomplete):
        prove(chart, "open csv", "chart", framed=False)
    with pytest.raises(Incomplete):
        prove(chart, "csv", "chart", framed=True)
    with pytest.raises(NotData, match="web page"):
        prove(page, "open csv", "page", framed=True)


def test_a_file_that_ends_with_another_country_says_so(tmp_path: Path) -> None:
    with pytest.raises(Incomplete, match="the last row is Sudan 2025") as caught:
        deaths(tmp_path, DEATHS[: DEATHS.index(b"\nWorld")])
    assert "last_code" in caught.value.what_to_do


def test_a_web_page_is_no_table(tmp_path: Path) -> None:
    with pytest.raises(NotData, match="web page"):
        rule(tmp_path, b"<!DOCTYPE html><html><body>Just a moment...</body></html>")


def test_only_counts_of_deaths_are_kept_from_the_outside_conflict_track() -> None:
    assert [s.id for s in CARDS["owid"].series if s.conflict_derived] == list(DEATH_SERIES)


@pytest.mark.upstream
def test_the_replay_of_owid(tmp_path: Path, upstream: str) -> None:
    parsed = collect_replayed(CARDS["owid"], tmp_path, upstream)
    found = figures(parsed)
    assert found["owid.human_rights_index", "SDN", 2025] == 0.171
    assert found["owid.armed_conflict_deaths", "UKR", 2024] == 91_779
    assert found["owid.armed_conflict_deaths", "PSE", 2023] == 26_228
    assert parsed.rejected.empty
    assert len(found) == 92_444
    assert {series for series, iso3, year in found if iso3 == "NAM" and year == 2025} == {s.id for s in CARDS["owid"].series}
