"""The page where a text is made: what the address asks for, what is shown before and after, what is edited, what stays inert."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from streamlit.testing.v1 import AppTest

from dashboard import act_words
from monitor.prompts.desk import Desk
from monitor.prompts.formats import to_edit
from monitor.prompts.profile import Form
from monitor.storage.snapshot import Snapshot, publish
from tests.brief_world import RUN_ID, made_manifest, made_tables
from tests.conftest import CONFIG, ROOT
from tests.prompt_world import SCALES, shipped, tables
from tests.published import publish_made

HOSTILE = "<script>alert(1)</script> ![p](https://t.example/p.png) :red[x] $y$ :material/home: [a](javascript:alert(1)) # x"


def page(home: Path, monkeypatch: pytest.MonkeyPatch, **address: str) -> AppTest:
    """Return the page as the address asks for it."""
    monkeypatch.setenv("MONITOR_HOME", str(home))
    app = AppTest.from_file(str(ROOT / "dashboard" / "app.py"), default_timeout=60)
    for name, value in address.items():
        app.query_params[name] = value
    return app.run().switch_page("views/act.py").run()


def shown(app: AppTest) -> str:
    """Return everything that the page says, as it was given to Streamlit."""
    parts = [*app.title, *app.header, *app.subheader, *app.markdown, *app.caption, *app.warning, *app.error]
    return "\n".join(str(p.value) for p in parts)


@pytest.fixture
def made_home(tmp_path: Path) -> Path:
    return publish_with(tmp_path)


def publish_with(home: Path, hostile: str = "") -> Path:
    manifest = made_manifest(RUN_ID, starter=False)
    manifest["framework"]["measures"] = SCALES
    publish(home, tables(hostile=hostile) | {"observations": made_tables()["observations"]}, manifest, RUN_ID)
    return home


# ------------------------------------------------------------------------------------------------------------- what is said


@pytest.mark.parametrize(
    ("edited", "form", "said"),
    [
        (
            "one two three\n\nSources\n[1] a b c",
            {"of": "text", "max_words": 5},
            "3 words without the sources; up to 5 are asked.",
        ),
        ("one two three", {"of": "text", "max_words": 2}, "3 words without the sources; up to 2 are asked, 1 too many."),
        ("one", {"of": "text", "min_words": 2, "max_words": 3}, "1 words without the sources; 2 to 3 are asked."),
        ("one", {"of": "each", "max_words": 9}, "Each indented passage: up to 9 words."),
        ("one", {"of": "each", "max_words": 9, "max_characters": 280}, "Each indented passage: 280 characters."),
    ],
)
def test_length_is_said_against_the_form(edited: str, form: dict[str, Any], said: str) -> None:
    assert act_words.length_said(edited, Form.model_validate(form)) == said


def test_blanks_are_what_stands_in_brackets_and_is_no_number() -> None:
    edited = "Dear [name], see [1] and [a date]. Again [name].\n\nSources\n[1] [not this]"
    assert act_words.blanks_left(edited) == ["name", "a date"]
    assert act_words.blanks_left("Dear Member, see [1].") == []


# ----------------------------------------------------------------------------------------------------------------- the page


def test_the_address_chooses_country_and_text(published_home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    app = page(published_home, monkeypatch, iso3="SDN", kind="early-day-motion")
    assert not app.exception
    desk = Desk(Snapshot.open(published_home), shipped().levers, shipped().parliament, CONFIG)
    assert app.text_area[0].value == to_edit(desk.prompt("SDN", "early-day-motion"))
    assert [h.value for h in app.header] == ["Early day motion\\: Sudan"]


def test_an_address_that_asks_for_what_is_not_there_gets_the_letter(made_home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    app = page(made_home, monkeypatch, iso3="XXX", kind="nonsense")
    assert not app.exception
    assert app.header[0].value == "Letter to your own MP\\: Cameroon"
    assert app.query_params["kind"] in ("own-mp-letter", ["own-mp-letter"])


def test_the_harm_stands_above_the_text_and_the_negative_evidence_below(made_home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    app = page(made_home, monkeypatch, iso3="CMR", kind="minister-letter")
    order = [s.value for s in app.subheader]
    assert order.index("Before anything else\\: do no harm") < order.index("The text") < order.index("Why these asks")
    assert "Where the evidence points the other way" in order
    assert app.warning[0].value.startswith("Edit before sending\\. ")


def test_what_is_edited_is_counted_and_its_blanks_are_listed(made_home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    app = page(made_home, monkeypatch, iso3="CMR", kind="own-mp-letter")
    assert any(m.value.startswith("**Still to fill in:** Your name") for m in app.markdown)
    app.text_area[0].set_value("Dear Member, please ask. [date]").run()
    assert any(m.value == "**Still to fill in:** date." for m in app.markdown)
    assert any(c.value.startswith("5 words without the sources") for c in app.caption)
    app.text_area[0].set_value("Dear Member, please ask.").run()
    assert not any("Still to fill in" in m.value for m in app.markdown)


def test_another_text_is_not_overwritten_by_what_was_typed_into_this_one(
    made_home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    app = page(made_home, monkeypatch, iso3="CMR", kind="own-mp-letter")
    app.text_area[0].set_value("My own words.").run()
    app.selectbox[1].set_value("early-day-motion").run()
    assert "That this House notes" in app.text_area[0].value


def test_a_country_with_too_little_data_gets_its_text(made_home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    app = page(made_home, monkeypatch, iso3="TUV")
    assert not app.exception
    assert "Too little public data is at hand" in app.text_area[0].value


def test_hostile_titles_stay_text(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    app = page(publish_with(tmp_path, HOSTILE), monkeypatch, iso3="CMR", kind="committee-evidence")
    assert not app.exception
    said = shown(app).replace("\\", "\N{NULL}")
    for harmful in ("<script", "![p]", ":red[", "$y$", "[a](javascript"):
        assert harmful not in said
    assert "<script>alert(1)</script>" in app.text_area[0].value  # a field shows letters, and runs nothing


def test_a_mistake_in_the_config_is_said_and_stops_only_this_page(
    made_home: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("MONITOR_CONFIG", str(tmp_path / "nowhere"))
    app = page(made_home, monkeypatch, iso3="CMR")
    assert not app.exception
    assert "No text can be made" in app.error[0].value
    assert "file is missing" in app.error[0].value


def test_a_run_of_an_older_program_is_said_to_lack_what_a_text_needs(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    publish_made(tmp_path)
    app = page(tmp_path, monkeypatch, iso3="CMR")
    assert not app.exception
    assert "lacks what a text needs" in app.error[0].value


def test_the_page_of_a_country_leads_to_its_texts(made_home: Path, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("MONITOR_HOME", str(publish_made(tmp_path / "country").parent.parent))
    app = AppTest.from_file(str(ROOT / "dashboard" / "app.py"), default_timeout=60)
    app.query_params["iso3"] = "CMR"
    links = app.run().switch_page("views/country.py").run().get("page_link")
    found = [link.proto for link in links if "Act on Cameroon" in link.proto.label]
    assert len(found) == 1
    assert "iso3=CMR" in found[0].query_string
