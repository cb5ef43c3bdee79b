"""Whether the customers of the last visits are still like those of the training (W-04)."""

from __future__ import annotations

from collections import deque

import numpy as np

from hub.learning.ports import Models
from models.feedback import Observation

ROWS = 2000
"""The last so many visits are looked at."""

FEWEST = 500
"""Of fewer visits nothing is said: ten bins need some, and the index of few is high by chance."""

_NEWS = 100


class RecentDrift:
    """The population stability index of each input over the last visits with feedback."""

    def __init__(self, models: Models) -> None:
        self._models = models
        self._rows: deque[bytes] = deque(maxlen=ROWS)
        self._unseen = 0

    def add(self, observed: Observation) -> None:
        """One more visit; visits with another input than the models' don't count."""
        if observed.feature_hash == self._models.feature_hash:
            self._rows.append(observed.raw)
            self._unseen += 1

    def psi(self) -> dict[str, float]:
        """The index of each input; empty while there are too few visits, or where the base has no record."""
        drift = self._models.drift()
        if drift is None or len(self._rows) < FEWEST:
            return {}
        drift.add(np.frombuffer(b"".join(self._rows), dtype="<f4").reshape(len(self._rows), -1))
        return drift.psi()

    def changed(self) -> dict[str, float]:
        """As :meth:`psi`, and empty while there is little news since it was asked for."""
        if self._unseen < _NEWS:
            return {}
        self._unseen = 0
        return self.psi()
