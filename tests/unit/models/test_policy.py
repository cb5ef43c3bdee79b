"""The funnel: declared rules in order, every product exactly once, nothing forbidden ever ranked."""

from __future__ import annotations

from datetime import datetime, timedelta
from itertools import pairwise

import msgspec
import pytest
from hypothesis import given

from models.catalogue import LANGUAGES, Catalogue, parse_catalogue
from models.errors import CatalogueError
from models.policy import Contact, CustomerFacts, Funnel, Policy, Rule, Tag, predicted_tags, removal_text
from models.policy_figures import SHOWN
from tests.unit.models.policy_cases import (
    BANK,
    CATEGORY,
    CODES,
    NOW,
    OF_BUSINESS,
    POLICIES,
    declaring,
    facts_strategy,
    keys,
    policies,
    probabilities_strategy,
    run,
)

pytestmark = pytest.mark.req("W-05")

AFTER = NOW - BANK.policy.cooling_off_of("equity_fund")


@given(facts_strategy, probabilities_strategy, policies, keys)
def test_every_product_is_ranked_or_removed_exactly_once_and_the_counts_add_up(
    facts: CustomerFacts, probabilities: list[float], policy: Policy, key: str
) -> None:
    funnel = run(facts, probabilities, policy=policy, key=key)
    assert sorted([p.code for p in funnel.ranked] + [r.code for r in funnel.removed]) == sorted(CODES)
    stages = funnel.stages
    assert [stage.name for stage in stages] == [*Rule, "arbitration", "top"]
    assert stages[0].before == len(CODES)
    assert stages[-1].after == len(funnel.shown) == min(SHOWN, len(funnel.ranked))
    for one, following in pairwise(stages):
        assert one.before >= one.after == following.before
    for stage in stages[: len(Rule)]:
        assert stage.before - stage.after == sum(removed.rule == stage.name for removed in funnel.removed)


@given(facts_strategy, probabilities_strategy, policies, keys)
def test_what_the_rules_forbid_is_never_ranked_whatever_is_drawn(
    facts: CustomerFacts, probabilities: list[float], policy: Policy, key: str
) -> None:
    products = BANK.by_code()
    figures = policy.figures
    own = OF_BUSINESS.get(facts.business, set())
    recent = [contact for contact in facts.contacts if contact.at > NOW - timedelta(days=figures.fatigue_days)]
    for ranked in run(facts, probabilities, policy=policy, key=key).ranked:
        product = products[ranked.code]
        assert ranked.code not in facts.holdings
        assert product.risk_rating <= (facts.risk_rating or 1)
        days = figures.cooling_off_days_of.get(ranked.code, figures.cooling_off_days)
        assert ranked.code not in facts.refusals or facts.refusals[ranked.code] <= NOW - timedelta(days=days)
        assert set(product.requires) <= facts.holdings
        assert not product.segments or facts.segment in product.segments
        assert product.min_age is None or (facts.age is not None and facts.age >= product.min_age)
        assert product.max_age is None or (facts.age is not None and facts.age <= product.max_age)
        if product.category not in own:
            assert facts.marketing_consent is not False
            assert facts.marketing_consent or figures.consent_unknown == "offer"
            assert product.category not in facts.opted_out
            assert sum(ranked.code in contact.products for contact in recent) < figures.fatigue_product_most
            of_category = [any(CATEGORY.get(c) == product.category for c in contact.products) for contact in recent]
            assert sum(of_category) < figures.fatigue_category_most


@given(facts_strategy, probabilities_strategy, policies)
def test_nothing_is_removed_without_its_rule_holding(
    facts: CustomerFacts, probabilities: list[float], policy: Policy
) -> None:
    products = BANK.by_code()
    own = OF_BUSINESS.get(facts.business, set())
    for removed in run(facts, probabilities, policy=policy).removed:
        product = products[removed.code]
        match removed.rule:
            case Rule.HELD:
                assert removed.code in facts.holdings
            case Rule.SUITABILITY:
                assert (facts.risk_rating or 1) < product.risk_rating
            case Rule.CONSENT:
                assert product.category not in own
                assert not facts.marketing_consent or product.category in facts.opted_out
            case Rule.COOLING_OFF:
                assert facts.refusals[removed.code] > NOW - policy.figures.cooling_off_of(removed.code)
            case Rule.FATIGUE:
                assert product.category not in own
                assert int(removed.actual) >= int(removed.limit) == getattr(policy.figures, removed.field)
            case Rule.ELIGIBILITY:
                assert removed.field in {"min_age", "max_age", "segments", "requires"}
                assert getattr(product, removed.field)
        assert all(removal_text(removed, language) for language in LANGUAGES)
        assert len({removal_text(removed, language) for language in LANGUAGES}) == len(LANGUAGES)


