"""What the queue keeps: places and counters, their states and changes as tables. Pure and immutable (K-06).

========  =======================================================================================================
waiting   call → called · defer → held · park → parked · transfer → waiting · leave → left
held      release, resume → waiting · call → called · defer → held · park → parked · transfer → waiting · leave → left
called    recall → called · start → serving · miss → held, at last no_show · park → parked · transfer → waiting ·
          leave → left
serving   finish → served, with services left waiting · park → parked · transfer → waiting
parked    unpark → waiting · call → called · leave → left
no_show   rejoin → waiting
left      rejoin → waiting
========  =======================================================================================================
"""

from enum import StrEnum
from typing import Protocol

import msgspec


class Stage(StrEnum):
    """Where a ticket is; ``held``: it has its place, but is not called before its time."""

    WAITING = "waiting"
    HELD = "held"
    CALLED = "called"
    SERVING = "serving"
    PARKED = "parked"
    SERVED = "served"
    LEFT = "left"
    NO_SHOW = "no_show"


class Move(StrEnum):
    """What can happen to a ticket."""

    CALL = "call"
    RECALL = "recall"
    START = "start"
    FINISH = "finish"
    MISS = "miss"
    PARK = "park"
    UNPARK = "unpark"
    TRANSFER = "transfer"
    DEFER = "defer"
    RESUME = "resume"
    RELEASE = "release"
    LEAVE = "leave"
    REJOIN = "rejoin"


STAGES: dict[tuple[Stage, Move], Stage] = {
    (Stage.WAITING, Move.CALL): Stage.CALLED,
    (Stage.WAITING, Move.DEFER): Stage.HELD,
    (Stage.WAITING, Move.PARK): Stage.PARKED,
    (Stage.WAITING, Move.TRANSFER): Stage.WAITING,
    (Stage.WAITING, Move.LEAVE): Stage.LEFT,
    (Stage.HELD, Move.RELEASE): Stage.WAITING,
    (Stage.HELD, Move.RESUME): Stage.WAITING,
    (Stage.HELD, Move.CALL): Stage.CALLED,
    (Stage.HELD, Move.DEFER): Stage.HELD,
    (Stage.HELD, Move.PARK): Stage.PARKED,
    (Stage.HELD, Move.TRANSFER): Stage.WAITING,
    (Stage.HELD, Move.LEAVE): Stage.LEFT,
    (Stage.CALLED, Move.RECALL): Stage.CALLED,
    (Stage.CALLED, Move.START): Stage.SERVING,
    (Stage.CALLED, Move.MISS): Stage.NO_SHOW,
    (Stage.CALLED, Move.PARK): Stage.PARKED,
    (Stage.CALLED, Move.TRANSFER): Stage.WAITING,
    (Stage.CALLED, Move.LEAVE): Stage.LEFT,
    (Stage.SERVING, Move.FINISH): Stage.SERVED,
    (Stage.SERVING, Move.PARK): Stage.PARKED,
    (Stage.SERVING, Move.TRANSFER): Stage.WAITING,
    (Stage.PARKED, Move.UNPARK): Stage.WAITING,
    (Stage.PARKED, Move.CALL): Stage.CALLED,
    (Stage.PARKED, Move.LEAVE): Stage.LEFT,
    (Stage.NO_SHOW, Move.REJOIN): Stage.WAITING,
    (Stage.LEFT, Move.REJOIN): Stage.WAITING,
}
"""Every allowed change. Two go elsewhere when there is something left: MISS to held, FINISH to waiting."""


class CounterState(StrEnum):
    """Whether a counter works; a paused one finishes whom it has and calls nobody."""

    CLOSED = "closed"
    OPEN = "open"
    PAUSED = "paused"


class CounterMove(StrEnum):
    """What can happen to a counter."""

    OPEN = "open"
    PAUSE = "pause"
    CLOSE = "close"


COUNTER_STATES: dict[tuple[CounterState, CounterMove], CounterState] = {
    (CounterState.CLOSED, CounterMove.OPEN): CounterState.OPEN,
    (CounterState.PAUSED, CounterMove.OPEN): CounterState.OPEN,
    (CounterState.OPEN, CounterMove.PAUSE): CounterState.PAUSED,
    (CounterState.OPEN, CounterMove.CLOSE): CounterState.CLOSED,
    (CounterState.PAUSED, CounterMove.CLOSE): CounterState.CLOSED,
}
"""Every allowed change of a counter."""


