"""The branches' queues of today, in memory: made of what the store has, and again after a rollback (K-06)."""

from collections import deque
from collections.abc import Callable, Collection, Mapping, Sequence
from datetime import date, datetime
from zoneinfo import ZoneInfo

import msgspec

from contracts import Refusal
from contracts.fields import Language
from hub.fleet import FleetDirectory
from hub.kernel import Branch
from hub.lobby import queue_store, store
from hub.lobby.model import Ticket, business_day
from hub.lobby.queue.engine import Queue
from hub.lobby.queue.events import AnyEvent, Arrived, Called, Changed, Closing, Promised, apply
from hub.lobby.queue.experience import Experience
from hub.lobby.queue.places import CounterPlace, Move, Place
from hub.lobby.queue.rules import QueueRules
from hub.storage import UnitOfWork

CALLS_KEPT = 30
"""So many of the latest calls are shown and spoken."""


class Call(msgspec.Struct, frozen=True, kw_only=True):
    """A number that was called to a counter; ``seq`` grows with each, ``again``: a recall. Spoken in ``language``."""

    seq: int
    number: str
    counter: str
    language: Language
    at: datetime
    again: bool


class BranchDay:
    """One branch's queue of one business day, with the tickets that stand in it by id."""

    def __init__(self, branch: Branch, day: date, rules: QueueRules, experience: Experience) -> None:
        self.branch = branch
        self.day = day
        self.rules = rules
        self.experience = experience
        self.queue = Queue(rules, experience)
        self.tickets: dict[str, Ticket] = {}
        self.followed: dict[str, str] = {}
        self.calls: deque[Call] = deque(maxlen=CALLS_KEPT)
        self.called = 0
        self.version = 0
        closing = rules.closes_at(day, ZoneInfo(branch.time_zone))
        if closing is not None:
            self.queue.close_at(closing)

    def know(self, ticket: Ticket) -> None:
        """Remember whose number a place in the queue is."""
        self.tickets[ticket.id] = ticket
        if ticket.follow is not None:
            self.followed[ticket.follow] = ticket.id

    def forget(self, ticket: Ticket) -> None:
        """It has no place after all."""
        self.tickets.pop(ticket.id, None)
        if ticket.follow is not None:
            self.followed.pop(ticket.follow, None)

    def touch(self) -> None:
        """Something that is shown with the queue has changed beside it."""
        self.version += 1

    def apply(self, event: AnyEvent, at: datetime) -> Place | CounterPlace | Refusal | None:
        """Let it happen; a call is noted for those who show and speak it."""
        done = apply(self.queue, event)
        if isinstance(done, Refusal) or (done is None and not isinstance(event, Closing)):
            return done
        if not isinstance(event, Promised):  # nobody sees that
            self.version += 1
        again = isinstance(event, Changed) and event.move is Move.RECALL
        if isinstance(done, Place) and done.counter is not None and (again or isinstance(event, Called)):
            ticket = self.tickets.get(done.ticket)
            if ticket is not None:
                self.called += 1
                self.calls.append(
                    Call(
                        seq=self.called,
                        number=ticket.number,
                        counter=done.counter,
                        language=ticket.language,
                        at=at,
                        again=again,
                    )
                )
        return done


PlaceWatcher = Callable[[UnitOfWork, BranchDay, AnyEvent, Place], None]
"""Is told of what happened to a ticket that stands in a queue, in the transaction of it."""


class Queues:
    """The queue of each branch. What a transaction did to them holds once it is committed; :meth:`undone` forgets."""

    def __init__(self, fleet: FleetDirectory, default: QueueRules, rules: Mapping[str, QueueRules]) -> None:
        """``rules``: by branch; ``default``: those of every other branch."""
        self._fleet = fleet
        self._default = default
        self._rules = rules
        self._days: dict[str, BranchDay] = {}
        self._touched: set[str] = set()
        self._watchers: list[PlaceWatcher] = []

    def watch(self, watcher: PlaceWatcher) -> None:
        """Tell ``watcher`` from now on of what happens to places, but for their coming and what they were promised."""
        self._watchers.append(watcher)

    def rules(self, branch: str) -> QueueRules:
        """The rules that a branch's queue obeys."""
        return self._rules.get(branch, self._default)

    def branches(self) -> Sequence[Branch]:
        """All branches, by their titles."""
        return sorted(self._fleet.branches.values(), key=lambda branch: (branch.title, branch.name))

    def today(self, unit: UnitOfWork, branch: str) -> BranchDay | None:
        """The branch's queue as it stands; null when there is no such branch."""
        there = self._fleet.branches.get(branch)
        if there is None:
            return None
        day = business_day(there, unit.now)
        known = self._days.get(branch)
        if known is None or known.day != day:
            self._touched.add(branch)
            known = self._days[branch] = self._made(unit, there, day)
        known.branch = there
        return known

    def happened(self, unit: UnitOfWork, day: BranchDay, event: AnyEvent) -> Place | CounterPlace | Refusal | None:
        """Let something happen to the queue, durably; its answer as :func:`hub.lobby.queue.events.apply` gives it."""
        self._touched.add(day.branch.name)
        done = day.apply(event, unit.now)
        if isinstance(done, Refusal) or done is None:
            return done
        if isinstance(event, Called) and isinstance(done, Place):
            event = msgspec.structs.replace(event, ticket=done.ticket)  # under other rules another might have been next
        queue_store.note(unit, day.branch.name, day.day, event)
        if isinstance(done, Place) and not isinstance(event, Arrived | Promised):
            for watcher in self._watchers:
                watcher(unit, day, event, done)
        return done

    def versions(self) -> Mapping[str, int]:
        """How often each queue has changed, those of today that anybody has asked for."""
        return {branch: day.version for branch, day in self._days.items()}

    def committed(self) -> None:
        """The transaction is durable: so is what it did to queues."""
        self._touched.clear()

    def undone(self) -> Collection[str]:
        """A transaction was rolled back: the queues that it touched are read anew when they are next asked for; whose
        they are."""
        touched, self._touched = self._touched, set()
        for branch in touched:
            self._days.pop(branch, None)
        return touched

    def _made(self, unit: UnitOfWork, branch: Branch, day: date) -> BranchDay:
        rules = self.rules(branch.name)
        memory = queue_store.memory(unit, branch.name)
        experience = Experience(rules, memory[1] if memory is not None else None)
        if memory is None or memory[0] < day:
            since = memory[0] if memory is not None else None
            for past in queue_store.days(unit, branch.name, since, day):
                self._lived(unit, BranchDay(branch, past, rules, experience))
            queue_store.keep_memory(unit, branch.name, day, experience.memory())
        made = BranchDay(branch, day, rules, experience)
        self._lived(unit, made)
        return made

    @staticmethod
    def _lived(unit: UnitOfWork, day: BranchDay) -> None:
        for ticket in store.of_day(unit, day.branch.name, day.day):
            day.know(ticket)
        events: Sequence[tuple[datetime, AnyEvent]] = queue_store.events(unit, day.branch.name, day.day)
        for at, event in events:
            day.apply(event, at)
