"""A hand for stories and benchmarks: touches the real window through Kivy's own dispatch, and sees what is on it."""

import asyncio
import time
from collections.abc import Callable, Iterator

from kivy.base import EventLoop
from kivy.clock import Clock
from kivy.core.window import Window
from kivy.input.motionevent import MotionEvent
from kivy.uix.scrollview import ScrollView
from kivy.uix.widget import Widget

from device_agent.ui.app import WristApp

MOST_CLICKS = 600
"""So often the crown is turned until what is looked for comes up."""

STEADY_S = 1.0
"""What still moves after this moves for good, such as the sign of a recording."""

RESTS = 6
"""Frames that a finger rests before it is lifted, so that nothing glides on."""

BUTTON = 13
"""What the side button sends as a key: return."""


class Finger(MotionEvent):
    """One finger from down to up; ``x``, ``y`` in pixels of the window, from its lower left."""

    _count = 0

    def __init__(self, x: float, y: float) -> None:
        Finger._count += 1
        super().__init__("hand", f"finger-{Finger._count}", _shares(x, y), is_touch=True, type_id="touch")
        self.profile = ["pos"]

    def depack(self, args: tuple[float, float]) -> None:
        self.sx, self.sy = args
        super().depack(args)

    def down(self) -> None:
        """Touch the glass."""
        EventLoop.post_dispatch_input("begin", self)

    def glide(self, x: float, y: float) -> None:
        """Move on the glass."""
        self.move(_shares(x, y))
        EventLoop.post_dispatch_input("update", self)

    def up(self) -> None:
        """Leave the glass."""
        EventLoop.post_dispatch_input("end", self)


class Wheel(Finger):
    """One click of the crown, as the platform reports it: the wheel of a mouse."""

    def __init__(self, x: float, y: float, *, onward: bool) -> None:
        super().__init__(x, y)
        self.profile = ["pos", "button"]
        self.button = "scrollup" if onward else "scrolldown"


def _shares(x: float, y: float) -> tuple[float, float]:
    width, height = Window.system_size
    return (x / (width - 1), y / (height - 1))


