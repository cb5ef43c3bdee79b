"""The world to learn in: equal for a seed, coupled across what is shown, honest about its own truth, and able to
change."""

from __future__ import annotations

from collections import Counter
from datetime import UTC, datetime

import numpy as np
import pytest

from models.errors import ModelsError
from models.simulation import AS_OF, Environment, TasteChange
from models.simulation.advisors import ADVISORS
from models.simulation.draws import BLOCK

CODES = Environment(0).market.codes


@pytest.fixture(scope="module")
def world() -> Environment:
    return Environment(31)


def test_the_same_seed_gives_the_same_visits_and_outcomes() -> None:
    def story(seed: int) -> list[str]:
        world = Environment(seed)
        visits = [world.visit(number) for number in (300, 0, 5)]
        return [repr((visit, world.accept(visit, world.best(visit, 3)))) for visit in visits]

    assert story(3) == story(3)
    assert story(3) != story(4)


def test_visits_are_spread_over_opening_hours_of_following_days() -> None:
    world = Environment(1, per_day=40)
    at = [world.visit(number).at for number in range(100)]
    assert at == sorted(at)
    assert {moment.date() for moment in at[:40]} == {AS_OF.date()}
    assert {moment.hour for moment in at} == set(range(9, 17))
    assert (at[99].date() - at[0].date()).days == 2


def test_what_is_taken_does_not_depend_on_what_else_is_shown(world: Environment) -> None:
    """In the same place a product is taken in one world exactly if it is taken in the other."""
    for number in range(60):
        visit = world.visit(number)
        for place, code in enumerate(world.best(visit, 3)):
            alone = [CODES[0]] * place + [code]
            among = [CODES[-1]] * place + [code, *CODES[5:9]]
            outcomes = [world.accept(visit, shown) for shown in (alone, among)]
            assert len({code in outcome.taken for outcome in outcomes}) == 1
            assert len({code in outcome.refused for outcome in outcomes}) == 1


def test_the_truth_agrees_with_what_happens(world: Environment) -> None:
    """Chi-square over ten bins of the true probability, all products of 2,048 visits shown alone."""
    likely = np.array([world.accept_probabilities(world.visit(number)) for number in range(8 * BLOCK)])
    luck = np.concatenate([world.visitors(block).luck for block in range(8)])
    taken = np.zeros_like(likely)
    for number in range(0, 8 * BLOCK, 64):
        visit = world.visit(number)
        taken[number] = [code in world.accept(visit, [code]).taken for code in CODES]
        assert (taken[number] == (luck[number] < likely[number])).all()
    taken = (luck < likely).astype(np.float64)
    possible = likely > 0.0
    bins = np.digitize(likely[possible], np.quantile(likely[possible], np.linspace(0.0, 1.0, 11)[1:-1]))
    gap = np.bincount(bins, weights=(taken - likely)[possible])
    spread = np.bincount(bins, weights=(likely * (1.0 - likely))[possible])
    assert (gap**2 / spread).sum() < 29.6  # the 99.9 % quantile of chi-square with 10 degrees of freedom


def test_what_they_came_for_follows_the_choice_probabilities(world: Environment) -> None:
    blocks = [world.visitors(block) for block in range(20)]
    likely = np.concatenate([one.probability for one in blocks])
    seen = np.bincount(np.concatenate([one.hidden for one in blocks]), minlength=len(CODES))
    spread = (likely * (1.0 - likely)).sum(axis=0)
    assert ((seen - likely.sum(axis=0)) ** 2 / spread).sum() < 49.7  # 99.9 %, 23 degrees of freedom


def test_nobody_takes_what_is_held_or_not_allowed(world: Environment) -> None:
    for number in range(200):
        visit = world.visit(number)
        row = world.visitors(0).open_to[number]
        for code in visit.customer.holdings:
            assert world.accept_probability(visit, code) == 0.0
        closed = [code for code, may in zip(CODES, row.tolist(), strict=True) if not may]
        assert world.accept(visit, closed).taken == ()


def test_no_other_three_are_worth_more_than_the_best_three(world: Environment) -> None:
    rng = np.random.default_rng(1)
    for number in range(50):
        visit = world.visit(number)
        best = world.value(visit, world.best(visit, 3))
        for _ in range(20):
            assert world.value(visit, rng.permutation(CODES)[:3].tolist()) <= best + 1e-12
        assert world.value(visit, world.best(visit, 3)[::-1]) <= best + 1e-12


