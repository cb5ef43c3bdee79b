"""Takes touches as they come, not with the next frame: at rest the window draws ten frames a second, at most."""

import asyncio

from kivy.base import EventLoop
from kivy.clock import Clock
from kivy.core.window import Window

POLL_S = 0.006
"""How often the window's events are looked for; about 1 % of a core."""


class Prompt:
    """Looks for events between the frames, and has drawn at once what they changed."""

    def __init__(self) -> None:
        # A trigger interrupts the clock's wait for its next frame.
        self._draw = Clock.create_trigger(lambda _elapsed: None)

    async def run(self) -> None:
        """Until cancelled."""
        while True:
            await asyncio.sleep(POLL_S)
            if EventLoop.status != "started" or EventLoop.quit:
                continue
            Window.mainloop()
            EventLoop.dispatch_input()
            if Window.canvas.needs_redraw:
                self._draw()
