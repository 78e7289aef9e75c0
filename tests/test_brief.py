"""A brief says what the tables say, with its source, and what they do not say. The tables are made up (tests/brief_world.py)."""

from __future__ import annotations

import copy
import html.parser
import itertools
import re
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from monitor.briefs import facts, render
from monitor.briefs.brief import TABLES, build
from monitor.briefs.content import Brief
from monitor.briefs.levers import LeverBook
from monitor.settings import read_yaml, validated
from tests.brief_world import RUN_ID, made_manifest, made_tables

TO_CHECK = "a month to check with the publisher before it is quoted"

CONFIG = Path(__file__).resolve().parents[1] / "config"
LEVERS = validated(LeverBook, read_yaml(CONFIG / "levers.yaml"), CONFIG / "levers.yaml")
SCALES = {
    "made_deaths": {"percentile": False, "higher_is": "worse", "bands": [[0, 0], [25, 0.5], [1000, 0.9], [10000, 1]]},
    "made_freedom": {"percentile": True, "higher_is": "better", "bands": [[0, 0.99], [1, 0.01]]},
    "made_past": {"percentile": False, "higher_is": "worse", "bands": [[0, 0], [1, 1]]},
}
NAN = float("nan")


def manifest(**more: Any) -> dict[str, Any]:
    """Return the made-up manifest with the scales of its measures."""
    made = made_manifest(RUN_ID, starter=False)
    made["framework"]["measures"] = SCALES
    return made | more


def tables(*changes: tuple[str, str, dict[str, Any]], hostile: str = "") -> dict[str, pd.DataFrame]:
    """Return the made-up tables; each change is (table, query for its rows, new values)."""
    made = {name: frame.copy() for name, frame in made_tables(hostile).items() if name in TABLES}
    for table, query, values in changes:
        for column, value in values.items():
            made[table].loc[made[table].query(query).index, column] = value
    return made


def brief(iso3: str, *changes: tuple[str, str, dict[str, Any]], **more: Any) -> Brief:
    """Return the brief of a country of the made-up tables."""
    return build(iso3, tables(*changes), manifest(), LEVERS, **more)


def words(made: Brief) -> str:
    """Return the Markdown up to the references."""
    return render.render(made, "md").split("\n## References")[0]


def section(made: Brief, title: str) -> str:
    """Return one section of the Markdown."""
    return render.render(made, "md").split(f"\n## {title}")[1].split("\n## ")[0]


# ------------------------------------------------------------------------------------------------------------- predicates


@given(st.lists(st.one_of(st.none(), st.integers(0, 6)), max_size=14), st.booleans())
def test_since_when_agrees_with_a_search_year_by_year(values: list[int | None], highest: bool) -> None:
    years = range(2000, 2000 + len(values))
    found = facts.extreme_since(pd.Series([NAN if v is None else float(v) for v in values], index=years), highest=highest)
    known = [(y, v) for y, v in zip(years, values, strict=True) if v is not None]
    expected = None
    if len(known) >= 2:
        last_year, newest = known[-1]
        year, whole = known[0][0], True
        for y, v in reversed(known[:-1]):
            if (v >= newest) if highest else (v <= newest):
                year, whole = y, False
                break
        if last_year - year >= 5:
            expected = facts.Since(highest, year, whole)
    assert found == expected


@pytest.mark.parametrize(
    ("now", "before", "by", "way"),
    [
        (66.0, 60.0, 5, "rose"),
        (65.0, 60.0, 5, "rose"),  # the threshold itself counts
        (64.9, 60.0, 5, "little"),
        (60.0, 65.0, 5, "fell"),
        (0.85, 0.80, 0.05, "rose"),  # though 0.85 - 0.80 < 0.05 in binary
        (NAN, 60.0, 5, "not compared"),
        (60.0, NAN, 5, "not compared"),
        (60.0, 60.0, 5, "little"),
    ],
)
def test_a_value_moved_only_by_the_threshold_or_more(now: float, before: float, by: float, way: str) -> None:
    assert facts.move(now, before, by) == way
    assert facts.rose(now, before, by) == (way == "rose")
    assert facts.fell(now, before, by) == (way == "fell")


def test_levels_are_compared_by_rank_and_insufficient_data_with_nothing() -> None:
    order = {"baseline": 0, "watch": 1, "high": 2}
    assert facts.level_move("high", "watch", "high", order) == "rose"
    assert facts.level_move("baseline", "watch", "baseline", order) == "fell"
    assert facts.level_move("watch", "watch", "watch", order) == "little"
    assert facts.level_move("insufficient data", "high", "insufficient data", order) == "not compared"
    assert facts.level_move("high", "insufficient data", "high", order) == "not compared"


@pytest.mark.parametrize("figures", ["watch", "baseline", "insufficient data"])
def test_a_level_above_figures_that_say_no_more_than_it_was_did_not_rise(figures: str) -> None:
    assert facts.level_move("high", "watch", figures, {"baseline": 0, "watch": 1, "high": 2}) == "stays"


@pytest.mark.parametrize(("part", "whole", "more"), [(51, 100, True), (50, 100, False), (NAN, 100, False), (0, 0, False)])
def test_one_month_is_told_only_where_it_is_more_than_half(part: float, whole: float, more: bool) -> None:
    assert facts.more_than_half(part, whole) is more


