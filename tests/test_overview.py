"""Several countries on a page: counted, ranked, set against a day before; what cannot be seen is named, never counted as low."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

from monitor.briefs import render, to_pdf
from monitor.briefs.house import House
from monitor.briefs.overview import Overview, lay_out_overview, overview
from monitor.storage.snapshot import publish
from tests.brief_world import RUN_ID, made_manifest, made_tables
from tests.conftest import run_monitor
from tests.test_brief import FORBIDDEN

PATH = pd.DataFrame(
    {
        "iso3": ["CMR", "MMR", "KEN", "GBR", "BRA"] * 2,
        "as_of": ["2024-05-31"] * 5 + ["2024-06-30"] * 5,
        "level": ["baseline"] * 4 + ["insufficient data", "high", "elevated", "watch", "baseline", "insufficient data"],
        "index": [1.0, 2, 3, 4, np.nan, 99, 77, 44, 11, np.nan],
    }
)


def tables() -> dict[str, pd.DataFrame]:
    return {**made_tables(), "history": PATH}


def made(*countries: str, against: str = "") -> Overview:
    manifest = made_manifest(RUN_ID, starter=False)
    return overview(tables(), manifest, countries, title="Made-up title", name="made", against=against)


def words(of: Overview) -> str:
    return render.drawn(lay_out_overview(of, House()), "md").decode()


def test_the_world_is_counted_and_those_at_high_or_elevated_are_listed_by_index() -> None:
    text = words(made())
    assert "Of 6 countries, 1 is assessed as high and 1 as elevated" in text
    assert "under way in Myanmar (Burma); 2 cannot be assessed." in text
    rows = [line.split(" | ")[0] for line in text.splitlines() if line.startswith("| ") and "---" not in line]
    assert rows == ["| Country", "| Cameroon", "| Myanmar (Burma)"]


def test_those_that_are_asked_for_are_all_listed_and_those_that_cannot_be_assessed_come_last() -> None:
    found = made("BRA", "GBR", "CMR")
    assert [r.iso3 for r in found.rows] == ["CMR", "GBR", "BRA"]
    assert found.every == 3
    text = words(found)
    assert "| Brazil | unknown | ▨▨▨▨ insufficient data | – | – | – | insufficient data |" in text
    assert "1 of 3 cannot be assessed [1]: Brazil. Nothing here says that the risk in them is small." in text


def test_what_rose_and_fell_is_told_against_a_year_ago() -> None:
    text = words(made())
    assert "**Rose.** Cameroon, from elevated to high [1]." in text
    assert "**Fell.** Myanmar (Burma), from high to elevated [1]." in text
    assert "not what was known at the time" in text


@pytest.mark.parametrize(
    ("against", "day"), [("2024-06-30", "30 June 2024"), ("2024-07-29", "30 June 2024"), ("2024-06-01", "31 May 2024")]
)
def test_it_can_be_set_against_the_last_month_that_had_ended_by_a_day(against: str, day: str) -> None:
    found = made(against=against)
    assert f"set against {day}." in words(found)
    june = day == "30 June 2024"
    assert {r.iso3: r.then for r in found.rows}["CMR"] == ("high" if june else "baseline")
    assert [r.iso3 for r in found.that("rose")] == ([] if june else ["CMR", "MMR", "KEN"])


def test_a_country_without_a_level_on_either_day_is_compared_with_nothing() -> None:
    found = made(against="2024-06-30")
    moved = {r.iso3: r.moved for r in found.rows}
    assert (moved["BRA"], moved["TUV"]) == ("not compared", "not compared")


def test_before_the_first_month_nothing_is_known() -> None:
    with pytest.raises(ValueError, match="nothing is known of 1950-01-01; the months go back to 2024-05-31"):
        made(against="1950-01-01")


def test_the_state_of_risk_is_one_page_and_speaks_of_no_odds() -> None:
    page = lay_out_overview(made(), House())
    assert to_pdf.pages(to_pdf.pdf(page)) == 1
    assert not FORBIDDEN.search(words(made()))
    for form in render.EVERY:
        assert render.drawn(page, form) == render.drawn(page, form)


# ---------------------------------------------------------------------------------------------------------- the command


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("home")
    publish(folder, tables(), made_manifest(RUN_ID, starter=False), RUN_ID)
    return folder


def said(home: Path, *more: str) -> Any:
    done = run_monitor("overview", *more, "--json", home=home)
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)


def test_a_region_and_single_countries_can_be_asked_for_together(home: Path) -> None:
    data = said(home, "Myanmar", "--region", "Africa")
    assert [c["iso3"] for c in data["facts"]["countries"]] == ["CMR", "MMR", "KEN"]
    assert data["title"] == "State of risk: Africa"


def test_files_of_different_overviews_have_different_names(home: Path, tmp_path: Path) -> None:
    for more in ((), ("--region", "Africa"), ("CMR", "KEN"), ("CMR", "KEN", "--against", "2024-06-30")):
        run_monitor("overview", *more, "--out", str(tmp_path), home=home)
    names = {"world", "Africa", "CMR-KEN", "CMR-KEN-since-2024-06-30"}
    assert {p.name for p in tmp_path.iterdir()} == {f"overview-{n}-2026-01-02.md" for n in names}


@pytest.mark.parametrize(
    ("more", "says"),
    [
        (("--region", "Afrca"), "'Africa'"),
        (("Camerun",), "Cameroon"),
        (("FRA",), "no assessment of FRA"),
        (("--against", "1950-01-01"), "nothing is known of 1950-01-01"),
        (("--against", "soon"), "soon"),
    ],
)
def test_what_is_not_known_is_refused_on_one_line(home: Path, more: tuple[str, ...], says: str) -> None:
    done = run_monitor("overview", *more, home=home)
    assert done.returncode == 2
    assert says in " ".join(done.stderr.split())
