"""The outbox against a real SMTP server: a text frozen once, each message sent once, and each answer understood."""

from __future__ import annotations

import email
import email.policy
import time
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from monitor.alerts.rendered import Rendered
from monitor.post import PostError
from monitor.post.addresses import address_of
from monitor.post.file import instant
from monitor.post.mail import Line, Server
from monitor.post.outbox import Outbox
from monitor.post.readers import OPERATOR, Choice, Filter
from monitor.post.settings import MailSettings
from monitor.storage import StoreError
from tests.post_world import MONDAY, SENDER, WEEK, World, policy, rendered
from tests.smtp_sink import DROP, Sink, certificate, logins, smtp


@pytest.fixture
def world(tmp_path: Path) -> World:
    return World(tmp_path)


def read(content: bytes) -> Any:
    return email.message_from_bytes(content, policy=email.policy.default)


def only(point: str, answer: str, to: str = "") -> Any:
    """Return a script that answers so at one point, to one recipient or to all."""
    return lambda here, recipient: answer if here == point and (not to or recipient == to) else None


def at_first(point: str, answer: str) -> Any:
    """Return a script that answers so at a point, the first time it is reached."""
    left = [answer]
    return lambda here, recipient: left.pop() if here == point and left else None


# ------------------------------------------------------------------------------------------------------------ frozen once


def test_each_distinct_filter_is_rendered_once_and_the_same_period_again_changes_nothing(world: World) -> None:
    for name, countries in (("a", ()), ("b", ("SDN", "CMR")), ("c", ("CMR", "SDN")), ("d", ("SDN",))):
        world.add(name, *countries)
    world.add("e", minimum_level="high")
    asked: list[Filter] = []

    def render(wish: Filter) -> Rendered:
        asked.append(wish)
        return rendered(wish)

    rules = world.policy.kinds.digest
    done = world.mailings.freeze("digest", WEEK, render, rules, world.now)
    assert (done.readers, done.texts, done.new) == (5, 4, True)
    assert asked == [
        Filter(frozenset(), "high"), Filter(frozenset(), "watch"), Filter(frozenset({"CMR", "SDN"}), "watch"),
        Filter(frozenset({"SDN"}), "watch"),
    ]  # fmt: skip
    world.add("late")
    again = world.mailings.freeze("digest", WEEK, render, rules, world.now)
    assert (again.readers, again.texts, again.new, len(asked)) == (5, 4, False, 4)
    assert world.mailings.freeze("digest", f"{WEEK}-c1", render, rules, world.now).readers == 6


@pytest.mark.parametrize(("kind", "expected"), [("digest", ["weekly", "both"]), ("escalation", ["both", "immediate"])])
def test_a_mailing_goes_to_those_who_asked_for_its_kind_and_have_confirmed(world: World, kind: str, expected: list[str]) -> None:
    for frequency in ("weekly", "both", "immediate"):
        world.add(frequency, frequency=frequency)
    world.readers.ask(address_of("asked@readers.example"), Choice(frequency="both"), world.now, days=14)
    suspended = world.add("suspended", frequency="both")
    world.readers.came_back(suspended, world.now, hard=True, most_soft=5)
    world.freeze(kind)
    with smtp(Sink()) as sink:
        world.post(sink.port).send()
    assert sorted(to for to, _ in sink.taken) == sorted(f"{name}@readers.example" for name in expected)


def test_who_has_nothing_to_be_told_gets_no_mail(world: World) -> None:
    world.add("a", "SDN")
    world.add("b", "CMR")
    rules = world.policy.kinds.escalation

    def render(wish: Filter) -> Rendered | None:
        return rendered(wish) if "SDN" in wish.countries else None

    assert world.mailings.freeze("digest", WEEK, render, rules, world.now).readers == 1


# ------------------------------------------------------------------------------------------------------------ on the wire


