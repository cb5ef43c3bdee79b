"""The engine of a branch's queue of one day: lines as heaps, changes by table. Pure (K-03, K-06). Seconds.

Bounded waiting. Let C be the rules' cap. A ticket's key is ``since`` minus its credit, 0 ≤ credit ≤ C, and never
changes; a counter calls the smallest key of those waiting that it may take. Let w wait and a counter that may take w
call v instead. Then v.since - C ≤ v.key ≤ w.key ≤ w.since, so v.since ≤ w.since + C: nobody who came more than C after
w is called before it. The tickets that came until then are finitely many, each is called for finitely many services
and recalls, and while w waits no counter that may take it is idle by the queue's doing. What holds w back besides is
its customer's wish (deferral, an early appointment), the penalty of its own no-show (which takes nobody's place), an
advisor who parks it, or a pick out of order by name, which is the advisor's decision and not the rules'.
"""

from collections.abc import Iterable

from msgspec.structs import replace

from contracts import ErrorCode, Refusal
from hub.lobby.queue.lines import Lines, line_of
from hub.lobby.queue.places import (
    COUNTER_STATES,
    STAGES,
    CounterMove,
    CounterPlace,
    CounterState,
    Hold,
    Move,
    NoWitness,
    Place,
    Promise,
    QueueView,
    Stage,
    Witness,
)
from hub.lobby.queue.rules import BOOKED, QueueRules

_ENDED = frozenset({Stage.SERVED, Stage.LEFT, Stage.NO_SHOW})


