"""Blocks, words, sentences and reading ease: small texts whose measure anybody can work out."""

from __future__ import annotations

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from monitor.prompts.blocks import VALUE, Block, cited, inert, parse, renumbered, token
from monitor.prompts.measure import breaches, reading_ease, sentences, syllables, words
from monitor.prompts.profile import Form


def passage(text: str) -> list[Block]:
    return [Block("text", "passage", text)]


# ----------------------------------------------------------------------------------------------------------------- blocks


def test_a_template_is_taken_apart_into_parts_headings_items_and_passages() -> None:
    found = parse(
        "%% before\n# Title\n! Edit\n%% text\nDear you,\n\nI write\non two lines.\n- one\n- two\n> To ask.\n1. a\n1. b\n"
    )
    assert [(b.part, b.shape, b.text, b.number) for b in found] == [
        ("before", "title", "Title", 0),
        ("before", "notice", "Edit", 0),
        ("text", "paragraph", "Dear you,", 0),
        ("text", "paragraph", "I write on two lines.", 0),
        ("text", "item", "one", 0),
        ("text", "item", "two", 0),
        ("text", "passage", "To ask.", 0),
        ("text", "numbered", "a", 1),
        ("text", "numbered", "b", 2),
    ]


def test_a_value_that_looks_like_a_mark_stays_text() -> None:
    assert parse(f"%% text\n{VALUE}# x\n\n{VALUE}- y\n\n{VALUE}%% after\n") == (
        Block("text", "paragraph", "# x"),
        Block("text", "paragraph", "- y"),
        Block("text", "paragraph", "%% after"),
    )


def test_a_line_outside_every_part_and_a_part_of_another_name_are_errors() -> None:
    with pytest.raises(ValueError, match="before the first part: 'hello'"):
        parse("hello")
    with pytest.raises(ValueError, match="unknown part 'end'"):
        parse("%% end")


@given(st.text(max_size=60))
def test_text_from_outside_makes_no_line_no_reference_and_no_blank_of_its_own(text: str) -> None:
    found = parse(f"%% text\nbefore {VALUE}{inert(text)} after")
    assert len(found) == 1
    assert found[0].shape == "paragraph"
    assert cited(found) == ()
    assert "[[" not in found[0].text
    assert "\n" not in found[0].text


def test_references_are_numbered_anew_and_given_once_where_they_stand_twice_in_a_row() -> None:
    one = Block("text", "paragraph", f"a {token(7)} {token(7)}. b {token(3)}")
    assert cited([one]) == (7, 3)
    assert renumbered([one], {7: 1, 3: 2})[0].text == f"a {token(1)}. b {token(2)}"
    assert one.words == "a . b"


# --------------------------------------------------------------------------------------------------------------- measures


@pytest.mark.parametrize(
    ("text", "count"),
    [
        ("One. Two! Three?", 3),
        ("No end", 1),
        ("It is 3.5 of 100.", 1),
        ("See Art. 7 and No. 3.", 1),
        ('He said "no." Then he left.', 2),
        ("St. Kitts; and so on.", 1),
        ("", 0),
        ("...", 0),
    ],
)
def test_sentences_end_where_a_reader_stops(text: str, count: int) -> None:
    assert sentences(text) == count


def test_a_dash_alone_is_no_word() -> None:
    assert words("one - two – 3") == ["one", "two", "3"]


@pytest.mark.parametrize(
    ("word", "count"),
    [("the", 1), ("asked", 1), ("wanted", 2), ("people", 2), ("made", 1), ("able", 2), ("atrocity", 4), ("free", 1), ("2026", 1)],
)
def test_syllables_are_counted_by_groups_of_vowels(word: str, count: int) -> None:
    assert syllables(word) == count


def test_reading_ease_is_flesch() -> None:
    """Three words of one syllable in one sentence: 206.835 - 1.015 x 3 - 84.6 x 1."""
    assert reading_ease(["The cat sat."]) == pytest.approx(119.19)
    assert reading_ease(["The cat sat.", "The cat sat."]) == pytest.approx(119.19)
    assert math.isnan(reading_ease([]))
    assert math.isnan(reading_ease(["..."]))


# ------------------------------------------------------------------------------------------------------------------ forms


@pytest.mark.parametrize(
    ("form", "text", "said"),
    [
        ({"max_words": 3}, "one two three", []),
        ({"max_words": 3}, "one two three four", ["4 words, where 3 are allowed."]),
        ({"max_words": 9, "min_words": 3}, "one two", ["2 words, where at least 3 are usual."]),
        ({"max_words": 9, "max_characters": 7}, "one two", []),
        ({"max_words": 9, "max_characters": 6}, "one two", ["7 characters, where 6 are allowed."]),
        ({"max_words": 9, "max_sentences": 1}, "One; two.", []),
        ({"max_words": 9, "max_sentences": 1}, "One. Two.", ["2 sentences, where 1 is allowed."]),
        ({"max_words": 9, "begins": "That this House"}, "That this House sees.", []),
        ({"max_words": 9, "begins": "That this House"}, "This House sees.", ["It has to begin with 'That this House'."]),
        ({"max_words": 9, "numbered": True}, "One.", ["No paragraph is numbered."]),
    ],
)
def test_what_breaks_a_form_is_said(form: dict[str, object], text: str, said: list[str]) -> None:
    assert list(breaches(Form.model_validate({"of": "each", **form}), passage(text))) == said


def test_each_passage_is_measured_for_itself_and_a_whole_text_together() -> None:
    two = [*passage("one two"), *passage("three"), Block("after", "passage", "not sent at all")]
    assert list(breaches(Form(of="each", max_words=1), two)) == ["Passage 1: 2 words, where 1 are allowed."]
    assert list(breaches(Form(of="text", max_words=2), two)) == ["3 words, where 2 are allowed."]


def test_a_form_of_passages_without_any_is_a_breach() -> None:
    assert list(breaches(Form(of="each", max_words=1), [Block("text", "paragraph", "x")])) == [
        "No passage is set apart, so the rules of the form cannot be kept."
    ]
