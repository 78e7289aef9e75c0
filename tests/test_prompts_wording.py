"""Every kind of text for a broad set of real countries, on the bundled figures: what may be said, and with what beside it."""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import pytest

from monitor.prompts import wording
from monitor.prompts.blocks import END, REF, Block, token
from monitor.prompts.desk import Desk
from monitor.prompts.formats import FORMATS, formatted, said
from monitor.prompts.material import Material
from monitor.prompts.prompt import Prompt
from monitor.settings import load_config
from monitor.storage.snapshot import Snapshot
from tests.conftest import CONFIG
from tests.whole_world import SOME

COUNTRIES = sorted({*SOME, "BHS", "CIV", "COG", "HTI", "ISR", "PSE", "RUS", "TWN", "TZA", "UKR", "USA", "XKX"})
KINDS = tuple(k.id for k in load_config(CONFIG).parliament.kinds)


@pytest.fixture(scope="module")
def desk(published_home: Path) -> Desk:
    config = load_config(CONFIG)
    return Desk(Snapshot.open(published_home), config.levers, config.parliament, CONFIG)


@cache
def texts_of(desk: Desk, iso3: str) -> tuple[Prompt, ...]:
    return tuple(desk.prompt(iso3, kind) for kind in KINDS)


@pytest.fixture(params=COUNTRIES)
def texts(desk: Desk, request: pytest.FixtureRequest) -> tuple[Prompt, ...]:
    return texts_of(desk, request.param)


def everything(prompt: Prompt) -> str:
    """Return every word of a text and of the notes around it, its sources too."""
    return " ".join([*(said(b.text) for b in prompt.blocks), *(x.words for x in prompt.sources)])


def sentences(blocks: tuple[Block, ...]) -> Iterator[str]:
    for block in blocks:
        yield from re.split(r"(?<=[.!?])\s+", block.text)


# ------------------------------------------------------------------------------------------------------ what is never said

CRIMES = r"genocides?|ethnic cleansing|crimes? against humanity|war crimes?|mass atrocit(?:y|ies)|atrocity crimes?"
DECLARED = re.compile(
    rf"\b(?:{CRIMES})\b[^.;]{{0,30}}\b(?:is|are|was|were|has been|have been)\b (?:not )?(?:being )?"
    r"(?:occurring|happening|committed|taking place|under way|ongoing)|\b(?:commits?|committed|committing) (?:a )?(?:"
    rf"{CRIMES})\b",
    re.IGNORECASE,
)
OF_RISK = (
    "risk of genocide",
    "duty to prevent genocide",
    "Genocide Convention",
    "Genocide prevention",
    "prevention of genocide",
    '"Is this genocide?" Whether a crime takes place is for courts.',
)


def test_no_text_says_that_genocide_is_or_is_not_taking_place(texts: tuple[Prompt, ...]) -> None:
    for prompt in texts:
        words = " ".join(said(b.text) for b in prompt.blocks)
        assert not DECLARED.search(words), prompt.kind
        for allowed in OF_RISK:
            words = words.replace(allowed, "")
        words = words.replace("whether genocide occurs is for courts", "")
        assert "genocide" not in words.lower(), (
            prompt.iso3,
            prompt.kind,
            words[max(words.lower().find("genocide") - 60, 0) :][:140],
        )


@pytest.mark.parametrize(
    "bad",
    [
        "Genocide is taking place in X.",
        "A genocide has been committed.",
        "War crimes are being committed there.",
        "Genocide is not happening.",
        "They commit genocide.",
    ],
)
def test_the_check_knows_a_declaration_when_it_sees_one(bad: str) -> None:
    assert DECLARED.search(bad)


