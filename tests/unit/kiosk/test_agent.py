from __future__ import annotations

import asyncio
import random
import shutil
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta, tzinfo
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from contracts import Envelope, ErrorCode, Refusal, decode
from contracts.fields import AccessNeed, Language
from contracts.session import Presence
from contracts.tickets import TicketTaken
from kiosk.agent import IssuedTicket, KioskAgent
from kiosk.core.taking import Business, Catalogue
from kiosk.events import CommandRefused, Delivered, KioskEvent, TakeRefused, TicketIssued, WentOffline, WentOnline
from runtime.agent.link import LinkSettings, link_bus_settings
from runtime.agent.mailbox import Mailbox
from runtime.bus.memory import Faults, MemoryBroker
from runtime.clock import Clock
from runtime.errors import ConfigError
from runtime.ids import UuidIds
from tests.agent_on_link import mailbox_in_memory
from tests.small_hub import SmallHub
from tests.unit.kiosk.set_clock import SetClock
from tests.virtual_time import LoopClock, pass_time, run_virtually, until


@dataclass
class Kiosk:
    """A kiosk on a store file, what it said so far, and a broker of its own unless one is given."""

    agent: KioskAgent
    mailbox: Mailbox
    events: list[KioskEvent] = field(default_factory=list)

    def waiting(self) -> list[TicketTaken]:
        rows = self.mailbox.database.conn.execute("select payload from outbox order by seq").fetchall()
        return [ticket_in(decode(payload)) for (payload,) in rows]

    def ticket(self, **asked: str | None) -> IssuedTicket:
        issued = self.agent.take(customer=asked.get("customer"), business="loan", request=asked.get("request"))
        assert isinstance(issued, IssuedTicket)
        return issued


def ticket_in(envelope: object) -> TicketTaken:
    assert isinstance(envelope, Envelope)
    assert isinstance(envelope.data, TicketTaken)
    return envelope.data


def kiosk_on(
    store: Path,
    *,
    clock: Clock | None = None,
    broker: MemoryBroker | None = None,
    series: str = "K",
    zone: tzinfo = UTC,
    device: str = "kiosk-1",
) -> Kiosk:
    mailbox = Mailbox.open(store)
    events: list[KioskEvent] = []
    agent = KioskAgent(
        device=device,
        branch="main-street",
        series=series,
        version="0.1.0",
        bus=(broker or MemoryBroker()).bus(link_bus_settings("mqtt://memory", device, 60)),
        mailbox=mailbox,
        clock=clock or SetClock(),
        ids=UuidIds(),
        catalogue=Catalogue([Business(code="loan", service_class="L"), Business(code="deposit")]),
        zone=zone,
        emit=events.append,
        settings=LinkSettings(resend_first_s=0.5),
        chance=random.Random(1),
    )
    return Kiosk(agent, mailbox, events)


@contextmanager
def opened(store: Path, *, clock: Clock | None = None, zone: tzinfo = UTC) -> Iterator[Kiosk]:
    kiosk = kiosk_on(store, clock=clock, zone=zone)
    with closing(kiosk.mailbox):
        yield kiosk


@pytest.mark.req("K-03", "K-04")
def test_a_ticket_is_numbered_queued_and_told(tmp_path: Path) -> None:
    with opened(tmp_path / "kiosk.db") as kiosk:
        issued = kiosk.agent.take(
            customer="客户-7",
            business="loan",
            language=Language.KO,
            needs=[AccessNeed.SEAT],
            booked=True,
            request="r-1",
        )
        assert isinstance(issued, IssuedTicket)
        assert issued.number == "LK001"
        (message,) = kiosk.waiting()
        assert message == TicketTaken(
            ticket=issued.ticket,
            branch="main-street",
            number="LK001",
            service_class="L",
            business="loan",
            language=Language.KO,
            customer="客户-7",
            booked=True,
            needs=(AccessNeed.SEAT,),
            follow=issued.follow,
        )
        assert len(issued.follow) >= 22
        letter = kiosk.mailbox.head()
        assert letter is not None
        assert letter.id == issued.message
        assert letter.topic == "devices/kiosk-1/v1/up/tickets"
        envelope = decode(letter.payload)
        assert isinstance(envelope, Envelope)
        assert envelope.traceparent == issued.trace
        assert kiosk.events == [
            TicketIssued(
                at_ns=round(SetClock().at.timestamp() * 1e9),
                number="LK001",
                ticket=issued.ticket,
                message=issued.message,
                customer="客户-7",
                request="r-1",
                trace=issued.trace,
                repeated=False,
            )
        ]


