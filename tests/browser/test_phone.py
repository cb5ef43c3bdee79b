"""The customer's page in Chromium: place, more time, leaving, coming back, being called."""

from __future__ import annotations

import pytest
from playwright.async_api import Browser, Page, expect

from contracts.fields import Language
from hub.lobby import Move
from tests.browser.branch import FOLLOW, Branch
from tests.browser.steps import live

pytestmark = [pytest.mark.req("K-06"), pytest.mark.asyncio(loop_scope="session")]


async def phone(browser: Browser, branch: Branch, query: str = "") -> Page:
    page = await browser.new_page(viewport={"width": 390, "height": 844})
    await page.goto(f"{branch.url}/t/main/{FOLLOW}{query}")
    await live(page)
    return page


async def test_it_shows_the_place_and_says_when_it_is_ones_turn(browser: Browser, branch: Branch) -> None:
    branch.open("2")
    first = branch.take("B001", "account")
    ticket = branch.take("B002", "account", follow=FOLLOW, language=Language.KO)
    page = await phone(browser, branch)
    await expect(page.locator("html")).to_have_attribute("lang", "ko")
    await expect(page.locator("#place")).to_contain_text("앞에 1명 있습니다")
    await expect(page.locator("#place")).to_contain_text("분")
    branch.call("2", first)
    await expect(page.locator("#place")).to_contain_text("다음 차례입니다")
    branch.move(first, Move.START)
    branch.move(first, Move.FINISH)
    branch.call("2", ticket)
    await expect(page.locator(".called")).to_contain_text("2번 창구로 오세요")
    await expect(page.locator("body")).to_have_class("phone flash")
    branch.move(ticket, Move.START)
    branch.move(ticket, Move.FINISH)
    await expect(page.locator("#place")).to_contain_text("업무가 끝났습니다")
    await expect(page.locator("#wishes button")).to_have_count(0)
    await page.close()


async def test_more_time_then_back_then_leaving_and_standing_in_line_again(browser: Browser, branch: Branch) -> None:
    branch.open("2")
    ticket = branch.take("B001", "account", follow=FOLLOW)
    page = await phone(browser, branch, "?lang=en")
    await page.click("#more summary")
    await page.check("input[value='15']")
    await page.click("button[value=more]")
    await expect(page.locator("#place")).to_contain_text("You have more time until 09:15")
    assert branch.stage(ticket) == "held"
    await page.click("button[value=back]")
    await expect(page.locator("#place")).to_contain_text("You are next")
    await page.click("#leave summary")
    await expect(page.locator("#leave")).to_contain_text("Leave for good?")
    assert branch.stage(ticket) == "waiting"
    await page.click("button[value=leave]")
    await expect(page.locator("#place")).to_contain_text("You have left the line.")
    assert branch.stage(ticket) == "left"
    await page.click("button[value=rejoin]")
    await expect(page.locator("#place")).to_contain_text("You are next")
    await page.close()


async def test_an_open_question_stays_open_while_the_page_changes(browser: Browser, branch: Branch) -> None:
    branch.open("2")
    branch.take("B001", "account", follow=FOLLOW)
    page = await phone(browser, branch, "?lang=en")
    await page.click("#more summary")
    await page.check("input[value='20']")
    await page.evaluate("document.querySelector('#more .mute').textContent = 'old'")
    branch.wish_for_time(FOLLOW, 5)
    await expect(page.locator("#more .mute")).to_have_text("once more")
    await expect(page.locator("#more")).to_have_attribute("open", "")
    await expect(page.locator("input[value='20']")).to_be_checked()
    await page.close()


async def test_it_works_without_scripts(browser: Browser, branch: Branch) -> None:
    branch.open("2")
    ticket = branch.take("B001", "account", follow=FOLLOW)
    context = await browser.new_context(java_script_enabled=False)
    page = await context.new_page()
    await page.goto(f"{branch.url}/t/main/{FOLLOW}?lang=en")
    await page.click("#leave summary")
    await page.click("button[value=leave]")
    await expect(page.locator("#place")).to_contain_text("You have left the line.")
    assert branch.stage(ticket) == "left"
    await context.close()
