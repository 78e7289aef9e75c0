"""What may be otherwise in an assessment, as config: how wrong a figure may be, and which choices of the method are drawn.

Read from ``config/framework.yaml``; :mod:`monitor.risk.uncertainty` draws from it.
"""

from __future__ import annotations

from typing import Literal

from pydantic import Field, model_validator

from indicators.contract import Frozen


class MeasurementError(Frozen):
    """How far the true value of a series may lie from the published one: one standard error, about two chances in three.

    ``plus_minus`` in the series' own unit, or ``percent`` of the value. ``low``/``high``: series that hold the publisher's own
    bounds, used where they have a value. ``basis``: ``published`` (the publisher's, country by country), ``typical`` (one figure
    for all, from what the publisher states or its bounds show), ``assumed`` (ours: none is published). ``why``: where it is from.
    """

    plus_minus: float | None = Field(default=None, gt=0)
    percent: float | None = Field(default=None, gt=0, lt=100)
    low: str | None = None
    high: str | None = None
    basis: Literal["published", "typical", "assumed"]
    why: str = Field(min_length=10)

    @model_validator(mode="after")
    def _one_size(self) -> MeasurementError:
        if (self.plus_minus is None) == (self.percent is None):
            raise ValueError("a measurement error has either plus_minus or percent")
        if (self.low is None) != (self.high is None):
            raise ValueError("published bounds are two series: low and high")
        return self


class Uncertainty(Frozen):
    """What is drawn, how often, from which seed; see :mod:`monitor.risk.uncertainty`.

    ``weights``: each weight is multiplied by a number drawn evenly from 1 less this to 1 plus this. ``linear``: the chance that a
    measure with percentile bands is read on a straight line instead. ``geometric``: the chance that a draw takes geometric means
    inside factors. ``gaps``: whether core indicators without a reading are drawn from other countries. ``errors``: whether
    measurement error is drawn; ``shared`` is the share of its variance that all figures of one source and country have in common.
    """

    seed: int = Field(default=1, ge=0)
    draws: int = Field(default=500, ge=1, le=10_000)
    weights: float = Field(default=0.25, ge=0, lt=1)
    linear: float = Field(default=0.5, ge=0, le=1)
    geometric: float = Field(default=0.5, ge=0, le=1)
    gaps: bool = True
    errors: bool = True
    shared: float = Field(default=0.5, ge=0, le=1)