PROBABILITY = re.compile(
    r"\b(?:un)?likely\b|\bprobabl[ey]\b|\balmost certain|\bcertainly\b|\brealistic possibility|\bremote chance|\bchances? of\b"
    r"|\binevitabl|\bimminent\b|\bpredicts?\b|\bis bound to\b|\bno risk\b|\bis safe\b",
    re.IGNORECASE,
)
AMERICAN = re.compile(
    r"\b\w*(?:organiz|recogniz|mobiliz|criminaliz|stabiliz|characteriz|prioritiz|analyz)\w*|\b(?:labor|center|defense|favor|behavior|honor"
    r"|neighbor\w*|license[ds]?|judgment|toward)\b",
    re.IGNORECASE,
)
PARTIES = re.compile(
    r"\b(?:Labour|Conservatives?|Tory|Tories|Liberal Democrats?|SNP|Reform UK|Green Party|Plaid|Democrats?|Republicans?)\b"
)
PERSONS = re.compile(
    r"\b(?:Mr|Mrs|Ms|Dr|Sir|Dame|Lord|Lady|General|Colonel|President|King|Prince)\.? (?!President\b|or Madam\b)[A-Z][a-z]+"
)
PLACES = re.compile(
    r"\b(?:Khartoum|El Fasher|Darfur|Goma|Bukavu|Bamenda|Yangon|Naypyidaw|Sittwe|Caracas|Pyongyang|Maiduguri|Abuja|Aleppo|Sanaa"
    r"|Kyiv|London(?! the same day\?)|Srebrenica|Tigray)\b|\d+\.\d+\s*°?\s*[NSEW]\b"
)
OLD_NAMES = re.compile(r"\b(?:Burma/|Swaziland|Zaire|Ivory Coast|Cape Verde|Turkey|Czech Republic|FYROM|Byelorussia|Ceylon)\b")


@pytest.mark.parametrize("never", [PROBABILITY, AMERICAN, PARTIES, PERSONS, PLACES, OLD_NAMES], ids=lambda p: p.pattern[:20])
def test_no_text_speaks_of_odds_parties_persons_or_places_nor_american(texts: tuple[Prompt, ...], never: re.Pattern[str]) -> None:
    for prompt in texts:
        words = " | ".join(said(b.text) for b in prompt.blocks).replace("several UK groups write Burma/Myanmar", "")
        found = never.search(words)
        assert not found, (prompt.iso3, prompt.kind, words[max(found.start() - 60, 0) : found.end() + 40] if found else "")


def test_no_author_of_a_source_is_named(texts: tuple[Prompt, ...]) -> None:
    for prompt in texts:
        assert not re.search(r"\b(?:Davies|Coppedge|Pettersson|Öberg|Hegre|Sundberg)\b", everything(prompt)), prompt.kind


# ------------------------------------------------------------------------------------------------------------- forms kept


def test_every_text_keeps_the_rules_of_its_form(texts: tuple[Prompt, ...]) -> None:
    assert [(p.kind, p.breaches) for p in texts if p.breaches] == []


# Flesch, of the part that is sent: what the public reads or hears is plain English, the rest no worse than a report.
EASE = {
    "own-mp-letter": 50,
    "minister-letter": 50,
    "appg-agenda": 50,
    "mp-meeting": 55,
    "event-pack": 55,
    "press-lines": 55,
    "social-posts": 60,
    "un-statement": 55,
    "embassy-questions": 50,
    "committee-evidence": 45,
    "westminster-hall-bid": 45,
    "urgent-question": 45,
    "manifesto-ask": 40,
    "reading-list": 40,
}  # questions and motions are one sentence by their rules, and are not measured


def test_every_text_can_be_read(texts: tuple[Prompt, ...]) -> None:
    assert [(p.kind, p.reading_ease) for p in texts if p.reading_ease < EASE.get(p.kind, -99)] == []


def test_questions_name_no_figure_and_carry_no_reference(texts: tuple[Prompt, ...]) -> None:
    """What is tabled is words alone; the figures stand beside it, with their sources, for the Member."""
    for prompt in texts:
        passages = [b.text for b in prompt.part("text") if b.shape == "passage"]
        assert not [p for p in passages if REF in p], prompt.kind
        if prompt.kind in ("commons-question", "lords-question"):
            assert not [
                p for p in passages if re.search(r"\d", p.replace("Regulations 2020", "").replace("Criteria 1 and 2", ""))
            ]


# ------------------------------------------------------------------------------------------------ what always stands there


