"""The pages' values: a choice, or a ticket; every page is one decision."""

from dataclasses import dataclass
from enum import StrEnum

from contracts.fields import Language


@dataclass(frozen=True, slots=True)
class PickLanguage:
    """Go on in this language."""

    language: Language


@dataclass(frozen=True, slots=True)
class PickCard:
    """This customer's card was read."""

    customer: str


@dataclass(frozen=True, slots=True)
class NoCard:
    """Go on without a card."""


@dataclass(frozen=True, slots=True)
class PickBusiness:
    """Take a number for this."""

    code: str


@dataclass(frozen=True, slots=True)
class ShowMore:
    """The next choices; after the last ones the first again."""


@dataclass(frozen=True, slots=True)
class GoBack:
    """The page before."""


@dataclass(frozen=True, slots=True)
class StartOver:
    """Forget this customer and begin again."""


@dataclass(frozen=True, slots=True)
class GoOn:
    """The customer is still there."""


Tap = PickLanguage | PickCard | NoCard | PickBusiness | ShowMore | GoBack | StartOver | GoOn


class Tone(StrEnum):
    """How a thing stands out."""

    CALM = "calm"
    ACCENT = "accent"
    WARN = "warn"


class Sign(StrEnum):
    """What is drawn beside a choice."""

    ARROW = "arrow"
    CARD = "card"
    MORE = "more"
    NONE = "none"


@dataclass(frozen=True, slots=True)
class Choice:
    """Something large to touch; ``detail`` is a second, smaller line."""

    name: str
    label: str
    tap: Tap
    detail: str = ""
    sign: Sign = Sign.NONE
    tone: Tone = Tone.CALM


@dataclass(frozen=True, slots=True)
class Head:
    """The line at the top of every page; ``notice`` says what the customer should know, such as that it is offline."""

    place: str
    clock: str
    notice: str


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


@dataclass(frozen=True, slots=True)
class TicketPage:
    """The number, what happens next, and when the screen goes back to the start."""

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


Page = ChoicePage | TicketPage

STEPS = 3
"""Language, card, business."""
