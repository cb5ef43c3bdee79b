"""Drift: the index of a distribution that stayed is 0, of one that moved what the formula says."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from models.card import decode_card, encode_card
from models.customers import CustomerRecord
from models.drift import MOVED, Drift, Histogram, reference_histograms, stability
from models.features import FeatureSpace, FloatMatrix
from models.scorer import OnnxScorer
from models.simulation import AS_OF
from tests.unit.models.banks import INF, NAN, bank, catalogues, choice, number, some_raw

pytestmark = pytest.mark.req("W-04")

SPACE = FeatureSpace(bank([number("age", low=0.0, high=100.0), choice("home", 1, 2, 7)], ["p0", "p1"]))


def rows(ages: list[float], homes: list[float] | None = None, held: list[float] | None = None) -> FloatMatrix:
    """Raw rows of the small bank."""
    count = len(ages)
    columns = [ages, homes or [1.0] * count, held or [0.0] * count, [0.0] * count]
    return np.array(columns, dtype=np.float32).T.copy()


def index(space: FeatureSpace, then: FloatMatrix, *now: FloatMatrix) -> dict[str, float]:
    """The index of what came in since, beside what there was at training."""
    drift = Drift(space, reference_histograms(space, then))
    for part in now:
        drift.add(part)
    return drift.psi()


@given(st.data())
@settings(max_examples=30, deadline=None)
def test_the_same_customers_have_not_moved_in_whatever_parts_they_come(data: st.DataObject) -> None:
    space = FeatureSpace(data.draw(catalogues()))
    raw = some_raw(space, np.random.default_rng(data.draw(st.integers(0, 2**32))), 60)
    found = index(space, raw, raw[:7], raw[7:7], raw[7:])
    assert tuple(found) == space.raw_names
    assert set(found.values()) == {0.0}


def test_an_index_worked_by_hand() -> None:
    then, now = np.array([50.0, 50.0]), np.array([30.0, 10.0])
    expected = 0.25 * math.log(0.75 / 0.5) - 0.25 * math.log(0.25 / 0.5)
    assert stability(then, now) == pytest.approx(expected)
    assert stability(now, then) == pytest.approx(expected)
    assert stability(then, 7 * then) == pytest.approx(0.0)
    assert stability(np.array([1.0, 0.0]), np.array([0.0, 1.0])) == pytest.approx(2 * 0.9999 * math.log(1e4), rel=1e-3)


def test_the_index_of_an_input_worked_by_hand() -> None:
    """Of four homes two were 1, one 2, one 7; now three are 1 and one is not known."""
    then = rows([5.0] * 4, homes=[1.0, 1.0, 2.0, 7.0])
    now = rows([5.0] * 4, homes=[1.0, 1.0, 1.0, NAN])
    small = 1e-4
    expected = (
        0.25 * math.log(0.75 / 0.5)
        + 2 * (small - 0.25) * math.log(small / 0.25)
        + (0.25 - small) * math.log(0.25 / small)
    )
    assert index(SPACE, then, now)["home"] == pytest.approx(expected, abs=1e-4)


def test_the_histogram_is_left_open_and_right_closed_and_its_last_bin_is_missing() -> None:
    ages, homes, held, _ = reference_histograms(
        SPACE,
        rows(
            [*map(float, range(1, 11)), NAN, NAN], homes=[1.0] * 6 + [7.0] * 3 + [NAN] * 3, held=[1.0] * 3 + [0.0] * 9
        ),
    )
    assert (ages.column, homes.column, held.column) == ("age", "home", "held:p0")
    assert ages.edges == tuple(map(float, range(1, 10)))
    assert ages.shares == pytest.approx([1 / 12] * 10 + [2 / 12], abs=1e-6)
    assert (homes.edges, homes.shares) == ((1.5, 2.5), (0.5, 0.0, 0.25, 0.25))
    assert (held.edges, held.shares) == ((0.5,), (0.75, 0.25, 0.0))


def test_who_moved_is_told_from_who_stayed() -> None:
    rng = np.random.default_rng(0)
    then = rows(rng.normal(40, 10, 4000).tolist(), homes=rng.choice([1.0, 2.0, 7.0], 4000).tolist())
    same = rows(rng.normal(40, 10, 4000).tolist(), homes=rng.choice([1.0, 2.0, 7.0], 4000).tolist())
    older = rows(rng.normal(55, 10, 4000).tolist(), homes=rng.choice([1.0, 2.0, 7.0], 4000).tolist())
    fewer_known = rows(np.where(rng.random(4000) < 0.4, np.nan, then[:, 0]).tolist())
    assert max(index(SPACE, then, same).values()) < 0.02
    moved = index(SPACE, then, older)
    assert moved["age"] > MOVED > 0.02 > moved["home"]
    assert index(SPACE, then, fewer_known)["age"] > MOVED


def test_values_at_infinity_fall_into_the_outer_bins_and_through_the_card() -> None:
    then = rows([INF] * 8 + [-INF] * 8 + [50.0] * 4)
    histograms = reference_histograms(SPACE, then)
    assert all(math.isfinite(edge) for one in histograms for edge in one.edges)
    assert index(SPACE, then, then)["age"] == 0.0


def test_nobody_and_nothing_known_is_no_drift() -> None:
    then = rows([NAN] * 3)
    assert index(SPACE, then)["age"] == 0.0
    assert index(SPACE, then, then)["age"] == 0.0
    assert reference_histograms(SPACE, rows([]))[0].shares == (0.0, 0.0, 0.0)
    other = Drift(SPACE, [Histogram("gone", (0.5,), (0.5, 0.5, 0.0))])
    other.add(then)
    assert other.psi() == {}, "an input that the model has no more"


def test_the_card_carries_what_the_training_customers_were_like(
    bank_scorer: OnnxScorer, bank_customers: list[CustomerRecord]
) -> None:
    card = decode_card(encode_card(bank_scorer.card), origin="a test")
    drift = Drift(bank_scorer.space, card.reference)
    raw = bank_scorer.space.rows(bank_customers, AS_OF).matrix
    drift.add(raw)
    psi = drift.psi()
    assert drift.rows == len(bank_customers)
    assert tuple(psi) == bank_scorer.space.raw_names
    assert psi["age"] < MOVED, "customers of the same bank"
    aged = raw.copy()
    aged[:, bank_scorer.space.raw_names.index("age")] = 88.0
    moved = Drift(bank_scorer.space, card.reference)
    moved.add(aged)
    assert moved.psi()["age"] > 1.0
