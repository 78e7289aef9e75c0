"""Attention, the clock and the card. Every record here is made up, of the documented shape: nobody did or suffered any of it."""

from __future__ import annotations

import math
import re
from datetime import date
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

from monitor.response import card
from monitor.response.attention import attention, gap, newest, risk_ranks, together
from monitor.response.clock import BY, DONE, NOT_COLLECTED, NOT_KNOWN, NOT_YET, clock, warnings
from monitor.response.profile import ActKind, Attention, FactList, Profile, Response
from monitor.response.record import acts, known
from monitor.settings import load_response, read_yaml, validated
from tests.conftest import CONFIG, FIXTURES

LEVELS = ["baseline", "watch", "elevated", "high"]
ABOUT = Attention(series="q", asked="asked", totals="total")


def panel(*rows: tuple[str, str, str, str, float], status: str = "final") -> pd.DataFrame:
    """Return figures: series, country, first and last day, value."""
    frame = pd.DataFrame(rows, columns=["series", "iso3", "start", "end", "value"]).assign(status=status)
    return frame.assign(start=pd.to_datetime(frame["start"]), end=pd.to_datetime(frame["end"]))


def month(
    iso3: str, start: str = "2030-01-01", end: str = "2030-01-31", **values: float
) -> list[tuple[str, str, str, str, float]]:
    return [(f"q.month_{name}", iso3, start, end, value) for name, value in values.items()]


# --------------------------------------------------------------------------------------------------------------- attention

JANUARY = panel(
    *month("HOM", total=200),
    *month("AAA", asked=10, members=4, parties=2, atrocity=6, trade=1, late=3),
    *month("BBB", asked=0, members=0, parties=0, atrocity=0, trade=0, late=0),
    *month("CCC", asked=2, members=1, parties=math.nan, atrocity=0, trade=2, late=0),
)


def test_attention_is_counted_by_country_and_period_with_its_share_of_all_questions() -> None:
    found = attention(JANUARY, ABOUT, "month").set_index("iso3")
    assert list(found.index) == ["AAA", "BBB", "CCC"]
    assert found.loc["AAA", ["asked", "members", "parties", "atrocity", "trade", "late", "total"]].tolist() == [
        10,
        4,
        2,
        6,
        1,
        3,
        200,
    ]
    assert found["share"].tolist() == [0.05, 0.0, 0.01]
    assert math.isnan(found.at["CCC", "parties"])  # not sent: not zero
    assert attention(JANUARY, ABOUT, "week").empty


def test_a_share_of_no_questions_at_all_is_unknown() -> None:
    found = attention(panel(*month("HOM", total=0), *month("AAA", asked=0)), ABOUT, "month")
    assert found["share"].isna().all()


def test_the_gap_shows_both_ranks_and_leaves_out_who_has_but_one() -> None:
    table = attention(JANUARY, ABOUT, "month")
    found = gap(table, {"AAA": 2, "BBB": 1, "ZZZ": 3})
    assert found[["iso3", "risk_rank", "attention_rank", "gap"]].to_numpy().tolist() == [["BBB", 1, 2, 1], ["AAA", 2, 1, -1]]
    assert gap(table, {"AAA": np.nan, "CCC": 7})["iso3"].tolist() == ["CCC"]


def test_equal_counts_share_the_mean_of_their_ranks() -> None:
    rows = [row for iso3, asked in (("AAA", 1), ("BBB", 0), ("CCC", 0), ("DDD", 0)) for row in month(iso3, asked=asked)]
    found = gap(attention(panel(*rows), ABOUT, "month"), {"AAA": 4, "BBB": 1, "CCC": 2, "DDD": 3}).set_index("iso3")
    assert found["attention_rank"].to_dict() == {"AAA": 1, "BBB": 3, "CCC": 3, "DDD": 3}  # of ranks 2, 3 and 4
    assert found["gap"].to_dict() == {"BBB": 2, "CCC": 1, "DDD": 0, "AAA": -3}


