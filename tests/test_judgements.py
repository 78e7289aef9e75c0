"""Judgements and confirmations: what is refused and why, and which of them stand on a day."""

from __future__ import annotations

import json
from datetime import UTC, date, datetime
from typing import Any

import pytest

from monitor.risk.entry_rules import Refused, checked, refuse_if_nothing_is_left
from monitor.risk.judgement_tables import CONFIRMATIONS, JUDGEMENTS, tables
from monitor.risk.judgements import Confirmation, Judgement, last_entries, repeats, standing
from tests.made_entries import NOON, ONE, SAME_SITE, TWO, confirmation, desk, judgement, made, withdrawal


def test_what_was_left_out_is_filled_in() -> None:
    entry = made(judgement(iso3="Cameroon", sources=[TWO, ONE]))
    assert isinstance(entry, Judgement)
    assert (entry.iso3, entry.direction, entry.allegation, entry.second_reader) == ("CMR", "unknown", False, "")
    assert (entry.observed_from, entry.observed_to) == (date(2026, 10, 1), date(2026, 10, 20))  # the days of its sources
    assert entry.entered == NOON
    assert entry.expires == date(2027, 11, 20)  # 5.3 is structural: 365 days
    assert entry.rank == 1


@pytest.mark.parametrize(
    ("form", "last_day"),
    [
        (judgement(indicator="5.3"), date(2027, 11, 20)),  # structural: 365 days
        (judgement(indicator="1.2"), date(2027, 2, 18)),  # dynamic: 90 days
        (judgement(indicator="8.1"), date(2027, 2, 18)),  # a trigger: 90 days
        (confirmation(kind="imminent"), date(2026, 12, 20)),  # 30 days
        (confirmation(kind="raise"), date(2027, 2, 18)),  # 90 days
    ],
)
def test_an_entry_ends_by_itself(form: dict[str, Any], last_day: date) -> None:
    entry = made(form)
    assert isinstance(entry, Judgement | Confirmation)
    assert entry.expires == last_day
    checked(form | {"expires": f"{last_day}"}, desk())
    checked(form | {"expires": "2026-11-21"}, desk())  # shorter is always possible
    with pytest.raises(Refused, match="expires: at most"):
        checked(form | {"expires": f"{date.fromordinal(last_day.toordinal() + 1)}"}, desk())
    with pytest.raises(Refused, match="expires: must lie after the day of entry"):
        checked(form | {"expires": "2026-11-20"}, desk())


TAKEN = [
    (judgement(answer="no_evidence_found"), "looked for and not found, with where it was looked for"),
    (judgement(answer="weak_signs"), "one public source is enough for weak signs"),
    (judgement(answer="clear_signs", sources=[ONE, TWO]), "two independent ones are enough for clear signs"),
    (judgement(answer="strong_signs", sources=[ONE, TWO], second_reader="country lead"), "and with a second reader for strong"),
    (judgement(observed_from="2020-01-01", observed_to="2026-11-20", allegation=True, direction="worsening"), "all options"),
    (judgement(entered="2026-11-20T13:00:00+02:00"), "an instant in another time zone, an hour ago"),
    (confirmation(), "two sources, a reason and a role confirm"),
    (confirmation(kind="raise"), "a raise as well"),
    (withdrawal("SDN", "imminent"), "a withdrawal needs a reason and a role"),
    (withdrawal("SDN", "5.3"), "of a judgement too"),
]  # fmt: skip


@pytest.mark.parametrize(("form", "why"), TAKEN, ids=[row[1] for row in TAKEN])
def test_an_entry_that_keeps_the_rules_is_taken(form: dict[str, Any], why: str) -> None:
    assert checked(form, desk()).iso3 in ("CMR", "SDN"), why


