"""The television's page in Chromium: numbers, flash and voice, and what it says when the hub is away."""

from __future__ import annotations

import wave
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
import pytest_asyncio
from playwright.async_api import Browser, Page, expect

from hub.console.voice import Voice
from hub.lobby import Move
from tests.browser.branch import Branch, serving
from tests.browser.steps import live, sign_in
from tests.unit.hub.rig import Rig

pytestmark = [pytest.mark.req("K-06"), pytest.mark.asyncio(loop_scope="session")]

SPOKEN = "window.usher.spoken.filter(one => one.to)"
BEEP_S = 0.25


@pytest.fixture
def beeper(tmp_path: Path) -> Voice:
    """A voice that says everything with the same short sound."""
    sound, program = tmp_path / "beep.wav", tmp_path / "beeper"
    with wave.open(str(sound), "wb") as file:
        file.setnchannels(1)
        file.setsampwidth(2)
        file.setframerate(8000)
        file.writeframes(bytes(2 * int(8000 * BEEP_S)))
    program.write_text(f"#!/bin/sh\ncat > /dev/null\nexec cat '{sound}'\n")
    program.chmod(0o755)
    return Voice(str(program))


@pytest_asyncio.fixture(loop_scope="session")
async def branch(rig: Rig, beeper: Voice) -> AsyncIterator[Branch]:
    """The branch, with that voice."""
    async with serving(rig, beeper) as branch:
        yield branch


async def television(browser: Browser, branch: Branch, **how: str) -> Page:
    page = await browser.new_page(viewport={"width": 1920, "height": 1080}, **how)  # type: ignore[arg-type]  # by name
    await sign_in(page, f"{branch.url}/tv/main")
    await live(page)
    return page


async def test_calls_are_shown_flashed_and_spoken_once_each_in_their_order(browser: Browser, branch: Branch) -> None:
    tickets = branch.morning()
    page = await television(browser, branch)
    await expect(page.locator(".newest .number")).to_have_text("A002")
    assert await page.evaluate("window.usher.spoken.length") == 0, "what was called before it was turned on"
    branch.move(tickets["A002"], Move.RECALL)
    branch.move(tickets["A002"], Move.START)
    branch.move(tickets["A002"], Move.FINISH)
    branch.call("3")
    await expect(page.locator("body")).to_have_class("tv flash")
    await expect(page.locator(".newest .number")).to_have_text("B003")
    await expect(page.locator(".newest .to")).to_contain_text("Counter 3")
    await expect(page.locator(".earlier li").first).to_contain_text("A002")
    await page.wait_for_function(f"() => {SPOKEN}.length === 2")
    (first, second) = await page.evaluate(SPOKEN)
    assert (first["seq"], second["seq"]) == (5, 6)
    assert second["from"] >= first["to"], "the first was cut"
    assert first["to"] - first["from"] >= 1000 * BEEP_S, "it was not heard to its end"
    await page.reload()
    await live(page)
    assert await page.evaluate("window.usher.spoken.length") == 0, "spoken again after a reload"
    await page.close()


async def test_who_wants_no_motion_sees_it_stand_still(browser: Browser, branch: Branch) -> None:
    branch.open("1")
    branch.take("A001", "cash")
    page = await television(browser, branch, reduced_motion="reduce")
    branch.call("1")
    await expect(page.locator("body")).to_have_class("tv flash")
    newest = page.locator(".newest")
    await expect(newest).to_have_css("animation-name", "none")
    await expect(newest).to_have_css("background-color", "rgb(61, 219, 168)")
    await page.close()


async def test_everything_is_read_from_eight_metres(browser: Browser, branch: Branch) -> None:
    branch.morning()
    page = await television(browser, branch)
    sizes = await page.evaluate(
        "Object.fromEntries(['.newest .number', '.newest .to', '.earlier li', '.waits .wait', '.waits .name'].map("
        "which => [which, parseFloat(getComputedStyle(document.querySelector(which)).fontSize)]))"
    )
    assert sizes[".newest .number"] >= 300
    assert min(sizes[".newest .to"], sizes[".earlier li"]) >= 90
    assert min(sizes.values()) >= 48
    outside = await page.evaluate(
        "Array.from(document.querySelectorAll('main *')).filter(one => { const at = one.getBoundingClientRect();"
        "return at.right > innerWidth || at.bottom > innerHeight; }).map(one => one.className)"
    )
    assert outside == []
    await page.close()


async def test_a_lost_hub_is_said_and_found_again(browser: Browser, rig: Rig) -> None:
    async with serving(rig) as branch:
        branch.open("1")
        branch.take("A001", "cash")
        page = await television(browser, branch)
        port = int(branch.url.rpartition(":")[2])
    await expect(page.locator("#lost")).to_be_visible()
    await expect(page.locator("#lost")).to_contain_text("No connection")
    async with serving(rig, port=port) as branch:
        await expect(page.locator("#token")).to_be_visible(timeout=15_000)  # a hub that starts anew has a new token
        await sign_in(page, f"{branch.url}/tv/main")
        branch.call("1")
        await expect(page.locator(".newest .number")).to_have_text("A001")
        await expect(page.locator("#lost")).to_be_hidden()
        await page.close()
