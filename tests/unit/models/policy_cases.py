"""Customers, likelihoods and banks of all kinds, for the tests of the policy."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import msgspec
from hypothesis import strategies as st

from models.catalogue import Catalogue, PolicyFigures
from models.catalogues import load_catalogue
from models.policy import Contact, CustomerFacts, Funnel, Policy
from models.policy_figures import SHOWN

BANK = load_catalogue("simbank")
CODES = BANK.product_codes
CATEGORY = {product.code: product.category for product in BANK.product}
CATEGORIES = tuple(category.code for category in BANK.category)
OF_BUSINESS = {business.code: set(business.categories) for business in BANK.business}
NOW = datetime(2026, 3, 2, 9, 30, tzinfo=UTC)


def declaring(**figures: object) -> Catalogue:
    """The simulated bank with other figures of the policy."""
    return msgspec.structs.replace(BANK, policy=msgspec.convert(figures, PolicyFigures))


STRICT = declaring(
    consent_unknown="withhold",
    cooling_off_days_of={"mortgage": 365, "car_loan": 0},
    fatigue_product_most=2,
    fatigue_category_most=3,
    weight_of={"equity_fund": 2.0, "credit_card": 0.5},
    business_boost=3.0,
    category_most=1,
    explore_epsilon=0.9,
)
ALMOST_SURE = declaring(explore_epsilon=1.0, explore_temperature=5.0)
POLICIES = {name: Policy(bank) for name, bank in (("plain", BANK), ("strict", STRICT), ("bold", ALMOST_SURE))}


def run(
    facts: CustomerFacts, probabilities: list[float] | None = None, *, policy: Policy | None = None, key: str = ""
) -> Funnel:
    """The analysis of a customer by a policy, the simulated bank's unless told; all products as likely unless told."""
    chosen = policy or POLICIES["plain"]
    values = probabilities or [1.0 / len(CODES)] * len(CODES)
    order, removed = chosen.sift(facts, values, NOW)
    plan = chosen.plan(order, values, business=facts.business, key=key, version="v")
    return chosen.funnel(plan, removed, values, [], "v")


moments = st.timedeltas(timedelta(), timedelta(days=365)).map(lambda ago: NOW - ago)
facts_strategy = st.builds(
    CustomerFacts,
    holdings=st.frozensets(st.sampled_from(CODES)),
    risk_rating=st.none() | st.integers(1, 5),
    age=st.none() | st.integers(0, 110),
    segment=st.sampled_from(["", "student", "family", "entrepreneur"]),
    refusals=st.dictionaries(st.sampled_from(CODES), moments),
    marketing_consent=st.none() | st.booleans(),
    opted_out=st.frozensets(st.sampled_from(CATEGORIES), max_size=3),
    contacts=st.lists(
        st.builds(
            Contact, moments, st.lists(st.sampled_from((*CODES, "sold_out")), max_size=SHOWN, unique=True).map(tuple)
        ),
        max_size=8,
    ).map(tuple),
    business=st.sampled_from(["", "unknown", *OF_BUSINESS]),
)
probabilities_strategy = st.lists(st.floats(0.0, 1.0), min_size=len(CODES), max_size=len(CODES))
policies = st.sampled_from(sorted(POLICIES)).map(POLICIES.__getitem__)
keys = st.text(max_size=12)
