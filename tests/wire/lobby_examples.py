"""Examples of what kiosks, wearables and the lobby say of numbers, bookings, lent bands and the kiosk itself."""

from __future__ import annotations

from datetime import UTC, date, datetime

from contracts import AnyMessage
from contracts.bookings import BookedVisit, BookingsMark, BookingState, BookingsTold, BookingsWanted
from contracts.fields import AccessNeed, Language
from contracts.kiosk_health import KioskReported, NumbersLeft, PartState
from contracts.lending import CallFelt, LendingTold, Lent, LentStage
from contracts.lobby import ClassOutlook, LobbyTold, NumbersLeased, NumbersWanted, TicketAdvised
from contracts.session import (
    StreamPosition,
)
from contracts.tickets import TicketTaken
from contracts.visits import (
    TasksSynced,
)

NINE = datetime(2026, 3, 2, 9, 0, 0, 123000, tzinfo=UTC)
TEN = datetime(2026, 3, 2, 10, 0, tzinfo=UTC)
AT = StreamPosition(epoch="0195c1b0-0000-7000-8000-0000000000e1", revision=41)

LOBBY: tuple[tuple[str, AnyMessage], ...] = (
    ("devices/kiosk-1", NumbersWanted(service_class="L", has=3, uses=3)),
    ("hub", NumbersLeased(service_class="L", serial=4, first=101, last=150)),
    (
        "hub",
        LobbyTold(
            at=NINE,
            classes=(
                ClassOutlook(service_class="A", waiting=3, low_s=240.5, high_s=1020.0),
                ClassOutlook(service_class="L", waiting=0, late=True),
            ),
            closes=TEN,
            out_of_order=True,
            notice="请使用另一台取号机",
        ),
    ),
    (
        "devices/kiosk-1",
        KioskReported(
            parts=(
                PartState(part="printer", condition="paper_out", since=NINE),
                PartState(part="reader", name="pcsc", condition="ready", since=NINE),
            ),
            undelivered=2,
            numbers=(NumbersLeft(service_class="L", left=41),),
            restarts=1,
            out_of_order=True,
        ),
    ),
    ("devices/kiosk-1", BookingsWanted(day=NINE.date(), has=1_772_442_000_123)),
    (
        "hub",
        BookingsTold(
            day=NINE.date(),
            after=1_772_442_000_123,
            upto=1_772_442_000_125,
            changed=(
                BookedVisit(
                    booking="B-2026-000417",
                    revision=1_772_442_000_124,
                    state=BookingState.BOOKED,
                    start=TEN,
                    businesses=("insurance", "cash"),
                    code="0123456789abcdef0123456789abcdef",
                    customer="客户-000123",
                    phone="i1.abcde.0123456789012345678901234567890123456789012",
                    advisor="김민지",
                    needs=(AccessNeed.STEP_FREE,),
                    language=Language.KO,
                ),
                BookedVisit(
                    booking="B-2026-000418",
                    revision=1_772_442_000_125,
                    state=BookingState.CANCELLED,
                    start=NINE,
                    businesses=("loan",),
                ),
            ),
            early_s=900.0,
            grace_s=600.0,
            anew=True,
            more=True,
        ),
    ),
    (
        "hub",
        LendingTold(
            position=AT,
            lent=Lent(
                lending="0195c1b0-7a10-7000-8000-00000000b001",
                number="L117",
                language=Language.KO,
                stage=LentStage.CALLED,
                call=2,
                counter="3",
            ),
        ),
    ),
    ("devices/band-1", CallFelt(lending="0195c1b0-7a10-7000-8000-00000000b001", call=2)),
    ("hub", TicketAdvised(ticket="01977a4e-0000-7000-8000-0000000000a1", products=("deposit", "bond_fund"))),
)
"""Source and message; the number of each is its place after those of ``examples``."""

LOBBY_GROWN: tuple[tuple[str, str, AnyMessage], ...] = (
    (
        "queue",
        "devices/kiosk-1",
        TicketTaken(
            ticket="0195c1b0-7a10-7000-8000-00000000f001",
            branch="gangnam",
            number="L117",
            service_class="L",
            business="insurance",
            language=Language.ZH,
            follow="q3Zk1n0bT6uW9yXcVdEfGg",
            also=("cash", "account"),
            appointment=TEN,
        ),
    ),
    (
        "booking",
        "devices/kiosk-1",
        TicketTaken(
            ticket="0195c1b0-7a10-7000-8000-00000000f002",
            branch="gangnam",
            number="L118",
            service_class="L",
            business="insurance",
            language=Language.KO,
            booked=True,
            appointment=TEN,
            booking="B-2026-000417",
        ),
    ),
    (
        "bookings",
        "hub",
        LobbyTold(
            at=NINE,
            classes=(),
            bookings=(
                BookingsMark(day=NINE.date(), revision=1_772_442_000_125),
                BookingsMark(day=date(2026, 3, 3), revision=0),
            ),
        ),
    ),
    (
        "lent",
        "hub",
        TasksSynced(
            position=AT,
            part=1,
            parts=1,
            binding=None,
            choices=(),
            tasks=(),
            lent=Lent(
                lending="0195c1b0-7a10-7000-8000-00000000b001",
                number="A003",
                language=Language.ZH,
                stage=LentStage.WAITING,
                ahead=3,
                low_min=5,
                high_min=10,
            ),
        ),
    ),
)
"""The same with the fields that were added later: what was added, source, message."""
