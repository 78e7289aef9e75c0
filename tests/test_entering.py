"""Entering from the command line, a CSV file and the inbox, to the published tables; and that no score moves by it."""

from __future__ import annotations

import json
from pathlib import Path

import pandas as pd
import pytest

from monitor.entry_csv import COLUMNS, cited, read, template
from monitor.risk.entry_rules import Refused
from monitor.storage.snapshot import Snapshot
from monitor.storage.store import Store
from tests.conftest import run_monitor
from tests.made_entries import confirmation, desk, judgement
from tests.test_pipeline import FIRST_DAY, monitor_at

SOURCE_1, SOURCE_2 = "Made-up report|https://example.org/report|2020-10-01", "Second|https://example.com/b|2020-10-20"
JUDGE = ("judge", "CMR", "5.3", "--answer", "weak_signs", "--confidence", "moderate", "--summary", "Made-up signs")
CONFIRM = ("confirm", "Sudan", "imminent", "--reason", "Made-up reason", "--role", "country lead")

# ------------------------------------------------------------------------------------------------------------------ from CSV

HEAD = "iso3,indicator,answer,confidence,summary,role,source_1,source_2,second_reader,allegation,expires"
ROW = f'CMR,5.3,weak_signs,low,"Made-up signs, with a comma",analyst,{SOURCE_1},,,,'
ROW_2 = f"Sudan,1.2,strong_signs,high,Made-up signs,analyst,{SOURCE_1},{SOURCE_2},country lead,yes,2026-12-31"


def csv_file(folder: Path, *lines: str, encoding: str = "utf-8") -> Path:
    path = folder / "judgements.csv"
    path.write_bytes("\r\n".join(lines).encode(encoding))
    return path


def test_every_row_of_a_file_is_a_judgement(tmp_path: Path) -> None:
    first, second = read(csv_file(tmp_path, HEAD, ROW, "", ",,,,,,,,,,", ROW_2), desk())
    assert (first.iso3, first.indicator, first.summary, first.allegation) == ("CMR", "5.3", "Made-up signs, with a comma", False)
    assert (second.iso3, second.second_reader, second.allegation, len(second.sources)) == ("SDN", "country lead", True, 2)
    assert f"{second.expires}" == "2026-12-31"


def test_a_file_saved_by_a_spreadsheet_is_read_as_one_saved_by_hand(tmp_path: Path) -> None:
    by_hand, by_spreadsheet = csv_file(tmp_path, HEAD, ROW), tmp_path / "with-mark.csv"
    by_spreadsheet.write_bytes(b"\xef\xbb\xbf" + by_hand.read_bytes())
    assert read(by_hand, desk()) == read(by_spreadsheet, desk())


def test_the_template_is_a_head_that_is_accepted(tmp_path: Path) -> None:
    cells = dict.fromkeys(COLUMNS, "") | {"iso3": "CMR", "indicator": "5.3", "answer": "weak_signs", "confidence": "low"}
    cells |= {"summary": "Made-up signs", "role": "analyst", "source_1": SOURCE_1}
    (entry,) = read(csv_file(tmp_path, template(), ",".join(cells[c] for c in COLUMNS)), desk())
    assert entry.indicator == "5.3"


@pytest.mark.parametrize(
    ("lines", "fault", "why"),
    [
        ((), "the file is empty", "an empty file"),
        ((HEAD,), "no row below its head", "a head alone"),
        (("iso3,indikator",), "line 1: there is no column 'indikator'", "a misspelt column"),
        (("iso3,indicator",), "line 1: column answer is missing", "a column too few"),
        ((f"{HEAD},iso3",), "a column stands twice", "a column twice"),
        ((HEAD, ROW, ROW.replace("weak_signs", "weak")), "line 3: answer: 'weak' is not one of", "the line of a bad row"),
        ((HEAD, ROW.replace("CMR", "Camerun")), "line 2: iso3: .*Cameroon", "with the nearest country"),
        ((HEAD, ROW, ROW), "line 3: CMR 5.3 stands in line 2 already", "the same indicator twice"),
        ((HEAD, '"CMR\n",5.3', ROW.replace("low", "lo")), "line 4: confidence", "lines are those of the file, not rows"),
        ((HEAD, ROW + ",more"), "line 2: has 12 cells; the head has 11", "a cell too many"),
        ((HEAD, "CMR,5.3"), "line 2: has 2 cells", "cells too few"),
        ((HEAD, ROW.replace(SOURCE_1, "https://example.org")), "line 2: source .* write TITLE", "a source without a title"),
        ((HEAD, ROW.replace(SOURCE_1, "")), "line 2: sources: .*at least one", "no source"),
        ((HEAD, ROW_2.replace("yes", "perhaps")), "line 2: allegation: 'perhaps' is neither yes nor no", "neither yes nor no"),
        ((HEAD, ROW_2.replace("2026-12-31", "31/12/2026")), "line 2: expires: write a day", "a day as a spreadsheet writes it"),
        ((HEAD, '"unclosed'), "is not CSV", "a quotation mark that is never closed"),
        ((HEAD, ROW.replace("Made-up", "=Made-up")), "line 2: summary: must begin", "a formula"),
        ((HEAD, ROW.replace("Made-up signs", "A\x00B")), "line 2:", "a null character"),
    ],
)  # fmt: skip
def test_a_bad_file_is_refused_whole_and_every_bad_row_is_named(
    tmp_path: Path, lines: tuple[str, ...], fault: str, why: str
) -> None:
    with pytest.raises(Refused, match=fault):
        read(csv_file(tmp_path, *lines), desk())


