"""The contract of a public source: what it offers, what it sends, what is made of it, and how it may fail.

A source is one module in :mod:`indicators.sources` with two functions, and one card in ``config/sources.yaml``::

    def fetch(card: Source, web: Web) -> list[Document]         # bytes, nothing else
    def parse(card: Source, documents: Sequence[Document], countries: Countries) -> Parsed      # pure

``fetch`` may ask the network only through ``web`` (:mod:`indicators.http`). ``parse`` sees bytes and returns rows: the same
bytes always give the same rows. What the series are called, their units, bounds and licences is data, on the card.
"""

from __future__ import annotations

import difflib
import importlib
import json
import pkgutil
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol

import numpy as np
import pandas as pd
from pydantic import BaseModel, ConfigDict, Field, model_validator

if TYPE_CHECKING:
    from indicators.countries import Countries
    from indicators.http import Web

# ------------------------------------------------------------------------------------------------ what can go wrong


class SourceError(Exception):
    """A source could not be used in this run. Nothing of it enters the store; the last good data stay.

    SourceError
    ├── Unreachable      no answer in time: DNS, connection, deadline
    ├── Refused          an HTTP status that says no (401, 403, 404, 410, 5xx after retries); ``status`` tells which
    ├── RateLimited      429, or Retry-After beyond our patience
    ├── Incomplete       the body ends before its end
    ├── NotData          status 200 but not the data: HTML, empty, an error object
    ├── TooLarge         over the byte cap, packed or unpacked
    ├── UnsafeAddress    a redirect or address we must not follow
    ├── SchemaChanged    a column renamed, removed or retyped
    ├── UnknownCountry   a name or code that the crosswalk does not hold
    ├── BadValues        too many rows out of bounds, duplicated or contradictory
    ├── NotBelieved      good rows each, but together too unlike the last good payload: a person has to look
    └── NotPutThere      a file that only a person can bring has not been put in its place: missing, not failed
    """

    kind = "failed"

    def __init__(self, message: str, *, what_to_do: str = "") -> None:
        super().__init__(message)
        self.what_to_do = what_to_do


class Unreachable(SourceError):
    """No answer in time."""

    kind = "could not be reached"


class Refused(SourceError):
    """The host answered with a status that says no."""

    kind = "refused"

    def __init__(self, message: str, *, status: int, what_to_do: str = "") -> None:
        super().__init__(message, what_to_do=what_to_do)
        self.status = status


class RateLimited(SourceError):
    """The host asks us to come back later than we can wait."""

    kind = "rate limited"


class Incomplete(SourceError):
    """The body ends before its end."""

    kind = "incomplete"


class NotData(SourceError):
    """An answer, but not the data."""

    kind = "not data"


class TooLarge(SourceError):
    """More bytes than we accept, packed or unpacked."""

    kind = "too large"


class UnsafeAddress(SourceError):
    """An address or redirect that we must not follow."""

    kind = "unsafe address"


class SchemaChanged(SourceError):
    """A column was renamed, removed or retyped."""

    kind = "schema changed"


class UnknownCountry(SourceError):
    """A name or code that the crosswalk does not hold."""

    kind = "unknown country"


class BadValues(SourceError):
    """Too many rows out of bounds, duplicated or contradictory."""

    kind = "bad values"


class NotBelieved(SourceError):
    """Too unlike the last good payload of the source to be believed before a person has looked."""

    kind = "not believed"


class NotPutThere(SourceError):
    """A file that only a person can bring has not been put in its place: nothing failed, there is nothing yet."""

    kind = "missing"


# ------------------------------------------------------------------------------------------------------ what is offered


class Frozen(BaseModel):
    """A validated value object: unknown keys are errors, numbers are finite, fields never change."""

    model_config = ConfigDict(frozen=True, extra="forbid", allow_inf_nan=False)


class Frequency(StrEnum):
    """The length of the periods of a series."""

    DAY = "day"
    WEEK = "week"
    MONTH = "month"
    YEAR = "year"


