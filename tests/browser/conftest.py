"""Chromium as branches have it, and a branch on a morning."""

from __future__ import annotations

import asyncio
import os
import shutil
from collections.abc import AsyncIterator, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
import pytest_asyncio
from playwright.async_api import Browser, async_playwright

from tests.browser.branch import Branch, branch_config, serving
from tests.unit.hub.rig import Rig


@pytest.fixture(scope="session")
def chromium() -> str:
    """The path of Chromium; skipped for a person without it, a failure in continuous integration."""
    found = shutil.which("chromium")
    if found is None:
        what = "chromium is not installed"
        if os.environ.get("CI"):
            pytest.fail(f"{what}; run scripts/bootstrap", pytrace=False)
        pytest.skip(f"{what}; scripts/bootstrap installs it")
    return found


@pytest_asyncio.fixture(scope="session", loop_scope="session")
async def browser(chromium: str) -> AsyncIterator[Browser]:
    """A running browser, in which sound may play without a touch, as on a branch's television.

    One for all tests of a process, which therefore share a loop: starting it takes longer than most of them.
    """
    # One thread for all: those that a loop begins for one test would be left behind by it.
    asyncio.get_running_loop().set_default_executor(ThreadPoolExecutor(1))
    await asyncio.to_thread(int)
    arguments = ["--no-sandbox", "--disable-gpu", "--mute-audio", "--autoplay-policy=no-user-gesture-required"]
    async with async_playwright() as playwright:
        browser = await playwright.chromium.launch(executable_path=chromium, args=arguments)
        yield browser
        await browser.close()


@pytest.fixture
def rig(tmp_path: Path) -> Iterator[Rig]:
    """A hub whose branches have the rules of the sample branch."""
    rig = Rig(f"sqlite:///{tmp_path / 'hub.sqlite'}", config=branch_config(), migrate=True)
    yield rig
    rig.close()


@pytest_asyncio.fixture(loop_scope="session")
async def branch(rig: Rig) -> AsyncIterator[Branch]:
    """The branch, serving its pages."""
    async with serving(rig) as branch:
        yield branch
