"""What a branch's queue has learned from its own days: how long services take, who is quick, who doesn't come. Pure.

The logarithm of a service's time is modelled as class mean + counter effect + residual (two-way random effects,
Searle, Casella & McCulloch 1992, ch. 3): the class mean is shrunk to what the rules state, the counter's effect to 0,
both as far as there is little to learn from; the residuals are kept as they came, beside those of a lognormal that
weighs as much as a few services. So a stated mean that is wrong is unlearned within some tens of services, and the
uncertainty that is left goes into the estimate.

What no model has (a teller's bad day, transfers, people who go for a coffee) is learned from the estimates' own
success: each half of the interval is stretched by adaptive conformal inference (Gibbs & Candès 2021, algorithm 1, on
the logarithm of the stretch): wider after a wait outside of it, a little narrower after one inside.
"""

from collections import deque
from collections.abc import Sequence
from dataclasses import dataclass
from math import exp, log

import msgspec
import numpy as np
from numpy.typing import NDArray

from hub.lobby.queue.rules import QueueRules

Array = NDArray[np.float64]

_KEPT = 400
_POOL = 256
_PRIOR_SIGMA = 0.6
_CLASS_TAU = 0.5
_COUNTER_TAU = 0.25
_PRIOR_SERVICES = 10.0
_PRIOR_REACTION_S = 20.0
_PRIOR_MISS_S = 60.0
_PRIOR_PAUSE_S = 900.0
_RATE_WINDOW_S = 3600.0
_NEAR_S = 5400.0
_FEW = 5
_OUTSIDE = 0.1
_STEP = 0.02
_STRETCH_LOW, _STRETCH_HIGH = 1.0, 1.25
_STRETCH_BOUNDS = (0.5, 4.0)


class Service(msgspec.Struct, frozen=True, array_like=True):
    """A service that was done: at which counter, how long after the call, seconds."""

    counter: str
    took_s: float


class Pause(msgspec.Struct, frozen=True, array_like=True):
    """A pause of a counter: since when, how long, seconds."""

    at: float
    for_s: float


class CreditedArrival(msgspec.Struct, frozen=True, array_like=True):
    """A ticket that came with a credit: when, its class, its credit in seconds."""

    at: float
    service: str
    credit_s: float


class Memory(msgspec.Struct, frozen=True, kw_only=True):
    """All that was learned, as a store keeps it from day to day; seconds, the latest last."""

    services: dict[str, tuple[Service, ...]] = {}
    reactions: tuple[float, ...] = ()
    misses: tuple[float, ...] = ()
    pauses: tuple[Pause, ...] = ()
    credited: tuple[CreditedArrival, ...] = ()
    calls: int = 0
    missed: int = 0
    done_by_hour: tuple[int, ...] = (0,) * 24
    paused_by_hour: tuple[int, ...] = (0,) * 24
    stretch_low: float = _STRETCH_LOW
    stretch_high: float = _STRETCH_HIGH


@dataclass(frozen=True, slots=True)
class Fit:
    """What the estimate draws from; classes and counters by their position in the rules, times in seconds.

    ``log_mean`` and ``log_mean_sd`` a class; ``effect`` and ``effect_sd`` a counter; ``residuals`` a row a class,
    sorted. The other arrays are sorted samples. ``stretch_low``, ``stretch_high``: factors of the two halves of the
    interval, below and above its median.
    """

    log_mean: Array
    log_mean_sd: Array
    effect: Array
    effect_sd: Array
    residuals: Array
    sigma: Array
    reactions: Array
    misses: Array
    pauses: Array
    miss_share: float
    pause_share: float
    credited_rate: float
    credited: tuple[tuple[int, float], ...]
    stretch_low: float
    stretch_high: float


