"""The command line as a person uses it: the real program in a process of its own."""

from __future__ import annotations

import json
import re
import subprocess
import sys
from pathlib import Path

import pandas as pd
import pytest

from tests.conftest import ROOT, run_monitor
from tests.publisher import CARDS

SOURCES = len(CARDS)
ASKED = SOURCES - 1  # the file of one is put in by hand
VERBS = (
    "run",
    "collect",
    "panel",
    "assess",
    "brief",
    "briefs",
    "trace",
    "overview",
    "export",
    "sources",
    "check",
    "bands",
    "dashboard",
    "schedule",
    "protocol",
)


@pytest.mark.parametrize("verb", VERBS)
def test_every_verb_has_help_with_an_example(verb: str, tmp_path: Path) -> None:
    done = run_monitor(verb, "--help", home=tmp_path)
    assert done.returncode == 0
    assert f"Example: monitor {verb}" in " ".join(done.stdout.split())


def test_run_as_json_names_every_country_and_every_source(published_home: Path) -> None:
    said = json.loads((published_home / "run.json").read_text())
    assert len(said["countries"]) == 196
    assert {r["status"] for r in said["runs"] if r["source"] != "epr"} == {"failed"}
    assert next(r for r in said["runs"] if r["source"] == "epr")["status"] == "missing"  # nobody put its file there
    assert {s["source"] for s in said["sources"]} >= {"ucdp_ged", "vdem", "wdi", "wgi", "unhcr", "owid", "ewp"}
    palestine = next(c for c in said["countries"] if c["iso3"] == "PSE")
    assert palestine["level"] == "insufficient data"
    assert palestine["index"] is None  # not zero
    assert palestine["status_deaths"] is None


def test_the_table_shows_levels_tracks_ages_and_what_could_not_be_seen(tmp_path: Path) -> None:
    done = run_monitor("run", "--offline", home=tmp_path)
    assert done.returncode == 0, done.stderr
    for words in (
        f"{ASKED} of {SOURCES} sources could not be reached",
        "Put in by hand, and not there yet: epr: no file dropin/growup-country-year.csv in the home folder",
        "stand on the bundled starter figures",
        "their newest periods run from 31 December 2021 to 28 February 2026",
        "What we could not see",
        "not a probability",
        "vdem (as it was, to Dec 2021)",
        "ewp (never collected)",
        "Next: `make dashboard`",
    ):
        assert words in " ".join(done.stdout.split()), words
    line = next(line for line in done.stdout.splitlines() if line.startswith("DR Congo"))
    assert re.search(r"▲ high, was under way +\d+ \(\d+-\d+\) +\d+ high +\d+ \w+↑?.* \d+/49 ", line), line
    assert re.search(r"\d+ \w+ ↓[12]/3 ", done.stdout)
    assert "↓1/3 lower for 1 fresh period in a row, of 3 that ease a level" in " ".join(done.stdout.split())
    every = run_monitor("run", "--offline", "--all", home=tmp_path).stdout
    tuvalu = next(line for line in every.splitlines() if line.startswith("Tuvalu"))
    assert re.search(r"▨ insufficient data +\? \(\d+-1\d\d\)", tuvalu), tuvalu


def test_an_assessment_as_json_carries_the_intervals(published_home: Path) -> None:
    done = run_monitor("assess", "--json", home=published_home)
    assert done.returncode == 0, done.stderr
    said = {c["iso3"]: c for c in json.loads(done.stdout)["countries"]}
    assert len(said) == 196
    assert said["SYR"]["rank_low"] <= said["SYR"]["rank"] <= said["SYR"]["rank_high"]
    assert said["SYR"]["index_low"] <= said["SYR"]["index"] <= said["SYR"]["index_high"]
    assert (said["SYR"]["in_top_30"], said["SYR"]["draws"]) == (1.0, 500)
    assert said["TUV"]["rank"] is None
    assert said["TUV"]["rank_high"] - said["TUV"]["rank_low"] > 100


def test_the_sensitivity_of_the_ranking_is_a_table_with_a_sentence(published_home: Path) -> None:
    shown, as_json = (run_monitor("assess", "--sensitivity", *more, home=published_home) for more in ((), ("--json",)))
    assert shown.returncode == 0, shown.stderr
    assert "Without RF3 Weakness of State structures" in shown.stdout
    assert "…" not in shown.stdout.split("Without RF3")[1].splitlines()[0]
    said = json.loads(as_json.stdout)
    assert len(said["variants"]) == 34
    assert said["said"] in " ".join(shown.stdout.split())
    assert set(said["variants"][0]) == {
        *("variant", "title", "compared", "lost", "spearman", "mean_shift", "top_30", "levels_changed", "movers"),
    }


def test_a_brief_is_printed_as_markdown_for_a_code_or_a_name(published_home: Path) -> None:
    by_code, by_name = run_monitor("brief", "MMR", home=published_home), run_monitor("brief", "Burma", home=published_home)
    assert by_code.returncode == 0, by_code.stderr
    assert by_code.stdout.startswith("# ")
    assert by_code.stdout == by_name.stdout


def test_an_unknown_country_is_answered_with_the_nearest(published_home: Path) -> None:
    done = run_monitor("brief", "Camerun", home=published_home)
    assert done.returncode == 2
    assert "Cameroon" in done.stderr


def test_an_unknown_format_is_refused_before_anything_is_written(published_home: Path, tmp_path: Path) -> None:
    done = run_monitor("brief", "MMR", "--out", str(tmp_path / "x"), "--format", "md,htlm", home=published_home)
    assert done.returncode == 2
    assert "'html'" in done.stderr
    assert not (tmp_path / "x").exists()


