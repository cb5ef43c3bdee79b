"""The vibration by which a customer feels that they are called: slow, strong, repeated (K-06).

It asks no advisor's settings: who lent the device relies on it. Nothing else moves the motor of a lent device.
"""

from collections.abc import Callable

from device_agent.haptics.port import Motor
from device_agent.timers import Timers

PULSES_MS = (900, 250, 900)
"""Longer than any alert of an advisor's, so that it is told from a notification; less than one flash a second where the
screen shows the motor (WCAG 2.3.1 allows three)."""

ROUND_S = 2.5
ROUNDS = 8
"""20 seconds in all."""


LOST_MS = (250, 150, 250)
"""Twice and short: look at the screen. Nobody is called."""


class Summons:
    """Runs the pattern on a motor until it is ended or through."""

    def __init__(self, motor: Motor, timers: Timers) -> None:
        self._motor = motor
        self._timers = timers
        self._left = 0
        self._forget: Callable[[], None] | None = None

    @property
    def running(self) -> bool:
        """Whether rounds are still to come."""
        return self._left > 0

    def begin(self) -> None:
        """From the first round on; the motor is told before this returns."""
        self._stop_clock()
        self._left = ROUNDS
        self._round()

    def end(self) -> None:
        """Stand still; nothing is fine."""
        if self._left or self._forget is not None:
            self._stop_clock()
            self._left = 0
            self._motor.stop()

    def nudge(self) -> None:
        """Have the customer look at the screen, unless they are being called."""
        if not self._left:
            self._motor.play(LOST_MS, 1.0)

    def _round(self) -> None:
        self._motor.play(PULSES_MS, 1.0)
        self._left -= 1
        self._forget = self._timers.later(ROUND_S, self._round if self._left else self._stop_clock)

    def _stop_clock(self) -> None:
        if self._forget is not None:
            self._forget()
            self._forget = None
