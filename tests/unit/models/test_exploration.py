"""Exploration: what it draws is as likely as it says, and it says nothing else than what it does."""

from __future__ import annotations

from collections import Counter

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.stats import chisquare

from models.exploration import explore, propensities
from models.policy_figures import SHOWN, PolicyFigures

pytestmark = pytest.mark.req("W-05")

FIGURES = PolicyFigures(explore_epsilon=0.3)
VALUES = [0.02, 0.30, 0.05, 0.25, 0.0, 0.10, 0.08]
ORDER = sorted(range(len(VALUES)), key=lambda at: -VALUES[at])
DRAWS = 20_000

figures_strategy = st.builds(
    PolicyFigures,
    explore=st.booleans(),
    explore_epsilon=st.floats(0.0, 1.0),
    explore_temperature=st.floats(0.05, 20.0),
)
values_strategy = st.lists(st.floats(0.0, 1.0), max_size=12)


def best_first(values: list[float]) -> list[int]:
    return sorted(range(len(values)), key=lambda at: -values[at])


@pytest.mark.parametrize(("epsilon", "temperature"), [(0.1, 1.0), (0.3, 0.5), (1.0, 3.0)])
@pytest.mark.parametrize("barred", [frozenset[int](), frozenset({ORDER[2], ORDER[4]})])
def test_products_are_shown_as_often_as_their_propensities_say(
    epsilon: float, temperature: float, barred: frozenset[int]
) -> None:
    figures = PolicyFigures(explore_epsilon=epsilon, explore_temperature=temperature)
    expected = dict(zip(ORDER, propensities(ORDER, VALUES, figures, barred=barred), strict=True))
    third: Counter[int] = Counter()
    for number in range(DRAWS):
        drawn = explore(ORDER, VALUES, figures, key=f"visit-{number}", version="m-1", barred=barred)
        assert list(drawn.order[: SHOWN - 1]) == ORDER[: SHOWN - 1]
        third[drawn.order[SHOWN - 1]] += 1
    possible = [at for at in ORDER[SHOWN - 1 :] if expected[at] > 0.0]
    assert set(third) <= set(possible)
    test = chisquare([third[at] for at in possible], [DRAWS * expected[at] for at in possible])
    assert test.pvalue > 0.001


def test_the_draws_of_two_models_are_independent() -> None:
    both = Counter(
        (
            explore(ORDER, VALUES, FIGURES, key=f"visit-{number}", version="m-1").explored is not None,
            explore(ORDER, VALUES, FIGURES, key=f"visit-{number}", version="m-2").explored is not None,
        )
        for number in range(DRAWS)
    )
    share = sum(count for pair, count in both.items() if pair[0]) / DRAWS
    assert both[True, True] / DRAWS == pytest.approx(share * share, abs=0.01)


@given(values_strategy, figures_strategy, st.text(min_size=1), st.sets(st.integers(0, 11)))
def test_propensities_are_the_same_before_and_after_the_draw_and_sum_to_the_places(
    values: list[float], figures: PolicyFigures, key: str, barred: set[int]
) -> None:
    order = best_first(values)
    before = dict(zip(order, propensities(order, values, figures, barred=barred), strict=True))
    drawn = explore(order, values, figures, key=key, version="m", barred=barred)
    assert dict(zip(drawn.order, drawn.propensities, strict=True)) == before
    assert sum(before.values()) == pytest.approx(min(SHOWN, len(values)))
    assert all(0.0 <= propensity <= 1.0 for propensity in before.values())
    assert all(before[at] > 0.0 for at in drawn.order[:SHOWN]), "what is shown could be shown"


@given(values_strategy, figures_strategy, st.text(min_size=1))
def test_only_the_third_place_is_drawn_and_an_explored_product_is_marked(
    values: list[float], figures: PolicyFigures, key: str
) -> None:
    order = best_first(values)
    drawn = explore(order, values, figures, key=key, version="m")
    assert drawn == explore(order, values, figures, key=key, version="m")
    if drawn.explored is None:
        assert list(drawn.order) == order
    else:
        assert drawn.order[SHOWN - 1] == drawn.explored != order[SHOWN - 1]
        assert [at for at in drawn.order if at != drawn.explored] == [at for at in order if at != drawn.explored]


@pytest.mark.parametrize(
    ("changed", "key"), [({"explore": False}, "visit"), ({"explore_epsilon": 0.0}, "visit"), ({}, "")]
)
def test_switched_off_the_best_three_are_shown_for_sure(changed: dict[str, object], key: str) -> None:
    figures = msgspec.structs.replace(PolicyFigures(explore_epsilon=1.0), **changed)
    for number in range(100):
        drawn = explore(ORDER, VALUES, figures, key=key and f"{key}-{number}", version="m")
        assert (list(drawn.order), drawn.explored) == (ORDER, None)
        assert list(drawn.propensities) == [1.0, 1.0, 1.0, 0.0, 0.0, 0.0, 0.0]


def test_the_sums_by_hand() -> None:
    figures = PolicyFigures(explore_epsilon=0.2)
    values = [0.4, 0.3, 0.15, 0.10, 0.05]
    assert propensities(range(5), values, figures) == pytest.approx([1, 1, 0.8 + 0.2 * 0.5, 0.2 / 3, 0.2 / 6])
    sharper = msgspec.structs.replace(figures, explore_temperature=0.5)
    weights = [0.15**2, 0.10**2, 0.05**2]
    expected = [0.2 * weight / sum(weights) for weight in weights]
    assert propensities(range(5), values, sharper) == pytest.approx([1, 1, 0.8 + expected[0], *expected[1:]])
    assert propensities(range(3), values, figures) == [1.0, 1.0, 1.0]
    assert propensities(range(4), [0.5, 0.5, 0.0, 0.0], figures) == [1.0, 1.0, 1.0, 0.0]
