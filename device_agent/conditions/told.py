"""What all sensors have alike: the last value, who listens, and what others tell."""

from collections.abc import Callable

from msgspec.structs import replace

from device_agent.core.conditions import Conditions, Storage, Update, Wrist


class Told:
    """The value of :class:`~device_agent.conditions.port.Sensors`, told on when it changes."""

    def __init__(self, conditions: Conditions | None = None) -> None:
        self._conditions = conditions or Conditions()
        self._on_change: Callable[[Conditions], None] | None = None
        self._measured = self._conditions.storage
        self._refused = False

    @property
    def conditions(self) -> Conditions:
        return self._conditions

    def listen(self, on_change: Callable[[Conditions], None]) -> None:
        self._on_change = on_change

    def wrist(self, wrist: Wrist) -> None:
        self._become(replace(self._conditions, wrist=wrist))

    def updating(self, update: Update | None) -> None:
        self._become(replace(self._conditions, update=update))

    def disk_refused(self) -> None:
        self._refused = True
        self._become(replace(self._conditions, storage=self._storage()))

    def disk_took(self) -> None:
        self._refused = False
        self._become(replace(self._conditions, storage=self._storage()))

    def _storage(self) -> Storage:
        return Storage.FULL if self._refused else self._measured

    def _become(self, conditions: Conditions) -> None:
        if conditions != self._conditions:
            self._conditions = conditions
            if self._on_change is not None:
                self._on_change(conditions)
