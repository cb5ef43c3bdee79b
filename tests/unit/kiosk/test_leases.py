"""Leased numbers: asked for until they come, taken in order, never twice, whatever the clock does (K-05)."""

from __future__ import annotations

import asyncio
import random
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from contracts import AnyMessage
from contracts.lobby import LobbyTold, NumbersLeased, NumbersWanted, TicketAdvised
from kiosk.agent import IssuedTicket, KioskAgent
from kiosk.core.taking import Business, Catalogue
from kiosk.leases import FEW, Leases
from runtime.agent.link import link_bus_settings
from runtime.agent.mailbox import Mailbox
from runtime.bus.memory import MemoryBroker
from runtime.ids import UuidIds
from tests.unit.kiosk.set_clock import SetClock
from tests.virtual_time import pass_time, run_virtually, until

pytestmark = pytest.mark.req("K-05")


@dataclass
class Stand:
    """A kiosk with leased numbers."""

    agent: KioskAgent
    leases: Leases
    clock: SetClock = field(default_factory=SetClock)

    def numbers(self, count: int, business: str = "loan") -> list[str]:
        given = [self.agent.take(customer=None, business=business) for _ in range(count)]
        assert all(isinstance(one, IssuedTicket) for one in given)
        return [one.number for one in given if isinstance(one, IssuedTicket)]


@contextmanager
def opened(store: Path, clock: SetClock | None = None, series: str = "K") -> Iterator[Stand]:
    clock = clock or SetClock()
    leases = Leases(classes=["L", "A"], chance=random.Random(1))
    with closing(Mailbox.open(store)) as mailbox:
        agent = KioskAgent(
            device="kiosk-1",
            branch="main-street",
            series=series,
            version="0.1.0",
            bus=MemoryBroker().bus(link_bus_settings("mqtt://memory", "kiosk-1", 60)),
            mailbox=mailbox,
            clock=clock,
            ids=UuidIds(),
            catalogue=Catalogue([Business(code="loan", service_class="L"), Business(code="deposit")]),
            zone=UTC,
            leases=leases,
        )
        yield Stand(agent, leases, clock)


def leased(serial: int, first: int, last: int, service_class: str = "L") -> NumbersLeased:
    return NumbersLeased(serial=serial, service_class=service_class, first=first, last=last)


def test_leased_numbers_are_taken_in_order_then_the_series_own(tmp_path: Path) -> None:
    with opened(tmp_path / "kiosk.db") as stand:
        stand.leases.on_message(leased(1, 51, 53))
        stand.leases.on_message(leased(2, 101, 102))
        stand.leases.on_message(leased(1, 51, 53))
        assert stand.numbers(7) == ["L051", "L052", "L053", "L101", "L102", "LK001", "LK002"]
        assert stand.numbers(1, "deposit") == ["AK001"]
        stand.leases.on_message(leased(3, 151, 200))
        assert stand.numbers(2) == ["L151", "L152"]


def test_a_restart_goes_on_where_it_was(tmp_path: Path) -> None:
    with opened(tmp_path / "kiosk.db") as stand:
        stand.leases.on_message(leased(1, 1, 50))
        assert stand.numbers(2) == ["L001", "L002"]
    with opened(tmp_path / "kiosk.db") as stand:
        assert stand.numbers(1) == ["L003"]


@pytest.mark.parametrize("days", [1, -1, 400, -400])
def test_a_clock_that_is_set_repeats_no_leased_number(tmp_path: Path, days: int) -> None:
    with opened(tmp_path / "kiosk.db") as stand:
        stand.leases.on_message(leased(1, 1, 50))
        given = stand.numbers(2)
        stand.clock.at += timedelta(days=days)
        given += stand.numbers(2)
        stand.clock.at -= timedelta(days=days)
        given += stand.numbers(2)
        assert given == [f"L{number:03d}" for number in range(1, 7)]


def test_a_refused_request_takes_no_number(tmp_path: Path) -> None:
    with opened(tmp_path / "kiosk.db") as stand:
        stand.leases.on_message(leased(1, 1, 50))
        stand.agent.take(customer=None, business="magic")
        stand.agent.take(customer=None, business="loan", request="r")
        stand.agent.take(customer=None, business="loan", request="r")
        assert stand.numbers(1) == ["L002"]


def test_a_branchs_only_kiosk_keeps_its_own_numbers(tmp_path: Path) -> None:
    with opened(tmp_path / "kiosk.db", series="") as stand:
        stand.leases.on_message(leased(1, 7, 50))
        assert stand.numbers(1) == ["L001"]


def test_a_ticket_of_an_earlier_request_is_followed_by_the_same_code(tmp_path: Path) -> None:
    with opened(tmp_path / "kiosk.db") as stand:
        one = stand.agent.take(customer=None, business="loan", request="r")
        two = stand.agent.take(customer=None, business="loan", request="r")
        other = stand.agent.take(customer=None, business="loan")
        assert isinstance(one, IssuedTicket)
        assert isinstance(two, IssuedTicket)
        assert isinstance(other, IssuedTicket)
        assert one.follow == two.follow != other.follow


class Hub:
    """What is asked; a block a question, unless it answers nothing."""

    def __init__(self) -> None:
        self.asked: list[NumbersWanted] = []
        self.leases: Leases | None = None

    async def tell(self, message: AnyMessage) -> None:
        assert isinstance(message, NumbersWanted)
        self.asked.append(message)
        if self.leases is not None:
            first = 50 * message.has + 1
            self.leases.on_message(leased(message.has + 1, first, first + 49, message.service_class))


def test_blocks_are_asked_for_when_the_hub_comes_into_reach_and_when_few_are_left(tmp_path: Path) -> None:
    async def scene() -> None:
        with opened(tmp_path / "kiosk.db") as stand:
            hub = Hub()
            hub.leases = stand.leases
            running = asyncio.ensure_future(stand.leases.run(hub.tell))
            await pass_time(100)
            assert hub.asked == []
            stand.leases.on_link(online=True)
            await until(lambda: len(hub.asked) == 2, within_s=10)
            assert hub.asked == [NumbersWanted(service_class=letter, has=0, uses=1) for letter in "LA"]
            await pass_time(100)
            stand.numbers(50 - FEW - 1)
            await pass_time(100)
            assert len(hub.asked) == 2
            stand.numbers(1)
            await until(lambda: len(hub.asked) == 3, within_s=10)
            assert hub.asked[-1] == NumbersWanted(service_class="L", has=1, uses=1)
            stand.numbers(50)
            await until(lambda: len(hub.asked) == 4, within_s=10)
            assert hub.asked[-1] == NumbersWanted(service_class="L", has=2, uses=2)
            running.cancel()
            await asyncio.gather(running, return_exceptions=True)

    run_virtually(scene)


def test_a_hub_that_does_not_answer_is_asked_again_ever_more_rarely(tmp_path: Path) -> None:
    async def scene() -> None:
        with opened(tmp_path / "kiosk.db") as stand:
            hub = Hub()
            running = asyncio.ensure_future(stand.leases.run(hub.tell))
            stand.leases.on_link(online=True)
            await pass_time(600)
            assert 8 <= len(hub.asked) / 2 <= 40
            running.cancel()
            await asyncio.gather(running, return_exceptions=True)

    run_virtually(scene)


def test_what_the_lobby_is_like_is_passed_on() -> None:
    told: list[LobbyTold | TicketAdvised] = []
    leases = Leases(classes=["A"], on_told=told.append)
    message = LobbyTold(at=datetime(2026, 3, 2, 9, 0, tzinfo=UTC), classes=())
    leases.on_message(message)
    assert told == [message]
