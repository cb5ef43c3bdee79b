"""Use cases of lent bands: lending and taking back, telling the band of each call, hearing that it was noticed (K-06).

What a call changes is told in the transaction of the call, so that the band is told when the call is durable. What
changes by waiting (how many are before, the estimate) is told with the branch's kiosks, now and then; a message that
was lost is noticed by the next one's place in the stream.
"""

from collections.abc import Sequence
from datetime import datetime, timedelta

from msgspec.structs import replace

from contracts import ErrorCode, Refusal
from contracts.lending import CallFelt, LendingTold, Lent, LentStage
from contracts.session import Presence
from contracts.visits import TasksSynced
from hub.fleet import FleetDirectory
from hub.inbound import Inbound
from hub.kernel import Device
from hub.lobby.feed import Feed
from hub.lobby.lending import store
from hub.lobby.lending.model import (
    BandCard,
    Lending,
    called,
    is_lent_by,
    lent,
    may_bind,
    may_lend,
    noticed,
    stage_of,
)
from hub.lobby.queue.events import AnyEvent, Called, Changed
from hub.lobby.queue.places import Move, Place
from hub.lobby.queues import BranchDay, Queues
from hub.storage import UnitOfWork
from hub.streams import UNPLACED
from runtime.ids import Ids

TOLD_AGAIN = timedelta(seconds=15)
"""So often a band hears of its customer while nothing changes: so soon a lost message is noticed."""


def refuses_binding(unit: UnitOfWork, device: str) -> Refusal | None:
    """Why an advisor may not bind this device just now; null when it isn't lent."""
    return may_bind(device, store.of_device(unit, device))


class LendingService:
    """The lent bands of all branches."""

    def __init__(self, fleet: FleetDirectory, queues: Queues, feed: Feed, ids: Ids) -> None:
        self._fleet = fleet
        self._queues = queues
        self._feed = feed
        self._ids = ids
        self._told: dict[str, tuple[Lent, datetime]] = {}

    def lend(self, unit: UnitOfWork, branch: str, ticket: str, device: str) -> Lending | Refusal:
        """Lend a device of the branch to the customer of a ticket that waits there."""
        day = self._queues.today(unit, branch)
        if day is None:
            return _no_branch(branch)
        known = day.tickets.get(ticket)
        refusal = may_lend(
            device,
            self._fleet.devices.get(device),
            branch,
            bound=self._fleet.binding(device),
            device_lent=store.of_device(unit, device),
            ticket=known,
            place=day.queue.place(ticket),
            ticket_lent=store.of_ticket(unit, ticket),
        )
        if refusal is not None:
            return refusal
        assert known is not None  # else it was refused
        lending = Lending(
            id=self._ids.new(),
            device=device,
            branch=branch,
            ticket=ticket,
            number=known.number,
            language=known.language,
            since=unit.now,
        )
        store.insert(unit, lending)
        self._tell(unit, day, lending)
        day.touch()
        return lending

    def take_back(self, unit: UnitOfWork, branch: str, device: str) -> Lending | Refusal:
        """The branch has the device back; it forgets whom it was lent to."""
        lending = store.of_device(unit, device)
        if lending is None or lending.branch != branch:
            return Refusal(code=ErrorCode.UNKNOWN_DEVICE, detail=f"{branch} has lent no device {device!r} to anybody")
        store.remove(unit, device)
        self._told.pop(device, None)
        unit.say(device, LendingTold(position=UNPLACED, lent=None))
        day = self._queues.today(unit, branch)
        if day is not None:
            day.touch()
        return lending

    def felt(self, unit: UnitOfWork, inbound: Inbound[CallFelt]) -> Refusal | None:
        """The customer has tapped. What comes after the device was given back says nothing, and is no error."""
        lending = store.of_device(unit, inbound.device.name)
        if lending is None or lending.id != inbound.data.lending:
            return None
        after = noticed(lending, inbound.data.call)
        if after != lending:
            store.save(unit, after)
            day = self._queues.today(unit, lending.branch)
            if day is not None:
                day.touch()
        return None

    def happened(self, unit: UnitOfWork, day: BranchDay, event: AnyEvent, place: Place) -> None:
        """Something happened to a ticket in the queue: its customer's band is told at once, and counts the calls."""
        lending = store.of_ticket(unit, place.ticket)
        if lending is None:
            return
        if isinstance(event, Called) or (isinstance(event, Changed) and event.move is Move.RECALL):
            lending = called(lending)
            store.save(unit, lending)
        self._tell(unit, day, lending)

    def tell(self, unit: UnitOfWork, branch: str) -> bool:
        """Tell the branch's lent bands what has changed by waiting; also, now and then, what has not, and a call that
        nobody has tapped each time. Returns whether there is such a call: then come again soon."""
        day = self._queues.today(unit, branch)
        if day is None:
            return False
        unanswered = False
        for lending in store.of_branch(unit, branch):
            told, seen = self._told.get(lending.device), self._seen(day, lending)
            calls = seen.stage is LentStage.CALLED and lending.felt < lending.call
            unanswered = unanswered or calls
            if calls or told is None or told[0] != seen or abs(unit.now - told[1]) >= TOLD_AGAIN:  # or set back
                self._tell(unit, day, lending)
        return unanswered

    def synced(self, unit: UnitOfWork, device: str, parts: Sequence[TasksSynced]) -> Sequence[TasksSynced]:
        """The whole state of a device with to whom it is lent, where it is lent or one to be lent."""
        lending = store.of_device(unit, device)
        if lending is None:
            there = self._fleet.devices.get(device)
            if there is None or there.branch is None or not is_lent_by(there, there.branch):
                return parts
            return [replace(part, lent=None) for part in parts]
        day = self._queues.today(unit, lending.branch)
        seen = lent(lending, None, None) if day is None else self._seen(day, lending)
        return [replace(part, lent=seen) for part in parts]

    def shelf(self, unit: UnitOfWork, branch: str) -> tuple[BandCard, ...]:
        """All devices that the branch lends or has lent, by name."""
        day = self._queues.today(unit, branch)
        lent_now = {lending.device: lending for lending in store.of_branch(unit, branch)}
        free = {name for name in self._fleet.to_lend(branch) if self._fleet.binding(name) is None}
        return tuple(
            self._card(self._fleet.devices[name], lent_now.get(name), day)
            for name in sorted(free | lent_now.keys())
            if name in self._fleet.devices
        )

    def _card(self, device: Device, lending: Lending | None, day: BranchDay | None) -> BandCard:
        place = None if lending is None or day is None else day.queue.place(lending.ticket)
        return BandCard(
            device=device.name,
            kind=device.kind,
            in_reach=self._fleet.presence.get(device.name) is Presence.ONLINE,
            lending=lending,
            stage=None if lending is None else stage_of(place),
        )

    def _seen(self, day: BranchDay, lending: Lending) -> Lent:
        estimate = self._feed.known(lending.branch).get(lending.ticket)
        return lent(lending, day.queue.place(lending.ticket), estimate)

    def _tell(self, unit: UnitOfWork, day: BranchDay, lending: Lending) -> None:
        seen = self._seen(day, lending)
        unit.say(lending.device, LendingTold(position=UNPLACED, lent=seen))
        self._told[lending.device] = (seen, unit.now)


def _no_branch(branch: str) -> Refusal:
    return Refusal(code=ErrorCode.BRANCH_NOT_ALLOWED, detail=f"there is no branch {branch!r}")
