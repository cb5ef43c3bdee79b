"""Samples: what a question shows, what it weighs, and who may buy what."""

from __future__ import annotations

from datetime import UTC, datetime

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from msgspec import structs

from models.catalogue import Product
from models.errors import TrainingError
from models.features import FeatureSpace
from models.policy import CustomerFacts, Policy
from models.simulation import SimulatedBank, SimulatedCustomers
from models.training.population import Population
from models.training.samples import Encoder, barred, leave_one_out, questions, training_samples
from models.training.sources import population_of, simulated_population
from tests.unit.models.banks import bank, choice, named, number, population

pytestmark = pytest.mark.req("W-05")

NOW = datetime(2026, 3, 2, 9, 30, tzinfo=UTC)
BANK = bank([number("age"), choice("home", 1, 2)], [f"p{at}" for at in range(5)])
SPACE = FeatureSpace(BANK)
ENCODE = Encoder(SPACE)
MOST = 10_000


def owners(rng: np.random.Generator, count: int) -> Population:
    """Customers with two to five products, one of them hidden."""
    raw = np.zeros((count, SPACE.raw_size), dtype=np.float32)
    raw[:, 0] = rng.uniform(0, 10, count)
    raw[:, 1] = rng.integers(1, 3, count)
    held = rng.random((count, 5)) < 0.5
    held[:, :2] = True
    wanted = np.array([rng.choice(np.flatnonzero(row)) for row in held])
    held[np.arange(count), wanted] = False
    raw[:, SPACE.products_start :] = held
    return population(BANK, raw, wanted, leave_one_out=True)


@given(st.integers(0, 2**32))
@settings(max_examples=20, deadline=None)
def test_leave_one_out_asks_once_of_every_holding(seed: int) -> None:
    rng = np.random.default_rng(seed)
    people = owners(rng, 20)
    at = np.flatnonzero(rng.random(20) < 0.7)
    if not len(at):
        return
    samples = leave_one_out(people, at, ENCODE, most=MOST, seed=0)
    held = SPACE.held(people.raw[at])
    held[np.arange(len(at)), people.wanted[at]] = True
    assert len(samples) == held.sum()
    assert samples.weight.sum() == pytest.approx(len(at)), "every customer weighs 1"
    who, product = np.nonzero(held)
    assert samples.wanted.tolist() == product.tolist()
    for row, (customer, hidden) in enumerate(zip(who.tolist(), product.tolist(), strict=True)):
        seen = held[customer].copy()
        seen[hidden] = False
        assert samples.held[row].tolist() == seen.tolist()
        assert samples.matrix[row, SPACE.holdings_start :].tolist() == seen.tolist(), "the wanted one is not visible"
        assert samples.weight[row] == pytest.approx(1.0 / held[customer].sum())
    own = np.flatnonzero(product == people.wanted[at][who])
    asked = questions(people, at, ENCODE)
    assert samples.matrix[own].tobytes() == asked.matrix.tobytes(), "the question that the protocol asks is among them"
    assert people.raw[0, SPACE.products_start + people.wanted[0]] == 0.0, "the population itself is left alone"


def test_questions_weigh_one_per_customer() -> None:
    raw = np.zeros((5, SPACE.raw_size), dtype=np.float32)
    people = population(BANK, raw, np.array([0, 1, 2, 0, 1]), customer=np.array([7, 7, 7, 3, 9]))
    assert questions(people, np.arange(5), ENCODE).weight.tolist() == pytest.approx([1 / 3, 1 / 3, 1 / 3, 1.0, 1.0])
    assert questions(people, np.array([0, 1, 4]), ENCODE).weight.tolist() == pytest.approx([0.5, 0.5, 1.0])


def test_of_many_samples_some_are_drawn_by_the_seed() -> None:
    for people in (owners(np.random.default_rng(0), 300), simulated_population(3, 300)):
        encode = Encoder(FeatureSpace(people.catalogue))
        at = np.arange(len(people))
        some, same, other = (training_samples(people, at, encode, most=120, seed=seed) for seed in (1, 1, 2))
        assert len(some) == len(other) == 120
        assert some.matrix.tobytes() == same.matrix.tobytes()
        assert some.matrix.tobytes() != other.matrix.tobytes()
        assert not some.held[np.arange(120), some.wanted].any()
        assert len(training_samples(people, at, encode, most=MOST, seed=1)) >= 300


