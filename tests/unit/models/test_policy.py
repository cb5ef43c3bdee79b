"""The funnel: declared rules in order, every product exactly once, nothing forbidden ever ranked."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from models.catalogue import LANGUAGES
from models.catalogues import load_catalogue
from models.policy import CustomerFacts, Funnel, Policy, Rule, Tag, predicted_tags, removal_text

pytestmark = pytest.mark.req("W-05")

BANK = load_catalogue("simbank")
POLICY = Policy(BANK)
CODES = BANK.product_codes
NOW = datetime(2026, 3, 2, 9, 30, tzinfo=UTC)
AFTER = NOW - BANK.policy.cooling_off


def run(facts: CustomerFacts, probabilities: list[float] | None = None) -> Funnel:
    values = probabilities or [1.0 / len(CODES)] * len(CODES)
    order, removed = POLICY.sift(facts, values, NOW)
    return POLICY.funnel(order, removed, values, [], "v")


facts_strategy = st.builds(
    CustomerFacts,
    holdings=st.frozensets(st.sampled_from(CODES)),
    risk_rating=st.none() | st.integers(1, 5),
    age=st.none() | st.integers(0, 110),
    segment=st.sampled_from(["", "student", "family", "entrepreneur"]),
    refusals=st.dictionaries(
        st.sampled_from(CODES), st.timedeltas(timedelta(), timedelta(days=365)).map(lambda ago: NOW - ago)
    ),
)
probabilities_strategy = st.lists(st.floats(0.0, 1.0), min_size=len(CODES), max_size=len(CODES))


@given(facts_strategy, probabilities_strategy)
def test_every_product_is_ranked_or_removed_exactly_once(facts: CustomerFacts, probabilities: list[float]) -> None:
    funnel = run(facts, probabilities)
    assert sorted([p.code for p in funnel.ranked] + [r.code for r in funnel.removed]) == sorted(CODES)


@given(facts_strategy, probabilities_strategy)
def test_what_the_rules_forbid_is_never_ranked(facts: CustomerFacts, probabilities: list[float]) -> None:
    products = BANK.by_code()
    for ranked in run(facts, probabilities).ranked:
        product = products[ranked.code]
        assert ranked.code not in facts.holdings
        assert product.risk_rating <= (facts.risk_rating or 1)
        assert ranked.code not in facts.refusals or facts.refusals[ranked.code] <= AFTER
        assert set(product.requires) <= facts.holdings
        assert not product.segments or facts.segment in product.segments
        assert product.min_age is None or (facts.age is not None and facts.age >= product.min_age)
        assert product.max_age is None or (facts.age is not None and facts.age <= product.max_age)


@given(facts_strategy, probabilities_strategy)
def test_nothing_is_removed_without_its_rule_holding(facts: CustomerFacts, probabilities: list[float]) -> None:
    products = BANK.by_code()
    for removed in run(facts, probabilities).removed:
        product = products[removed.code]
        match removed.rule:
            case Rule.HELD:
                assert removed.code in facts.holdings
            case Rule.SUITABILITY:
                assert (facts.risk_rating or 1) < product.risk_rating
            case Rule.COOLING_OFF:
                assert facts.refusals[removed.code] > AFTER
            case Rule.ELIGIBILITY:
                assert removed.field in {"min_age", "max_age", "segments", "requires"}
                assert getattr(product, removed.field)
        assert all(removal_text(removed, language) for language in LANGUAGES)


@given(facts_strategy, probabilities_strategy)
def test_the_ranking_is_by_probability_and_tags_are_shares(facts: CustomerFacts, probabilities: list[float]) -> None:
    funnel = run(facts, probabilities)
    shown = [product.probability for product in funnel.ranked]
    assert shown == sorted(shown, reverse=True)
    weights = [tag.weight for tag in funnel.tags]
    assert weights == sorted(weights, reverse=True)
    assert not weights or sum(weights) == pytest.approx(1.0)
    assert set(funnel.predicted_tags) <= {tag.code for tag in funnel.tags}
    assert bool(funnel.predicted_tags) == bool(funnel.tags)


def test_ties_keep_the_catalogue_order() -> None:
    codes = [product.code for product in run(CustomerFacts(holdings=frozenset(), age=40)).ranked]
    assert codes == sorted(codes, key=CODES.index)


@pytest.mark.parametrize(
    ("facts", "code", "rule", "why"),
    [
        (CustomerFacts(holdings=frozenset({"mortgage"})), "mortgage", Rule.HELD, "already held"),
        (CustomerFacts(holdings=frozenset(), age=17), "credit_card", Rule.ELIGIBILITY, "age 17 is below 18"),
        (CustomerFacts(holdings=frozenset(), age=70), "mortgage", Rule.ELIGIBILITY, "age 70 is above 65"),
        (CustomerFacts(holdings=frozenset()), "credit_card", Rule.ELIGIBILITY, "age unknown is below 18"),
        (CustomerFacts(holdings=frozenset(), age=40), "premium_card", Rule.ELIGIBILITY, "needs credit_card first"),
        (
            CustomerFacts(holdings=frozenset(), age=40, segment="family"),
            "business_account",
            Rule.ELIGIBILITY,
            "only for entrepreneur",
        ),
        (
            CustomerFacts(holdings=frozenset(), age=40, risk_rating=3),
            "equity_fund",
            Rule.SUITABILITY,
            "risk rating 3 is below the product's 4",
        ),
        (
            CustomerFacts(holdings=frozenset(), age=40, refusals={"car_loan": NOW - timedelta(days=1)}),
            "car_loan",
            Rule.COOLING_OFF,
            "refused on 2026-03-01, not before 2026-05-30",
        ),
    ],
)
def test_the_demand_says_which_and_why(facts: CustomerFacts, code: str, rule: Rule, why: str) -> None:
    (removed,) = [removed for removed in run(facts).removed if removed.code == code]
    assert (removed.rule, removed.why) == (rule, why)


def test_a_refused_product_comes_back_when_the_time_is_over_and_not_before() -> None:
    def ranked(refused_at: datetime) -> bool:
        facts = CustomerFacts(holdings=frozenset(), age=40, refusals={"car_loan": refused_at})
        return "car_loan" in [product.code for product in run(facts).ranked]

    assert ranked(AFTER)
    assert not ranked(AFTER + timedelta(microseconds=1))
    assert not ranked(NOW + timedelta(hours=1)), "a device's clock an hour ahead must not undo a refusal"


def test_predicted_tags_follow_the_declared_rule() -> None:
    figures = BANK.policy
    assert predicted_tags([], figures) == ()
    assert predicted_tags([Tag("a", 0.2), Tag("b", 0.1)], figures) == ("a",)
    assert predicted_tags([Tag("a", 0.5), Tag("b", figures.tag_min_weight), Tag("c", 0.1)], figures) == ("a", "b")


def test_holding_everything_leaves_nothing_to_offer() -> None:
    funnel = run(CustomerFacts(holdings=frozenset(CODES)))
    assert (funnel.ranked, funnel.tags, funnel.predicted_tags) == ((), (), ())
    assert {removed.rule for removed in funnel.removed} == {Rule.HELD}
