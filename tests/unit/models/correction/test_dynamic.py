"""Dynamic logistic regression: it finds what is there, follows what drifts and keeps its doubts in bounds."""

from __future__ import annotations

import math

import numpy as np
import pytest

from models.correction.contract import Learned
from models.correction.dynamic import Block, DynamicLogistic, DynamicSettings
from models.correction.errors import CorrectionError
from models.correction.replay import ReplaySettings
from tests.unit.models.correction.examples import example

pytestmark = pytest.mark.req("W-16")
PLAIN = ReplaySettings(window=0, remembered=0)
BLOCKS = (Block("level", 1, 1.0), Block("slope", 1, 1.0))


def _run(settings: DynamicSettings, truth: list[tuple[float, float]], seed: int = 1) -> tuple[DynamicLogistic, float]:
    """Learn events with these coefficients one after another; the mean log loss of the second half."""
    rng = np.random.default_rng(seed)
    learner = DynamicLogistic(settings)
    losses = []
    for number, (level, slope) in enumerate(truth):
        x = float(rng.normal())
        outcome = bool(rng.random() < 1.0 / (1.0 + math.exp(-level - slope * x)))
        foretold = float(learner.predict(np.array([1.0, x]))[0])
        losses.append(-math.log(foretold if outcome else 1.0 - foretold))
        learner.update(example(number, (1.0, x), outcome))
    return learner, float(np.mean(losses[len(losses) // 2 :]))


def test_without_drift_it_finds_the_coefficients() -> None:
    learner, _ = _run(DynamicSettings(BLOCKS, ((1.0, 1.0),), replay=PLAIN), [(-0.5, 1.5)] * 3000)
    assert learner.core.mean[0] == pytest.approx([-0.5, 1.5], abs=0.15)
    deviation = np.sqrt(np.diag(learner.core.covariance[0]))
    assert (np.abs(learner.core.mean[0] - [-0.5, 1.5]) < 3.5 * deviation).all(), "its doubts cover its errors"


def test_what_forgets_follows_a_drift_that_what_does_not_forget_misses() -> None:
    drifting = [(2.0 * math.sin(number / 150.0), 1.0) for number in range(2000)]
    _, stiff = _run(DynamicSettings(BLOCKS, ((1.0, 1.0),), replay=PLAIN), drifting)
    _, supple = _run(DynamicSettings(BLOCKS, ((0.97, 0.999),), replay=PLAIN), drifting)
    assert supple < stiff - 0.05


def test_the_rate_of_forgetting_is_found_from_the_predictions() -> None:
    both = DynamicSettings(BLOCKS, ((1.0, 1.0), (0.97, 0.999)), replay=PLAIN)
    drifting, loss = _run(both, [(2.5 * math.sin(number / 100.0), 1.0) for number in range(1500)])
    assert drifting.core.weight[1] > 0.9
    _, best = _run(
        DynamicSettings(BLOCKS, ((0.97, 0.999),), replay=PLAIN),
        [(2.5 * math.sin(number / 100.0), 1.0) for number in range(1500)],
    )
    assert loss < best + 0.01


def test_no_doubt_grows_beyond_the_prior() -> None:
    learner = DynamicLogistic(DynamicSettings(BLOCKS, ((0.9, 0.9),), replay=PLAIN))
    for number in range(500):
        learner.update(example(number, (1.0, 0.0), True))
    variance = np.diag(learner.core.covariance[0])
    assert variance[1] == pytest.approx(1.0), "nothing was said about the slope"
    assert variance[0] < 1.0
    assert np.linalg.eigvalsh(learner.core.covariance[0]).min() > 0.0


def test_a_lighter_event_moves_less() -> None:
    settings = DynamicSettings(BLOCKS, ((1.0, 1.0),), replay=PLAIN)
    light, heavy = DynamicLogistic(settings), DynamicLogistic(settings)
    light.update(example(0, (1.0, 1.0), True, 0.2))
    heavy.update(example(0, (1.0, 1.0), True, 1.0))
    assert 0.0 < light.core.mean[0][0] < heavy.core.mean[0][0]
    assert light.update(example(1, (1.0, 1.0), True, 0.0)) == Learned.NOTHING


def test_wrong_settings_and_inputs_are_named() -> None:
    with pytest.raises(CorrectionError, match="give one factor"):
        DynamicSettings(BLOCKS, ((0.9,),))
    with pytest.raises(CorrectionError, match="give one factor"):
        DynamicSettings(BLOCKS, ((0.9, 1.1),))
    with pytest.raises(CorrectionError, match="at least one"):
        DynamicSettings(BLOCKS, ())
    with pytest.raises(CorrectionError, match="model_forgetting"):
        DynamicSettings(BLOCKS, ((0.9, 0.9),), model_forgetting=0.0)
    with pytest.raises(CorrectionError, match="size < 1"):
        DynamicSettings((Block("level", 0, 1.0),), ((0.9,),))
    with pytest.raises(CorrectionError, match="window"):
        ReplaySettings(window=5, remembered=4)
    learner = DynamicLogistic(DynamicSettings(BLOCKS, ((0.9, 0.9),)))
    with pytest.raises(CorrectionError, match="inputs; these settings have 2"):
        learner.update(example(0, (1.0,), True))
