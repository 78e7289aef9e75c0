"""Texts an advocate can send: who gets them, which levers they carry and why, what stays inert, how a kind is added."""

from __future__ import annotations

import html.parser
import json
import shutil
from datetime import date
from pathlib import Path
from typing import Any

import pandas as pd
import pytest

from monitor.briefs.levers import LeverBook
from monitor.prompts.asks import fits_phase, ranked
from monitor.prompts.desk import files
from monitor.prompts.formats import FORMATS, formatted, to_edit
from monitor.prompts.material import order_of
from monitor.prompts.profile import is_old
from monitor.prompts.wording import TextError
from monitor.settings import load_config
from tests import test_levers
from tests.brief_world import RUN_ID
from tests.conftest import CONFIG, run_monitor
from tests.hostile import HOSTILE
from tests.prompt_world import DAY, about, profile, shipped, text

KINDS = [k.id for k in shipped().parliament.kinds]


def words(prompt: Any, part: str = "text") -> str:
    return " ".join(b.words for b in prompt.part(part))


# ---------------------------------------------------------------------------------------------- levers: order and reasons


def asks(
    *levers: dict[str, Any], phase: str = "before", level: str = "high", status: str = "onset risk", **more: Any
) -> list[Any]:
    """Return made-up levers as they are ranked for a made-up country that RF1 and RF2 drive."""
    book = test_levers.book(*levers)
    words = {x["id"]: {"question": "what is done in {country}", "request": "do it in {country}"} for x in levers}
    office = {
        "id": "made",
        "title": "Made-up Minister",
        "called": "the Minister",
        "greeting": "Minister",
        "holds": ["made", "home"],
    }
    to = profile(asks=words, offices=[office | more.pop("office", {})], **more)
    said = {"iso3": "CMR", "level": level, "status": status, "headline": "conflict"}
    said |= {"conflict_level": level, "outside_conflict_level": level}
    dated = pd.DataFrame(
        [{"level": "high", "order": 1, "reach": "abroad", "tracks": "conflict", "id": "dated", "do": "Do it.", "days": 7}]
    )
    return list(ranked(book, to, ["RF1", "RF2"], said, dated, phase=phase, as_of=DAY))


def test_fit_counts_driving_factors_then_phase_then_a_date_in_the_protocol() -> None:
    found = asks(
        test_levers.lever("plain", "RF9", kind="protective"),
        test_levers.lever("dated", "RF9", kind="protective"),
        test_levers.lever("phase", "RF1", kind="preventive"),
        test_levers.lever("two", "RF1 RF2", kind="preventive"),
    )
    assert [(a.lever.id, a.fit, a.factors, a.fits_phase, a.days) for a in found] == [
        ("two", 3, ("RF1", "RF2"), True, None),
        ("phase", 2, ("RF1",), True, None),
        ("dated", 1, (), False, 7),
        ("plain", 0, (), False, None),
    ]
    assert found[2].doing == "Do it."


def test_of_equal_fit_the_better_evidence_comes_before_and_then_the_order_of_the_file() -> None:
    found = asks(
        test_levers.lever("b", "RF1", strength="weak"),
        test_levers.lever("c", "RF1", strength="strongest"),
        test_levers.lever("a", "RF1", strength="weak"),
    )
    assert [a.lever.id for a in found] == ["c", "b", "a"]


@pytest.mark.parametrize(
    ("kind", "stages", "phase", "status", "fits"),
    [
        ("preventive", ("escalation",), "before", "onset risk", True),
        ("protective", ("escalation",), "before", "onset risk", False),
        ("protective", ("escalation",), "during", "onset risk", True),
        ("preventive", ("escalation",), "during", "onset risk", False),
        ("mitigating", ("acute",), "before", "under way", True),  # whatever the phase of war, civilians are being killed
        ("preventive", ("acute",), "before", "under way", False),
        ("preventive", ("aftermath",), "after", "recent past", True),
        ("preventive", ("upstream",), "after", "onset risk", False),
        ("preventive", ("upstream",), "unknown", "onset risk", False),
    ],
)
def test_a_kind_of_lever_fits_a_phase(kind: str, stages: Any, phase: str, status: str, fits: bool) -> None:
    assert fits_phase(kind, stages, phase, status) is fits


