"""World Development Indicators of the World Bank: population, infant mortality, growth, prices, trade, age, arms spending.

Several editions a year; the newest value is one to two years old. ``MS.MIL.XPND.GD.ZS`` is SIPRI's and not ours to pass on.
"""

from indicators.worldbank_api import fetch, parse

__all__ = ["fetch", "parse"]
