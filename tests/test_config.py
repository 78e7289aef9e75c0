"""Config is the product: what is shipped holds together, and every mistake stops the program with file, key and nearest name."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from monitor.settings import ConfigError, load_config
from tests.conftest import CONFIG

FRAMEWORK, SOURCES, WATCH, BANDS, LEVERS = "framework.yaml", "sources.yaml", "watchlist.yaml", "bands.yaml", "levers.yaml"

# (what is wrong, file, text, what it is changed to, what the message must name)
MISTAKES = [
    ("an unknown series", FRAMEWORK, "series: vdem.v2clkill", "series: vdem.v2clkil",
     ["'vdem.v2clkil'", "'vdem.v2clkill'"]),
    ("an unknown transform", FRAMEWORK, "transform: sum_months", "transform: sum_month", ["sum_month"]),
    ("an unknown key", FRAMEWORK, "share_of_core: 0.5", "share_of_cor: 0.5", ["share_of_cor"]),
    ("an unknown measure", FRAMEWORK, "{measure: torture_freedom,", "{measure: tortur_freedom,",
     ["'tortur_freedom'", "'torture_freedom'"]),
    ("an unknown validity", FRAMEWORK, "validity: high}", "validity: hihg}", ["validity"]),
    ("thresholds that do not rise", FRAMEWORK, "entry: [0.54, 0.67, 0.75]", "entry: [0.67, 0.54, 0.75]", ["entry"]),
    ("a threshold above one", FRAMEWORK, "entry: [0.54, 0.67, 0.75]", "entry: [0.54, 0.67, 1.75]", ["entry"]),
    ("bands against their direction", FRAMEWORK, "bands: [[0, 0], [25, 0.5], [1000, 0.9], [10000, 1]]",
     "bands: [[0, 1], [25, 0.5], [1000, 0.2], [10000, 0]]", ["higher_is"]),
    ("band values that do not rise", FRAMEWORK, "bands: [[0, 0], [25, 0.5], [1000, 0.9], [10000, 1]]",
     "bands: [[0, 0], [2500, 0.5], [1000, 0.9], [10000, 1]]", ["band"]),
    ("a death count outside conflict", FRAMEWORK, "tracks: [conflict]\n    series: ucdp.one_sided_deaths",
     "tracks: [conflict, outside_conflict]\n    series: ucdp.one_sided_deaths", ["killings_surge", "outside-conflict"]),
    ("an unknown track", FRAMEWORK, "tracks: [conflict]", "tracks: [conflcit]", ["tracks"]),
    ("a stand-in for nothing", FRAMEWORK, "stands_in_for: state_based_deaths", "stands_in_for: state_base_deaths",
     ["'state_base_deaths'", "'state_based_deaths'"]),
    ("a doubled key", FRAMEWORK, "version: '1.0'", "version: '1.0'\nversion: '1.1'", ["version"]),
    ("a tab", FRAMEWORK, "share_of_core: 0.5", "\tshare_of_core: 0.5", ["framework.yaml"]),
    ("a core indicator without evidence", FRAMEWORK, "measurability: judgement_only\n",
     "measurability: judgement_only\n        core: true\n", ["core"]),
    ("bands of an unknown measure", BANDS, "  trade:", "  trad:", ["trad"]),
    ("an unknown country", WATCH, "CMR", "CMRR", ["watchlist", "'CMRR'", "'CMR'"]),
    ("an unknown level", WATCH, "[high]", "[hihg]", ["'hihg'", "'high'"]),
    ("an unknown key in the watch list", WATCH, "rose_points", "rise_points", ["rise_points", "'rose_points'"]),
    ("an unknown frequency", SOURCES, "frequency: month", "frequency: monthly", ["frequency"]),
    ("an unknown key on a card", SOURCES, "collect_every_days: 7", "collect_evry_days: 7",
     ["collect_evry_days", "'collect_every_days'"]),
    ("a negative lag", SOURCES, "release_lag_days: 30", "release_lag_days: -30", ["release_lag_days"]),
    ("a source listed twice", SOURCES, "- id: wgi\n", "- id: wdi\n", ["'wdi'"]),
]  # fmt: skip


def changed(folder: Path, file: str, old: str, new: str) -> Path:
    """Return a copy of the config with one text changed in one file; the text must be there."""
    copy = folder / "config"
    shutil.copytree(CONFIG, copy)
    text = (copy / file).read_text(encoding="utf-8")
    assert old in text, f"{file} no longer holds {old!r}: mend this test"
    (copy / file).write_text(text.replace(old, new, 1), encoding="utf-8")
    return copy


@pytest.mark.parametrize(("file", "old", "new", "named"), [m[1:] for m in MISTAKES], ids=[m[0] for m in MISTAKES])
def test_a_mistake_stops_the_program_with_file_and_key(tmp_path: Path, file: str, old: str, new: str, named: list[str]) -> None:
    with pytest.raises(ConfigError) as caught:
        load_config(changed(tmp_path, file, old, new))
    for words in [file, *named]:
        assert words in str(caught.value), str(caught.value)


@pytest.mark.parametrize("file", [FRAMEWORK, SOURCES, WATCH, BANDS, LEVERS, "countries.csv"])
def test_a_missing_file_is_named(tmp_path: Path, file: str) -> None:
    copy = tmp_path / "config"
    shutil.copytree(CONFIG, copy)
    (copy / file).unlink()
    with pytest.raises(ConfigError, match=file.replace(".", r"\.")):
        load_config(copy)


def test_the_shipped_config_holds_together() -> None:
    config = load_config(CONFIG)
    indicators = [i for _, i in config.framework.indicators()]
    assert len(config.framework.factors) == 14
    assert len(indicators) == len({i.id for i in indicators}) == 141
    assert [f.id for f in config.framework.factors] == [f"RF{n}" for n in range(1, 15)]
    assert all(i.id.split(".")[0] == f.id.removeprefix("RF") for f, i in config.framework.indicators())
    assert len(config.watch.watchlist) == 15


def test_the_direction_of_every_v_dem_scale_is_that_of_its_codebook() -> None:
    """The v16 codebook: higher is worse for these; for every other variable used, higher is better."""
    worse = {
        "v2xpe_exlsocgr",
        "v2x_corr",
        "v2cacamps",
        "v2caviol",
        "v2csantimv",
        "v2x_ex_military",
        "v2caautmob",
        "v2exl_legitideol",
    }
    for measure in load_config(CONFIG).framework.measures:
        provider, _, variable = measure.series.partition(".")
        if provider == "vdem":
            assert measure.higher_is == ("worse" if variable in worse else "better"), measure.id


def test_every_count_of_deaths_is_marked_as_one() -> None:
    for card in load_config(CONFIG).sources:
        for series in card.series:
            about_deaths = card.id.startswith("ucdp") or "death" in series.id
            assert series.conflict_derived == about_deaths, series.id


def test_the_hash_changes_with_the_framework_and_with_its_bands(tmp_path: Path) -> None:
    shipped = load_config(CONFIG).framework.hash
    other = load_config(changed(tmp_path / "a", FRAMEWORK, "version: '1.0'", "version: '1.0-other'")).framework.hash
    bands = load_config(changed(tmp_path / "b", BANDS, "bands:", "# a remark\nbands:")).framework.hash
    assert len({shipped, other, bands}) == 3


def test_series_that_contain_each_other_are_not_added_under_one_indicator() -> None:
    """V-Dem's indices contain some of their parts: an indicator that took both would count one judgement twice."""
    contains = {
        "vdem.v2x_clphy": {"vdem.v2clkill", "vdem.v2cltort"},
        "vdem.v2xcs_ccsi": {"vdem.v2csreprss", "vdem.v2cseeorgs"},
    }
    framework = load_config(CONFIG).framework
    for _, indicator in framework.indicators():
        used = {framework.measure[e.measure].series for e in indicator.evidence if e.scored}
        for whole, parts in contains.items():
            assert not (whole in used and used & parts), indicator.id
