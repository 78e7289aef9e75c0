"""Tables out of documents. The archives are real and tiny, made here; a lie is written into their bytes by hand."""

from __future__ import annotations

import io
import os
import resource
import stat
import struct
import subprocess
import sys
import warnings
import zipfile
import zlib
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import cast

import pandas as pd
import pytest

from indicators.contract import Document, Incomplete, NotData, SchemaChanged, SourceError, TooLarge
from indicators.table import BLOCK, csv_header, open_member, read_csv
from tests.http.asking import zipped

TABLE = b'iso3,year,note\nNAM,2024,"said ""no"", twice"\nSDN,2025,"two\nlines"\n'
DIRECTORY = {"flags": (8, "<H"), "method": (10, "<H"), "crc": (16, "<L"), "packed": (20, "<L"), "size": (24, "<L")}


def document(folder: Path, content: bytes) -> Document:
    path = folder / "document"
    path.write_bytes(content)
    return Document("vdem", "table.zip", "", "0" * 64, len(content), datetime(2026, 11, 20, tzinfo=UTC), path)


def unpacked(folder: Path, archive: bytes) -> bytes:
    with open_member(document(folder, archive)) as data:
        return data.read()


def saying(archive: bytes, **fields: int) -> bytes:
    """Return the archive with these fields of its (first) directory entry overwritten."""
    lying = bytearray(archive)
    for field, value in fields.items():
        place, form = DIRECTORY[field]
        struct.pack_into(form, lying, lying.rfind(b"PK\x01\x02") + place, value)
    return bytes(lying)


@contextmanager
def files_of_at_most(size: int) -> Iterator[None]:
    """Let this process write no file beyond ``size`` bytes: a full disk."""
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (size, before[1]))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, before)


# -------------------------------------------------------------------------------------------------------- out of an archive


@pytest.mark.parametrize("method", [zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED])
@pytest.mark.parametrize("member", ["table.csv", "Folder/TABLE.CSV"])
def test_the_member_comes_out_as_it_went_in(tmp_path: Path, method: int, member: str) -> None:
    assert unpacked(tmp_path, zipped((member, TABLE), method=method)) == TABLE


def test_what_lies_beside_the_table_is_not_looked_at(tmp_path: Path) -> None:
    assert unpacked(tmp_path, zipped(("codebook.pdf", b"%PDF"), ("t.csv", TABLE), ("__MACOSX/._t.csv", b"\0"))) == TABLE


def test_another_kind_of_member_is_found_by_its_ending(tmp_path: Path) -> None:
    with open_member(document(tmp_path, zipped(("t.csv", TABLE), ("t.tsv", b"a\tb\n"))), ".tsv") as data:
        assert data.read() == b"a\tb\n"


def test_the_unpacked_table_has_no_name_on_disk_and_nothing_stays(tmp_path: Path) -> None:
    with open_member(document(tmp_path, zipped(("t.csv", TABLE)))) as data:
        assert os.fstat(data.fileno()).st_size == len(TABLE)
        assert os.fstat(data.fileno()).st_nlink == 0, "a file with a name would outlive a process that is killed"
        assert [p.name for p in tmp_path.iterdir()] == ["document"]
    assert data.closed


@pytest.mark.parametrize(
    "members",
    [(), ("codebook.pdf",), ("a.csv", "b.csv"), ("t.csv", "t.csv"), ("t.csv", "T.CSV")],
    ids=["nothing", "no table", "two tables", "one name twice", "one name in two spellings"],
)
def test_anything_but_one_table_is_not_data(tmp_path: Path, members: Sequence[str]) -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # zipfile warns when the test writes one name twice
        archive = zipped(*((name, TABLE) for name in members))
    with pytest.raises(NotData, match=r"table.zip: expected one \*.csv in the archive, found [02]"):
        unpacked(tmp_path, archive)


