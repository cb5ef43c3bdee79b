"""How the signals of a talk change its plan, and what the advisor is told of that (W-10, W-12). Pure.

The analysis of the visit stays as it was made: the learning log needs what was shown at the offer. The plan of the talk
is worked out anew each time from that analysis, the taps that hold, and what was heard (:mod:`models.talk.plan`).
"""

from collections.abc import Callable

import msgspec

from contracts.fields import Language
from contracts.visits import PlanBasis, PlanMove, RankedOffer, Reason, Stance
from hub.visits.model import State, Tapped, Task
from models.catalogue import Catalogue
from models.policy import Funnel, RankedProduct
from models.policy_figures import SHOWN
from models.talk.evidence import About, Prior
from models.talk.learned import RATIOS
from models.talk.ledger import Counted
from models.talk.lexicon import Lexicon
from models.talk.plan import Inputs, Offer, Said, TalkPlan, Tap, talk_plan
from models.talk.plan import Stance as Tapping
from models.talk.wording import words

TALKABLE = frozenset({State.HELD, State.TALKING})
"""In which states a task's plan may still move."""

_BASIS = 48
"""So many products the wrist can rank by itself; a bank's further ones wait for the hub."""

Reasons = Callable[[RankedProduct], tuple[Reason, ...]]


class TalkPlans:
    """The plans of talks for one catalogue."""

    def __init__(self, catalogue: Catalogue) -> None:
        self._lexicon = Lexicon.of(catalogue)
        self._names = {product.code: product.names for product in catalogue.product}
        self._categories = {product.code: product.category for product in catalogue.product}
        self._category_most = catalogue.policy.category_most

    def plan(self, task: Task, demand: Funnel) -> TalkPlan:
        """The plan of the talk so far, with what its latest signal moved while the talk goes on."""
        before = _before(task) if task.state in TALKABLE else None
        return talk_plan(self._offer(demand), _now(task), before, ratios=RATIOS)

    def ranked(self, plan: TalkPlan, demand: Funnel) -> tuple[RankedProduct, ...]:
        """The products that the advisor is shown now: those of the analysis, in the order of the plan."""
        known = {product.code: product for product in demand.ranked}
        return tuple(
            msgspec.structs.replace(known[one.code], probability=one.probability) for one in plan.ranked[:SHOWN]
        )

    def said(self, plan: TalkPlan, product: str, language: Language) -> Reason | None:
        """What the customer said of this product, as the first of its reasons; null where nothing holds."""
        said = plan.said.get(product)
        return None if said is None else self._reason(said, language)

    def moves(self, plan: TalkPlan, language: Language) -> tuple[PlanMove, ...]:
        """Those of the products shown that moved, and why."""
        return tuple(
            PlanMove(code=move.code, was=move.was, now=move.now, why=self._reason(move.why, language))
            for move in plan.moves
        )

    def basis(self, demand: Funnel, language: Language, reasons: Reasons, *, interval_s: float) -> PlanBasis:
        """What the wrist needs to rank as this does."""
        offered = demand.ranked[:_BASIS]
        codes = {product.code for product in offered}
        return PlanBasis(
            products=tuple(
                RankedOffer(
                    code=product.code,
                    name=self.name(About.PRODUCT, product.code, language),
                    category=self._category_of(product.code),
                    probability=min(max(product.probability, 0.0), 1.0),
                    factor=product.factor,
                    reasons=reasons(product),
                )
                for product in offered
            ),
            category_most=self._category_most,
            language=language,
            interval_s=interval_s,
            categories=tuple(pair for pair in self._categories.items() if pair[0] not in codes),
        )

    def name(self, about: About, subject: str, language: Language) -> str:
        """What a subject is called; its code where the catalogue or the vocabulary has changed since."""
        if about is About.PRODUCT:
            names = self._names.get(subject)
            return names.get(language.value) if names is not None else subject
        return self._lexicon.name_of(about, subject, language.value)

    def _category_of(self, product: str) -> str:
        """Of one that the catalogue has no more, the same for all such."""
        return self._categories.get(product, "other")

    def _offer(self, demand: Funnel) -> Offer:
        prior = tuple(
            Prior(product.code, product.probability, self._category_of(product.code), product.factor)
            for product in demand.ranked
        )
        return Offer(prior=prior, categories=self._categories, category_most=self._category_most)

    def _reason(self, said: Said, language: Language) -> Reason:
        return Reason(code=said.code, text=words(said, self.name(said.about, said.subject, language), language.value))


def _now(task: Task) -> Inputs:
    taps = task.taps.now if task.taps is not None else ()
    return Inputs(tuple(map(_tap, taps)), task.heard.ledger.now if task.heard is not None else Counted())


def _before(task: Task) -> Inputs:
    taps = task.taps.before if task.taps is not None else ()
    return Inputs(tuple(map(_tap, taps)), task.heard.ledger.before if task.heard is not None else Counted())


def _tap(tapped: Tapped) -> Tap:
    stance = Tapping.INTEREST if tapped.stance is Stance.INTEREST else Tapping.REFUSAL
    return Tap(tapped.product, stance, About(tapped.about.value), tapped.products)