def test_what_is_on_the_wire_is_one_reader_s_message_with_the_frozen_text(world: World) -> None:
    world.add("anna", "SDN")
    world.freeze()
    with smtp(Sink()) as sink:
        done = world.post(sink.port, return_path="bounces@monitor.example").send()
    ((to, content),) = sink.taken
    assert (done.sent, to) == (1, "anna@readers.example")
    head, _, _ = content.partition(b"\r\n\r\n")
    names = [line.split(b":")[0].decode() for line in head.split(b"\r\n") if not line.startswith(b" ")]
    assert names == [
        "From", "To", "Subject", "Date", "Message-ID", "Auto-Submitted", "List-Id", "List-Unsubscribe", "List-Unsubscribe-Post",
        "MIME-Version", "Content-Type",
    ]  # fmt: skip
    token = world.readers.leaving_token(1, 1)
    assert (
        f"\r\nList-Unsubscribe: <https://leave.monitor.example/leave/{token}>, "
        f"<mailto:leave@monitor.example?subject=leave-{token}>"
        "\r\nList-Unsubscribe-Post: List-Unsubscribe=One-Click\r\n"
    ).encode() in content
    message = read(content)
    assert message["Date"].datetime == MONDAY
    assert message["Message-ID"] == f"<{world.file.keys.keyed('message', 'digest', WEEK, '1')}@monitor.example>"
    text, related = message.iter_parts()
    assert text.get_content().splitlines() == ["For SDN, from watch.", ".a line that begins with a dot"]
    page, image = related.iter_parts()
    assert "cid:strip" in page.get_content()
    assert (image["Content-ID"], image.get_content(), image.get_content_disposition()) == ("<strip>", b"\x89PNG", "inline")
    assert all(len(line) <= 998 for line in content.split(b"\r\n"))
    assert content.isascii()
    assert b"http" not in content.replace(b"https://leave.monitor.example/", b"")  # nothing to fetch


def test_every_try_sends_the_same_bytes(world: World) -> None:
    world.add("anna")
    world.freeze()
    with smtp(Sink(script=only("DOT", "taken 451 4.3.0 not now"))) as sink:
        world.post(sink.port).send()
        world.later(hours=1)
        world.post(sink.port).send()
    assert len(sink.taken) == 2
    assert sink.taken[0] == sink.taken[1]


def test_escalations_go_before_the_digest(world: World) -> None:
    world.add("anna", frequency="both")
    world.freeze("digest")
    world.freeze("escalation", "SDN high")
    with smtp(Sink()) as sink:
        world.post(sink.port).send()
    ids = [world.file.keys.keyed("message", k, p, "1") for k, p in (("escalation", "SDN high"), ("digest", WEEK))]
    assert sink.ids() == [f"<{i}@monitor.example>" for i in ids]


# --------------------------------------------------------------------------------------------------------- what is answered

CASES: list[tuple[str, Any, dict[str, int], dict[str, int], int]] = [
    ("no answer to the sender", only("MAIL", DROP), {"later": 1}, {"queued": 1}, 0),
    ("no answer to the reader", only("RCPT", DROP), {"later": 1}, {"queued": 1}, 0),
    ("no answer to DATA", only("DATA", DROP), {"later": 1}, {"queued": 1}, 0),
    ("silence in the midst of the text", only("TEXT", DROP), {"later": 1}, {"queued": 1}, 0),
    ("silence after the dot, not taken", only("DOT", DROP), {"unknown": 1}, {"committing": 1}, 0),
    ("silence after the dot, taken", only("DOT", f"taken {DROP}"), {"unknown": 1}, {"committing": 1}, 1),
    ("the sender is not wanted now", only("MAIL", "451 4.7.1 not now"), {"later": 1}, {"queued": 1}, 0),
    ("greylisted", only("RCPT", "450 4.2.0 greylisted, try again in 60 minutes"), {"later": 1}, {"queued": 1}, 0),
    ("the mailbox is full", only("RCPT", "452 4.2.2 full"), {"later": 1}, {"queued": 1}, 0),
    ("no DATA now", only("DATA", "451 4.3.0 not now"), {"later": 1}, {"queued": 1}, 0),
    ("not now after the dot", only("DOT", "451 4.3.0 not now"), {"later": 1}, {"queued": 1}, 0),
    ("closing after the dot", only("DOT", "421 4.3.0 closing"), {"later": 1}, {"queued": 1}, 0),
    ("no such reader", only("RCPT", "550 5.1.1 <anna@readers.example> unknown"), {"refused": 1}, {"refused": 1}, 0),
    ("we are not wanted", only("RCPT", "550 5.7.1 blocked"), {"refused": 1}, {"refused": 1}, 0),
    ("too large", only("DATA", "552 5.3.4 too large"), {"refused": 1}, {"refused": 1}, 0),
    ("refused after the dot", only("DOT", "554 5.6.0 no"), {"refused": 1}, {"refused": 1}, 0),
]  # fmt: skip


