"""What a release changes: its rows set against the last ones known. Pure: frames in, frame out."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable

import numpy as np
import pandas as pd

KEY = ["series", "iso3", "start", "end"]


def changes(last: pd.DataFrame, now: pd.DataFrame, *, complete: bool, document: str) -> pd.DataFrame:
    """Return the rows to append, columns of ``now`` plus ``change``: ``new``, ``revised`` or ``withdrawn``, in key order.

    ``last``: the last row known of every key, withdrawn ones included, columns :data:`KEY`, ``value`` and ``status``; ``now``:
    observations as of :class:`indicators.contract.Parsed`. Neither holds a key twice. A row is appended where value or status
    differ from the last ones known (two missing values are the same). When ``now`` is ``complete``, a key that is no longer
    in it gets a row without a value, status ``withdrawn``, which points to ``document``.
    """
    left, right = as_codes(now, last)
    left["at"] = np.arange(len(now))
    right["at_last"] = np.arange(len(last))
    pairs = left.merge(right, on=KEY, how="outer")
    in_now, in_last = pairs["at"].notna().to_numpy(), pairs["at_last"].notna().to_numpy()
    here, there = pairs["at"].fillna(-1).astype("int64").to_numpy(), pairs["at_last"].fillna(-1).astype("int64").to_numpy()

    both = in_now & in_last
    differs = np.zeros(len(pairs), dtype=bool)
    differs[both] = _differ(now.iloc[here[both]], last.iloc[there[both]])
    gone = ~in_now & complete
    gone[gone] = (last["status"].iloc[there[gone]] != "withdrawn").to_numpy()

    new = now.iloc[here[in_now & ~in_last]].assign(change="new")
    revised = now.iloc[here[differs]].assign(change="revised")
    withdrawn = last.iloc[there[gone]][KEY].astype({"series": "str", "iso3": "str"})
    withdrawn = withdrawn.assign(
        value=np.nan, status="withdrawn", document=document, place=pd.array([None] * len(withdrawn), "Int64"), change="withdrawn"
    )
    found = pd.concat([f for f in (new, revised, withdrawn) if len(f)] or [new])
    return found.sort_values(KEY, ignore_index=True)


def believed(last: pd.DataFrame, unusable: pd.DataFrame) -> pd.DataFrame:
    """Return the rows last known without those for which a figure was sent that cannot be: they stay as they are."""
    if unusable.empty:
        return last
    sent = unusable[KEY].astype({"series": "str", "iso3": "str"})
    left = last[KEY].astype({"series": "str", "iso3": "str"}).merge(sent.drop_duplicates(), on=KEY, how="left", indicator=True)
    return last[(left["_merge"] == "left_only").to_numpy()].reset_index(drop=True)


def as_codes(now: pd.DataFrame, last: pd.DataFrame) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Return the keys of both frames as small integers with one meaning: joining those is several times faster than text."""
    left, right = now[["start", "end"]].copy(), last[["start", "end"]].copy()
    for column in ("series", "iso3"):
        names = sorted(set(_names(now[column])) | set(_names(last[column])))
        for frame, source in ((left, now), (right, last)):
            frame[column] = pd.Categorical(source[column], categories=names).codes.astype("int64")
    return left, right


def _names(column: pd.Series) -> Iterable[str]:
    """Return the names that a column may hold; of categories also those that no row of it uses."""
    return column.cat.categories if isinstance(column.dtype, pd.CategoricalDtype) else column.unique()


def _differ(now: pd.DataFrame, last: pd.DataFrame) -> np.ndarray:
    """Return where value or status differ, row by row."""
    a, b = now["value"].to_numpy(), last["value"].to_numpy()
    same_value = (a == b) | (np.isnan(a) & np.isnan(b))
    statuses = ["final", "provisional", "withdrawn"]
    a_status, b_status = (pd.Categorical(f["status"], categories=statuses).codes for f in (now, last))
    return np.asarray(~same_value | (a_status != b_status))


def seal(previous: str, seen: str, rows: pd.DataFrame | None) -> str:
    """Return the SHA-256 over the seal before, the instant, and its observations (columns of ``Parsed.observations``).

    Every bit of every value counts. The result depends on nothing but the content: not on row order, engine or file.
    """
    digest = hashlib.sha256(f"{previous}\n{seen}\n".encode())
    if rows is None:
        return digest.hexdigest()
    rows = rows.sort_values(KEY)
    value = rows["value"].to_numpy(dtype="<f8")
    digest.update(np.where(np.isnan(value), np.nan, value).tobytes())
    digest.update(rows["place"].astype("Int64").fillna(-1).to_numpy(dtype="<i8").tobytes())
    for column in ("start", "end"):
        digest.update(rows[column].to_numpy(dtype="datetime64[s]").astype("<i8").tobytes())
    for column in ("series", "iso3", "status", "document"):
        digest.update("\n".join(rows[column].astype("str")).encode())
    return digest.hexdigest()
