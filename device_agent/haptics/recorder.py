"""Alerts for machines without a motor, and for tests: what would be felt or heard is told as events, or kept."""

from collections.abc import Callable
from dataclasses import dataclass

from contracts.fields import Language
from device_agent.core.alerts import Channel, felt
from device_agent.core.preferences import Preferences
from device_agent.events import AnyEvent, Silenced, Vibrated
from device_agent.haptics.alerter import alerted
from device_agent.haptics.port import Alert

_AS_IT_COMES = Preferences(voice=True)


class Recorder:
    """An :class:`~device_agent.haptics.port.Alerter` that only tells: ``alert`` for the first step, ``silenced``."""

    def __init__(self, emit: Callable[[AnyEvent], None], monotonic: Callable[[], float] | None = None) -> None:
        self._emit = emit
        self._monotonic = monotonic

    def alert(self, alert: Alert) -> float | None:
        what = felt(alert.pattern.steps[0], _AS_IT_COMES)
        told = self._monotonic() if self._monotonic is not None and what.pulses_ms else None
        self._emit(alerted(alert, what))
        return told

    def silence(self, task_id: str) -> None:
        self._emit(Silenced(task=task_id))


class ScreenMotor:
    """The motor of a desktop: the window shows the pulse of each ``vibrated`` event."""

    def __init__(self, emit: Callable[[AnyEvent], None]) -> None:
        self._emit = emit

    def play(self, pulses_ms: tuple[int, ...], strength: float) -> None:
        self._emit(Vibrated(pulses_ms=pulses_ms, strength=strength))

    def stop(self) -> None:
        self._emit(Vibrated(pulses_ms=(), strength=0.0))


class Mute:
    """A :class:`~device_agent.haptics.port.Bell` and :class:`~device_agent.haptics.port.Speaker` that stays silent:
    for a wrist whose sound is turned off altogether."""

    def ring(self) -> None:
        pass

    def say(self, text: str, language: Language) -> None:
        pass

    def stop(self) -> None:
        pass


@dataclass(frozen=True, slots=True)
class Command:
    """What a channel was told, and when by the monotonic clock; a stop has nothing but the channel."""

    at: float
    channel: Channel
    stop: bool = False
    pulses_ms: tuple[int, ...] = ()
    strength: float = 0.0
    text: str = ""
    language: Language | None = None


class Tape:
    """Keeps every command to its motor, bell and speaker, in order."""

    def __init__(self, monotonic: Callable[[], float]) -> None:
        self._monotonic = monotonic
        self.commands: list[Command] = []
        self.motor = TapedMotor(self)
        self.bell = TapedBell(self)
        self.speaker = TapedSpeaker(self)

    def now(self) -> float:
        """The monotonic second."""
        return self._monotonic()


class TapedMotor:
    """A :class:`~device_agent.haptics.port.Motor` on tape."""

    def __init__(self, tape: Tape) -> None:
        self._tape = tape

    def play(self, pulses_ms: tuple[int, ...], strength: float) -> None:
        self._tape.commands.append(Command(self._tape.now(), Channel.VIBRATION, pulses_ms=pulses_ms, strength=strength))

    def stop(self) -> None:
        self._tape.commands.append(Command(self._tape.now(), Channel.VIBRATION, stop=True))


class TapedBell:
    """A :class:`~device_agent.haptics.port.Bell` on tape."""

    def __init__(self, tape: Tape) -> None:
        self._tape = tape

    def ring(self) -> None:
        self._tape.commands.append(Command(self._tape.now(), Channel.RING))

    def stop(self) -> None:
        self._tape.commands.append(Command(self._tape.now(), Channel.RING, stop=True))


class TapedSpeaker:
    """A :class:`~device_agent.haptics.port.Speaker` on tape."""

    def __init__(self, tape: Tape) -> None:
        self._tape = tape

    def say(self, text: str, language: Language) -> None:
        if text.strip():
            self._tape.commands.append(Command(self._tape.now(), Channel.VOICE, text=text, language=language))

    def stop(self) -> None:
        self._tape.commands.append(Command(self._tape.now(), Channel.VOICE, stop=True))
