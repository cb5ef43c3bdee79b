"""What an observation teaches: per product an answer, how much it counts, and what the model had expected. Pure.

Products that were not shown are heard of only when they are taken. Such answers alone would raise every one of them, so
a taken one comes with others of the same visit that were on offer and not asked for: what is learned is which of them
is asked for more often (a choice among alternatives, a few of them drawn: D. McFadden, "Modelling the Choice of
Residential Location", 1978).
"""

from __future__ import annotations

import hashlib
import math
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Annotated, Protocol

import msgspec
import numpy as np

from models.correction.contract import Vector
from models.correction.errors import CorrectionError
from models.features import FloatMatrix, Rows
from models.feedback import Observation
from models.scoring import Scores

_LEAST_PROBABILITY = 1e-4

Weight = Annotated[float, msgspec.Meta(ge=0.0, le=10.0)]


class BaseScorer(Protocol):
    """The trained model that is corrected."""

    @property
    def feature_hash(self) -> str: ...

    def score_rows(self, rows: Rows) -> Scores:
        """The scores of raw rows."""


class LessonSettings(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """How much answers count.

    A product that was taken counts `taken`, refused `refused`, shown and passed over `passed_over`. When one is taken
    that was not shown, `contrasts` of those on offer that were neither shown nor taken nor refused stand for all of
    them as not taken. A plan that matched badly corrects more: everything is multiplied by 1 + `mismatch` · (1 - match
    score).
    """

    taken: Weight = 1.0
    refused: Weight = 1.0
    passed_over: Weight = 0.7
    mismatch: Weight = 0.5
    contrasts: Annotated[int, msgspec.Meta(ge=1, le=100)] = 3


class Answer(msgspec.Struct, frozen=True, array_like=True):
    """A product's place in the catalogue, whether it was taken, the answer's weight, and the logarithm of the
    probability that the trained model gave it among the products offered."""

    product: int
    taken: bool
    weight: float
    expected: float


class Lesson(msgspec.Struct, frozen=True, array_like=True):
    """One visit's answers, in the catalogue's order; `customer` is z (models/correction/projection.py)."""

    id: str
    at: datetime
    customer: tuple[float, ...]
    answers: tuple[Answer, ...]


def raw_rows(observations: Sequence[Observation]) -> Rows:
    """The raw rows of observations, [N, R]; `CorrectionError` when one is no row of float32 or not as long as the
    first."""
    lengths = {len(observation.raw) for observation in observations}
    if len(lengths) > 1 or any(length % 4 for length in lengths):
        raise CorrectionError(f"raw rows of {sorted(lengths)} bytes; all must be the same number of float32")
    width = next(iter(lengths), 0) // 4
    joined = b"".join(observation.raw for observation in observations)
    matrix: FloatMatrix = np.frombuffer(joined, dtype="<f4").reshape(len(observations), width).astype(np.float32)
    return Rows(matrix, {})


def lesson(
    observation: Observation, score: Vector, customer: Vector, places: Mapping[str, int], settings: LessonSettings
) -> Lesson:
    """The lesson of an observation whose products the trained model scored `score` [K]; codes that the catalogue lacks
    are ignored."""
    answers: dict[int, tuple[bool, float]] = {}
    for shown in observation.shown:
        if shown.code in places:
            answers[places[shown.code]] = (False, settings.passed_over)
    for code in observation.refused:
        if code in places:
            answers[places[code]] = (False, settings.refused)
    for code in observation.taken:
        if code in places:
            answers[places[code]] = (True, settings.taken)
    offered = {places[code] for code in observation.offered if code in places} | set(answers)
    if set(observation.taken).intersection(places) - {shown.code for shown in observation.shown}:
        answers |= _others(observation, places, answers, settings)
    expected = _log_probability(score, sorted(offered))
    factor = 1.0 + settings.mismatch * (1.0 - observation.match_score)
    return Lesson(
        observation.id,
        observation.at,
        tuple(customer.tolist()),
        tuple(
            Answer(product, taken, weight * factor, expected[product])
            for product, (taken, weight) in sorted(answers.items())
            if weight > 0.0
        ),
    )


def _others(
    observation: Observation,
    places: Mapping[str, int],
    answers: Mapping[int, tuple[bool, float]],
    settings: LessonSettings,
) -> dict[int, tuple[bool, float]]:
    """What was on offer and nothing is said of, as not taken: a few drawn by the visit's id, with the weight of all."""
    silent = [code for code in dict.fromkeys(observation.offered) if code in places and places[code] not in answers]
    silent.sort(key=lambda code: hashlib.sha256(f"{observation.id}\0{code}".encode()).digest())
    drawn = silent[: settings.contrasts]
    return {places[code]: (False, settings.taken * len(silent) / len(drawn)) for code in drawn}


def _log_probability(score: Vector, offered: list[int]) -> dict[int, float]:
    scores = {at: value if math.isfinite(value) else 0.0 for at, value in enumerate(score.tolist()) if at in offered}
    top = max(scores.values(), default=0.0)
    total = math.fsum(math.exp(value - top) for value in scores.values())
    least = math.log(_LEAST_PROBABILITY)
    return {at: max(value - top - math.log(total), least) for at, value in scores.items()}