@pytest.mark.parametrize(
    ("value", "expected"),
    [(0, (None, 25)), (24, (None, 25)), (25, (25, 1000)), (999, (25, 1000)), (1000, (1000, 10000)), (12000, (10000, None))],
)
def test_a_count_lies_between_the_stated_marks(value: float, expected: tuple[float | None, float | None]) -> None:
    assert facts.marks(value, SCALES["made_deaths"]["bands"]) == expected  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("index", "expected"),
    [(0, "lower"), (13, "lower"), (14, "middle"), (39.9, "upper"), (40, "lower"), (79, "upper"), (100, "upper")],
)
def test_an_index_is_placed_in_a_third_of_its_level(index: float, expected: str) -> None:
    assert facts.third(index, (40, 60, 80)) == expected


# ---------------------------------------------------------------------------------------------------------- what is said


def test_every_figure_leads_to_series_release_licence_address_document_and_row() -> None:
    made = brief("CMR")
    figure = next(f for f in made.raises if f.measure == "made_deaths")
    reference = made.references[figure.ref - 1]
    assert reference.number == figure.ref
    assert (reference.series, reference.release, reference.licence) == ("made_a.deaths", "1", "CC BY 4.0")
    assert (reference.url, reference.sha256, reference.place) == ("https://example.org/made.csv", "a" * 12, 1)
    assert (reference.start, reference.end, reference.provisional) == ("2025-01-01", "2025-12-31", True)


def with_two_documents(**second: str) -> dict[str, pd.DataFrame]:
    """Return tables in which Cameroon's sum begins in a second document, release 0.9, and ends in the first, release 1."""
    made = tables()
    other = {"sha256": "b" * 64, "url": "https://example.org/older.csv", "release": "0.9", **second}
    made["documents"] = pd.concat([made["documents"], made["documents"].assign(**other)], ignore_index=True)
    sums = made["readings"]["measure"] == "made_deaths"
    made["readings"]["first_document"] = np.where(sums, "b" * 64, made["readings"]["document"])
    return made


def reference_line(made: Brief, series: str) -> str:
    """Return the line of the Markdown that is a series' reference."""
    lines = render.render(made, "md").split("\n## References")[1].splitlines()
    return next(line for line in lines if f"Series {series}," in line)


def test_a_sum_over_two_releases_names_both_with_both_documents_and_addresses() -> None:
    line = reference_line(build("CMR", with_two_documents(), manifest(), LEVERS), "made_a.deaths")
    assert "Made-up source A, release 0.9 and 1. Series" in line
    assert (
        "Documents sha256 bbbbbbbbbbbb… and sha256 aaaaaaaaaaaa…, row 1 of the second "
        "(the documents of the oldest and the newest row behind a computed figure)." in line
    )
    assert line.endswith(" <https://example.org/older.csv> and <https://example.org/made.csv>")


def test_two_documents_of_one_release_or_one_address_are_not_named_twice() -> None:
    one = with_two_documents(release="1", url="https://example.org/made.csv", via="starter")
    line = reference_line(build("CMR", one, manifest(), LEVERS), "made_a.deaths")
    assert "Made-up source A, release 1. Series" in line
    assert "computed figure); as bundled with the program (the first)." in line
    assert line.count("https://example.org/made.csv") == 1


@pytest.mark.parametrize("first", [None, "", "a" * 64, NAN])
def test_a_figure_of_one_document_names_that_one_also_where_an_older_table_does_not_say(first: object) -> None:
    made = tables()
    if first is not None:
        made["readings"]["first_document"] = pd.Series([first] * len(made["readings"]), dtype=object)
    built = build("CMR", made, manifest(), LEVERS)
    assert all(r.first is None for r in built.references)
    line = reference_line(built, "made_a.deaths")
    assert "Document sha256 aaaaaaaaaaaa…, row 1 (the newest row behind a computed figure). <https" in line


@pytest.mark.parametrize("iso3", ["CMR", "BRA", "MMR", "KEN", "GBR"])
def test_every_number_in_brackets_is_a_reference_and_every_reference_is_used(iso3: str) -> None:
    made = brief(iso3)
    used = {int(n) for n in re.findall(r" \[(\d+)\]", words(made))}
    assert used == {r.number for r in made.references} == set(range(1, len(made.references) + 1))
    assert len(re.findall(r"^- \[\d+\] ", render.render(made, "md"), flags=re.M)) == len(made.references)


@pytest.mark.parametrize("title", ["What raises the risk", "What holds it down"])
def test_each_driver_has_figure_unit_period_source_freshness_and_reference(title: str) -> None:
    lines = [line for line in section(brief("CMR"), title).splitlines() if line.startswith("- ")]
    assert lines
    for line in lines:
        assert re.search(r"\d.*2024|2025 \[\d+\]\. .*Made-up source .*; (fresh|stale)", line), line


def test_a_measure_is_set_against_country_years_or_against_the_stated_marks_whichever_its_bands_are() -> None:
    made = brief("CMR")
    assert "111 deaths, 2025 [2]. Between the stated marks of 25 and 1,000." in section(made, "What raises the risk")
    assert "0.22 (index, 0 to 1), 2024 [3]. Worse than 55 of 100 country-years, 2000–2019." in section(made, "What holds it down")


