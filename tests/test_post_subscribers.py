"""The readers: two steps in, one step out, and nothing of an address anywhere but in the sealed file and on the envelope."""

from __future__ import annotations

import logging
import os
import stat
import traceback
from datetime import date, timedelta
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from monitor.post import PostError
from monitor.post.addresses import Address, NotAnAddress, address_of, without_addresses
from monitor.post.file import PostFile
from monitor.post.keys import hash_of, load_keys
from monitor.post.lists import BadRow, Known, Row, read, written
from monitor.post.readers import Choice
from monitor.post.subscribers import Subscribers
from monitor.storage import StorageError
from tests.post_world import MONDAY, World

CANARY = "canary.bird@secret-aviary.example"
KNOWN = Known(frozenset({"CMR", "SDN", "MMR"}), ("baseline", "watch", "elevated", "high"))
TODAY = MONDAY.date()


@pytest.fixture
def world(tmp_path: Path) -> World:
    return World(tmp_path)


def ask(world: World, text: str = CANARY, *countries: str, again: bool = False) -> tuple[int, str]:
    asked = world.readers.ask(address_of(text), Choice(frozenset(countries)), world.now, days=14, again=again)
    return asked.id, asked.token


def state(world: World, number: int) -> str:
    reader = world.readers.get(number)
    assert reader is not None
    return reader.state


# ------------------------------------------------------------------------------------------------------------ one address


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("anna@example.org", "anna@example.org"),
        ("  anna@Example.ORG\n", "anna@example.org"),
        ("Anna.Bell+digest@example.org", "Anna.Bell+digest@example.org"),  # case before the @ is the server's affair
        ("o'hara@example.co.uk", "o'hara@example.co.uk"),
        ("anna@straße.example", "anna@xn--strae-oqa.example"),  # not strasse.example, which is somebody else's
        ("anna@BÜCHER.example", "anna@xn--bcher-kva.example"),
        ("anna@bu\u0308cher.example", "anna@xn--bcher-kva.example"),  # the same, decomposed
    ],
)
def test_one_address_is_written_one_way(text: str, expected: str) -> None:
    assert address_of(text).text == expected


@pytest.mark.parametrize(
    "text",
    [
        *("", "anna", "@example.com", "anna@", "anna@example", "a@b.example, c@d.example", "a@b.example>,<x@evil.example"),
        *("Anna <a@b.example>", "a b@example.org", "a@b@c.example", "a\nBcc: x@y.example", "a@exa\x00mple.org", "a@[127.0.0.1]"),
        *("a@127.0.0.1", '"a b"@example.org', "ännä@example.org", "=a@example.org", "+a@example.org", "-a@example.org"),
        *("a..b@example.org", ".a@example.org", "a@-b.example", "a@" + "b" * 64 + ".example", "a" * 65 + "@example.org"),
        *("a@" + "b." * 130 + "example", "a@example.org\u202e", "a@exam_ple.org"),
    ],
)  # fmt: skip
def test_what_is_not_exactly_one_address_is_refused_and_not_repeated(text: str) -> None:
    with pytest.raises(NotAnAddress) as caught:
        address_of(text)
    assert not text or text not in str(caught.value)


@given(st.text(max_size=80))
def test_any_text_is_one_line_of_ascii_or_refused(text: str) -> None:
    try:
        found = address_of(text).text
    except NotAnAddress:
        return
    assert found.isascii()
    assert found.isprintable()
    assert found.count("@") == 1
    assert not set(found) & set(' <>,;:\\"()[]')


def test_an_address_does_not_show_itself() -> None:
    address = Address(CANARY)
    assert CANARY not in f"{address} {address!r} {[address]} %s" % address
    assert without_addresses(f"550 5.1.1 <{CANARY}>: unknown\r\n.") == "550 5.1.1 <address> unknown ."


# ---------------------------------------------------------------------------------------------------------------- in, out


def test_a_reader_confirms_with_the_token_that_only_they_got_and_only_once(world: World) -> None:
    number, token = ask(world)
    assert state(world, number) == "pending"
    assert world.readers.confirm("x" * 22, world.now) is None
    assert world.readers.confirm(token, world.now) == number
    assert state(world, number) == "active"
    assert world.readers.confirm(token, world.now) is None


def test_who_does_not_confirm_in_time_is_forgotten_and_may_be_asked_again(world: World) -> None:
    number, token = ask(world)
    world.later(days=14, seconds=1)
    assert world.readers.confirm(token, world.now) is None
    assert world.readers.lapse(world.now) == 1
    assert (state(world, number), world.readers.barred()) == ("gone", 0)
    assert ask(world)[0] != number


