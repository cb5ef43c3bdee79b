"""Targets become tasks: who came, what they probably need, and who is told (W-03, W-05, W-06)."""

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta

import msgspec

from contracts.fields import Language
from contracts.lobby import TicketAdvised
from contracts.visits import TaskOffered, TaskUpdated, TaskView
from hub.fleet import FleetDirectory
from hub.kernel import Branch, PolicyKind
from hub.metrics import Metrics
from hub.storage import UnitOfWork
from hub.streams import UNPLACED
from hub.visits import store
from hub.visits.advice import discreet
from hub.visits.dispatch import Candidate as Bound
from hub.visits.dispatch import Offer, dispatch
from hub.visits.model import Origin, State, Step, Target, Task, join
from hub.visits.ports import Analyst, CustomerDirectory
from hub.visits.view import Viewer
from models.catalogue import Catalogue
from models.customers import CustomerRecord
from models.policy import Contact, CustomerFacts, Funnel
from models.ranking import Candidate, candidate_of
from runtime.ids import Ids

_LONGEST_COOLING_OFF = timedelta(days=3650)

_AT_THE_KIOSK = timedelta(minutes=2)
"""So long after taking a number nobody stands at the kiosk any more."""


class Targets:
    """Takes targets in, in bulk: one read of each kind and one run of the model for a whole batch."""

    def __init__(
        self,
        *,
        fleet: FleetDirectory,
        customers: CustomerDirectory,
        analyst: Analyst,
        viewer: Viewer,
        catalogue: Catalogue,
        ids: Ids,
        metrics: Metrics,
    ) -> None:
        self._fleet = fleet
        self._customers = customers
        self._analyst = analyst
        self._viewer = viewer
        self._catalogue = catalogue
        self._ids = ids
        self._metrics = metrics

    def take(self, unit: UnitOfWork, targets: Sequence[Target]) -> None:
        """Every target becomes a task, or adds to the open visit of its customer in its branch."""
        keys = {target.open_key for target in targets if target.open_key is not None}
        visits = store.open_by_key(unit, keys)
        new: dict[str | None, Target] = {}
        anonymous: list[Target] = []
        again: list[Target] = []
        for target in targets:
            key = target.open_key
            if key is None:
                anonymous.append(target)
            elif key in visits or key in new:
                again.append(target)
            else:
                new[key] = target
        self._open(unit, [*new.values(), *anonymous])
        if any(target.open_key in new for target in again):
            visits |= store.open_by_key(unit, {key for key in new if key is not None})
        for target in again:
            key = target.open_key or ""
            visits[key] = self._join(unit, visits[key], target)

    def offer(self, unit: UnitOfWork, task: Task, *, after: Step | None) -> Task:
        """The task offered to the first step with somebody in it after ``after``; nothing is said or saved here."""
        branch = self._fleet.branches[task.branch]
        offer = self._dispatch(unit, branch, task, after)
        due = unit.now + timedelta(seconds=branch.claim_within_s)
        return msgspec.structs.replace(
            task,
            step=offer.step,
            audience=offer.audience,
            offered_to=tuple(dict.fromkeys((*task.offered_to, *offer.audience))),
            due=task.expires if offer.step is Step.MANAGER else min(due, task.expires),
        )

    def announce(self, unit: UnitOfWork, task: Task, demand: Funnel, devices: Sequence[str]) -> None:
        """Offer the task to these devices, each in its advisor's language."""
        views: dict[Language, TaskOffered] = {}
        for device in devices:
            language = self.language(device)
            if language not in views:
                views[language] = TaskOffered(position=UNPLACED, task=self._viewer.task(task, demand, language))
            unit.say(device, views[language], traceparent=task.traceparent, expires=task.expires)

    def refresh(self, unit: UnitOfWork, task: Task) -> None:
        """Tell everyone who has the task how it stands now."""
        demand = store.load_demand(unit, task.id)
        for device in task.audience if task.holder is None else self.holders(task):
            view = self.view(unit, task, demand, device)
            unit.say(device, TaskUpdated(position=UNPLACED, task=view), traceparent=task.traceparent)

    def holders(self, task: Task) -> list[str]:
        """The holder's devices that are bound to the task's branch."""
        if task.holder is None:
            return []
        return [bound.device for bound in self._fleet.bound_to(task.branch) if bound.advisor == task.holder]

    def view(self, unit: UnitOfWork, task: Task, demand: Funnel, device: str) -> TaskView:
        """The task as this device may see it: the holder's devices with the customer's pages."""
        registered = self._fleet.devices[device]
        advisor = self._fleet.advisors.get(registered.advisor or "")
        if task.holder is None or advisor is None or advisor.name != task.holder:
            return self._viewer.task(task, demand, self.language(device))
        return self._viewer.held(
            task,
            demand,
            advisor.language,
            self.record(unit, task.customer),
            advisor.role,
            interval_s=self._fleet.branches[task.branch].talk_interval_s,
        )

    def language(self, device: str) -> Language:
        """The language of the device's advisor."""
        registered = self._fleet.devices.get(device)
        advisor = self._fleet.advisors.get(registered.advisor or "") if registered else None
        return advisor.language if advisor else Language.EN

    def record(self, unit: UnitOfWork, customer: str | None) -> CustomerRecord | None:
        """The customer's record, if there is one."""
        if customer is None:
            return None
        found = self._customers.find(unit, [customer]).get(customer)
        return found.record if found else None

    def _open(self, unit: UnitOfWork, targets: Sequence[Target]) -> None:
        if not targets:
            return
        refs = {target.customer for target in targets if target.customer is not None}
        known = self._customers.find(unit, refs)
        refused = store.refused_products(unit, refs, unit.now - _LONGEST_COOLING_OFF)
        talks = store.contacts_of(unit, refs)
        ids = [self._ids.new() for _ in targets]
        candidates = []
        for task_id, target in zip(ids, targets, strict=True):
            ref = target.customer or ""
            customer = known.get(ref)
            candidates.append(
                _candidate(
                    customer.record if customer else None,
                    refused.get(ref, {}),
                    talks.get(ref, ()),
                    business=target.business,
                    key=task_id if self._fleet.branches[target.branch].explore else "",
                )
            )
        demands = self._analyst.rank(candidates, unit.now)
        for task_id, target, demand in zip(ids, targets, demands, strict=True):
            customer = known.get(target.customer or "")
            branch = self._fleet.branches[target.branch]
            expires = target.at + timedelta(seconds=branch.task_lifetime_s)
            task = Task(
                id=task_id,
                branch=target.branch,
                business=target.business,
                state=State.OFFERED,
                step=Step.FIRST,
                waiting_since=target.at,
                offered_at=unit.now,
                expires=expires,
                due=expires,
                customer=target.customer,
                customer_name=customer.record.display_name if customer else "",
                tickets=(target.ticket,) if target.ticket else (),
                number=target.number,
                booked=target.booked,
                urgent=target.urgent,
                owner=customer.advisor if customer else None,
                traceparent=target.traceparent,
            )
            self._begin(unit, task, demand, target.origin)
            self._advise(unit, target, demand if customer is not None else None)

    def _advise(self, unit: UnitOfWork, target: Target, demand: Funnel | None) -> None:
        """Tell the kiosk what it may suggest to who stands there with the ticket still in hand; null: whom the bank
        doesn't know (K-12)."""
        named = target.customer is not None  # to whoever isn't, the kiosk suggests by itself
        stands_there = unit.now - target.at <= _AT_THE_KIOSK
        if named and target.kiosk is not None and target.ticket is not None and stands_there:
            products = None if demand is None else discreet(demand, self._catalogue, target.business)
            advised = TicketAdvised(ticket=target.ticket, products=products)
            unit.say(target.kiosk, advised, expires=unit.now + _AT_THE_KIOSK)

    def _begin(self, unit: UnitOfWork, task: Task, demand: Funnel, origin: Origin) -> None:
        if task.expires <= unit.now:  # the kiosk was cut off for long: the customer has gone, nobody is to be alerted
            expired = msgspec.structs.replace(task, state=State.EXPIRED, ended=unit.now)
            store.insert_task(unit, expired, demand)
            store.note(unit, task.id, "expired", detail=f"{origin.value} came late")
            self._metrics.tasks.labels(change="came_late").inc()
            return
        task = self.offer(unit, task, after=None)
        store.insert_task(unit, task, demand)
        store.note(unit, task.id, "offered", detail=f"{origin.value} {task.step.value} {len(task.audience)}")
        self._metrics.tasks.labels(change="offered").inc()
        self.announce(unit, task, demand, task.audience)

    def _join(self, unit: UnitOfWork, task: Task, target: Target) -> Task:
        joined = join(task, target)
        store.note(unit, task.id, "joined", detail=f"{target.origin.value} {target.number or ''}")
        known = self.record(unit, target.customer) is not None
        self._advise(unit, target, store.load_demand(unit, task.id) if known else None)
        if joined != task:
            store.save_task(unit, joined)
            self.refresh(unit, joined)
        return joined

    def _dispatch(self, unit: UnitOfWork, branch: Branch, task: Task, after: Step | None) -> Offer:
        bound = self._fleet.bound_to(branch.name)
        if branch.policy is PolicyKind.BROADCAST:
            candidates = [Bound(device=b.device, advisor=b.advisor) for b in bound]
        else:
            load = store.held_in_branch(unit, branch.name)
            candidates = [
                Bound(
                    device=b.device,
                    advisor=b.advisor,
                    load=load.get(b.advisor, 0),
                    skilled=self._skilled(b.advisor, task.business),
                )
                for b in bound
            ]
        asked = {b.advisor for b in bound if b.device in task.audience}
        return dispatch(branch.policy, candidates, owner=task.owner, passed=task.passed, asked=asked, after=after)

    def _skilled(self, advisor: str, business: str) -> bool:
        skills = self._fleet.advisors[advisor].skills
        return not skills or business in skills


def _candidate(
    record: CustomerRecord | None,
    refused: Mapping[str, datetime],
    talks: tuple[Contact, ...],
    *,
    business: str,
    key: str,
) -> Candidate:
    if record is None:
        facts = CustomerFacts(holdings=frozenset(), refusals=refused, contacts=talks, business=business)
        return Candidate(profile={}, facts=facts, key=key)
    return candidate_of(record, refused, contacts=talks, business=business, key=key)
