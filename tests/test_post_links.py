"""The pages on which readers confirm and leave, asked over the wire from the real process."""

from __future__ import annotations

import http.client
import re
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path

import pytest

from monitor.post.addresses import address_of
from monitor.post.readers import Choice
from tests.conftest import ROOT, run_monitor
from tests.post_world import World
from tests.smtp_sink import free_port
from tests.test_post_subscribers import CANARY

ONE_CLICK = b"List-Unsubscribe=One-Click"
FORM = {"Content-Type": "application/x-www-form-urlencoded"}
MULTIPART = (
    b'--xyz\r\nContent-Disposition: form-data; name="List-Unsubscribe"\r\n\r\nOne-Click\r\n--xyz--\r\n',
    {"Content-Type": "multipart/form-data; boundary=xyz"},
)


@contextmanager
def served(home: Path) -> Iterator[tuple[int, subprocess.Popen[str]]]:
    """Run `monitor serve` over a home, without the key lying there."""
    port = free_port()
    environment = {"MONITOR_HOME": str(home), "PATH": "/usr/bin:/bin", "HOME": str(home)}
    command = [sys.executable, "-m", "monitor", "serve", "--port", f"{port}"]
    process = subprocess.Popen(command, env=environment, cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
    try:
        for _ in range(200):
            try:
                ask(port, "GET", "/healthz")
                break
            except OSError:
                time.sleep(0.1)
        yield port, process
    finally:
        process.kill()
        process.wait()


def ask(
    port: int, verb: str, path: str, body: bytes = b"", headers: dict[str, str] | None = None
) -> tuple[int, str, dict[str, str]]:
    line = http.client.HTTPConnection("127.0.0.1", port, timeout=10)
    try:
        line.request(verb, path, body or None, headers or (FORM if body else {}))
        answer = line.getresponse()
        return answer.status, answer.read().decode(), dict(answer.getheaders())
    finally:
        line.close()


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory) -> World:
    return World(tmp_path_factory.mktemp("home"))


@pytest.fixture(scope="module")
def server(world: World) -> Iterator[tuple[int, subprocess.Popen[str]]]:
    with served(world.home) as running:
        yield running


def state(world: World, number: int) -> str:
    reader = world.readers.get(number)
    assert reader is not None
    return reader.state


def reader(world: World, name: str) -> tuple[int, str]:
    number = world.add(name)
    return number, f"/leave/{world.readers.leaving_token(number, 1)}"


def test_opening_the_link_changes_nothing_and_its_button_does(world: World, server: tuple[int, object]) -> None:
    number, path = reader(world, "anna")
    port = server[0]
    for verb in ("GET", "HEAD"):
        assert ask(port, verb, path)[0] == 200
        assert state(world, number) == "active"
    page = ask(port, "GET", path)[1]
    field = re.search(r'<input type="hidden" name="(\S+)" value="(\S+)"><button>Leave</button>', page)
    assert field
    assert f"{field[1]}={field[2]}".encode() == ONE_CLICK
    assert ask(port, "POST", path, ONE_CLICK)[:1] == (200,)
    assert state(world, number) == "gone"
    status, page, _ = ask(port, "POST", path, ONE_CLICK)  # pressed twice
    assert status == 200
    assert "You have left" in page


def test_a_mail_program_s_one_click_works_in_either_encoding_and_is_not_redirected(
    world: World, server: tuple[int, object]
) -> None:
    number, path = reader(world, "ben")
    status, _, headers = ask(server[0], "POST", path, *MULTIPART)
    assert (status, "location" in {h.lower() for h in headers}) == (200, False)
    assert state(world, number) == "gone"


@pytest.mark.parametrize(
    ("verb", "body", "expected"),
    [("POST", b"", 400), ("POST", b"List-Unsubscribe=Two-Clicks", 400), ("POST", b"x" * 100_000, 400), ("PUT", ONE_CLICK, 404),
     ("DELETE", b"", 404)],
)  # fmt: skip
def test_anything_else_changes_nothing(world: World, server: tuple[int, object], verb: str, body: bytes, expected: int) -> None:
    number, path = reader(world, f"r{verb}{len(body)}".lower())
    assert ask(server[0], verb, path, body)[0] == expected
    assert state(world, number) == "active"


