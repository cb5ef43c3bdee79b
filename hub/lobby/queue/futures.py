"""Simulated futures of a queue, all at once, a run a row. Pure: chance is given.

Every future starts from the view: who is served since when (what is left is drawn given what has passed), who waits
with which key, who is held until when, which counters are open with which skills. In each one the service times, the
no-shows, the pauses and the arrivals that may overtake are drawn from what the branch has learned
(:class:`hub.lobby.queue.experience.Fit`), with its parameters themselves drawn from their uncertainty. A later ticket
that can't overtake needs no drawing: an order by key doesn't let it touch who stands before it.
"""

from collections.abc import Collection
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from hub.lobby.queue.experience import Array, Fit
from hub.lobby.queue.places import CounterPlace, CounterState, Place, QueueView, Stage
from hub.lobby.queue.rules import QueueRules

_PARKED_S = 600.0
_PARKED_RETURNS = 0.8
_MOST_CREDITED = 40

Flags = NDArray[np.bool_]
Positions = NDArray[np.intp]


@dataclass(slots=True)
class Row:
    """A service to come: of a ticket in line, or the next one of a visit with several (``after`` that row)."""

    key: float
    order: int
    service: int
    bound: int | None
    ready: Array
    soft: bool = False
    after: int | None = None
    ticket: str | None = None
    returns: bool = False


@dataclass(slots=True)
class Line:
    """The rows and the arrivals that may overtake, a run a row, in the order of keys; seconds from now.

    ``can``: counter by run by column; ``came``: the column of each row; ``follows``: the column of the visit's next
    service, or -1; ``gone``: nobody will come at the next call; ``returns``: but back into line after that.
    """

    arrive: Array
    key: Array
    can: Flags
    soft: Flags
    any_soft: bool
    follows: Positions
    any_follow: bool
    came: Positions
    took: Array
    between: Array
    gone: Flags
    returns: Flags


