"""What a talk tells about the products: declared, the same for any order and repetition, and never refused on top."""

from __future__ import annotations

import random

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from models.policy_figures import SHOWN
from models.talk.evidence import (
    BARRING,
    CATEGORY_RATIO,
    DECLARED,
    REFUSED_FROM,
    About,
    Evidence,
    Kind,
    Posterior,
    Prior,
    posterior,
)

pytestmark = pytest.mark.req("W-12", "W-13")

PLAN = (
    Prior("fund", 0.40, "invest"),
    Prior("card", 0.30, "pay"),
    Prior("loan", 0.20, "credit"),
    Prior("bond", 0.10, "invest"),
    Prior("gold", 0.05, "invest"),
)
CODES = [one.code for one in PLAN]
CATEGORIES = ("invest", "pay", "credit", "")


def interest(code: str, strength: float = 1.0) -> Evidence:
    return Evidence(code, Kind.INTEREST, strength=strength)


def refusal(code: str, strength: float = 1.0) -> Evidence:
    return Evidence(code, Kind.REFUSAL, strength=strength)


def codes(after: tuple[Posterior, ...]) -> list[str]:
    return [one.code for one in after]


def odds(probability: float) -> float:
    return probability / (1.0 - probability)


priors = st.lists(
    st.builds(
        Prior,
        code=st.sampled_from([f"p{n}" for n in range(12)]),
        probability=st.floats(0.0, 1.0),
        category=st.sampled_from(CATEGORIES),
        factor=st.floats(0.01, 100.0),
    ),
    unique_by=lambda one: one.code,
    max_size=12,
)
pieces = st.lists(
    st.one_of(
        st.builds(
            Evidence,
            subject=st.sampled_from([f"p{n}" for n in range(14)]),
            kind=st.sampled_from(Kind),
            strength=st.floats(0.0, 1.0),
        ),
        st.builds(
            Evidence,
            subject=st.sampled_from(CATEGORIES[:-1]),
            kind=st.sampled_from(Kind),
            about=st.just(About.CATEGORY),
            strength=st.floats(0.0, 1.0),
        ),
    ),
    max_size=8,
)
most = st.integers(1, SHOWN)


@given(priors, most)
def test_without_evidence_the_plan_stays_as_it_is(prior: list[Prior], category_most: int) -> None:
    after = posterior(prior, (), category_most=category_most)
    assert after == tuple(Posterior(one.code, one.probability, 1.0) for one in prior)


