"""What a script may tell the agent to do: one JSON object a line, such as ``{"do":"claim","task":"…"}``."""

from enum import StrEnum
from typing import Annotated

import msgspec
from msgspec import Meta

from contracts.fields import Code, CustomerRef, Id, Language, LongText, Name, ShortText
from contracts.visits import Consent, Outcome, Stance


class _Command(msgspec.Struct, frozen=True, kw_only=True, tag_field="do", forbid_unknown_fields=True):
    """Base of the commands."""


class Bind(_Command, frozen=True, kw_only=True, tag="bind"):
    """Bind the device to a branch."""

    branch: Name


class Unbind(_Command, frozen=True, kw_only=True, tag="unbind"):
    """Leave the branch."""


class Claim(_Command, frozen=True, kw_only=True, tag="claim"):
    """Take a task; without ``task`` the first open one of the list."""

    task: Id | None = None


class Pass(_Command, frozen=True, kw_only=True, tag="pass"):
    """Pass a task on; without ``task`` the first open one of the list."""

    task: Id | None = None


class Talk(_Command, frozen=True, kw_only=True, tag="talk"):
    """Start the talk; without ``task`` of the first held one."""

    consent: Consent
    task: Id | None = None


class Say(_Command, frozen=True, kw_only=True, tag="say"):
    """Type a line of the running talk, in the advisor's language unless it says another."""

    text: Annotated[LongText, Meta(min_length=1)]
    language: Language | None = None


class Signal(_Command, frozen=True, kw_only=True, tag="signal"):
    """Tap what the customer thinks of a product, in the running talk."""

    product: Code
    stance: Stance


class Feedback(_Command, frozen=True, kw_only=True, tag="feedback"):
    """End the visit; without ``task`` that of the running talk, or else the first held one."""

    outcome: Outcome
    task: Id | None = None
    products: Annotated[tuple[Code, ...], Meta(max_length=20)] = ()
    preferences: Annotated[tuple[Code, ...], Meta(max_length=20)] = ()
    refused: Annotated[tuple[Code, ...], Meta(max_length=20)] = ()
    note: LongText = ""


class Target(_Command, frozen=True, kw_only=True, tag="name_target"):
    """Name a customer by hand."""

    customer: CustomerRef
    business: Code


class HandOver(_Command, frozen=True, kw_only=True, tag="hand_over"):
    """End the shift: leave the branch and forget the advisor's settings."""


class Notice(_Command, frozen=True, kw_only=True, tag="notice"):
    """Tap, as the customer who is lent the device, that the call was felt."""


class Wait(_Command, frozen=True, kw_only=True, tag="wait"):
    """Go on with the script only after an event of this name, since the last command or yet to come."""

    event: str


class Quit(_Command, frozen=True, kw_only=True, tag="quit"):
    """Stop cleanly."""


class Way(StrEnum):
    """Where a finger goes."""

    LEFT = "left"
    RIGHT = "right"
    UP = "up"
    DOWN = "down"


class Touch(_Command, frozen=True, kw_only=True, tag="touch"):
    """A finger on the thing of this name in the window, as the presenters name it."""

    name: ShortText


class Swipe(_Command, frozen=True, kw_only=True, tag="swipe"):
    """A finger across the window."""

    to: Way


AdvisorCommand = Bind | Unbind | Claim | Pass | Talk | Say | Signal | Feedback | Target | HandOver
FingerCommand = Touch | Swipe
Command = AdvisorCommand | FingerCommand | Notice | Wait | Quit

_decoder: msgspec.json.Decoder[Command] = msgspec.json.Decoder(Command)


def parse(line: bytes) -> Command | str:
    """The command, or what is wrong with the line."""
    try:
        return _decoder.decode(line)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        return f"{error}; a command is one JSON object a line with 'do'"[:500]
