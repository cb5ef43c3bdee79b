"""Who may be lent what, and what a lent band tells its customer. Pure (K-06).

A device is lent from when staff give it to the customer of a ticket until staff have it back. That the ticket has ended
doesn't end it: the customer still wears the band, which asks to be given back.
"""

from datetime import datetime

import msgspec

from contracts import ErrorCode, Refusal
from contracts.fields import DeviceKind, Language
from contracts.lending import Lent, LentStage
from hub.kernel import BoundDevice, Device
from hub.lobby.model import Ticket
from hub.lobby.queue.estimate import Estimate
from hub.lobby.queue.places import Place, Stage

STAGES: dict[Stage, LentStage] = {
    Stage.WAITING: LentStage.WAITING,
    Stage.HELD: LentStage.ASIDE,
    Stage.PARKED: LentStage.ASIDE,
    Stage.CALLED: LentStage.CALLED,
    Stage.SERVING: LentStage.SERVING,
    Stage.SERVED: LentStage.OVER,
    Stage.LEFT: LentStage.OVER,
    Stage.NO_SHOW: LentStage.OVER,
}
"""What the customer is told of each place in the queue."""

_AT_A_COUNTER = frozenset({LentStage.CALLED, LentStage.SERVING})

COARSE_FROM_MIN = 30
"""Waits beyond so many minutes are told in steps of five: nobody knows them better."""


class Lending(msgspec.Struct, frozen=True, kw_only=True):
    """A device that is lent since ``since``. ``call``: how often its ticket was called from then on, recalls included;
    ``felt``: the latest of these that the customer has tapped."""

    id: str
    device: str
    branch: str
    ticket: str
    number: str
    language: Language
    since: datetime
    call: int = 0
    felt: int = 0


class BandCard(msgspec.Struct, frozen=True, kw_only=True):
    """A device that a branch lends: whether it is in reach, and to whom it is lent; ``stage`` of that ticket.

    ``noticed``: the customer has tapped the latest call.
    """

    device: str
    kind: DeviceKind
    in_reach: bool
    lending: Lending | None = None
    stage: LentStage | None = None

    @property
    def noticed(self) -> bool:
        """Whether the customer has tapped the latest call."""
        return self.lending is not None and 0 < self.lending.call == self.lending.felt


def is_lent_by(device: Device, branch: str) -> bool:
    """Whether this is one of the branch's devices to be lent: a watch or band that belongs to the branch."""
    return device.kind is not DeviceKind.KIOSK and device.branch == branch


def may_lend(
    name: str,
    device: Device | None,
    branch: str,
    *,
    bound: BoundDevice | None,
    device_lent: Lending | None,
    ticket: Ticket | None,
    place: Place | None,
    ticket_lent: Lending | None,
) -> Refusal | None:
    """Null when the branch may lend this device to the customer of this ticket, else why not and what to do."""
    if device is None:
        return Refusal(code=ErrorCode.UNKNOWN_DEVICE, detail=f"no device {name!r} is provisioned: provision it first")
    if device.kind is DeviceKind.KIOSK:
        return Refusal(code=ErrorCode.WRONG_KIND, detail=f"{name} is a kiosk: lend a band or a watch")
    if device.branch != branch:
        detail = f"{name} is not one of the bands of {branch}: provision it with branch = {branch!r}"
        return Refusal(code=ErrorCode.BRANCH_NOT_ALLOWED, detail=detail)
    if ticket is None or place is None:
        return Refusal(code=ErrorCode.UNKNOWN_TICKET, detail="this ticket is not in the branch's queue of today")
    if STAGES[place.stage] is LentStage.OVER:
        return Refusal(
            code=ErrorCode.TICKET_STATE, detail=f"ticket {ticket.number} is {place.stage}: lend to who still waits"
        )
    if device_lent is not None:
        detail = f"{name} is lent to {device_lent.number} already: take it back, or lend another"
        return Refusal(code=ErrorCode.DEVICE_TAKEN, detail=detail)
    if bound is not None:
        detail = f"{name} is bound to advisor {bound.advisor}: unbind it, or lend another"
        return Refusal(code=ErrorCode.DEVICE_TAKEN, detail=detail)
    if ticket_lent is not None:
        detail = f"the customer of {ticket.number} has {ticket_lent.device} already: take that back first"
        return Refusal(code=ErrorCode.DEVICE_TAKEN, detail=detail)
    return None


def may_bind(device: str, lending: Lending | None) -> Refusal | None:
    """Null when an advisor may bind the device: nobody else has it."""
    if lending is None:
        return None
    detail = f"{device} is lent to the customer of {lending.number}: take it back at a counter's page, then bind it"
    return Refusal(code=ErrorCode.DEVICE_TAKEN, detail=detail)


def called(lending: Lending) -> Lending:
    """Called once more, or called again."""
    return msgspec.structs.replace(lending, call=lending.call + 1)


def noticed(lending: Lending, call: int) -> Lending:
    """The customer has tapped this call; an older one than the latest tapped, or one that never was, says nothing."""
    return msgspec.structs.replace(lending, felt=call) if lending.felt < call <= lending.call else lending


def stage_of(place: Place | None) -> LentStage:
    """Where the customer is; without a place in today's queue it is over."""
    return LentStage.OVER if place is None else STAGES[place.stage]


def lent(lending: Lending, place: Place | None, estimate: Estimate | None) -> Lent:
    """What the band is told. Only who waits is told of others before them."""
    stage = stage_of(place)
    waits = estimate if stage is LentStage.WAITING else None
    low, high = (None, None) if waits is None else whole_minutes(waits.p10_s, waits.p90_s)
    return Lent(
        lending=lending.id,
        number=lending.number,
        language=lending.language,
        stage=stage,
        call=lending.call,
        counter=place.counter if place is not None and stage in _AT_A_COUNTER else None,
        ahead=None if waits is None else waits.ahead,
        low_min=low,
        high_min=high,
    )


def whole_minutes(low_s: float | None, high_s: float | None) -> tuple[int | None, int | None]:
    """An interval of seconds as whole minutes, wider and never narrower; nulls where it isn't known."""
    if low_s is None or high_s is None:
        return None, None
    low, high = int(max(0.0, low_s) // 60), int(-(-max(0.0, high_s) // 60))
    if low > COARSE_FROM_MIN:
        low -= low % 5
    if high > COARSE_FROM_MIN:
        high += -high % 5
    return min(low, high), high