def test_before_the_first_run_the_program_says_what_to_do(tmp_path: Path) -> None:
    done = run_monitor("brief", "MMR", home=tmp_path)
    assert done.returncode == 5
    assert "monitor run" in done.stderr
    assert "Traceback" not in done.stderr


def test_the_panel_answers_from_a_past_day_on_either_basis(published_home: Path) -> None:
    words = ("panel", "--as-of", "2020-01-01", "--series", "ucdp.one_sided_deaths", "--country", "Sudan", "--json")
    recorded, assumed = (run_monitor(*words, "--basis", b, home=published_home) for b in ("recorded", "assumed"))
    assert json.loads(recorded.stdout)["rows"] == []  # this monitor did not exist then
    rows = json.loads(assumed.stdout)["rows"]
    assert max(r["end"] for r in rows)[:10] == "2019-11-30"  # December's figures appear 30 days after its end
    assert "not what was known then" in json.loads(assumed.stdout)["note"]


@pytest.mark.parametrize("verb", ["assess", "panel"])
def test_nobody_looks_from_a_day_that_has_not_come(verb: str, tmp_path: Path) -> None:
    done = run_monitor(verb, "--as-of", "2999-01-01", home=tmp_path)
    assert (done.returncode, done.stdout) == (2, "")
    assert done.stderr.startswith("--as-of 2999-01-01 has not come yet")
    assert done.stderr.count("\n") == 1
    assert not list(tmp_path.iterdir())


def test_an_unknown_source_or_series_is_answered_with_the_nearest(published_home: Path) -> None:
    assert "'vdem'" in run_monitor("collect", "vdme", home=published_home).stderr
    assert "'vdem.v2clkill'" in run_monitor("panel", "--series", "vdem.v2clkil", home=published_home).stderr


def test_export_writes_csv_and_parquet_with_licences_beside_them(published_home: Path, tmp_path: Path) -> None:
    done = run_monitor("export", "--out", str(tmp_path), home=published_home)
    assert done.returncode == 0, done.stderr
    as_csv = pd.read_csv(tmp_path / "assessments.csv", keep_default_na=False, na_values=[""])
    assert len(as_csv) == len(pd.read_parquet(tmp_path / "assessments.parquet")) == 196
    assert "NAM" in set(as_csv["iso3"])
    licences = (tmp_path / "LICENCES.md").read_text()
    for words in ("CC BY 4.0", "CC BY-SA", "Davies", "Coppedge", "wdi.military_spending_share", "ewp.mass_killing_ongoing"):
        assert words in licences, words
    exported = set(pd.read_parquet(tmp_path / "observations.parquet")["series"].astype(str))
    assert "ucdp.one_sided_deaths" in exported
    assert not exported & {"wdi.military_spending_share", "ewp.mass_killing_ongoing", "ewp.mass_killing_onset"}
    assert "citation" in (tmp_path / "citations.csv").read_text().splitlines()[0]


def test_collect_as_json_says_what_each_source_brought(tmp_path: Path) -> None:
    done = run_monitor("collect", "ucdp", "--json", "--mirror", "http://127.0.0.1:9", home=tmp_path)
    assert done.returncode == 3
    runs = json.loads(done.stdout)["runs"]
    assert [r["source"] for r in runs] == ["ucdp_ged", "ucdp_country_year", "ucdp_one_sided", "ucdp_battle_deaths"]
    assert {(r["status"], r["error_kind"], r["via"]) for r in runs} == {("failed", "could not be reached", "http://127.0.0.1:9")}


def test_a_home_that_cannot_be_written_is_one_plain_line(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("not a folder")
    for words in (("run", "--offline"), ("collect", "wdi"), ("sources",), ("schedule",)):
        done = run_monitor(*words, "--home", str(tmp_path / "file" / "home"), home=tmp_path)
        assert done.returncode == 5, words
        assert len(done.stderr.splitlines()) == 1
        assert "cannot be made" in done.stderr
        assert "MONITOR_HOME" in done.stderr


def test_nothing_is_accepted_unless_it_is_named(tmp_path: Path) -> None:
    done = run_monitor("collect", "--accept", home=tmp_path)
    assert done.returncode == 2
    assert "names of the sources" in done.stderr
    assert not (tmp_path / "record.sqlite").exists()


def test_a_second_writer_is_refused_in_one_line(published_home: Path) -> None:
    from monitor.storage.store import Store

    with Store(published_home).writing():
        done = run_monitor("run", "--offline", home=published_home)
    assert done.returncode == 5
    assert "already running" in done.stderr
    assert "Traceback" not in done.stderr


def test_check_says_what_the_config_holds(tmp_path: Path) -> None:
    done = run_monitor("check", home=tmp_path)
    assert done.returncode == 0
    assert "14 risk factors, 141 indicators" in done.stdout


def test_importing_the_command_line_loads_no_heavy_library() -> None:
    code = (
        "import sys, monitor.cli; print(sorted({'pandas', 'streamlit', 'pydantic', 'sqlalchemy', 'requests'} & set(sys.modules)))"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, cwd=ROOT, check=True)
    assert done.stdout.strip() == "[]"


def test_a_setting_that_is_empty_in_the_environment_is_one_that_is_not_set(tmp_path: Path) -> None:
    done = run_monitor("sources", "--json", home=tmp_path, MONITOR_OFFLINE="", MONITOR_MIRROR="")
    assert done.returncode == 0, done.stderr
