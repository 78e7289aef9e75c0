"""`make bench`: how long the main job takes on this machine, in a fresh process each, three times, the middle one shown.

Figures, never a test: a slow machine is not a broken program.
"""

from __future__ import annotations

import json
import os
import platform
import re
import resource
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

TIMES = 3
IMPORT = "import time; t = time.perf_counter(); import monitor.cli; print(time.perf_counter() - t)"
PANEL = """
import time
from monitor.storage.snapshot import Snapshot
from pathlib import Path
s = Snapshot.open(Path({home!r}))
t = time.perf_counter(); f = s.table("observations"); print(time.perf_counter() - t)
"""
PAST = """
import time
from datetime import UTC, datetime
from monitor.storage.store import Store
from pathlib import Path
s = Store(Path({home!r}))
t = time.perf_counter(); f = s.panel(datetime.now(UTC)); print(time.perf_counter() - t)
"""
ASSESS = """
import time
from datetime import UTC, date, datetime
from pathlib import Path
from monitor.pipeline import Monitor
from monitor.settings import Settings, load_config
from monitor.storage.store import Store
settings = Settings(home=Path({home!r}))
m = Monitor(settings, load_config(settings.config), Store(settings.home), lambda: datetime.now(UTC))
cube = m.cube(m.store.panel())
t = time.perf_counter(); m.assess(cube, date(2026, 11, 25)); print(time.perf_counter() - t)
"""
INTERVALS = ASSESS.replace("m.assess(cube, date(2026, 11, 25))", "intervals(now, m.config.framework)").replace(
    "t = time.perf_counter();",
    "from monitor.risk.uncertainty import intervals\nnow = m.assess(cube, date(2026, 11, 25))\nt = time.perf_counter();",
)
PAGE = """
import time
from playwright.sync_api import sync_playwright
with sync_playwright() as play:
    quiet = ["--no-sandbox", "--disable-gpu", "--disable-background-networking"]
    browser = play.chromium.launch(executable_path="/usr/bin/chromium", args=quiet)
    page = browser.new_page()
    t = time.perf_counter()
    page.goto({address!r})
    page.get_by_role("heading", name="Every country").wait_for()
    page.locator("canvas, svg.marks").first.wait_for()
    print(time.perf_counter() - t)
    browser.close()
"""


@contextmanager
def dashboard(home: str) -> Iterator[str]:
    """Yield the address of a dashboard over ``home``, started for the measurement."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    command = [sys.executable, "-m", "monitor", "dashboard", "--home", home, "--port", str(port)]
    server = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, start_new_session=True)
    try:
        for _ in range(100):
            time.sleep(0.2)
            with socket.socket() as trying:
                if trying.connect_ex(("127.0.0.1", port)) == 0:
                    break
        yield f"http://127.0.0.1:{port}/"
    finally:
        os.killpg(server.pid, signal.SIGTERM)
        server.wait(timeout=10)


def main() -> None:
    """Measure and print one line each."""
    print(
        f"{platform.processor() or platform.machine()}, {cores()} cores, Python {platform.python_version()}, {platform.system()}"
    )
    with tempfile.TemporaryDirectory() as folder:
        home = str(Path(folder) / "home")
        line("first run, no network, empty home", "", lambda: timed(run_command(home)), once=True)
        line("warm run, no network", "under 15 s", lambda: timed(run_command(home)))
        rows = json.loads((next((Path(home) / "published").glob("*/manifest.json"))).read_text())["tables"]["observations"][
            "rows"
        ]
        print(f"  observations in the record: {rows:,}")
        line("import of monitor.cli", "under 0.4 s", lambda: printed(IMPORT))
        line("latest panel from Parquet", "under 1 s", lambda: printed(PANEL.format(home=home)))
        line("panel as of a past moment from the record", "under 8 s", lambda: printed(PAST.format(home=home)))
        line("assess all countries for one date", "under 1 s", lambda: printed(ASSESS.format(home=home)))
        line("intervals of all countries, 500 draws", "under 3 s", lambda: printed(INTERVALS.format(home=home)))
        if shutil.which("chromium"):
            with dashboard(home) as address:
                line("dashboard, first page in Chromium", "under 2.5 s", lambda: printed(PAGE.format(address=address)))
        else:
            print("  dashboard, first page in Chromium             not measured: chromium is not installed")


def cores() -> int:
    """Return how many cores this process may use."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


def run_command(home: str) -> list[str]:
    """Return the command of the main job with the network closed."""
    return [sys.executable, "-m", "monitor", "run", "--offline", "--home", home]


def timed(command: list[str]) -> float:
    """Return the wall time of a command in seconds."""
    begun = time.perf_counter()
    subprocess.run(command, check=True, capture_output=True)
    return time.perf_counter() - begun


def printed(code: str) -> float:
    """Return the seconds that a piece of code prints, run in a fresh process."""
    done = subprocess.run([sys.executable, "-c", code], check=True, capture_output=True, text=True)
    found = re.search(r"[\d.]+(?:e-\d+)?", done.stdout)
    assert found, done.stdout
    return float(found[0])


def line(title: str, goal: str, measure: Callable[[], float], *, once: bool = False) -> None:
    """Print the middle of several measurements, and the largest memory of any child so far."""
    seconds = sorted(measure() for _ in range(1 if once else TIMES))
    peak = resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss / 1024
    print(f"  {title:45s} {seconds[len(seconds) // 2]:7.2f} s   {f'goal {goal}' if goal else '':18s} peak so far {peak:,.0f} MB")


if __name__ == "__main__":
    main()
