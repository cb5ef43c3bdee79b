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
from types import MappingProxyType
from typing import Annotated

import msgspec
from msgspec import Meta

from models.policy_figures import SHOWN

CATEGORY_RATIO = 1.5
"""What interest in a product says about the others of its category: little, for it may have been that product alone."""

REFUSED_FROM = 0.5
"""A refusal this strong keeps the product out of the first three as long as another product is on offer."""

WANTED_FROM = 0.5
"""Interest this strong brings the best of what is meant among the first three."""

_LEAST, _MOST = 1e-6, 1.0 - 1e-6


class About(StrEnum):
    """What a piece of evidence is about."""

    PRODUCT = "product"
    CATEGORY = "category"
    CONCEPT = "concept"
    NEED = "need"


class Kind(StrEnum):
    """What was shown."""

    INTEREST = "interest"
    REFUSAL = "refusal"
    HESITATION = "hesitation"
    PRICE = "price"
    NEED = "need"
    COMPARISON = "comparison"
    HELD = "held"


Ratios = Mapping[Kind, float]
"""How much likelier a customer who takes the product shows this than one who doesn't: a factor of the odds."""

DECLARED: Ratios = MappingProxyType(
    {
        Kind.INTEREST: 20.0,
        Kind.REFUSAL: 1.0 / 20.0,
        Kind.HESITATION: 0.6,
        Kind.PRICE: 0.4,
        Kind.NEED: 3.0,
        Kind.COMPARISON: 1.3,
        Kind.HELD: 1.0 / 50.0,
    }
)
"""What is assumed where nothing was learned: interest was shown in six of ten talks that end with the product and in
three of a hundred of those that don't; a refusal in two of a hundred and in four of ten; and so on."""

BARRING = frozenset({Kind.REFUSAL, Kind.HELD})
"""What keeps a product out of the first three: it was refused, or the customer has it."""


class Evidence(msgspec.Struct, frozen=True, order=True):
    """What the talk showed. ``strength``: 0 nothing, 1 said or tapped plainly. ``products``: those it bears on where it
    is about more than one product; a category without them bears on all of its products."""

    subject: str
    kind: Kind
    about: About = About.PRODUCT
    strength: Annotated[float, Meta(ge=0.0, le=1.0)] = 1.0
    products: tuple[str, ...] = ()


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
    ratios: Ratios = DECLARED,
) -> tuple[Posterior, ...]:
    """The products in their new order, best first; without evidence in the order of ``prior``, unchanged.

    ``prior`` is in the order shown, which holds as far as the evidence says nothing: what exploration or variety put at
    a place counts for the order as much as what follows it. ``categories``: category by code for products that
    evidence is about without being in ``prior``. ``category_most``: how many of a category stand among the first three
    at most (W-05), unless the customer showed interest in the product itself or nothing else is left. ``ratios``: what
    each kind of evidence multiplies the odds by at full strength.
    """
    known = {**(categories or {}), **{one.code: one.category for one in prior}}
    strongest = _strongest(evidence)
    wishes = _wishes(prior, strongest, known, ratios)
    after = []
    for one, value in zip(prior, _values(prior), strict=True):
        own, kin = _own(one, strongest, ratios), _kin(one, strongest, known)
        ratio = own * kin
        probability = _updated(one.probability, ratio)
        weight = value if ratio == 1.0 else value * _growth(one, own, kin, wishes)
        after.append((weight, Posterior(one.code, probability, ratio)))
    refused = {one.code for one in prior if any(_bars(piece, one) for piece in strongest)}
    after.sort(key=lambda item: (item[1].code in refused, -item[0]))
    ordered = [one for _, one in after]
    if not strongest:
        return tuple(ordered)
    if category_most >= SHOWN:
        return tuple(_with_wanted(ordered, prior, strongest, refused))
    wanted = {piece.subject for piece in strongest if piece.kind is Kind.INTEREST and piece.about is About.PRODUCT}
    varied = _vary(ordered, known, category_most, free=wanted, last=refused)
    return tuple(_with_wanted(varied, prior, strongest, refused))


