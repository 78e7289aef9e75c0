"""UCDP One-sided Violence Dataset: the governments and groups that killed at least 25 civilians in a year, since 1989.

One row an actor and year. We count actors by country: many perpetrators in one place, or a government among them, say more
about what comes next than deaths alone. ``gwno_location`` may name several countries; the actor is counted in each, because
the file does not divide its deaths among them. Actors below 25 deaths in the year are not in the file.
https://ucdp.uu.se/downloads/
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import pandas as pd

from indicators.contract import Document, Parsed, SchemaChanged, Source, tidy
from indicators.ucdp import by_country_named, covered_years, read_yearly, with_zeros, yearly_counts

if TYPE_CHECKING:
    from indicators.countries import Countries
    from indicators.http import Web

ACTORS = "ucdp.one_sided_actors_year"
GOVERNMENTS = "ucdp.one_sided_government_actors_year"


def fetch(card: Source, web: Web) -> list[Document]:
    """Return the newest release that answers."""
    return [web.newest(card.id, card.releases, kind="zip")]


def parse(card: Source, documents: Sequence[Document], countries: Countries) -> Parsed:
    """Return the number of actors by country and year; zero for states with none in a year that the file holds."""
    (document,) = documents
    rows = read_yearly(document, ["actor_id", "is_government_actor", "gwno_location"])
    if strange := sorted(set(rows["is_government_actor"]) - {"0", "1"}):
        raise SchemaChanged(f"{document.name}: column 'is_government_actor' holds {strange[0]!r}; 0 and 1 are known")
    actors, rejected = by_country_named(rows, "gwno_location", countries, document.name)
    governments = actors[actors["is_government_actor"] == "1"]
    counts = pd.concat([yearly_counts(actors, "actor_id", ACTORS), yearly_counts(governments, "actor_id", GOVERNMENTS)])
    counts = with_zeros(counts, covered_years(rows), [ACTORS, GOVERNMENTS], countries)
    return tidy(card, counts, fetched_at=document.fetched_at, rejected=rejected)
