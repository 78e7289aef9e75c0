"""The trigger protocol: what is met, what is not, and what nobody can say; who has to confirm; and that no gap says no."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
import pytest

from monitor.risk.protocol import COLUMNS, CONFIRMATION, enough, evaluate
from monitor.risk.standing import summary
from tests.small_protocol import DAY, NOTHING, confirmation, judgement, small_protocol, tables

MET, NOT_MET, UNKNOWN = "met", "not met", "unknown"


def rows(of: dict[str, pd.DataFrame]) -> pd.DataFrame:
    return evaluate(small_protocol(), of, as_of=DAY)


def criterion(name: str, of: dict[str, pd.DataFrame]) -> dict[Any, Any]:
    """Return the row of a criterion, the first where several levels ask for it."""
    found = rows(of)
    row: dict[Any, Any] = found[found["criterion"] == name].iloc[0].to_dict()
    return row


def levels(of: dict[str, pd.DataFrame]) -> pd.DataFrame:
    return summary(small_protocol(), rows(of), of["assessments"]).set_index("level")


# -------------------------------------------------------------------------------------------------- three-valued logic

TRUTH = [
    # needed, met, unknown -> state
    (1, 0, 0, NOT_MET), (1, 1, 0, MET), (1, 0, 1, UNKNOWN), (1, 1, 1, MET), (1, 0, 2, UNKNOWN), (1, 2, 0, MET),
    (2, 0, 0, NOT_MET), (2, 1, 0, NOT_MET), (2, 2, 0, MET), (2, 0, 1, NOT_MET), (2, 1, 1, UNKNOWN), (2, 2, 1, MET),
    (2, 0, 2, UNKNOWN), (2, 1, 2, UNKNOWN), (2, 0, 3, UNKNOWN), (3, 1, 1, NOT_MET), (3, 2, 1, UNKNOWN), (3, 3, 0, MET),
]  # fmt: skip


@pytest.mark.parametrize(("needed", "met", "unknown", "state"), TRUTH)
def test_enough_are_met_or_the_unknown_could_decide_it_or_it_is_not_met(needed: int, met: int, unknown: int, state: str) -> None:
    assert enough(needed, np.array([met]), np.array([unknown])).tolist() == [state]


MISSING = {"value": NOTHING, "score": NOTHING, "freshness": "missing", "start": "", "end": "", "known": 0}
NO_SCORE = {"score": NOTHING, "thin": True, "covered": 0}
GROUPS = [
    # two of: value at least 0.5, score at least 0.9, factor at least 0.8
    ("all three are met", {}, {}, MET),
    ("two are met and one is not", {"score": 0.5}, {}, MET),
    ("one is met and two are not", {"value": 0.1, "score": 0.5}, {}, NOT_MET),
    ("one is met, two are unknown", MISSING, {}, UNKNOWN),
    ("two are met, one is unknown", {}, NO_SCORE, MET),
    ("one is met, one is not, one is unknown", {"value": 0.1}, NO_SCORE, UNKNOWN),
    ("two are not, and the unknown one cannot decide it", {"value": 0.1, "score": 0.5}, NO_SCORE, NOT_MET),
    ("all are unknown", MISSING, NO_SCORE, UNKNOWN),
]


@pytest.mark.parametrize(("case", "reading", "factor", "state"), GROUPS, ids=[g[0] for g in GROUPS])
def test_two_of_three_criteria(case: str, reading: dict[str, Any], factor: dict[str, Any], state: str) -> None:
    found = criterion("much", tables(readings=reading, factors=factor))
    assert (found["needed"], found["of"], found["group_state"]) == (2, 3, state), case


ROUTES = [
    # all of: index 70 (72.9), two figures (met), a judgement
    ("the judgement is there", {}, [judgement()], MET),
    ("nobody has judged", {}, [], UNKNOWN),
    ("judged: no evidence found", {}, [judgement(answer="no_evidence_found", rank=0)], NOT_MET),
    ("a group that is not met decides, whatever is unknown", {"outside_conflict_index": 69.9}, [], NOT_MET),
    (
        "one group unknown, one met",
        {"outside_conflict_index": NOTHING, "outside_conflict_level": "insufficient data"},
        [judgement()],
        UNKNOWN,
    ),
]


@pytest.mark.parametrize(("case", "assessments", "judgements", "state"), ROUTES, ids=[r[0] for r in ROUTES])
def test_a_route_needs_each_of_its_groups(case: str, assessments: dict[str, Any], judgements: list[Any], state: str) -> None:
    made = tables(assessments=assessments, **({"judgements": judgements} if judgements else {}))
    assert criterion("index_70", made)["route_state"] == state, case


def test_one_route_is_enough_for_a_level_and_an_open_one_leaves_it_unknown() -> None:
    found = levels(tables())
    assert found["state"].to_dict() == {
        "baseline": MET,
        "watch": MET,
        "elevated": MET,
        "high": UNKNOWN,  # the track is not there; the other route waits for a judgement
        "imminent": UNKNOWN,
        "under way": UNKNOWN,
    }
    assert found.loc["high", ["by_figures", "figures_part"]].tolist() == [NOT_MET, MET]
    assert found.loc["high", ["met", "not_met", "unknown"]].tolist() == [4, 2, 1]
    assert found["stands"].tolist() == [False, False, True, False, False, False]


# ----------------------------------------------------------------------------------------------- what each criterion asks

RAISED = {"outside_conflict_level": "high", "outside_conflict_seen": "high"}
HELD = {"outside_conflict_level": "high", "outside_conflict_held": True}
GONE = {"seen": False, "fired": False, "end": "", "start": "", "value": NOTHING}
OLD = {"start": "2024-01-01", "end": "2024-12-31"}
FIGURES = [
    # criterion, table, change, state, words of the reading
    ("outside_elevated", "assessments", {}, MET, "elevated, index 72; figures to Dec 2025; 2 of 3 core indicators read"),
    ("outside_high", "assessments", {}, NOT_MET, "elevated"),
    ("outside_high", "assessments", {"outside_conflict_level": "insufficient data"}, UNKNOWN, "insufficient data: 2 of 3"),
    ("outside_high", "assessments", RAISED, MET, "high, index 72, raised from elevated by a change; figures to"),
    ("outside_high", "assessments", {"outside_conflict_level": "high"}, MET, "where it stood; today's figures say elevated;"),
    ("outside_high", "assessments", HELD, MET, "held, last evidence Dec 2025"),
    ("index_70", "assessments", {"outside_conflict_index": 70.0}, MET, "index 70"),
    ("index_70", "assessments", {"outside_conflict_index": 69.99}, NOT_MET, "index 69"),
    ("index_70", "assessments", {"outside_conflict_index": NOTHING}, UNKNOWN, "elevated"),
    ("index_70", "assessments", {"outside_conflict_index": 30.0, "outside_conflict_held": True}, UNKNOWN, "held"),
    ("rights_falling", "signals", {}, MET, "-0.2 points, 2025, Source X (fresh)"),
    ("rights_falling", "signals", {"fired": False}, NOT_MET, "points"),
    ("rights_falling", "signals", {"seen": False, "fired": False}, UNKNOWN, "expired): too old to count"),
    ("rights_falling", "signals", GONE, UNKNOWN, "no reading"),
    ("rights_falling", "signals", OLD | {"fresh": False}, UNKNOWN, "425 days old, here at most 400"),
    ("much", "readings", {}, MET, "0.60 of 1, 2025, Source X (fresh)"),
    ("much", "readings", {"provisional": True}, MET, "(fresh, provisional)"),
    ("much", "readings", {"value": 0.49}, NOT_MET, "0.49"),
    ("much", "readings", MISSING, UNKNOWN, "no reading"),
    ("much", "readings", {"freshness": "expired"}, UNKNOWN, "too old to count"),
    ("much", "readings", {"freshness": "stale"}, MET, "(stale)"),
    ("much", "readings", OLD, UNKNOWN, "425 days old, here at most 400"),
    ("much", "readings", {"value": 0.1, "known": 11, "asked": 12}, UNKNOWN, "11 of 12 months known"),
    ("much", "readings", {"value": 0.6, "known": 11, "asked": 12}, MET, "11 of 12 months known"),
    ("worse", "readings", {}, MET, "score 0.95: 0.60 of 1"),
    ("worse", "readings", {"score": 0.899}, NOT_MET, "score 0.89"),
    ("worse", "readings", {"score": NOTHING}, UNKNOWN, "0.60"),
    ("unrest", "factors", {}, MET, "score 0.85; 2 of 2 core indicators read"),
    ("unrest", "factors", {"score": 0.79}, NOT_MET, "score 0.79"),
    ("unrest", "factors", {"thin": True, "covered": 0}, UNKNOWN, "too thin to say"),
    ("unrest", "factors", NO_SCORE, UNKNOWN, "no reading"),
    ("killing", "assessments", {}, NOT_MET, "onset risk: 12 civilians killed, 12 months to Jan 2026"),
    ("killing", "assessments", {"status": "under way", "status_deaths": 1234.0}, MET, "under way: about 1,200 civilians killed"),
    ("killing", "assessments", {"status": "under way", "status_since": "2025-06-30"}, MET, "under way since Jun 2025: 12"),
    ("killing", "assessments", {"status": "unknown", "status_deaths": NOTHING, "status_until": ""}, UNKNOWN, "unknown"),
    ("killing", "assessments", {"status": "under way", "status_held": True}, MET, "held, it can no longer be seen"),
]  # fmt: skip


@pytest.mark.parametrize(("name", "table", "change", "state", "words"), FIGURES)
def test_a_criterion_of_figures(name: str, table: str, change: dict[str, Any], state: str, words: str) -> None:
    found = criterion(name, tables(**{table: change}))
    assert found["state"] == state
    assert words in found["reading"]


LATER = judgement(state="expired", entered="2026-02-25T00:00:00Z", rank=0)
JUDGEMENTS = [
    ("clear signs, two sources, second reader", [judgement()], MET, "clear signs, worsening, confidence moderate"),
    ("strong signs are more than clear ones", [judgement(rank=3, answer="strong_signs")], MET, "strong signs"),
    ("weak signs are not clear ones", [judgement(rank=1, answer="weak_signs")], NOT_MET, "weak signs"),
    ("no evidence found is an answer", [judgement(rank=0, answer="no_evidence_found")], NOT_MET, "no evidence found"),
    ("one source does not reach the bar", [judgement(source_count=1)], UNKNOWN, "does not count here: 2 sources needed"),
    ("nor does it without a second reader", [judgement(second_reader="")], UNKNOWN, "a second reader needed"),
    ("an expired one fades", [judgement(state="expired")], UNKNOWN, "has expired; not assessed; enter one with `monitor judge`"),
    ("a replaced one is gone", [judgement(state="replaced")], UNKNOWN, "not assessed; enter one with `monitor judge`"),
    ("of another country", [judgement(iso3="BBB")], UNKNOWN, "not assessed"),
    ("an allegation is called one", [judgement(allegation=True)], MET, "an allegation"),
    ("the one that stands counts, not the one that expired later", [judgement(), LATER], MET, "clear signs"),
    ("nobody has entered any", None, UNKNOWN, "not assessed; enter one with `monitor judge`"),
]  # fmt: skip


@pytest.mark.parametrize(("case", "entered", "state", "words"), JUDGEMENTS, ids=[j[0] for j in JUDGEMENTS])
def test_a_judgement(case: str, entered: list[dict[str, Any]] | None, state: str, words: str) -> None:
    found = criterion("signs", tables(**({"judgements": entered} if entered is not None else {})))
    assert found["state"] == state, case
    assert words in found["reading"]
    assert "made" not in found["reading"]  # what an analyst wrote in free text stays apart


CONFIRMATIONS = [
    (
        "two sources",
        [confirmation()],
        MET,
        "by analyst of a group, 22 February 2026; 2 sources; expires 8 March 2026; as reported",
    ),
    ("one source", [confirmation(source_count=1)], NOT_MET, "does not count: 2 sources needed"),
    ("expired", [confirmation(state="expired")], NOT_MET, "has expired; `monitor confirm AAA imminent`"),
    ("withdrawn", [confirmation(state="withdrawn")], NOT_MET, "has been withdrawn"),
    ("another kind", [confirmation("raise")], NOT_MET, "nobody has confirmed it"),
    ("none", None, NOT_MET, "nobody has confirmed it; `monitor confirm AAA imminent`"),
]


@pytest.mark.parametrize(("case", "entered", "state", "words"), CONFIRMATIONS, ids=[c[0] for c in CONFIRMATIONS])
def test_a_confirmation_is_an_act_so_its_absence_is_known(case: str, entered: list[Any] | None, state: str, words: str) -> None:
    found = criterion("confirmed", tables(**({"confirmations": entered} if entered is not None else {})))
    assert found["state"] == state, case
    assert words in found["reading"]


def test_a_row_leads_to_its_figure_and_to_the_publishers_bytes() -> None:
    found = criterion("much", tables())
    pedigree = ("series", "measure", "source", "value", "unit", "start", "end", "freshness", "document", "place")
    expected = ("x.income", "income", "Source X", 0.6, "of 1", "2025-01-01", "2025-12-31", "fresh", "d1", 7)
    assert tuple(found[c] for c in pedigree) == expected
    assert tuple(rows(tables()).columns) == COLUMNS


def test_every_row_is_met_not_met_or_unknown_and_has_words() -> None:
    found = rows(tables())
    assert set(found["state"]) <= {MET, NOT_MET, UNKNOWN}
    assert (found["reading"].str.len() > 0).all()
    assert (found["title"].str.len() > 0).all()
    assert set(found["level"]) == {"baseline", *("watch", "elevated", "high"), "imminent", "under way"}


def test_a_country_without_an_assessment_is_an_error_and_never_an_answer() -> None:
    with pytest.raises(KeyError, match="BBB"):
        evaluate(small_protocol(), tables(), "BBB", as_of=DAY)


# ------------------------------------------------------------------------------------------------------- who decides

STRONG = [judgement(rank=3, answer="strong_signs")]


def test_the_program_says_that_criteria_are_met_and_never_that_risk_is_imminent() -> None:
    found = levels(tables(judgements=STRONG)).loc["imminent"]
    assert (found["state"], found["confirmed"], found["stands"]) == (MET, False, False)
    assert found["words"] == "criteria for imminent risk met; not confirmed (by two people)"


def test_imminent_is_reached_by_a_persons_confirmation_with_two_sources() -> None:
    for source_count, stands in ((1, "elevated"), (2, "imminent")):
        found = levels(tables(judgements=STRONG, confirmations=[confirmation(source_count=source_count)]))
        assert found.index[found["stands"]].tolist() == [stands]
    assert found.loc["imminent", "words"] == "imminent risk, confirmed by a person; criteria for imminent risk met"


def test_a_person_may_confirm_what_figures_cannot_show_and_the_criteria_stand_beside_it() -> None:
    found = levels(tables(confirmations=[confirmation()])).loc["imminent"]
    assert found["stands"]
    assert found["words"] == "imminent risk, confirmed by a person; criteria for imminent risk unknown"


def test_a_raise_needs_both_the_criteria_and_the_confirmation() -> None:
    both = tables(judgements=[judgement()], confirmations=[confirmation("raise")])
    criteria_only, person_only = tables(judgements=[judgement()]), tables(confirmations=[confirmation("raise")])
    at = [levels(t).query("stands").index.tolist() for t in (criteria_only, person_only, both)]
    assert at == [["elevated"], ["elevated"], ["high"]]
    assert levels(criteria_only).loc["high", "words"] == "criteria met; not confirmed (by two people)"
    assert levels(criteria_only).loc["high", ["route", "confirms"]].tolist() == ["judged", "two people"]


def test_killing_under_way_stands_beside_the_level_and_does_not_replace_it() -> None:
    found = levels(tables(assessments={"status": "under way", "status_deaths": 2000.0}))
    assert found.index[found["stands"]].tolist() == ["elevated", "under way"]


def test_insufficient_data_stands_at_no_level() -> None:
    unseen = {"level": "insufficient data", "outside_conflict_level": "insufficient data", "conflict_level": "insufficient data"}
    found = levels(tables(assessments=unseen | {"outside_conflict_index": NOTHING, "conflict_index": NOTHING}))
    assert not found["stands"].any()
    assert (found["state"] == UNKNOWN).all()


def test_a_confirmation_counts_towards_no_criterion() -> None:
    one, two = (rows(t) for t in (tables(), tables(confirmations=[confirmation(), confirmation("raise")])))
    apart = one["route"] == CONFIRMATION
    assert apart.sum() == 2
    pd.testing.assert_frame_equal(one[~apart], two[~apart])
