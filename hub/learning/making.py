"""Having a candidate made: what it learns and what it is judged on, cut from the log; the workshop does the work."""

from __future__ import annotations

import asyncio
import logging
from dataclasses import dataclass
from functools import partial

from hub.learning import store
from hub.learning.model import Impossible, Shelf
from hub.learning.ports import Fruitless, Job, Made, Workshop
from hub.learning.settings import LearningConfig
from hub.learning.store import Checkpoint
from hub.ports import Transact
from hub.storage import UnitOfWork

log = logging.getLogger(__name__)

_ROWS_A_READ = 500


@dataclass(frozen=True, slots=True)
class Ready:
    """A candidate: made of a log of ``observed`` observations, of which it learned those to ``learned_to``; the gate
    held it ``against`` the version that was published then."""

    made: Made
    against: str
    observed: int
    learned_to: int


class Maker:
    """One candidate at a time."""

    def __init__(self, *, settings: LearningConfig, base: str, workshop: Workshop, transact: Transact) -> None:
        self._settings = settings
        self._base = base
        self._workshop = workshop
        self._transact = transact
        self._task: asyncio.Task[Ready | Fruitless | Impossible] | None = None
        self._tried_at = 0

    def open(self, shelf: Shelf) -> None:
        """Go on counting where the last candidate was made."""
        self._tried_at = max((one.observed for one in shelf.versions), default=0)

    @property
    def busy(self) -> bool:
        """Whether a candidate is being made, or made and not yet taken."""
        return self._task is not None

    @property
    def done(self) -> bool:
        """Whether one is ready to be taken."""
        return self._task is not None and self._task.done()

    def due_in(self, observations: int) -> int:
        """So many observations from now the next candidate is made by itself."""
        wanted = max(self._tried_at + self._settings.candidate_every, 2 * self._settings.judge_least)
        return max(0, wanted - observations)

    def due(self, observations: int) -> bool:
        """Whether it is time, and enough to judge on."""
        return self._task is None and self.due_in(observations) == 0

    def begin(self, observations: int) -> None:
        """Begin to make one of the log as it is."""
        self._tried_at = observations
        self._task = asyncio.ensure_future(self._make())

    async def finished(self) -> None:
        """Wait until the one that is being made is made."""
        if self._task is not None:
            await asyncio.wait([self._task])

    def waits(self) -> list[asyncio.Task[Ready | Fruitless | Impossible]]:
        """What to wait for, if anything is being made."""
        return [self._task] if self._task is not None else []

    def take(self) -> Ready | Fruitless | Impossible:
        """The one that was made; a fault in the making is an answer, too."""
        task, self._task = self._task, None
        if task is None:
            return Impossible("no candidate is ready")
        try:
            return task.result()
        except Exception as error:
            log.exception("candidate_failed")
            return Impossible(f"the making of a candidate failed: {type(error).__name__}: {error}")

    async def stop(self) -> None:
        """Stop making."""
        if self._task is not None:
            self._task.cancel()
            await asyncio.gather(self._task, return_exceptions=True)
            self._task = None

    async def replay(self, until: int) -> str:
        """The digest of the log up to a place, learned from nothing."""
        return await self._workshop.replay(self._base, await self._log(0, until))

    async def _make(self) -> Ready | Fruitless | Impossible:
        observed, last = await self._transact(store.extent)
        judge = min(self._settings.judge_observations, observed // 2)
        if judge < self._settings.judge_least:
            return Impossible(
                f"{observed} observations: a candidate needs {2 * self._settings.judge_least}, half to judge on"
            )
        cut = await self._transact(lambda unit: store.place_before(unit, judge))
        checkpoint = await self._transact(lambda unit: _good_checkpoint(unit, self._base, cut))
        shelf = await self._transact(store.load_shelf)
        if shelf.published is None:
            return Impossible("no model is published")
        learn = await self._log(checkpoint.seq if checkpoint else 0, cut)
        job = Job(
            base=self._base,
            current=shelf.published.version,
            known=tuple(one.version for one in shelf.versions),
            learned_to=cut,
            learned=checkpoint.observations if checkpoint else 0,
            state=checkpoint.state if checkpoint else None,
            learn=tuple(learn),
            judge=tuple(await self._log(cut, last)),
            judge_least=self._settings.judge_least,
            epsilon=self._settings.epsilon,
            confidence=self._settings.confidence,
        )
        log.info("candidate_begun learned=%d judged=%d", job.learned + len(job.learn), len(job.judge))
        made = await self._workshop.make(job)
        if isinstance(made, Fruitless):
            log.info("candidate_fruitless why=%r", made.why)
            return made
        log.info("candidate_made version=%s passed=%s why=%r", made.version, made.verdict.passed, made.verdict.why)
        return Ready(made, job.current, observed, cut)

    async def _log(self, after: int, until: int) -> list[bytes]:
        """The observations after a place up to another, read in pieces between the writer's batches."""
        bodies: list[bytes] = []
        while after < until:
            piece = await self._transact(partial(store.log_after, seq=after, most=_ROWS_A_READ))
            bodies += [logged.body for logged in piece if logged.seq <= until]
            if not piece:
                break
            after = piece[-1].seq
        return bodies


def _good_checkpoint(unit: UnitOfWork, base: str, cut: int) -> Checkpoint | None:
    return next((one for one in store.checkpoints_until(unit, base, cut) if one.whole), None)
