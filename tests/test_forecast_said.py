"""The forecast where people read it: the brief, the digest, the country verb. One voice, with its interval, and never a level."""

from __future__ import annotations

import re
from typing import Any

import numpy as np
import pandas as pd
import pytest

from monitor.alerts.digest import content
from monitor.alerts.odds import NONE, odds
from monitor.alerts.render import digest_for
from monitor.briefs import render
from monitor.briefs.brief import build
from monitor.foresight.told import said, told
from monitor.foresight.words import NO_FORECAST, NO_ONSET
from tests import alert_world
from tests.test_brief import FORBIDDEN, LEVERS, manifest, section, tables

ABOUT: dict[str, Any] = {
    "state": "made",
    "why": "",
    "key": "k" * 16,
    "policy": "p" * 16,
    "made_at": "2026-01-01T00:00:00.000000Z",
    "scored": [1994, 2024],
    "targets": {"t": {"title": "Onset of made-up violence", "meaning": "Made up. For tests."}},
}
ODDS = "of 100 such country-years about 11 (90 % interval 5.5 to 22), place 3 (2 to 7) of 111"


def row(iso3: str = "CMR", horizon: int = 1, track: str = "headline", **given: Any) -> dict[str, Any]:
    """Return a row of ``forecasts`` of made-up odds."""
    one = {"target": "t", "horizon": horizon, "track": track, "year_from": 2025, "first_year": 2026, "last_year": 2025 + horizon}
    one |= {"iso3": iso3, "country": iso3, "risk": 0.11, "low": 0.055, "high": 0.22, "of_100": 11.0, "rank": 3, "rank_low": 2}
    one |= {
        "rank_high": 7,
        "at_risk": True,
        "used": "ensemble",
        "calibrated": True,
        "said": ODDS if track == "headline" else "of 100 about 4.4",
    }
    return (
        one
        | {"reasons": "Raised most by made-up harm (odds times 2.2)", "changed": "+1.1 in 100 since the forecast of 2025-12-01"}
        | given
    )


def forecast(*rows: dict[str, Any], line: str = "Forecast: place 3; framework: high.") -> dict[str, pd.DataFrame]:
    countries = sorted({r["iso3"] for r in rows})
    beside = [{"iso3": c, "target": "t", "state": "no clear difference", "line": line} for c in countries]
    return {"forecasts": pd.DataFrame(list(rows)), "forecast_beside": pd.DataFrame(beside)}


NOT_AT_RISK = row(at_risk=False, rank=pd.NA, said=NO_ONSET, reasons="", changed="")
UNKNOWN = row(at_risk=False, risk=np.nan, said=NO_FORECAST, reasons="", changed="")
WHOLE = (row(), row(horizon=2), row(track="outside_conflict"))


# ---------------------------------------------------------------------------------------------------------- in sentences


def test_a_country_is_told_its_odds_what_moves_them_and_how_they_stand_beside_the_framework() -> None:
    assert told("CMR", forecast(*WHOLE), ABOUT) == [
        f"Forecast of onset of made-up violence in 2026: {ODDS}.",
        "Raised most by made-up harm (odds times 2.2).",
        "+1.1 in 100 since the forecast of 2025-12-01.",
        "Forecast: place 3; framework: high.",
    ]


def test_two_years_ahead_and_without_deaths_stand_beside_the_first() -> None:
    (one,) = said("CMR", forecast(*WHOLE), ABOUT)
    assert one.ahead == (("2026-2027", ODDS),)
    assert one.outside == "of 100 about 4.4"


def test_where_no_onset_is_to_be_expected_that_alone_is_said() -> None:
    later = {**NOT_AT_RISK, "horizon": 2}
    assert told("CMR", forecast(NOT_AT_RISK, later), ABOUT) == [f"Forecast of onset of made-up violence in 2026: {NO_ONSET}."]


def test_a_country_that_no_model_knows_is_told_so() -> None:
    assert told("CMR", forecast(UNKNOWN), ABOUT) == [f"Forecast of onset of made-up violence in 2026: {NO_FORECAST}."]


def test_a_run_that_could_make_none_says_why_and_an_older_run_says_nothing() -> None:
    assert told("CMR", forecast(row()), {"state": "none", "why": "nothing to go by"}) == ["No forecast: nothing to go by."]
    assert told("CMR", {}, {}) == []
    assert told("CMR", {}, ABOUT) == []