@pytest.mark.parametrize("name", ["/t.csv", "\\t.csv", "../t.csv", "a/../../t.csv", "..\\t.csv"])
def test_an_unsafe_name_is_not_data(tmp_path: Path, name: str) -> None:
    with pytest.raises(NotData, match="unsafe"):
        unpacked(tmp_path, zipped((name, TABLE)))


def test_an_encrypted_member_is_not_data(tmp_path: Path) -> None:
    with pytest.raises(NotData, match="encrypted"):
        unpacked(tmp_path, saying(zipped(("t.csv", TABLE)), flags=1))


def test_a_link_is_not_data(tmp_path: Path) -> None:
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w") as archive:
        link = zipfile.ZipInfo("t.csv")
        link.create_system, link.external_attr = 3, (stat.S_IFLNK | 0o777) << 16
        archive.writestr(link, "/etc/passwd")
    with pytest.raises(NotData, match="linked"):
        unpacked(tmp_path, packed.getvalue())


@pytest.mark.parametrize("method", [zipfile.ZIP_BZIP2, zipfile.ZIP_LZMA])
def test_a_packing_whose_blocks_have_no_upper_size_is_not_data(tmp_path: Path, method: int) -> None:
    with pytest.raises(NotData, match=f"packed by method {method}"):
        unpacked(tmp_path, zipped(("t.csv", TABLE), method=method))


def test_a_table_may_be_as_large_as_the_cap_and_no_larger(tmp_path: Path) -> None:
    whole = document(tmp_path, zipped(("t.csv", TABLE)))
    with open_member(whole, max_bytes=len(TABLE)) as data:
        assert data.read() == TABLE
    with pytest.raises(TooLarge, match=f"t.csv would unpack to {len(TABLE)} bytes"):
        open_member(whole, max_bytes=len(TABLE) - 1)


def test_a_table_that_packs_to_nearly_nothing_is_too_large(tmp_path: Path) -> None:
    small, bomb = b"0" * 200_000, b"0" * 2_000_000
    assert unpacked(tmp_path, zipped(("t.csv", small))) == small  # packs to under 1,000 bytes, which count as 1,000
    with pytest.raises(TooLarge, match="2,000,000"):
        unpacked(tmp_path, zipped(("t.csv", bomb)))


def test_a_member_that_unpacks_to_more_than_it_says_is_stopped_there(tmp_path: Path) -> None:
    bomb = b"0" * 20_000_000
    lying = document(tmp_path, saying(zipped(("t.csv", bomb)), size=4_000, crc=zlib.crc32(bomb[:4_000])))
    with files_of_at_most(4_001), pytest.raises(Incomplete, match="damaged archive"):
        open_member(lying)


@pytest.mark.parametrize("said", [len(TABLE) - 1, len(TABLE) + 1, TABLE.index(b"SDN")])
@pytest.mark.parametrize("crc_of", ["what it says", "what it holds"])
def test_a_member_of_another_size_than_it_says_is_incomplete(tmp_path: Path, said: int, crc_of: str) -> None:
    """Zipfile itself gives the first ``said`` bytes without a word when the check sum is that of these: a table cut short."""
    crc = zlib.crc32(TABLE[:said] if crc_of == "what it says" else TABLE)
    with pytest.raises(Incomplete, match="damaged archive"):
        unpacked(tmp_path, saying(zipped(("t.csv", TABLE)), size=said, crc=crc))


@pytest.mark.parametrize("method", [zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED])
def test_a_wrong_check_sum_is_incomplete(tmp_path: Path, method: int) -> None:
    with pytest.raises(Incomplete, match=r"damaged archive \(Bad CRC-32"):
        unpacked(tmp_path, saying(zipped(("t.csv", TABLE), method=method), crc=0))