def test_the_ranks_of_risk_of_a_past_period_are_those_of_the_look_before_its_end() -> None:
    looks = pd.DataFrame(
        [("AAA", "2030-01-31", 50.0), ("BBB", "2030-01-31", 70.0), ("CCC", "2030-01-31", np.nan), ("AAA", "2030-02-28", 90.0)],
        columns=["iso3", "as_of", "index"],
    )
    assert risk_ranks(looks, "2030-02-10") == ({"BBB": 1.0, "AAA": 2.0}, "2030-01-31")  # CCC could not be seen: no rank
    assert risk_ranks(looks, "2029-12-31") == ({}, "")


def test_a_gap_is_of_one_period_and_the_newest_settled_one_is_taken() -> None:
    late = panel(
        *month("HOM", "2030-02-01", "2030-02-28", total=9),
        *month("AAA", "2030-02-01", "2030-02-28", asked=9),
        status="provisional",
    )
    table = attention(pd.concat([JANUARY, late]), ABOUT, "month")
    with pytest.raises(ValueError, match="one period"):
        gap(table, {})
    assert set(newest(table)["start"]) == {pd.Timestamp("2030-01-01")}
    assert set(newest(table[table["provisional"]])["start"]) == {pd.Timestamp("2030-02-01")}


def test_ranks_that_run_opposite_ways_have_a_correlation_of_minus_one() -> None:
    table = attention(panel(*(row for n, c in enumerate(("AAA", "BBB", "CCC")) for row in month(c, asked=n))), ABOUT, "month")
    assert together(gap(table, {"AAA": 1, "BBB": 2, "CCC": 3})) == pytest.approx(-1)
    assert math.isnan(together(gap(table, {"AAA": 1, "BBB": 2})))


# --------------------------------------------------------------------------------------------------------------- the clock


def path(iso3: str, *looks: tuple[str, str]) -> pd.DataFrame:
    return pd.DataFrame([{"iso3": iso3, "as_of": day, "level": level} for day, level in looks])


def test_a_warning_is_every_time_that_a_level_is_reached_from_below() -> None:
    looks = path(
        "AAA",
        ("2030-01-31", "baseline"),
        ("2030-02-28", "elevated"),
        ("2030-03-31", "watch"),
        ("2030-04-30", "insufficient data"),
        ("2030-05-31", "watch"),
        ("2030-06-30", "high"),
    )
    found = warnings(looks, LEVELS)
    assert found.to_numpy().tolist() == [
        ["AAA", "watch", "2030-02-28", True, ""],  # what could not be seen ended nothing
        ["AAA", "elevated", "2030-02-28", True, "2030-03-31"],
        ["AAA", "elevated", "2030-06-30", True, ""],
        ["AAA", "high", "2030-06-30", True, ""],
    ]


def test_a_level_that_stood_at_the_first_look_has_no_day_of_its_own() -> None:
    found = warnings(path("AAA", ("2030-01-31", "watch")), LEVELS)
    assert found[["level", "dated"]].to_numpy().tolist() == [["watch", False]]


KINDS = (
    ActKind(id="asked", title="Asked", office="o", series="q.day_asked", covered="totals", of="q.month_total"),
    ActKind(id="listed", title="Listed", office="o", series="s.designated", covered="list"),
    ActKind(id="advised", title="Advised", office="o", series="a.changes", covered="page"),
    ActKind(id="spoken", title="Spoken", office="o"),
)
WARNED = pd.DataFrame([{"iso3": "AAA", "level": "high", "warned": "2030-02-10", "dated": True, "ended": ""}])


def told(
    done: list[tuple[str, str]], held: list[tuple[str, str, str, str]], today: str = "2030-06-30"
) -> dict[str, tuple[Any, ...]]:
    """Return ``{kind: (state, days, act)}`` of a warning of 10 February 2030. ``held``: kind, country, first and last day."""
    made = pd.DataFrame([{"iso3": "AAA", "kind": kind, "day": day} for kind, day in done], columns=["iso3", "kind", "day"])
    spans = pd.DataFrame(held, columns=["kind", "iso3", "first", "last"])
    found = clock(WARNED, made, spans, KINDS, date.fromisoformat(today))
    return {r["kind"]: (r["state"], None if pd.isna(r["days"]) else r["days"], r["act"]) for r in found.to_dict("records")}


