"""The pages' values: a choice, something to type, a confirmation, or a ticket; every page is one decision."""

from dataclasses import dataclass, field
from enum import StrEnum

from contracts.fields import Language
from kiosk.presenters.house import Way


@dataclass(frozen=True, slots=True)
class PickLanguage:
    """Go on in this language."""

    language: Language


@dataclass(frozen=True, slots=True)
class PickCard:
    """This customer's card was read."""

    customer: str = field(repr=False)


@dataclass(frozen=True, slots=True)
class PickWay:
    """Say who one is in this way."""

    way: Way


@dataclass(frozen=True, slots=True)
class NoCard:
    """Go on without a card."""


@dataclass(frozen=True, slots=True)
class PickBooking:
    """Check in to the booking of this code."""

    code: str


@dataclass(frozen=True, slots=True)
class PickBusiness:
    """This is what the customer came for."""

    code: str


@dataclass(frozen=True, slots=True)
class Search:
    """Find a business by a few letters."""


@dataclass(frozen=True, slots=True)
class Listen:
    """Find a business by saying it."""


@dataclass(frozen=True, slots=True)
class Enough:
    """All is said."""


@dataclass(frozen=True, slots=True)
class Type:
    """One more character."""

    character: str = field(repr=False)


@dataclass(frozen=True, slots=True)
class Erase:
    """Take the last character away."""


@dataclass(frozen=True, slots=True)
class Enter:
    """What was typed is complete."""


@dataclass(frozen=True, slots=True)
class Insist:
    """What was typed is right, though a digit seems wrong."""


@dataclass(frozen=True, slots=True)
class AddService:
    """Choose one more business for the same visit."""


@dataclass(frozen=True, slots=True)
class Confirm:
    """Take the number."""


@dataclass(frozen=True, slots=True)
class ShowMore:
    """The next choices; after the last ones the first again."""


@dataclass(frozen=True, slots=True)
class Toggle:
    """Switch one way of showing on or off."""

    mode: "Mode"


@dataclass(frozen=True, slots=True)
class GoBack:
    """The page before."""


@dataclass(frozen=True, slots=True)
class StartOver:
    """Forget this customer and begin again."""


@dataclass(frozen=True, slots=True)
class GoOn:
    """The customer is still there."""


Tap = (
    PickLanguage
    | PickCard
    | PickWay
    | NoCard
    | PickBooking
    | PickBusiness
    | Search
    | Listen
    | Enough
    | Type
    | Erase
    | Enter
    | Insist
    | AddService
    | Confirm
    | ShowMore
    | Toggle
    | GoBack
    | StartOver
    | GoOn
)


class Mode(StrEnum):
    """A way of showing that the customer may switch on (K-02)."""

    CONTRAST = "contrast"
    LARGE = "large"
    REACH = "reach"
    SPOKEN = "spoken"


Modes = frozenset[Mode]
PLAIN: Modes = frozenset()


class Tone(StrEnum):
    """How a thing stands out."""

    CALM = "calm"
    ACCENT = "accent"
    WARN = "warn"


class Sign(StrEnum):
    """What is drawn beside a choice or a text."""

    ARROW = "arrow"
    BACK = "back"
    CARD = "card"
    CHECK = "check"
    CLOCK = "clock"
    CONTRAST = "contrast"
    ERASE = "erase"
    HOME = "home"
    ID = "id"
    LARGE = "large"
    MICROPHONE = "microphone"
    MORE = "more"
    NONE = "none"
    OFFLINE = "offline"
    PHONE = "phone"
    PLUS = "plus"
    PRINTER = "printer"
    REACH = "reach"
    SEARCH = "search"
    SPOKEN = "spoken"
    WARNING = "warning"


@dataclass(frozen=True, slots=True)
class Choice:
    """Something to touch; ``detail`` is a second, smaller line. ``spoken`` is said in place of the label where that is
    a sign only. ``on`` is null for what can't be switched."""

    name: str
    label: str
    tap: Tap
    detail: str = ""
    sign: Sign = Sign.NONE
    tone: Tone = Tone.CALM
    spoken: str = ""
    on: bool | None = None
    language: Language | None = None


