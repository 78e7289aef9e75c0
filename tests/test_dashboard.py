"""The dashboard: what it says of missing, old, held and hostile things; that it reads the snapshot and nothing else."""

from __future__ import annotations

import ast
import csv
import io
import json
import math
import re
import subprocess
import sys
import tomllib
from pathlib import Path
from typing import Any

import altair as alt
import pandas as pd
import pytest
from streamlit.testing.v1 import AppTest

from dashboard import charts, country_words, data, tables, words
from dashboard.rank_chart import rank_line
from monitor.storage.snapshot import Snapshot, publish
from tests import brief_world
from tests.published import RUN_ID, made_manifest, made_tables, publish_made

TO_CHECK = "a month to check with the publisher before it is quoted"

ROOT = Path(__file__).resolve().parents[1]
DASHBOARD = ROOT / "dashboard"
NAN = float("nan")


# -------------------------------------------------------------------------------------------------------------- in words


@pytest.mark.parametrize(
    ("start", "end", "said"),
    [
        ("2025-01-01", "2025-12-31", "2025"),
        ("2026-02-01", "2026-02-28", "Feb 2026"),
        ("2025-10-01", "2026-09-30", "Oct 2025 to Sep 2026"),
        ("2023-01-01", "2025-12-31", "2023 to 2025"),
        ("", "", "no data"),
    ],
)
def test_a_period_is_said_as_a_person_would(start: str, end: str, said: str) -> None:
    assert words.period(start, end) == said


@pytest.mark.parametrize(
    ("days", "said"),
    [(1, "1 day"), (59, "59 days"), (92, "3 months"), (700, "23 months"), (1461, "4.0 years"), (NAN, "no data")],
)
def test_an_age_is_said_in_the_unit_that_fits(days: float, said: str) -> None:
    assert words.age(days) == said


@pytest.mark.parametrize(
    ("value", "decimals", "said"),
    [(1234.5, 0, "1,234"), (-0.04, 1, "0.0"), (-1.538, 2, "−1.54"), (0.0, 0, "0"), (NAN, 0, "no data"), (None, 2, "no data")],
)
def test_a_number_is_never_blank_and_zero_is_never_minus(value: float, decimals: int, said: str) -> None:
    assert words.number(value, decimals) == said


def test_an_index_just_under_a_threshold_is_not_shown_as_the_threshold() -> None:
    assert words.index(39.98) == "39"
    assert words.index(40.0) == "40"
    assert words.index(NAN) == "no data"


@pytest.mark.parametrize(("value", "said"), [(5.4, "+5"), (-2.6, "−3"), (0.3, "0"), (-0.3, "0"), (NAN, "no data")])
def test_a_change_carries_its_sign_unless_it_is_none(value: float, said: str) -> None:
    assert words.signed(value) == said


@pytest.mark.parametrize(
    ("value", "unit", "decimals", "said"),
    [
        (2423.0, "deaths", 0, "2,423 deaths"),
        (1.0, "1 = yes, 0 = none recorded", 0, "yes"),
        (0.0, "1 = yes, 0 = none recorded", 0, "none recorded"),
        (-6.6, "percent a year", 1, "−6.6% a year"),
        (-1.5, "V-Dem measurement model scale, about -4 to +4", 2, "−1.50 (V-Dem measurement model scale, about −4 to 4)"),
        (29.3, "per 1,000 people", 1, "29.3 per 1,000 people"),
        (NAN, "deaths", 0, "no data"),
    ],
)
def test_a_reading_is_said_with_its_unit(value: float, unit: str, decimals: int, said: str) -> None:
    assert words.reading(value, unit, decimals) == said


def test_a_level_is_always_a_word_with_a_shape_never_a_colour_alone() -> None:
    assert len(set(words.SHAPE.values())) == len(words.SHAPE) == 5
    assert words.shaped("high") == "▲ high"
    assert "insufficient\N{NO-BREAK SPACE}data" in words.chip("insufficient data")


def _lightness(colour: str) -> tuple[float, float, float]:
    """Return CIE L, and the red and green shares, of a #rrggbb colour."""
    r, g, b = (int(colour[i : i + 2], 16) / 255 for i in (1, 3, 5))
    linear = [c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in (r, g, b)]
    y = 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]
    return 116 * y ** (1 / 3) - 16, r, g


def test_levels_grow_darker_step_by_step_and_none_is_green() -> None:
    watch, elevated, high = (_lightness(words.COLOUR[level]) for level in ("watch", "elevated", "high"))
    assert watch[0] - elevated[0] > 12
    assert elevated[0] - high[0] > 12
    assert all(red > green for _, red, green in (watch, elevated, high))
    for see_through in ("baseline", "insufficient data"):
        red, green, blue, alpha = (float(n) for n in re.findall(r"[\d.]+", words.COLOUR[see_through]))
        assert green <= blue
        assert red <= blue
        assert alpha < 0.5


# ------------------------------------------------------------------------------------------------------------ hostile text

PAYLOADS = [
    "<script>alert(1)</script>",
    '<img src=x onerror="alert(1)">',
    "<svg/onload=alert(1)>",
    "![x](https://t.example/p.png)",
    "[good](javascript:alert(1))",
    ":red[x]",
    ":material/home:",
    ":color[x]{foreground=red}",
    "$\\frac{1}{2}$",
    "# heading",
    "- item",
    "1. item",
    "| a | b |",
    "```mermaid",
    "https://t.example/x",
    "www.t.example",
    "a@t.example",
    "a -- b -> c",
    "**bold** _em_ ~~s~~ ^sup^ ==m==",
    "&lt;b&gt; &#60;",
    "> quote",
    "[^1]: note",
    "\\",
]


