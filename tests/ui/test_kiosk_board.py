"""What the board keeps between pages and customers, and what it doesn't (K-13); touches are answered between frames."""

from __future__ import annotations

import asyncio
import random
from string import ascii_letters, digits

import pytest

from contracts.fields import Language
from kiosk.gallery.house import Furniture, StoryBooking, StoryHouse
from kiosk.gallery.stage import NOW, PLACE, Stage, businesses, open_stage
from kiosk.presenters.desk import Desk
from kiosk.presenters.house import House, Way
from kiosk.presenters.pages import PickWay
from kiosk.presenters.rehearsal import rehearsed
from kiosk.texts import load_wording

SIZE = (480, 760)


def rehearse(stage: Stage) -> None:
    """As the kiosk's window does before the first customer."""
    wordings = {language: load_wording(language) for language in Language}

    def desk_over(house: House) -> Desk:
        return Desk(None, place=PLACE, businesses=businesses(), wordings=wordings, house=house)

    codes = [each.code for each in businesses()]
    stage.app.rehearse(rehearsed(StoryHouse(Furniture()), desk_over, codes, NOW))


async def test_the_houses_own_parts_are_kept_and_come_back(kivy_window: None) -> None:
    async with open_stage(SIZE) as stage:
        rehearse(stage)
        stage.begin(Furniture())
        assert await stage.touch("ko")
        title, phone = stage.app.board.named["title"], stage.app.board.named["phone"]
        for name in ("back", "ko"):
            assert await stage.touch(name)
        assert stage.app.board.named["title"] is title
        assert stage.app.board.named["phone"] is phone
        assert await stage.touch("phone")
        assert stage.page.name == "phone"


@pytest.mark.req("K-13")
async def test_nothing_of_a_customer_is_kept(kivy_window: None) -> None:
    booked = StoryBooking(code="b-1", business="loan", at="14:30", who="Jo Park", phone="1")
    async with open_stage(SIZE) as stage:
        rehearse(stage)
        seen = []
        for _ in range(2):
            stage.begin(Furniture(bookings=(booked,), cards=("Cash",)))
            assert await stage.touch("en")
            seen.append(stage.app.board.named["card 0"])  # a name that is also a business's
            assert await stage.touch("phone")
            assert await stage.touch("key 1")
            seen.append(stage.app.board.named["field"])
            await stage.read(code="b-1")
            seen.append(stage.app.board.named["booking 0"])
            assert await stage.touch("over")
        assert len({id(widget) for widget in seen}) == len(seen)


async def test_a_finger_that_stays_down_presses_nothing_on_the_next_page(kivy_window: None) -> None:
    from kiosk.ui.touch import finger

    async with open_stage(SIZE) as stage:
        rehearse(stage)
        stage.begin(Furniture())
        for name in ("en", "phone"):
            assert await stage.touch(name)
        await stage.pass_time(1.0)
        key = stage.app.board.named["key 7"]
        with finger(*key.to_window(*key.center)):
            await stage.frames()
            stage.desk.tap(PickWay(Way.ID_NUMBER), at_s=stage.now_s, local=NOW)
            await stage.pass_time(0.0)
            assert stage.page.name == "id-number"
        await stage.frames()
        assert stage.desk.visit.typed == ""


async def test_a_touch_is_answered_before_the_next_frame(kivy_window: None) -> None:
    from kivy.clock import Clock
    from kivy.core.window import Window

    async with open_stage(SIZE) as stage:
        stage.begin(Furniture())
        await stage.pass_time(1.0)
        await stage.rest()
        tile = stage.app.board.named["en"]
        Clock._max_fps = 0.2  # the next frame would come in five seconds
        x, y = tile.to_window(*tile.center)
        changed = asyncio.Event()
        tile.bind(state=lambda *_: changed.set())
        async with asyncio.timeout(3):
            Window.dispatch("on_mouse_down", x, SIZE[1] - y, "left", [])
            await changed.wait()
            assert tile.state == "down"
            changed.clear()
            Window.dispatch("on_mouse_up", x, SIZE[1] - y, "left", [])
            await changed.wait()
        assert stage.page.name == "card"


@pytest.mark.req("K-03")
async def test_the_code_of_a_ticket_is_read_from_the_screen(kivy_window: None) -> None:
    zxingcpp = pytest.importorskip("zxingcpp", reason="zxing-cpp is not installed: pip install 'usher[kiosk]'")
    from runtime.ui.frame import frame

    chance = random.Random(7)
    async with open_stage(SIZE) as stage:
        for _ in range(12):
            link = f"https://queue.example/t/main/{''.join(chance.choices(ascii_letters + digits, k=22))}"
            stage.begin(Furniture(link=link))
            for name in ("en", "no card", "loan", "take"):
                assert await stage.touch(name)
            await stage.rest()
            assert [found.text for found in zxingcpp.read_barcodes(frame())] == [link]


async def test_a_ground_has_its_filling_its_border_and_round_corners(kivy_window: None) -> None:
    async with open_stage(SIZE):
        from kiosk.ui.slices import MIDDLE, ground

        red, blue = (1.0, 0.0, 0.0, 1.0), (0.0, 0.0, 1.0, 1.0)
        picture = ground(10, red, blue, 2.0)
        side = 2 * 10 + MIDDLE
        assert picture.size == (side, side)
        pixels = [tuple(picture.pixels[at : at + 4]) for at in range(0, 4 * side * side, 4)]
        assert pixels[0][3] == 0
        assert pixels[side // 2] == (0, 0, 255, 255)
        assert pixels[side * side // 2 + side // 2] == (255, 0, 0, 255)
        assert any(0 < alpha < 255 for *_, alpha in pixels)  # smoothed
        plain = ground(10, red, None, 2.0)
        assert tuple(plain.pixels[4 * (side // 2) :][:4]) == (255, 0, 0, 255)
        assert ground(10, red, blue, 2.0) is picture
