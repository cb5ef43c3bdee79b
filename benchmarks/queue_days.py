"""Simulated days of a branch, the ground truth that the waiting estimate is judged by.

The truth is none of the estimator's: service times are gamma (a class its own shape and mean, none as the rules state),
times the teller's speed, times a speed of the day, and a few take four times as long. Tellers walk off unannounced,
one pauses longer over noon; customers don't show up, leave, ask for more time, come with several matters, are
transferred or parked.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from heapq import heappop, heappush
from random import Random
from typing import Protocol

import msgspec
import numpy as np

from benchmarks.queue_shapes import Shape
from contracts import Refusal
from hub.lobby.queue.engine import Queue
from hub.lobby.queue.places import CounterMove, CounterState, Move, Place, Stage, Witness
from hub.lobby.queue.rules import QueueRules

OPENS_S = 9 * 3600.0
CLOSES_S = 17 * 3600.0


class Truth(msgspec.Struct, frozen=True, kw_only=True):
    """What is so in one branch: the true means by class in seconds, the tellers' speeds."""

    means: dict[str, float]
    speeds: dict[str, float]


class Episode(msgspec.Struct, frozen=True, kw_only=True):
    """What an open counter did, from when it was free for it: had a ticket (``since`` of that), or nobody."""

    counter: str
    begun: float
    ended: float
    ticket: str | None = None
    since: float = 0.0


@dataclass(slots=True)
class Day:
    """What happened: when each ticket was first called, whether it was ever held back, what the counters did."""

    first_called: dict[str, float] = field(default_factory=dict)
    arrived: dict[str, Place] = field(default_factory=dict)
    held_back: set[str] = field(default_factory=set)
    episodes: list[Episode] = field(default_factory=list)


def draw_truth(shape: Shape, seed: int) -> Truth:
    """The branch that this seed stands for."""
    chance = Random(f"{shape.name}/{seed}/truth")
    return Truth(
        means={
            name: 60.0 * kind.minutes * shape.misstated ** chance.uniform(-1, 1) for name, kind in shape.kinds.items()
        },
        speeds={name: chance.lognormvariate(0, 0.2) for name in shape.counters},
    )


class Watcher(Protocol):
    """Who is told of the day while it happens."""

    def came(self, queue: Queue, place: Place, at: float) -> None:
        """A new ticket is in the queue."""

    def called(self, place: Place, at: float) -> None:
        """A ticket is called for the first time; ``place`` as it waited."""


