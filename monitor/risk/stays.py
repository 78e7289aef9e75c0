"""Why a track's level is not the one that its figures say now: one word a reason, which every page words in its way.

==============  ==========================================================================================================
``held``        something that the level rested on can no longer be seen
``between``     the figures say less, but not less than what the level ends below
``final``       all figures together say less; the final ones alone do not, and provisional figures ease nothing
``easing``      the figures say less, and the fresh lower periods in a row are being counted
``rising``      provisional figures say more, and the updates that say so are being counted
(empty)         the level is what the figures say
==============  ==========================================================================================================
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from monitor.risk.framework import TRACK_IDS
from monitor.risk.path import Stand

HELD, BETWEEN, FINAL, EASING, RISING = "held", "between", "final", "easing", "rising"


def stays(now: Stand, track: int) -> npt.NDArray[np.str_]:
    """Return the reason for each country, empty where the level is what its figures say; ``track``: its place in the order."""
    standing, name = now.standing, TRACK_IDS[track]
    seen, firm = now.look.seen.tracks[name], now.look.firm.tracks[name]
    level = standing.level[track]
    above = level > seen.level
    return np.select(
        [standing.held[track], above & (seen.keep >= level), above & (firm.keep >= level), above, standing.rising_to[track] >= 0],
        [HELD, BETWEEN, FINAL, EASING, RISING],
        "",
    )
