"""The correction of a product ranking by feedback: a Bayesian logistic regression on top of the trained model. Pure
(W-16).

That a product k is taken when shown is foretold as σ(a + b·e_k + θ_k · z), where e_k is the logarithm of the
probability that the trained model gives it among those on offer, z a dozen numbers about the customer (projection.py),
a and b a common calibration and θ_k the correction. Ranking by it is ranking by score_k + θ_k · z / b, which is what is
published: an intercept and a slope per product.

Products of a category share what is learned: the prior of their θ is correlated (a hierarchical prior with the
category's part integrated out: A. Gelman et al., "Bayesian Data Analysis", 3rd ed. 2013, chapter 5). Covariances are
kept within a category; that between categories, and with a and b, is neglected, which keeps an update below a
millisecond. An answer moves means and covariances by one Newton step, and several rates of forgetting are averaged, as
in dynamic.py (McCormick, Raftery, Madigan, Burd, Biometrics 68, 2012). Forgetting mixes the covariance with the
prior's, P ← λP + (1 - λ)P₀, so that what is no longer seen becomes as uncertain as at first and never more so.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import msgspec
import numpy as np

from models.correction.arrays import packed, unpacked
from models.correction.contract import Learned, Matrix, Vector
from models.correction.errors import CorrectionError
from models.correction.exact import dimmed, logistic, times
from models.correction.lessons import BaseScorer, Lesson, LessonSettings, lesson, raw_rows
from models.correction.projection import Projection
from models.correction.replay import Replay, ReplaySettings
from models.features import Rows
from models.feedback import Observation

_LEAST_CURVATURE = 1e-4
_LEAST_WEIGHT = 1e-6
_CALIBRATION = 2


class CorrectorSettings(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What is believed before any feedback, and how fast feedback is forgotten.

    `intercept` and `slope` are prior standard deviations of θ; `shared` (0 to 1) is how much of their variance a
    product has in common with its category. `level` and `scale` are means and standard deviations of a and b; b is
    never taken below `least_scale`. `forgetting`: a factor per visit for each averaged model, 1 = never. `most` bounds
    the published intercepts and, per unit of z, slopes.
    """

    intercept: float = 1.0
    slope: float = 0.35
    shared: float = 0.4
    level: tuple[float, float] = (-0.3, 1.0)
    scale: tuple[float, float] = (0.7, 0.2)
    least_scale: float = 0.25
    forgetting: tuple[float, ...] = (0.9999, 0.999, 0.995)
    model_forgetting: float = 0.99
    most: float = 8.0
    lessons: LessonSettings = LessonSettings()
    replay: ReplaySettings = ReplaySettings()

    def __post_init__(self) -> None:
        if not self.forgetting or not all(0.0 < factor <= 1.0 for factor in self.forgetting):
            raise CorrectionError(f"forgetting {self.forgetting}: give at least one factor in (0, 1]")
        if not (0.0 <= self.shared <= 1.0 and self.intercept > 0.0 and self.slope > 0.0 and self.least_scale > 0.0):
            raise CorrectionError("allowed is 0 ≤ shared ≤ 1, intercept > 0, slope > 0, least_scale > 0")
        if not 0.0 < self.model_forgetting <= 1.0:
            raise CorrectionError(f"model_forgetting is {self.model_forgetting}; allowed is 0 < value ≤ 1")


@dataclass(frozen=True, slots=True)
class Correction:
    """What is added to the trained model's scores: intercept [K] and slope [F, K] on the encoded row."""

    intercept: Vector
    slope: Matrix


