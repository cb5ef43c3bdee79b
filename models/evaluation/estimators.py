"""What a policy would have been worth on another policy's log: IPW, self-normalised IPW, doubly robust. Pure (W-16).

A visit's value is how many of the products shown are taken. It is a sum over products, assuming that whether a shown
product is taken depends neither on the others shown nor on its place (the item-position model without positions of S.
Li et al., "Offline Evaluation of Ranking Policies with Click Models", KDD 2018). So a product's propensity p is its
probability to be shown at all, and with e the policy's own, s ∈ {0, 1} whether it was shown, r whether it was taken and
q a model of r:

    IPW     Σ s·e/p·r                        D. G. Horvitz, D. J. Thompson, JASA 47 (1952)
    SNIPW   (Σ s·e/p·r / Σ s·e/p) · mean Σ e  A. Swaminathan, T. Joachims, NeurIPS 2015
    DR      Σ e·q + s·e/p·(r - q)            M. Dudík, J. Langford, L. Li, ICML 2011

the sums over the products of a visit, then (IPW, DR) the mean over visits. Intervals are percentiles of a bootstrap
over visits (B. Efron 1979), the same resamples for both policies of a difference.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

import msgspec
import numpy as np

from models.evaluation.errors import EvaluationError
from models.evaluation.visits import Floats, LoggedVisits, Policy

_CHUNK = 64


class Estimator(StrEnum):
    """How a value is estimated."""

    IPW = "ipw"
    SNIPW = "snipw"
    DR = "dr"


class Interval(msgspec.Struct, frozen=True):
    """An estimate with its bounds."""

    value: float
    lower: float
    upper: float


@dataclass(frozen=True, slots=True)
class Bootstrap:
    """`resamples` draws by a generator of `seed`; bounds hold `confidence` of them between them."""

    resamples: int = 2000
    seed: int = 0
    confidence: float = 0.95

    def __post_init__(self) -> None:
        if self.resamples < 1 or not 0.0 < self.confidence < 1.0:
            raise EvaluationError(f"{self.resamples} resamples, confidence {self.confidence}: allowed ≥ 1, 0 to 1")


@dataclass(frozen=True, slots=True)
class Terms:
    """Per visit, what the estimators of one policy are made of, each [N]."""

    weighted_reward: Floats
    weight: Floats
    size: Floats
    doubly_robust: Floats


def item_weights(visits: LoggedVisits, policy: Policy) -> Floats:
    """s·e/p, [N, K]."""
    return np.where(visits.shown, policy.inclusion / visits.propensity, 0.0)


def terms(visits: LoggedVisits, policy: Policy, expected: Floats) -> Terms:
    """The terms of a policy; `expected` [N, K] is q, a model's probability that a product is taken when shown."""
    weight = item_weights(visits, policy)
    surprise = weight * (visits.taken - expected)
    return Terms(
        (weight * visits.taken).sum(axis=1),
        weight.sum(axis=1),
        policy.inclusion.sum(axis=1),
        (policy.inclusion * expected + surprise).sum(axis=1),
    )


def values(found: Terms, bootstrap: Bootstrap) -> dict[Estimator, Interval]:
    """The policy's value by each estimator, in products taken a visit."""
    table = _table(found)
    return _intervals(_values(table.mean(axis=0)), _values(resampled(table, bootstrap)), bootstrap)


def gains(candidate: Terms, current: Terms, bootstrap: Bootstrap) -> dict[Estimator, Interval]:
    """The candidate's value less the current policy's, by each estimator, on the same resamples."""
    table = np.hstack([_table(candidate), _table(current)])
    width = table.shape[1] // 2
    mean, draws = table.mean(axis=0), resampled(table, bootstrap)
    at = _values(mean[:width]) - _values(mean[width:])
    return _intervals(at, _values(draws[:, :width]) - _values(draws[:, width:]), bootstrap)


def resampled(table: Floats, bootstrap: Bootstrap) -> Floats:
    """Means of the columns of `table` [N, M] over bootstrap resamples of its rows, [resamples, M]."""
    rows = len(table)
    if rows == 0:
        raise EvaluationError("no visits to resample; give a log with some")
    generator = np.random.default_rng(bootstrap.seed)
    share = np.full(rows, 1.0 / rows)
    parts = []
    for start in range(0, bootstrap.resamples, _CHUNK):
        count = min(_CHUNK, bootstrap.resamples - start)
        parts.append(generator.multinomial(rows, share, size=count) @ table)
    return np.concatenate(parts) / rows


def percentiles(value: float, draws: Floats, bootstrap: Bootstrap) -> Interval:
    """The interval of the middle `confidence` of the draws."""
    outside = (1.0 - bootstrap.confidence) / 2.0
    lower, upper = np.quantile(draws, [outside, 1.0 - outside])
    return Interval(value, float(lower), float(upper))


def effective_size(weights: Floats) -> float:
    """How many equally weighted observations would say as much: (Σw)² / Σw² (L. Kish, Survey Sampling, 1965)."""
    square = float((weights**2).sum())
    return float(weights.sum()) ** 2 / square if square > 0.0 else 0.0


def _table(found: Terms) -> Floats:
    return np.column_stack([found.weighted_reward, found.weight, found.size, found.doubly_robust])


def _values(means: Floats) -> Floats:
    """[…, 4] column means → […, 3] values in the order of `Estimator`."""
    reward, weight, size, robust = (means[..., at] for at in range(4))
    normalised = np.where(weight > 0.0, reward / np.where(weight > 0.0, weight, 1.0), 0.0) * size
    return np.stack([reward, normalised, robust], axis=-1)


def _intervals(value: Floats, draws: Floats, bootstrap: Bootstrap) -> dict[Estimator, Interval]:
    return {estimator: percentiles(float(value[at]), draws[:, at], bootstrap) for at, estimator in enumerate(Estimator)}
