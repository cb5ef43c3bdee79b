"""Fans an alert out to the channels, step by step, by its pattern and by what the advisor likes (W-07)."""

from collections.abc import Callable
from functools import partial

from device_agent.core.alerts import Channel, Felt, PatternStep, felt
from device_agent.core.preferences import Preferences
from device_agent.events import Alerted, AlertedAgain, AnyEvent, Silenced
from device_agent.haptics.port import Alert, Bell, Motor, Speaker, Wording
from device_agent.timers import Timers


class ChannelAlerter:
    """An :class:`~device_agent.haptics.port.Alerter` over a motor, a bell and a voice; the window shows the text.

    ``preferences`` is asked at each step, ``monotonic`` gives seconds. Several alerts may run at once: each channel
    belongs to the one that used it last, and silencing another leaves it alone.
    """

    def __init__(
        self,
        *,
        motor: Motor,
        bell: Bell,
        speaker: Speaker,
        wording: Wording,
        preferences: Callable[[], Preferences],
        emit: Callable[[AnyEvent], None],
        timers: Timers,
        monotonic: Callable[[], float],
    ) -> None:
        self._motor = motor
        self._bell = bell
        self._speaker = speaker
        self._wording = wording
        self._preferences = preferences
        self._emit = emit
        self._timers = timers
        self._monotonic = monotonic
        self._to_come: dict[str, list[Callable[[], None]]] = {}
        self._used_by: dict[Channel, str] = {}

    def alert(self, alert: Alert) -> float | None:
        task, (first, *later) = alert.view.task, alert.pattern.steps
        self._forget(task)
        what = felt(first, self._preferences())
        told = self._do(alert, what)
        self._to_come[task] = [self._timers.later(s.after_s, partial(self._again, alert, s)) for s in later]
        self._emit(alerted(alert, what))
        return told

    def silence(self, task_id: str) -> None:
        self._forget(task_id)
        stops = {Channel.VIBRATION: self._motor.stop, Channel.RING: self._bell.stop, Channel.VOICE: self._speaker.stop}
        for channel, stop in stops.items():
            if self._used_by.get(channel) == task_id:
                del self._used_by[channel]
                stop()
        self._emit(Silenced(task=task_id))

    def _again(self, alert: Alert, step: PatternStep) -> None:
        what = felt(step, self._preferences())
        self._do(alert, what)
        self._emit(
            AlertedAgain(
                task=alert.view.task,
                number=alert.view.number,
                after_s=step.after_s,
                channels=what.channels,
                pulses_ms=what.pulses_ms,
            )
        )

    def _do(self, alert: Alert, what: Felt) -> float | None:
        """The motor goes first: the others may take their time to begin."""
        task, told = alert.view.task, None
        if Channel.VIBRATION in what.channels:
            told = self._monotonic()
            self._motor.play(what.pulses_ms, what.strength)
            self._used_by[Channel.VIBRATION] = task
        if Channel.RING in what.channels:
            self._bell.ring()
            self._used_by[Channel.RING] = task
        if Channel.VOICE in what.channels:
            spoken = self._wording(alert.view)
            self._speaker.say(spoken.text, spoken.language)
            self._used_by[Channel.VOICE] = task
        return told

    def _forget(self, task_id: str) -> None:
        for forget in self._to_come.pop(task_id, ()):
            forget()


def alerted(alert: Alert, what: Felt) -> Alerted:
    """The event of an alert that was raised."""
    return Alerted(
        task=alert.view.task,
        number=alert.view.number,
        urgency=alert.view.urgency,
        channels=what.channels,
        pulses_ms=what.pulses_ms,
        trace=alert.trace,
    )