class Branch:
    """One day of one branch; ``watcher`` is told of it."""

    def __init__(self, shape: Shape, seed: int, day: int, witness: Witness, watcher: Watcher) -> None:
        self.rules = shape.rules()
        self.queue = Queue(self.rules, witness)
        self.day = Day()
        self._shape, self._truth, self._watcher = shape, draw_truth(shape, seed), watcher
        self._chance = Random(f"{shape.name}/{seed}/{day}")
        self._heap: list[tuple[float, int, Callable[[float], None]]] = []
        self._count = 0
        self._idle: set[str] = set()
        self._begun: dict[str, float] = {}
        self._looked: dict[str, float] = {}
        self._today = {name: speed * self._chance.lognormvariate(0, 0.07) for name, speed in self._truth.speeds.items()}
        self._lunch = dict.fromkeys(list(shape.counters)[1::2], 0.0)
        self._start = 86400.0 * day

    def run(self) -> Day:
        """Live through the day."""
        self.queue.close_at(self._start + CLOSES_S)
        for counter in self._shape.counters:
            self._later(self._start + OPENS_S + self._chance.uniform(-60, 600), self._open(counter))
        for at in self._arrivals():
            self._later(at, self._arrive)
        for counter in self._lunch:
            self._lunch[counter] = self._start + self._chance.uniform(11.5, 13.5) * 3600
        while self._heap:
            at, _, what = heappop(self._heap)
            what(at)
        return self.day

    def _later(self, at: float, what: Callable[[float], None]) -> None:
        self._count += 1
        heappush(self._heap, (at, self._count, what))

    def _arrivals(self) -> Iterator[float]:
        shape = self._shape
        work = sum(kind.share * self._truth.means[name] for name, kind in shape.kinds.items())
        work /= sum(kind.share for kind in shape.kinds.values())
        rate = shape.load * len(shape.counters) / (work + 40.0)
        at = self._start + OPENS_S
        top = rate * shape.peak
        while (at := at + self._chance.expovariate(top)) < self._start + CLOSES_S:
            hour = (at - self._start) / 3600
            noon = max(0.0, 1 - abs(hour - 12.25) / 2.5)
            wave = (0.75 + (shape.peak - 0.75) * noon) / shape.peak
            if self._chance.random() < wave:
                yield at

    def _open(self, counter: str) -> Callable[[float], None]:
        def opened(at: float) -> None:
            self.queue.turn(counter, CounterMove.OPEN, at)
            self._looked[counter] = at
            self._ready(counter)(at)

        return opened

    def _arrive(self, at: float) -> None:
        chance, shape = self._chance, self._shape
        kinds = list(shape.kinds)
        weights = [kind.share for kind in shape.kinds.values()]
        services = chance.choices(kinds, weights, k=2 if chance.random() < 0.04 else 1)
        priorities: tuple[str, ...] = ()
        if chance.random() < shape.credited:
            priorities = (chance.choice(("elderly", "disability", "private_banking")),)
        appointment = None if chance.random() >= shape.booked else at + chance.gauss(300, 600)
        ticket = f"{len(self.day.arrived)}"
        place = self.queue.arrive(ticket, services, at, priorities=priorities, appointment=appointment)
        if isinstance(place, Refusal):
            return
        self.day.arrived[ticket] = place
        if place.stage is Stage.HELD:
            self.day.held_back.add(ticket)
            self._later(place.since + 1, self._wake)
        self._watcher.came(self.queue, place, at)
        if chance.random() < 0.02:
            self._later(at + chance.uniform(120, 1500), self._defer(ticket))
        if chance.random() < 0.02:
            self._later(at + chance.uniform(300, 3600), self._leave(ticket))
        self._wake(at)

    def _wake(self, at: float) -> None:
        for counter in sorted(self._idle):
            self._later(at + self._chance.uniform(2, 10), self._ready(counter))
        self._idle.clear()

    def _defer(self, ticket: str) -> Callable[[float], None]:
        def deferred(at: float) -> None:
            minutes = self._chance.uniform(2, 15)
            if isinstance(self.queue.defer(ticket, at, minutes=minutes), Place):
                self.day.held_back.add(ticket)
                self._later(at + 60 * minutes + 1, self._wake)

        return deferred

    def _leave(self, ticket: str) -> Callable[[float], None]:
        def left(at: float) -> None:
            place = self.queue.place(ticket)
            if place is not None and place.stage in {Stage.WAITING, Stage.HELD}:
                self.queue.change(ticket, Move.LEAVE, at)
                self.day.held_back.add(ticket)

        return left

    def _ready(self, counter: str) -> Callable[[float], None]:
        def ready(at: float) -> None:
            there = self.queue.counter(counter)
            if there is None or there.state is not CounterState.OPEN or there.ticket is not None:
                return
            lunch = self._lunch.get(counter)
            if lunch is not None and at >= lunch:
                self._pause(counter, at, self._chance.uniform(1200, 2700))
                del self._lunch[counter]
                return
            if self._chance.random() < 0.01:
                self._pause(counter, at, self._chance.uniform(180, 900))
                return
            place = self.queue.call(counter, at)
            if not isinstance(place, Place):
                self._idle.add(counter)
                self.day.episodes.append(Episode(counter=counter, begun=self._looked[counter], ended=at))
                self._looked[counter] = at
                return
            if self.day.first_called.setdefault(place.ticket, at) == at:
                self._watcher.called(place, at)
            self._begun[counter] = self._looked[counter]
            self._called(counter, place, at)

        return ready

    def _pause(self, counter: str, at: float, for_s: float) -> None:
        self.queue.turn(counter, CounterMove.PAUSE, at)
        self.day.episodes.append(Episode(counter=counter, begun=self._looked[counter], ended=at))
        self._later(at + for_s, self._open(counter))

    def _called(self, counter: str, place: Place, at: float) -> None:
        chance = self._chance
        waited = at - place.arrived
        if chance.random() < self._shape.no_show * (0.5 + min(2.0, waited / 1200)):
            self._later(at + 40, lambda now: void(self.queue.change(place.ticket, Move.RECALL, now)))
            self._later(at + 80, self._end(counter, place, Move.MISS))
            return
        walk = chance.uniform(8, 40)
        self._later(at + walk, lambda now: void(self.queue.change(place.ticket, Move.START, now)))
        kind = self._shape.kinds[place.service]
        took = chance.gammavariate(kind.gamma, self._truth.means[place.service] / kind.gamma) * self._today[counter]
        if chance.random() < self._shape.heavy:
            took *= 4
        self._later(at + walk + max(15.0, took), self._end(counter, place, Move.FINISH))

    def _end(self, counter: str, place: Place, move: Move) -> Callable[[float], None]:
        def ended(at: float) -> None:
            chance = self._chance
            whim = chance.random()
            if move is Move.FINISH and whim < 0.02:
                self.queue.transfer(place.ticket, at, service=chance.choice(list(self._shape.kinds)))
            elif move is Move.FINISH and whim < 0.03:
                self.queue.change(place.ticket, Move.PARK, at)
                self._later(at + chance.uniform(300, 1200), self._unpark(place.ticket))
            else:
                self.queue.change(place.ticket, move, at)
            if move is Move.MISS:
                self._later(at + 60 * self.rules.no_show_penalty_minutes + 1, self._wake)
            begun, self._looked[counter] = self._begun[counter], at
            self.day.episodes.append(
                Episode(counter=counter, begun=begun, ended=at, ticket=place.ticket, since=place.since)
            )
            self._wake(at)
            self._later(at + chance.lognormvariate(2.5, 0.6), self._ready(counter))

        return ended

    def _unpark(self, ticket: str) -> Callable[[float], None]:
        def back(at: float) -> None:
            self.queue.change(ticket, Move.UNPARK, at)
            self._wake(at)

        return back


