"""What stands on a paper ticket, in order: lines, pairs and a code, without a printer in mind (spec K-03).

Pure: words and facts in, a frozen layout out; ``kiosk.printers`` draws it as dots or sends it as text. Texts run from
their language's start to its end (``Side.START`` is the right edge where ``rightwards`` is false).
"""

from dataclasses import dataclass
from datetime import datetime
from enum import Enum
from typing import Protocol


class Says(Protocol):
    """The words of one language."""

    def say(self, name: str, **values: str | int) -> str:
        """The text with its variables filled in."""
        ...


class Size(Enum):
    """How large a line is; what that means in dots is up to the printer."""

    SMALL = "small"
    BODY = "body"
    LARGE = "large"
    TITLE = "title"
    NUMBER = "number"


class Side(Enum):
    """Where a line stands."""

    START = "start"
    CENTRE = "centre"


@dataclass(frozen=True, slots=True)
class Line:
    """Words that may be broken into several lines, except at ``Size.NUMBER``, which shrinks to fit."""

    text: str
    size: Size = Size.BODY
    bold: bool = False
    side: Side = Side.CENTRE


@dataclass(frozen=True, slots=True)
class Pair:
    """A label at the start and its value at the end of a line."""

    label: str
    value: str


@dataclass(frozen=True, slots=True)
class Divider:
    """A thin line across."""


@dataclass(frozen=True, slots=True)
class Gap:
    """Empty paper, in tenths of a body line."""

    tenths: int


@dataclass(frozen=True, slots=True)
class Code:
    """A QR code with words beside it, or below it where the paper is narrow."""

    content: str
    title: str
    words: str


Block = Line | Pair | Divider | Gap | Code


@dataclass(frozen=True, slots=True)
class TicketLayout:
    """``large``: all in large letters, for a customer who asked for them. ``rightwards``: the script's direction."""

    blocks: tuple[Block, ...]
    language: str
    large: bool = False
    rightwards: bool = True


@dataclass(frozen=True, slots=True)
class Ticket:
    """The facts. Times are the branch's local ones; null is not known, and then not printed.

    ``wait_min``: waiting time from and to, in whole minutes. ``people_before``: waiting in front.
    ``page_url``: the ticket's page for a phone; holds no personal data. ``advice``: a line for anybody's eyes.
    """

    number: str
    business: str
    branch: str
    issued: datetime
    people_before: int | None = None
    wait_min: tuple[int, int] | None = None
    booked: datetime | None = None
    page_url: str | None = None
    advice: str | None = None
    large: bool = False


RIGHT_TO_LEFT = frozenset(("ar", "fa", "he", "ur"))


def lay_out(ticket: Ticket, says: Says, language: str) -> TicketLayout:
    """The ticket as blocks: the number first of all, then what it is for, the wait, the page, the advice."""
    blocks: list[Block] = [
        Line(ticket.branch, Size.BODY, bold=True),
        Gap(4),
        Divider(),
        Gap(6),
        Line(says.say("your-number"), Size.BODY),
        Line(ticket.number, Size.NUMBER, bold=True),
        Line(ticket.business, Size.TITLE, bold=True),
        Gap(7),
        Divider(),
        Gap(4),
        *_facts(ticket, says),
    ]
    if ticket.page_url is not None:
        blocks += [Gap(4), Divider(), Gap(5), Code(ticket.page_url, says.say("page-title"), says.say("page-words"))]
    if ticket.advice is not None:
        blocks += [Gap(4), Divider(), Gap(5), Line(ticket.advice, Size.BODY)]
    blocks += [Gap(5), Line(says.say("listen"), Size.SMALL)]
    return TicketLayout(tuple(blocks), language, ticket.large, language not in RIGHT_TO_LEFT)


def _facts(ticket: Ticket, says: Says) -> list[Block]:
    facts: list[Block] = []
    if ticket.booked is not None:
        facts.append(Pair(says.say("booked"), _clock(ticket.booked)))
    if ticket.people_before is not None:
        facts.append(Pair(says.say("before-you"), says.say("people", count=ticket.people_before)))
    if ticket.wait_min is not None:
        low, high = ticket.wait_min
        wait = says.say("minutes", count=high) if low == high else says.say("minutes-range", low=low, high=high)
        facts.append(Pair(says.say("wait"), wait))
    issued = ticket.issued
    date = says.say("date", year=issued.year, month=issued.month, day=issued.day)
    facts.append(Pair(says.say("issued"), f"{date} {_clock(issued)}"))
    return facts


def _clock(moment: datetime) -> str:
    return f"{moment.hour:02}:{moment.minute:02}"
