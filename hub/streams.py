"""Each device's stream: this run of the hub (epoch) and how many messages the device was told in it.

Kept in memory on purpose: after a restart the epoch differs and every device is told its whole state (W-01).
"""

import msgspec

from contracts import AnyMessage
from contracts.session import DeviceBound, StreamPosition
from contracts.visits import TaskClaimed, TaskOffered, TasksSynced, TaskUpdated, TaskWithdrawn

UNPLACED = StreamPosition(epoch="unplaced", revision=0)
"""Put into a streamed message by who says it; the real place is given when it leaves, after the commit."""

STREAMED = (DeviceBound, TaskOffered, TaskClaimed, TaskWithdrawn, TaskUpdated, TasksSynced)


class Streams:
    """Counts what each device was told."""

    def __init__(self, epoch: str) -> None:
        self.epoch = epoch
        self._revisions: dict[str, int] = {}

    def position(self, device: str) -> StreamPosition:
        """Where the device should stand."""
        return StreamPosition(epoch=self.epoch, revision=self._revisions.get(device, 0))

    def place(self, device: str, message: AnyMessage) -> AnyMessage:
        """The message with its place in the device's stream, if it has one; parts of one sync share a place."""
        if not isinstance(message, STREAMED):
            return message
        revision = self._revisions.get(device, 0)
        if not isinstance(message, TasksSynced) or message.part == 1:
            revision += 1
            self._revisions[device] = revision
        return msgspec.structs.replace(message, position=StreamPosition(epoch=self.epoch, revision=revision))
