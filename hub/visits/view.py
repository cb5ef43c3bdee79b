"""What a wearable is shown of a task: texts in the advisor's language, names masked, fields by role (W-08, W-09)."""

from collections.abc import Mapping
from functools import lru_cache

import msgspec

from contracts.fields import Language, Urgency
from contracts.visits import (
    CustomerPages,
    DroppedProduct,
    Field,
    Plan,
    PlanBasis,
    PlannedProduct,
    Preference,
    Reason,
    TaskState,
    TaskView,
)
from hub.kernel import Role
from hub.visits.model import State, Task, mask_name
from hub.visits.talk import TALKABLE, TalkPlans
from models.catalogue import Catalogue, Names
from models.customers import CustomerRecord
from models.policy import Funnel, RankedProduct, Removed, Rule, removal_text
from models.reasons import Reason as ModelReason
from models.reasons import reason_text
from models.talk.plan import TalkPlan

_VISITOR = {Language.EN: "Visitor", Language.ZH: "访客", Language.KO: "방문 고객"}
_STATES = {
    State.OFFERED: TaskState.OFFERED,
    State.HELD: TaskState.HELD,
    State.TALKING: TaskState.TALKING,
    State.DONE: TaskState.DONE,
}
_PREFERENCES = 3
_REASONS = 3
_DROPPED = 8
_LONGEST = 200
_EXPLORED = {
    Language.EN: "Worth a try: outside the model's top three",
    Language.ZH: "探索推荐：不在模型前三名",
    Language.KO: "탐색 추천: 모델 상위 3위 밖",
}
_UNSUITABLE = {
    Language.EN: "does not suit the customer's risk rating",
    Language.ZH: "与客户风险承受能力不匹配",
    Language.KO: "고객 투자성향에 맞지 않음",
}
_AGES = frozenset({"min_age", "max_age"})

FIELD_RULES: dict[str, dict[Role, str]] = {
    "name": {Role.ADVISOR: "masked", Role.SENIOR: "read", Role.MANAGER: "read"},
    "reference": {Role.ADVISOR: "masked", Role.SENIOR: "masked", Role.MANAGER: "read"},
    "segment": {Role.ADVISOR: "read", Role.SENIOR: "read", Role.MANAGER: "read"},
    "age_band": {Role.ADVISOR: "read", Role.SENIOR: "read", Role.MANAGER: "read"},
    "risk_rating": {Role.ADVISOR: "hidden", Role.SENIOR: "read", Role.MANAGER: "read"},
    "holding": {Role.ADVISOR: "read", Role.SENIOR: "read", Role.MANAGER: "read"},
    "preference": {Role.ADVISOR: "read", Role.SENIOR: "read", Role.MANAGER: "read"},
}
"""Per field and role: read, masked or hidden (the customer-data room will hold this for the whole bank, D-11)."""