def test_each_class_counts_for_itself(tmp_path: Path) -> None:
    with opened(tmp_path / "kiosk.db") as kiosk:
        taken = [kiosk.agent.take(customer=None, business=b) for b in ("loan", "deposit", "loan", "deposit", "loan")]
        assert [t.number for t in taken if isinstance(t, IssuedTicket)] == ["LK001", "AK001", "LK002", "AK002", "LK003"]


def test_the_same_request_gets_the_same_ticket_and_no_second_message(tmp_path: Path) -> None:
    with opened(tmp_path / "kiosk.db") as kiosk:
        first = kiosk.ticket(request="r-1")
    with opened(tmp_path / "kiosk.db") as kiosk:
        again, other = kiosk.ticket(request="r-1"), kiosk.ticket(request="r-2")
        assert again.repeated
        assert (again.ticket, again.number, again.message) == (first.ticket, first.number, first.message)
        assert other.number == "LK002"
        assert len(kiosk.waiting()) == 2


def test_a_refused_request_uses_no_number(tmp_path: Path) -> None:
    with opened(tmp_path / "kiosk.db") as kiosk:
        refusal = kiosk.agent.take(customer=None, business="gold", request="r-1")
        assert isinstance(refusal, Refusal)
        assert refusal.code is ErrorCode.UNKNOWN_BUSINESS
        (event,) = kiosk.events
        assert isinstance(event, TakeRefused)
        assert (event.code, event.request) == ("unknown_business", "r-1")
        assert kiosk.ticket().number == "LK001"
        assert len(kiosk.waiting()) == 1


def test_numbers_start_again_when_the_branchs_day_begins(tmp_path: Path) -> None:
    seoul = ZoneInfo("Asia/Seoul")
    clock = SetClock(datetime(2026, 3, 2, 14, 59, tzinfo=UTC))  # 23:59 in Seoul
    with opened(tmp_path / "kiosk.db", clock=clock, zone=seoul) as kiosk:
        assert [kiosk.ticket().number, kiosk.ticket().number] == ["LK001", "LK002"]
        clock.at += timedelta(minutes=2)
        assert kiosk.ticket().number == "LK001"
        clock.at -= timedelta(days=1)
        assert kiosk.ticket().number == "LK003"


def test_setting_the_clock_right_over_midnight_repeats_no_number(tmp_path: Path) -> None:
    clock = SetClock(datetime(1970, 1, 1, 0, 5, tzinfo=UTC))
    with opened(tmp_path / "kiosk.db", clock=clock) as kiosk:
        kiosk.ticket()
        kiosk.agent.link.clock.correct(datetime(2026, 3, 2, 9, 0, tzinfo=UTC))
        assert kiosk.ticket().number == "LK002"
        clock.at += timedelta(days=1)
        assert kiosk.ticket().number == "LK001"


def test_delivered_tickets_of_earlier_days_are_forgotten_and_waiting_ones_kept(tmp_path: Path) -> None:
    clock = SetClock()
    with opened(tmp_path / "kiosk.db", clock=clock) as kiosk:
        delivered, _waiting = kiosk.ticket(request="r-1"), kiosk.ticket(request="r-2")
        kiosk.mailbox.acked((delivered.message,))
        clock.at += timedelta(days=8)
        assert kiosk.ticket().number == "LK001"
        assert not kiosk.ticket(request="r-1").repeated
        assert kiosk.ticket(request="r-2").repeated