def test_every_bad_row_is_named_at_once(tmp_path: Path) -> None:
    with pytest.raises(Refused) as caught:
        read(csv_file(tmp_path, HEAD, ROW.replace("low", "lo"), ROW, ROW_2.replace("country lead", "analyst")), desk())
    assert [fault.split(":")[0] for fault in caught.value.faults] == ["line 2", "line 4"]


def test_a_file_that_is_no_text_missing_or_huge_is_refused_by_name(tmp_path: Path) -> None:
    with pytest.raises(Refused, match=r"judgements\.csv is not UTF-8 text \(byte"):
        read(csv_file(tmp_path, HEAD, ROW.replace("Made", "Schön"), encoding="latin-1"), desk())
    with pytest.raises(Refused, match=r"nowhere\.csv cannot be read"):
        read(tmp_path / "nowhere.csv", desk())
    with pytest.raises(Refused, match="more than 4,000,000 bytes"):
        read(csv_file(tmp_path, HEAD, "x" * 4_000_001), desk())


def test_a_title_may_hold_the_sign_that_divides() -> None:
    assert cited("A|B|https://example.org/a| 2026-10-01 ") == {
        "title": "A|B",
        "url": "https://example.org/a",
        "date": "2026-10-01",
    }


# --------------------------------------------------------------------------------------------------- from the command line


@pytest.mark.parametrize("verb", ["judge", "confirm"])
def test_each_verb_has_help_with_an_example(verb: str, tmp_path: Path) -> None:
    done = run_monitor(verb, "--help", home=tmp_path)
    assert done.returncode == 0
    assert f"Example: monitor {verb}" in " ".join(done.stdout.split())
    assert list(tmp_path.iterdir()) == []  # asking touches nothing


def test_a_judgement_is_entered_listed_replaced_and_withdrawn(tmp_path: Path) -> None:
    done = run_monitor(*JUDGE, "--source", SOURCE_1, "--role", "analyst", home=tmp_path)
    assert done.returncode == 0, done.stderr
    assert "Cameroon 5.3: weak signs (moderate confidence), by analyst; stands to" in done.stdout
    assert "changing no score" in done.stdout
    again = run_monitor(*JUDGE, "--source", SOURCE_1, "--role", "analyst", home=tmp_path)
    assert "nothing was added" in again.stdout
    second = (*JUDGE[:4], "clear_signs", *JUDGE[5:], "--source", SOURCE_1, "--source", SOURCE_2, "--role", "analyst")
    said = json.loads(run_monitor(*second, "--direction", "worsening", "--json", home=tmp_path).stdout)
    assert [(e["recorded"], e["iso3"], e["answer"], e["direction"]) for e in said["entries"]] == [
        (True, "CMR", "clear_signs", "worsening")
    ]
    back = run_monitor("judge", "CMR", "5.3", "--withdraw", "--reason", "Made-up error", "--role", "analyst", home=tmp_path)
    assert back.returncode == 0, back.stderr
    listed = json.loads(run_monitor("judge", "Cameroon", "--list", "--json", home=tmp_path).stdout)["judgements"]
    assert [(r["answer"], r["state"]) for r in listed] == [("weak_signs", "replaced"), ("clear_signs", "withdrawn")]
    shown = run_monitor("judge", "--list", home=tmp_path).stdout
    assert "withdrawn" in shown
    assert "https://example.org/report" in shown.replace("\n", "")
    assert "not assessed" in run_monitor("judge", "SDN", "--list", home=tmp_path).stdout


def test_a_broken_rule_ends_with_exit_code_2_every_reason_and_no_entry(tmp_path: Path) -> None:
    done = run_monitor(*JUDGE, "--source", "No title", "--role", "analyst", home=tmp_path)
    assert (done.returncode, done.stdout) == (2, "")
    assert "write TITLE|URL|2026-10-01" in done.stderr
    done = run_monitor(*JUDGE[:4], "strong_signs", *JUDGE[5:], "--source", SOURCE_1, "--role", "Jane Doe", home=tmp_path)
    assert (done.returncode, done.stdout) == (2, "")
    assert "Refused, nothing was recorded:" in done.stderr
    for words in ("role: 'Jane Doe' is not a role", "needs two independent sources", "needs a second reader"):
        assert words in done.stderr
    assert "Traceback" not in done.stderr
    assert "iso3: is missing" in run_monitor("judge", home=tmp_path).stderr
    assert Store(tmp_path).entries() == []