class Blank(StrEnum):
    """What it means when a source has no row for a country and period."""

    UNKNOWN = "unknown"
    ZERO_WHERE_COVERED = "zero where covered"


class Series(Frozen):
    """One measured thing of one source, e.g. ``ucdp.one_sided_deaths``.

    ``column`` is the source's own name for it. ``minimum`` and ``maximum`` are hard bounds: a row outside them is set aside.
    ``conflict_derived`` marks counts of deaths, and everything made from them: they never enter the outside-conflict track.
    ``carried_between_elections``: asked about election years only, so that a value of any other year is carried or filled in.
    ``least_total``: what the figures of a whole file add up to at least; less is refused, even where nothing is known to set it
    against (a file that only grows, and that no bundled figures precede).
    """

    id: str = Field(pattern=r"^[a-z_]+\.[a-z0-9_]+$")
    title: str
    unit: str
    column: str
    frequency: Frequency = Frequency.YEAR
    minimum: float | None = None
    maximum: float | None = None
    decimals: int = 0
    blank: Blank = Blank.UNKNOWN
    conflict_derived: bool = False
    carried_between_elections: bool = False
    least_total: float | None = Field(default=None, gt=0)
    redistribute: bool = True
    note: str = ""


class Release(Frozen):
    """One published edition of a source; ``citation`` where it is to be cited otherwise than the card says."""

    name: str
    url: str
    citation: str = ""


class Tolerance(Frozen):
    """How far a payload may differ from the last good one before a person has to accept it; judged for each series.

    ``missing``: share of the known figures that a complete payload no longer has. ``zeroed``: share of the figures other than
    zero that are zero now, also where the zero was written because no row is left. ``zeros``: rise of the share of zeros among
    all figures. ``total``: least share that is left of the sum over the figures that both have. ``scale``: most by which the
    figures that changed may be multiplied or divided in the median, where at least the share ``changed`` did. ``changed``:
    share of figures that the same release, sent again, may change; one of another name may change all.

    Of series that count deaths, or in which no row means zero, also for each country and period with at least ``least`` figures
    other than zero: ``part``, the share of them that may turn to zero, and of their sum that may go; ``part_scale``, as
    ``scale``, of at least so many. A period not seen before must have the share ``part`` of the usual number of countries.

    Of all series, whatever the name of the release, where at least ``judged`` figures moved: ``order``, least rank correlation of
    the countries, then and now, over all periods (``order_part``: in one period); ``echo``, share of the figures that may be
    those of the period before or after, or of a country's changed figures those of one other country; ``place``, by how much of
    all countries a country's rank may move in the mean.

    The defaults leave room above the largest genuine revisions measured, which stand in ``config/sources.yaml``.
    """

    missing: float = Field(default=0.05, ge=0, le=1)
    zeroed: float = Field(default=0.05, ge=0, le=1)
    zeros: float = Field(default=0.10, ge=0, le=1)
    total: float = Field(default=0.80, ge=0, le=1)
    scale: float = Field(default=2.0, gt=1)
    changed: float = Field(default=0.10, ge=0, le=1)
    part: float = Field(default=0.50, ge=0, le=1)
    part_scale: float = Field(default=10.0, gt=1)
    least: int = Field(default=12, ge=1)
    order: float = Field(default=0.90, ge=-1, le=1)
    order_part: float = Field(default=0.70, ge=-1, le=1)
    echo: float = Field(default=0.50, ge=0, le=1)
    place: float = Field(default=0.20, ge=0, le=1)
    judged: int = Field(default=20, ge=2)


