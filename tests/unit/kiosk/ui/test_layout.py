"""Where things stand: within the screen, apart from each other, and in reach mode within reach (K-02)."""

from __future__ import annotations

from itertools import combinations

import pytest

from contracts.fields import Language
from kiosk.presenters.house import Way
from kiosk.presenters.pages import (
    Confirm,
    Enter,
    Mode,
    NoCard,
    PickBusiness,
    PickLanguage,
    PickWay,
    Search,
    StartOver,
    Tap,
    Toggle,
    Type,
)
from kiosk.presenters.visit import ASK_AFTER_S, SLOWER
from kiosk.ui.frame import LEAST
from kiosk.ui.layout import parts_of
from kiosk.ui.parts import Button, Part, Place
from kiosk.ui.theme import REACH_M, SCREEN_FROM_M, SCREEN_HIGH_M, Scale, scale_of
from tests.unit.kiosk.presenters.furnished import Guest

SIZES = [(1080, 1920), (1920, 1080), (480, 760), (1280, 800), (600, 1024)]
PATH: tuple[tuple[Tap, ...], ...] = (
    (),
    (PickLanguage(Language.EN),),
    (PickWay(Way.PHONE),),
    (PickWay(Way.ID_NUMBER),),
    (NoCard(),),
    (Search(), Type("A")),
    (PickBusiness("account"),),
    (PickBusiness("loan"),),
    (Confirm(),),
    (StartOver(), PickLanguage(Language.EN), PickWay(Way.PHONE), *map(Type, "01012345678"), Enter()),
)


class Guessed:
    """Letters that are half as wide as high."""

    def height(self, text: str, size: float, width: float, *, bold: bool) -> float:
        lines = sum(max(1, -(-int(len(line) * size * 0.5) // int(width))) for line in text.split("\n"))
        return lines * size * 1.45

    def snug(self, text: str, size: float, width: float, *, bold: bool) -> float:
        return size


def buttons(scale: Scale, *modes: Mode) -> list[tuple[str, list[Button]]]:
    """The buttons of every page, for one who has switched these on."""
    guest = Guest()
    guest.touch(*map(Toggle, modes))
    found = []
    for taps in PATH:
        restart = [tap for tap in taps if isinstance(tap, StartOver)]
        guest.touch(*restart, *(map(Toggle, modes) if restart else ()), *taps[len(restart) :])
        found.append((guest.page.name, _buttons(parts_of(guest.page, scale, Guessed()))))
    guest.wait(ASK_AFTER_S * (SLOWER if modes else 1))
    found.append((guest.page.name, _buttons(parts_of(guest.page, scale, Guessed()))))
    return found


def _buttons(parts: tuple[Part, ...]) -> list[Button]:
    assert len({part.name for part in parts}) == len(parts), "two parts have one name"
    return [part for part in parts if isinstance(part, Button)]


def apart(one: Place, other: Place) -> bool:
    return (
        one.right <= other.x + 0.5
        or other.right <= one.x + 0.5
        or one.bottom <= other.y + 0.5
        or other.bottom <= one.y + 0.5
    )


@pytest.mark.req("K-02")
@pytest.mark.parametrize("modes", [(), (Mode.LARGE,), (Mode.LARGE, Mode.REACH)], ids=str)
@pytest.mark.parametrize("size", SIZES, ids=str)
def test_every_button_is_large_on_the_screen_and_apart_from_the_others(
    size: tuple[int, int], modes: tuple[Mode, ...]
) -> None:
    scale = scale_of(*size)
    seen = set()
    for page, found in buttons(scale, *modes):
        seen.add(page)
        assert found, page
        for button in found:
            at = button.at
            assert min(at.width, at.height) >= LEAST, (page, button.name, at)
            assert at.x >= 0, (page, button.name, at)
            assert at.y >= 0, (page, button.name, at)
            assert at.right <= scale.width, (page, button.name, at)
            assert at.bottom <= scale.height, (page, button.name, at)
        for one, other in combinations(found, 2):
            assert apart(one.at, other.at), (page, one, other)
    assert seen == {
        *("start", "card", "phone", "id-number", "business", "search", "confirm", "ticket", "bookings", "still there")
    }


@pytest.mark.req("K-02")
def test_in_reach_mode_all_that_is_touched_stands_in_the_lower_part() -> None:
    scale = scale_of(1080, 1920)
    lowest = scale.height * (1 - (REACH_M - SCREEN_FROM_M) / SCREEN_HIGH_M)
    assert 0.29 < lowest / scale.height < 0.30
    for page, found in buttons(scale, Mode.REACH):
        for button in found:
            assert button.at.y >= lowest - 0.01, (page, button.name, button.at)


def test_a_screen_that_lies_across_is_within_reach_as_it_is() -> None:
    assert scale_of(1920, 1080).reachable_from == 0
    assert scale_of(1080, 1920).reachable_from > 0