class CorrectorCore:
    """Per averaged model: a and b, and θ with its covariance per category. Steps are exact to the last bit."""

    def __init__(self, categories: Sequence[str], size: int, settings: CorrectorSettings) -> None:
        self.settings = settings
        self.size = size
        names = list(dict.fromkeys(categories))
        self.members = tuple(
            tuple(at for at, one in enumerate(categories) if one == name) for name in names
        )  # [category] → products
        self._place = {product: (c, i) for c, group in enumerate(self.members) for i, product in enumerate(group)}
        models = len(settings.forgetting)
        deviation = np.array([settings.intercept, *([settings.slope] * (size - 1))])
        self._prior: list[Matrix] = []
        for group in self.members:
            related = np.full((len(group), len(group)), settings.shared) + (1.0 - settings.shared) * np.eye(len(group))
            joint: Matrix = np.kron(related, np.diag(deviation**2)).astype(np.float64)
            self._prior.append(joint)
        self.mean: list[Matrix] = [np.zeros((models, len(group) * size)) for group in self.members]
        self.covariance: list[Matrix] = [np.tile(prior, (models, 1, 1)) for prior in self._prior]
        self.common: Matrix = np.tile([settings.level[0], settings.scale[0]], (models, 1))
        self._common_prior = np.diag([settings.level[1] ** 2, settings.scale[1] ** 2])
        self.common_covariance: Matrix = np.tile(self._common_prior, (models, 1, 1))
        self.weight: Vector = np.full(models, 1.0 / models)
        self.visits = 0
        self.touched: Vector = np.zeros(len(self.members))  # the visit to which a category's covariance belongs

    def copy(self) -> CorrectorCore:
        """An independent core in the same state."""
        twin = object.__new__(CorrectorCore)
        twin.settings, twin.size, twin.members = self.settings, self.size, self.members
        twin._place, twin._prior, twin._common_prior = self._place, self._prior, self._common_prior
        twin.mean = [part.copy() for part in self.mean]
        twin.covariance = [part.copy() for part in self.covariance]
        twin.common, twin.common_covariance = self.common.copy(), self.common_covariance.copy()
        twin.weight, twin.visits, twin.touched = self.weight.copy(), self.visits, self.touched.copy()
        return twin

    def step(self, event: Lesson) -> None:
        """Forget a little, then learn the answers one after another."""
        self.visits += 1
        self._fade(self.common_covariance, self._common_prior, 1)
        customer = np.array(event.customer)
        fits = [0.0] * len(self.weight)
        for answer in event.answers:
            category, place = self._place[answer.product]
            self._refresh(category)
            seen = np.array([1.0, answer.expected])
            block = slice(place * self.size, (place + 1) * self.size)
            along = times(self.covariance[category][:, :, block], customer)
            along_common = times(self.common_covariance, seen)
            spread = times(along[:, block], customer) + times(along_common, seen)
            centre = times(self.mean[category][:, block], customer) + times(self.common, seen)
            for model, (middle, variance) in enumerate(zip(centre.tolist(), spread.tolist(), strict=True)):
                foretold = logistic(dimmed(middle, variance))
                fits[model] += answer.weight * math.log(foretold if answer.taken else 1.0 - foretold)
                expected = logistic(middle)
                information = answer.weight * max(expected * (1.0 - expected), _LEAST_CURVATURE)
                gain = 1.0 / (1.0 + information * variance)
                move = answer.weight * ((1.0 if answer.taken else 0.0) - expected) * gain
                self.mean[category][model] += along[model] * move
                self.common[model] += along_common[model] * move
                shrink = information * gain
                self.covariance[category][model] -= np.multiply.outer(along[model], along[model]) * shrink
                self.common_covariance[model] -= np.multiply.outer(along_common[model], along_common[model]) * shrink
        if event.answers:
            self._reweigh(fits)

    def _refresh(self, category: int) -> None:
        """Forget what the category's covariance has not yet forgotten, in one go."""
        visits = self.visits - int(self.touched[category])
        if visits:
            self._fade(self.covariance[category], self._prior[category], visits)
            self.touched[category] = self.visits

    def _fade(self, covariance: Matrix, prior: Matrix, visits: int) -> None:
        for model, factor in enumerate(self.settings.forgetting):
            kept = math.pow(factor, visits)
            covariance[model] *= kept
            covariance[model] += prior * (1.0 - kept)

    def _reweigh(self, fits: list[float]) -> None:
        best = max(fits)
        alpha = self.settings.model_forgetting
        raised = [
            max(math.pow(old, alpha) * math.exp(fit - best), _LEAST_WEIGHT)
            for old, fit in zip(self.weight.tolist(), fits, strict=True)
        ]
        total = math.fsum(raised)
        self.weight = np.array([value / total for value in raised])

    def weights(self) -> Matrix:
        """θ / b averaged over the models, [K, size]: the correction in units of the trained model's score."""
        found = np.zeros((len(self._place), self.size))
        scale = np.maximum(self.common[:, 1], self.settings.least_scale)
        for group, mean in zip(self.members, self.mean, strict=True):
            average = np.add.reduce(mean * (self.weight / scale)[:, None], axis=0)
            found[list(group)] = average.reshape(len(group), self.size)
        return np.clip(found, -self.settings.most, self.settings.most)

    def to_bytes(self) -> bytes:
        """The whole state."""
        parts = [*self.mean, *self.covariance, self.common, self.common_covariance, self.weight, self.touched]
        return b"".join(packed(part) for part in [*parts, np.array([float(self.visits)])])

    def loaded(self, content: bytes) -> CorrectorCore:
        """A core with these settings in the state that `to_bytes` gave."""
        twin = self.copy()
        parts = [*twin.mean, *twin.covariance, twin.common, twin.common_covariance, twin.weight, twin.touched]
        flat = unpacked(content, (sum(part.size for part in parts) + 1,))
        start = 0
        for part in parts:
            part[...] = flat[start : start + part.size].reshape(part.shape)
            start += part.size
        twin.visits = int(flat[-1])
        return twin


