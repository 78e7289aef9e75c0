"""Which country is meant: one dated crosswalk for all sources, ``config/countries.csv``.

One row is an entity during one span of years (both included, blank is open). The first row of an entity describes it; further
rows add earlier spans, where its number changed (Germany, Yemen). ``gw`` and ``cow`` are its numbers in the state system, and
the spans are its memberships after Gleditsch and Ward (http://ksgleditsch.com/data-4.html) with the small states that UCDP
adds; interruptions before 1946 are left out. All other codes and names hold in every year, unless two entities share one:
then the span decides (V-Dem's ``CZE`` is Czechoslovakia until 1992). A cell may hold several codes, ``|`` between them;
``names`` holds ``source,source:name``. Regions are UN M49, the finest of its three levels as ``subregion``. Kinds:

- ``state``, ``territory``: present entities, by ISO 3166-1, with XKX Kosovo, AB9 Abyei (never Sudan), SML Somaliland (never
  Somalia) and V-Dem's PSG Gaza.
- ``former``: ISO 3166-3 or V-Dem ids. VDR is South Vietnam, as V-Dem has it; North Vietnam is VNM.
- ``aggregate``, ``other``: known, but no country: groups of countries, and what a source lists beside the country that holds
  it (stateless people, Crimea, OWID's Yugoslavia beside its Serbia and West Germany beside its Germany). They resolve to ``""``.

Choices. The Soviet Union is RUS and Yugoslavia (345) is SRB, because UCDP, Gleditsch-Ward, COW, V-Dem and the Early Warning
Project each keep them as one state. V-Dem's West Bank (its PSE) is Palestine; its Gaza (PSG) is an entity of its own that is
not assessed, because two values for one country and year would clash.
"""

from __future__ import annotations

import difflib
import re
import unicodedata
from collections import defaultdict
from collections.abc import Collection, Iterator, Mapping
from itertools import combinations
from pathlib import Path
from typing import NamedTuple

import pandas as pd

from indicators.contract import UnknownCountry
from indicators.table import read_csv

CODES = ("iso3", "iso2", "gw", "cow", "vdem", "m49", "fips", "unhcr", "worldbank", "owid")
COLUMNS = ("iso3", "kind", "name", "short", "region", "subregion", "valid_from", "valid_to", "assess", *CODES[1:], "names")
NUMBERS = ("gw", "cow", "m49")
READS_ALSO = {"worldbank": ("iso3", "iso2"), "owid": ("iso3",)}  # these write ISO codes beside their own
COUNTRY_KINDS = ("state", "territory", "former")
KINDS = (*COUNTRY_KINDS, "aggregate", "other")
ALWAYS = (0, 9999)


class Span(NamedTuple):
    """An entity (``""``: no country) that a code stands for from year ``first`` to year ``last``, and its row in the file."""

    iso3: str
    first: int
    last: int
    row: int


