"""Phase, war beside atrocity risk and what would lower it, in a brief: the run's sentences, each number with its reference."""

from __future__ import annotations

import re

import pandas as pd
import pytest

from monitor.briefs import render
from monitor.briefs.brief import build
from monitor.briefs.content import Brief
from tests.test_brief import LEVERS, brief, manifest, section, tables

PHASE = "During conflict: 111 deaths recorded to December 2025."
GAP = "Ranked 1st of 4 for atrocity risk; 2nd of 6 for deaths in war: 33 places apart."
LOWERING = "Less of this would lower it: made-up deaths. The index would be 77.7 of 100."
HOSTILE = "<script>alert(1)</script> **bold** [a](javascript:alert(1)) | cell"


def beside(*, document: str = "a" * 64, phase: str = PHASE, fired: int = 2) -> dict[str, pd.DataFrame]:
    """Return the tables beside the level, for Cameroon; the first sign is a reading of the made-up world, as are all."""
    one = {"iso3": "CMR", "deaths": 111.0, "start": "2025-01-01", "until": "2025-12-31", "series": "made_a.deaths"}
    measures = ["made_freedom", "made_past", *["made_deaths"] * 9][:fired]
    signs = pd.DataFrame(
        {"iso3": "CMR", "order": range(1, fired + 1), "measure": measures, "factor": "RF1", "short": "made-up harm"}
    )
    return {
        "phases": pd.DataFrame([one | {"line": phase, "document": document, "place": 1, "provisional": True}]),
        "gaps": pd.DataFrame([{"iso3": "CMR", "line": GAP}]),
        "signs": signs.assign(kind="reading"),
        "lowering": pd.DataFrame([{"iso3": "CMR", "line": LOWERING}]),
    }


def with_beside(iso3: str = "CMR", **more: pd.DataFrame) -> Brief:
    return build(iso3, {**tables(), **beside(), **more}, manifest(), LEVERS)


def test_the_three_sentences_stand_with_the_references_of_their_figures() -> None:
    made = with_beside()
    assert made.beside is not None
    assert made.references[made.beside.deaths - 1].series == "made_a.deaths"
    text, ref = section(made, "War beside atrocity risk"), made.beside.deaths
    assert f"- **Phase.** During conflict: 111 deaths recorded to December 2025 [{ref}]." in text
    assert f"33 places apart [1] [{ref}]." in text
    assert "The index would be 77.7 of 100 [1]." in section(made, "What would lower it")


def test_signs_name_their_factor_place_period_and_reference() -> None:
    text = section(with_beside(), "War beside atrocity risk")
    assert re.search(
        r"Made-up harm \(RF1\), worse than 55 of 100 in 2024 \[\d+\]; made-up harm \(RF1\), place 55 of 100 in 2025", text
    )
    assert "not that a crime takes place" in text


def test_only_the_worst_few_signs_are_named_and_the_rest_counted() -> None:
    text = section(with_beside(**beside(fired=11)), "War beside atrocity risk")
    assert text.count("(RF1)") == 6
    assert "; and 5 more [1]." in text


def test_without_a_sign_there_is_no_line_of_signs() -> None:
    assert "Atrocity-only signs, the worst" not in section(with_beside(**beside(fired=0)), "War beside atrocity risk")


def test_a_phase_without_a_document_refers_to_the_assessment_and_is_not_cited_twice() -> None:
    made = with_beside(**beside(document="", phase="Phase unknown: no figure."))
    assert made.beside is not None
    assert made.beside.deaths == made.judged
    assert "33 places apart [1]." in section(made, "War beside atrocity risk")


def test_where_nothing_is_lower_there_is_no_section() -> None:
    made = with_beside(lowering=pd.DataFrame([{"iso3": "CMR", "line": ""}]))
    assert "What would lower it" not in render.render(made, "md")
    assert "What would lower it" not in render.render(made, "html")


def test_a_run_without_these_tables_gives_a_brief_without_these_sections() -> None:
    made = brief("CMR")
    assert made.beside is None
    for form in render.FORMATS:
        assert "War beside atrocity risk" not in render.render(made, form)


def test_every_reference_is_used_and_every_number_in_brackets_is_one() -> None:
    made = with_beside()
    used = {int(n) for n in re.findall(r" \[(\d+)\]", render.render(made, "md").split("\n## References")[0])}
    assert used == {r.number for r in made.references}


@pytest.mark.parametrize("form", render.FORMATS)
def test_both_formats_say_the_same_and_hostile_text_stays_text(form: str) -> None:
    made = with_beside(**beside(phase=HOSTILE))
    text = render.render(made, form)
    assert "<script>alert" not in text
    assert (r"\[a\](javascript" if form == "md" else "[a](javascript") in text  # a reader sees the letters, no link
    assert 'href="javascript' not in text
    assert "The index would be 77.7 of 100" in text
