"""The alerter of a machine without a motor: what would be felt becomes an event, which a window or a script shows."""

from collections.abc import Callable

from device_agent.events import Alerted, AnyEvent, Silenced
from device_agent.haptics.port import Alert


class Recorder:
    """An :class:`~device_agent.haptics.port.Alerter` that emits ``alert`` and ``silenced``."""

    def __init__(self, emit: Callable[[AnyEvent], None]) -> None:
        self._emit = emit

    def alert(self, alert: Alert) -> None:
        self._emit(
            Alerted(
                task=alert.view.task,
                number=alert.view.number,
                urgency=alert.view.urgency,
                channels=alert.pattern.channels,
                pulses_ms=alert.pattern.pulses_ms,
                trace=alert.trace,
            )
        )

    def silence(self, task_id: str) -> None:
        self._emit(Silenced(task=task_id))
