"""A house that a story furnishes: it answers what the story says, and nothing that the story doesn't say."""

from collections.abc import Sequence
from dataclasses import dataclass, field

import msgspec

from contracts import ErrorCode, Refusal
from contracts.fields import Language
from kiosk.core.checking_in import Timing
from kiosk.core.taking import Names
from kiosk.presenters.house import (
    Booking,
    Broken,
    Card,
    Estimate,
    Fault,
    Found,
    Health,
    Hearing,
    Known,
    Order,
    Paper,
    Pick,
    Printer,
    Slip,
    Stop,
    Way,
)


class StoryBooking(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A booking of a story's day; ``phone`` is how it is found."""

    code: str
    business: str
    at: str
    who: str = ""
    phone: str = ""
    customer: str = "c-1"
    timing: Timing = Timing.DUE
    language: Language | None = None


class StoryCustomer(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Whom an ID number belongs to."""

    number: str
    customer: str


class Furniture(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """All that a house of a story is and has; a step of the story changes some of it. Minutes are whole; with
    ``closes_in_min`` 0 closing time is far off. ``doubted``: ID numbers that the kiosk asks back about."""

    online: bool = True
    ways: tuple[Way, ...] = (Way.CARD, Way.CODE, Way.PHONE, Way.ID_NUMBER)
    confirms: bool = True
    most_services: int = 2
    hears: bool = True
    said: str | dict[Language, str] = ""
    loud: float = 0.0
    speaks: bool = True
    cards: tuple[str, ...] = ()
    number: str = "AA017"
    refusal: ErrorCode | None = None
    broken: bool = False
    printer: Printer = Printer.READY
    paper: Paper = Paper.PRINTED
    link: str = ""
    reader_dead: bool = False
    stop: Stop = Stop.NOTHING
    closes_in_min: int = 0
    opens: str = ""
    low_min: int | None = None
    high_min: int | None = None
    slow: bool = False
    bookings: tuple[StoryBooking, ...] = ()
    customers: tuple[StoryCustomer, ...] = ()
    doubted: tuple[str, ...] = ()
    picks: tuple[Names, ...] = ()


@dataclass(frozen=True, slots=True)
class StoryTicket:
    """The number that the story gives."""

    number: str


@dataclass(slots=True)
class StoryHouse:
    """A :class:`~kiosk.presenters.house.House` of a story's furniture. ``orders`` are the numbers that were taken."""

    has: Furniture
    orders: list[Order] = field(default_factory=list)
    listening: Language | None = None
    listens_s: float = 0.0
    ending: bool = False

    @property
    def online(self) -> bool:
        return self.has.online

    @property
    def ways(self) -> frozenset[Way]:
        return frozenset(self.has.ways)

    @property
    def confirms(self) -> bool:
        return self.has.confirms

    @property
    def most_services(self) -> int:
        return self.has.most_services

    def hears(self, language: Language) -> bool:
        return self.has.hears

    @property
    def speaks(self) -> bool:
        return self.has.speaks

    def take(self, order: Order) -> StoryTicket | Refusal | Broken:
        self.orders.append(order)
        if self.has.refusal is not None:
            return Refusal(code=self.has.refusal, detail="as the story says")
        return Broken() if self.has.broken else StoryTicket(self.has.number)

    def cards(self) -> Sequence[Card]:
        return [Card(f"card-{place}", name) for place, name in enumerate(self.has.cards)]

    def health(self) -> Health:
        has = self.has
        return Health(
            printer=has.printer,
            reader_dead=has.reader_dead,
            stop=has.stop,
            closes_in_min=has.closes_in_min or None,
            opens=has.opens,
        )

    def estimate(self, business: str) -> Estimate | None:
        low, high = self.has.low_min, self.has.high_min
        return None if low is None or high is None else Estimate(low, high)

    def card(self, customer: str) -> Found:
        return self.booked(customer=customer) or Known(customer)

    def find(self, way: Way, text: str, *, insisted: bool = False) -> Found | None:
        if self.has.slow:
            return None
        if way is Way.ID_NUMBER and text in self.has.doubted:
            return Known("c-doubted", f"•••• {text[-4:]}") if insisted else Fault.DOUBT
        if way is Way.ID_NUMBER:
            known = next((each for each in self.has.customers if each.number == text), None)
            return Fault.CHECK if known is None else Known(known.customer, f"•••• {text[-4:]}")
        if not self.has.online:
            return Fault.AWAY
        return self.booked(phone=text) or Fault.UNKNOWN

    def booked(self, *, phone: str = "", code: str = "", customer: str = "") -> tuple[Booking, ...]:
        """The bookings of a phone number, of a code that was held to the reader, or of a customer."""
        return tuple(
            Booking(
                code=each.code,
                customer=each.customer,
                business=each.business,
                at=each.at,
                who=each.who,
                timing=each.timing,
                language=each.language,
            )
            for each in self.has.bookings
            if (phone and each.phone == phone)
            or (code and each.code == code)
            or (customer and each.customer == customer)
        )

    def picks(self, business: str | None, customer: str | None) -> Sequence[Pick]:
        return [Pick(f"pick-{place}", names) for place, names in enumerate(self.has.picks)]

    def slip(self, number: str) -> Slip:
        paper = Paper.NOT_PRINTED if self.has.printer in (Printer.PAPER_OUT, Printer.DEAD) else self.has.paper
        return Slip(link=self.has.link, paper=Paper.NONE if self.has.printer is Printer.NONE else paper)

    def listen(self, language: Language, listen_s: float) -> None:
        self.listening, self.listens_s, self.ending = language, listen_s, False

    def hearing(self) -> Hearing:
        said = self.has.said
        text = said if isinstance(said, str) or self.listening is None else said.get(self.listening, "")
        return Hearing(str(text), self.has.loud, self.ending)

    def enough(self) -> None:
        self.ending = True

    def hush(self) -> None:
        self.listening, self.ending = None, False

    def forget(self) -> None:
        self.hush()
