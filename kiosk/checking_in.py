"""From what was read or typed to the bookings that its customer may check in to, or why there are none (K-01)."""

from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from typing import assert_never

from contracts.booking_code import BookingCode, read_booking
from kiosk.core.checking_in import Held, Holds, Why, choose, shown_time
from kiosk.core.id_numbers import Wrong
from kiosk.presenters.house import Booking, Declined, Fault, Found, Known
from kiosk.readers.ports import Health, Read, ReadKind, Unread

BOOKING, PHONE = "booking", "phone"
"""What a reading means that is the code of a booking, or a phone number."""

_FAULTS: Mapping[Wrong, Fault] = {Wrong.LENGTH: Fault.LENGTH, Wrong.EMPTY: Fault.LENGTH, Wrong.DATE: Fault.DATE}
_WHY: Mapping[Why, Fault] = {
    Why.CHECKED_IN: Fault.CHECKED_IN,
    Why.OTHER_DAY: Fault.OTHER_DAY,
    Why.CANCELLED: Fault.CANCELLED,
    Why.NONE: Fault.NOT_TODAY,
}


class CheckIn:
    """Finds bookings of today. ``holds`` is null for a kiosk that knows none; ``local``: the branch's time."""

    def __init__(self, holds: Holds | None, local: Callable[[], datetime]) -> None:
        self._holds = holds
        self._local = local

    def found(self, read: Read | Unread | Health) -> Found:
        """What a reading means for the screen.

        A code is good for checking in and for nothing else. Who is known by a number is a customer also without a
        booking; who gives the phone number of one is told what there is to say of it.
        """
        match read:
            case Read(means=means, ref=code) if means == BOOKING:
                return self._of_code(code)
            case Read(means=means) if means == PHONE:
                return self._of_phone(read)
            case Read():
                return self.of_customer(read.ref, read.masked)
            case Unread(kind=ReadKind.KEYED, why=Wrong(), sure=False):
                return Fault.DOUBT
            case Unread(why=Wrong() as wrong):
                return _FAULTS.get(wrong, Fault.CHECK)
            case Unread() | Health():
                return Fault.UNKNOWN
            case _:
                assert_never(read)

    def of_customer(self, ref: str, masked: str = "") -> Found:
        """The bookings that were made by, or for, who has this reference; without any, that customer."""
        chosen = choose(() if self._holds is None else self._holds.find(ref=ref), self._local().date())
        return self._shown(chosen, ref) if isinstance(chosen, tuple) else Known(customer=ref, masked=masked)

    def by_code(self, text: str) -> Found:
        """The booking whose QR code says this; its signature isn't looked at, as the hub told of the booking."""
        read = read_booking(text, None)
        return self._of_code(read.code) if isinstance(read, BookingCode) else Fault.UNKNOWN

    def start_of(self, booking: str) -> datetime | None:
        """When today's booking of this name is, by the branch's clock."""
        held = None if self._holds is None else self._holds.named(booking)
        return None if held is None else held.visit.start.astimezone(self._local().tzinfo)

    def _of_phone(self, read: Read) -> Found:
        found = () if self._holds is None else self._holds.find(ref=read.ref)
        chosen = choose(found, self._local().date())
        if isinstance(chosen, tuple):
            return self._shown(chosen, read.ref)
        return Known(customer=read.ref, masked=read.masked) if chosen is Why.NONE else _declined(chosen, found)

    def _of_code(self, code: str) -> Found:
        if self._holds is None or not self._holds.knows(self._local().date()):
            return Fault.AWAY
        found = self._holds.find(code=code)
        chosen = choose(found, self._local().date())
        return self._shown(chosen, None) if isinstance(chosen, tuple) else _declined(chosen, found)

    def _shown(self, chosen: tuple[Held, ...], ref: str | None) -> tuple[Booking, ...]:
        now = self._local()
        return tuple(
            Booking(
                code=held.visit.booking,
                customer=held.visit.customer or ref or held.visit.phone,
                business=held.visit.businesses[0],
                further=held.visit.businesses[1:],
                at=shown_time(held, now.tzinfo),
                who=held.visit.advisor,
                timing=held.timing(now),
                language=held.visit.language,
            )
            for held in chosen
        )


def _declined(why: Why, found: Sequence[Held]) -> Fault | Declined:
    """Why nobody can be checked in to what was found, in the language that was booked in, where that is known."""
    language = next((held.visit.language for held in found if held.visit.language is not None), None)
    return _WHY[why] if language is None else Declined(_WHY[why], language)