class Experience:
    """Watches a queue and learns; a :class:`hub.lobby.queue.places.Witness`."""

    def __init__(self, rules: QueueRules, memory: Memory | None = None) -> None:
        kept = Memory() if memory is None else memory
        self._rules = rules
        self._classes = {name: at for at, name in enumerate(rules.classes)}
        self._counters = {name: at for at, name in enumerate(rules.counters)}
        self._services = {name: deque(kept.services.get(name, ()), _KEPT) for name in rules.classes}
        self._reactions = deque(kept.reactions, _KEPT)
        self._misses = deque(kept.misses, _KEPT)
        self._pauses = deque(kept.pauses, _KEPT)
        self._credited = deque(kept.credited, _KEPT)
        self._calls, self._missed = kept.calls, kept.missed
        self._done, self._paused = list(kept.done_by_hour), list(kept.paused_by_hour)
        self._stretch_low, self._stretch_high = kept.stretch_low, kept.stretch_high
        self._fitted: tuple[Array, Array, Array, Array, Array, Array] | None = None

    def memory(self) -> Memory:
        """All of it, to be kept."""
        return Memory(
            services={name: tuple(done) for name, done in self._services.items() if done},
            reactions=tuple(self._reactions),
            misses=tuple(self._misses),
            pauses=tuple(self._pauses),
            credited=tuple(self._credited),
            calls=self._calls,
            missed=self._missed,
            done_by_hour=tuple(self._done),
            paused_by_hour=tuple(self._paused),
            stretch_low=self._stretch_low,
            stretch_high=self._stretch_high,
        )

    def arrived(self, service: str, credit_s: float, at: float) -> None:
        """Learn how often somebody comes who may overtake."""
        if credit_s > 0:
            self._credited.append(CreditedArrival(at, service, credit_s))

    def called(self, counter: str, reaction_s: float) -> None:
        """Learn how long a free counter takes to call."""
        self._calls += 1
        self._reactions.append(reaction_s)

    def served(self, counter: str, service: str, took_s: float, at: float) -> None:
        """Learn how long a service takes, and who is quick."""
        if service in self._services and counter in self._counters:
            self._done[_hour(at)] += 1
            self._services[service].append(Service(counter, max(1.0, took_s)))
            self._fitted = None

    def missed(self, counter: str, service: str, took_s: float) -> None:
        """Learn how often nobody comes, and how long that takes."""
        self._missed += 1
        self._misses.append(took_s)

    def paused(self, counter: str, for_s: float, at: float) -> None:
        """Learn how often a counter pauses at which hour, and how long."""
        self._paused[_hour(at)] += 1
        self._pauses.append(Pause(at, for_s))

    def judged(self, low_s: float, high_s: float, waited_s: float) -> None:
        """Learn whether the interval held what it promised."""
        self._stretch_low = _stretched(self._stretch_low, waited_s < low_s)
        self._stretch_high = _stretched(self._stretch_high, waited_s > high_s)

    def fit(self, now: float) -> Fit:
        """What is known at this moment."""
        if self._fitted is None:
            self._fitted = self._effects()
        log_mean, log_mean_sd, effect, effect_sd, residuals, sigma = self._fitted
        recent = [one for one in self._credited if now - _RATE_WINDOW_S <= one.at <= now]
        return Fit(
            log_mean=log_mean,
            log_mean_sd=log_mean_sd,
            effect=effect,
            effect_sd=effect_sd,
            residuals=residuals,
            sigma=sigma,
            reactions=_pool(self._reactions, _PRIOR_REACTION_S),
            misses=_pool(self._misses, _PRIOR_MISS_S),
            pauses=_pool(self._pauses_of(now), _PRIOR_PAUSE_S),
            miss_share=(0.5 + self._missed) / (15.0 + self._calls),
            pause_share=self._pause_share(now),
            credited_rate=len(recent) / _RATE_WINDOW_S,
            credited=tuple(
                (self._classes[one.service], one.credit_s) for one in recent if one.service in self._classes
            ),
            stretch_low=self._stretch_low,
            stretch_high=self._stretch_high,
        )

    def _pause_share(self, now: float) -> float:
        """How often a counter pauses after a ticket, in this hour of the day and the next (noon is not like three)."""
        usual = (0.3 + sum(self._paused)) / (30.0 + sum(self._done))
        hours = (_hour(now), (_hour(now) + 1) % 24)
        paused, done = sum(self._paused[hour] for hour in hours), sum(self._done[hour] for hour in hours)
        return (paused + _PRIOR_SERVICES * usual) / (done + _PRIOR_SERVICES)

    def _pauses_of(self, now: float) -> list[float]:
        near = [one.for_s for one in self._pauses if abs((one.at - now + 43200) % 86400 - 43200) < _NEAR_S]
        return near if len(near) >= _FEW else [one.for_s for one in self._pauses]

    def _effects(self) -> tuple[Array, Array, Array, Array, Array, Array]:
        stated = np.array([log(60.0 * service.mean_minutes) for service in self._rules.classes.values()])
        prior = stated - _PRIOR_SIGMA**2 / 2
        done = [
            (self._classes[name], self._counters[one.counter], log(one.took_s))
            for name, services in self._services.items()
            for one in services
            if one.counter in self._counters
        ]
        classes = np.array([one[0] for one in done], dtype=np.intp)
        counters = np.array([one[1] for one in done], dtype=np.intp)
        logs = np.array([one[2] for one in done])
        class_n = np.bincount(classes, minlength=len(prior))
        sigma2 = np.full(len(prior), _PRIOR_SIGMA**2)
        mean, effect = prior.copy(), np.zeros(len(self._counters))
        mean_precision = 1 / _CLASS_TAU**2 + class_n / sigma2
        effect_precision = np.full(len(effect), 1 / _COUNTER_TAU**2)
        for _ in range(6):
            weight = 1 / sigma2[classes]
            mean_precision = 1 / _CLASS_TAU**2 + class_n / sigma2
            own = np.bincount(classes, weight * (logs - effect[counters]), minlength=len(prior))
            mean = (prior / _CLASS_TAU**2 + own) / mean_precision
            effect_precision = 1 / _COUNTER_TAU**2 + np.bincount(counters, weight, minlength=len(effect))
            effect = np.bincount(counters, weight * (logs - mean[classes]), minlength=len(effect)) / effect_precision
            squares = np.bincount(classes, (logs - mean[classes] - effect[counters]) ** 2, minlength=len(prior))
            sigma2 = (squares + _PRIOR_SERVICES * _PRIOR_SIGMA**2) / (class_n + _PRIOR_SERVICES)
        left = logs - mean[classes] - effect[counters]
        residuals = np.array([_mixed(left[classes == at], sigma2[at] ** 0.5) for at in range(len(prior))])
        return mean, mean_precision**-0.5, effect, effect_precision**-0.5, residuals, sigma2**0.5


