"""Shared fixtures: the replay of the real sources (when it lies beside the checkout) and the config as shipped."""

from __future__ import annotations

import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

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
