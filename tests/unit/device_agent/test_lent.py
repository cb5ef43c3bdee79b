"""A lent device: which calls are felt, how the motor moves, what is forgotten, what the customer sees."""

from __future__ import annotations

import asyncio
from datetime import timedelta
from pathlib import Path

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec import UNSET, UnsetType

from contracts.fields import Language
from contracts.lending import Lent, LentStage
from device_agent.core.acts import WristState
from device_agent.core.alerts import Channel
from device_agent.core.conditions import Conditions
from device_agent.core.lent import LentRecord, answered, begun, changes_hands, due, follow
from device_agent.events import Vibrated
from device_agent.haptics import Tape
from device_agent.haptics.summons import LOST_MS, PULSES_MS, ROUND_S, ROUNDS, Summons
from device_agent.lending import LOST_S, LentDevice
from device_agent.presenters.desk import Desk
from device_agent.presenters.lent import lent_page
from device_agent.presenters.pages import Large, Page
from device_agent.presenters.routes import Corner, Feel, ShowCorner, ShowFace, Turn
from device_agent.presenters.steps import tap, turn
from device_agent.standing import Standing
from device_agent.store import AgentStore
from device_agent.texts import load_catalogue
from device_agent.ui.scenes import NOW, Still, scenes
from runtime.agent.mailbox import Mailbox
from tests.unit.device_agent.fakehub import HandClock
from tests.unit.device_agent.wrist import HandTimers, Wrist

pytestmark = pytest.mark.req("K-06")

EN = load_catalogue(Language.EN)
CALLED = Lent(lending="lending-0001", number="A017", language=Language.EN, stage=LentStage.CALLED, call=1, counter="3")

LENTS = st.one_of(
    st.none(),
    st.just(UNSET),
    st.builds(
        Lent,
        lending=st.sampled_from(["lending-0001", "lending-0002"]),
        number=st.just("A017"),
        language=st.just(Language.EN),
        stage=st.sampled_from(LentStage),
        call=st.integers(min_value=0, max_value=4),
        counter=st.just("3"),
    ),
)


@given(told=st.lists(st.tuples(LENTS, st.booleans()), max_size=40))
def test_no_call_begins_twice_and_no_earlier_one_after_a_later(
    told: list[tuple[Lent | UnsetType | None, bool]],
) -> None:
    """Whatever the hub says in whatever order, with a tap after it or without."""
    record: LentRecord | None = None
    latest = 0
    for lent, taps in told:
        before, record = record, follow(record, lent)
        if changes_hands(before, record):
            latest = 0
            assert record is None or (record.begun, record.answered) == (0, 0), "the next customer's calls are new"
        if due(record):
            assert record is not None
            assert record.lent is not None
            assert record.lent.stage is LentStage.CALLED
            assert record.lent.call > latest
            latest = record.lent.call
            record = begun(record)
            assert not due(record)
        if taps and record is not None and record.calls:
            record = answered(record)
            assert not record.calls
            assert not due(record)


def test_a_device_that_is_not_to_be_lent_knows_nothing_and_one_that_lies_ready_nobody() -> None:
    assert follow(LentRecord(lent=CALLED, begun=1), UNSET) is None
    assert follow(LentRecord(lent=CALLED, begun=1), None) == LentRecord()
    assert not due(None)
    assert LentRecord().language is None
    assert begun(LentRecord()) == answered(LentRecord()) == LentRecord()


class Room:
    """A motor on tape, and timers."""

    def __init__(self) -> None:
        self.clock = HandClock()
        self.tape = Tape(self.clock.monotonic)
        self.timers = HandTimers(self.clock)
        self.summons = Summons(self.tape.motor, self.timers)

    @property
    def moves(self) -> list[float]:
        """When the motor was told to move."""
        return [command.at for command in self.tape.commands if not command.stop]


def test_it_moves_at_once_strongly_and_for_twenty_seconds() -> None:
    room = Room()
    room.summons.begin()
    first = room.tape.commands[0]
    assert (first.channel, first.pulses_ms, first.strength) == (Channel.VIBRATION, PULSES_MS, 1.0)
    room.timers.pass_s(60)
    assert room.moves == [pytest.approx(n * ROUND_S) for n in range(ROUNDS)]
    assert ROUNDS * ROUND_S == 20
    assert room.timers.waiting == 0
    assert not room.summons.running


def test_no_round_runs_into_the_next_and_it_flashes_less_than_three_times_a_second() -> None:
    assert sum(PULSES_MS) < 1000 * ROUND_S
    assert len(PULSES_MS[::2]) / ROUND_S < 3


def test_a_tap_stops_it_and_a_recall_begins_anew() -> None:
    room = Room()
    room.summons.begin()
    room.timers.pass_s(6)
    room.summons.end()
    assert room.tape.commands[-1].stop
    count = len(room.tape.commands)
    room.summons.end()
    room.timers.pass_s(30)
    assert len(room.tape.commands) == count, "it stands still"
    room.summons.begin()
    room.timers.pass_s(3)
    room.summons.begin()
    room.timers.pass_s(60)
    assert len(room.moves) == 3 + 2 + ROUNDS