@pytest.mark.parametrize("payload", PAYLOADS)
def test_plain_leaves_no_mark_that_markdown_would_read(payload: str) -> None:
    without_escapes = re.sub(r"\\[!-/:-@\[-`{-~]", "", data.plain(payload))
    assert not re.search(r"[!-/:-@\[-`{-~]", without_escapes)


@pytest.mark.parametrize("payload", PAYLOADS)
def test_plain_keeps_every_letter(payload: str) -> None:
    shown = re.sub(r"\\([!-/:-@\[-`{-~])", r"\1", data.plain(payload)).replace("\N{WORD JOINER}", "")
    assert shown == " ".join(payload.split())


def test_plain_breaks_what_is_looked_for_after_parsing() -> None:
    for payload in (":material/home:", ":smile:", "https://t.example", "www.t.example", "a@t.example", "a -> b"):
        assert "\N{WORD JOINER}" in data.plain(payload), payload


def test_plain_drops_control_and_direction_characters_and_line_breaks() -> None:
    assert data.plain("a\x00b\u202ec\nd\t e\u200b") == "abc d e"


# ----------------------------------------------------------------------------------------------------------------- tables


def said() -> pd.DataFrame:
    made = made_tables()
    return made["assessments"].merge(made["intervals"], on="iso3")


def test_the_headline_counts_levels_and_dates_the_killings() -> None:
    assert tables.headline(said(), made_manifest()) == (
        "1 of 6 countries is at high risk, 1 at elevated risk and 1 at watch; for 2 too little can be seen to say. In the 12 "
        "months to Dec 2025, the newest reported, 1,000 or more civilians were killed in one-sided violence in Myanmar."
    )


def test_insufficient_data_is_counted_beside_high_not_beside_baseline() -> None:
    assert [level for level, _ in tables.level_counts(said())] == ["high", "insufficient data", "elevated", "watch", "baseline"]


def test_the_ranking_keeps_the_published_order_and_missing_numbers_missing() -> None:
    table = tables.ranking(said(), made_manifest())
    assert table["Country"].tolist() == ["Brazil", "Tuvalu", "Cameroon", "Myanmar", "Kenya", "UK"]
    assert table["Level"].tolist()[:4] == ["▨ insufficient data", "▨ insufficient data", "▲ high", "◆ elevated, held"]
    assert table["Status"].tolist()[2:5] == ["onset risk", "under way since Apr 2025", "recent past"]
    assert table["Conflict-related"].isna().tolist() == [True, True, False, False, False, False]
    assert table["Indicators read"].tolist()[0] == "1 of 5"
    assert table["Rank"].isna().tolist() == [True, True, False, False, False, False]
    assert table["Lies between"].tolist() == ["1–133", "1–133", "1–2", "", "2–4", "4"]  # Myanmar's level is held


@pytest.mark.parametrize(
    ("searched", "levels", "regions", "found"),
    [
        ("cam", [], [], ["CMR"]),
        ("BURMA", [], [], ["MMR"]),
        ("gbr", [], [], ["GBR"]),
        ("", ["high", "watch"], [], ["CMR", "KEN"]),
        ("", [], ["Africa"], ["CMR", "KEN"]),
        ("", ["high"], ["Asia"], []),
        (".*", [], [], []),
    ],
)
def test_filters_find_names_codes_levels_and_regions(
    searched: str, levels: list[str], regions: list[str], found: list[str]
) -> None:
    assert tables.found(said(), searched, levels, regions)["iso3"].tolist() == found


def test_search_ignores_accents() -> None:
    frame = said().assign(name=["Côte d'Ivoire", *said()["name"][1:]])
    assert tables.found(frame, "cote d", [], [])["name"].tolist() == ["Côte d'Ivoire"]


def test_a_country_without_a_level_in_either_year_did_not_rise() -> None:
    frame = said().assign(level_before=["baseline", "high", "elevated", "high", "watch", "insufficient data"])
    assert tables.risen(frame, made_manifest())["iso3"].tolist() == ["CMR"]


def test_a_rise_is_a_higher_level_or_enough_points() -> None:
    frame = said()
    frame.loc[frame["iso3"] == "KEN", "change"] = 5.0
    frame.loc[frame["iso3"] == "GBR", "change"] = 4.9
    assert tables.risen(frame, made_manifest())["iso3"].tolist() == ["CMR", "KEN"]


def test_a_level_kept_above_its_figures_did_not_rise() -> None:
    frame = said().assign(change=NAN)
    assert tables.risen(frame, made_manifest())["iso3"].tolist() == ["CMR"]
    frame.loc[frame["iso3"] == "CMR", "level_seen"] = "elevated"  # what it was a year before
    assert tables.risen(frame, made_manifest()).empty


def test_the_reason_for_a_rise_is_the_signal_and_the_measure_that_moved_most() -> None:
    made = made_tables()
    row = tables.records(made["assessments"])[2]
    own = [made[name][made[name]["iso3"] == "CMR"] for name in ("drivers", "readings", "signals")]
    assert tables.reason(row, *own) == "Signal: Made-up surge. Moved most: Made-up deaths 12 months, 111 deaths (2025)"