@pytest.mark.parametrize(("script", "counts", "states", "taken"), [c[1:] for c in CASES], ids=[c[0] for c in CASES])
def test_each_answer_at_each_point_comes_to_what_it_means(
    world: World, script: Any, counts: dict[str, int], states: dict[str, int], taken: int
) -> None:
    world.add("anna")
    world.freeze()
    with smtp(Sink(script=script)) as sink:
        done = world.post(sink.port, step=lambda _: time.sleep(0.05)).send()  # so that a closing server is heard in time
        assert {k: v for k, v in done.counts().items() if v} == counts
        assert world.states() == states
        assert len(sink.taken) == taken
        sink.script = lambda point, to: None
        world.post(sink.port).send()  # at once: nothing is due
    assert len(sink.taken) == taken
    assert "readers.example" not in str(world.doubts.troubled())


@pytest.mark.parametrize("status", ["550 5.1.1 unknown", "550 unknown", "553 5.2.1 disabled"])
def test_a_reader_whose_address_is_refused_is_suspended(world: World, status: str) -> None:
    world.add("anna")
    world.add("ben")
    world.freeze()
    with smtp(Sink(script=only("RCPT", status, "anna@readers.example"))) as sink:
        done = world.post(sink.port).send()
    assert (done.refused, done.sent) == (1, 1)
    assert [r.state for r in world.readers.every()] == ["suspended", "active"]


@pytest.mark.parametrize("answer", ["550 5.7.1 blocked", "552 5.3.4 too large"])
def test_a_reader_is_not_suspended_for_what_is_wrong_with_us(world: World, answer: str) -> None:
    world.add("anna")
    world.freeze()
    with smtp(Sink(script=only("RCPT", answer))) as sink:
        world.post(sink.port).send()
    assert [r.state for r in world.readers.every()] == ["active"]


def test_after_a_lost_connection_the_others_still_get_theirs(world: World) -> None:
    for n in range(5):
        world.add(f"r{n}")
    world.freeze()
    for point, expected in (("RCPT", {"later": 1, "sent": 4}), ("TEXT", {"sent": 1})):
        with smtp(Sink(script=at_first(point, DROP) if point == "RCPT" else lambda point, to: None)) as sink:
            done = world.post(sink.port).send()
        assert {k: v for k, v in done.counts().items() if v} == expected
        world.later(hours=1)
    assert world.states() == {"sent": 5}


@pytest.mark.parametrize(
    ("said", "minutes"), [("451 not now", 5), ("451 try again in 3600 s", 60), ("451 retry in 2 hours", 120)]
)
def test_a_message_is_tried_again_no_earlier_than_asked(world: World, said: str, minutes: int) -> None:
    world.add("anna")
    world.freeze()
    with smtp(Sink(script=at_first("RCPT", said))) as sink:
        post = world.post(sink.port)
        post.send()
        world.later(minutes=minutes, seconds=-1)
        assert post.send().sent == 0
        world.later(seconds=1)
        assert post.send().sent == 1


def test_waits_double_to_four_hours_and_after_ten_tries_a_message_is_given_up(world: World) -> None:
    world.add("anna")
    world.freeze()
    waits = []
    with smtp(Sink(script=only("RCPT", "451 not now"))) as sink:
        for _ in range(10):
            world.post(sink.port).send()
            if world.states() != {"queued": 1}:
                break
            row = world.doubts.troubled()[0]
            waits.append((instant(row.not_before) - world.now).total_seconds() / 60)
            world.now = instant(row.not_before)
    assert waits == [5, 10, 20, 40, 80, 160, 240, 240, 240]
    assert world.states() == {"expired": 1}
    assert "given up after 10 tries" in world.doubts.troubled()[0].reply


def test_what_was_not_taken_in_time_is_not_sent_late(world: World) -> None:
    world.add("anna")
    world.freeze()
    world.later(hours=120)
    with smtp(Sink()) as sink:
        world.post(sink.port).send()
    assert (sink.taken, world.states()) == ([], {"expired": 1})


# ------------------------------------------------------------------------------------- nothing works, or something is wrong


def test_a_sender_that_is_refused_stops_everything_and_costs_no_reader_a_try(world: World) -> None:
    for n in range(3):
        world.add(f"r{n}")
    world.freeze()
    with smtp(Sink(script=only("MAIL", "550 5.7.1 sender not allowed"))) as sink:
        done = world.post(sink.port).send()
    assert done.stopped == "550 5.7.1 sender not allowed"
    assert world.states() == {"queued": 3}
    assert world.doubts.troubled() == []


