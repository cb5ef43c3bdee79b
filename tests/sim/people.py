"""Customers at the kiosks, advisors with their wrists, staff at the counters: they do anything that people do."""

from __future__ import annotations

import asyncio
import random
from collections.abc import Callable
from functools import partial

from sqlalchemy.exc import SQLAlchemyError

from contracts import Refusal
from contracts.fields import AccessNeed, Language
from contracts.visits import Consent, GiveFeedback, Outcome, Stance, TaskState, TaskView
from device_agent.agent import DeviceAgent
from device_agent.core.acts import Declined
from hub.lobby.model import TicketChange
from hub.storage import UnitOfWork
from tests.sim.mortality import Killed
from tests.sim.processes import HubProcess, KioskProcess, WristProcess
from tests.sim.stage import Stage
from tests.sim.world import CLOSED_BRANCH, analyst

NO_BUSINESS = "moonwalk"
"""A business that no catalogue has."""

STRANGER = "somebody-else"
"""A customer whom the hub doesn't know."""

PATIENCE_S = 5.0

SAYINGS = (
    ("she likes the first one", Language.EN),
    ("I don't want a credit card, but the bond fund is fine", Language.EN),
    ("We are buying a flat next year", Language.EN),
    ("I'm not sure about the insurance, let me think", Language.EN),
    ("不要基金，我对保险感兴趣", Language.ZH),
    ("不考虑信用卡", Language.ZH),
    ("펀드에는 관심이 없습니다", Language.KO),
    ("정기예금에 관심이 있습니다", Language.KO),
)
"""What customers say, as the advisor types it."""


async def arrive(stage: Stage, kiosk: KioskProcess) -> None:
    """Customers come to this kiosk; who gets no answer asks again, as the same request."""
    chance = stage.chance("customers", kiosk.name)
    businesses = [business.code for business in analyst().scorer.catalogue.business]
    refs = [customer.record.ref for customer in stage.world.customers]
    number = 0
    while stage.goes_on():
        await asyncio.sleep(chance.expovariate(1 / stage.world.arrival_s))
        number += 1
        who = chance.random()
        customer = None if who < 0.35 else STRANGER if who < 0.4 else chance.choice(refs)
        business = NO_BUSINESS if chance.random() < 0.03 else chance.choice(businesses)
        take = partial(
            kiosk_takes,
            stage,
            kiosk,
            customer=customer,
            business=business,
            booked=customer is not None and chance.random() < 0.2,
            needs=(AccessNeed.SEAT,) if chance.random() < 0.1 else (),
            language=chance.choice(list(Language)),
            request=f"{kiosk.name}-{number}",
        )
        await _insist(stage, take, chance)
        if chance.random() < 0.05:
            take()


async def _insist(stage: Stage, take: Callable[[], bool], chance: random.Random) -> None:
    while stage.goes_on():
        if take():
            return
        await asyncio.sleep(chance.uniform(0.2, 1.0))


def kiosk_takes(
    stage: Stage,
    kiosk: KioskProcess,
    *,
    customer: str | None,
    business: str,
    booked: bool,
    needs: tuple[AccessNeed, ...],
    language: Language,
    request: str,
) -> bool:
    """One press of the button; false when the kiosk doesn't answer."""
    if not kiosk.up:
        return False
    try:
        issued = kiosk.agent.take(
            customer=customer, business=business, language=language, needs=needs, booked=booked, request=request
        )
    except Killed:
        return False
    if not isinstance(issued, Refusal):
        stage.note(kiosk.name, f"gives {issued.number} {issued.ticket}{' again' if issued.repeated else ''}")
        stage.watch.issued(kiosk, issued, customer, business)
    return True


async def advise(stage: Stage, wrist: WristProcess) -> None:
    """An advisor looks at this wrist now and then and does something."""
    chance = stage.chance("advisor", wrist.name)
    while stage.goes_on():
        await asyncio.sleep(chance.expovariate(1 / stage.world.pace_s))
        if not stage.goes_on() or not wrist.up:
            continue
        try:
            result = _act(wrist.agent, wrist, chance, stage)
        except Killed:
            continue
        if isinstance(result, str):
            stage.counts["acts"] += 1
            stage.watch.acted(wrist, result)
        if result is not None:
            stage.watch.wrist_stepped(wrist)


