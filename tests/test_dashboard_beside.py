"""The country page says phase, war beside atrocity risk and what would lower it, where the run has them. Figures are made up."""

from __future__ import annotations

from pathlib import Path

import pandas as pd
import pytest
from streamlit.testing.v1 import AppTest

from dashboard import beside_words
from monitor.storage.snapshot import publish
from tests.published import RUN_ID, made_manifest, made_tables, publish_made
from tests.test_dashboard import opened, text

NAN = float("nan")
HOSTILE = "<script>alert(1)</script> :red[x] $y$ ![p](https://t.example/p.png)"
LINES = {
    "phases": "During made-up conflict.",
    "gaps": "Ranked 1st of 4.",
    "lowering": "Less of this would lower it: made_deaths.",
}


def signs(*rows: tuple[str, str, float]) -> pd.DataFrame:
    """Return signs as (factor, measure, score), worst factor first as they come."""
    frame = pd.DataFrame(rows, columns=["factor", "measure", "score"])
    return frame.assign(
        order=range(1, len(rows) + 1), title=frame["measure"], short=frame["measure"], value=-0.2, unit="points",
        start="2024-01-01", end="2024-12-31",
    )  # fmt: skip


def levers(count: int) -> pd.DataFrame:
    return pd.DataFrame(
        {
            "order": range(1, count + 1),
            "measure": ["made_deaths"] * count,
            "index_if": [79.96 - n for n in range(count)],
            "cumulative_index": [77.7 - n for n in range(count)],
            "level_if_cumulative": "elevated",
        }
    )


def made_beside(**lines: str) -> dict[str, pd.DataFrame]:
    said = {**LINES, **lines}
    tables = {name: pd.DataFrame([{"iso3": "CMR", "line": line}]) for name, line in said.items()}
    fired = signs(("RF2", "made_freedom", 0.998), ("RF1", "made_deaths", 0.8), ("", "made_surge", NAN))
    return tables | {"signs": fired.assign(iso3="CMR"), "levers_of_change": levers(7).assign(iso3="CMR")}


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("MONITOR_HOME", str(tmp_path))
    return tmp_path


def country(home: Path, **lines: str) -> AppTest:
    publish(home, {**made_tables(), **made_beside(**lines)}, made_manifest(), RUN_ID)
    return opened("CMR")


def test_signs_are_grouped_by_factor_in_their_order_and_signals_come_last() -> None:
    rows = signs(("RF9", "a", 0.998), ("RF9", "b", 0.9), ("RF1", "c", 0.8), ("", "fall", NAN))
    assert beside_words.sign_lines(rows, {"RF9": "Tensions", "RF1": "Conflict"}, {"a": True}) == [
        ("9. Tensions", "a: worse than 99 of 100 (2024); b: score 0.90 (2024)"),
        ("1. Conflict", "c: score 0.80 (2024)"),
        ("Signals of change", "fall: −0.20 points (2024)"),
    ]


def test_levers_are_the_first_few_with_an_index_that_is_cut_and_never_rounded_up() -> None:
    rows = beside_words.lever_rows(levers(7), pd.DataFrame({"measure": ["made_deaths"], "short": ["made-up deaths"]}))
    assert len(rows) == beside_words.SHOWN == 5
    assert rows.iloc[0].tolist() == ["made-up deaths", "79", "77", "elevated"]


def test_no_row_is_no_sentence() -> None:
    assert beside_words.first_line(pd.DataFrame({"line": []})) == ""


def test_the_page_shows_the_sentences_the_signs_and_the_levers(home: Path) -> None:
    page = country(home)
    assert not page.exception
    said = text(page)
    for words in (
        *LINES.values(),
        "2. Made-up factor of record",
        "made_freedom: score 1.00",
        "reason to look closer, never a finding",
    ):
        assert words in said, words
    assert said.index("2. Made-up factor of record") < said.index("1. Made-up factor of conflict")
    assert page.table[0].value.iloc[0, 0] == r"made\_deaths"


def test_where_nothing_is_lower_there_is_no_section(home: Path) -> None:
    assert "What would lower it" not in text(country(home, lowering=""))


def test_a_run_of_an_older_program_has_no_such_section_and_no_error(home: Path) -> None:
    publish_made(home)
    page = opened("CMR")
    assert not page.exception
    assert "War beside atrocity risk" not in text(page)


def test_text_from_outside_stays_text(home: Path) -> None:
    page = country(home, phases=HOSTILE, lowering=HOSTILE)
    assert not page.exception
    for one in page.markdown:
        assert "<script>" not in one.value
        assert "![p]" not in one.value