def test_moves_are_shares_of_the_score_and_unknown_years_do_not_move() -> None:
    # weight = contribution / (score - 0.5): 0.04 / 0.4 = 0.1; moved = 0.1 * (0.9 - 0.5) = 0.04
    one = {"track": "conflict", "measure": "m", "contribution": 0.04, "score": 0.9, "score_before": 0.5}
    frame = pd.DataFrame([one, one | {"measure": "n", "score_before": NAN}, one | {"track": "outside_conflict"}])
    assert tables.moves(frame, "conflict")[["measure", "moved"]].to_dict("list") == {
        "measure": ["m"],
        "moved": [pytest.approx(0.04)],
    }


def test_a_source_that_failed_and_one_that_never_had_data_are_said_apart() -> None:
    sources = made_tables()["sources"]
    sources.loc[0, ["state", "newest_period", "age_days"]] = ["missing", "", pd.NA]
    assert tables.unseen(sources) == [
        "Could not be reached: Made-up source B; earlier figures stay in use.",
        "No figures at all: Made-up source A (not asked yet); what rests on it is missing, not zero.",
    ]


def test_a_source_switched_off_is_no_failure() -> None:
    assert tables.unseen(made_tables()["sources"].assign(enabled=False)) == []


def test_an_old_source_is_named_with_its_newest_period() -> None:
    sources = made_tables()["sources"].assign(state=["ok", "stale"])
    assert tables.unseen(sources) == ["Older than expected: Made-up source B (to 31 Dec 2024)."]


def test_the_export_says_what_it_is_and_on_what_it_rests() -> None:
    text = tables.exported(said(), made_manifest(), made_tables()["sources"])
    head = [line for line in text.splitlines() if line.startswith("#")]
    assert "2026-01-02" in head[0]
    assert any("not a probability" in line for line in head)
    assert any("Made-up source A. CC BY 4.0. Made-up (2026)." in line for line in head)
    rows = list(csv.DictReader(io.StringIO("\n".join(line for line in text.splitlines() if not line.startswith("#")))))
    assert [r["ISO3"] for r in rows] == ["BRA", "TUV", "CMR", "MMR", "KEN", "GBR"]
    assert (rows[0]["index (0-100)"], rows[2]["index (0-100)"]) == ("", "88.8")


@pytest.mark.parametrize("text", ["=HYPERLINK(1)", "+1", "-1", "@SUM", "\tx", "＝1"])
def test_the_export_disarms_formulas(text: str) -> None:
    frame = said().assign(name=[text, *said()["name"][1:]])
    exported = tables.exported(frame, made_manifest(), made_tables()["sources"])
    rows = [line for line in exported.splitlines() if not line.startswith("#")]
    assert next(csv.DictReader(io.StringIO("\n".join(rows))))["country"] == f"'{text}"


def test_a_line_break_in_a_source_cannot_end_the_head_of_the_export() -> None:
    sources = made_tables("\n=evil()")["sources"]
    lines = tables.exported(said(), made_manifest(), sources).splitlines()
    assert not any(line.startswith("=") for line in lines)


# ------------------------------------------------------------------------------------------------------------ one country


def country(iso3: str) -> dict[str, Any]:
    return next(row for row in tables.records(said()) if row["iso3"] == iso3)


def test_the_level_is_said_with_index_threshold_and_rank() -> None:
    assert country_words.level_said(country("CMR"), made_manifest(), 4) == (
        "Cameroon is at high risk of mass atrocities, on the conflict-related track: index 88 of 100; high begins at 80. "
        "Rank 1 of 4."
    )


def test_a_baseline_level_is_never_called_low_or_safe() -> None:
    text = country_words.level_said(country("GBR"), made_manifest(), 4)
    assert text == (
        "United Kingdom is at baseline level for the risk of mass atrocities, outside conflict: index 39 of 100; watch begins "
        "at 40. Rank 4 of 4."
    )


def test_insufficient_data_is_said_to_be_no_low_level() -> None:
    text = country_words.level_said(country("BRA"), made_manifest(), 4)
    assert "1 of 5 (conflict-related) and 1 of 5 (outside conflict) could be read" in text
    assert "not a low level" in text


def test_how_sure_a_rank_is_is_said_in_shares_of_draws() -> None:
    assert country_words.sure_said(country("CMR"), 4) == (
        "In nine of ten draws when weights, means, gaps and measurement error are varied, the rank is between 1 and 2; in 33% of "
        "them the level is high, in 99% the country is among the 30 highest."
    )
    # baseline is what watch (22%), elevated (11%) and high (33%) leave
    assert "the rank is 4; in 34% of them the level is baseline" in country_words.sure_said(country("GBR"), 4)


def test_without_a_rank_it_is_said_where_the_country_might_stand() -> None:
    text = country_words.sure_said(country("BRA"), 4)
    assert text.startswith("It has no rank.")
    assert "between 1 and 133 among 4 in nine of ten draws" in text


def test_nothing_is_said_of_ranks_where_a_level_is_held_or_no_intervals_were_published() -> None:
    assert country_words.sure_said(country("MMR"), 4) == ""
    assert country_words.sure_said(country("CMR") | {"rank_low": NAN}, 4) == ""


def test_a_share_is_all_or_none_only_when_it_is() -> None:
    assert [country_words._percent(s) for s in (0, 0.001, 0.5, 0.999, 1)] == ["0%", "1%", "50%", "99%", "100%"]


def test_the_line_of_ranks_shows_an_interval_without_a_rank() -> None:
    drawn = rank_line(NAN, 31, 160, 169).to_dict()
    assert "isValid(datum.rank)" in json.dumps(drawn)
    row = next(iter(drawn["datasets"].values()))[0]
    assert (row["low"], row["high"], row["last"], row["rank"]) == (31, 160, 169, None)