def test_without_questions_there_is_nothing_to_learn() -> None:
    nobody = np.zeros(0, dtype=np.intp)
    for people in (owners(np.random.default_rng(0), 5), simulated_population(3, 5)):
        encode = Encoder(FeatureSpace(people.catalogue))
        with pytest.raises(TrainingError, match="no customer of this part has a wanted product"):
            training_samples(people, nobody, encode, most=MOST, seed=0)


def removed(policy: Policy, facts: CustomerFacts) -> list[bool]:
    """Which products the policy removes, before anything was said or shown."""
    kept, _ = policy.sift(facts, [0.5] * len(policy.catalogue.product), NOW)
    return [at not in kept for at in range(len(policy.catalogue.product))]


def test_the_rules_of_training_are_the_policys_on_the_simulated_bank() -> None:
    people = simulated_population(5, 250)
    records = [one for one in SimulatedCustomers(SimulatedBank(5), 250) if one.hidden_product is not None]
    space, policy = FeatureSpace(people.catalogue), Policy(people.catalogue)
    shut = barred(people, np.arange(len(people)), space.held(people.raw))
    expected = [
        removed(
            policy,
            CustomerFacts(
                holdings=one.holdings, risk_rating=one.risk_rating, age=one.age, segment=one.segment, refusals={}
            ),
        )
        for one in records
    ]
    assert shut.tolist() == expected
    assert (shut & ~space.held(people.raw)).any()


PICKY = bank(
    [number("age")],
    [
        Product("plain", "things", named("Plain")),
        Product("young", "things", named("Young"), max_age=30),
        Product("old", "things", named("Old"), min_age=60),
        Product("between", "things", named("Between"), min_age=30, max_age=30),
        Product("firm", "things", named("Firm"), segments=("firm", "large firm")),
        Product("bold", "things", named("Bold"), risk_rating=4),
        Product("more", "things", named("More"), requires=("plain", "bold")),
    ],
)


@given(
    st.lists(
        st.builds(
            CustomerFacts,
            holdings=st.frozensets(st.sampled_from(PICKY.product_codes), max_size=6),
            risk_rating=st.integers(1, 5),
            age=st.none() | st.integers(15, 75) | st.sampled_from([29, 30, 31, 59, 60]),
            segment=st.sampled_from(["", "firm", "large firm", "large"]),
        ),
        min_size=1,
        max_size=12,
    )
)
@settings(max_examples=60, deadline=None)
def test_the_rules_of_training_are_the_policys_rules(facts: list[CustomerFacts]) -> None:
    space, policy = FeatureSpace(PICKY), Policy(PICKY)
    raw = np.zeros((len(facts), space.raw_size), dtype=np.float32)
    for row, one in enumerate(facts):
        raw[row, space.products_start :] = [code in one.holdings for code in PICKY.product_codes]
    people = population(
        PICKY,
        raw,
        np.zeros(len(facts), dtype=np.int64),
        segment=[one.segment for one in facts],
        age=[np.nan if one.age is None else float(one.age) for one in facts],
        risk_rating=[one.risk_rating or 1 for one in facts],
    )
    shut = barred(people, np.arange(len(facts)), space.held(raw))
    assert shut.tolist() == [removed(policy, one) for one in facts]


def test_customers_without_a_hidden_product_ask_nothing() -> None:
    records = list(SimulatedCustomers(SimulatedBank(5), 6))
    records[2] = structs.replace(records[2], hidden_product=None)
    bank_itself = simulated_population(5, 6)
    made = population_of(
        records,
        list(range(6)),
        bank_itself.catalogue,
        name="some",
        title="Some",
        origin="a test",
        licence="none",
        sha256="0" * 64,
        protocol="asked",
        limits="none",
        leave_one_out=False,
        now=NOW,
    )
    assert (len(made), made.left_out) == (5, {"without a hidden product": 1})
    assert made.fold.tolist() == made.customer.tolist() == [0, 1, 3, 4, 5]


def test_holdings_that_the_catalogue_lacks_are_a_fault() -> None:
    records = list(SimulatedCustomers(SimulatedBank(5), 2))
    records[0] = structs.replace(records[0], holdings=frozenset({"yacht"}))
    catalogue = simulated_population(5, 2).catalogue
    with pytest.raises(TrainingError, match=r"holdings that the catalogue lacks: \{'yacht': 1\}"):
        population_of(
            records,
            [0, 1],
            catalogue,
            name="some",
            title="Some",
            origin="a test",
            licence="none",
            sha256="0" * 64,
            protocol="asked",
            limits="none",
            leave_one_out=False,
            now=NOW,
        )
