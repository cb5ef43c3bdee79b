"""The corrector: what customers answer moves their ranking, products of a category learn from each other."""

from __future__ import annotations

import math

import numpy as np
import pytest

from models.correction.contract import Learned
from models.correction.corrector import Corrector, CorrectorSettings
from models.correction.errors import CorrectionError
from models.correction.lessons import LessonSettings, lesson, raw_rows
from models.correction.projection import Projection
from models.features import Rows
from tests.unit.models.correction.examples import (
    CATEGORIES,
    CODES,
    FEATURES,
    SMALL,
    corrector,
    model,
    observation,
    observations,
)

pytestmark = pytest.mark.req("W-16")
CARD, GOLD, LOAN, FUND, BOND = range(5)
ZERO = np.zeros(FEATURES, dtype=np.float32)


def test_untaught_it_changes_nothing() -> None:
    found = corrector().correction()
    assert not found.intercept.any()
    assert not found.slope.any()
    assert found.slope.shape == (FEATURES, len(CODES))


def test_what_is_taken_rises_and_what_is_refused_falls() -> None:
    learner = corrector()
    for number in range(60):
        learner.update(observation(number, row=ZERO, taken=("loan",), refused=("fund",)))
    found = learner.correction().intercept
    assert found[LOAN] > 0.2 > 0.0 > -0.2 > found[FUND]


def test_a_category_learns_from_its_products() -> None:
    learner = corrector()
    for number in range(60):
        learner.update(observation(number, row=ZERO, shown=("fund", "loan"), refused=("fund",), taken=("loan",)))
    found = learner.correction().intercept
    assert found[FUND] < found[BOND] < -0.05, "bond was never shown, and shares its category with fund"
    assert found[GOLD] == 0.0, "nothing was said about cards"
    alone = corrector(CorrectorSettings(shared=0.0, replay=SMALL))
    for number in range(60):
        alone.update(observation(number, row=ZERO, shown=("fund", "loan"), refused=("fund",), taken=("loan",)))
    assert alone.correction().intercept[BOND] == 0.0


def test_it_learns_who_wants_what() -> None:
    learner = corrector()
    for one in observations(400):
        learner.update(one)
    found = learner.correction()
    assert found.slope[0, LOAN] > 0.3, "loans are taken when the first number is high"
    assert not found.slope[2:].any(), "the projection sees the first two numbers alone"
    high, low = (Rows(np.array([[first, 0, 0, 0]], dtype=np.float32), {}) for first in (1.5, -1.5))
    gap = learner.predict(high)[0, LOAN] - learner.predict(low)[0, LOAN]
    before = corrector().predict(high)[0, LOAN] - corrector().predict(low)[0, LOAN]
    assert gap > before + 1.0


def test_the_prediction_is_the_additive_form_that_is_published() -> None:
    learner = corrector()
    for one in observations(80):
        learner.update(one)
    rows = Rows(np.random.default_rng(2).normal(0, 1, (30, FEATURES)).astype(np.float32), {})
    base = model().score_rows(rows).score.astype(np.float64)
    found = learner.correction()
    expected = base + found.intercept + rows.matrix.astype(np.float64) @ found.slope
    np.testing.assert_allclose(learner.predict(rows), expected, atol=1e-12)


def test_a_plan_that_matched_badly_corrects_more() -> None:
    moved = []
    for match_score in (1.0, 0.5, 0.0):
        learner = corrector()
        learner.update(observation(0, row=ZERO, taken=("loan",), match_score=match_score))
        moved.append(float(learner.correction().intercept[LOAN]))
    assert 0.0 < moved[0] < moved[1] < moved[2]


def test_forgetting_is_tuned_by_what_was_foretold() -> None:
    learner = corrector(CorrectorSettings(forgetting=(1.0, 0.9), replay=SMALL))
    for number in range(240):
        swapped = number // 40 % 2 == 0
        taken, refused = (("loan",), ("fund",)) if swapped else (("fund",), ("loan",))
        learner.update(observation(number, row=ZERO, shown=("loan", "fund"), taken=taken, refused=refused))
    (never, never_weight), (soon, soon_weight) = learner.half_lives()
    assert never == math.inf
    assert soon == pytest.approx(6.58, abs=0.01)
    assert soon_weight > 0.8 > never_weight, "tastes turned every 40 visits"


def test_what_an_observation_says_of_each_product() -> None:
    settings = LessonSettings(taken=1.0, refused=0.9, passed_over=0.5, mismatch=1.0)
    one = observation(
        0, shown=("card", "loan", "fund"), taken=("loan", "bond"), refused=("fund", "unknown"), match_score=0.25
    )
    score = np.array([1.0, 0.0, 2.0, 0.0, -1.0])
    found = lesson(one, score, np.array([1.0, 0.0]), {code: at for at, code in enumerate(CODES)}, settings)
    answers = [(CARD, False), (GOLD, False), (LOAN, True), (FUND, False), (BOND, True)]
    assert [(a.product, a.taken) for a in found.answers] == answers, "a bond was asked for, a gold card was not"
    assert [a.weight for a in found.answers] == pytest.approx([0.5 * 1.75, 1.75, 1.75, 0.9 * 1.75, 1.75])
    shares = np.exp(score) / np.exp(score).sum()
    assert [a.expected for a in found.answers] == pytest.approx(np.log(shares))


def test_what_it_cannot_learn_from_is_said() -> None:
    learner = corrector()
    assert learner.update(observation(0, shown=(), taken=())) == Learned.NOTHING
    assert learner.update(observation(0, shown=("unknown",))) == Learned.NOTHING
    assert learner.update(observation(0, feature_hash="another")) == Learned.FOREIGN
    assert learner.learned == 0
    assert learner.digest() == corrector().digest()
    assert learner.update(observation(0)) == Learned.IN_ORDER
    assert learner.learned == 1


def test_wrong_rows_and_settings_are_named() -> None:
    short = observation(1, row=np.zeros(2, dtype=np.float32))
    with pytest.raises(CorrectionError, match="raw rows"):
        raw_rows([observation(0), short])
    with pytest.raises(CorrectionError, match="at least one factor"):
        CorrectorSettings(forgetting=())
    with pytest.raises(CorrectionError, match="0 ≤ shared ≤ 1"):
        CorrectorSettings(shared=1.5)
    with pytest.raises(CorrectionError, match="model_forgetting"):
        CorrectorSettings(model_forgetting=2.0)
    with pytest.raises(CorrectionError, match="one for each"):
        Corrector(model(), CODES, CATEGORIES[:-1], Projection(np.zeros(4), np.eye(4)))


def test_means_and_covariances_stay_sound_over_a_long_log() -> None:
    learner = corrector()
    for one in observations(600):
        learner.update(one)
    for part, prior in zip(learner.core.covariance, learner.core.copy().covariance, strict=True):
        assert np.linalg.eigvalsh(part[0]).min() > 0.0
        assert part.shape == prior.shape
    assert np.abs(learner.correction().intercept).max() <= 8.0, "the answers here are separable: the bound holds"
    assert learner.core.weight.sum() == pytest.approx(1.0)