def test_a_held_level_is_said_with_its_last_evidence_and_without_todays_index() -> None:
    row = country("MMR")
    assert "55" not in country_words.level_said(row, made_manifest(), 4)
    assert "Conflict-related: elevated, last evidence 31 Dec 2025" in country_words.held_said(row, made_manifest())
    assert country_words.held_said(country("CMR"), made_manifest()) == ""
    assert charts._place(tables.records(country_words.tracks_of(row, made_manifest()))[0]) == "elevated, held"


def test_a_level_raised_by_a_signal_is_said_so_because_its_index_does_not_carry_it() -> None:
    row = country("KEN") | {"conflict_index": 38.8, "index": 38.8, "conflict_base": "baseline"}
    said_of_it = country_words.level_said(row, made_manifest(), 4)
    assert "index 38 of 100, raised by one level to watch by a signal of change" in said_of_it
    assert charts._place(tables.records(country_words.tracks_of(row, made_manifest()))[0]) == "38, raised to watch"


STANDS = {"conflict_level": "high", "conflict_seen": "elevated"}


@pytest.mark.parametrize(
    ("standing", "mark", "sentence"),
    [
        (
            {"conflict_stays": "easing", "conflict_easing": 1},
            "high, easing 1 of 3",
            "Conflict-related: the figures now say elevated; the level stays at high until three fresh lower periods in a row "
            "have said so (one so far).",
        ),
        (
            {"conflict_stays": "between"},
            "high, kept",
            "Conflict-related: the figures now say elevated, but not less than the mark below which high ends; the level stays.",
        ),
        (
            {"conflict_stays": "final"},
            "high, kept",
            "Conflict-related: all figures together say elevated, the final ones alone keep high; provisional figures ease "
            "nothing, so the level stays.",
        ),
        (
            {"conflict_stays": "rising", "conflict_rising": 1, "conflict_rising_to": 3},
            "high, rising 1 of 2",
            "Conflict-related: provisional figures say high; one more update is needed.",
        ),
    ],
)
def test_a_level_that_is_not_what_its_figures_say_tells_why(standing: dict[str, Any], mark: str, sentence: str) -> None:
    row = country("CMR") | STANDS | standing
    assert country_words.stays_said(row, made_manifest()) == [sentence]
    assert tables.stood(row, made_manifest()) == mark
    assert charts._place(tables.records(country_words.tracks_of(row, made_manifest()))[0]) == f"88 {mark}"
    assert mark.split(" ")[1] in charts._told(row)["conflict"]
    assert "raised by one level" not in country_words.level_said(row, made_manifest(), 4)


def test_a_level_that_its_figures_say_needs_no_word() -> None:
    assert country_words.stays_said(country("CMR"), made_manifest()) == []
    assert tables.stood(country("CMR"), made_manifest()) == "high"


def test_the_index_is_set_against_its_own_track_and_says_so_where_another_led() -> None:
    row = country("CMR") | {"headline_before": "outside_conflict", "index_before": 19.5, "change": 69.3}
    assert "the index of the track that leads now (conflict-related) moved by +69" in country_words.change_said(
        row, made_manifest()
    )
    assert "(elevated, index 66) the index moved by +22" in country_words.change_said(country("CMR"), made_manifest())


def test_a_level_higher_than_a_year_ago_by_no_more_figures_is_not_called_a_rise() -> None:
    row = country("MMR") | {"level_before": "watch", "level_seen": "watch", "change": NAN}
    assert country_words.change_said(row, made_manifest()) == (
        "On 2 Jan 2025 the level was watch; the index cannot be compared with today's. The level, elevated, stands above what "
        "its figures say (watch): it is not called a rise."
    )


@pytest.mark.parametrize(
    ("cause", "line"),
    [
        ({}, "raised the level: a sign of change did not hold a year earlier: Made-up surge (3.33, mark 3.00)"),
        (
            {"way": "fell", "now": 1.2},
            "lowered the level: a sign of change held a year earlier, and no longer does: Made-up surge (1.20, mark 3.00)",
        ),
        (
            {"kind": "threshold", "level": "high", "mark": 80.0, "before": 66.6, "now": 88.8},
            "raised the level: the conflict-related index reached 80, where high begins (66.6 → 88.8)",
        ),
        (
            {"kind": "threshold", "way": "fell", "level": "high", "mark": 75.0, "before": 81.0, "now": 70.0},
            "lowered the level: the conflict-related index fell below 75.0, where high ends (81.0 → 70.0)",
        ),
        (
            {"kind": "eased", "way": "fell", "level": "watch"},
            "lowered the level: a year earlier it stood above what its figures said (watch), and three fresh lower periods in a "
            "row have eased it since",
        ),
    ],
)
def test_what_moved_a_level_is_named(cause: dict[str, Any], line: str) -> None:
    made = made_tables()
    causes = made["causes"].assign(**cause)
    assert country_words.causes_said(causes, made["signals"], made_manifest()) == [line]


def test_beyond_the_age_of_its_source_killing_is_told_in_the_past_with_its_month() -> None:
    row = country("MMR") | {"status_fresh": False, "status_peak": 2000.0}
    text = country_words.status_said(row, made_manifest())
    assert "was under way at Dec 2025, and no figures came since, by that measure: 2,222 civilians" in text
    assert f"reported killed, 2,000 of them in Oct 2025, {TO_CHECK}, in one-sided violence in the 12 months to Dec 2025" in text
    assert "This spell began in Apr 2025, when the sum over 12 months first reached that mark." in text
    assert words.status(row) == "under way at Dec 2025"
    assert charts._told(row)["status"] == "under way at Dec 2025"


