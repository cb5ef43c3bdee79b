"""The tour as data: what is told, who touches what, and what must have happened before it goes on. Pure.

``{first}``, ``{second}``, ``{third}`` are the plan's products, ``{task}`` and ``{number}`` the visit, ``{ms}`` how long
the slowest wrist took, ``{score}`` the match score in percent, ``{visits}`` from how many visits the model has learned.
"""

from dataclasses import dataclass
from typing import Literal

from firmware_sim.fleet.branch import KIOSK

ANN, BO, CHAN = "watch-ann", "watch-bo", "band-chan"


@dataclass(frozen=True, slots=True)
class Touch:
    """A finger on what has this name; then time to see what it did."""

    device: str
    name: str
    hold_s: float = 1.3


@dataclass(frozen=True, slots=True)
class Swipe:
    """A finger across the glass."""

    device: str
    to: Literal["left", "right", "up", "down"]
    hold_s: float = 1.6


@dataclass(frozen=True, slots=True)
class Await:
    """Go on when this device has said this event since the scene began; ``mine``: a claim of its own advisor or not."""

    device: str
    event: str
    mine: bool | None = None


@dataclass(frozen=True, slots=True)
class Hold:
    """Time to look."""

    seconds: float


@dataclass(frozen=True, slots=True)
class HubAway:
    """The hub and its broker stop."""


@dataclass(frozen=True, slots=True)
class HubBack:
    """The hub starts again on what it has stored."""


@dataclass(frozen=True, slots=True)
class AskModel:
    """Ask the hub from how many visits its model has learned."""


Act = Touch | Swipe | Await | Hold | HubAway | HubBack | AskModel


@dataclass(frozen=True, slots=True)
class Scene:
    """One caption, and what happens under it. ``ahead``: what must have come, in the scene before at the earliest,
    for the caption to be written."""

    title: str
    text: str
    acts: tuple[Act, ...]
    ahead: tuple[Act, ...] = ()


BUSINESS = "savings"
"""The business the customer of the tour comes for."""

TOUR: tuple[Scene, ...] = (
    Scene(
        "A customer takes a number",
        "Language, card, business: three touches at the kiosk.",
        (
            Hold(1.5),
            Touch(KIOSK, "en"),
            Touch(KIOSK, "card 2"),
            Touch(KIOSK, BUSINESS, hold_s=0.0),
            Await(KIOSK, "ticket"),
        ),
    ),
    Scene(
        "A blink later, every wrist knows",
        "{number}: all three buzz within {ms} ms: who came, what for, what they may want.",
        (Hold(4.0),),
        ahead=(Await(ANN, "alert"), Await(BO, "alert"), Await(CHAN, "alert")),
    ),
    Scene(
        "Ann takes it",
        "The others see at once that it is taken.",
        (
            Touch(ANN, "take", hold_s=0.0),
            Await(ANN, "claimed", mine=True),
            Await(BO, "claimed", mine=False),
            Await(CHAN, "claimed", mine=False),
            Hold(3.0),
        ),
    ),
    Scene(
        "Three products, with reasons",
        "How likely each is, and what in the customer's own dealings says so.",
        (Hold(1.5), Touch(ANN, "bar 0", hold_s=3.0), Touch(ANN, "back", hold_s=0.8)),
    ),
    Scene(
        "A swipe further: the customer",
        "As much as Ann's role may see; blanked after 15 seconds and when the wrist drops.",
        (Swipe(ANN, "left", hold_s=3.0), Swipe(ANN, "right", hold_s=0.8)),
    ),
    Scene(
        "The talk asks for consent first",
        "Without it nothing is recorded; taps and typed words work as well.",
        (Touch(ANN, "start", hold_s=2.5), Touch(ANN, "grant", hold_s=2.0)),
    ),
    Scene(
        "“No, thank you”: one tap",
        "The refused product goes down at once; the others move up.",
        (Touch(ANN, "refusal {first}", hold_s=4.0),),
    ),
    Scene(
        "Four taps of feedback",
        "How it ended, what was taken, what was heard, send.",
        (
            Touch(ANN, "end"),
            Touch(ANN, "success"),
            Touch(ANN, "{second}"),
            Touch(ANN, "next"),
            Touch(ANN, "send", hold_s=0.0),
            Await(ANN, "done"),
        ),
    ),
    Scene(
        "The model learns",
        "Match score {score} %: with this visit it has learned from {visits}.",
        (Hold(4.0),),
        ahead=(AskModel(),),
    ),
    Scene(
        "The hub goes away, the branch goes on",
        "Kiosk and wrists say that they are alone; a number is still a number.",
        (
            Hold(1.5),
            HubAway(),
            Await(KIOSK, "offline"),
            Await(ANN, "offline"),
            Touch(KIOSK, "ko"),
            Touch(KIOSK, "no card"),
            Touch(KIOSK, BUSINESS, hold_s=0.0),
            Await(KIOSK, "ticket"),
            Hold(3.0),
        ),
    ),
    Scene(
        "And back: nothing lost, nothing twice",
        "The number arrives by itself, and the wrists buzz.",
        (Hold(1.5), HubBack(), Await(BO, "alert"), Await(CHAN, "alert"), Hold(4.0)),
    ),
)
