"""The simulated bank: the same for a seed, honest about who wants what, never against the bank's own rules."""

from __future__ import annotations

from datetime import UTC, datetime

import numpy as np
import pytest

from models.catalogues import load_catalogue
from models.features import FeatureSpace
from models.policy import Policy
from models.population import open_customers
from models.ranking import candidate_of
from models.simulation import SimulatedBank, SimulatedCustomers
from models.simulation.parameters import APPEAL, COMPLEMENTS, SEGMENTS, SLOPES
from models.splits import split_of

NOW = datetime(2026, 3, 2, tzinfo=UTC)
CATALOGUE = load_catalogue("simbank")


def test_the_same_seed_gives_the_same_customers_and_another_seed_others() -> None:
    first, again, other = (SimulatedCustomers(SimulatedBank(seed), 50) for seed in (3, 3, 4))
    assert list(first) == list(again)
    assert first.sha256() == again.sha256() != other.sha256()


def test_a_longer_run_begins_with_the_same_customers() -> None:
    bank = SimulatedBank(3)
    assert list(SimulatedCustomers(bank, 80))[:20] == list(SimulatedCustomers(bank, 20))


def test_the_hidden_product_is_one_the_policy_lets_through() -> None:
    """The simulator's buying rules and the policy's must agree, or the model would be punished for obeying."""
    policy = Policy(CATALOGUE)
    even = [0.0] * len(CATALOGUE.product)
    for record in SimulatedCustomers(SimulatedBank(5), 400):
        order, _ = policy.sift(candidate_of(record).facts, even, NOW)
        assert record.hidden_product in {CATALOGUE.product_codes[at] for at in order}
        assert record.hidden_product not in record.holdings


def test_profiles_stay_within_the_catalogue() -> None:
    vectors = FeatureSpace(CATALOGUE).vectors(list(SimulatedCustomers(SimulatedBank(6), 400)))
    assert not vectors.missing
    assert not vectors.out_of_range
    assert not vectors.unknown_holdings


def test_customers_want_what_their_utilities_say() -> None:
    """The hidden product has a clearly higher utility than the average product on offer."""
    bank = SimulatedBank(8)
    policy = Policy(CATALOGUE)
    even = [0.0] * len(CATALOGUE.product)
    gaps = []
    for record in SimulatedCustomers(bank, 300):
        utilities = bank.utilities(record.profile, record.holdings)
        order, _ = policy.sift(candidate_of(record).facts, even, NOW)
        wanted = CATALOGUE.product_codes.index(record.hidden_product or "")
        gaps.append(utilities[wanted] - utilities[order].mean())
    assert np.mean(gaps) > 1.0


def test_names_come_in_three_scripts() -> None:
    names = [record.display_name for record in SimulatedCustomers(SimulatedBank(1), 60)]
    latin, hangul = (sum(low <= name[0] <= high for name in names) for low, high in (("A", "Z"), ("가", "힣")))
    assert latin
    assert hangul
    assert len(names) > latin + hangul


def test_the_parameters_speak_of_products_and_columns_that_exist() -> None:
    codes = set(CATALOGUE.product_codes)
    columns = {column.code for column in CATALOGUE.profile}
    assert set(APPEAL) == codes
    assert set(SLOPES) <= codes
    assert {column for slopes in SLOPES.values() for column in slopes} <= columns
    assert {code for pair in COMPLEMENTS for code in pair} <= codes
    assert sum(segment.share for segment in SEGMENTS) == pytest.approx(1.0)
    assert all(sum(segment.risk) == pytest.approx(1.0) for segment in SEGMENTS)


def test_a_run_without_data_gets_held_out_customers_only() -> None:
    customers = open_customers("simbank", seed=9, count=30)
    refs = [record.ref for record in customers]
    assert (len(refs), len(customers), customers.data, customers.catalogue_name) == (30, 30, "simbank", "simbank")
    assert all(split_of(int(ref.rsplit("-", 1)[1])) == "test" for ref in refs)
