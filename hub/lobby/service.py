"""Use cases of the lobby: taking tickets in, in bulk, putting them in the queue, calling and ending them."""

from collections.abc import Mapping, Sequence
from datetime import timedelta

from contracts import ErrorCode, Refusal
from contracts.fields import DeviceKind
from contracts.lobby import NumbersWanted
from contracts.tickets import TicketTaken
from hub.customers import CustomerStore, StoredCustomer
from hub.events import DomainEvent, TicketEnded, TicketRegistered, VisitEnded
from hub.fleet import FleetDirectory
from hub.inbound import Inbound
from hub.kernel import Device
from hub.lobby import leases, locks, queue_store, store
from hub.lobby.bookings.service import BookingService
from hub.lobby.model import URGENT_NEEDS, Ticket, TicketChange, TicketState, accept, business_day, change, digest_of
from hub.lobby.queue.estimate import Estimate
from hub.lobby.queue.events import AnyEvent, Arrived, Changed, Promised
from hub.lobby.queue.places import CounterPlace, Move, Place, Stage
from hub.lobby.queue.rules import BOOKED
from hub.lobby.queues import BranchDay, Queues
from hub.storage import UnitOfWork
from models.catalogue import Catalogue

_ENDS = {Stage.SERVED: TicketChange.SERVE, Stage.LEFT: TicketChange.CANCEL, Stage.NO_SHOW: TicketChange.CANCEL}
"""What becomes of a ticket whose place in the queue has ended so."""

_ENDED = frozenset(_ENDS)

KEPT = timedelta(days=30)
"""How long it is kept what happened in a queue."""