class Source(Frozen):
    """The card of a source: who publishes it, on what terms, how often, and which series we take.

    ``release_lag_days``: from the end of a period to its publication, for backtests over history that was loaded later.
    ``max_age_days``: when the newest period is older than this, the source is stale, whatever the time of fetching.
    ``tolerance``: what a payload may change before a person has to accept it.
    """

    id: str = Field(pattern=r"^[a-z][a-z0-9_]*$")
    title: str
    enabled: bool = True
    provider: str
    homepage: str
    licence: str
    licence_url: str = ""
    citation: str
    redistribute: bool
    collect_every_days: int = Field(gt=0)
    release_lag_days: int = Field(ge=0)
    max_age_days: int = Field(gt=0)
    releases: tuple[Release, ...] = ()
    options: dict[str, Any] = Field(default_factory=dict)
    tolerance: Tolerance = Tolerance()
    series: tuple[Series, ...] = Field(min_length=1)
    note: str = ""

    @model_validator(mode="after")
    def _series_once(self) -> Source:
        ids = [s.id for s in self.series]
        if twice := sorted({i for i in ids if ids.count(i) > 1}):
            raise ValueError(f"series listed twice: {', '.join(twice)}")
        return self

    def by_column(self) -> dict[str, Series]:
        """Return the series by the source's own column name."""
        return {s.column: s for s in self.series}

    def cite(self, release: str) -> str:
        """Return how to cite a release of this source."""
        return next((r.citation for r in self.releases if r.name == release and r.citation), self.citation)

    def may_redistribute(self, series: Series) -> bool:
        """Return whether figures of ``series`` may be bundled and exported."""
        return self.redistribute and series.redistribute


# ---------------------------------------------------------------------------------------------------------- what is sent


@dataclass(frozen=True)
class Document:
    """What a source really sent: the bytes, and all that is needed to find them again.

    ``url`` is the publisher's own address, without secrets; ``via`` names the mirror the bytes came through, or is empty.
    ``path`` is where the bytes lie (content-addressed). ``fetched_at`` is UTC.
    """

    source: str
    name: str
    url: str
    sha256: str
    size: int
    fetched_at: datetime
    path: Path
    release: str = ""
    via: str = ""
    content_type: str = ""
    etag: str = ""
    last_modified: str = ""

    def read_bytes(self) -> bytes:
        """Return the bytes as sent."""
        return self.path.read_bytes()

    def read_json(self) -> Any:
        """Return the parsed JSON body; NaN and Infinity, which JSON does not know, are errors."""

        def refuse(token: str) -> None:
            raise NotData(f"{self.name}: {token} is not JSON")

        try:
            return json.loads(self.read_bytes(), parse_constant=refuse)
        except (ValueError, RecursionError) as error:
            raise Incomplete(f"{self.name}: not whole JSON ({error})") from error


# ---------------------------------------------------------------------------------------------------- what is made of it

KEY = ("series", "iso3", "start", "end")
COLUMNS = ("series", "iso3", "start", "end", "value", "status", "document", "place")
STATUSES = ("final", "provisional")
NO_COUNTRY, NO_PERIOD = "no country", "no period"
REJECT_SHARE = 0.05  # above this share of rows set aside, the whole payload is refused: the file, not a row, is wrong


def _no_keys() -> pd.DataFrame:
    """Return an empty frame of keys."""
    return pd.DataFrame(columns=list(KEY))


def _no_rejections() -> pd.DataFrame:
    """Return an empty frame of rejected rows."""
    return pd.DataFrame(columns=["document", "place", "reason", "row"])


@dataclass(frozen=True)
class Parsed:
    """Rows out of bytes.

    ``observations``: one row a series, country and period; columns :data:`COLUMNS`: ``series`` and ``iso3`` str, ``start`` and
    ``end`` ``datetime64[s]`` (both days included), ``value`` float64 (NaN: the source says that it has no figure), ``status``
    one of :data:`STATUSES`, ``document`` the sha256 of the bytes, ``place`` Int64 (1-based data row or item of that
    document; missing where the value follows from coverage, as an explicit zero does).
    ``rejected``: rows set aside, columns ``document, place, reason, row``.
    ``unusable``: columns :data:`KEY`, the series, countries and periods whose figure was sent but cannot be: the last good figure
    stays; nothing is revised and nothing is withdrawn by a figure that was not believed.
    ``complete``: the documents hold all that the source now says, so that a row no longer in them was withdrawn.
    """

    observations: pd.DataFrame
    rejected: pd.DataFrame = field(default_factory=_no_rejections)
    complete: bool = True
    unusable: pd.DataFrame = field(default_factory=_no_keys)


