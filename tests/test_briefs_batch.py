"""Many briefs at once: each is written once, one that fails stops no other, and the same again changes nothing."""

from __future__ import annotations

import json
import shutil
import zipfile
from pathlib import Path

import pytest

from monitor.briefs import batch, making, spoken
from monitor.briefs.batch import Made, Order
from monitor.briefs.house import House
from monitor.briefs.making import Press
from monitor.storage.snapshot import Snapshot, publish
from tests.brief_world import RUN_ID, made_manifest, made_tables
from tests.conftest import run_monitor
from tests.test_brief import LEVERS

FORMS = ("md", "docx", "pdf")


@pytest.fixture
def press(tmp_path: Path) -> Press:
    """Return what makes the briefs of the made-up run."""
    publish(tmp_path / "home", made_tables(), made_manifest(RUN_ID, starter=False), RUN_ID)
    return Press(Snapshot.open(tmp_path / "home"), LEVERS, House())


def make(press: Press, out: Path, *countries: str, forms: tuple[str, ...] = FORMS) -> list[Made]:
    """Return what came of a batch."""
    return list(batch.made(press, Order(countries, forms, "short", out), lambda _: None))


def test_each_country_is_written_in_each_format_and_the_same_again_changes_nothing(press: Press, tmp_path: Path) -> None:
    out = tmp_path / "out"
    first = make(press, out, "CMR", "BRA")
    assert [(m.path.name, m.state) for m in first] == [
        (f"{c}-2026-01-02.{form}", "written") for c in ("CMR", "BRA") for form in FORMS
    ]
    times = {p: p.stat().st_mtime_ns for p in out.iterdir()}
    again = make(press, out, "CMR", "BRA")
    assert {m.state for m in again} == {"unchanged"}
    assert {p: p.stat().st_mtime_ns for p in out.iterdir()} == times


def test_a_file_that_someone_edited_is_made_anew(press: Press, tmp_path: Path) -> None:
    (first,) = make(press, tmp_path, "CMR", forms=("md",))
    first.path.write_text("edited")
    assert [m.state for m in make(press, tmp_path, "CMR", forms=("md",))] == ["written"]


def test_one_made_alone_is_the_one_made_among_many(press: Press) -> None:
    alone = Press(press.snapshot, LEVERS, House(), only="CMR")
    press.paper("BRA")
    assert alone.paper("CMR") == press.paper("CMR")


def test_a_country_that_fails_is_named_and_the_others_are_written(press: Press, tmp_path: Path) -> None:
    done = make(press, tmp_path, "CMR", "XXX", "BRA", forms=("md",))
    assert [(m.iso3, m.state) for m in done] == [("CMR", "written"), ("XXX", "failed"), ("BRA", "written")]
    assert "no assessment of XXX" in done[1].error