@pytest.mark.parametrize("method", [zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED])
def test_no_damage_to_any_byte_gives_another_table(tmp_path: Path, method: int) -> None:
    whole = zipped(("t.csv", TABLE), method=method)
    for place in range(len(whole)):
        for change in (0x01, 0x80, 0xFF):
            broken = bytearray(whole)
            broken[place] ^= change
            try:
                found = unpacked(tmp_path, bytes(broken))
            except SourceError:
                continue
            assert found == TABLE, f"byte {place}"


def test_an_archive_cut_anywhere_is_incomplete(tmp_path: Path) -> None:
    whole = zipped(("t.csv", TABLE))
    for length in range(len(whole)):
        with pytest.raises(Incomplete):
            unpacked(tmp_path, whole[:length])


def test_a_document_that_is_gone_is_incomplete(tmp_path: Path) -> None:
    gone = document(tmp_path, b"")
    gone.path.unlink()
    with pytest.raises(Incomplete, match="No such file"):
        open_member(gone)


def test_a_full_disk_is_not_taken_for_a_damaged_archive(tmp_path: Path) -> None:
    archive = zipped(("t.csv", TABLE * 1_000), method=zipfile.ZIP_STORED)
    whole = document(tmp_path, archive)
    with files_of_at_most(1_000), pytest.raises(SourceError, match="could not be unpacked beside the document") as caught:
        open_member(whole)
    assert type(caught.value) is SourceError
    assert caught.value.what_to_do == "make room on the disk"
    with open_member(whole) as data:
        assert len(data.read()) == 1_000 * len(TABLE)


def test_a_large_table_never_lies_in_memory_whole(tmp_path: Path) -> None:
    """Read 2 of 100 columns of a table of 150 MB in a process of its own, and see how far its memory grows."""
    row = b",".join(b"%07d" % n for n in range(100)) + b"\n"
    with zipfile.ZipFile(tmp_path / "t.zip", "w", zipfile.ZIP_STORED) as archive, archive.open("t.csv", "w") as member:
        member.write(row)
        for _ in range(1_500):
            member.write(row * 125)
    code = """
import resource, sys
from datetime import UTC, datetime
from pathlib import Path
from indicators.contract import Document
from indicators.table import open_member, read_csv
peak = lambda: resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * (1 if sys.platform == "darwin" else 1024)
document, before = Document("s", "t.zip", "", "", 0, datetime.now(UTC), Path(sys.argv[1])), peak()
with open_member(document) as data:
    rows = len(read_csv(data, ["0000000", "0000099"], "t.zip"))
print(rows, peak() - before)
"""
    done = subprocess.run(
        [sys.executable, "-c", code, str(tmp_path / "t.zip")], capture_output=True, text=True, check=True, timeout=120
    )
    rows, grown = (int(number) for number in done.stdout.split())
    assert rows == 1_500 * 125
    assert grown < 120_000_000, f"{grown:,} bytes for a table of {(rows + 1) * len(row):,}"


# ------------------------------------------------------------------------------------------------------------ read as text


def read(body: bytes, wanted: Sequence[str] = ("a", "c"), **how: str) -> list[list[str]]:
    return cast(list[list[str]], read_csv(io.BytesIO(body), wanted, "t.csv", **how).to_numpy().tolist())


def test_the_wanted_columns_come_in_the_order_wanted() -> None:
    table = read_csv(io.BytesIO(b"a,b,c\n1,2,3\n4,5,6\n"), ["c", "a"], "t.csv")
    assert list(table.columns) == ["c", "a"]
    assert table.to_numpy().tolist() == [["3", "1"], ["6", "4"]]
    assert list(table.index) == [0, 1]


def test_nothing_is_guessed() -> None:
    body = b"a,b,c\nNA,0,NaN\nnull,0,TRUE\n007,0,1.0\n 5,0,2020-01-01\n"
    assert read(body) == [["NA", "NaN"], ["null", "TRUE"], ["007", "1.0"], [" 5", "2020-01-01"]]