def test_after_a_conflict_levers_of_the_aftermath_are_among_those_that_fit() -> None:
    only = test_levers.lever("after", "RF1", stages=["aftermath"])
    always = [test_levers.lever(name, "RF1") for name in ("one", "two")]
    assert [a.lever.id for a in asks(*always, only, phase="before")] == ["one", "two"]
    assert {a.lever.id for a in asks(*always, only, phase="after")} == {"one", "two", "after"}


@pytest.mark.parametrize(
    ("checked_on", "old"),
    [("", False), (date(2025, 1, 2), False), (date(2025, 1, 1), True), (date(2026, 1, 2), False)],
)
def test_a_check_is_old_after_a_year_and_one_never_made_is_not_old_but_missing(checked_on: Any, old: bool) -> None:
    assert is_old(checked_on, DAY, 365) is old


def test_a_text_warns_where_an_office_was_checked_long_ago() -> None:
    offices = [o | {"checked_on": "2020-01-01"} for o in shipped().parliament.model_dump(mode="json")["offices"]]
    warned = words(text("CMR", "minister-letter", to=profile(offices=offices)), "before")
    assert "Warning: an office or a rule used here was checked more than 365 days ago." in warned
    assert "Warning" not in words(text("CMR", "minister-letter"), "before")


# ----------------------------------------------------------------------------------------------------- who it is addressed to


def test_each_question_goes_to_the_minister_whose_department_holds_the_lever() -> None:
    order = order_of(about("CMR"), shipped().parliament.kind("embassy-questions"))
    for ask in order.asks:
        assert ask.holder.id in ask.office.holds
    letter = text("CMR", "minister-letter")
    assert letter.to == f"{order_of(about('CMR'), shipped().parliament.kind('minister-letter')).office.title}"


def test_a_form_puts_levers_that_suit_it_before_others_and_says_so() -> None:
    made = about("CMR", ("assessments", "iso3 == 'CMR'", {"status": "under way", "status_deaths": 2222.0}))
    plain = order_of(made, shipped().parliament.kind("press-lines"))
    suited = order_of(made, shipped().parliament.kind("un-statement"))
    assert {a.holder.id for a in suited.asks} <= {"mission_geneva", "mission_new_york"}
    assert {a.holder.id for a in plain.asks} - {"mission_geneva", "mission_new_york"}
    prompt = text("CMR", "un-statement", ("assessments", "iso3 == 'CMR'", {"status": "under way", "status_deaths": 2222.0}))
    assert "suits this form" in words(prompt, "after")


# -------------------------------------------------------------------------------------------------------- what it is made of


def test_the_text_says_the_figures_of_the_run_with_their_sources() -> None:
    letter = text("CMR", "own-mp-letter")
    assert 'at "high", level 4 of 4, as of 2 January 2026' in words(letter)
    assert "Made-up deaths: about 110 (2025, provisional)" in words(letter)  # 111, to two figures
    made = next(x for x in letter.sources if x.reference.series == "made_a.deaths")
    assert made.words == (
        "Made-up provider: Made-up source A, release 1; made-up deaths, 12 months, 2025, provisional; CC BY 4.0"
    )
    assert made.reference.url == "https://example.org/made.csv"
    assert letter.run_id == RUN_ID


def test_sources_of_what_is_sent_are_numbered_before_those_of_the_notes() -> None:
    letter = text("CMR", "own-mp-letter")
    assert 0 < letter.sent < len(letter.sources)
    sent = to_edit(letter).split("\nSources\n")
    assert [line[:4] for line in sent[1].strip().split("\n")] == [f"[{n}] " for n in range(1, letter.sent + 1)]
    assert f"[{letter.sent + 1}]" not in to_edit(letter)


