"""The learner at its place in the log: learned from each observation once, in order, and put away now and then (W-16).

What it knows is a function of the log's beginning alone. A restart takes up the newest good checkpoint and learns the
rest again; without any it learns all again; in each case the bytes are the same.
"""

from __future__ import annotations

import hashlib
import logging
from collections.abc import Iterable

from hub.learning import store
from hub.learning.ports import Corrector
from hub.learning.store import Checkpoint, Logged
from hub.storage import UnitOfWork
from models.errors import ModelsError
from models.feedback import Observation

log = logging.getLogger(__name__)


class LogLearner:
    """A corrector with its place in the log; ``name`` is the base model's version."""

    def __init__(self, corrector: Corrector, *, name: str, keep: int) -> None:
        self._corrector = corrector
        self._name = name
        self._keep = keep
        self.seq = 0
        self.observations = 0
        self._put_away = 0

    @property
    def digest(self) -> str:
        """sha256 of what it knows."""
        return self._corrector.digest()

    @property
    def unsaved(self) -> int:
        """Observations since the last checkpoint."""
        return self.observations - self._put_away

    def take_up(self, unit: UnitOfWork) -> None:
        """Go on from the newest checkpoint whose bytes are whole; :meth:`learn` the rest afterwards."""
        _, last = store.extent(unit)
        for checkpoint in store.checkpoints_until(unit, self._name, last):
            restored = restore(self._corrector, checkpoint)
            if restored is not None:
                self._corrector = restored
                self.seq = checkpoint.seq
                self.observations = self._put_away = checkpoint.observations
                return

    def learn(self, logged: Logged) -> Observation:
        """Learn the next observation of the log."""
        observed = logged.observation
        teach(self._corrector, [observed])
        self.seq = logged.seq
        self.observations += 1
        return observed

    def put_away(self, unit: UnitOfWork) -> None:
        """Save a checkpoint with the transaction."""
        state = self._corrector.to_bytes()
        digest = hashlib.sha256(state).hexdigest()
        checkpoint = Checkpoint(seq=self.seq, observations=self.observations, digest=digest, state=state)
        store.save_checkpoint(unit, self._name, checkpoint, self._keep)
        self._put_away = self.observations


def restore(corrector: Corrector, checkpoint: Checkpoint) -> Corrector | None:
    """A corrector with the checkpoint's state; null, with a line in the log, when its bytes are not what was saved."""
    if not checkpoint.whole:
        log.error("checkpoint_damaged seq=%d: its hash is another; an older one is taken", checkpoint.seq)
        return None
    try:
        return corrector.restored(checkpoint.state)
    except ModelsError as error:
        log.warning("checkpoint_of_another_learner seq=%d why=%r: the log is learned again", checkpoint.seq, str(error))
        return None


def teach(corrector: Corrector, observed: Iterable[Observation]) -> None:
    """Learn these in order; what the corrector can't learn from is passed over, in each replay alike."""
    for one in observed:
        try:
            corrector.update(one)
        except ModelsError as error:
            log.warning("observation_passed_over id=%s why=%r", one.id, str(error))