def test_a_blank_stays_blank_and_is_not_missing() -> None:
    table = read_csv(io.BytesIO(b'a,b,c\n,1,""\n'), ["a", "c"], "t.csv")
    assert table.to_numpy().tolist() == [["", ""]]
    assert not table.isna().to_numpy().any()


def test_quotes_may_hold_separators_quotes_and_line_ends() -> None:
    assert read(b'a,b,c\n"x, ""y""",2,"l1\nl2\r\nl3"\r\n') == [['x, "y"', "l1\nl2\r\nl3"]]
    assert read(b'"a","b,\nb",c\n1,2,3\n', ["b,\nb"]) == [["2"]]


@pytest.mark.parametrize("end", [b"\n", b"\r\n", b"\r"])
def test_all_line_ends_are_read(end: bytes) -> None:
    assert read(end.join([b"a,b,c", b"1,2,3", b"4,5,6", b""])) == [["1", "3"], ["4", "6"]]


@pytest.mark.parametrize("body", [b"a;b;c\n1,5;2;3\n", b"a\tb\tc\n1,5\t2\t3\n"])
def test_other_separators_are_read(body: bytes) -> None:
    assert read(body, sep=chr(body[1])) == [["1,5", "3"]]


def test_encodings_are_read() -> None:
    body = "a,b,c\nCôte d’Ivoire,2,三\n"
    assert read(body.encode()) == [["Côte d’Ivoire", "三"]]
    assert read(body.encode("utf-8-sig")) == [["Côte d’Ivoire", "三"]]
    assert read(b"\xef\xbb\xbf" + b'"a",b,c\n1,2,3\n') == [["1", "3"]]
    assert read("a,b,é\nCôte,2,Åland\n".encode("latin-1"), ["a", "é"], encoding="latin-1") == [["Côte", "Åland"]]


@pytest.mark.parametrize("rows_before", [0, 500_000])
def test_a_table_in_another_encoding_is_not_data(rows_before: int) -> None:
    with pytest.raises(NotData, match="not a readable table"):
        read(b"a,b,c\n" + b"1,2,3\n" * rows_before + "Côte,2,3\n".encode("latin-1"))


@pytest.mark.parametrize("rows_before", [0, 1, 500_000])
@pytest.mark.parametrize(("row", "fields"), [(b"1,2\n", 2), (b"1,2,3,4\n", 4), (b"1,2,3,\n", 4), (b" \n", 1)])
def test_a_row_with_a_field_too_many_or_too_few_is_not_data(row: bytes, fields: int, rows_before: int) -> None:
    said = f"t.csv: not a readable table .*Row #{rows_before + 2}: Expected 3 columns, got {fields}"  # the header is row 1
    with pytest.raises(NotData, match=said):
        read(b"a,b,c\n" + b"1,2,3\n" * rows_before + row + b"1,2,3\n")


@pytest.mark.parametrize("rows", [b'1,2,"3\n', b'1,2,"3\n4,5,6\n7,8,9\n', b'1,2,3\n4,5,"\n', b'1,"2,3\n4,5,6\n'])
def test_a_quote_that_is_never_closed_does_not_swallow_the_rows_behind_it(rows: bytes) -> None:
    with pytest.raises(NotData, match=r"a quote in row \d is never closed|Expected 3 columns, got 2"):
        read(b"a,b,c\n" + rows)


def test_a_quote_that_is_never_closed_is_named_with_its_row() -> None:
    with pytest.raises(NotData, match=r"t.csv: a quote in row 400,001 is never closed"):
        read(b"a,b,c\n" + b"1,2,3\n" * 400_000 + b'1,2,"3\n' + b"1,2,3\n" * 1_000)


def test_quotes_inside_plain_text_are_text() -> None:
    assert read(b'a,b,c\n5" gun,2,O"Hara\n1,2,3\n') == [['5" gun', 'O"Hara'], ["1", "3"]]


