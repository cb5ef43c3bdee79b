"""Lent bands on the counter's page: one press lends, the page tells what the band's customer felt, one press ends."""

from __future__ import annotations

import pytest
from playwright.async_api import Browser, Page, expect

from contracts.fields import AccessNeed, DeviceKind, Language
from contracts.lending import CallFelt
from contracts.session import Presence, PresenceChanged
from hub.fleet import Registry
from hub.kernel import Device
from hub.lobby import Lending, Move
from tests.browser.branch import Branch
from tests.browser.steps import live, sign_in
from tests.browser.test_accessible import findings

pytestmark = [pytest.mark.req("K-06"), pytest.mark.asyncio(loop_scope="session")]

BANDS = tuple(Device(name=f"band-{n}", kind=DeviceKind.BAND, branch="main") for n in (1, 2, 3))


def furnish(branch: Branch) -> None:
    """Three bands, one of them switched off."""
    branch.rig.run(lambda unit: branch.rig.hub.fleet.provision(unit, Registry(devices=BANDS)))
    for band in ("band-1", "band-2"):
        told(branch, band, Presence.ONLINE)


def told(branch: Branch, band: str, presence: Presence) -> None:
    branch.rig.say(band, PresenceChanged(presence=presence), topic=f"devices/{band}/v1/state")


def lent_to(branch: Branch, ticket: str) -> Lending:
    day = branch.rig.run(lambda unit: branch.rig.hub.lending.shelf(unit, "main"))[0]
    return next(card.lending for card in day if card.lending is not None and card.lending.ticket == ticket)


async def at_counter(browser: Browser, branch: Branch, query: str = "") -> Page:
    page = await browser.new_page(viewport={"width": 1280, "height": 900})
    await sign_in(page, f"{branch.url}/counter/main/1{query}")
    await live(page)
    return page


async def test_a_band_is_lent_felt_and_taken_back(browser: Browser, branch: Branch) -> None:
    furnish(branch)
    branch.open("1")
    ticket = branch.take("A001", "cash", needs=(AccessNeed.HEARING,))
    page = await at_counter(browser, branch)
    row = page.locator("#line li", has_text="A001")
    await expect(row.locator(".hears-not")).to_have_text("hard of hearing")
    await expect(page.locator("#bands")).to_contain_text("2 ready to lend · out of reach: band-3")
    await page.click(f"#lend-of-{ticket}")
    await page.click(f"#lend-{ticket}-band-2")
    await expect(row).to_contain_text("band-2: lent")
    await expect(page.locator("#bands li")).to_contain_text("A001")
    await page.click("#do-main")
    await expect(page.locator("#band")).to_have_text("band-2: vibrates")
    branch.rig.accept("band-2", CallFelt(lending=lent_to(branch, ticket).id, call=1))
    await expect(page.locator("#band")).to_have_text("band-2: has felt the call")
    branch.move(ticket, Move.START)
    branch.move(ticket, Move.FINISH)
    await expect(page.locator("#bands li")).to_contain_text("to be given back")
    await page.click("#return-band-2")
    await expect(page.locator("#bands li")).to_have_count(0)
    await expect(page.locator("#bands")).to_contain_text("2 ready to lend")
    await page.close()


async def test_whoever_would_feel_nothing_is_to_be_fetched(browser: Browser, branch: Branch) -> None:
    furnish(branch)
    branch.open("1")
    ticket = branch.take("A001", "cash", needs=(AccessNeed.HEARING,))
    branch.rig.run(lambda unit: branch.rig.hub.lending.lend(unit, "main", ticket, "band-1"))
    told(branch, "band-1", Presence.LOST)
    page = await at_counter(browser, branch)
    await expect(page.locator("#line li")).to_contain_text("band-1: out of reach: please go and fetch")
    await page.close()


async def test_lending_works_without_scripts_and_says_what_is_not_possible(browser: Browser, branch: Branch) -> None:
    furnish(branch)
    branch.open("1")
    ticket = branch.take("A001", "cash")
    context = await browser.new_context(java_script_enabled=False)
    page = await context.new_page()
    await sign_in(page, f"{branch.url}/counter/main/1")
    await page.click(f"#lend-of-{ticket}")
    branch.rig.run(lambda unit: branch.rig.hub.lending.lend(unit, "main", ticket, "band-2"))
    await page.click(f"#lend-{ticket}-band-1")
    await expect(page.locator("#said")).to_contain_text("is lent or bound already")
    await page.click("#return-band-2")
    await expect(page.locator("#bands li")).to_have_count(0)
    await context.close()


@pytest.mark.parametrize("language", list(Language))
async def test_the_page_with_bands_has_no_serious_finding(browser: Browser, branch: Branch, language: Language) -> None:
    furnish(branch)
    tickets = branch.morning()
    branch.rig.run(lambda unit: branch.rig.hub.lending.lend(unit, "main", tickets["B003"], "band-1"))
    query = f"?lang={language.value}"
    page = await browser.new_page(viewport={"width": 1280, "height": 900}, reduced_motion="reduce")
    await sign_in(page, f"{branch.url}/{query}")
    assert await findings(page, f"{branch.url}/counter/main/3{query}") == []
    await page.close()
