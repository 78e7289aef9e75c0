"""The forecast of a run: made once for the same inputs, made anew when any of them changes, and split by what moved it."""

from __future__ import annotations

import ast
from collections.abc import Callable, Mapping
from datetime import UTC, date, datetime
from functools import cache
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np
import pandas as pd
import pytest

from indicators.contract import Parsed
from monitor import forecasting
from monitor.foresight import beside, changed, inputs, shown, today, words
from monitor.foresight.prepare import NothingToForecast, World
from monitor.storage.snapshot import Snapshot, publish
from monitor.storage.store import Store
from tests.conftest import ROOT
from tests.foresight_world import KILLED, LAST, LISTED, ONGOING, Invented, countries, panel, world
from tests.test_store import CARD, sent

DAY = date(LAST + 1, 6, 1)
PROGRAM = {"code": "c", "libraries": "l"}


class Assessed(Invented):
    def assessed(self) -> tuple[str, ...]:
        return (*self.names, "NEW")


def monitor(home: Path, figures: pd.DataFrame, then: pd.DataFrame | None = None, **policy: Any) -> Any:
    """Return what a forecast reads of the assembled parts. ``then``: the figures known at the forecast before."""
    there = world(**policy)
    config = SimpleNamespace(foresight=there.policy, sources=there.sources, neighbours=there.neighbours)
    store = SimpleNamespace(panel=lambda _seen, series: (figures if then is None else then)[lambda f: f["series"].isin(series)])
    series = {s.id: s for c in there.sources for s in c.series}
    clock = iter(datetime(2026, 1, 1, 12, n, tzinfo=UTC) for n in range(60))
    return SimpleNamespace(
        settings=SimpleNamespace(home=home),
        config=config,
        store=store,
        series=series,
        countries=Assessed(countries()),
        clock=lambda: next(clock),
        tell=lambda _: None,
        figures=figures,
    )


def forecast(there: Any, run: str, day: date = DAY) -> forecasting.Forecast:
    """Make or keep a forecast, and publish it as a run does."""
    found = forecasting.current(there, there.figures, day)
    publish(there.settings.home, found.tables, {"forecast": found.about}, run)
    return found


