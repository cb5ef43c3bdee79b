"""What the model must beat: popularity, co-occurrence, logistic regression, gradient-boosted trees."""

from __future__ import annotations

import lightgbm
import numpy as np
from sklearn.linear_model import LogisticRegression

from models.training.linear import Floats
from models.training.samples import Samples

BASELINES = ("popularity", "cooccurrence", "logistic", "lightgbm")


def popularity(train: Samples, test: Samples, products: int) -> Floats:
    """Every product by how often it was wanted in training, whoever the customer is."""
    counts = np.bincount(train.wanted, weights=train.weight, minlength=products)
    return np.tile(counts / counts.sum(), (len(test), 1))


def co_occurrence(train: Samples, test: Samples, products: int) -> Floats:
    """The sum over held products of the share of their training holders who wanted the product; popularity breaks
    ties."""
    wanted = np.zeros((len(train), products))
    wanted[np.arange(len(train)), train.wanted] = train.weight
    held = train.held.astype(np.float64)
    together = held.T @ wanted
    holders = held.T @ train.weight
    shares = together / (holders[:, None] + 1.0)
    result: Floats = test.held.astype(np.float64) @ shares + 1e-6 * popularity(train, test, products)
    return result


def logistic(asked: Samples, test: Samples, products: int) -> Floats:
    """Scikit-learn's multinomial logistic regression with its defaults, on the questions as they were asked; popularity
    where only one product was wanted."""
    if len(np.unique(asked.wanted)) < 2:
        return popularity(asked, test, products)
    learner = LogisticRegression(max_iter=1000)
    learner.fit(asked.matrix.astype(np.float64), asked.wanted, sample_weight=asked.weight)
    scores = np.zeros((len(test), products))
    scores[:, learner.classes_] = learner.predict_proba(test.matrix.astype(np.float64))
    return scores


def boosted_trees(train: Samples, test: Samples, products: int, seed: int) -> Floats:
    """LightGBM multiclass on the same rows and weights; products never wanted in training get nothing; popularity where
    only one product was wanted."""
    classes, labels = np.unique(train.wanted, return_inverse=True)
    if len(classes) < 2:
        return popularity(train, test, products)
    data = lightgbm.Dataset(train.matrix, label=labels, weight=train.weight)
    parameters: dict[str, str | int | float | bool] = {
        "objective": "multiclass",
        "num_class": len(classes),
        "num_leaves": 7 if len(train) < 20_000 else 31,
        "learning_rate": 0.05 if len(train) < 20_000 else 0.1,
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
    scores[:, classes] = np.asarray(booster.predict(test.matrix)).reshape(len(test), len(classes))
    return scores
