"""Worldwide Governance Indicators of the World Bank: perceptions of government, in units of a standard normal score.

The bare codes (``PV.EST``) are archived since 2025; the live ones are ``GOV_WGI_PV.EST`` and need ``source=3``. The edition
of 2025 recalculated every year back to 1996: editions must not be mixed, and one collection never holds two.
"""

from indicators.worldbank_api import fetch, parse

__all__ = ["fetch", "parse"]
