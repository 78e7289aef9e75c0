"""Which countries a text is about: names, peoples and regions read in English prose, with the cases that mislead as data.

:class:`Gazetteer` is made from ``config/gazetteer.csv`` (what a country is called) and ``config/gazetteer.yaml`` (:class:`Rules`,
how names are told from people, streets and longer names). It is pure: the same text always gives the same countries. No country
has a rule in this file. How often it errs is measured in ``tests/test_gazetteer.py`` on texts labelled by hand.
"""

from __future__ import annotations

import re
import unicodedata
from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator, Mapping
from typing import NamedTuple

from pydantic import Field

from indicators.contract import Frozen

COLUMNS = ("iso3", "names", "people", "places")
WORD = re.compile(r"\w+")
NEXT = re.compile(r"[ \u00a0]([^\W\d_][\w'-]*)")
BEFORE = re.compile(r"(?:^|[\s(])([\w'.-]+)[ \u00a0]$")
SENTENCE_ENDS = re.compile(r"(?:^|[.:;!?]\s|\n)\s*$")


class Beside(Frozen):
    """These words next to one of ``names`` (of all, where none is listed) mean that no country is meant."""

    names: tuple[str, ...] = ()
    words: tuple[str, ...] = Field(min_length=1)


class People(Frozen):
    """Names that are also those of people; ``beside``: capitalised words that may stand beside the country's name."""

    names: tuple[str, ...]
    beside: tuple[str, ...]


class Otherwise(Frozen):
    """Names that mean another country where one of ``words`` stands anywhere in the text."""

    names: tuple[str, ...] = Field(min_length=1)
    words: tuple[str, ...] = Field(min_length=1)
    iso3: str


class Rules(Frozen):
    """All of ``config/gazetteer.yaml``. ``home``: the state whose parliament is read, which has no names here."""

    home: str
    no_country: tuple[str, ...]
    not_before: tuple[Beside, ...]
    not_after: tuple[Beside, ...]
    also_people: People
    otherwise: tuple[Otherwise, ...]


class Mention(NamedTuple):
    """A name found at a place of the folded text, and the countries that it stands for (several where they share it)."""

    name: str
    start: int
    end: int
    iso3: tuple[str, ...]


class _Phrase(NamedTuple):
    text: str
    iso3: tuple[str, ...]
    plural: bool