def test_a_format_that_fails_is_named_and_the_others_are_written(
    press: Press, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from monitor.briefs import to_pdf

    monkeypatch.setattr(to_pdf, "FONTS", tmp_path / "nowhere")
    to_pdf._compiler.cache_clear()
    to_pdf.covered.cache_clear()
    done = make(press, tmp_path / "out", "CMR", forms=("pdf", "md"))
    to_pdf._compiler.cache_clear()
    to_pdf.covered.cache_clear()
    assert [(m.form, m.state) for m in done] == [("pdf", "failed"), ("md", "written")]
    assert done[0].error


@pytest.mark.parametrize(
    ("right", "wrong", "error"),
    [
        ("{{ t.title }}{% if t.leads %}", "{{ t.no_such_thing }}{% if t.leads %}", "UndefinedError"),
        ("{% if t.leads %}", "{% if %}", "TemplateSyntaxError"),
    ],
)
def test_a_mistake_in_a_template_is_named_with_its_line(
    press: Press, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, right: str, wrong: str, error: str
) -> None:
    folder = tmp_path / "templates"
    shutil.copytree(spoken.TEMPLATES, folder)
    text = (folder / "page.j2").read_text(encoding="utf-8")
    assert text.count(right) == 1
    (folder / "page.j2").write_text(text.replace(right, wrong), encoding="utf-8")
    monkeypatch.setattr(spoken, "TEMPLATES", folder)
    spoken.words.cache_clear()
    done = make(press, tmp_path / "out", "CMR", "BRA", forms=("md",))
    spoken.words.cache_clear()
    line = text[: text.index(right)].count("\n") + 1
    assert all(m.state == "failed" and m.error.startswith(f"page.j2, line {line}: {error}") for m in done), done


def test_an_archive_holds_every_file_and_is_the_same_bytes_again(press: Press, tmp_path: Path) -> None:
    from datetime import UTC, datetime

    files = [m.path for m in make(press, tmp_path, "CMR", "BRA", forms=("md",))]
    at = datetime(2026, 1, 2, 3, 4, 4, tzinfo=UTC)
    packed = batch.zipped(files, at)
    assert packed == batch.zipped(files[::-1], at)
    (tmp_path / "all.zip").write_bytes(packed)
    with zipfile.ZipFile(tmp_path / "all.zip") as archive:
        assert archive.namelist() == ["BRA-2026-01-02.md", "CMR-2026-01-02.md"]
        assert archive.read("CMR-2026-01-02.md") == files[0].read_bytes()


# ---------------------------------------------------------------------------------------------------------- the command


def test_one_brief_whose_folder_cannot_be_written_is_told_on_one_line(press: Press, tmp_path: Path) -> None:
    (tmp_path / "file").write_text("in the way")
    done = run_monitor("brief", "CMR", "--format", "md,pdf", "--out", str(tmp_path / "file"), home=tmp_path / "home")
    assert done.returncode == 3
    assert done.stderr.startswith("md: FileExistsError")
    assert "Traceback" not in done.stderr


def test_the_command_writes_those_at_a_level_or_above_and_says_what_came_of_it(press: Press, tmp_path: Path) -> None:
    home, out = tmp_path / "home", tmp_path / "out"
    words = ("briefs", "--level", "elevated", "--format", "md,html", "--out", str(out), "--zip")
    done = run_monitor(*words, home=home)
    assert done.returncode == 0, done.stderr
    assert "4 written, 0 unchanged, 0 failed" in done.stdout
    names = {p.name for p in out.iterdir()}
    assert names == {f"{c}-2026-01-02.{f}" for c in ("CMR", "MMR") for f in ("md", "html")} | {"briefs-2026-01-02.zip"}
    again = json.loads(run_monitor(*words, "--json", home=home).stdout)
    assert {f["state"] for f in again["files"]} == {"unchanged"}


@pytest.mark.parametrize(
    ("words", "says"),
    [
        (("briefs", "--level", "elevatd"), "'elevated'"),
        (("briefs", "--format", "doc"), "'docx'"),
        (("briefs", "--format", ","), "no format is named"),
        (("brief", "CMR", "--length", "shrt"), "'short'"),
        (("brief", "CMR", "--format", "pfd"), "'pdf'"),
        (("brief", "XKX"), "no assessment of XKX"),
    ],
)
def test_a_word_that_is_not_known_is_refused_with_the_nearest(
    press: Press, tmp_path: Path, words: tuple[str, ...], says: str
) -> None:
    done = run_monitor(*words, home=tmp_path / "home")
    assert done.returncode == 2
    assert says in " ".join(done.stderr.split())


def test_insufficient_data_is_a_level_of_its_own(press: Press, tmp_path: Path) -> None:
    out = tmp_path / "out"
    run_monitor("briefs", "--level", "insufficient data", "--format", "md", "--out", str(out), home=tmp_path / "home")
    assert {p.name[:3] for p in out.iterdir()} == {"BRA", "TUV"}


def test_a_run_of_an_older_program_has_briefs_without_what_it_did_not_publish(press: Press) -> None:
    assert "history" not in press.snapshot.manifest["tables"]
    assert making.PATH == "history"
    assert press.brief("CMR").past.index == {}
    assert press.brief("CMR").forecast is None