@pytest.mark.parametrize(
    ("part", "whole", "said_of_it"),
    [
        (60.0, 100.0, f", 60 of them in Oct 2025, {TO_CHECK}"),
        (50.0, 100.0, ""),
        (100.0, 100.0, f", all of them in Oct 2025, {TO_CHECK}"),
        (NAN, 100.0, ""),
    ],
)
def test_one_month_is_told_only_where_it_is_more_than_half(part: float, whole: float, said_of_it: str) -> None:
    assert country_words.one_month(part, whole, "2025-10-31") == said_of_it


def test_a_value_carried_between_elections_is_marked() -> None:
    one = tables.records(made_tables()["readings"])[0] | {"between_elections": True}
    assert "between elections: asked about election years only" in country_words.reading_said(one, {})[1]


def test_a_source_is_said_in_two_lines_that_no_phone_breaks_into_words() -> None:
    lines = tables.source_lines(made_tables()["sources"])
    assert lines[0] == (
        "Made-up source A (Made-up provider)",
        "to 31 Dec 2025, 2 days old; ok; collected 1 Jan 2026; CC BY 4.0",
    )


@pytest.mark.parametrize(
    ("iso3", "words_in_it"),
    [
        (
            "MMR",
            "is under way by that measure: 2,222 civilians reported killed in one-sided violence in the 12 months to Dec 2025",
        ),
        ("KEN", "lies in the recent past, within 5 years"),
        (
            "CMR",
            "No killing of civilians is on record in one-sided violence in the 12 months to Dec 2025. A zero says that none was",
        ),
        ("BRA", "nothing can be said"),
    ],
)
def test_the_status_is_said_apart_from_the_level(iso3: str, words_in_it: str) -> None:
    assert words_in_it in country_words.status_said(country(iso3), made_manifest())


def test_a_sum_with_unknown_months_is_said_to_be_a_lower_bound() -> None:
    row = {**country("CMR"), "status_deaths": 130.0, "status_known": 11}
    assert country_words.status_said(row, made_manifest()) == (
        "At least 130 civilians reported killed in one-sided violence in the 12 months to Dec 2025, of which 11 are known, "
        "below the 1,000 from which it counts as under way on a large scale."
    )


def test_a_reading_carries_period_freshness_and_source() -> None:
    readings = {r["measure"]: r for r in tables.records(made_tables()["readings"]) if r["iso3"] == "CMR"}
    names = {"made_a": "A", "made_b": "B"}
    assert country_words.reading_said(readings["made_deaths"], names) == (
        "Made-up deaths 12 months: 111 deaths",
        "2025, fresh; provisional; A",
    )
    assert country_words.reading_said(readings["made_freedom"], names)[1] == "2024, stale; B"
    assert country_words.reading_said(readings["made_past"], names) == ("Made-up past: yes", "last in 1998; A")
    assert country_words.reading_said(readings["made_gone"], names) == ("Made-up gone: no data", "B")
    assert (
        "10 of 12 periods known, so at least this much"
        in country_words.reading_said({**readings["made_deaths"], "known": 10}, names)[1]
    )


def test_a_factor_says_whether_it_is_thin_unread_and_of_which_crime() -> None:
    factors = made_tables()["factors"].query("iso3 == 'CMR'")
    heads = [country_words.factor_said(rows) for _, rows in factors.groupby("factor", sort=False)]
    assert heads == [
        "1. Made-up factor of conflict",
        "2. Made-up factor of record (thin)",
        "9. Made-up factor of genocide (no reading)",
    ]
    genocide = factors[factors["factor"] == "RF9"]
    assert country_words.factor_scored(genocide, made_manifest()) == (
        "Specific to genocide. Score from 0 to 1. Conflict-related: no data, no core indicators; "
        "Outside conflict: no data, no core indicators."
    )


def test_an_indicator_says_why_it_has_no_score_and_what_is_not_connected() -> None:
    rows = {r["indicator"]: r for r in tables.records(made_tables()["indicators"]) if r["iso3"] == "CMR"}
    assert country_words.indicator_said(rows["1.1"]) == "core, read, score 0.56"
    assert country_words.indicator_said(rows["9.1"]) == "core, only a person can answer"
    names = made_manifest()["framework"]["not_connected"]
    assert country_words.not_connected_said(rows["9.2"], names) == "Not connected yet: a made-up series; another made-up series"
    assert country_words.not_connected_said(rows["1.1"], names) == ""


@pytest.mark.parametrize(
    ("changed", "said_of_it"),
    [
        ({"fired": True}, "Threshold 3: holds."),
        ({"fired": False}, "Threshold 3: does not hold."),
        ({"fired": False, "fresh": False}, "Threshold 3: does not hold."),
        ({"fired": False, "fresh": False, "seen": False}, "Threshold 3: too old to count."),
        ({"fired": False, "value": NAN, "end": ""}, "no data. Threshold 3: cannot be judged."),
    ],
)
def test_a_signal_says_whether_it_holds_or_cannot_be_judged(changed: dict[str, Any], said_of_it: str) -> None:
    one = {**tables.records(made_tables()["signals"])[0], **changed}
    assert said_of_it in country_words.signal_said(one)[0]


