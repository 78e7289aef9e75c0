"""The documentation is under test: what it shows is what the program says."""

from __future__ import annotations

import re

import pytest

from monitor.settings import ROOT, load_config
from tests import docs

TEXTS = [ROOT / "README.md", ROOT / "CHANGELOG.md", *sorted((ROOT / "indicators" / "starter").glob("*.yaml"))]


@pytest.mark.parametrize("name", ["run", "sources", "indicators", "cases", "alerts", "foresight", "prompts"])
def test_generated_parts_of_the_readme_are_what_the_program_says(name: str) -> None:
    assert docs.in_readme(name) == docs.blocks()[name](), "run `make docs`"


def test_the_cost_of_alerts_was_measured_under_the_framework_that_is_shipped() -> None:
    config = load_config(ROOT / "config")
    assert config.alerts.measured is not None
    assert config.alerts.measured.framework == config.framework.hash, "run `monitor alerts replay --write`"


def test_every_command_of_the_readme_exists() -> None:
    from typer.main import get_command

    from monitor.cli import app

    known = set(get_command(app).commands)  # type: ignore[attr-defined]
    used = set(re.findall(r"(?:\.venv/bin/|`)monitor ([a-z]+)", docs.README.read_text(encoding="utf-8")))
    assert used
    assert used <= known


def test_every_make_target_of_the_readme_exists() -> None:
    makefile = (ROOT / "Makefile").read_text(encoding="utf-8")
    for target in set(re.findall(r"\bmake ([a-z-]+)\b", docs.README.read_text(encoding="utf-8"))) - {"dir"}:
        assert re.search(rf"^{target}:", makefile, re.M), target


def test_every_picture_and_file_that_the_readme_names_exists() -> None:
    text = docs.README.read_text(encoding="utf-8")
    for path in re.findall(r"\]\((?!http)([^)#]+)\)", text):
        assert (ROOT / path).is_file(), path


def test_no_lock_file_names_an_address() -> None:
    for path in ROOT.glob("requirements*.lock"):
        text = path.read_text(encoding="utf-8")
        assert "://" not in text
        assert text.count("--hash=sha256:") >= text.count("==") > 50


def test_no_uv_lock_is_tracked() -> None:
    assert "uv.lock" in (ROOT / ".gitignore").read_text(encoding="utf-8").split()


def test_the_set_up_is_two_commands_on_the_first_screen() -> None:
    first_screen = "\n".join(docs.README.read_text(encoding="utf-8").splitlines()[:25])
    assert "make run" in first_screen
    assert "make test" in first_screen
