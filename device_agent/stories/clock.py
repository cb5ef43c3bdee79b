"""Time in a story: it stands still until the story says that so many seconds pass, and then nobody waits."""

import asyncio
import time
from datetime import datetime, timedelta


class StoryLoop(asyncio.SelectorEventLoop):
    """An event loop whose clock can be put forward: what was to happen by then happens at once."""

    ahead_s = 0.0

    def time(self) -> float:
        return time.monotonic() + self.ahead_s


class StoryClock:
    """A :class:`runtime.clock.Clock` that stands still; ``pass_time`` moves it, and the loop's clock with it."""

    def __init__(self, starts: datetime) -> None:
        self._starts = starts
        self._passed_s = 0.0

    def now(self) -> datetime:
        return self._starts + timedelta(seconds=self._passed_s)

    def monotonic(self) -> float:
        return 1000.0 + self._passed_s

    def pass_time(self, seconds: float) -> None:
        """So many seconds later; raises ``RuntimeError`` in a loop that is no :class:`StoryLoop`."""
        loop = asyncio.get_running_loop()
        if not isinstance(loop, StoryLoop):
            raise RuntimeError(
                "time passes in a StoryLoop only: run the story with asyncio.Runner(loop_factory=StoryLoop)"
            )
        self._passed_s += seconds
        loop.ahead_s += seconds