# --------------------------------------------------------------------------------------------------------- in the brief


def brief(*rows: dict[str, Any], about: dict[str, Any] = ABOUT) -> Any:
    return build("CMR", {**tables(), **forecast(*rows)}, {**manifest(), "forecast": about}, LEVERS)


def test_the_brief_gives_the_odds_with_their_interval_and_a_reference_to_the_forecast() -> None:
    made = brief(*WHOLE)
    text = section(made, "Forecast")
    (ref,) = [r.number for r in made.references if r.kind == "forecast"]
    assert f"Onset of made-up violence in 2026, from figures to the end of 2025: {ODDS} [{ref}]." in text
    assert f"In 2026-2027: {ODDS} [{ref}]." in text
    assert f"By the model that sees no counts of deaths: of 100 about 4.4 [{ref}]." in text
    assert f"Raised most by made-up harm (odds times 2.2) [{ref}]." in text
    assert f"Forecast: place 3; framework: high [{ref}] [1]." in text
    assert "A forecast is beside the level and no part of it." in text
    assert f"inputs {'k' * 16}, policy {'p' * 16}" in render.render(made, "md")


def test_the_level_of_a_brief_is_the_same_with_and_without_a_forecast() -> None:
    with_it, without = brief(*WHOLE), build("CMR", tables(), manifest(), LEVERS)
    assert repr((with_it.level, with_it.tracks, with_it.factors)) == repr((without.level, without.tracks, without.factors))
    assert "## Forecast" not in render.render(without, "md")


@pytest.mark.parametrize("given", [WHOLE, (NOT_AT_RISK,), (UNKNOWN,)], ids=["odds", "not at risk", "unknown"])
@pytest.mark.parametrize("form", render.FORMATS)
def test_a_brief_with_a_forecast_uses_no_word_for_a_probability(given: tuple[dict[str, Any], ...], form: str) -> None:
    text = re.sub(r"<style>.*?</style>", "", render.render(brief(*given), form), flags=re.DOTALL)
    assert not FORBIDDEN.search(text), FORBIDDEN.search(text)


def test_a_brief_of_a_run_without_a_forecast_says_why_there_is_none() -> None:
    assert "- No forecast: nothing to go by." in section(brief(about={"state": "none", "why": "nothing to go by"}), "Forecast")


def test_text_of_others_in_a_forecast_stays_text() -> None:
    text = render.render(brief(row(reasons="<script>alert(1)</script> [a](javascript:alert(1))")), "html")
    assert "<script>" not in text
    assert 'href="javascript' not in text


# -------------------------------------------------------------------------------------------------------- in the digest


def digest(*rows: dict[str, Any], about: dict[str, Any] = ABOUT) -> str:
    week = alert_world.week(alert_world.said("AAA", "high"), forecasts=pd.DataFrame(list(rows)))
    made = content(week, alert_world.manifest(forecast=about), alert_world.levers())
    both = digest_for(made)
    found = " ".join(both.text.split())
    assert ("of 100: about 11 (5.5 to 22)" in found) == ("of 100: about 11 (5.5 to 22)" in both.html)
    return found


def test_the_digest_gives_odds_beside_the_rank_and_says_what_they_are_of() -> None:
    found = digest(row("AAA"))
    assert "; of 100: about 11 (5.5 to 22)" in found
    assert "The odds are of the onset of made-up violence in 2026, from figures to the end of 2025" in found
    assert "Calibrated on forecasts of 1994 to 2024" in found


@pytest.mark.parametrize(
    ("rows", "about", "said_instead"),
    [
        ([row("AAA", calibrated=False)], ABOUT, "No backtest was made with these figures and this policy."),
        ([], {**ABOUT, "state": "none", "why": "nothing to go by"}, f"{NONE} nothing to go by."),
        ([row("AAA", at_risk=False)], ABOUT, "Where none are given, such violence was under way"),
    ],
)
def test_without_calibrated_odds_of_an_onset_the_digest_gives_none(
    rows: list[dict[str, Any]], about: dict[str, Any], said_instead: str
) -> None:
    found = digest(*rows, about=about)
    assert "; of 100: about" not in found
    assert said_instead in found


def test_a_run_without_a_forecast_gives_no_odds() -> None:
    assert odds({}, {}).words == NONE