def test_a_link_that_is_not_known_is_said_to_be_so(server: tuple[int, object]) -> None:
    for path in ("/leave/AAAAAAAAAAAAAAAAAAAAAA", "/leave/%00%0d%0aX", "/confirm/' OR 1=1"):
        status, page, _ = ask(server[0], "POST", path.replace(" ", "%20"), ONE_CLICK if "leave" in path else b"confirm=yes")
        assert status == 404
        assert "This link is not known" in page
    assert ask(server[0], "GET", "/")[0] == ask(server[0], "GET", "/leave/a/b")[0] == 404


def test_a_reader_confirms_on_the_page(world: World, server: tuple[int, object]) -> None:
    asked = world.readers.ask(address_of(CANARY), Choice(), datetime.now(UTC), days=14)
    path = f"/confirm/{asked.token}"
    assert "<button>Confirm</button>" in ask(server[0], "GET", path)[1]
    assert state(world, asked.id) == "pending"
    assert ask(server[0], "POST", path, b"confirm=yes")[0] == 200
    assert state(world, asked.id) == "active"


def test_pages_ask_for_nothing_elsewhere_and_let_nobody_look_in(server: tuple[int, object]) -> None:
    _, page, headers = ask(server[0], "GET", "/leave/AAAAAAAAAAAAAAAAAAAAAA")
    assert "default-src 'none'" in headers["content-security-policy"]
    assert (headers["referrer-policy"], headers["cache-control"]) == ("no-referrer", "no-store")
    assert not {"set-cookie", "server", "date"} & {h.lower() for h in headers}
    assert not re.search(r"https?://|src=|<script|<link|@import", page)
    assert "AAAA" not in page


def test_the_process_says_whether_it_works_stops_when_told_and_has_logged_nobody(world: World, tmp_path: Path) -> None:
    key = world.home / "post.key"
    number, path = reader(world, "carla")
    kept = key.read_bytes()
    key.unlink()
    try:
        with served(world.home) as (port, process):
            assert ask(port, "GET", "/healthz")[:2] == (200, "ok\n")
            assert ask(port, "POST", path, ONE_CLICK)[0] == 200
            assert listens_on(port) in ({"127.0.0.1"}, set())
            process.send_signal(signal.SIGTERM)
            said, complained = process.communicate(timeout=20)
    finally:
        key.write_bytes(kept)
    assert (said, complained) == ("", f"http://127.0.0.1:{port}/healthz  (Ctrl-C to stop)\n")
    assert state(world, number) == "gone"
    with served(tmp_path) as (port, _):
        assert ask(port, "GET", "/healthz")[:2] == (503, "not ok\n")
        assert ask(port, "POST", path, ONE_CLICK)[0] == 503
    assert list(tmp_path.iterdir()) == []


def listens_on(port: int) -> set[str]:
    """Return the addresses that somebody listens on at a port, as Linux lists them; empty elsewhere."""
    table = Path("/proc/net/tcp")
    rows = [line.split() for line in table.read_text().splitlines()[1:]] if table.exists() else []
    found = [row[1].split(":")[0] for row in rows if row[3] == "0A" and int(row[1].split(":")[1], 16) == port]
    return {".".join(f"{byte}" for byte in reversed(bytes.fromhex(each))) for each in found}


def test_it_answers_on_this_machine_alone_unless_told_otherwise(tmp_path: Path) -> None:
    done = run_monitor("serve", "--host", "0.0.0.0", home=tmp_path)
    assert done.returncode == 2
    assert "--public" in done.stderr


@pytest.mark.parametrize("verb", ["serve", "health"])
def test_the_verbs_have_help_with_an_example(verb: str, tmp_path: Path) -> None:
    done = run_monitor(verb, "--help", home=tmp_path)
    assert done.returncode == 0
    assert f"Example: monitor {verb}" in " ".join(done.stdout.split())
