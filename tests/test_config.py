"""The config as shipped is whole; a mistake in any file stops the program with file, key and nearest valid name."""

from __future__ import annotations

import copy
import importlib.util
import json
import shutil
from collections import Counter
from functools import cache
from pathlib import Path
from typing import Any

import pytest

from monitor.risk.framework import mistakes
from monitor.settings import (
    ConfigError,
    load_config,
    load_framework,
    load_response,
    load_sources,
    nearest,
    read_framework,
    read_yaml,
    write_bands,
)
from tests import small_protocol
from tests.conftest import CONFIG, FIXTURES
from tests.whole_world import World, shipped

RESPONSE = ("response.yaml", "response_facts.yaml", "gazetteer.yaml", "gazetteer.csv")
BAD = sorted((FIXTURES / "bad_config").glob("*.yaml"))


@pytest.fixture(scope="module")
def world() -> World:
    return shipped()


# ------------------------------------------------------------------------------------------------------ as it is shipped


def test_the_whole_config_loads() -> None:
    config = load_config(CONFIG)
    assert len(config.sources) >= 10
    assert config.levers.levers


def test_there_are_fourteen_risk_factors_and_141_indicators_numbered_without_holes(world: World) -> None:
    factors = world.framework.factors
    assert [f.id for f in factors] == [f"RF{n}" for n in range(1, 15)]
    assert Counter(f.group for f in factors) == {"common": 8, "specific": 6}
    assert sum(len(f.indicators) for f in factors) == 141
    for n, factor in enumerate(factors, 1):
        assert [i.id for i in factor.indicators] == [f"{n}.{k}" for k in range(1, len(factor.indicators) + 1)]
    assert [f.crime != "" for f in factors] == [False] * 8 + [True] * 6


def test_every_series_that_is_used_is_on_an_enabled_card(world: World) -> None:
    enabled = {s.id for c in world.sources if c.enabled for s in c.series}
    assert world.framework.series_used() <= enabled


def test_every_card_has_its_module(world: World) -> None:
    assert all(importlib.util.find_spec(f"indicators.sources.{c.id}") for c in world.sources)


WORSE_WHEN_HIGHER = {
    *("v2xpe_exlsocgr", "v2x_corr", "v2cacamps", "v2caviol", "v2csantimv", "v2x_ex_military", "v2caautmob", "v2exl_legitideol"),
    *("infant_mortality", "inflation", "military_spending_share"),
    *("refugees_from", "idps_assisted", "refugees_hosted", "armed_conflict_deaths", "mass_killing_ongoing"),
    *("state_based_deaths", "non_state_deaths", "one_sided_deaths", "one_sided_deaths_year", "one_sided_government_deaths_year"),
    *("one_sided_nonstate_deaths_year", "one_sided_actors_year", "conflict_dyads_year"),
    *("vulnerability", "lack_of_coping_capacity", "hazard", "displaced", "new_displacement"),
    *("amnesty", "state_department", "attempts", "e_pt_coup_attempts", "excluded_share", "discriminated_share"),
}  # V-Dem: codebook v16. Every other series that a measure reads is better when higher.


def test_every_measure_points_the_way_its_codebook_says(world: World) -> None:
    said = {m.series: m.higher_is for m in world.framework.measures}
    expected = {s: "worse" if s.split(".")[1] in WORSE_WHEN_HIGHER else "better" for s in said}
    assert {s: d for s, d in said.items() if d != expected[s]} == {}
    assert not WORSE_WHEN_HIGHER - {s.split(".")[1] for s in said}
    assert sum(s.startswith("vdem.") for s in said) >= 38


def test_the_note_on_each_v_dem_card_says_the_same_direction(world: World) -> None:
    """``Higher is MORE ...`` marks what is worse when higher; LESS, FEWER, freer and so on what is better."""
    for series in (s for s in world.series.values() if s.id.startswith("vdem.v2") and s.id != "vdem.v2csantimv"):
        worse = series.note.startswith("Higher is MORE")
        assert worse == (series.column in WORSE_WHEN_HIGHER), series.id
        assert series.note.startswith("Higher is "), series.id