def test_asked_twice_is_one_reader_and_only_the_last_token_counts(world: World) -> None:
    number, first = ask(world)
    again, second = ask(world, CANARY.upper(), "SDN")
    assert again == number
    assert world.readers.confirm(first, world.now) is None
    assert world.readers.confirm(second, world.now) == number
    reader = world.readers.get(number)
    assert reader is not None
    assert reader.choice.countries == {"SDN"}


@pytest.mark.parametrize("other", [CANARY.upper(), f" {CANARY} ", "canary.bird@SECRET-aviary.example"])
def test_other_spellings_of_an_address_are_the_same_reader(world: World, other: str) -> None:
    number = world.readers.add_confirmed(address_of(CANARY), Choice(), world.now, confirmed=world.now)
    with pytest.raises(PostError, match=f"already, as s-{number}"):
        ask(world, other)


def test_the_link_to_leave_works_once_and_is_answered_alike_the_second_time(world: World) -> None:
    number = world.add("anna", "SDN")
    token = world.readers.leaving_token(number, 1)
    assert world.readers.leave("y" * 22, world.now) is None
    assert world.readers.leave(token, world.now) == number
    assert world.readers.leave(token, world.now) == number
    reader = world.readers.get(number)
    assert reader is not None
    assert (reader.state, reader.address, reader.choice.countries, reader.choice.minimum_level) == ("gone", None, frozenset(), "")


def test_the_process_that_answers_links_needs_no_key_and_can_read_nothing(world: World) -> None:
    number, token = ask(world)
    world.file.close()
    (world.home / "post.key").rename(world.home / "elsewhere.key")
    answering = Subscribers(PostFile(world.home, keyless=True))
    assert answering.confirm(token, world.now) == number
    with pytest.raises(PostError, match="without the key"):
        answering.get(number)
    (world.home / "elsewhere.key").rename(world.home / "post.key")
    assert answering.leave(world.readers.leaving_token(number, 1), world.now) == number


@pytest.mark.parametrize("reason", ["unsubscribed", "erased", "complained"])
def test_who_has_gone_is_not_brought_back_by_a_list_but_by_their_own_wish(world: World, reason: str) -> None:
    number = world.add("anna")
    assert world.readers.end(number, world.now, reason)
    assert not world.readers.end(number, world.now, reason)
    with pytest.raises(PostError, match=f"must not be written to \\({reason}\\)"):
        world.add("anna")
    with pytest.raises(PostError, match="must not be written to"):
        ask(world, "ANNA@readers.example")
    again, _ = ask(world, "anna@readers.example", again=True)
    assert again != number
    assert state(world, again) == "pending"


def test_erasing_leaves_a_keyed_hash_a_number_and_nothing_else(world: World) -> None:
    number = world.readers.add_confirmed(address_of(CANARY), Choice(frozenset({"SDN"})), world.now, confirmed=world.now)
    world.freeze()
    world.readers.end(number, world.now, "erased")
    with world.file.reading() as connection:
        assert connection.exec_driver_sql("SELECT * FROM suppression").fetchall() == [
            (world.file.keys.keyed("address", CANARY), "erased", "2026-11-23T07:00:00.000000Z"),
        ]
        row = connection.exec_driver_sql("SELECT * FROM subscriber").mappings().one()
    kept = {k: v for k, v in row.items() if v not in (None, "", 0)}
    assert set(kept) == {"id", "state", "generation", "asked_at", "unsubscribe_hash"}
    assert world.states() == {"withdrawn": 1}


def test_a_suppressed_address_that_was_never_on_the_list_cannot_come_onto_it(world: World) -> None:
    assert world.readers.suppress(address_of(CANARY), world.now, "complained") is None
    with pytest.raises(PostError, match="complained"):
        ask(world)
    number = world.add("anna")
    assert world.readers.suppress(address_of("Anna@Readers.example"), world.now, "complained") == number
    assert state(world, number) == "gone"


@pytest.mark.parametrize(("hard", "times", "expected"), [(True, 1, "suspended"), (False, 4, "active"), (False, 5, "suspended")])
def test_one_hard_or_five_soft_refusals_suspend_a_reader(world: World, hard: bool, times: int, expected: str) -> None:
    number = world.add("anna")
    for _ in range(times):
        said = world.readers.came_back(number, world.now, hard=hard, most_soft=5)
    assert said == state(world, number) == expected
    assert world.readers.resume(number, world.now) == (expected == "suspended")
    assert state(world, number) == "active"