WHOLE = [("asked", "", "2030-01-01", "2030-06-30"), ("listed", "", "2029-01-01", "2030-05-31")]


def test_days_run_to_the_first_act_on_or_after_the_warning() -> None:
    found = told([("asked", "2030-02-09"), ("asked", "2030-02-20"), ("asked", "2030-02-12"), ("listed", "2030-02-10")], WHOLE)
    assert found["asked"] == (DONE, 2, "2030-02-12")
    assert found["listed"] == (DONE, 0, "2030-02-10")


def test_what_has_not_come_is_counted_to_the_last_day_of_the_record() -> None:
    found = told([("asked", "2030-02-09")], WHOLE)
    assert found["asked"] == (NOT_YET, 140, "")  # 10 February to 30 June
    assert found["listed"] == (NOT_YET, 110, "")  # to 31 May, where the record of it ends
    assert told([], WHOLE, today="2030-03-01")["asked"] == (NOT_YET, 19, "")


def test_an_act_after_the_day_of_looking_has_not_come_yet() -> None:
    assert told([("asked", "2030-04-01")], WHOLE, today="2030-03-01")["asked"] == (NOT_YET, 19, "")


def test_what_was_not_collected_or_was_not_whole_is_never_called_not_done() -> None:
    late = [("asked", "", "2030-03-01", "2030-06-30"), ("listed", "", "2029-01-01", "2030-01-31")]
    found = told([], late)
    assert found["asked"] == (NOT_KNOWN, None, "")  # an act of February is not in the record
    assert found["listed"] == (NOT_KNOWN, None, "")  # the record ends before the warning
    assert found["advised"] == (NOT_COLLECTED, None, "")
    assert found["spoken"] == (NOT_COLLECTED, None, "")
    assert told([("asked", "2030-03-02")], late)["asked"] == (BY, 20, "2030-03-02")


def test_what_is_known_of_one_country_says_nothing_of_another() -> None:
    assert told([], [("advised", "BBB", "2020-01-01", "2030-06-30")])["advised"] == (NOT_COLLECTED, None, "")
    assert told([], [("advised", "AAA", "2020-01-01", "2030-06-30")])["advised"] == (NOT_YET, 140, "")


def test_a_warning_after_the_day_of_looking_is_not_on_the_clock() -> None:
    assert told([], WHOLE, today="2030-02-09") == {}


# ------------------------------------------------------------------------------------------------- what the figures cover

FIGURES = panel(
    ("q.month_total", "HOM", "2029-11-01", "2029-11-30", 5),
    ("q.month_total", "HOM", "2030-01-01", "2030-01-31", 5),
    ("q.month_total", "HOM", "2030-02-01", "2030-02-28", 5),
    ("q.day_asked", "AAA", "2030-01-05", "2030-01-05", 2),
    ("q.day_asked", "BBB", "2030-01-06", "2030-01-06", 0),
    ("s.designated", "AAA", "2027-03-01", "2027-03-01", 1),
    ("a.changes", "AAA", "2026-01-01", "2026-01-01", 1),
    ("a.changes", "BBB", "2028-01-01", "2028-01-01", 1),
)


def test_an_act_is_a_day_with_more_than_none() -> None:
    found = acts(FIGURES, KINDS)
    assert found.to_numpy().tolist() == [
        ["AAA", "advised", "2026-01-01"],
        ["AAA", "asked", "2030-01-05"],
        ["AAA", "listed", "2027-03-01"],
        ["BBB", "advised", "2028-01-01"],
    ]