def _act(agent: DeviceAgent, wrist: WristProcess, chance: random.Random, stage: Stage) -> str | Declined | None:
    allowed = wrist.plan.advisor.branches
    state = agent.state
    if state.binding is None:
        return agent.bind(chance.choice(allowed)) if chance.random() < 0.8 else None
    if chance.random() < wrist.plan.restlessness:
        move = chance.random()
        if move < 0.2:
            return agent.unbind()
        return agent.bind(CLOSED_BRANCH if move < 0.3 else chance.choice(allowed))
    if chance.random() < 0.04:
        refs = [customer.record.ref for customer in stage.world.customers]
        business = chance.choice(analyst().scorer.catalogue.business).code
        return agent.name_target(STRANGER if chance.random() < 0.1 else chance.choice(refs), business)
    pending = state.book.pending()
    if not pending:
        return None
    return _work_on(agent, chance.choice(pending), chance)


def _work_on(agent: DeviceAgent, view: TaskView, chance: random.Random) -> str | Declined | None:
    wish = chance.random()
    match view.state:
        case TaskState.OFFERED:
            if wish < 0.6:
                return agent.claim(view.task)
            return agent.pass_task(view.task) if wish < 0.75 else None
        case TaskState.HELD:
            if wish < 0.6:
                return agent.start_talk(view.task, chance.choice(list(Consent)))
            return agent.give_feedback(_feedback(view, chance)) if wish < 0.8 else None
        case TaskState.TALKING:
            if wish < 0.2:
                return agent.signal(
                    chance.choice(analyst().scorer.catalogue.product_codes), chance.choice(list(Stance))
                )
            if wish < 0.5:
                return agent.say(*chance.choice(SAYINGS))
            return agent.give_feedback(_feedback(view, chance))
        case TaskState.DONE:
            return None


def _feedback(view: TaskView, chance: random.Random) -> GiveFeedback:
    catalogue = analyst().scorer.catalogue
    planned = [product.code for product in view.plan.products]
    products = list(catalogue.product_codes)
    heard = [category.code for category in catalogue.category]
    success = chance.random() < 0.7
    taken = tuple(chance.sample(planned or products, 1) if chance.random() < 0.7 else chance.sample(products, 2))
    return GiveFeedback(
        task_id=view.task,
        outcome=Outcome.SUCCESS if success else Outcome.FAILURE,
        products=taken if success else (),
        preferences=tuple(chance.sample(heard, chance.randint(0, 3))),
        refused=tuple(chance.sample(products, 1)) if chance.random() < 0.3 else (),
    )


async def serve(stage: Stage, hub: HubProcess) -> None:
    """The counters serve and cancel tickets, and the manager names customers who are here."""
    chance = stage.chance("counters")
    names = [branch.name for branch in stage.world.registry.branches if branch.name != CLOSED_BRANCH]
    refs = [customer.record.ref for customer in stage.world.customers]
    while stage.goes_on():
        await asyncio.sleep(chance.expovariate(1 / 3.0))
        if not stage.goes_on() or not hub.up:
            continue
        waiting = [row[0] for row in hub.disk.execute("select id from tickets where state = 'waiting' order by id")]
        if chance.random() < 0.2:
            branch, ref = chance.choice(names), chance.choice(refs)
            stage.note("manager", f"names {ref} in {branch}")

            def name_target(unit: UnitOfWork, branch: str = branch, ref: str = ref) -> Refusal | None:
                return hub.hub.visits.add_by_hand(
                    unit, branch=branch, customer=ref, business="advice", named_by="manager", traceparent=None
                )

            await _ask(hub, name_target)
        elif waiting:
            ticket = chance.choice(waiting)
            change = TicketChange.SERVE if chance.random() < 0.7 else TicketChange.CANCEL
            stage.note("counter", f"{change.value}s {ticket}")

            def end(unit: UnitOfWork, ticket: str = ticket, change: TicketChange = change) -> object:
                return hub.hub.lobby.end(unit, ticket, change)

            await _ask(hub, end)


async def _ask(hub: HubProcess, job: Callable[[UnitOfWork], object]) -> None:
    """As over HTTP: who gets no answer in time goes away."""
    try:
        async with asyncio.timeout(PATIENCE_S):
            await hub.hub.server.transact(job)
    except (TimeoutError, SQLAlchemyError):
        pass