def _with_wanted(
    ordered: Sequence[Posterior], prior: Sequence[Prior], evidence: Iterable[Evidence], refused: Collection[str]
) -> list[Posterior]:
    """The best of whatever the customer showed interest in is among the first three, in place of what nobody asked for.

    Of several wishes the likelier ones where there are more than three places.
    """
    interests = [one for one in evidence if one.kind is Kind.INTEREST and one.strength >= WANTED_FROM]
    known = {one.code: one for one in prior}
    best: list[str] = []
    for one in interests:
        meant = (item.code for item in ordered if item.code not in refused and _concerns(one, known[item.code]))
        best.extend(code for code in (next(meant, None),) if code is not None)
    order = [item.code for item in ordered]
    wanted = sorted(set(best), key=order.index)[:SHOWN]
    first = order[:SHOWN]
    for code in wanted:
        if code not in first:
            spare = next(one for one in reversed(first) if one not in wanted)
            first = [one for one in first if one != spare] + [code]
    chosen = set(first)
    found = {item.code: item for item in ordered}
    return [*(found[code] for code in first), *(item for item in ordered if item.code not in chosen)]


def _strongest(evidence: Iterable[Evidence]) -> tuple[Evidence, ...]:
    """Each thing once, as strongly as it was shown: said twice it is not twice as likely. In a fixed order."""
    found: dict[tuple[str, Kind, About, tuple[str, ...]], Evidence] = {}
    for one in evidence:
        key = (one.subject, one.kind, one.about, one.products)
        if one.strength > 0.0 and (key not in found or one.strength > found[key].strength):
            found[key] = one
    return tuple(sorted(found.values()))


def _bars(piece: Evidence, product: Prior) -> bool:
    return piece.kind in BARRING and piece.strength >= REFUSED_FROM and _concerns(piece, product)


def _concerns(piece: Evidence, product: Prior) -> bool:
    if piece.about is About.PRODUCT:
        return piece.subject == product.code
    if piece.about is About.CATEGORY and not piece.products:
        return piece.subject == product.category
    return product.code in piece.products


def _own(product: Prior, evidence: Iterable[Evidence], ratios: Ratios) -> float:
    """What was shown of the product itself, or of something that it is one of."""
    ratio = 1.0
    for one in evidence:
        if _concerns(one, product):
            ratio *= _weakened(ratios[one.kind], one.strength)
    return ratio


def _kin(product: Prior, evidence: Iterable[Evidence], categories: Mapping[str, str]) -> float:
    """What interest in others of its category says of it."""
    siblings = 0.0
    for one in evidence:
        named = one.about is About.PRODUCT and one.kind is Kind.INTEREST and one.subject != product.code
        if named and _kindred(one, product, categories):
            siblings = max(siblings, one.strength)
    return 1.0 + (CATEGORY_RATIO - 1.0) * siblings


def _kindred(piece: Evidence, product: Prior, categories: Mapping[str, str]) -> bool:
    return product.category != "" and categories.get(piece.subject) == product.category


def _wishes(
    prior: Sequence[Prior], evidence: Collection[Evidence], categories: Mapping[str, str], ratios: Ratios
) -> dict[str, float]:
    """By category, the least that being named let a product of it grow."""
    named = [one for one in evidence if one.kind is Kind.INTEREST and one.about is About.PRODUCT]
    least: dict[str, float] = {}
    for one in prior:
        wishes = [piece for piece in named if piece.subject == one.code]
        if wishes and one.category:
            rest = [piece for piece in evidence if piece not in wishes]
            kin = _kin(one, evidence, categories)
            with_it = _moved(one.probability, _own(one, evidence, ratios) * kin)
            growth = with_it / _moved(one.probability, _own(one, rest, ratios) * kin)
            least[one.category] = min(growth, least.get(one.category, growth))
    return least


def _growth(product: Prior, own: float, kin: float, wishes: Mapping[str, float]) -> float:
    """How much more likely it is now. By its kin it grows no more than they: a product that was all but certain can't
    grow, and the others of its category are not to pass it for that."""
    without = _moved(product.probability, own)
    if kin == 1.0:
        return without / _inside(product.probability)
    by_kin = _moved(product.probability, own * kin) / without
    return without / _inside(product.probability) * min(by_kin, wishes.get(product.category, by_kin))


def _weakened(ratio: float, strength: float) -> float:
    """The likelihood ratio of a weaker sign, between 1 and that of a plain one."""
    return 1.0 + (ratio - 1.0) * strength if ratio >= 1.0 else 1.0 / (1.0 + (1.0 / ratio - 1.0) * strength)


def _values(prior: Sequence[Prior]) -> list[float]:
    """What each product is worth at its place: its own value, or that of a better one behind it. Never increasing."""
    values = [_inside(one.probability) * one.factor for one in prior]
    for place in range(len(values) - 2, -1, -1):
        values[place] = max(values[place], values[place + 1])
    return values


def _updated(probability: float, ratio: float) -> float:
    return probability if ratio == 1.0 else _moved(probability, ratio)


def _moved(probability: float, ratio: float) -> float:
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
