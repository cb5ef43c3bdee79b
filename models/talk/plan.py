"""The plan of a talk: prior, taps and what was heard in; order, reasons and moves out. Pure (W-12, W-13).

The same code on wrist and hub: equal inputs give an equal :class:`TalkPlan`, byte for byte.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from enum import StrEnum

import msgspec

from models.policy_figures import SHOWN
from models.talk.evidence import DECLARED, About, Evidence, Kind, Posterior, Prior, Ratios, posterior
from models.talk.ledger import STANCES, Counted, evidence_of
from models.talk.signals import Signal


class Stance(StrEnum):
    """What the advisor tapped."""

    INTEREST = "interest"
    REFUSAL = "refusal"


class Tap(msgspec.Struct, frozen=True, order=True):
    """What the customer thinks of a subject by the advisor's tap. ``products``: those that it covers, of a subject that
    is no product."""

    subject: str
    stance: Stance
    about: About = About.PRODUCT
    products: tuple[str, ...] = ()


class Inputs(msgspec.Struct, frozen=True):
    """What a plan is made of. The taps are a set: their order says nothing."""

    taps: tuple[Tap, ...] = ()
    heard: Counted = Counted()


class Offer(msgspec.Struct, frozen=True, kw_only=True):
    """What there is to rank. ``prior``: the products of the analysis in the order shown. ``categories``: category by
    code, also of products that are not among them. ``category_most``: see :func:`models.talk.evidence.posterior`."""

    prior: tuple[Prior, ...]
    categories: Mapping[str, str] = {}
    category_most: int = SHOWN


class Said(msgspec.Struct, frozen=True):
    """Why, as a code that ``models.talk.wording`` has words for, and the subject that it is about."""

    code: str
    about: About
    subject: str


class Move(msgspec.Struct, frozen=True):
    """A product among the first three that moved: its place before (from 0; null when it was not there) and now."""

    code: str
    was: int | None
    now: int
    why: Said


class TalkPlan(msgspec.Struct, frozen=True):
    """``ranked``: all products, best first. ``said``: by product what holds of what the customer said of it. ``moves``:
    what the last change moved among the first three."""

    ranked: tuple[Posterior, ...]
    said: Mapping[str, Said]
    moves: tuple[Move, ...]


def talk_plan(offer: Offer, now: Inputs, before: Inputs | None = None, *, ratios: Ratios = DECLARED) -> TalkPlan:
    """The plan of these inputs; with ``before``, also what has moved since those and why."""
    now = Inputs(tuple(sorted(now.taps)), now.heard)
    before = None if before is None else Inputs(tuple(sorted(before.taps)), before.heard)
    ranked = _ranked(offer, now, ratios)
    moves: list[Move] = []
    if before is not None and before != now:
        was = [one.code for one in _ranked(offer, before, ratios)[:SHOWN]]
        causes = _causes(now, before)
        for place, product in enumerate(ranked[:SHOWN]):
            earlier = was.index(product.code) if product.code in was else None
            if earlier != place and causes:
                rose = earlier is None or earlier > place
                why = _why(product.code, causes, offer.categories, rose=rose)
                moves.append(Move(product.code, earlier, place, why))
    return TalkPlan(ranked, _said(ranked, now), tuple(moves))


def _ranked(offer: Offer, inputs: Inputs, ratios: Ratios) -> tuple[Posterior, ...]:
    evidence = (*_tapped(inputs.taps), *evidence_of(_untapped(inputs)))
    if not evidence:
        return tuple(Posterior(one.code, one.probability, 1.0) for one in offer.prior)
    return posterior(
        offer.prior, evidence, categories=offer.categories, category_most=offer.category_most, ratios=ratios
    )


def _tapped(taps: Sequence[Tap]) -> list[Evidence]:
    narrow = {tap.subject for tap in taps if tap.about is About.PRODUCT}
    pieces = []
    for tap in taps:
        products = tuple(code for code in tap.products if code not in narrow)
        if tap.about is About.PRODUCT or products:
            wide = () if tap.about is About.PRODUCT else products
            pieces.append(Evidence(tap.subject, Kind(tap.stance.value), tap.about, 1.0, wide))
    return pieces


def _untapped(inputs: Inputs) -> Counted:
    """What was heard, less what the advisor's taps say better."""
    if not inputs.taps:
        return inputs.heard
    known = {(tap.about, tap.subject) for tap in inputs.taps}
    covered = {code for tap in inputs.taps for code in (tap.products or (tap.subject,))}
    kept = []
    for signal in inputs.heard.signals:
        if signal.kind not in STANCES:
            kept.append(signal)
        elif (signal.about, signal.subject) not in known:
            left = tuple(code for code in signal.products if code not in covered)
            if left:
                kept.append(msgspec.structs.replace(signal, products=left))
    return Counted(tuple(kept), inputs.heard.at_ms)


class _Cause(msgspec.Struct, frozen=True):
    kind: str
    about: About
    subject: str
    products: tuple[str, ...]


def _causes(now: Inputs, before: Inputs) -> list[_Cause]:
    """What is new, the latest first; else what was taken back."""
    spoken = [_of_signal(one) for one in reversed(now.heard.signals) if one not in before.heard.signals]
    tapped = [_of_tap(tap) for tap in now.taps if tap not in before.taps]
    if spoken or tapped:
        return [*spoken, *tapped]
    taken_back = [tap for tap in before.taps if tap not in now.taps]
    return [msgspec.structs.replace(_of_tap(tap), kind="none") for tap in taken_back]


def _of_signal(signal: Signal) -> _Cause:
    return _Cause(signal.kind.value, signal.about, signal.subject, signal.products)


def _of_tap(tap: Tap) -> _Cause:
    return _Cause(tap.stance.value, tap.about, tap.subject, tap.products or (tap.subject,))


def _why(product: str, causes: Sequence[_Cause], categories: Mapping[str, str], *, rose: bool) -> Said:
    direct = _narrowest(product, causes)
    if direct is not None:
        return _said_of(direct)
    latest = causes[0]
    category = categories.get(product)
    kindred = category is not None and category == categories.get(latest.subject)
    if latest.kind == "interest" and rose and latest.about is About.PRODUCT and kindred:
        return Said("kindred", latest.about, latest.subject)
    return Said(f"other_{latest.kind}", latest.about, latest.subject)


def _narrowest(product: str, causes: Iterable[_Cause]) -> _Cause | None:
    """Of those that are about the product the narrowest, what is about a product first; else the first of equals."""
    mine = (one for one in causes if product in one.products)
    return min(mine, key=lambda one: (len(one.products), one.about is not About.PRODUCT), default=None)


def _said_of(cause: _Cause) -> Said:
    return Said(cause.kind if cause.about is About.PRODUCT else f"wide_{cause.kind}", cause.about, cause.subject)


def _said(ranked: Sequence[Posterior], now: Inputs) -> dict[str, Said]:
    spoken = [_of_signal(one) for one in reversed(_untapped(now).signals)]
    causes = [*(_of_tap(tap) for tap in now.taps), *spoken]
    found = {}
    for product in ranked:
        cause = _narrowest(product.code, causes)
        if cause is not None:
            found[product.code] = _said_of(cause)
    return found
