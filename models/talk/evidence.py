"""What is known of a customer's wishes after a talk: prior, evidence → posterior. Pure (W-10, W-12, W-13).

A declared Bayesian update: the odds of each product × one likelihood ratio for each piece of evidence that bears on it.
The result depends on nothing but the prior and the set of the evidence: order and repetition don't matter, and as only
+, × and ÷ of IEEE 754 are used, equal inputs give equal bytes on every machine (wrist and hub, W-13).

Source: I. J. Good, "Probability and the Weighing of Evidence", 1950: odds × factor in favour of a hypothesis.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterable, Mapping, Sequence
from enum import StrEnum
from typing import Annotated

import msgspec
from msgspec import Meta

from models.policy_figures import SHOWN

INTEREST_RATIO = 6.0
"""How much likelier a customer who takes the product shows interest in it than one who doesn't: assumed that in six of
ten talks which end with the product interest was seen, and in one of ten of those which don't."""

REFUSAL_RATIO = 1.0 / 20.0
"""As above, for a refusal: assumed in two of a hundred talks that end with the product all the same, and in four of ten
of those that don't."""

CATEGORY_RATIO = 1.5
"""What interest in a product says about the others of its category: little, for it may have been that product alone."""

REFUSED_FROM = 0.5
"""A refusal this strong keeps the product out of the first three as long as another product is on offer."""

_LEAST, _MOST = 1e-6, 1.0 - 1e-6


class About(StrEnum):
    """What a piece of evidence is about."""

    PRODUCT = "product"
    CATEGORY = "category"


class Kind(StrEnum):
    """Which way it speaks."""

    INTEREST = "interest"
    REFUSAL = "refusal"


class Evidence(msgspec.Struct, frozen=True, order=True):
    """What the talk showed about a product or a category. ``strength``: 0 nothing, 1 said or tapped plainly."""

    subject: str
    kind: Kind
    about: About = About.PRODUCT
    strength: Annotated[float, Meta(ge=0.0, le=1.0)] = 1.0


class Prior(msgspec.Struct, frozen=True):
    """A product of the plan before the talk. ``category``: empty where it is not known. ``factor``: what arbitration
    multiplied the probability by to order it."""

    code: str
    probability: float
    category: str = ""
    factor: float = 1.0


class Posterior(msgspec.Struct, frozen=True):
    """A product after the evidence. ``ratio``: what the evidence multiplied its odds by; 1 where it says nothing."""

    code: str
    probability: float
    ratio: float


def posterior(
    prior: Sequence[Prior],
    evidence: Collection[Evidence],
    *,
    categories: Mapping[str, str] | None = None,
    category_most: int = SHOWN,
) -> tuple[Posterior, ...]:
    """The products in their new order, best first; without evidence in the order of ``prior``, unchanged.

    ``prior`` is in the order shown, which holds as far as the evidence says nothing: what exploration or variety put at
    a place counts for the order as much as what follows it. ``categories``: category by code for products that
    evidence is about without being in ``prior``. ``category_most``: how many of a category stand among the first three
    at most (W-05), unless the customer showed interest in the product itself or nothing else is left.
    """
    known = {**(categories or {}), **{one.code: one.category for one in prior}}
    strongest = _strongest(evidence)
    after = []
    for one, value in zip(prior, _values(prior), strict=True):
        ratio = _ratio(one, strongest, known)
        probability = _updated(one.probability, ratio)
        weight = value if ratio == 1.0 else value * (probability / _inside(one.probability))
        after.append((weight, Posterior(one.code, probability, ratio)))
    refused = {key.subject for key in strongest if _bars(key)}
    after.sort(key=lambda item: (item[1].code in refused, -item[0]))
    ordered = [one for _, one in after]
    if category_most >= SHOWN or not strongest:
        return tuple(ordered)
    wanted = {key.subject for key in strongest if key.kind is Kind.INTEREST and key.about is About.PRODUCT}
    return tuple(_vary(ordered, known, category_most, free=wanted, last=refused))


def _strongest(evidence: Iterable[Evidence]) -> tuple[Evidence, ...]:
    """Each thing once, as strongly as it was shown: said twice it is not twice as likely. In a fixed order."""
    found: dict[tuple[str, Kind, About], Evidence] = {}
    for one in evidence:
        key = (one.subject, one.kind, one.about)
        if one.strength > 0.0 and (key not in found or one.strength > found[key].strength):
            found[key] = one
    return tuple(sorted(found.values()))


def _bars(one: Evidence) -> bool:
    return one.about is About.PRODUCT and one.kind is Kind.REFUSAL and one.strength >= REFUSED_FROM


def _ratio(product: Prior, evidence: Iterable[Evidence], categories: Mapping[str, str]) -> float:
    ratio = 1.0
    siblings = 0.0
    for one in evidence:
        if one.about is About.CATEGORY:
            if one.subject == product.category:
                ratio *= _of(one.kind, one.strength)
        elif one.subject == product.code:
            ratio *= _of(one.kind, one.strength)
        elif one.kind is Kind.INTEREST and product.category and categories.get(one.subject) == product.category:
            siblings = max(siblings, one.strength)
    return ratio * (1.0 + (CATEGORY_RATIO - 1.0) * siblings)


def _of(kind: Kind, strength: float) -> float:
    """The likelihood ratio of a weaker sign, between 1 and that of a plain one."""
    match kind:
        case Kind.INTEREST:
            return 1.0 + (INTEREST_RATIO - 1.0) * strength
        case Kind.REFUSAL:
            return 1.0 / (1.0 + (1.0 / REFUSAL_RATIO - 1.0) * strength)


def _values(prior: Sequence[Prior]) -> list[float]:
    """What each product is worth at its place: its own value, or that of a better one behind it. Never increasing."""
    values = [_inside(one.probability) * one.factor for one in prior]
    for place in range(len(values) - 2, -1, -1):
        values[place] = max(values[place], values[place + 1])
    return values


def _updated(probability: float, ratio: float) -> float:
    if ratio == 1.0:
        return probability
    p = _inside(probability)
    odds = p / (1.0 - p) * ratio
    return odds / (1.0 + odds)


def _inside(probability: float) -> float:
    return min(max(probability, _LEAST), _MOST)


def _vary(
    order: Sequence[Posterior],
    categories: Mapping[str, str],
    most: int,
    *,
    free: Collection[str],
    last: Collection[str],
) -> list[Posterior]:
    first: list[Posterior] = []
    rest: list[Posterior] = []
    places: Counter[str] = Counter()
    for one in order:
        category = categories.get(one.code, "")
        room = one.code in free or not category or places[category] < most
        if len(first) < SHOWN and room and one.code not in last:
            first.append(one)
            places[category] += 1
        else:
            rest.append(one)
    return [*first, *rest]