REFUSED = [
    (judgement(iso3="Camerun"), "iso3: .*nearest are Cameroon", "an unknown country is answered with the nearest"),
    (judgement(iso3="PSG"), "iso3: .* is not assessed", "an entity that is not assessed has no evidence board"),
    (judgement(iso3="x" * 9000), "iso3: .* is no country", "a long text is no country, and is not repeated whole"),
    (judgement(indicator="5.33"), "indicator: unknown indicator '5.33'; the nearest is '5.3'", "nor is an unknown indicator"),
    (judgement(indicator="imminent"), "unknown indicator", "a kind of confirmation is no indicator"),
    (judgement(answer="weak_sign"), "answer: 'weak_sign' is not one of .*nearest is 'weak_signs'", "the scale is fixed"),
    (judgement(answer="not_assessed"), "answer:", "not assessed is what no entry means"),
    (judgement(answer=["weak_signs"]), "answer: a list is not one of", "a list is no answer"),
    (judgement(confidence="very high"), "confidence:", "three degrees of confidence"),
    (judgement(direction="up"), "direction:", "four directions"),
    (judgement(allegation="yes"), "allegation:", "yes or no, not a word"),
    (judgement(summary="Write to a@example.org"), "summary: holds an e-mail address", "nobody may be found"),
    (judgement(summary="x" * 1001), "summary: has 1001 characters; at most 1000", "short"),
    (judgement(sources=[]), "at least one public source", "no answer without a source"),
    (judgement(answer="no_evidence_found", sources=[]), "at least one public source", "not even that nothing was found"),
    (judgement(answer="clear_signs"), "two independent sources", "one source is not enough for clear signs"),
    (judgement(answer="clear_signs", sources=[ONE, SAME_SITE]), "here all are of example.org", "nor are two pages of one site"),
    (judgement(answer="strong_signs", sources=[ONE], second_reader="lead"), "two independent sources", "nor for strong signs"),
    (judgement(answer="strong_signs", sources=[ONE, TWO]), "second_reader: .* needs a second reader", "it takes two people"),
    (judgement(answer="strong_signs", sources=[ONE, TWO], second_reader="analyst"), "another role", "who are not the same"),
    (judgement(second_reader="anal yst"), "another role", "however it is written"),
    (judgement(second_reader="Jane Doe"), "second_reader: 'Jane Doe' is not a role", "and neither is named"),
    (judgement(role="Jane Doe"), "role: 'Jane Doe' is not a role", "a role, never a name"),
    (judgement(sources=[ONE | {"url": "http://example.org/a"}]), "sources\\[1\\].url: must begin with https", "https only"),
    (judgement(sources=[ONE | {"title": "A <b>"}]), "sources\\[1\\].title: holds markup", "titles are plain text"),
    (judgement(sources=[ONE | {"date": "2026-11-21"}]), "sources\\[1\\].date: lies after", "no source of tomorrow"),
    (judgement(sources=[ONE | {"date": "1 October 2026"}]), "sources\\[1\\].date: write a day as 2026-10-01", "days are ISO"),
    (judgement(sources=[ONE | {"date": 20261001}]), "sources\\[1\\].date: write a day", "a number would be seconds since 1970"),
    (judgement(sources=[ONE | {"date": "2026-02-30"}]), "sources\\[1\\].date: day is out of range", "and exist"),
    (judgement(sources=[ONE | {"author": "Jane Doe"}]), "sources\\[1\\].author: there is no such|no such field", "no author"),
    (judgement(sources=[ONE, ONE]), "sources\\[2\\].url: is named twice", "the same page twice is one source"),
    (judgement(sources=[ONE] * 13), "sources:", "a dozen sources are enough"),
    (judgement(observed_from="2026-10-20", observed_to="2026-10-01"), "observed_from: lies after observed_to", "forwards"),
    (judgement(observed_to="2026-11-21"), "observed_to: lies after the day of entry", "nothing is seen in advance"),
    (judgement(entered="2026-11-20T12:00:01Z"), "entered: lies in the future", "nothing is entered in advance"),
    (judgement(entered="9999-12-31T23:59:59Z"), "entered: lies in the future", "however far"),
    (judgement(entered="2026-11-20T12:00:00"), "entered: write an instant with its time zone", "an instant has a time zone"),
    (judgement(entered=0), "entered: write an instant", "and is no number"),
    (judgement(score=0.9), "score: .*no such field|no such field", "no score can be entered"),
    (judgement(sumary="x"), "no such field; the nearest is 'summary'", "a misspelt field is named"),
    (judgement(summary=None, role=None), "summary: is missing; role: is missing", "everything that is wrong is said at once"),
    (judgement(entry="verdict"), "entry: 'verdict' is not one of", "there are three kinds of entry"),
    (judgement(entry=["judgement"]), "entry: a list is not", "named by a word"),
    ([judgement()], "not a set of named fields", "one entry, not a list"),
    ("judgement", "not a set of named fields", "nor a word"),
    (confirmation(sources=[ONE]), "two independent sources", "imminent needs two sources"),
    (confirmation(sources=[ONE, SAME_SITE]), "two independent sources", "of different hosts"),
    (confirmation(sources=[]), "two independent public sources", "and not none"),
    (confirmation(kind="raise", sources=[ONE]), "two independent sources", "a raise has the same bar"),
    (confirmation(kind="genocide"), "kind: 'genocide' is not one of imminent, raise", "what no one may confirm here"),
    (confirmation(reason=" "), "reason: is empty", "a confirmation has a reason"),
    (confirmation(role="Jane Doe"), "role:", "and a role"),
    (confirmation(kind="imminent", expires="2027-02-18"), "expires: at most 30 days", "imminent ends within a month"),
    (withdrawal("SDN", "iminent"), "subject: unknown subject 'iminent'; the nearest is 'imminent'", "of something known"),
    (withdrawal("SDN", "imminent", reason=""), "reason: is empty", "with a reason"),
    (withdrawal("SDN", "imminent", role="Jane Doe"), "role:", "and a role"),
]  # fmt: skip