class LobbyService:
    """The lobby's room."""

    def __init__(self, fleet: FleetDirectory, catalogue: Catalogue, queues: Queues, customers: CustomerStore) -> None:
        self._fleet = fleet
        self._customers = customers
        self.businesses = {business.code: business.names for business in catalogue.business}
        self.queues = queues
        self.bookings = BookingService(fleet, self.businesses, queues.rules)

    def take(self, unit: UnitOfWork, inbound: Sequence[Inbound[TicketTaken]]) -> list[Refusal | None]:
        """Take tickets in; one answer each, null when it is registered. A number is unique in its branch and day."""
        decided = [self._accept(one) for one in inbound]
        tickets = [ticket for ticket in decided if isinstance(ticket, Ticket)]
        ids, keys = store.known(unit, {t.id for t in tickets}, {store.number_key(t) for t in tickets})
        known = self._known(unit, tickets)
        answers: list[Refusal | None] = []
        for one, ticket in zip(inbound, decided, strict=True):
            if isinstance(ticket, Refusal):
                answers.append(ticket)
                continue
            key = store.number_key(ticket)
            if ticket.id in ids or key in keys:
                detail = f"number {ticket.number} of {ticket.branch} was taken before today: take the next"
                answers.append(Refusal(code=ErrorCode.NUMBER_TAKEN, detail=detail))
                continue
            ticket, booking = self.bookings.check_in(unit, ticket)
            if ticket.customer is not None and ticket.customer not in known and booking is not None:
                known = {**known, **self._known(unit, [ticket])}
            who = None if ticket.customer is None else known.get(ticket.customer)
            refused = self._line_up(unit, ticket, one.data.service_class, who)
            if refused is not None:
                answers.append(refused)
                continue
            if booking is not None:
                self.bookings.keep(unit, booking)
            ids.add(ticket.id)
            keys.add(key)
            store.insert(unit, ticket)
            unit.emit(
                TicketRegistered(
                    ticket=ticket.id,
                    branch=ticket.branch,
                    number=ticket.number,
                    business=ticket.business,
                    customer=ticket.customer,
                    booked=ticket.booked,
                    urgent=any(need in URGENT_NEEDS for need in ticket.needs),
                    taken_at=ticket.taken_at,
                    traceparent=one.traceparent,
                    kiosk=ticket.kiosk,
                )
            )
            answers.append(None)
        return answers

    def act(self, unit: UnitOfWork, branch: str, event: AnyEvent) -> Place | CounterPlace | Refusal | None:
        """Somebody at a counter, or the customer, does something to the queue of today; null where nobody waits.

        A ticket whose place ends so is served or cancelled, and nobody is alerted about it any more.
        """
        day = self.queues.today(unit, branch)
        if day is None:
            return _no_branch(branch)
        done = self.queues.happened(unit, day, event)
        if isinstance(done, Place):
            self._end_with(unit, done)
        return done

    def promise(self, unit: UnitOfWork, branch: str, estimates: Mapping[str, Estimate]) -> None:
        """Remember what each customer was told first, so that the estimate learns whether its intervals hold."""
        day = self.queues.today(unit, branch)
        if day is None:
            return
        for ticket, told in estimates.items():
            place = day.queue.place(ticket)
            if place is None or place.stage is not Stage.WAITING or place.promise is not None:
                continue
            if told.p10_s is not None and told.p90_s is not None:
                at = unit.now.timestamp()
                promised = Promised(at=at, ticket=ticket, low_s=told.p10_s, high_s=told.p90_s)
                self.queues.happened(unit, day, promised)

    def end(self, unit: UnitOfWork, ticket_id: str, what: TicketChange) -> Ticket | Refusal | None:
        """A ticket was served or cancelled, wherever that was; null when there is no such ticket."""
        found = store.load(unit, [ticket_id])
        if not found:
            return None
        ended = self._changed(unit, found[0], what)
        if isinstance(ended, Ticket):
            self._leave_line(unit, ended)
        return ended

    def followed(self, unit: UnitOfWork, branch: str, follow: str) -> tuple[BranchDay, Ticket, Place] | None:
        """The ticket of today whose code this is, and its place; null when there is none."""
        digest = digest_of(follow)  # also where there is no such branch: a wrong guess takes as long everywhere
        day = self.queues.today(unit, branch)
        ticket = None if day is None else day.followed.get(digest)
        if day is None or ticket is None:
            return None
        place = day.queue.place(ticket)
        return None if place is None else (day, day.tickets[ticket], place)

    def lease(self, unit: UnitOfWork, kiosk: Device, wanted: NumbersWanted) -> Refusal | None:
        """Tell a kiosk its block of numbers, see :func:`hub.lobby.leases.lease`; or why it gets none."""
        branch = None if kiosk.branch is None else self._fleet.branches.get(kiosk.branch)
        if branch is None:
            return Refusal(code=ErrorCode.BRANCH_NOT_ALLOWED, detail=f"{kiosk.name} stands in no branch")
        leased = leases.lease(unit, kiosk, branch, wanted)
        if isinstance(leased, Refusal):
            return leased
        unit.say(kiosk.name, leased)
        return None

    def lock(self, unit: UnitOfWork, name: str, notice: str | None) -> str | None:
        """Put a kiosk out of order, or in order again (null); returns its branch, null when there is no such kiosk."""
        kiosk = self._fleet.devices.get(name)
        if kiosk is None or kiosk.kind is not DeviceKind.KIOSK or kiosk.branch is None:
            return None
        if notice is None:
            locks.unlock(unit, name)
        else:
            locks.lock(unit, name, notice)
        return kiosk.branch

    def forget(self, unit: UnitOfWork) -> None:
        """Purge what happened in the queues of days that the estimates have learned from."""
        kept = unit.now.date() - KEPT
        queue_store.forget(unit, [(name, kept) for name in self._fleet.branches])
        self.bookings.forget(unit)

    def on_visits_ended(self, unit: UnitOfWork, events: Sequence[DomainEvent]) -> None:
        """A visit that ended with feedback served its tickets."""
        ids = [ticket for event in events if isinstance(event, VisitEnded) and event.served for ticket in event.tickets]
        for ticket in store.load(unit, ids) if ids else []:
            served = change(ticket, TicketChange.SERVE, unit.now)
            if isinstance(served, Ticket):
                store.save(unit, served)
                self.bookings.ended(unit, served, TicketChange.SERVE)
                self._leave_line(unit, served)

    def _accept(self, one: Inbound[TicketTaken]) -> Ticket | Refusal:
        branch = self._fleet.branches.get(one.data.branch)
        if branch is None:
            return _no_branch(one.data.branch)
        return accept(one.data, one.device, branch, one.time, frozenset(self.businesses))

    def _known(self, unit: UnitOfWork, tickets: Sequence[Ticket]) -> Mapping[str, StoredCustomer]:
        """The customers of these tickets, where the branch's rules ask who they are."""
        refs = {
            ticket.customer
            for ticket in tickets
            if ticket.customer is not None and self.queues.rules(ticket.branch).customers.ask
        }
        return self._customers.find(unit, refs) if refs else {}

    def _line_up(
        self, unit: UnitOfWork, ticket: Ticket, given_class: str, who: StoredCustomer | None
    ) -> Refusal | None:
        """Put a new ticket of today in its line; one that comes days late was served on paper and stands in none."""
        day = self.queues.today(unit, ticket.branch)
        if day is None or ticket.day != day.day:
            return None
        rules = day.rules
        services = tuple(rules.class_of(business) or given_class for business in (ticket.business, *ticket.also))
        booked = (BOOKED,) if ticket.booked and ticket.appointment is None else ()
        own = () if who is None else tuple(rules.customers.priorities(who.record.segment, who.record.age))
        day.know(ticket)
        lined = self.queues.happened(
            unit,
            day,
            Arrived(
                at=unit.now.timestamp(),
                ticket=ticket.id,
                services=services,
                arrived=ticket.taken_at.timestamp(),
                priorities=rules.priorities(ticket.needs, (*booked, *own)),
                appointment=None if ticket.appointment is None else ticket.appointment.timestamp(),
            ),
        )
        if isinstance(lined, Refusal):
            day.forget(ticket)
            return lined
        return None

    def _end_with(self, unit: UnitOfWork, place: Place) -> None:
        ticket = next(iter(store.load(unit, [place.ticket])), None)
        if ticket is None:
            return
        what = _ENDS.get(place.stage)
        if what is not None:
            self._changed(unit, ticket, what)
        elif ticket.ended is not None:
            self._changed(unit, ticket, TicketChange.REOPEN)

    def _changed(self, unit: UnitOfWork, ticket: Ticket, what: TicketChange) -> Ticket | Refusal:
        changed = change(ticket, what, unit.now)
        if isinstance(changed, Ticket):
            store.save(unit, changed)
            self.bookings.ended(unit, changed, what)
            if what is not TicketChange.REOPEN:
                unit.emit(TicketEnded(ticket=changed.id, branch=changed.branch, served=what is TicketChange.SERVE))
        return changed

    def _leave_line(self, unit: UnitOfWork, ticket: Ticket) -> None:
        branch = self._fleet.branches.get(ticket.branch)
        if branch is None or business_day(branch, unit.now) != ticket.day:
            return
        day = self.queues.today(unit, ticket.branch)
        place = None if day is None else day.queue.place(ticket.id)
        if day is None or place is None or place.stage in _ENDED:
            return
        served = ticket.state is TicketState.SERVED and place.stage is Stage.SERVING
        moves = (Move.FINISH,) if served else _WAYS_OUT[place.stage]
        for move in moves:
            left = self.queues.happened(unit, day, Changed(at=unit.now.timestamp(), ticket=ticket.id, move=move))
            if served and isinstance(left, Place) and left.stage not in _ENDED:  # its further services too
                self.queues.happened(unit, day, Changed(at=unit.now.timestamp(), ticket=ticket.id, move=Move.LEAVE))


_WAYS_OUT: dict[Stage, tuple[Move, ...]] = {
    Stage.WAITING: (Move.LEAVE,),
    Stage.HELD: (Move.LEAVE,),
    Stage.PARKED: (Move.LEAVE,),
    Stage.CALLED: (Move.LEAVE,),
    Stage.SERVING: (Move.PARK, Move.LEAVE),
}
"""How a place ends whose ticket was ended elsewhere; only one that was being served there, and was, has taught the
estimate how long that takes."""


def _no_branch(branch: str) -> Refusal:
    return Refusal(code=ErrorCode.BRANCH_NOT_ALLOWED, detail=f"there is no branch {branch!r}")
