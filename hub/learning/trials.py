"""The trials that go on: a canary against the published model, and that against the one before it (W-16).

Which they are and where they began is the shelf's word, their scores are the log's: after a restart they are the same.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial

from hub.learning import store
from hub.learning.api import WatchStatus
from hub.learning.model import Shelf, Version
from hub.learning.ports import Now
from hub.learning.settings import LearningConfig
from hub.learning.trial import Trial, TrialReport, TrialRules


@dataclass(slots=True)
class Running:
    """A trial of one version against another, from a place in the log on; ``seq`` is the last place it knows."""

    tested: Version
    control: Version
    trial: Trial
    seq: int

    def take(self, seq: int, model: str, score: float) -> None:
        """One visit of the log; each counts once, and only those of the two count."""
        if seq > self.seq:
            self.seq = seq
            if model in (self.tested.version, self.control.version):
                self.trial.add(score, canary=model == self.tested.version)


class Trials:
    """The canary's trial and the watch of the published model, each while the shelf says that it goes on."""

    def __init__(self, settings: LearningConfig) -> None:
        self._settings = settings
        self.canary: Running | None = None
        self.watch: Running | None = None

    def follow(self, shelf: Shelf) -> None:
        """Begin what the shelf says is new, end what is over, and leave the rest as it is."""
        self.canary = _of(self.canary, shelf.canary, shelf.published, self._settings.trial)
        self.watch = _of(self.watch, shelf.published, shelf.holdout, self._settings.watch)

    def open(self, shelf: Shelf, now: Now) -> None:
        """At the hub's start: go on where the log is."""
        self.follow(shelf)
        for running in (self.canary, self.watch):
            if running is not None:
                for seq, model, score in now(partial(store.scores_after, seq=running.seq)):
                    running.take(seq, model, score)

    def take(self, seq: int, model: str, score: float) -> None:
        """One visit of the log, in its order; one that is known already changes nothing."""
        for running in (self.canary, self.watch):
            if running is not None:
                running.take(seq, model, score)

    def canary_report(self) -> TrialReport | None:
        """How the canary does."""
        return self.canary.trial.report() if self.canary is not None else None

    def watch_status(self) -> WatchStatus | None:
        """How the published model does against the hold-out."""
        watch = self.watch
        if watch is None:
            return None
        report = watch.trial.report()
        rest = 1.0 - (self._settings.canary_share if self.canary is not None else 0.0)
        return WatchStatus(
            version=watch.tested.version,
            holdout=watch.control.version,
            share=self._settings.holdout_share * rest,
            until=self._settings.watch_observations,
            visits=report.canary_visits,
            holdout_visits=report.control_visits,
            score=report.canary_score,
            holdout_score=report.control_score,
            difference=report.difference,
            lower=report.lower,
            upper=report.upper,
            evidence=report.evidence,
        )


def _of(
    running: Running | None,
    tested: Version | None,
    control: Version | None,
    rules: TrialRules,
) -> Running | None:
    if tested is None or control is None:
        return None
    if running is not None:
        before = (running.tested.version, running.control.version, running.tested.since)
        if before == (tested.version, control.version, tested.since):
            running.tested = tested  # it may have been released again, under another serial
            return running
    return Running(tested, control, Trial(rules), tested.since)
