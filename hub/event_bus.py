"""The in-process bus: carries domain events to the rooms that listen, in the transaction that caused them.

Source of the pattern: H. Percival, B. Gregory, "Architecture Patterns with Python", ch. 8.
"""

from collections.abc import Callable, Sequence

from hub.events import DomainEvent
from hub.storage import UnitOfWork

Listener = Callable[[UnitOfWork, Sequence[DomainEvent]], None]


class EventBus:
    """Carries events to the rooms that listen; runs of the same type go to a listener in one call."""

    def __init__(self) -> None:
        self._listeners: dict[type[DomainEvent], list[Listener]] = {}

    def listen(self, event_type: type[DomainEvent], listener: Listener) -> None:
        """Call ``listener`` with every run of events of this type."""
        self._listeners.setdefault(event_type, []).append(listener)

    def deliver(self, unit: UnitOfWork) -> None:
        """Deliver what the unit has emitted, and what that emits, until there is none."""
        while unit.events:
            events, unit.events = unit.events, []
            start = 0
            for end in range(1, len(events) + 1):
                if end == len(events) or type(events[end]) is not type(events[start]):
                    for listener in self._listeners.get(type(events[start]), []):
                        listener(unit, events[start:end])
                    start = end