# ----------------------------------------------------------------------------------------------------------------- charts


def spec(chart: alt.Chart | alt.LayerChart) -> dict[str, Any]:
    return json.loads(chart.to_json())


def map_features() -> list[dict[str, Any]]:
    (world,) = spec(charts.world_map(said(), data.geometry()))["datasets"].values()
    return world["objects"]["world"]["geometries"]


def test_the_map_hatches_insufficient_data_and_nothing_else() -> None:
    hatched = [g for g in map_features() if g["type"] == "MultiLineString"]
    assert [g["id"] for g in hatched] == ["BRA"]  # Tuvalu has no shape: the table covers it
    assert hatched[0]["properties"]["level"] == "▨ insufficient data"


def test_the_map_says_in_words_what_it_colours() -> None:
    by = {g["id"]: g["properties"] for g in map_features() if g["type"] != "MultiLineString"}
    assert by["CMR"]["level"] == "▲ high"
    assert by["CMR"]["conflict"] == "high, index 88"
    assert by["CMR"]["outside"] == "watch, index 44"
    assert by["CMR"]["coverage"] == "4 of 5; 4 of 5"
    assert by["MMR"]["conflict"] == "elevated, held"
    assert by["GRL"]["level"] == "not assessed by itself"
    assert by["Somaliland"]["level"] == "not assessed; status disputed"
    assert by["Somaliland"]["fill"] == by["GRL"]["fill"] != by["GBR"]["fill"]


def test_the_map_does_not_change_the_shared_geometry() -> None:
    before = json.dumps(data.geometry())
    charts.world_map(said(), data.geometry())
    assert json.dumps(data.geometry()) == before


def test_no_chart_asks_for_an_address() -> None:
    made = made_tables()
    values = made["observations"].query("iso3 == 'CMR' and series == 'made_a.deaths'")
    tracks = country_words.tracks_of(country("CMR"), made_manifest())
    drawn = [
        charts.world_map(said(), data.geometry()),
        charts.track_bars(tracks, [40, 60, 80]),
        charts.factor_strip(made["factors"].query("iso3 == 'CMR'"), {"conflict": "A", "outside_conflict": "B"}),
        charts.series_chart(values, "deaths", 0, monthly=False),
    ]
    for chart in drawn:
        made_spec = spec(chart)
        assert made_spec.pop("$schema").startswith("https://vega.github.io/schema/")  # a name that nobody fetches
        assert "://" not in json.dumps(made_spec)


def points(chart: alt.LayerChart) -> list[dict[str, Any]]:
    """Return the rows of the series chart's one data set."""
    made = spec(chart)
    return next(iter(made["datasets"].values()))


def test_no_line_crosses_a_year_without_a_value() -> None:
    values = made_tables()["observations"].query("iso3 == 'CMR' and series == 'made_a.deaths'")
    rows = points(charts.series_chart(values, "deaths", 0, monthly=False))
    assert [(r["period"], r["piece"]) for r in rows] == [("2020", 0), ("2021", 0), ("2023", 1), ("2024", 1), ("2025", 1)]


def test_a_withdrawn_value_is_a_gap_not_a_zero() -> None:
    values = made_tables()["observations"].query("iso3 == 'CMR' and series == 'made_a.deaths'").copy()
    values.loc[values["start"].dt.year == 2024, "value"] = NAN
    rows = points(charts.series_chart(values, "deaths", 0, monthly=False))
    assert [(r["period"], r["piece"]) for r in rows] == [("2020", 0), ("2021", 0), ("2023", 1), ("2025", 2)]
    assert 0 not in [r["value"] for r in rows]


def test_a_month_between_two_gaps_is_still_seen() -> None:
    ends = pd.to_datetime(["2025-01-31", "2025-02-28", "2025-05-31", "2025-08-31"])
    values = pd.DataFrame(
        {"start": ends - pd.offsets.MonthBegin(1), "end": ends, "value": [1.0, 2.0, 3.0, 4.0], "status": "final"}
    )
    rows = points(charts.series_chart(values, "deaths", 0, monthly=True))
    assert [r["alone"] for r in rows] == [False, False, True, True]


def test_provisional_values_are_drawn_open() -> None:
    values = made_tables()["observations"].query("iso3 == 'CMR' and series == 'made_a.deaths'")
    layers = spec(charts.series_chart(values, "deaths", 0, monthly=False))["layer"]
    opened = [layer["mark"] for layer in layers if any("=== 'provisional'" in t["filter"] for t in layer.get("transform", []))]
    assert len(opened) == 1
    assert not opened[0].get("filled", False)


def test_a_track_without_an_index_has_no_place_on_the_coloured_scale() -> None:
    tracks = country_words.tracks_of(country("BRA"), made_manifest())
    bands = [band for row in tables.records(tracks) for band in charts._bands(row, [0, 40, 60, 80, 100])]
    assert {band["level"] for band in bands} == {"insufficient data"}


def test_a_factor_without_a_score_has_no_mark() -> None:
    factors = made_tables()["factors"].query("iso3 == 'CMR'")
    made = spec(charts.factor_strip(factors, {"conflict": "A", "outside_conflict": "B"}))
    marked = {row["factor"] for rows in made["datasets"].values() for row in rows if "score" in row}
    assert marked == {"RF1", "RF2"}


# -------------------------------------------------------------------------------------------------------------- the pages


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("MONITOR_HOME", str(tmp_path))
    return tmp_path


def app() -> AppTest:
    return AppTest.from_file(str(DASHBOARD / "app.py"), default_timeout=60)


