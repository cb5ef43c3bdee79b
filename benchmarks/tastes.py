"""Customers whose taste changes, and what a trained model knows of them before: the regret benchmark's world.

The model is a multinomial logistic regression of what visitors came for, fitted to visits before the change. Everything
that learns then sees the same log of visits before the change, planned by this model with exploration.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

import numpy as np
import numpy.typing as npt
import onnxruntime
from sklearn.linear_model import LogisticRegression

from models.catalogue import Catalogue
from models.correction.projection import Projection, chosen, informative, joined
from models.features import FeatureSpace, Rows
from models.feedback import Observation, Shown
from models.graph import encoder
from models.scoring import Scores
from models.simulation.environment import Environment, TasteChange, Visit
from models.weights import RankingModel

SHOWN = 3
Matrix = npt.NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Study:
    """How many visits the model is trained on, are logged before the change, and follow it."""

    trained: int = 4000
    logged: int = 2000
    after: int = 2000
    informative: int = 8
    seed: int = 1


@dataclass(frozen=True, slots=True)
class World:
    """Visits one after another: the customers' encoded rows [N, F], the trained model's scores [N, K], which products
    may be offered [N, K] and how likely each is taken when shown first [N, K]; visits before `change` are the log."""

    environment: Environment
    catalogue: Catalogue
    model: RankingModel
    projection: Projection
    visits: tuple[Visit, ...]
    raw: npt.NDArray[np.float32]
    encoded: Matrix
    score: Matrix
    open_to: npt.NDArray[np.bool_]
    change: int

    def best(self, at: int, score: Matrix, count: int = SHOWN) -> list[int]:
        """The products on offer with the highest scores, best first."""
        order = np.argsort(-np.where(self.open_to[at], score, -np.inf), kind="stable")[:count]
        return [product for product in order.tolist() if self.open_to[at, product]]

    def regret(self, at: int, shown: list[int]) -> float:
        """How many products fewer are taken on average than with the best ones shown."""
        codes = self.catalogue.product_codes
        visit = self.visits[at]
        return self.environment.value(visit, self.environment.best(visit, SHOWN)) - self.environment.value(
            visit, [codes[product] for product in shown]
        )

    def observation(self, at: int, shown: list[int], propensities: list[float]) -> Observation:
        """What comes of showing these products in this visit."""
        codes = self.catalogue.product_codes
        visit = self.visits[at]
        outcome = self.environment.accept(visit, [codes[product] for product in shown])
        return Observation(
            id=f"visit-{visit.number:07d}",
            at=visit.at,
            model="trained",
            feature_hash=self.model.space.hash,
            raw=self.raw[at].astype("<f4").tobytes(),
            offered=tuple(codes[product] for product in self.best(at, self.score[at], len(codes))),
            shown=tuple(Shown(codes[product], share) for product, share in zip(shown, propensities, strict=True)),
            taken=outcome.taken,
            refused=outcome.refused,
            match_score=_match(outcome.taken, len(shown)),
        )


@dataclass(frozen=True, slots=True)
class TrainedModel:
    """A `BaseScorer` of a ranking model without a file of its own."""

    model: RankingModel
    session: onnxruntime.InferenceSession

    @property
    def feature_hash(self) -> str:
        """Which input the model takes."""
        return self.model.space.hash

    def score_rows(self, rows: Rows) -> Scores:
        """The scores of raw rows."""
        (encoded,) = self.session.run(["encoded"], {"raw": rows.matrix})
        score = self.model.scores(encoded).astype(np.float32)
        odds = np.exp(score - score.max(axis=1, keepdims=True))
        return Scores(rows, encoded, score, odds / odds.sum(axis=1, keepdims=True), "trained")


def _match(taken: tuple[str, ...], shown: int) -> float:
    return len(taken) / shown if shown else 0.0


def encoder_session(space: FeatureSpace) -> onnxruntime.InferenceSession:
    """The encoding raw → encoded of a space, on one thread."""
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = 1
    return onnxruntime.InferenceSession(encoder(space), options, providers=["CPUExecutionProvider"])


def build_world(study: Study) -> World:
    """Train the model on the first visits, and draw those of the log and those after the change."""
    change = study.trained + study.logged
    environment = Environment(study.seed, changes=(TasteChange(at=change),))
    catalogue = environment.catalogue
    space = FeatureSpace(catalogue)
    visits = [environment.visit(number) for number in range(change + study.after)]
    raw = np.concatenate([_rows(space, visit) for visit in visits])
    (encoded,) = encoder_session(space).run(["encoded"], {"raw": raw})
    model = _trained(space, encoded[: study.trained], visits[: study.trained])
    rows = encoded[: study.trained].astype(np.float64)
    segments = tuple(at for at, name in enumerate(space.names) if name.startswith("segment="))
    projection = joined(chosen(rows, segments), informative(rows, model.coefficient, study.informative + 1))
    kept = slice(study.trained, None)
    return World(
        environment,
        catalogue,
        model,
        projection,
        tuple(visits[kept]),
        raw[kept],
        encoded[kept].astype(np.float64),
        model.scores(encoded[kept]),
        np.array([environment.accept_probabilities(visit) > 0.0 for visit in visits[kept]]),
        study.logged,
    )


def _rows(space: FeatureSpace, visit: Visit) -> npt.NDArray[np.float32]:
    at: datetime = visit.at
    return space.rows([visit.customer], at).matrix


def _trained(space: FeatureSpace, encoded: npt.NDArray[np.float32], visits: list[Visit]) -> RankingModel:
    """Scores centred over the products; a product that nobody came for scores as low as the rarest."""
    codes = space.catalogue.product_codes
    wanted = [(at, codes.index(v.customer.hidden_product)) for at, v in enumerate(visits) if v.customer.hidden_product]
    rows, products = (np.array(part) for part in zip(*wanted, strict=True))
    fitted = LogisticRegression(C=0.3, max_iter=300).fit(encoded[rows], products)
    coefficient = np.zeros((space.size, len(codes)))
    base = np.full(len(codes), float(fitted.intercept_.min()))
    coefficient[:, fitted.classes_] = fitted.coef_.T
    base[fitted.classes_] = fitted.intercept_
    reference = encoded.astype(np.float64).mean(axis=0)
    return RankingModel(space, coefficient, base + reference @ coefficient, reference)
