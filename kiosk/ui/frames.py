"""What a program that looks on needs of the running window: another size, and frames drawn as fast as they can be."""

import asyncio

from kivy.clock import Clock
from kivy.core.window import Window


def resize(size: tuple[int, int]) -> None:
    """Give the window this size in pixels."""
    Window.size = size


async def draw(count: int, running: "asyncio.Future[None]") -> None:
    """Until so many frames were drawn; raises what ended the window, or ``RuntimeError`` when somebody closed it."""
    until = Clock.frames + count
    while Clock.frames < until:
        if running.done():
            running.result()
            raise RuntimeError("the window was closed in the middle of it")
        Clock._max_fps = 500
        await asyncio.sleep(0)
