"""One misbehaving server for each test file, forgetful between tests."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from indicators.http import Web
from tests.faultserver import FaultServer
from tests.http.asking import NOW, Clock


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture(scope="module")
def running() -> Iterator[FaultServer]:
    with FaultServer() as server:
        yield server


@pytest.fixture
def server(running: FaultServer) -> FaultServer:
    running.forget()
    return running


@pytest.fixture
def web(tmp_path: Path, clock: Clock, server: FaultServer) -> Web:
    return Web(tmp_path, mirror=server.url, now=lambda: NOW, patience=clock.patience())
