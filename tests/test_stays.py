"""Why a level is not the one that its figures say: held, kept, easing or rising, in a word each."""

from __future__ import annotations

from datetime import date

import pandas as pd
import pytest

from monitor.risk.assess import Assessed
from monitor.risk.framework import Framework
from monitor.risk.levels import Standing, step
from monitor.risk.path import Look, Stand
from monitor.risk.stays import stays
from tests.small_world import Row, content, look, small_framework

DAY = date(2021, 3, 1)
OUTSIDE = 1


def slow(exits: float = 0.0) -> Framework:
    """Return the small framework easing after three lower periods, each level ending ``exits`` below where it begins."""
    changed = content()
    leave = [0.25 - exits, 0.5 - exits, 0.75 - exits]
    tracks = {name: track | {"exit": leave} for name, track in changed["tracks"].items()}
    return small_framework(steps={"provisional_updates": 2, "lower_periods": 3}, tracks=tracks)


def figures(rights: float, past: float = 0, year: int = 2020) -> list[Row]:
    """Return rights and income of the same score; outside conflict the score is half of theirs, and half of the past."""
    values = {"rights": rights, "income": 1 - rights, "past": past}
    return [(f"x.{name}", "AAA", str(year), value) for name, value in values.items()]


def reason(*looks: Assessed, framework: Framework, firm: Assessed | None = None) -> str:
    """Return the reason after these looks, each from where the one before left it; ``firm``: the last one's final figures."""
    standing: Standing | None = None
    for n, seen in enumerate(looks):
        last = n == len(looks) - 1
        standing = step(seen, standing, framework, firm=firm if last else None)
    assert standing is not None
    return str(stays(Stand(Look(looks[-1], firm or looks[-1]), standing), OUTSIDE)[0])


def test_a_level_that_its_figures_say_needs_no_reason() -> None:
    framework = slow()
    assert reason(look(figures(0.0), DAY, framework), framework=framework) == ""


def test_a_level_above_figures_that_said_less_for_the_first_time_is_easing() -> None:
    framework = slow()
    first, later = look(figures(0.0), DAY, framework), look(figures(0.8, year=2021), date(2022, 3, 1), framework)
    assert reason(first, later, framework=framework) == "easing"


def test_a_level_between_where_it_begins_and_where_it_ends_is_kept() -> None:
    """Rights of 0.1 score 0.9, the track 0.45: under 0.50 where elevated begins, not under 0.40 where it ends."""
    framework = slow(exits=0.1)
    first, later = look(figures(0.0), DAY, framework), look(figures(0.1, year=2021), date(2022, 3, 1), framework)
    assert reason(first, later, framework=framework) == "between"


def test_a_level_whose_evidence_is_lost_is_held() -> None:
    framework = slow()
    first = look(figures(1.0, past=1), DAY, framework)
    later = look([row for row in figures(1.0) if row[0] != "x.past"], DAY, framework)
    assert reason(first, later, framework=framework) == "held"


def test_provisional_figures_that_say_less_leave_the_level_to_the_final_ones() -> None:
    framework = slow()
    first, later = look(figures(0.0), DAY, framework), look(figures(0.8, year=2021), date(2022, 3, 1), framework)
    final = look(figures(0.0), date(2022, 3, 1), framework)
    assert reason(first, later, framework=framework, firm=final) == "final"


def test_provisional_figures_that_say_more_for_the_first_time_are_counted_as_rising() -> None:
    framework = slow()
    first = look(figures(0.8), DAY, framework)
    later = look(figures(0.0, year=2021), date(2022, 3, 1), framework)
    final = look(figures(0.8), date(2022, 3, 1), framework)
    assert reason(first, later, framework=framework, firm=final) == "rising"


@pytest.mark.parametrize("rows", [[], figures(0.8)])
def test_a_first_look_stands_where_its_figures_say(rows: list[Row]) -> None:
    framework = slow()
    seen = look(rows, DAY, framework)
    standing = step(seen, Standing.of(pd.DataFrame(), framework, seen.countries), framework)
    assert stays(Stand(Look(seen, seen), standing), OUTSIDE).tolist() == [""]
