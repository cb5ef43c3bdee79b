"""Each device's stream: this run of the hub (epoch) and how many messages the device was told in it.

Kept in memory on purpose: after a restart the epoch differs and every device is told its whole state (W-01).
"""

from datetime import datetime, timedelta

import msgspec

from contracts import AnyMessage
from contracts.lending import LendingTold
from contracts.session import DeviceBound, StreamPosition
from contracts.visits import TaskClaimed, TaskOffered, TasksSynced, TaskUpdated, TaskWithdrawn

UNPLACED = StreamPosition(epoch="unplaced", revision=0)
"""Put into a streamed message by who says it; the real place is given when it leaves, after the commit."""

STREAMED = (DeviceBound, TaskOffered, TaskClaimed, TaskWithdrawn, TaskUpdated, TasksSynced, LendingTold)


class Streams:
    """Counts what each device was told."""

    def __init__(self, epoch: str, *, settle: timedelta = timedelta(seconds=5)) -> None:
        self.epoch = epoch
        self._settle = settle
        self._revisions: dict[str, int] = {}
        self._said: dict[str, datetime] = {}

    def position(self, device: str) -> StreamPosition:
        """Where the device should stand."""
        return StreamPosition(epoch=self.epoch, revision=self._revisions.get(device, 0))

    def agrees(self, device: str, at: StreamPosition | None, *, exact: bool, now: datetime) -> bool:
        """Whether a device that stands at ``at`` needs nothing: it has heard all, or the rest may be under way."""
        if at is None or at.epoch != self.epoch:
            return False
        revision = self._revisions.get(device, 0)
        if exact or at.revision >= revision:
            return at.revision == revision
        return now - self._said[device] < self._settle

    def place(self, device: str, message: AnyMessage, now: datetime) -> AnyMessage:
        """The message with its place in the device's stream, if it has one; parts of one sync share a place."""
        if not isinstance(message, STREAMED):
            return message
        revision = self._revisions.get(device, 0)
        if not isinstance(message, TasksSynced) or message.part == 1:
            revision += 1
            self._revisions[device] = revision
            self._said[device] = now
        return msgspec.structs.replace(message, position=StreamPosition(epoch=self.epoch, revision=revision))