@pytest.fixture
def fits(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """Return a list that grows with each forecast that is worked out."""
    made: list[int] = []
    real = today.forecasts

    def counted(*given: Any, **more: Any) -> Any:
        made.append(1)
        return real(*given, **more)

    monkeypatch.setattr(today, "forecasts", counted)
    monkeypatch.setattr(changed, "forecasts", counted)
    return made


# ------------------------------------------------------------------------------------------------------------- the key


def key(
    there: World | None = None, figures: pd.DataFrame | None = None, until: int = LAST, program: Mapping[str, str] = PROGRAM
) -> str:
    return inputs.key_of(inputs.parts(there or world(), panel() if figures is None else figures, None, until, program))


def test_the_same_figures_in_another_order_and_under_other_codes_are_the_same_inputs() -> None:
    mixed = panel().sample(frac=1, random_state=5)
    coded = mixed.assign(series=pd.Categorical(mixed["series"], categories=sorted(set(mixed["series"]), reverse=True)))
    assert key(figures=coded) == key()


def test_figures_that_no_forecast_reads_are_no_input() -> None:
    other = pd.DataFrame(
        {"series": ["idmc.new_displacements"], "iso3": ["C01"], "end": [pd.Timestamp("2015-12-31")], "value": [1.0]}
    )
    assert key(figures=pd.concat([panel(), other])) == key()


def revised(value: float) -> pd.DataFrame:
    figures = panel().copy()
    figures.loc[figures.index[figures["series"] == KILLED][40], "value"] = value
    return figures


@pytest.mark.parametrize(
    "other",
    [
        pytest.param(lambda: key(figures=revised(123.0)), id="a figure revised"),
        pytest.param(lambda: key(figures=revised(float("nan"))), id="a figure lost"),
        pytest.param(lambda: key(figures=panel().iloc[:-1]), id="a row withdrawn"),
        pytest.param(lambda: key(until=LAST + 1), id="another year"),
        pytest.param(
            lambda: key(World(world().policy.model_copy(update={"hash": "x"}), *parts_of(world()))), id="another policy"
        ),
        pytest.param(lambda: key(World(world().policy, world().sources, world().countries, {})), id="other neighbours"),
        pytest.param(lambda: key(World(world().policy, (), world().countries, world().neighbours)), id="other cards"),
        pytest.param(lambda: key(program={**PROGRAM, "code": "d"}), id="other code"),
        pytest.param(lambda: key(program={**PROGRAM, "libraries": "m"}), id="another library"),
    ],
)
def test_whatever_a_forecast_depends_on_gives_another_key_when_it_changes(other: Callable[[], str]) -> None:
    assert other() != key()


def parts_of(there: World) -> tuple[Any, Any, Any]:
    return there.sources, there.countries, there.neighbours


def test_the_hash_of_the_code_covers_all_that_the_forecast_imports() -> None:
    covered = {p.relative_to(ROOT).as_posix() for pattern in forecasting.CODE for p in ROOT.glob(pattern)}
    pending, seen = ["monitor/foresight/today.py", "monitor/foresight/shown.py"], set[str]()
    while pending:
        name = pending.pop()
        if name in seen or name == "indicators/http.py":  # the contract names its type; no forecast goes through that door
            continue
        seen.add(name)
        for node in ast.walk(ast.parse((ROOT / name).read_text(encoding="utf-8"))):
            if isinstance(node, ast.ImportFrom) and node.module and node.module.split(".")[0] in ("monitor", "indicators"):
                whole = [node.module.replace(".", "/"), *(f"{node.module.replace('.', '/')}/{a.name}" for a in node.names)]
                pending += [f"{m}.py" for m in whole if (ROOT / f"{m}.py").is_file()]
    assert seen - covered == set()


def test_a_changed_file_gives_another_hash_of_the_code(tmp_path: Path) -> None:
    (tmp_path / "one.py").write_text("a = 1\n")
    before = forecasting.code_hash(("*.py",), tmp_path)
    (tmp_path / "one.py").write_text("a = 2\n")
    assert forecasting.code_hash(("*.py",), tmp_path) != before


# -------------------------------------------------------------------------------------------------- made once, or anew


def test_nothing_is_worked_out_again_while_its_inputs_stay(tmp_path: Path, fits: list[int]) -> None:
    first = forecast(monitor(tmp_path, panel()), "r1")
    again = forecast(monitor(tmp_path, panel()), "r2", date(LAST + 1, 12, 31))  # another day of the same year
    assert (first.about["state"], again.about["state"], len(fits)) == ("made", "kept", 1)
    for name, table in first.tables.items():
        pd.testing.assert_frame_equal(again.tables[name], table)
    assert {k: v for k, v in again.about.items() if k != "state"} == {k: v for k, v in first.about.items() if k != "state"}


def test_a_changed_figure_makes_it_anew_and_says_what_differs(tmp_path: Path, fits: list[int]) -> None:
    forecast(monitor(tmp_path, panel()), "r1")
    second = forecast(monitor(tmp_path, revised(900.0), then=panel()), "r2")
    assert second.about["before"]["differs"] == ["figures"]
    assert second.about["before"]["made_at"] == "2026-01-01T12:00:00.000000Z"
    assert len(fits) == 3  # the first, the second, and today's model on the figures of then as they stand now
    third = forecast(monitor(tmp_path, revised(900.0), then=panel()), "r3")
    assert (third.about["state"], len(fits)) == ("kept", 3)
    pd.testing.assert_frame_equal(third.tables["forecasts"], second.tables["forecasts"])  # what moved it is kept with it


def test_a_changed_policy_makes_it_anew(tmp_path: Path, fits: list[int]) -> None:
    forecast(monitor(tmp_path, panel()), "r1")
    other = monitor(tmp_path, panel())
    other.config.foresight = other.config.foresight.model_copy(update={"hash": "another", "seed": 5})
    assert forecast(other, "r2").about["before"]["differs"] == ["policy"]
    assert len(fits) == 3  # and today's model on the figures of then


def test_a_snapshot_that_is_damaged_or_of_an_older_program_is_no_ground_to_keep_anything(tmp_path: Path, fits: list[int]) -> None:
    forecast(monitor(tmp_path, panel()), "r1")
    (tmp_path / "published" / "r1" / "forecasts.parquet").write_bytes(b"spoilt")
    assert forecast(monitor(tmp_path, panel()), "r2").about["state"] == "made"
    publish(tmp_path, {"assessments": pd.DataFrame({"iso3": ["C01"]})}, {}, "r3")
    assert forecast(monitor(tmp_path, panel()), "r4").about["state"] == "made"
    assert len(fits) == 3


def test_a_forecast_of_a_program_that_published_fewer_tables_is_made_anew_and_set_against(tmp_path: Path) -> None:
    older = forecasting.current(monitor(tmp_path, panel()), panel(), DAY)
    fewer = {name: table for name, table in older.tables.items() if name != "forecast_alarms"}
    publish(tmp_path, fewer, {"forecast": older.about}, "r1")
    found = forecast(monitor(tmp_path, panel()), "r2")
    assert found.about["state"] == "made"
    assert found.tables["forecasts"]["of_100_before"].notna().any()


def test_where_there_is_nothing_to_forecast_the_run_goes_on_and_says_why(tmp_path: Path) -> None:
    bare = panel()[~panel()["series"].isin([KILLED, LISTED, ONGOING])]
    found = forecast(monitor(tmp_path, bare), "r1")
    assert found.about["state"] == "none"
    assert "no target has an onset" in found.about["why"]
    assert found.tables["forecasts"].empty
    kept = forecast(monitor(tmp_path, bare), "r2")
    assert (kept.about["state"], kept.about["why"]) == ("none", found.about["why"])
    after = forecast(monitor(tmp_path, panel(), then=bare), "r3")  # there was none before: nothing is said to have moved
    assert (after.about["state"], after.about["before"]) == ("made", {})
    assert set(after.tables["forecasts"]["changed"]) == {""}
    assert list(Snapshot.open(tmp_path).table("forecasts").columns) == list(found.tables["forecasts"].columns)
    assert found.tables["forecasts"].dtypes.equals(after.tables["forecasts"].dtypes)


# ------------------------------------------------------------------------------------------------------ what moved it


@cache
def before() -> forecasting.Forecast:
    there = world()
    made = today.forecasts(there, panel(), None, LAST)
    found = inputs.parts(there, panel(), None, LAST, PROGRAM)
    return forecasting.Forecast(made, {"parts": found})


def given(there: World, figures: pd.DataFrame, program: Mapping[str, str] = PROGRAM) -> inputs.Given:
    return inputs.Given(there, figures, None, LAST, inputs.parts(there, figures, None, LAST, program))


def moved(
    figures: pd.DataFrame, program: Mapping[str, str] = PROGRAM, then: pd.DataFrame | None = None, **policy: Any
) -> pd.DataFrame:
    there = world(**policy)
    now = today.forecasts(there, figures, None, LAST)["forecasts"]
    old = changed.Then(
        before().tables["forecasts"], before().about["parts"], panel() if then is None else then, "2026-01-01T00:00:00Z"
    )
    frame = changed.moved(given(there, figures, program), now, old)
    head = frame[(frame["track"] == "headline") & (frame["target"] == "one_sided")]
    whole = head["of_100"] - head["of_100_before"]
    if head["by_model"].notna().any():
        np.testing.assert_allclose(head[list(changed.BY)].sum(axis=1, skipna=False), whole, atol=1e-9)
    return head.set_index("iso3")


def test_a_revised_figure_is_a_revision_and_nothing_else() -> None:
    found = moved(revised(900.0))
    assert found["by_revision"].abs().max() > 0.1
    assert (found["by_model"] == 0).all()
    assert found["by_figures"].abs().max() < 1e-9


def test_figures_of_a_new_period_are_new_figures_and_no_revision() -> None:
    """The forecast before was made without the last year's killings of one country; today has them, and nothing else differs."""
    last = (panel()["series"] == KILLED) & (panel()["iso3"] == "C03") & (panel()["end"].dt.year == LAST)
    known = panel()[~last]
    there = world()
    old = changed.Then(
        today.forecasts(there, known, None, LAST)["forecasts"],
        inputs.parts(there, known, None, LAST, PROGRAM),
        known,
        "2026-01-01",
    )
    now = today.forecasts(there, panel(), None, LAST)["forecasts"]
    found = changed.moved(given(there, panel()), now, old)
    head = found[(found["track"] == "headline") & (found["target"] == "mass_killing")].set_index("iso3")
    assert (head["by_model"] == 0).all()
    assert (head["by_revision"] == 0).all()
    assert head["by_figures"].abs().max() > 0


def test_another_policy_on_the_same_figures_is_the_model() -> None:
    found = moved(panel(), PROGRAM, candidates=[world().policy.candidates[1].model_dump()], **{"hash": "another"})
    assert found["by_model"].abs().max() > 0.1
    assert (found["by_figures"].abs() < 1e-9).all()
    assert (found["by_revision"] == 0).all()


def test_where_the_record_no_longer_holds_the_figures_of_then_the_change_is_not_split() -> None:
    found = moved(revised(900.0), then=panel().iloc[:-100])
    assert found["of_100_before"].notna().all()
    assert found[list(changed.BY)].isna().all(axis=None)


def collected(store: Store, figures: pd.DataFrame, seen: datetime) -> None:
    """Record a whole release of these figures, seen at an instant."""
    document = sent(f"{seen}")
    text = {"status": "final", "document": document.sha256}
    rows = figures.assign(start=figures["end"].dt.as_unit("s"), end=figures["end"].dt.as_unit("s"), **text, place=pd.NA)
    rows = rows.astype({"series": "str", "iso3": "str", "status": "str", "document": "str", "place": "Int64"})
    store.record(CARD, Parsed(rows.reset_index(drop=True), complete=True), [document], started=seen, seen=seen)


def test_with_a_real_record_a_withdrawn_and_a_revised_figure_are_revisions_and_a_later_period_is_new(tmp_path: Path) -> None:
    """The figures of then are those that the record had seen when the forecast before was made."""
    store, last = Store(tmp_path), panel()["end"].dt.year == LAST
    collected(store, panel()[~last], datetime(2025, 12, 31, tzinfo=UTC))
    first = monitor(tmp_path, store.panel())
    first.store = store
    forecast(first, "r1", date(LAST, 6, 1))
    collected(store, revised(900.0).drop(index=panel().index[panel()["series"] == KILLED][5]), datetime(2026, 1, 2, tzinfo=UTC))
    second = monitor(tmp_path, store.panel())
    second.store, second.clock = store, lambda: datetime(2026, 1, 3, tzinfo=UTC)
    found = forecast(second, "r2")
    assert found.about["before"]["differs"] == ["figures", "until"]
    rows = found.tables["forecasts"]
    head = rows[(rows["track"] == "headline") & rows["of_100_before"].notna()]
    assert len(head)
    assert (head["by_model"] == 0).all()
    assert head["by_revision"].abs().max() > 0
    assert head["by_figures"].abs().max() > 0
    np.testing.assert_allclose(
        head[list(changed.BY)].sum(axis=1, skipna=False), head["of_100"] - head["of_100_before"], atol=1e-9
    )


@pytest.mark.parametrize(
    ("row", "said"),
    [
        (
            {"of_100": 5.0, "of_100_before": 3.0, "by_model": 0.5, "by_revision": -0.25, "by_figures": 1.75},
            "+2.0 in 100 since the forecast of 2026-01-01: +0.5 by the model, -0.2 by revised figures and +1.8 by new figures",
        ),
        (
            {"of_100": 5.0, "of_100_before": 3.0, "by_model": np.nan, "by_revision": np.nan, "by_figures": np.nan},
            "+2.0 in 100 since the forecast of 2026-01-01",
        ),
        (
            {"of_100": 3.04, "of_100_before": 3.0, "by_model": 0.04, "by_revision": 0.0, "by_figures": 0.0},
            "no change of 0.1 in 100 or more since the forecast of 2026-01-01",
        ),
        ({"of_100": 5.0, "of_100_before": np.nan, "by_model": np.nan, "by_revision": np.nan, "by_figures": np.nan}, ""),
    ],
)
def test_what_moved_is_said_in_points_of_a_hundred(row: dict[str, float], said: str) -> None:
    assert changed.in_words(row, "2026-01-01T00:00:00Z") == said


def test_with_no_forecast_before_nothing_is_said_to_have_moved() -> None:
    assert changed.in_words({"of_100": 5.0, "of_100_before": 3.0}, "") == ""


# ---------------------------------------------------------------------------------------------------- the tables shown


def test_a_country_that_no_model_knows_has_a_row_that_says_so(tmp_path: Path) -> None:
    found = forecast(monitor(tmp_path, panel()), "r1").tables["forecasts"]
    new = found[found["iso3"] == "NEW"]
    assert len(new) == 4  # two targets, two tracks
    assert new["risk"].isna().all()
    assert set(new["said"]) == {words.NO_FORECAST}
    assert not new["at_risk"].any()


def test_the_reasons_shown_still_add_up_to_the_whole() -> None:
    made = today.forecasts(world(), panel(), None, LAST)
    whole = made["forecast_reasons"]
    cut = shown.tables(made, None, {}, "")["forecast_reasons"]
    for frame in (whole, cut):
        assert np.allclose(
            frame.groupby(["target", "iso3"])["log_odds"].sum(),
            (frame["total"] - frame["typical"]).groupby([frame["target"], frame["iso3"]]).first(),
        )
    assert cut.groupby(["target", "iso3"]).size().max() <= shown.NAMED + 1


ROW = {"risk": 0.123, "low": 0.08, "high": 0.2, "of_100": 12.3, "at_risk": True, "horizon": 1, "calibrated": True}
ROW |= {"rank": 4, "rank_low": 3, "rank_high": 8}


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({}, "of 100 such country-years about 12 (90 % interval 8.0 to 20), place 4 (3 to 8) of 176"),
        ({"of_100": 0.4}, "of 100 such country-years fewer than 1 (90 % interval 8.0 to 20), place 4 (3 to 8) of 176"),
        ({"horizon": 2}, "of 100 such countries in 2 years about 12 (90 % interval 8.0 to 20), place 4 (3 to 8) of 176"),
        (
            {"calibrated": False},
            words.UNCALIBRATED + "of 100 such country-years about 12 (90 % interval 8.0 to 20), place 4 (3 to 8) of 176",
        ),
        ({"at_risk": False}, words.NO_ONSET),
        ({"risk": float("nan")}, words.NO_FORECAST),
    ],
)
def test_the_odds_in_words(change: dict[str, Any], said: str) -> None:
    assert words.odds({**ROW, **change}, 176) == said


