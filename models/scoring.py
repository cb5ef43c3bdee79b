"""What a scorer promises, whatever computes it. Pure (W-05)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

from models.catalogue import Catalogue
from models.customers import CustomerFeatures
from models.features import FloatMatrix, Vectors
from models.reasons import Reason


@dataclass(frozen=True, slots=True)
class Scores:
    """A scored batch, one row per customer: the vectors, and per product of the catalogue its score (log-odds against
    the average product, before holdings are masked) and its probability (0 for held products; a row sums to 1)."""

    vectors: Vectors
    score: FloatMatrix
    probability: FloatMatrix
    version: str


class Scorer(Protocol):
    """Scores customers for the products of one catalogue."""

    @property
    def catalogue(self) -> Catalogue: ...

    @property
    def version(self) -> str: ...

    def score(self, batch: Sequence[CustomerFeatures]) -> Scores:
        """The scores of every customer of the batch, in its order; an empty batch gives empty scores."""

    def explain(self, scores: Scores, chosen: Sequence[Sequence[int]]) -> list[list[tuple[Reason, ...]]]:
        """Per customer and chosen product position, at most three reasons, strongest first, true to the model."""
