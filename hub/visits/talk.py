"""How the signals of a talk change its plan, and what the advisor is told of that (W-10, W-12). Pure.

The analysis of the visit stays as it was made: the learning log needs what was shown at the offer. The plan of the talk
is worked out anew each time from that analysis and the taps that hold.
"""

from collections.abc import Sequence

import msgspec

from contracts.fields import Language
from contracts.visits import PlanMove, Reason, Stance
from hub.visits.model import State, Tapped, Task
from models.catalogue import Catalogue, Names
from models.policy import Funnel, RankedProduct
from models.policy_figures import SHOWN
from models.talk.evidence import Evidence, Kind, Prior, posterior

_KINDS = {Stance.INTEREST: Kind.INTEREST, Stance.REFUSAL: Kind.REFUSAL}
_HELD = frozenset({State.HELD, State.TALKING})
_LANGUAGES = (Language.EN, Language.ZH, Language.KO)
_TEXTS: dict[str, tuple[str, str, str]] = {
    "interest": ("Interested", "感兴趣", "관심 있음"),
    "refusal": ("Refused", "已拒绝", "거절"),
    "none": ("Taken back", "已撤销", "표시 취소"),
    "kindred": ("Like {name}", "与“{name}”同类", "{name}와(과) 같은 종류"),
    "other_interest": ("{name} wanted more", "更想要“{name}”", "{name} 선호"),
    "other_refusal": ("{name} refused", "“{name}”被拒绝", "{name} 거절"),
    "other_none": ("{name}: taken back", "“{name}”标记已撤销", "{name} 표시 취소"),
}
_LONGEST = 200


class TalkPlans:
    """The plans of talks for one catalogue."""

    def __init__(self, catalogue: Catalogue) -> None:
        self._names = {product.code: product.names for product in catalogue.product}
        self._categories = {product.code: product.category for product in catalogue.product}
        self._category_most = catalogue.policy.category_most

    def shown(self, task: Task, demand: Funnel) -> tuple[RankedProduct, ...]:
        """The products that the advisor is shown now: those of the analysis, after what was tapped since."""
        return self._after(demand, task.taps.now)[:SHOWN] if task.taps is not None else demand.shown

    def stance(self, task: Task, product: str, language: Language) -> Reason | None:
        """What the customer said of this product, as the first of its reasons; null where nothing holds."""
        held = task.taps.now if task.taps is not None else ()
        found = next((tapped for tapped in held if tapped.product == product), None)
        return self._reason(found.stance.value, "", language) if found is not None else None

    def moves(self, task: Task, demand: Funnel, language: Language) -> tuple[PlanMove, ...]:
        """Those of the products shown that the latest tap moved, and why; only while the talk goes on."""
        taps = task.taps
        latest = taps.latest if taps is not None and task.state in _HELD else None
        if taps is None or latest is None:
            return ()
        before = [product.code for product in self._after(demand, taps.before)[:SHOWN]]
        moves = []
        for place, product in enumerate(self._after(demand, taps.now)[:SHOWN]):
            was = before.index(product.code) if product.code in before else None
            if was != place:
                why = self._why(product.code, latest, language, rose=was is None or was > place)
                moves.append(PlanMove(code=product.code, was=was, now=place, why=why))
        return tuple(moves)

    def _after(self, demand: Funnel, taps: Sequence[Tapped]) -> tuple[RankedProduct, ...]:
        if not taps:
            return demand.ranked
        ranked = {product.code: product for product in demand.ranked}
        prior = [
            Prior(product.code, product.probability, self._categories.get(product.code, ""), product.factor)
            for product in demand.ranked
        ]
        evidence = [Evidence(tapped.product, _KINDS[tapped.stance]) for tapped in taps]
        after = posterior(prior, evidence, categories=self._categories, category_most=self._category_most)
        return tuple(msgspec.structs.replace(ranked[one.code], probability=one.probability) for one in after)

    def _why(self, product: str, latest: Tapped, language: Language, *, rose: bool) -> Reason:
        if product == latest.product:
            return self._reason(latest.stance.value, "", language)
        category = self._categories.get(product)
        if latest.stance is Stance.INTEREST and rose and category == self._categories.get(latest.product):
            return self._reason("kindred", latest.product, language)
        return self._reason(f"other_{latest.stance.value}", latest.product, language)

    def _reason(self, code: str, product: str, language: Language) -> Reason:
        names: Names | None = self._names.get(product)
        name = names.get(language.value) if names is not None else product
        text = _TEXTS[code][_LANGUAGES.index(language)].format(name=name)
        return Reason(code=code, text=text[:_LONGEST])
