"""The body of a page: a column that scrolls when it is longer than its room, and makes only what can be seen."""

from collections.abc import Callable
from functools import partial
from typing import Protocol

from kivy.clock import Clock
from kivy.uix.floatlayout import FloatLayout
from kivy.uix.scrollview import ScrollView
from kivy.uix.widget import Widget

from device_agent.presenters.pages import (
    Ask,
    Bar,
    Block,
    Choice,
    Detail,
    Emblem,
    Large,
    Live,
    Pad,
    Progress,
    Row,
    Stand,
    Words,
)
from device_agent.presenters.routes import Tap
from device_agent.ui.answers import AskView, PadView, StandView
from device_agent.ui.blocks import (
    BarView,
    BlockView,
    ChoiceView,
    DetailView,
    EmblemView,
    LiveView,
    ProgressView,
    RowView,
    WordsView,
)
from device_agent.ui.large import LargeView
from device_agent.ui.theme import Geometry

VIEWS: dict[type[Block], type[BlockView]] = {
    Bar: BarView,
    Stand: StandView,
    Ask: AskView,
    Row: RowView,
    Choice: ChoiceView,
    Words: WordsView,
    Detail: DetailView,
    Live: LiveView,
    Emblem: EmblemView,
    Large: LargeView,
    Progress: ProgressView,
    Pad: PadView,
}

LONG = 9
"""A longer list of rows that are all as high is laid out by the height of its first row of each kind, and only what is
near the eye is made: memory doesn't grow with the day."""


def is_long(blocks: tuple[Block, ...]) -> bool:
    """Whether only what is near the eye is made; rows whose titles may be cut have one line, so they are as high."""
    return sum(isinstance(block, Row) and block.shortened for block in blocks) > LONG


NEARLY = 0.005
"""Of the way: a page scrolled this near to its end is at its end."""

ACROSS = 14
"""A finger that went this far sideways, in pixels, isn't tapping."""


class Scrolling(Protocol):
    """What a touch of Kivy's offers, as far as it is needed here."""

    x: float
    y: float
    ox: float
    oy: float
    ud: dict[str, dict[str, str]]