def test_bands_put_the_worse_value_higher(world: World) -> None:
    for measure in world.framework.measures:
        (_, first), (_, last) = measure.bands[0], measure.bands[-1]
        assert (last > first) == (measure.higher_is == "worse"), measure.id


CONTAINS = {"vdem.v2x_clphy": ("vdem.v2clkill", "vdem.v2cltort"), "vdem.v2xcs_ccsi": ("vdem.v2csreprss", "vdem.v2cseeorgs")}


def test_no_indicator_adds_an_index_to_what_it_is_made_of(world: World) -> None:
    for _, indicator in world.framework.indicators():
        series = {world.framework.measure[e.measure].series for e in indicator.evidence if e.scored}
        for whole, parts in CONTAINS.items():
            assert whole not in series or not series & set(parts), indicator.id


def test_neither_size_nor_diversity_nor_a_forecast_is_a_sign_of_danger(world: World) -> None:
    read = {m.series for m in world.framework.measures} | {s.series for s in world.framework.signals}
    assert not {s for s in read if any(word in s for word in ("population", "ethnic", "fraction", "views", "share_under_15"))}


def test_no_level_is_imminent_and_none_says_safe(world: World) -> None:
    assert [level.id for level in world.framework.levels] == ["baseline", "watch", "elevated", "high"]
    meanings = " ".join(level.meaning for level in world.framework.levels).lower()
    assert not [words for words in ("safe", "no risk", "low risk", "will ", "is occurring") if words in meanings]


def test_core_indicators_rest_on_series_that_need_no_key_and_cover_the_world(world: World) -> None:
    core = [i for _, i in world.framework.indicators() if i.core]
    assert core
    assert all(any(e.scored for e in i.evidence) for i in core)
    assert world.framework.share_of_core == 0.5


def test_the_countries_that_the_groups_named_are_watched() -> None:
    named = {"CMR", "COD", "MMR", "NGA", "SYR", "YEM", "PRK", "VEN", "EGY", "KEN", "SSD", "SDN", "LKA", "RWA", "BIH"}
    assert set(load_config(CONFIG).watch.watchlist) == named


def test_the_frameworks_hash_is_that_of_its_two_files_and_of_nothing_else(tmp_path: Path, world: World) -> None:
    folder = shutil.copytree(CONFIG, tmp_path / "config")
    same = load_framework(folder, world.sources).hash
    assert same == world.framework.hash
    (folder / "watchlist.yaml").write_text("watchlist: []\n")
    assert load_framework(folder, world.sources).hash == same
    bands = folder / "bands.yaml"
    bands.write_text(bands.read_text().replace("0.9888", "0.9887", 1))
    assert load_framework(folder, world.sources).hash != same


def test_bands_that_are_written_are_read_back_alike(tmp_path: Path, world: World) -> None:
    shutil.copy(CONFIG / "framework.yaml", tmp_path)
    written = {m.id: m.bands for m in read_framework(CONFIG).measures if not has_own_bands(m.id)}
    write_bands(tmp_path, written)
    read = load_framework(tmp_path, world.sources)
    assert read.model_copy(update={"hash": ""}) == world.framework.model_copy(update={"hash": ""})


@cache
def bare_content() -> dict[str, Any]:
    content: dict[str, Any] = read_yaml(CONFIG / "framework.yaml")
    return content


def has_own_bands(name: str) -> bool:
    return any("bands" in m for m in bare_content()["measures"] if m["id"] == name)


def test_a_framework_without_mistakes_yields_none(world: World) -> None:
    assert list(mistakes(world.framework, world.deaths, {s: world.monthly.get(s, False) for s in world.deaths})) == []


def test_nothing_near_is_no_hint() -> None:
    assert nearest("vdem.v2clkil", ["vdem.v2clkill", "wdi.inflation"]) == "; the nearest valid name is 'vdem.v2clkill'"
    assert nearest("xyz", ["vdem.v2clkill", "wdi.inflation"]) == ""


# --------------------------------------------------------------------------------------------------------- what is wrong


