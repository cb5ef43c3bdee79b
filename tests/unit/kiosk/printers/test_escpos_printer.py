"""When a job is begun and when not, against a wire that a test plays (K-03)."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Iterator
from contextlib import closing

import pytest

from kiosk.core.ticket_layout import TicketLayout
from kiosk.printers import replies
from kiosk.printers.escpos_printer import EscposPrinter
from kiosk.printers.ports import NotPrinted, Outcome, Paper, Printed, PrintJob, Trouble, Unknown
from kiosk.printers.settings import Confirm, Look
from kiosk.printers.wire import WireLost
from runtime.clock import SystemClock
from runtime.errors import ConfigError

pytestmark = pytest.mark.req("K-03")

TICKET = b"a ticket"
LAYOUT = TicketLayout((), "en")
QUICK = Look(answer_s=0.05, confirm_s=0.3, write_s=0.3)


class HandClock(SystemClock):
    """Real time, and what the test adds."""

    def __init__(self) -> None:
        self.added_s = 0.0

    def monotonic(self) -> float:
        return super().monotonic() + self.added_s


class Plain:
    def encode(self, layout: TicketLayout) -> bytes:
        return TICKET


class Unfit:
    def encode(self, layout: TicketLayout) -> bytes:
        raise ConfigError("no font")


class PlayedWire:
    """Answers as a printer that is well, unless told otherwise; ``noise`` comes before every answer."""

    def __init__(self, clock: HandClock) -> None:
        self.clock = clock
        self.sent: list[bytes] = []
        self.opened = 0
        self.closed: list[bool] = []
        self.noise = b""
        self.open_takes_s = 0.0
        self.status_takes_s = 0.0
        self.answers = {
            replies.ASK_PRINTER: b"\x12",
            replies.ASK_PAPER: b"\x12",
            replies.ASK_OFFLINE: b"\x12",
            replies.ASK_ERROR: b"\x12",
            replies.ASK_DRAINED: b"\x00",
            replies.CLEAR: replies.CLEARED,
        }
        self.blocks: threading.Event | None = None
        self.connects: threading.Event | None = None
        self.reached = threading.Event()
        self.loses: bytes | None = None
        self._waiting = bytearray()

    def open(self) -> None:
        self.opened += 1
        if self.connects is not None:
            self.reached.set()
            self.connects.wait(20)
        self.clock.added_s += self.open_takes_s

    def probe(self) -> None:
        pass

    def send(self, content: bytes, within_s: float) -> None:
        if content == self.loses:
            raise WireLost("unplugged")
        if content == TICKET and self.blocks is not None:
            self.reached.set()
            self.blocks.wait(20)
        self.sent.append(content)
        if content == replies.ASK_PAPER:
            self.clock.added_s += self.status_takes_s
        if content in self.answers:
            self._waiting += self.noise + self.answers[content]

    def receive(self, within_s: float) -> bytes:
        if not self._waiting and within_s:
            threading.Event().wait(min(within_s, 0.01))
        came = bytes(self._waiting)
        self._waiting.clear()
        return came

    def close(self, *, drop: bool) -> None:
        self.closed.append(drop)


class Stand:
    def __init__(self, look: Look = QUICK) -> None:
        self.clock = HandClock()
        self.wire = PlayedWire(self.clock)
        self.printer = EscposPrinter(self.wire, Plain(), look, self.clock, spare_s=0.2)

    async def print(self, life_s: float = 30.0) -> Outcome:
        return await self.printer.print(PrintJob("A017", LAYOUT, self.clock.monotonic() + life_s))

    @property
    def tickets(self) -> int:
        return self.wire.sent.count(TICKET)


@pytest.fixture
def stand() -> Iterator[Stand]:
    made = Stand()
    with closing(made.printer):
        yield made


async def test_it_is_asked_first_and_the_wire_closed_in_good_order(stand: Stand) -> None:
    assert await stand.print() == Printed(True, Paper.OK)
    assert stand.wire.sent == [replies.ASK_PRINTER, replies.ASK_PAPER, TICKET, replies.ASK_DRAINED]
    assert stand.wire.closed == [False]


@pytest.mark.parametrize("slow", ["open_takes_s", "status_takes_s"])
async def test_what_grew_stale_while_connecting_or_asking_is_not_begun(stand: Stand, slow: str) -> None:
    setattr(stand.wire, slow, 60.0)
    assert await stand.print() == NotPrinted(Trouble.STALE)
    assert stand.tickets == 0
    setattr(stand.wire, slow, 0.0)
    assert isinstance(await stand.print(), Printed)
    assert stand.tickets == 1


async def test_what_is_cancelled_while_connecting_is_not_begun(stand: Stand) -> None:
    stand.wire.connects = threading.Event()
    outcome = asyncio.ensure_future(stand.print())
    assert await asyncio.to_thread(stand.wire.reached.wait, 20)
    outcome.cancel()
    with pytest.raises(asyncio.CancelledError):
        await outcome
    stand.wire.connects.set()
    assert (await stand.printer.status()).ready
    assert stand.tickets == 0


async def test_bytes_that_were_not_asked_for_are_no_answers(stand: Stand) -> None:
    stand.wire.noise = b"\xff\x91\x80"  # as of automatic status back
    assert await stand.print() == Printed(True, Paper.OK)
    stand.wire.noise = b""
    stand.wire._waiting += b"\x7e"  # an old answer: paper out
    assert await stand.print() == Printed(True, Paper.OK)


async def test_online_without_paper_is_paper_out(stand: Stand) -> None:
    stand.wire.answers[replies.ASK_PAPER] = b"\x72"
    assert await stand.print() == NotPrinted(Trouble.PAPER_OUT)


async def test_lost_while_asking_is_not_printed_and_lost_while_sending_is_unknown(stand: Stand) -> None:
    stand.wire.loses = replies.ASK_PAPER
    assert await stand.print() == NotPrinted(Trouble.UNREACHABLE)
    stand.wire.loses = TICKET
    assert await stand.print() == Unknown(Trouble.CUT_OFF)
    stand.wire.loses = replies.ASK_DRAINED
    assert await stand.print() == Unknown(Trouble.CUT_OFF)
    assert stand.wire.closed == [True, True, True]


async def test_what_is_left_of_a_ticket_is_cleared_before_the_next_one(stand: Stand) -> None:
    stand.wire.loses = TICKET
    stand.wire.answers[replies.CLEAR] = b""
    assert isinstance(await stand.print(), Unknown)
    stand.wire.loses = None
    stand.wire.answers[replies.CLEAR] = replies.CLEARED
    stand.wire.sent.clear()
    assert isinstance(await stand.print(), Printed)
    assert stand.wire.sent[0] == replies.CLEAR
    assert isinstance(await stand.print(), Printed)
    assert stand.wire.sent.count(replies.CLEAR) == 1


async def test_no_answer_after_the_ticket_is_unconfirmed(stand: Stand) -> None:
    stand.wire.answers[replies.ASK_DRAINED] = b""
    assert await stand.print() == Unknown(Trouble.UNCONFIRMED)


async def test_a_stop_within_the_ticket_is_told_by_its_reason() -> None:
    stand = Stand(Look(answer_s=0.05, confirm_s=5.0, write_s=0.3))
    with closing(stand.printer):
        stand.wire.answers[replies.ASK_DRAINED] = b""
        stand.wire.blocks = threading.Event()
        outcome = asyncio.ensure_future(stand.print())
        assert await asyncio.to_thread(stand.wire.reached.wait, 20)
        stand.wire.answers |= {replies.ASK_PRINTER: b"\x1a", replies.ASK_OFFLINE: b"\x16"}
        stand.wire.blocks.set()
        assert await outcome == Unknown(Trouble.COVER_OPEN)
    assert replies.CLEAR in stand.wire.sent


async def test_a_printer_that_is_not_to_be_asked_is_not() -> None:
    stand = Stand(Look(answers=False))
    with closing(stand.printer):
        assert await stand.print() == Printed(False, Paper.UNKNOWN)
        assert (await stand.printer.status()).paper is Paper.UNKNOWN
    assert stand.wire.sent == [TICKET]


async def test_one_that_is_not_to_confirm_is_asked_before_only() -> None:
    stand = Stand(Look(confirm=Confirm.NONE))
    with closing(stand.printer):
        assert await stand.print() == Printed(False, Paper.UNKNOWN)
    assert stand.wire.sent == [replies.ASK_PRINTER, replies.ASK_PAPER, TICKET]


async def test_a_wire_that_holds_its_thread_for_ever(stand: Stand) -> None:
    stand.wire.blocks = threading.Event()
    first = asyncio.ensure_future(stand.print(life_s=0.1))
    second = asyncio.ensure_future(stand.print(life_s=0.2))
    assert await second == NotPrinted(Trouble.STALE)
    assert await first == Unknown(Trouble.STUCK)
    assert (await stand.printer.status()).trouble is Trouble.STUCK
    stand.wire.blocks.set()
    stand.wire.blocks = None
    assert isinstance(await stand.print(), Printed)
    assert stand.tickets == 2  # the one that was held, and the last


async def test_what_waits_when_it_is_closed_comes_back(stand: Stand) -> None:
    stand.wire.blocks = threading.Event()
    first, second = asyncio.ensure_future(stand.print()), asyncio.ensure_future(stand.print())
    assert await asyncio.to_thread(stand.wire.reached.wait, 20)
    stand.printer.close()
    stand.wire.blocks.set()
    assert await second == NotPrinted(Trouble.CLOSED)
    assert isinstance(await first, Printed)
    assert stand.tickets == 1


async def test_a_ticket_that_can_not_be_drawn_opens_nothing() -> None:
    clock = HandClock()
    wire = PlayedWire(clock)
    with closing(EscposPrinter(wire, Unfit(), QUICK, clock)) as printer:
        job = PrintJob("A017", LAYOUT, clock.monotonic() + 30)
        assert await printer.print(job) == NotPrinted(Trouble.UNFIT)
    assert wire.opened == 0
