"""What is shown of a branch's queue: to those who call, to those who wait, to who runs the branch (K-06)."""

from collections.abc import Iterator, Mapping
from datetime import UTC, date, datetime
from enum import StrEnum
from statistics import median

import msgspec

from contracts.fields import AccessNeed, Language
from hub.lobby.bookings.expected import BookedRow
from hub.lobby.kiosks.model import KioskCard
from hub.lobby.lending.model import BandCard
from hub.lobby.model import Ticket
from hub.lobby.queue.estimate import Estimate
from hub.lobby.queue.places import CounterPlace, CounterState, Move, Place, QueueView, Stage
from hub.lobby.queue.rules import QueueRules
from hub.lobby.queues import BranchDay, Call
from hub.lobby.settings import AlertThresholds

IN_LINE = frozenset({Stage.WAITING, Stage.HELD})
GONE = frozenset({Stage.SERVED, Stage.LEFT})
BACK = frozenset({Stage.PARKED, Stage.NO_SHOW})


class Wait(msgspec.Struct, frozen=True, kw_only=True):
    """How much longer until somebody is called: 80 % of customers between the two ends; seconds."""

    low_s: float
    middle_s: float
    high_s: float


class Standing(msgspec.Struct, frozen=True, kw_only=True):
    """A ticket in the queue. ``wait``: null when nobody can tell; ``late``: perhaps not before closing.

    ``bound``: the only counter that may call it.
    """

    ticket: str
    number: str
    business: str
    service: str
    stage: Stage
    since: datetime
    waited_s: float
    language: Language
    needs: tuple[AccessNeed, ...] = ()
    priorities: tuple[str, ...] = ()
    counter: str | None = None
    bound: str | None = None
    ahead: int = 0
    wait: Wait | None = None
    late: bool = False
    recalls: int = 0


class CounterCard(msgspec.Struct, frozen=True, kw_only=True):
    """A counter, and whom it has since when."""

    name: str
    state: CounterState
    classes: tuple[str, ...]
    since: datetime
    has: Standing | None = None
    busy_s: float = 0.0


class AlertKind(StrEnum):
    """What the manager should look at."""

    LONG_WAIT = "long_wait"
    MANY_WAIT = "many_wait"
    NOBODY_SERVES = "nobody_serves"
    LONG_SERVICE = "long_service"
    AFTER_CLOSING = "after_closing"


class Alert(msgspec.Struct, frozen=True, kw_only=True):
    """Something beyond its threshold: ``subject`` is a number, a class or a counter; ``amount`` minutes or tickets."""

    kind: AlertKind
    subject: str
    amount: float


class Board(msgspec.Struct, frozen=True, kw_only=True):
    """The whole lobby at a moment. ``line``: who waits, first to be called first; ``aside``: parked or missed.

    ``calls``: the latest last, with a ``seq`` that grows all ``day``; ``version``: another after each change of it.
    ``nexts``: how long an ordinary customer of each class would wait who came now; ``median_wait_s``: of all who were
    called today; ``bands``: those that the branch lends; ``bookings``: of today, by time.
    """

    branch: str
    title: str
    time_zone: str
    day: date
    version: int
    at: datetime
    closes: datetime | None
    counters: tuple[CounterCard, ...]
    line: tuple[Standing, ...]
    aside: tuple[Standing, ...]
    calls: tuple[Call, ...]
    classes: dict[str, dict[str, str]]
    nexts: dict[str, Wait | None]
    served: int
    left: int
    median_wait_s: float | None
    alerts: tuple[Alert, ...]
    bands: tuple[BandCard, ...] = ()
    kiosks: tuple[KioskCard, ...] = ()
    bookings: tuple[BookedRow, ...] = ()


class Following(msgspec.Struct, frozen=True, kw_only=True):
    """What a customer's phone shows: nothing of who it is. ``deferrals``: how often more time may still be asked for,
    each time at most ``most_minutes``. ``missed``: was called before and did not come. ``can``: what the customer may
    do now."""

    branch: str
    number: str
    business: str
    stage: Stage
    language: Language
    ahead: int
    wait: Wait | None
    late: bool
    counter: str | None
    deferrals: int
    most_minutes: float
    again_at: datetime | None
    missed: bool = False
    can: tuple[Move, ...] = ()


def board(
    day: BranchDay,
    estimates: Mapping[str, Estimate],
    thresholds: AlertThresholds,
    now: datetime,
    kiosks: tuple[KioskCard, ...] = (),
    bands: tuple[BandCard, ...] = (),
    bookings: tuple[BookedRow, ...] = (),
) -> Board:
    """The lobby of a branch; estimates by ticket."""
    view = day.queue.view()
    shown = {place.ticket: place for place in view.places if place.stage not in GONE}
    standing = {place.ticket: _standing(place, day.tickets, estimates, now) for place in shown.values()}
    order = sorted((place for place in shown.values() if place.stage in IN_LINE), key=lambda p: (p.key, p.order))
    line = tuple(row for place in order if (row := standing[place.ticket]) is not None)
    aside = tuple(
        row for place in shown.values() if place.stage in BACK and (row := standing[place.ticket]) is not None
    )
    counters = tuple(_counter(one, day.rules, standing, shown, now) for one in view.counters)
    return Board(
        branch=day.branch.name,
        title=day.branch.title,
        time_zone=day.branch.time_zone,
        day=day.day,
        version=day.version,
        at=now,
        closes=open_until(day),
        counters=counters,
        line=line,
        aside=aside,
        calls=tuple(day.calls),
        classes={
            name: {language: one.names.get(language) for language in ("en", "zh", "ko")}
            for name, one in day.rules.classes.items()
        },
        nexts={name: _wait(estimates.get(f"@{name}")) for name in day.rules.classes},
        served=sum(place.stage is Stage.SERVED for place in view.places),
        left=sum(place.stage in {Stage.LEFT, Stage.NO_SHOW} for place in view.places),
        median_wait_s=_median_wait_s(view),
        alerts=tuple(_alerts(line, counters, day.rules, thresholds)),
        bands=bands,
        kiosks=kiosks,
        bookings=bookings,
    )


