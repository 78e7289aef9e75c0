"""Whether the watch is being kept, and that somebody hears of it when it is not."""

from __future__ import annotations

import http.server
import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from monitor.post.health import Finding, Mail, findings
from monitor.post.heartbeat import beat
from monitor.post.office import Office
from monitor.post.periods import Due
from monitor.post.settings import MailSettings
from monitor.post.watch import tell
from tests.conftest import run_monitor
from tests.post_world import MONDAY, World
from tests.smtp_sink import Sink, smtp
from tests.test_post_cli import ENVIRONMENT, text_of

DUE = Due("2026-W48", MONDAY, MONDAY + timedelta(hours=5))
GOOD = {"source": "ucdp", "state": "ok", "newest_period": "2026-10-31", "max_age_days": 60, "error": "", "what_to_do": "",
        "last_good": "2026-11-22T05:31:00Z"}  # fmt: skip


def row(kind: str = "digest", period: str = "2026-W48", oldest: datetime | None = None, **states: int) -> Any:
    """Return how one mailing stands."""
    names = ("queued", "claimed", "committing", "held", "sent", "refused", "expired", "withdrawn")
    since = f"{oldest:%Y-%m-%dT%H:%M:%S.%fZ}" if oldest else None
    return SimpleNamespace(kind=kind, period=period, oldest=since, **{n: states.get(n, 0) for n in names})


def mail(*rows: Any, readers: int = 40) -> Mail:
    """Return the mail with these mailings, wanted by so many readers."""
    return Mail(rows, readers)


def found(hour: float = 4, **changes: Any) -> dict[str, Finding]:
    """Return what is found so many hours after Monday seven o'clock where all is well, but for some changes, by matter."""
    well: dict[str, Any] = {
        "run_due": MONDAY - timedelta(hours=1.5), "made_at": MONDAY - timedelta(hours=1.4), "overdue": timedelta(hours=3),
        "sources": [GOOD], "digest": DUE, "mail": mail(row(sent=40)),
    }  # fmt: skip
    return {f.matter: f for f in findings(MONDAY + timedelta(hours=hour), **{**well, **changes})}


def test_where_all_is_well_everything_that_was_looked_at_is_said() -> None:
    assert {m: (f.state, f.words) for m, f in found().items()} == {
        "run": ("ok", "the last assessment was made on 2026-11-23 05:36 UTC"),
        "source ucdp": ("ok", "figures to 2026-10-31"),
        "held mail": ("ok", "none"),
        "waiting mail": ("ok", "none"),
        "refused mail": ("ok", "0 of 40 of the digest 2026-W48 refused or given up"),
        "digest": ("ok", "2026-W48 is out"),
    }


OLD = MONDAY - timedelta(days=1, hours=1.4)
TABLE: list[tuple[str, float, dict[str, Any], str, str, str]] = [
    ("nothing was ever published", 4, {"made_at": None}, "run", "bad", "no assessment has been published"),
    ("a run is due and may still be at work", 1, {"made_at": OLD}, "run", "ok", "2026-11-22 05:36"),
    ("a run is three hours overdue", 1.5, {"made_at": OLD}, "run", "bad", "one was due on 2026-11-23 05:30 UTC"),
    ("no run is scheduled", 99, {"made_at": OLD, "run_due": None}, "run", "ok", "2026-11-22 05:36"),
    ("the clock was wrong", 4, {"made_at": MONDAY + timedelta(days=9)}, "run", "bad", "which has not come yet"),
    ("a source is stale", 4, {"sources": [{**GOOD, "state": "stale"}]}, "source ucdp", "bad", "stale: its newest figures are of"),
    ("a source failed", 4, {"sources": [{**GOOD, "state": "failed", "error": "not data"}]}, "source ucdp", "bad",
     "failed: not data; its last good figures, to 2026-10-31, stay in use"),
    ("a source was never collected", 4, {"sources": [{**GOOD, "state": "missing"}]}, "source ucdp", "bad", "never collected"),
    ("nobody has begun a post", 4, {"mail": None}, "mail", "ok", "no reader has been added yet"),
    ("the post cannot be opened", 4, {"mail": None, "mail_trouble": "x is damaged"}, "mail", "unknown", "x is damaged"),
    ("mail is held", 4, {"mail": mail(row(sent=39, held=1))}, "held mail", "bad", "whether these went: 1 of digest 2026-W48"),
    ("mail waits for a day", 26, {"mail": mail(row(queued=2, oldest=MONDAY))}, "waiting mail", "bad", "2 waiting, the first"),
    ("mail waits for an hour", 1, {"mail": mail(row(queued=2, oldest=MONDAY))}, "waiting mail", "ok", "2 waiting, the first"),
    ("one address of forty is gone", 4, {"mail": mail(row(sent=39, refused=1))}, "refused mail", "ok", "1 of 40"),
    ("a tenth and more is refused", 4, {"mail": mail(row(sent=35, refused=3, expired=2))}, "refused mail", "bad", "5 of 40"),
    ("the digest is not frozen and not late", 4.9, {"mail": mail()}, "digest", "ok", "is not out"),
    ("the digest is not frozen by noon", 5, {"mail": mail()}, "digest", "bad", "2026-W48 was due on 2026-11-23 07:00 UTC"),
    ("the digest is not all out by noon", 5, {"mail": mail(row(sent=38, queued=2, oldest=MONDAY))}, "digest", "bad",
     "2 of its messages have not gone"),
    ("last week's digest does not count", 5, {"mail": mail(row(period="2026-W47", sent=40))}, "digest", "bad", "is not out"),
    ("nobody wants the digest", 5, {"mail": mail(readers=0)}, "digest", "ok", "nobody wants 2026-W48"),
    ("no digest is scheduled", 5, {"digest": None, "mail": mail()}, "digest", "ok", "none is scheduled"),
]  # fmt: skip


