"""Dynamic logistic regression, averaged over several rates of forgetting. Pure (W-16).

The coefficients of a logistic regression drift; each event moves their Gaussian by one Newton step (Laplace), after
their variance has grown by a forgetting factor. Which factor is right is not decided: several models with factors of
their own run side by side and are averaged with weights by how well each foretold the events so far, older ones
counting less. T. H. McCormick, A. E. Raftery, D. Madigan, R. S. Burd, "Dynamic Logistic Regression and Dynamic Model
Averaging for Binary Classification", Biometrics 68 (2012), 23-30.

Two things differ from the paper. Coefficients come in blocks, each with a factor of its own (component discounting, M.
West and J. Harrison, "Bayesian Forecasting and Dynamic Models", 2nd ed. 1997, section 6.3), as a level drifts faster
than what a kind of customer is like. And no variance grows beyond the prior's: a coefficient that no event says
anything about would otherwise become arbitrarily uncertain (wind-up; R. Kulhavý and M. B. Zarrop, "On a general concept
of forgetting", International Journal of Control 58 (1993), bound it towards a prior likewise).
"""

from __future__ import annotations

import math
from datetime import datetime

import msgspec
import numpy as np

from models.correction.arrays import packed, unpacked
from models.correction.contract import Learned, Vector
from models.correction.errors import CorrectionError
from models.correction.exact import dimmed, logistic, times
from models.correction.replay import Replay, ReplaySettings

LIMIT = 50.0
"""Inputs are cut to ±50; a value that is not finite counts as 0."""
_LEAST_CURVATURE = 1e-4
_LEAST_WEIGHT = 1e-6