@given(facts_strategy, probabilities_strategy)
def test_the_ranking_is_by_probability_and_tags_are_shares(facts: CustomerFacts, probabilities: list[float]) -> None:
    funnel = run(msgspec.structs.replace(facts, business=""), probabilities)
    shown = [product.probability for product in funnel.ranked]
    assert shown == sorted(shown, reverse=True)
    assert funnel.offered == tuple(product.code for product in funnel.ranked)
    weights = [tag.weight for tag in funnel.tags]
    assert weights == sorted(weights, reverse=True)
    assert not weights or sum(weights) == pytest.approx(1.0)
    assert set(funnel.predicted_tags) <= {tag.code for tag in funnel.tags}
    assert bool(funnel.predicted_tags) == bool(funnel.tags)


@given(facts_strategy, probabilities_strategy, keys)
def test_a_plan_is_a_function_of_its_inputs_and_its_key(
    facts: CustomerFacts, probabilities: list[float], key: str
) -> None:
    for policy in POLICIES.values():
        again = Policy(policy.catalogue)
        assert run(facts, probabilities, policy=policy, key=key) == run(facts, probabilities, policy=again, key=key)


def test_ties_keep_the_catalogue_order() -> None:
    codes = [product.code for product in run(CustomerFacts(holdings=frozenset(), age=40)).ranked]
    assert codes == sorted(codes, key=CODES.index)


def talks(*shown: tuple[str, ...], days_ago: float = 1.0) -> tuple[Contact, ...]:
    return tuple(Contact(NOW - timedelta(days=days_ago), products) for products in shown)


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
            CustomerFacts(holdings=frozenset(), age=40, marketing_consent=False, business="loan"),
            "time_deposit",
            Rule.CONSENT,
            "does not want to be offered products",
        ),
        (
            CustomerFacts(holdings=frozenset(), age=40, marketing_consent=True, opted_out=frozenset({"loans"})),
            "car_loan",
            Rule.CONSENT,
            "opted out of loans",
        ),
        (
            CustomerFacts(holdings=frozenset(), age=40, refusals={"car_loan": NOW - timedelta(days=1)}),
            "car_loan",
            Rule.COOLING_OFF,
            "refused on 2026-03-01, not before 2026-05-30",
        ),
        (
            CustomerFacts(holdings=frozenset(), age=40, contacts=talks(*[("car_loan",)] * 3)),
            "car_loan",
            Rule.FATIGUE,
            "shown in 3 talks lately, at most 3",
        ),
        (
            CustomerFacts(holdings=frozenset(), age=40, contacts=talks(*[("car_loan",), ("mortgage",)] * 3)),
            "consumer_loan",
            Rule.FATIGUE,
            "its category was shown in 6 talks lately, at most 6",
        ),
    ],
)
def test_the_demand_says_which_and_why(facts: CustomerFacts, code: str, rule: Rule, why: str) -> None:
    (removed,) = [removed for removed in run(facts).removed if removed.code == code]
    assert (removed.rule, removed.why) == (rule, why)


def test_who_was_never_asked_is_offered_what_the_bank_declares() -> None:
    anyone = CustomerFacts(holdings=frozenset(), age=40, business="loan")
    assert not [removed for removed in run(anyone).removed if removed.rule is Rule.CONSENT]
    withheld = run(anyone, policy=POLICIES["strict"])
    assert {CATEGORY[product.code] for product in withheld.ranked} == {"loans"}
    assert {removed.why for removed in withheld.removed if removed.rule is Rule.CONSENT} == {
        "was never asked for consent to be offered products"
    }


def test_what_the_customer_came_for_is_service_not_marketing() -> None:
    facts = CustomerFacts(
        holdings=frozenset(),
        age=40,
        marketing_consent=False,
        opted_out=frozenset({"loans"}),
        contacts=talks(*[("car_loan", "mortgage")] * 9),
        refusals={"mortgage": NOW - timedelta(days=1)},
        business="loan",
    )
    assert {product.code for product in run(facts).ranked} == {"consumer_loan", "car_loan"}, "but a refusal still holds"
    assert run(msgspec.structs.replace(facts, business="cash")).ranked == ()


