"""Use cases of bookings: taking them in, telling kiosks, checking customers in, who did not come (K-01)."""

from collections.abc import Callable, Collection, Mapping, Sequence
from datetime import date, datetime, timedelta

import msgspec

from contracts import ErrorCode, Refusal
from contracts.bookings import BookingsMark, BookingState, BookingsTold, BookingsWanted
from contracts.fields import Code
from hub.fleet import FleetDirectory
from hub.kernel import Branch, Device
from hub.lobby.bookings import store
from hub.lobby.bookings.model import (
    EXPECTED,
    Booking,
    BookingChange,
    BookingDetails,
    booked,
    change,
    checked_in,
    window_over,
    written,
)
from hub.lobby.model import Ticket, TicketChange, business_day
from hub.lobby.queue.rules import QueueRules
from hub.storage import UnitOfWork, ms

DAYS_TOLD = 2
"""Kiosks know today's bookings, and tomorrow's for a morning that begins without the hub."""

PART = 32
"""Bookings in one message: far below its limit (64 KiB), whatever is in them."""

PARTS = 16
"""Messages that answer one question; a kiosk that lacks more asks again."""

MOST_A_DAY = 2000
MOST_AHEAD = timedelta(days=400)
KEPT = timedelta(days=7)
"""How long after its day a booking is kept: for the branch's questions about yesterday and last week."""

_AFTER = {
    TicketChange.SERVE: BookingChange.SERVE,
    TicketChange.CANCEL: BookingChange.LEAVE,
    TicketChange.REOPEN: BookingChange.ARRIVE,
}
"""What becomes of a booking with its ticket."""