class Corrector:
    """The learner over observations of one trained model; published as a `Correction`."""

    def __init__(
        self,
        base: BaseScorer,
        products: Sequence[str],
        categories: Sequence[str],
        projection: Projection,
        settings: CorrectorSettings | None = None,
    ) -> None:
        """`products` and `categories`: codes in the catalogue's order, a category for each product."""
        if len(products) != len(categories) or not products:
            raise CorrectionError(f"{len(products)} products with {len(categories)} categories; give one for each")
        self.settings = settings or CorrectorSettings()
        self.projection = projection
        self._base = base
        self._products, self._categories = tuple(products), tuple(categories)
        self._places = {code: at for at, code in enumerate(self._products)}
        core = CorrectorCore(self._categories, projection.size, self.settings)
        self._replay: Replay[Lesson] = Replay(core, self.settings.replay, Lesson)

    @property
    def core(self) -> CorrectorCore:
        """The present state; for reading."""
        core = self._replay.core
        assert isinstance(core, CorrectorCore)
        return core

    @property
    def learned(self) -> int:
        """How many visits it has learned from."""
        return self._replay.count + self._replay.late

    def update(self, event: Observation) -> Learned:
        """Learn an observation, once, at its place in time."""
        if event.feature_hash != self._base.feature_hash:
            return Learned.FOREIGN
        scores = self._base.score_rows(raw_rows([event]))
        return self.learn(scores.score[0].astype(np.float64), scores.encoded[0].astype(np.float64), event)

    def learn(self, score: Vector, encoded: Vector, event: Observation) -> Learned:
        """`update` when the trained model's score [K] and encoded row [F] are at hand."""
        found = lesson(event, score, self.projection.of(encoded), self._places, self.settings.lessons)
        return self._replay.add(found) if found.answers else Learned.NOTHING

    def predict(self, given: Rows) -> Vector:
        """The corrected scores of raw rows, [N, K]."""
        scores = self._base.score_rows(given)
        found = self.correction()
        encoded = np.nan_to_num(scores.encoded.astype(np.float64), nan=0.0, posinf=0.0, neginf=0.0)
        base = np.nan_to_num(scores.score.astype(np.float64), nan=0.0, posinf=0.0, neginf=0.0)
        corrected: Vector = base + found.intercept + times(encoded[:, None, :], found.slope.T)
        return corrected

    def correction(self) -> Correction:
        """What is to be added to the trained model's scores."""
        intercept, slope = self.projection.spread(self.core.weights())
        return Correction(intercept, slope)

    def half_lives(self) -> tuple[tuple[float, float], ...]:
        """Of each averaged model: after how many visits half is forgotten, and its present weight."""
        factors, weights = self.settings.forgetting, self.core.weight.tolist()
        lives = (math.inf if factor == 1.0 else math.log(0.5) / math.log(factor) for factor in factors)
        return tuple(zip(lives, weights, strict=True))

    def to_bytes(self) -> bytes:
        """The whole state; equal sets of observations give equal bytes."""
        return self._replay.to_bytes()

    def digest(self) -> str:
        """sha256 of the state's bytes, as hex."""
        return self._replay.digest()

    def restored(self, content: bytes) -> Corrector:
        """A corrector of the same model with these settings and the state in `content`."""
        found = Corrector(self._base, self._products, self._categories, self.projection, self.settings)
        found._replay = self._replay.loaded(content)
        return found
