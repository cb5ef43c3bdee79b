"""Who ranks which visit: the published model, or for their shares of the visits the canary and the hold-out (W-16)."""

from __future__ import annotations

import logging
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from hub.learning.model import chosen
from hub.learning.ports import Analyst
from models.policy import Funnel
from models.ranking import Candidate

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Seat:
    """A loaded model."""

    version: str
    analyst: Analyst


@dataclass(frozen=True, slots=True)
class Seats:
    """The published model; the canary with its share of the visits; the hold-out, which is the model before the
    published one, with its share of those that are not the canary's. Shares are 0 to 1.

    Two draws by the visit's key: a canary takes the same part of the hold-out's visits as of the published model's, so
    that each of the two trials compares visits drawn at random in the same days.
    """

    published: Seat
    canary: Seat | None = None
    share: float = 0.0
    holdout: Seat | None = None
    holdout_share: float = 0.0

    def of(self, key: str) -> Seat:
        """Who ranks the visit of this key, the same each time; the published model where there is no key."""
        if key and self.canary is not None and chosen(key, self.canary.version, self.share):
            return self.canary
        if key and self.holdout is not None and chosen(key, f"holdout/{self.published.version}", self.holdout_share):
            return self.holdout
        return self.published

    def without(self, guest: Seat) -> Seats:
        """The same seats, but a canary or a hold-out has left its own."""
        if guest is self.canary:
            return replace(self, canary=None, share=0.0)
        return replace(self, holdout=None, holdout_share=0.0)


class ModelDesk:
    """An analyst over the models in use. Seats change between two batches: a batch is ranked by one set of models."""

    def __init__(self, published: Seat, *, on_fault: Callable[[str, Exception], None] | None = None) -> None:
        self._seats = Seats(published)
        self._on_fault = on_fault

    @property
    def seats(self) -> Seats:
        """Who sits here now."""
        return self._seats

    def seat(self, seats: Seats) -> None:
        """Let these rank from the next batch on."""
        self._seats = seats

    def on_fault(self, told: Callable[[str, Exception], None]) -> None:
        """Tell of a canary or a hold-out that failed; it has lost its seat then."""
        self._on_fault = told

    def rank(self, batch: Sequence[Candidate], now: datetime) -> list[Funnel]:
        """One funnel a candidate, in order; a canary or hold-out that fails loses its seat to the published model."""
        seats = self._seats
        placed = [seats.of(one.key) for one in batch]
        funnels: list[Funnel | None] = [None] * len(batch)
        for seat in (seats.canary, seats.holdout, seats.published):
            places = [place for place, its in enumerate(placed) if its is seat]
            if seat is None or not places:
                continue
            try:
                ranked = seat.analyst.rank([batch[place] for place in places], now)
            except Exception as error:  # whatever is wrong with a model on trial, no visit is to suffer from it
                if seat is seats.published:
                    raise
                log.exception("guest_failed version=%s: the published model ranks its visits", seat.version)
                self._seats = self._seats.without(seat)
                if self._on_fault is not None:
                    self._on_fault(seat.version, error)
                placed = [seats.published if its is seat else its for its in placed]
                continue
            for place, funnel in zip(places, ranked, strict=True):
                funnels[place] = funnel
        return [funnel for funnel in funnels if funnel is not None]