@dataclass(frozen=True, slots=True)
class Head:
    """The line at the top of every page; ``notice`` says what the customer should know, such as that it is offline."""

    place: str
    clock: str
    notice: str
    sign: Sign = Sign.OFFLINE


class Hint(StrEnum):
    """A picture of what to do with one's hands."""

    NONE = "none"
    CARD = "card"
    CODE = "code"
    BOTH = "both"


@dataclass(frozen=True, slots=True)
class Around:
    """What every page has beside its own matter. ``language`` is null where all are shown at once; ``focus`` is the
    name of what the keys of the headphone panel are at, '' where that isn't in use."""

    bar: tuple[Choice, ...] = ()
    modes: Modes = PLAIN
    language: Language | None = None
    focus: str = ""


@dataclass(frozen=True, slots=True)
class ChoicePage:
    """A question and its answers. ``step`` of ``STEPS`` is 0 where none is shown; ``left_s`` counts down to the start,
    null while nothing does."""

    name: str
    head: Head
    title: str
    words: str
    choices: tuple[Choice, ...]
    columns: int = 1
    step: int = 0
    aside: Choice | None = None
    back: Choice | None = None
    over: Choice | None = None
    tone: Tone = Tone.CALM
    left_s: int | None = None
    left: str = ""
    hint: Hint = Hint.NONE
    hint_words: str = ""
    picks: "Picks | None" = None
    tools: tuple[Choice, ...] = ()
    whole_s: float = 0.0
    around: Around = Around()


@dataclass(frozen=True, slots=True)
class EntryPage:
    """Something to type: ``shown`` is what stands in the field (masked where it must be), ``message`` what is wrong or
    going on, ``keys`` the keys row by row, ``choices`` what fits so far."""

    name: str
    head: Head
    title: str
    words: str
    shown: str
    keys: tuple[tuple[Choice, ...], ...]
    message: str = ""
    tone: Tone = Tone.CALM
    spoken_shown: str = ""
    choices: tuple[Choice, ...] = ()
    enter: Choice | None = None
    listen: Choice | None = None
    step: int = 0
    back: Choice | None = None
    over: Choice | None = None
    left_s: int | None = None
    left: str = ""
    around: Around = Around()


@dataclass(frozen=True, slots=True)
class Wait:
    """How long it will probably take, and what should be known of it; texts are ready to be shown."""

    label: str
    range: str
    warning: str = ""


@dataclass(frozen=True, slots=True)
class Picks:
    """What one might ask about: titles of products that anybody may read (K-12)."""

    title: str
    titles: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class ConfirmPage:
    """What was chosen, once more, before the number is taken."""

    name: str
    head: Head
    title: str
    words: str
    services: tuple[str, ...]
    wait: Wait | None
    take: Choice
    add: Choice | None = None
    step: int = 0
    back: Choice | None = None
    over: Choice | None = None
    left_s: int | None = None
    left: str = ""
    around: Around = Around()


@dataclass(frozen=True, slots=True)
class TicketPage:
    """The number, what happens next, and when the screen goes back to the start. ``link`` is for the QR code, ''
    without one; ``paper`` says whether the ticket was printed, '' without a printer."""

    name: str
    head: Head
    label: str
    number: str
    business: str
    issued: str
    title: str
    words: str
    tone: Tone
    done: Choice
    left_s: int
    left: str
    wait: Wait | None = None
    link: str = ""
    link_words: str = ""
    paper: str = ""
    paper_tone: Tone = Tone.CALM
    picks: Picks | None = None
    whole_s: float = 0.0
    around: Around = Around()


@dataclass(frozen=True, slots=True)
class ListenPage:
    """Somebody speaks: ``said`` are the words so far, ``example`` stands there before the first. ``level`` of ``of`` is
    how loud it is; without ``enough`` it listens no more, and what was said is being understood."""

    name: str
    head: Head
    title: str
    words: str
    said: str
    example: str
    level: int
    of: int
    enough: Choice | None
    step: int = 0
    back: Choice | None = None
    over: Choice | None = None
    left_s: int | None = None
    left: str = ""
    around: Around = Around()


Page = ChoicePage | EntryPage | ConfirmPage | TicketPage | ListenPage

STEPS = 3
"""Language, card, business."""
