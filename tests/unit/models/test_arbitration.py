"""The order of what may be offered: weights, the customer's own business, variety among the first three."""

from __future__ import annotations

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from models.catalogue import Catalogue
from models.policy import CustomerFacts, Policy
from models.policy_figures import SHOWN
from tests.unit.models.policy_cases import (
    BANK,
    CATEGORY,
    CODES,
    declaring,
    facts_strategy,
    keys,
    probabilities_strategy,
    run,
)

pytestmark = pytest.mark.req("W-05")


def test_weights_and_the_business_decide_the_order_and_leave_the_probabilities() -> None:
    values = [0.01] * len(CODES)
    for code, value in (("time_deposit", 0.30), ("car_loan", 0.25), ("credit_card", 0.22), ("travel_insurance", 0.12)):
        values[CODES.index(code)] = value
    facts = CustomerFacts(holdings=frozenset(), age=40)

    def first(bank: Catalogue, business: str) -> list[str]:
        asked = msgspec.structs.replace(facts, business=business)
        funnel = run(asked, values, policy=Policy(bank))
        assert all(product.probability == values[CODES.index(product.code)] for product in funnel.ranked)
        ordered = [product.probability * product.factor for product in funnel.ranked]
        assert ordered == sorted(ordered, reverse=True)
        return [product.code for product in funnel.shown]

    assert first(BANK, "") == first(BANK, "cash") == ["time_deposit", "car_loan", "credit_card"]
    assert first(BANK, "loan") == ["car_loan", "time_deposit", "credit_card"]
    weighted = declaring(weight_of={"travel_insurance": 2.0, "car_loan": 0.5})
    assert first(weighted, "") == ["time_deposit", "travel_insurance", "credit_card"]
    assert first(weighted, "loan") == ["time_deposit", "travel_insurance", "credit_card"]
    assert first(declaring(business_boost=1.0), "loan") == ["time_deposit", "car_loan", "credit_card"]


@given(facts_strategy, probabilities_strategy, st.integers(1, SHOWN), st.sampled_from(["", "loan"]), keys)
def test_variety_among_the_first_three(
    facts: CustomerFacts, probabilities: list[float], most: int, business: str, key: str
) -> None:
    asked = msgspec.structs.replace(facts, business=business)
    plain = run(asked, probabilities, policy=Policy(declaring(category_most=SHOWN)))
    policy = Policy(declaring(category_most=most, explore_epsilon=1.0))
    for funnel in (run(asked, probabilities, policy=policy), run(asked, probabilities, policy=policy, key=key or "k")):
        shown = [CATEGORY[product.code] for product in funnel.shown]
        possible = sum(min(most, n) for n in _counted([CATEGORY[product.code] for product in funnel.ranked]))
        if possible >= SHOWN:
            assert all(shown.count(category) <= most for category in shown)
        held_back = {product.code for product in funnel.ranked if product.held_back}
        assert not held_back & {product.code for product in funnel.shown}
        assert held_back <= {product.code for product in plain.shown}
    untouched = Policy(declaring(category_most=SHOWN))
    assert not any(product.held_back for product in run(asked, probabilities, policy=untouched).ranked)


def _counted(names: list[str]) -> list[int]:
    return [names.count(name) for name in dict.fromkeys(names)]


def test_the_second_of_a_category_waits_behind_the_third_place() -> None:
    values = [0.01] * len(CODES)
    for place, code in enumerate(("mortgage", "car_loan", "consumer_loan", "credit_card", "time_deposit")):
        values[CODES.index(code)] = 0.3 - 0.05 * place
    ranked = run(CustomerFacts(holdings=frozenset(), age=40), values, policy=Policy(declaring(category_most=1))).ranked
    assert [product.code for product in ranked[:5]] == [
        "mortgage",
        "credit_card",
        "time_deposit",
        "car_loan",
        "consumer_loan",
    ]
    assert [product.code for product in ranked if product.held_back] == ["car_loan", "consumer_loan"]
