"""A payload that is well-formed and still wrong is refused whole; a genuine revision is not. By hand, on twenty countries."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

from indicators.contract import Document, NotBelieved, Parsed, Source
from monitor.storage.quarantine import Before, doubts, judge
from monitor.storage.store import ACCEPTED, Store

NOW = datetime(2026, 11, 20, 12, tzinfo=UTC)
CARD = Source.model_validate(
    {
        "id": "made",
        "title": "Made for tests",
        "provider": "nobody",
        "homepage": "https://example.org/data",
        "licence": "none",
        "citation": "none",
        "redistribute": True,
        "collect_every_days": 7,
        "release_lag_days": 0,
        "max_age_days": 100,
        "options": {"optional_columns": ["gossip"]},
        "series": [
            {"id": "made.killed", "title": "Killed", "unit": "deaths", "column": "killed", "frequency": "month", "minimum": 0,
             "blank": "zero where covered", "conflict_derived": True},
            {"id": "made.rights", "title": "Rights", "unit": "rating", "column": "rights", "minimum": -8, "decimals": 2},
            {"id": "made.people", "title": "People", "unit": "people", "column": "people", "minimum": 1},
            {"id": "made.gossip", "title": "Gossip", "unit": "rating", "column": "gossip"},
        ],
    }
)  # fmt: skip
COUNTRIES = [f"{a}{b}{b}" for a in "AB" for b in "ABCDEFGHIJ"]
MONTHS = pd.period_range("2025-01", "2025-12", freq="M")
YEARS = pd.period_range("2016", "2025", freq="Y")


def figures(series: str, periods: pd.PeriodIndex, value: Callable[[int, int], float]) -> pd.DataFrame:
    """Return a figure for every country and period: ``value`` of their numbers, both from 0."""
    rows = [(series, c, p, value(n, t)) for n, c in enumerate(COUNTRIES) for t, p in enumerate(periods)]
    frame = pd.DataFrame(rows, columns=["series", "iso3", "period", "value"])
    period = pd.PeriodIndex(frame.pop("period"))
    return frame.assign(
        start=period.start_time.as_unit("s"), end=period.end_time.normalize().as_unit("s"), value=frame["value"].astype(float),
        status="final", document="d" * 64, place=pd.array([1] * len(frame), "Int64"),
    )  # fmt: skip


def world() -> pd.DataFrame:
    """Return the last good payload. In each month 14 of 20 countries count deaths, 10 a country more than the one before it."""
    return pd.concat(
        [
            figures("made.killed", MONTHS, lambda n, t: 10.0 * (n + 1) + t if n < 14 else 0.0),
            figures("made.rights", YEARS, lambda n, t: (n - 9.5) / 4 + t / 100),
            figures("made.people", YEARS, lambda n, t: 1e6 * (n + 1) + t),
            figures("made.gossip", YEARS, lambda n, t: n + 1.0),
        ],
        ignore_index=True,
    )


LAST = world()
NEW = Before()  # a release of another name


def of(series: str) -> pd.Series:
    return LAST["series"] == f"made.{series}"


def said(now: pd.DataFrame, before: Before = NEW, card: Source = CARD, **more: Any) -> list[str]:
    return doubts(LAST, before, Parsed(now, **more), card)


def with_values(where: pd.Series, change: Callable[[pd.Series], pd.Series]) -> pd.DataFrame:
    return LAST.assign(value=LAST["value"].mask(where, change(LAST["value"])))


# ------------------------------------------------------------------------------------------------------- what is believed


@pytest.mark.parametrize("before", [Before(), Before(again=True), Before(bundled=True)], ids=str)
def test_the_same_again_is_believed(before: Before) -> None:
    assert said(LAST, before) == []


def test_the_first_payload_of_a_source_is_believed() -> None:
    assert doubts(LAST.iloc[:0], Before(), Parsed(LAST), CARD) == []


def test_a_first_payload_that_adds_up_to_less_than_a_whole_file_is_refused() -> None:
    """Nothing is known to set it against: the card says what a whole file comes to. People add up to 10 years of 1 + ... + 20
    million, and 20 times 0 + ... + 9: 2,100,000,900."""

    def card(total: float) -> Source:
        series = [s.model_copy(update={"least_total": total} if s.id == "made.people" else {}) for s in CARD.series]
        return CARD.model_copy(update={"series": tuple(series)})

    assert doubts(LAST.iloc[:0], Before(), Parsed(LAST), card(2_100_000_900)) == []
    assert doubts(LAST.iloc[:0], Before(), Parsed(LAST), card(2_100_000_901)) == [
        "made.people: the figures add up to 2,100,000,900, a whole file to 2,100,000,901 or more"
    ]
    assert doubts(LAST, Before(), Parsed(LAST), card(2_100_000_901)) != []


def test_a_new_release_may_revise_every_rating_a_little_and_add_a_year() -> None:
    later = figures("made.rights", pd.period_range("2026", periods=1, freq="Y"), lambda n, _: (n - 9.5) / 4)
    assert said(pd.concat([with_values(of("rights"), lambda v: v * 1.03 + 0.001), later], ignore_index=True)) == []


def test_late_reports_may_add_deaths_to_every_country_of_the_last_months() -> None:
    late = of("killed") & (LAST["end"] >= "2025-11-01") & (LAST["value"] > 0)
    assert said(with_values(late, lambda v: v * 1.25)) == []


def test_a_handful_of_figures_may_go_whatever_their_share() -> None:
    """Of gossip 40 figures are left; five of them gone are more than 5 %, and no sign of a file that was cut."""
    few = LAST[of("gossip")].head(40)
    assert doubts(few, Before(), Parsed(few.iloc[5:]), CARD) == []
    assert doubts(few, Before(), Parsed(few.iloc[6:]), CARD) == [
        "made.gossip: 6 of 40 figures are missing, e.g. AAA 2016: 1 -> none"
    ]


def test_a_column_that_the_card_calls_optional_may_be_absent_and_no_other() -> None:
    assert said(LAST[~of("gossip")]) == []
    assert said(LAST[~of("rights")]) == ["made.rights: 200 of 200 figures are missing, e.g. BJJ 2025: 2.46 -> none"]


def test_a_payload_that_is_not_complete_may_leave_figures_out() -> None:
    assert said(LAST[~of("rights")], complete=False) == []


# --------------------------------------------------------------------------------------------------- what is not believed


def test_a_file_cut_in_half_is_refused_where_no_row_means_zero() -> None:
    """The seven last countries with deaths became zeros: 84 of 168 figures."""
    cut = with_values(of("killed") & (LAST["iso3"] >= "AHH"), lambda v: v * 0)
    assert said(cut) == ["made.killed: 84 of 168 figures other than zero are zero or gone, e.g. BDD 2025-12: 151 -> 0"]


def test_half_of_the_countries_missing_is_refused_also_against_the_bundled_figures() -> None:
    half = LAST[LAST["iso3"] < "BAA"]
    found = said(half)
    assert [line.split(":")[0] for line in found] == ["made.gossip", "made.killed", "made.people", "made.rights"]
    assert found[2] == "made.people: 100 of 200 figures are missing, e.g. BJJ 2025: 20,000,009 -> none"
    whole = said(half, Before(bundled=True))
    assert whole[0] == "made: 210 of 420 countries and periods have no figure any more, e.g. BJJ 2025-12"


def test_against_the_bundled_figures_single_gaps_are_no_doubt_because_copies_fill_them() -> None:
    gaps = LAST[~(of("rights") & (LAST["end"].dt.year % 2 == 0))]
    assert said(gaps, Before(bundled=True)) == []
    assert said(gaps)[0].startswith("made.rights: 100 of 200 figures are missing")


@pytest.mark.parametrize(
    ("where", "change", "words"),
    [
        ("people", lambda v: v / 1000, "200 of 200 figures are another, in the median 0.001 times as much"),
        ("people", lambda v: v * 1000, "200 of 200 figures are another, in the median 1,000 times as much"),
        ("rights", lambda v: -v, "200 of 200 figures are another, in the median -1 times as much"),
        (
            "rights",
            lambda v: v.clip(lower=0),
            "100 of 200 figures other than zero are zero or gone, e.g. AAA 2016: -2.38 -> 0.00",
        ),
        ("people", lambda v: v * 0.6, "the same figures sum to 1,260,000,540, 2,100,000,900 before"),
        ("killed", lambda v: v * 0, "168 of 168 figures other than zero are zero or gone"),
    ],
)
@pytest.mark.parametrize("before", [Before(), Before(bundled=True)], ids=str)
def test_another_unit_turned_signs_zeros_and_a_lower_sum_are_refused_in_a_release_of_any_name(
    where: str, change: Callable[[pd.Series], pd.Series], words: str, before: Before
) -> None:
    (found,) = said(with_values(of(where), change), before)
    assert found.startswith(f"made.{where}: {words}")


def test_zeros_written_where_nothing_was_known_are_refused() -> None:
    """Twenty new countries, all zero: 200 of 400 figures."""
    filled = LAST[of("rights")].assign(value=0.0, iso3=LAST["iso3"].str.lower())
    assert said(pd.concat([LAST, filled])) == ["made.rights: 50 % of the figures are zero, 0 % were"]


def test_the_same_release_sent_again_may_correct_a_few_figures_and_not_most() -> None:
    some = of("people") & (LAST["end"].dt.year == 2025)  # 20 of 200: a tenth
    assert said(with_values(some, lambda v: v + 1), Before(again=True)) == []
    more = of("people") & (LAST["end"].dt.year >= 2024)
    assert said(with_values(more, lambda v: v + 1), Before(again=True)) == [
        "made.people: 40 of 200 figures differ though the release is the same, e.g. BJJ 2025: 20,000,009 -> 20,000,010"
    ]
    assert said(with_values(more, lambda v: v + 1)) == []


def test_a_month_that_lost_most_of_its_deaths_is_refused_though_the_whole_hardly_moved() -> None:
    """In December 14 countries counted 1,204 deaths: 10 to 140, and 11 each. Half a file leaves those of the first six."""
    roomy = CARD.model_copy(update={"tolerance": CARD.tolerance.model_copy(update={"zeroed": 0.1})})
    cut = of("killed") & (LAST["end"] == "2025-12-31") & (LAST["iso3"] >= "AGG")
    (found,) = said(with_values(cut, lambda v: v * 0), card=roomy)
    assert found == (
        "made.killed, 2025-12: 8 of 14 figures other than zero are another (8 zero or gone), their sum 276, 1,204 before, "
        "e.g. BDD 2025-12: 151 -> 0"
    )


def test_one_figure_that_most_of_a_month_rests_on_does_not_vanish_unseen() -> None:
    one = of("killed") & (LAST["end"] == "2025-10-31") & (LAST["iso3"] == "AAA")
    before = LAST.assign(value=LAST["value"].mask(one, 59_961.0))
    (found,) = doubts(before, Before(), Parsed(before.assign(value=before["value"].mask(one, 0.0))), CARD)
    assert "AAA 2025-10: 59,961 -> 0" in found


def test_a_country_on_another_scale_is_refused() -> None:
    (found,) = said(with_values(of("killed") & (LAST["iso3"] == "AAA"), lambda v: v * 1000))
    assert found.startswith(
        "made.killed, AAA: 12 of 12 figures other than zero are another (0 zero or gone), their sum 186,000, 186"
    )


def test_a_new_month_with_half_the_usual_countries_is_refused() -> None:
    month = pd.period_range("2026-01", periods=1, freq="M")
    six, seven = (figures("made.killed", month, lambda n, _, k=k: 50.0 if n < k else 0.0) for k in (6, 7))
    assert said(pd.concat([LAST, seven], ignore_index=True)) == []
    assert said(pd.concat([LAST, six], ignore_index=True)) == [
        "made.killed, 2026-01: other than zero in 6 countries, in 14 as a rule"
    ]


def test_half_a_payload_is_never_believed_wherever_it_is_cut() -> None:
    rng = np.random.default_rng(5)
    for _ in range(20):
        shuffled = LAST.iloc[rng.permutation(len(LAST))]
        assert said(shuffled.head(len(LAST) // 2)), "half of the rows"


# --------------------------------------------------------------------------------------- right figures in the wrong place

ANY = pytest.mark.parametrize("before", [Before(), Before(bundled=True)], ids=str)
RATED = ~of("killed")


def values_of(iso3: str) -> pd.Series:
    """Return, row by row, what this country had in the same series and period."""
    own = LAST[LAST["iso3"] == iso3].set_index(["series", "end"])["value"]
    return pd.Series(own.reindex(pd.MultiIndex.from_frame(LAST[["series", "end"]])).to_numpy(), index=LAST.index)


def with_figures(series: str, periods: pd.PeriodIndex, value: Callable[[int, int], float]) -> pd.DataFrame:
    return pd.concat([LAST[~of(series)], figures(f"made.{series}", periods, value)], ignore_index=True)


@ANY
def test_figures_moved_to_the_next_country_are_refused(before: Before) -> None:
    """Of 20 countries 19 go one place down and one 19 up: squares of 19 and 361, Spearman 1 - 6 * 380 / (20 * 399) = 0.71."""
    (found,) = said(with_figures("rights", YEARS, lambda n, t: ((n - 1) % 20 - 9.5) / 4 + t / 100), before)
    assert found == (
        "made.rights: the countries stand in another order, rank correlation 0.71 with the last good figures, "
        "200 figures changed, e.g. AAA 2025: -2.29 -> 2.46"
    )


@ANY
@pytest.mark.parametrize(("step", "word"), [(-1, "before"), (1, "after")])
def test_figures_moved_by_a_year_are_refused_though_they_hardly_change(before: Before, step: int, word: str) -> None:
    """The first year, or the last, has no neighbour and keeps its figure: 9 of 10 years of 20 countries."""
    (found,) = said(with_figures("rights", YEARS, lambda n, t: (n - 9.5) / 4 + min(max(t + step, 0), 9) / 100), before)
    assert found.startswith(f"made.rights: 180 of 180 figures are those known of the year {word}, e.g. ")


def test_deaths_moved_by_a_month_are_refused() -> None:
    (found,) = said(with_figures("killed", MONTHS, lambda n, t: 10.0 * (n + 1) + max(t - 1, 0) if n < 14 else 0.0))
    assert found == ("made.killed: 154 of 154 figures are those known of the month before, e.g. AAA 2025-12: 21 -> 20")


def test_figures_that_changed_countries_in_the_newest_year_alone_are_refused() -> None:
    """17 countries go three places down, three 17 up: 1 - 6 * (17 * 9 + 3 * 289) / (20 * 399) = 0.23; all ten years: 0.92."""
    (found,) = said(with_figures("rights", YEARS, lambda n, t: ((n if t < 9 else (n - 3) % 20) - 9.5) / 4 + t / 100))
    assert found.startswith("made.rights, 2025: the countries stand in another order, rank correlation 0.23 with the last good")


@pytest.mark.parametrize("before", [Before(), Before(again=True), Before(bundled=True)], ids=str)
def test_one_country_with_the_figures_of_another_is_refused(before: Before) -> None:
    """Three yearly series of ten years."""
    (found,) = said(LAST.assign(value=LAST["value"].mask(RATED & (LAST["iso3"] == "ABB"), values_of("ACC"))), before)
    assert found.startswith("made, ABB: 30 of 30 figures are another, 30 of them what ACC had, e.g. made.gossip ABB 2025: 2 -> 3")


def test_two_countries_that_changed_places_are_both_counted() -> None:
    mine, other = RATED & (LAST["iso3"] == "ABB"), RATED & (LAST["iso3"] == "ACC")
    (found,) = said(LAST.assign(value=LAST["value"].mask(mine, values_of("ACC")).mask(other, values_of("ABB"))))
    assert found.startswith("made, ABB: 30 of 30 figures are another, 30 of them what ACC had")
    assert found.endswith("(1 more countries like it)")


@ANY
def test_one_country_far_from_where_it_stood_is_refused_also_with_figures_that_no_other_had(before: Before) -> None:
    """From the lowest place to the highest: 19 places of 20. Each other country comes one of 20 down."""
    up = LAST.assign(value=LAST["value"].mask(RATED & (LAST["iso3"] == "AAA"), values_of("BJJ") * 1.01))
    (found,) = said(up, before)
    assert found.startswith(
        "made, AAA: 30 of 30 figures are another, its rank among the countries moved by 95 % of them, 5 % in the median, e.g. "
    )


def test_most_figures_of_one_country_do_not_change_in_the_same_release() -> None:
    """30 of 600 figures are a twentieth, as few as may change anywhere; but they are all of one country."""
    more = with_values(RATED & (LAST["iso3"] == "AAA"), lambda v: v * 1.02)
    (found,) = said(more, Before(again=True))
    assert found.startswith("made, AAA: 30 of 30 figures are another though the release is the same, 5.0 % in the world, e.g. ")
    assert said(more) == []


def test_fewer_than_twenty_changed_figures_of_a_country_are_not_judged() -> None:
    """Ten years of rights, and nine or ten of people."""
    for first_year, refused in ((2017, 0), (2016, 1)):
        some = of("rights") | (of("people") & (LAST["end"].dt.year >= first_year))
        assert len(said(LAST.assign(value=LAST["value"].mask(some & (LAST["iso3"] == "ABB"), values_of("ACC"))))) == refused


@ANY
def test_a_new_release_may_let_close_countries_change_places_and_round_otherwise(before: Before) -> None:
    """Every rating moves by up to three tenths of a point; two countries are a quarter of a point apart."""
    moved = with_figures("rights", YEARS, lambda n, t: (n - 9.5) / 4 + t / 100 + 0.3 * float(np.sin(3 * n + t)))
    assert said(moved, before) == []
    assert said(with_values(of("people"), lambda v: v * 1.0005), before) == []


# ------------------------------------------------------------------------------------------- what becomes of a refused one


def document(name: str) -> Document:
    return Document("made", name, f"https://example.org/{name}", name[0] * 64, 10, NOW, Path(name), "1")


def recorded(store: Store, rows: pd.DataFrame, name: str, *, accept: bool = False) -> str:
    parsed = Parsed(rows.assign(document=name[0] * 64))

    def look(last: pd.DataFrame) -> str:
        return judge(last, Before(), parsed, CARD, accept=accept)

    return store.record(CARD, parsed, [document(name)], started=NOW, seen=NOW, judge=look).accepted


def test_nothing_of_a_refused_payload_is_recorded_until_a_person_accepts_it(tmp_path: Path) -> None:
    store = Store(tmp_path)
    assert recorded(store, LAST, "a.csv") == ""
    root, halved = store.root(), with_values(of("people"), lambda v: v / 2.5)
    with pytest.raises(NotBelieved, match=r"made\.people: 200 of 200 figures are another") as refused:
        recorded(store, halved, "b.csv")
    assert refused.value.what_to_do == "look at https://example.org/data; if it is right: monitor collect made --accept"
    assert (store.root(), len(store.runs())) == (root, 1)
    assert "in the median 0.4 times as much" in recorded(store, halved, "b.csv", accept=True)
    last = store.runs().iloc[-1]
    assert (last["status"], last["error_kind"], last["rows_revised"]) == ("new", ACCEPTED, 200)
    assert last["error"].startswith("made.people: 200 of 200")
    panel = store.panel(series=["made.people"])
    assert panel["value"].sum() == pytest.approx(2_100_000_900 / 2.5)


def test_a_figure_that_was_not_believed_by_itself_is_not_counted_against_the_rest(tmp_path: Path) -> None:
    """Twelve unusable figures of a month keep their last good value; they are no fall of the month."""
    store = Store(tmp_path)
    recorded(store, LAST, "a.csv")
    month = of("killed") & (LAST["end"] == "2025-12-31")
    parsed = replace(Parsed(LAST[~month]), unusable=LAST.loc[month, ["series", "iso3", "start", "end"]])
    added = store.record(
        CARD, parsed, [document("d.csv")], started=NOW, seen=NOW, judge=lambda last: judge(last, Before(), parsed, CARD)
    )
    assert added.rows == 0
