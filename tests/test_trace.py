"""From a number in a brief to the publisher's bytes: the real command, on a published run whose raw document is at hand."""

from __future__ import annotations

import hashlib
import json
import re
import shutil
from pathlib import Path
from typing import Any

import pandas as pd
import pytest

from monitor.storage.documents import path_of
from monitor.storage.snapshot import publish
from tests.brief_world import RUN_ID, made_manifest, made_tables
from tests.conftest import run_monitor
from tests.publisher import zipped

# Twelve rows stand before Cameroon's; the made-up reading says 111 deaths in 2025.
ROWS = [f"Elsewhere {n},2025,{n}" for n in range(12)] + ["Cameroon,2025,111"]
TABLE = zipped("\n".join(["country,year,deaths", *ROWS, ""]).encode(), "made-deaths.csv")
SHA = hashlib.sha256(TABLE).hexdigest()
HELD = ("held here", "not held here", "here, but not the bytes that were recorded")


def published(home: Path) -> dict[str, pd.DataFrame]:
    """Publish the made-up run with the raw table in its place; return its tables."""
    tables = made_tables()
    for name in ("readings", "documents", "observations"):
        column = "sha256" if name == "documents" else "document"
        tables[name] = tables[name].replace({column: {"a" * 64: SHA}})
    tables["readings"]["place"] = pd.array([13] * len(tables["readings"]), dtype="Int64")
    tables["observations"]["place"] = pd.array([13] * len(tables["observations"]), dtype="Int64")
    tables["observations"].loc[tables["observations"]["end"].dt.year == 2025, "value"] = 111.0
    manifest = made_manifest(RUN_ID, starter=False)
    publish(home, tables, manifest, RUN_ID)
    path = path_of(home, SHA)
    path.parent.mkdir(parents=True)
    path.write_bytes(TABLE)
    return tables


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a home with the made-up run and its raw document."""
    folder = tmp_path_factory.mktemp("home")
    published(folder)
    return folder


def number_of(home: Path, said: str, country: str = "CMR") -> int:
    """Return the number that stands behind a figure in the brief."""
    text = run_monitor("brief", country, "--length", "full", home=home).stdout
    found = re.search(rf"{re.escape(said)}[^\[]*\[(\d+)\]", text)
    assert found, text
    return int(found[1])


def traced(home: Path, *words: str) -> dict[str, Any]:
    """Return what the command says as JSON."""
    done = run_monitor("trace", *words, "--json", home=home)
    assert done.returncode == 0, done.stderr
    found: dict[str, Any] = json.loads(done.stdout)
    return found


def test_a_number_leads_to_series_period_document_member_row_column_and_bytes(home: Path) -> None:
    number = number_of(home, "111 deaths, 2025")
    found = traced(home, f"CMR-{RUN_ID}", str(number))
    assert (found["value"], found["unit"], found["reference"]["series"]) == (111.0, "deaths", "made_a.deaths")
    (step,) = found["steps"]
    assert (step["start"], step["end"], step["value"], step["place"]) == ("2025-01-01", "2025-12-31", 111.0, 13)
    assert step["document"] == found["documents"][0]["sha256"] == SHA
    spot = found["spot"]
    assert (spot["member"], spot["kind"], spot["place"]) == ("made-deaths.csv", "row", 13)
    assert spot["raw"] == "Cameroon,2025,111"
    assert spot["fields"][2] == ["deaths", "111"]
    assert any("111 deaths, 2025" in said for said in found["said"])


def test_on_the_terminal_the_way_reads_from_the_sentence_down_to_the_bytes(home: Path) -> None:
    number = number_of(home, "111 deaths, 2025")
    done = run_monitor("trace", "Cameroon", str(number), home=home)
    assert done.returncode == 0, done.stderr
    steps = ("said", "series", "value", "source", "figures", "document", "place", "fields", "bytes")
    at = [done.stdout.index(f" {step}  ") for step in steps]
    assert at == sorted(at)
    assert f"sha256 {SHA}" in done.stdout
    assert "member made-deaths.csv, row 13, from byte" in done.stdout
    assert "Cameroon,2025,111" in done.stdout.splitlines()[-1]


def test_the_assessment_and_a_lever_say_that_they_rest_on_no_document(home: Path) -> None:
    assert "worked out" in run_monitor("trace", "CMR", "1", home=home).stdout
    brief = json.loads(run_monitor("brief", "CMR", "--json", "--length", "full", home=home).stdout)
    last = max(n for s in brief["sections"] for b in s["blocks"] if b["kind"] == "sources" for n, _ in b["sources"])
    assert "config/levers.yaml" in run_monitor("trace", "CMR", str(last), home=home).stdout


@pytest.mark.parametrize("state", HELD[1:])
def test_a_document_that_is_not_here_or_is_another_is_said_so_with_its_hash(tmp_path: Path, state: str) -> None:
    published(tmp_path)
    path = path_of(tmp_path, SHA)
    path.unlink() if state == HELD[1] else path.write_bytes(TABLE + b"more")
    found = traced(tmp_path, "CMR", str(number_of(tmp_path, "111 deaths, 2025")))
    assert found["spot"] is None
    assert found["documents"][0]["held"] == state
    assert found["why_not"] == f"the document is {state}; its bytes must have the SHA-256 {SHA}"


@pytest.mark.parametrize(
    ("words", "says"),
    [
        (("CMR", "99"), "this brief has no number 99; its numbers are 1 to"),
        (("CMR", "0"), "greater than or equal to 1"),
        (("Camerun", "1"), "Cameroon"),
        (("CMR-20200101-000000000000", "1"), "is no longer kept"),
        (("../../etc/passwd", "1"), "passwd"),
    ],
)
def test_what_cannot_be_traced_is_refused_on_one_line(home: Path, words: tuple[str, ...], says: str) -> None:
    done = run_monitor("trace", *words, home=home)
    assert done.returncode == 2
    assert says in " ".join(done.stderr.split())
    assert "Traceback" not in done.stderr


@pytest.mark.parametrize("name", ["CMR-2026-01-02", "CMR-2026-01-02.pdf", f"cmr-{RUN_ID}"])
def test_the_name_of_a_file_is_as_good_as_the_id(home: Path, name: str) -> None:
    assert traced(home, name, "1")["id"] == f"CMR-{RUN_ID}"


@pytest.mark.upstream
def test_a_figure_of_a_real_publisher_leads_to_the_row_and_column_of_its_own_file(
    published_home: Path, tmp_path: Path, upstream: str
) -> None:
    home = tmp_path / "home"
    shutil.copytree(published_home, home)
    collected = run_monitor("collect", "ucdp_country_year", "--mirror", upstream, home=home)
    assert collected.returncode == 0, collected.stderr
    assert run_monitor("run", "--offline", "--json", home=home).returncode == 0
    said = "Civilians killed in one-sided violence by governments, calendar year:"
    number = number_of(home, said, country="SDN")
    found = traced(home, "SDN", str(number))
    assert found["documents"][0]["held"] == "held here"
    assert found["spot"]["member"].endswith(".csv")
    name, text = found["spot"]["fields"][found["spot"]["column"] - 1]
    assert name == found["column"].rpartition(":")[2]
    assert float(text) == found["value"] == found["steps"][-1]["value"]
    assert "Sudan" in found["spot"]["raw"]