@cache
def small_config() -> dict[str, Any]:
    """Return the shipped config cut down to two risk factors and what they read, by file, so that each case loads in no time."""
    framework = copy.deepcopy(bare_content())
    framework["factors"] = framework["factors"][:2]
    indicators = [i for f in framework["factors"] for i in f["indicators"]]
    used = {e["measure"] for i in indicators for e in i.get("evidence", ())}
    extra = {
        "id": "9.9",
        "scope": "both",
        "dynamics": "dynamic",
        "measurability": "proxy",
        "numbering_verified": False,
        "text": "more",
    }
    wanted = ("displaced_abroad", "displaced_inside", "one_sided_deaths")
    extra["evidence"] = [{"measure": m, "validity": "medium"} for m in wanted]
    framework["factors"][1]["indicators"].append(extra)
    framework["measures"] = [m for m in framework["measures"] if m["id"] in used | set(wanted)]
    connected = {n for i in indicators for n in i.get("not_connected", ())}
    framework["not_connected"] = {k: v for k, v in framework["not_connected"].items() if k in connected}
    only_known_indicators(framework)
    bands = read_yaml(CONFIG / "bands.yaml")["bands"]
    kept = {m["id"] for m in framework["measures"]}
    return {
        "framework.yaml": framework,
        "bands.yaml": {"bands": {k: v for k, v in bands.items() if k in kept}},
        "sources.yaml": read_yaml(CONFIG / "sources.yaml"),
        "watchlist.yaml": read_yaml(CONFIG / "watchlist.yaml"),
        "cases.yaml": read_yaml(CONFIG / "cases.yaml"),
        "alerts.yaml": {k: v for k, v in read_yaml(CONFIG / "alerts.yaml").items() if k != "measured"},
        "foresight.yaml": read_yaml(CONFIG / "foresight.yaml"),
        "parliament.yaml": small_parliament(framework),
        "protocol.yaml": small_protocol.content("growth", "killings_ewma"),
        **{name: read_yaml(CONFIG / name) for name in RESPONSE if name.endswith(".yaml")},
    }


def small_parliament(framework: dict[str, Any]) -> dict[str, Any]:
    """Return the response profile as shipped, without figures that the small framework does not have."""
    content: dict[str, Any] = read_yaml(CONFIG / "parliament.yaml")
    left = {m["id"] for m in framework["measures"]}
    return content | {"never_told": [m for m in content["never_told"] if m in left]}


def only_known_indicators(framework: dict[str, Any]) -> None:
    """Cut the lists of indicators beside the factors down to those that are left."""
    left = {i["id"] for f in framework["factors"] for i in f["indicators"]}
    lists = [framework["atrocity_signs"], *framework["views"]]
    for each in lists:
        each["indicators"] = [i for i in each["indicators"] if i in left] or sorted(left)[:1]


def write_config(folder: Path) -> Path:
    """Write the small config as YAML (JSON is YAML, and is read faster) beside the other files as shipped."""
    for path in CONFIG.iterdir():
        if path.name in small_config():
            (folder / path.name).write_text(json.dumps(small_config()[path.name], ensure_ascii=False), encoding="utf-8")
        else:
            shutil.copy(path, folder)
    return folder


def step(content: Any, key: str | int) -> Any:
    """Return what lies one step further: by key, by position, or by the id of a list's item."""
    if isinstance(content, list) and isinstance(key, str):
        return next(item for item in content if item["id"] == key)
    return content[key]


def at(content: Any, path: list[str | int]) -> Any:
    for key in path:
        content = step(content, key)
    return content


def place(content: Any, key: str | int) -> str | int:
    return (
        next(n for n, item in enumerate(content) if item["id"] == key)
        if isinstance(content, list) and isinstance(key, str)
        else key
    )


