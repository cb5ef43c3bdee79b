"""What a kiosk says of itself: all of it, when it changes, when the hub is there, now and then (K-03, K-13)."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Iterator, Mapping
from contextlib import closing
from datetime import timedelta
from pathlib import Path

import pytest

from contracts import AnyMessage
from contracts.kiosk_health import KioskPart, KioskReported, NumbersLeft, PartCondition
from contracts.lobby import LobbyTold
from kiosk.agent import KioskAgent
from kiosk.events import PrinterChanged, ReaderChanged, WentOnline
from kiosk.health import AT_MOST_S, EVERY_S, STUCK_AFTER_S, UNLEASED_AFTER_S, KioskHealth
from kiosk.health_probes import DAY, Runs, disk_condition
from kiosk.leases import Leases
from runtime.agent.link import link_bus_settings
from runtime.agent.mailbox import Mailbox
from runtime.bus.memory import MemoryBroker
from runtime.ids import SeededIds
from tests.small_hub import SmallHub
from tests.unit.hub.rig import NINE, HandClock
from tests.virtual_time import LoopClock, pass_time, run_virtually, until

pytestmark = pytest.mark.req("K-03", "K-13")


class Shelf:
    """What a kiosk holds; set by the test."""

    def __init__(self) -> None:
        self.letters: list[str] = []
        self.left: dict[str, int] = {"A": 41}

    @property
    def waiting(self) -> int:
        return len(self.letters)

    @property
    def next_to_go(self) -> str | None:
        return self.letters[0] if self.letters else None

    def numbers_left(self) -> Mapping[str, int]:
        return self.left


class Stand:
    """A kiosk's state, told to a list."""

    def __init__(self, clock: LoopClock) -> None:
        self.shelf = Shelf()
        self.disk = PartCondition.READY
        self.restarts = 0
        self.told: list[KioskReported] = []
        self.health = KioskHealth(disk=lambda: self.disk, restarts=lambda: self.restarts)
        self.health.over(self.shelf, clock)
        self.running = asyncio.ensure_future(self.health.run(self._tell))

    async def _tell(self, message: AnyMessage) -> None:
        assert isinstance(message, KioskReported)
        self.told.append(message)

    async def stop(self) -> None:
        self.running.cancel()
        await asyncio.gather(self.running, return_exceptions=True)

    def now(self, part: KioskPart, name: str = "") -> str:
        """How a part was when last told."""
        [found] = [one for one in self.told[-1].parts if (one.part, one.name) == (part.value, name)]
        return found.condition


def out(paper: str = "out", trouble: str | None = "paper_out") -> PrinterChanged:
    return PrinterChanged(at_ns=0, paper=paper, trouble=trouble, do="")


def test_it_is_said_on_connect_on_change_when_the_hub_starts_and_every_minute() -> None:
    async def story() -> None:
        stand = Stand(LoopClock(asyncio.get_running_loop()))
        await pass_time(120)
        assert stand.told == []
        stand.health.on_link(True)
        await until(lambda: len(stand.told) == 1, within_s=10)
        stand.health.hear(out())
        await until(lambda: len(stand.told) == 2, within_s=10)
        assert stand.now(KioskPart.PRINTER) == "paper_out"
        stand.health.hear(out())
        stand.health.hear(WentOnline(at_ns=0))
        await pass_time(EVERY_S / 2)
        assert len(stand.told) == 2
        stand.health.on_link(True)
        await until(lambda: len(stand.told) == 3, within_s=10)
        await pass_time(5 * EVERY_S)
        assert 7 <= len(stand.told) <= 9
        stand.health.on_link(False)
        stand.health.hear(out("ok", None))
        count = len(stand.told)
        await pass_time(5 * EVERY_S)
        assert len(stand.told) == count
        await stand.stop()

    run_virtually(story)


def test_it_says_all_of_it_and_since_when_by_a_clock_that_was_set_right_meanwhile() -> None:
    async def story() -> None:
        clock = LoopClock(asyncio.get_running_loop(), wrong_by=timedelta(hours=-7))
        stand = Stand(clock)
        stand.health.hear(out("near_end", None))
        stand.health.hear(ReaderChanged(at_ns=0, name="pcsc", state="absent", why="", do=""))
        stand.health.hear(ReaderChanged(at_ns=0, name="camera", state="ready", why="", do=""))
        stand.shelf.letters, stand.restarts = ["one", "two"], 1
        await pass_time(100)
        clock.wrong_by = timedelta(0)
        stand.health.on_link(True)
        await until(lambda: bool(stand.told), within_s=10)
        [said] = stand.told
        assert (said.undelivered, said.restarts, said.out_of_order) == (2, 1, False)
        assert said.numbers == (NumbersLeft(service_class="A", left=41),)
        assert {(one.part, one.name): one.condition for one in said.parts} == {
            ("printer", ""): "near_end",
            ("reader", "pcsc"): "absent",
            ("camera", "camera"): "ready",
            ("disk", ""): "ready",
            ("screen", ""): "ready",
            ("numbers", ""): "ready",
            ("delivery", ""): "ready",
        }
        assert all(abs((clock.now() - one.since).total_seconds() - 100) < 15 for one in said.parts)
        await stand.stop()

    run_virtually(story)