def test_without_its_bands_a_score_is_never_called_a_share_of_country_years() -> None:
    made = build("CMR", tables(), made_manifest(RUN_ID, starter=False), LEVERS)
    assert "country-years" not in section(made, "What holds it down")
    assert "place 55 of 100" in section(made, "What holds it down").lower()


def test_killing_under_way_is_stated_first_and_apart_from_the_level() -> None:
    text = words(brief("MMR"))
    headline = next(line for line in text.splitlines() if line.startswith("**"))
    assert headline.startswith("**On the newest figures, killing of civilians on a large scale is under way in Myanmar (Burma)")
    assert "about 2,200 civilians killed" in headline  # two significant figures in prose
    assert "2,222 civilians killed in one-sided violence" in section(
        brief("MMR"), "Status and level"
    )  # exact where it is explained
    assert text.index("**Status: under way.**") < text.index("**Level: elevated.**")


def test_the_recent_past_is_a_status_of_its_own() -> None:
    text = words(brief("KEN"))
    assert "lies in its recent past" in text
    assert "At least once since January 2021, 1,000 or more civilians" in text


def test_the_status_rests_on_the_reading_with_the_same_sum_and_says_when_months_are_missing() -> None:
    status = ("assessments", "iso3 == 'CMR'", {"status": "under way", "status_deaths": 111.0, "status_known": 11})
    eleven = ("readings", "iso3 == 'CMR' and measure == 'made_deaths'", {"known": 11, "asked": 12})
    made = brief("CMR", status, eleven)
    assert made.references[made.killing.ref - 1].series == "made_a.deaths"
    assert made.killing.provisional
    assert "UCDP reports at least 110 civilians" in words(made)
    assert "about" not in next(line for line in words(made).splitlines() if line.startswith("**On the newest"))
    assert "Only 11 of the 12 months are known, so the figure is a lower bound." in words(made)


def test_a_status_whose_sum_is_no_reading_leads_to_the_assessment_itself() -> None:
    made = brief("MMR")  # 2,222 deaths in the status, 111 in the reading
    assert made.killing.ref == made.judged
    short = brief("MMR", ("assessments", "iso3 == 'MMR'", {"status_known": 11}))  # and is a lower bound all the same
    assert "UCDP reports at least 2,200 civilians" in words(short)


def test_a_thin_factor_or_one_below_the_middle_does_not_drive() -> None:
    factors = {f.id: f.drives for f in brief("CMR").factors}
    assert factors == {"RF1": True, "RF2": True, "RF9": False}
    thin = ("factors", "factor == 'RF1'", {"score": 0.9, "thin": True})
    low = ("factors", "factor == 'RF2'", {"score": 0.5})
    assert not any(f.drives for f in brief("CMR", thin, low).factors)


def test_a_driver_of_both_tracks_is_shown_once_with_both() -> None:
    lines = [line for line in section(brief("CMR"), "What raises the risk").splitlines() if line.startswith("- ")]
    assert len(lines) == 1
    assert lines[0].endswith("Track: conflict-related and outside-conflict.")


def test_no_count_of_deaths_is_unknown_and_never_zero() -> None:
    made = brief("BRA")
    assert np.isnan(made.killing.deaths)
    text = section(made, "Status and level")
    assert "Status: unknown" in text
    assert not re.search(r"\b0 civilians", render.render(made, "md"))


def test_a_zero_is_said_to_be_no_event_on_record() -> None:
    assert "Zero means that no event is on record, not that none took place." in words(brief("CMR"))


def test_insufficient_data_gets_a_brief_that_says_what_is_known_what_is_missing_and_what_to_ask() -> None:
    made = brief("BRA")
    text = words(made)
    assert "Too little public data is at hand to assess the risk of mass atrocities in Brazil" in text
    assert "Level: insufficient data" in text
    assert not re.search(r"assessed as (baseline|watch|elevated|high)", text)
    assert "- **Made-up deaths, 12 months:** 111 deaths, 2025" in section(made, "What is known")
    assert "Missing: made-up gone." in section(made, "What cannot be seen")
    assert "### 2. " in text
    assert not made.raises
    assert not made.holds_down
    assert 'class="badge insufficient"' in render.render(made, "html")
    assert "url(#gap)" in render.render(made, "html")


def test_a_missing_index_is_a_dash_or_hatched_never_a_number() -> None:
    row = next(line for line in words(brief("BRA")).splitlines() if line.startswith("| Conflict-related"))
    assert row == "| Conflict-related | ▨▨▨▨ insufficient data | ▨▨▨▨▨▨▨▨▨▨ not enough data | – | 1 of 5 |"


def test_the_tracks_are_shown_apart_with_position_coverage_and_the_reason_why_one_leads() -> None:
    text = section(brief("CMR"), "The two tracks")
    assert (
        "| Conflict-related (leads) | ●●●● high | █████████░ index 88.0 of 100, in the middle third of the high range | 77.0 |"
        in text
    )
    assert "| 77.0 | 4 of 5 |" in text
    assert "leads because its level is the higher of the two (high against watch) [1]" in text


