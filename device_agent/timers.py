"""What happens later, as a port: the event loop's timers, which end with the agent."""

import asyncio
from collections.abc import Callable
from typing import Protocol


class Timers(Protocol):
    """Calls back once, after a while."""

    def later(self, delay_s: float, call: Callable[[], None]) -> Callable[[], None]:
        """Call ``call`` after ``delay_s`` seconds; call the result to have it forgotten, also when it is over."""
        ...


class LoopTimers:
    """Timers of the running event loop. After ``close`` nothing is called any more, nor taken on."""

    def __init__(self) -> None:
        self._handles: set[asyncio.TimerHandle] = set()
        self._closed = False

    def later(self, delay_s: float, call: Callable[[], None]) -> Callable[[], None]:
        if self._closed:
            return _nothing

        def ring() -> None:
            self._handles.discard(handle)
            call()

        def forget() -> None:
            handle.cancel()
            self._handles.discard(handle)

        handle = asyncio.get_running_loop().call_later(max(0.0, delay_s), ring)
        self._handles.add(handle)
        return forget

    def close(self) -> None:
        """Forget all that was to come."""
        self._closed = True
        for handle in self._handles:
            handle.cancel()
        self._handles.clear()


def _nothing() -> None:
    """There is nothing to forget."""