class Countries:
    """The crosswalk. Made by :meth:`load`, which checks it; never changed afterwards."""

    def __init__(self, rows: pd.DataFrame, spans: Mapping[str, Mapping[str, tuple[Span, ...]]], sources: frozenset[str]) -> None:
        self._rows = rows
        self._spans = spans
        self._sources = sources
        described = rows[rows["kind"].isin(COUNTRY_KINDS) & (rows["name"] != "")]
        self._entities = described.assign(short=described["short"].mask(described["short"] == "", described["name"]))
        self._by_iso3 = self._entities.set_index("iso3")

    @classmethod
    def load(cls, path: Path) -> Countries:
        """Return the crosswalk of a file with the columns :data:`COLUMNS`.

        Raises ``ValueError`` naming the row when a row is malformed, or when a code or name means two entities in one year.
        """
        with path.open("rb") as data:
            rows = read_csv(data, COLUMNS, path.name)
        described: set[str] = set()
        for number, row in _records(rows):
            if fault := _fault(row, described):
                raise ValueError(f"{path.name}: row {number} ({row['iso3'] or row['name']}): {fault}")
            described.add(row["iso3"])
        spans, sources = _index(rows)
        for scheme, codes in spans.items():
            for code, held in codes.items():
                _require_one_meaning(held, f"{path.name}: {scheme} {code!r}")
        return cls(rows, spans, sources)

    @property
    def table(self) -> pd.DataFrame:
        """One row a state, territory or former entity: the columns of the file, text, in the file's order."""
        return self._entities.reset_index(drop=True)

    def assessed(self) -> list[str]:
        """Return the ISO3 codes of the countries that are assessed: UN members, Palestine, Kosovo and Taiwan; sorted."""
        return sorted(self._entities.loc[self._entities["assess"] == "yes", "iso3"])

    def existing(self, first_year: int, last_year: int, scheme: str = "gw") -> pd.DataFrame:
        """Return ``iso3, year``: each entity with a code of ``scheme``, in each year of its spans in the state system.

        For zeros that are proven by coverage: with ``gw`` this is UCDP's own list of states, year by year. With any other scheme
        the spans are still those of Gleditsch and Ward.
        """
        held = self._rows[(self._rows[scheme] != "") & self._rows["kind"].isin(COUNTRY_KINDS)]
        pairs = {
            (iso3, year)
            for iso3, start, end in zip(held["iso3"], held["valid_from"], held["valid_to"], strict=True)
            for year in range(max(first_year, _years(start, end)[0]), min(last_year, _years(start, end)[1]) + 1)
        }
        return pd.DataFrame(sorted(pairs), columns=["iso3", "year"]).astype({"iso3": "str", "year": "int64"})

    def spells(self) -> pd.DataFrame:
        """Return ``iso3, gw, first, last``: each spell in the state system, and those of assessed countries outside it (no gw).

        Of a cell that holds several numbers the last one counts, UCDP's own.
        """
        held = self._rows[self._rows["kind"].isin(COUNTRY_KINDS) & ((self._rows["gw"] != "") | (self._rows["assess"] == "yes"))]
        years = [_years(first, last) for first, last in zip(held["valid_from"], held["valid_to"], strict=True)]
        numbers = held["gw"].str.split("|").str[-1]
        return pd.DataFrame({"iso3": held["iso3"], "gw": numbers, "first": [y[0] for y in years], "last": [y[1] for y in years]})

    def resolve(self, codes: pd.Series, scheme: str, *, document: str, years: pd.Series | None = None) -> pd.Series:
        """Return the ISO3 code of each code or name; ``""`` where it is known to be no country.

        ``scheme``: one of :data:`CODES`, ``name``, or ``name:SOURCE``. A name means the same whichever source writes it; case,
        accents, punctuation and "the" do not count; nothing is guessed. Without ``years`` a code means what it means today.
        Raises :class:`UnknownCountry`; its row is the index of ``codes`` plus one, so the data row of a table as read.
        """
        spans = self._scheme(scheme)
        held = {code: spans.get(_key(scheme, code), ()) for code in codes.unique()}
        iso3 = codes.map({code: _meaning(found, None) for code, found in held.items()})
        dated = [code for code, found in held.items() if len({span.iso3 for span in found}) > 1]
        if years is not None and dated:
            some = codes.isin(dated).to_numpy()
            pairs = list(zip(codes[some], years[some].astype(int), strict=True))
            by_pair = {(code, year): _meaning(held[code], year) for code, year in set(pairs)}
            iso3 = iso3.astype(object)
            iso3[some] = [by_pair[pair] for pair in pairs]
        if (unknown := iso3.isna().to_numpy()).any():
            year = None if years is None else int(years[unknown].iloc[0])
            raise self._unknown(codes[unknown], scheme, document, year)
        return iso3.astype("str").rename("iso3")

    def name(self, iso3: str) -> str:
        """Return the full name, e.g. ``Democratic Republic of the Congo``; ``KeyError`` for an unknown code."""
        return str(self._by_iso3.at[iso3, "name"])

    def short(self, iso3: str) -> str:
        """Return the name for tables, e.g. ``DR Congo``; ``KeyError`` for an unknown code."""
        return str(self._by_iso3.at[iso3, "short"])

    def region(self, iso3: str) -> str:
        """Return the UN M49 region, e.g. ``Africa``; ``KeyError`` for an unknown code."""
        return str(self._by_iso3.at[iso3, "region"])

    def find(self, text: str) -> str:
        """Return the ISO3 code of what a person typed: ISO3, ISO2 or any name, e.g. ``drc``, ``uk``, ``Burma``.

        Raises ``ValueError`` with the three nearest names for an unknown one, and for what is no country.
        """
        for scheme in ("iso3", "iso2", "name"):
            if found := self._spans[scheme].get(_key(scheme, text)):
                if iso3 := _meaning(found, None):
                    return iso3
                raise ValueError(f"{text!r} is known, but is not one country")
        near = difflib.get_close_matches(_fold(text), [*self._spans["name"]], n=12, cutoff=0.5)
        countries = list(dict.fromkeys(iso3 for n in near if (iso3 := _meaning(self._spans["name"][n], None))))
        hint = ", ".join(f"{self.name(iso3)} ({iso3})" for iso3 in countries[:3])
        raise ValueError(f"no country is called {text!r}" + (f"; the nearest are {hint}" if hint else ""))

    def _scheme(self, scheme: str) -> Mapping[str, tuple[Span, ...]]:
        kind, _, source = scheme.partition(":")
        if kind not in self._spans or (source and (kind != "name" or source not in self._sources)):
            valid = [*self._spans, *(f"name:{source}" for source in sorted(self._sources))]
            raise ValueError(f"unknown scheme {scheme!r}; the schemes are {', '.join(valid)}")
        return self._spans[kind]

    def _unknown(self, codes: pd.Series, scheme: str, document: str, year: int | None) -> UnknownCountry:
        value = codes.iloc[0]
        key, known = _key(scheme, value), self._scheme(scheme)
        near = difflib.get_close_matches(key, [*known], n=1, cutoff=0.5)
        if key in known:
            what = f"stands for no entity of the year {year}"
        else:
            hint = f"; the nearest is {near[0]!r} ({_meaning(known[near[0]], None) or 'no country'})" if near else ""
            what = f"is not in the crosswalk{hint}"
        others = codes.nunique() - 1
        more = f"; {others} more value{'s' * (others > 1)} in this column" if others else ""
        place = f"row {codes.index[0] + 1}, {scheme}"
        return UnknownCountry(f"{document}: {place} {value!r} {what}{more}", what_to_do="add it to config/countries.csv")