def _hour(at: float) -> int:
    """The hour of the day in UTC: it only has to be the same one day after day."""
    return int(at % 86400 // 3600)


def _stretched(stretch: float, outside: bool) -> float:
    least, most = _STRETCH_BOUNDS
    return min(most, max(least, stretch * exp(_STEP * (outside - _OUTSIDE))))


def _mixed(own: Array, sigma: float) -> Array:
    """Sorted residuals: the own ones beside a normal's that weigh as much as a few services, evenly thinned out."""
    from_prior = max(1, round(_POOL * _PRIOR_SERVICES / (_PRIOR_SERVICES + len(own))))
    pool = sigma * _normal_quantiles(from_prior)
    if len(own) and from_prior < _POOL:
        pool = np.concatenate((pool, np.quantile(own, _steps(_POOL - from_prior))))
    pool = np.sort(pool)
    return pool if len(pool) == _POOL else np.resize(pool, _POOL)


def _pool(seen: Sequence[float] | deque[float], prior_s: float) -> Array:
    """Sorted seconds: what was seen, beside a few of an exponential distribution with the prior's mean."""
    return np.sort(np.concatenate((np.asarray(seen, dtype=np.float64), -prior_s * np.log1p(-_steps(_FEW)))))


def _steps(count: int) -> Array:
    return (np.arange(count) + 0.5) / count


def _normal_quantiles(count: int) -> Array:
    """Quantiles of the standard normal: Tukey's lambda at 0.1349 (Filliben 1975), within 0.02 up to the 1st percent."""
    at = _steps(count)
    return np.asarray((at**0.1349 - (1 - at) ** 0.1349) / 0.1975, dtype=np.float64)
