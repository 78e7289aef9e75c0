"""The digest in a real browser with no network: at the width of a phone and of a desk, light and dark, hostile titles and all."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.hostile import HOSTILE
from tests.test_hostile_mail import mails

playwright = pytest.importorskip("playwright.sync_api", reason="the browser tests need the Python package playwright")
CHROMIUM = Path("/usr/bin/chromium")
pytestmark = [
    pytest.mark.browser,
    pytest.mark.skipif(not CHROMIUM.exists(), reason="Chromium is not installed at /usr/bin/chromium"),
]
SEEN = """() => ({
    width: document.documentElement.scrollWidth,
    active: [...document.querySelectorAll('*')].filter(e => [...e.attributes].some(a => a.name.startsWith('on'))
        || ['SCRIPT', 'IMG', 'LINK', 'IFRAME', 'OBJECT', 'A', 'SVG', 'FORM'].includes(e.tagName.toUpperCase())).length,
    ground: getComputedStyle(document.querySelector('.sheet')).backgroundColor,
    ink: getComputedStyle(document.querySelector('.sheet')).color,
    smallest: Math.min(...[...document.querySelectorAll('p, li, th, .small')].map(e => parseFloat(getComputedStyle(e).fontSize))),
})"""


@pytest.fixture(scope="module")
def browser() -> Iterator[Any]:
    with playwright.sync_playwright() as p:
        started = p.chromium.launch(executable_path=str(CHROMIUM), args=["--no-sandbox"])
        yield started
        started.close()


def luminance(colour: str) -> float:
    """Return the relative luminance of ``rgb(r, g, b)`` (WCAG 2)."""
    parts = [int(c) / 255 for c in colour.removeprefix("rgb(").removesuffix(")").split(",")]
    linear = [c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in parts]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("width", [320, 390, 900])
def test_it_fits_can_be_read_asks_for_nothing_and_runs_nothing(browser: Any, width: int, scheme: str) -> None:
    page = browser.new_page(viewport={"width": width, "height": 800}, color_scheme=scheme)
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url))
    page.on("dialog", lambda dialog: asked.append(dialog.message))
    for title in ("Made-up title", *HOSTILE[::9]):
        page.set_content(mails(title)[0].html)
        seen = page.evaluate(SEEN)
        assert seen["width"] <= width, ascii(title)
        assert seen["active"] == 0, ascii(title)
        assert seen["smallest"] >= 13
        light, dark = sorted((luminance(seen["ground"]), luminance(seen["ink"])), reverse=True)
        assert (light + 0.05) / (dark + 0.05) >= 7
        assert (luminance(seen["ground"]) > 0.5) == (scheme == "light")
    assert asked == []
    page.close()
