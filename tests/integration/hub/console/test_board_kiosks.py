"""The lobby board says what is wrong with a kiosk, since when, what to do, and no more once it works (K-03, K-13)."""

from __future__ import annotations

from datetime import timedelta

import pytest

from contracts.kiosk_health import KioskReported, PartState
from tests.browser.branch import Branch
from tests.integration.hub.console.visiting import Visitor

pytestmark = pytest.mark.req("K-03", "K-13")


def says(branch: Branch, condition: str, minutes: int = 0) -> None:
    since = branch.rig.clock.now() - timedelta(minutes=minutes)
    branch.rig.accept("kiosk-main", KioskReported(parts=(PartState(part="printer", condition=condition, since=since),)))


def settle(branch: Branch, condition: str, minutes: int = 0) -> None:
    for _ in range(8):
        says(branch, condition, minutes)
        branch.rig.tick(3)


@pytest.mark.parametrize(
    ("language", "line", "remedy"),
    [
        ("en", "kiosk-main: paper out, since 08:47", "Put in a new roll."),
        ("zh", "kiosk-main：缺纸，自 08:47 起", "请装入新纸卷。"),
        ("ko", "kiosk-main: 용지 없음 (08:47부터)", "새 용지 롤을 넣으세요."),
    ],
)
async def test_paper_out_is_on_the_board(branch: Branch, staff: Visitor, language: str, line: str, remedy: str) -> None:
    settle(branch, "paper_out", minutes=13)
    page = (await staff.get(f"/board/main?lang={language}")).text
    assert line in page
    assert remedy in page


async def test_it_comes_and_goes_by_itself(branch: Branch, staff: Visitor) -> None:
    settle(branch, "ready")
    async with staff.listen("/board/main?lang=en") as events:
        first = await events.state()
        assert "works" in first.parts["kiosks"]
        assert "paper out" not in first.parts["alerts"]
        settle(branch, "paper_out")
        await events.until("alerts", "kiosk-main: paper out")
        settle(branch, "ready")
        await events.until("kiosks", "works")


async def test_what_the_board_has_no_words_for_is_shown_as_it_is(branch: Branch, staff: Visitor) -> None:
    settle(branch, "on_fire")
    page = (await staff.get("/board/main?lang=en")).text
    assert "kiosk-main: printer reports on fire, since" in page
    assert "Tell IT" in page


async def test_one_that_was_put_out_of_order_says_so_and_is_no_failure(branch: Branch, staff: Visitor) -> None:
    branch.rig.accept("kiosk-main", KioskReported(parts=(), out_of_order=True))
    page = (await staff.get("/board/main?lang=en")).text
    assert "out of order, as told" in page
    assert "kiosk-main:" not in page


async def test_near_its_end_is_no_alert(branch: Branch, staff: Visitor) -> None:
    settle(branch, "near_end")
    page = (await staff.get("/board/main?lang=en")).text
    assert "paper nearly used up" in page
    assert "kiosk-main: paper" not in page
