"""Where a touch leads: the steps of one customer, the time-outs, and the page to show."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from typing import assert_never

from contracts.fields import Language
from kiosk.core.search import Index
from kiosk.core.taking import Business
from kiosk.presenters import entries, identifying, listening, ordering, screens
from kiosk.presenters.house import (
    Acts,
    Broken,
    Card,
    Fault,
    Found,
    House,
    Issued,
    PlainHouse,
    Stop,
    Way,
)
from kiosk.presenters.pages import (
    AddService,
    Around,
    Confirm,
    Enough,
    Enter,
    Erase,
    GoBack,
    GoOn,
    Head,
    Insist,
    Listen,
    Mode,
    NoCard,
    Page,
    PickBooking,
    PickBusiness,
    PickCard,
    PickLanguage,
    PickWay,
    Search,
    ShowMore,
    StartOver,
    Tap,
    Toggle,
    Type,
)
from kiosk.presenters.visit import LOOK_UP_S, Step, Visit, at, left_s, touched, unknown
from kiosk.presenters.wording import Wording

__all__ = ["Acts", "Broken", "Card", "Desk", "Issued"]

BACK = {
    Step.PHONE: Step.CARD,
    Step.ID_NUMBER: Step.CARD,
    Step.BOOKINGS: Step.CARD,
    Step.SEARCH: Step.BUSINESS,
    Step.LISTENING: Step.SEARCH,
    Step.CONFIRM: Step.BUSINESS,
}


class Desk:
    """The screen of one kiosk; holds one customer's visit and forgets it at the end.

    Without a ``house`` it knows what ``acts`` know and nothing else. ``indexes`` find businesses by letters; without
    them the search isn't offered. ``reaches`` says whether this screen has a mode for reaching from below.
    """

    def __init__(
        self,
        acts: Acts | None,
        *,
        place: str,
        businesses: Sequence[Business],
        wordings: Mapping[Language, Wording],
        house: House | None = None,
        indexes: Mapping[Language, Index] | None = None,
        reaches: bool = False,
    ) -> None:
        if house is None:
            if acts is None:
                raise ValueError("a desk needs acts or a house")
            house = PlainHouse(acts)
        self._house: House = house
        self._place = place
        self._businesses = {business.code: business for business in businesses}
        self._wordings = wordings
        self._indexes = indexes or {}
        self._reaches = reaches
        self._unwanted: set[str] = set()
        self.visit = Visit()

    def show(self, *, at_s: float, local: datetime) -> Page:
        """What is to be seen just now; a time that ran out clears the screen first."""
        if left_s(self.visit, at_s) == 0:
            self._forget(at_s)
        self._give_up_looking(at_s)
        page = self._page(at_s, local)
        visit, language = self.visit, self.visit.language
        bar = screens.bar(self._wordings[language], visit.modes, speaks=self._house.speaks, reaches=self._reaches)
        spoken = None if visit.step is Step.START or page.name.startswith("stopped") else language
        return replace(page, around=Around(bar=bar, modes=visit.modes, language=spoken))

    def _page(self, at_s: float, local: datetime) -> Page:
        house, visit, health = self._house, self.visit, self._house.health()
        texts, online = self._wordings[visit.language], house.online
        if self._stopped:
            head = screens.head_of_all(self._place, local, self._wordings, health, online=True)
            return screens.stopped(head, self._wordings, health.stop, health.opens, health.notice)
        head = screens.head(self._place, local, texts, health, online=online)
        left = left_s(visit, at_s)
        match visit.step:
            case Step.START:
                head = screens.head_of_all(self._place, local, self._wordings, health, online=online)
                return screens.start(head, self._wordings, house.picks(None, None), at_s, read=visit.read is not None)
            case Step.TICKET:
                return self._ticket(head, texts, left or 0, health.closes_in_min)
            case Step.SORRY:
                return screens.sorry(head, texts, visit, left or 0)
            case _ if left is not None:
                return screens.still_there(head, texts, visit, left)
            case Step.CARD:
                cards = [(card.customer, card.name) for card in house.cards()]
                dead = health.reader_dead
                return screens.card(
                    head, texts, cards, house.ways, first=visit.first, reader_dead=dead, fault=visit.fault
                )
            case Step.PHONE | Step.ID_NUMBER:
                return entries.number(head, texts, visit, looking=visit.asked_s is not None)
            case Step.BOOKINGS:
                named = [(booking, self._name(booking.business)) for booking in visit.bookings]
                return screens.bookings(head, texts, named)
            case Step.BUSINESS:
                named_ = [(code, self._name(code)) for code in self._left_to_choose()]
                searches = visit.language in self._indexes
                confirms = house.confirms
                return screens.business(head, texts, named_, visit, searches=searches, confirms=confirms)
            case Step.SEARCH:
                found = [(code, self._name(code)) for code in self._found()]
                return entries.search(head, texts, visit, found, hears=house.hears(visit.language))
            case Step.LISTENING:
                return listening.page(head, texts, house.hearing())
            case Step.CONFIRM:
                return self._confirm(head, texts, health.closes_in_min)
        raise AssertionError(f"no page for {visit.step}")

    def _confirm(self, head: Head, texts: Wording, closes_in_min: int | None) -> Page:
        visit = self.visit
        wait = screens.wait(texts, self._house.estimate(visit.business or ""), closes_in_min)
        more = len(visit.businesses) < min(self._house.most_services, len(self._businesses))
        names = [self._name(code) for code in visit.businesses]
        return screens.confirm(head, texts, names, wait, masked=visit.masked, more=more)

    def _ticket(self, head: Head, texts: Wording, left: int, closes_in_min: int | None) -> Page:
        visit, house, number = self.visit, self._house, self.visit.number or ""
        return screens.ticket(
            head,
            texts,
            visit,
            business=" + ".join(map(self._name, visit.businesses)),
            online=house.online,
            unwanted=number in self._unwanted,
            left=left,
            wait=screens.wait(texts, house.estimate(visit.business or ""), closes_in_min),
            slip=house.slip(number),
            picks=house.picks(visit.business, visit.customer),
        )

    def tap(self, tap: Tap, *, at_s: float, local: datetime) -> None:
        """Do what the tap says."""
        visit = self.visit = touched(self.visit, at_s)
        match tap:
            case PickLanguage(language):
                self.visit = at(Visit(language=language, modes=visit.modes, at_s=at_s), self._first_step())
                if visit.read is not None:
                    self._identified(visit.read)
            case PickCard(customer):
                self._identified(self._house.card(customer))
            case PickWay(way):
                step = {Way.PHONE: Step.PHONE, Way.ID_NUMBER: Step.ID_NUMBER}.get(way, Step.CARD)
                self.visit = at(visit, step)
            case NoCard():
                known = visit if visit.step is Step.BOOKINGS else unknown(visit)
                self.visit = at(known, Step.BUSINESS)
            case PickBooking(code):
                self._check_in(code, local)
            case PickBusiness(code):
                self._choose(code, local)
            case Search():
                self.visit = at(visit, Step.SEARCH)
            case Listen():
                if visit.step is Step.SEARCH and self._house.hears(visit.language):
                    self._listen(visit, at_s)
            case Enough():
                self._house.enough()
                if listening.waits(visit):
                    self.heard("")
            case Type(character):
                if entries.fits(visit, character) and not self._looking:
                    self.visit = replace(visit, typed=visit.typed + character, said="", fault=None, asked_s=None)
            case Erase():
                if not self._looking:
                    self.visit = replace(visit, typed=visit.typed[:-1], said="", fault=None, asked_s=None)
            case Enter():
                self._enter(at_s)
            case Insist():
                self._enter(at_s, insisted=visit.fault is Fault.DOUBT)
            case AddService():
                self.visit = at(visit, Step.BUSINESS)
            case Confirm():
                if visit.step is Step.CONFIRM:
                    self._take(local)
            case ShowMore():
                self._more()
            case Toggle(mode):
                self.visit = replace(visit, modes=visit.modes ^ {mode}, first=0)
                if visit.step is Step.LISTENING and mode is Mode.SPOKEN:
                    self._listen(self.visit, at_s)
            case GoBack():
                self._back(at_s)
            case StartOver():
                self._forget(at_s)
            case GoOn():
                pass
            case _:
                assert_never(tap)
        if visit.step is Step.LISTENING is not self.visit.step:
            self._house.hush()

    def touched(self, at_s: float) -> None:
        """A touch anywhere: somebody is there."""
        self.visit = touched(self.visit, at_s)

    def refused(self, number: str) -> None:
        """The hub will not have this ticket: whoever still sees it is told to go to the counter."""
        self._unwanted = {number}

    def read(self, found: Found, *, at_s: float) -> None:
        """A card or the code of a booking was held to a reader; counts only while somebody is being identified."""
        if self._stopped:
            return
        if self.visit.step is Step.START:
            self.visit = identifying.begun(self.visit, found, at_s)
        if self.visit.step in (Step.CARD, Step.PHONE, Step.ID_NUMBER):
            self.visit = touched(self.visit, at_s)
            self._identified(found)

    def found(self, found: Found) -> None:
        """The answer to ``House.find``, when it came later; nothing when nobody waits for it any more."""
        if self._looking:
            self._identified(found)

    def heard(self, said: str | None, *, at_s: float | None = None) -> None:
        """What a customer said after ``House.listen``; '' when nothing was understood, null when nobody can listen."""
        if self.visit.step is Step.LISTENING:
            self.visit = listening.over(self.visit, said, at_s=at_s)

    def voice_ended(self, *, at_s: float) -> None:
        """The voice that reads the screen has fallen silent: now the microphone hears the customer alone."""
        if listening.waits(self.visit):
            self.visit = replace(self.visit, asked_s=at_s)
            self._house.listen(self.visit.language, listening.allowed_s(self.visit))

    def _listen(self, visit: Visit, at_s: float) -> None:
        self._house.hush()
        self.visit = at(visit, Step.LISTENING)
        if Mode.SPOKEN not in visit.modes:
            self.voice_ended(at_s=at_s)

    @property
    def _looking(self) -> bool:
        return self.visit.asked_s is not None and self.visit.step in (Step.PHONE, Step.ID_NUMBER)

    def _first_step(self) -> Step:
        return Step.CARD if self._house.cards() or self._house.ways else Step.BUSINESS

    @property
    def _stopped(self) -> bool:
        """Whether nothing else is shown: a number must be seen, and who has begun before closing is told at the end."""
        step, stop = self.visit.step, self._house.health().stop
        if stop is Stop.NOTHING:
            return False
        return step is Step.START if stop is Stop.CLOSED else step not in (Step.TICKET, Step.SORRY)

    def _name(self, code: str) -> str:
        business = self._businesses.get(code)
        return business.shown(self.visit.language) if business else ""

    def _left_to_choose(self) -> list[str]:
        return [code for code in self._businesses if code not in self.visit.businesses]

    def _found(self) -> list[str]:
        visit, index = self.visit, self._indexes.get(self.visit.language)
        if index is None:
            return []
        most = entries.RESULTS + len(visit.businesses)
        found = index.heard(visit.said, most) if visit.said else index.find(visit.typed, most)
        return [code for code in found if code not in visit.businesses]

    def _identified(self, found: Found) -> None:
        self.visit = identifying.identified(self.visit, found)

    def _enter(self, at_s: float, *, insisted: bool = False) -> None:
        visit = self.visit
        if visit.step not in entries.LEAST or self._looking:
            return
        if len(visit.typed) < entries.LEAST[visit.step]:
            self.visit = replace(visit, fault=Fault.LENGTH)
            return
        way = Way.PHONE if visit.step is Step.PHONE else Way.ID_NUMBER
        found = self._house.find(way, visit.typed, insisted=insisted)
        if found is None:
            self.visit = replace(visit, asked_s=at_s, fault=None)
        else:
            self._identified(found)

    def _give_up_looking(self, at_s: float) -> None:
        if listening.voice_overdue(self.visit, at_s):
            self.voice_ended(at_s=at_s)
        elif listening.overdue(self.visit, at_s):
            self._house.hush()
            self.heard("")
        elif self._looking and at_s - (self.visit.asked_s or 0.0) >= LOOK_UP_S:
            self.visit = replace(self.visit, asked_s=None, fault=Fault.AWAY)

    def _check_in(self, code: str, local: datetime) -> None:
        visit = self.visit
        booking = next((each for each in visit.bookings if each.code == code), None)
        if visit.step is Step.BOOKINGS and booking is not None:
            businesses = (booking.business, *booking.further)
            self.visit = replace(visit, customer=booking.customer, businesses=businesses, booking=booking)
            self._take(local)

    def _choose(self, code: str, local: datetime) -> None:
        visit = self.visit
        if visit.step not in (Step.BUSINESS, Step.SEARCH):
            return  # a second touch of the same tile: there is a number already
        self.visit = replace(visit, businesses=(*visit.businesses, code))
        if self._house.confirms:
            self.visit = at(self.visit, Step.CONFIRM)
        else:
            self._take(local)

    def _take(self, local: datetime) -> None:
        stop = self._house.health().stop
        given = self._house.take(ordering.order(self.visit)) if stop is Stop.NOTHING else stop
        self.visit = ordering.outcome(self.visit, given, local.strftime("%H:%M"))

    def _more(self) -> None:
        visit = self.visit
        if visit.step is Step.CARD:
            count, most = len(self._house.cards()), screens.CARDS
        else:
            count, most = len(self._left_to_choose()), screens.tiles(visit.modes)
        self.visit = replace(visit, first=screens.next_first(visit.first, count=count, most=most))

    def _back(self, at_s: float) -> None:
        visit = self.visit
        if visit.step in BACK:
            step = BACK[visit.step]
            businesses = visit.businesses[:-1] if visit.step is Step.CONFIRM else visit.businesses
            visit = replace(visit, businesses=businesses)
            self.visit = at(unknown(visit) if step is Step.CARD else visit, step)
        elif visit.businesses and visit.step is Step.BUSINESS:
            self.visit = at(visit, Step.CONFIRM)
        elif visit.step is Step.BUSINESS and self._first_step() is Step.CARD:
            self.visit = at(unknown(visit), Step.CARD)
        else:
            self._forget(at_s)

    def _forget(self, at_s: float) -> None:
        self.visit = Visit(at_s=at_s)
        self._unwanted.clear()
        self._house.forget()
