"""From who comes, as the story says, to the task that the hub offers."""

from collections.abc import Sequence
from datetime import datetime, timedelta

import msgspec

from contracts.fields import Language
from contracts.lending import Lent
from contracts.visits import Plan, PlanMove, TaskState, TaskView
from device_agent.stories.story import SHOWN, Customer, Lend, Moved

MODEL = "story-1"


def visit(customer: Customer, *, branch: str, now: datetime) -> TaskView:
    """The offered task of this customer."""
    return TaskView(
        task=customer.task,
        branch=branch,
        state=TaskState.OFFERED,
        urgency=customer.urgency,
        customer_name=customer.shown,
        business=customer.business,
        business_name=customer.business_name,
        booked=customer.booked,
        waiting_since=now - timedelta(minutes=customer.waiting_minutes),
        offered_at=now,
        expires=now + timedelta(minutes=customer.lives_minutes),
        plan=Plan(
            products=customer.products[:SHOWN],
            preferences=customer.preferences,
            removed=len(customer.dropped),
            model=MODEL,
            made_at=now,
            dropped=customer.dropped,
        ),
        number=customer.number,
    )


def replanned(
    view: TaskView, customer: Customer, products: Sequence[str], moved: Sequence[Moved], *, now: datetime
) -> TaskView:
    """The task with its plan in a new order; the likelihoods stay with the places, the marks say where each was."""
    known = {product.code: product for product in customer.products}
    was = [product.code for product in view.plan.products]
    order = list(products)[:SHOWN]
    shares = sorted((known[code].probability for code in order), reverse=True)
    moves = tuple(
        PlanMove(
            code=move.product,
            was=was.index(move.product) if move.product in was else None,
            now=order.index(move.product),
            why=move.why,
        )
        for move in moved
        if move.product in order
    )
    plan = msgspec.structs.replace(
        view.plan,
        products=tuple(
            msgspec.structs.replace(known[code], probability=share) for code, share in zip(order, shares, strict=True)
        ),
        moves=moves,
        made_at=now,
    )
    return msgspec.structs.replace(view, plan=plan)


def lent_to(step: Lend, language: Language) -> Lent:
    """What a lent device is told by this step."""
    low, high = (None, None) if step.minutes is None else step.minutes
    return Lent(
        lending=f"lending-{step.number}",
        number=step.number,
        language=language,
        stage=step.stage,
        call=step.call,
        counter=step.counter,
        ahead=step.ahead,
        low_min=low,
        high_min=high,
    )