def test_what_nobody_tells_it_sees_for_itself() -> None:
    async def story() -> None:
        stand = Stand(LoopClock(asyncio.get_running_loop()))
        stand.health.on_link(True)
        stand.health.on_message(LobbyTold(at=NINE, classes=(), out_of_order=True))
        stand.disk, stand.restarts, stand.shelf.left = PartCondition.NEARLY_FULL, 3, {"A": 12, "B": 0}
        await pass_time(20)
        assert stand.told[-1].out_of_order
        assert stand.now(KioskPart.DISK) == "nearly_full"
        assert stand.now(KioskPart.SCREEN) == "restarted"
        assert stand.now(KioskPart.NUMBERS) == "ready"
        await pass_time(UNLEASED_AFTER_S)
        assert stand.now(KioskPart.NUMBERS) == "used_up"
        stand.shelf.left = {"A": 12, "B": 50}
        await pass_time(20)
        assert stand.now(KioskPart.NUMBERS) == "ready"
        await stand.stop()

    run_virtually(story)


def test_a_ticket_is_stuck_that_the_hub_in_reach_does_not_take() -> None:
    async def story() -> None:
        stand = Stand(LoopClock(asyncio.get_running_loop()))
        stand.shelf.letters = ["one", "two"]
        await pass_time(3 * STUCK_AFTER_S)
        stand.health.on_link(True)
        await pass_time(STUCK_AFTER_S / 2)
        assert stand.now(KioskPart.DELIVERY) == "ready"
        stand.shelf.letters = ["two"]
        await pass_time(STUCK_AFTER_S - 15)
        assert stand.now(KioskPart.DELIVERY) == "ready"
        await pass_time(30)
        assert stand.now(KioskPart.DELIVERY) == "stuck"
        stand.shelf.letters = []
        await pass_time(30)
        assert stand.now(KioskPart.DELIVERY) == "ready"
        await stand.stop()

    run_virtually(story)


def test_one_that_flickers_is_said_now_and_then() -> None:
    async def story() -> None:
        stand = Stand(LoopClock(asyncio.get_running_loop()))
        stand.health.on_link(True)
        for turn in range(600):
            stand.health.hear(out() if turn % 2 else out("ok", None))
            await pass_time(0.1)
        assert len(stand.told) <= 60 / AT_MOST_S + 1
        await stand.stop()

    run_virtually(story)


@pytest.fixture
def mailbox(tmp_path: Path) -> Iterator[Mailbox]:
    """A kiosk's store."""
    with closing(Mailbox.open(tmp_path / "kiosk.db")) as mailbox:
        yield mailbox


def test_a_run_that_did_not_end_as_it_should_is_counted_for_a_day(mailbox: Mailbox) -> None:
    clock = HandClock()

    def run(*, ends: bool) -> int:
        runs = Runs(mailbox, clock)
        runs.begin()
        clock.advance(60)
        if ends:
            runs.end()
        return runs.restarts()

    assert [run(ends=True), run(ends=False), run(ends=False), run(ends=True), run(ends=True)] == [0, 0, 1, 2, 2]
    clock.advance(DAY.total_seconds() - 400)
    assert run(ends=True) == 2
    clock.advance(600)
    assert run(ends=True) == 0
    with mailbox.transaction():
        mailbox.remember("runs", json.dumps({"running": "what?"}))
    assert run(ends=True) == 0


def test_a_store_that_takes_nothing_keeps_no_kiosk_from_starting(
    mailbox: Mailbox, caplog: pytest.LogCaptureFixture
) -> None:
    runs = Runs(mailbox, HandClock())
    runs.begin()
    mailbox.database.conn.execute("pragma query_only = on")
    again = Runs(mailbox, HandClock())
    again.begin()
    again.end()
    assert again.restarts() == 1
    assert "run_not_noted why='attempt to write a readonly database'" in caplog.text
    mailbox.database.conn.execute("pragma query_only = off")


def test_a_disk_is_full_before_the_store_finds_out(tmp_path: Path) -> None:
    assert disk_condition(tmp_path, nearly_full=0, full=0) is PartCondition.READY
    assert disk_condition(tmp_path, nearly_full=2**62, full=0) is PartCondition.NEARLY_FULL
    assert disk_condition(tmp_path, nearly_full=2**62, full=2**62) is PartCondition.FULL
    assert disk_condition(tmp_path / "nowhere") is PartCondition.FAULT


def test_the_session_carries_it_to_the_hub_and_again_when_that_starts(tmp_path: Path) -> None:
    async def story() -> None:
        loop = asyncio.get_running_loop()
        broker, clock = MemoryBroker(), LoopClock(loop)
        hub = SmallHub(broker, clock)
        health = KioskHealth(disk=lambda: PartCondition.READY)
        with closing(Mailbox.open(tmp_path / "kiosk.db")) as mailbox:
            agent = KioskAgent(
                device="kiosk-1",
                branch="main-street",
                series="K",
                version="0.1.0",
                bus=broker.bus(link_bus_settings("mqtt://memory", "kiosk-1", 60)),
                mailbox=mailbox,
                clock=clock,
                ids=SeededIds("kiosk", 1),
                leases=Leases(classes=["A"]),
                lobby=(health,),
            )
            health.over(agent, agent.link.clock)

            def said() -> list[KioskReported]:
                return [one.data for one in hub.heard if isinstance(one.data, KioskReported)]

            async with hub.running():
                running = asyncio.ensure_future(agent.run())
                await until(lambda: len(said()) == 1, within_s=30)
                assert said()[0].numbers == (NumbersLeft(service_class="A", left=0),)
                health.hear(out())
                await until(lambda: len(said()) == 2, within_s=10)
                assert [one.condition for one in said()[-1].parts if one.part == "printer"] == ["paper_out"]
                await pass_time(AT_MOST_S)
                hub.restart("epoch-0002")
                await until(lambda: len(said()) == 3, within_s=10)
                assert mailbox.depth() == 0
                running.cancel()
                await asyncio.gather(running, return_exceptions=True)

    run_virtually(story)
