"""A kiosk with bookings and without a hub, for the tests of checking in."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta, timezone
from pathlib import Path

from contracts import Envelope, decode
from contracts.booking_code import write_booking
from contracts.bookings import BookedVisit, BookingState, BookingsTold, digest_of
from contracts.fields import Language
from contracts.tickets import TicketTaken
from kiosk.agent import IssuedTicket, KioskAgent
from kiosk.bookings import Bookings
from kiosk.bootstrap import Counter
from kiosk.core.id_numbers import National
from kiosk.core.taking import Business, Catalogue
from kiosk.house import BranchHouse
from kiosk.presenters.house import Order, Way
from kiosk.readers.identifying import Identifier
from runtime.agent.link import link_bus_settings
from runtime.agent.mailbox import Mailbox
from runtime.bus.memory import MemoryBroker
from runtime.identity import IdentityKey
from runtime.ids import UuidIds
from tests.unit.kiosk.set_clock import SetClock

SEOUL = timezone(timedelta(hours=9))
NINE = datetime(2026, 3, 2, 9, 0, tzinfo=SEOUL)
TODAY = NINE.date()
KEY = IdentityKey(bytes(32), "bank")
CODE = write_booking(bytes(range(17)), KEY.bookings)
SECRET = CODE.split("-")[1]
PHONE = KEY.reference("phone", b"+821012345678")


@dataclass
class Stand:
    """A kiosk whose hub is away, with its house."""

    agent: KioskAgent
    bookings: Bookings
    mailbox: Mailbox
    clock: SetClock
    house: BranchHouse
    identifier: Identifier

    def tell(self, *visits: BookedVisit, after: int = 0, upto: int = 9, days: int = 0, anew: bool = False) -> None:
        told = BookingsTold(
            day=TODAY + timedelta(days=days),
            after=after,
            upto=upto,
            changed=visits,
            early_s=900,
            grace_s=600,
            anew=anew,
        )
        self.bookings.on_message(told)

    def scan(self, code: str = CODE) -> object:
        return self.house.find(Way.CODE, code)

    def check_in(self, found: object, language: Language = Language.KO) -> IssuedTicket:
        assert isinstance(found, tuple)
        [booking] = found
        order = Order(
            business=booking.business,
            language=language,
            customer=booking.customer,
            further=booking.further,
            booking=booking.code,
        )
        given = self.house.take(order)
        assert isinstance(given, IssuedTicket)
        return given

    def sent(self) -> list[TicketTaken]:
        envelopes = [decode(letter.payload) for letter in self.mailbox.letters()]
        return [one.data for one in envelopes if isinstance(one, Envelope) and isinstance(one.data, TicketTaken)]


def visit(booking: str = "B-1", *, start: datetime = NINE, revision: int = 1, **more: object) -> BookedVisit:
    given: dict[str, object] = {"state": BookingState.BOOKED, "businesses": ("loan", "cash"), "phone": PHONE, **more}
    given.setdefault("code", digest_of(SECRET))
    return BookedVisit(booking=booking, revision=revision, start=start, **given)  # type: ignore[arg-type]  # by name


@contextmanager
def standing(store: Path, clock: SetClock | None = None) -> Iterator[Stand]:
    clock = clock or SetClock(NINE)
    bookings = Bookings()
    with closing(Mailbox.open(store)) as mailbox:
        agent = KioskAgent(
            device="kiosk-1",
            branch="main-street",
            series="K",
            version="0.1.0",
            bus=MemoryBroker().bus(link_bus_settings("mqtt://memory", "kiosk-1", 60)),
            mailbox=mailbox,
            clock=clock,
            ids=UuidIds(),
            catalogue=Catalogue([Business(code="loan", service_class="L"), Business(code="cash")]),
            zone=SEOUL,
            bookings=bookings,
        )
        identifier = Identifier(KEY, clock, rules=(National.KR_RRN,), region="KR")
        house = BranchHouse(
            Counter(agent, None),
            agent.catalogue,
            place="Main Street",
            page=lambda follow: "",
            monotonic=clock.monotonic,
            local=lambda: clock.now().astimezone(SEOUL),
            identifier=identifier,
            id_rule="kr-rrn",
            reads={Way.CODE},
            bookings=bookings,
        )
        yield Stand(agent, bookings, mailbox, clock, house, identifier)