# ------------------------------------------------------------------------------------------------------------ whole lists


def lines(folder: Path, *rows: str) -> Path:
    path = folder / "list.csv"
    path.write_text("\n".join(("address,countries,minimum_level,frequency,dates,confirmed_on", *rows)), encoding="utf-8")
    return path


def test_good_rows_are_kept_and_each_bad_one_is_named_by_number_and_reason(tmp_path: Path) -> None:
    path = lines(
        tmp_path, "a@x.example,CMR SDN,high,both,iso,2026-01-31", "b@x.example", "not an address,,,,,", "",
        "A@X.example,,,,,", "c@x.example,ZZZ,,,,", "d@x.example,,hihg,,,", "e@x.example,,,daily,,", "f@x.example,,,,fr,",
        "g@x.example,,,,,2026-13-01", "h@x.example,,,,,2026-11-24", "i@x.example,,,,,,more", '"j@x.example\n",,,,,',
    )  # fmt: skip
    rows = list(read(path, KNOWN, TODAY))
    good, bad = [r for r in rows if isinstance(r, Row)], {r.number: r.reason for r in rows if isinstance(r, BadRow)}
    assert [(r.number, r.address.text) for r in good] == [(2, "a@x.example"), (3, "b@x.example"), (14, "j@x.example")]
    assert good[0].choice == Choice(frozenset({"CMR", "SDN"}), "high", "both", "iso")
    assert good[0].confirmed is not None
    assert good[0].confirmed.date() == date(2026, 1, 31)
    assert (good[1].choice, good[1].confirmed) == (Choice(), None)
    assert {n: reason.split(";")[0].split(",")[0] for n, reason in bad.items()} == {
        4: "the address is not one address of the form name@example.org",
        6: "has the same address as row 2",
        7: "country 'ZZZ' is not known",
        8: "minimum_level 'hihg' is not known",
        9: "frequency 'daily' is not known",
        10: "dates 'fr' is not known",
        11: "confirmed_on is no day of the form 2026-10-01",
        12: "confirmed_on has not come yet",
        13: "has more cells than there are columns",
    }


def test_an_address_in_the_wrong_column_is_not_repeated(tmp_path: Path) -> None:
    rows = list(read(lines(tmp_path, f"a@x.example,{CANARY},,,,", f"b@x.example,,{CANARY},,,"), KNOWN, TODAY))
    assert all(isinstance(r, BadRow) for r in rows)
    assert CANARY not in str(rows)
    (tmp_path / "list.csv").write_text(f"{CANARY}\nb@x.example\n")
    with pytest.raises(PostError, match="no column is called '<address>'"):
        list(read(tmp_path / "list.csv", KNOWN, TODAY))


@pytest.mark.parametrize(
    ("content", "said"),
    [(b"", "names the columns"), (b"countries\nCMR\n", "'address'"), (b"address,address\na@b.example,c\n", "each once"),
     ("address\nä@b".encode("latin-1"), "UTF-8"), (b'address\n"a@b.example\n', "no CSV"), (None, "cannot be read")],
)  # fmt: skip
def test_a_file_that_is_no_list_is_refused_as_a_whole(tmp_path: Path, content: bytes | None, said: str) -> None:
    path = tmp_path / "list.csv"
    if content is not None:
        path.write_bytes(content)
    with pytest.raises(PostError, match=said):
        list(read(path, KNOWN, TODAY))


def test_what_is_exported_is_imported_as_it_was_and_only_who_confirmed(world: World) -> None:
    world.add("anna", "SDN", "CMR", minimum_level="high", frequency="both", dates="iso")
    world.add("ben")
    ask(world)
    path = world.home / "list.csv"
    path.write_text(written(list(world.readers.every())), encoding="utf-8")
    rows = [r for r in read(path, KNOWN, TODAY) if isinstance(r, Row)]
    assert [(r.address.text, r.choice) for r in rows] == [
        ("anna@readers.example", Choice(frozenset({"SDN", "CMR"}), "high", "both", "iso")),
        ("ben@readers.example", Choice()),
    ]
    assert all(r.confirmed is not None for r in rows)


# ------------------------------------------------------------------------------------------------------------ kept secret


def everything_in(home: Path) -> bytes:
    return b"".join(p.read_bytes() + os.fsencode(p) for p in sorted(home.rglob("*")) if p.is_file())


