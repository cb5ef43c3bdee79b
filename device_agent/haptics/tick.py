"""One short buzz that belongs to no task (W-10)."""

from collections.abc import Callable

from device_agent.core.alerts import Channel, PatternStep, felt
from device_agent.core.preferences import Preferences
from device_agent.haptics.port import Motor

TICK = PatternStep(after_s=0, channels=(Channel.VIBRATION,), pulses_ms=(30,), strength_percent=50)
"""Felt, not heard: the microphone opened or closed."""


def ticking(motor: Motor, preferences: Callable[[], Preferences]) -> Callable[[], None]:
    """What ticks as the advisor likes it, and not at all where vibration is off."""

    def tick() -> None:
        what = felt(TICK, preferences())
        if what.pulses_ms:
            motor.play(what.pulses_ms, what.strength)

    return tick
