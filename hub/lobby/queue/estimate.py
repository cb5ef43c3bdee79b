"""The waiting estimate: when each ticket is called, with an interval that is meant as stated. Pure (K-03).

The quantiles of many simulated futures of the queue as it stands: :mod:`hub.lobby.queue.futures`.
"""

from collections.abc import Collection

import msgspec
import numpy as np

from hub.lobby.queue.experience import Array, Fit
from hub.lobby.queue.futures import Futures
from hub.lobby.queue.places import QueueView, Stage
from hub.lobby.queue.rules import QueueRules

STATED = 0.8
"""The share of customers that the interval from p10 to p90 promises to hold."""

RUNS = 200


class Estimate(msgspec.Struct, frozen=True, kw_only=True):
    """How much longer until a ticket is called, seconds; null while no counter takes its class.

    ``ahead``: how many are to be called before it, as it looks now. ``after_closing``: the probability of being called
    after the branch closes, null where it knows no closing time; ``warned``: whether the customer is to be told so.
    """

    service: str
    ticket: str | None = None
    ahead: int = 0
    p10_s: float | None = None
    p50_s: float | None = None
    p90_s: float | None = None
    after_closing: float | None = None
    warned: bool = False


class Outlook(msgspec.Struct, frozen=True, kw_only=True):
    """The estimates of all who wait or are held, by ticket, and of an ordinary next ticket of each class."""

    places: dict[str, Estimate]
    nexts: dict[str, Estimate]


def estimate(
    view: QueueView,
    rules: QueueRules,
    fit: Fit,
    now: float,
    *,
    seed: int,
    of: Collection[str] | None = None,
    runs: int = RUNS,
) -> Outlook:
    """The outlook at ``now``; with ``of`` only these tickets and no next ones, sooner. The same seed, the same figures.

    Seeds that stay the same from call to call (of a branch and day) keep the figures from flickering.
    """
    futures = Futures(view, rules, fit, now, np.random.default_rng(seed), runs)
    starts, nexts = futures.run(of)
    closing = None if view.closes_at is None else view.closes_at - now
    ahead, names = _ahead(view, rules), tuple(rules.classes)
    places = {
        row.ticket: _told(told, names[row.service], row.ticket, ahead[row.ticket], rules)
        for row, told in zip(futures.rows, _quantiles(starts, closing, fit), strict=True)
        if row.ticket is not None and (of is None or row.ticket in of)
    }
    if of is not None:
        return Outlook(places=places, nexts={})
    waiting = [place.service for place in view.places if place.stage is Stage.WAITING]
    meets = _meeting(rules)
    return Outlook(
        places=places,
        nexts={
            name: _told(told, name, None, sum((name, service) in meets for service in waiting), rules)
            for name, told in zip(names, _quantiles(nexts, closing, fit), strict=True)
        },
    )


def _meeting(rules: QueueRules) -> frozenset[tuple[str, str]]:
    """The pairs of classes that some counter takes both of."""
    skills = [[name for name in rules.classes if rules.takes(counter, name)] for counter in rules.counters]
    return frozenset((one, other) for skill in skills for one in skill for other in skill)


def _ahead(view: QueueView, rules: QueueRules) -> dict[str, int]:
    line = [place for place in view.places if place.stage in {Stage.WAITING, Stage.HELD}]
    meets = _meeting(rules)
    before = dict.fromkeys(rules.classes, 0)
    ahead: dict[str, int] = {}
    for place in sorted(line, key=lambda place: (place.key, place.order)):
        ahead[place.ticket] = before.get(place.service, 0)
        if place.stage is Stage.WAITING:
            for name in before:
                before[name] += (name, place.service) in meets
    return ahead


def _quantiles(starts: Array, closing: float | None, fit: Fit) -> list[tuple[float, float, float, float | None]]:
    """Per column: p10, p50, p90 after the stretch, infinite where never called; the share called after closing."""
    runs = len(starts)
    ordered = np.sort(starts, axis=0)
    low, middle, high = (ordered[min(runs - 1, round(share * runs))] for share in (0.1, 0.5, 0.9))
    never = np.isinf(high)
    low, middle, high = (np.where(never, np.inf, one) for one in (low, middle, high))
    known = np.where(never, 0.0, middle)
    below, above = known - np.where(never, 0.0, low), np.where(never, 0.0, high) - known
    low = np.where(never, np.inf, np.maximum(0.0, known - fit.stretch_low * below))
    high = np.where(never, np.inf, known + fit.stretch_high * above)
    late = [None] * starts.shape[1] if closing is None else (starts > closing).mean(axis=0).tolist()
    return list(zip(low.tolist(), middle.tolist(), high.tolist(), late, strict=True))


def _told(
    told: tuple[float, float, float, float | None], service: str, ticket: str | None, ahead: int, rules: QueueRules
) -> Estimate:
    low, middle, high, late = told
    known = high != float("inf")
    return Estimate(
        service=service,
        ticket=ticket,
        ahead=ahead,
        p10_s=low if known else None,
        p50_s=middle if known else None,
        p90_s=high if known else None,
        after_closing=late,
        warned=late is not None and late >= rules.closing_warning,
    )