@pytest.mark.parametrize("series", ["a", "ABC", "1"])
def test_a_bad_series_is_named(tmp_path: Path, series: str) -> None:
    mailbox = Mailbox.open(tmp_path / "kiosk.db")
    with closing(mailbox), pytest.raises(ConfigError, match=f"series = '{series}'"):
        KioskAgent(
            device="kiosk-1",
            branch="main-street",
            series=series,
            version="0",
            bus=MemoryBroker().bus(link_bus_settings("mqtt://memory", "kiosk-1", 60)),
            mailbox=mailbox,
            clock=SetClock(),
            ids=UuidIds(),
        )


@dataclass
class Crash:
    """The files as kill -9 leaves them between two statements, and what had been printed and acknowledged by then."""

    store: Path
    at: datetime
    printed: list[IssuedTicket]
    printed_today: list[str]
    acked: set[str]


def crashes_of_a_morning(folder: Path) -> list[Crash]:
    """Four tickets, two of them acknowledged on the way and a midnight: the files before each single SQL statement."""
    store, clock = folder / "kiosk.db", SetClock()
    crashes: list[Crash] = []
    printed: list[IssuedTicket] = []
    today: list[str] = []
    acked: set[str] = set()

    def crash_here(_statement: str) -> None:
        copy = folder / f"crash-{len(crashes)}" / "kiosk.db"
        copy.parent.mkdir()
        for suffix in ("", "-wal"):
            shutil.copy(f"{store}{suffix}", f"{copy}{suffix}")
        crashes.append(Crash(copy, clock.at, list(printed), list(today), set(acked)))

    with opened(store, clock=clock) as kiosk:
        kiosk.mailbox.database.conn.set_trace_callback(crash_here)
        for turn in range(5):
            if turn == 3:
                clock.at += timedelta(days=1)
                today.clear()
            printed.append(kiosk.ticket(request=f"r-{turn}"))
            today.append(printed[-1].number)
            if turn in (1, 3):
                kiosk.mailbox.acked((printed[turn - 1].message,))
                acked.add(printed[turn - 1].message)
        crash_here("")
        kiosk.mailbox.database.conn.set_trace_callback(None)
    return crashes


@pytest.mark.req("K-05")
def test_a_kill_between_any_two_statements_repeats_no_number_and_loses_no_printed_one(tmp_path: Path) -> None:
    crashes = crashes_of_a_morning(tmp_path)
    assert len(crashes) > 30
    for crash in crashes:
        with opened(crash.store, clock=SetClock(crash.at)) as kiosk:
            queued = [message.ticket for message in kiosk.waiting()]
            wanted = [ticket.ticket for ticket in crash.printed if ticket.message not in crash.acked]
            assert [ticket for ticket in queued if ticket in wanted] == wanted
            assert len(set(queued)) == len(queued)
            if crash.printed:
                last = len(crash.printed) - 1
                assert kiosk.ticket(request=f"r-{last}").number == crash.printed[last].number
            assert kiosk.ticket().number not in crash.printed_today


@pytest.mark.req("K-04", "K-05")
def test_tickets_taken_out_of_reach_reach_the_hub_later_in_order_once(tmp_path: Path) -> None:
    async def morning() -> None:
        loop = asyncio.get_running_loop()
        clock = LoopClock(loop)
        broker = MemoryBroker(faults=Faults(delay_s=(0.0, 0.05)), chance=random.Random(7))
        broker.partitioned.add("kiosk-1")
        kiosk, hub = kiosk_on(tmp_path / "kiosk.db", clock=clock, broker=broker), SmallHub(broker, clock)
        async with hub.running():
            running = asyncio.ensure_future(kiosk.agent.run())
            issued = [kiosk.ticket(customer=f"c-{n}") for n in range(20)]
            await pass_time(0.5)
            assert not hub.effects
            broker.partitioned.clear()
            await until(lambda: len(hub.effects) >= 3, within_s=60)
            broker.cut("kiosk-1")
            issued.append(kiosk.ticket(customer="late"))
            assert await kiosk.agent.drain(120.0) == 0
            running.cancel()
            await asyncio.gather(running, return_exceptions=True)
            await until(lambda: hub.presence["kiosk-1"].presence is Presence.LEFT, within_s=5)
        assert [ticket_in(e).number for e in hub.effects] == [f"LK{n:03d}" for n in range(1, 22)]
        assert [e.id for e in hub.effects] == [ticket.message for ticket in issued]
        acked = [message for event in kiosk.events if isinstance(event, Delivered) for message in event.ids]
        assert list(dict.fromkeys(acked)) == [ticket.message for ticket in issued]
        kinds = [type(e) for e in kiosk.events if isinstance(e, WentOnline | WentOffline)]
        assert kinds == [WentOnline, WentOffline, WentOnline, WentOffline]
        kiosk.mailbox.close()

    run_virtually(morning)


