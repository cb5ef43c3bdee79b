"""The gate: a candidate is published only when the log says that it is not worse. Pure (W-16).

Not worse: the lower bound of its gain over the current model, in products taken a visit, is at least -ε. Where the log
cannot say it, the answer is no, with the reason.
"""

from __future__ import annotations

from typing import Annotated

import msgspec
import numpy as np

from models.evaluation.errors import EvaluationError
from models.evaluation.estimators import (
    Bootstrap,
    Estimator,
    Interval,
    effective_size,
    gains,
    item_weights,
    percentiles,
    resampled,
    terms,
    values,
)
from models.evaluation.expectation import expectations
from models.evaluation.visits import Floats, LoggedVisits, Policy


class GateSettings(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What a candidate needs.

    `epsilon`: how many products a visit it may be worse, at the lower end of the two-sided interval of `confidence`;
    `least_visits`; `least_effective`: the effective number of products in the log that the candidate would show and the
    current model not; `least_support`: the share of what the candidate newly shows that are products which the log has
    shown at all."""

    epsilon: Annotated[float, msgspec.Meta(ge=0.0, le=3.0)] = 0.02
    confidence: Annotated[float, msgspec.Meta(ge=0.5, le=0.999)] = 0.95
    estimator: Estimator = Estimator.DR
    least_visits: Annotated[int, msgspec.Meta(ge=1)] = 500
    least_effective: Annotated[float, msgspec.Meta(ge=0.0)] = 50.0
    least_support: Annotated[float, msgspec.Meta(ge=0.0, le=1.0)] = 0.98
    resamples: Annotated[int, msgspec.Meta(ge=100, le=100_000)] = 2000
    seed: Annotated[int, msgspec.Meta(ge=0)] = 0


class ProductGain(msgspec.Struct, frozen=True):
    """A product's part of the gain, and in which share of the visits it is shown by each policy and was by the log."""

    code: str
    gain: Interval
    candidate_share: float
    current_share: float
    logged_share: float


class Verdict(msgspec.Struct, frozen=True, kw_only=True):
    """The gate's answer.

    `gain`, `lower_bound` and `upper_bound` are by the deciding estimator; `reasons` says why not, empty when published;
    `disputed`: visits that the models plan differently; `effective`: size of the log for what the candidate newly
    shows, `effective_all` for all that it shows."""

    published: bool
    gain: float
    lower_bound: float
    upper_bound: float
    epsilon: float
    confidence: float
    estimator: Estimator
    estimators: dict[str, Interval]
    candidate_value: dict[str, Interval]
    current_value: dict[str, Interval]
    observations: int
    disputed: int
    effective: float
    effective_all: float
    support: float
    candidate: str
    current: str
    products: tuple[ProductGain, ...]
    reasons: tuple[str, ...]


def decide(visits: LoggedVisits, candidate: Policy, current: Policy, settings: GateSettings | None = None) -> Verdict:
    """Whether the candidate may replace the current model, by the log. `EvaluationError` for an empty log."""
    settings = settings or GateSettings()
    for policy in (candidate, current):
        if policy.inclusion.shape != visits.offered.shape:
            raise EvaluationError(f"{policy.name}: {policy.inclusion.shape} for a log of {visits.offered.shape}")
    if len(visits) == 0:
        raise EvaluationError("the log is empty; a candidate is judged on logged visits")
    bootstrap = Bootstrap(settings.resamples, settings.seed, settings.confidence)
    expected = expectations(visits, (current, candidate))
    ours, theirs = terms(visits, candidate, expected), terms(visits, current, expected)
    gain = gains(ours, theirs, bootstrap)
    decisive = gain[settings.estimator]
    disputed = np.abs(candidate.inclusion - current.inclusion) > 1e-9
    newly = np.maximum(candidate.inclusion - current.inclusion, 0.0)
    effective = effective_size(np.where(visits.shown, newly / visits.propensity, 0.0))
    support = _support(visits, candidate, current)
    reasons = []
    if len(visits) < settings.least_visits:
        reasons.append(f"too few visits: {len(visits)}, at least {settings.least_visits} are needed")
    if newly.any() and effective < settings.least_effective:
        reasons.append(
            f"the log says too little about what would change: effective size {effective:.1f}, at least "
            f"{settings.least_effective:g} is needed; collect more visits or explore more"
        )
    if support < settings.least_support:
        reasons.append(_unsupported(visits, candidate, current, support, settings))
    if not decisive.lower >= -settings.epsilon:
        reasons.append(
            f"it may be worse: the gain's lower bound is {decisive.lower:+.4f} products a visit, "
            f"at least {-settings.epsilon:+.4f} is needed"
        )
    return Verdict(
        published=not reasons,
        gain=decisive.value,
        lower_bound=decisive.lower,
        upper_bound=decisive.upper,
        epsilon=settings.epsilon,
        confidence=settings.confidence,
        estimator=settings.estimator,
        estimators={name.value: interval for name, interval in gain.items()},
        candidate_value={name.value: interval for name, interval in values(ours, bootstrap).items()},
        current_value={name.value: interval for name, interval in values(theirs, bootstrap).items()},
        observations=len(visits),
        disputed=int(disputed.any(axis=1).sum()),
        effective=effective,
        effective_all=effective_size(item_weights(visits, candidate)),
        support=support,
        candidate=candidate.name,
        current=current.name,
        products=_per_product(visits, candidate, current, expected, bootstrap),
        reasons=tuple(reasons),
    )


def _newly_shown(candidate: Policy, current: Policy) -> Floats:
    newly: Floats = np.maximum(candidate.inclusion - current.inclusion, 0.0).sum(axis=0)
    return newly


def _support(visits: LoggedVisits, candidate: Policy, current: Policy) -> float:
    newly = _newly_shown(candidate, current)
    total = float(newly.sum())
    return float(newly[visits.shown.any(axis=0)].sum()) / total if total > 0.0 else 1.0


def _unsupported(
    visits: LoggedVisits, candidate: Policy, current: Policy, support: float, settings: GateSettings
) -> str:
    newly, seldom = _newly_shown(candidate, current).tolist(), visits.shown.sum(axis=0).tolist()
    never = [code for code, count, seen in zip(visits.codes, newly, seldom, strict=True) if count > 0.0 and not seen]
    return (
        f"no evidence about products that the log never showed: {', '.join(never)} ({1.0 - support:.1%} of what the "
        f"candidate newly shows, at most {1.0 - settings.least_support:.1%} is allowed)"
    )


def _per_product(
    visits: LoggedVisits, candidate: Policy, current: Policy, expected: Floats, bootstrap: Bootstrap
) -> tuple[ProductGain, ...]:
    change = candidate.inclusion - current.inclusion
    surprise = np.where(visits.shown, (visits.taken - expected) / visits.propensity, 0.0)
    part = change * (expected + surprise)
    draws = resampled(part, bootstrap)
    mean = part.mean(axis=0)
    return tuple(
        ProductGain(
            code,
            percentiles(float(mean[at]), draws[:, at], bootstrap),
            float(candidate.inclusion[:, at].mean()),
            float(current.inclusion[:, at].mean()),
            float(visits.shown[:, at].mean()),
        )
        for at, code in enumerate(visits.codes)
    )