def test_the_record_is_whole_over_the_newest_unbroken_run_of_months() -> None:
    collected = dict.fromkeys(("q.day_asked", "s.designated", "a.changes"), date(2030, 2, 20))
    assert known(FIGURES, KINDS, collected).to_numpy().tolist() == [
        ["asked", "", "2030-01-01", "2030-02-20"],  # December is missing; today is before the end of February
        ["listed", "", "2027-03-01", "2030-02-20"],
        ["advised", "AAA", "2026-01-01", "2030-02-20"],
        ["advised", "BBB", "2028-01-01", "2030-02-20"],
    ]
    assert known(FIGURES, KINDS, {}).empty


def test_answers_are_known_only_so_long_after_the_first_month_that_was_read() -> None:
    """A question of December may be answered in January: its answer is in no month that was read."""
    answered = KINDS[0].model_copy(update={"after_days": 31})
    (row,) = known(FIGURES, [answered], {"q.day_asked": date(2030, 2, 20)}).to_dict("records")
    assert (row["first"], row["last"]) == ("2030-02-01", "2030-02-20")


# ----------------------------------------------------------------------------------- the card, on a second profile: Westland

WESTLAND = FIXTURES / "response" / "made" / "response.yaml"
FACTS = {
    "whole": FactList(
        id="whole",
        title="List",
        publisher="P",
        published=date(2030, 1, 2),
        licence="L",
        url="u",
        whole=True,
        says="named",
        countries=("AFG",),
    ),
    "part": FactList(
        id="part",
        title="Part",
        publisher="P",
        published=date(2030, 1, 2),
        licence="L",
        url="u",
        whole=False,
        texts={"AFG": "its own text"},
    ),
}


def westland() -> Profile:
    return validated(Profile, read_yaml(WESTLAND), WESTLAND)


DECIDED = panel(
    ("asylum_decisions.recognized", "AFG", "2029-01-01", "2029-12-31", 30),
    ("asylum_decisions.rejected", "AFG", "2029-01-01", "2029-12-31", 10),
    ("asylum_decisions.recognized", "AFG", "2030-01-01", "2030-12-31", 10),
    ("asylum_decisions.rejected", "AFG", "2030-01-01", "2030-12-31", 30),
)
COLLECTED = dict.fromkeys(("asylum_decisions.recognized", "asylum_decisions.rejected"), date(2031, 6, 1))


def shown(iso3: str, figures: pd.DataFrame = DECIDED, collected: dict[str, date] | None = None) -> dict[str, card.Shown]:
    held = COLLECTED if collected is None else collected
    return {row.id: row for row in card.rows(iso3, westland(), FACTS, figures, held)}


def test_a_row_says_what_was_found_with_its_period_its_source_and_the_period_before() -> None:
    row = shown("AFG")["asylum"]
    assert row.text == "2030: 10 granted, 30 refused; granted 25 % (of 40)"
    assert row.before == "2029: 30 granted, 10 refused; granted 75 % (of 40)"
    assert (row.state, row.period, row.share) == (card.FOUND, "2030", 0.25)
    assert row.source == "Made-up statistics (CC BY 4.0; collected 1 June 2031)"
    assert row.office == "Westland Office of Arrivals"


def test_a_row_without_a_record_says_so_and_one_never_collected_says_that() -> None:
    assert shown("SDN")["asylum"].text == "no public record found"
    assert shown("AFG", collected={})["asylum"].text == "not collected yet"
    assert shown("AFG")["statements"].text == "not collected yet"


def test_a_part_that_is_unknown_leaves_no_share() -> None:
    row = shown("AFG", DECIDED[DECIDED["series"] != "asylum_decisions.rejected"])["asylum"]
    assert row.share is None
    assert row.text == "2030: 10 granted, no figure refused"


def test_absence_from_a_list_says_something_only_where_the_list_is_whole() -> None:
    assert (shown("AFG")["whole"].text, shown("AFG")["part"].text) == ("named", "its own text")
    assert shown("SDN")["whole"].text == "no public record found: not named on the list of 2 January 2030"
    assert shown("SDN")["part"].text == "no public record found: the list of 2 January 2030 is not complete"


