"""Ranking figures with bootstrap intervals."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from models.card import Figure, Gain, Measured, Ranking
from models.training.linear import Floats
from models.training.samples import Mask, Positions

Ranks = npt.NDArray[np.int64]
RESAMPLES = 2000


def ranks_of(scores: Floats, barred: Mask, wanted: Positions) -> Ranks:
    """The wanted product's place (1 = first) among the products that are not barred; ties in catalogue order."""
    masked = np.where(barred, -np.inf, scores)
    order = np.argsort(-masked, axis=1, kind="stable")
    places: Ranks = np.argmax(order == wanted[:, None], axis=1).astype(np.int64) + 1
    return places


def measured(ranker: str, ranks: Ranks, wanted: Positions, commonest: tuple[int, ...], seed: int) -> Measured:
    """The figures of one ranker, on all customers and on those whose wanted product is not one of the commonest."""
    return Measured(
        ranker=ranker,
        all=ranking(ranks, seed),
        less_common=ranking(ranks[~np.isin(wanted, commonest)], seed),
    )


def ranking(ranks: Ranks, seed: int) -> Ranking:
    """hit@1, hit@3, MAP@5 and NDCG@5 of these ranks; with one relevant product MAP is the mean reciprocal rank."""
    return Ranking(
        customers=len(ranks),
        hit_at_1=figure((ranks <= 1).astype(np.float64), seed),
        hit_at_3=figure((ranks <= 3).astype(np.float64), seed),
        map_at_5=figure(np.where(ranks <= 5, 1.0 / ranks, 0.0), seed),
        ndcg_at_5=figure(np.where(ranks <= 5, 1.0 / np.log2(ranks + 1.0), 0.0), seed),
    )


def gain(over: str, model: Ranks, other: Ranks, wanted: Positions, commonest: tuple[int, ...], seed: int) -> Gain:
    """The model's hit@3 minus another's on the same customers, paired."""
    difference = (model <= 3).astype(np.float64) - (other <= 3).astype(np.float64)
    return Gain(
        over=over, all=figure(difference, seed), less_common=figure(difference[~np.isin(wanted, commonest)], seed)
    )


def figure(values: Floats, seed: int) -> Figure:
    """The mean of `values` with its 95 % percentile bootstrap interval (Efron 1979), rounded to four decimals."""
    rng = np.random.default_rng(seed)
    means = np.array([values[rng.integers(len(values), size=len(values))].mean() for _ in range(RESAMPLES)])
    low, high = np.percentile(means, [2.5, 97.5])
    return Figure(round(float(values.mean()), 4), round(float(low), 4), round(float(high), 4))