@pytest.mark.parametrize(("hour", "changes", "matter", "state", "words"), [t[1:] for t in TABLE], ids=[t[0] for t in TABLE])
def test_each_trouble_is_found_when_it_is_one(hour: float, changes: dict[str, Any], matter: str, state: str, words: str) -> None:
    finding = found(hour, **changes)[matter]
    assert finding.state == state, finding
    assert words in finding.words
    assert bool(finding.what_to_do) == (state == "bad")


def test_a_trouble_that_lasts_is_told_of_once_and_a_new_one_again_and_several_in_one_mail(tmp_path: Path) -> None:
    world = World(tmp_path)
    given = {name.removeprefix("MONITOR_MAIL_").lower(): value for name, value in ENVIRONMENT.items()}
    old, new = {**GOOD, "state": "stale"}, {**GOOD, "source": "vdem", "state": "missing", "what_to_do": "look at its page"}
    with smtp(Sink()) as sink:
        office = Office(tmp_path, MailSettings(**given, port=sink.port), world.policy, lambda: world.now)
        told = [tell(office, list(found(sources=s).values())) for s in ([old], [old], [old, new], [GOOD, new])]
        assert told == [1, 0, 1, 0]
        again = {**old, "last_good": "2026-12-24T05:31:00Z"}  # it had recovered in between
        assert tell(office, list(found(sources=[again], mail=mail(row(sent=39, held=1))).values())) == 2
        office.post().send()
    assert [to for to, _ in sink.taken] == ["operator@monitor.example"] * 3
    first, second, third = (text_of(content) for _, content in sink.taken)
    assert "source ucdp: stale: its newest figures are of 2026-10-31" in first
    assert "run `monitor collect`" in first
    assert "source vdem: never collected.\r\n    look at its page" in second
    assert ("source ucdp" in third, "held mail" in third) == (True, True)
    assert b"Subject: Monitor: 2 things need somebody\r\n" in sink.taken[2][1]


def test_health_of_a_home_where_nothing_was_done_is_said_and_nothing_is_made(tmp_path: Path) -> None:
    home = tmp_path / "home"
    shown, as_json = (run_monitor("health", *more, home=home) for more in ((), ("--json",)))
    assert shown.returncode == as_json.returncode == 3
    assert "✗ run: no assessment has been published" in shown.stdout
    told = json.loads(as_json.stdout)
    assert told["ok"] is False
    assert told["findings"][0]["matter"] == "run"
    assert not home.exists()


def test_health_of_a_run_with_no_network_names_every_source(published_home: Path) -> None:
    done = run_monitor("health", "--json", home=published_home)
    assert done.returncode == 3
    told = {f["matter"]: f for f in json.loads(done.stdout)["findings"]}
    assert told["run"]["state"] == "ok"
    assert told["source vdem"]["state"] == "bad"
    assert told["mail"]["words"] == "no reader has been added yet"
    assert run_monitor("health", "--tell", home=published_home).returncode == 5  # there is no operator to tell


# ------------------------------------------------------------------------------------------------------------- sign of life


@contextmanager
def listening(status: int) -> Iterator[tuple[str, list[str]]]:
    """Run a server that answers so; yield its address and the requests that came."""
    asked: list[str] = []

    class Handler(http.server.BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            asked.append(self.path)
            self.send_response(status)
            self.send_header("Location", f"http://127.0.0.1:{server.server_address[1]}/elsewhere")
            self.end_headers()

        def log_message(self, *_: object) -> None:
            pass

    server = http.server.HTTPServer(("127.0.0.1", 0), Handler)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    try:
        yield f"http://127.0.0.1:{server.server_address[1]}/ping/Kanarienvogel-7?x=1", asked
    finally:
        server.shutdown()
        server.server_close()


@pytest.mark.parametrize("status", [200, 302, 500])
def test_a_sign_of_life_is_one_request_and_follows_nothing(status: int) -> None:
    with listening(status) as (address, asked):
        assert beat(address) == ("" if status == 200 else f"the heartbeat address answers {status}")
        assert asked == ["/ping/Kanarienvogel-7?x=1"]


def test_an_address_that_does_not_answer_is_said_without_its_secret() -> None:
    with listening(200) as (address, _):
        pass
    assert beat(address) == "the heartbeat address cannot be reached (ConnectionRefusedError)"


def test_a_run_gives_a_sign_of_life_that_shows_nowhere(tmp_path: Path) -> None:
    with listening(200) as (address, asked):
        done = run_monitor("run", "--json", home=tmp_path, MONITOR_MAIL_HEARTBEAT=address, MONITOR_MIRROR="http://127.0.0.1:1")
        assert asked == ["/ping/Kanarienvogel-7?x=1"], done.stderr
    assert "Kanarienvogel" not in done.stdout + done.stderr
