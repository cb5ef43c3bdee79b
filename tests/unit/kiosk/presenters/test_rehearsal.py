"""What is rehearsed is every page that all customers come to, in every language, and nothing of anybody (K-13)."""

from __future__ import annotations

import pytest

from contracts.fields import Language
from kiosk.gallery.house import Furniture, StoryBooking, StoryHouse
from kiosk.presenters.desk import Desk
from kiosk.presenters.house import House
from kiosk.presenters.rehearsal import rehearsed
from tests.unit.kiosk.presenters.furnished import BUSINESSES, INDEXES, LOCAL, WORDINGS

BOOKED = Furniture(
    cards=("Ann Lee",),
    bookings=(StoryBooking(code="b-1", business="loan", at="14:30", who="Jo Park", phone="01012345678"),),
)


def desk_over(house: House) -> Desk:
    return Desk(None, place="Main Street", businesses=BUSINESSES, wordings=WORDINGS, house=house, indexes=INDEXES)


@pytest.mark.req("K-13")
def test_every_page_in_every_language_and_nobody_on_it() -> None:
    house = StoryHouse(BOOKED)
    pages = list(rehearsed(house, desk_over, [each.code for each in BUSINESSES], LOCAL))
    names = [(page.around.language, page.name) for page in pages]
    assert names[0] == (None, "start")
    for language in Language:
        for name in ("card", "phone", "id-number", "business", "search", "listening", "confirm", "ticket"):
            assert (language, name) in names
    text = repr(pages)
    assert not any(word in text for word in ("Ann Lee", "Jo Park", "01012345678", "b-1"))
    assert house.orders == []
    assert house.listening is None


def test_a_house_that_does_not_hear_has_no_such_page() -> None:
    pages = rehearsed(StoryHouse(Furniture(hears=False)), desk_over, ["loan"], LOCAL)
    assert all(getattr(page, "listen", None) is None for page in pages)
