"""The policy of one catalogue: rules, then order, then what is left to chance, then the result. Pure (W-05).

held → eligibility → suitability → consent → cooling-off → contact fatigue → arbitration → exploration → top 3.
A product appears exactly once, ranked or removed.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import NamedTuple

from models.catalogue import Catalogue
from models.exploration import explore
from models.policy.arbitration import Arbitration
from models.policy.facts import CustomerFacts
from models.policy.funnel import Funnel, RankedProduct, Tag, predicted_tags
from models.policy.removal import Removed
from models.policy.rules import Rules, by_probability
from models.policy_figures import PolicyFigures
from models.reasons import Reason


class Plan(NamedTuple):
    """What may be offered, positions in the catalogue in the order shown.

    `propensities` by place of `order`; `explored`: the position drawn into the third place, None when none was;
    `factors` by position (None: all 1); `held_back`: positions that variety moved behind the third place.
    """

    order: Sequence[int]
    propensities: Sequence[float]
    explored: int | None = None
    factors: Sequence[float] | None = None
    held_back: frozenset[int] = frozenset()


class Policy:
    """The rules, the order and the exploration of one catalogue."""

    def __init__(self, catalogue: Catalogue) -> None:
        self.catalogue = catalogue
        self.figures: PolicyFigures = catalogue.policy
        self._rules = Rules(catalogue)
        self._arbitration = Arbitration(catalogue)
        self._categories = tuple(category.code for category in catalogue.category)
        position = {code: i for i, code in enumerate(self._categories)}
        self._category_at = tuple(position[product.category] for product in catalogue.product)
        self._codes = catalogue.product_codes

    def sift(
        self, facts: CustomerFacts, probabilities: Sequence[float], now: datetime
    ) -> tuple[list[int], tuple[Removed, ...]]:
        """Positions of the products that may be offered, likeliest first (ties in catalogue order), and the removed
        ones."""
        keep, removed = self._rules.apply(facts, now)
        return by_probability(keep, probabilities), tuple(removed)

    def plan(
        self, order: Sequence[int], probabilities: Sequence[float], *, business: str = "", key: str = "", version: str
    ) -> Plan:
        """`sift`'s order arbitrated for the business that the customer came for, its third place perhaps explored.

        `key` names the visit; with an empty one nothing is left to chance.
        """
        arranged = self._arbitration.arrange(order, probabilities, business)
        explored = explore(
            arranged.order, arranged.values, self.figures, key=key, version=version, barred=arranged.barred
        )
        return Plan(
            explored.order, explored.propensities, explored.explored, arranged.factors, held_back=arranged.held_back
        )

    def funnel(
        self,
        plan: Plan,
        removed: tuple[Removed, ...],
        probabilities: Sequence[float],
        reasons: Sequence[tuple[Reason, ...]],
        version: str,
        *,
        raw: bytes = b"",
        feature_hash: str = "",
    ) -> Funnel:
        """The result; `reasons` belong to the first products of the plan, one tuple each."""
        codes, factors, explored, held_back = self._codes, plan.factors, plan.explored, plan.held_back
        explained = len(reasons)
        ranked = tuple(
            [
                RankedProduct(
                    codes[at],
                    probabilities[at],
                    reasons[place] if place < explained else (),
                    propensity,
                    at == explored,
                    1.0 if factors is None else factors[at],
                    at in held_back,
                )
                for place, (at, propensity) in enumerate(zip(plan.order, plan.propensities, strict=True))
            ]
        )
        tags = self._tags(plan.order, probabilities)
        return Funnel(
            ranked=ranked,
            removed=removed,
            tags=tags,
            predicted_tags=predicted_tags(tags, self.figures),
            version=version,
            raw=raw,
            feature_hash=feature_hash,
        )

    def _tags(self, order: Sequence[int], probabilities: Sequence[float]) -> tuple[Tag, ...]:
        weights = [0.0] * len(self._categories)
        for at in order:
            weights[self._category_at[at]] += probabilities[at]
        total = sum(weights)
        if total <= 0.0:
            return ()
        tags = [
            Tag(code, weight / total) for code, weight in zip(self._categories, weights, strict=True) if weight > 0.0
        ]
        tags.sort(key=lambda tag: -tag.weight)
        return tuple(tags)
