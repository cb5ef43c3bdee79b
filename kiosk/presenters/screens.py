"""From one customer's visit to the page that the screen shows."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import datetime

from contracts.fields import Language
from kiosk.core.checking_in import Timing
from kiosk.presenters.check_in import next_words
from kiosk.presenters.house import Booking, Estimate, Fault, Health, Paper, Pick, Printer, Slip, Stop, Way
from kiosk.presenters.pages import (
    AddService,
    Choice,
    ChoicePage,
    Confirm,
    ConfirmPage,
    GoBack,
    GoOn,
    Head,
    Hint,
    Mode,
    Modes,
    NoCard,
    PickBooking,
    PickBusiness,
    PickCard,
    PickLanguage,
    Picks,
    PickWay,
    Search,
    ShowMore,
    Sign,
    StartOver,
    Tap,
    TicketPage,
    Toggle,
    Tone,
    Wait,
)
from kiosk.presenters.visit import Visit, whole_s
from kiosk.presenters.wording import Wording

TILES, TILES_LARGE = 8, 6
"""Businesses on one page (K-02), and in large text."""

CARDS = 4
"""Cards on one page."""

SHORT_WAIT_MIN = 5
"""Up to this a wait is said to be short, without a lower end."""

PICK_S = 8
"""So long one pick stays on the idle screen."""

MOST_PICKS = 3

SHORT_NOTICE = 30
"""Notices of so many characters stand in one line, in all languages."""

NONE_LEFT = "none-left"
REFUSED = "refused"
BROKEN = "broken"
CLOSED = "closed"


def head(place: str, local: datetime, texts: Wording, health: Health, *, online: bool) -> Head:
    """Where this is, the time, and the one thing that the customer should know of the kiosk."""
    notice, sign = "", Sign.OFFLINE
    if not online:
        notice = texts.say("offline")
    elif health.closes_in_min is not None:
        notice, sign = texts.say("closing-in", minutes=health.closes_in_min), Sign.CLOCK
    elif health.printer in (Printer.PAPER_OUT, Printer.DEAD):
        notice, sign = texts.say(f"printer-{health.printer}"), Sign.PRINTER
    return Head(place=place, clock=local.strftime("%H:%M"), notice=notice, sign=sign)


def head_of_all(
    place: str, local: datetime, wordings: Mapping[Language, Wording], health: Health, *, online: bool
) -> Head:
    """As :func:`head`, in all languages, as nobody has chosen one yet."""
    heads = [head(place, local, wordings[language], health, online=online) for language in Language]
    notices = [each.notice for each in heads if each.notice]
    joint = " · " if sum(map(len, notices)) <= SHORT_NOTICE else "\n"
    return replace(heads[0], notice=joint.join(notices))


def bar(texts: Wording, modes: Modes, *, speaks: bool, reaches: bool) -> tuple[Choice, ...]:
    """What makes the screen easier to read, reach or hear: on every page."""
    offered = [Mode.CONTRAST, Mode.LARGE]
    offered += [Mode.REACH] if reaches else []
    offered += [Mode.SPOKEN] if speaks else []
    return tuple(
        Choice(
            name=f"mode {mode}", label=texts.say(f"mode-{mode}"), tap=Toggle(mode), sign=Sign(mode), on=mode in modes
        )
        for mode in offered
    )


def start(
    head: Head, wordings: Mapping[Language, Wording], picks: Sequence[Pick], at_s: float, *, read: bool = False
) -> ChoicePage:
    """Welcome, and the language; each language speaks for itself. One pick at a time, in all of them. ``read``: who
    held something to the reader is asked for the language only."""
    return ChoicePage(
        name="start read" if read else "start",
        head=head,
        title="\n".join(wordings[language].say("language-first" if read else "welcome") for language in Language),
        words="",
        choices=tuple(
            Choice(
                name=language.value,
                label=wordings[language].say("language"),
                detail=wordings[language].say("take-number"),
                tap=PickLanguage(language),
                sign=Sign.ARROW,
                language=language,
            )
            for language in Language
        ),
        picks=_idle_picks(wordings, picks, at_s),
    )


def _idle_picks(wordings: Mapping[Language, Wording], picks: Sequence[Pick], at_s: float) -> Picks | None:
    if not picks:
        return None
    shown = picks[int(at_s // PICK_S) % len(picks)]
    return Picks(
        title=" · ".join(wordings[language].say("picks-idle") for language in Language),
        titles=tuple(dict.fromkeys(shown.names.of(language) for language in Language)),
    )


def stopped(head: Head, wordings: Mapping[Language, Wording], stop: Stop, opens: str, notice: str = "") -> ChoicePage:
    """No numbers just now, said in all languages: out of order (also from afar, with the branch's own ``notice``), no
    room on the disk, or closed."""
    kind = "closed" if stop is Stop.CLOSED else "out"
    lines = [wordings[language].say(f"{kind}-words") for language in Language]
    if stop is Stop.CLOSED and opens:
        lines = [wordings[language].say("opens-at", time=opens) for language in Language]
    if stop is Stop.OUT_OF_ORDER and notice:
        lines = [notice]
    return ChoicePage(
        name=f"stopped {stop}",
        head=replace(head, notice=""),
        title="\n".join(wordings[language].say(f"{kind}-title") for language in Language),
        words="\n".join(lines),
        choices=(),
        tone=Tone.CALM if stop is Stop.CLOSED else Tone.WARN,
    )


def card(
    head: Head,
    texts: Wording,
    cards: Sequence[tuple[str, str]],
    ways: frozenset[Way],
    *,
    first: int,
    reader_dead: bool,
    fault: Fault | None = None,
) -> ChoicePage:
    """Who this is: by card, by the code or the phone number of a booking, by ID number, or not at all. ``fault``: what
    is wrong with what was just held to the reader."""
    hint = _hint(ways, reader_dead=reader_dead)
    in_hand = [
        Choice(name=f"card {place}", label=name, tap=PickCard(customer), sign=Sign.CARD)
        for place, (customer, name) in enumerate(_shown(cards, first, CARDS))
    ]
    typed = [
        Choice(
            name=str(way),
            label=texts.say(f"way-{way}"),
            detail=texts.say(f"way-{way}-detail"),
            tap=PickWay(way),
            sign=sign,
        )
        for way, sign in ((Way.PHONE, Sign.PHONE), (Way.ID_NUMBER, Sign.ID))
        if way in ways
    ]
    dead = reader_dead and Way.CARD in ways
    title = "card-title" if cards and not ways else "who-title"
    words = "card-words" if cards and not ways else "reader-dead" if dead else "who-words"
    return ChoicePage(
        name="card",
        head=head,
        title=texts.say(title if fault is None else f"fault-{fault}"),
        words=texts.say(words if fault is None else title),
        tone=Tone.CALM if fault is None else Tone.WARN,
        choices=(*in_hand, *_more(texts, len(cards), CARDS), *typed),
        step=2,
        aside=Choice(name="no card", label=texts.say("no-card"), tap=NoCard(), sign=Sign.ARROW),
        back=_button(texts, "back", GoBack(), Sign.BACK),
        hint=hint,
        hint_words="" if hint is Hint.NONE else texts.say(f"hold-{hint}"),
    )


def _hint(ways: frozenset[Way], *, reader_dead: bool) -> Hint:
    by_card, by_code = Way.CARD in ways and not reader_dead, Way.CODE in ways
    if by_card and by_code:
        return Hint.BOTH
    return Hint.CARD if by_card else Hint.CODE if by_code else Hint.NONE


def bookings(head: Head, texts: Wording, found: Sequence[tuple[Booking, str]]) -> ChoicePage:
    """The bookings of today: one touch checks in; ``found`` with the names of their businesses."""

    def label(booking: Booking) -> str:
        if booking.who:
            return texts.say_once("booking-with", time=booking.at, who=booking.who)
        return texts.say_once("booking-at", time=booking.at)

    return ChoicePage(
        name="bookings",
        head=head,
        title=texts.say("bookings-title"),
        words=texts.say("bookings-words"),
        choices=tuple(
            Choice(
                name=f"booking {place}",
                label=label(booking),
                detail=name,
                tap=PickBooking(booking.code),
                sign=Sign.CLOCK,
                tone=Tone.ACCENT,
            )
            for place, (booking, name) in enumerate(found[:CARDS])
        ),
        step=3,
        aside=Choice(name="something else", label=texts.say("something-else"), tap=NoCard(), sign=Sign.ARROW),
        back=_button(texts, "back", GoBack(), Sign.BACK),
        over=_button(texts, "over", StartOver(), Sign.HOME),
    )


def business(
    head: Head, texts: Wording, named: Sequence[tuple[str, str]], visit: Visit, *, searches: bool, confirms: bool
) -> ChoicePage:
    """What the customer came for."""
    most = tiles(visit.modes)
    choices = [Choice(name=code, label=name, tap=PickBusiness(code)) for code, name in _shown(named, visit.first, most)]
    find = Choice(name="search", label=texts.say("search"), tap=Search(), sign=Sign.SEARCH)
    return ChoicePage(
        name="business",
        head=head,
        title=texts.say("further-title" if visit.businesses else "business-title"),
        words=texts.say("business-words-confirmed" if confirms else "business-words"),
        choices=(*choices, *_more(texts, len(named), most)),
        columns=1 if len(named) <= 4 else 2,
        step=3,
        back=_button(texts, "back", GoBack(), Sign.BACK),
        over=_button(texts, "over", StartOver(), Sign.HOME),
        tools=(find,) if searches else (),
    )


def tiles(modes: Modes) -> int:
    """How many businesses one page shows."""
    return TILES_LARGE if Mode.LARGE in modes else TILES


def confirm(
    head: Head, texts: Wording, services: Sequence[str], wait: Wait | None, *, masked: str, more: bool
) -> ConfirmPage:
    """What was chosen and how long it takes, before the number is taken."""
    return ConfirmPage(
        name="confirm",
        head=head,
        title=texts.say("confirm-title"),
        words=texts.say_once("confirm-known", masked=masked) if masked else texts.say("confirm-words"),
        services=tuple(services),
        wait=wait,
        take=Choice(name="take", label=texts.say("confirm-take"), tap=Confirm(), tone=Tone.ACCENT, sign=Sign.CHECK),
        add=Choice(name="add", label=texts.say("confirm-add"), tap=AddService(), sign=Sign.PLUS) if more else None,
        step=3,
        back=_button(texts, "back", GoBack(), Sign.BACK),
        over=_button(texts, "over", StartOver(), Sign.HOME),
    )


def wait(texts: Wording, estimate: Estimate | None, closes_in_min: int | None) -> Wait | None:
    """The estimate with its range, in words; null when there is none (K-03)."""
    if estimate is None:
        return None
    low, high = sorted((max(0, estimate.low_min), max(1, estimate.high_min)))
    if high <= SHORT_WAIT_MIN:
        said = texts.say("wait-short", high=high)
    else:
        said = texts.say("wait-about", high=high) if low == high else texts.say("wait-range", low=low, high=high)
    late = closes_in_min is not None and high > closes_in_min
    warning = texts.say("wait-closing", minutes=closes_in_min) if late and closes_in_min is not None else ""
    return Wait(label=texts.say("wait-label"), range=said, warning=warning)


def ticket(
    head: Head,
    texts: Wording,
    visit: Visit,
    *,
    business: str,
    online: bool,
    unwanted: bool,
    left: int,
    wait: Wait | None = None,
    slip: Slip | None = None,
    picks: Sequence[Pick] = (),
) -> TicketPage:
    """The number; offline it counts as well; one that the hub refused is to be shown at the counter."""
    slip = slip or Slip()
    if unwanted:
        title, words, tone = texts.say("unwanted-title"), texts.say("unwanted-words"), Tone.WARN
    elif visit.booking is not None:
        title, words, tone = texts.say("checked-in-title"), next_words(texts, visit.booking, online=online), Tone.ACCENT
    elif not online:
        title, words, tone = texts.say("seat-title"), texts.say("seat-offline"), Tone.CALM
    else:
        title, words, tone = texts.say("seat-title"), texts.say("seat-words"), Tone.ACCENT
    said = tuple(pick.names.of(visit.language) for pick in picks[:MOST_PICKS])
    early = visit.booking is not None and visit.booking.timing is Timing.EARLY
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
        done=Choice(name="done", label=texts.say("done"), tap=StartOver(), tone=Tone.ACCENT, sign=Sign.CHECK),
        left_s=left,
        left=texts.say("back-in", seconds=left),
        wait=None if unwanted or early else wait,
        link="" if unwanted else slip.link,
        link_words=texts.say("follow") if slip.link and not unwanted else "",
        paper="" if slip.paper is Paper.NONE else texts.say(f"paper-{slip.paper}"),
        paper_tone=Tone.WARN if slip.paper in {Paper.NOT_PRINTED, Paper.PERHAPS} else Tone.CALM,
        picks=Picks(title=texts.say("picks-title"), titles=said) if said and not unwanted else None,
        whole_s=whole_s(visit),
    )


def sorry(head: Head, texts: Wording, visit: Visit, left: int) -> ChoicePage:
    """No number, and where to go instead."""
    return ChoicePage(
        name=f"sorry {visit.why}",
        head=head,
        title=texts.say(f"sorry-{visit.why}"),
        words=texts.say("sorry-words"),
        choices=(Choice(name="done", label=texts.say("done"), tap=StartOver(), tone=Tone.ACCENT, sign=Sign.CHECK),),
        tone=Tone.WARN,
        left_s=left,
        left=texts.say("back-in", seconds=left),
        whole_s=whole_s(visit),
    )


def still_there(head: Head, texts: Wording, visit: Visit, left: int) -> ChoicePage:
    """Asks before it clears the screen."""
    return ChoicePage(
        name="still there",
        head=head,
        title=texts.say("still-title"),
        words=texts.say("still-words"),
        choices=(
            Choice(name="go on", label=texts.say("still-yes"), tap=GoOn(), tone=Tone.ACCENT, sign=Sign.CHECK),
            Choice(name="over", label=texts.say("over"), tap=StartOver(), sign=Sign.HOME),
        ),
        left_s=left,
        left=texts.say("back-in", seconds=left),
        whole_s=whole_s(visit),
    )


def next_first(first: int, *, count: int, most: int) -> int:
    """The first choice of the next page; of the first page after the last one."""
    fitting = most - 1
    return first + fitting if first + fitting < count else 0


def _shown(all_of: Sequence[tuple[str, str]], first: int, most: int) -> Sequence[tuple[str, str]]:
    return all_of if len(all_of) <= most else all_of[first : first + most - 1]


def _more(texts: Wording, count: int, most: int) -> tuple[Choice, ...]:
    return (Choice(name="more", label=texts.say("more"), tap=ShowMore(), sign=Sign.MORE),) if count > most else ()


def _button(texts: Wording, name: str, tap: Tap, sign: Sign) -> Choice:
    return Choice(name=name, label=texts.say(name), tap=tap, sign=sign)