def test_every_text_says_that_it_has_to_be_edited_in_every_format(texts: tuple[Prompt, ...]) -> None:
    for prompt in texts:
        for form in FORMATS:
            assert "Edit before sending" in formatted(prompt, form)
        tabled_as_it_stands = {"commons-question", "lords-question", "oral-question", "early-day-motion"}
        assert prompt.blanks or prompt.kind in tabled_as_it_stands, prompt.kind


def test_the_harm_stands_before_the_ask_and_one_ask_never_stands_alone(texts: tuple[Prompt, ...]) -> None:
    for prompt in texts:
        assert len(prompt.asks) >= 2, prompt.kind
        before = " ".join(b.words for b in prompt.part("before"))
        assert "do no harm" in before
        for ask in prompt.asks:
            assert re.sub(r"\s+", " ", "; ".join(ask["harm"])) in before
        after = " ".join(b.words for b in prompt.part("after"))
        assert "Where the evidence points the other way" in after
        assert "comprehensive economic sanctions: 3 of a decrease, 11 mixed or none, 17 of an increase" in after


def test_an_ask_whose_tool_is_found_to_harm_more_than_to_help_carries_a_warning(texts: tuple[Prompt, ...]) -> None:
    for prompt in texts:
        notes = [b.words for b in prompt.part("after") if b.shape == "item"]
        for ask in prompt.asks:
            mine = next(n for n in notes if n.startswith(ask["name"]))
            assert ("WARNING" in mine) == (ask["lever"] in ("L10", "L13", "L28", "L21", "L23", "L09")), ask


def test_offices_that_nobody_has_checked_are_said_to_be_unchecked(texts: tuple[Prompt, ...]) -> None:
    for prompt in texts:
        assert "Nobody has checked yet that the offices named here exist" in " ".join(b.words for b in prompt.part("before"))


FIGURE = re.compile(
    r"Uppsala Conflict Data Program (?:reports|has no)|of 100 country-years|in every 1,000 people|\blevel \d of \d\b"
    r"|of the \d+ indicators"
)


def test_every_figure_leads_to_a_numbered_source(texts: tuple[Prompt, ...]) -> None:
    for prompt in texts:
        for block in prompt.part("text"):
            if block.shape != "passage" and FIGURE.search(block.text):
                assert REF in block.text, (prompt.iso3, prompt.kind, block.text)
        assert [x.number for x in prompt.sources] == list(range(1, len(prompt.sources) + 1))
        figures = [x for x in prompt.sources if x.reference.kind == "figure"]
        assert all(x.reference.licence in x.words and x.reference.publisher in x.words for x in figures)
        assert all(re.search(r"\b(?:19|20)\d\d\b", x.words) for x in figures)  # a period


def test_every_text_is_dated_and_says_which_run_it_rests_on(texts: tuple[Prompt, ...], desk: Desk) -> None:
    for prompt in texts:
        assert prompt.as_of == desk.snapshot.manifest["as_of"]
        assert desk.snapshot.run_id in everything(prompt)


# ---------------------------------------------------------------------------------------------- claims come from predicates

CLAIM = re.compile(r"\b(?:rose|fell|highest|lowest|worst|first|one of)\b", re.IGNORECASE)


def claims_of(desk: Desk, iso3: str) -> list[str]:
    """Return every sentence or half-sentence that the claims' templates make of a country, without references."""
    desk.prompt(iso3, KINDS[0])
    made: Material = desk._made[iso3]
    environment = wording._environment(CONFIG)
    macros = environment.globals["c"]
    lines = [macros.changed(made), macros.standing(made), macros.first(made), *(macros.record(t.figure) for t in made.told)]
    return [bare(wording.plain(x)) for x in lines if str(x)]


def bare(text: str) -> str:
    return re.sub(f" ?{REF}\\d+{END}", "", text).strip(" .,")


def test_no_sentence_says_rose_first_highest_or_one_of_but_what_a_predicate_made(texts: tuple[Prompt, ...], desk: Desk) -> None:
    harms = [harm for lever in desk.levers.levers for harm in lever.do_no_harm]  # "ask the family first" claims nothing
    claims = [*claims_of(desk, texts[0].iso3), *harms]
    for prompt in texts:
        for sentence in sentences(prompt.part("text")):
            left = bare(sentence)
            for claim in claims:
                left = left.replace(claim, "")
            assert not CLAIM.search(left), (prompt.iso3, prompt.kind, sentence)


