"""Small regression trees added to a linear score, and their exact Shapley values. Pure.

Path-dependent TreeSHAP (Lundberg, Erion, Lee, "Consistent Individualized Feature Attribution for Tree Ensembles",
2018; algorithm 1's conditional expectation): what a tree would say on average over the training customers if only some
of the features were known. For trees of at most eight leaves all coalitions are enumerated once, when a product is
first explained (about a millisecond a tree); explaining a customer is then a table look-up.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from math import factorial

import numpy as np
import numpy.typing as npt

Floats = npt.NDArray[np.float64]
Positions = npt.NDArray[np.int64]
FloatMatrix = npt.NDArray[np.float32]

DEPTH = 3
SPLITS = 2**DEPTH - 1
LEAVES = 2**DEPTH
_PATTERNS = 2**SPLITS


@dataclass(frozen=True, slots=True)
class Trees:
    """T complete trees of depth 3, as arrays; a shorter branch is filled with splits that always go left.

    `feature` [T, 7] int64: entry of the encoded row that a split looks at (heap order: root, its children, theirs);
    `threshold` [T, 7] float32: left when value <= threshold; `value` [T, 8] float32: what a leaf adds to the score,
    left to right; `cover` [T, 8] float32: how many training customers came there; `product` [T] int64: whose score.
    """

    feature: Positions
    threshold: FloatMatrix
    value: FloatMatrix
    cover: FloatMatrix
    product: Positions

    def __len__(self) -> int:
        return len(self.product)

    def decisions(self, encoded: FloatMatrix, at: Positions) -> npt.NDArray[np.bool_]:
        """Whether each split of the trees `at` sends each row right, [N, len(at), 7]."""
        result: npt.NDArray[np.bool_] = encoded[:, self.feature[at]] > self.threshold[at]
        return result

    def leaves(self, encoded: FloatMatrix) -> Positions:
        """Which leaf each row comes to, [N, T]."""
        right = self.decisions(encoded, np.arange(len(self))).astype(np.int64)
        node = np.zeros(right.shape[:2], dtype=np.int64)
        for _ in range(DEPTH):
            node = 2 * node + 1 + np.take_along_axis(right, node[:, :, None], axis=2)[:, :, 0]
        leaves: Positions = node - SPLITS
        return leaves

    def scores(self, encoded: FloatMatrix, products: int) -> Floats:
        """What the trees add to each product's score, [N, products]."""
        said = self.value.astype(np.float64)[np.arange(len(self)), self.leaves(encoded)]
        result = np.zeros((len(encoded), products))
        for tree in range(len(self)):
            result[:, self.product[tree]] += said[:, tree]
        return result

    def expected(self, products: int) -> Floats:
        """What the trees add on average over the training customers, [products]."""
        cover = self.cover.astype(np.float64)
        mean = (self.value * cover).sum(axis=1) / np.maximum(cover.sum(axis=1), 1e-9)
        return np.bincount(self.product, weights=mean, minlength=products).astype(np.float64)


class TreeExplainer:
    """Exact Shapley values of `Trees`, by table: per tree and per pattern of its seven decisions, a share per split.

    A feature that a tree splits on more than once has its share at the first of those splits, zero at the others.
    """

    def __init__(self, trees: Trees) -> None:
        self._trees = trees
        self._of_product: dict[int, Positions] = {
            int(code): np.flatnonzero(trees.product == code) for code in np.unique(trees.product)
        }
        self._shares: dict[int, FloatMatrix] = {}
        self._weights = 2 ** np.arange(SPLITS)

    def prepare(self) -> None:
        """Compute every table now, a third of a millisecond a tree, instead of when a product is first explained."""
        for product in self._of_product:
            self._table(product)

    def contributions(self, encoded: FloatMatrix, product: int) -> FloatMatrix:
        """What each entry of the encoded rows adds to the product's score, [N, F]; rows sum to score - expected."""
        result = np.zeros(encoded.shape, dtype=np.float32)
        at = self._of_product.get(product)
        if at is None:
            return result
        shares = self._table(product)
        patterns = self._trees.decisions(encoded, at) @ self._weights
        found = shares[np.arange(len(at)), patterns]
        features = self._trees.feature[at].ravel()
        for row in range(len(encoded)):
            result[row] = np.bincount(features, weights=found[row].ravel(), minlength=encoded.shape[1])
        return result

    def _table(self, product: int) -> FloatMatrix:
        found = self._shares.get(product)
        if found is None:
            tables = [_tree_table(self._trees, int(tree)) for tree in self._of_product[product]]
            found = self._shares[product] = np.stack(tables)
        return found


def _tree_table(trees: Trees, tree: int) -> FloatMatrix:
    """The Shapley values of one tree for all patterns of decisions, [128, 7]."""
    feature, cover = trees.feature[tree].tolist(), trees.cover[tree].astype(np.float64)
    weights = [_weights(cover, at) for at in range(SPLITS)]
    used = list(dict.fromkeys(feature[at] for at, (left, right) in enumerate(weights) if left > 0.0 and right > 0.0))
    table = np.zeros((_PATTERNS, SPLITS), dtype=np.float32)
    if not used:
        return table
    subsets = np.arange(2 ** len(used))
    known = np.array([[(subsets >> used.index(one) & 1) if one in used else subsets * 0] for one in feature])[:, 0] > 0
    right = (np.arange(_PATTERNS)[:, None] >> np.arange(SPLITS)) & 1 > 0
    means: list[Floats] = [np.zeros((1, 1))] * SPLITS
    means += [np.full((1, 1), value) for value in trees.value[tree].astype(np.float64)]
    for at in reversed(range(SPLITS)):
        low, high = means[2 * at + 1], means[2 * at + 2]
        left, other = weights[at]
        if other <= 0.0 or left <= 0.0:
            means[at] = low if other <= 0.0 else high
        else:
            mixed = (left * low + other * high) / (left + other)
            means[at] = np.where(known[at][:, None], np.where(right[:, at], high, low), mixed)
    table[:, [feature.index(one) for one in used]] = (_shapley_weights(len(used)) @ means[0]).T
    return table


@cache
def _shapley_weights(players: int) -> Floats:
    """The matrix that turns the worth of every coalition into each player's share, [players, 2 ** players]."""
    weights = np.zeros((players, 2**players))
    for subset in range(2**players):
        size = subset.bit_count()
        for i in range(players):
            if not subset >> i & 1:
                weight = factorial(size) * factorial(players - size - 1) / factorial(players)
                weights[i, subset | 1 << i] += weight
                weights[i, subset] -= weight
    return weights


def _weights(cover: Floats, at: int) -> tuple[float, float]:
    """How many training customers went to the left and to the right of a split."""
    first, count = at, 1
    while first < SPLITS:
        first, count = 2 * first + 1, 2 * count
    below = cover[first - SPLITS : first - SPLITS + count]
    return float(below[: count // 2].sum()), float(below[count // 2 :].sum())
