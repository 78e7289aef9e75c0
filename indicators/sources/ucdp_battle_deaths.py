"""UCDP Battle-Related Deaths Dataset, dyadic: pairs of parties that fought with at least 25 deaths in a year, since 1989.

One row a dyad and year. We count dyads by the country in which they fought: ``gwno_battle``, which may name several (counted
in each), not ``gwno_loc``, whose government is disputed. Dyads below 25 deaths in the year are not in the file.
https://ucdp.uu.se/downloads/
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from indicators.contract import Document, Parsed, Source, tidy
from indicators.ucdp import by_country_named, covered_years, read_yearly, with_zeros, yearly_counts

if TYPE_CHECKING:
    from indicators.countries import Countries
    from indicators.http import Web

DYADS = "ucdp.conflict_dyads_year"


def fetch(card: Source, web: Web) -> list[Document]:
    """Return the newest release that answers."""
    return [web.newest(card.id, card.releases, kind="zip")]


def parse(card: Source, documents: Sequence[Document], countries: Countries) -> Parsed:
    """Return the number of dyads by country of battle and year; zero for states with none in a year that the file holds."""
    (document,) = documents
    rows = read_yearly(document, ["dyad_id", "gwno_battle"])
    dyads, rejected = by_country_named(rows, "gwno_battle", countries, document.name)
    counts = with_zeros(yearly_counts(dyads, "dyad_id", DYADS), covered_years(rows), [DYADS], countries)
    return tidy(card, counts, fetched_at=document.fetched_at, rejected=rejected)
