"""The queue in the hub: durable, the same after a restart and a rollback, and one with the tickets (K-06)."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from contextlib import aclosing
from datetime import timedelta
from pathlib import Path
from typing import TypeVar

import msgspec
import pytest

from contracts import ErrorCode, Refusal
from contracts.fields import AccessNeed
from contracts.lobby import LobbyTold
from hub.config import HubConfig
from hub.lobby.board import AlertKind, board, following
from hub.lobby.model import TicketState
from hub.lobby.queue.events import AnyEvent, Called, Changed, Deferred, Turned
from hub.lobby.queue.places import CounterMove, CounterPlace, Move, Place, QueueView, Stage
from hub.lobby.queues import Queues
from hub.lobby.settings import LobbyConfig, queue_rules
from hub.lobby.telling import KioskTeller
from hub.storage import UnitOfWork
from runtime.errors import ConfigError
from tests.unit.hub.rig import Rig, simbank

T = TypeVar("T")
FOLLOW = "Zm9sbG93LW1lLXBsZWFzZQ"

pytestmark = pytest.mark.req("K-06")


def act(rig: Rig, event: Callable[[float], AnyEvent], branch: str = "main") -> Place | CounterPlace | Refusal | None:
    return rig.run(lambda unit: rig.hub.lobby.act(unit, branch, event(unit.now.timestamp())))[0]


def open_counter(rig: Rig, counter: str = "1") -> None:
    opened = act(rig, lambda at: Turned(at=at, counter=counter, move=CounterMove.OPEN))
    assert isinstance(opened, CounterPlace)


def call(rig: Rig, counter: str = "1") -> Place:
    called = act(rig, lambda at: Called(at=at, counter=counter))
    assert isinstance(called, Place)
    return called


def move(rig: Rig, ticket: str, *moves: Move) -> Place:
    places = []
    for one in moves:
        place = act(rig, lambda at, one=one: Changed(at=at, ticket=ticket, move=one))  # type: ignore[misc]
        assert isinstance(place, Place), place
        places.append(place)
    return places[-1]


def view(rig: Rig, branch: str = "main") -> QueueView:
    day = rig.run(lambda unit: rig.hub.queues.today(unit, branch))[0]
    assert day is not None
    return day.queue.view()


def anew(rig: Rig) -> Queues:
    """The queues as a hub reads them that has just started."""
    return Queues(rig.hub.directory, *queue_rules(HubConfig().lobby, simbank().catalogue))


def take(rig: Rig, number: str, **more: object) -> str:
    ticket = msgspec.structs.replace(rig.ticket("kiosk-main", number), **more)
    rig.accept("kiosk-main", ticket)
    return ticket.ticket


def state(rig: Rig, ticket: str) -> TicketState:
    from hub.lobby import store

    return rig.run(lambda unit: store.load(unit, [ticket])[0].state)[0]


def test_a_ticket_is_called_served_and_nobody_is_alerted_about_it_any_more(rig: Rig) -> None:
    rig.bind("main", "watch-ada")
    ticket = rig.ticket("kiosk-main", "A001", "c-ann")
    rig.accept("kiosk-main", ticket)
    assert len(rig.wrist("watch-ada").tasks) == 1
    open_counter(rig)
    assert call(rig).ticket == ticket.ticket
    move(rig, ticket.ticket, Move.START, Move.FINISH)
    assert state(rig, ticket.ticket) is TicketState.SERVED
    assert rig.tick(1) is not None
    rig.bind("river", "watch-ada")
    rig.bind("main", "watch-ada")
    assert not rig.wrist("watch-ada").tasks


def test_who_leaves_is_cancelled_and_stands_in_line_again_after_coming_back(rig: Rig) -> None:
    ticket = take(rig, "A001")
    move(rig, ticket, Move.LEAVE)
    assert state(rig, ticket) is TicketState.CANCELLED
    move(rig, ticket, Move.REJOIN)
    assert state(rig, ticket) is TicketState.WAITING
    open_counter(rig)
    assert call(rig).ticket == ticket


def test_a_ticket_that_is_ended_elsewhere_leaves_the_line(rig: Rig) -> None:
    from hub.lobby.model import TicketChange

    one, two, three = (take(rig, f"A00{n}") for n in (1, 2, 3))
    open_counter(rig)
    call(rig)
    move(rig, one, Move.START)
    for ticket in (one, two):
        rig.run(lambda unit, ticket=ticket: rig.hub.lobby.end(unit, ticket, TicketChange.SERVE))  # type: ignore[misc]
        assert state(rig, ticket) is TicketState.SERVED
    assert {place.ticket: place.stage for place in view(rig).places} == {
        one: Stage.SERVED,
        two: Stage.LEFT,
        three: Stage.WAITING,
    }
    assert call(rig).ticket == three


def test_the_queue_is_the_same_after_a_restart_and_under_other_rules_who_was_called_stays_called(
    tmp_path: Path,
) -> None:
    url = f"sqlite:///{tmp_path / 'hub.sqlite'}"
    rig = Rig(url, migrate=True)
    tickets = [take(rig, f"A00{n}", needs=(AccessNeed.SEAT,) if n == 3 else ()) for n in range(1, 6)]
    open_counter(rig)
    called = call(rig)
    move(rig, called.ticket, Move.RECALL, Move.START)
    deferred = act(rig, lambda at: Deferred(at=at, ticket=tickets[1], minutes=5))
    assert isinstance(deferred, Place)
    rig.clock.advance(120)
    before = view(rig)
    day = rig.run(lambda unit: rig.hub.queues.today(unit, "main"))[0]
    assert day is not None
    calls = list(day.calls)
    assert [(one.number, one.again) for one in calls] == [("A001", False), ("A001", True)]
    rig.close()
    again = Rig(url, clock=rig.clock, run=2)
    assert view(again) == before
    known = again.run(lambda unit: again.hub.queues.today(unit, "main"))[0]
    assert known is not None
    assert list(known.calls) == calls
    again.close()


def test_what_was_rolled_back_has_not_happened(rig: Rig) -> None:
    take(rig, "A001")
    open_counter(rig)
    before = view(rig)

    def job(unit: object) -> None:
        rig.hub.lobby.act(unit, "main", Called(at=rig.clock.now().timestamp(), counter="1"))  # type: ignore[arg-type]
        raise OSError("the disk is gone")

    with pytest.raises(OSError, match="the disk is gone"):
        rig.hub.engine.run(job)
    assert view(rig) == before


def test_a_new_day_begins_empty_with_counters_closed_and_keeps_what_was_learned(rig: Rig) -> None:
    ticket = take(rig, "A001")
    open_counter(rig)
    call(rig)
    rig.clock.advance(20)
    move(rig, ticket, Move.START)
    rig.clock.advance(900)
    move(rig, ticket, Move.FINISH)
    rig.clock.advance(86400)
    fresh = view(rig)
    assert fresh.places == ()
    assert {one.state.value for one in fresh.counters} == {"closed"}
    day = rig.run(lambda unit: rig.hub.queues.today(unit, "main"))[0]
    assert day is not None
    [done] = day.experience.memory().services["A"]
    assert done.took_s == pytest.approx(920)
    again = rig.run(lambda unit: anew(rig).today(unit, "main"))[0]
    assert again is not None
    assert again.experience.memory().services == day.experience.memory().services


def test_a_ticket_of_yesterday_is_kept_and_stands_in_no_line(rig: Rig) -> None:
    late = rig.letter("kiosk-main", rig.ticket("kiosk-main", "A001"), at=rig.clock.now() - timedelta(days=1))
    rig.deliver(late)
    assert view(rig).places == ()
    assert len(rig.tables()["tickets"]) == 1


def test_several_businesses_are_served_in_turn(rig: Rig) -> None:
    ticket = take(rig, "A001", also=("cash",))
    open_counter(rig)
    call(rig)
    assert move(rig, ticket, Move.START, Move.FINISH).stage is Stage.WAITING
    assert state(rig, ticket) is TicketState.WAITING
    assert call(rig).ticket == ticket
    move(rig, ticket, Move.START, Move.FINISH)
    assert state(rig, ticket) is TicketState.SERVED


def test_an_unknown_further_business_is_refused(rig: Rig) -> None:
    ticket = msgspec.structs.replace(rig.ticket("kiosk-main", "A001"), also=("magic",))
    assert rig.refuse("kiosk-main", ticket) is ErrorCode.UNKNOWN_BUSINESS


def test_the_code_on_a_ticket_finds_its_place_and_no_database_tells_it(rig: Rig) -> None:
    ticket = take(rig, "A001", follow=FOLLOW)
    found = rig.run(lambda unit: rig.hub.lobby.followed(unit, "main", FOLLOW))[0]
    assert found is not None
    day, known, place = found
    assert known.id == ticket
    shown = following(day, known, place, None, "Advice")
    assert (shown.number, shown.stage, shown.deferrals) == ("A001", Stage.WAITING, 2)
    assert rig.run(lambda unit: rig.hub.lobby.followed(unit, "main", FOLLOW[:-1] + "0"))[0] is None
    assert FOLLOW not in repr(rig.tables())


async def test_the_board_has_estimates_counters_and_alerts(rig: Rig) -> None:
    for n in range(1, 5):
        take(rig, f"A00{n}")
    open_counter(rig)
    call(rig)
    rig.clock.advance(25 * 60)
    day = rig.run(lambda unit: rig.hub.queues.today(unit, "main"))[0]
    assert day is not None
    estimates = await rig.hub.lobby_feed.estimates(day)
    assert await rig.hub.lobby_feed.estimates(day) is estimates
    shown = board(day, estimates, HubConfig().lobby.alerts, rig.clock.now())
    assert [row.number for row in shown.line] == ["A002", "A003", "A004"]
    waits = [row.wait for row in shown.line]
    assert all(wait is not None and 0 <= wait.low_s <= wait.middle_s <= wait.high_s for wait in waits)
    middles = [wait.middle_s for wait in waits if wait is not None]
    assert middles == sorted(middles)
    assert shown.counters[0].has is not None
    assert shown.counters[0].has.number == "A001"
    assert [(alert.kind, alert.subject) for alert in shown.alerts] == [(AlertKind.LONG_WAIT, "A002")]
    act(rig, lambda at: Turned(at=at, counter="1", move=CounterMove.PAUSE))
    day = rig.run(lambda unit: rig.hub.queues.today(unit, "main"))[0]
    assert day is not None
    nobody = board(day, await rig.hub.lobby_feed.estimates(day), HubConfig().lobby.alerts, rig.clock.now())
    assert AlertKind.NOBODY_SERVES in {alert.kind for alert in nobody.alerts}


async def test_who_watches_is_woken_after_the_commit_and_only_by_their_branch(rig: Rig) -> None:
    open_counter(rig)
    woken: list[int] = []
    begun = asyncio.Event()

    async def watch() -> None:
        async with aclosing(rig.hub.lobby_feed.changes("main", at_least_s=3600)) as changes:
            async for _ in changes:
                woken.append(len(view(rig).places))
                begun.set()
                if len(woken) == 2:
                    return

    watching = asyncio.ensure_future(watch())
    await begun.wait()
    act(rig, lambda at: Turned(at=at, counter="1", move=CounterMove.OPEN), branch="river")
    for _ in range(20):
        await asyncio.sleep(0)
    assert woken == [0]
    take(rig, "A001")
    await asyncio.wait_for(watching, 5)
    assert woken == [0, 1]


def test_a_branch_has_the_rules_of_its_file(tmp_path: Path) -> None:
    catalogue = simbank().catalogue
    everything = ", ".join(f'"{business.code}"' for business in catalogue.business)
    good = tmp_path / "river.toml"
    good.write_text(
        f'[classes.B]\nnames = {{ en = "All", zh = "全部", ko = "전체" }}\nbusinesses = [{everything}]\n'
        'mean_minutes = 7\n[counters.7]\nclasses = ["B"]\n',
        "utf-8",
    )
    default, own = queue_rules(LobbyConfig(rules={"river": str(good)}), catalogue)
    assert list(default.counters) == ["1", "2", "3", "4"]
    assert list(own["river"].counters) == ["7"]
    good.write_text(good.read_text("utf-8").replace(everything, '"cash"'), "utf-8")
    with pytest.raises(ConfigError, match=r"river\.toml: no class has .*advice"):
        queue_rules(LobbyConfig(rules={"river": str(good)}), catalogue)
    with pytest.raises(ConfigError, match=r"none\.toml: can't be read"):
        queue_rules(LobbyConfig(default_rules=str(tmp_path / "none.toml")), catalogue)


async def test_kiosks_are_told_how_their_lobby_is_and_what_was_told_first_is_remembered(rig: Rig) -> None:
    open_counter(rig)
    one, two = take(rig, "A001"), take(rig, "A002")
    call(rig)
    said: list[tuple[str, LobbyTold]] = []

    async def transact(job: Callable[[UnitOfWork], T]) -> T:
        result, told = rig.run(job)
        said.extend((word.device, word.message) for word in told if isinstance(word.message, LobbyTold))
        return result

    teller = KioskTeller(rig.hub.directory, rig.hub.lobby, rig.hub.lobby_feed, transact)
    await teller.tell("main")
    [(kiosk, told)] = said
    assert kiosk == "kiosk-main"
    [outlook] = told.classes
    assert (outlook.service_class, outlook.waiting) == ("A", 1)
    assert outlook.low_s is not None
    assert outlook.high_s is not None
    assert 0 <= outlook.low_s < outlook.high_s
    promises = {place.ticket: place.promise for place in view(rig).places}
    assert promises[one] is None
    first = promises[two]
    assert first is not None
    rig.clock.advance(60)
    await teller.tell("main")
    assert {place.ticket: place.promise for place in view(rig).places}[two] == first
    again = rig.run(lambda unit: anew(rig).today(unit, "main"))[0]
    assert again is not None
    assert {place.ticket: place.promise for place in again.queue.view().places}[two] == first


@pytest.mark.req("K-13")
async def test_a_kiosk_that_is_out_of_order_is_told_so_until_it_is_not(rig: Rig) -> None:
    said: list[LobbyTold] = []

    async def transact(job: Callable[[UnitOfWork], T]) -> T:
        result, told = rig.run(job)
        said.extend(word.message for word in told if isinstance(word.message, LobbyTold))
        return result

    teller = KioskTeller(rig.hub.directory, rig.hub.lobby, rig.hub.lobby_feed, transact)
    assert rig.run(lambda unit: rig.hub.lobby.lock(unit, "kiosk-main", "use the other one"))[0] == "main"
    await teller.tell("main")
    await teller.tell("river")
    assert rig.run(lambda unit: rig.hub.lobby.lock(unit, "kiosk-main", ""))[0] == "main"
    await teller.tell("main")
    assert rig.run(lambda unit: rig.hub.lobby.lock(unit, "kiosk-main", None))[0] == "main"
    await teller.tell("main")
    assert [one.out_of_order for one in said] == [True, False, True, False]
    assert said[0].notice == "use the other one"
    assert rig.run(lambda unit: rig.hub.lobby.lock(unit, "watch-ada", ""))[0] is None
    assert rig.run(lambda unit: rig.hub.lobby.lock(unit, "nobody", ""))[0] is None
