"""The page for texts in a real browser, desk and phone, light and dark: it fits, asks nobody else, and runs no hostile title."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

import pytest

from tests.test_dashboard_act import HOSTILE, publish_with
from tests.test_dashboard_browser import CHROMIUM, DESK, PHONE, Watched, browser, serve

__all__ = ["browser"]  # a fixture

pytestmark = [
    pytest.mark.browser,
    pytest.mark.enable_socket,
    pytest.mark.skipif(not CHROMIUM.exists(), reason="Chromium is not installed at /usr/bin/chromium"),
]


@pytest.fixture(scope="module")
def address(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    yield from serve(publish_with(tmp_path_factory.mktemp("act"), HOSTILE))


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("size", [DESK, PHONE], ids=["desk", "phone"])
def test_it_fits_asks_nobody_else_and_runs_nothing(browser: Any, address: str, size: dict[str, int], scheme: str) -> None:
    one = Watched(browser, size, scheme)
    page = one.open(f"{address}/act?iso3=CMR&kind=committee-evidence")
    field = page.locator("textarea")
    field.wait_for(timeout=30_000)
    one.settle()
    assert "Written evidence submitted by [organisation]" in field.input_value()
    assert page.evaluate("document.documentElement.scrollWidth") <= size["width"]
    assert page.title() == "Atrocity Monitor"
    assert page.locator('[data-testid="stMain"] img').count() == 0
    one.errors = [e for e in one.errors if not re.search(r"404 .*/act/_stcore/(health|host-config)", e)]
    one.check()


def test_a_deep_link_is_kept_in_step_with_what_is_chosen(browser: Any, address: str) -> None:
    one = Watched(browser, DESK, "light")
    page = one.open(f"{address}/act?iso3=KEN&kind=press-lines")
    page.locator("textarea").wait_for(timeout=30_000)
    page.get_by_role("combobox").nth(1).click()
    page.get_by_role("option", name="Early day motion").click()
    page.wait_for_url("**/act?iso3=KEN&kind=early-day-motion", timeout=15_000)
    one.settle()
    assert "That this House notes" in page.locator("textarea").input_value()
    one.context.close()
