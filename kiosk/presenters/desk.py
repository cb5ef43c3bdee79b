"""Where a touch leads: the steps of one customer, the time-outs, and the page to show."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Protocol, assert_never

from contracts import ErrorCode, Refusal
from contracts.fields import Language
from kiosk.core.taking import Business
from kiosk.presenters import screens
from kiosk.presenters.pages import (
    GoBack,
    GoOn,
    NoCard,
    Page,
    PickBusiness,
    PickCard,
    PickLanguage,
    ShowMore,
    StartOver,
    Tap,
)
from kiosk.presenters.visit import Issued, Step, Visit, left_s, touched
from kiosk.presenters.wording import Wording


@dataclass(frozen=True, slots=True)
class Card:
    """A card that can be read at this kiosk: the customer's reference, and the name on it."""

    customer: str
    name: str


@dataclass(frozen=True, slots=True)
class Broken:
    """No number: a part of the kiosk failed. The customer is sent to the counter; the log says what failed."""


class Acts(Protocol):
    """What the desk asks of the kiosk."""

    @property
    def online(self) -> bool:
        """Whether the hub is within reach."""
        ...

    def take(self, *, customer: str | None, business: str, language: Language) -> Issued | Refusal | Broken:
        """A number, durable, or why there is none."""
        ...

    def cards(self) -> Sequence[Card]:
        """The cards that may be held to the reader; empty without a reader."""
        ...


class Desk:
    """The screen of one kiosk; holds one customer's visit and forgets it at the end."""

    def __init__(
        self,
        acts: Acts,
        *,
        place: str,
        businesses: Sequence[Business],
        wordings: Mapping[Language, Wording],
    ) -> None:
        self._acts = acts
        self._place = place
        self._businesses = {business.code: business for business in businesses}
        self._wordings = wordings
        self._unwanted: set[str] = set()
        self.visit = Visit()

    def show(self, *, at_s: float, local: datetime) -> Page:
        """What is to be seen just now; a time that ran out clears the screen first."""
        if left_s(self.visit, at_s) == 0:
            self._forget(at_s)
        visit, texts = self.visit, self._wordings[self.visit.language]
        head = screens.head(self._place, local, texts, online=self._acts.online)
        left = left_s(visit, at_s)
        match visit.step:
            case Step.START:
                return screens.start(head, self._wordings)
            case Step.CARD | Step.BUSINESS if left is not None:
                return screens.still_there(head, texts, left)
            case Step.CARD:
                cards = [(card.customer, card.name) for card in self._acts.cards()]
                return screens.card(head, texts, cards, first=visit.first)
            case Step.BUSINESS:
                named = [(code, business.shown(visit.language)) for code, business in self._businesses.items()]
                return screens.business(head, texts, named, first=visit.first)
            case Step.TICKET:
                chosen = self._businesses.get(visit.business or "")
                return screens.ticket(
                    head,
                    texts,
                    visit,
                    business=chosen.shown(visit.language) if chosen else "",
                    online=self._acts.online,
                    unwanted=visit.number in self._unwanted,
                    left=left or 0,
                )
            case Step.SORRY:
                return screens.sorry(head, texts, visit.why, left or 0)
            case _:
                assert_never(visit.step)

    def tap(self, tap: Tap, *, at_s: float, local: datetime) -> None:
        """Do what the tap says."""
        visit = self.visit = touched(self.visit, at_s)
        match tap:
            case PickLanguage(language):
                step = Step.CARD if self._acts.cards() else Step.BUSINESS
                self.visit = Visit(step=step, language=language, at_s=at_s)
            case PickCard(customer):
                self.visit = replace(visit, step=Step.BUSINESS, customer=customer, first=0)
            case NoCard():
                self.visit = replace(visit, step=Step.BUSINESS, customer=None, first=0)
            case PickBusiness(code):
                self._take(code, local)
            case ShowMore():
                count = len(self._acts.cards()) if visit.step is Step.CARD else len(self._businesses)
                most = screens.CARDS if visit.step is Step.CARD else screens.TILES
                self.visit = replace(visit, first=screens.next_first(visit.first, count=count, most=most))
            case GoBack():
                to_card = visit.step is Step.BUSINESS and bool(self._acts.cards())
                if to_card:
                    self.visit = replace(visit, step=Step.CARD, customer=None, first=0)
                else:
                    self._forget(at_s)
            case StartOver():
                self._forget(at_s)
            case GoOn():
                pass
            case _:
                assert_never(tap)

    def touched(self, at_s: float) -> None:
        """A touch anywhere: somebody is there."""
        self.visit = touched(self.visit, at_s)

    def refused(self, number: str) -> None:
        """The hub will not have this ticket: whoever still sees it is told to go to the counter."""
        self._unwanted = {number}

    def _take(self, code: str, local: datetime) -> None:
        visit = self.visit
        if visit.step is not Step.BUSINESS:
            return  # a second touch of the same tile: there is a number already
        given = self._acts.take(customer=visit.customer, business=code, language=visit.language)
        if isinstance(given, Refusal):
            why = screens.NONE_LEFT if given.code is ErrorCode.NUMBER_TAKEN else screens.REFUSED
            self.visit = replace(visit, step=Step.SORRY, business=code, why=why)
        elif isinstance(given, Broken):
            self.visit = replace(visit, step=Step.SORRY, business=code, why=screens.BROKEN)
        else:
            issued = local.strftime("%H:%M")
            self.visit = replace(visit, step=Step.TICKET, business=code, number=given.number, issued=issued)

    def _forget(self, at_s: float) -> None:
        self.visit = Visit(at_s=at_s)
        self._unwanted.clear()
