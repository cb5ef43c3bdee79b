"""A kiosk's outfit overwrites what a customer left, each time one has gone (K-13)."""

from __future__ import annotations

import asyncio
import logging
from pathlib import Path

import msgspec
import pytest

from kiosk.bootstrap import Counter
from kiosk.events import to_nobody
from kiosk.outfit import Outfit
from kiosk.scrubbing import SETTLES_S
from kiosk.settings import KioskSettings
from tests.unit.kiosk.test_house import BASE, standing
from tests.virtual_time import pass_time, run_virtually


@pytest.mark.req("K-13")
def test_after_each_customer_memory_is_swept(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG, "kiosk.scrubbing")
    settings = msgspec.toml.decode(BASE, type=KioskSettings)

    async def story() -> None:
        with standing(tmp_path) as stand:
            counter = Counter(stand.agent, None)
            outfit = Outfit(settings, stand.agent, counter, speaks=False, picks=None, emit=to_nobody)
            running = asyncio.ensure_future(outfit.run(lambda found: None, lambda: None))
            try:
                for customers in (1, 2):
                    await pass_time(60.0)
                    assert caplog.messages.count("memory_swept") == customers - 1
                    outfit.house.forget()
                    await pass_time(SETTLES_S - 0.1)
                    assert caplog.messages.count("memory_swept") == customers - 1
                await pass_time(60.0)
                assert caplog.messages.count("memory_swept") == 2
            finally:
                running.cancel()
                await asyncio.gather(running, return_exceptions=True)
                outfit.close()

    run_virtually(story)
