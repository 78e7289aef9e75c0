"""Pure transforms: a block of one series (periods x countries) to one value a country. Named in ``config/framework.yaml``.

Every transform takes a :class:`Request` and returns a :class:`Value`; none knows a clock, a config file or a country's name.
Missing stays missing: a transform never reads a gap as zero. Those here say how much there is of a thing; those of
:mod:`monitor.risk.changes` set a country against its own history.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field, replace

import numpy as np
import numpy.typing as npt

from monitor.risk.borders import SHARE_OF_WINDOW, next_door
from monitor.risk.cube import Block, Floats, Ints


@dataclass(frozen=True)
class Request:
    """What a transform works on: the series' block, the blocks it adds and divides by, who borders on whom (as in
    :class:`monitor.risk.cube.Cube`), and its parameters."""

    block: Block
    plus: tuple[Block, ...] = ()
    per: Block | None = None
    months: int = 12
    years: int = 3
    floor: float = 0.0
    at_least: float = 1.0
    neighbours: Ints = field(default_factory=lambda: np.empty((0, 0), dtype="int64"))


@dataclass(frozen=True)
class Value:
    """One value a country, all arrays as long as the list of countries.

    ``value``: NaN where missing. ``start``/``end``: ``datetime64[D]``, first and last day that the value is about (NaT where
    missing). ``row``: position of the newest observation behind it, -1 where missing. ``known``/``asked``: periods with a
    value, of those in the window. ``lasting``: a fact that never expires (a mass killing that happened has happened).
    ``first_row``: position of the oldest observation behind it; that of the newest where none is given. ``peak``,
    ``peak_end``: the largest single period of a sum over months and its last day; NaN and NaT elsewhere.
    """

    value: Floats
    start: npt.NDArray[np.datetime64]
    end: npt.NDArray[np.datetime64]
    row: Ints
    known: Ints
    asked: int
    lasting: npt.NDArray[np.bool_] = field(default_factory=lambda: np.zeros(0, dtype=bool))
    first_row: Ints = field(default_factory=lambda: np.zeros(0, dtype="int64"))
    peak: Floats = field(default_factory=lambda: np.zeros(0))
    peak_end: npt.NDArray[np.datetime64] = field(default_factory=lambda: np.zeros(0, dtype="datetime64[D]"))

    def __post_init__(self) -> None:
        """Let a value of one period name the same observation as oldest and newest, and have no largest period."""
        if not len(self.first_row):
            object.__setattr__(self, "first_row", self.row)
        if not len(self.peak):
            object.__setattr__(self, "peak", np.full(len(self.row), np.nan))
            object.__setattr__(self, "peak_end", np.full(len(self.row), np.datetime64("NaT", "D")))


def latest(request: Request) -> Value:
    """Return each country's newest value."""
    return newest_value(request.block)


def sum_months(request: Request) -> Value:
    """Return the sum over the ``months`` that end with the series' newest month, the same window for every country.

    Anchored on the data, never on today: months after the newest release are unknown, not peaceful. A country needs
    :data:`SHARE_OF_WINDOW` of the months; with some missing the sum is a lower bound (``known`` < ``asked``).
    """
    block, last = request.block, request.block.newest()
    if last < 0:
        return nothing(block)
    window = slice(max(last - request.months + 1, 0), last + 1)
    known = block.known[window].sum(axis=0)
    enough = known >= SHARE_OF_WINDOW * request.months
    total = np.where(enough, np.nansum(block.values[window], axis=0), np.nan)
    newest = last - np.argmax(block.known[window][::-1], axis=0)
    column = np.arange(len(total))
    largest = window.start + np.argmax(np.nan_to_num(block.values[window], nan=-np.inf), axis=0)
    return Value(
        total,
        np.where(enough, first_day(block, window.start), np.datetime64("NaT", "D")),
        np.where(enough, block.ends[last], np.datetime64("NaT", "D")),
        np.where(enough, block.rows[newest, column], -1),
        known,
        request.months,
        first_row=np.where(enough, block.rows[oldest_in(block, window), column], -1),
        peak=np.where(enough, block.values[largest, column], np.nan),
        peak_end=np.where(enough, block.ends[largest], np.datetime64("NaT", "D")),
    )


def per_thousand(request: Request) -> Value:
    """Return the newest value of the series, plus the same period's of ``plus``, per 1,000 of ``per``.

    The divisor is the newest value of ``per`` at or before that period. A period without it, or without a figure that is to be
    added, has no value: a part is not the whole.
    """
    return newest_value(rate(request))


def ever(request: Request) -> Value:
    """Return 1 where any period reached ``at_least``, 0 where none of the known ones did.

    A 1 is lasting and carries the last such period; a 0 is only as fresh as the newest period of the list.
    """
    block = request.block
    if not len(block.ends):
        return nothing(block)
    newest = newest_value(block)
    hit = np.nan_to_num(block.values, nan=-np.inf) >= request.at_least
    happened = hit.any(axis=0)
    last_hit = len(block.ends) - 1 - np.argmax(hit[::-1], axis=0)
    column = np.arange(hit.shape[1])
    return Value(
        np.where(np.isnan(newest.value), np.nan, happened.astype(float)),
        np.where(happened, first_day(block, last_hit), newest.start),
        np.where(happened, block.ends[last_hit], newest.end),
        np.where(happened, block.rows[last_hit, column], newest.row),
        newest.known,
        1,
        lasting=np.asarray(happened, dtype=bool),
    )


