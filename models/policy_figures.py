"""The figures of the policy that a bank declares: `[policy]` of its catalogue. Pure (W-05)."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta
from typing import Annotated, Literal

import msgspec

from models.names import Code

SHOWN = 3
"""How many products an advisor is shown (W-05, W-09)."""

Days = Annotated[int, msgspec.Meta(ge=0, le=3650)]
Count = Annotated[int, msgspec.Meta(ge=1, le=1000)]
Factor = Annotated[float, msgspec.Meta(ge=0.01, le=100.0)]


class PolicyFigures(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The declared figures of the policy (W-05).

    Rules. `consent_unknown`: whether a customer who was never asked is offered anything but what they came for.
    A refused product stays out for `cooling_off_days`, or its own days in `cooling_off_days_of`. Of the last
    `fatigue_days` (0 switches the rule off), a product shown in `fatigue_product_most` talks, and the products of a
    category shown in `fatigue_category_most` talks, stay out.

    Arbitration. Products are ordered by probability × `weight_of` the product × `business_boost` if its category
    belongs to the business that the customer came for; at most `category_most` of a category among the first three.

    Exploration, unless `explore` is false: with probability `explore_epsilon` the third place is drawn from the rest,
    each with probability ∝ (probability × factors)^(1 / `explore_temperature`).

    Texts. The first `explain_top` products carry reasons; a category is a predicted preference tag when its weight
    reaches `tag_min_weight`, at most `tag_max` of them, and always the heaviest.
    """

    consent_unknown: Literal["offer", "withhold"] = "offer"
    cooling_off_days: Days = 90
    cooling_off_days_of: Mapping[Code, Days] = msgspec.field(default_factory=dict)
    fatigue_days: Annotated[int, msgspec.Meta(ge=0, le=365)] = 30
    fatigue_product_most: Count = 3
    fatigue_category_most: Count = 6
    weight_of: Mapping[Code, Factor] = msgspec.field(default_factory=dict)
    business_boost: Factor = 1.5
    category_most: Annotated[int, msgspec.Meta(ge=1, le=SHOWN)] = SHOWN
    explore: bool = True
    explore_epsilon: Annotated[float, msgspec.Meta(ge=0.0, le=1.0)] = 0.1
    explore_temperature: Annotated[float, msgspec.Meta(ge=0.05, le=20.0)] = 1.0
    explain_top: Annotated[int, msgspec.Meta(ge=0, le=10)] = 3
    tag_min_weight: Annotated[float, msgspec.Meta(gt=0.0, le=1.0)] = 0.40
    tag_max: Annotated[int, msgspec.Meta(ge=1, le=10)] = 3

    def cooling_off_of(self, product: str) -> timedelta:
        """How long this product stays out after a refusal."""
        return timedelta(days=self.cooling_off_days_of.get(product, self.cooling_off_days))

    @property
    def fatigue(self) -> timedelta:
        """How far back talks count as contacts."""
        return timedelta(days=self.fatigue_days)