def test_a_rise_is_claimed_only_where_the_level_or_the_index_rose() -> None:
    rose = words(text("CMR", "mp-meeting"))
    assert "The level rose from elevated a year earlier to high" in rose
    same = {"level_before": "high", "index_before": 87.0}
    assert "rose" not in words(text("CMR", "mp-meeting", ("assessments", "iso3 == 'CMR'", same)))
    missing = {"level_before": "insufficient data", "index_before": float("nan")}
    assert "rose" not in words(text("CMR", "mp-meeting", ("assessments", "iso3 == 'CMR'", missing)))


def test_figures_that_turn_readers_against_people_are_never_told() -> None:
    never = about("CMR", to=profile(never_told=["made_deaths"]))
    assert [t.figure.measure for t in about("CMR").told] == ["made_deaths"]
    assert never.told == ()


def test_the_same_run_gives_the_same_text() -> None:
    for form in FORMATS:
        assert formatted(text("CMR", "committee-evidence"), form) == formatted(text("CMR", "committee-evidence"), form)


# ------------------------------------------------------------------------------------------------------------------- hostile


class Tags(html.parser.HTMLParser):
    """The tags, attributes and addresses of a page."""

    def __init__(self) -> None:
        super().__init__()
        self.tags: list[str] = []
        self.attributes: list[tuple[str, str | None]] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append(tag)
        self.attributes += attrs


@pytest.mark.parametrize("hostile", HOSTILE[::7], ids=ascii)
def test_hostile_titles_and_names_stay_text_in_every_format(hostile: str) -> None:
    prompt = text("CMR", "committee-evidence", ("assessments", "iso3 == 'CMR'", {"name": hostile}), hostile=hostile)
    plain = text("CMR", "committee-evidence")
    assert [b.shape for b in prompt.blocks] == [b.shape for b in plain.blocks]
    page = Tags()
    page.feed(formatted(prompt, "html"))
    like = Tags()
    like.feed(formatted(plain, "html"))
    assert set(page.tags) == set(like.tags)
    assert not [n for n, _ in page.attributes if n.startswith("on") or n in ("src", "style", "srcset")]
    assert not [v for n, v in page.attributes if n == "href" and not str(v).startswith(("#source-", "https://", "http://"))]
    for form in FORMATS:
        made = formatted(prompt, form)
        assert not [c for c in made if ord(c) < 32 and c != "\n"], form
        assert not {"\u202e", "\u2028", "\x7f", "\ufeff", "\ue000", "\ue001"} & set(made)
        json.loads(json.dumps(made))
    markdown = formatted(prompt, "md")
    assert "<script" not in markdown.replace("\\<script", "")
    assert "![" not in markdown.replace("\\!", "").replace("!\\[", "")


def test_a_country_whose_name_is_a_heading_makes_no_heading() -> None:
    prompt = text("CMR", "un-statement", ("assessments", "iso3 == 'CMR'", {"name": "# Made\n\n%% after\n- x"}))
    assert [b for b in prompt.blocks if b.text.startswith("Made")] == []
    assert "# Made %% after - x" in words(prompt)


# ---------------------------------------------------------------------------------------------------- adding a kind, a state


def own_config(folder: Path, template: str, name: str = "village-meeting") -> Path:
    """Return a copy of the config with one more kind, its template beside it."""
    config = shutil.copytree(CONFIG, folder / "config")
    entry = (
        f"kinds:\n  - id: {name}\n    title: Village meeting\n    sent_by: a group\n    to: public\n    asks: 2\n"
        "    basis: house\n    form: {of: text, max_words: 50}\n    timing: Any time\n    verification: unverified_detail\n"
    )
    path = config / "parliament.yaml"
    path.write_text(path.read_text(encoding="utf-8").replace("\nkinds:\n", f"\n{entry}"), encoding="utf-8")
    (config / "prompts").mkdir()
    (config / "prompts" / f"{name}.j2").write_text(template, encoding="utf-8")
    return config


