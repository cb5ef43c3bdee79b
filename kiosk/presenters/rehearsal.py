"""The pages that every customer may come to, as nobody has seen them yet: what is on them is the house's own.

The window draws them before the first customer comes, and keeps what it drew: a page is there sooner then. Nothing of a
customer is on them, so that nothing of one is kept (K-13).
"""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime

from contracts import Refusal
from contracts.fields import Language
from kiosk.presenters.desk import Desk
from kiosk.presenters.house import Broken, Card, Estimate, House, Issued, Order, Paper, Pick, PlainHouse, Slip, Way
from kiosk.presenters.pages import (
    Confirm,
    Listen,
    NoCard,
    Page,
    PickBusiness,
    PickLanguage,
    PickWay,
    Search,
    StartOver,
    Tap,
    Type,
)

LETTERS = {Language.EN: "A", Language.ZH: "A", Language.KO: "ㄱ"}
LINK = "https://queue.example/t/branch/0000000000000000"
"""As long as most, so that it is drawn as large."""


@dataclass(frozen=True, slots=True)
class _Number:
    """One that nobody gets: they begin with 1."""

    number: str = "AA000"


class _Nothing:
    """Gives a number that nobody gets, and has no cards."""

    online = True

    def take(self, order: Order) -> Issued | Refusal | Broken:
        return _Number()

    def cards(self) -> Sequence[Card]:
        return ()


class _Empty(PlainHouse):
    """A house with nobody in it, furnished as another one is."""

    def __init__(self, like: House) -> None:
        super().__init__(_Nothing())
        self._like = like

    @property
    def ways(self) -> frozenset[Way]:
        return self._like.ways

    @property
    def confirms(self) -> bool:
        return self._like.confirms

    @property
    def most_services(self) -> int:
        return self._like.most_services

    @property
    def speaks(self) -> bool:
        return self._like.speaks

    def hears(self, language: Language) -> bool:
        return self._like.hears(language)

    def estimate(self, business: str) -> Estimate | None:
        return Estimate(10, 20)

    def slip(self, number: str) -> Slip:
        return Slip(link=LINK, paper=Paper.PRINTED)

    def picks(self, business: str | None, customer: str | None) -> Sequence[Pick]:
        return self._like.picks(None, None) if business is None and customer is None else ()


def rehearsed(like: House, desk_over: Callable[[House], Desk], codes: Sequence[str], local: datetime) -> Iterator[Page]:
    """One page after the other, in every language, of a desk over a house that is furnished ``like`` this one."""
    paths: list[tuple[Tap, ...]] = [(), (PickWay(Way.PHONE),), (PickWay(Way.ID_NUMBER),), (NoCard(),)]
    paths += [
        (PickWay(Way.PHONE), Type("0")),
        (NoCard(), Search()),
        (NoCard(), Search(), Listen()),
        *((NoCard(), PickBusiness(code)) for code in codes),
    ]
    desk = desk_over(_Empty(like))
    yield desk.show(at_s=0.0, local=local)
    for language in Language:
        typed: tuple[Tap, ...] = (NoCard(), Search(), Type(LETTERS[language]))
        for path in (*paths[:-1], typed, paths[-1]):
            for tap in (StartOver(), PickLanguage(language), *path):
                desk.tap(tap, at_s=0.0, local=local)
            yield desk.show(at_s=0.0, local=local)
        desk.tap(Confirm(), at_s=0.0, local=local)  # nothing, where the number was taken without being asked again
        yield desk.show(at_s=0.0, local=local)
