"""What may be suggested where a bystander sees it (K-12)."""

from __future__ import annotations

import msgspec
import pytest

from hub.visits.advice import MOST, discreet
from models.customers import CustomerRecord
from models.ranking import Ranker, candidate_of
from tests.unit.hub.rig import ANN, NINE, WANG, simbank

pytestmark = pytest.mark.req("K-12")


@pytest.mark.parametrize("customer", [ANN, WANG], ids=lambda one: one.ref)
def test_only_products_of_the_business_that_the_customer_lacks_best_first(customer: CustomerRecord) -> None:
    catalogue = simbank().catalogue
    [demand] = Ranker(simbank()).rank([candidate_of(customer)], NINE)
    for business in catalogue.business:
        found = discreet(demand, catalogue, business.code)
        assert len(found) <= MOST
        assert {catalogue.product_named(code).category for code in found} <= set(business.categories)
        assert not set(found) & customer.holdings
        order = [code for code in demand.offered if catalogue.product_named(code).category in business.categories]
        assert list(found) == order[:MOST]


def test_a_customer_to_whom_nothing_may_be_offered_is_suggested_nothing() -> None:
    catalogue = simbank().catalogue
    [demand] = Ranker(simbank()).rank([candidate_of(WANG)], NINE)
    nothing = msgspec.structs.replace(demand, ranked=())
    assert {discreet(nothing, catalogue, one.code) for one in catalogue.business} == {()}
