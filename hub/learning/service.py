"""Use cases of learning: record feedback, move versions along their lives, and say what became of them (W-16).

Each method is one transaction's work; who calls them when is :mod:`hub.learning.loop`'s matter.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Sequence
from datetime import UTC, datetime, timedelta

from hub.events import DomainEvent, FeedbackRecorded
from hub.learning import store
from hub.learning.model import (
    Change,
    Impossible,
    Shelf,
    Stage,
    Version,
    add,
    apply,
    base_of,
    found,
    lift,
    out_of_use,
    rebase,
    retire,
)
from hub.learning.ports import Made
from hub.learning.trial import Finding, TrialReport
from hub.storage import UnitOfWork
from models.feedback import Observation, Shown

log = logging.getLogger(__name__)

LATE = timedelta(seconds=60)
"""Feedback that comes later than this after it was said, by the device's corrected clock, was waiting offline."""

_SMALLEST_PROPENSITY = 1e-9

_CONCLUSIONS = {
    Finding.NOT_WORSE: (Change.PROMOTE, "not worse than the others"),
    Finding.WORSE: (Change.ROLL_BACK, "its match score fell"),
    Finding.UNDECIDED: (Change.ROLL_BACK, "still not shown to be as good"),
}

_WATCHED = {
    Finding.WORSE: (Change.ROLL_BACK, "its match score fell after it was published"),
    Finding.NOT_WORSE: (Change.SETTLE, "the watch is over, it is not worse than the one before"),
    Finding.UNDECIDED: (Change.SETTLE, "the watch is over, it is not proved worse than the one before"),
}


