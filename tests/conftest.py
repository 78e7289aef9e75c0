"""Shared fixtures: the replay of the real sources (when it lies beside the checkout) and the config as shipped."""

from __future__ import annotations

import fcntl
import os
import re
import subprocess
import sys
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[1]
REPLAY = Path(__file__).resolve().parents[2] / "shared" / "upstream"
FIXTURES = Path(__file__).resolve().parent / "fixtures"
CONFIG = Path(__file__).resolve().parents[1] / "config"


@pytest.fixture(scope="session")
def upstream() -> Iterator[str]:
    """Return the base URL of a replay of the real sources, started for this session on a free port."""
    if not (REPLAY / "serve.py").is_file():
        pytest.skip("the replay of the real sources is not beside this checkout")
    server = subprocess.Popen(
        [sys.executable, "serve.py", "--port", "0"], cwd=REPLAY, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True
    )
    assert server.stdout is not None
    found = re.search(r"http://[\d.]+:\d+", server.stdout.readline())
    assert found, "the replay server did not say where it listens"
    yield found[0]
    server.terminate()
    server.wait(timeout=10)


@pytest.fixture(scope="session")
def published_home(tmp_path_factory: pytest.TempPathFactory, worker_id: str) -> Path:
    """Return a home in which `monitor run --offline --json` was run once, on the bundled figures; for reading only.

    One run serves all workers: the first to come makes it, the others wait.
    """
    base = tmp_path_factory.getbasetemp() if worker_id == "master" else tmp_path_factory.getbasetemp().parent
    home = base / "published"
    with (base / "published.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not (home / "run.json").exists():
            done = run_monitor("run", "--offline", "--json", home=home)
            assert done.returncode == 0, done.stderr
            (home / "run.json").write_text(done.stdout, encoding="utf-8")
    return home


def run_monitor(*words: str, home: Path, **environment: str) -> subprocess.CompletedProcess[str]:
    """Run the real command in a process of its own, with nothing in its environment but what is given."""
    command = [sys.executable, "-m", "monitor", *words]
    given = {"MONITOR_HOME": str(home), "PATH": os.environ.get("PATH", ""), "HOME": str(home), **environment}
    return subprocess.run(command, capture_output=True, text=True, env=given, cwd=ROOT, check=False, timeout=240)


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """Close with a line that counts the groups of tests that were skipped, and why."""
    skipped = terminalreporter.stats.get("skipped", [])
    reasons = Counter(str(report.longrepr[2]).removeprefix("Skipped: ") for report in skipped)
    words = "; ".join(f"{count} because {reason}" for reason, count in sorted(reasons.items()))
    terminalreporter.write_line(f"Skipped groups: {len(reasons)}{f' ({words})' if words else ''}")


def pytest_sessionfinish(session: pytest.Session) -> None:
    """With ``make test-all`` a skipped test is a failure: what was not run was not shown to work."""
    reporter = session.config.pluginmanager.get_plugin("terminalreporter")
    if os.environ.get("MONITOR_TEST_ALL") and reporter is not None and reporter.stats.get("skipped"):
        session.exitstatus = pytest.ExitCode.TESTS_FAILED