def test_rows_and_quotes_across_blocks_are_read_whole() -> None:
    field = b"x\n" * 14_000
    rows = 3 * BLOCK // len(field)
    assert read(b"a,b,c\r\n" + (b'"' + field + b'",2,3\r\n') * rows) == [[field.decode(), "3"]] * rows


@pytest.mark.parametrize("body", [b"a,b,c\n1,2,3\n4,5,6", b"a,b,c\n1,2", b"a,b,c", b'a,b,c\n1,2,"x'])
def test_a_table_without_its_last_line_end_is_incomplete(body: bytes) -> None:
    with pytest.raises(Incomplete, match=r"t.csv: the last line has no end; the file was cut"):
        read(body)


def test_a_table_cut_anywhere_gives_no_row_that_the_whole_does_not_give() -> None:
    wanted = ["iso3", "year", "note"]
    whole = read(TABLE, wanted)
    assert whole == [["NAM", "2024", 'said "no", twice'], ["SDN", "2025", "two\nlines"]]
    accepted = 0
    for length in range(len(TABLE)):
        try:
            found = read(TABLE[:length], wanted)
        except SourceError:
            continue
        accepted += 1
        assert found == whole[: len(found)]
    assert accepted == 2  # cut after the header and after the first row: what proves those is the archive or the transfer


def test_a_header_without_rows_is_an_empty_table() -> None:
    table = read_csv(io.BytesIO(b"a,b,c\n"), ["a", "c"], "t.csv")
    assert table.shape == (0, 2)
    assert all(isinstance(kind, pd.StringDtype) for kind in table.dtypes)


@pytest.mark.parametrize("body", [b"", b"\n\n", b" \t\r\n", b"\xef\xbb\xbf", b"\xef\xbb\xbf\n"])
def test_an_empty_file_is_not_data(body: bytes) -> None:
    for look in (read, lambda b: csv_header(io.BytesIO(b), "t.csv")):
        with pytest.raises(NotData, match=r"t.csv: empty file"):
            look(body)


@pytest.mark.parametrize(
    "start", [b"<!DOCTYPE html>", b"\n <HTML lang=en>", b"<head>", b"<?xml version='1.0'?>", b"\xef\xbb\xbf<html>"]
)
def test_a_web_page_or_xml_is_not_data(start: bytes) -> None:
    with pytest.raises(NotData, match="web page instead of a table") as caught:
        read(start + b"\n<p>a,b,c\n")
    assert "browser" in caught.value.what_to_do


def test_a_column_is_missed_before_any_row_is_read() -> None:
    broken = b"a,b,best_est\n1,2\n"
    with pytest.raises(SchemaChanged, match=r"t.csv: column 'best' is missing; the nearest is 'best_est'"):
        read(broken, ["a", "best"])


def test_a_wanted_column_that_stands_twice_is_an_error_and_another_is_not() -> None:
    with pytest.raises(SchemaChanged, match=r"t.csv: column 'a' stands twice"):
        read(b"a,a,c\n1,2,3\n")
    assert read(b"a,b,b,c\n1,2,2,3\n") == [["1", "3"]]


def test_the_header_may_be_looked_at_first_and_the_file_read_again(tmp_path: Path) -> None:
    path = tmp_path / "t.csv"
    path.write_bytes(b'\xef\xbb\xbfa,"b, c"\n1,2\n')
    with path.open("rb") as data:
        for _ in range(2):
            assert csv_header(data, "t.csv") == ["a", "b, c"]
            assert read_csv(data, ["b, c"], "t.csv").to_numpy().tolist() == [["2"]]


def test_a_header_of_thousands_of_columns_is_read() -> None:
    columns = [f"v2column_{n:05d}" for n in range(5_000)]
    body = f"{','.join(columns)}\n{','.join(map(str, range(5_000)))}\n".encode()
    assert csv_header(io.BytesIO(body), "t.csv") == columns
    assert read(body, [columns[4_999], columns[0]]) == [["4999", "0"]]
