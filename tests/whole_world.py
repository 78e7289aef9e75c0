"""The framework as shipped, and a panel for it: invented (:func:`invented`), or the bundled public figures (:func:`bundled`)."""

from __future__ import annotations

import zlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from functools import cache, cached_property

import numpy as np
import pandas as pd

from indicators.contract import Frequency, Series, Source
from indicators.countries import Countries
from monitor import starter
from monitor.neighbours import Neighbours, load
from monitor.risk import frames
from monitor.risk.assess import Assessed, assess
from monitor.risk.cube import Cube
from monitor.risk.framework import TRACK_IDS, Framework, Measure, TrackId
from monitor.risk.levels import Standing, step
from monitor.risk.path import Look, Stand
from monitor.risk.structure import Structure, structures_of
from monitor.settings import load_framework, load_sources
from tests.conftest import CONFIG

DAY = date(2026, 3, 1)
NOTHING = pd.DataFrame()
SOME = (
    *("AFG", "BDI", "BIH", "BRA", "CAF", "CHN", "CMR", "COD", "COL", "EGY", "ETH", "FRA", "GBR", "IND", "IRQ"),
    *("KEN", "LKA", "MLI", "MMR", "NAM", "NGA", "PRK", "RWA", "SAU", "SDN", "SSD", "SYR", "TUV", "VEN", "YEM"),
)


@dataclass(frozen=True)
class World:
    """The shipped framework and cards, and what they say of series."""

    sources: tuple[Source, ...]
    framework: Framework
    countries: Countries
    neighbours: Neighbours

    @cached_property
    def series(self) -> dict[str, Series]:
        return {s.id: s for c in self.sources for s in c.series}

    @cached_property
    def card(self) -> dict[str, Source]:
        return {s.id: c for c in self.sources for s in c.series}

    @cached_property
    def deaths(self) -> dict[str, bool]:
        return {s: series.conflict_derived for s, series in self.series.items()}

    @cached_property
    def structures(self) -> dict[TrackId, Structure]:
        return structures_of(self.framework, self.deaths)

    @cached_property
    def monthly(self) -> dict[str, bool]:
        return {s: self.series[s].frequency is Frequency.MONTH for s in sorted(self.framework.series_used())}

    def cube(self, panel: pd.DataFrame, countries: Sequence[str] = SOME, neighbours: Neighbours | None = None) -> Cube:
        return Cube.build(panel, countries, self.monthly, self.neighbours if neighbours is None else neighbours)

    def assess(self, panel: pd.DataFrame | Cube, day: date = DAY, countries: Sequence[str] = SOME) -> Assessed:
        cube = panel if isinstance(panel, Cube) else self.cube(panel, countries)
        fresh = {s: c.max_age_days for s, c in self.card.items()}
        return assess(cube, self.framework, day, fresh_days=fresh, structures=self.structures)

    def names(self, countries: Sequence[str]) -> frames.Names:
        same = {c: c for c in countries}
        return frames.Names(self.series, {s: c.id for s, c in self.card.items()}, same, same, same)

    def step(self, seen: Assessed, previous: pd.DataFrame = NOTHING) -> Standing:
        return step(seen, Standing.of(previous, self.framework, seen.countries), self.framework)

    def stand(self, seen: Assessed, previous: pd.DataFrame = NOTHING) -> Stand:
        return Stand(Look(seen, seen), self.step(seen, previous))

    def recorded(self, seen: Assessed, standing: Standing) -> pd.DataFrame:
        """Return what the record keeps for the next run, and ``{track}_rank`` (-1: insufficient data)."""
        columns: dict[str, object] = {}
        for n, track in enumerate(TRACK_IDS):
            columns[f"{track}_rank"] = standing.level[n]
            columns |= {f"{track}_{name}": column for name, column in standing.columns(self.framework, n).items()}
        return pd.DataFrame(columns, index=pd.Index(seen.countries, name="iso3")).join(standing.remembered(seen.countries))

    def say(self, panel: pd.DataFrame | Cube, previous: pd.DataFrame = NOTHING, day: date = DAY) -> pd.DataFrame:
        """Assess, hold against what was said before, and return what is said now."""
        seen = self.assess(panel, day)
        return self.recorded(seen, self.step(seen, previous))