def test_the_reasons_in_words_name_what_moves_the_odds_and_what_has_no_figure() -> None:
    rows = [("Deaths, month", 3.0, 2.5), ("GDP per head", np.nan, 1.3), ("Killings, year", 1.0, 0.4), ("Rest", 1.0, 1.01)]
    frame = pd.DataFrame(rows, columns=["title", "value", "times_odds"])
    assert words.because(frame) == (
        "Raised most by deaths (odds times 2.5); GDP per head (odds times 1.3, no figure). "
        "Lowered most by killings (odds times 0.4)"
    )


# ------------------------------------------------------------------------------------------- forecast beside framework

FORECAST = {"risk": 0.1, "at_risk": True, "rank": 5, "rank_low": 3, "rank_high": 9}
FRAMEWORK = {"rank": 10, "rank_low": 8, "rank_high": 14}


@pytest.mark.parametrize(
    ("forecast_row", "framework", "state"),
    [
        (FORECAST, FRAMEWORK, beside.ALIKE),
        (FORECAST, FRAMEWORK | {"rank": 50, "rank_low": 31}, beside.FORECAST),
        (FORECAST, FRAMEWORK | {"rank": 50, "rank_low": 30}, beside.ALIKE),  # in some draws it is among the 30 highest there too
        (FORECAST | {"rank": 60, "rank_low": 31}, FRAMEWORK, beside.FRAMEWORK),
        (FORECAST | {"rank": 60, "rank_low": 30}, FRAMEWORK, beside.ALIKE),
        (FORECAST | {"rank": 60, "rank_low": 50}, FRAMEWORK | {"rank": 90, "rank_low": 70}, beside.ALIKE),  # neither is high
        (FORECAST | {"at_risk": False, "rank": pd.NA, "rank_low": pd.NA}, FRAMEWORK, beside.NOT_AT_RISK),
        (FORECAST, FRAMEWORK | {"rank": pd.NA}, beside.NO_RANK),
        (FORECAST, FRAMEWORK | {"rank_low": np.nan}, beside.NO_RANK),
        (FORECAST | {"risk": np.nan}, FRAMEWORK, beside.NO_FORECAST),
        (None, FRAMEWORK, beside.NO_FORECAST),
    ],
)
def test_they_differ_where_one_is_high_and_the_other_is_not_in_nine_of_ten_draws(
    forecast_row: dict[str, Any] | None, framework: dict[str, Any], state: str
) -> None:
    assert beside.state_of(forecast_row, framework) == state