def open_until(day: BranchDay) -> datetime | None:
    """From when on no ticket is given today; null when the rules know no such moment."""
    closes = day.queue.closes_at
    return None if closes is None else datetime.fromtimestamp(closes, UTC)


def following(day: BranchDay, ticket: Ticket, place: Place, estimate: Estimate | None, business: str) -> Following:
    """What the phone of this ticket's customer shows; ``business`` as they read it."""
    again = None if place.hold is None else place.hold.until
    return Following(
        branch=day.branch.title,
        number=ticket.number,
        business=business,
        stage=place.stage,
        language=ticket.language,
        ahead=0 if estimate is None else estimate.ahead,
        wait=_wait(estimate),
        late=estimate is not None and estimate.warned,
        counter=place.counter if place.stage in {Stage.CALLED, Stage.SERVING} else None,
        deferrals=max(0, day.rules.deferrals - place.deferrals),
        most_minutes=day.rules.max_deferral_minutes,
        again_at=None if again is None else datetime.fromtimestamp(again, UTC),
        missed=place.missed > 0,
        can=open_to_customer(place, day.rules),
    )


def open_to_customer(place: Place, rules: QueueRules) -> tuple[Move, ...]:
    """What the customer may do without asking anybody: ask for more time, come back, leave, stand in line again.

    Nobody shortens the penalty of a missed call so: who was missed may neither come back early nor ask for more time.
    """
    held_by_wish = place.stage is Stage.HELD and place.missed == 0
    moves = []
    if (place.stage is Stage.WAITING or held_by_wish) and place.deferrals < rules.deferrals:
        moves.append(Move.DEFER)
    if held_by_wish and place.deferrals > 0:
        moves.append(Move.RESUME)
    if place.stage in {Stage.WAITING, Stage.HELD, Stage.PARKED, Stage.CALLED}:
        moves.append(Move.LEAVE)
    if place.stage in {Stage.LEFT, Stage.NO_SHOW}:
        moves.append(Move.REJOIN)
    return tuple(moves)


def _median_wait_s(view: QueueView) -> float | None:
    waited = [max(0.0, place.called_at - place.since) for place in view.places if place.called_at is not None]
    return median(waited) if waited else None


def _wait(estimate: Estimate | None) -> Wait | None:
    if estimate is None or estimate.p10_s is None or estimate.p50_s is None or estimate.p90_s is None:
        return None
    return Wait(low_s=estimate.p10_s, middle_s=estimate.p50_s, high_s=estimate.p90_s)


def _standing(
    place: Place, tickets: Mapping[str, Ticket], estimates: Mapping[str, Estimate], now: datetime
) -> Standing | None:
    ticket = tickets.get(place.ticket)
    if ticket is None:
        return None
    estimate = estimates.get(place.ticket)
    since = datetime.fromtimestamp(place.arrived, UTC)
    return Standing(
        ticket=ticket.id,
        number=ticket.number,
        business=ticket.business,
        service=place.service,
        stage=place.stage,
        since=since,
        waited_s=max(0.0, (now - since).total_seconds()),
        language=ticket.language,
        needs=ticket.needs,
        priorities=place.priorities,
        counter=place.counter,
        bound=place.bound,
        ahead=0 if estimate is None else estimate.ahead,
        wait=_wait(estimate),
        late=estimate is not None and estimate.warned,
        recalls=place.recalls,
    )


def _counter(
    one: CounterPlace,
    rules: QueueRules,
    standing: Mapping[str, Standing | None],
    shown: Mapping[str, Place],
    now: datetime,
) -> CounterCard:
    has = None if one.ticket is None else standing.get(one.ticket)
    place = None if one.ticket is None else shown.get(one.ticket)
    began = None if place is None else place.started_at or place.called_at
    return CounterCard(
        name=one.name,
        state=one.state,
        classes=tuple(name for name in rules.classes if rules.takes(one.name, name)),
        since=datetime.fromtimestamp(one.since, UTC),
        has=has,
        busy_s=0.0 if began is None else max(0.0, now.timestamp() - began),
    )


def _alerts(
    line: tuple[Standing, ...], counters: tuple[CounterCard, ...], rules: QueueRules, thresholds: AlertThresholds
) -> Iterator[Alert]:
    waiting = [row for row in line if row.stage is Stage.WAITING]
    if waiting:
        longest = max(waiting, key=lambda row: row.waited_s)
        if longest.waited_s >= 60 * thresholds.wait_minutes:
            yield Alert(kind=AlertKind.LONG_WAIT, subject=longest.number, amount=longest.waited_s / 60)
    for name in rules.classes:
        mine = [row for row in waiting if row.service == name]
        if len(mine) >= thresholds.waiting:
            yield Alert(kind=AlertKind.MANY_WAIT, subject=name, amount=float(len(mine)))
        if mine and not any(one.state is CounterState.OPEN and name in one.classes for one in counters):
            yield Alert(kind=AlertKind.NOBODY_SERVES, subject=name, amount=float(len(mine)))
    for one in counters:
        if one.has is not None and one.has.stage is Stage.SERVING and one.busy_s >= 60 * thresholds.service_minutes:
            yield Alert(kind=AlertKind.LONG_SERVICE, subject=one.name, amount=one.busy_s / 60)
    late = sum(row.late for row in line)
    if late:
        yield Alert(kind=AlertKind.AFTER_CLOSING, subject="", amount=float(late))
