"""The published read model: whole or not at all, and the same for every reader."""

from __future__ import annotations

import json
import threading
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from monitor.storage import SnapshotError, snapshot
from monitor.storage.snapshot import KEEP, Snapshot, publish


def observations(value: float = 10) -> pd.DataFrame:
    return pd.DataFrame(
        {
            "series": pd.Categorical(["unreal.deaths", "unreal.deaths", "unreal.flight"]),
            "iso3": pd.Categorical(["NAM", "SDN", "SDN"]),
            "end": pd.to_datetime(["2020-12-31", "2021-12-31", "2021-12-31"]).as_unit("s"),
            "value": [value, np.nan, 0.0],
            "place": pd.array([1, None, 3], dtype="Int64"),
            "seen": pd.to_datetime(["2026-01-01T12:00:00.000001"] * 3, utc=True).as_unit("us"),
            "note": pd.Series(["first", "", None], dtype="str"),
        }
    )


def test_a_table_comes_back_as_it_was_published(tmp_path: Path) -> None:
    folder = publish(
        tmp_path, {"observations": observations(), "levels": observations()[["iso3"]]}, {"made_at": "2026-01-01"}, "r1"
    )
    opened = Snapshot.open(tmp_path)
    pd.testing.assert_frame_equal(opened.table("observations"), observations())
    assert (opened.run_id, opened.folder, opened.verify()) == ("r1", folder, [])
    assert opened.manifest["made_at"] == "2026-01-01"
    assert opened.manifest["tables"]["observations"]["rows"] == 3
    assert sorted(p.name for p in folder.iterdir()) == ["levels.parquet", "manifest.json", "observations.parquet"]


def test_columns_and_rows_can_be_chosen(tmp_path: Path) -> None:
    publish(tmp_path, {"observations": observations()}, {}, "r1")
    chosen = Snapshot.open(tmp_path).table("observations", columns=["end", "value"], filters=[("iso3", "=", "SDN")])
    expected = observations().loc[1:, ["end", "value"]].reset_index(drop=True)
    pd.testing.assert_frame_equal(chosen, expected)


def test_an_empty_table_keeps_its_columns_and_types(tmp_path: Path) -> None:
    publish(tmp_path, {"observations": observations().iloc[:0]}, {}, "r1")
    assert Snapshot.open(tmp_path).table("observations").dtypes.astype(str).equals(observations().dtypes.astype(str))


def test_with_nothing_published_the_reader_is_told_what_to_do(tmp_path: Path) -> None:
    with pytest.raises(SnapshotError, match="nothing has been published yet") as caught:
        Snapshot.open(tmp_path)
    assert caught.value.what_to_do == "run `monitor run` first"


def test_a_newer_run_becomes_current_and_an_open_snapshot_stays_what_it_was(tmp_path: Path) -> None:
    publish(tmp_path, {"observations": observations(1)}, {}, "r1")
    first = Snapshot.open(tmp_path)
    publish(tmp_path, {"observations": observations(2)}, {}, "r2")
    assert Snapshot.open(tmp_path).table("observations")["value"].iloc[0] == 2
    assert first.table("observations")["value"].iloc[0] == 1


def test_a_reader_in_a_loop_never_sees_half_of_a_run(tmp_path: Path) -> None:
    publish(tmp_path, {"observations": observations(0), "levels": observations(0)}, {"value": 0}, "r0")
    done = threading.Event()

    def read() -> tuple[set[str], list[str]]:
        seen, torn = set(), []
        while not done.is_set():
            opened = Snapshot.open(tmp_path)
            values = {opened.table(name)["value"].iloc[0] for name in ("observations", "levels")}
            seen.add(opened.run_id)
            if values != {opened.manifest["value"]} or opened.run_id != f"r{opened.manifest['value']}":
                torn.append(opened.run_id)
        return seen, torn

    with ThreadPoolExecutor() as pool:
        readers = [pool.submit(read) for _ in range(2)]
        for n in range(1, 40):
            publish(tmp_path, {"observations": observations(n), "levels": observations(n)}, {"value": n}, f"r{n}")
        done.set()
        results = [reader.result() for reader in readers]
    assert [torn for _, torn in results] == [[], []]
    assert len(set.union(*(seen for seen, _ in results))) > 3
    assert Snapshot.open(tmp_path).run_id == "r39"


