"""Blocks of numbers at the hub: no number twice in a branch's day, the same answer to the same question (K-05)."""

from __future__ import annotations

from datetime import timedelta

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from contracts import ErrorCode
from contracts.fields import DeviceKind
from contracts.lobby import NumbersLeased, NumbersWanted
from hub.fleet import Registry
from hub.kernel import Device
from hub.lobby.leases import BLOCK, ROUND
from tests.unit.hub.rig import Rig

pytestmark = pytest.mark.req("K-05")


def ask(rig: Rig, has: int, uses: int | None = None, *, kiosk: str = "kiosk-main", letter: str = "A") -> NumbersLeased:
    told = rig.say(kiosk, NumbersWanted(service_class=letter, has=has, uses=has + 1 if uses is None else uses))
    assert [one.device for one in told] == [kiosk]
    message = told[0].message
    assert isinstance(message, NumbersLeased)
    assert message.service_class == letter
    assert message.last - message.first == BLOCK - 1
    return message


def test_the_same_question_has_the_same_answer_and_the_next_has_the_next(rig: Rig) -> None:
    first = ask(rig, 0)
    assert (first.serial, first.first, first.last) == (1, 1, BLOCK)
    assert ask(rig, 0) == first
    second = ask(rig, 1)
    assert (second.serial, second.first) == (2, BLOCK + 1)
    assert ask(rig, 0, letter="B").first == 1
    assert ask(rig, 0, kiosk="kiosk-river").first == 1


def test_numbers_begin_anew_after_999_but_none_that_may_still_be_printed_or_was_lately(rig: Rig) -> None:
    blocks = [ask(rig, has, uses=1).first for has in range(ROUND // BLOCK)]
    assert blocks == list(range(1, ROUND - BLOCK + 1, BLOCK))
    assert ask(rig, 19, uses=1).first == ROUND + 1
    rig.clock.advance(timedelta(days=3).total_seconds())
    assert ask(rig, 20, uses=6).first > ROUND
    rig.clock.advance(timedelta(days=3).total_seconds())
    assert [ask(rig, has, uses=6).first for has in range(21, 26)] == [1, 51, 101, 151, 201]
    assert ask(rig, 26, uses=6).first > ROUND


def test_a_kiosk_that_lost_its_disk_gets_no_number_again_that_it_printed(rig: Rig) -> None:
    first = ask(rig, 0)
    rig.accept("kiosk-main", rig.ticket("kiosk-main", f"A{first.first:03d}"))
    again = ask(rig, 0)
    assert again.first > first.last
    assert ask(rig, 0) == again


def test_a_watch_leases_no_numbers(rig: Rig) -> None:
    wanted = NumbersWanted(service_class="A", has=0, uses=1)
    assert rig.refuse("watch-ada", wanted) is ErrorCode.WRONG_KIND


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    asked=st.lists(st.tuples(st.sampled_from(["kiosk-main", "kiosk-main-2"]), st.booleans()), max_size=40),
    letter=st.sampled_from("ABCDEFGHIJKLMNOPQRSTUVWXYZ"),
)
def test_no_number_is_anybody_elses(rig: Rig, asked: list[tuple[str, bool]], letter: str) -> None:
    second = Device(name="kiosk-main-2", kind=DeviceKind.KIOSK, branch="main")
    rig.run(lambda unit: rig.hub.fleet.provision(unit, Registry(devices=(second,))))
    rig.clock.advance(timedelta(days=3).total_seconds())
    has = {"kiosk-main": 0, "kiosk-main-2": 0}
    held: dict[str, set[int]] = {"kiosk-main": set(), "kiosk-main-2": set()}
    for kiosk, heard in asked:
        if not held[kiosk]:  # earlier examples' blocks
            rows = rig.tables()["number_leases"]
            serials = [int(str(row[5])) for row in rows if row[1] == letter and row[4] == kiosk]
            has[kiosk] = max([has[kiosk], *serials])
        block = ask(rig, has[kiosk], kiosk=kiosk, letter=letter)
        numbers = set(range(block.first, block.last + 1))
        assert not numbers & held["kiosk-main" if kiosk == "kiosk-main-2" else "kiosk-main-2"]
        if heard:
            has[kiosk] = block.serial
            held[kiosk] |= numbers
