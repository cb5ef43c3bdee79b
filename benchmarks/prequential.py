"""Predict each call, then learn from it: models trained once, trained again and again, and corrected online."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import msgspec
import numpy as np
import numpy.typing as npt
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import roc_auc_score

from benchmarks.calls import STREAM, Columns, CustomerColumns, Matrix, stream
from models.correction.dynamic import Block, DynamicLogistic, DynamicSettings, Example
from models.correction.replay import ReplaySettings
from models.datasets.uci_bank import Calls

REFIT_EVERY = 500
HALF_LIFE = 3000
FORGETTING = (
    # level, the stream's state, the customer, the trained model
    (0.9990, 0.9990, 0.9998, 0.9990),
    (0.9950, 0.9990, 0.9996, 0.9990),
    (0.9980, 0.9980, 0.9998, 0.9980),
    (0.9995, 0.9995, 0.9999, 0.9995),
)
"""Forgetting factors of the averaged models, per block; 0.999 halves an event's weight in 693 calls."""
_RECENT = 100
_FURTHEST = 3.0
_ANY_DAY = datetime(2008, 5, 5, tzinfo=UTC)


class Prequential(msgspec.Struct, frozen=True, kw_only=True):
    """Areas under the ROC curve over the same calls, all predicted before they were learned from."""

    auc_once: float
    auc_refit: float
    auc_online: float
    auc_online_columns_only: float
    auc_refit_with_stream: float
    auc_stream_rate: float
    log_loss_once: float
    log_loss_refit: float
    log_loss_online: float
    rows_learned: int
    rows_predicted: int
    rate_learned: float
    rate_predicted: float
    refit_every: int
    refit_half_life: int
    online_half_lives: tuple[int, ...]
    online_weights: tuple[float, ...]


def prequential(calls: Calls, learned: int) -> Prequential:
    """Learn the first `learned` calls, then predict each further call before learning from it."""
    columns = Columns.of(calls.part(0, learned))
    encoded, outcome = columns.encoded(calls), calls.outcome
    state = stream(calls)
    once = _fit(encoded[:learned], outcome[:learned], None)
    base = once.decision_function(encoded)
    refit = _refitted(encoded, outcome, learned)
    wide = np.hstack([encoded, state - state[:learned].mean(axis=0)])
    online, learner = _online(calls, base, learned, state)
    plain, _ = _online(calls, base, learned, None)
    truth = outcome[learned:]
    return Prequential(
        auc_once=_auc(truth, base[learned:]),
        auc_refit=_auc(truth, refit),
        auc_online=_auc(truth, online),
        auc_online_columns_only=_auc(truth, plain),
        auc_refit_with_stream=_auc(truth, _refitted(wide, outcome, learned)),
        auc_stream_rate=_auc(truth, state[learned:, 1]),
        log_loss_once=_log_loss(truth, 1.0 / (1.0 + np.exp(-base[learned:]))),
        log_loss_refit=_log_loss(truth, 1.0 / (1.0 + np.exp(-refit))),
        log_loss_online=_log_loss(truth, online),
        rows_learned=learned,
        rows_predicted=len(truth),
        rate_learned=float(outcome[:learned].mean()),
        rate_predicted=float(truth.mean()),
        refit_every=REFIT_EVERY,
        refit_half_life=HALF_LIFE,
        online_half_lives=tuple(round(np.log(0.5) / np.log(factors[1])) for factors in FORGETTING),
        online_weights=tuple(np.round(learner.core.weight, 4).tolist()),
    )


def _fit(rows: Matrix, outcome: npt.NDArray[np.bool_], weight: Matrix | None) -> LogisticRegression:
    return LogisticRegression(C=1.0, solver="newton-cholesky").fit(rows, outcome, sample_weight=weight)


def _refitted(rows: Matrix, outcome: npt.NDArray[np.bool_], learned: int) -> Matrix:
    """Log-odds by a logistic regression that is fitted to all earlier calls before every `REFIT_EVERY`th call."""
    parts = []
    for start in range(learned, len(rows), REFIT_EVERY):
        age = start - 1 - np.arange(start)
        model = _fit(rows[:start], outcome[:start], 0.5 ** (age / HALF_LIFE))
        parts.append(model.decision_function(rows[start : start + REFIT_EVERY]))
    return np.concatenate(parts)


def _online(calls: Calls, base: Matrix, learned: int, state: Matrix | None) -> tuple[Matrix, DynamicLogistic]:
    """Probabilities by the corrected model; without `state` it sees the call's own columns alone."""
    customer = CustomerColumns.of(calls.part(0, learned))
    context = np.empty((len(calls), 0)) if state is None else state
    inputs = np.hstack([np.ones((len(calls), 1)), context, customer.encoded(calls), _against_recent(base)])
    blocks = [Block("level", 1, 1.0), Block("customer", customer.size, 0.3), Block("model", 1, 0.1)]
    factors: tuple[tuple[float, ...], ...] = FORGETTING
    if state is None:
        factors = tuple((0.98, customer_factor, model) for _, _, customer_factor, model in FORGETTING)
    else:
        blocks.insert(1, Block("stream", len(STREAM), 1.0))
    settings = DynamicSettings(tuple(blocks), factors, replay=ReplaySettings(window=0, remembered=0))
    learner = DynamicLogistic(settings)
    foretold = np.empty(len(calls))
    for at, (row, outcome) in enumerate(zip(inputs, calls.outcome.tolist(), strict=True)):
        if at >= learned:
            foretold[at] = learner.predict(row)[0]
        learner.update(Example(f"{at:08d}", _ANY_DAY + timedelta(seconds=at), tuple(row.tolist()), outcome))
    return foretold[learned:], learner


def _against_recent(base: Matrix) -> Matrix:
    """How much likelier the trained model finds a call than those just before it, in log-odds cut to ±3, [calls, 1].

    Its level is worth nothing once months and economy have left what it was trained on; its order may be.
    """
    keep = 0.5 ** (1.0 / _RECENT)
    level = float(base[0])
    found = np.empty((len(base), 1))
    for at, value in enumerate(base.tolist()):
        found[at] = value - level
        level = keep * level + (1.0 - keep) * value
    return np.clip(found, -_FURTHEST, _FURTHEST)


def _auc(truth: npt.NDArray[np.bool_], foretold: Matrix) -> float:
    return float(roc_auc_score(truth, foretold))


def _log_loss(truth: npt.NDArray[np.bool_], probability: Matrix) -> float:
    kept = np.clip(probability, 1e-12, 1.0 - 1e-12)
    return float(-np.mean(np.log(np.where(truth, kept, 1.0 - kept))))
