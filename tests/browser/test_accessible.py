"""axe finds nothing serious on any page in any language (WCAG 2.2 AA, EN 301 549)."""

from __future__ import annotations

import pytest
from axe_playwright_python.async_playwright import Axe
from playwright.async_api import Browser, Page

from contracts.fields import Language
from hub.lobby import Move
from tests.browser.branch import FOLLOW, Branch
from tests.browser.steps import sign_in

SERIOUS = {"serious", "critical"}
RULES = {"runOnly": {"type": "tag", "values": ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "EN-301-549"]}}


async def findings(page: Page, url: str) -> list[str]:
    await page.goto(url)
    results = await Axe().run(page, options=RULES)
    return [
        f"{url}: {found['id']} ({found['impact']}): {found['nodes'][0]['html'][:200]}"
        for found in results.response["violations"]
        if found["impact"] in SERIOUS
    ]


@pytest.mark.req("K-06", "K-02")
@pytest.mark.asyncio(loop_scope="session")
@pytest.mark.parametrize("language", list(Language))
async def test_no_page_has_a_serious_finding(browser: Browser, branch: Branch, language: Language) -> None:
    tickets = branch.morning()
    branch.take("B009", "account", follow=FOLLOW)
    branch.rig.clock.advance(1500)  # beyond the thresholds: the board alerts
    query = f"?lang={language.value}"
    page = await browser.new_page(viewport={"width": 1280, "height": 900}, reduced_motion="reduce")
    found = await findings(page, f"{branch.url}/sign-in{query}")
    await sign_in(page, f"{branch.url}/{query}")
    for path in (f"/{query}", *(f"/counter/main/{name}{query}" for name in ("1", "5")), f"/board/main{query}"):
        found += await findings(page, f"{branch.url}{path}")
    await page.set_viewport_size({"width": 1920, "height": 1080})
    found += await findings(page, f"{branch.url}/tv/main{query}")
    await page.set_viewport_size({"width": 390, "height": 844})
    found += await findings(page, f"{branch.url}/t/main/{FOLLOW}{query}")
    found += await findings(page, f"{branch.url}/t/main/nobody-has-this-code-00{query}")
    branch.move(tickets["A002"], Move.START)
    branch.move(tickets["A002"], Move.FINISH)
    day = branch.rig.run(lambda unit: branch.rig.hub.queues.today(unit, "main"))[0]
    assert day is not None
    mine = next(ticket.id for ticket in day.tickets.values() if ticket.number == "B009")
    branch.call("3", mine)
    found += await findings(page, f"{branch.url}/t/main/{FOLLOW}{query}")
    assert found == []
    await page.close()
