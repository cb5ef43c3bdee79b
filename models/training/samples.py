"""Questions → training samples: what the model sees, which product was wanted, how much a question weighs."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import onnxruntime

from models.errors import TrainingError
from models.features import FeatureSpace, FloatMatrix
from models.graph import encoder
from models.training.population import Population

Positions = npt.NDArray[np.intp]
Weights = npt.NDArray[np.float64]
Mask = npt.NDArray[np.bool_]

_BLOCK = 50_000


@dataclass(frozen=True, slots=True)
class Samples:
    """Encoded rows, the wanted product's position per row, a weight per row, and which products are held."""

    matrix: FloatMatrix
    wanted: Positions
    weight: Weights
    held: Mask

    def __len__(self) -> int:
        return len(self.wanted)

    def take(self, chosen: Positions | Mask) -> Samples:
        """The samples at these positions."""
        return Samples(self.matrix[chosen], self.wanted[chosen], self.weight[chosen], self.held[chosen])


class Encoder:
    """Raw rows → encoded rows, by the very nodes that the finished file has."""

    def __init__(self, space: FeatureSpace) -> None:
        self.space = space
        self._session = onnxruntime.InferenceSession(encoder(space), providers=["CPUExecutionProvider"])

    def __call__(self, raw: FloatMatrix) -> FloatMatrix:
        """The encoded rows, [N, F]."""
        parts = [
            self._session.run(["encoded"], {"raw": raw[start : start + _BLOCK]})[0]
            for start in range(0, len(raw), _BLOCK)
        ]
        result: FloatMatrix = np.concatenate(parts) if parts else np.zeros((0, self.space.size), dtype=np.float32)
        return result


def questions(population: Population, at: Positions, encode: Encoder) -> Samples:
    """One sample per question at these positions, weighing 1 per customer in all; `TrainingError` for no question."""
    if not len(at):
        raise TrainingError(
            f"{population.name}: no customer of this part has a wanted product; training and measuring need some"
        )
    raw = population.raw[at]
    _, asker, asked = np.unique(population.customer[at], return_inverse=True, return_counts=True)
    return Samples(encode(raw), population.wanted[at], 1.0 / asked[asker], encode.space.held(raw))


def leave_one_out(population: Population, at: Positions, encode: Encoder, *, most: int, seed: int) -> Samples:
    """One sample per held product of these customers, each hidden in turn, weighing 1 per customer in all.

    The protocol hides one of the held products at random, so this is the expectation over its draw: the same question
    asked of every holding instead of one. Of more than `most` samples, that many drawn by `seed`.
    """
    start = encode.space.products_start
    raw = population.raw[at].copy()
    raw[np.arange(len(at)), start + population.wanted[at]] = 1.0
    who, product = np.nonzero(raw[:, start:] > 0.0)
    weight = 1.0 / np.bincount(who, minlength=len(at))[who]
    if len(who) > most:
        kept = drawn(np.arange(len(who)), most, seed)
        who, product, weight = who[kept], product[kept], weight[kept]
    rows = raw[who]
    rows[np.arange(len(who)), start + product] = 0.0
    return Samples(encode(rows), product.astype(np.intp), weight, encode.space.held(rows))


def drawn(at: Positions, most: int, seed: int) -> Positions:
    """These positions, or that many of them drawn by `seed`, in order."""
    return at if len(at) <= most else np.sort(np.random.default_rng(seed).choice(at, size=most, replace=False))


def training_samples(population: Population, at: Positions, encode: Encoder, *, most: int, seed: int) -> Samples:
    """What to learn from at these positions, at most so many samples, drawn by `seed`."""
    chosen = drawn(at, most, seed)
    if population.leave_one_out and len(at):
        return leave_one_out(population, chosen, encode, most=most, seed=seed)
    return questions(population, chosen, encode)


def barred(population: Population, at: Positions, held: Mask) -> Mask:
    """Which products the policy's rules about who may buy remove, [N, K]: held, eligibility, suitability (W-05)."""
    result = held.copy()
    age, segment = population.age[at], population.segment[at]
    for place, product in enumerate(population.catalogue.product):
        refused = population.risk_rating[at] < product.risk_rating
        if product.min_age is not None:
            refused |= ~(age >= product.min_age)
        if product.max_age is not None:
            refused |= ~(age <= product.max_age)
        if product.segments:
            refused |= ~np.isin(segment, product.segments)
        for code in product.requires:
            refused |= ~held[:, population.catalogue.product_codes.index(code)]
        result[:, place] |= refused
    return result