class Hold(msgspec.Struct, frozen=True, kw_only=True):
    """Why a held ticket waits: until a moment, or until its class was called up to ``passes`` times in all.

    A ``soft`` one is called before that where a counter would else be idle: who came early, who lets others pass.
    """

    until: float | None = None
    passes: int | None = None
    soft: bool = False


class Promise(msgspec.Struct, frozen=True, kw_only=True):
    """What a customer was told: called so many seconds after ``at``, at the least and at the most (p10, p90)."""

    at: float
    low_s: float
    high_s: float


class Place(msgspec.Struct, frozen=True, kw_only=True):
    """A ticket in the queue. Moments are seconds of one clock (Unix time in the hub).

    ``since``: from when it counts as waiting: its arrival, or when the window of its appointment opens. ``key``: since
    minus its credit; the smallest is called first, ``order`` breaks ties; neither ever changes. ``entered``: when it
    last came into line. ``services``: the classes still to be served, in turn. ``counter``: the counter that has it;
    ``bound``: the only counter that may call it.
    """

    ticket: str
    services: tuple[str, ...]
    arrived: float
    since: float
    key: float
    order: int
    entered: float
    stage: Stage = Stage.WAITING
    counter: str | None = None
    bound: str | None = None
    hold: Hold | None = None
    called_at: float | None = None
    started_at: float | None = None
    recalls: int = 0
    missed: int = 0
    deferrals: int = 0
    priorities: tuple[str, ...] = ()
    appointment: float | None = None
    promise: Promise | None = None

    @property
    def service(self) -> str:
        """The class it waits in, or is served in; of an ended ticket the last one."""
        return self.services[0]


class CounterPlace(msgspec.Struct, frozen=True, kw_only=True):
    """A counter: its state since when, the ticket that it has, and when it last had none (or opened)."""

    name: str
    state: CounterState = CounterState.CLOSED
    since: float = 0.0
    ticket: str | None = None
    free_since: float = 0.0


class QueueView(msgspec.Struct, frozen=True, kw_only=True):
    """All that a queue knows, as immutable data: kept by a store, rebuilt from, shown, and estimated on.

    ``calls``: how many tickets of each class were called today; ``closes_at``: no ticket is given from then on.
    """

    places: tuple[Place, ...]
    counters: tuple[CounterPlace, ...]
    calls: dict[str, int]
    closes_at: float | None = None


class Witness(Protocol):
    """Who learns from what happens in the queue; seconds. The waiting estimate's memory is one."""

    def arrived(self, service: str, credit_s: float, at: float) -> None:
        """A ticket came into the queue of a class with so much credit."""

    def called(self, counter: str, reaction_s: float) -> None:
        """A free counter called somebody so long after it could have."""

    def served(self, counter: str, service: str, took_s: float, at: float) -> None:
        """A counter was done with a ticket, so long after calling it; now is ``at``."""

    def missed(self, counter: str, service: str, took_s: float) -> None:
        """Nobody came to a counter, which gave up so long after calling."""

    def judged(self, low_s: float, high_s: float, waited_s: float) -> None:
        """Somebody was told to be called after so long, at the least and at the most, and waited so long."""

    def paused(self, counter: str, for_s: float, at: float) -> None:
        """A counter works again after a pause of so long, which began ``at``."""


class NoWitness:
    """Learns nothing."""

    def arrived(self, service: str, credit_s: float, at: float) -> None:
        """Nothing."""

    def called(self, counter: str, reaction_s: float) -> None:
        """Nothing."""

    def served(self, counter: str, service: str, took_s: float, at: float) -> None:
        """Nothing."""

    def missed(self, counter: str, service: str, took_s: float) -> None:
        """Nothing."""

    def judged(self, low_s: float, high_s: float, waited_s: float) -> None:
        """Nothing."""

    def paused(self, counter: str, for_s: float, at: float) -> None:
        """Nothing."""