def test_a_kind_is_added_by_an_entry_and_a_template_without_any_code(tmp_path: Path) -> None:
    said = "Come and hear about {{ there }}: [[when, where]].\n\n{{ s.level(m) }}\n"
    body = f'{{% extends "frame.j2" %}}{{% block text %}}\n{said}{{% endblock %}}'
    config = own_config(tmp_path, body)
    prompt = text("KEN", "village-meeting", config=config, to=load_config(config).parliament)
    assert words(prompt).startswith("Come and hear about Kenya: when, where. Atrocity Monitor")
    assert prompt.title == "Village meeting"
    assert prompt.blanks == ("when, where",)
    assert "do no harm" in words(prompt, "before")


@pytest.mark.parametrize(
    ("template", "says"),
    [
        ('{% extends "frame.j2" %}\n{% block text %}\n{{ b.nothing }}\n{% endblock %}', "template village-meeting.j2, line 3"),
        ('{% extends "frame.j2" %}\n{% block text %}\n{% if %}\n{% endblock %}', "template village-meeting.j2, line 3"),
        ('{% extends "frame.j2" %}\n{% block text %}\n{{ b.__class__.__mro__ }}\n{% endblock %}', "template village-meeting.j2"),
        ("no part at all", "a line stands before the first part"),
        ('{% extends "no-such.j2" %}', "no-such.j2"),
    ],
)
def test_a_template_at_fault_is_named_with_its_line_and_can_reach_nothing(tmp_path: Path, template: str, says: str) -> None:
    config = own_config(tmp_path, template)
    with pytest.raises(TextError, match=says.replace(".", r"\.")):
        text("KEN", "village-meeting", config=config, to=load_config(config).parliament)


def test_another_state_follows_by_config() -> None:
    """The same program for Kenya: its own offices and words, Kenya at home and the United Kingdom abroad."""
    kenya = profile(
        state="KEN",
        title="Kenya",
        offices=[
            {
                "id": "minister",
                "title": "Cabinet Secretary for Made-up Affairs",
                "called": "the Cabinet Secretary",
                "greeting": "Cabinet Secretary",
                "holds": [h.id for h in shipped().levers.holders],
            }
        ],
        assessment=shipped().parliament.assessment.model_dump() | {"answered_by": "minister", "answered_by_at_home": "minister"},
    )
    abroad = text("CMR", "commons-question", to=kenya)
    assert "To ask the Cabinet Secretary for Made-up Affairs, " in words(abroad)
    assert "Foreign, Commonwealth" not in words(abroad)
    assert not about("GBR", to=kenya).at_home
    assert about("KEN", to=kenya).at_home


# --------------------------------------------------------------------------------------------------------------------- files


def test_files_have_stable_names_and_nothing_is_left_half_written(tmp_path: Path) -> None:
    prompt = text("CMR", "early-day-motion")
    once = [(p.name, p.read_bytes()) for p in files([prompt], tmp_path, FORMATS)]
    again = [(p.name, p.read_bytes()) for p in files([prompt], tmp_path, FORMATS)]
    assert [n for n, _ in once] == [f"CMR-early-day-motion-2026-01-02.{form}" for form in FORMATS]
    assert once == again
    assert sorted(p.name for p in tmp_path.iterdir()) == sorted(n for n, _ in once)


def test_no_name_leads_out_of_the_folder(tmp_path: Path) -> None:
    prompt = text("CMR", "early-day-motion")
    object.__setattr__(prompt, "iso3", "../CMR")
    with pytest.raises(ValueError, match="cannot be a file's name"):
        list(files([prompt], tmp_path / "out"))


def test_an_unknown_format_is_refused() -> None:
    with pytest.raises(ValueError, match="unknown format 'docx'; there are md, html, txt"):
        formatted(text("CMR", "early-day-motion"), "docx")


# ---------------------------------------------------------------------------------------------------------------- the command


