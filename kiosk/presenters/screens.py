"""From one customer's visit to the page that the screen shows."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import datetime

from contracts.fields import Language
from kiosk.presenters.pages import (
    Choice,
    ChoicePage,
    GoBack,
    GoOn,
    Head,
    NoCard,
    PickBusiness,
    PickCard,
    PickLanguage,
    ShowMore,
    Sign,
    StartOver,
    Tap,
    TicketPage,
    Tone,
)
from kiosk.presenters.visit import Visit
from kiosk.presenters.wording import Wording

TILES = 8
"""Businesses on one page (K-02)."""

CARDS = 4
"""Cards on one page."""

NONE_LEFT = "none-left"
REFUSED = "refused"
BROKEN = "broken"


def head(place: str, local: datetime, texts: Wording, *, online: bool) -> Head:
    """Where this is, the time, and whether the kiosk is alone."""
    return Head(place=place, clock=local.strftime("%H:%M"), notice="" if online else texts.say("offline"))


def start(head: Head, wordings: Mapping[Language, Wording]) -> ChoicePage:
    """Welcome, and the language; each language speaks for itself."""
    if head.notice:
        head = replace(head, notice=" · ".join(wordings[language].say("offline") for language in Language))
    return ChoicePage(
        name="start",
        head=head,
        title="\n".join(wordings[language].say("welcome") for language in Language),
        words="",
        choices=tuple(
            Choice(
                name=language.value,
                label=wordings[language].say("language"),
                detail=wordings[language].say("take-number"),
                tap=PickLanguage(language),
                sign=Sign.ARROW,
            )
            for language in Language
        ),
    )


def card(head: Head, texts: Wording, cards: Sequence[tuple[str, str]], *, first: int) -> ChoicePage:
    """Whose card it is, or none."""
    choices = [
        Choice(name=f"card {place}", label=name, tap=PickCard(customer), sign=Sign.CARD)
        for place, (customer, name) in enumerate(_shown(cards, first, CARDS))
    ]
    return ChoicePage(
        name="card",
        head=head,
        title=texts.say("card-title"),
        words=texts.say("card-words"),
        choices=(*choices, *_more(texts, len(cards), CARDS)),
        step=2,
        aside=Choice(name="no card", label=texts.say("no-card"), tap=NoCard(), sign=Sign.ARROW),
        back=_button(texts, "back", GoBack()),
    )


def business(head: Head, texts: Wording, named: Sequence[tuple[str, str]], *, first: int) -> ChoicePage:
    """What the customer came for; choosing takes the number."""
    choices = [
        Choice(name=code, label=name, tap=PickBusiness(code), tone=Tone.CALM)
        for code, name in _shown(named, first, TILES)
    ]
    return ChoicePage(
        name="business",
        head=head,
        title=texts.say("business-title"),
        words=texts.say("business-words"),
        choices=(*choices, *_more(texts, len(named), TILES)),
        columns=1 if len(named) <= 4 else 2,
        step=3,
        back=_button(texts, "back", GoBack()),
        over=_button(texts, "over", StartOver()),
    )


def ticket(
    head: Head, texts: Wording, visit: Visit, *, business: str, online: bool, unwanted: bool, left: int
) -> TicketPage:
    """The number; offline it counts as well; one that the hub refused is to be shown at the counter."""
    if unwanted:
        title, words, tone = texts.say("unwanted-title"), texts.say("unwanted-words"), Tone.WARN
    elif not online:
        title, words, tone = texts.say("seat-title"), texts.say("seat-offline"), Tone.CALM
    else:
        title, words, tone = texts.say("seat-title"), texts.say("seat-words"), Tone.ACCENT
    return TicketPage(
        name="ticket",
        head=head,
        label=texts.say("ticket-label"),
        number=visit.number or "",
        business=business,
        issued=visit.issued,
        title=title,
        words=words,
        tone=tone,
        done=Choice(name="done", label=texts.say("done"), tap=StartOver(), tone=Tone.ACCENT),
        left_s=left,
        left=texts.say("back-in", seconds=left),
    )


def sorry(head: Head, texts: Wording, why: str, left: int) -> ChoicePage:
    """No number, and where to go instead."""
    return ChoicePage(
        name=f"sorry {why}",
        head=head,
        title=texts.say(f"sorry-{why}"),
        words=texts.say("sorry-words"),
        choices=(Choice(name="done", label=texts.say("done"), tap=StartOver(), tone=Tone.ACCENT),),
        tone=Tone.WARN,
        left_s=left,
        left=texts.say("back-in", seconds=left),
    )


def still_there(head: Head, texts: Wording, left: int) -> ChoicePage:
    """Asks before it clears the screen."""
    return ChoicePage(
        name="still there",
        head=head,
        title=texts.say("still-title"),
        words=texts.say("still-words"),
        choices=(
            Choice(name="go on", label=texts.say("still-yes"), tap=GoOn(), tone=Tone.ACCENT),
            Choice(name="over", label=texts.say("over"), tap=StartOver()),
        ),
        left_s=left,
        left=texts.say("back-in", seconds=left),
    )


def next_first(first: int, *, count: int, most: int) -> int:
    """The first choice of the next page; of the first page after the last one."""
    fitting = most - 1
    return first + fitting if first + fitting < count else 0


def _shown(all_of: Sequence[tuple[str, str]], first: int, most: int) -> Sequence[tuple[str, str]]:
    return all_of if len(all_of) <= most else all_of[first : first + most - 1]


def _more(texts: Wording, count: int, most: int) -> tuple[Choice, ...]:
    return (Choice(name="more", label=texts.say("more"), tap=ShowMore(), sign=Sign.MORE),) if count > most else ()


def _button(texts: Wording, name: str, tap: Tap) -> Choice:
    return Choice(name=name, label=texts.say(name), tap=tap)
