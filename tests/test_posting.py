"""From what was published to the mail: the digest of the week once, and what may not wait once for each alert."""

from __future__ import annotations

import email
import email.policy
import re
import shutil
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from monitor.post.office import Office
from monitor.post.settings import MailSettings
from monitor.posting import digest_due, freeze_digest, freeze_urgent
from monitor.settings import Config, load_config
from monitor.storage import StorageError
from monitor.storage.snapshot import publish
from tests.alert_world import alert, manifest, said, week
from tests.conftest import CONFIG, run_monitor
from tests.post_world import World
from tests.smtp_sink import Sink, smtp
from tests.test_post_cli import ENVIRONMENT, monitor, text_of

SEVEN = datetime(2026, 11, 23, 7, tzinfo=UTC)  # Monday, in London winter time
READERS = (("everything", ()), ("aaa", ("AAA",)), ("bbb", ("BBB",)))


@dataclass
class Desk:
    """A post beside a home in which weeks are published by hand."""

    world: World
    office: Office
    config: Config

    def publish(self, as_of: str, *rows: dict[str, Any], alerts: Any = ()) -> None:
        tables = week(*rows, alerts=alerts)
        about = {k: v for k, v in manifest(as_of=as_of).items() if k != "tables"}
        publish(self.world.home, tables, about, f"{as_of.replace('-', '')}-{len(alerts)}")

    def sent(self) -> dict[str, str]:
        """Send what waits; return the text that each reader got."""
        with smtp(Sink()) as sink:
            self.world.post(sink.port).send()
        return {to.split("@")[0]: text_of(content) for to, content in sink.taken}


@pytest.fixture
def desk(tmp_path: Path) -> Desk:
    world = World(tmp_path, SEVEN)
    for name, countries in READERS:
        world.add(name, *countries, frequency="both")
    given = {name.removeprefix("MONITOR_MAIL_").lower(): value for name, value in ENVIRONMENT.items()}
    office = Office(tmp_path, MailSettings(**given), world.policy, lambda: world.now)
    return Desk(world, office, load_config(CONFIG))


def test_the_digest_of_the_week_is_frozen_once_and_each_reader_gets_their_own_countries(desk: Desk) -> None:
    desk.publish("2026-11-23", said("AAA", "high"), said("BBB", "elevated"), alerts=[alert("AAA"), alert("BBB")])
    done = freeze_digest(desk.office, desk.config)
    assert (done.period, done.readers, done.texts, done.new) == ("2026-W48", 3, 3, True)
    got = desk.sent()
    names = {who: set(re.findall(r"\b(AAA|BBB)\b", text)) for who, text in got.items()}
    assert names == {"everything": {"AAA", "BBB"}, "aaa": {"AAA"}, "bbb": {"BBB"}}
    desk.world.later(hours=3)
    desk.publish("2026-11-24", said("AAA", "high"))
    assert not freeze_digest(desk.office, desk.config).new
    assert desk.sent() == {}


def test_a_run_of_the_day_before_still_gives_the_digest_of_this_week(desk: Desk) -> None:
    desk.publish("2026-11-22", said("AAA"))
    assert freeze_digest(desk.office, desk.config).period == "2026-W48"
    assert "2026-W48" in desk.sent()["aaa"]


def test_after_three_weeks_off_one_digest_looks_back_to_the_last(desk: Desk) -> None:
    desk.publish("2026-11-23", said("AAA"))
    freeze_digest(desk.office, desk.config)
    desk.sent()
    desk.world.later(days=22)
    old = alert("AAA", as_of="2026-11-30", words="newly elevated, two weeks ago")
    desk.publish("2026-12-15", said("AAA", "elevated"), alerts=[old])
    period, content = digest_due(desk.office, desk.config)
    assert (period, content.since) == ("2026-W51", "2026-11-23")
    assert freeze_digest(desk.office, desk.config).new
    assert "two weeks ago" in desk.sent()["aaa"]
    assert desk.office.mailings.periods("digest") == ["2026-W48", "2026-W51"]


def test_what_may_not_wait_goes_once_for_each_alert_to_whom_it_concerns(desk: Desk) -> None:
    loud = alert("AAA", reason="escalated", immediate=True, approved=True, level="high")
    desk.publish("2026-11-23", said("AAA", "high"), said("BBB", "high"), alerts=[loud])
    done = freeze_urgent(desk.office, desk.config)
    assert done is not None
    assert (done.readers, done.period) == (2, "AAA-level-escalated")
    assert set(desk.sent()) == {"everything", "aaa"}
    assert freeze_urgent(desk.office, desk.config) is None
    more = alert("BBB", reason="escalated", immediate=True, approved=True, level="high")
    desk.publish("2026-11-24", said("AAA", "high"), said("BBB", "high"), alerts=[loud, more])
    desk.world.later(days=1)
    done = freeze_urgent(desk.office, desk.config)
    assert done is not None
    assert (done.readers, done.period) == (2, "BBB-level-escalated")
    got = desk.sent()
    assert set(got) == {"everything", "bbb"}
    assert "AAA" not in got["everything"]


@pytest.mark.parametrize("change", [{"approved": False}, {"immediate": False}])
def test_what_has_not_been_approved_or_may_wait_is_not_sent_at_once(desk: Desk, change: dict[str, Any]) -> None:
    one = alert("AAA", reason="escalated", **{"immediate": True, "approved": True, "level": "high", **change})
    desk.publish("2026-11-23", said("AAA", "high"), alerts=[one])
    assert freeze_urgent(desk.office, desk.config) is None


@pytest.mark.parametrize("freeze", [freeze_digest, freeze_urgent])
def test_before_anything_was_published_nothing_is_frozen(desk: Desk, freeze: Callable[[Office, Config], object]) -> None:
    with pytest.raises(StorageError, match="nothing has been published yet"):
        freeze(desk.office, desk.config)
    assert desk.sent() == {}


def test_the_real_digest_of_the_bundled_figures_goes_out_over_the_real_command(published_home: Path, tmp_path: Path) -> None:
    home = tmp_path / "home"
    shutil.copytree(published_home / "published", home / "published")
    (tmp_path / "l.csv").write_text("address,countries,confirmed_on\na@x.example,SDN,2026-01-01\nb@x.example,,2026-01-01\n")
    with smtp(Sink()) as sink:
        monitor(home, "subscribers", "import", str(tmp_path / "l.csv"), port=sink.port)
        done = monitor(home, "send", "--digest", "--urgent", "--yes", port=sink.port)
        assert done.returncode == 0, done.stderr
        assert done.stdout == "2 sent\n"
        assert re.search(r"^digest 20\d\d-W\d\d frozen: 2 readers, 2 texts$", done.stderr, re.M), done.stderr
        assert monitor(home, "send", "--digest", "--yes", port=sink.port).stdout == "nothing was due\n"
    by = dict(sink.taken)
    assert "WHAT WE COULD NOT SEE THIS WEEK" in text_of(by["b@x.example"]).upper()
    message: Any = email.message_from_bytes(by["a@x.example"], policy=email.policy.default)
    page = message.get_body(("html",)).get_content()
    assert not re.search(r"<script|<img[^>]+https?:|<link|@import|url\(", page)
    assert all(len(line) <= 998 for line in by["b@x.example"].split(b"\r\n"))
    look = run_monitor("send", "--digest", "--preview", str(tmp_path / "look"), home=home)
    assert look.returncode == 0, look.stderr
    assert len(list((tmp_path / "look").iterdir())) == 3
