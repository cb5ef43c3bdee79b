"""The rules that take products out: held, eligibility, suitability, consent, cooling-off, contact fatigue. Pure (W-05).

A rule looks at the customer's facts and the product's declaration and at nothing else. What belongs to the business
that the customer came for is service, not marketing: consent and contact fatigue don't take it out.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from models.catalogue import Catalogue, Product
from models.policy.facts import CustomerFacts
from models.policy.removal import Removed, Rule

_NOTHING: frozenset[str] = frozenset()


class Rules:
    """The rules of one catalogue."""

    def __init__(self, catalogue: Catalogue) -> None:
        self._figures = figures = catalogue.policy
        self._products = catalogue.product
        self._category = {product.code: product.category for product in catalogue.product}
        self._cooling_off = {product.code: figures.cooling_off_of(product.code) for product in catalogue.product}
        self._came_for = {business.code: frozenset(business.categories) for business in catalogue.business}
        self._restricted = tuple(
            p.min_age is not None or p.max_age is not None or bool(p.segments) or bool(p.requires)
            for p in catalogue.product
        )

    def apply(self, facts: CustomerFacts, now: datetime) -> tuple[list[int], list[Removed]]:
        """Positions of the products that may be offered and the removed ones, each in the catalogue's order.

        A product is removed by the first rule that hits it.
        """
        keep: list[int] = []
        removed: list[Removed] = []
        holdings = facts.holdings
        rating = 1 if facts.risk_rating is None else facts.risk_rating
        own = self._came_for.get(facts.business, _NOTHING)
        unasked = self._without_marketing(facts)
        outreach = unasked is not None or bool(facts.opted_out)
        fatigue = self._fatigue(facts, now)
        for at, product in enumerate(self._products):
            code = product.code
            hit: Removed | None = None
            if code in holdings:
                hit = Removed(code, Rule.HELD, "holdings", code, "")
            elif self._restricted[at] and (hit := _ineligible(product, facts)) is not None:
                pass
            elif rating < product.risk_rating:
                hit = Removed(code, Rule.SUITABILITY, "risk_rating", str(rating), str(product.risk_rating))
            else:
                came_for = product.category in own
                if outreach and not came_for:
                    hit = _unconsented(product, facts, unasked)
                if hit is None and facts.refusals:
                    hit = self._cooling(code, facts, now)
                if hit is None and fatigue is not None and not came_for:
                    hit = self._tired(product, fatigue)
            if hit is None:
                keep.append(at)
            else:
                removed.append(hit)
        return keep, removed

    def _without_marketing(self, facts: CustomerFacts) -> str | None:
        """The customer's answer if it forbids offers, else None."""
        if facts.marketing_consent is None:
            return "unknown" if self._figures.consent_unknown == "withhold" else None
        return None if facts.marketing_consent else "no"

    def _cooling(self, code: str, facts: CustomerFacts, now: datetime) -> Removed | None:
        refused_at = facts.refusals.get(code)
        if refused_at is None:
            return None
        until = refused_at + self._cooling_off[code]
        if now >= until:
            return None
        return Removed(code, Rule.COOLING_OFF, "refused", refused_at.date().isoformat(), until.date().isoformat())

    def _fatigue(self, facts: CustomerFacts, now: datetime) -> _Fatigue | None:
        """What was shown too often lately, None when nothing was."""
        figures = self._figures
        if not facts.contacts or not figures.fatigue_days:
            return None
        since = now - figures.fatigue
        products: Counter[str] = Counter()
        categories: Counter[str] = Counter()
        for contact in facts.contacts:
            if contact.at > since:
                shown = set(contact.products)
                products.update(shown)
                categories.update({self._category[code] for code in shown if code in self._category})
        tired = _Fatigue(
            {code: talks for code, talks in products.items() if talks >= figures.fatigue_product_most},
            {code: talks for code, talks in categories.items() if talks >= figures.fatigue_category_most},
        )
        return tired if tired.products or tired.categories else None

    def _tired(self, product: Product, fatigue: _Fatigue) -> Removed | None:
        talks = fatigue.products.get(product.code)
        if talks is not None:
            most = self._figures.fatigue_product_most
            return Removed(product.code, Rule.FATIGUE, "fatigue_product_most", str(talks), str(most))
        talks = fatigue.categories.get(product.category)
        if talks is not None:
            most = self._figures.fatigue_category_most
            return Removed(product.code, Rule.FATIGUE, "fatigue_category_most", str(talks), str(most))
        return None


@dataclass(frozen=True, slots=True)
class _Fatigue:
    """Products and categories shown too often, with the number of talks."""

    products: dict[str, int]
    categories: dict[str, int]


def _unconsented(product: Product, facts: CustomerFacts, unasked: str | None) -> Removed | None:
    if unasked is not None:
        return Removed(product.code, Rule.CONSENT, "marketing_consent", unasked, "yes")
    if product.category in facts.opted_out:
        return Removed(product.code, Rule.CONSENT, "opted_out", product.category, product.category)
    return None


def _ineligible(product: Product, facts: CustomerFacts) -> Removed | None:
    age = "unknown" if facts.age is None else str(facts.age)
    if product.min_age is not None and (facts.age is None or facts.age < product.min_age):
        return Removed(product.code, Rule.ELIGIBILITY, "min_age", age, str(product.min_age))
    if product.max_age is not None and (facts.age is None or facts.age > product.max_age):
        return Removed(product.code, Rule.ELIGIBILITY, "max_age", age, str(product.max_age))
    if product.segments and facts.segment not in product.segments:
        return Removed(product.code, Rule.ELIGIBILITY, "segments", facts.segment, ", ".join(product.segments))
    for code in product.requires:
        if code not in facts.holdings:
            return Removed(product.code, Rule.ELIGIBILITY, "requires", "", code)
    return None


def by_probability(positions: Sequence[int], probabilities: Sequence[float]) -> list[int]:
    """The positions, likeliest first; ties in the catalogue's order."""
    return sorted(positions, key=probabilities.__getitem__, reverse=True)  # reverse keeps the order of ties