def test_references_are_given_inside_the_text_only_as_tokens(texts: tuple[Prompt, ...]) -> None:
    for prompt in texts:
        used = {int(n) for b in prompt.blocks for n in re.findall(f"{REF}(\\d+){END}", b.text)}
        assert used == {x.number for x in prompt.sources}
        assert token(1) in "".join(b.text for b in prompt.part("text"))


# -------------------------------------------------------------------------------------------------------------- by country


def test_countries_are_named_as_the_profile_writes_them(desk: Desk) -> None:
    def letter(iso3: str) -> str:
        return " ".join(b.words for b in texts_of(desk, iso3)[0].part("text"))

    assert "I write about Myanmar (Burma) because" in letter("MMR")
    assert letter("MMR").count("(Burma)") == 1  # in full once, then short
    assert "I write about the Democratic Republic of the Congo because" in letter("COD")
    assert "in the DRC" in letter("COD")
    assert "I write about North Korea (DPRK) because" in letter("PRK")
    assert "I write about The Bahamas because" in letter("BHS")


def test_the_kingdom_is_asked_about_at_home_and_by_the_departments_that_hold_the_levers(desk: Desk) -> None:
    by_kind = {p.kind: " ".join(b.words for b in p.part("text")) for p in texts_of(desk, "GBR")}
    assert "To ask the Secretary of State for Housing, Communities and Local Government" in by_kind["own-mp-letter"]
    assert "Foreign Secretary" not in by_kind["own-mp-letter"]
    assert "does not measure hate crime" in by_kind["own-mp-letter"]
    assert texts_of(desk, "GBR")[KINDS.index("embassy-questions")].title == "Questions for departments at home"


def test_a_country_with_too_little_data_gets_a_text_that_says_so_and_asks_all_the_same(desk: Desk) -> None:
    letter = " ".join(b.words for b in texts_of(desk, "TUV")[0].part("text"))
    assert "Too little public data is at hand to assess the risk of mass atrocities in Tuvalu" in letter
    assert "no sign that the risk is small" in letter
    assert "To ask the Secretary of State for Foreign, Commonwealth and Development Affairs, whether" in letter
    assert "level" not in letter.replace("to a higher level", "")


def test_deaths_in_gaza_and_the_west_bank_are_said_to_stand_under_israel(desk: Desk) -> None:
    israel = " ".join(b.words for b in texts_of(desk, "ISR")[0].part("text"))
    assert "These counts of deaths include Gaza and the West Bank" in israel
    palestine = " ".join(b.words for b in texts_of(desk, "PSE")[0].part("text"))
    assert "which says nothing about what is happening there" in palestine


def test_a_month_that_holds_most_of_the_deaths_is_left_out_until_it_has_been_checked(desk: Desk) -> None:
    """Sudan, October 2025: 59,961 of 62,135. Tanzania, October 2025: without it 14 are left, so nothing is called under way."""
    sudan = " ".join(b.words for b in texts_of(desk, "SDN")[0].part("text"))
    assert "at least 2,100 civilians killed in one-sided violence in Sudan" in sudan
    assert "not counting October 2025" in sudan
    assert "59,961" not in sudan
    assert "62,0" not in sudan
    assert "killing of civilians on a large scale was under way" in sudan
    tanzania = " ".join(b.words for b in texts_of(desk, "TZA")[0].part("text"))
    assert "on a large scale was under way" not in tanzania
    assert "Only with that month is the mark of 1,000 reached" in tanzania


def test_a_form_for_grave_cases_says_so_where_the_case_is_not(desk: Desk) -> None:
    urgent = KINDS.index("urgent-question")
    early = "This form is meant for countries at elevated or above"
    assert early in " ".join(b.words for b in texts_of(desk, "CMR")[urgent].part("before"))
    assert early not in " ".join(b.words for b in texts_of(desk, "SDN")[urgent].part("before"))
