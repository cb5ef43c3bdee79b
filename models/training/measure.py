"""Ranking figures with bootstrap intervals, calibration, coverage, and figures by segment."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from sklearn.metrics import roc_auc_score

from models.card import Figure, Gain, Measured, Ranking, SegmentRanking
from models.training.linear import Floats
from models.training.samples import Mask, Positions

Ranks = npt.NDArray[np.int64]
RESAMPLES = 2000
TOP = 3
BINS = 15
SMALLEST_SEGMENT = 20


@dataclass(frozen=True, slots=True)
class Judged:
    """What a ranker said of each question: `ranks` of the wanted product (1 = first), `first` three products' positions
    (-1 where fewer may be offered), `confidence` of the first, 0 to 1; `auc` as in `models.card.Measured`."""

    ranks: Ranks
    first: npt.NDArray[np.int64]
    confidence: Floats
    auc: float | None = None


def judge(probabilities: Floats, barred: Mask, wanted: Positions) -> Judged:
    """A ranker's answers by its probabilities (any non-negative scores that grow with likelihood), among the products
    that are not barred; ties in catalogue order. A wanted product that is barred ranks behind all, and never among the
    first three."""
    masked = np.where(barred, -np.inf, probabilities)
    order = np.argsort(-masked, axis=1, kind="stable")
    ranks = np.argmax(order == wanted[:, None], axis=1).astype(np.int64) + 1
    rows = np.arange(len(wanted))
    ranks[barred[rows, wanted]] = max(probabilities.shape[1], TOP) + 1
    first = order[:, :TOP].astype(np.int64)
    first[np.take_along_axis(barred, first, axis=1)] = -1
    total = np.where(barred, 0.0, probabilities).sum(axis=1)
    best = np.where(barred, 0.0, probabilities).max(axis=1)
    confidence = np.divide(best, total, out=np.zeros(len(wanted)), where=total > 0)
    return Judged(ranks, first, confidence, _area(probabilities, barred, wanted))


def _area(probabilities: Floats, barred: Mask, wanted: Positions) -> float | None:
    """The mean over products of the area under the ROC curve; None where no product is both wanted and not wanted."""
    areas = []
    for product in range(probabilities.shape[1]):
        open_to = ~barred[:, product]
        positive = wanted[open_to] == product
        if positive.any() and not positive.all():
            areas.append(roc_auc_score(positive, probabilities[open_to, product]))
    return float(np.mean(areas)) if areas else None


def measured(
    ranker: str,
    judged: Judged,
    wanted: Positions,
    commonest: tuple[int, ...],
    products: int,
    seed: int,
    segment: npt.NDArray[np.str_] | None = None,
) -> Measured:
    """The figures of one ranker, on all questions and on those whose wanted product is not one of the commonest."""
    offered = np.unique(judged.first[judged.first >= 0])
    return Measured(
        ranker=ranker,
        all=ranking(judged.ranks, seed),
        less_common=ranking(judged.ranks[~np.isin(wanted, commonest)], seed),
        ece=round(calibration_error(judged.confidence, judged.ranks == 1), 4),
        coverage=round(len(offered) / products, 4),
        auc=None if judged.auc is None else round(judged.auc, 4),
        segments=by_segment(judged.ranks, segment, seed) if segment is not None else (),
    )


def ranking(ranks: Ranks, seed: int) -> Ranking:
    """hit@1, hit@3, MAP@3 and NDCG@3 of these ranks; with one wanted product MAP is the mean reciprocal rank."""
    return Ranking(
        questions=len(ranks),
        hit_at_1=figure((ranks <= 1).astype(np.float64), seed),
        hit_at_3=figure((ranks <= TOP).astype(np.float64), seed),
        map_at_3=figure(np.where(ranks <= TOP, 1.0 / ranks, 0.0), seed),
        ndcg_at_3=figure(np.where(ranks <= TOP, 1.0 / np.log2(ranks + 1.0), 0.0), seed),
    )


def by_segment(ranks: Ranks, segment: npt.NDArray[np.str_], seed: int) -> tuple[SegmentRanking, ...]:
    """hit@3 of every segment with at least twenty questions, largest first."""
    labels, counts = np.unique(segment, return_counts=True)
    return tuple(
        SegmentRanking(str(labels[at]), int(counts[at]), figure((ranks[segment == labels[at]] <= TOP) * 1.0, seed))
        for at in np.argsort(-counts, kind="stable")
        if counts[at] >= SMALLEST_SEGMENT
    )


def gain(over: str, model: Ranks, other: Ranks, wanted: Positions, commonest: tuple[int, ...], seed: int) -> Gain:
    """The model's hit@3 minus another's on the same questions, paired."""
    difference = (model <= TOP).astype(np.float64) - (other <= TOP).astype(np.float64)
    return Gain(
        over=over, all=figure(difference, seed), less_common=figure(difference[~np.isin(wanted, commonest)], seed)
    )


def figure(values: Floats, seed: int) -> Figure:
    """The mean of `values` with its 95 % percentile bootstrap interval (Efron 1979), rounded to four decimals; all zero
    where there are none."""
    if not len(values):
        return Figure(0.0, 0.0, 0.0)
    rng = np.random.default_rng(seed)
    distinct, counts = np.unique(values, return_counts=True)
    draws = rng.multinomial(len(values), counts / len(values), size=RESAMPLES)
    low, high = np.percentile(draws @ distinct / len(values), [2.5, 97.5])
    return Figure(round(float(values.mean()), 4), round(float(low), 4), round(float(high), 4))


def calibration_error(confidence: Floats, right: npt.NDArray[np.bool_]) -> float:
    """The expected calibration error: mean |how often right - how sure| over bins of equally many questions."""
    if not len(confidence):
        return 0.0
    parts = np.array_split(np.argsort(confidence, kind="stable"), min(BINS, len(confidence)))
    return float(sum(len(part) * abs(right[part].mean() - confidence[part].mean()) for part in parts) / len(confidence))
