"""The lobby board shows whom the branch expects, who is late, and who has arrived, as it happens (K-06)."""

from __future__ import annotations

from datetime import timedelta

import pytest
from axe_playwright_python.async_playwright import Axe
from playwright.async_api import Browser

from contracts.fields import Language
from hub.lobby.bookings.service import NamedBooking, TakenIn
from tests.browser.branch import Branch
from tests.browser.steps import sign_in
from tests.browser.test_accessible import RULES, SERIOUS
from tests.integration.hub.test_bookings import check_in, named

WORDS = {
    Language.EN: ("Bookings today", "4 expected · 1 late", "5 min late", "1 here"),
    Language.ZH: ("今天的预约", "待到 4 人 · 迟到 1 人", "迟到 5 分钟", "已到 1 人"),
    Language.KO: ("오늘의 예약", "예정 4명 · 늦음 1명", "5분 늦음", "도착 1명"),
}


def book(branch: Branch, *given: NamedBooking) -> None:
    there, bookings = branch.rig.hub.directory.branches["main"], branch.rig.hub.lobby.bookings
    taken = branch.rig.run(lambda unit: bookings.take_in(unit, there, given))[0]
    assert taken == TakenIn(new=len(given))


@pytest.mark.req("K-06", "K-02")
@pytest.mark.asyncio(loop_scope="session")
@pytest.mark.parametrize("language", list(Language))
async def test_the_board_shows_whom_the_branch_expects(browser: Browser, branch: Branch, language: Language) -> None:
    title, expected, late, here = WORDS[language]
    branch.morning()
    now = branch.rig.clock.now()
    page = await browser.new_page(viewport={"width": 1280, "height": 1000}, reduced_motion="reduce")
    await sign_in(page, f"{branch.url}/?lang={language.value}")
    await page.goto(f"{branch.url}/board/main?lang={language.value}")
    assert await page.get_by_role("heading", name=title).count() == 0, "a branch without bookings isn't told of them"
    book(
        branch,
        named("B-1", now - timedelta(minutes=5), advisor="Jo Lee"),
        named("B-2", now + timedelta(minutes=10), businesses=("loan", "cash"), advisor="김민지"),
        named("B-3", now + timedelta(minutes=40)),
        named("B-4", now + timedelta(minutes=70), businesses=("account",)),
        named("B-5", now + timedelta(minutes=90)),
    )
    await page.reload()
    bookings = page.locator("#bookings")
    await bookings.get_by_role("heading", name=title).wait_for()
    assert expected in " ".join((await bookings.inner_text()).split())
    assert await bookings.get_by_text(late).count() == 1
    check_in(branch.rig, "C077", "B-2")
    await bookings.get_by_text("C077").wait_for()
    assert here in await bookings.inner_text()
    results = await Axe().run(page, options=RULES)
    found = [one["id"] for one in results.response["violations"] if one["impact"] in SERIOUS]
    assert found == []
    await page.close()
