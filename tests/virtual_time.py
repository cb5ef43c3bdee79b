"""An event loop whose time jumps to the next timer instead of waiting: hours of back-off pass in milliseconds."""

from __future__ import annotations

import asyncio
import selectors
from collections.abc import Callable, Coroutine
from datetime import UTC, datetime, timedelta
from typing import TypeVar

T = TypeVar("T")

START = datetime(2026, 3, 2, 8, 0, tzinfo=UTC)


class StalledError(Exception):
    """Nothing is ready and no timer is set: the program under test waits for ever."""


class _JumpingSelector(selectors.DefaultSelector):
    def __init__(self) -> None:
        super().__init__()
        self.now_s = 0.0

    # The standard library's SelectorKey holds an Any.
    def select(  # type: ignore[explicit-any]
        self, timeout: float | None = None
    ) -> list[tuple[selectors.SelectorKey, int]]:
        ready = super().select(0)
        if not ready and timeout is None:
            raise StalledError(f"stalled at {self.now_s:.3f} s of virtual time")
        if not ready and timeout is not None and timeout > 0:
            self.now_s += timeout
        return ready


class VirtualLoop(asyncio.SelectorEventLoop):
    """A selector loop on virtual seconds from 0."""

    def __init__(self) -> None:
        self._jumping = _JumpingSelector()
        super().__init__(self._jumping)

    def time(self) -> float:
        return self._jumping.now_s


class LoopClock:
    """A clock on the running loop's time; ``wrong_by`` is how far its wall clock is off."""

    def __init__(self, loop: asyncio.AbstractEventLoop, *, wrong_by: timedelta = timedelta(0)) -> None:
        self._loop = loop
        self.wrong_by = wrong_by

    def now(self) -> datetime:
        return START + timedelta(seconds=self._loop.time()) + self.wrong_by

    def monotonic(self) -> float:
        return self._loop.time()


def run_virtually(main: Callable[[], Coroutine[None, None, T]]) -> T:
    """Run a coroutine to its end in virtual time; an exception in any callback of the loop is raised at its end."""
    faults: list[BaseException] = []

    def note(loop: asyncio.AbstractEventLoop, context: dict[str, object]) -> None:
        error = context.get("exception")
        faults.append(error if isinstance(error, BaseException) else RuntimeError(str(context.get("message"))))

    async def watched() -> T:
        asyncio.get_running_loop().set_exception_handler(note)
        return await main()

    with asyncio.Runner(loop_factory=VirtualLoop) as runner:
        result = runner.run(watched())
    if faults:
        raise faults[0]
    return result


async def until(condition: Callable[[], bool], *, within_s: float, every_s: float = 0.01, what: str = "") -> None:
    """Let (virtual or real) time pass until the condition holds; fails after ``within_s``."""
    loop = asyncio.get_running_loop()
    deadline = loop.time() + within_s
    while not condition():
        if loop.time() > deadline:
            raise AssertionError(f"not within {within_s} s: {what or condition}")
        await asyncio.sleep(every_s)


async def pass_time(seconds: float) -> None:
    """Let virtual time pass; refuses to wait in real time, where a condition is waited for."""
    if not isinstance(asyncio.get_running_loop(), VirtualLoop):
        raise RuntimeError("time passes by itself in virtual time only: wait for a condition")
    await asyncio.sleep(seconds)