class Viewer:
    """Builds the views of tasks for one catalogue."""

    def __init__(self, catalogue: Catalogue) -> None:
        self._catalogue = catalogue
        self._talk = TalkPlans(catalogue)
        self._products = {product.code: product.names for product in catalogue.product}
        self._businesses = {business.code: business.names for business in catalogue.business}
        self._categories = {category.code: category.names for category in catalogue.category}
        self._subjects = frozenset({"", *self._products, *(column.code for column in catalogue.profile)})
        self._reason = lru_cache(maxsize=20_000)(self._render_reason)

    def task(self, task: Task, demand: Funnel, language: Language) -> TaskView:
        """The view for any device that is offered the task: nothing but what the alert and the task page need."""
        return TaskView(
            task=task.id,
            branch=task.branch,
            state=_STATES[task.state],
            urgency=Urgency.URGENT if task.urgent or task.booked else Urgency.ORDINARY,
            customer_name=mask_name(task.customer_name) or _VISITOR[language],
            business=task.business,
            business_name=_named(self._businesses, task.business, language),
            booked=task.booked,
            waiting_since=task.waiting_since,
            offered_at=task.offered_at,
            expires=task.expires,
            plan=self._plan(task, demand, language),
            number=task.number,
            holder=task.holder,
            match_score=task.match_score,
        )

    def held(
        self,
        task: Task,
        demand: Funnel,
        language: Language,
        record: CustomerRecord | None,
        role: Role,
        *,
        interval_s: float = 30.0,
    ) -> TaskView:
        """The view for the holder's devices: with what the talk moved and the rules removed, with what the wrist needs
        to rank by itself, and with the customer's pages, each field by the holder's role."""
        view = self.task(task, demand, language)
        plan = msgspec.structs.replace(
            view.plan,
            dropped=self._dropped(demand, language, record, role),
            moves=self._talk.moves(self._talk.plan(task, demand), language),
            basis=self._basis(task, demand, language, interval_s),
        )
        pages = self._pages(demand, language, record, role) if record is not None else None
        return msgspec.structs.replace(view, plan=plan, pages=pages)

    def _basis(self, task: Task, demand: Funnel, language: Language, interval_s: float) -> PlanBasis | None:
        if task.state not in TALKABLE:
            return None
        return self._talk.basis(demand, language, lambda one: self._reasons(one, language), interval_s=interval_s)

    def _dropped(
        self, demand: Funnel, language: Language, record: CustomerRecord | None, role: Role
    ) -> tuple[DroppedProduct, ...]:
        """Some of the removed products; those that the customer holds last, for that is on the pages too."""
        chosen = sorted(demand.removed, key=lambda removed: removed.rule is Rule.HELD)[:_DROPPED]
        return tuple(
            DroppedProduct(
                code=removed.code,
                name=_named(self._products, removed.code, language),
                why=Reason(code=removed.rule.value, text=_why(removed, language, record, role)[:_LONGEST]),
            )
            for removed in chosen
        )

    def _plan(self, task: Task, demand: Funnel, language: Language) -> Plan:
        talk = self._talk.plan(task, demand)
        return Plan(
            products=tuple(
                PlannedProduct(
                    code=ranked.code,
                    name=_named(self._products, ranked.code, language),
                    probability=min(max(ranked.probability, 0.0), 1.0),
                    reasons=self._with_said(talk, ranked, language),
                )
                for ranked in self._talk.ranked(talk, demand)
            ),
            preferences=tuple(
                Preference(
                    tag=tag.code,
                    weight=min(tag.weight, 1.0),
                    name=_named(self._categories, tag.code, language),
                )
                for tag in demand.tags[:_PREFERENCES]
            ),
            removed=len(demand.removed),
            model=demand.version,
            made_at=max(
                (
                    task.offered_at,
                    *(one.at for one in (task.taps, task.heard) if one is not None and one.at is not None),
                ),
            ),
        )

    def _with_said(self, talk: TalkPlan, ranked: RankedProduct, language: Language) -> tuple[Reason, ...]:
        """What the customer said of the product, then what speaks for it by the model."""
        said = self._talk.said(talk, ranked.code, language)
        return (*((said,) if said is not None else ()), *self._reasons(ranked, language))[:_REASONS]

    def _reasons(self, ranked: RankedProduct, language: Language) -> tuple[Reason, ...]:
        """What speaks for the product by the model; first that it is a try (W-05)."""
        tried = (Reason(code="explored", text=_EXPLORED[language]),) if ranked.explored else ()
        known = (
            Reason(code=reason.code.value, text=self._reason(reason.code, reason.subject, reason.value, language))
            for reason in ranked.reasons
            if reason.subject in self._subjects
        )
        return (*tried, *known)[:_REASONS]

    def _render_reason(self, code: object, subject: str, value: float, language: Language) -> str:
        reason = ModelReason(code=code, subject=subject, value=value, contribution=0.0)  # type: ignore[arg-type]
        return reason_text(self._catalogue, reason, language.value)[:200]

    def _pages(self, demand: Funnel, language: Language, record: CustomerRecord, role: Role) -> CustomerPages:
        holdings = [
            self._products[code].get(language.value) for code in sorted(record.holdings) if code in self._products
        ]
        preferences = [
            f"{_named(self._categories, tag.code, language)} {tag.weight:.0%}"
            for tag in demand.tags
            if tag.weight >= 0.01
        ]
        return CustomerPages(
            customer=_fields(
                role,
                ("name", record.display_name, mask_name(record.display_name)),
                ("reference", record.ref, f"…{record.ref[-2:]}"),
                ("segment", record.segment, "*"),
                ("age_band", record.age_band, "*"),
                ("risk_rating", str(record.risk_rating), "*"),
            ),
            assets=_fields(role, *(("holding", name, "*") for name in holdings)),
            preferences=_fields(role, *(("preference", text, "*") for text in preferences)),
        )


def _why(removed: Removed, language: Language, record: CustomerRecord | None, role: Role) -> str:
    """Why a product was removed, with no more of the customer in it than the pages show this role."""
    if removed.rule is Rule.SUITABILITY and FIELD_RULES["risk_rating"][role] != "read":
        return _UNSUITABLE[language]
    if removed.field in _AGES:
        removed = msgspec.structs.replace(removed, actual=record.age_band if record is not None else "")
    return removal_text(removed, language.value)


def _named(names: Mapping[str, Names], code: str, language: Language) -> str:
    """The name, or the code where the catalogue has changed since the task was made."""
    found = names.get(code)
    return code if found is None else found.get(language.value)


def _fields(role: Role, *lines: tuple[str, str, str]) -> tuple[Field, ...]:
    fields = []
    for code, clear, masked in lines:
        sight = FIELD_RULES[code][role]
        if clear and sight != "hidden":
            fields.append(Field(code=code, value=clear if sight == "read" else masked, masked=sight == "masked"))
    return tuple(fields)