def test_a_track_that_leads_alone_says_that_the_other_could_not_be_assessed() -> None:
    blind = {
        "outside_conflict_level": "insufficient data",
        "outside_conflict_base": "insufficient data",
        "outside_conflict_index": NAN,
    }
    text = words(brief("CMR", ("assessments", "iso3 == 'CMR'", blind)))
    assert "assessed as high, on the conflict-related track alone, because the other has too little data: ranked 1st of 4" in text


def test_the_headline_gives_the_rank_and_between_which_ranks_it_lies() -> None:
    assert "ranked 1st of 4, between 1st and 3rd when weights, means, gaps and measurement error are varied [1].**" in words(
        brief("CMR")
    )
    sure = ("intervals", "iso3 == 'CMR'", {"rank_low": 1, "rank_high": 1})
    assert "ranked 1st of 4, and so in nine of ten draws when weights" in words(brief("CMR", sure))
    # high in 0.33 of the draws; baseline in what the other levels leave of them: 1 - 0.22 - 0.11 - 0.33 = 0.34
    assert "Of 555 draws" in section(brief("CMR"), "Status and level")
    assert "about 33 in 100 give this level and about 66 in 100 a place among the 30 highest" in words(brief("CMR"))
    assert "about 34 in 100 give this level" in words(brief("GBR"))
    every = ("intervals", "iso3 == 'CMR'", {"p_high": 1.0, "in_top_30": 1.0})
    assert "varied, all give this level and all a place among the 30 highest" in words(brief("CMR", every))


def test_without_a_rank_the_interval_says_where_the_country_might_stand() -> None:
    text = words(brief("BRA"))
    assert "its rank among 4 would lie between 111th and 133rd in nine of ten draws [1]." in text
    assert ": ranked" not in text


def test_a_held_level_or_a_run_without_intervals_says_nothing_of_ranks() -> None:
    assert ": ranked" not in words(brief("MMR"))  # held
    none = tables()
    none["intervals"] = none["intervals"].iloc[:0]
    made = build("CMR", none, manifest(), LEVERS)
    assert made.place is None
    assert "draws" not in words(made)


def test_a_level_raised_by_a_signal_says_so() -> None:
    made = brief("CMR", ("assessments", "iso3 == 'CMR'", {"conflict_index": 77.0, "index": 77.0, "conflict_base": "elevated"}))
    assert "in the upper third of the elevated range; raised to high by a sign of change" in section(made, "The two tracks")


OWN = {"index_before": 19.0, "headline_before": "outside_conflict", "level_before": "baseline"}


def test_the_index_of_the_track_that_leads_now_is_set_against_its_own_and_never_against_the_others() -> None:
    text = section(brief("CMR", ("assessments", "iso3 == 'CMR'", OWN)), "What changed")
    assert "The index of the conflict-related track, which leads now, rose from 19.0 to 88.0 of 100 [1]." in text


def test_a_level_that_rose_names_the_sign_of_change_that_did_not_hold_before() -> None:
    text = section(brief("CMR"), "What changed")
    assert (
        "to high [1]. Why: a sign of change that did not hold then raises it by one level: made-up surge (3.3 times, mark 3.0) "
        "[1]." in text
    )


FELL = {"level_before": "high", "level": "watch", "level_seen": "watch"}


def fallen(*rows: tuple[Any, ...]) -> str:
    """Return what is said of Kenya's fall from high to watch, with these causes: (kind, name, level, mark, before, now)."""
    made = tables(("assessments", "iso3 == 'KEN'", FELL))
    columns = ("kind", "name", "level", "mark", "before", "now")
    found = pd.DataFrame(rows, columns=columns).assign(iso3="KEN", against="year", way="fell", track="conflict", order=1)
    made["causes"] = pd.concat([made["causes"], found], ignore_index=True)
    return section(build("KEN", made, manifest(), LEVERS), "What changed")


def test_a_level_that_fell_is_never_a_bare_fell() -> None:
    assert "to watch [1]. No single cause is on record: neither a sign of change nor a mark" in fallen()
    assert (
        "Why: a sign of change that raised it by one level then no longer holds: made-up surge (1.2 times now, mark 3.0) [1]."
        in fallen(("signal", "made_surge", "", 3.0, NAN, 1.2))
    )
    assert "Why: the index of the conflict-related track fell below 75.0, where high ends (81.0 then, 44.0 now) [1]." in fallen(
        ("threshold", "", "high", 75.0, 81.0, 44.0)
    )
    assert (
        "Why: already then the level stood above what the figures said (watch), and it has eased since, after three fresh lower "
        "periods in a row [1]." in fallen(("eased", "", "watch", NAN, NAN, NAN))
    )
    only_measure = fallen(("measure", "made_deaths", "", NAN, 0.9, 0.5))
    assert (
        "accounts for it; what moved the index most: made-up deaths, 12 months, place 50 of 100 against place 90 of 100"
        in only_measure
    )


def test_a_held_level_that_is_higher_than_a_year_before_is_not_called_a_rise() -> None:
    held = {"level": "elevated", "level_before": "watch", "level_seen": "watch", "index_before": 77.0}
    text = section(brief("MMR", ("assessments", "iso3 == 'MMR'", held)), "What changed")
    assert (
        "The level was watch a year earlier, on 2 January 2025, and stands at elevated now, above what its figures say (watch)"
        in text
    )
    assert "rose" not in text.split("The index")[0]


