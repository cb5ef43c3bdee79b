"""Who comes first among what may be offered: the bank's weights, the customer's own business, variety. Pure (W-05)."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from typing import NamedTuple

from models.catalogue import Catalogue
from models.policy_figures import SHOWN


class Arranged(NamedTuple):
    """Products (positions in the catalogue) in order, best first.

    `values`: probability × factor, and `factors` alone (None: all 1), by position. `held_back`: positions that lost
    their place among the first three to variety. `barred`: positions that variety keeps out of the third place.
    """

    order: list[int]
    values: Sequence[float]
    factors: Sequence[float] | None = None
    held_back: frozenset[int] = frozenset()
    barred: frozenset[int] = frozenset()


class Arbitration:
    """The declared order of one catalogue."""

    def __init__(self, catalogue: Catalogue) -> None:
        figures = catalogue.policy
        weights = [figures.weight_of.get(product.code, 1.0) for product in catalogue.product]
        self._plain = _unless_neutral(weights)
        self._of_business = {
            business.code: _unless_neutral(
                [
                    weight * (figures.business_boost if product.category in business.categories else 1.0)
                    for weight, product in zip(weights, catalogue.product, strict=True)
                ]
            )
            for business in catalogue.business
        }
        self._category_most = figures.category_most
        self._category = tuple(product.category for product in catalogue.product)

    def arrange(self, order: Sequence[int], probabilities: Sequence[float], business: str) -> Arranged:
        """`order` (best first by probability) by probability × factors, at most `category_most` of a category among
        the first three unless nothing else is left."""
        factors = self._of_business.get(business, self._plain)
        values = probabilities
        arranged = list(order)
        if factors is not None:
            values = [probability * factor for probability, factor in zip(probabilities, factors, strict=True)]
            arranged.sort(key=values.__getitem__, reverse=True)
        if self._category_most >= SHOWN or len(arranged) < SHOWN:
            return Arranged(arranged, values, factors)
        return self._vary(arranged, values, factors)

    def _vary(self, order: list[int], values: Sequence[float], factors: Sequence[float] | None) -> Arranged:
        first: list[int] = []
        rest: list[int] = []
        places: Counter[str] = Counter()
        for at in order:
            if len(first) < SHOWN and places[self._category[at]] < self._category_most:
                first.append(at)
                places[self._category[at]] += 1
            else:
                rest.append(at)
        varied = [*first, *rest]
        held_back = frozenset(order[:SHOWN]).difference(varied[:SHOWN])
        fixed = Counter(self._category[at] for at in varied[: SHOWN - 1])
        open_to = varied[SHOWN - 1 :]
        barred = frozenset(at for at in open_to if fixed[self._category[at]] >= self._category_most)
        if len(barred) == len(open_to):
            barred = frozenset()
        return Arranged(varied, values, factors, held_back, barred)


def _unless_neutral(factors: list[float]) -> list[float] | None:
    return factors if any(factor != 1.0 for factor in factors) else None
