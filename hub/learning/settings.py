"""How the hub learns from feedback: the keys of ``[learning]``. Pure (W-16)."""

from typing import Annotated

import msgspec
from msgspec import Meta

from hub.learning.trial import TrialRules

Count = Annotated[int, Meta(ge=1, le=1_000_000)]
Share = Annotated[float, Meta(ge=0.0, le=1.0)]


class LearningConfig(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """``enabled`` false: feedback is recorded, and no model is made of it.

    After every ``candidate_every`` observations a candidate is made. It learns from all but the newest
    ``judge_observations`` (half of the log while that is shorter, and at least ``judge_least``) and is judged on these.
    The gate lets it through when at ``confidence`` it loses no more than ``epsilon`` products taken a visit.

    The canary ranks ``canary_share`` of the visits, and that share of the devices has it. After ``canary_observations``
    of its visits have feedback it is published unless its mean is more than ``tolerance`` below the others'; still
    undecided after ``canary_patience`` times as many, or proved worse at ``alpha`` at any time before, it is rolled
    back. So it is when ``install_failures`` devices refused or failed to install it.

    Once published, it is watched: ``holdout_share`` of the visits that no canary ranks (0: none, and no watch) is still
    ranked by the model before it. Proved worse than that, by the same ``tolerance`` and ``alpha``, it is rolled back.
    The watch is over after ``watch_observations`` of the published model's visits have feedback, or with the next
    publication. Of models that are not in use the files of the newest ``keep_models`` are kept.

    ``trusted_keys``: public keys, as files, whose models this hub takes beside its own.
    """

    enabled: bool = True
    candidate_every: Count = 200
    judge_observations: Annotated[int, Meta(ge=10, le=100_000)] = 600
    judge_least: Annotated[int, Meta(ge=10, le=100_000)] = 200
    epsilon: Share = 0.02
    confidence: Annotated[float, Meta(gt=0.5, lt=1.0)] = 0.95
    canary_share: Annotated[float, Meta(gt=0.0, le=0.5)] = 0.2
    canary_observations: Count = 100
    canary_patience: Annotated[int, Meta(ge=1, le=100)] = 4
    holdout_share: Annotated[float, Meta(ge=0.0, le=0.5)] = 0.05
    watch_observations: Count = 2000
    tolerance: Share = 0.02
    alpha: Annotated[float, Meta(gt=0.0, le=0.2)] = 0.025
    install_failures: Count = 3
    checkpoint_every: Count = 100
    look_every_s: Annotated[float, Meta(gt=0.0, le=3600.0)] = 2.0
    keep_models: Annotated[int, Meta(ge=1, le=10_000)] = 10
    trusted_keys: tuple[str, ...] = ()

    @property
    def trial(self) -> TrialRules:
        """The rules of a canary."""
        return TrialRules(
            alpha=self.alpha,
            tolerance=self.tolerance,
            enough=self.canary_observations,
            most=self.canary_observations * self.canary_patience,
        )

    @property
    def watch(self) -> TrialRules:
        """The rules of a published model's watch: the same test, with no word on being as good before its end."""
        return TrialRules(
            alpha=self.alpha,
            tolerance=self.tolerance,
            enough=self.watch_observations,
            most=self.watch_observations,
        )
