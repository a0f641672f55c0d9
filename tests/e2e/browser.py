"""A real browser, as a user sees Airflow's pages; what it saw is kept in build/screenshots/."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest

from tests.conftest import ROOT

SCREENSHOTS = ROOT / "build" / "screenshots"
#: Chromium of the system: playwright's own would have to be downloaded.
PROGRAMS = ("chromium", "chromium-browser", "google-chrome")


class Browser:
    """One page; its methods take the paths of the server at `url`."""

    def __init__(self, page: Any, url: str) -> None:
        self.page, self.url = page, url

    def log_in(self, user: str, password: str) -> None:
        self.page.goto(self.url)
        self.page.get_by_label("Username").fill(user)
        self.page.get_by_label("Password").fill(password)
        self.page.keyboard.press("Enter")
        self.await_text("Dag Runs")

    def open(self, path: str) -> None:
        self.page.goto(f"{self.url}{path}")

    def await_text(self, text: str, seconds: float = 60, *, within: str = "body") -> None:
        self.page.locator(within).get_by_text(text).first.wait_for(timeout=seconds * 1000)

    def click(self, label: str, *, within: str = "body") -> None:
        self.page.locator(within).get_by_role("button", name=label, exact=True).first.click(timeout=60_000)

    def text(self, selector: str) -> str:
        """All that is visible there, without spaces: coloured code is in pieces."""
        return "".join(self.page.locator(selector).filter(visible=True).first.text_content().split())

    def screenshot(self, name: str) -> None:
        self.page.wait_for_load_state("networkidle")
        self.page.screenshot(path=SCREENSHOTS / f"{name}.png", animations="disabled")


@contextmanager
def browser(url: str) -> Iterator[Browser]:
    """Skips the test where there is no browser."""
    program = next((found for name in PROGRAMS if (found := shutil.which(name))), None)
    if program is None:
        pytest.skip("there is no Chromium on this machine")
    from playwright.sync_api import sync_playwright

    SCREENSHOTS.mkdir(parents=True, exist_ok=True)
    with sync_playwright() as playwright:
        # Its sandbox refuses to run as root, as CI and containers do.
        chromium = playwright.chromium.launch(executable_path=program, args=["--no-sandbox"])
        try:
            yield Browser(chromium.new_page(viewport={"width": 1400, "height": 900}), url)
        finally:
            chromium.close()
