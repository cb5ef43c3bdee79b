"""What a scorer promises, whatever computes it. Pure (W-05)."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import NamedTuple, Protocol

from models.catalogue import Catalogue
from models.customers import CustomerFeatures
from models.features import FloatMatrix, Rows
from models.reasons import Reason


class Scores(NamedTuple):
    """A scored batch, one row per customer.

    `rows`: the model's input; `encoded` [N, F]: what the model made of it; per product of the catalogue its `score`
    (log-odds against the average product, before holdings are masked) and its `probability` (0 for held products; a row
    sums to 1); `version` of the model.
    """

    rows: Rows
    encoded: FloatMatrix
    score: FloatMatrix
    probability: FloatMatrix
    version: str


class Scorer(Protocol):
    """Scores customers for the products of one catalogue."""

    @property
    def catalogue(self) -> Catalogue: ...

    @property
    def version(self) -> str: ...

    @property
    def feature_hash(self) -> str:
        """Which input the model takes (models/features.py)."""

    def score(self, batch: Sequence[CustomerFeatures], now: datetime | None = None) -> Scores:
        """The scores of every customer of the batch, in its order, as of `now`; an empty batch gives empty scores."""

    def score_rows(self, rows: Rows) -> Scores:
        """The scores of raw rows that were made before."""

    def explain(self, scores: Scores, chosen: Sequence[Sequence[int]]) -> list[list[tuple[Reason, ...]]]:
        """Per customer and chosen product position, at most three reasons, strongest first, true to the model."""
