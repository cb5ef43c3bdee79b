"""Sensors that say what they are told: for tests, stories and pictures."""

import asyncio
from datetime import datetime

from msgspec.structs import replace

from device_agent.conditions.told import Told
from device_agent.core.conditions import Conditions, storage


class Scripted(Told):
    """A :class:`~device_agent.conditions.port.Sensors` without a device behind it."""

    def become(self, conditions: Conditions) -> None:
        """All of it at once; a refusal of the disk is forgotten."""
        self._refused = False
        self._measured = conditions.storage
        self._become(conditions)

    def battery(self, percent: int | None, *, charging: bool = False) -> None:
        """The battery holds this much, or can't be told."""
        self._become(replace(self._conditions, battery_percent=percent, charging=charging))

    def free(self, free_bytes: int) -> None:
        """The disk has this much room."""
        self._measured = storage(free_bytes)
        self._become(replace(self._conditions, storage=self._storage()))

    def certificate(self, ends: datetime | None) -> None:
        """The certificate ends then; null without one."""
        self._become(replace(self._conditions, certificate_ends=ends))

    async def run(self) -> None:
        await asyncio.Event().wait()
