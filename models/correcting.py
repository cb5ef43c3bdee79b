"""The corrector of a trained model, made of nothing but the model's artefact: the same model, the same corrector.

The corrector needs the directions in which customers differ: their segment, where there is one, and what the model's
own scores differ in most. The hub may not have the training customers, so they are drawn again from the histograms in
the model's card, column by column, with the Kronecker sequence of the primes' square roots (H. Niederreiter, "Random
Number Generation and Quasi-Monte Carlo Methods", 1992, chapter 3). The directions are rounded, so that
last bits in which another processor's linear algebra differs hardly ever matter.
"""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

from models.correction.corrector import Corrector, CorrectorSettings
from models.correction.projection import Projection, chosen, informative, joined
from models.drift import Histogram
from models.features import FloatMatrix, Rows
from models.scorer import OnnxScorer

INFORMATIVE = 8
"""Directions beside the segments."""

_CUSTOMERS = 1024
_DECIMALS = 6


def corrector_of(scorer: OnnxScorer, settings: CorrectorSettings | None = None) -> Corrector:
    """A corrector of this model that has learned nothing."""
    products = scorer.catalogue.product
    return Corrector(
        scorer,
        [product.code for product in products],
        [product.category for product in products],
        directions_of(scorer),
        settings,
    )


def directions_of(scorer: OnnxScorer) -> Projection:
    """The directions in which customers as the card describes them differ, for this model."""
    rows = typical_rows(scorer.card.reference, scorer.space.raw_names, _CUSTOMERS)
    encoded = scorer.score_rows(Rows(rows, {})).encoded.astype(np.float64)
    segments = tuple(at for at, name in enumerate(scorer.space.names) if name.startswith("segment="))
    found = joined(chosen(encoded, segments), informative(encoded, scorer.model.coefficient, INFORMATIVE))
    return Projection(np.round(found.centre, _DECIMALS), np.round(found.directions, _DECIMALS))


def typical_rows(reference: Sequence[Histogram], names: Sequence[str], count: int) -> FloatMatrix:
    """Raw rows, float32 [count, R], whose columns are distributed as the histograms say and go their own ways."""
    rows = np.full((count, len(names)), np.nan, dtype=np.float32)
    position = {name: at for at, name in enumerate(names)}
    steps = np.arange(1, count + 1, dtype=np.float64)
    known = [one for one in reference if one.column in position]
    for one, prime in zip(known, _primes(len(known)), strict=True):
        where = np.mod(steps * math.sqrt(prime), 1.0)
        bins = np.searchsorted(np.cumsum(one.shares)[:-1], where, side="right")
        rows[:, position[one.column]] = _values(one)[bins]
    return rows


def _values(histogram: Histogram) -> npt.NDArray[np.float32]:
    """A value in each bin, the last is missing: the middle between two edges, and as far outside of the outer ones."""
    edges = np.array(histogram.edges, dtype=np.float64)
    if len(edges) == 1:
        middles = np.array([edges[0] - 0.5, edges[0] + 0.5])
    else:
        middles = np.concatenate(
            [
                [edges[0] - (edges[1] - edges[0]) / 2],
                (edges[:-1] + edges[1:]) / 2,
                [edges[-1] + (edges[-1] - edges[-2]) / 2],
            ]
        )
    return np.append(middles, np.nan).astype(np.float32)


def _primes(count: int) -> list[int]:
    found: list[int] = []
    candidate = 2
    while len(found) < count:
        if all(candidate % prime for prime in found if prime * prime <= candidate):
            found.append(candidate)
        candidate += 1
    return found
