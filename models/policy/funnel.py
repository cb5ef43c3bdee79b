"""The analysis of one customer as it is stored: ranked, removed, preferences, and how many passed each rule. Pure."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence

import msgspec

from models.policy.removal import Removed, Rule
from models.policy_figures import SHOWN, PolicyFigures
from models.reasons import Reason


class RankedProduct(msgspec.Struct, frozen=True, omit_defaults=True, gc=False):
    """A product on offer, its probability among the products the customer does not hold, and at most three reasons.

    `propensity`: the probability, given this customer and this model, that the policy has it among the first three; 0
    where it could not be. `explored`: it stands third by draw, not by rank. `factor`: by how much arbitration
    multiplied the probability to order it. `held_back`: it would be among the first three, had its category not already
    filled its places.
    """

    code: str
    probability: float
    reasons: tuple[Reason, ...] = ()
    propensity: float = 1.0
    explored: bool = False
    factor: float = 1.0
    held_back: bool = False


class Tag(msgspec.Struct, frozen=True, gc=False):
    """A preference: a product category and its share (0–1) of the ranked probability."""

    code: str
    weight: float


class Stage(msgspec.Struct, frozen=True):
    """How many products came to a stage of the funnel and how many it let through."""

    name: str
    before: int
    after: int


ARBITRATION = "arbitration"
TOP = "top"


class Funnel(msgspec.Struct, frozen=True, kw_only=True):
    """The analysis of one customer: ranked products in the order shown, removed products in the catalogue's order,
    preferences heaviest first.

    `raw` is the model's input row (little-endian float32) and `feature_hash` says which input that is; both are empty
    in an analysis of before they were kept.
    """

    ranked: tuple[RankedProduct, ...]
    removed: tuple[Removed, ...]
    tags: tuple[Tag, ...]
    predicted_tags: tuple[str, ...]
    version: str
    raw: bytes = b""
    feature_hash: str = ""

    @property
    def shown(self) -> tuple[RankedProduct, ...]:
        """What the advisor is shown: the first three."""
        return self.ranked[:SHOWN]

    @property
    def offered(self) -> tuple[str, ...]:
        """The products that the rules let through, best first by the model alone."""
        return tuple(product.code for product in sorted(self.ranked, key=lambda product: -product.probability))

    @property
    def stages(self) -> tuple[Stage, ...]:
        """Every stage in order; each begins with what the one before let through, the first with all products."""
        removals = Counter(removed.rule for removed in self.removed)
        left = len(self.ranked) + len(self.removed)
        stages = []
        for rule in Rule:
            stages.append(Stage(rule.value, left, left - removals[rule]))
            left -= removals[rule]
        return (*stages, Stage(ARBITRATION, left, left), Stage(TOP, left, len(self.shown)))


def predicted_tags(tags: Sequence[Tag], figures: PolicyFigures) -> tuple[str, ...]:
    """The tags that count as predicted for the match score (W-15): the heaviest, and each further one whose weight
    reaches `tag_min_weight`, at most `tag_max`."""
    return tuple(
        tag.code for i, tag in enumerate(tags[: figures.tag_max]) if i == 0 or tag.weight >= figures.tag_min_weight
    )
