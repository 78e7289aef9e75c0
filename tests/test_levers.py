"""Levers: several, with their evidence and their harm, matched by what drives the country. Never one prescription."""

from __future__ import annotations

from pathlib import Path
from typing import Any, get_args

import pytest

from monitor.briefs.levers import FEWEST, MOST, STRENGTHS, LeverBook, Stage, match, stages_of
from monitor.risk.framework import TRACK_IDS
from monitor.settings import ConfigError, load_sources, read_framework, read_yaml, validated

CONFIG = Path(__file__).resolve().parents[1] / "config"


@pytest.fixture(scope="module")
def shipped() -> LeverBook:
    """Return the levers as shipped."""
    return validated(LeverBook, read_yaml(CONFIG / "levers.yaml"), CONFIG / "levers.yaml")


def lever(name: str, addresses: str, **more: Any) -> dict[str, Any]:
    """Return a made-up lever of every track and stage."""
    return {
        "id": name,
        "name": f"Made-up lever {name}",
        "kind": "preventive",
        "holder": "made",
        "addresses": addresses.split(),
        "tracks": list(TRACK_IDS),
        "stages": list(get_args(Stage)),
        "basis": "Made-up basis",
        "strength": "mixed",
        "do_no_harm": ["made-up harm"],
        "ask": "Ask a made-up question.",
        "verification": "unverified_detail",
        "at_home": {"holder": "home", "ask": "Ask it at home."},
    } | more


def book(*levers: dict[str, Any], **more: Any) -> LeverBook:
    """Return a made-up book of these levers."""
    content = {
        "holders": [
            {"id": "made", "office": "Made-up Office"},
            {"id": "home", "office": "Home-made Office", "checked_on": "2026-01-02"},
        ],
        "sources": [{"id": "studies", "title": "Made-up studies", "publisher": "Made-up publisher", "url": ""}],
        "studies_source": "studies",
        "levers": levers,
    }
    return LeverBook.model_validate(content | more)


def ids(found: list[Any]) -> list[str]:
    """Return the ids of matched levers."""
    return [m.lever.id for m in found]


def test_levers_that_address_more_of_what_drives_come_first_and_then_those_with_better_evidence() -> None:
    made = book(
        lever("one", "RF1"),
        lever("weak_two", "RF1 RF2", strength="weak"),
        lever("strong_two", "RF1 RF2", strength="strongest"),
        lever("none", "RF9"),
    )
    found = match(made, ["RF1", "RF2"], track="conflict", level="high", status="onset risk")
    assert ids(found) == ["strong_two", "weak_two", "one"]
    assert found[0].factors == ("RF1", "RF2")
    assert found[0].stages == ("escalation",)


def test_equal_levers_keep_the_order_of_the_file() -> None:
    made = book(lever("b", "RF1"), lever("a", "RF1"), lever("c", "RF1"))
    assert ids(match(made, ["RF1"], track="conflict", level="high", status="onset risk")) == ["b", "a", "c"]


@pytest.mark.parametrize(
    ("drives", "count"),
    [([], 2), (["RF1"], 2), (["RF1", "RF2", "RF3"], 3), ([f"RF{n}" for n in range(1, 8)], 5)],
)
def test_there_are_never_fewer_than_two_levers_nor_more_than_five(drives: list[str], count: int) -> None:
    made = book(*(lever(f"L{n}", f"RF{n}") for n in range(1, 8)))
    assert len(match(made, drives, track="conflict", level="high", status="onset risk")) == count


def test_a_lever_of_another_track_or_stage_is_left_out() -> None:
    made = book(
        lever("other_track", "RF1", tracks=["outside_conflict"]),
        lever("other_stage", "RF1", stages=["upstream"]),
        lever("a", "RF1"),
        lever("b", "RF2"),
        lever("c", "RF3"),
    )
    assert ids(match(made, ["RF1", "RF2"], track="conflict", level="high", status="onset risk")) == ["a", "b"]


@pytest.mark.parametrize(
    ("level", "status", "expected"),
    [
        ("baseline", "onset risk", ("upstream",)),
        ("watch", "onset risk", ("upstream",)),
        ("elevated", "onset risk", ("escalation",)),
        ("high", "onset risk", ("escalation",)),
        ("high", "unknown", ("escalation",)),
        ("insufficient data", "unknown", ("unseen",)),
        ("baseline", "under way", ("acute",)),
        ("high", "under way", ("acute",)),
        ("insufficient data", "under way", ("acute", "unseen")),
        ("watch", "recent past", ("aftermath", "upstream")),
        ("high", "recent past", ("aftermath", "escalation")),
    ],
)
def test_the_stage_follows_from_level_and_status(level: str, status: str, expected: tuple[Stage, ...]) -> None:
    assert stages_of(level, status) == expected


