"""What the learning room needs from outside."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import datetime
from typing import Protocol, Self, TypeVar

import msgspec

from hub.learning.model import Verdict, Version
from hub.storage import UnitOfWork
from models.features import FloatMatrix
from models.feedback import Observation
from models.policy import Funnel
from models.ranking import Candidate
from models.registry import Sealed

T = TypeVar("T")


class Analyst(Protocol):
    """What ranks; a loaded model."""

    def rank(self, batch: Sequence[Candidate], now: datetime) -> list[Funnel]:
        """One funnel a candidate, in order."""
        ...


class Corrector(Protocol):
    """What learns from observations on top of one base model, the same bytes from the same log."""

    def update(self, event: Observation) -> object:
        """Learn it, once."""
        ...

    def to_bytes(self) -> bytes:
        """The whole state."""
        ...

    def digest(self) -> str:
        """sha256 of the state, in hexadecimal."""
        ...

    def restored(self, content: bytes) -> Self:
        """A corrector with these settings and a state that ``to_bytes`` gave; raises ``ModelsError``."""
        ...


class Job(msgspec.Struct, frozen=True, kw_only=True):
    """The making of a candidate.

    It goes on from ``state`` (null: from nothing, and ``learned`` is 0) through the observations ``learn`` in the order
    of the log, and is judged on ``judge``, those that came after them. ``current`` is the version in use, ``known`` are
    all that were made before.
    """

    base: str
    current: str
    known: tuple[str, ...]
    learned_to: int
    learned: int = 0
    state: bytes | None = None
    learn: tuple[bytes, ...]
    judge: tuple[bytes, ...]
    judge_least: int
    epsilon: float
    confidence: float


class Made(msgspec.Struct, frozen=True, kw_only=True):
    """A candidate that lies ready in the model folder under its version, and what the gate says of it.

    ``digest``: sha256 of the learner it was made of; ``content``: over its files.
    """

    version: str
    learned: int
    digest: str
    content: str
    verdict: Verdict


class Fruitless(msgspec.Struct, frozen=True):
    """No candidate came of a job, and why; ``known`` is the version that was made of the same feedback before."""

    why: str
    known: str = ""


class Workshop(Protocol):
    """Where candidates are made, out of the way of the hub's loop."""

    async def make(self, job: Job) -> Made | Fruitless:
        """Make and judge a candidate; raises ``ModelsError`` or ``HubError`` for a fault."""
        ...

    async def replay(self, base: str, bodies: Sequence[bytes]) -> str:
        """The digest of a corrector that learned all of this log from nothing."""
        ...


class Models(Protocol):
    """The folder of models, each under its version. Its methods block."""

    @property
    def base(self) -> str:
        """The version that came with the hub."""
        ...

    @property
    def feature_hash(self) -> str:
        """Which input all of its versions take."""
        ...

    def release(self, version: Version) -> tuple[Analyst, Sealed]:
        """The version loaded, and sealed under its serial with the hub's key; the same again changes nothing.

        Raises ``ModelsError`` for what is missing, altered or of no use.
        """
        ...

    def prune(self, versions: Sequence[str]) -> None:
        """Remove the files of versions that are of no use any more; their gates' reports stay."""
        ...

    def corrector(self) -> Corrector:
        """A corrector of the base that has learned nothing."""
        ...

    def report(self, version: str) -> bytes | None:
        """The gate's report as HTML, where there is one."""
        ...

    def drift(self) -> Drift | None:
        """What counts how far customers have moved from those of the training; null where the model has no record."""
        ...


class Drift(Protocol):
    """How far the customers of the last visits are from those that the base was trained on."""

    def add(self, raw: FloatMatrix) -> None:
        """Visits' input rows, [N, R]."""
        ...

    def psi(self) -> dict[str, float]:
        """The population stability index of each input."""
        ...


class Now(Protocol):
    """Runs a job in a transaction of its own at once; for the start, before the writer runs."""

    def __call__(self, job: Callable[[UnitOfWork], T]) -> T: ...