@pytest.mark.parametrize(("form", "fault", "why"), REFUSED, ids=[f"{n}: {row[2]}" for n, row in enumerate(REFUSED)])
def test_an_entry_that_breaks_a_rule_is_refused_with_the_reason(form: object, fault: str, why: str) -> None:
    with pytest.raises(Refused, match=fault) as caught:
        checked(form, desk())
    assert len(str(caught.value)) < 3000, why


def test_the_rules_are_the_same_for_every_country() -> None:
    for iso3 in desk().countries.assessed():
        assert checked(judgement(iso3=iso3), desk()).iso3 == iso3
        with pytest.raises(Refused, match="two independent sources"):
            checked(judgement(iso3=iso3, answer="clear_signs"), desk())


# --------------------------------------------------------------------------------------------------------------- what stands

FIRST = made(judgement(indicator="1.2"), "2026-11-01")  # to 30 January 2027
SECOND = made(judgement(indicator="1.2", answer="clear_signs", sources=[ONE, TWO]), "2026-12-01")  # to 1 March 2027
BACK = made(withdrawal("CMR", "1.2"), "2026-12-15")
THIRD = made(judgement(indicator="1.2", answer="no_evidence_found"), "2026-12-20")  # to 20 March 2027


@pytest.mark.parametrize(
    ("as_of", "states"),
    [
        ("2026-10-31", []),
        ("2026-11-01", ["stands"]),
        ("2026-11-30", ["stands"]),
        ("2026-12-01", ["replaced", "stands"]),
        ("2026-12-14", ["replaced", "stands"]),
        ("2026-12-15", ["replaced", "withdrawn"]),
        ("2026-12-20", ["replaced", "withdrawn", "stands"]),
        ("2027-03-20", ["replaced", "withdrawn", "stands"]),  # its last day
        ("2027-03-21", ["replaced", "withdrawn", "expired"]),
    ],
)
def test_the_last_entry_stands_until_it_expires_and_the_history_stays(as_of: str, states: list[str]) -> None:
    found = standing([FIRST, SECOND, BACK, THIRD], date.fromisoformat(as_of))
    assert [state for _, state in found] == states


def test_what_was_replaced_does_not_come_back_when_its_successor_expires_or_is_withdrawn() -> None:
    short = made(judgement(indicator="1.2", answer="no_evidence_found", expires="2026-12-05"), "2026-12-01")
    assert [state for _, state in standing([FIRST, short], date(2026, 12, 6))] == ["replaced", "expired"]
    assert [state for _, state in standing([FIRST, SECOND, BACK], date(2026, 12, 16))] == ["replaced", "withdrawn"]


def test_an_entry_of_another_country_or_indicator_replaces_nothing() -> None:
    others = [made(judgement(indicator="1.3"), "2026-11-02"), made(judgement(iso3="SDN", indicator="1.2"), "2026-11-03")]
    assert [state for _, state in standing([FIRST, *others], date(2026, 11, 20))] == ["stands"] * 3


def test_the_time_of_entry_decides_and_not_the_order_of_arrival() -> None:
    """A judgement made on a page on 1 November waits in the inbox while another is entered on 1 December."""
    assert [(e.answer, s) for e, s in standing([SECOND, FIRST], date(2026, 12, 2)) if isinstance(e, Judgement)] == [
        ("weak_signs", "replaced"),
        ("clear_signs", "stands"),
    ]
    assert last_entries([SECOND, FIRST]) == {("CMR", "1.2"): SECOND}


