"""Asking the hub for what the kiosk lacks, as long as it lacks something; later each time."""

import asyncio
import random
from collections.abc import Callable, Sequence

from contracts import AnyMessage
from runtime.agent.models import Tell
from runtime.backoff import full_jitter


async def ask(
    tell: Tell,
    wanted: Callable[[], Sequence[AnyMessage]],
    wake: asyncio.Event,
    *,
    first_s: float,
    most_s: float,
    chance: random.Random,
) -> None:
    """Say what is ``wanted`` again and again, until cancelled; ``wake``: look at once, something may have changed.

    Waits grow from ``first_s`` to ``most_s`` seconds; while nothing is wanted it only waits for ``wake``.
    """
    attempt = 0
    while True:
        wake.clear()
        lacking = wanted()
        for one in lacking:
            await tell(one)
        wait_s = full_jitter(attempt, first_s=first_s, most_s=most_s, chance=chance)
        attempt = attempt + 1 if lacking else 0
        try:
            async with asyncio.timeout(first_s / 2 + wait_s if lacking else None):
                await wake.wait()
                attempt = 0
        except TimeoutError:
            continue
