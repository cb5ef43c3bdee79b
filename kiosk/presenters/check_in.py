"""What a customer with a booking is told after checking in."""

from typing import assert_never

from kiosk.core.checking_in import Timing
from kiosk.presenters.house import Booking
from kiosk.presenters.wording import Wording


def next_words(texts: Wording, booking: Booking, *, online: bool) -> str:
    """What happens next: who is early waits for the time that is booked, who is late waits as everybody does. While the
    hub is away no advisor has been told."""
    match booking.timing:
        case Timing.EARLY:
            return texts.say_once("checked-in-early", time=booking.at)
        case Timing.LATE:
            return texts.say_once("checked-in-late", time=booking.at)
        case Timing.DUE:
            return texts.say("checked-in-words" if online else "seat-offline")
        case _:
            assert_never(booking.timing)
