"""The policy in the hub: consent, contacts, exploration, and what the manager sees of it (W-05), on both databases."""

from __future__ import annotations

from collections.abc import Sequence

import msgspec
import pytest

from contracts.visits import ClaimTask, Consent, GiveFeedback, Outcome, StartTalk
from hub.customers import StoredCustomer
from hub.errors import ProvisioningError
from hub.storage import UnitOfWork
from hub.visits import store
from models.policy import Contact, Funnel, Rule
from tests.unit.hub.rig import ANN, REGISTRY, Rig, simbank

pytestmark = pytest.mark.req("W-05")

MOST = simbank().catalogue.policy.fatigue_product_most


def demand_of(rig: Rig, task: str) -> Funnel:
    return rig.hub.engine.run(lambda unit: store.load_demand(unit, task))[0]


def contacts_of(rig: Rig, customer: str) -> Sequence[Contact]:
    with rig.storage.reading() as connection:
        return store.contacts_of(UnitOfWork(connection, rig.clock.now()), [customer]).get(customer, ())


def codes(demand: Funnel) -> tuple[str, ...]:
    return tuple(product.code for product in demand.shown)


def visit(rig: Rig, number: int, *, talk: bool = True, feedback: bool = True) -> tuple[str, Funnel]:
    task = rig.walk_in("kiosk-main", f"A{number:03d}", "c-ann")
    demand = demand_of(rig, task)
    rig.accept("watch-ada", ClaimTask(task_id=task))
    if talk:
        rig.accept("watch-ada", StartTalk(task_id=task, consent=Consent.REFUSED))
    if feedback:
        rig.accept("watch-ada", GiveFeedback(task_id=task, outcome=Outcome.FAILURE))
    return task, demand


def test_a_talk_is_a_contact_once_and_an_offer_is_none(rig: Rig) -> None:
    rig.bind("main", "watch-ada")
    task, demand = visit(rig, 1, talk=False, feedback=False)
    assert contacts_of(rig, "c-ann") == (), "nobody has spoken with her yet"
    rig.accept("watch-ada", StartTalk(task_id=task, consent=Consent.REFUSED))
    talk = Contact(rig.clock.now(), codes(demand))
    assert contacts_of(rig, "c-ann") == (talk,)
    rig.clock.advance(60)
    rig.accept("watch-ada", StartTalk(task_id=task, consent=Consent.GRANTED))
    rig.accept("watch-ada", GiveFeedback(task_id=task, outcome=Outcome.FAILURE))
    assert contacts_of(rig, "c-ann") == (talk,)
    assert contacts_of(rig, "c-wang") == ()


def test_feedback_without_a_started_talk_is_a_contact_too(rig: Rig) -> None:
    rig.bind("main", "watch-ada")
    _, demand = visit(rig, 1, talk=False)
    assert contacts_of(rig, "c-ann") == (Contact(rig.clock.now(), codes(demand)),)


def test_an_anonymous_visitor_leaves_no_contact(rig: Rig) -> None:
    rig.bind("main", "watch-ada")
    task = rig.walk_in("kiosk-main", "A001")
    rig.accept("watch-ada", ClaimTask(task_id=task))
    rig.accept("watch-ada", StartTalk(task_id=task, consent=Consent.REFUSED))
    assert rig.tables()["contacts"] == []


def test_what_was_shown_in_too_many_talks_rests(rig: Rig) -> None:
    rig.bind("main", "watch-ada")
    demands = [visit(rig, number)[1] for number in range(1, MOST + 1)]
    always = set.intersection(*(set(codes(demand)) for demand in demands))
    assert always, "the best two are never left to chance"
    tired = demand_of(rig, rig.walk_in("kiosk-main", "A100", "c-ann"))
    removed = {one.code: one for one in tired.removed}
    for code in always:
        assert (removed[code].rule, removed[code].actual) == (Rule.FATIGUE, str(MOST))
    rig.clock.advance(31 * 86400)
    rig.tick()
    rested = demand_of(rig, rig.walk_in("kiosk-main", "A100", "c-ann"))
    assert not {one.code for one in rested.removed} & always


def test_contacts_that_no_rule_looks_at_any_more_are_forgotten(rig: Rig) -> None:
    rig.bind("main", "watch-ada")
    visit(rig, 1)
    rig.clock.advance(367 * 86400)
    rig.tick()
    visit(rig, 2)
    assert [contact.at for contact in contacts_of(rig, "c-ann")] == [rig.clock.now()]


def test_who_does_not_want_offers_is_only_helped_with_what_they_came_for(rig: Rig) -> None:
    quiet = StoredCustomer(msgspec.structs.replace(ANN, ref="c-quiet", marketing_consent=False), None)
    picky = StoredCustomer(msgspec.structs.replace(ANN, ref="c-picky", opted_out=frozenset({"loans"})), None)
    rig.hub.engine.run(lambda unit: rig.hub.customers.take_in(unit, [quiet, picky]))
    category = {product.code: product.category for product in simbank().catalogue.product}
    advice = demand_of(rig, rig.walk_in("kiosk-main", "A001", "c-quiet"))
    assert advice.ranked == ()
    assert Rule.CONSENT in {one.rule for one in advice.removed}
    loan = demand_of(rig, rig.walk_in("kiosk-river", "A001", "c-quiet", business="loan"))
    assert {category[product.code] for product in loan.ranked} == {"loans"}
    others = demand_of(rig, rig.walk_in("kiosk-main", "A002", "c-picky"))
    assert "loans" not in {category[product.code] for product in others.ranked}
    assert {one.why for one in others.removed if one.rule is Rule.CONSENT} == {"opted out of loans"}


def test_a_category_that_no_message_could_carry_is_not_taken_in(rig: Rig) -> None:
    wrong = StoredCustomer(msgspec.structs.replace(ANN, opted_out=frozenset({"a b"})), None)
    with pytest.raises(ProvisioningError, match="customer number 1"):
        rig.hub.engine.run(lambda unit: rig.hub.customers.take_in(unit, [wrong]))


@pytest.mark.req("W-16")
def test_a_branch_where_a_regulator_says_so_leaves_nothing_to_chance(database_url: str) -> None:
    branches = tuple(msgspec.structs.replace(branch, explore=branch.name != "main") for branch in REGISTRY.branches)
    rig = Rig(database_url, registry=msgspec.structs.replace(REGISTRY, branches=branches))
    try:
        for number in range(40):
            rig.accept("kiosk-main", rig.ticket("kiosk-main", f"A{number:03d}", f"c-{number % 20:03d}"))
            rig.accept("kiosk-river", rig.ticket("kiosk-river", f"A{number:03d}", f"c-{number % 20:03d}"))
        demands = {name: [demand_of(rig, t.id) for t in rig.tasks() if t.branch == name] for name in ("main", "river")}
    finally:
        rig.close()
    assert {product.propensity for demand in demands["main"] for product in demand.shown} == {1.0}
    assert all(demand.offered[:3] == codes(demand) for demand in demands["main"])
    assert all(0.8 < demand.shown[2].propensity < 1.0 or demand.shown[2].explored for demand in demands["river"])
    assert all(demand.raw and demand.feature_hash for demand in demands["main"])