def test_imminent_fades_after_thirty_days_and_may_be_withdrawn_before() -> None:
    yes = made(confirmation(), "2026-11-01")
    assert [s for _, s in standing([yes], date(2026, 12, 1))] == ["stands"]
    assert [s for _, s in standing([yes], date(2026, 12, 2))] == ["expired"]
    no = made(withdrawal("SDN", "imminent"), "2026-11-10")
    assert [s for _, s in standing([yes, no], date(2026, 11, 9))] == ["stands"]
    assert [s for _, s in standing([yes, no], date(2026, 11, 10))] == ["withdrawn"]


def test_only_what_was_entered_can_be_withdrawn() -> None:
    refuse_if_nothing_is_left(BACK, SECOND)
    for last in (None, BACK):
        with pytest.raises(Refused, match="nothing to withdraw"):
            refuse_if_nothing_is_left(made(withdrawal("CMR", "1.2"), "2026-12-16"), last)


def test_the_same_words_again_are_no_new_look_and_renew_nothing() -> None:
    again = made(judgement(indicator="1.2"), "2027-06-01")
    assert repeats(again, FIRST)
    assert not repeats(again, SECOND)
    assert not repeats(again, None)
    assert not repeats(made(judgement(indicator="1.2", confidence="high"), "2027-06-01"), FIRST)


# ------------------------------------------------------------------------------------------------------------------ as tables


def test_the_tables_have_the_agreed_columns_and_types_with_rows_and_without() -> None:
    yes = made(confirmation(), "2026-11-01")
    for entries, rows in (([], 0), ([FIRST, SECOND, yes], 2)):
        found = tables(entries, date(2026, 12, 2))
        assert len(found["judgements"]) == rows
        for name, types in (("judgements", JUDGEMENTS), ("confirmations", CONFIRMATIONS)):
            assert {c: str(k) for c, k in found[name].dtypes.items()} == types


def test_a_row_says_what_was_entered_and_how_it_stands() -> None:
    found = tables([SECOND, BACK, made(confirmation(), "2026-11-01")], date(2026, 12, 2))
    assert found["judgements"].to_dict("records") == [
        {
            "iso3": "CMR", "indicator": "1.2", "answer": "clear_signs", "rank": 2, "direction": "unknown",
            "confidence": "moderate", "summary": "Made-up signs", "allegation": False,
            "sources": found["judgements"]["sources"].iloc[0], "source_count": 2, "observed_from": "2026-10-01",
            "observed_to": "2026-10-20", "role": "analyst", "second_reader": "", "entered": "2026-12-01T12:00:00Z",
            "expires": "2027-03-01", "state": "stands",
        }
    ]  # fmt: skip
    assert json.loads(found["judgements"]["sources"].iloc[0]) == [ONE, TWO]
    (confirmed,) = found["confirmations"].to_dict("records")
    assert (confirmed["iso3"], confirmed["kind"], confirmed["state"], confirmed["source_count"]) == (
        "SDN",
        "imminent",
        "expired",
        2,
    )


def test_of_a_country_and_indicator_at_most_one_row_stands() -> None:
    made_often = [made(judgement(confidence=c), f"2026-11-{n:02d}") for n, c in enumerate(["low", "moderate", "high"] * 5, 1)]
    found = tables(made_often, date(2026, 11, 20))["judgements"]
    assert list(found["state"]) == ["replaced"] * 14 + ["stands"]
    assert found["entered"].is_monotonic_increasing


def test_poison_entered_later_changes_nothing_as_of_a_day() -> None:
    late = made(judgement(indicator="1.2", answer="strong_signs", sources=[ONE, TWO], second_reader="lead"), "2027-01-05")
    day = date(2026, 12, 2)
    before, after = tables([FIRST, SECOND], day), tables([FIRST, SECOND, late, made(withdrawal("CMR", "1.2"), "2027-01-06")], day)
    assert before["judgements"].to_csv() == after["judgements"].to_csv()


def test_an_instant_is_kept_to_the_second_in_utc() -> None:
    entry = checked(judgement(), desk(datetime(2026, 11, 20, 12, 0, 0, 999, tzinfo=UTC)))
    assert entry.entered == NOON
    assert checked(judgement(entered="2026-11-20T14:00:00+03:00"), desk()).entered == datetime(2026, 11, 20, 11, tzinfo=UTC)