def test_a_refused_product_comes_back_when_the_time_is_over_and_not_before() -> None:
    def ranked(refused_at: datetime) -> bool:
        facts = CustomerFacts(holdings=frozenset(), age=40, refusals={"car_loan": refused_at})
        return "car_loan" in [product.code for product in run(facts).ranked]

    assert ranked(AFTER)
    assert not ranked(AFTER + timedelta(microseconds=1))
    assert not ranked(NOW + timedelta(hours=1)), "a device's clock an hour ahead must not undo a refusal"


def test_a_product_may_have_a_cooling_off_period_of_its_own() -> None:
    def cooling(code: str, days_ago: int) -> bool:
        refusals = {code: NOW - timedelta(days=days_ago)}
        facts = CustomerFacts(holdings=frozenset(), age=40, marketing_consent=True, refusals=refusals)
        removed = {removed.code: removed.rule for removed in run(facts, policy=POLICIES["strict"]).removed}
        return removed.get(code) is Rule.COOLING_OFF

    assert cooling("mortgage", 364)
    assert not cooling("mortgage", 365)
    assert not cooling("car_loan", 0)
    assert cooling("credit_card", 89)


def test_contacts_count_by_talk_and_are_forgotten() -> None:
    def fatigue(*contacts: Contact, bank: Catalogue = BANK) -> set[str]:
        facts = CustomerFacts(holdings=frozenset(), age=40, contacts=contacts)
        return {r.code for r in run(facts, policy=Policy(bank)).removed if r.rule is Rule.FATIGUE}

    loans = ("car_loan", "mortgage", "consumer_loan")
    assert fatigue(*talks(loans, loans)) == set(), "two talks of three loans are two contacts with each, not six"
    assert fatigue(*talks(loans, loans, loans)) == set(loans)
    assert fatigue(*talks(loans, loans), *talks(loans, days_ago=30.0)) == set()
    assert fatigue(*talks(loans, loans), *talks(loans, days_ago=29.9)) == set(loans)
    assert fatigue(*talks(*[loans] * 9), bank=declaring(fatigue_days=0)) == set()


def test_predicted_tags_follow_the_declared_rule() -> None:
    figures = BANK.policy
    assert predicted_tags([], figures) == ()
    assert predicted_tags([Tag("a", 0.2), Tag("b", 0.1)], figures) == ("a",)
    assert predicted_tags([Tag("a", 0.5), Tag("b", figures.tag_min_weight), Tag("c", 0.1)], figures) == ("a", "b")


def test_holding_everything_leaves_nothing_to_offer() -> None:
    funnel = run(CustomerFacts(holdings=frozenset(CODES)), key="visit")
    assert (funnel.ranked, funnel.tags, funnel.predicted_tags) == ((), (), ())
    assert {removed.rule for removed in funnel.removed} == {Rule.HELD}


def test_an_analysis_of_an_earlier_version_is_still_read() -> None:
    old = (
        b'{"ranked":[{"code":"mortgage","probability":0.5,"reasons":[]}],"removed":[{"code":"car_loan","rule":"held",'
        b'"field":"holdings","actual":"car_loan","limit":""}],"tags":[],"predicted_tags":[],"version":"of last year"}'
    )
    funnel = msgspec.json.decode(old, type=Funnel)
    assert (funnel.raw, funnel.feature_hash, funnel.ranked[0].propensity) == (b"", "", 1.0)
    assert (funnel.stages[0].before, funnel.stages[-1].after) == (2, 1)


@pytest.mark.parametrize(
    ("line", "wrong"),
    [
        ("weight_of = { nothing = 2.0 }", "policy.weight_of = 'nothing'"),
        ("cooling_off_days_of = { nothing = 2 }", "policy.cooling_off_days_of = 'nothing'"),
        ("weight_of = { a = 0 }", "policy.weight_of"),
        ("explore_epsilon = 1.5", "policy.explore_epsilon"),
        ("explore_temperature = 0", "policy.explore_temperature"),
        ("category_most = 4", "policy.category_most"),
        ('consent_unknown = "maybe"', "policy.consent_unknown"),
        ("fatigue_product_most = 0", "policy.fatigue_product_most"),
    ],
)
def test_a_figure_that_makes_no_sense_is_refused_by_name(line: str, wrong: str) -> None:
    names = 'names = { en = "x", zh = "x", ko = "x" }'
    text = f"""
        name = "tiny"
        title = {{ en = "x", zh = "x", ko = "x" }}
        category = [{{ code = "c", {names} }}]
        product = [{{ code = "a", category = "c", {names} }}, {{ code = "b", category = "c", {names} }}]
        business = [{{ code = "d", {names} }}]
        profile = []
        [policy]
        {line}
    """
    with pytest.raises(CatalogueError, match=wrong):
        parse_catalogue(text, origin="tiny.toml")
