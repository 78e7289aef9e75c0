"""Files that a person puts in by hand: filed like any document; where there is none the source is missing, never failed."""

from __future__ import annotations

import hashlib
from pathlib import Path

import pytest

from indicators import dropin
from indicators.contract import Document, Incomplete, NotData, NotPutThere, TooLarge
from indicators.http import Web
from tests.publisher import CARDS, TODAY

CARD = CARDS["coups"]
NAME = "powell_thyne_coups_final.txt"


def take(home: Path, content: bytes | None) -> Document:
    if content is not None:
        (home / "dropin").mkdir(exist_ok=True)
        (home / "dropin" / NAME).write_bytes(content)
    return dropin.dropped_in(CARD, Web(home / "documents", offline=True, now=lambda: TODAY), kind="csv")


def test_the_file_is_filed_under_its_hash_and_stays_where_it_was(tmp_path: Path) -> None:
    document = take(tmp_path, b"a,b\n1,2\n")
    assert document.read_bytes() == b"a,b\n1,2\n"
    assert document.sha256 == hashlib.sha256(b"a,b\n1,2\n").hexdigest()
    assert (document.size, document.url, document.via, document.fetched_at) == (8, CARD.homepage, "", TODAY)
    assert document.path.is_relative_to(tmp_path / "documents")
    assert (tmp_path / "dropin" / NAME).read_bytes() == b"a,b\n1,2\n"
    assert not list((tmp_path / "documents").glob("*.part"))


def test_no_file_is_missing_and_says_where_it_belongs(tmp_path: Path) -> None:
    with pytest.raises(NotPutThere, match=f"no file dropin/{NAME} in the home folder") as raised:
        take(tmp_path, None)
    assert raised.value.what_to_do == f"get the file from {CARD.homepage} and put it there: {tmp_path / 'dropin' / NAME}"
    (tmp_path / "dropin" / NAME).mkdir(parents=True)  # a folder of that name is no file
    with pytest.raises(NotPutThere):
        take(tmp_path, None)


@pytest.mark.parametrize("content", [b"", b"a,b\n1,2", b"<!DOCTYPE html><html></html>\n", b"PK\x03\x04\n", b'{"a": 1}\n'])
def test_a_file_that_is_not_the_table_is_refused_and_not_filed(tmp_path: Path, content: bytes) -> None:
    with pytest.raises((NotData, Incomplete)):
        take(tmp_path, content)
    assert not [p for p in (tmp_path / "documents").rglob("*") if p.is_file()]


def test_a_file_beyond_reason_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(dropin, "MOST_BYTES", 7)
    with pytest.raises(TooLarge, match="more than the 7 bytes"):
        take(tmp_path, b"a,b\n1,2\n")
