"""The third place left to chance now and then, with the exact probability of every outcome. Pure (W-05, W-16).

ε-softmax: the best two stay. The third place goes to the third best with probability 1 - ε, and with probability ε is
drawn from all that could stand there, the third best among them, each with probability ∝ value^(1/τ): a softmax of the
log-values at temperature τ. The draw is a function of the visit's key and the model's version alone (sha256), so that
hub and device draw the same, and a replay draws the same again.

With one place left to chance, the probability that a product is among the first three is a plain sum, exact to
rounding: it is what off-policy estimators divide by (inverse propensity weights: Horvitz and Thompson 1952). Thompson
sampling has no such closed form: its propensities would be Monte-Carlo estimates, whose inverses are biased.
"""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from collections.abc import Set as AbstractSet
from math import exp, log
from typing import NamedTuple

from models.policy_figures import SHOWN, PolicyFigures

_LAST = SHOWN - 1
_NOBODY: frozenset[int] = frozenset()


class Exploration(NamedTuple):
    """The order shown; per place of it the probability that its product is among the first three; the product drawn
    into the third place against the ranking, None when the ranking stands."""

    order: Sequence[int]
    propensities: Sequence[float]
    explored: int | None = None


def explore(
    order: Sequence[int],
    values: Sequence[float],
    figures: PolicyFigures,
    *,
    key: str,
    version: str,
    barred: AbstractSet[int] = _NOBODY,
) -> Exploration:
    """`order` (positions, best first) with its third place drawn; an empty `key` draws nothing.

    `values` by position are the weights of the draw, at least 0; `barred` positions can't be drawn. What was third best
    then comes fourth.
    """
    shares = _shares(order, values, figures, barred) if key else None
    if shares is None:
        return Exploration(order, _certain(len(order)))
    epsilon = figures.explore_epsilon
    inclusion = _inclusion(shares, epsilon)
    try_out, where = _uniforms(key, version)
    place = _drawn(shares, where) if try_out < epsilon else 0
    if place == 0:
        return Exploration(order, inclusion)
    at = _LAST + place
    shown = [*order[:_LAST], order[at], *order[_LAST:at], *order[at + 1 :]]
    moved = [*inclusion[:_LAST], inclusion[at], *inclusion[_LAST:at], *inclusion[at + 1 :]]
    return Exploration(shown, moved, order[at])


def propensities(
    order: Sequence[int], values: Sequence[float], figures: PolicyFigures, *, barred: AbstractSet[int] = _NOBODY
) -> list[float]:
    """The probability, over all keys, that each place of `order` ends among the first three; they sum to three, or to
    as many products as there are."""
    shares = _shares(order, values, figures, barred)
    return _certain(len(order)) if shares is None else _inclusion(shares, figures.explore_epsilon)


def _certain(products: int) -> list[float]:
    return [1.0 if place < SHOWN else 0.0 for place in range(products)]


def _inclusion(shares: Sequence[float], epsilon: float) -> list[float]:
    inclusion = [1.0] * _LAST
    inclusion += [epsilon * share for share in shares]
    inclusion[_LAST] = min(1.0, inclusion[_LAST] + 1.0 - epsilon)
    return inclusion


def _shares(
    order: Sequence[int], values: Sequence[float], figures: PolicyFigures, barred: AbstractSet[int]
) -> list[float] | None:
    """The softmax over the places from the third on, None where nothing is left to chance."""
    if not figures.explore or figures.explore_epsilon <= 0.0 or len(order) <= SHOWN:
        return None
    weights = [0.0 if at in barred else values[at] for at in order[_LAST:]]
    if figures.explore_temperature != 1.0:
        highest = max(weights)
        weights = [
            exp((log(weight) - log(highest)) / figures.explore_temperature) if weight > 0.0 else 0.0
            for weight in weights
        ]
    total = sum(weights)
    if not 0.0 < total < float("inf"):
        return None
    return [weight / total for weight in weights]


def _drawn(shares: Sequence[float], where: float) -> int:
    passed = 0.0
    last = 0
    for place, share in enumerate(shares):
        if share > 0.0:
            last = place
            passed += share
            if where < passed:
                break
    return last


def _uniforms(key: str, version: str) -> tuple[float, float]:
    """Two numbers in [0, 1) of 53 bits each."""
    digest = hashlib.sha256(f"{version}\0{key}".encode()).digest()
    return (
        (int.from_bytes(digest[:8], "big") >> 11) * 2.0**-53,
        (int.from_bytes(digest[8:16], "big") >> 11) * 2.0**-53,
    )