class SourceModule(Protocol):
    """The two functions that every module of :mod:`indicators.sources` has."""

    def fetch(self, card: Source, web: Web) -> list[Document]:
        """Return the source's bytes."""

    def parse(self, card: Source, documents: Sequence[Document], countries: Countries) -> Parsed:
        """Return the rows of these bytes."""


def source_names() -> list[str]:
    """Return the names of all source modules, sorted: the ids that a card may have."""
    package = importlib.import_module("indicators.sources")
    return sorted(module.name for module in pkgutil.iter_modules(package.__path__))


def load_module(card: Source) -> SourceModule:
    """Return the module of a source."""
    module: SourceModule = importlib.import_module(f"indicators.sources.{card.id}")
    return module


def require_columns(found: Sequence[str], wanted: Sequence[str], name: str) -> None:
    """Raise :class:`SchemaChanged` unless every wanted column is found exactly once; the message names the nearest ones."""
    twice = sorted({c for c in wanted if list(found).count(c) > 1})
    if twice:
        raise SchemaChanged(f"{name}: column {twice[0]!r} stands twice")
    for column in wanted:
        if column not in found:
            near = difflib.get_close_matches(column, [str(c) for c in found], n=1)
            hint = f"; the nearest is {near[0]!r}" if near else ""
            raise SchemaChanged(
                f"{name}: column {column!r} is missing{hint}",
                what_to_do="the publisher changed the file: compare with the codebook, then correct the card or the module",
            )


def numbers(text: pd.Series, name: str, column: str) -> pd.Series:
    """Return text as float64: blank is NaN, anything that is not a plain number raises :class:`SchemaChanged` with an example."""
    blank = text.str.strip() == ""
    value = pd.to_numeric(text.mask(blank), errors="coerce")
    bad = value.isna() & ~blank & text.notna()
    if bad.any():
        raise SchemaChanged(f"{name}: {_first(text, bad, column)} is not a number")
    return value.astype("float64")


def years(text: pd.Series, name: str, column: str) -> pd.Series:
    """Return text as int64 years, 1700 to 2199; anything else, a blank too, raises :class:`SchemaChanged` with an example."""
    bad = ~text.str.fullmatch(r"(1[7-9]|2[01])[0-9]{2}").astype(bool)
    if bad.any():
        raise SchemaChanged(f"{name}: {_first(text, bad, column)} is not a year")
    return text.astype("int64")


def _first(text: pd.Series, bad: pd.Series, column: str) -> str:
    """Return the first bad cell with its data row, which is the index of a table as read plus one."""
    place = int(np.flatnonzero(bad.to_numpy())[0])
    return f"row {int(text.index[place]) + 1}, column {column!r}: {text.iloc[place]!r}"


