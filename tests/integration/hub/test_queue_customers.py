"""Priorities given by who the customer is: only by the rules, only for who said so, seen by staff only (K-03)."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import msgspec
import pytest

from contracts import Refusal
from contracts.fields import AccessNeed
from hub.customers import StoredCustomer
from hub.lobby.queue.events import AnyEvent, Called, Turned
from hub.lobby.queue.places import CounterMove, CounterPlace, Place
from tests.browser.branch import FOLLOW, branch_config, serving
from tests.unit.hub.rig import CUSTOMERS, Rig, customer

pytestmark = pytest.mark.req("K-03")

PEOPLE = (
    StoredCustomer(customer("c-rich", "Rich Person", segment="affluent"), None),
    StoredCustomer(customer("c-old", "Old Person", age=83), None),
    StoredCustomer(customer("c-both", "Old Rich Person", age=83, segment="affluent"), None),
)
BESIDE_THE_STAFF = ("private", "affluent", "elderly", "credit", "priorit")


@pytest.fixture
def rig(tmp_path: Path) -> Iterator[Rig]:
    """A hub whose branches have the sample's rules."""
    rig = Rig(f"sqlite:///{tmp_path / 'hub.sqlite'}", config=branch_config(), customers=(*CUSTOMERS, *PEOPLE))
    yield rig
    rig.close()


def place(rig: Rig, ticket: str) -> Place:
    day = rig.run(lambda unit: rig.hub.queues.today(unit, "main"))[0]
    assert day is not None
    found = day.queue.place(ticket)
    assert found is not None
    return found


def act(rig: Rig, event: Callable[[float], AnyEvent]) -> Place | CounterPlace | Refusal | None:
    return rig.run(lambda unit: rig.hub.lobby.act(unit, "main", event(unit.now.timestamp())))[0]


def take(rig: Rig, number: str, who: str | None, **more: object) -> str:
    ticket = msgspec.structs.replace(rig.ticket("kiosk-main", number, who), **more)
    rig.accept("kiosk-main", ticket)
    return ticket.ticket


def test_the_rules_say_what_who_somebody_is_is_worth(rig: Rig) -> None:
    got = {
        who: place(rig, take(rig, f"C{number:03d}", who)).priorities
        for number, who in enumerate(("c-rich", "c-old", "c-both", "c-ann", "c-nobody-knows", None), 1)
    }
    assert got == {
        "c-rich": ("private_banking",),
        "c-old": ("elderly",),
        "c-both": ("private_banking", "elderly"),
        "c-ann": (),
        "c-nobody-knows": (),
        None: (),
    }
    seated = place(rig, take(rig, "C010", "c-old", needs=(AccessNeed.SEAT,)))
    assert seated.priorities == ("disability", "elderly")


def test_in_one_batch_each_has_their_own(rig: Rig) -> None:
    tickets = [rig.ticket("kiosk-main", f"C{number:03d}", who) for number, who in enumerate(("c-ann", "c-rich", None))]
    rig.deliver(*(rig.letter("kiosk-main", ticket) for ticket in tickets))
    assert [place(rig, one.ticket).priorities for one in tickets] == [(), ("private_banking",), ()]


def test_the_private_customer_overtakes_by_the_credit_and_no_further(rig: Rig) -> None:
    early = take(rig, "C001", None)
    rig.clock.advance(300)
    late = take(rig, "C002", None)
    rig.clock.advance(360)  # 11 minutes after the first, 6 after the second; the credit is 10
    rich = take(rig, "C003", "c-rich")
    order = []
    for counter in ("4", "5"):
        act(rig, lambda at, name=counter: Turned(at=at, counter=name, move=CounterMove.OPEN))  # type: ignore[misc]
        called = act(rig, lambda at, name=counter: Called(at=at, counter=name))  # type: ignore[misc]
        assert isinstance(called, Place)
        order.append(called.ticket)
    assert order == [early, rich]
    assert place(rig, late).counter is None


def test_rules_that_ask_nothing_give_nothing(tmp_path: Path) -> None:
    rig = Rig(f"sqlite:///{tmp_path / 'plain.sqlite'}", customers=PEOPLE)
    try:
        assert place(rig, take(rig, "A001", "c-both")).priorities == ()
    finally:
        rig.close()


async def test_neither_the_television_nor_the_phone_nor_the_kiosk_is_told(rig: Rig) -> None:
    import aiohttp

    heard = len(rig.told)
    async with serving(rig) as branch, aiohttp.ClientSession() as session:
        take(rig, "C001", "c-both", follow=FOLLOW)
        branch.open("4")
        for path in ("/tv/main", f"/t/main/{FOLLOW}"):
            async with session.get(f"{branch.url}{path}") as answer:
                assert answer.status == 200
                page = (await answer.text()).lower()
            assert "c001" in page or path == "/tv/main"
            assert not [word for word in BESIDE_THE_STAFF if word in page], path
    to_kiosk = [msgspec.json.encode(one.message) for one in rig.told[heard:] if one.device == "kiosk-main"]
    assert not [word for word in BESIDE_THE_STAFF for said in to_kiosk if word.encode() in said.lower()]