def test_a_contrast_holds_when_all_its_conditions_do_and_carries_the_reading_against_it() -> None:
    def found(iso3: str, level: str, **more: Any) -> list[str]:
        rows = list(shown(iso3, **more).values())
        return [c.id for c in card.contrasts(westland(), rows, level, LEVELS)]

    assert found("AFG", "high") == ["risk_and_refusals"]
    assert found("AFG", "elevated") == ["risk_and_refusals"]
    assert found("AFG", "watch") == []
    assert found("AFG", "insufficient data") == []
    assert found("AFG", "") == []
    assert found("AFG", "high", collected={}) == []  # nothing was collected: nothing can be contrasted
    assert found("SDN", "high") == ["risk_and_no_list"]
    (one,) = card.contrasts(westland(), list(shown("AFG").values()), "high", LEVELS)
    assert one.counter
    assert "Made-up statistics" in one.rests_on[0]


def test_an_unknown_owner_is_a_finding() -> None:
    assert [office for _, office, _ in card.owners(westland())] == [
        "unknown: the public record read so far does not say",
        "Westland Office of Arrivals",
    ]


# ------------------------------------------------------------------------------------------------------------------ fairness


def shipped() -> Response:
    return load_response(CONFIG, LEVELS)


FORBIDDEN = (
    r"did nothing|done nothing|fail(s|ed|ure) to|ignored|ignores|silen|refus(es|ed) to|indifferen|hypocri|complicit|"
    r"because the government|in order to hide"
)


def test_no_text_of_the_profile_speaks_of_motive_or_says_that_nothing_was_done() -> None:
    profile = shipped().profile
    texts = [
        *(c.says + c.counter for c in profile.mirror),
        *(r.title + r.reads_as for r in profile.rows),
        *(o.asks + o.note for o in profile.ownership),
        *(a.title for a in profile.acts),
    ]
    assert not [t for t in texts if re.search(FORBIDDEN, t, re.IGNORECASE)]
    assert all(c.counter for c in profile.mirror)


def test_no_code_of_the_room_can_write_it_either() -> None:
    folder = Path(card.__file__).parent
    files = [*folder.glob("*.py"), folder.parent / "responding.py", folder.parent / "terminal" / "response.py"]
    literals = [line for f in files for line in f.read_text(encoding="utf-8").splitlines() if '"' in line and '"""' not in line]
    assert not [line for line in literals if re.search(FORBIDDEN, line, re.IGNORECASE)]


def test_every_row_reads_one_of_three_things_for_every_country() -> None:
    response = shipped()
    nothing = panel()
    for iso3 in ("CMR", "MMR", "SDN", "NGA", "COD", "GBR"):
        for row in card.rows(iso3, response.profile, response.facts, nothing, {}):
            assert row.state in (card.FOUND, card.NONE_FOUND, card.NOT_COLLECTED)
            assert row.text.startswith(row.state) or row.state == card.FOUND


def test_no_series_or_row_names_or_ranks_a_member() -> None:
    profile = shipped().profile
    assert {s for s in profile.series if "member" in s} == {
        "uk_written_questions.week_members",
        "uk_written_questions.month_members",
    }  # counts of members; nothing that tells one from another
    assert {c for c in attention(JANUARY, ABOUT, "month").columns if "member" in c} == {"members"}


def test_no_response_source_is_a_measure_of_risk() -> None:
    from tests.whole_world import shipped as whole

    assert not set(shipped().profile.series) & set(whole().series)


def test_no_state_is_named_in_the_code_of_the_room() -> None:
    folder = Path(card.__file__).parent
    for file in folder.glob("*.py"):
        code = re.sub(r'""".*?"""', "", file.read_text(encoding="utf-8"), flags=re.DOTALL)
        assert not re.search(r"GBR|\bUK\b|United Kingdom|FCDO|Westminster", code), file.name
