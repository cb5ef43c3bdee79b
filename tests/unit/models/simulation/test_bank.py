"""The simulated bank: the same for a seed, honest about who wants what, never against the bank's own rules."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import numpy as np
import pytest

from models.catalogues import load_catalogue
from models.columns import ChoiceColumn, NumberColumn
from models.errors import ModelsError
from models.policy import Policy
from models.population import open_customers
from models.ranking import candidate_of
from models.simulation import AS_OF, SimulatedBank, SimulatedCustomers, brought_to
from models.simulation.needs import NEVER, needs_at
from models.simulation.parameters import APPEAL, COMPLEMENTS, SEGMENTS, SHARPNESS, SLOPES
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
    columns = {column.code: column for column in CATALOGUE.profile}
    for record in SimulatedCustomers(SimulatedBank(6), 400):
        assert record.holdings <= set(CATALOGUE.product_codes)
        for code, value in record.profile.items():
            match columns[code]:
                case NumberColumn(low=low, high=high):
                    assert low <= value <= high, code
                case ChoiceColumn(choices=choices):
                    assert value in {choice.value for choice in choices}, code


def test_customers_want_what_their_utilities_say() -> None:
    """The hidden product has a clearly higher utility than the average product on offer."""
    bank = SimulatedBank(8)
    policy = Policy(CATALOGUE)
    even = [0.0] * len(CATALOGUE.product)
    gaps = []
    for record in SimulatedCustomers(bank, 300):
        utilities = bank.truth(record)
        order, _ = policy.sift(candidate_of(record).facts, even, NOW)
        wanted = CATALOGUE.product_codes.index(record.hidden_product or "")
        gaps.append(utilities[wanted] - utilities[order].mean())
    assert np.mean(gaps) > 1.0


def test_the_truth_is_the_lasting_utilities_and_what_is_on_the_customers_mind() -> None:
    """A stranger with the same profile and holdings wants the same things, but for needs and season."""
    bank = SimulatedBank(8)
    visitors = bank.visitors(0)
    calm = [row for row in range(256) if (visitors.people.onset[row] == NEVER).all()]
    assert calm
    for row in range(40):
        record = bank.customer(row)
        needs_and_season = bank.truth(record) - bank.utilities(record.profile, record.holdings)
        mood = visitors.market.moods(needs_at(visitors.people.onset, np.zeros(1))[:, 0], visitors.today)
        assert needs_and_season == pytest.approx(mood[row] * SHARPNESS)
    with pytest.raises(ModelsError, match="not of simulated bank 9"):
        SimulatedBank(9).truth(bank.customer(0))


def test_the_moment_changes_what_happened_before_it_not_who_the_customers_are() -> None:
    then, later = SimulatedBank(3), SimulatedBank(3, as_of=AS_OF + timedelta(days=120))
    pairs = [(then.customer(n), later.customer(n)) for n in range(30)]
    assert [a.display_name for a, _ in pairs] == [b.display_name for _, b in pairs]
    assert [a.profile["age"] for a, _ in pairs] == [b.profile["age"] for _, b in pairs]
    assert [a.events for a, _ in pairs] != [b.events for _, b in pairs]


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


def test_customers_are_brought_to_another_day_with_their_wishes() -> None:
    """Every event is as many days before the new day as it was before the old one."""
    now = datetime(2027, 11, 5, 23, 59, tzinfo=UTC)
    record = SimulatedBank(9).customer(4)
    moved = brought_to(record, now)
    assert (moved.ref, moved.profile, moved.hidden_product) == (record.ref, record.profile, record.hidden_product)
    assert [(e.table, e.kind, e.amount) for e in moved.events] == [(e.table, e.kind, e.amount) for e in record.events]
    assert record.events
    for before, after in zip(record.events, moved.events, strict=True):
        assert (now.date() - after.at.date()) == (AS_OF.date() - before.at.date())
        assert after.at.time() == before.at.time()
    assert brought_to(record, AS_OF) == record