def opened(iso3: str) -> AppTest:
    page = app()
    page.query_params["iso3"] = iso3
    return page.run().switch_page("views/country.py").run()


def text(page: AppTest) -> str:
    """Return all words of a page, escapes taken off."""
    parts = [e.value for kind in ("title", "header", "subheader", "markdown", "caption") for e in page.get(kind)]
    parts += [e.value for kind in ("info", "warning", "error") for e in page.get(kind)]
    parts += [e.label for e in page.get("expander")]
    return re.sub(r"\\([!-/:-@\[-`{-~])", r"\1", "\n".join(map(str, parts)))


def test_without_a_snapshot_the_page_says_how_to_make_one(home: Path) -> None:
    page = app().run()
    assert not page.exception
    assert "No assessment yet" in text(page)
    assert "`make run`" in text(page)


def test_a_damaged_snapshot_is_an_error_in_words_not_a_traceback(home: Path) -> None:
    publish_made(home)
    (home / "published" / RUN_ID / "manifest.json").write_text("{")
    page = app().run()
    assert not page.exception
    assert "cannot be read" in text(page)
    assert "monitor run" in text(page)


def test_the_overview_says_as_of_what_failed_and_what_rose(home: Path) -> None:
    publish_made(home)
    page = app().run()
    assert not page.exception
    words_on_it = text(page)
    assert "Risk of mass atrocities, 2 Jan 2026" in words_on_it
    assert "Could not be reached: Made-up source B; earlier figures stay in use." in words_on_it
    assert "elevated → high, index +22" in words_on_it
    assert "the same date a year earlier, by today's vintages and assumed release lags" in words_on_it
    assert "bundled" not in words_on_it


def test_the_overview_says_when_the_figures_are_the_bundled_ones(home: Path) -> None:
    publish_made(home, starter=True)
    assert "2 sources are shown with the figures bundled with the program on 1 Jan 2026" in text(app().run())


def test_the_overview_lists_every_country_and_filters_them(home: Path) -> None:
    publish_made(home)
    page = app().run()
    assert page.dataframe[0].value["Country"].tolist() == ["Brazil", "Tuvalu", "Cameroon", "Myanmar", "Kenya", "UK"]
    page.text_input[0].set_value("burma").run()
    assert page.dataframe[0].value["Country"].tolist() == ["Myanmar"]
    page.text_input[0].set_value("nowhere").run()
    assert "No country fits these filters." in text(page)


def test_the_sidebar_names_run_and_framework(home: Path) -> None:
    publish_made(home)
    shown = re.sub(r"\\", "", " ".join(c.value for c in app().run().sidebar.caption))
    assert RUN_ID in shown
    assert "01234567" in shown


def test_a_country_page_tells_the_whole_story(home: Path) -> None:
    publish_made(home)
    page = opened("CMR")
    assert not page.exception
    words_on_it = text(page)
    for expected in (
        "Cameroon is at high risk of mass atrocities",
        "4 of 5 core indicators read",
        "raised it: Made-up deaths 12 months (score 0.50 → 0.90)",
        "raised the level: a sign of change did not hold a year earlier: Made-up surge (3.33, mark 3.00)",
        "Made-up deaths 12 months: 111 deaths",
        "9. Made-up factor of genocide (no reading)",
        "only a person can answer",
        "Not connected yet: a made-up series; another made-up series",
        "**Made-up surge: 3.33 times (Dec 2025). Threshold 3: holds.**",
        "A break in the line is a period without a figure",
        "Two pages and one of sources, for a person to check and edit.",
        "it never says that a crime is or is not taking place",
    ):
        assert expected in words_on_it, expected


def test_a_held_level_is_marked_on_the_country_page(home: Path) -> None:
    publish_made(home)
    assert "Level held. Evidence that it rested on has since been lost" in text(opened("MMR"))


def test_insufficient_data_has_a_page_of_its_own(home: Path) -> None:
    publish_made(home)
    page = opened("TUV")
    assert not page.exception
    assert "This is not a low level" in text(page)


@pytest.mark.parametrize("asked", ["ZZZ", "'; DROP TABLE", "../../etc", "%", "cmr"])
def test_an_address_that_names_no_country_shows_the_first_one(home: Path, asked: str) -> None:
    publish_made(home)
    page = opened(asked)
    assert not page.exception
    assert page.title[0].value == "Brazil"


def test_the_first_address_may_be_a_country_page(home: Path) -> None:
    """A folder named pages beside the main script would be run by Streamlit itself, past the front door."""
    assert not (DASHBOARD / "pages").exists()


def test_briefs_of_this_run_are_offered(home: Path) -> None:
    publish_made(home)
    folder = home / "briefs" / RUN_ID
    folder.mkdir(parents=True)
    for name in ("CMR-20260102.md", "CMR-20260102.html", "KEN-20260102.md", "CMR-20260102.docx"):
        (folder / name).write_text(name)
    snapshot = Snapshot.open(home)
    assert [p.name for p in data.briefs(snapshot, "CMR")] == ["CMR-20260102.md", "CMR-20260102.html"]
    page = opened("CMR")
    assert not page.exception
    labels = [b.proto.label for b in page.get("download_button")]
    assert labels == [f"Download as {n}" for n in ("Word", "PDF", "HTML", "Markdown")] + [
        "In full as Markdown",
        "In full as HTML",
    ]