def test_every_assessed_country_has_a_line_and_a_difference_is_called_a_reason_to_look() -> None:
    head = {"target": "t", "horizon": 1, "track": "headline"}
    forecasts = pd.DataFrame([head | FORECAST | {"iso3": "AAA"}, head | FORECAST | {"iso3": "BBB", "horizon": 2}])
    said = pd.DataFrame({"iso3": ["AAA", "BBB"], "level": ["baseline", "high"], "rank": pd.array([50, 1], dtype="Int64")})
    intervals = pd.DataFrame({"iso3": ["AAA", "BBB"], "rank_low": [40.0, 1.0], "rank_high": [60.0, 2.0]})
    found = beside.side_by_side(forecasts, said, intervals).set_index("iso3")
    assert found.loc["AAA", "line"] == (
        "Forecast: place 5 (3 to 9) of 1; framework: baseline, rank 50 (40 to 60) of 2. The forecast puts it among its 30 "
        f"highest, the framework outside its 30 highest in nine of ten draws. {beside.LOOK}"
    )
    assert found.loc["BBB", "state"] == beside.NO_FORECAST  # of the first horizon there is none


def test_with_no_forecast_at_all_nothing_stands_beside_the_framework() -> None:
    said = pd.DataFrame({"iso3": ["AAA"], "level": ["baseline"], "rank": pd.array([1], dtype="Int64")})
    intervals = pd.DataFrame({"iso3": ["AAA"], "rank_low": [1.0], "rank_high": [1.0]})
    assert beside.side_by_side(shown.nothing(None)["forecasts"], said, intervals).empty


def test_no_figures_at_all_is_said_in_one_line() -> None:
    with pytest.raises(NothingToForecast, match="no target has an onset"):
        today.forecasts(world(), panel()[panel()["series"] == "wdi.population"], None, LAST)
