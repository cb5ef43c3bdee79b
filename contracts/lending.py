"""Messages about a band (or watch) that a branch lends to a waiting customer, who feels it when called (K-06).

What the customer is to be shown is told as state and never as a command, in the device's numbered stream like its
tasks: a message that is lost leaves a gap, the gap is answered with the whole state, and a restart on either side ends
in the same state. ``Lent.call`` counts the calls, so that each is felt once however often its state is told.
Nothing here says who the customer is.
"""

from enum import StrEnum
from typing import Annotated

import msgspec
from msgspec import Meta

from contracts.fields import Id, Language, TicketNumber
from contracts.session import StreamPosition

CallCount = Annotated[int, Meta(ge=0, le=1_000_000, description="calls of the ticket since it was lent the device")]
Minutes = Annotated[int, Meta(ge=0, le=10_080)]
CounterName = Annotated[str, Meta(min_length=1, max_length=40)]


class LentStage(StrEnum):
    """Where the customer is: in line, not in line for now (more time, put aside), called, at the counter, or through:
    then the device is to be given back."""

    WAITING = "waiting"
    ASIDE = "aside"
    CALLED = "called"
    SERVING = "serving"
    OVER = "over"


class Lent(msgspec.Struct, frozen=True, kw_only=True):
    """What the customer who has the device is to know. ``lending`` is another each time that it is lent.

    ``call``: how often they were called, recalls included; ``counter``: where to, while called or served. ``ahead``:
    how many are before them, ``low_min`` to ``high_min``: when to expect the call; null where nobody can tell.
    """

    lending: Id
    number: TicketNumber
    language: Language
    stage: LentStage
    call: CallCount = 0
    counter: CounterName | None = None
    ahead: Annotated[int, Meta(ge=0, le=999_999)] | None = None
    low_min: Minutes | None = None
    high_min: Minutes | None = None


class LendingTold(msgspec.Struct, frozen=True, kw_only=True, tag="lending.told.v1"):
    """To whom the device is lent, and how far they are; null: it lies ready to be lent."""

    position: StreamPosition
    lent: Lent | None


class CallFelt(msgspec.Struct, frozen=True, kw_only=True, tag="lending.felt.v1"):
    """The customer has tapped: this call was noticed, and the counter may know."""

    lending: Id
    call: Annotated[int, Meta(ge=1, le=1_000_000)]