def _records(rows: pd.DataFrame) -> Iterator[tuple[int, dict[str, str]]]:
    """Yield each row with its number in the file, where the header is row 1."""
    for number, values in enumerate(rows.itertuples(index=False, name=None), 2):
        yield number, dict(zip(rows.columns, values, strict=True))


def _fault(row: Mapping[str, str], described: Collection[str]) -> str:
    """Return what is wrong with one row, or an empty string."""
    country = row["kind"] in COUNTRY_KINDS
    again = row["iso3"] in described
    years = row["valid_from"], row["valid_to"]
    faults = {
        f"kind {row['kind']!r} is not one of {', '.join(KINDS)}": row["kind"] not in KINDS,
        f"iso3 {row['iso3']!r} is not three capitals": country and not re.fullmatch(r"[A-Z][A-Z0-9]{2}", row["iso3"]),
        "an entity is described once; its further rows hold only a span and codes": bool(row["name"]) and country and again,
        "the first row of an entity needs a name": not row["name"] and not again,
        "assess is yes or blank, and only a state is assessed": row["assess"]
        not in ("", "yes" if row["kind"] == "state" else ""),
        "valid_from and valid_to are years or blank": not all(re.fullmatch(r"(\d{4})?", year) for year in years),
        "valid_from is after valid_to": years[0] > (years[1] or "9999"),
        "every alias is written source:name": any(":" not in alias for alias in row["names"].split("|") if alias),
    }
    return next((fault for fault, found in faults.items() if found), "")


def _index(rows: pd.DataFrame) -> tuple[dict[str, dict[str, tuple[Span, ...]]], frozenset[str]]:
    """Return what each code of each scheme stands for, and the sources that names are taken from."""
    spans: dict[str, dict[str, list[Span]]] = {scheme: defaultdict(list) for scheme in (*CODES, "name")}
    sources: set[str] = set()
    for number, row in _records(rows):
        iso3 = row["iso3"] if row["kind"] in COUNTRY_KINDS else ""
        span = Span(iso3, *_years(row["valid_from"], row["valid_to"]), number)
        for scheme in CODES:
            cells = [row[column] for column in (*READS_ALSO.get(scheme, ()), scheme)]
            for code in {_key(scheme, code) for cell in cells for code in cell.split("|") if code}:
                spans[scheme][code].append(span)
        aliases = [alias.split(":", 1) for alias in row["names"].split("|") if alias]
        sources.update(source for tags, _ in aliases for source in tags.split(","))
        for name in {_fold(name) for name in (row["name"], row["short"], *(a[1] for a in aliases)) if name}:
            spans["name"][name].append(span)
    return {scheme: {code: tuple(held) for code, held in codes.items()} for scheme, codes in spans.items()}, frozenset(sources)


def _require_one_meaning(held: tuple[Span, ...], what: str) -> None:
    for one, two in combinations(held, 2):
        first, last = max(one.first, two.first), min(one.last, two.last)
        if one.iso3 != two.iso3 and first <= last:
            both = " and ".join(f"{span.iso3 or 'no country'} (row {span.row})" for span in (one, two))
            raise ValueError(f"{what} means {both} from {first or 'ever'} to {'today' if last == ALWAYS[1] else last}")


def _meaning(held: tuple[Span, ...], year: int | None) -> str | None:
    """Return what a code means in ``year`` (None: today, or last), ``None`` where it means nothing."""
    if not held:
        return None
    if year is None or len({span.iso3 for span in held}) == 1:
        return max(held, key=lambda span: span.last).iso3
    return next((span.iso3 for span in held if span.first <= year <= span.last), None)


def _years(first: str, last: str) -> tuple[int, int]:
    return (int(first or ALWAYS[0]), int(last or ALWAYS[1]))


def _key(scheme: str, code: object) -> str:
    """Return a code as it is looked up: numbers without leading zeros, names folded, other codes in capitals."""
    text = code.strip() if isinstance(code, str) else ""
    if scheme.startswith("name"):
        return _fold(text)
    return text.lstrip("0") if scheme in NUMBERS else text.upper()


def _fold(name: str) -> str:
    """Return a name without case, accents, punctuation and "the", and with "St" and "&" written out."""
    plain = "".join(c for c in unicodedata.normalize("NFKD", name) if not unicodedata.combining(c)).casefold()
    words = re.sub(r"[^\w]+", " ", re.sub("[’‘'`]", "", plain.replace("&", " and "))).split()
    return " ".join("saint" if word == "st" else word for word in words if word != "the")