def apply(case: dict[str, Any], folder: Path) -> None:
    """Make the mistake that a case describes, in its file."""
    path = folder / case["file"]
    if "write" in case:
        path.unlink() if case["write"] is None else path.write_text(case["write"], encoding="utf-8")
        return
    if "write_latin1" in case:
        path.write_text(case["write_latin1"], encoding="latin-1")
        return
    content, text = copy.deepcopy(small_config()[case["file"]]), ""
    for where, value in [*case.get("set", ()), *((w, f"@{v}@") for w, v in case.get("write_value", ()))]:
        inside = at(content, where[:-1])
        inside[place(inside, where[-1])] = value
    for where in case.get("remove", ()):
        inside = at(content, where[:-1])
        del inside[place(inside, where[-1])]
    for where, old, new in case.get("rename", ()):
        at(content, where)[new] = at(content, where).pop(old)
    for where in case.get("repeat", ()):
        at(content, where[:-1]).append(at(content, where))
    text = json.dumps(content, ensure_ascii=False)
    for _, value in case.get("write_value", ()):
        text = text.replace(f'"@{value}@"', value)
    path.write_text(text, encoding="utf-8")


def load(folder: Path, file: str) -> None:
    """Load as much as the file needs: cards, framework, or all."""
    if file == "sources.yaml":
        load_sources(folder)
    elif file in ("framework.yaml", "bands.yaml"):
        load_framework(folder, shipped().sources)
    elif file in RESPONSE:
        load_response(folder, list(shipped().framework.level_order))
    else:
        load_config(folder)


def test_the_small_config_is_without_fault(tmp_path: Path) -> None:
    load_config(write_config(tmp_path))


def test_there_are_a_hundred_ways_to_get_it_wrong() -> None:
    assert len(BAD) >= 100


@pytest.mark.parametrize("path", BAD, ids=lambda p: p.stem)
def test_a_mistake_stops_with_file_key_and_nearest_name(path: Path, tmp_path: Path) -> None:
    case = read_yaml(path)
    apply(case, write_config(tmp_path))
    before = sorted(p.name for p in tmp_path.iterdir())
    with pytest.raises(ConfigError) as raised:
        load(tmp_path, case["file"])
    said = str(raised.value)
    assert str(tmp_path / case.get("blames", case["file"])) in said
    assert [words for words in case["says"] if words not in said] == [], said
    assert "\n" not in said
    assert sorted(p.name for p in tmp_path.iterdir()) == before  # nothing was written


def test_junk_anywhere_in_the_framework_is_a_config_error_or_harmless_and_never_a_crash(tmp_path: Path) -> None:
    """One value after another, at every depth, becomes nonsense of every kind."""
    content = copy.deepcopy(small_config()["framework.yaml"])
    content["factors"] = content["factors"][1:]
    del content["factors"][0]["indicators"][2:-1]
    used = {e["measure"] for i in content["factors"][0]["indicators"] for e in i["evidence"]}
    content["measures"] = [m for m in content["measures"] if m["id"] in used]
    content["not_connected"] = {"tmk": "x", "pts": "y", "ewp_mk_ongoing": "z"}
    only_known_indicators(content)
    (tmp_path / "bands.yaml").write_text(json.dumps(kept_bands(used)))
    where = [p for n, p in enumerate(paths(content)) if n % 3 == 0]
    junk: list[Any] = [None, "junk", -1, [], {}, [[None]], True]
    refused = 0
    for n, path in enumerate(where):
        bad = copy.deepcopy(content)
        at(bad, path[:-1])[path[-1]] = junk[n % len(junk)]
        (tmp_path / "framework.yaml").write_text(json.dumps(bad))
        try:
            load_framework(tmp_path, shipped().sources)
        except ConfigError:
            refused += 1
    assert refused > 0.8 * len(where)


def kept_bands(names: set[str]) -> dict[str, Any]:
    return {"bands": {k: v for k, v in small_config()["bands.yaml"]["bands"].items() if k in names}}


def paths(content: Any, here: tuple[Any, ...] = ()) -> list[list[Any]]:
    """Return the path of every value in nested lists and dicts."""
    inside = content.items() if isinstance(content, dict) else enumerate(content) if isinstance(content, list) else ()
    return [p for key, value in inside for p in ([*here, key], *paths(value, (*here, key)))]
