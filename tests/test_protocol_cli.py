"""The protocol as a person reads it: `monitor protocol`, in a process of its own, on the published assessment."""

from __future__ import annotations

import json
import re
import shutil
from datetime import date, timedelta
from pathlib import Path

import pandas as pd
import pytest

from monitor.risk.protocol import evaluate
from monitor.risk.standing import summary
from monitor.settings import load_config, read_yaml
from monitor.storage.snapshot import Snapshot
from tests.conftest import CONFIG, run_monitor


def said(home: Path, *words: str) -> str:
    done = run_monitor("protocol", *words, home=home)
    assert done.returncode == 0, done.stderr
    return " ".join(done.stdout.split())


def test_the_first_lines_say_where_a_country_stands_until_when_and_what_is_known_of_imminent_risk(published_home: Path) -> None:
    text = said(published_home, "SDN")
    as_of = date.fromisoformat(Snapshot.open(published_home).manifest["as_of"])
    review = as_of + timedelta(days=14)
    head = text[: text.index("BASELINE")]
    assert head.startswith(f"Sudan (SDN): ▲ high, killing under way as of {as_of.day} {as_of:%B %Y}")
    assert f"Next review {review.day} {review:%B %Y} (every 14 days)" in head
    assert "✓ watch ✓ elevated ✓ high ? imminent risk ✓ under way" in head
    assert "? Criteria for imminent risk: unknown" in head
    assert "two people and two sources to confirm: `monitor confirm SDN imminent`" in head


def test_each_criterion_is_printed_with_mark_word_and_reading(published_home: Path) -> None:
    text = said(published_home, "SDN")
    assert "✓ met Conflict-related track: at high or above high, index 87; figures to Feb 2026" in text
    assert "✗ not met" in text
    assert "? unknown 12.7 Armed forces prepared or massed against civilians: clear signs not assessed; enter one" in text
    assert text.count("not assessed; enter one with `monitor judge`") > 20


def test_the_caveat_stands_before_the_ask_and_the_holder_is_an_office_not_yet_checked(published_home: Path) -> None:
    actions = said(published_home, "SDN").split("WHAT SHOULD FOLLOW: HIGH")[1].split("Sources of the actions")[0]
    blocks = re.split(r" by \d+ [A-Z]\w+ \d{4} \(", actions)[1:]
    assert len(blocks) > 15
    order = r" Holder .+ Instrument .+ Risk of harm .+ Ask .+\(evidence that it helps: "
    assert not [b for b in blocks if not re.search(order, b)]
    assert "Export Control Joint Unit (not yet checked)" in actions
    assert "KILLING UNDER WAY" in actions


@pytest.mark.parametrize("country", ["SDN", "CMR", "MMR", "VEN", "PRK", "GBR", "EGY", "PSE"])
def test_json_says_the_same_for_machines(country: str, published_home: Path) -> None:
    found = json.loads(run_monitor("protocol", country, "--json", home=published_home).stdout)
    assert found["iso3"] == country
    assert [x["level"] for x in found["levels"]] == ["baseline", "watch", "elevated", "high", "imminent", "under way"]
    criteria = [c for x in found["levels"] for c in x["criteria"]]
    assert {c["state"] for c in criteria} <= {"met", "not met", "unknown"}
    assert all(c["reading"] and c["title"] for c in criteria)
    assert found["stands_at"][0] in (found["level"], "imminent")
    assert not [x for x in found["levels"] if x["level"] == "imminent" and x["stands"]]
    assert all(a["holder"] and a["caveat"] and a["deadline"] > found["as_of"] for at in found["actions"].values() for a in at)
    assert not found["protocol"]["changed_since_run"]


def test_the_united_kingdom_is_asked_what_it_does_at_home(published_home: Path) -> None:
    found = json.loads(run_monitor("protocol", "UK", "--json", home=published_home).stdout)
    assert {a["reach"] for at in found["actions"].values() for a in at} == {"home"}


def test_without_a_country_the_protocol_itself_is_printed(published_home: Path, tmp_path: Path) -> None:
    text = said(tmp_path)  # needs no assessment
    for words in (
        "WATCH:",
        "IMMINENT RISK:",
        "UNDER WAY:",
        "INSUFFICIENT DATA:",
        "Evidence bar:",
        "Reviewed every 3 days",
        "within 1 day:",
    ):
        assert words in text, words
    found = json.loads(run_monitor("protocol", "--json", home=tmp_path).stdout)
    assert found["hash"] == Snapshot.open(published_home).manifest["protocol"]["hash"]