TELLERS_OWN_S = 60.0
"""How long a teller of these days takes to see a ticket, or to walk off after one, without that being the queue's."""


def starved(day: Day, rules: QueueRules) -> int:
    """How many tickets waited longer than the rules allow, whatever the services took.

    While a ticket w waits, each open counter that may take it is busy with tickets that came at most the cap after it:
    the counters' time until w is called is at most what those tickets take there in all (see the engine's proof), and
    the tellers' own: going from one to the next, seeing that somebody is there. Tickets held back at their own wish or
    for a no-show are not counted.
    """
    cap = 60.0 * rules.cap_minutes
    names = list(rules.counters)
    counter = np.array([names.index(one.counter) for one in day.episodes], dtype=np.intp)
    begun, ended = np.array([one.begun for one in day.episodes]), np.array([one.ended for one in day.episodes])
    nobody = np.array([one.ticket is None for one in day.episodes], dtype=np.bool_)
    since = np.array([one.since for one in day.episodes])
    count = 0
    for ticket, place in day.arrived.items():
        called = day.first_called.get(ticket)
        if called is None or ticket in day.held_back:
            continue
        able = np.array([rules.takes(name, place.service) for name in names], dtype=np.bool_)[counter]
        own = np.array([one.ticket == ticket for one in day.episodes], dtype=np.bool_)
        used = able & ((begun < called) & (ended > place.since))
        had = np.minimum(ended, called) - np.maximum(begun, place.since)
        allowed = ended - np.maximum(begun, place.since)
        allowed = np.where(nobody, np.minimum(allowed, TELLERS_OWN_S), allowed)
        mine = able & (ended > place.since) & (nobody | own | (since <= place.since + cap))
        count += bool(had[used].sum() > allowed[mine].sum() + 1.0)
    return count


def void(_answer: Place | Refusal) -> None:
    """A refusal here is the day's own doing: the ticket has gone another way meanwhile."""