def test_a_ticket_that_the_hub_refuses_is_told_with_its_number_and_the_next_goes_on(tmp_path: Path) -> None:
    async def morning() -> None:
        clock = LoopClock(asyncio.get_running_loop())
        broker = MemoryBroker()
        kiosk, hub = kiosk_on(tmp_path / "kiosk.db", clock=clock, broker=broker), SmallHub(broker, clock)
        hub.refuse_with = lambda e: ErrorCode.UNKNOWN_CUSTOMER if ticket_in(e).customer == "nobody" else None
        async with hub.running():
            running = asyncio.ensure_future(kiosk.agent.run())
            refused, taken = kiosk.ticket(customer="nobody"), kiosk.ticket(customer="c-1")
            assert await kiosk.agent.drain(60.0) == 0
            running.cancel()
            await asyncio.gather(running, return_exceptions=True)
        assert [e.id for e in hub.effects] == [taken.message]
        (event,) = [e for e in kiosk.events if isinstance(e, CommandRefused)]
        assert (event.id, event.code, event.number) == (refused.message, "unknown_customer", "LK001")
        kiosk.mailbox.close()

    run_virtually(morning)


def test_draining_gives_up_when_the_hub_stays_away(tmp_path: Path) -> None:
    async def morning() -> None:
        kiosk = kiosk_on(tmp_path / "kiosk.db")
        kiosk.ticket()
        assert await kiosk.agent.drain(5.0) == 1
        kiosk.mailbox.close()

    run_virtually(morning)


@pytest.mark.req("K-05")
@settings(max_examples=150, deadline=None)
@given(
    st.lists(st.sampled_from(["take", "take", "take", "hours", "night", "reach", "restart", "battery"]), max_size=60),
    st.sampled_from([-400, -1, 0, 1, 30]),
)
def test_on_no_real_day_a_number_comes_twice_however_wrong_the_date(course: list[str], wrong_days: int) -> None:
    """The machine has a wrong date, forgets it when its battery dies, and is corrected when the hub is in reach."""
    real, wrong = datetime(2026, 3, 2, 9, 0, tzinfo=UTC), timedelta(days=wrong_days)
    mailbox, clock = mailbox_in_memory(), SetClock()

    def started() -> KioskAgent:
        clock.at = real + wrong
        return KioskAgent(
            device="kiosk-1",
            branch="main-street",
            series="K",
            version="0",
            bus=MemoryBroker().bus(link_bus_settings("mqtt://memory", "kiosk-1", 60)),
            mailbox=mailbox,
            clock=clock,
            ids=UuidIds(),
            zone=UTC,
        )

    agent = started()
    seen: set[tuple[date, str]] = set()
    for step in course:
        match step:
            case "take":
                issued = agent.take(customer=None, business="loan")
                assert isinstance(issued, IssuedTicket)
                assert (real.date(), issued.number) not in seen
                seen.add((real.date(), issued.number))
            case "hours" | "night":
                real += timedelta(hours=3 if step == "hours" else 15)
            case "reach":
                agent.link.clock.correct(real)
            case "restart":
                agent = started()
            case _:
                wrong = timedelta(days=-2500)
                agent = started()
        clock.at = real + wrong
    mailbox.close()
