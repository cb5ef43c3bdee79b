"""The wrist ranks its plan anew by itself, as the hub does from the same inputs, until the hub's comes (W-12, W-13).

Pure. Everything that decides is in ``models.talk``; here its result becomes the message that the screens show.
"""

from collections.abc import Callable, Mapping

import msgspec

from contracts.visits import Plan, PlanBasis, PlanMove, PlannedProduct, RankedOffer, Reason, Stance
from models.policy_figures import SHOWN
from models.talk.evidence import About, Prior
from models.talk.learned import RATIOS
from models.talk.plan import Inputs, Offer, Said, TalkPlan, talk_plan
from models.talk.wording import words

NameOf = Callable[[About, str], str]
"""What a subject is called in the language of the plan; asked for those that are no product on offer."""

_REASONS = 3
_STANCES = {
    "interest": Stance.INTEREST,
    "wide_interest": Stance.INTEREST,
    "refusal": Stance.REFUSAL,
    "wide_refusal": Stance.REFUSAL,
}


class Ranking(msgspec.Struct, frozen=True):
    """``plan`` for the screens. ``heard``: product to what the customer said of it or of more. ``wanted``: the
    categories of the products in which they showed interest, best first."""

    plan: Plan
    heard: Mapping[str, Stance]
    wanted: tuple[str, ...]


def reranked(plan: Plan, now: Inputs, before: Inputs, name_of: NameOf) -> Ranking:
    """The plan of these inputs, with what moved since ``before``; without its basis it stays as it is."""
    basis = plan.basis
    if basis is None:
        return Ranking(plan, {}, ())
    talk = talk_plan(_offer(basis), now, before, ratios=RATIOS)
    offered = {product.code: product for product in basis.products}
    names = {code: product.name for code, product in offered.items()}

    def reason(said: Said) -> Reason:
        name = names.get(said.subject) if said.about is About.PRODUCT else None
        name = name or name_of(said.about, said.subject)
        return Reason(code=said.code, text=words(said, name, basis.language.value))

    products = tuple(_planned(offered[one.code], one.probability, talk, reason) for one in talk.ranked[:SHOWN])
    moves = tuple(PlanMove(code=move.code, was=move.was, now=move.now, why=reason(move.why)) for move in talk.moves)
    heard = {code: _STANCES[said.code] for code, said in talk.said.items() if said.code in _STANCES}
    wanted = dict.fromkeys(offered[one.code].category for one in talk.ranked if heard.get(one.code) is Stance.INTEREST)
    return Ranking(msgspec.structs.replace(plan, products=products, moves=moves), heard, tuple(wanted))


def _offer(basis: PlanBasis) -> Offer:
    prior = tuple(Prior(one.code, one.probability, one.category, one.factor) for one in basis.products)
    categories = {**dict(basis.categories), **{one.code: one.category for one in basis.products}}
    return Offer(prior=prior, categories=categories, category_most=basis.category_most)


def _planned(
    offer: RankedOffer, probability: float, talk: TalkPlan, reason: Callable[[Said], Reason]
) -> PlannedProduct:
    said = talk.said.get(offer.code)
    reasons = (*((reason(said),) if said is not None else ()), *offer.reasons)[:_REASONS]
    return PlannedProduct(
        code=offer.code, name=offer.name, probability=min(max(probability, 0.0), 1.0), reasons=reasons
    )
