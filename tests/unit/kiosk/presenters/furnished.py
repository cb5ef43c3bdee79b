"""A customer at a desk in a furnished house, without a screen."""

from __future__ import annotations

from datetime import UTC, datetime

from contracts.fields import Language
from kiosk.core.taking import Business, Names
from kiosk.gallery.house import Furniture, StoryBooking, StoryCustomer, StoryHouse
from kiosk.presenters.desk import Desk
from kiosk.presenters.pages import Page, Tap, Type
from kiosk.texts import load_index, load_synonyms, load_wording

LOCAL = datetime(2026, 3, 2, 9, 41, tzinfo=UTC)
WORDINGS = {language: load_wording(language) for language in Language}
BUSINESSES = (
    Business(code="cash", names=Names(en="Cash", zh="现金业务", ko="현금")),
    Business(code="loan", names=Names(en="Loans", zh="贷款业务", ko="대출")),
    Business(code="insurance", names=Names(en="Insurance", zh="保险业务", ko="보험")),
)
INDEXES = {language: load_index(language, BUSINESSES, load_synonyms()) for language in Language}
FURNITURE = Furniture(
    bookings=(StoryBooking(code="b-1", business="loan", at="14:30", who="Jo Lee", phone="01012345678"),),
    customers=(StoryCustomer(number="110101199003074477", customer="c-9"),),
)


class Guest:
    """Touches a desk at times of its own; ``house`` is what the desk asks."""

    def __init__(self, has: Furniture = FURNITURE, *, reaches: bool = True) -> None:
        self.at_s = 100.0
        self.house = StoryHouse(has)
        self.desk = Desk(
            None,
            place="Main Street",
            businesses=BUSINESSES,
            wordings=WORDINGS,
            house=self.house,
            indexes=INDEXES,
            reaches=reaches,
        )

    def touch(self, *taps: Tap) -> Page:
        for tap in taps:
            self.desk.tap(tap, at_s=self.at_s, local=LOCAL)
        return self.page

    def type(self, text: str) -> Page:
        return self.touch(*map(Type, text))

    def wait(self, seconds: float) -> Page:
        self.at_s += seconds
        return self.page

    @property
    def page(self) -> Page:
        return self.desk.show(at_s=self.at_s, local=LOCAL)
