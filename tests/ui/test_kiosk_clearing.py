"""When a customer has gone nothing of theirs is left: not on the screen, and in no object that lives on (K-13)."""

from __future__ import annotations

import gc
from collections.abc import Iterator

import pytest

from kiosk.gallery.house import Furniture, StoryBooking
from kiosk.gallery.stage import BETWEEN_S, NOW, Stage, open_stage
from kiosk.presenters.guide import Key
from kiosk.presenters.house import Known, Stop
from kiosk.presenters.pages import Listen, Search
from kiosk.presenters.visit import ANSWER_S, ASK_AFTER_S, SLOWER

DIGITS = (0, 1, 0, 7, 3, 1, 5, 8, 6, 4, 2)
SIZE = (480, 760)


def left_over(*words: str) -> list[str]:
    """Where texts are that contain one of the words, but for this test's own."""
    gc.collect()
    mine = {id(word) for word in words}
    return [
        f"{type(holder).__name__}: {text!r}"
        for holder in gc.get_objects()
        for text in texts_in(holder)
        if issubclass(type(text), str) and id(text) not in mine and any(word in text for word in words)
    ]


def texts_in(holder: object) -> Iterator[str]:
    """What it refers to, also within tuples and dicts that the collector doesn't list, as they hold nothing but such as
    texts."""
    for each in gc.get_referents(holder):
        yield each
        if type(each) in (tuple, dict) and not gc.is_tracked(each):
            yield from texts_in(each)


def number() -> Iterator[str]:
    """The number as it is typed and as it is shown; made when it is asked for, so that no constant holds it."""
    typed = "".join(map(str, DIGITS))
    yield typed
    yield f"{typed[:3]} {typed[3:7]} {typed[7:]}"


async def typed_in(stage: Stage) -> None:
    for name in ("en", "phone", *(f"key {digit}" for digit in DIGITS)):
        assert await stage.touch(name), name


@pytest.mark.req("K-13")
async def test_a_number_that_was_typed_is_gone_after_the_time_out(kivy_window: None) -> None:
    async with open_stage(SIZE) as stage:
        stage.begin(Furniture())
        await typed_in(stage)
        assert left_over(*number()), "the test would not see it"
        await stage.pass_time(ASK_AFTER_S + ANSWER_S + 1)
        assert stage.page.name == "start"
        assert left_over(*number()) == []


@pytest.mark.req("K-13")
@pytest.mark.parametrize("stop", [Stop.CLOSED, Stop.OUT_OF_ORDER])
async def test_of_the_last_customer_nothing_stays_for_the_night(kivy_window: None, stop: Stop) -> None:
    async with open_stage(SIZE) as stage:
        stage.begin(Furniture())
        await typed_in(stage)
        assert left_over(*number()), "the test would not see it"
        stage.house.has = Furniture(stop=stop)
        await stage.pass_time(ASK_AFTER_S + ANSWER_S + 1)
        assert stage.page.name == f"stopped {stop}"
        assert left_over(*number()) == []


@pytest.mark.req("K-13")
async def test_by_ear_too_and_what_was_masked(kivy_window: None) -> None:
    async with open_stage(SIZE) as stage:
        stage.begin(Furniture())
        await stage.press(Key.DOWN)
        await typed_in(stage)
        masked = "7391"[::-1]
        stage.desk.read(Known("customer-" + masked, "•••• " + masked), at_s=stage.now_s)
        await stage.pass_time(0.5)
        await stage.pass_time(BETWEEN_S)  # the page has come
        assert await stage.touch("cash")
        assert stage.page.name == "confirm"
        shown = "by •••• " + masked
        assert left_over(shown, *number()), "the test would not see it"
        await stage.pass_time((ASK_AFTER_S + ANSWER_S) * SLOWER + 1)
        await stage.frames()
        assert stage.page.name == "start"
        stage.voice.said.clear()
        assert left_over(shown, "customer-" + masked, *number()) == []


@pytest.mark.req("K-13")
async def test_the_name_in_a_booking_is_gone_with_the_ticket(kivy_window: None) -> None:
    who = "nagroM eeL aD"[::-1]
    async with open_stage(SIZE) as stage:
        stage.begin(Furniture(bookings=(StoryBooking(code="b-1", business="loan", at="14:30", who=who),)))
        assert await stage.touch("ko")
        await stage.read(code="b-1")
        assert await stage.touch("booking 0")
        assert await stage.touch("done")
        stage.begin(Furniture())
        await stage.frames()
        assert stage.page.name == "start"
        assert left_over(who) == []


@pytest.mark.req("K-02", "K-13")
async def test_what_was_said_is_gone_with_the_customer(kivy_window: None) -> None:
    said = "drac eulbkcuh ym tsol I"[::-1]
    async with open_stage(SIZE) as stage:
        stage.begin(Furniture())
        for name in ("en", "no card", "search", "listen"):
            assert await stage.touch(name), name
        stage.desk.heard("".join(list(said)))
        assert await stage.touch("account")
        assert await stage.touch("back")
        stage.desk.tap(Search(), at_s=stage.now_s, local=NOW)
        stage.desk.tap(Listen(), at_s=stage.now_s, local=NOW)
        stage.desk.heard("".join(list(said)))
        await stage.pass_time(BETWEEN_S)
        assert left_over(said, said.split()[3]), "the test would not see it"
        assert await stage.touch("over")
        await stage.frames()
        assert stage.page.name == "start"
        assert left_over(said, said.split()[3]) == []