def any_in_years(request: Request) -> Value:
    """Return 1 where one of the country's newest ``years`` reached ``at_least``, 0 where all of them are known and none did.

    The window ends with the country's own newest period. An unknown year in it proves nothing: without a hit there is no value.
    """
    block, top = request.block, newest_value(request.block)
    if not len(block.ends):
        return top
    span = request.years * (12 if block.monthly else 1)
    last = len(block.ends) - 1
    at, column = last - np.argmax(block.known[::-1], axis=0), np.arange(len(top.value))
    places = at[None, :] - np.arange(span)[:, None]  # newest first
    window = np.where(places >= 0, block.values[np.clip(places, 0, last), column], np.nan)
    hit = np.nan_to_num(window, nan=-np.inf) >= request.at_least
    known = (~np.isnan(window)).sum(axis=0)
    value = np.where(hit.any(axis=0), 1.0, np.where(known == span, 0.0, np.nan))
    row = block.rows[np.clip(at - np.argmax(hit, axis=0), 0, last), column]  # of the newest hit; of the newest year for none
    start = first_day(block, np.clip(at - span + 1, 0, last))
    return blanked(replace(top, value=value, start=start, row=row, first_row=row, known=known, asked=span))


def spillover(request: Request) -> Value:
    """Return the sum over the countries next door of the ``months`` that end with the series' newest month.

    Missing, never zero, where a country has no land neighbour or too few of them are known (:func:`next_door`).
    """
    return sum_months(replace(request, block=next_door(request.block.recent(request.months), request.neighbours)))


LEVELS: dict[str, Callable[[Request], Value]] = {
    "latest": latest,
    "sum_months": sum_months,
    "per_thousand": per_thousand,
    "ever": ever,
    "any_in_years": any_in_years,
    "spillover": spillover,
}


def newest_value(block: Block) -> Value:
    """Return each country's newest value with its period."""
    if not len(block.ends):
        return nothing(block)
    known = block.known
    some = known.any(axis=0)
    at = len(block.ends) - 1 - np.argmax(known[::-1], axis=0)
    column = np.arange(block.values.shape[1])
    return Value(
        np.where(some, block.values[at, column], np.nan),
        np.where(some, first_day(block, at), np.datetime64("NaT", "D")),
        np.where(some, block.ends[at], np.datetime64("NaT", "D")),
        np.where(some, block.rows[at, column], -1),
        some.astype("int64"),
        1,
    )


def oldest_in(block: Block, window: slice) -> Ints:
    """Return the oldest period of a window with a value, for each country; the window's first where none has one."""
    oldest: Ints = window.start + np.argmax(block.known[window], axis=0)
    return oldest


def rate(request: Request) -> Block:
    """Return the series, plus its companions, per 1,000 of ``per``, period by period; missing where any of them is."""
    block = request.block
    if request.per is None and not request.plus:
        return block
    values = block.values.copy()
    for other in request.plus:
        values = values + _aligned(other, block)
    if request.per is not None:
        divisor = _carried(request.per, block)
        values = 1000.0 * values / np.where(divisor > 0, divisor, np.nan)
    return Block(values, block.rows, block.ends, block.monthly)


def _aligned(other: Block, block: Block) -> Floats:
    """Return ``other`` on the periods of ``block``; NaN where it has none."""
    values = np.full(block.values.shape, np.nan)
    if len(other.ends):
        at = np.searchsorted(other.ends, block.ends)
        same = (at < len(other.ends)) & (other.ends[np.minimum(at, len(other.ends) - 1)] == block.ends)
        values[same] = other.values[at[same]]
    return values


def _carried(other: Block, block: Block) -> Floats:
    """Return the newest value of ``other`` at or before each period of ``block``."""
    values = np.full(block.values.shape, np.nan)
    if not len(other.ends):
        return values
    filled = other.values.copy()
    for n in range(1, len(filled)):
        filled[n] = np.where(np.isnan(filled[n]), filled[n - 1], filled[n])
    at = np.searchsorted(other.ends, block.ends, side="right") - 1
    values[at >= 0] = filled[at[at >= 0]]
    return values


def first_day(block: Block, at: int | Ints) -> npt.NDArray[np.datetime64]:
    """Return the first day of the periods at ``at``."""
    unit = "M" if block.monthly else "Y"
    return block.ends[at].astype(f"datetime64[{unit}]").astype("datetime64[D]")


def blanked(value: Value) -> Value:
    """Return the value with period and rows blanked where the value is missing."""
    missing = np.isnan(value.value)
    nat = np.datetime64("NaT", "D")
    return replace(
        value,
        start=np.where(missing, nat, value.start),
        end=np.where(missing, nat, value.end),
        row=np.where(missing, -1, value.row),
        first_row=np.where(missing, -1, value.first_row),
    )


def nothing(block: Block) -> Value:
    """Return a value that is missing for every country."""
    width = block.values.shape[1]
    nat = np.full(width, np.datetime64("NaT", "D"))
    return Value(np.full(width, np.nan), nat, nat, np.full(width, -1), np.zeros(width, dtype="int64"), 1)
