"""All message types of version 1, and the closed union of them."""

from typing import get_args

import msgspec

from contracts.audio import AudioClosed, AudioEnded, AudioFrames, AudioGranted, AudioHeard, AudioOpened, AudioRefused
from contracts.bookings import BookingsTold, BookingsWanted
from contracts.kiosk_health import KioskReported
from contracts.lending import CallFelt, LendingTold
from contracts.lobby import LobbyTold, NumbersLeased, NumbersWanted, TicketAdvised
from contracts.models import ModelAnnounced, ModelChunk, ModelChunkWanted, ModelReported
from contracts.session import (
    BindDevice,
    DeliveryAcked,
    DeviceBound,
    DeviceReported,
    DeviceWelcomed,
    HubStarted,
    MessageRefused,
    PresenceChanged,
    UnbindDevice,
)
from contracts.tickets import TicketTaken
from contracts.visits import (
    AlertsTimed,
    ClaimTask,
    GiveFeedback,
    NameTarget,
    PassTask,
    SegmentHeard,
    StartTalk,
    TapSignal,
    TaskClaimed,
    TaskOffered,
    TasksSynced,
    TaskUpdated,
    TaskWithdrawn,
)

AnyMessage = (
    AlertsTimed
    | AudioClosed
    | AudioEnded
    | AudioFrames
    | AudioGranted
    | AudioHeard
    | AudioOpened
    | AudioRefused
    | BindDevice
    | BookingsTold
    | BookingsWanted
    | CallFelt
    | ClaimTask
    | DeliveryAcked
    | DeviceBound
    | DeviceReported
    | DeviceWelcomed
    | GiveFeedback
    | HubStarted
    | KioskReported
    | LendingTold
    | LobbyTold
    | MessageRefused
    | ModelAnnounced
    | ModelChunk
    | ModelChunkWanted
    | ModelReported
    | NameTarget
    | NumbersLeased
    | NumbersWanted
    | PassTask
    | PresenceChanged
    | SegmentHeard
    | StartTalk
    | TapSignal
    | TaskClaimed
    | TaskOffered
    | TaskUpdated
    | TaskWithdrawn
    | TasksSynced
    | TicketAdvised
    | TicketTaken
    | UnbindDevice
)
"""Any message of version 1."""


def wire_type(message_type: type[msgspec.Struct]) -> str:
    """The wire tag of a message type, such as ``task.offered.v1``."""
    tag = message_type.__struct_config__.tag
    if not isinstance(tag, str):
        raise TypeError(f"{message_type.__name__} has no wire tag: give it one with tag='family.event.v1'")
    return tag


MESSAGE_TYPES: dict[str, type[AnyMessage]] = {wire_type(message): message for message in get_args(AnyMessage)}
"""Every message type by its wire tag."""
