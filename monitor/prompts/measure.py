"""How long a text is, how easy it reads, and whether it keeps to its form. Pure; English.

Reading ease after Flesch (1948): 206.835 - 1.015 x words a sentence - 84.6 x syllables a word; 60 and more is plain English, 30
to 50 is a report. Syllables are counted by groups of vowels, which is near enough to rank texts and no more.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from monitor.prompts.blocks import Block
from monitor.prompts.profile import Form

ABBREVIATIONS = ("St.", "No.", "Nos.", "Art.", "Arts.", "v.", "e.g.", "i.e.", "Mr.", "Ms.", "Dr.")


def words(text: str) -> list[str]:
    """Return the words of a text: what has a letter or a digit, between spaces."""
    return [w for w in text.split() if re.search(r"\w", w)]


def sentences(text: str) -> int:
    """Return how many sentences a text has; one without an end is one."""
    for short in ABBREVIATIONS:
        text = re.sub(rf"(?<!\w){re.escape(short)}", short.replace(".", ""), text)
    return max(len([s for s in re.split(r"[.!?]+[\"'”’)]*(?=\s|$)", text) if re.search(r"\w", s)]), 1 if words(text) else 0)


def syllables(word: str) -> int:
    """Return about how many syllables a word has; at least one."""
    letters = re.sub(r"[^a-z]", "", word.lower())
    groups = len(re.findall(r"[aeiouy]+", letters))
    silent = (letters.endswith("e") and not letters.endswith(("le", "ee"))) or bool(re.search(r"[^aeiouydt]ed$", letters))
    return max(groups - silent, 1)


def reading_ease(passages: Sequence[str]) -> float:
    """Return the reading ease of passages, each of whole sentences; NaN where there is no word."""
    every = [w for p in passages for w in words(p)]
    count = sum(sentences(p) for p in passages)
    if not every or not count:
        return float("nan")
    return 206.835 - 1.015 * len(every) / count - 84.6 * sum(syllables(w) for w in every) / len(every)


def length(blocks: Sequence[Block]) -> int:
    """Return the words of the part that is sent; numbers of paragraphs and references do not count."""
    return sum(len(words(b.words)) for b in blocks if b.part == "text")


def breaches(form: Form, blocks: Sequence[Block]) -> Iterator[str]:
    """Yield how the words to be sent break the rules of their form, each as a sentence."""
    mine = [b for b in blocks if b.part == "text"]
    passages = [b.words for b in mine if b.shape == "passage"]
    if form.of == "each" and not passages:
        yield "No passage is set apart, so the rules of the form cannot be kept."
    units = passages if form.of == "each" else [" ".join(b.words for b in mine)]
    for n, unit in enumerate(units, 1):
        yield from (f"Passage {n}: {x}" if len(units) > 1 else x for x in _of_one(form, unit))
    if form.numbered and not any(b.shape == "numbered" for b in mine):
        yield "No paragraph is numbered."


def _of_one(form: Form, unit: str) -> Iterator[str]:
    count = len(words(unit))
    if count > form.max_words:
        yield f"{count} words, where {form.max_words} are allowed."
    if count < form.min_words:
        yield f"{count} words, where at least {form.min_words} are usual."
    if form.max_characters and len(unit) > form.max_characters:
        yield f"{len(unit)} characters, where {form.max_characters} are allowed."
    if form.max_sentences and sentences(unit) > form.max_sentences:
        yield f"{sentences(unit)} sentences, where {form.max_sentences} is allowed."
    if form.begins and not unit.startswith(form.begins):
        yield f"It has to begin with {form.begins!r}."
