"""The kiosk agent: durable numbers, with the hub in reach or not; each reaches the hub once in effect (K-04, K-05)."""

import asyncio
import logging
import random
from collections.abc import Mapping, Sequence
from datetime import date, datetime, tzinfo

import msgspec
from msgspec import UNSET

from contracts import AnyMessage, ErrorCode, Refusal
from contracts.fields import AccessNeed, DeviceKind, Language
from contracts.tickets import TicketTaken
from kiosk.bookings import Bookings
from kiosk.core.numbers import MAX_COUNT, counted_since, ticket_number, valid_series
from kiosk.core.taking import Accepted, Catalogue, TakeRequest, check
from kiosk.events import CommandRefused, Delivered, Emit, TakeRefused, TicketIssued, WentOffline, WentOnline, to_nobody
from kiosk.leases import Leases
from kiosk.store import StoredTicket, TicketStore
from runtime.agent.link import AgentLink, LinkSettings, Streamed
from runtime.agent.lobby import LobbyParts, LobbyTraffic
from runtime.agent.mailbox import Mailbox
from runtime.agent.models import ModelTraffic
from runtime.bus import Bus
from runtime.clock import Clock
from runtime.errors import ConfigError
from runtime.ids import Ids

log = logging.getLogger(__name__)


class IssuedTicket(msgspec.Struct, frozen=True, kw_only=True):
    """A number that may be printed: it and the message about it are durable. ``repeated``: an earlier request's.

    ``follow``: the code in the ticket's QR code, with which the customer's phone finds the place in line.
    """

    ticket: str
    number: str
    message: str
    trace: str
    follow: str = ""
    repeated: bool = False