class NamedBooking(BookingDetails, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A booking with the booking system's own name of it."""

    reference: Code


class TakenIn(msgspec.Struct, frozen=True, kw_only=True):
    """What came of many bookings at once; ``cancelled`` are those that were moved to another day, or left out."""

    new: int = 0
    changed: int = 0
    unchanged: int = 0
    cancelled: int = 0


class Wrong(msgspec.Struct, frozen=True):
    """What is wrong with the ``at``-th (from 0) of many bookings."""

    at: int
    detail: str


class BookingService:
    """The bookings of all branches."""

    def __init__(self, fleet: FleetDirectory, businesses: Collection[str], rules: Callable[[str], QueueRules]) -> None:
        self._fleet = fleet
        self._businesses = frozenset(businesses)
        self._rules = rules
        self._before: dict[tuple[str, date], tuple[int, int]] = {}

    def branch(self, name: str) -> Branch | None:
        """The branch of this name."""
        return self._fleet.branches.get(name)

    def take_in(
        self,
        unit: UnitOfWork,
        branch: Branch,
        given: Sequence[NamedBooking],
        *,
        whole_days: bool = False,
        days: Collection[date] = (),
    ) -> TakenIn | list[Wrong]:
        """Take bookings in, all or none; a known one is changed, one that moved to another day is moved, unless its
        customer is here.

        ``whole_days``: of the days that these are given for, bookings that aren't among them are cancelled; of ``days``
        in any case. Days that are over stay as they are.
        """
        today = business_day(branch, unit.now)
        near = [one.start for one in given if abs(one.start - unit.now) <= MOST_AHEAD]
        asked = {day for start in near if (day := business_day(branch, start)) >= today}
        whole = {day for day in days if today <= day <= today + MOST_AHEAD} | (asked if whole_days else set())
        known = store.concerned(unit, branch.name, asked | whole, [one.reference for one in given], today)
        held = {(one.day, one.reference): one for one in known}
        here = {one.reference: one for one in known if one.state is BookingState.ARRIVED}
        wrong: list[Wrong] = []
        seen: set[str] = set()
        kept: dict[tuple[date, str], Booking | None] = {}
        for at, one in enumerate(given):
            arrived = here.get(one.reference)
            if arrived is not None:
                one = msgspec.structs.replace(one, start=arrived.start)
            decided = self._decided(branch, unit.now, one, held)
            if isinstance(decided, str):
                wrong.append(Wrong(at, decided))
                continue
            day, booking = decided
            if one.reference in seen:
                wrong.append(Wrong(at, f"booking {one.reference} was given before: give each once"))
            seen.add(one.reference)
            kept[day, one.reference] = booking
        cancelled = _gone(held, kept, whole)
        changed = [booking for booking in kept.values() if booking is not None]
        after = {**held, **{(one.day, one.reference): one for one in (*changed, *cancelled)}}
        wrong += _crowded(after, [(one.day, one.reference) for one in changed], given)
        if wrong:
            return wrong
        self._keep(unit, [*cancelled, *changed])
        new = sum((one.day, one.reference) not in held for one in changed)
        return TakenIn(
            new=new,
            changed=len(changed) - new,
            unchanged=len(kept) - len(changed),
            cancelled=len(cancelled),
        )

    def cancel(self, unit: UnitOfWork, branch: str, reference: str) -> Booking | Refusal | None:
        """Cancel a booking; null when there is none. Its customer may still come, with an ordinary number."""
        found = self.find(unit, branch, reference)
        if found is None or found.state is BookingState.CANCELLED:
            return found
        cancelled = change(found, BookingChange.CANCEL)
        return cancelled if isinstance(cancelled, Refusal) else self._keep(unit, [cancelled])[0]

    def find(self, unit: UnitOfWork, branch: str, reference: str) -> Booking | None:
        """The booking of this name: of its latest day that isn't void."""
        rows = store.named(unit, branch, reference)
        valid = [one for one in rows if one.state is not BookingState.CANCELLED]
        return next(reversed(valid or rows), None)

    def of_day(self, unit: UnitOfWork, branch: Branch, day: date | None = None) -> Sequence[Booking]:
        """The bookings of a day, or of today, by time."""
        return store.of_day(unit, branch.name, day or business_day(branch, unit.now))

    def check_in(self, unit: UnitOfWork, ticket: Ticket) -> tuple[Ticket, Booking | None]:
        """The ticket as its booking makes it, and the booking, arrived, not yet kept.

        The time is the booking's, not the kiosk's. Where the booking is void, or its customer is here already, the
        ticket is an ordinary one: its number is on paper, and holds.
        """
        if ticket.booking is None:
            return ticket, None
        found = store.one(unit, ticket.branch, ticket.day, ticket.booking)
        arrived = None if found is None else checked_in(found, ticket.id, ticket.taken_at)
        if not isinstance(arrived, Booking):
            return msgspec.structs.replace(ticket, booking=None, booked=False, appointment=None), None
        return (
            msgspec.structs.replace(
                ticket,
                booked=True,
                appointment=arrived.start,
                customer=arrived.customer or ticket.customer or arrived.phone,  # the bank's own, whatever they came by
                needs=tuple(dict.fromkeys((*ticket.needs, *arrived.needs))),
            ),
            arrived,
        )

    def keep(self, unit: UnitOfWork, booking: Booking) -> None:
        """Keep a booking that changed."""
        self._keep(unit, [booking])

    def ended(self, unit: UnitOfWork, ticket: Ticket, what: TicketChange) -> None:
        """The booking's ticket was served, cancelled or reopened."""
        if ticket.booking is None:
            return
        found = store.one(unit, ticket.branch, ticket.day, ticket.booking)
        if found is None or found.ticket != ticket.id:
            return
        after = change(found, _AFTER[what])
        if isinstance(after, Booking):
            self._keep(unit, [after])

    def settle(self, unit: UnitOfWork, branch: str) -> int:
        """Who did not come within the window has missed the booking: of today's, and shortly after midnight of
        yesterday's; returns how many."""
        there = self.branch(branch)
        if there is None:
            return 0
        grace = timedelta(minutes=self._rules(branch).grace_minutes)
        days = (business_day(there, unit.now - grace - timedelta(hours=1)), business_day(there, unit.now))
        found = [one for day in sorted(set(days)) for one in self.of_day(unit, there, day)]
        over = [one for one in found if window_over(one, grace, unit.now)]
        missed = [change(one, BookingChange.MISS) for one in over]
        return len(self._keep(unit, [one for one in missed if isinstance(one, Booking)]))

    def marks(self, unit: UnitOfWork, branch: str) -> tuple[BookingsMark, ...]:
        """How far the bookings go that the branch's kiosks should know."""
        there = self.branch(branch)
        days = () if there is None else self._days_told(unit, there)
        return tuple(BookingsMark(day=day, revision=store.revision(unit, branch, day)) for day in days)

    def wanted(self, unit: UnitOfWork, kiosk: Device, wanted: BookingsWanted) -> Refusal | None:
        """Tell a kiosk what it lacks of a day's bookings; of a day that isn't its business, nothing."""
        branch = None if kiosk.branch is None else self.branch(kiosk.branch)
        if branch is None:
            return Refusal(code=ErrorCode.BRANCH_NOT_ALLOWED, detail=f"{kiosk.name} stands in no branch")
        for part in self._parts(unit, branch, wanted):
            unit.say(kiosk.name, part)
        return None

    def forget(self, unit: UnitOfWork) -> None:
        """Purge bookings whose day is long over."""
        before = {name: business_day(branch, unit.now) - KEPT for name, branch in self._fleet.branches.items()}
        store.forget(unit, list(before.items()))
        self._before = {(name, day): at for (name, day), at in self._before.items() if day >= before.get(name, day)}

    def _keep(self, unit: UnitOfWork, changed: Sequence[Booking]) -> Sequence[Booking]:
        """As :func:`store.keep`; how far a day went before this hub's first change to it is remembered."""
        for key in {(one.branch, one.day) for one in changed} - self._before.keys():
            self._before[key] = (store.revision(unit, *key), ms(unit.now))
        return store.keep(unit, changed)

    def _unknown(self, branch: str, day: date, has: int, latest: int) -> bool:
        """Whether a kiosk was told what this hub has no memory of, as a backup was put back: what it was told lies
        between what the backup knew and what this hub has changed since its start, or beyond all."""
        old, new = self._before.get((branch, day), (latest, latest))
        return has > latest or old < has < new

    def _days_told(self, unit: UnitOfWork, branch: Branch) -> Sequence[date]:
        today = business_day(branch, unit.now)
        return [today + timedelta(days=ahead) for ahead in range(DAYS_TOLD)]

    def _parts(self, unit: UnitOfWork, branch: Branch, wanted: BookingsWanted) -> Sequence[BookingsTold]:
        rules, day = self._rules(branch.name), wanted.day
        latest = store.revision(unit, branch.name, day) if day in self._days_told(unit, branch) else 0
        anew = self._unknown(branch.name, day, wanted.has, latest)
        after = 0 if anew else wanted.has
        rows = store.since(unit, branch.name, day, after, PART * PARTS) if latest else ()
        pieces = [rows[start : start + PART] for start in range(0, len(rows), PART)] or [()]
        parts: list[BookingsTold] = []
        for piece in pieces:
            upto = piece[-1].revision if piece else after
            told = BookingsTold(
                day=day,
                after=after,
                upto=upto,
                changed=tuple(one.visit for one in piece),
                early_s=60.0 * rules.early_minutes,
                grace_s=60.0 * rules.grace_minutes,
                anew=anew and not parts,
                more=upto < latest,
            )
            parts.append(told)
            after = upto
        return parts

    def _decided(
        self, branch: Branch, now: datetime, one: NamedBooking, held: Mapping[tuple[date, str], Booking]
    ) -> tuple[date, Booking | None] | str:
        unknown = [business for business in one.businesses if business not in self._businesses]
        if unknown:
            return f"no business {unknown[0]!r}: use one of {', '.join(sorted(self._businesses))}"
        if abs(one.start - now) > MOST_AHEAD:
            return f"start {one.start.isoformat()} is more than {MOST_AHEAD.days} days away"
        day, today = business_day(branch, one.start), business_day(branch, now)
        if day < today:
            return f"start {one.start.isoformat()} is before today, {today.isoformat()}"
        asked = written(branch.name, day, one.reference, one)
        decided = asked if isinstance(asked, Refusal) else booked(held.get((day, one.reference)), asked)
        return decided.detail if isinstance(decided, Refusal) else (day, decided)


def _gone(
    held: Mapping[tuple[date, str], Booking], kept: Mapping[tuple[date, str], Booking | None], whole: Collection[date]
) -> list[Booking]:
    """Bookings that are void now: they were moved to another day, or a whole day was given without them."""
    references = {reference for _, reference in kept}
    gone: list[Booking] = []
    for (day, reference), one in held.items():
        moved = reference in references and (day, reference) not in kept
        left_out = day in whole and reference not in references
        if (left_out and one.state is BookingState.BOOKED) or (moved and one.state in EXPECTED):
            cancelled = change(one, BookingChange.CANCEL)
            assert isinstance(cancelled, Booking)  # whoever is expected may be cancelled
            gone.append(cancelled)
    return gone


def _crowded(
    after: Mapping[tuple[date, str], Booking], changed: Sequence[tuple[date, str]], given: Sequence[NamedBooking]
) -> list[Wrong]:
    """Codes that two bookings of a day would share, and days with too many bookings."""
    at = {one.reference: place for place, one in enumerate(given)}
    owners: dict[tuple[date, str], str] = {}
    wrong = []
    counts: dict[date, int] = {}
    for (day, reference), one in after.items():
        counts[day] = counts.get(day, 0) + 1
        if one.code is None or one.state is BookingState.CANCELLED:
            continue
        other = owners.setdefault((day, one.code), reference)
        if other != reference:
            place = at.get(reference, at.get(other, 0))
            wrong.append(Wrong(place, f"bookings {other} and {reference} have the same code: draw one for each"))
    full = {day for day, _ in changed if counts.get(day, 0) > MOST_A_DAY}
    wrong += [Wrong(0, f"{day.isoformat()} would have {counts[day]} bookings: at most {MOST_A_DAY}") for day in full]
    return wrong
