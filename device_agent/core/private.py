"""When a page about a customer is blank: nobody has touched it for a while, or the wrist is turned away. Pure."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from device_agent.core.acts import WristState
from device_agent.core.conditions import Wrist

READABLE = timedelta(seconds=15)
"""How long after a touch a page about a customer can be read (W-09)."""


@dataclass(frozen=True, slots=True)
class Privacy:
    """The last touch that still counts; null when none does. Times are those of the corrected clock (W-09).

    Keep what :meth:`after` returns at each look: once blank, a page stays blank until it is touched.
    """

    touched: datetime | None = None

    def blank(self, state: WristState, now: datetime) -> bool:
        """Whether the page is to be blank: 15 s after the touch, with the wrist down or off, or locked.

        A touch in the future (the clock was set back) doesn't count.
        """
        return self._ends(now) is None or state.conditions.wrist is not Wrist.UP or state.lock.locked

    def after(self, state: WristState, now: datetime) -> "Privacy":
        """This, with the touch forgotten if the page is blank."""
        return Privacy() if self.blank(state, now) else self

    def next_change(self, now: datetime) -> datetime | None:
        """When time alone will blank the page; null when it won't."""
        return self._ends(now)

    def _ends(self, now: datetime) -> datetime | None:
        touched = self.touched
        return touched + READABLE if touched is not None and timedelta(0) <= now - touched < READABLE else None
