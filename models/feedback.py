"""What is learned from: one visit's plan as the model saw it, and what the customer did (W-14, W-16). Pure."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated

import msgspec

Probability = Annotated[float, msgspec.Meta(ge=0.0, le=1.0)]


class Shown(msgspec.Struct, frozen=True):
    """A product that the advisor saw among the first, and how likely the policy was to show it.

    `propensity`: the probability, given this customer and this model, that the product was among those shown; 1 where
    nothing was left to chance.
    """

    code: str
    propensity: Annotated[float, msgspec.Meta(gt=0.0, le=1.0)]


class Observation(msgspec.Struct, frozen=True, kw_only=True):
    """The feedback of one visit with everything that is needed to learn from it again, byte for byte.

    `id` names the visit: a second observation with it is a duplicate. `at` is when the feedback was given (aware, UTC).
    `raw` is the model's input row (little-endian float32) and `feature_hash` says which input that is. `offered` are
    the products that the rules let through, best first by the model; `shown` those that the advisor saw; `taken` and
    `refused` may hold any product. `match_score` is 0 to 1 (W-15).
    """

    id: str
    at: datetime
    model: str
    feature_hash: str
    raw: bytes
    offered: tuple[str, ...]
    shown: tuple[Shown, ...]
    taken: tuple[str, ...]
    refused: tuple[str, ...]
    match_score: Probability