STANDS = {"outside_conflict_level": "elevated", "outside_conflict_seen": "watch"}


@pytest.mark.parametrize(
    ("standing", "mark", "sentence"),
    [
        (
            {"outside_conflict_stays": "easing", "outside_conflict_easing": 1},
            "elevated, easing 1 of 3",
            "**Level easing.** Outside conflict: the figures now say watch; the level stays at elevated until three fresh lower "
            "periods in a row have said so (one so far).",
        ),
        (
            {"outside_conflict_stays": "between"},
            "elevated, kept",
            "**Level kept.** Outside conflict: the figures now say watch, but not less than the mark below which elevated ends "
            "(index 44.0, mark 56.9); the level stays.",
        ),
        (
            {"outside_conflict_stays": "final"},
            "elevated, kept",
            "**Level kept.** Outside conflict: all figures together say watch, the final ones alone keep elevated;",
        ),
        (
            {
                "outside_conflict_stays": "rising",
                "outside_conflict_level": "watch",
                "outside_conflict_rising": 1,
                "outside_conflict_rising_to": 2,
            },
            "watch, one more update to elevated",
            "**Level rising.** Outside conflict: provisional figures say elevated; one more update is needed before the "
            "level rises.",
        ),
    ],
)
def test_a_level_that_is_not_what_its_figures_say_tells_why_in_both_formats(
    standing: dict[str, Any], mark: str, sentence: str
) -> None:
    made = brief("CMR", ("assessments", "iso3 == 'CMR'", STANDS | standing))
    assert sentence in section(made, "Status and level")
    assert mark in section(made, "The two tracks")
    page = " ".join(Page(render.render(made, "html")).text.split())
    assert sentence.replace("**", "") in page
    assert mark in page
    assert "raised to" not in section(made, "The two tracks")


OLD = {"status_fresh": False, "status_until": "2025-02-28"}


def test_killing_under_way_says_since_when_and_in_which_month_most_of_it_was() -> None:
    worst = ("assessments", "iso3 == 'MMR'", {"status_peak": 2000.0})
    text = section(brief("MMR", worst), "Status and level")
    assert f"in the 12 months to December 2025, 2,000 of them in October 2025, {TO_CHECK} [1]: over the mark of 1,000" in text
    assert "It has been under way since April 2025, when the sum over 12 months first reached that mark." in text
    assert "of them in" not in section(brief("MMR"), "Status and level")
    whole = ("assessments", "iso3 == 'MMR'", {"status_peak": 2222.0})
    assert "all of them in October 2025" in words(brief("MMR", whole))


def test_beyond_the_age_of_its_source_killing_is_told_in_the_past_with_its_month() -> None:
    made = brief("MMR", ("assessments", "iso3 == 'MMR'", OLD))
    text = words(made)
    assert (
        "**Killing of civilians on a large scale was under way in Myanmar (Burma) at February 2025, where the figures end" in text
    )
    assert "**Status: was under way at February 2025, no figures since.**" in text
    assert "It had been under way since April 2025" in text
    assert "is older than its source should be: nothing is said here of what came after." in text
    for form in render.FORMATS:
        assert "is under way" not in render.render(made, form)


def test_a_figure_of_which_one_month_is_more_than_half_says_so() -> None:
    most = ("readings", "iso3 == 'CMR' and measure == 'made_deaths'", {"peak": 100.0, "peak_end": "2025-10-31"})
    assert f"111 deaths, 2025, 100 of them in October 2025, {TO_CHECK} [2]." in section(
        brief("CMR", most), "What raises the risk"
    )


def test_a_value_carried_between_elections_is_marked() -> None:
    carried = ("readings", "measure == 'made_deaths'", {"between_elections": True, "known": 1, "asked": 1})
    text = section(brief("CMR", carried), "What raises the risk")
    assert "between elections: asked about election years only, carried or filled in for the others" in text


def test_bundled_figures_say_once_a_source_how_they_were_obtained_and_each_reference_points_there() -> None:
    made = tables()
    made["documents"] = made["documents"].assign(via="starter", obtained="Through a made-up copy, with its note.")
    built = build("CMR", made, manifest(), LEVERS)
    assert "(how the bundled figures were obtained: under the source, below)" in reference_line(built, "made_a.deaths")
    text = render.render(built, "md")
    said = [
        line
        for line in text.splitlines()
        if "How the bundled figures were obtained: through a made-up copy, with its note." in line
    ]
    assert [line.split(".")[0] for line in said] == ["- Made-up source A", "- Made-up source B"]
    assert "obtained" not in render.render(brief("CMR"), "md")


def test_a_held_level_says_why_and_of_when_its_evidence_is() -> None:
    text = section(brief("MMR"), "Status and level")
    assert "Conflict-related: held at elevated, because evidence behind it has been lost since" in text
    assert "the last of that evidence is of 31 December 2025." in text


