"""What the model must beat: popularity, co-occurrence, gradient-boosted trees, and for a simulated bank its own
truth."""

from __future__ import annotations

import lightgbm
import numpy as np

from models.customers import CustomerRecord
from models.simulation import SimulatedBank
from models.training.linear import Floats
from models.training.samples import Samples


def popularity(train: Samples, test: Samples, products: int) -> Floats:
    """Every product by how often it was wanted in training, whoever the customer is."""
    counts = np.bincount(train.wanted, weights=train.weight, minlength=products)
    return np.tile(counts, (len(test), 1))


def co_occurrence(train: Samples, test: Samples, products: int) -> Floats:
    """The sum over held products of the share of their training holders who wanted the product; popularity breaks
    ties."""
    wanted = np.zeros((len(train), products))
    wanted[np.arange(len(train)), train.wanted] = train.weight
    held = train.held.astype(np.float64)
    together = held.T @ wanted
    holders = held.T @ train.weight
    shares = together / (holders[:, None] + 1.0)
    popular = popularity(train, test, products)
    result: Floats = test.held.astype(np.float64) @ shares + 1e-6 * popular / popular.max()
    return result


def boosted_trees(train: Samples, test: Samples, products: int, seed: int) -> Floats:
    """LightGBM multiclass on the same vectors and weights; products never wanted in training get nothing."""
    classes, labels = np.unique(train.wanted, return_inverse=True)
    data = lightgbm.Dataset(train.matrix, label=labels, weight=train.weight)
    parameters: dict[str, str | int | float | bool] = {
        "objective": "multiclass",
        "num_class": len(classes),
        "num_leaves": 7,
        "learning_rate": 0.05,
        "min_data_in_leaf": 20,
        "feature_fraction": 0.5,
        "lambda_l2": 5.0,
        "seed": seed,
        "deterministic": True,
        "force_row_wise": True,
        "num_threads": 1,
        "verbosity": -1,
    }
    booster = lightgbm.train(parameters, data, num_boost_round=80)
    scores = np.zeros((len(test), products))
    scores[:, classes] = np.asarray(booster.predict(test.matrix))
    return scores


def simulator_truth(bank: SimulatedBank, records: list[CustomerRecord]) -> Floats:
    """The simulated customers' true utilities: no ranker can do better on average."""
    return np.array([bank.utilities(record.profile, record.holdings) for record in records])