class KioskAgent:
    """One kiosk of one branch; ``run`` keeps it in touch with the hub, ``take`` works at any time."""

    def __init__(
        self,
        *,
        device: str,
        branch: str,
        series: str,
        version: str,
        bus: Bus,
        mailbox: Mailbox,
        clock: Clock,
        ids: Ids,
        catalogue: Catalogue | None = None,
        zone: tzinfo | None = None,
        emit: Emit = to_nobody,
        settings: LinkSettings | None = None,
        chance: random.Random | None = None,
        models: ModelTraffic | None = None,
        leases: Leases | None = None,
        lobby: Sequence[LobbyTraffic] = (),
        bookings: Bookings | None = None,
    ) -> None:
        """``zone`` decides when a day begins; without it, the machine's. Raises ``ConfigError`` for a bad series.

        ``leases``: what gets blocks of numbers from the hub; without it, or once they are used up, or with an empty
        series, numbers are the series' own. ``lobby``: who else of the kiosk speaks with the hub about the lobby.
        ``bookings``: what the kiosk knows of them.
        """
        if not valid_series(series):
            raise ConfigError(f"series = {series!r}: at most two letters A to Z are allowed, another for each kiosk")
        self.link = AgentLink(
            device=device,
            kind=DeviceKind.KIOSK,
            version=version,
            bus=bus,
            mailbox=mailbox,
            handler=self,
            clock=clock,
            ids=ids,
            settings=settings,
            chance=chance,
            models=models,
            lobby=_together(leases, [*lobby, *([] if bookings is None else [bookings])]),
        )
        self._branch = branch
        self._series = series
        self._mailbox = mailbox
        self._store = TicketStore(mailbox)
        self._leases = leases if series else None
        if self._leases is not None:
            self._leases.keep_in(self._store)
        self.bookings = bookings
        if bookings is not None:
            bookings.keep_in(mailbox, lambda: self.link.clock.now().astimezone(zone))
        self._ids = ids
        self.catalogue = catalogue or Catalogue()
        self.zone = zone
        self._emit = emit
        self._answered = asyncio.Event()

    async def run(self) -> None:
        """Keep in touch with the hub until cancelled; says goodbye on the way out."""
        await self.link.run()

    async def drain(self, patience_s: float) -> int:
        """Wait until the hub has answered for every ticket, at most so long; returns how many still wait."""
        try:
            async with asyncio.timeout(patience_s):
                while self.waiting:
                    self._answered.clear()
                    await self._answered.wait()
        except TimeoutError:
            pass
        return self.waiting

    @property
    def waiting(self) -> int:
        """How many tickets the hub hasn't got yet."""
        return self._mailbox.depth()

    @property
    def next_to_go(self) -> str | None:
        """The id of the message that the hub gets next; null when it has all."""
        letter = self._mailbox.head()
        return None if letter is None else letter.id

    def numbers_left(self) -> Mapping[str, int]:
        """How many leased numbers there are of each class; empty where none are leased."""
        return {} if self._leases is None else self._leases.left()

    def take(
        self,
        *,
        customer: str | None,
        business: str,
        language: Language = Language.EN,
        needs: Sequence[AccessNeed] = (),
        booked: bool = False,
        request: str | None = None,
        also: Sequence[str] = (),
        appointment: datetime | None = None,
        booking: str | None = None,
    ) -> IssuedTicket | Refusal:
        """A number, durable before it is returned, or why there is none; the same ``request`` gets the same ticket.

        ``booking``: the name of one of today's; its time and needs go with the ticket.
        """
        held = None if booking is None or self.bookings is None else self.bookings.named(booking)
        asked = TakeRequest(
            business=business,
            language=language,
            customer=customer,
            needs=tuple(dict.fromkeys((*needs, *(() if held is None else held.visit.needs)))),
            booked=booked or held is not None,
            request=request,
            also=tuple(also),
            appointment=appointment if held is None else held.visit.start,
            booking=None if held is None else held.visit.booking,
        )
        accepted = check(asked, self.catalogue)
        if isinstance(accepted, Refusal):
            return self._refuse(accepted, asked)
        earlier = self._store.of_request(request) if request is not None else None
        if earlier is not None:
            return self._show(earlier, asked, self._at_ns(), repeated=True)
        at_ns = self._at_ns()
        with self._mailbox.transaction():
            issued = self._issue(accepted)
            if held is not None and self.bookings is not None and isinstance(issued, StoredTicket):
                self.bookings.arrived(held, issued.ticket, issued.message)
        if self._leases is not None:
            self._leases.used()
        return self._refuse(issued, asked) if isinstance(issued, Refusal) else self._show(issued, asked, at_ns)

    def apply(self, message: Streamed) -> None:
        """What the hub says about tasks is for wearables; a kiosk only keeps its place in the stream."""

    def applied(self, message: Streamed, traceparent: str | None) -> None:
        """As :meth:`apply`."""

    def on_acked(self, ids: tuple[str, ...]) -> None:
        self._answered.set()
        self._emit(Delivered(at_ns=self._at_ns(), ids=ids))
        if self.bookings is not None:
            self.bookings.delivered(ids)

    def on_refused(self, message_id: str, message: AnyMessage, refusal: Refusal) -> None:
        self._answered.set()
        number = message.number if isinstance(message, TicketTaken) else None
        if self.bookings is not None and isinstance(message, TicketTaken):
            self.bookings.undo(message.ticket)
        log.error("ticket_refused_by_hub id=%s number=%s code=%s", message_id, number, refusal.code)
        self._emit(
            CommandRefused(
                at_ns=self._at_ns(), id=message_id, code=refusal.code.value, detail=refusal.detail, number=number
            )
        )

    def on_disk_refused(self) -> None:
        log.warning("disk_full device=%s do='free some space: no number can be given without'", self.link.device)

    def on_link(self, online: bool) -> None:
        self._emit(WentOnline(at_ns=self._at_ns()) if online else WentOffline(at_ns=self._at_ns()))

    def _issue(self, accepted: Accepted) -> StoredTicket | Refusal:
        now = self.link.clock.now()
        offset = self.link.clock.offset
        today, by_earlier_clock = self._date(now), self._date(now - offset + self._store.clock_offset())
        self._store.keep_clock_offset(offset)
        since = counted_since(today, by_earlier_clock)
        leased = self._store.next_leased(accepted.service_class) if self._leases is not None else None
        if leased is not None:
            number = ticket_number(accepted.service_class, "", leased)
        else:
            count = self._store.next_count(accepted.service_class, today=today, since=since)
            if count > MAX_COUNT:
                return Refusal(
                    code=ErrorCode.NUMBER_TAKEN,
                    detail=f"class {accepted.service_class} has no number left today: wait for tomorrow",
                )
            number = ticket_number(accepted.service_class, self._series, count)
        request = accepted.request
        ticket, trace, follow = self._ids.new(), self._ids.traceparent(), self._ids.secret()
        message = self.link.send(
            TicketTaken(
                ticket=ticket,
                branch=self._branch,
                number=number,
                service_class=accepted.service_class,
                business=request.business,
                language=request.language,
                customer=request.customer,
                booked=request.booked,
                needs=request.needs,
                follow=follow,
                also=request.also or UNSET,
                appointment=UNSET if request.appointment is None else request.appointment,
                booking=UNSET if request.booking is None else request.booking,
            ),
            traceparent=trace,
        )
        stored = StoredTicket(ticket=ticket, message=message, number=number, trace=trace, follow=follow)
        self._store.add(stored, day=today, taken_at=now.isoformat(), request=request.request)
        return stored

    def _show(self, stored: StoredTicket, asked: TakeRequest, at_ns: int, *, repeated: bool = False) -> IssuedTicket:
        self._emit(
            TicketIssued(
                at_ns=at_ns,
                number=stored.number,
                ticket=stored.ticket,
                message=stored.message,
                customer=asked.customer,
                request=asked.request,
                trace=stored.trace,
                repeated=repeated,
            )
        )
        return IssuedTicket(
            ticket=stored.ticket,
            number=stored.number,
            message=stored.message,
            trace=stored.trace,
            follow=stored.follow,
            repeated=repeated,
        )

    def _refuse(self, refusal: Refusal, asked: TakeRequest) -> Refusal:
        log.info("take_refused code=%s", refusal.code)
        self._emit(
            TakeRefused(at_ns=self._at_ns(), code=refusal.code.value, detail=refusal.detail, request=asked.request)
        )
        return refusal

    def _date(self, moment: datetime) -> date:
        return moment.astimezone(self.zone).date()

    def _at_ns(self) -> int:
        return round(self.link.clock.monotonic() * 1e9)


def _together(leases: Leases | None, others: Sequence[LobbyTraffic]) -> LobbyTraffic | None:
    parts: list[LobbyTraffic] = [*([] if leases is None else [leases]), *others]
    if len(parts) > 1:
        return LobbyParts(*parts)
    return parts[0] if parts else None
