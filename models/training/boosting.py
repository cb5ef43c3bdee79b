"""Small boosted trees on top of the linear model, where the data is large enough to need them."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import replace

import lightgbm
import numpy as np

from models.features import FeatureSpace
from models.training.linear import loss_of
from models.training.samples import Samples
from models.trees import DEPTH, LEAVES, SPLITS, Trees
from models.weights import Floats, RankingModel

MOST_BYTES = 950_000
"""Of the file: below a megabyte (with the graph's own few kilobytes), however many trees are worth it."""
TREE_BYTES = 290
"""What a tree of eight leaves takes in the file, as nodes and as arrays for explaining."""
MOST_ROUNDS = 400
PATIENCE = 20

_NODE = re.compile(r"^(split_feature|threshold|left_child|right_child|leaf_value|leaf_count|decision_type)=(.*)$")


def most_rounds(space: FeatureSpace, classes: int) -> int:
    """How many rounds of one tree per class fit into the file beside weights and encoding, at most `MOST_ROUNDS`."""
    linear = space.size * (4 * len(space.catalogue.product) + 32)
    return max(0, min(MOST_ROUNDS, (MOST_BYTES - linear) // (TREE_BYTES * classes)))


Pair = tuple[Samples, Samples]
"""What to learn from, and customers to check on that were not in it."""


def choose_rounds(
    linears: Sequence[RankingModel], pairs: Sequence[Pair], *, seed: int
) -> tuple[int, float, list[RankingModel]]:
    """How many rounds of trees on these linear models lower the loss of customers not seen most, over all (fit, check)
    pairs, that loss, and each pair's model; 0 and the linear models where trees do not fit into the file or cannot be
    grown (one product wanted only, or none of those wanted by the customers to check on)."""
    if not all(_can_grow(linear.space, fit, check) for linear, (fit, check) in zip(linears, pairs, strict=True)):
        return 0, sum(loss_of(one, check) for one, (_, check) in zip(linears, pairs, strict=True)), list(linears)
    grown = [_grow(linear, fit, check, seed=seed) for linear, (fit, check) in zip(linears, pairs, strict=True)]
    length = min(len(curve) for _, _, curve in grown)
    rounds = int(np.argmin(sum(curve[:length] for _, _, curve in grown))) + 1
    boosted = [
        _with_trees(linear, booster, classes, rounds)
        for linear, (booster, classes, _) in zip(linears, grown, strict=True)
    ]
    return rounds, sum(loss_of(one, check) for one, (_, check) in zip(boosted, pairs, strict=True)), boosted


def boost_for(linear: RankingModel, fit: Samples, rounds: int, *, seed: int) -> RankingModel:
    """The model with `rounds` rounds of trees learned on `fit`."""
    if rounds == 0:
        return linear
    data, classes = _dataset(linear, fit)
    booster = lightgbm.train(_parameters(len(classes), seed), data, num_boost_round=rounds)
    return _with_trees(linear, booster, classes, rounds)


def _can_grow(space: FeatureSpace, fit: Samples, check: Samples) -> bool:
    classes = np.unique(fit.wanted)
    return len(classes) > 1 and most_rounds(space, len(classes)) > 0 and bool(np.isin(check.wanted, classes).any())


def _grow(
    linear: RankingModel, fit: Samples, check: Samples, *, seed: int
) -> tuple[lightgbm.Booster, list[int], Floats]:
    """Trees grown on `fit` until `check` gains no more, whose products they are, and the loss after each round."""
    data, classes = _dataset(linear, fit)
    position = {product: at for at, product in enumerate(classes)}
    seen = check.take(np.isin(check.wanted, classes))
    labels = np.array([position[int(product)] for product in seen.wanted])
    start = linear.scores(seen.matrix)[:, classes]
    valid = lightgbm.Dataset(
        seen.matrix, label=labels, weight=seen.weight, init_score=start.ravel(order="F"), reference=data
    )
    curves: dict[str, dict[str, list[float]]] = {}
    booster = lightgbm.train(
        _parameters(len(classes), seed),
        data,
        num_boost_round=most_rounds(linear.space, len(classes)),
        valid_sets=[valid],
        valid_names=["check"],
        callbacks=[lightgbm.early_stopping(PATIENCE, verbose=False), lightgbm.record_evaluation(curves)],
    )
    return booster, classes, np.array(curves["check"]["multi_logloss"])


def _dataset(linear: RankingModel, fit: Samples) -> tuple[lightgbm.Dataset, list[int]]:
    classes, labels = np.unique(fit.wanted, return_inverse=True)
    start = linear.scores(fit.matrix)[:, classes]
    data = lightgbm.Dataset(fit.matrix, label=labels, weight=fit.weight, init_score=start.ravel(order="F"))
    return data, classes.tolist()


def _parameters(classes: int, seed: int) -> dict[str, str | int | float | bool]:
    return {
        "objective": "multiclass",
        "num_class": classes,
        "max_depth": DEPTH,
        "num_leaves": LEAVES,
        "learning_rate": 0.1,
        "min_data_in_leaf": 20,
        "min_sum_hessian_in_leaf": 1.0,
        "feature_fraction": 0.5,
        "lambda_l2": 5.0,
        "seed": seed,
        "deterministic": True,
        "force_row_wise": True,
        "num_threads": 1,
        "verbosity": -1,
    }


def _with_trees(linear: RankingModel, booster: lightgbm.Booster, classes: list[int], rounds: int) -> RankingModel:
    return replace(linear, trees=trees_of(booster, classes, rounds))


def trees_of(booster: lightgbm.Booster, classes: Sequence[int], rounds: int) -> Trees | None:
    """The trees of a booster's first rounds, one a class in every round, `classes` naming their products; None where no
    tree has a split. At most `DEPTH` deep."""
    text = booster.model_to_string(num_iteration=rounds)
    trees = [_tree(block) for block in text.split("\nTree=")[1:]]
    kept = [(at, one) for at, one in enumerate(trees) if one is not None]
    if not kept:
        return None
    return Trees(
        feature=np.stack([one[0] for _, one in kept]).astype(np.int64),
        threshold=np.stack([one[1] for _, one in kept]).astype(np.float32),
        value=np.stack([one[2] for _, one in kept]).astype(np.float32),
        cover=np.stack([one[3] for _, one in kept]).astype(np.float32),
        product=np.array([classes[at % len(classes)] for at, _ in kept], dtype=np.int64),
    )


def _tree(block: str) -> tuple[Floats, Floats, Floats, Floats] | None:
    """One tree of LightGBM's model text as complete arrays of depth 3; None for a tree without a split."""
    fields = {match[1]: match[2].split() for line in block.splitlines() if (match := _NODE.match(line))}
    if not fields.get("split_feature"):
        return None
    feature, threshold = np.zeros(SPLITS), np.full(SPLITS, np.inf)
    value, cover = np.zeros(LEAVES), np.zeros(LEAVES)

    def place(child: int, at: int) -> None:
        if child >= 0:
            feature[at] = int(fields["split_feature"][child])
            threshold[at] = _below(float(fields["threshold"][child]))
            place(int(fields["left_child"][child]), 2 * at + 1)
            place(int(fields["right_child"][child]), 2 * at + 2)
            return
        leaf = ~child
        while at < SPLITS:
            feature[at] = feature[(at - 1) // 2]
            at = 2 * at + 1
        value[at - SPLITS] = float(fields["leaf_value"][leaf])
        cover[at - SPLITS] = float(fields["leaf_count"][leaf])

    place(0, 0)
    return feature, threshold, value, cover


def _below(threshold: float) -> float:
    """The largest float32 not above a threshold: float32 features compare with it as with the double."""
    rounded = np.float32(threshold)
    return float(np.nextafter(rounded, np.float32(-np.inf)) if float(rounded) > threshold else rounded)