def tidy(
    card: Source,
    frame: pd.DataFrame,
    *,
    fetched_at: datetime,
    rejected: pd.DataFrame | None = None,
    unusable: pd.DataFrame | None = None,
    complete: bool = True,
) -> Parsed:
    """Check rows against the card and return them in canonical form and order.

    1. Columns and series are known. 2. Values are finite and within bounds, and no period begins after the fetch:
    a row that is not is set aside with its reason. 3. No key stands twice with different values. 4. At most
    :data:`REJECT_SHARE` of the rows may be set aside; above it, or with no row left, the payload is refused. ``rejected`` and
    ``unusable``: what the source itself has set aside already, as in :class:`Parsed`.
    """
    known = {s.id: s for s in card.series}
    missing = [c for c in COLUMNS if c not in frame.columns]
    strange = sorted(set(frame["series"].unique()) - set(known)) if "series" in frame.columns else []
    if missing or strange:
        raise SchemaChanged(
            f"{card.id}: parse returned {'no column ' + missing[0] if missing else 'the unknown series ' + strange[0]}"
        )
    if frame.empty:
        raise NotData(f"{card.id}: no rows; an empty answer is not a zero")
    rows = frame[list(COLUMNS)].astype({"value": "float64"})
    if odd := sorted(set(rows["status"].astype(str)) - set(STATUSES)):
        raise SchemaChanged(f"{card.id}: parse returned the unknown status {odd[0]!r}")
    rows["start"] = pd.to_datetime(rows["start"]).dt.as_unit("s")
    rows["end"] = pd.to_datetime(rows["end"]).dt.as_unit("s")
    rows["place"] = rows["place"].astype("Int64")
    reason = _reasons(rows, known, fetched_at)
    bad = reason != ""
    set_aside = pd.DataFrame(
        {
            "document": rows.loc[bad, "document"],
            "place": rows.loc[bad, "place"],
            "reason": reason[bad],
            "row": rows.loc[bad, ["series", "iso3", "end", "value"]].astype(str).fillna("").agg(" ".join, axis=1)
            if bad.any()
            else "",
        }
    )
    keys = rows.loc[bad & (reason != NO_PERIOD) & (reason != NO_COUNTRY), list(KEY)]
    not_believed = [k for k in (unusable, keys) if k is not None and len(k)]
    rows = rows[~bad]
    refuse_if_too_many(card, len(frame), set_aside)
    key = ["series", "iso3", "start", "end"]
    rows = rows.drop_duplicates([*key, "value"])
    if (clash := rows.duplicated(key, keep=False)).any():
        first = rows[clash].iloc[0]
        raise BadValues(
            f"{card.id}: {first['series']} {first['iso3']} {first['end']:%Y-%m-%d} stands twice with different values"
        )
    rows = rows.sort_values(key, ignore_index=True)
    both = [f for f in (rejected, set_aside) if f is not None and len(f)]
    return Parsed(
        rows,
        pd.concat(both, ignore_index=True) if both else _no_rejections(),
        complete,
        pd.concat(not_believed, ignore_index=True).drop_duplicates() if not_believed else _no_keys(),
    )


def _reasons(rows: pd.DataFrame, known: dict[str, Series], fetched_at: datetime) -> pd.Series:
    """Return why each row must be set aside; an empty string where it need not."""
    low = rows["series"].map({i: s.minimum if s.minimum is not None else -np.inf for i, s in known.items()}).astype(float)
    high = rows["series"].map({i: s.maximum if s.maximum is not None else np.inf for i, s in known.items()}).astype(float)
    reason = pd.Series("", index=rows.index)
    reason = reason.mask(rows["iso3"].isna() | (rows["iso3"].astype(str) == ""), NO_COUNTRY)
    reason = reason.mask(rows["start"].isna() | rows["end"].isna(), NO_PERIOD)
    reason = reason.mask(np.isinf(rows["value"]), "not a finite number")
    reason = reason.mask(rows["value"] < low, "below the lowest possible value")
    reason = reason.mask(rows["value"] > high, "above the highest possible value")
    reason = reason.mask(rows["start"] > pd.Timestamp(fetched_at.date()), "period lies in the future")
    return reason.mask(rows["end"] < rows["start"], "period ends before it starts")


def refuse_if_too_many(card: Source, total: int, set_aside: pd.DataFrame) -> None:
    """Refuse a payload with no row, or with more than :data:`REJECT_SHARE` of its rows set aside."""
    if total == 0:
        raise NotData(f"{card.id}: no rows; an empty answer is not a zero")
    if len(set_aside) > REJECT_SHARE * total:
        first = set_aside.iloc[0]
        raise BadValues(
            f"{card.id}: {len(set_aside):,} of {total:,} rows are unusable, "
            f"e.g. place {first['place']}: {first['reason']} ({first['row']})"
        )


def year_period(years: pd.Series) -> tuple[pd.Series, pd.Series]:
    """Return first and last day of calendar years (int64) as ``datetime64[s]``."""
    text = years.astype(int).astype(str)
    return pd.to_datetime(text + "-01-01").dt.as_unit("s"), pd.to_datetime(text + "-12-31").dt.as_unit("s")


def day(value: date | datetime | pd.Timestamp) -> str:
    """Return a date as ``YYYY-MM-DD``."""
    return value.strftime("%Y-%m-%d")
