"""What happens to a queue, as data: a store keeps it, and the same list gives the same queue again. Pure (K-06)."""

from collections.abc import Iterable
from typing import assert_never

import msgspec

from contracts import Refusal
from hub.lobby.queue.engine import Queue
from hub.lobby.queue.places import CounterMove, CounterPlace, Move, Place, Witness
from hub.lobby.queue.rules import QueueRules


class Event(msgspec.Struct, frozen=True, kw_only=True, tag_field="what"):
    """Something that happened ``at`` a moment, seconds of the queue's clock."""

    at: float


class Arrived(Event, frozen=True, kw_only=True, tag="arrived"):
    """A ticket came; see :meth:`Queue.arrive`."""

    ticket: str
    services: tuple[str, ...]
    arrived: float | None = None
    priorities: tuple[str, ...] = ()
    appointment: float | None = None


class Called(Event, frozen=True, kw_only=True, tag="called"):
    """A counter called its next, or ``ticket`` out of order."""

    counter: str
    ticket: str | None = None


class Changed(Event, frozen=True, kw_only=True, tag="changed"):
    """A ticket was recalled, started, finished and so on."""

    ticket: str
    move: Move


class Transferred(Event, frozen=True, kw_only=True, tag="transferred"):
    """A ticket went to another class or counter."""

    ticket: str
    service: str | None = None
    counter: str | None = None


class Deferred(Event, frozen=True, kw_only=True, tag="deferred"):
    """A customer asked for more time."""

    ticket: str
    minutes: float | None = None
    passes: int | None = None


class Promised(Event, frozen=True, kw_only=True, tag="promised"):
    """A customer was told when to expect the call, seconds from ``at``."""

    ticket: str
    low_s: float
    high_s: float


class Turned(Event, frozen=True, kw_only=True, tag="turned"):
    """A counter was opened, paused or closed."""

    counter: str
    move: CounterMove


class Closing(Event, frozen=True, kw_only=True, tag="closing"):
    """From ``closes_at`` on no ticket is given; null: no such moment."""

    closes_at: float | None


AnyEvent = Arrived | Called | Changed | Transferred | Deferred | Promised | Turned | Closing


def apply(queue: Queue, event: AnyEvent) -> Place | CounterPlace | Refusal | None:
    """Do to the queue what the event says; its answer, which is None where nobody waits and for the closing time."""
    match event:
        case Arrived():
            return queue.arrive(
                event.ticket,
                event.services,
                event.at,
                arrived=event.arrived,
                priorities=event.priorities,
                appointment=event.appointment,
            )
        case Called():
            if event.ticket is None:
                return queue.call(event.counter, event.at)
            return queue.pick(event.counter, event.ticket, event.at)
        case Changed():
            return queue.change(event.ticket, event.move, event.at)
        case Transferred():
            return queue.transfer(event.ticket, event.at, service=event.service, counter=event.counter)
        case Deferred():
            return queue.defer(event.ticket, event.at, minutes=event.minutes, passes=event.passes)
        case Promised():
            return queue.promise(event.ticket, event.low_s, event.high_s, event.at)
        case Turned():
            return queue.turn(event.counter, event.move, event.at)
        case Closing():
            queue.close_at(event.closes_at)
            return None
        case _:
            assert_never(event)


def replay(rules: QueueRules, events: Iterable[AnyEvent], witness: Witness | None = None) -> Queue:
    """The queue after these events. What was refused then is refused again, so refused events may be among them."""
    queue = Queue(rules, witness)
    for event in events:
        apply(queue, event)
    return queue
