"""The feedback form (W-14): outcome, products, preferences, send. Four taps in the common case, two on a failure."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass, replace
from enum import StrEnum
from types import MappingProxyType

from contracts.visits import GiveFeedback, Outcome, Plan, Stance, TaskView

PREFILL_FROM = 0.5
"""A preference of the plan with at least this weight is ticked beforehand."""

MOST = 20
"""The most products, and the most preferences, that the contract takes."""

MOST_NOTE = 2000
"""The most characters of a note that the contract takes."""


class FormStep(StrEnum):
    """The pages of the form."""

    OUTCOME = "outcome"
    PRODUCTS = "products"
    PREFERENCES = "preferences"


class FormMove(StrEnum):
    """What leads from page to page."""

    SUCCEEDED = "succeeded"
    FAILED = "failed"
    NEXT = "next"
    BACK = "back"


FORM_MOVES: Mapping[tuple[FormStep, FormMove], FormStep] = MappingProxyType(
    {
        (FormStep.OUTCOME, FormMove.SUCCEEDED): FormStep.PRODUCTS,
        (FormStep.OUTCOME, FormMove.FAILED): FormStep.PREFERENCES,
        (FormStep.PRODUCTS, FormMove.NEXT): FormStep.PREFERENCES,
        (FormStep.PRODUCTS, FormMove.BACK): FormStep.OUTCOME,
        (FormStep.PREFERENCES, FormMove.BACK): FormStep.OUTCOME,
    }
)
"""Every move of the form; any other leaves it as it is."""


@dataclass(frozen=True, slots=True)
class VisitForm:
    """The form of one visit as far as it is filled in."""

    task_id: str
    offered_products: tuple[str, ...]
    offered_preferences: tuple[str, ...]
    step: FormStep = FormStep.OUTCOME
    outcome: Outcome | None = None
    products: tuple[str, ...] = ()
    refused: tuple[str, ...] = ()
    preferences: tuple[str, ...] = ()
    note: str = ""

    @property
    def complete(self) -> bool:
        """Whether it may be sent."""
        return self.step is FormStep.PREFERENCES and self.outcome is not None

    def message(self) -> GiveFeedback | None:
        """What is sent; null until complete."""
        if self.outcome is None or self.step is not FormStep.PREFERENCES:
            return None
        return GiveFeedback(
            task_id=self.task_id,
            outcome=self.outcome,
            products=self.products,
            preferences=self.preferences,
            refused=self.refused,
            note=self.note,
        )


def begin(
    view: TaskView,
    stances: Mapping[str, Stance] = MappingProxyType({}),
    *,
    heard: Mapping[str, Stance] = MappingProxyType({}),
    wanted: Collection[str] = (),
) -> VisitForm:
    """A form for this visit: what the customer refused in the talk marked so, what is likely to matter ticked (W-14).

    ``stances``: what was tapped in the talk, by product; ``heard``: what was said, where nothing was tapped. A refused
    product that has left the plan is still on the form. ``wanted``: categories that the talk showed interest in; ticked
    where the plan has a preference of that code, which alone has a name to show.
    """
    plan: Plan = view.plan
    refused = tuple(code for code, stance in {**stances, **heard, **stances}.items() if stance is Stance.REFUSAL)
    shown = tuple(product.code for product in plan.products)
    offered = (*shown, *(code for code in refused if code not in shown))[:MOST]
    likely = (p.tag for p in plan.preferences if p.weight >= PREFILL_FROM or p.tag in wanted)
    return VisitForm(
        task_id=view.task,
        offered_products=offered,
        offered_preferences=tuple(preference.tag for preference in plan.preferences)[:MOST],
        refused=tuple(code for code in refused if code in offered),
        preferences=tuple(likely)[:MOST],
    )


def move(form: VisitForm, by: FormMove) -> VisitForm:
    """The form one page on or back; a failure takes no product, so it has no page of them."""
    step = FORM_MOVES.get((form.step, by))
    if step is None:
        return form
    match by:
        case FormMove.SUCCEEDED:
            return replace(form, step=step, outcome=Outcome.SUCCESS)
        case FormMove.FAILED:
            return replace(form, step=step, outcome=Outcome.FAILURE, products=())
        case FormMove.BACK if form.step is FormStep.PREFERENCES and form.outcome is Outcome.SUCCESS:
            return replace(form, step=FormStep.PRODUCTS)
        case FormMove.NEXT | FormMove.BACK:
            return replace(form, step=step)


def take_product(form: VisitForm, code: str) -> VisitForm:
    """One tap on a product: from nothing to taken, from taken to refused, from refused to nothing."""
    if form.step is not FormStep.PRODUCTS or code not in form.offered_products:
        return form
    if code in form.products:
        return replace(form, products=_toggled(form.products, code), refused=(*form.refused, code))
    if code in form.refused:
        return replace(form, refused=_toggled(form.refused, code))
    return replace(form, products=(*form.products, code))


def with_note(form: VisitForm, text: str) -> VisitForm:
    """The form with this note, cut to what the contract takes; it takes one on any page."""
    return replace(form, note=text.strip()[:MOST_NOTE])


def tick_preference(form: VisitForm, tag: str) -> VisitForm:
    """Tick or untick a preference that was heard."""
    if form.step is not FormStep.PREFERENCES or tag not in form.offered_preferences:
        return form
    return replace(form, preferences=_toggled(form.preferences, tag))


def _toggled(chosen: tuple[str, ...], code: str) -> tuple[str, ...]:
    return tuple(c for c in chosen if c != code) if code in chosen else (*chosen, code)