def test_out_of_touch_makes_whoever_waits_look_once_and_disturbs_no_call(tmp_path: Path) -> None:
    room = Room()
    mailbox = Mailbox.open(tmp_path / "band.sqlite")
    standing = Standing(WristState(lent=LentRecord(lent=msgspec.structs.replace(CALLED, stage=LentStage.WAITING))))
    device = LentDevice(
        standing=standing,
        store=AgentStore(mailbox),
        summons=room.summons,
        timers=room.timers,
        clear=lambda: None,
    )
    device.on_link(False)
    room.timers.pass_s(LOST_S - 1)
    device.on_link(True)
    room.timers.pass_s(60)
    assert room.tape.commands == [], "it was back in time"
    device.on_link(False)
    room.timers.pass_s(300)
    assert [command.pulses_ms for command in room.tape.commands] == [LOST_MS]
    device.on_link(True)
    standing.state = WristState(lent=LentRecord(lent=CALLED, begun=1))
    room.summons.begin()
    device.on_link(False)
    room.timers.pass_s(300)
    assert {command.pulses_ms for command in room.tape.commands[1:]} == {PULSES_MS}
    mailbox.close()


async def test_a_band_that_starts_out_of_touch_makes_whoever_waits_look_too(tmp_path: Path) -> None:
    wrist = Wrist(tmp_path / "band.sqlite")
    waits = msgspec.structs.replace(CALLED, stage=LentStage.WAITING)
    AgentStore(wrist.mailbox).save_lent(LentRecord(lent=waits))
    agent = wrist.start()  # and no hub is on its bus
    running = asyncio.ensure_future(agent.run())
    await asyncio.sleep(0)
    wrist.timers.pass_s(LOST_S - 1)
    early = [one for one in wrist.events if isinstance(one, Vibrated)]
    wrist.timers.pass_s(300)
    running.cancel()
    await asyncio.gather(running, return_exceptions=True)
    wrist.close()
    assert early == []
    assert [one.pulses_ms for one in wrist.events if isinstance(one, Vibrated)] == [LOST_MS]


def state_of(lent: Lent, conditions: Conditions | None = None) -> WristState:
    return WristState(lent=LentRecord(lent=lent, begun=lent.call), online=True, conditions=conditions or Conditions())


@pytest.mark.parametrize("language", list(Language))
def test_every_moment_of_a_lent_device_hides_everything_else(language: Language) -> None:
    texts = load_catalogue(language)
    seen = set()
    for scene in scenes(language):
        if scene.state.lent is None:
            continue
        acts = Still(scene.state)
        desk = Desk(acts, device="band-1")
        desk.route = ShowCorner(Corner.SETTINGS)
        for gesture in (None, *Turn):
            if gesture is not None:
                turn(desk, gesture)
            page = desk.show(texts, now=NOW, local=NOW)
            assert isinstance(page, Page)
            assert page.name.startswith("lent")
            assert page.back is None
            assert all(isinstance(button.tap, Feel) for button in page.buttons)
            assert isinstance(desk.route, ShowFace)
            seen.add(page.name)
        assert set(acts.done) <= {"notice call"}
    assert seen == {"lent_ready", "lent", "lent_lost", "lent_called", "lent_serving", "lent_over"}


def test_the_button_and_the_side_button_say_that_the_call_was_felt() -> None:
    acts = Still(state_of(CALLED))
    desk = Desk(acts, device="band-1")
    page = desk.show(EN, now=NOW, local=NOW)
    assert isinstance(page, Page)
    [button] = page.buttons
    assert button.tap is not None
    tap(desk, button.tap)
    assert turn(desk, Turn.BUTTON)
    assert acts.done == ["notice call", "notice call"]


def test_out_of_touch_says_so_after_a_moment_and_hides_what_may_be_old() -> None:
    waits = msgspec.structs.replace(CALLED, stage=LentStage.WAITING, ahead=3, low_min=5, high_min=10)

    def shown(away_s: float) -> Page:
        state = WristState(lent=LentRecord(lent=waits), online=False, offline_since=NOW - timedelta(seconds=away_s))
        page = lent_page(state, EN, now=NOW, device="band-1")
        assert page is not None
        return page

    assert shown(1).name == "lent"
    lost = shown(5)
    assert lost.name == "lent_lost"
    assert [block.text for block in lost.blocks if isinstance(block, Large)] == ["A017"]


def test_a_low_battery_is_told_and_a_bound_device_to_be_lent_is_its_advisors() -> None:
    waits = msgspec.structs.replace(CALLED, stage=LentStage.WAITING)
    page = lent_page(state_of(waits, conditions=Conditions(battery_percent=5)), EN, now=NOW, device="band-1")
    assert page is not None
    assert page.mark is not None
    bound = next(scene.state for scene in scenes(Language.EN) if scene.name == "face")
    assert lent_page(bound, EN, now=NOW, device="band-1") is None