class Body(ScrollView):
    """The scrolling column. ``named`` finds the widgets that are made just now."""

    def __init__(self, geometry: Geometry, on_tap: Callable[[Tap], None]) -> None:
        super().__init__(
            size_hint=(None, None), do_scroll_x=False, bar_width=0, scroll_distance=12, scroll_timeout=250,
            always_overscroll=False,
        )  # fmt: skip
        self._geometry = geometry
        self._on_tap = on_tap
        self._column = FloatLayout(size_hint=(None, None))
        self.add_widget(self._column)
        self._blocks: tuple[Block, ...] = ()
        self._tops: list[float] = []
        self._width = 0.0
        self._room = 0.0
        self._live: dict[int, BlockView] = {}
        self._pool: dict[type[BlockView], list[BlockView]] = {}
        self._centred = False
        self._look = Clock.create_trigger(lambda _elapsed: self._make_visible())
        self.bind(scroll_y=lambda *_: self._look())

    @property
    def named(self) -> dict[str, Widget]:
        """Widgets by name."""
        return {name: widget for view in self._live.values() for name, widget in view.named.items()}

    @property
    def scrolls(self) -> bool:
        """Whether there is more than is seen."""
        return self.hidden > 1

    @property
    def hidden(self) -> float:
        """How many pixels of the column are not seen."""
        return max(0.0, float(self._column.height - self.height))

    def _bind_inactive_bar_color(self, *_: object) -> None:
        """No bar is drawn, so none fades: the fade would draw as many frames as the machine can, for half a second.

        Each step of scrolling has bound this once more: all of them go.
        """
        self.unbind(bar_color=self._change_bar_color)

    def scroll_by(self, pixels: float) -> bool:
        """Scroll on (or back, when negative); false when that end has come already."""
        hidden = self.hidden
        at = float(getattr(self, "scroll_y"))  # noqa: B009 - a property that Kivy declares at run time
        if hidden < 1 or (at <= NEARLY if pixels > 0 else at >= 1.0 - NEARLY):
            return False
        self.scroll_y = max(0.0, min(1.0, at - pixels / hidden))
        self._rest()
        return True

    def _rest(self) -> None:
        """Nothing glides on: what Kivy remembers of a finger's speed belongs to what was there before."""
        self.effect_y.velocity = 0
        self._update_effect_y_bounds()

    def on_scroll_move(self, touch: Scrolling) -> bool:
        """A finger that goes across is no tap on what it began on."""
        state = touch.ud.get(self._get_uid())
        across, along = abs(touch.x - touch.ox), abs(touch.y - touch.oy)
        if state is not None and state["mode"] == "unknown" and across > ACROSS and across > along:
            state["mode"] = "scroll"
        return bool(super().on_scroll_move(touch))

    def on_scroll_stop(self, touch: Scrolling, check_children: bool = True) -> bool:
        """A tap counts when the finger leaves, not a fifth of a second later."""
        handled = bool(super().on_scroll_stop(touch, check_children))
        state = touch.ud.get(self._get_uid())
        if state is not None and state["mode"] == "unknown":
            Clock.schedule_once(partial(self._do_touch_up, touch), 0)
        return handled

    def show(self, blocks: tuple[Block, ...], width: float, room: float, *, same_page: bool) -> None:
        """Lay the blocks out in ``room`` pixels of height; a page that was already open keeps its place,
        unless something new is asked on it."""
        held = float(getattr(self, "scroll_y"))  # noqa: B009 - a property that Kivy declares at run time
        before = self._column.height - self.height
        asked = {block.name for block in self._blocks if isinstance(block, Ask)}
        self._width, self._room = width, room
        self.size = (width, room)
        self._centred = self._geometry.centred or any(isinstance(block, Emblem | Large) for block in blocks)
        if is_long(blocks) and self._same_kinds(blocks):
            self._swap(blocks)
        else:
            self._lay_out(blocks)
        after = self._column.height - self.height
        asks_anew = any(isinstance(block, Ask) and block.name not in asked for block in blocks)
        if same_page and not asks_anew and before > 0 and after > 0:
            self.scroll_y = max(0.0, min(1.0, 1.0 - (1.0 - held) * before / after))
        else:
            self.scroll_y = 1.0
        self._rest()
        self._make_visible()

    def _same_kinds(self, blocks: tuple[Block, ...]) -> bool:
        old = self._blocks
        return len(old) == len(blocks) and all(type(a) is type(b) for a, b in zip(old, blocks, strict=True))

    def _swap(self, blocks: tuple[Block, ...]) -> None:
        changed = [n for n, (a, b) in enumerate(zip(self._blocks, blocks, strict=True)) if a != b]
        self._blocks = blocks
        for number in changed:
            view = self._live.get(number)
            if view is not None:
                self._draw(view, number)

    def _lay_out(self, blocks: tuple[Block, ...]) -> None:
        for number in tuple(self._live):
            self._release(number)
        self._blocks = blocks
        heights: dict[type[Block], float] = {}
        gap = self._geometry.gap
        self._tops, top = [], 0.0
        long = is_long(blocks)
        for number, block in enumerate(blocks):
            self._tops.append(top)
            kind = type(block)
            if not long or kind not in heights:
                heights[kind] = self._acquire(number).height
            top += heights[kind] + gap
        tall = max(0.0, top - gap)
        air = max(0.0, self._room - tall)
        push = air / 2 if self._centres() else 0.0
        self._tops = [at + push for at in self._tops]
        self._column.size = (self._width, max(tall + push, self._room))
        for number in self._live:
            self._place(number)

    def _centres(self) -> bool:
        """What is less than the room stands in its middle; rows begin at the top."""
        return not any(isinstance(block, Row | Stand | Ask | Detail | Bar) for block in self._blocks)

    def _make_visible(self) -> None:
        if not is_long(self._blocks):
            return
        hidden = max(0.0, self._column.height - self.height)
        first = (1.0 - self.scroll_y) * hidden - self.height * 0.6
        last = first + self.height * 2.2
        wanted = {n for n, top in enumerate(self._tops) if first <= top <= last}
        for number in tuple(self._live):
            if number not in wanted:
                self._release(number)
        for number in wanted:
            if number not in self._live:
                self._acquire(number)
                self._place(number)

    def _acquire(self, number: int) -> BlockView:
        kind = VIEWS[type(self._blocks[number])]
        pool = self._pool.setdefault(kind, [])
        view = pool.pop() if pool else kind(self._geometry, self._on_tap)
        self._live[number] = view
        self._draw(view, number)
        self._column.add_widget(view)
        return view

    def _draw(self, view: BlockView, number: int) -> None:
        block = self._blocks[number]
        share = (self._room - self._geometry.gap * (len(self._blocks) - 1)) / len(self._blocks)
        if isinstance(view, WordsView) and isinstance(block, Words):
            view.show(block, self._width, share, centred=self._centred)
        else:
            view.show(block, self._width, share)

    def _place(self, number: int) -> None:
        view = self._live[number]
        view.pos = (self._column.x, self._column.top - self._tops[number] - view.height)

    def _release(self, number: int) -> None:
        view = self._live.pop(number)
        self._column.remove_widget(view)
        self._pool.setdefault(type(view), []).append(view)
