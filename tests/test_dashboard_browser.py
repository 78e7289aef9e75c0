"""The dashboard in a real browser: every request stays on this machine, clicks open countries, hostile text stays text."""

from __future__ import annotations

import os
import re
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest

from tests.published import publish_made

playwright = pytest.importorskip("playwright.sync_api", reason="the browser tests need the Python package playwright")

ROOT = Path(__file__).resolve().parents[1]
CHROMIUM = Path("/usr/bin/chromium")
HOSTILE = (
    '<script>document.title="owned"</script> <img src=x onerror=alert(1)> ![p](https://t.example/p.png) :red[x] $y$ '
    ":material/home: [a](javascript:alert(1)) www.t.example a -> b **c**"
)
PHONE, DESK = {"width": 390, "height": 844}, {"width": 1400, "height": 900}

pytestmark = [
    pytest.mark.browser,
    pytest.mark.enable_socket,
    pytest.mark.skipif(not CHROMIUM.exists(), reason="Chromium is not installed at /usr/bin/chromium"),
]


@pytest.fixture(scope="module")
def browser() -> Iterator[Any]:
    with playwright.sync_playwright() as p:
        started = p.chromium.launch(executable_path=str(CHROMIUM), args=["--no-sandbox"])
        yield started
        started.close()


def serve(home: Path) -> Iterator[str]:
    """Yield the address of a dashboard over ``home``, on a free port of this machine."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    process = subprocess.Popen(
        [sys.executable, "-m", "streamlit", "run", "dashboard/app.py", "--server.port", str(port)],
        cwd=ROOT,
        env={**os.environ, "MONITOR_HOME": str(home)},
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    address = f"http://127.0.0.1:{port}"
    try:
        for _ in range(120):
            try:
                urllib.request.urlopen(f"{address}/_stcore/health", timeout=1).read()
                break
            except (urllib.error.URLError, OSError):
                time.sleep(0.25)
        else:
            pytest.fail("the dashboard did not start within 30 seconds")
        yield address
    finally:
        process.terminate()
        process.wait(timeout=15)


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    home = tmp_path_factory.mktemp("made")
    publish_made(home)
    yield from serve(home)


@pytest.fixture(scope="module")
def hostile(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    home = tmp_path_factory.mktemp("hostile")
    publish_made(home, hostile=HOSTILE)
    yield from serve(home)


@pytest.fixture(scope="module")
def empty(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    yield from serve(tmp_path_factory.mktemp("empty"))


class Watched:
    """A page whose requests and console are written down."""

    def __init__(self, browser: Any, size: dict[str, int], scheme: str) -> None:
        self.context = browser.new_context(viewport=size, color_scheme=scheme)
        self.page = self.context.new_page()
        self.asked: list[str] = []
        self.errors: list[str] = []
        self.page.on("request", lambda r: self.asked.append(r.url))
        self.page.on("websocket", lambda w: self.asked.append(w.url))
        self.page.on("console", lambda m: self.errors.append(f"{m.text} {m.location}") if m.type == "error" else None)
        self.page.on("pageerror", lambda e: self.errors.append(str(e)))

    def open(self, address: str) -> Any:
        self.page.goto(address)
        self.page.wait_for_selector('[data-testid="stMain"] h1', timeout=30_000)
        self.settle()
        return self.page

    def settle(self) -> None:
        """Wait until the page's script has ended and its charts are drawn."""
        self.page.wait_for_selector('[data-testid="stApp"][data-test-script-state="notRunning"]', timeout=30_000)
        self.page.wait_for_timeout(600)

    def check(self) -> None:
        """Assert that nothing left this machine and nothing went wrong. A deep link makes Streamlit look for its own base path:
        two answers 404 below /country, harmless."""
        foreign = {u for u in self.asked if urlsplit(u).hostname != "127.0.0.1" and not u.startswith(("data:", "blob:"))}
        assert not foreign
        assert not [e for e in self.errors if not re.search(r"404 .*/country/_stcore/(health|host-config)", e)]
        self.context.close()


@pytest.fixture
def watched(browser: Any) -> Iterator[Watched]:
    one = Watched(browser, DESK, "light")
    yield one
    one.check()


def test_the_overview_shows_its_map_and_what_could_not_be_seen(made: str, watched: Watched) -> None:
    page = watched.open(made)
    assert page.locator("h1").inner_text() == "Risk of mass atrocities, 2 Jan 2026"
    assert page.locator('[data-testid="stAlert"]').get_by_text("Could not be reached: Made-up source B").is_visible()
    assert page.locator('[data-testid="stVegaLiteChart"] svg.marks').is_visible()
    assert page.get_by_text("Deploy").count() == 0


def test_a_click_on_a_name_in_the_table_opens_that_country(made: str, watched: Watched) -> None:
    page = watched.open(made)
    table = page.locator('[data-testid="stDataFrame"]').first
    table.scroll_into_view_if_needed()
    box = table.bounding_box()
    row = 3  # Cameroon stands third
    page.mouse.click(box["x"] + 40, box["y"] + 35 * row + 17)
    page.wait_for_url("**/country?iso3=CMR", timeout=15_000)
    page.locator("h1", has_text="Cameroon").wait_for()
    watched.settle()


