"""Messages of the session between an agent (wearable or kiosk) and the hub: reports, binding, acknowledgement."""

from enum import StrEnum
from typing import Annotated

import msgspec
from msgspec import UNSET, Meta, UnsetType

from contracts.errors import ErrorCode
from contracts.fields import DeviceKind, Id, Language, Microseconds, Moment, Name, ShortText
from contracts.models import HeldModel


class StreamPosition(msgspec.Struct, frozen=True, kw_only=True):
    """Where an agent stands in what the hub tells it: the hub's run (epoch) and the count of messages within it."""

    epoch: Id
    revision: Annotated[int, Meta(ge=0)]


class DeviceReported(msgspec.Struct, frozen=True, kw_only=True, tag="device.reported.v1"):
    """Sent after each connect and at every heartbeat, never queued: its ``time`` is the sender's clock now (W-01).

    ``exact``: after a connect or a gap, any difference of position is answered with the whole state. At a heartbeat a
    position that is only behind may just not have heard what is under way.

    ``model``: the ranking model in use, null for none yet; an agent that leaves it out takes none.
    """

    kind: DeviceKind
    agent_version: ShortText
    position: StreamPosition | None = None
    exact: bool = False
    battery_percent: Annotated[int, Meta(ge=0, le=100)] | None = None
    model: HeldModel | UnsetType | None = UNSET


class DeviceWelcomed(msgspec.Struct, frozen=True, kw_only=True, tag="device.welcomed.v1"):
    """The hub's answer to a report: its clock and its run. ``current`` is false when a ``tasks.synced.v1`` follows.

    ``hub_us`` is the hub's monotonic clock when it answered and ``held_us`` how long it had the report by then, both in
    microseconds: with the round trip they tell the device how far its own monotonic clock is off.
    """

    hub_time: Moment
    epoch: Id
    current: bool
    hub_us: Microseconds | UnsetType = UNSET
    held_us: Microseconds | UnsetType = UNSET


class HubStarted(msgspec.Struct, frozen=True, kw_only=True, tag="hub.started.v1"):
    """The hub runs anew: agents report at once (after a jitter) and are brought up to date."""

    epoch: Id


class BindDevice(msgspec.Struct, frozen=True, kw_only=True, tag="device.bind.v1"):
    """The advisor picked a branch (W-02)."""

    branch: Name


class UnbindDevice(msgspec.Struct, frozen=True, kw_only=True, tag="device.unbind.v1"):
    """The advisor leaves the branch; the device gets no more tasks (W-02)."""


class BranchChoice(msgspec.Struct, frozen=True, kw_only=True):
    """A branch that this device's advisor may pick."""

    branch: Name
    title: ShortText


class Binding(msgspec.Struct, frozen=True, kw_only=True):
    """Where the device is bound, since when, and as whom."""

    branch: Name
    title: ShortText
    advisor: Name
    language: Language
    since: Moment


class DeviceBound(msgspec.Struct, frozen=True, kw_only=True, tag="device.bound.v1"):
    """The hub's word on the binding after a bind or unbind: ``binding`` is null when unbound (W-02)."""

    position: StreamPosition
    binding: Binding | None
    choices: tuple[BranchChoice, ...]


class Presence(StrEnum):
    """Retained state of an agent; ``lost`` is the last will."""

    ONLINE = "online"
    LEFT = "left"
    LOST = "lost"


class PresenceChanged(msgspec.Struct, frozen=True, kw_only=True, tag="device.presence.v1"):
    """Retained under the agent's ``state`` topic, with ``lost`` as the last will."""

    presence: Presence


class DeliveryAcked(msgspec.Struct, frozen=True, kw_only=True, tag="delivery.acked.v1"):
    """These messages took effect, durably; the sender forgets them."""

    ids: Annotated[tuple[Id, ...], Meta(min_length=1, max_length=1000)]


class MessageRefused(msgspec.Struct, frozen=True, kw_only=True, tag="message.refused.v1"):
    """A message was refused and changed nothing; ``hub_time`` lets the sender mend its clock."""

    id: Annotated[str, Meta(max_length=64)] | None
    code: ErrorCode
    detail: Annotated[str, Meta(max_length=500)]
    hub_time: Moment