def test_neither_addresses_nor_choices_nor_tokens_lie_open_in_any_file(world: World) -> None:
    number, token = ask(world, CANARY, "SDN")
    assert world.readers.confirm(token, world.now) == number
    world.freeze()
    world.file.close()
    content = everything_in(world.home)
    leave = world.readers.leaving_token(number, 1)
    for secret in (CANARY, "canary", "aviary", "SDN", "For SDN", token, leave):
        assert secret.encode() not in content, secret
    assert hash_of(leave).encode() in content


def test_what_is_said_when_things_go_wrong_names_no_address(world: World, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)
    number, _ = ask(world)
    said = [repr(world.readers.get(number)), str(list(world.readers.every())), str(world.readers.acts())]
    for wrong in (
        lambda: world.readers.add_confirmed(address_of(CANARY), Choice(), world.now, confirmed=world.now),
        lambda: address_of(f"{CANARY},{CANARY}"),
        lambda: world.readers.ask(Address(CANARY), Choice(dates=None), world.now, days=14),  # type: ignore[arg-type]
    ):
        try:
            wrong()
        except (PostError, NotAnAddress, StorageError):
            said.append(traceback.format_exc())
    assert len(said) == 6
    assert "NOT NULL constraint failed" in said[-1]
    assert not [text for text in [*said, caplog.text] if "canary" in text.split(f'"{__file__}"')[0] or CANARY in text]


@pytest.mark.skipif(os.name != "posix", reason="rights are those of POSIX")
def test_the_files_are_their_owners_alone_and_refused_where_they_are_not(world: World) -> None:
    paths = [world.home / "post" / "post.sqlite", world.home / "post.key"]
    assert [stat.S_IMODE(p.stat().st_mode) for p in paths] == [0o600, 0o600]
    assert stat.S_IMODE((world.home / "post").stat().st_mode) == 0o700
    world.add("anna")
    journal = world.home / "post" / "post.sqlite-journal"
    assert not journal.exists() or stat.S_IMODE(journal.stat().st_mode) == 0o600
    for path in paths:
        path.chmod(0o640)
        with pytest.raises(PostError, match="may be read by others"):
            PostFile(world.home)
        path.chmod(0o600)


def test_another_key_or_none_opens_nothing(world: World) -> None:
    key = world.home / "post.key"
    kept = key.read_bytes()
    key.unlink()
    with pytest.raises(PostError, match="the key of the post, is missing"):
        PostFile(world.home)
    assert not key.exists()  # a new key would make everything unreadable
    load_keys(key, make=True)
    with pytest.raises(PostError, match="the key does not fit"):
        PostFile(world.home)
    key.write_bytes(kept)
    PostFile(world.home)


def test_a_damaged_or_missing_file_is_refused_and_never_begun_anew(world: World) -> None:
    world.add("anna")
    world.file.close()
    path = world.home / "post" / "post.sqlite"
    content = path.read_bytes()
    for damage in (b"", content[:100], content[:-100], b"x" * len(content)):
        path.write_bytes(damage)
        with pytest.raises(StorageError, match="damaged"):
            PostFile(world.home)
    path.unlink()
    (world.home / "post.session").write_text("s")
    with pytest.raises(PostError, match="is missing, but mail was sent from it"):
        PostFile(world.home)


def test_what_was_done_with_the_list_is_kept_by_number_with_its_reason(world: World) -> None:
    number, token = ask(world)
    world.readers.confirm(token, world.now)
    world.readers.note(world.now, "exported", "moving to another server")
    world.readers.end(number, world.now + timedelta(days=1), "erased", "asked by telephone")
    assert [tuple(act) for act in world.readers.acts()] == [
        ("2026-11-23T07:00:00.000000Z", "asked", 1, ""),
        ("2026-11-23T07:00:00.000000Z", "confirmed", 1, ""),
        ("2026-11-23T07:00:00.000000Z", "exported", None, "moving to another server"),
        ("2026-11-24T07:00:00.000000Z", "erased", 1, "asked by telephone"),
    ]


def test_an_address_in_a_reason_is_not_kept_either(world: World) -> None:
    world.readers.note(world.now, "exported", f"asked for by {CANARY}")
    world.readers.suppress(address_of("anna@readers.example"), world.now, f"complained to {CANARY}")
    assert world.readers.acts()[0].why == "asked for by <address>"
    with pytest.raises(PostError, match="must not be written to \\(complained to <address>\\)"):
        world.add("anna")
