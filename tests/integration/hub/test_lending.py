"""Bands that a branch lends: who may be lent what, what the band is told of each call, and how it ends (K-06)."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from datetime import timedelta
from itertools import pairwise
from typing import ParamSpec, TypeVar

import pytest
from msgspec import UNSET

from contracts import ErrorCode, Refusal, topics
from contracts.fields import AccessNeed, DeviceKind, Language
from contracts.lending import CallFelt, LendingTold, Lent, LentStage
from contracts.session import BindDevice, Presence, PresenceChanged
from contracts.visits import TaskOffered, TasksSynced
from hub.errors import ProvisioningError
from hub.fleet import Registry
from hub.kernel import Device
from hub.lobby import AnyEvent, Called, Changed, CounterMove, Lending, Move, Turned
from hub.lobby.lending.model import BandCard
from hub.lobby.model import TicketChange
from hub.lobby.telling import AT_MOST_S, KioskTeller
from hub.storage import UnitOfWork
from tests.integration.hub.http_hub import serving
from tests.unit.hub.rig import Rig, Told
from tests.virtual_time import pass_time, run_virtually

pytestmark = [pytest.mark.req("K-06")]

T = TypeVar("T")
P = ParamSpec("P")

BANDS = (
    Device(name="band-1", kind=DeviceKind.BAND, branch="main"),
    Device(name="band-2", kind=DeviceKind.BAND, branch="main"),
    Device(name="band-yard", kind=DeviceKind.BAND, branch="yard"),
    Device(name="band-both", kind=DeviceKind.WATCH, branch="main", advisor="ada"),
)


class AtOnce(ThreadPoolExecutor):
    """Does a job when it is given it: no thread takes real time while virtual time flies."""

    def submit(self, fn: Callable[P, T], /, *args: P.args, **kwargs: P.kwargs) -> Future[T]:
        done: Future[T] = Future()
        done.set_result(fn(*args, **kwargs))
        return done


@pytest.fixture
def lender(rig: Rig) -> Rig:
    """The rig with bands to lend, and an open counter."""
    rig.run(lambda unit: rig.hub.fleet.provision(unit, Registry(devices=BANDS)))
    for band in ("band-1", "band-2", "band-both"):
        rig.say(band, PresenceChanged(presence=Presence.ONLINE), topic=topics.state(band))
        rig.report(band)
    act(rig, lambda at: Turned(at=at, counter="1", move=CounterMove.OPEN))
    return rig


def act(rig: Rig, event: Callable[[float], AnyEvent]) -> list[Told]:
    done, told = rig.run(lambda unit: rig.hub.lobby.act(unit, "main", event(unit.now.timestamp())))
    assert not isinstance(done, Refusal), done
    return told


def call(rig: Rig, ticket: str) -> list[Told]:
    return act(rig, lambda at: Called(at=at, counter="1", ticket=ticket))


def move(rig: Rig, ticket: str, what: Move) -> list[Told]:
    return act(rig, lambda at: Changed(at=at, ticket=ticket, move=what))


def take(rig: Rig, number: str = "A001") -> str:
    ticket = rig.ticket("kiosk-main", number, needs=(AccessNeed.HEARING,))
    rig.accept("kiosk-main", ticket)
    return ticket.ticket


def lend(rig: Rig, ticket: str, device: str = "band-1") -> Lending:
    lending, _ = rig.run(lambda unit: rig.hub.lending.lend(unit, "main", ticket, device))
    assert isinstance(lending, Lending), lending
    return lending


def refused(rig: Rig, ticket: str, device: str, branch: str = "main") -> ErrorCode:
    before = rig.tables()
    refusal, told = rig.run(lambda unit: rig.hub.lending.lend(unit, branch, ticket, device))
    assert isinstance(refusal, Refusal)
    assert rig.tables() == before
    assert told == []
    return refusal.code


def lent(rig: Rig, device: str = "band-1") -> Lent:
    seen = rig.wrist(device).lent
    assert seen is not None
    return seen


def shelf(rig: Rig) -> dict[str, BandCard]:
    cards, _ = rig.run(lambda unit: rig.hub.lending.shelf(unit, "main"))
    return {card.device: card for card in cards}


def test_a_band_follows_its_customer_from_waiting_to_the_end_and_counts_the_calls(lender: Rig) -> None:
    rig, ticket = lender, take(lender)
    lend(rig, ticket)
    assert (lent(rig).number, lent(rig).language, lent(rig).stage, lent(rig).call) == (
        "A001",
        Language.EN,
        LentStage.WAITING,
        0,
    )
    told = call(rig, ticket)
    assert [one.device for one in told if isinstance(one.message, LendingTold)] == ["band-1"]
    assert (lent(rig).stage, lent(rig).call, lent(rig).counter) == (LentStage.CALLED, 1, "1")
    move(rig, ticket, Move.RECALL)
    assert (lent(rig).stage, lent(rig).call) == (LentStage.CALLED, 2)
    move(rig, ticket, Move.START)
    assert (lent(rig).stage, lent(rig).call, lent(rig).counter) == (LentStage.SERVING, 2, "1")
    move(rig, ticket, Move.FINISH)
    assert (lent(rig).stage, lent(rig).counter) == (LentStage.OVER, None)
    back, told = rig.run(lambda unit: rig.hub.lending.take_back(unit, "main", "band-1"))
    assert isinstance(back, Lending)
    assert [one.message.lent for one in told if isinstance(one.message, LendingTold)] == [None]
    assert rig.wrist("band-1").lent is None
    assert rig.tables()["lendings"] == [], "nobody knows any more who had it"


@pytest.mark.parametrize("end", [Move.LEAVE, Move.MISS])
def test_whoever_leaves_or_never_comes_is_asked_to_give_it_back_and_may_come_again(lender: Rig, end: Move) -> None:
    rig, ticket = lender, take(lender)
    lend(rig, ticket)
    for _ in range(10):
        if lent(rig).stage is LentStage.OVER:
            break
        rig.clock.advance(3600)
        call(rig, ticket)
        move(rig, ticket, end)
    assert lent(rig).stage is LentStage.OVER
    assert shelf(rig)["band-1"].stage is LentStage.OVER
    move(rig, ticket, Move.REJOIN)
    assert lent(rig).stage is LentStage.WAITING


def test_a_ticket_that_is_ended_elsewhere_ends_it_too(lender: Rig) -> None:
    rig = lender
    served, cancelled = take(rig, "A001"), take(rig, "A002")
    lend(rig, served, "band-1")
    lend(rig, cancelled, "band-2")
    rig.run(lambda unit: rig.hub.lobby.end(unit, served, TicketChange.SERVE))
    rig.run(lambda unit: rig.hub.lobby.end(unit, cancelled, TicketChange.CANCEL))
    assert lent(rig, "band-1").stage is lent(rig, "band-2").stage is LentStage.OVER


def test_what_may_not_be_lent_is_refused_and_says_why(lender: Rig) -> None:
    rig = lender
    first, second = take(rig, "A001"), take(rig, "A002")
    assert refused(rig, first, "band-9") is ErrorCode.UNKNOWN_DEVICE
    assert refused(rig, first, "kiosk-main") is ErrorCode.WRONG_KIND
    assert refused(rig, first, "band-yard") is ErrorCode.BRANCH_NOT_ALLOWED
    assert refused(rig, first, "watch-ada") is ErrorCode.BRANCH_NOT_ALLOWED
    assert refused(rig, first, "band-1", "nowhere") is ErrorCode.BRANCH_NOT_ALLOWED
    assert refused(rig, "no-such-ticket", "band-1") is ErrorCode.UNKNOWN_TICKET
    lend(rig, first, "band-1")
    assert refused(rig, second, "band-1") is ErrorCode.DEVICE_TAKEN
    assert refused(rig, first, "band-2") is ErrorCode.DEVICE_TAKEN
    rig.bind("main", "band-both")
    assert refused(rig, second, "band-both") is ErrorCode.DEVICE_TAKEN
    move(rig, second, Move.LEAVE)
    assert refused(rig, second, "band-2") is ErrorCode.TICKET_STATE


def test_a_lent_device_can_not_be_bound_and_gets_no_tasks(lender: Rig) -> None:
    rig = lender
    lend(rig, take(rig), "band-both")
    assert rig.refuse("band-both", BindDevice(branch="main")) is ErrorCode.DEVICE_TAKEN
    rig.bind("main", "watch-ada")
    told = rig.accept("kiosk-main", rig.ticket("kiosk-main", "A050", "c-ann"))
    assert {one.device for one in told if isinstance(one.message, TaskOffered)} == {"watch-ada"}
    rig.run(lambda unit: rig.hub.lending.take_back(unit, "main", "band-both"))
    rig.bind("main", "band-both")
    assert shelf(rig).keys() == {"band-1", "band-2"}, "a bound device lies in no drawer"


def test_a_band_without_advisor_is_never_bound_and_needs_a_branch_that_there_is(lender: Rig) -> None:
    rig = lender
    assert rig.refuse("band-1", BindDevice(branch="main")) is ErrorCode.WRONG_KIND
    for device in (
        Device(name="band-3", kind=DeviceKind.BAND, branch="nowhere"),
        Device(name="band-3", kind=DeviceKind.BAND),
    ):
        with pytest.raises(ProvisioningError, match="band-3"):
            rig.run(lambda unit, device=device: rig.hub.fleet.provision(unit, Registry(devices=(device,))))  # type: ignore[misc]  # a default binds the loop's value


def test_the_counter_learns_that_the_call_was_felt_but_not_of_an_older_one_or_another_customers(lender: Rig) -> None:
    rig, ticket = lender, take(lender)
    first = lend(rig, ticket)
    call(rig, ticket)
    assert not shelf(rig)["band-1"].noticed
    rig.accept("band-1", CallFelt(lending=first.id, call=1))
    assert shelf(rig)["band-1"].noticed
    move(rig, ticket, Move.RECALL)
    assert not shelf(rig)["band-1"].noticed
    for call_of in (1, 3):
        rig.accept("band-1", CallFelt(lending=first.id, call=call_of))
        assert not shelf(rig)["band-1"].noticed
    rig.accept("band-1", CallFelt(lending=first.id, call=2))
    assert shelf(rig)["band-1"].noticed
    rig.run(lambda unit: rig.hub.lending.take_back(unit, "main", "band-1"))
    other = take(rig, "A002")
    lend(rig, other)
    rig.accept("band-1", CallFelt(lending=first.id, call=2))
    assert rig.tables()["lendings"]
    card = shelf(rig)["band-1"]
    assert card.lending is not None
    assert card.lending.felt == 0


def test_a_whole_state_says_to_whom_a_device_is_lent_and_of_advisors_devices_nothing(lender: Rig) -> None:
    rig, ticket = lender, take(lender)
    lend(rig, ticket)
    call(rig, ticket)
    for device, expected in (("band-1", lent(rig)), ("band-2", None)):
        [synced] = [one.message for one in rig.report(device) if isinstance(one.message, TasksSynced)]
        assert synced.lent == expected
    [synced] = [one.message for one in rig.report("watch-ada") if isinstance(one.message, TasksSynced)]
    assert synced.lent is UNSET


async def test_who_waits_is_told_how_many_are_before_and_how_long_and_again_before_long(lender: Rig) -> None:
    rig = lender
    for number in ("A001", "A002"):
        take(rig, number)
    ticket = take(rig, "A003")
    lending = lend(rig, ticket)

    async def transact(job: Callable[[UnitOfWork], T]) -> T:
        return rig.run(job)[0]

    hub = rig.hub
    teller = KioskTeller(hub.directory, hub.lobby, hub.lobby_feed, transact, also=hub.lending.tell)

    async def told() -> int:
        before = len(rig.told)
        await teller.tell("main")
        return sum(isinstance(one.message, LendingTold) for one in rig.told[before:])

    assert await told() == 1
    seen = lent(rig)
    assert seen.ahead == 2
    assert seen.low_min is not None
    assert seen.high_min is not None
    assert seen.low_min <= seen.high_min
    assert await told() == 0, "nothing has changed"
    rig.clock.advance(16)
    assert await told() == 1, "so that a lost message is noticed"
    call(rig, ticket)
    assert [await told(), await told()] == [1, 1], "a call each time, until it is tapped"
    assert lent(rig).call == 1
    rig.accept("band-1", CallFelt(lending=lending.id, call=1))
    assert await told() == 0


def test_a_hub_that_starts_again_knows_all_lendings_and_goes_on_counting(lender: Rig, database_url: str) -> None:
    rig, ticket = lender, take(lender)
    lend(rig, ticket)
    call(rig, ticket)
    again = Rig(database_url, clock=rig.clock, run=2)
    try:
        again.report("band-1")
        assert (lent(again).stage, lent(again).call) == (LentStage.CALLED, 1)
        move(again, ticket, Move.RECALL)
        assert lent(again).call == 2
    finally:
        again.close()


def test_what_was_not_given_back_yesterday_is_asked_for_today(lender: Rig) -> None:
    rig, ticket = lender, take(lender)
    lend(rig, ticket)
    rig.clock.advance(timedelta(days=1).total_seconds())
    rig.report("band-1")
    assert lent(rig).stage is LentStage.OVER
    assert shelf(rig)["band-1"].stage is LentStage.OVER


def test_a_refused_call_counts_nothing(lender: Rig) -> None:
    rig, ticket = lender, take(lender)
    lend(rig, ticket)
    done, told = rig.run(
        lambda unit: rig.hub.lobby.act(unit, "main", Changed(at=unit.now.timestamp(), ticket=ticket, move=Move.RECALL))
    )
    assert isinstance(done, Refusal)
    assert told == []
    assert lent(rig).call == 0


def test_a_band_that_is_provisioned_elsewhere_while_it_is_lent_keeps_its_customer(lender: Rig) -> None:
    rig, ticket = lender, take(lender)
    lend(rig, ticket)
    moved = Device(name="band-1", kind=DeviceKind.BAND, branch="yard")
    rig.run(lambda unit: rig.hub.fleet.provision(unit, Registry(devices=(moved,))))
    rig.report("band-1")
    assert lent(rig).number == "A001"
    advisor_s = Device(name="band-1", kind=DeviceKind.BAND, advisor="ada")
    rig.run(lambda unit: rig.hub.fleet.provision(unit, Registry(devices=(advisor_s,))))
    [synced] = [one.message for one in rig.report("band-1") if isinstance(one.message, TasksSynced)]
    assert synced.lent == lent(rig)
    rig.run(lambda unit: rig.hub.lending.take_back(unit, "main", "band-1"))
    [synced] = [one.message for one in rig.report("band-1") if isinstance(one.message, TasksSynced)]
    assert synced.lent is UNSET


def test_a_clock_that_is_set_back_keeps_no_band_from_hearing_of_its_customer(lender: Rig) -> None:
    rig = lender
    lend(rig, take(rig))

    def told() -> int:
        said = rig.run(lambda unit: rig.hub.lending.tell(unit, "main"))[1]
        return sum(isinstance(one.message, LendingTold) for one in said)

    assert told() == 0
    rig.clock.set_back(3600)
    assert told() == 1
    assert told() == 0


def test_a_call_that_nobody_has_tapped_is_told_every_two_seconds(lender: Rig) -> None:
    """By a teller that runs as the hub's does, in virtual time: so soon a call is felt that was lost."""
    rig, ticket = lender, take(lender)
    lending = lend(rig, ticket)
    told: list[float] = []

    async def scenario() -> None:
        loop = asyncio.get_running_loop()
        loop.set_default_executor(AtOnce())

        async def transact(job: Callable[[UnitOfWork], T]) -> T:
            rig.clock.advance(loop.time() - rig.clock.monotonic())
            result, said = rig.run(job)
            told.extend(loop.time() for one in said if isinstance(one.message, LendingTold))
            return result

        hub = rig.hub
        teller = KioskTeller(hub.directory, hub.lobby, hub.lobby_feed, transact, also=hub.lending.tell)
        running = asyncio.create_task(teller.run())
        await pass_time(5)
        call(rig, ticket)
        await pass_time(30)
        rig.accept("band-1", CallFelt(lending=lending.id, call=1))
        await pass_time(30)
        running.cancel()
        await asyncio.gather(running, return_exceptions=True)

    run_virtually(scenario)
    waiting = [5.0, *(at for at in told if 5 < at <= 35), 35.0]
    assert max(after - before for before, after in pairwise(waiting)) <= AT_MOST_S + 0.01
    assert len([at for at in told if at > 35]) <= 2, "once it is tapped there is no hurry"


async def test_the_api_lends_lists_and_takes_back(lender: Rig) -> None:
    ticket = take(lender)
    async with serving(lender) as api:
        made = await api.call("POST", "/v1/branches/main/lendings", {"device": "band-1", "ticket": ticket})
        assert made.status == 200
        assert (made.json["number"], made.json["device"]) == ("A001", "band-1")
        again = await api.call("POST", "/v1/branches/main/lendings", {"device": "band-1", "ticket": ticket})
        assert (again.status, again.json["code"]) == (409, "device_taken")
        bands = {str(row["device"]): row for row in (await api.call("GET", "/v1/branches/main/bands")).rows}
        assert bands["band-1"]["in_reach"] is True
        assert bands["band-1"]["lending"] is not None
        assert bands["band-2"]["lending"] is None
        back = await api.call("DELETE", "/v1/branches/main/lendings/band-1")
        assert back.status == 200
        gone = await api.call("DELETE", "/v1/branches/main/lendings/band-1")
        assert (gone.status, gone.json["code"]) == (404, "unknown_device")
        wrong = await api.call("POST", "/v1/branches/main/lendings", {"device": "kiosk-main", "ticket": ticket})
        assert wrong.status == 400