def test_every_kind_is_listed(published_home: Path) -> None:
    listed = run_monitor("prompts", "--list", home=published_home)
    assert listed.returncode == 0
    assert all(kind in listed.stdout for kind in KINDS)
    told = json.loads(run_monitor("prompts", "--list", "--json", home=published_home).stdout)
    assert [k["id"] for k in told["kinds"]] == KINDS


def test_the_letter_to_your_own_mp_is_what_you_get_without_a_kind(published_home: Path) -> None:
    done = run_monitor("prompts", "Sudan", home=published_home)
    assert done.returncode == 0
    assert done.stdout.startswith("# Letter to your own MP: Sudan\n")
    assert done.stderr == f"{len(KINDS) - 1} other kinds of text: monitor prompts --list\n"


def test_several_countries_and_kinds_go_into_a_folder(published_home: Path, tmp_path: Path) -> None:
    wanted = ("--kind", "early-day-motion", "--kind", "own-mp-letter", "--format", "md,txt", "--out", str(tmp_path))
    done = run_monitor("prompts", "SDN", "Burma", *wanted, home=published_home)
    assert done.returncode == 0
    assert len(done.stdout.split()) == 8
    assert sorted(p.name[:20] for p in tmp_path.glob("MMR-*.md")) == ["MMR-early-day-motion", "MMR-own-mp-letter-20"]


def test_json_carries_the_text_its_sources_and_its_asks(published_home: Path) -> None:
    done = run_monitor("prompts", "CMR", "--kind", "minister-letter", "--json", home=published_home)
    told = json.loads(done.stdout)["prompts"][0]
    assert told["iso3"] == "CMR"
    assert told["breaches"] == []
    assert {"Date", "date"} <= set(told["blanks"])
    assert all(x["sha256"] and x["series"] for x in told["sources"] if x["kind"] == "figure")
    assert [a["lever"] for a in told["asks"]]
    assert told["to_send"].startswith("Secretary of State for ")


@pytest.mark.parametrize(
    ("given", "says"),
    [
        (("Sudn",), "the nearest are Sudan (SDN)"),
        (("SDN", "--kind", "own-letter"), "unknown kind of text 'own-letter'; the nearest valid name is 'own-mp-letter'"),
        (("SDN", "--format", "docs"), "unknown format 'docs'"),
        ((), "name a country"),
    ],
)
def test_what_is_unknown_is_named_with_the_nearest(published_home: Path, given: tuple[str, ...], says: str) -> None:
    done = run_monitor("prompts", *given, home=published_home, COLUMNS="200", TERMINAL_WIDTH="200")
    assert done.returncode == 2
    assert says in " ".join(done.stderr.split())


def test_before_anything_is_published_it_says_what_to_do(tmp_path: Path) -> None:
    done = run_monitor("prompts", "SDN", home=tmp_path)
    assert done.returncode == 5
    assert done.stderr == "nothing has been published yet. run `monitor run` first\n"


def test_one_template_at_fault_does_not_keep_the_others_from_being_written(published_home: Path, tmp_path: Path) -> None:
    config = own_config(tmp_path, '{% extends "frame.j2" %}\n{% block text %}\n{{ nothing }}\n{% endblock %}')
    wanted = ("--kind", "village-meeting", "--kind", "press-lines", "--out", str(tmp_path / "out"))
    done = run_monitor("prompts", "SDN", *wanted, home=published_home, MONITOR_CONFIG=str(config))
    assert done.returncode == 3
    assert done.stderr == "SDN village-meeting: template village-meeting.j2, line 3: 'nothing' is undefined\n"
    assert [p.name for p in (tmp_path / "out").iterdir()] == [done.stdout.strip().rsplit("/", 1)[1]]


def test_a_lever_book_can_be_used_with_the_profile_as_shipped() -> None:
    assert isinstance(shipped().levers, LeverBook)
    assert set(shipped().parliament.asks) == {lever.id for lever in shipped().levers.levers}
