"""How much the ranking owes to each choice: one change at a time, set against the assessment as it is. Pure.

Every variant's track scores are put on the assessment's scale, as in :mod:`monitor.risk.uncertainty`, before thresholds are
applied: a variant changes who stands where, not how long the ruler is. After OECD/JRC, Handbook on Constructing Composite
Indicators (2008), step 7.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace

import numpy as np
import pandas as pd

from monitor.risk.assess import Assessed, led, placed, ranked_by
from monitor.risk.cube import Floats, Ints
from monitor.risk.framework import TRACK_IDS, Evidence, Framework, TrackId
from monitor.risk.readings import score_of
from monitor.risk.structure import Mean, Slot, Structure, combine, coverage, equal_weights, geometric_mean, mean, structure_of
from monitor.risk.uncertainty import TOP, matched, on_a_line

MOVERS = 5
Structures = Mapping[TrackId, Structure]


@dataclass(frozen=True)
class Variant:
    """The framework with one thing changed: how tracks are put together, the scores of measures, or a mean.

    ``silent``: the signals that a dropped source takes with it, by position.
    """

    id: str
    title: str
    structures: Structures
    score: Floats
    within: Mean = mean
    across: Mean = mean
    silent: tuple[int, ...] = ()


def sensitivity(
    now: Assessed, framework: Framework, *, deaths: Mapping[str, bool], source: Mapping[str, str], titles: Mapping[str, str]
) -> pd.DataFrame:
    """Return one row a variant, in a fixed order.

    ``deaths``: series -> derived from a count of deaths; ``source``: series -> source id; ``titles``: source id -> its name.

    Columns: variant, title, compared (countries with a headline in both), lost (with one in the assessment alone), spearman (rank
    correlation over those compared), mean_shift (mean absolute shift of rank), top_30 (how many of the 30 highest stay),
    levels_changed, movers (the five largest shifts, ``ISO3 from>to``, separated by ``; ``).
    """
    return pd.DataFrame([_row(now, framework, v) for v in variants(now, framework, deaths, source, titles)])


def variants(
    now: Assessed, framework: Framework, deaths: Mapping[str, bool], source: Mapping[str, str], titles: Mapping[str, str]
) -> Iterator[Variant]:
    """Yield every variant; the arguments are those of :func:`sensitivity`."""
    own, score = now.structures, now.readings.score
    yield Variant("geometric", "Geometric instead of arithmetic mean inside factors", own, score, within=geometric_mean)
    how = [on_a_line(m) if m.percentile else m for m in framework.measures]
    straight = np.array([score_of(m, v) for m, v in zip(how, now.readings.value, strict=True)])
    yield Variant("linear", "Straight lines instead of percentiles", own, np.where(np.isnan(score), np.nan, straight))
    yield Variant("highest", "The highest factor instead of their mean", own, score, across=_highest)
    flat = {t: _flat(s) for t, s in own.items()}
    yield Variant("flat", "Equal weights over measures instead of at each step", flat, score)
    weak = {t: structure_of(framework, t, deaths, lambda _: True) for t in TRACK_IDS}
    yield Variant("weak", "Measures of low validity counted too", weak, score)
    for n, factor in enumerate(framework.factors):
        if any(slot.measures for s in own.values() for slot in s.factors[n]):
            without = {t: _without_factor(s, n) for t, s in own.items()}
            yield Variant(f"without {factor.id}", f"Without {factor.id} {factor.name}", without, score)
    for name in dict.fromkeys(source[m.series] for m in framework.measures):

        def others(evidence: Evidence, name: str = name) -> bool:
            return evidence.scored and all(source[s] != name for s in framework.measure[evidence.measure].all_series())

        without = {t: structure_of(framework, t, deaths, others) for t in TRACK_IDS}
        silent = tuple(n for n, g in enumerate(framework.signals) if name in {source[s] for s in g.all_series()})
        yield Variant(f"without {name}", f"Without source {name}: {titles[name]}", without, score, silent=silent)


def _highest(parts: Floats, _: Floats) -> Floats:
    """Return the highest of what is known; NaN where nothing is."""
    found: Floats = np.fmax.reduce(parts, axis=0)
    return found


def _without_factor(structure: Structure, n: int) -> Structure:
    empty = tuple(replace(s, measures=(), evidence=(), stand_ins=()) for s in structure.factors[n])
    return Structure((*structure.factors[:n], empty, *structure.factors[n + 1 :]))


def _flat(structure: Structure) -> Structure:
    """Return a structure in which all measures of a track stand side by side, each once, under one indicator."""
    slots = [s for factor in structure.factors for s in factor if s.measures]
    place = {m: e for s in reversed(slots) for m, e in zip(s.measures, s.evidence, strict=True)}
    order = sorted(place)
    pairs = {(s.measures[a], s.measures[b]) for s in slots for a, b in s.stand_ins}
    stand_ins = tuple((order.index(a), order.index(b)) for a, b in sorted(pairs))
    all_of_them = Slot(0, tuple(order), tuple(place[m] for m in order), stand_ins, core=False)
    return Structure(((all_of_them,), *((),) * (len(structure.factors) - 1)))


def _headline(now: Assessed, framework: Framework, variant: Variant) -> tuple[Ints, Ints, Floats]:
    """Return the leading track, the level and what it is ranked by, of every country in a variant."""
    levels, indices = [], []
    heard = np.array([n not in variant.silent for n in range(len(framework.signals))])[:, None]
    for track in TRACK_IDS:
        mine, structure = now.tracks[track], variant.structures[track]
        found = combine(structure, variant.score, equal_weights(framework), within=variant.within, across=variant.across)
        covered, core = coverage(structure, found.indicator)
        asked = int(core.sum())
        enough = covered.sum(axis=0) >= framework.share_of_core * asked if asked else mine.base >= 0
        fired = (mine.fired & heard).any(axis=0)
        score = matched(found.score[None], mine.score, (mine.base >= 0) & ~np.isnan(found.score))[0]
        index, _, level = placed(framework, track, score, np.asarray(enough, dtype=bool), np.asarray(fired, dtype=bool))
        levels.append(level)
        indices.append(index)
    tracks = np.where(np.array(levels) < 0, np.nan, np.array(indices))
    headline, level, index = led(np.array(levels), np.array(indices))
    return headline, level, ranked_by(index, tracks)


def _row(now: Assessed, framework: Framework, variant: Variant) -> dict[str, object]:
    """Return how a variant's ranking differs from the assessment's."""
    headline, level, index = _headline(now, framework, variant)
    both = (now.headline >= 0) & (headline >= 0)
    names = np.array(now.countries)[both]
    own = ranked_by(now.index, np.array([np.where(now.tracks[t].level < 0, np.nan, now.tracks[t].index) for t in TRACK_IDS]))
    base, other = (pd.Series(i[both], index=names) for i in (own, index))
    was, is_now = (s.rank(ascending=False, method="min").astype("int64") for s in (base, other))
    shift = (is_now - was).abs().sort_index()
    moved = shift[shift > 0].sort_values(ascending=False, kind="stable").index[:MOVERS]
    return {
        "variant": variant.id,
        "title": variant.title,
        "compared": int(both.sum()),
        "lost": int(((now.headline >= 0) & (headline < 0)).sum()),
        "spearman": float(base.rank().corr(other.rank())) if len(base) > 1 else float("nan"),
        "mean_shift": float(shift.mean()),
        f"top_{TOP}": int(((was <= TOP) & (is_now <= TOP)).sum()),
        "levels_changed": int((level[both] != now.level[both]).sum()),
        "movers": "; ".join(f"{c} {was[c]}>{is_now[c]}" for c in moved),
    }