def test_ten_refusals_in_a_row_stop_the_sending_before_everyone_is_lost(world: World) -> None:
    for n in range(30):
        world.add(f"r{n}")
    world.freeze()
    with smtp(Sink(script=only("DOT", "554 5.6.0 looks like spam"))) as sink:
        done = world.post(sink.port).send()
    assert "10 messages in a row were refused" in done.stopped
    assert world.states() == {"queued": 20, "refused": 10}


def test_a_server_that_keeps_falling_silent_after_the_dot_is_left_after_three(world: World) -> None:
    for n in range(6):
        world.add(f"r{n}")
    world.freeze()
    with smtp(Sink(script=only("DOT", DROP))) as sink:
        done = world.post(sink.port).send()
    assert "fell silent after the end of 3 messages" in done.stopped
    assert world.states() == {"queued": 3, "committing": 3}


def test_nobody_listening_changes_nothing(world: World) -> None:
    world.add("anna")
    world.freeze()
    with smtp(Sink()) as sink:
        pass
    done = world.post(sink.port).send()
    assert "cannot be used (ConnectionRefusedError)" in done.stopped
    assert world.states() == {"queued": 1}


def server(sink: Sink, **more: Any) -> Server:
    return replace(Server("localhost", sink.port, "starttls", SENDER.host, reply_seconds=5), **more)


def test_over_tls_with_a_login_a_message_goes(world: World, tmp_path: Path) -> None:
    context, trusted = certificate(tmp_path)
    world.add("anna")
    world.freeze()
    options = {"tls_context": context, "auth_required": True, "authenticator": logins("us", "Kanarienvogel-7")}
    with smtp(Sink(), **options) as sink:
        way = Line(server(sink, ca_file=trusted, user="us", password="Kanarienvogel-7"))
        assert world.post(sink.port, way=way).send().sent == 1


def test_without_a_certificate_that_holds_nothing_is_sent(world: World, tmp_path: Path) -> None:
    world.add("anna")
    world.freeze()
    own, _ = certificate(tmp_path)
    other, other_trusted = certificate(tmp_path, "elsewhere.example")
    late, late_trusted = certificate(tmp_path, days=-1)
    for context, ca, said in (
        (own, None, "self-signed certificate"),
        (other, other_trusted, "Hostname mismatch"),
        (late, late_trusted, "expired"),
    ):
        with smtp(Sink(), tls_context=context) as sink:
            done = world.post(sink.port, way=Line(server(sink, ca_file=ca))).send()
        assert "has no valid certificate" in done.stopped
        assert said in done.stopped
        assert sink.taken == []
    assert world.states() == {"queued": 1}


def test_a_server_that_offers_no_encryption_gets_nothing_not_even_a_greeting_of_a_reader(world: World) -> None:
    world.add("anna")
    world.freeze()
    seen: list[str] = []
    with smtp(Sink(script=lambda point, to: seen.append(point))) as sink:  # type: ignore[func-returns-value]
        done = world.post(sink.port, way=Line(server(sink))).send()
    assert "offers no encryption (STARTTLS): nothing was sent" in done.stopped
    assert seen == []


def test_encryption_is_left_out_on_this_very_machine_only(world: World) -> None:
    world.add("anna")
    world.freeze()
    done = world.post(0, way=Line(Server("mail.example.org", 25, "none", SENDER.host))).send()
    assert "no encryption is set, and the server is not on this machine" in done.stopped


def test_a_wrong_password_is_said_without_saying_it(world: World, tmp_path: Path) -> None:
    context, trusted = certificate(tmp_path)
    world.add("anna")
    world.freeze()
    with smtp(Sink(), tls_context=context, auth_required=True, authenticator=logins("us", "right")) as sink:
        way = Line(server(sink, ca_file=trusted, user="us", password="Kanarienvogel-7"))
        done = world.post(sink.port, way=way).send()
    assert done.stopped.endswith("refuses the login (535)")
    assert "Kanarienvogel" not in f"{done} {way._server!r} {done.stopped}"


# --------------------------------------------------------------------------------------------- readers who leave, and claims


def test_who_leaves_before_their_message_is_claimed_gets_none(world: World) -> None:
    number = world.add("anna")
    world.freeze()
    world.readers.leave(world.readers.leaving_token(number, 1), world.now)
    with smtp(Sink()) as sink:
        world.post(sink.port).send()
    assert (sink.taken, world.states()) == ([], {"withdrawn": 1})


