"""The house around the screen: numbers and paper, how the lobby is, who somebody is, what to suggest."""

import asyncio
import logging
import math
from collections.abc import Callable, Collection, Sequence
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Protocol, assert_never

from msgspec import UNSET

from contracts import Refusal
from contracts.fields import Language
from contracts.lobby import ClassOutlook, LobbyTold, TicketAdvised
from kiosk.agent import IssuedTicket
from kiosk.checking_in import CheckIn
from kiosk.core.checking_in import Holds
from kiosk.core.secret import Secret
from kiosk.core.taking import Catalogue
from kiosk.core.ticket_layout import Ticket, lay_out
from kiosk.presenters.house import (
    Broken,
    Card,
    Estimate,
    Fault,
    Found,
    Health,
    Hearing,
    Order,
    Paper,
    Pick,
    PlainHouse,
    Printer,
    Slip,
    Stop,
    Way,
)
from kiosk.printers.ports import NotPrinted, Outcome, PrinterStatus, PrintJob, Trouble, Unknown
from kiosk.printers.ports import Printed as OnPaper
from kiosk.printers.ports import Printer as TicketPrinter
from kiosk.printers.texts import load_ticket_words
from kiosk.readers.ports import Health as ReaderHealth
from kiosk.readers.ports import Read, Reader, State, Unread

if TYPE_CHECKING:
    from kiosk.listening import KioskEar
    from kiosk.readers.identifying import Identifier

log = logging.getLogger(__name__)

TOLD_FOR_S = 90.0
"""What was told of the lobby is shown for so long: the hub tells it three times a minute."""

PRINT_WITHIN_S = 15.0
"""A ticket that isn't begun by then is not printed any more: its customer has read the number and gone (K-03)."""

CLOSING_SOON = timedelta(minutes=30)


class Takes(Protocol):
    """What gives numbers."""

    @property
    def online(self) -> bool:
        """Whether the hub is within reach."""
        ...

    def take(self, order: Order) -> IssuedTicket | Refusal | Broken:
        """A number, durable, or why there is none."""
        ...

    def cards(self) -> Sequence[Card]:
        """Cards to choose from in place of a reader."""
        ...


class Suggests(Protocol):
    """What picks are there."""

    def of(self, business: str | None) -> Sequence[Pick]:
        """For who came for this business; null: for anybody."""
        ...

    def named(self, codes: Sequence[str]) -> Sequence[Pick]:
        """These products, in this order, but for any that the model in use doesn't know."""
        ...


