"""The wrist ranks its own three anew at a tap, until the hub's plan comes (W-10, W-12, W-13). Pure."""

from collections.abc import Mapping

import msgspec

from contracts.visits import Plan, PlanMove, Reason, Stance
from models.talk.evidence import Evidence, Kind, Prior, posterior

_KINDS = {Stance.INTEREST: Kind.INTEREST, Stance.REFUSAL: Kind.REFUSAL}


def reranked(plan: Plan, taps: Mapping[str, Stance]) -> Plan:
    """The plan after these taps, which it doesn't know of yet; with ``moves`` from its places to the new ones.

    Only the products of the plan are known here, so none comes in and none leaves. The reason of a move has a code
    (``tapped_interest`` or ``tapped_refusal``) and no text: the screen has the words. Source: ``models.talk.evidence``.
    """
    evidence = [Evidence(code, _KINDS[stance]) for code, stance in taps.items() if stance in _KINDS]
    before = {product.code: product for product in plan.products}
    mine = [piece for piece in evidence if piece.subject in before]
    if not mine:
        return plan
    after = posterior([Prior(product.code, product.probability) for product in plan.products], mine)
    products = tuple(msgspec.structs.replace(before[one.code], probability=one.probability) for one in after)
    places = {product.code: place for place, product in enumerate(plan.products)}
    why = Reason(code=f"tapped_{mine[-1].kind}", text="")
    moves = tuple(
        PlanMove(code=product.code, was=places[product.code], now=place, why=why)
        for place, product in enumerate(products)
        if places[product.code] != place
    )
    return msgspec.structs.replace(plan, products=products, moves=moves)
