"""Which topic carries what type. A device publishes and subscribes only below ``devices/<its name>/``; the hub routes.

========================  =========  =======================================================
``devices/N/v1/up/LANE``  to hub     what an agent says, by lane
``devices/N/v1/down``     to agent   everything the hub says to this agent
``devices/N/v1/state``    retained   presence, with the last will
========================  =========  =======================================================
"""

import re
from enum import StrEnum

import msgspec

from contracts.audio import AudioClosed, AudioEnded, AudioFrames, AudioGranted, AudioHeard, AudioOpened, AudioRefused
from contracts.bookings import BookingsTold, BookingsWanted
from contracts.errors import ErrorCode, Refusal
from contracts.fields import DeviceKind
from contracts.kiosk_health import KioskReported
from contracts.lending import CallFelt, LendingTold
from contracts.lobby import LobbyTold, NumbersLeased, NumbersWanted, TicketAdvised
from contracts.messages import AnyMessage
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

VERSION = "v1"


class Lane(StrEnum):
    """The upward lanes of an agent."""

    REPORT = "report"
    BIND = "bind"
    TICKETS = "tickets"
    LOBBY = "lobby"
    LENDING = "lending"
    VISITS = "visits"
    MODELS = "models"
    AUDIO = "audio"


LANE_TYPES: dict[Lane, tuple[type[AnyMessage], ...]] = {
    Lane.REPORT: (DeviceReported,),
    Lane.BIND: (BindDevice, UnbindDevice),
    Lane.TICKETS: (TicketTaken,),
    Lane.LOBBY: (
        KioskReported,
        NumbersWanted,
        BookingsWanted,
    ),
    Lane.LENDING: (CallFelt,),
    Lane.VISITS: (NameTarget, ClaimTask, PassTask, StartTalk, SegmentHeard, TapSignal, GiveFeedback, AlertsTimed),
    Lane.MODELS: (ModelChunkWanted, ModelReported),
    Lane.AUDIO: (AudioOpened, AudioFrames, AudioClosed),
}
"""What an agent may say on each lane."""

LANE_KINDS: dict[Lane, frozenset[DeviceKind]] = {
    Lane.REPORT: frozenset(DeviceKind),
    Lane.BIND: frozenset({DeviceKind.WATCH, DeviceKind.BAND}),
    Lane.TICKETS: frozenset({DeviceKind.KIOSK}),
    Lane.LOBBY: frozenset({DeviceKind.KIOSK}),
    Lane.LENDING: frozenset({DeviceKind.WATCH, DeviceKind.BAND}),
    Lane.VISITS: frozenset({DeviceKind.WATCH, DeviceKind.BAND}),
    Lane.MODELS: frozenset(DeviceKind),
    Lane.AUDIO: frozenset({DeviceKind.WATCH, DeviceKind.BAND}),
}
"""Which kinds of agent may speak on each lane."""

DOWN_TYPES: tuple[type[AnyMessage], ...] = (
    DeviceWelcomed,
    HubStarted,
    DeviceBound,
    DeliveryAcked,
    MessageRefused,
    TaskOffered,
    TaskClaimed,
    TaskWithdrawn,
    TaskUpdated,
    TasksSynced,
    LendingTold,
    ModelAnnounced,
    ModelChunk,
    AudioGranted,
    AudioRefused,
    AudioHeard,
    AudioEnded,
    NumbersLeased,
    LobbyTold,
    BookingsTold,
    TicketAdvised,
)
"""What the hub may say to an agent."""

STATE_TYPES: tuple[type[AnyMessage], ...] = (PresenceChanged,)
"""What an agent's retained state topic carries."""

_LANE_OF: dict[type[AnyMessage], Lane] = {message: lane for lane, types in LANE_TYPES.items() for message in types}
_UP = re.compile(r"devices/([a-z0-9][a-z0-9-]{0,62})/v1/(?:up/([a-z]+)|(state))")

UP_FILTER = f"devices/+/{VERSION}/up/+"
STATE_FILTER = f"devices/+/{VERSION}/state"


class UpTopic(msgspec.Struct, frozen=True, kw_only=True):
    """A parsed upward topic; ``lane`` is null for the state topic."""

    device: str
    lane: Lane | None


def up(device: str, message_type: type[AnyMessage]) -> str:
    """The topic on which ``device`` says a message of this type."""
    return f"devices/{device}/{VERSION}/up/{_LANE_OF[message_type]}"


def down(device: str) -> str:
    """The topic on which the hub speaks to ``device``."""
    return f"devices/{device}/{VERSION}/down"


def state(device: str) -> str:
    """The retained presence topic of ``device``."""
    return f"devices/{device}/{VERSION}/state"


def source_of(device: str) -> str:
    """The envelope source of ``device``."""
    return f"devices/{device}"


def parse_up(topic: str) -> UpTopic | Refusal:
    """Which device speaks on which lane, or why the topic is refused."""
    match = _UP.fullmatch(topic)
    if match is None:
        return Refusal(code=ErrorCode.WRONG_TOPIC, detail=f"no such topic {topic[:120]!r}: use devices/NAME/v1/up/LANE")
    name, lane, _state = match.groups()
    if lane is None:
        return UpTopic(device=name, lane=None)
    try:
        return UpTopic(device=name, lane=Lane(lane))
    except ValueError:
        return Refusal(code=ErrorCode.WRONG_TOPIC, detail=f"no lane {lane!r}: use one of {', '.join(Lane)}")
