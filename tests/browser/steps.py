"""What people do first on the pages."""

from __future__ import annotations

from playwright.async_api import Page

from tests.browser.branch import TOKEN


async def sign_in(page: Page, url: str) -> None:
    """Open a page for staff in a browser that nobody has signed in with yet."""
    await page.goto(url)
    await page.fill("#token", TOKEN)
    await page.click("button[type=submit]")


async def live(page: Page) -> None:
    """Wait until the page is fed by its stream."""
    await page.wait_for_function("() => window.usher && window.usher.fed > 0")