def test_the_change_in_a_year_is_said_only_as_it_is_and_with_its_caveat() -> None:
    text = section(brief("CMR"), "What changed")
    assert "The level rose from elevated, a year earlier, on 2 January 2025, to high [1]." in text
    assert "The index rose from 66.0 to 88.0 of 100 [1]." in text
    assert "today's editions of the data with assumed release lags" in text
    same = section(brief("KEN"), "What changed")
    assert "The level is the same as a year earlier" in same
    assert "The index is the same, 44.0 of 100" in same
    assert "The index of the outside-conflict track rose from 11.0 to 22.0 [1]." in same
    assert "fell" not in same
    assert "cannot be compared" in section(brief("BRA"), "What changed")


def test_the_last_run_is_compared_where_it_is_known() -> None:
    earlier = made_tables()["assessments"].assign(as_of="2025-12-26", level="watch", index=44.0, status="unknown")
    text = section(brief("CMR", previous=earlier), "What changed")
    assert "The level rose from watch, at the last run, of 26 December 2025, to high [1]." in text
    assert "The status was unknown; it is now risk of onset." in text
    assert brief("CMR", previous=earlier[earlier["iso3"] == "KEN"]).last_run is None


def test_a_sum_with_months_missing_did_not_fall() -> None:
    fell = ("drivers", "measure == 'made_deaths'", {"score": 0.3, "score_before": 0.9})
    reading = ("readings", "measure == 'made_deaths'", {"score": 0.3})
    short = ("readings", "measure == 'made_deaths'", {"known": 11, "asked": 12})
    assert "less worrying than a year earlier" in section(brief("CMR", fell, reading), "What changed")
    assert "less worrying than a year earlier" not in section(brief("CMR", fell, reading, short), "What changed")


def test_signals_over_their_mark_are_named_with_value_and_mark() -> None:
    assert "Made-up surge: 3.3 times [1], mark 3.0, to December 2025." in section(brief("CMR"), "What changed")
    assert "Made-up surge" not in section(brief("KEN"), "What changed")


@pytest.mark.parametrize(
    ("newest", "value", "text"),
    [
        ("2025-12-31", 1.0, "yes; recorded up to 2025, where the list ends [3]"),
        ("2026-12-31", 1.0, "yes, last recorded 2025 [3]"),  # the list goes on, without it
        ("", 1.0, "yes, last recorded 2025 [3]"),
        ("2025-12-31", 0.0, "none recorded, to 2025 [3]"),
    ],
)
def test_what_is_recorded_up_to_the_end_of_a_list_is_not_said_to_have_ended_then(newest: str, value: float, text: str) -> None:
    past = ("readings", "measure == 'made_past'", {"value": value})
    ends = ("series", "series == 'made_a.past'", {"newest_period": newest})
    raises = ("drivers", "measure == 'made_freedom'", {"measure": "made_past"})
    made = brief("CMR", past, ends, raises)
    assert f"- **Made-up past:** {text}. " in section(made, "What holds it down")


def test_since_when_a_figure_is_the_highest_is_said_from_the_history_alone() -> None:
    history = pd.DataFrame({"series": "made_a.deaths", "iso3": "CMR", "value": [500.0, 90.0, 80.0, 111.0]})
    history["end"] = pd.to_datetime(["2015-12-31", "2016-12-31", "2020-12-31", "2025-12-31"])
    one = ("readings", "measure == 'made_deaths'", {"known": 1, "asked": 1})
    assert "the highest since 2015" in section(brief("CMR", one, history=history), "What raises the risk")
    assert "highest" not in section(brief("CMR", one), "What raises the risk")
    begins = history[history["value"] < 500]
    assert "the highest of the figures at hand, which begin in 2016" in section(
        brief("CMR", one, history=begins), "What raises the risk"
    )
    calm = ("readings", "measure == 'made_deaths'", {"score": 0.5})  # on the calm side of the scale no superlative is needed
    assert "highest" not in section(brief("CMR", one, calm, history=history), "What raises the risk")
    revised = history.assign(value=[500.0, 90.0, 80.0, 112.0])  # the history no longer ends with the value that was read
    assert "highest" not in section(brief("CMR", one, history=revised), "What raises the risk")


def test_what_cannot_be_seen_is_counted() -> None:
    text = section(brief("CMR"), "What cannot be seen")
    assert "Of the 5 indicators of the framework, 1 have a reading here. Not seen: 1 of 5 only a person can answer;" in text
    assert "1 are connected to no source yet; 1 have a source but no usable reading; 1 rest on weak evidence" in text
    assert "Of the 4 measures, 2 are fresh, 1 stale (older than their source should be; counted, marked), 0 expired" in text
    assert "Failed at the last attempt (could not be reached): Made-up source B, newest period to 31 December 2024," in text


def test_the_harm_stands_before_the_ask_and_the_office_says_that_nobody_checked_it() -> None:
    for made in (brief("CMR"), brief("MMR"), brief("GBR")):
        levers = words(made).split("\n### ")[1:]
        assert 2 <= len(levers) <= 5
        for text in levers:
            assert text.index("**First, do no harm:**") < text.index("**A possible ask:**")
            assert "(office not yet checked)" in text
        page = render.render(made, "html")
        harm, asks = (
            [m.start() for m in re.finditer("First, do no harm", page)],
            [m.start() for m in re.finditer("A possible ask", page)],
        )
        assert all(h < a for h, a in zip(harm, asks, strict=True))


