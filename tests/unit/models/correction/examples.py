"""A base model made of arrays, and feedback for it."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import numpy as np
import numpy.typing as npt

from models.correction.corrector import Corrector, CorrectorSettings
from models.correction.dynamic import Block, DynamicLogistic, DynamicSettings, Example
from models.correction.projection import Projection
from models.correction.replay import ReplaySettings
from models.features import Rows
from models.feedback import Observation, Shown
from models.scoring import Scores

FEATURES = 4
CODES = ("card", "gold_card", "loan", "fund", "bond")
CATEGORIES = ("cards", "cards", "loans", "funds", "funds")
NOON = datetime(2026, 3, 2, 12, tzinfo=UTC)
SMALL = ReplaySettings(window=64, remembered=96)


class ArrayModel:
    """Encodes a raw row as itself; scores are linear."""

    feature_hash = "input-1"

    def __init__(self, coefficient: npt.NDArray[np.float64], base: npt.NDArray[np.float64]) -> None:
        self.coefficient, self.base = coefficient, base

    def score_rows(self, rows: Rows) -> Scores:
        with np.errstate(all="ignore"):
            score = (self.base + rows.matrix.astype(np.float64) @ self.coefficient).astype(np.float32)
        return Scores(rows, rows.matrix, score, np.full(score.shape, 1.0 / len(CODES), dtype=np.float32), "v1")


def model() -> ArrayModel:
    rng = np.random.default_rng(5)
    return ArrayModel(rng.normal(0.0, 0.5, (FEATURES, len(CODES))), np.array([0.5, -0.5, 0.2, 0.0, -0.2]))


def corrector(settings: CorrectorSettings | None = None) -> Corrector:
    projection = Projection(np.zeros(FEATURES), np.eye(FEATURES)[:, :2])
    return Corrector(model(), CODES, CATEGORIES, projection, settings or CorrectorSettings(replay=SMALL))


def observation(
    number: int,
    *,
    row: npt.NDArray[np.float32] | None = None,
    shown: tuple[str, ...] = ("card", "loan", "fund"),
    taken: tuple[str, ...] = (),
    refused: tuple[str, ...] = (),
    match_score: float = 0.5,
    feature_hash: str = ArrayModel.feature_hash,
) -> Observation:
    if row is None:
        row = np.random.default_rng(number).normal(0.0, 1.0, FEATURES).astype(np.float32)
    return Observation(
        id=f"visit-{number:05d}",
        at=NOON + timedelta(minutes=number),
        model="v1",
        feature_hash=feature_hash,
        raw=row.astype("<f4").tobytes(),
        offered=CODES,
        shown=tuple(Shown(code, 1.0) for code in shown),
        taken=taken,
        refused=refused,
        match_score=match_score,
    )


def observations(count: int) -> list[Observation]:
    """Customers who take loans when their first number is high, and refuse funds."""
    found = []
    for number in range(count):
        rng = np.random.default_rng(number)
        row = rng.normal(0.0, 1.0, FEATURES).astype(np.float32)
        taken = ("loan",) if row[0] > 0.3 else ()
        refused = ("fund",) if rng.random() < 0.5 else ()
        found.append(observation(number, row=row, taken=taken, refused=refused, match_score=float(rng.random())))
    return found


def logistic_learner(replay: ReplaySettings = SMALL) -> DynamicLogistic:
    blocks = (Block("level", 1, 1.0), Block("customer", FEATURES, 0.5))
    return DynamicLogistic(DynamicSettings(blocks, ((0.99, 0.999), (0.95, 0.99)), replay=replay))


def example(number: int, inputs: tuple[float, ...], outcome: bool, weight: float = 1.0) -> Example:
    return Example(f"call-{number:05d}", NOON + timedelta(minutes=number), inputs, outcome, weight)


def examples(count: int) -> list[Example]:
    found = []
    for number in range(count):
        rng = np.random.default_rng(number)
        row = rng.normal(0.0, 1.0, FEATURES)
        outcome = bool(rng.random() < 1.0 / (1.0 + np.exp(-row[0])))
        found.append(example(number, (1.0, *row.tolist()), outcome))
    return found