class Hand:
    """Acts on one running app; everything waits for Kivy's frames. ``running`` is the app's task.

    ``steady_s``: so long at most it waits for the picture to stand still; 0 doesn't look at it.
    """

    def __init__(
        self, app: WristApp, running: asyncio.Future[None], *, fps: int = 240, steady_s: float = STEADY_S
    ) -> None:
        self.app = app
        self._running = running
        self._fps = fps
        self._steady_s = steady_s

    @property
    def named(self) -> dict[str, Widget]:
        """What can be touched on the glass, by the names that the presenters gave."""
        found: dict[str, Widget] = self.app.view.named
        return found

    @property
    def page(self) -> str:
        """The name of the page on the glass."""
        shown = self.app.view.shown
        return "" if shown is None else str(shown.name)

    @property
    def texts(self) -> tuple[str, ...]:
        """All texts on the glass, also those that a list has scrolled out of sight."""
        return tuple(
            text for widget in self.app.glass.walk() if isinstance(text := getattr(widget, "text", None), str) and text
        )

    async def frames(self, count: int = 2) -> None:
        """Let Kivy draw; raises what ended the window."""
        until = Clock.frames + count
        while Clock.frames < until:
            if self._running.done():
                self._running.result()
                raise RuntimeError("the window was closed in the middle of it")
            self.app.wake()
            Clock._max_fps = self._fps
            await asyncio.sleep(0.001)

    async def settle(self) -> None:
        """Until the picture stands still."""
        await self.frames(2)
        if not self._steady_s:
            return
        from runtime.ui.frame import frame  # numpy is heavy, and a benchmark weighs this process

        until = time.monotonic() + self._steady_s
        before, picture = b"", frame().tobytes()
        while before != picture and time.monotonic() < until:
            await self.frames(2)
            before, picture = picture, frame().tobytes()

    async def until(self, condition: Callable[[], bool], *, seconds: float = 3.0) -> bool:
        """Wait frame by frame; false when it did not come."""
        until = time.monotonic() + seconds  # Kivy's own time is that of the last frame, which may be long ago
        while not condition():
            if time.monotonic() > until:
                return False
            await self.frames(1)
        return True

    async def touch(self, x: float, y: float, *, to: tuple[float, float] | None = None, steps: int = 6) -> None:
        """Put a finger down, move it if told, lift it."""
        finger = Finger(x, y)
        finger.down()
        await self.frames(1)
        if to is not None:
            for step in range(1, steps + 1):
                share = step / steps
                finger.glide(x + (to[0] - x) * share, y + (to[1] - y) * share)
                await self.frames(1)
            for _ in range(RESTS):
                finger.glide(*to)
                await self.frames(1)
        finger.up()
        await self.frames(2)

    async def tap(self, name: str) -> bool:
        """Touch the middle of the thing of this name, turning the crown to it; false when there is none."""
        await self.settle()
        await self.until(lambda: not self.app.glass.deaf)
        for _ in range(MOST_CLICKS):
            widget = self.named.get(name)
            scroll = _scroll_of(widget) if widget is not None else next(self._scrolls(), None)
            if widget is not None and (scroll is None or _in_sight(widget, scroll)):
                await self.touch(*widget.to_window(*widget.center))
                return True
            if scroll is None or not await self._bring_up(scroll, widget):
                return False
        return False

    async def swipe(self, to: str) -> None:
        """Across most of the glass: left, right, up or down."""
        width, height = self.app.geometry.width, self.app.geometry.height
        near, far = 0.3, 0.85
        path = {
            "left": ((far * width, height / 2), (near * width, height / 2)),
            "right": ((near * width, height / 2), (far * width, height / 2)),
            "up": ((width / 2, near * height), (width / 2, far * height)),
            "down": ((width / 2, far * height), (width / 2, near * height)),
        }
        start, end = path[to]
        await self.touch(*start, to=end)
        await self.settle()

    async def crown(self, clicks: int) -> None:
        """Turn the crown; onward is positive."""
        for _ in range(abs(clicks)):
            await self._click(onward=clicks > 0)
        await self.settle()

    async def _click(self, *, onward: bool) -> None:
        click = Wheel(self.app.geometry.width / 2, self.app.geometry.height / 2, onward=onward)
        click.down()
        click.up()
        await self.frames(2)

    async def press(self) -> None:
        """The button at the side."""
        Window.dispatch("on_keyboard", BUTTON, 0, "\r", [])
        await self.settle()

    async def type(self, text: str) -> bool:
        """Type a line and send it; false where the page has none."""
        entry = self.named.get("entry")
        if entry is None:
            return False
        entry.text = text
        entry.dispatch("on_text_validate")
        await self.settle()
        return True

    def _scrolls(self) -> Iterator[ScrollView]:
        return (widget for widget in self.app.glass.walk() if isinstance(widget, ScrollView))

    async def _bring_up(self, scroll: ScrollView, widget: Widget | None) -> bool:
        """One click towards the widget (onward when it isn't there yet); false when the list can't go on."""
        if scroll.viewport_size[1] <= scroll.height:
            return False
        before = scroll.scroll_y
        _, middle = scroll.to_window(*scroll.center)
        onward = widget is None or widget.to_window(*widget.center)[1] < middle
        await self._click(onward=onward)
        return bool(scroll.scroll_y != before)


def _scroll_of(widget: Widget) -> ScrollView | None:
    parent = widget.parent
    while parent is not None and parent is not parent.parent:
        if isinstance(parent, ScrollView):
            return parent
        parent = parent.parent
    return None


def _in_sight(widget: Widget, scroll: ScrollView) -> bool:
    _, low = scroll.to_window(scroll.x, scroll.y)
    _, at = widget.to_window(*widget.center)
    return bool(low <= at <= low + scroll.height)