@given(priors, pieces, most, st.randoms(use_true_random=False))
def test_order_and_repetition_of_the_evidence_do_not_matter(
    prior: list[Prior], evidence: list[Evidence], category_most: int, chance: random.Random
) -> None:
    after = posterior(prior, evidence, category_most=category_most)
    again = [*evidence, *evidence[: len(evidence) // 2]]
    chance.shuffle(again)
    same = posterior(tuple(prior), again, category_most=category_most)
    assert msgspec.json.encode(same) == msgspec.json.encode(after)


@given(priors, pieces, most)
def test_every_product_stays_and_keeps_a_probability(
    prior: list[Prior], evidence: list[Evidence], category_most: int
) -> None:
    after = posterior(prior, evidence, category_most=category_most)
    assert sorted(codes(after)) == sorted(one.code for one in prior)
    before = {one.code: one.probability for one in prior}
    for one in after:
        assert 0.0 <= one.probability <= 1.0
        if one.ratio == 1.0:
            assert one.probability == before[one.code]


@given(priors, pieces, most)
def test_what_was_refused_is_in_the_first_three_only_when_nothing_else_is_left(
    prior: list[Prior], evidence: list[Evidence], category_most: int
) -> None:
    after = codes(posterior(prior, evidence, category_most=category_most))
    against = [one for one in evidence if one.kind in BARRING and one.strength >= REFUSED_FROM]
    subjects = {(one.about, one.subject) for one in against}
    refused = {
        one.code for one in prior if (About.PRODUCT, one.code) in subjects or (About.CATEGORY, one.category) in subjects
    }
    others = [code for code in after if code not in refused]
    assert not refused & set(after[: min(SHOWN, len(others))])


@given(priors, pieces, st.sampled_from([f"p{n}" for n in range(12)]))
def test_interest_never_lowers_and_refusal_never_lifts(
    prior: list[Prior], evidence: list[Evidence], product: str
) -> None:
    others = [one for one in evidence if one.subject != product]
    before = codes(posterior(prior, others))
    if product in before:
        assert codes(posterior(prior, [*others, interest(product)])).index(product) <= before.index(product)
        assert codes(posterior(prior, [*others, refusal(product)])).index(product) >= before.index(product)


def test_the_odds_are_multiplied_by_the_declared_ratios() -> None:
    after = {one.code: one for one in posterior(PLAN, [interest("card"), refusal("loan")])}
    assert odds(after["card"].probability) == pytest.approx(odds(0.30) * DECLARED[Kind.INTEREST])
    assert odds(after["loan"].probability) == pytest.approx(odds(0.20) * DECLARED[Kind.REFUSAL])
    assert after["fund"] == Posterior("fund", 0.40, 1.0)


def test_interest_lifts_the_rest_of_its_category_a_little_and_only_once() -> None:
    after = {one.code: one for one in posterior(PLAN, [interest("bond"), interest("gold")])}
    assert odds(after["fund"].probability) == pytest.approx(odds(0.40) * CATEGORY_RATIO)
    assert odds(after["bond"].probability) == pytest.approx(odds(0.10) * DECLARED[Kind.INTEREST] * CATEGORY_RATIO)
    assert after["card"].ratio == 1.0


def test_interest_in_a_product_that_is_not_on_offer_still_speaks_for_its_category() -> None:
    after = posterior(PLAN, [interest("house")], categories={"house": "credit"})
    assert {one.code for one in after if one.ratio != 1.0} == {"loan"}
    assert all(one.ratio == 1.0 for one in posterior(PLAN, [interest("house")]))


def test_evidence_about_a_category_bears_on_all_of_it() -> None:
    after = posterior(PLAN, [Evidence("invest", Kind.REFUSAL, About.CATEGORY)])
    assert codes(after)[:2] == ["card", "loan"]
    assert {one.code for one in after if one.ratio == DECLARED[Kind.REFUSAL]} == {"fund", "bond", "gold"}


def test_a_refused_product_leaves_the_first_three_and_a_plain_interest_enters_them() -> None:
    assert codes(posterior(PLAN, [refusal("fund")]))[:3] == ["card", "loan", "bond"]
    assert codes(posterior(PLAN, [interest("bond")]))[0] in {"fund", "bond"}
    assert "bond" in codes(posterior(PLAN, [interest("bond")]))[:3]


def test_with_three_products_only_the_refused_one_goes_last() -> None:
    assert codes(posterior(PLAN[:3], [refusal("fund")])) == ["card", "loan", "fund"]
    assert codes(posterior(PLAN[:3], [refusal(code) for code in CODES[:3]])) == CODES[:3]


def test_a_weaker_sign_counts_less_and_none_nothing() -> None:
    half, plain = (posterior(PLAN, [interest("loan", strength)])[0:3] for strength in (0.5, 1.0))
    found = {one.code: one.probability for one in half}, {one.code: one.probability for one in plain}
    assert 0.20 < found[0]["loan"] < found[1]["loan"]
    assert posterior(PLAN, [interest("loan", 0.0)]) == posterior(PLAN, [])
    assert codes(posterior(PLAN, [refusal("fund", REFUSED_FROM - 0.01)]))[-1] != "fund"


def test_a_place_that_was_drawn_counts_until_the_evidence_speaks() -> None:
    drawn = (*PLAN[:2], Prior("gold", 0.01, "metal"), *PLAN[2:4])
    assert codes(posterior(drawn, [refusal("card")]))[:3] == ["fund", "gold", "loan"]
    assert codes(posterior(drawn, [interest("loan")])).index("loan") < 2


def test_the_banks_bound_of_a_category_holds_unless_the_customer_wants_the_product() -> None:
    evidence = [interest("fund")]
    assert codes(posterior(PLAN, evidence, category_most=1))[:3] == ["fund", "card", "loan"]
    both = codes(posterior(PLAN, [interest("fund"), interest("bond")], category_most=1))[:3]
    assert {"fund", "bond"} < set(both)


def test_a_tap_taken_back_leaves_nothing() -> None:
    assert posterior(PLAN, {interest("card")} - {interest("card")}) == posterior(PLAN, ())


@pytest.mark.req("W-12")
def test_the_best_of_what_is_wanted_is_among_the_first_three_and_the_unasked_make_room() -> None:
    prior = [Prior(code, p, category) for code, p, category in (
        ("card", 0.9, "cards"), ("loan", 0.8, "loans"), ("flat", 0.7, "loans"),
        ("life", 0.002, "insurance"), ("home", 0.001, "insurance"), ("bond", 0.0005, "funds"),
    )]  # fmt: skip
    category = Evidence("insurance", Kind.INTEREST, About.CATEGORY)
    assert [one.code for one in posterior(prior, [category])][:3] == ["card", "loan", "life"]
    both = [category, Evidence("bond", Kind.INTEREST)]
    assert [one.code for one in posterior(prior, both)][:3] == ["card", "life", "bond"]
    weak = Evidence("insurance", Kind.INTEREST, About.CATEGORY, 0.3)
    assert [one.code for one in posterior(prior, [weak])][:3] == ["card", "loan", "flat"]
    refused = [category, Evidence("life", Kind.REFUSAL)]
    assert [one.code for one in posterior(prior, refused)][:3] == ["card", "loan", "home"]
    fund = Evidence("fund", Kind.INTEREST, About.CONCEPT, 1.0, ("bond",))
    assert "bond" in [one.code for one in posterior(prior, [fund])][:3]


@pytest.mark.req("W-12")
def test_what_is_refused_as_a_whole_or_held_leaves_the_first_three() -> None:
    prior = [Prior("card", 0.9, "cards"), Prior("gold", 0.8, "cards"), Prior("loan", 0.1, "loans"), Prior("a", 0.01)]
    refused = posterior([*prior, Prior("b", 0.001)], [Evidence("cards", Kind.REFUSAL, About.CATEGORY)])
    assert [one.code for one in refused][:3] == ["loan", "a", "b"]
    held = posterior(prior, [Evidence("card", Kind.HELD)])
    assert [one.code for one in held] == ["gold", "loan", "a", "card"]
