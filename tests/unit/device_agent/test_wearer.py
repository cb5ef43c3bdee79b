"""What the advisor chose and the lock, over restarts and deaths; conditions passed on; codes nowhere in clear."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest

from contracts.fields import Language
from device_agent.conditions import Scripted
from device_agent.core.acts import DeclineCode, Declined
from device_agent.core.conditions import Conditions, Wrist
from device_agent.core.lock import TRIES, WAITS, LockState
from device_agent.core.preferences import Preferences, Strength
from device_agent.wearer import PIN_COST, PinHash, Wearer
from tests.unit.device_agent.worn import PIN, Worn, stop
from tests.unit.device_agent.wrist import Killed
from tests.virtual_time import LoopClock, pass_time, run_virtually

CHOSEN = Preferences(vibration=Strength.STRONG, voice=True, quiet=True, language=Language.KO, begun=True)


@pytest.fixture
def wrist(tmp_path: Path) -> Iterator[Worn]:
    wrist = Worn(tmp_path / "store.sqlite")
    yield wrist
    wrist.mailbox.close()


@pytest.mark.req("W-07")
def test_preferences_are_effective_at_once_and_survive_a_restart(wrist: Worn) -> None:
    assert wrist.wearer.preferences == Preferences()
    wrist.wearer.change(CHOSEN)
    assert (wrist.wearer.preferences, wrist.told) == (CHOSEN, 1)
    wrist.wearer.change(CHOSEN)
    assert wrist.told == 1, "nothing changed"
    wrist.start()
    assert wrist.wearer.preferences == CHOSEN


def test_a_new_device_is_open(wrist: Worn) -> None:
    assert wrist.wearer.lock == LockState()
    assert wrist.wearer.unlock("")


def test_without_a_code_one_tap_opens_and_off_the_wrist_it_stays_open(wrist: Worn) -> None:
    wrist.wearer.wrist(Wrist.OFF)
    assert not wrist.wearer.lock.locked
    assert wrist.wearer.conditions.wrist is Wrist.OFF
    wrist.wearer.lock_now()
    assert wrist.wearer.lock == LockState(locked=True)
    wrist.start()
    assert wrist.wearer.lock == LockState(locked=True)
    assert wrist.wearer.unlock()
    assert wrist.wearer.lock == LockState()


def test_with_a_code_it_locks_when_taken_off_and_only_the_code_opens(wrist: Worn) -> None:
    assert wrist.wearer.set_pin(PIN) is None
    assert wrist.wearer.lock == LockState(has_pin=True)
    wrist.wearer.wrist(Wrist.DOWN)
    assert not wrist.wearer.lock.locked
    wrist.wearer.wrist(Wrist.OFF)
    assert wrist.wearer.lock == LockState(locked=True, has_pin=True)
    wrist.wearer.wrist(Wrist.UP)
    assert not wrist.wearer.unlock()
    assert not wrist.wearer.unlock("1937")
    assert wrist.wearer.lock == LockState(locked=True, has_pin=True, tries_left=TRIES - 1)
    assert wrist.wearer.unlock(PIN)
    assert wrist.wearer.lock == LockState(has_pin=True)


def test_it_locks_when_the_sensors_say_from_the_start_that_it_is_off(wrist: Worn) -> None:
    wrist.wearer.set_pin(PIN)
    off = Scripted(Conditions(wrist=Wrist.OFF))
    again = Wearer(mailbox=wrist.mailbox, sensors=off, clock=wrist.clock, on_change=lambda: None)
    assert again.lock.locked


def test_the_lock_survives_a_restart(wrist: Worn) -> None:
    wrist.wearer.set_pin(PIN)
    wrist.wearer.wrist(Wrist.OFF)
    wrist.fail(2)
    wrist.start()
    assert wrist.wearer.lock == LockState(locked=True, has_pin=True, tries_left=TRIES - 2)
    assert wrist.wearer.unlock(PIN)
    wrist.start()
    assert wrist.wearer.lock == LockState(has_pin=True)


def test_the_waiting_times_survive_a_restart_each(wrist: Worn) -> None:
    wrist.wearer.set_pin(PIN)
    wrist.wearer.lock_now()
    wrist.fail(TRIES)
    for wait in (*WAITS, WAITS[-1]):
        wrist.start()
        until = wrist.hand.at + wait
        assert wrist.wearer.lock == LockState(locked=True, has_pin=True, tries_left=0, wait_until=until)
        wrist.hand.at = until - timedelta(milliseconds=1)
        assert not wrist.wearer.unlock(PIN), "not even the right code, a moment too early"
        wrist.hand.at = until
        assert wrist.wearer.lock == LockState(locked=True, has_pin=True, tries_left=1)
        wrist.fail(1)
    wrist.hand.at += WAITS[-1]
    assert wrist.wearer.unlock(PIN)
    assert wrist.wearer.lock == LockState(has_pin=True)


def test_a_clock_that_lost_its_time_makes_nobody_wait_for_years(wrist: Worn) -> None:
    wrist.wearer.set_pin(PIN)
    wrist.wearer.lock_now()
    wrist.fail(TRIES)
    wrist.hand.at -= timedelta(days=20000)
    wrist.start()
    assert not wrist.wearer.unlock(PIN)
    assert wrist.wearer.lock.wait_until == wrist.hand.at + WAITS[0]
    wrist.hand.at += WAITS[0]
    assert wrist.wearer.unlock(PIN)


@pytest.mark.parametrize("pin", ["", "739", "73911", "73a1", "١٢٣٤", " 739"])
def test_a_code_of_another_shape_is_declined_and_is_no_try(wrist: Worn, pin: str) -> None:
    declined = wrist.wearer.set_pin(pin)
    assert isinstance(declined, Declined)
    assert declined.code is DeclineCode.INVALID
    assert "4 digits" in declined.detail
    assert wrist.wearer.lock == LockState()
    wrist.wearer.set_pin(PIN)
    wrist.wearer.lock_now()
    assert not wrist.wearer.unlock(pin)
    assert wrist.wearer.lock.tries_left == TRIES


def test_who_cannot_open_it_can_neither_change_the_code_nor_hand_it_over(wrist: Worn) -> None:
    wrist.wearer.set_pin(PIN)
    wrist.wearer.change(CHOSEN)
    wrist.wearer.lock_now()
    for declined in (wrist.wearer.set_pin(None), wrist.wearer.set_pin("0000"), wrist.wearer.reset()):
        assert isinstance(declined, Declined)
        assert declined.code is DeclineCode.WRONG_STATE
    assert not wrist.wearer.unlock("0000")
    assert wrist.wearer.preferences == CHOSEN
    assert wrist.wearer.unlock(PIN)


def test_handing_over_leaves_nothing_of_the_advisor(wrist: Worn) -> None:
    wrist.wearer.change(CHOSEN)
    wrist.wearer.set_pin(PIN)
    assert wrist.wearer.reset() is None
    for _ in range(2):
        assert wrist.wearer.preferences == Preferences()
        assert wrist.wearer.lock == LockState()
        wrist.start()


def test_a_code_is_taken_away(wrist: Worn) -> None:
    wrist.wearer.set_pin(PIN)
    assert wrist.wearer.set_pin(None) is None
    wrist.start()
    assert wrist.wearer.lock == LockState()


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("preferences", "{"),
        ("preferences", '{"vibration": "loud"}'),
        ("lock", "[]"),
        ("lock", '{"record": {"wrong": -1}}'),
        ("lock", '{"record": {"wait_until": "2026-11-21T09:00:00"}}'),
        ("lock", '{"pin": {"salt": "AA==", "digest": "AA==", "cost": 3}}'),
    ],
)
def test_what_cannot_be_read_is_told_and_taken_as_new(
    wrist: Worn, caplog: pytest.LogCaptureFixture, name: str, text: str
) -> None:
    with wrist.mailbox.transaction():
        wrist.mailbox.remember(name, text)
    wrist.start()
    assert (wrist.wearer.preferences, wrist.wearer.lock) == (Preferences(), LockState())
    assert [record.message for record in caplog.records if name in record.message]
    wrist.wearer.change(CHOSEN)
    wrist.start()
    assert wrist.wearer.preferences == CHOSEN


def statements_of_a_try(path: Path, pin: str) -> int:
    wrist = locked_wrist(path)
    before = wrist.statements
    wrist.wearer.unlock(pin)
    after = wrist.statements
    wrist.mailbox.close()
    return after - before


def locked_wrist(path: Path) -> Worn:
    wrist = Worn(path)
    wrist.wearer.set_pin(PIN)
    wrist.wearer.lock_now()
    return wrist


@pytest.mark.parametrize("pin", [PIN, "0000"])
def test_killed_within_a_try_no_try_is_won(tmp_path: Path, pin: str) -> None:
    total = statements_of_a_try(tmp_path / "whole.sqlite", pin)
    assert total > 3
    tries_left = []
    for at in range(1, total + 1):
        wrist = locked_wrist(tmp_path / f"{pin}-{at}.sqlite")
        wrist.die_at(at)
        with pytest.raises(Killed):
            wrist.wearer.unlock(pin)
        assert wrist.wearer.lock.locked, "an answer before it is kept"
        wrist.start()
        assert wrist.wearer.lock.locked
        tries_left.append(wrist.wearer.lock.tries_left)
        assert wrist.wearer.unlock(PIN)
        wrist.mailbox.close()
    assert tries_left == sorted(tries_left, reverse=True)
    if pin == PIN:
        assert tries_left[-1] == TRIES - 1, "counted before the code was looked at"


def test_killed_within_handing_over_all_or_nothing(tmp_path: Path) -> None:
    outcomes = set()
    for at in range(1, 40):
        wrist = Worn(tmp_path / f"{at}.sqlite")
        wrist.wearer.change(CHOSEN)
        wrist.wearer.set_pin(PIN)
        wrist.die_at(at)
        try:
            wrist.wearer.reset()
            ended = True
        except Killed:
            ended = False
        wrist.start()
        outcome = (wrist.wearer.preferences, wrist.wearer.lock.has_pin)
        wrist.mailbox.close()
        assert outcome in ((CHOSEN, True), (Preferences(), False))
        outcomes.add(outcome[1])
        if ended:
            break
    assert outcomes == {True, False}


def test_no_code_is_in_the_store_or_in_the_log(wrist: Worn, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)
    wrong = "8642"
    wrist.wearer.set_pin(PIN)
    wrist.wearer.set_pin(wrong[:3] + "x")
    wrist.wearer.lock_now()
    for _ in range(TRIES + 1):
        wrist.wearer.unlock(wrong)
    wrist.wearer.wrist(Wrist.OFF)
    wrist.hand.at += WAITS[0]
    assert wrist.wearer.unlock(PIN)
    kept = b"".join(path.read_bytes() for path in wrist.path.parent.iterdir())
    assert b"digest" in kept, "the hash is there"
    for pin in (PIN, wrong):
        assert pin.encode() not in kept
        assert pin not in caplog.text
        assert pin not in repr(wrist.wearer.lock)
        assert pin not in repr(wrist.wearer.set_pin(pin + "0"))
    assert "unlock_refused" in caplog.text


def test_the_same_code_is_kept_differently_on_each_device() -> None:
    one, other = PinHash.of(PIN), PinHash.of(PIN)
    assert one.salt != other.salt
    assert one.digest != other.digest
    assert one.cost == PIN_COST
    assert one.matches(PIN)
    assert not one.matches("7392")


def test_the_end_of_a_wait_is_told_when_it_comes_and_nothing_else_is(tmp_path: Path) -> None:
    async def main() -> None:
        wrist = Worn(tmp_path / "store.sqlite", LoopClock(asyncio.get_running_loop()))
        running = asyncio.create_task(wrist.wearer.run())
        wrist.wearer.set_pin(PIN)
        wrist.wearer.lock_now()
        for _ in range(TRIES):
            wrist.wearer.unlock("0000")
        told = wrist.told
        await pass_time(29.9)
        assert wrist.told == told
        await pass_time(0.2)
        assert wrist.told == told + 1
        assert wrist.wearer.lock == LockState(locked=True, has_pin=True, tries_left=1)
        await pass_time(8 * 3600)
        assert wrist.told == told + 1
        await stop(running)
        wrist.mailbox.close()

    run_virtually(main)


def test_what_the_sensors_tell_is_passed_on(wrist: Worn) -> None:
    wrist.sensors.battery(9)
    assert wrist.wearer.conditions.battery_low
    assert wrist.told == 1
