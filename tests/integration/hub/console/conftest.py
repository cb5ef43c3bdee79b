"""A branch whose hub serves its pages, and a browser without a screen."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import aiohttp
import pytest

from tests.browser.branch import Branch, branch_config, serving
from tests.integration.hub.console.visiting import Visitor
from tests.unit.hub.rig import Rig


@pytest.fixture
def rig(tmp_path: Path) -> Iterator[Rig]:
    """A hub whose branches have the rules of the sample branch."""
    rig = Rig(f"sqlite:///{tmp_path / 'hub.sqlite'}", config=branch_config(), migrate=True)
    yield rig
    rig.close()


@pytest.fixture
async def branch(rig: Rig) -> AsyncIterator[Branch]:
    """The branch, serving its pages."""
    async with serving(rig) as branch:
        yield branch


@pytest.fixture
async def visitor(branch: Branch) -> AsyncIterator[Visitor]:
    """Somebody with a browser that isn't signed in."""
    async with aiohttp.ClientSession(branch.url, cookie_jar=aiohttp.CookieJar(unsafe=True)) as session:
        yield Visitor(session)


@pytest.fixture
async def staff(visitor: Visitor) -> Visitor:
    """Somebody who has signed in."""
    await visitor.sign_in()
    return visitor