def test_a_click_on_a_name_still_opens_it_when_the_table_is_sorted_anew(made: str, watched: Watched) -> None:
    page = watched.open(made)
    table = page.locator('[data-testid="stDataFrame"]').first
    table.scroll_into_view_if_needed()
    box = table.bounding_box()
    page.mouse.click(box["x"] + 40, box["y"] + 17)  # the head of the column: A to Z
    page.wait_for_timeout(500)
    page.mouse.click(box["x"] + 40, box["y"] + 35 * 6 + 17)  # the last of six: UK
    page.wait_for_url("**/country?iso3=GBR", timeout=15_000)
    watched.settle()


def test_a_click_on_the_map_opens_that_country(made: str, watched: Watched) -> None:
    page = watched.open(made)
    drawing = page.locator('[data-testid="stVegaLiteChart"] svg.marks')
    drawing.scroll_into_view_if_needed()
    box = drawing.bounding_box()
    tooltip = page.locator("#vg-tooltip-element")
    for x, y in [(0.28 + 0.02 * i, 0.56 + 0.04 * j) for i in range(7) for j in range(5)]:
        page.mouse.move(box["x"] + x * box["width"], box["y"] + y * box["height"])
        page.wait_for_timeout(60)
        if "Brazil" in (tooltip.text_content() or "" if tooltip.count() else ""):
            assert "insufficient data" in tooltip.text_content()
            page.mouse.click(box["x"] + x * box["width"], box["y"] + y * box["height"])
            break
    page.wait_for_url("**/country?iso3=BRA", timeout=15_000)
    page.get_by_text("This is not a low level").wait_for()
    watched.settle()


def test_a_watched_country_is_a_link_and_back_leads_back(made: str, watched: Watched) -> None:
    page = watched.open(made)
    page.get_by_role("link", name="Myanmar").first.click()
    page.wait_for_url("**/country?iso3=MMR", timeout=15_000)
    page.get_by_text("Level held.").wait_for()
    page.go_back()
    page.locator("h1", has_text="Risk of mass atrocities").wait_for()
    watched.settle()


def test_a_deep_link_opens_its_country_even_as_the_first_page_of_a_new_server(tmp_path: Path, watched: Watched) -> None:
    publish_made(tmp_path)
    for address in serve(tmp_path):
        page = watched.open(f"{address}/country?iso3=KEN")
        assert page.locator("h1").inner_text() == "Kenya"
        assert page.locator('[data-testid="stSidebar"]').get_by_text("Framework").count() == 1
        watched.settle()
        watched.check()


def test_choosing_another_country_keeps_the_address_in_step(made: str, watched: Watched) -> None:
    page = watched.open(f"{made}/country?iso3=KEN")
    page.get_by_role("combobox").first.click()
    page.get_by_role("option", name="Tuvalu").click()
    page.locator("h1", has_text="Tuvalu").wait_for()
    page.wait_for_url("**/country?iso3=TUV", timeout=15_000)
    watched.settle()


def test_an_indicator_opens_to_its_readings(made: str, watched: Watched) -> None:
    page = watched.open(f"{made}/country?iso3=CMR")
    page.get_by_text("1. Made-up factor of conflict").last.click()
    reading = page.locator('[data-testid="stExpander"]').get_by_text("Made-up deaths 12 months: 111 deaths")
    reading.wait_for()
    watched.settle()


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("where", ["", "/country?iso3=CMR"])
def test_nothing_is_wider_than_a_phone(made: str, browser: Any, scheme: str, where: str) -> None:
    watched = Watched(browser, PHONE, scheme)
    page = watched.open(made + where)
    wide = page.evaluate("document.querySelector('[data-testid=\"stMain\"]').scrollWidth")
    assert wide <= PHONE["width"]
    light = page.evaluate("getComputedStyle(document.querySelector('[data-testid=\"stApp\"]')).backgroundColor")
    assert light == {"light": "rgb(255, 255, 255)", "dark": "rgb(17, 22, 28)"}[scheme]
    watched.check()


def test_without_a_snapshot_the_first_page_says_what_to_do(empty: str, watched: Watched) -> None:
    page = watched.open(empty)
    assert page.get_by_text("No assessment yet").is_visible()
    assert page.get_by_text("make run").is_visible()
    assert page.locator("canvas").count() == 0


@pytest.mark.parametrize("where", ["", "/country?iso3=CMR"])
def test_hostile_text_is_shown_letter_by_letter(hostile: str, watched: Watched, where: str) -> None:
    page = watched.open(hostile + where)
    for closed in page.locator('[data-testid="stExpander"] summary').all():
        closed.click()
    watched.settle()
    main = page.locator('[data-testid="stMain"]')
    assert page.title() != "owned"
    assert main.locator("script, img, iframe, object, embed, .katex").count() == 0
    assert (
        page.evaluate(
            "[...document.querySelectorAll('*')].filter(e => e.getAttributeNames().some(n => n.startsWith('on'))).length"
        )
        == 0
    )
    assert main.locator("a[href*='t.example'], a[href^='javascript']").count() == 0
    shown = main.inner_text().replace("\N{WORD JOINER}", "")
    assert HOSTILE in shown
    assert main.locator("span[style*='color']", has_text=re.compile("^x$")).count() == 0


def test_another_host_name_is_refused(made: str) -> None:
    """A foreign name that was pointed at this machine (DNS rebinding) gets no socket."""
    port = urlsplit(made).port
    with socket.create_connection(("127.0.0.1", port), timeout=5) as line:
        line.sendall(
            b"GET /_stcore/stream HTTP/1.1\r\nHost: evil.example\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
            b"Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Version: 13\r\n\r\n"
        )
        answer = line.recv(200).split(b"\r\n")[0]
    assert b" 101 " not in answer