def test_the_evidence_against_is_in_plain_sight() -> None:
    text = words(brief("CMR"))
    assert "Findings on comprehensive economic sanctions: 3 of a decrease, 11 mixed or none, 17 of an increase." in text


def test_the_united_kingdom_is_a_country_like_every_other_and_its_levers_are_at_home() -> None:
    text = words(brief("GBR"))
    assert "## A matter that begins at home: what can be asked" in text
    assert "by the same thresholds as every other country" in text
    assert "assessed as baseline" in text
    assert "Foreign, Commonwealth and Development Office (" not in text


def test_names_that_may_be_asked_about_carry_a_neutral_note() -> None:
    assert "**Name.** Myanmar is also called Burma" in words(brief("MMR"))
    moved = ("readings", "iso3 == 'BRA'", {"iso3": "PSE"})
    everywhere = [(t, "iso3 == 'BRA'", {"iso3": "PSE"}) for t in ("assessments", "factors", "indicators", "drivers", "signals")]
    assert "UCDP's country counts put deaths in Gaza and the West Bank under Israel" in words(brief("PSE", moved, *everywhere))


FORBIDDEN = re.compile(
    r"\b(imminent|inevitabl\w+|probab\w+|likel\w+|unlikel\w+|will|predict\w*|chances?|safe|no risk|ancient hatreds|tribal)\b",
    re.IGNORECASE,
)


@pytest.mark.parametrize("status", ["onset risk", "under way", "recent past", "unknown"])
@pytest.mark.parametrize("level", ["baseline", "watch", "elevated", "high", "insufficient data"])
@pytest.mark.parametrize("iso3", ["CMR", "GBR"])
def test_no_brief_speaks_of_odds_safety_or_certainty_or_declares_a_crime(level: str, status: str, iso3: str) -> None:
    index = {"baseline": 22.0, "watch": 44.0, "elevated": 66.0, "high": 88.0}.get(level, NAN)
    row = {
        "level": level,
        "status": status,
        "index": index,
        "headline": "" if np.isnan(index) else "conflict",
        "status_deaths": 1234.0,
    }
    row |= {
        f"{t}_{c}": v for t in ("conflict", "outside_conflict") for c, v in (("level", level), ("base", level), ("index", index))
    }
    if status == "unknown":
        row |= {"status_deaths": NAN, "status_until": ""}
    made = brief(iso3, ("assessments", f"iso3 == '{iso3}'", row))
    for form in render.FORMATS:
        text = re.sub(r"<style>.*?</style>", "", render.render(made, form), flags=re.DOTALL)
        assert not FORBIDDEN.search(text), FORBIDDEN.search(text)
        assert not re.search(r"genocide (is|was) (not )?(occurring|taking place|being)", text, re.IGNORECASE)
    assert words(made).count("assessed as ") == (0 if level == "insufficient data" else 1)


# ---------------------------------------------------------------------------------------------------------- how it is shown