@pytest.mark.parametrize(
    ("form", "begins"), [("docx", b"PK"), ("pdf", b"%PDF"), ("html", b"<!doctype html>"), ("md", b"# Cameroon")]
)
def test_a_brief_is_made_from_the_snapshot_when_it_is_asked_for(home: Path, form: str, begins: bytes) -> None:
    publish(home, brief_world.made_tables(), brief_world.made_manifest(RUN_ID, starter=False), RUN_ID)
    content = data.brief(Snapshot.open(home), "CMR", form)
    assert content.startswith(begins)
    assert content == data.brief(Snapshot.open(home), "CMR", form)


def test_what_draws_briefs_is_not_loaded_before_one_is_asked_for() -> None:
    look = "import sys, dashboard.data, monitor.cli; print(sorted({'typst', 'docx', 'jinja2', 'lxml'} & set(sys.modules)))"
    done = subprocess.run([sys.executable, "-c", look], capture_output=True, text=True, check=True, cwd=ROOT)
    assert done.stdout.strip() in ("[]", "['jinja2']")  # Streamlit itself brings it


def test_nothing_missing_is_shown_as_blank_none_or_nan(home: Path) -> None:
    publish_made(home)
    for page in (app().run(), opened("BRA"), opened("CMR")):
        assert not re.search(r"\b(nan|NaN|NaT|None|<NA>)\b", text(page))


@pytest.mark.parametrize(
    "payload", ["<script>alert(1)</script>", "![x](https://t.example/p.png)", ":red[x]", "$x$ :material/home:"]
)
def test_hostile_text_is_escaped_wherever_it_is_shown(home: Path, payload: str) -> None:
    publish_made(home, hostile=payload)
    for page in (app().run(), opened("CMR")):
        assert not page.exception
        raw = [e.value for kind in ("markdown", "caption", "warning", "info") for e in page.get(kind)]
        raw += [e.label for e in page.get("expander")]
        assert any(data.plain(payload) in str(r) for r in raw)
        assert not any(payload in str(r) for r in raw)


# ------------------------------------------------------------------------------------------------------------- the house


def modules() -> list[Path]:
    return sorted(DASHBOARD.rglob("*.py"))


def test_the_dashboard_reads_only_settings_and_the_snapshot_of_the_monitor() -> None:
    allowed = {"monitor.settings", "monitor.storage", "monitor.storage.snapshot", "monitor.briefs.making"}
    for path in modules():
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            names = [a.name for a in node.names] if isinstance(node, ast.Import) else []
            names += [node.module or ""] if isinstance(node, ast.ImportFrom) else []
            ours = {n for n in names if n.split(".")[0] in ("monitor", "indicators")}
            ours = {n for n in ours if not n.startswith("monitor.prompts")}  # texts, made of the snapshot when asked for
            assert ours <= allowed, f"{path}: {ours - allowed}"
            assert not {n.split(".")[0] for n in names} & {"os", "requests", "urllib", "sqlite3", "sqlalchemy", "pickle"}, path


@pytest.mark.parametrize(
    "banned", ["unsafe_allow_html", "st.html", "components", "st.iframe", "http://", "config/", 'page_icon=":material']
)
def test_no_page_uses_what_could_run_or_fetch_foreign_things(banned: str) -> None:
    for path in modules():
        code = path.read_text(encoding="utf-8")
        assert banned not in code or path.name in ("build.py", "neighbours.py"), f"{path}: {banned}"


def test_no_icon_of_a_page_is_fetched_from_elsewhere() -> None:
    """Streamlit fetches a page's material icon from a font host, to draw it in the browser's tab."""
    for node in ast.walk(ast.parse((DASHBOARD / "app.py").read_text(encoding="utf-8"))):
        if isinstance(node, ast.Call) and ast.unparse(node.func) in ("st.Page", "st.set_page_config"):
            assert not {k.arg for k in node.keywords} & {"icon", "page_icon"}


def test_the_server_is_for_this_machine_only_and_tells_nobody() -> None:
    config = tomllib.loads((ROOT / ".streamlit" / "config.toml").read_text(encoding="utf-8"))
    assert config["server"]["address"] == "127.0.0.1"
    assert config["server"]["allowedHosts"] == ["127.0.0.1", "localhost"]
    assert (config["server"]["enableStaticServing"], config["server"]["enableXsrfProtection"]) == (False, True)
    assert config["server"]["maxUploadSize"] == 1
    assert config["browser"]["gatherUsageStats"] is False
    assert (config["client"]["showErrorDetails"], config["client"]["toolbarMode"]) == ("none", "viewer")
    assert set(config["theme"]) == {"light", "dark"}  # a plain theme would pin light


def _contrast(a: str, b: str) -> float:
    def luminance(colour: str) -> float:
        lightness = _lightness(colour)[0]
        return ((lightness + 16) / 116) ** 3

    high, low = sorted((luminance(a), luminance(b)), reverse=True)
    return (high + 0.05) / (low + 0.05)


def test_text_links_and_chips_are_readable_in_both_themes() -> None:
    themes = tomllib.loads((ROOT / ".streamlit" / "config.toml").read_text(encoding="utf-8"))["theme"]
    for theme in themes.values():
        for ground in ("backgroundColor", "secondaryBackgroundColor"):
            assert _contrast(theme["textColor"], theme[ground]) >= 7
            assert _contrast(theme["linkColor"], theme[ground]) >= 4.5
    for level, ink in words.INK.items():
        assert _contrast(ink, words.COLOUR[level]) >= 4.5
    assert math.isclose(_contrast("#000000", "#ffffff"), 21, rel_tol=0.01)