class Gazetteer:
    """The names and the rules, ready to read with. Made by :meth:`build`, which checks them; never changed afterwards."""

    def __init__(self, phrases: Iterable[_Phrase], rules: Rules) -> None:
        self._rules = rules
        self._starting: dict[str, list[_Phrase]] = defaultdict(list)
        for phrase in sorted(phrases, key=lambda p: (-len(p.text), p.text)):
            self._starting[_first_word(phrase.text)].append(phrase)

    @classmethod
    def build(cls, rows: Iterable[Mapping[str, str]], rules: Rules, known: Collection[str]) -> Gazetteer:
        """Return the gazetteer of these rows (:data:`COLUMNS`, several names with ``|`` between them).

        Raises ``ValueError`` for a country that is not ``known`` or listed twice, a name of two countries outside ``places``, a
        line for the home state, and a rule that names what no row holds.
        """
        meanings: dict[str, list[str]] = defaultdict(list)
        people: set[str] = set()
        seen: set[str] = set()
        for number, row in enumerate(rows, 2):
            iso3 = row["iso3"]
            if iso3 not in known:
                raise ValueError(f"row {number}: unknown country {iso3!r}")
            if iso3 in seen or iso3 == rules.home:
                raise ValueError(
                    f"row {number}: {iso3!r} " + ("is listed twice" if iso3 in seen else "is home and has no names here")
                )
            seen.add(iso3)
            people |= {folded(name) for name in _names(row["people"])}
            for name in (folded(n) for column in COLUMNS[1:] for n in _names(row[column])):
                if iso3 in meanings[name]:
                    raise ValueError(f"row {number} ({iso3}): {name!r} stands twice")
                meanings[name].append(iso3)
        _refuse_unknown(rules, meanings, known)
        phrases = [_Phrase(name, tuple(sorted(iso3)), name in people) for name, iso3 in meanings.items()]
        return cls([*phrases, *(_Phrase(folded(name), (), False) for name in rules.no_country)], rules)

    @property
    def home(self) -> str:
        """The state whose parliament is read: no text is told apart by its name."""
        return self._rules.home

    def countries(self, text: str) -> tuple[str, ...]:
        """Return the ISO3 codes of the countries that a text is about, sorted; empty where it names none."""
        return tuple(sorted({iso3 for mention in self.mentions(text) for iso3 in mention.iso3}))

    def mentions(self, text: str) -> list[Mention]:
        """Return every name that counts, in the text's order; the longest name at a place wins and none overlap."""
        plain = folded(text)
        found = [m for m in self._names_in(plain) if m.iso3]
        taken = {m.start for m in found} | {m.end for m in found}
        return [self._meant(m, plain) for m in found if not self._is_other(m, plain, taken)]

    def _names_in(self, text: str) -> Iterator[Mention]:
        at = 0
        for word in WORD.finditer(text):
            if word.start() < at:
                continue
            if mention := self._at(text, word):
                at = mention.end
                yield mention

    def _at(self, text: str, word: re.Match[str]) -> Mention | None:
        """Return the longest name that begins at a word, or nothing."""
        heads = (word[0], word[0][:-1]) if word[0].endswith("s") else (word[0],)
        held = [phrase for head in heads for phrase in self._starting.get(head, ())]
        for phrase in sorted(held, key=lambda p: -len(p.text)):
            if not text.startswith(phrase.text, word.start()):
                continue
            end = word.start() + len(phrase.text)
            end += phrase.plural and text[end : end + 1] == "s"
            if not text[end : end + 1].isalnum():
                return Mention(phrase.text, word.start(), end, phrase.iso3)
        return None

    def _is_other(self, mention: Mention, text: str, taken: Collection[int]) -> bool:
        """Return whether the words beside a name say that it is a street, a person or another place."""
        after = NEXT.match(text, mention.end)
        before = BEFORE.search(text[: mention.start])
        following, preceding = (after[1] if after else ""), (before[1] if before else "")
        for side, word in ((self._rules.not_before, following), (self._rules.not_after, preceding.rstrip("."))):
            if any(word in rule.words and (not rule.names or mention.name in rule.names) for rule in side if word):
                return True
        people = self._rules.also_people
        if mention.name not in people.names:
            return False
        if after and _is_capitalised(following) and following not in people.beside and after.start(1) not in taken:
            return True
        if before is None or not _is_capitalised(preceding) or preceding in people.beside or before.end(1) in taken:
            return False
        return not SENTENCE_ENDS.search(text[: before.start(1)])

    def _meant(self, mention: Mention, text: str) -> Mention:
        for rule in self._rules.otherwise:
            if mention.name in rule.names and any(word in text for word in rule.words):
                return mention._replace(iso3=(rule.iso3,))
        return mention


def folded(text: str) -> str:
    """Return a text without accents, with plain apostrophes and hyphens, and with ``St`` for ``St.``; capitals are kept."""
    plain = "".join(c for c in unicodedata.normalize("NFKD", text) if not unicodedata.combining(c))
    return re.sub(r"\bSt\. ", "St ", re.sub("[\u2018\u2019\u02bc`]", "'", re.sub("[\u2010-\u2015]", "-", plain)))


def _first_word(phrase: str) -> str:
    found = WORD.search(phrase)
    return found[0] if found else ""


def _names(cell: str) -> list[str]:
    return [name for name in cell.split("|") if name]


def _is_capitalised(word: str) -> bool:
    return word[:1].isupper() and len(word) > 1


def _refuse_unknown(rules: Rules, meanings: Mapping[str, list[str]], known: Collection[str]) -> None:
    """Refuse a rule about a name that no country has, and one that leads to an unknown country."""
    named = [("also_people.names", name) for name in rules.also_people.names]
    for key in ("not_before", "not_after", "otherwise"):
        named += [(f"{key}[{n}].names", name) for n, rule in enumerate(getattr(rules, key)) for name in rule.names]
    for where, name in named:
        if name not in meanings:
            raise ValueError(f"{where}: no country is called {name!r}")
    for n, rule in enumerate(rules.otherwise):
        if rule.iso3 not in known:
            raise ValueError(f"otherwise[{n}].iso3: unknown country {rule.iso3!r}")
    if rules.home not in known:
        raise ValueError(f"home: unknown country {rules.home!r}")