class Queue:
    """One branch's queue for one day. Every method returns what is so now, or a refusal and changes nothing."""

    def __init__(self, rules: QueueRules, witness: Witness | None = None) -> None:
        self.rules = rules
        self.closes_at: float | None = None
        self._witness: Witness = NoWitness() if witness is None else witness
        self._places: dict[str, Place] = {}
        self._counters = {name: CounterPlace(name=name) for name in rules.counters}
        self._lines = Lines(rules.classes, rules.counters)
        self._calls = dict.fromkeys(rules.classes, 0)
        self._takes = {
            counter: (*(name for name in rules.classes if rules.takes(counter, name)), line_of(counter))
            for counter in rules.counters
        }

    @classmethod
    def restored(cls, rules: QueueRules, view: QueueView, witness: Witness | None = None) -> "Queue":
        """The queue that had this view, under these rules. Places in classes or at counters that the rules no longer
        have are kept, but nobody calls them until they are transferred."""
        queue = cls(rules, witness)
        queue.closes_at = view.closes_at
        queue._calls.update({name: count for name, count in view.calls.items() if name in queue._calls})
        queue._counters.update({one.name: one for one in view.counters if one.name in queue._takes})
        for place in view.places:
            queue._places[place.ticket] = place
            queue._lines.put(place)
        return queue

    def view(self) -> QueueView:
        """All of it, immutable."""
        return QueueView(
            places=tuple(self._places.values()),
            counters=tuple(self._counters.values()),
            calls=dict(self._calls),
            closes_at=self.closes_at,
        )

    def place(self, ticket: str) -> Place | None:
        """The ticket's place, if it is known."""
        return self._places.get(ticket)

    def counter(self, name: str) -> CounterPlace | None:
        """The counter, if the rules have it."""
        return self._counters.get(name)

    def close_at(self, moment: float | None) -> None:
        """No ticket taken at or after this moment is accepted; who waits then is still served."""
        self.closes_at = moment

    def arrive(
        self,
        ticket: str,
        services: Iterable[str],
        now: float,
        *,
        arrived: float | None = None,
        priorities: tuple[str, ...] = (),
        appointment: float | None = None,
    ) -> Place | Refusal:
        """A new ticket for one service or several in turn; ``arrived`` is earlier than now when the hub hears late.

        With an ``appointment`` (moment): before its window the place is held, though an idle counter may call it;
        within it the ticket has the credit of a booked one; beyond the grace it is an ordinary one.
        """
        turn = tuple(services)
        came = now if arrived is None else min(arrived, now)
        if self.closes_at is not None and came >= self.closes_at:
            return _refused(ErrorCode.BRANCH_CLOSED, "the branch gives no more tickets today: come tomorrow")
        if ticket in self._places:
            return _refused(ErrorCode.NUMBER_TAKEN, f"ticket {ticket} is in the queue already")
        if not turn or any(name not in self._calls for name in turn):
            have = ", ".join(self._calls)
            return _refused(ErrorCode.UNKNOWN_SERVICE_CLASS, f"services {', '.join(turn) or 'none'}: use of {have}")
        since, hold = came, None
        if appointment is not None:
            opens = appointment - 60.0 * self.rules.early_minutes
            if came > appointment + 60.0 * self.rules.grace_minutes:
                priorities = tuple(name for name in priorities if name != BOOKED)
            elif BOOKED not in priorities:
                priorities = (BOOKED, *priorities)
            if came < opens:
                since, hold = opens, Hold(until=opens, soft=True)
        credit = self.rules.credit_s(priorities)
        place = Place(
            ticket=ticket,
            services=turn,
            arrived=came,
            since=since,
            key=since - credit,
            order=len(self._places),
            entered=came,
            stage=Stage.WAITING if hold is None else Stage.HELD,
            hold=hold,
            priorities=priorities,
            appointment=appointment,
        )
        self._places[ticket] = place
        self._lines.put(place)
        self._witness.arrived(turn[0], credit, came)
        return place

    def call(self, counter: str, now: float) -> Place | Refusal | None:
        """The next ticket for the counter; None when nobody waits for it."""
        refused = self._cannot_call(counter)
        if refused is not None:
            return refused
        self._release(now)
        ticket = self._lines.first(self._takes[counter])
        return None if ticket is None else self._called(self._places[ticket], counter, now)

    def pick(self, counter: str, ticket: str, now: float) -> Place | Refusal:
        """Call this very ticket, out of order: a parked one whose customer is back, or an exception that is the
        advisor's to answer for. The counter need not have the skill."""
        refused = self._cannot_call(counter)
        if refused is not None:
            return refused
        self._release(now)
        place = self._allowed(ticket, Move.CALL)
        return place if isinstance(place, Refusal) else self._called(place, counter, now)

    def change(self, ticket: str, move: Move, now: float) -> Place | Refusal:
        """Recall, start, finish, miss, park, unpark, resume, leave or rejoin; a place in line is kept."""
        if move in {Move.CALL, Move.RELEASE, Move.TRANSFER, Move.DEFER}:
            return _refused(ErrorCode.INVALID_FIELD, f"{move} is no plain change: use the queue's {move}")
        place = self._allowed(ticket, move)
        if isinstance(place, Refusal):
            return place
        match move:
            case Move.RECALL if place.recalls >= self.rules.recalls:
                detail = f"ticket {ticket} was recalled {place.recalls} times: start it or say that nobody came"
                return _refused(ErrorCode.LIMIT_REACHED, detail)
            case Move.RECALL:
                return self._keep(replace(place, recalls=place.recalls + 1))
            case Move.START:
                return self._keep(replace(place, stage=Stage.SERVING, started_at=now))
            case Move.FINISH if len(place.services) > 1:
                return self._settle(place, Stage.WAITING, now, services=place.services[1:])
            case Move.MISS if place.missed < self.rules.no_shows:
                back = Hold(until=now + 60.0 * self.rules.no_show_penalty_minutes)
                return self._settle(place, Stage.HELD, now, hold=back, missed=place.missed + 1)
            case Move.MISS:
                return self._settle(place, Stage.NO_SHOW, now, missed=place.missed + 1)
            case Move.REJOIN if self.closes_at is not None and now >= self.closes_at:
                return _refused(ErrorCode.BRANCH_CLOSED, "the branch has closed: come tomorrow")
            case _:
                return self._settle(place, STAGES[place.stage, move], now)

    def transfer(
        self, ticket: str, now: float, *, service: str | None = None, counter: str | None = None
    ) -> Place | Refusal:
        """To another class, to a counter by name, or both; without a class the present one stays. The place in line is
        kept. Bound to a counter until that pauses or closes: then whoever has the skill may call it."""
        place = self._allowed(ticket, Move.TRANSFER)
        if isinstance(place, Refusal):
            return place
        target = place.service if service is None else service
        if target not in self._calls:
            have = ", ".join(self._calls)
            return _refused(ErrorCode.UNKNOWN_SERVICE_CLASS, f"transfer to class {target!r}: use one of {have}")
        if counter is not None:
            there = self._counters.get(counter)
            if there is None:
                return self._no_counter(counter)
            if target not in self._takes[counter]:
                able = ", ".join(self._takes[counter][:-1])
                return _refused(ErrorCode.COUNTER_STATE, f"counter {counter} takes {able}, not {target}: use another")
            if there.state is not CounterState.OPEN:
                detail = f"counter {counter} is {there.state.value}: transfer to an open one, or to a class"
                return _refused(ErrorCode.COUNTER_STATE, detail)
        return self._settle(place, Stage.WAITING, now, services=(target, *place.services[1:]), bound=counter)

    def defer(
        self, ticket: str, now: float, *, minutes: float | None = None, passes: int | None = None
    ) -> Place | Refusal:
        """The customer needs more time: not called before so many minutes, or before so many others of its class
        (unless nobody else is left); then at its old place again."""
        if (minutes is None) == (passes is None):
            return _refused(ErrorCode.INVALID_FIELD, "defer by minutes or by passes: give one of them")
        most = self.rules.max_deferral_minutes if passes is None else self.rules.max_deferral_passes
        asked = minutes if minutes is not None else passes
        if asked is None or not 0 < asked <= most:
            return _refused(ErrorCode.INVALID_FIELD, f"defer by {asked}: above 0 and at most {most:g}")
        place = self._allowed(ticket, Move.DEFER)
        if isinstance(place, Refusal):
            return place
        if place.deferrals >= self.rules.deferrals:
            detail = f"ticket {ticket} was deferred {place.deferrals} times: leave and take a new one"
            return _refused(ErrorCode.LIMIT_REACHED, detail)
        held = 0.0 if place.hold is None or place.hold.soft else place.hold.until or 0.0
        if minutes is not None:
            hold = Hold(until=max(held, now + 60.0 * minutes))
        elif held > now:
            detail = f"ticket {ticket} is held for {(held - now) / 60:.0f} minutes already: defer by minutes"
            return _refused(ErrorCode.TICKET_STATE, detail)
        else:
            hold = Hold(passes=self._calls[place.service] + int(asked), soft=True)
        return self._settle(place, Stage.HELD, now, hold=hold, bound=place.bound, deferrals=place.deferrals + 1)

    def promise(self, ticket: str, low_s: float, high_s: float, now: float) -> Place | Refusal:
        """The customer was told to be called within this interval from now. The witness judges it at the first call,
        unless the ticket goes another way before, or a free counter can take it at once."""
        place = self._places.get(ticket)
        if place is None or place.stage is not Stage.WAITING:
            return _refused(ErrorCode.TICKET_STATE, f"ticket {ticket} does not wait: nothing to promise")
        if any(self._free_for(name, place) for name in self._counters):
            return place
        return self._keep(replace(place, promise=Promise(at=now, low_s=low_s, high_s=high_s)))

    def turn(self, counter: str, move: CounterMove, now: float) -> CounterPlace | Refusal:
        """Open, pause or close a counter. Tickets bound to one that no longer calls go back to their class."""
        there = self._counters.get(counter)
        if there is None:
            return self._no_counter(counter)
        state = COUNTER_STATES.get((there.state, move))
        if state is None:
            return _refused(ErrorCode.COUNTER_STATE, f"counter {counter} is {there.state.value}: no {move.value}")
        if move is CounterMove.CLOSE and there.ticket is not None:
            detail = f"counter {counter} still has ticket {there.ticket}: finish, park or transfer it"
            return _refused(ErrorCode.COUNTER_STATE, detail)
        if there.state is CounterState.PAUSED and state is CounterState.OPEN:
            self._witness.paused(counter, max(0.0, now - there.since), there.since)
        free = now if state is CounterState.OPEN else there.free_since
        turned = self._counters[counter] = replace(there, state=state, since=now, free_since=free)
        if state is not CounterState.OPEN:
            for place in [place for place in self._places.values() if place.bound == counter]:
                self._lines.put(self._keep(replace(place, bound=None)))
        return turned

    def _cannot_call(self, counter: str) -> Refusal | None:
        there = self._counters.get(counter)
        if there is None:
            return self._no_counter(counter)
        if there.state is not CounterState.OPEN:
            return _refused(ErrorCode.COUNTER_STATE, f"counter {counter} is {there.state.value}: open it first")
        if there.ticket is not None:
            return _refused(ErrorCode.COUNTER_STATE, f"counter {counter} still has ticket {there.ticket}: end it first")
        return None

    def _free_for(self, name: str, place: Place) -> bool:
        there = self._counters[name]
        takes = self._takes[name]
        free = there.state is CounterState.OPEN and there.ticket is None and place.service in takes
        return free and self._lines.first(takes) == place.ticket

    def _called(self, place: Place, counter: str, now: float) -> Place:
        there = self._counters[counter]
        self._witness.called(counter, max(0.0, now - max(there.free_since, place.entered)))
        if place.promise is not None:
            told = place.promise
            self._witness.judged(told.low_s, told.high_s, max(0.0, now - told.at))
        self._lines.drop(place.ticket)
        self._counters[counter] = replace(there, ticket=place.ticket)
        service = place.services[0]
        if service in self._calls:
            self._calls[service] += 1
            for passed in self._lines.passed(service, self._calls[service]):
                self._freed(passed, now)
        return self._keep(
            replace(
                place,
                stage=Stage.CALLED,
                counter=counter,
                bound=None,
                hold=None,
                promise=None,
                called_at=now,
                started_at=None,
                recalls=0,
            )
        )

    def _allowed(self, ticket: str, move: Move) -> Place | Refusal:
        place = self._places.get(ticket)
        if place is None:
            return _refused(ErrorCode.UNKNOWN_TICKET, f"no ticket {ticket} in the queue of today")
        if (place.stage, move) not in STAGES:
            can = ", ".join(possible.value for stage, possible in STAGES if stage is place.stage) or "nothing"
            return _refused(ErrorCode.TICKET_STATE, f"ticket {ticket} is {place.stage}: no {move}; it can {can}")
        return place

    def _settle(
        self,
        place: Place,
        stage: Stage,
        now: float,
        *,
        services: tuple[str, ...] | None = None,
        hold: Hold | None = None,
        bound: str | None = None,
        missed: int | None = None,
        deferrals: int | None = None,
    ) -> Place:
        there = None if place.counter is None else self._counters.get(place.counter)
        if there is not None and there.ticket == place.ticket:
            self._counters[there.name] = replace(there, ticket=None, free_since=now)
            took = 0.0 if place.called_at is None else max(0.0, now - place.called_at)
            if place.stage is Stage.SERVING:
                self._witness.served(there.name, place.service, took, now)
            elif missed is not None:
                self._witness.missed(there.name, place.service, took)
        settled = replace(
            place,
            stage=stage,
            services=place.services if services is None else services,
            hold=hold,
            bound=bound,
            promise=None,
            counter=place.counter if stage in _ENDED else None,
            entered=now,
            missed=place.missed if missed is None else missed,
            deferrals=place.deferrals if deferrals is None else deferrals,
        )
        self._lines.drop(place.ticket)
        self._lines.put(settled)
        return self._keep(settled)

    def _keep(self, place: Place) -> Place:
        self._places[place.ticket] = place
        return place

    def _release(self, now: float) -> None:
        for ticket in self._lines.due(now):
            self._freed(ticket, now)

    def _freed(self, ticket: str, now: float) -> None:
        place = self._places[ticket]
        until = now if place.hold is None or place.hold.until is None else place.hold.until
        self._lines.put(self._keep(replace(place, stage=Stage.WAITING, hold=None, entered=until)))

    def _no_counter(self, counter: str) -> Refusal:
        have = ", ".join(self._counters)
        return _refused(ErrorCode.UNKNOWN_COUNTER, f"no counter {counter!r} in the rules: use one of {have}")


def _refused(code: ErrorCode, detail: str) -> Refusal:
    return Refusal(code=code, detail=detail[:500])