class BranchHouse(PlainHouse):
    """All that one kiosk of a branch knows. Everything is told to it in the event loop, where the screen asks."""

    def __init__(
        self,
        takes: Takes,
        catalogue: Catalogue,
        *,
        place: str,
        page: Callable[[str], str],
        monotonic: Callable[[], float],
        local: Callable[[], datetime],
        confirms: bool = False,
        speaks: bool = False,
        printer: TicketPrinter | None = None,
        identifier: "Identifier | None" = None,
        id_rule: str = "",
        readers: Sequence[Reader] = (),
        picks: Suggests | None = None,
        ear: "KioskEar | None" = None,
        reads: Collection[Way] = (),
        bookings: Holds | None = None,
    ) -> None:
        """``page``: the address of a ticket's page for a phone, from the code on it; '' for none. ``id_rule``: by which
        keyed ID numbers are checked, '' if they aren't taken. ``reads``: what the readers are for, cards or codes."""
        super().__init__(takes)
        self._takes = takes
        self._catalogue = catalogue
        self._classes = {one.code: one.service_class for one in catalogue.businesses}
        self._place = place
        self._page = page
        self._monotonic = monotonic
        self._local = local
        self._confirms = confirms
        self._speaks = speaks
        self._printer = printer
        self._identifier = identifier
        self._id_rule = id_rule
        self._readers = tuple(readers)
        self._reads = frozenset(reads)
        self._check_in = CheckIn(bookings, local)
        self._picks = picks
        self._ear = ear
        self._printed: Callable[[Outcome], None] = lambda outcome: None
        self._forgotten: Callable[[], None] = lambda: None
        self._status: PrinterStatus | None = None
        self._told: LobbyTold | None = None
        self._told_at_s = 0.0
        self._slips: dict[str, Slip] = {}
        self._ticket = ""
        self._advised: tuple[str, ...] | None = ()
        self._printing: set[asyncio.Task[None]] = set()

    @property
    def ways(self) -> frozenset[Way]:
        if self._identifier is None:
            return frozenset()
        return self._reads | {Way.PHONE} | ({Way.ID_NUMBER} if self._id_rule else set())

    @property
    def confirms(self) -> bool:
        return self._confirms

    @property
    def most_services(self) -> int:
        return 3 if self._confirms else 1

    @property
    def speaks(self) -> bool:
        return self._speaks

    def take(self, order: Order) -> IssuedTicket | Refusal | Broken:
        given = self._takes.take(order)
        if isinstance(given, IssuedTicket):
            link = self._page(given.follow)
            self._ticket, self._advised = given.ticket, ()
            self._slips = {given.number: Slip(link=link, paper=self._begin_to_print(given, order, link))}
        return given

    def health(self) -> Health:
        told, closes_in_min, stop = self._fresh(), None, Stop.NOTHING
        if told is not None and told.out_of_order:
            stop = Stop.OUT_OF_ORDER
        elif self._told is not None and self._told.closes is not None:
            left = self._told.closes - self._local()
            if left <= timedelta(0):
                # Until the hub tells of the next day, a day after closing at most.
                stop = Stop.CLOSED if left > timedelta(hours=-12) else Stop.NOTHING
            elif left <= CLOSING_SOON:
                closes_in_min = math.ceil(left.total_seconds() / 60)
        states = {reader.health.state for reader in self._readers}
        return Health(
            printer=self._printer_now(),
            reader_dead=bool(states & {State.ABSENT, State.FAULT}),
            stop=stop,
            closes_in_min=closes_in_min,
            notice="" if told is None or told.notice is UNSET else told.notice,
        )

    def estimate(self, business: str) -> Estimate | None:
        outlook = self._outlook(business)
        if outlook is None or outlook.low_s is None or outlook.high_s is None:
            return None
        low, high = math.floor(outlook.low_s / 60), math.ceil(outlook.high_s / 60)
        return Estimate(low_min=low, high_min=max(low, high))

    def find(self, way: Way, text: str, *, insisted: bool = False) -> Found | None:
        if self._identifier is None:
            return Fault.AWAY
        secret = Secret.of(text.encode("latin-1", "replace"))
        match way:
            case Way.PHONE:
                return self.found(self._identifier.phone(secret))
            case Way.ID_NUMBER:
                rule = self._identifier.rule(self._id_rule)
                if rule is None:
                    return Fault.UNKNOWN
                return self.found(self._identifier.id_number(secret, rule, insisted=insisted))
            case Way.CARD | Way.CODE:
                return self.found(self._identifier.scanned(secret))
            case _:
                assert_never(way)

    def card(self, customer: str) -> Found:
        return self._check_in.of_customer(customer)

    def found(self, read: Read | Unread | ReaderHealth) -> Found:
        """What a reading means for the screen: bookings of today, somebody who is known, or why nobody is."""
        return self._check_in.found(read)

    def picks(self, business: str | None, customer: str | None) -> Sequence[Pick]:
        if self._picks is None:
            return ()
        if customer is None or self._advised is None or not self.online:  # of whom nothing is known here
            return self._picks.of(business)
        return self._picks.named(self._advised)

    def slip(self, number: str) -> Slip:
        return self._slips.get(number, Slip())

    def lobby_told(self, told: LobbyTold | TicketAdvised) -> None:
        """The hub says how the lobby is, or what to suggest beside a ticket: that counts while the ticket is shown."""
        if isinstance(told, LobbyTold):
            self._told, self._told_at_s = told, self._monotonic()
        elif told.ticket == self._ticket:
            self._advised = told.products

    def on_printed(self, heard: Callable[[Outcome], None]) -> None:
        """Who hears what became of each ticket."""
        self._printed = heard

    def on_forgotten(self, heard: Callable[[], None]) -> None:
        """Who hears that a customer has gone, once all that was kept of them is dropped (K-13)."""
        self._forgotten = heard

    def printer_told(self, status: PrinterStatus) -> None:
        """The printer is so now."""
        self._status = status

    def hears(self, language: Language) -> bool:
        return self._ear is not None and self._ear.hears(language)

    def listen(self, language: Language, listen_s: float) -> None:
        if self._ear is not None:
            self._ear.listen(language, listen_s)

    def hearing(self) -> Hearing:
        return self._ear.hearing() if self._ear is not None else Hearing()

    def enough(self) -> None:
        if self._ear is not None:
            self._ear.enough()

    def hush(self) -> None:
        if self._ear is not None:
            self._ear.hush()

    def forget(self) -> None:
        self._slips = {}
        self._ticket, self._advised = "", ()
        self.hush()
        for reader in self._readers:
            reader.forget()
        self._forgotten()

    async def finish(self) -> None:
        """Wait until no ticket is being printed."""
        await asyncio.gather(*self._printing, return_exceptions=True)

    def _printer_now(self) -> Printer:
        if self._printer is None:
            return Printer.NONE
        if self._status is None or self._status.ready:
            return Printer.READY
        return Printer.PAPER_OUT if self._status.trouble is Trouble.PAPER_OUT else Printer.DEAD

    def _begin_to_print(self, given: IssuedTicket, order: Order, link: str) -> Paper:
        if self._printer is None:
            return Paper.NONE
        business = next(one for one in self._catalogue.businesses if one.code == order.business)
        outlook, estimate = self._outlook(order.business), self.estimate(order.business)
        booked = None if order.booking is None else self._check_in.start_of(order.booking)
        ticket = Ticket(
            number=given.number,
            business=business.shown(order.language),
            branch=self._place,
            issued=self._local(),
            people_before=None if outlook is None or booked is not None else outlook.waiting,
            wait_min=None if estimate is None or booked is not None else (estimate.low_min, estimate.high_min),
            booked=booked,
            page_url=link or None,
        )
        layout = lay_out(ticket, load_ticket_words(order.language), order.language.value)
        job = PrintJob(given.number, layout, self._monotonic() + PRINT_WITHIN_S)
        task = asyncio.ensure_future(self._print(self._printer, job))
        self._printing.add(task)
        task.add_done_callback(self._printing.discard)
        return Paper.UNDER_WAY

    async def _print(self, printer: TicketPrinter, job: PrintJob) -> None:
        outcome = await printer.print(job)
        match outcome:
            case OnPaper():
                paper = Paper.PRINTED
            case NotPrinted(why=why):
                paper = Paper.NOT_PRINTED
                log.warning("ticket_not_printed number=%s why=%s", job.name, why)
            case Unknown(why=why):
                paper = Paper.PERHAPS
                log.warning("ticket_perhaps_printed number=%s why=%s", job.name, why)
            case _:
                assert_never(outcome)
        slip = self._slips.get(job.name)
        if slip is not None:
            self._slips = {job.name: Slip(link=slip.link, paper=paper)}
        self._printed(outcome)

    def _fresh(self) -> LobbyTold | None:
        fresh = self._told is not None and self._monotonic() - self._told_at_s <= TOLD_FOR_S
        return self._told if fresh else None

    def _outlook(self, business: str) -> ClassOutlook | None:
        told = self._fresh()
        if told is None:
            return None
        wanted = self._classes.get(business)
        return next((one for one in told.classes if one.service_class == wanted), None)
