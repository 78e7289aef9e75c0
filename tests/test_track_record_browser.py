"""Track record and forecast in a real browser: drawn on a desk and on a phone, light and dark; hostile text stays text."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any
from urllib.parse import urlsplit

import pandas as pd
import pytest

from monitor.storage.snapshot import publish
from tests.published import RUN_ID, made_manifest, made_tables
from tests.test_dashboard_browser import CHROMIUM, DESK, HOSTILE, PHONE, Watched, browser, serve
from tests.test_dashboard_forecast import made as made_forecast
from tests.test_forecast_said import ABOUT, row
from tests.test_track_record import CASE, HASH, ledger, past

__all__ = ["browser"]  # the fixture

pytestmark = [
    pytest.mark.browser,
    pytest.mark.enable_socket,
    pytest.mark.skipif(not CHROMIUM.exists(), reason="Chromium is not installed at /usr/bin/chromium"),
]


@pytest.fixture(scope="module")
def address(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """Yield a dashboard over a run whose misses, reasons and sentences hold hostile text."""
    home = tmp_path_factory.mktemp("record")
    case = {**CASE, "country": HOSTILE, "visible": HOSTILE}
    forecast = made_forecast(row(reasons=HOSTILE, changed=HOSTILE), row(horizon=2), title=HOSTILE)
    tables = {**made_tables(), **forecast, **past(), **ledger(), "forecast_misses": pd.DataFrame([case])}
    about = {"forecast": ABOUT, "ledger": {"entries": 3, "root": "cd" * 32}}
    about |= {"ledger_before": {"entries": 1, "root": HASH, "broken": ""}}
    publish(home, tables, {**made_manifest(), **about}, RUN_ID)
    yield from serve(home)


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("size", [DESK, PHONE], ids=["desk", "phone"])
@pytest.mark.parametrize("where", ["/track-record", "/country?iso3=CMR"])
def test_the_page_fits_asks_nobody_else_and_shows_hostile_text_letter_by_letter(
    address: str, browser: Any, where: str, size: dict[str, int], scheme: str
) -> None:
    watched = Watched(browser, size, scheme)
    page = watched.open(address + where)
    main = page.locator('[data-testid="stMain"]')
    assert page.evaluate("document.querySelector('[data-testid=\"stMain\"]').scrollWidth") <= size["width"]
    assert main.locator("script, img, iframe, object, embed, .katex").count() == 0
    assert main.locator("a[href*='t.example'], a[href^='javascript']").count() == 0
    assert page.title() != "owned"
    assert HOSTILE[1:] in main.inner_text().replace("\N{WORD JOINER}", "")  # a sentence begins with a capital
    if where == "/track-record":
        assert main.locator('[data-testid="stVegaLiteChart"] canvas, [data-testid="stVegaLiteChart"] svg').count() == 1
        assert "None" not in main.inner_text().split()  # no value of a statement is printed on the page
    assert not {u for u in watched.asked if urlsplit(u).hostname != "127.0.0.1" and not u.startswith(("data:", "blob:"))}
    assert not [e for e in watched.errors if not re.search(r"404 .*/_stcore/(health|host-config)", e)]
    watched.context.close()