def test_who_leaves_at_the_very_last_moment_gets_none_either(world: World) -> None:
    number = world.add("anna")
    world.add("ben")
    world.freeze()

    def leave(step: str) -> None:
        if step == "offered":
            world.readers.leave(world.readers.leaving_token(number, 1), world.now)

    with smtp(Sink()) as sink:
        done = world.post(sink.port, step=leave).send()
    assert [to for to, _ in sink.taken] == ["ben@readers.example"]
    assert (done.withdrawn, done.sent) == (1, 1)
    assert world.states() == {"sent": 1, "withdrawn": 1}


def test_a_claim_that_lapsed_or_is_another_s_cannot_send(world: World) -> None:
    world.add("anna")
    world.freeze()
    outbox, lease = Outbox(world.file), timedelta(minutes=60)
    (mine,) = outbox.claim("one", world.now, lease, 10)
    assert outbox.claim("two", world.now, lease, 10) == []
    assert not outbox.mark(mine, "two", world.now)
    assert not outbox.mark(mine, "one", world.now + lease)
    assert outbox.mark(mine, "one", world.now)
    assert not outbox.mark(mine, "one", world.now)  # once


def test_a_second_sender_is_refused_while_the_first_sends(world: World) -> None:
    with world.file.lock.held(), pytest.raises(StoreError, match="already running"):
        World(world.home).post(1).send()


def test_mail_to_the_operator_waits_until_there_is_one_and_holds_up_nobody(world: World) -> None:
    letter = Rendered("s", "t", "", {})
    assert world.mailings.write_to(OPERATOR, "operator", "a test", letter, rules=world.policy.kinds.operator, now=world.now)
    assert not world.mailings.write_to(OPERATOR, "operator", "a test", letter, rules=world.policy.kinds.operator, now=world.now)
    world.add("anna")
    world.freeze()
    with smtp(Sink()) as sink:
        without = replace(world.post(sink.port), outbox=Outbox(world.file))
        assert without.send().sent == 1
        assert world.post(sink.port).send().sent == 1
    assert [to for to, _ in sink.taken] == ["anna@readers.example", "operator@monitor.example"]
    assert read(sink.taken[1][1])["List-Unsubscribe"] is None


def test_no_faster_than_the_policy_says(world: World) -> None:
    for n in range(4):
        world.add(f"r{n}")
    world.freeze()
    world.policy = policy(mails_per_minute=60)
    waited: list[float] = []
    with smtp(Sink()) as sink:
        world.post(sink.port, pause=waited.append).send()
    assert [round(seconds) for seconds in waited] == [0, 1, 2, 3]  # from the first message on; the pauses were not kept here


def test_only_as_many_as_asked_for(world: World) -> None:
    for n in range(4):
        world.add(f"r{n}")
    world.freeze()
    with smtp(Sink()) as sink:
        assert world.post(sink.port).send(most=3).sent == 3
    assert world.states() == {"queued": 1, "sent": 3}


def test_links_in_confirmations_are_forgotten_once_sent_and_messages_after_thirteen_months(world: World) -> None:
    world.add("anna")
    world.freeze()
    letter = Rendered("s", "open https://leave.monitor.example/confirm/abc", "", {})
    asked = world.readers.ask(address_of("new@readers.example"), Choice(), world.now, days=14)
    world.mailings.write_to(asked.id, "confirmation", "s-2", letter, rules=world.policy.kinds.confirmation, now=world.now)
    with smtp(Sink()) as sink:
        world.post(sink.port).send()
        assert len(sink.taken) == 2

        def kept() -> list[int]:
            with world.file.reading() as c:
                texts = c.exec_driver_sql("SELECT count(*) FROM content WHERE sealed IS NOT NULL").scalar()
                return [texts or 0, c.exec_driver_sql("SELECT count(*) FROM message").scalar() or 0]

        assert kept() == [1, 2]
        world.later(days=30.5 * 13 + 1)
        world.post(sink.port).send()
        assert kept() == [0, 0]
    assert not world.freeze().new  # and yet it is not sent again


def test_a_preview_needs_no_server_and_a_sending_says_what_is_missing() -> None:
    with pytest.raises(PostError, match="no mail server is set"):
        MailSettings(host="").as_sender()


def test_a_refusal_counts_even_where_the_server_hangs_up_over_it(world: World) -> None:
    world.add("anna")
    world.freeze()

    class Rude(Sink):
        async def handle_RSET(self, server: Any, session: Any, envelope: Any) -> str:
            server.transport.abort()
            return "421 gone"

    with smtp(Rude(script=only("RCPT", "550 5.1.1 unknown"))) as sink:
        assert world.post(sink.port).send().refused == 1
    assert world.states() == {"refused": 1}
