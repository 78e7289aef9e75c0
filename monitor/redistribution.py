"""What may leave: the published tables without anything from which a figure of a closed series could be read off.

What gives a figure away is not only the figure: also a score that rests on it, an open measure that stands in where it lacks, a
count of what could be read, a driver that is or is not on a list. So what rests on a closed series is blanked for *every*
country, not only where there is a figure: a pattern of blanks is a list too. The drivers of such a track stay here whole: each
is a share in its exact score, so that the shares of open measures tell whether a closed one was read. Levels, statuses and the
index (whole, as pages show it) are this program's own and stay. They rest on the closed series too: nobody reads it off these
files, but who collects every other source anew and follows the whole method can tell what is lacking.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping

import pandas as pd

TRACKS = ("conflict", "outside_conflict")
LEFT_OUT = "left out"  # state of an indicator whose readings may not be handed on

Tables = Mapping[str, pd.DataFrame]


def without_barred(tables: Tables, barred: set[str]) -> dict[str, pd.DataFrame]:
    """Return the tables without what may not leave (``barred``: series ids); with the same columns, missing where blanked.

    ``tables``: readings, indicators, factors, drivers, signals, observations, and assessments and intervals where given. Nothing
    is blanked for a series of which there is no reading.
    """
    readings, signals, observations = tables["readings"], tables["signals"], tables["observations"]
    closed = readings["series"].astype(str).isin(barred)
    measures = set(readings.loc[closed, "measure"])
    open_tables = dict(tables) | {
        "observations": observations[~observations["series"].astype(str).isin(barred)],
        "readings": readings[~closed],
        "signals": signals[~signals["series"].isin(barred)],
    }
    rests = {track: _resting(tables["indicators"], track, measures) for track in TRACKS}
    return open_tables | _blanked(tables, rests, measures) if any(rests.values()) else open_tables


def _resting(indicators: pd.DataFrame, track: str, measures: Collection[str]) -> set[str]:
    """Return the indicators whose score rests on one of these measures in any country."""
    return {i for i, used in zip(indicators["indicator"], _used(indicators, track), strict=True) if not used.isdisjoint(measures)}


def _used(indicators: pd.DataFrame, track: str) -> list[set[str]]:
    return [set(filter(None, ids.split(";"))) for ids in indicators[f"{track}_measures"]]


def _blanked(tables: Tables, rests: Mapping[str, set[str]], measures: set[str]) -> dict[str, pd.DataFrame]:
    indicators, factors = tables["indicators"], tables["factors"]
    shut = {t: indicators["indicator"].isin(rests[t]) for t in TRACKS}
    near = measures.union(*(used for t in TRACKS for used, is_shut in zip(_used(indicators, t), shut[t], strict=True) if is_shut))
    parts = pd.concat([indicators.loc[shut[t], ["factor"]].assign(track=t) for t in TRACKS]).drop_duplicates()
    hidden = pd.MultiIndex.from_frame(factors[["factor", "track"]]).isin(pd.MultiIndex.from_frame(parts))
    of_track = {f"{t}_score": indicators[f"{t}_score"].mask(shut[t]) for t in TRACKS} | {
        f"{t}_measures": indicators[f"{t}_measures"].mask(shut[t], "") for t in TRACKS
    }
    found = {
        "indicators": indicators.assign(**of_track, state=indicators["state"].mask(shut[TRACKS[0]] | shut[TRACKS[1]], LEFT_OUT)),
        "factors": factors.assign(
            score=factors["score"].mask(hidden),
            covered=factors["covered"].astype("Int64").mask(hidden),
            thin=factors["thin"].astype("boolean").mask(hidden),
        ),
        "drivers": tables["drivers"][~tables["drivers"]["track"].isin([t for t in TRACKS if rests[t]])],
    }
    if "assessments" in tables:
        found["assessments"] = _assessments(tables["assessments"], [t for t in TRACKS if rests[t]], near)
    if "intervals" in tables:
        found["intervals"] = tables["intervals"].round({"index_low": 0, "index_high": 0})
    return found


def _assessments(said: pd.DataFrame, tracks: Collection[str], near: set[str]) -> pd.DataFrame:
    """Return what is said in whole numbers, without exact scores, counts of what was read, and names of these measures."""
    whole = [c for c in said.columns if pd.api.types.is_float_dtype(said[c]) and c.removesuffix("_score") not in TRACKS]
    every = said["iso3"].notna()
    scores = {f"{t}_score": said[f"{t}_score"].mask(every) for t in tracks}
    read = {f"{t}_covered": said[f"{t}_covered"].astype("Int64").mask(every) for t in tracks}
    held = {c: said[c].map(lambda ids: _but(ids, near)) for c in (f"{t}_carried" for t in TRACKS)}
    return said.round(dict.fromkeys(whole, 0)).assign(**scores, **read, **held)


def _but(ids: str, near: set[str]) -> str:
    return ";".join(name for name in ids.split(";") if name not in near)