class Futures:
    """All runs side by side: one row a run, one column a service to come, in the order of keys; seconds from now."""

    def __init__(
        self, view: QueueView, rules: QueueRules, fit: Fit, now: float, chance: np.random.Generator, runs: int
    ) -> None:
        self._fit, self._now, self._chance, self._runs = fit, now, chance, runs
        self._classes = {name: at for at, name in enumerate(rules.classes)}
        self._counters = [one for one in view.counters if one.state is not CounterState.CLOSED]
        self._where = {one.name: at for at, one in enumerate(self._counters)}
        names = list(rules.counters)
        known = [names.index(one.name) for one in self._counters]
        self._skill = np.array(
            [[rules.takes(one.name, name) for name in rules.classes] for one in self._counters], dtype=np.bool_
        ).reshape(len(self._counters), len(self._classes))
        shape = (runs, len(self._classes))
        self._means = fit.log_mean + fit.log_mean_sd * chance.standard_normal(shape)
        effects = fit.effect[known] + fit.effect_sd[known] * chance.standard_normal((runs, len(known)))
        self._effects, self._speed = effects, np.exp(effects)
        self._penalty_s, self._returns = 60.0 * rules.no_show_penalty_minutes, rules.no_shows > 0
        self._no_shows = rules.no_shows
        places = {place.ticket: place for place in view.places}
        self._waiting = [place for place in view.places if place.stage in {Stage.WAITING, Stage.HELD}]
        free = [self._free(at, one, places) for at, one in enumerate(self._counters)]
        self._first_free = np.array(free).T.reshape(runs, len(free))
        self.rows = self._rows(view)

    def run(self, of: Collection[str] | None) -> tuple[Array, Array]:
        """When each row and a next ticket of each class is called; infinite where it never is."""
        runs, classes = self._runs, len(self._classes)
        if not self._counters:
            return np.full((runs, len(self.rows)), np.inf), np.full((runs, classes), np.inf)
        line = self._columns()
        starts = np.full(line.arrive.shape, np.inf)
        nexts = np.full((runs, classes), np.inf)
        wanted = self._wanted(of, line.came)
        wanted_next = self._skill.any(axis=0) & (of is None)
        free, idle = self._first_free.copy(), np.zeros(self._first_free.shape, dtype=np.bool_)
        every = np.arange(runs)
        first = 0
        for step in range(8 * (line.arrive.shape[1] + len(self._counters))):
            if step % 8 == 7:
                first = int(line.can.any(axis=(0, 1)).argmax())
            counter = free.argmin(axis=1)
            at = free[every, counter]
            able = line.can[counter, every, first:]
            arrive = line.arrive[:, first:]
            ready = able & (arrive <= at[:, None])
            chosen = ready.argmax(axis=1)
            found = np.asarray(ready[every, chosen])
            if of is None:
                last = ~found | (line.key[every, first + chosen] > 0)
                np.minimum(nexts, np.where(last[:, None] & self._skill[counter], at[:, None], np.inf), out=nexts)
            if line.any_soft and not found.all():
                early = able & line.soft[:, first:]
                spare = early.argmax(axis=1)
                found |= np.where(found, found, early[every, spare])
                chosen = np.where(ready[every, chosen], chosen, spare)
            rest = every[~found]
            if len(rest):
                later = np.where(able[rest] & (arrive[rest] > at[rest, None]), arrive[rest], np.inf)
                free[rest, counter[rest]] = later.min(axis=1)
            idle[every, counter] = ~found
            run, who = every[found], first + chosen[found]
            starts[run, who] = np.minimum(starts[run, who], at[found])
            self._serve(line, free, idle, run, who, counter[found], at[found])
            if step % 4 == 3:
                done = np.isfinite(starts[:, wanted]).all() and np.isfinite(nexts[:, wanted_next]).all()
                if done or not np.isfinite(free).any():
                    break
        return np.take_along_axis(starts, line.came, axis=1)[:, : len(self.rows)], nexts

    def _serve(
        self,
        line: Line,
        free: Array,
        idle: Flags,
        run: Positions,
        who: Positions,
        where: Positions,
        begin: Array,
    ) -> None:
        """Counters ``where`` take the rows ``who``: until when, and what may be called again after that."""
        end = begin + line.took[run, who] * self._speed[run, where]
        able = line.can[:, run, who]
        line.can[:, run, who] = False
        gone = np.flatnonzero(line.gone[run, who])
        if len(gone):
            end[gone] = begin[gone] + self._drawn(self._fit.misses, len(gone))
            back = gone[line.returns[run[gone], who[gone]]]
            line.can[:, run[back], who[back]] = able[:, back]
            line.gone[run[back], who[back]] = False
            self._again(line, free, idle, run[back], who[back], end[back] + self._penalty_s)
        free[run, where] = end + line.between[run, who]
        if line.any_follow:
            then = line.follows[run, who]
            some = np.flatnonzero((then >= 0) & ~line.can[:, run, who].any(axis=0))
            self._again(line, free, idle, run[some], then[some], end[some])

    def _again(self, line: Line, free: Array, idle: Flags, run: Positions, who: Positions, moment: Array) -> None:
        """Rows come into line at a moment; idle counters look up then."""
        line.arrive[run, who] = moment
        free[run] = np.where(idle[run], np.minimum(free[run], moment[:, None]), free[run])

    def _wanted(self, of: Collection[str] | None, came: Positions) -> Positions:
        able = np.asarray(self._skill.any(axis=0))
        asked = [
            at
            for at, row in enumerate(self.rows)
            if row.ticket is not None and (of is None or row.ticket in of) and able[row.service]
        ]
        return np.unique(came[:, asked])

    def _columns(self) -> Line:
        """Rows and credited arrivals in the order of keys."""
        runs, rows = self._runs, self.rows
        new_arrive, new_key, new_service = self._credited(max((row.key for row in rows), default=0.0))
        more = new_arrive.shape[1]
        follows = np.full(len(rows) + more, -1, dtype=np.intp)
        for at, row in enumerate(rows):
            if row.after is not None:
                follows[row.after] = at
        fixed = np.array([row.key for row in rows])
        key = np.concatenate((np.broadcast_to(fixed, (runs, len(rows))), new_key), axis=1)
        order = np.argsort(key, axis=1, kind="stable")
        came = np.argsort(order, axis=1, kind="stable")
        ready = np.array([row.ready for row in rows]).reshape(len(rows), runs).T
        arrive = np.take_along_axis(np.concatenate((ready, new_arrive), axis=1), order, axis=1)
        kinds = np.broadcast_to(np.array([row.service for row in rows], dtype=np.intp), (runs, len(rows)))
        service = np.take_along_axis(np.concatenate((kinds, new_service), axis=1), order, axis=1)
        none = np.full(more, -1, dtype=np.intp)
        bound = np.array([-1 if row.bound is None else row.bound for row in rows], dtype=np.intp)
        bound = np.concatenate((bound, none))[order]
        can = np.where(bound < 0, self._skill[:, service], bound == np.arange(len(self._counters))[:, None, None])
        soft = np.array([*(row.soft for row in rows), *[False] * more], dtype=np.bool_)
        returns = np.array([*(row.returns for row in rows), *[self._returns] * more], dtype=np.bool_)
        then = np.where(follows < 0, -1, came[:, np.maximum(follows, 0)])
        return Line(
            arrive=arrive,
            key=np.take_along_axis(key, order, axis=1),
            can=can,
            soft=soft[order],
            any_soft=bool(soft.any()),
            follows=np.take_along_axis(then, order, axis=1),
            any_follow=bool((follows >= 0).any()),
            came=came,
            took=self._durations(service),
            between=self._between(service.shape),
            gone=self._chance.random(service.shape) < self._fit.miss_share,
            returns=returns[order],
        )

    def _credited(self, latest: float) -> tuple[Array, Array, Positions]:
        """Arrivals that may yet overtake somebody: when, with which key, of which class."""
        fit, runs = self._fit, self._runs
        cap = max((credit for _, credit in fit.credited), default=0.0)
        expected = fit.credited_rate * (cap + max(0.0, latest))
        counts = np.minimum(self._chance.poisson(expected, runs), _MOST_CREDITED)
        most = int(counts.max())
        if most == 0:
            return np.full((runs, 1), np.inf), np.full((runs, 1), np.inf), np.zeros((runs, 1), dtype=np.intp)
        kinds = self._chance.integers(len(fit.credited), size=(runs, most))
        service = np.array([one[0] for one in fit.credited], dtype=np.intp)[kinds]
        credit = np.array([one[1] for one in fit.credited])[kinds]
        arrive = self._chance.random((runs, most)) * (cap + max(0.0, latest))
        arrive[np.arange(most) >= counts[:, None]] = np.inf
        key = arrive - credit
        arrive[key > max(0.0, latest)] = np.inf
        return arrive, key, service

    def _rows(self, view: QueueView) -> list[Row]:
        rows: list[Row] = []
        zero = np.zeros(self._runs)
        for place in view.places:
            ticket: str | None = None
            soft = False
            match place.stage:
                case Stage.WAITING:
                    ready, turn, ticket = zero, place.services, place.ticket
                case Stage.HELD:
                    ready, turn, ticket = self._held(place), place.services, place.ticket
                    soft = place.hold is not None and place.hold.soft
                case Stage.CALLED | Stage.SERVING if place.counter in self._where:
                    ready, turn = self._first_free[:, self._where[place.counter]], place.services[1:]
                case Stage.PARKED:
                    back = self._chance.random(self._runs) < _PARKED_RETURNS
                    ready = np.where(back, self._chance.exponential(_PARKED_S, self._runs), np.inf)
                    turn = place.services
                case _:
                    continue
            after: int | None = None
            for service in turn:
                if service not in self._classes:
                    break
                bound = self._where.get(place.bound) if place.bound is not None and after is None else None
                when = ready if after is None else np.full(self._runs, np.inf)
                row = Row(
                    place.key - self._now,
                    place.order,
                    self._classes[service],
                    bound,
                    when,
                    soft,
                    after,
                    ticket,
                    place.missed < self._no_shows,
                )
                rows.append(row)
                after, ticket, soft = len(rows) - 1, None, False
        return rows

    def _held(self, place: Place) -> Array:
        hold = place.hold
        if hold is None:
            return np.zeros(self._runs)
        if hold.until is not None:
            return np.full(self._runs, max(0.0, hold.until - self._now))
        at = self._classes.get(place.service, 0)
        able = max(1, int(self._skill[:, at].sum()))
        return np.asarray(np.exp(self._means[:, at] + self._fit.sigma[at] ** 2 / 2) / able)

    def _free(self, at: int, one: CounterPlace, places: dict[str, Place]) -> Array:
        """When a counter can call again."""
        place = None if one.ticket is None else places.get(one.ticket)
        if place is not None and place.service in self._classes:
            begun = self._now if place.called_at is None else place.called_at
            left = self._left(self._classes[place.service], at, max(0.0, self._now - begun))
            free = left + self._drawn(self._fit.reactions, self._runs)
        elif one.state is CounterState.OPEN:
            entered = [place.entered for place in self._waiting if place.stage is Stage.WAITING]
            since = max(one.free_since, min(entered, default=self._now))
            free = self._beyond(self._fit.reactions, max(0.0, self._now - since))
        else:
            free = np.zeros(self._runs)
        if one.state is CounterState.PAUSED:
            free = np.maximum(free, self._beyond(self._fit.pauses, max(0.0, self._now - one.since)))
        return free

    def _left(self, service: int, counter: int, passed: float) -> Array:
        """What is left of a service, given how long it has taken."""
        middle = self._means[:, service] + self._effects[:, counter]
        pool, sigma = self._fit.residuals[service], float(self._fit.sigma[service])
        least = np.log(max(passed, 1.0)) - middle
        first = np.searchsorted(pool, least, side="right")
        drawn = first + (self._chance.random(self._runs) * (len(pool) - first)).astype(np.intp)
        inside = np.exp(middle + pool[np.minimum(drawn, len(pool) - 1)])
        # Beyond what was seen: the tail of a lognormal, whose logarithm falls off like exponential with this mean.
        slope = sigma / np.maximum(least / sigma, 1.0)
        beyond = passed * np.exp(self._chance.exponential(1.0, self._runs) * slope)
        return np.asarray(np.maximum(0.0, np.where(len(pool) - first >= 6, inside, beyond) - passed))

    def _beyond(self, pool: Array, passed: float) -> Array:
        """What is left of a time of this pool, given how long it has taken."""
        first = int(np.searchsorted(pool, passed, side="right"))
        if len(pool) - first >= 4:
            return np.asarray(pool[self._chance.integers(first, len(pool), self._runs)] - passed)
        return self._chance.exponential(max(passed / 2, float(pool.mean())), self._runs)

    def _drawn(self, pool: Array, count: int) -> Array:
        return np.asarray(pool[self._chance.integers(len(pool), size=count)])

    def _durations(self, service: Positions) -> Array:
        residual = self._fit.residuals[service, self._chance.integers(self._fit.residuals.shape[1], size=service.shape)]
        return np.exp(np.take_along_axis(self._means, service, axis=1) + residual)

    def _between(self, shape: tuple[int, ...]) -> Array:
        """From one ticket's end to the next call: the reaction, and now and then a pause."""
        between = self._drawn(self._fit.reactions, shape[0] * shape[1]).reshape(shape)
        pause = self._chance.random(shape) < self._fit.pause_share
        between[pause] += self._drawn(self._fit.pauses, int(pause.sum()))
        return between