def test_what_is_published_is_what_the_program_works_out(published_home: Path) -> None:
    snapshot = Snapshot.open(published_home)
    tables = {t: snapshot.table(t) for t in ("assessments", "readings", "signals", "factors", "series", "sources")}
    protocol = load_config(CONFIG).protocol
    rows = evaluate(protocol, tables, as_of=date.fromisoformat(snapshot.manifest["as_of"]))
    published = snapshot.table("protocol")
    same = ["iso3", "level", "route", "criterion", "state", "reading", "document", "place"]
    pd.testing.assert_frame_equal(published[same], rows[same], check_dtype=False)
    levels = snapshot.table("protocol_levels")
    assert len(levels) == 196 * 6
    pd.testing.assert_frame_equal(levels, summary(protocol, rows, tables["assessments"]), check_dtype=False)
    assert set(snapshot.table("protocol_actions")["level"]) >= {"imminent", "insufficient data"}


def test_a_reading_of_figures_leads_to_a_document_that_is_published(published_home: Path) -> None:
    snapshot = Snapshot.open(published_home)
    rows = snapshot.table("protocol")
    rest = rows[rows["kind"].isin(["signal", "measure_value", "measure_score"]) & (rows["end"] != "")]
    assert len(rest) > 1000
    assert set(rest["document"]) <= set(snapshot.table("documents")["sha256"])


def test_the_hash_is_that_of_protocol_and_levers_and_of_nothing_else(tmp_path: Path) -> None:
    folder = shutil.copytree(CONFIG, tmp_path / "config")
    first = load_config(folder).protocol.hash
    watch = folder / "watchlist.yaml"
    watch.write_text(watch.read_text().replace("rose_points: 5", "rose_points: 6"))
    assert load_config(folder).protocol.hash == first
    for name in ("protocol.yaml", "levers.yaml"):
        path = folder / name
        path.write_text(path.read_text() + "\n# a change\n")
        assert load_config(folder).protocol.hash != first
        path.write_text((CONFIG / name).read_text())


def test_a_protocol_changed_since_the_run_is_said_so(published_home: Path, tmp_path: Path) -> None:
    folder = shutil.copytree(CONFIG, tmp_path / "config")
    path = folder / "protocol.yaml"
    path.write_text(path.read_text().replace("review_days: 90", "review_days: 91", 1))
    done = run_monitor("protocol", "EGY", home=published_home, MONITOR_CONFIG=str(folder))
    assert "The protocol has changed since this assessment was published" in " ".join(done.stdout.split())
    assert read_yaml(path)["levels"][1]["review_days"] == 91


def test_another_framework_than_the_published_one_is_refused(published_home: Path, tmp_path: Path) -> None:
    folder = shutil.copytree(CONFIG, tmp_path / "config")
    path = folder / "framework.yaml"
    path.write_text(path.read_text() + "\n# another\n")
    done = run_monitor("protocol", "EGY", home=published_home, MONITOR_CONFIG=str(folder))
    assert done.returncode == 5
    assert "run `monitor run` first" in done.stderr


@pytest.mark.parametrize(("words", "hint"), [(["Camerun"], "Cameroon"), (["--replay", "2024"], "2005-2024")])
def test_what_is_mistyped_is_answered_with_what_was_meant(words: list[str], hint: str, published_home: Path) -> None:
    done = run_monitor("protocol", *words, home=published_home)
    assert done.returncode == 2
    assert hint in done.stderr


def test_the_counts_in_the_comment_are_those_of_the_published_path(published_home: Path) -> None:
    """What protocol.yaml says of the end of 2024 was measured: `monitor protocol --replay 2005-2024`."""
    then = Snapshot.open(published_home).table("history", filters=[("as_of", "==", "2024-12-31")])
    order = {level: n for n, level in enumerate(("baseline", "watch", "elevated", "high"))}
    rank = then["level"].map(order)
    counts = [f"{level} {(rank >= n).sum()}" for level, n in order.items() if n]
    counts.append(f"under way {(then['status'] == 'under way').sum()}")
    text = re.sub(r"\s*\n#\s*", " ", (CONFIG / "protocol.yaml").read_text(encoding="utf-8"))
    assert f"at the end of 2024: {', '.join(counts)}" in text


def test_years_are_counted_on_today_s_vintages_and_that_is_said(published_home: Path, tmp_path: Path) -> None:
    home = shutil.copytree(published_home, tmp_path / "home")
    found = json.loads(run_monitor("protocol", "--replay", "1994-1994", "--json", home=home).stdout)
    assert "not what was known then" in found["basis"]
    met = {r["level"]: r["met"] for r in found["rows"]}
    assert met["watch"] > met["elevated"] > met["high"] > met["imminent"] == 0