def test_a_confirmation_is_entered_and_withdrawn(tmp_path: Path) -> None:
    alone = run_monitor(*CONFIRM, "--source", SOURCE_1, home=tmp_path)
    assert alone.returncode == 2
    assert "two independent sources" in alone.stderr
    done = run_monitor(*CONFIRM, "--source", SOURCE_1, "--source", SOURCE_2, home=tmp_path)
    assert done.returncode == 0, done.stderr
    assert "Sudan imminent: confirmed by country lead on 2 sources; stands to" in done.stdout
    back = ("confirm", "SDN", "imminent", "--withdraw", "--reason", "Made-up reason", "--role", "analyst")
    assert run_monitor(*back, home=tmp_path).returncode == 0
    assert "nothing was added" in run_monitor(*back, home=tmp_path).stdout
    (row,) = json.loads(run_monitor("confirm", "--list", "--json", home=tmp_path).stdout)["confirmations"]
    assert (row["kind"], row["state"]) == ("imminent", "withdrawn")


def test_a_file_is_imported_whole_or_not_at_all(tmp_path: Path) -> None:
    head = run_monitor("judge", "--template", home=tmp_path).stdout
    assert head == f"{template()}\n"
    late = ROW_2.replace("2026-12-31", "")  # the default end, whenever this test is run
    bad = csv_file(tmp_path, HEAD, ROW, late.replace("country lead", ""))
    done = run_monitor("judge", "--import", str(bad), home=tmp_path / "home")
    assert done.returncode == 2
    assert "line 3: second_reader" in done.stderr
    assert Store(tmp_path / "home").entries() == []
    good = csv_file(tmp_path, HEAD, ROW, late)
    for count in ("2 of 2 recorded", "0 of 2 recorded"):  # the second time it says nothing new
        done = run_monitor("judge", "--import", str(good), home=tmp_path / "home")
        assert done.returncode == 0, done.stderr
        assert count in done.stdout


# ------------------------------------------------------------------------------------------------- to the published table


def test_entries_are_published_beside_the_assessment_and_change_no_figure_of_it(tmp_path: Path) -> None:
    """Without entries the tables are empty; strong signs and a confirmation later, no other table differs by a bit."""
    without = monitor_at(tmp_path / "a", FIRST_DAY).run(FIRST_DAY)
    assert (len(without.tables["judgements"]), len(without.tables["confirmations"]), list(without.inbox)) == (0, 0, [])
    entries = {
        "1.json": judgement(iso3="TUV", answer="strong_signs", second_reader="country lead", sources=confirmation()["sources"]),
        "2.json": confirmation(iso3="TUV"),
        "3.json": judgement(iso3="Atlantis"),
    }
    box = tmp_path / "b" / "inbox"
    box.mkdir(parents=True)
    for name, form in entries.items():
        (box / name).write_text(json.dumps(form))
    result = monitor_at(tmp_path / "b", FIRST_DAY).run(FIRST_DAY)
    assert [(t.file, t.outcome) for t in result.inbox] == [("1.json", "recorded"), ("2.json", "recorded"), ("3.json", "refused")]
    snapshot = Snapshot.open(tmp_path / "b")
    judged, confirmed = snapshot.table("judgements"), snapshot.table("confirmations")
    assert judged[["iso3", "indicator", "answer", "rank", "state"]].to_numpy().tolist() == [
        ["TUV", "5.3", "strong_signs", 3, "stands"]
    ]
    assert confirmed[["iso3", "kind", "state"]].to_numpy().tolist() == [["TUV", "imminent", "stands"]]
    types = {c: str(k) for c, k in judged.dtypes.items()}
    assert types == {c: str(k) for c, k in Snapshot.open(tmp_path / "a").table("judgements").dtypes.items()}
    for name in ("assessments", "factors", "indicators", "readings", "drivers", "signals"):
        pd.testing.assert_frame_equal(without.tables[name], result.tables[name])
    board = result.tables["indicators"].merge(judged[judged["state"] == "stands"], on=["iso3", "indicator"], how="left")
    assert len(board) == len(result.tables["indicators"])  # at most one stands, so that a join adds no row
    assert board.loc[board["answer"].notna(), ["iso3", "indicator"]].to_numpy().tolist() == [["TUV", "5.3"]]


def test_a_run_says_what_became_of_the_inbox(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    from monitor.inbox import Taken
    from monitor.terminal.entries import show_inbox

    show_inbox([])
    assert capsys.readouterr().out == ""
    show_inbox(
        [Taken("a.json", "recorded", "x"), Taken("b.json", "refused", "iso3: [bold]no[/bold]"), Taken("c.json", "known", "x")]
    )
    out = capsys.readouterr().out
    assert "1 new entry recorded" in out
    assert "Inbox, refused: b.json: iso3: [bold]no[/bold]" in out
    assert "c.json" not in out