class Block(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """`size` neighbouring inputs whose coefficients start at `mean` with standard deviation `deviation`."""

    name: str
    size: int
    deviation: float
    mean: float = 0.0


class DynamicSettings(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The inputs' blocks, and of each averaged model its forgetting factor per block (1 = never forgets).

    `model_forgetting`: how much of a model's record counts for the next event (McCormick's alpha).
    """

    blocks: tuple[Block, ...]
    forgetting: tuple[tuple[float, ...], ...]
    model_forgetting: float = 0.99
    replay: ReplaySettings = ReplaySettings()

    def __post_init__(self) -> None:
        for factors in self.forgetting:
            if len(factors) != len(self.blocks) or not all(0.0 < factor <= 1.0 for factor in factors):
                raise CorrectionError(f"forgetting {factors}: give one factor in (0, 1] for {len(self.blocks)} blocks")
        if not self.forgetting or not self.blocks:
            raise CorrectionError("forgetting and blocks are empty; give at least one of each")
        if any(block.size < 1 or block.deviation < 0.0 for block in self.blocks):
            raise CorrectionError("a block has size < 1 or deviation < 0")
        if not 0.0 < self.model_forgetting <= 1.0:
            raise CorrectionError(f"model_forgetting is {self.model_forgetting}; allowed is 0 < value ≤ 1")

    @property
    def size(self) -> int:
        """How many inputs there are."""
        return sum(block.size for block in self.blocks)


class Example(msgspec.Struct, frozen=True):
    """One event: inputs, whether it came true, and how much it counts (0 to 1)."""

    id: str
    at: datetime
    inputs: tuple[float, ...]
    outcome: bool
    weight: float = 1.0


class DynamicCore:
    """Means [models, inputs], covariances [models, inputs, inputs] and the models' weights."""

    def __init__(self, settings: DynamicSettings) -> None:
        self.settings = settings
        sizes = [block.size for block in settings.blocks]
        prior_mean = np.repeat([block.mean for block in settings.blocks], sizes)
        deviation = np.repeat([block.deviation for block in settings.blocks], sizes)
        models = len(settings.forgetting)
        factors = np.array([np.repeat(list(factors), sizes) for factors in settings.forgetting])
        grown = 1.0 / np.sqrt(factors)
        self._growth = grown[:, :, None] * grown[:, None, :]
        self._most = deviation**2
        self.mean: Vector = np.tile(prior_mean, (models, 1))
        self.covariance: Vector = np.tile(np.diag(self._most), (models, 1, 1))
        self.weight: Vector = np.full(models, 1.0 / models)

    def copy(self) -> DynamicCore:
        """An independent core in the same state."""
        twin = object.__new__(DynamicCore)
        twin.settings, twin._growth, twin._most = self.settings, self._growth, self._most
        twin.mean, twin.covariance, twin.weight = self.mean.copy(), self.covariance.copy(), self.weight.copy()
        return twin

    def clean(self, inputs: tuple[float, ...] | Vector) -> Vector:
        """The inputs as a finite, bounded vector; `CorrectionError` for the wrong number of them."""
        vector = np.asarray(inputs, dtype=np.float64)
        if vector.shape != (self.settings.size,):
            raise CorrectionError(f"{vector.shape} inputs; these settings have {self.settings.size}")
        vector = np.clip(np.nan_to_num(vector, nan=0.0, posinf=0.0, neginf=0.0), -LIMIT, LIMIT)
        return vector

    def probabilities(self, vector: Vector) -> Vector:
        """Each model's probability, at present."""
        along = times(self.covariance, vector[None, None, :])
        return self._foretold(times(self.mean, vector), times(along, vector))

    def _foretold(self, centre: Vector, variance: Vector) -> Vector:
        pairs = zip(centre.tolist(), variance.tolist(), strict=True)
        return np.array([logistic(dimmed(mean, spread)) for mean, spread in pairs])

    def step(self, event: Example) -> None:
        """Forget a little, foretell the event, weigh the models by that, and learn it."""
        vector = self.clean(event.inputs)
        self._grow()
        along = times(self.covariance, vector[None, None, :])
        variance, centre = times(along, vector), times(self.mean, vector)
        outcome = 1.0 if event.outcome else 0.0
        self._reweigh(self._foretold(centre, variance), outcome, event.weight)
        for model, (middle, spread) in enumerate(zip(centre.tolist(), variance.tolist(), strict=True)):
            expected = logistic(middle)
            information = event.weight * max(expected * (1.0 - expected), _LEAST_CURVATURE)
            gain = 1.0 / (1.0 + information * spread)
            step = along[model]
            self.mean[model] += step * (event.weight * (outcome - expected) * gain)
            self.covariance[model] -= np.multiply.outer(step, step) * (information * gain)

    def _grow(self) -> None:
        self.covariance *= self._growth
        variances = np.einsum("mii->mi", self.covariance)
        if (variances > self._most).any():
            shrink = np.sqrt(np.minimum(1.0, self._most / np.maximum(variances, 1e-300)))
            self.covariance *= shrink[:, :, None] * shrink[:, None, :]

    def _reweigh(self, foretold: Vector, outcome: float, weight: float) -> None:
        likelihood = foretold if outcome else 1.0 - foretold
        alpha = self.settings.model_forgetting
        pairs = zip(self.weight.tolist(), likelihood.tolist(), strict=True)
        raised = np.array([max(math.pow(old, alpha) * math.pow(fit, weight), _LEAST_WEIGHT) for old, fit in pairs])
        self.weight = raised / np.add.reduce(raised)

    def to_bytes(self) -> bytes:
        """The whole state."""
        return packed(self.mean) + packed(self.covariance) + packed(self.weight)

    def loaded(self, content: bytes) -> DynamicCore:
        """A core with these settings in the state that `to_bytes` gave."""
        models, size = self.mean.shape
        flat = unpacked(content, (models * size + models * size * size + models,))
        found = self.copy()
        found.mean = flat[: models * size].reshape(models, size).copy()
        found.covariance = flat[models * size : -models].reshape(models, size, size).copy()
        found.weight = flat[-models:].copy()
        return found


class DynamicLogistic:
    """The learner: the probability that an event comes true, from inputs."""

    def __init__(self, settings: DynamicSettings) -> None:
        self.settings = settings
        self._replay: Replay[Example] = Replay(DynamicCore(settings), settings.replay, Example)

    @property
    def core(self) -> DynamicCore:
        """The present state; for reading."""
        core = self._replay.core
        assert isinstance(core, DynamicCore)
        return core

    def predict(self, given: Vector) -> Vector:
        """The probability that it comes true, shape (1,)."""
        core = self.core
        return np.array([np.add.reduce(core.weight * core.probabilities(core.clean(given)))])

    def update(self, event: Example) -> Learned:
        """Learn an example at its place in time."""
        if not event.weight > 0.0:
            return Learned.NOTHING
        return self._replay.add(event)

    def to_bytes(self) -> bytes:
        """The whole state; equal sets of examples give equal bytes."""
        return self._replay.to_bytes()

    def digest(self) -> str:
        """sha256 of the state's bytes, as hex."""
        return self._replay.digest()

    def restored(self, content: bytes) -> DynamicLogistic:
        """A learner with these settings and the state in `content`."""
        found = DynamicLogistic(self.settings)
        found._replay = self._replay.loaded(content)
        return found