def test_without_a_driving_factor_only_levers_that_need_none_are_shown() -> None:
    made = book(lever("upstream", "RF1", stages=["upstream"]), lever("a", "RF9"), lever("b", "RF9"))
    assert ids(match(made, [], track="conflict", level="baseline", status="onset risk")) == ["a", "b"]


def test_at_home_the_office_and_the_ask_are_those_at_home() -> None:
    made = book(lever("abroad", "RF1", at_home=None), lever("a", "RF1"), lever("b", "RF2", reach="home", at_home=None))
    found = match(made, ["RF1", "RF2"], track="outside_conflict", level="watch", status="onset risk", at_home=True)
    assert ids(found) == ["a", "b"]
    assert (found[0].office.office, found[0].ask) == ("Home-made Office", "Ask it at home.")
    assert (found[1].office.office, found[1].ask) == ("Made-up Office", "Ask a made-up question.")
    abroad = match(made, ["RF1", "RF2"], track="outside_conflict", level="watch", status="onset risk")
    assert ids(abroad) == ["abroad", "a"]


def test_tools_with_more_findings_of_harm_are_named_once_worst_first_offered_or_not() -> None:
    findings = {"tool": "Harmful", "decrease": 1, "mixed_or_none": 5, "increase": 3}
    worse = {"tool": "Worse", "decrease": 1, "mixed_or_none": 5, "increase": 9}
    even = {"tool": "Even", "decrease": 3, "mixed_or_none": 5, "increase": 3}
    made = book(
        lever("a", "RF1", studies=findings, evidence_sources=["studies"]),
        lever("b", "RF1", studies=findings, evidence_sources=["studies"]),
        lever("c", "RF1", studies=even, evidence_sources=["studies"]),
        not_offered=[{"tool": "Worse", "reason": "made up", "studies": worse}],
    )
    assert [s.tool for s in made.warned()] == ["Worse", "Harmful"]


@pytest.mark.parametrize(
    ("wrong", "says"),
    [
        ({"holder": "nobody"}, "lever a: unknown holder 'nobody'"),
        ({"sources": ["nowhere"]}, "lever a: unknown source 'nowhere'"),
        ({"do_no_harm": []}, "do_no_harm"),
        ({"studies": {"tool": "T", "decrease": 1, "mixed_or_none": 1, "increase": 1}}, "without a source"),
        ({"id": "b"}, "lever 'b' is listed twice"),
        ({"stages": ["upstream"]}, "fewer than 2 levers for track 'conflict', stage 'escalation'"),
        ({"at_home": None}, "fewer than 2 levers at home"),
        ({"surprise": 1}, "surprise"),
    ],
)
def test_a_mistake_in_the_file_is_refused_with_its_place(wrong: dict[str, Any], says: str) -> None:
    with pytest.raises(ValueError, match=says):
        book(lever("a", "RF1", **{k: v for k, v in wrong.items() if k != "id"}) | wrong, lever("b", "RF2"))


def test_the_error_for_the_shipped_file_names_file_and_key(tmp_path: Path) -> None:
    path = tmp_path / "levers.yaml"
    good = (CONFIG / "levers.yaml").read_text(encoding="utf-8")
    path.write_text(good.replace("    strength: strongest", "    strenght: strongest"), encoding="utf-8")
    with pytest.raises(ConfigError, match=r"levers\.yaml: levers.19.*strenght"):
        validated(LeverBook, read_yaml(path), path)


def test_no_shipped_lever_names_a_factor_that_the_framework_does_not_know(shipped: LeverBook) -> None:
    assert load_sources(CONFIG)
    known = {f.id for f in read_framework(CONFIG).factors}
    assert {f for x in shipped.levers for f in x.addresses} <= known


def test_every_track_level_and_status_gets_two_to_five_shipped_levers_abroad_and_at_home(shipped: LeverBook) -> None:
    levels = ("baseline", "watch", "elevated", "high", "insufficient data")
    for track in (*TRACK_IDS, None):
        for level in levels:
            for status in ("onset risk", "under way", "recent past", "unknown"):
                for drives in ([], ["RF7"], [f"RF{n}" for n in range(1, 15)]):
                    for at_home in (False, True):
                        found = match(shipped, drives, track=track, level=level, status=status, at_home=at_home)
                        assert FEWEST <= len(found) <= MOST, (track, level, status, drives, at_home)
                        assert all(m.lever.do_no_harm for m in found)


def test_offices_nobody_has_checked_say_so_and_no_person_is_named(shipped: LeverBook) -> None:
    assert all(h.checked_on == "" for h in shipped.holders)
    text = (CONFIG / "levers.yaml").read_text(encoding="utf-8")
    for title in (" Mr ", " Mrs ", " Ms ", " Sir ", " Dame ", " Lord ", "lord-", " Baroness "):
        assert title not in text


def test_strengths_run_from_best_to_worst() -> None:
    assert STRENGTHS[0] == "strongest"
    assert STRENGTHS[-1] == "negative"