class Page(html.parser.HTMLParser):
    """The tags of a page with their attributes, and its text."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self.text = ""
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attrs)))

    def handle_data(self, data: str) -> None:
        self.text += data

    def all(self, *names: str) -> list[dict[str, str | None]]:
        """Return the attributes of every tag of these names."""
        return [attrs for tag, attrs in self.tags if tag in names]


@pytest.mark.parametrize("iso3", ["CMR", "BRA", "MMR", "GBR"])
def test_the_page_asks_for_nothing_from_outside_and_runs_nothing(iso3: str) -> None:
    text = render.render(brief(iso3), "html")
    page = Page(text)
    assert {t for t, _ in page.tags} & {
        "script",
        "img",
        "iframe",
        "object",
        "embed",
        "form",
        "audio",
        "video",
        "base",
        "use",
    } == set()
    assert not [a for _, attrs in page.tags for a in attrs if a in ("src", "srcset", "style", "onload", "onclick", "background")]
    assert page.all("link") == []
    assert "@import" not in text
    assert not re.search(r"url\((?!#gap\))", text)


@pytest.mark.parametrize("iso3", ["CMR", "BRA"])
def test_the_page_has_a_language_headers_headings_in_order_and_text_for_its_pictures(iso3: str) -> None:
    page = Page(render.render(brief(iso3), "html"))
    assert page.all("html") == [{"lang": "en-GB"}]
    assert all(th.get("scope") in ("col", "row") for th in page.all("th"))
    headings = [int(t[1]) for t, _ in page.tags if re.fullmatch("h[1-6]", t)]
    assert headings[0] == 1
    assert all(b - a <= 1 for a, b in itertools.pairwise(headings))
    names = {a.get("id") for _, a in page.tags}
    for svg in page.all("svg"):
        assert svg["role"] == "img"
        assert svg["aria-labelledby"] in names
    targets = [str(a["href"])[1:] for a in page.all("a") if str(a.get("href", "")).startswith("#")]
    assert targets
    assert set(targets) <= names


def test_text_of_others_is_shown_as_it_stands_in_both_formats() -> None:
    hostile = "<script>alert(1)</script> |cell| *strong* [link](https://evil.example) `code` \n# heading"
    made = build("CMR", tables(hostile=hostile), manifest(), LEVERS)
    page = Page(render.render(made, "html"))
    assert not page.all("script")
    assert "<script>alert(1)</script> |cell|" in page.text
    text = render.render(made, "md")
    assert r"\<script\>alert(1)\</script\> \|cell\| \*strong\* \[link\](https://evil.example) \`code\` # heading" in text
    assert "\n# heading" not in text
    assert not re.search(r"(?<!\\)\[link", text)


def test_an_address_that_is_no_web_address_is_not_shown_as_a_link() -> None:
    made = brief("CMR", ("documents", "source == 'made_a'", {"url": "javascript:alert(1)"}))
    assert "javascript" not in render.render(made, "html")
    quoted = brief("CMR", ("documents", "source == 'made_a'", {"url": 'https://example.org/a"> <b'}))
    assert "<https://example.org/a%22%3E%20%3Cb>" in render.render(quoted, "md")


@pytest.mark.parametrize(
    ("deaths", "text"),
    [
        (0, "0"),
        (7, "7"),
        (99, "99"),
        (100, "100"),
        (149, "about 150"),
        (150, "150"),
        (1234, "about 1,200"),
        (62135, "about 62,000"),
        (1250, "about 1,300"),
        (999, "about 1,000"),
    ],
)
def test_deaths_in_prose_have_two_significant_figures(deaths: float, text: str) -> None:
    assert render.about(deaths) == text


@pytest.mark.parametrize(
    ("deaths", "text"),
    [
        (7, "at least 7"),
        (99, "at least 99"),
        (1000, "at least 1,000"),
        (1075, "at least 1,000"),
        (1999, "at least 1,900"),
        (62835, "at least 62,000"),
    ],
)
def test_a_lower_bound_is_never_rounded_up(deaths: float, text: str) -> None:
    assert render.at_least(deaths) == text


@pytest.mark.parametrize(
    ("value", "decimals", "text"), [(NAN, 0, "–"), (-1.5, 1, "−1.5"), (-0.01, 1, "0.0"), (12345.678, 0, "12,346"), (0.0, 0, "0")]
)
def test_exact_numbers(value: float, decimals: int, text: str) -> None:
    assert render.exact(value, decimals) == text


@pytest.mark.parametrize(("score", "place"), [(0.0, 1), (0.004, 1), (0.5, 50), (0.994, 99), (1.0, 99)])
def test_a_place_among_country_years_is_never_beyond_them(score: float, place: int) -> None:
    assert render.of_100(score) == place


def test_bars_on_a_terminal_hatch_what_is_missing() -> None:
    assert str(render.bar(NAN)) == "▨" * 10
    assert str(render.bar(0.0)) == "░" * 10
    assert str(render.bar(88.0)) == "█" * 9 + "░"


# ------------------------------------------------------------------------------------------------------------------ writing


def test_writing_twice_gives_the_same_files_with_the_same_bytes_and_nothing_else(tmp_path: Path) -> None:
    made = [brief("CMR"), brief("BRA")]
    first = render.write(made, tmp_path / "out")
    before = {p: p.read_bytes() for p in first}
    second = render.write(made, tmp_path / "out")
    assert [p.name for p in first] == ["CMR-2026-01-02.md", "CMR-2026-01-02.html", "BRA-2026-01-02.md", "BRA-2026-01-02.html"]
    assert first == second
    assert {p: p.read_bytes() for p in second} == before
    assert sorted(p.name for p in (tmp_path / "out").iterdir()) == sorted(p.name for p in first)


def test_a_brief_that_cannot_be_written_leaves_the_old_one_whole(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = render.write([brief("CMR")], tmp_path, ("md",))[0]
    old = path.read_bytes()
    monkeypatch.setattr(Path, "replace", lambda *_: (_ for _ in ()).throw(OSError("disk full")))
    changed = brief("CMR", ("assessments", "iso3 == 'CMR'", {"status_deaths": 7.0}))
    with pytest.raises(OSError, match="disk full"):
        render.write([changed], tmp_path, ("md",))
    assert path.read_bytes() == old
    assert [p.name for p in tmp_path.iterdir()] == [path.name]


def test_no_name_leads_out_of_the_folder(tmp_path: Path) -> None:
    made = brief("CMR")
    object.__setattr__(made, "iso3", "../CMR")
    with pytest.raises(ValueError, match="cannot be part of a file's name"):
        render.write([made], tmp_path / "out")


def test_an_unknown_format_is_refused() -> None:
    with pytest.raises(ValueError, match="unknown format 'docx'; there are md, html"):
        render.render(brief("CMR"), "docx")


def test_a_country_without_an_assessment_is_an_error() -> None:
    with pytest.raises(KeyError, match="XXX"):
        brief("XXX")


def test_building_changes_no_table_and_says_the_same_twice() -> None:
    made, about = tables(), manifest()
    copies, was = {name: frame.copy() for name, frame in made.items()}, copy.deepcopy(about)
    once, twice = build("CMR", made, about, LEVERS), build("CMR", made, about, LEVERS)
    assert render.render(once, "html") == render.render(twice, "html")
    assert about == was
    for name, frame in made.items():
        pd.testing.assert_frame_equal(frame, copies[name])
