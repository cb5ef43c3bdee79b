"""The counter's page in Chromium: a teller's morning, with and without scripts, by mouse and by keys."""

from __future__ import annotations

import pytest
from playwright.async_api import Browser, Page, expect

from hub.lobby import Move
from tests.browser.branch import Branch
from tests.browser.steps import live, sign_in

pytestmark = [pytest.mark.req("K-06"), pytest.mark.asyncio(loop_scope="session")]

NUMBER = "#number"


async def at_counter(browser: Browser, branch: Branch, counter: str = "3", query: str = "") -> Page:
    page = await browser.new_page()
    await sign_in(page, f"{branch.url}/counter/main/{counter}{query}")
    await live(page)
    return page


async def press(page: Page, button: str) -> None:
    """As a hand does: not before the button can be meant."""
    await page.wait_for_function(f"() => window.usher.ready('{button}')")
    await page.click(f"#{button}")


async def test_a_teller_serves_from_call_to_finish_and_everybody_sees_it_at_once(
    browser: Browser, branch: Branch
) -> None:
    tickets = branch.morning()
    page = await at_counter(browser, branch)
    await expect(page.locator(NUMBER)).to_have_text("A002")
    await expect(page.locator("#line")).to_contain_text("B003")
    await press(page, "do-main")
    await expect(page.locator("#do-main")).to_have_text("Finish F")
    assert branch.stage(tickets["A002"]) == "serving"
    await press(page, "do-main")
    await expect(page.locator("#do-main")).to_contain_text("Call next")
    assert branch.stage(tickets["A002"]) == "served"
    await press(page, "do-main")
    await expect(page.locator(NUMBER)).to_have_text("B003")
    await expect(page).to_have_title("B003 · Counter 3")
    await expect(page.locator("#line")).not_to_contain_text("B003")
    branch.move(tickets["B003"], Move.MISS)
    await expect(page.locator(NUMBER)).to_have_text("–")
    await page.close()


async def test_recall_park_take_back_and_transfer(browser: Browser, branch: Branch) -> None:
    tickets = branch.morning()
    page = await at_counter(browser, branch)
    await press(page, "do-recall")
    await expect(page.locator("#desk")).to_contain_text("called once more")
    await press(page, "do-recall")
    await press(page, "do-recall")
    await expect(page.locator("#said")).to_contain_text("That was done as often as it may be")
    await page.click("#do-park")
    await expect(page.locator("#aside")).to_contain_text("A002")
    await page.click(f"#call-{tickets['A003']}")
    await expect(page.locator(NUMBER)).to_have_text("A003")
    await page.select_option("#to", label="Accounts and cards")
    await page.click("#do-transfer")
    await expect(page.locator("#line li", has_text="A003")).to_contain_text("Accounts and cards")
    await page.click(f"#back-{tickets['A002']}")
    await expect(page.locator("#line")).to_contain_text("A002")
    await page.close()


async def test_what_is_not_possible_is_said_in_plain_words(browser: Browser, branch: Branch) -> None:
    branch.open("3")
    page = await at_counter(browser, branch)
    await press(page, "do-main")
    await expect(page.locator("#said")).to_have_text("Nobody is waiting for this counter.")
    ticket = branch.take("A001", "cash")
    await expect(page.locator("#line")).to_contain_text("A001")
    await press(page, "do-main")
    await expect(page.locator(NUMBER)).to_have_text("A001")
    await page.route("**/events/**", lambda route: route.abort())
    stale = await page.evaluate("document.getElementById('do-main').value")
    assert stale == f"start {ticket}"
    branch.move(ticket, Move.LEAVE)
    await page.evaluate("value => { document.querySelector('.acts button').value = value; }", stale)
    await press(page, "do-main")
    await expect(page.locator("#said")).not_to_be_empty()
    assert branch.stage(ticket) in {"left"}
    await page.close()


async def test_letters_work_only_after_they_were_turned_on(browser: Browser, branch: Branch) -> None:
    tickets = branch.morning()
    page = await at_counter(browser, branch)
    await page.keyboard.press("s")
    await page.click("#keys")
    await expect(page.locator("#keys")).to_have_attribute("aria-pressed", "true")
    assert branch.stage(tickets["A002"]) == "called"
    await page.keyboard.press("s")
    await expect(page.locator("#do-main")).to_contain_text("Finish")
    await page.reload()
    await expect(page.locator("#keys")).to_have_attribute("aria-pressed", "true")
    await page.close()


async def test_two_presses_at_once_call_one_customer(browser: Browser, branch: Branch) -> None:
    branch.open("3")
    for number in ("A001", "A002"):
        branch.take(number, "cash")
    page = await at_counter(browser, branch)
    await page.dblclick("#do-main")
    await expect(page.locator(NUMBER)).to_have_text("A001")
    assert len(await page.locator("#line li").all()) == 1
    await page.close()


async def test_it_works_without_scripts(browser: Browser, branch: Branch) -> None:
    branch.open("3")
    branch.take("A001", "cash")
    context = await browser.new_context(java_script_enabled=False)
    page = await context.new_page()
    await sign_in(page, f"{branch.url}/counter/main/3?lang=zh")
    assert await page.locator("noscript meta[http-equiv=refresh]").count() == 1
    await page.click("#do-main")
    await expect(page.locator(NUMBER)).to_have_text("A001")
    await page.click("#do-main")
    await expect(page.locator("#do-main")).to_contain_text("办结")
    await page.click("#do-main")
    await page.click("#do-main")
    await expect(page.locator("#said")).to_have_text("没有人等候本窗口。")
    await context.close()


async def test_a_button_that_is_held_down_is_not_taken_away(browser: Browser, branch: Branch) -> None:
    branch.morning()
    page = await at_counter(browser, branch)
    box = await page.locator("#line li").last.bounding_box()
    assert box is not None
    await page.mouse.move(box["x"] + 5, box["y"] + 5)
    await page.mouse.down()
    fed = await page.evaluate("window.usher.fed")
    branch.take("A009", "cash")
    await page.wait_for_function(f"() => window.usher.fed > {fed}")
    await expect(page.locator("#line")).not_to_contain_text("A009")
    await page.mouse.up()
    await expect(page.locator("#line")).to_contain_text("A009")
    await page.close()