def test_the_last_eight_are_kept_and_the_current_one_always(tmp_path: Path) -> None:
    for n in range(1, 13):
        publish(tmp_path, {"observations": observations(n)}, {}, f"r{n:02}")
    kept = sorted(p.name for p in (tmp_path / "published").iterdir() if p.is_dir())
    assert kept == [f"r{n:02}" for n in range(5, 13)]
    assert len(kept) == KEEP == 8
    publish(tmp_path, {"observations": observations(5)}, {}, "r05")  # the oldest becomes current again
    publish(tmp_path, {"observations": observations(13)}, {}, "r13")
    assert Snapshot.open(tmp_path).table("observations")["value"].iloc[0] == 13
    assert len([p for p in (tmp_path / "published").iterdir() if p.is_dir()]) == 8


def test_the_same_run_again_changes_nothing_and_other_tables_under_its_id_are_refused(tmp_path: Path) -> None:
    folder = publish(tmp_path, {"observations": observations(1)}, {}, "r1")
    before = {p.name: p.read_bytes() for p in folder.iterdir()}
    publish(tmp_path, {"observations": observations(2)}, {}, "r2")
    assert publish(tmp_path, {"observations": observations(1)}, {}, "r1") == folder
    assert Snapshot.open(tmp_path).run_id == "r1"
    with pytest.raises(SnapshotError, match="published before with other tables"):
        publish(tmp_path, {"observations": observations(3)}, {}, "r1")
    assert {p.name: p.read_bytes() for p in folder.iterdir()} == before
    assert sorted(p.name for p in (tmp_path / "published").iterdir()) == ["current", "r1", "r2"]


@pytest.mark.parametrize("step", ["_write", "_write_text", "_point", "_prune"])
def test_a_crash_at_any_step_leaves_the_run_before_or_the_run_after(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, step: str
) -> None:
    publish(tmp_path, {"observations": observations(1)}, {}, "r1")

    def explode(*_: object) -> None:
        raise KeyboardInterrupt

    with monkeypatch.context() as patched:
        patched.setattr(snapshot, step, explode)
        with pytest.raises(KeyboardInterrupt):
            publish(tmp_path, {"observations": observations(2)}, {}, "r2")
    assert Snapshot.open(tmp_path).table("observations")["value"].iloc[0] == (2 if step == "_prune" else 1)
    publish(tmp_path, {"observations": observations(2)}, {}, "r2")
    assert Snapshot.open(tmp_path).table("observations")["value"].iloc[0] == 2
    assert sorted(p.name for p in (tmp_path / "published").iterdir()) == ["current", "r1", "r2"]


def test_a_damaged_table_is_an_error_and_not_other_numbers(tmp_path: Path) -> None:
    folder = publish(tmp_path, {"observations": observations()}, {}, "r1")
    path = folder / "observations.parquet"
    whole = path.read_bytes()
    opened = Snapshot.open(tmp_path)
    for at in range(0, len(whole), 7):
        path.write_bytes(whole[:at] + bytes([whole[at] ^ 4]) + whole[at + 1 :])
        assert opened.verify() == [str(path)]
        with pytest.raises(SnapshotError, match="damaged"):
            opened.table("observations")
    path.unlink()
    with pytest.raises(SnapshotError, match="gone"):
        opened.table("observations")
    assert opened.verify() == [str(path)]


def test_a_damaged_manifest_or_pointer_and_an_unknown_table_are_named(tmp_path: Path) -> None:
    folder = publish(tmp_path, {"observations": observations()}, {}, "r1")
    with pytest.raises(SnapshotError, match="no table 'forecasts', only: observations"):
        Snapshot.open(tmp_path).table("forecasts")
    (folder / "manifest.json").write_text(json.dumps({})[:1])
    with pytest.raises(SnapshotError, match=r"manifest\.json is damaged or gone"):
        Snapshot.open(tmp_path)
    for pointer in ("../../etc", "", "r9\n"):
        (tmp_path / "published" / "current").write_text(pointer)
        with pytest.raises(SnapshotError):
            Snapshot.open(tmp_path)


@pytest.mark.parametrize("name", ["../r1", "", "a/b", ".hidden", "current", "x" * 101])
def test_names_that_would_lead_out_of_the_folder_are_refused(tmp_path: Path, name: str) -> None:
    with pytest.raises(SnapshotError, match="cannot be the name"):
        publish(tmp_path, {"observations": observations()}, {}, name)
    with pytest.raises(SnapshotError, match="cannot be the name"):
        publish(tmp_path, {name: observations()}, {}, "r1")
    assert not (tmp_path / "published").exists()
