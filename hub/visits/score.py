"""The match score: how well the plan met what really happened (W-15). Pure."""

from collections.abc import Collection, Sequence
from enum import StrEnum
from typing import Annotated

import msgspec
from msgspec import Meta

from contracts.fields import Share
from contracts.visits import Outcome


class Band(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """From this overlap on, this score."""

    at_least: Share
    score: Share


class ScoreSettings(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Scores per band; the defaults are the specification's. ``product_share`` weighs product against preferences."""

    very_accurate: Share = 1.0
    accurate: Share = 0.6
    inaccurate: Share = 0.0
    overlap_bands: tuple[Band, ...] = (Band(0.8, 0.8), Band(0.5, 0.5), Band(0.2, 0.2))
    below_bands: Share = 0.0
    top: Annotated[int, Meta(ge=1, le=100)] = 3
    product_share: Share = 0.5


class Accuracy(StrEnum):
    """How the product actually taken stood in the plan."""

    VERY_ACCURATE = "very_accurate"
    ACCURATE = "accurate"
    INACCURATE = "inaccurate"


class MatchScore(msgspec.Struct, frozen=True, kw_only=True):
    """The score (0 to 1) and what it is made of; null accuracy: a failure; null overlap: nothing heard."""

    score: float
    accuracy: Accuracy | None
    product_score: float | None
    overlap: float | None
    preference_score: float | None


def match_score(
    *,
    outcome: Outcome,
    taken: Sequence[str],
    heard: Collection[str],
    ranking: Sequence[str],
    predicted: Collection[str],
    settings: ScoreSettings,
) -> MatchScore:
    """Score a visit: on success by the best rank among the products taken, and in any case by the overlap of the tags.

    Where both parts are known they are weighed by ``product_share``; one alone counts whole. A failure where no
    preference was heard says nothing about the plan's tags and scores 0 by its empty overlap.
    """
    accuracy = _accuracy(taken, ranking, settings) if outcome is Outcome.SUCCESS else None
    product_score = _product_score(accuracy, settings)
    overlap = jaccard(heard, predicted) if heard or outcome is Outcome.FAILURE else None
    preference_score = _band(overlap, settings) if overlap is not None else None
    parts = [
        (product_score, settings.product_share),
        (preference_score, 1.0 - settings.product_share),
    ]
    known = [(score, weight) for score, weight in parts if score is not None]
    weights = sum(weight for _, weight in known)
    score = sum(score * weight for score, weight in known) / weights if weights > 0 else known[0][0]
    return MatchScore(
        score=score,
        accuracy=accuracy,
        product_score=product_score,
        overlap=overlap,
        preference_score=preference_score,
    )


def jaccard(one: Collection[str], other: Collection[str]) -> float:
    """|A ∩ B| / |A ∪ B|; 0 when both are empty."""
    union = set(one) | set(other)
    return len(set(one) & set(other)) / len(union) if union else 0.0


def _accuracy(taken: Sequence[str], ranking: Sequence[str], settings: ScoreSettings) -> Accuracy:
    ranks = [ranking.index(product) for product in taken if product in ranking]
    if not ranks:
        return Accuracy.INACCURATE
    return Accuracy.VERY_ACCURATE if min(ranks) < settings.top else Accuracy.ACCURATE


def _product_score(accuracy: Accuracy | None, settings: ScoreSettings) -> float | None:
    match accuracy:
        case None:
            return None
        case Accuracy.VERY_ACCURATE:
            return settings.very_accurate
        case Accuracy.ACCURATE:
            return settings.accurate
        case Accuracy.INACCURATE:
            return settings.inaccurate


def _band(overlap: float, settings: ScoreSettings) -> float:
    for band in sorted(settings.overlap_bands, key=lambda b: -b.at_least):
        if overlap >= band.at_least:
            return band.score
    return settings.below_bands
