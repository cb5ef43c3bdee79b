"""The policy's funnel: who may be offered what, by declared rules, and the ranking of what remains. Pure (W-05).

Order of the rules: held → eligibility → suitability → cooling-off → ranking by probability. A product is removed by the
first rule that hits it and appears exactly once, ranked or removed.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from enum import StrEnum
from typing import assert_never

import msgspec

from models.catalogue import Catalogue, Language, PolicyFigures, Product
from models.reasons import Reason


class Rule(StrEnum):
    """A rule of the funnel, in the order of application."""

    HELD = "held"
    ELIGIBILITY = "eligibility"
    SUITABILITY = "suitability"
    COOLING_OFF = "cooling_off"


class CustomerFacts(msgspec.Struct, frozen=True, kw_only=True):
    """What the rules need to know. `risk_rating` 1–5, None counts as 1; `age` None fails any age rule;
    `refusals`: product code → when it was last refused (aware, UTC)."""

    holdings: frozenset[str]
    risk_rating: int | None = None
    age: int | None = None
    segment: str = ""
    refusals: Mapping[str, datetime] = msgspec.field(default_factory=dict)


class Removed(msgspec.Struct, frozen=True):
    """A product that was not ranked: the rule, the field of the product's declaration, the customer's value, the
    limit."""

    code: str
    rule: Rule
    field: str
    actual: str
    limit: str

    @property
    def why(self) -> str:
        """The removal in one English line."""
        return removal_text(self, "en")


class RankedProduct(msgspec.Struct, frozen=True):
    """A product on offer, its probability among the products the customer does not hold, and at most three reasons."""

    code: str
    probability: float
    reasons: tuple[Reason, ...] = ()


class Tag(msgspec.Struct, frozen=True):
    """A preference: a product category and its share (0–1) of the ranked probability."""

    code: str
    weight: float


class Funnel(msgspec.Struct, frozen=True, kw_only=True):
    """The analysis of one customer: ranked products best first, removed products, preferences heaviest first."""

    ranked: tuple[RankedProduct, ...]
    removed: tuple[Removed, ...]
    tags: tuple[Tag, ...]
    predicted_tags: tuple[str, ...]
    version: str


class Policy:
    """The rules of one catalogue."""

    def __init__(self, catalogue: Catalogue) -> None:
        self.catalogue = catalogue
        self.figures: PolicyFigures = catalogue.policy
        self._products = catalogue.product
        self._categories = tuple(category.code for category in catalogue.category)
        position = {code: i for i, code in enumerate(self._categories)}
        self._category_at = tuple(position[product.category] for product in catalogue.product)
        self._codes = catalogue.product_codes
        self._restricted = tuple(
            p.min_age is not None or p.max_age is not None or bool(p.segments) or bool(p.requires)
            for p in catalogue.product
        )

    def sift(
        self, facts: CustomerFacts, probabilities: Sequence[float], now: datetime
    ) -> tuple[list[int], tuple[Removed, ...]]:
        """Positions of the products that may be offered, likeliest first (ties in catalogue order), and the removed
        ones."""
        keep: list[int] = []
        removed: list[Removed] = []
        holdings, refusals = facts.holdings, facts.refusals
        rating = 1 if facts.risk_rating is None else facts.risk_rating
        for at, product in enumerate(self._products):
            code = product.code
            if code in holdings:
                removed.append(Removed(code, Rule.HELD, "holdings", code, ""))
                continue
            if self._restricted[at] and (refused := _ineligible(product, facts)) is not None:
                removed.append(refused)
            elif rating < product.risk_rating:
                limit = str(product.risk_rating)
                removed.append(Removed(code, Rule.SUITABILITY, "risk_rating", str(rating), limit))
            elif refusals and (cooling := self._cooling(code, refusals, now)) is not None:
                removed.append(cooling)
            else:
                keep.append(at)
        keep.sort(key=lambda at: -probabilities[at])
        return keep, tuple(removed)

    def _cooling(self, code: str, refusals: Mapping[str, datetime], now: datetime) -> Removed | None:
        refused_at = refusals.get(code)
        if refused_at is None or now >= refused_at + self.figures.cooling_off:
            return None
        until = refused_at + self.figures.cooling_off
        return Removed(code, Rule.COOLING_OFF, "refused", refused_at.date().isoformat(), until.date().isoformat())

    def funnel(
        self,
        order: Sequence[int],
        removed: tuple[Removed, ...],
        probabilities: Sequence[float],
        reasons: Sequence[tuple[Reason, ...]],
        version: str,
    ) -> Funnel:
        """The result from `sift`'s answer; `reasons` belong to the first products of `order`, one tuple each."""
        codes = self._codes
        explained = len(reasons)
        ranked = tuple(
            RankedProduct(codes[at], probabilities[at], reasons[place] if place < explained else ())
            for place, at in enumerate(order)
        )
        tags = self._tags(order, probabilities)
        return Funnel(
            ranked=ranked,
            removed=removed,
            tags=tags,
            predicted_tags=predicted_tags(tags, self.figures),
            version=version,
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


def predicted_tags(tags: Sequence[Tag], figures: PolicyFigures) -> tuple[str, ...]:
    """The tags that count as predicted for the match score (W-15): the heaviest, and each further one whose weight
    reaches `tag_min_weight`, at most `tag_max`."""
    return tuple(
        tag.code for i, tag in enumerate(tags[: figures.tag_max]) if i == 0 or tag.weight >= figures.tag_min_weight
    )


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


def removal_text(removed: Removed, language: Language) -> str:
    """Why a product was removed, as one short line for people."""
    at = ("en", "zh", "ko").index(language)
    match removed.rule:
        case Rule.HELD:
            text = ("already held", "已持有", "이미 보유")[at]
        case Rule.ELIGIBILITY:
            text = _ELIGIBILITY_TEXTS[removed.field][at]
        case Rule.SUITABILITY:
            text = (
                "risk rating {actual} is below the product's {limit}",
                "风险评级 {actual} 低于产品评级 {limit}",
                "위험 등급 {actual}이(가) 상품 등급 {limit}보다 낮음",
            )[at]
        case Rule.COOLING_OFF:
            text = (
                "refused on {actual}, not before {limit}",
                "{actual} 已拒绝，{limit} 前不再推荐",
                "{actual} 거절, {limit} 이전에는 권유 안 함",
            )[at]
        case _:
            assert_never(removed.rule)
    return text.format(actual=removed.actual, limit=removed.limit)


_ELIGIBILITY_TEXTS: dict[str, tuple[str, str, str]] = {
    "min_age": ("age {actual} is below {limit}", "年龄 {actual} 低于 {limit}", "나이 {actual}, {limit}세 미만"),
    "max_age": ("age {actual} is above {limit}", "年龄 {actual} 高于 {limit}", "나이 {actual}, {limit}세 초과"),
    "segments": ("only for {limit}", "仅限 {limit}", "{limit} 전용"),
    "requires": ("needs {limit} first", "须先持有 {limit}", "{limit} 먼저 필요"),
}
