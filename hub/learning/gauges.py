"""What learning counts, for Prometheus and for the status."""

from __future__ import annotations

from prometheus_client import CollectorRegistry, Counter, Gauge

from hub.learning.model import Shelf, Version
from hub.learning.store import ScoreOf


class LearningGauges:
    """The room's metrics on the hub's registry, and the match score of each version."""

    def __init__(self, registry: CollectorRegistry) -> None:
        self._model = Gauge(
            "usher_model",
            "1 for each model in use; serial in the label",
            ["version", "stage", "serial"],
            registry=registry,
        )
        self._share = Gauge("usher_model_canary_share", "share of visits that the canary ranks", registry=registry)
        self._holdout = Gauge(
            "usher_model_holdout_share", "share of visits that the model before ranks", registry=registry
        )
        self._rolled_back = Counter(
            "usher_model_rollbacks", "models rolled back, by what did it", ["cause"], registry=registry
        )
        self._visits = Counter(
            "usher_model_visits", "visits with feedback, by the model that ranked them", ["version"], registry=registry
        )
        self._score = Gauge("usher_model_match_score", "mean match score of a model", ["version"], registry=registry)
        self._drift = Gauge(
            "usher_model_drift_psi",
            "population stability index of an input over the last visits",
            ["feature"],
            registry=registry,
        )
        self._gate = Counter(
            "usher_model_candidates", "candidates by what the gate said", ["verdict"], registry=registry
        )
        self.scores: dict[str, ScoreOf] = {}

    def known(self, score: ScoreOf) -> None:
        """What the log says of a version at the start."""
        self.scores[score.version] = score
        self._score.labels(version=score.version).set(score.score)

    def scored(self, version: str, match_score: float) -> None:
        """One more visit of a version."""
        before = self.scores.get(version) or ScoreOf(version, 0, 0.0)
        visits = before.visits + 1
        after = ScoreOf(version, visits, before.score + (match_score - before.score) / visits)
        self.scores[version] = after
        self._visits.labels(version=version).inc()
        self._score.labels(version=version).set(after.score)

    def judged(self, version: Version) -> None:
        """A candidate came from the gate."""
        passed = version.verdict is not None and version.verdict.passed
        self._gate.labels(verdict="forced" if version.forced else "passed" if passed else "refused").inc()

    def rolled_back(self, cause: str) -> None:
        """A canary or the published model gave way: to its "canary" trial, the "watch", a "command" or a "fault"."""
        self._rolled_back.labels(cause=cause).inc()

    def in_use(self, shelf: Shelf, share: float, holdout_share: float) -> None:
        """What the shelf says, and the shares of the canary and of the hold-out while there is one."""
        self._model.clear()
        for one in (shelf.published, shelf.canary):
            if one is not None:
                self._model.labels(version=one.version, stage=one.stage.value, serial=str(one.serial)).set(1)
        share = share if shelf.canary is not None else 0.0
        self._share.set(share)
        self._holdout.set(holdout_share * (1.0 - share) if shelf.holdout is not None else 0.0)

    def drifted(self, psi: dict[str, float]) -> None:
        """How far the customers have moved, where there is news of it."""
        for feature, value in psi.items():
            self._drift.labels(feature=feature).set(value)
