"""The corrector of a model: from its artefact alone, and customers like those that it was trained on."""

from __future__ import annotations

import numpy as np
import pytest

from models.correcting import corrector_of, directions_of, typical_rows
from models.drift import Drift, Histogram
from models.scorer import OnnxScorer

pytestmark = pytest.mark.req("W-16")


def test_the_same_model_gives_the_same_corrector(bank_scorer: OnnxScorer) -> None:
    first, second = corrector_of(bank_scorer), corrector_of(bank_scorer)
    assert first.digest() == second.digest()
    assert first.projection.sha256() == second.projection.sha256()
    correction = first.correction()
    assert not correction.intercept.any()
    assert not correction.slope.any()


def test_the_directions_tell_customers_apart(bank_scorer: OnnxScorer) -> None:
    found = directions_of(bank_scorer)
    assert found.directions.shape[0] == bank_scorer.space.size
    assert 4 <= found.size <= 20
    assert np.linalg.matrix_rank(found.directions) >= 4


def test_drawn_customers_are_distributed_as_the_card_says(bank_scorer: OnnxScorer) -> None:
    reference = bank_scorer.card.reference
    rows = typical_rows(reference, bank_scorer.space.raw_names, 4000)
    assert rows.shape == (4000, bank_scorer.space.raw_size)
    drift = Drift(bank_scorer.space, reference)
    drift.add(rows)
    assert max(drift.psi().values()) < 0.05


def test_a_value_lies_in_its_bin_and_missing_is_missing() -> None:
    histogram = Histogram("amount", (1.0, 2.0, 4.0), (0.25, 0.25, 0.0, 0.25, 0.25))
    rows = typical_rows([histogram], ["amount", "unknown"], 1000)
    amounts = rows[:, 0]
    assert np.isnan(rows[:, 1]).all()
    assert abs(np.isnan(amounts).mean() - 0.25) < 0.02
    there = amounts[~np.isnan(amounts)]
    assert set(np.unique(there).tolist()) == {0.5, 1.5, 5.0}