def test_a_product_is_taken_less_often_in_a_later_place_and_by_a_weaker_advisor(world: Environment) -> None:
    visits = [world.visit(number) for number in range(300)]
    for visit in visits[:50]:
        first, last = (
            world.accept_probability(visit, code, place) for code in world.best(visit, 1) for place in (0, 2)
        )
        assert last < first
    by_advisor = {
        one.name: np.mean([world.value(v, world.best(v, 3)) for v in visits if v.advisor == one]) for one in ADVISORS
    }
    assert by_advisor["ann"] > by_advisor["bo"] > by_advisor["chan"]


def test_taking_and_refusing_exclude_each_other_and_the_pushy_hear_no_more_often(world: Environment) -> None:
    refusals: Counter[str] = Counter()
    visits: Counter[str] = Counter()
    for number in range(600):
        visit = world.visit(number)
        outcome = world.accept(visit, world.best(visit, 3))
        assert not set(outcome.taken) & set(outcome.refused)
        refusals[visit.advisor.name] += len(outcome.refused)
        visits[visit.advisor.name] += 1
    rate = {name: refusals[name] / visits[name] for name in visits}
    assert rate["bo"] < rate["ann"] < rate["chan"]


def test_reports_are_mostly_right_sometimes_late_sometimes_twice(world: Environment) -> None:
    category = {product.code: product.category for product in world.catalogue.product}
    visits = [world.visit(number) for number in range(1500)]
    outcomes = [world.accept(visit, ()) for visit in visits]
    right = [
        category[visit.customer.hidden_product or ""] in outcome.preferences
        for visit, outcome in zip(visits, outcomes, strict=True)
    ]
    assert 0.84 < np.mean(right) < 0.94  # 0.885 by the advisors' shares
    assert sum(outcome.copies == 2 for outcome in outcomes) > 10
    hours = np.array([outcome.delay.total_seconds() / 3600.0 for outcome in outcomes])
    assert np.median(hours) < 2.0
    assert (hours > 24.0).mean() > 0.02
    assert (hours > 0.0).all()


def test_a_change_of_taste_changes_the_best_and_nothing_before_it() -> None:
    calm, changed = Environment(6), Environment(6, changes=[TasteChange(at=300)])
    moved = 0
    for number in range(600):
        before, after = calm.visit(number), changed.visit(number)
        assert (before.customer.profile, before.customer.events) == (after.customer.profile, after.customer.events)
        assert before.customer.holdings == after.customer.holdings
        best = [world.best(visit, 3) for world, visit in ((calm, before), (changed, after))]
        if number < 300:
            assert best[0] == best[1]
        else:
            moved += best[0] != best[1]
            assert changed.value(after, best[0]) <= changed.value(after, best[1])
    assert moved > 200
    funds = {p.code for p in calm.catalogue.product if p.category == "investment"}
    shown = [sum(len(funds & set(w.best(w.visit(n), 3))) for n in range(300, 600)) for w in (calm, changed)]
    assert shown[1] < 0.5 * shown[0]


def test_a_gradual_change_comes_bit_by_bit() -> None:
    change = TasteChange(at=100, over=200)
    assert [change.progress(number) for number in (0, 99, 100, 199, 299, 5000)] == [0.0, 0.0, 0.005, 0.5, 1.0, 1.0]
    gradual, sudden, calm = (Environment(6, changes=changes) for changes in ([change], [TasteChange(at=100)], []))
    shifts = [
        np.abs(world.visitors(0).utility[200] - calm.visitors(0).utility[200]).sum() for world in (gradual, sudden)
    ]
    assert shifts[0] == pytest.approx(shifts[1] * change.progress(200))


def test_what_is_asked_wrongly_is_refused_with_a_reason(world: Environment) -> None:
    with pytest.raises(ModelsError, match="no product 'yacht'"):
        world.accept_probability(world.visit(0), "yacht")
    with pytest.raises(ModelsError, match="per_day = 0"):
        Environment(1, per_day=0)
    assert Environment(1, start=datetime(2027, 1, 5, tzinfo=UTC)).visit(0).at.year == 2027