@cache
def shipped() -> World:
    """Return the framework and the cards as shipped."""
    sources = load_sources(CONFIG)
    countries = Countries.load(CONFIG / "countries.csv")
    neighbours = load(CONFIG / "neighbours.csv", countries.assessed())
    return World(sources, load_framework(CONFIG, sources), countries, neighbours)


def invented(world: World, countries: Sequence[str] = SOME, seed: int = 3) -> pd.DataFrame:
    """Return a full panel: every series of the framework, every country, each year 2010-2025 and month 2021-2025.

    Countries run from calm to grim, so that every level occurs; every fourth was calmer until 2025, and the one after it until
    October of that year, so that every signal holds somewhere; values waver around their country's place on the bands.
    """
    band = {m.series: m for m in reversed(world.framework.measures)}
    grim = np.interp(np.linspace(0, 1, len(countries)), [0, 0.3, 0.9, 1], [0.02, 0.6, 0.82, 0.98])  # most near the thresholds
    parts = []
    for series, is_monthly in world.monthly.items():
        first, last = ("2021-01", "2025-12") if is_monthly else ("2010", "2025")
        periods = pd.period_range(first, last, freq="M" if is_monthly else "Y")
        rng = np.random.default_rng([seed, zlib.crc32(series.encode())])  # each its own: a new series moves no other
        place = grim[None, :] + rng.normal(0, 0.02, (len(periods), len(countries)))
        place[np.ix_(periods.year < 2025, np.arange(len(countries)) % 4 == 1)] -= 0.2
        if is_monthly:
            place[np.ix_(periods < "2025-10", np.arange(len(countries)) % 4 == 2)] -= 0.2
        place = np.clip(place, 0, 1)
        measure = band.get(series)
        values = _at_place(measure, place) if measure is not None else 1e6 * (1 + place)  # the population
        bounds = world.series[series]
        values = np.round(np.clip(values, bounds.minimum, bounds.maximum), bounds.decimals)
        at = pd.MultiIndex.from_product([periods, countries], names=["period", "iso3"])
        part = pd.DataFrame({"series": series, "value": values.ravel()}, index=at).reset_index()
        ends = part.pop("period")
        parts.append(part.assign(start=pd.PeriodIndex(ends).start_time, end=pd.PeriodIndex(ends).end_time.normalize()))
    whole = pd.concat(parts, ignore_index=True)
    return whole.assign(status="final", document="d" * 64, place=pd.array(range(1, len(whole) + 1), dtype="Int64"))


def _at_place(measure: Measure, place: np.ndarray) -> np.ndarray:
    """Return values that score ``place`` on a measure's bands, in the unit of its series."""
    points = np.array(sorted(measure.bands, key=lambda point: point[1]), dtype=float)
    values = np.interp(place, points[:, 1], points[:, 0])
    if measure.transform == "sum_months":
        return values / measure.months
    return values * 1000 if measure.transform == "per_thousand" else values  # of about a million people


@cache
def bundled() -> pd.DataFrame:
    """Return the bundled public figures, as the record would hold them."""
    parts = [pd.read_parquet(path) for path in sorted(starter.FOLDER.glob("*.parquet"))]
    whole = pd.concat(parts, ignore_index=True)
    return whole[whole["series"].isin(list(shipped().monthly))].reset_index(drop=True)


def arrays(seen: Assessed) -> Mapping[str, bytes]:
    """Return everything an assessment says of every country, as bytes, to compare bit by bit."""
    r = seen.readings
    said = {f"readings.{n}": getattr(r, n).tobytes() for n in ("value", "score", "start", "end", "known", "asked", "freshness")}
    for track, result in seen.tracks.items():
        for name, value in vars(result).items():
            said[f"{track}.{name}"] = np.asarray(value).tobytes()
    for name in ("headline", "level", "index", "signal_seen", "signal_fresh"):
        said[name] = getattr(seen, name).tobytes()
    return said | {"status": str(seen.status.tolist()).encode()}