class LearningService:
    """The room's transactions. ``base``: the version of the model that came with the hub; ``watch``: what is published
    is watched."""

    def __init__(self, base: str, *, wake: Callable[[], None], watch: bool) -> None:
        self._base = base
        self._watch = watch
        self._wake = wake
        self._last_at = datetime.min.replace(tzinfo=UTC)

    def on_feedback(self, unit: UnitOfWork, events: Sequence[DomainEvent]) -> None:
        """Feedback goes into the log, in the transaction that takes it in; it is learned from afterwards."""
        for event in events:
            if isinstance(event, FeedbackRecorded) and event.demand.raw:
                store.record(unit, observation_of(event, self._at(unit.now, event.at)))
        self._wake()

    def _at(self, now: datetime, said: datetime) -> datetime:
        """When feedback counts as given: as it comes, each after the one before; long after it was said, at its time.

        Devices' clocks differ by more than feedback is apart, and what comes in order is learned with the least work.
        """
        if now - said > LATE:
            return said
        self._last_at = max(now, self._last_at + timedelta(microseconds=1))
        return self._last_at

    def open(self, unit: UnitOfWork) -> Shelf:
        """The shelf at the hub's start, with the model that came with it on it."""
        before = store.load_shelf(unit)
        if not before.versions:
            after = found(self._base, unit.now)
        elif base_of(before) != self._base:
            after = rebase(before, self._base, unit.now)
        else:
            return before
        store.save_shelf(unit, before, after)
        return after

    def take_in(
        self, unit: UnitOfWork, made: Made, *, against: str, observed: int, learned_to: int, force: str
    ) -> Version | Impossible:
        """A candidate that was made and judged: refused, or past the gate by itself or by ``force`` (the reason), and
        then to its canary. What was judged ``against`` another than is published now was not judged at all."""
        before = store.load_shelf(unit)
        published = before.published
        if published is None:
            return Impossible("no model is published")
        candidate = Version(
            version=made.version,
            parent=published.version,
            stage=Stage.CANDIDATE,
            made_at=unit.now,
            changed_at=unit.now,
            why=f"learned from {made.learned} observations",
            learned=made.learned,
            learned_to=learned_to,
            digest=made.digest,
            content=made.content,
            observed=observed,
            verdict=made.verdict,
        )
        after = add(before, candidate)
        if isinstance(after, Impossible):
            return after
        store.save_shelf(unit, before, after)
        stale = "" if published.version == against else f"judged against {against}, which is no longer in use"
        if made.verdict.passed and not stale:
            return self._let_through(unit, made.version, Change.PASS, made.verdict.why)
        if force:
            return self.force(unit, made.version, force)
        refused = self._apply(unit, made.version, Change.REFUSE, stale or made.verdict.why)
        return refused if isinstance(refused, Impossible) else _named(refused, made.version)

    def force(self, unit: UnitOfWork, version: str, why: str) -> Version | Impossible:
        """A candidate to its canary against the gate's word; both are kept."""
        one = store.load_shelf(unit).named(version)
        said = one.verdict.why if one is not None and one.verdict is not None else "nothing"
        return self._let_through(unit, version, Change.FORCE, f"forced past the gate: {why}; the gate said: {said}")

    def _let_through(self, unit: UnitOfWork, version: str, change: Change, why: str) -> Version | Impossible:
        gated = self._apply(unit, version, change, why)
        if isinstance(gated, Impossible):
            return gated
        tried = self._apply(unit, version, Change.TRY, why)
        return _named(gated if isinstance(tried, Impossible) else tried, version)

    def conclude(self, unit: UnitOfWork, version: str, report: TrialReport) -> Version | None:
        """The trial of a canary has found something: publish it or roll it back."""
        shelf = store.load_shelf(unit)
        if shelf.canary is None or shelf.canary.version != version:
            return None
        if report.finding is Finding.GOING_ON:
            return None
        change, why = _CONCLUSIONS[report.finding]
        moved = self._apply(unit, version, change, f"{why}: {_figures(report, 'the others')}")
        return None if isinstance(moved, Impossible) else _named(moved, version)

    def conclude_watch(self, unit: UnitOfWork, version: str, report: TrialReport) -> Version | None:
        """The watch of the published version has found something: roll it back, or let it stay unwatched."""
        shelf = store.load_shelf(unit)
        if shelf.holdout is None or shelf.published is None or shelf.published.version != version:
            return None
        if report.finding is Finding.GOING_ON:
            return None
        change, why = _WATCHED[report.finding]
        moved = self._apply(unit, version, change, f"{why}: {_figures(report, 'the hold-out')}")
        return None if isinstance(moved, Impossible) else _named(moved, version)

    def end_watch(self, unit: UnitOfWork, version: str, why: str) -> Version | Impossible:
        """The published version stays, and what is before it ranks no visits any more."""
        moved = self._apply(unit, version, Change.SETTLE, f"the watch is over: {why}")
        return moved if isinstance(moved, Impossible) else _named(moved, version)

    def tidy(self, unit: UnitOfWork, keep: int) -> list[str]:
        """Retire what is too old to come back; returns the versions whose files are of no use any more."""
        before = store.load_shelf(unit)
        after = retire(before, keep, unit.now)
        store.save_shelf(unit, before, after)
        return out_of_use(after, keep)

    def withdraw(self, unit: UnitOfWork, version: str, why: str) -> Version | Impossible:
        """Roll back what is in use, a canary or the published version."""
        moved = self._apply(unit, version, Change.ROLL_BACK, why)
        return moved if isinstance(moved, Impossible) else _named(moved, version)

    def catch_up(self, unit: UnitOfWork, serial: int) -> None:
        """A device has taken a higher serial than was ever given out here: release what is in use above it."""
        before = store.load_shelf(unit)
        if serial < before.serial:
            return
        store.save_shelf(unit, before, lift(before, serial, unit.now))
        log.warning("serial_lifted from=%d above=%d: was the database restored from a copy?", before.serial, serial)

    def roll_back(self, unit: UnitOfWork, why: str) -> Version | Impossible:
        """By one command: the canary if there is one, else the published version gives way to the one before it."""
        shelf = store.load_shelf(unit)
        target = shelf.canary or shelf.published
        if target is None:
            return Impossible("no model is published")
        return self.withdraw(unit, target.version, why)

    def _apply(self, unit: UnitOfWork, version: str, change: Change, why: str) -> Shelf | Impossible:
        before = store.load_shelf(unit)
        _, last = store.extent(unit)
        after = apply(before, version, change, unit.now, why[:400], since=last, watch=self._watch)
        if isinstance(after, Impossible):
            log.warning("model_unmoved version=%s change=%s why=%r", version, change.value, after.why)
            return after
        store.save_shelf(unit, before, after)
        log.info("model_%s version=%s serial=%d why=%r", change.value, version, after.serial, why)
        return after


def observation_of(event: FeedbackRecorded, at: datetime) -> Observation:
    """What there is to learn from a visit; an event with an analysis that kept its input row."""
    demand, given = event.demand, event.given
    return Observation(
        id=event.task,
        at=at,
        model=demand.version,
        feature_hash=demand.feature_hash,
        raw=demand.raw,
        offered=demand.offered,
        shown=tuple(
            Shown(product.code, min(1.0, max(_SMALLEST_PROPENSITY, product.propensity))) for product in demand.shown
        ),
        taken=given.products,
        refused=given.refused,
        match_score=event.match_score,
    )


def _named(shelf: Shelf, version: str) -> Version:
    found_one = shelf.named(version)
    assert found_one is not None
    return found_one


def _figures(report: TrialReport, control: str) -> str:
    def shown(value: float | None) -> str:
        return "–" if value is None else f"{value:.3f}"

    return (
        f"match score {shown(report.canary_score)} over {report.canary_visits} visits, {control}: "
        f"{shown(report.control_score)} over {report.control_visits}; difference {shown(report.difference)} "
        f"[{report.lower:.3f}, {report.upper:.3f}]"
    )
