"""The loop of learning, beside the hub's writer: learn, make, try, publish, roll back (W-16).

It looks at the log after feedback came, in small pieces between the writer's batches; what takes long runs in the
workshop or in a thread. Whatever it decides is a transaction first and an effect afterwards: after a crash the shelf
says what is so, and :meth:`LearningLoop.open` brings everything else in line with it.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable
from functools import partial

from hub.learning import store
from hub.learning.api import Installed, ModelStatus
from hub.learning.desk import ModelDesk
from hub.learning.drifting import ROWS, RecentDrift
from hub.learning.gauges import LearningGauges
from hub.learning.learner import LogLearner
from hub.learning.making import Maker
from hub.learning.model import Impossible, Shelf, Stage, Version
from hub.learning.ports import Fruitless, Models, Now, Workshop
from hub.learning.seating import Prepared, Seating, Unusable
from hub.learning.service import LearningService
from hub.learning.settings import LearningConfig
from hub.learning.shop import ModelShop
from hub.learning.store import Logged
from hub.learning.trial import Finding
from hub.learning.trials import Trials
from hub.ports import Transact
from hub.storage import UnitOfWork

log = logging.getLogger(__name__)

_MOST_AHEAD = 10_000
"""A device that is further ahead is mistaken: serials are not used up for it."""

_PIECE = 16
"""Observations learned between two batches of the writer: so many times a fraction of a millisecond."""


class LearningLoop:
    """Drives one hub's models. :meth:`open` before the hub serves, then :meth:`run` until cancelled."""

    def __init__(
        self,
        *,
        settings: LearningConfig,
        service: LearningService,
        models: Models,
        workshop: Workshop,
        desk: ModelDesk,
        shop: ModelShop,
        transact: Transact,
        gauges: LearningGauges,
        wake: asyncio.Event,
        trusted_key: str,
    ) -> None:
        self.settings = settings
        self._service = service
        self._models = models
        self._trusted_key = trusted_key
        self._transact = transact
        self._desk = desk
        self._shop = shop
        self._gauges = gauges
        self._wake = wake
        self._seating = Seating(models, desk, shop, settings.canary_share, settings.holdout_share)
        keep = settings.judge_observations // settings.checkpoint_every + 3
        self.learner = LogLearner(models.corrector(), name=models.base, keep=keep)
        self.maker = Maker(settings=settings, base=models.base, workshop=workshop, transact=transact)
        self.drift = RecentDrift(models)
        self._given_up = ""
        self._failing = ""
        self.trials = Trials(settings)
        self._counted_to = 0
        self._moving = asyncio.Lock()
        self._faults: dict[str, str] = {}
        desk.on_fault(self._on_fault)

    # --- before the hub serves ---------------------------------------------------------------------------------------

    def open(self, now: Now) -> None:
        """Bring everything in line with the shelf; a model that can't be used gives way to an older one."""
        shelf = now(self._service.open)
        if shelf.holdout is not None and shelf.published is not None and self.settings.holdout_share == 0.0:
            now(partial(self._service.end_watch, version=shelf.published.version, why="it was switched off"))
            shelf = now(store.load_shelf)
        prepared = self._seating.prepare(shelf)
        while isinstance(prepared, Unusable):
            moved = now(self._way_out(shelf, prepared))
            self._count(moved, "fault")
            last_resort = isinstance(moved, Impossible)
            if last_resort:
                self._given_up += "; the model that came with the hub ranks"
                prepared = None
            else:
                shelf = now(store.load_shelf)
                prepared = self._seating.prepare(shelf)
        if prepared is None:
            self._seating.fall_back()
        else:
            self._seating.take(prepared)
        now(self.learner.take_up)
        self.maker.open(shelf)
        _, self._counted_to = now(store.extent)
        self._remember_customers(now)
        for score in now(store.scores):
            self._gauges.known(score)
        self.trials.open(shelf, now)
        self._show(shelf)
        self._models.prune(now(partial(self._service.tidy, keep=self.settings.keep_models)))

    def _remember_customers(self, now: Now) -> None:
        """The last visits before the learner's place; those after it are still to come."""
        before = now(partial(store.place_before, back=ROWS))
        for logged in now(partial(store.log_after, seq=before, most=ROWS)):
            if logged.seq <= self.learner.seq:
                self.drift.add(logged.observation)

    # --- while it serves ---------------------------------------------------------------------------------------------

    async def run(self) -> None:
        """Look at what came, whenever something came; a fault is logged, and the next look tries again."""
        try:
            while True:
                try:
                    await self.step()
                except Exception as error:  # learning is no reason to stop serving
                    log.exception("learning_failed: the next look tries again")
                    self._failing = f"learning failed: {type(error).__name__}: {error}"[:400]
                else:
                    self._failing = ""
                await self._next_look()
        finally:
            await self.maker.stop()

    async def step(self) -> None:
        """One look: learn what came, then move what is to be moved."""
        await self._learn()
        await self._catch_up()
        await self._watch_published()
        if not self.settings.enabled:
            return
        await self._watch_canary()
        await self._try_next()
        if self.maker.due(self.learner.observations) and self._desk.seats.canary is None:
            self.maker.begin(self.learner.observations)

    async def make(self, force: str = "") -> Version | Impossible:
        """Make a candidate now and wait for its verdict; ``force`` is the reason to pass it whatever the verdict is."""
        await self._learn()
        if self.maker.busy:
            return Impossible("a candidate is being made: wait for it")
        if self._desk.seats.canary is not None:
            return Impossible(f"{self._desk.seats.canary.version} is in its canary: wait for it, or roll it back")
        self.maker.begin(self.learner.observations)
        await self.maker.finished()
        return await self._take_made(force)

    async def roll_back(self, why: str) -> Version | Impossible:
        """Back to what was before: the canary gives way if there is one, else the published version."""
        async with self._moving:
            moved = await self._transact(partial(self._service.roll_back, why=why))
            if not isinstance(moved, Impossible):
                self._count(moved, "command")
                await self._settle()
            return moved

    async def replay(self) -> tuple[str, str, int]:
        """The digest of the log learned from nothing, that of the learner, and how many observations that is."""
        await self._learn()
        live, observations, seq = self.learner.digest, self.learner.observations, self.learner.seq
        return await self.maker.replay(seq), live, observations

    @property
    def degraded(self) -> str:
        """What is wrong with the models, empty when nothing is: for people, and until the next start."""
        return self._failing or self._given_up

    async def report_of(self, version: str) -> bytes | None:
        """What the gate said of a version, as HTML."""
        return await asyncio.to_thread(self._models.report, version)

    async def status(self) -> ModelStatus:
        """Everything about the models in use."""
        shelf = await self._transact(store.load_shelf)
        learned, digest = self.learner.observations, self.learner.digest
        unlearned = await self._transact(partial(store.count_after, seq=self.learner.seq))
        canary = shelf.canary
        return ModelStatus(
            learning=self.settings.enabled,
            published=shelf.published,
            canary=canary,
            canary_share=self.settings.canary_share if canary is not None else 0.0,
            trial=self.trials.canary_report(),
            watch=self.trials.watch_status(),
            observations=learned + unlearned,
            learned=learned,
            digest=digest,
            next_candidate_in=self.maker.due_in(learned + unlearned),
            making=self.maker.busy,
            scores=sorted(self._gauges.scores.values(), key=lambda score: score.version),
            drift=self.drift.psi(),
            devices=[self._installed(one.serial) for one in (shelf.published, canary) if one is not None],
            trusted_key=self._trusted_key,
            degraded=self.degraded,
        )

    def _installed(self, serial: int) -> Installed:
        uptake = self._shop.uptake(serial)
        return Installed(serial=serial, active=len(uptake.active), failing=dict(uptake.failing))

    async def _next_look(self) -> None:
        """Until feedback came or a candidate is made, and then not at once: what comes together is learned together."""
        waking = asyncio.ensure_future(self._wake.wait())
        try:
            await asyncio.wait([waking, *self.maker.waits()], return_when=asyncio.FIRST_COMPLETED)
        finally:
            waking.cancel()
        self._wake.clear()
        await asyncio.sleep(self.settings.look_every_s)

    async def _learn(self) -> None:
        while True:
            after = partial(store.log_after, seq=self.learner.seq, most=_PIECE)
            piece = await self._transact(after)
            for logged in piece:
                self._take(logged)
                await asyncio.sleep(0)  # whoever else has something to do, the writer above all
            if self.learner.unsaved >= self.settings.checkpoint_every:
                await self._transact(self.learner.put_away)
            if len(piece) < _PIECE:
                self._gauges.drifted(self.drift.changed())
                return

    def _take(self, logged: Logged) -> None:
        observed = self.learner.learn(logged)
        self.drift.add(observed)
        if logged.seq > self._counted_to:
            self._counted_to = logged.seq
            self._gauges.scored(observed.model, observed.match_score)
        self.trials.take(logged.seq, observed.model, observed.match_score)

    async def _catch_up(self) -> None:
        ahead = self._shop.ahead()
        if not ahead:
            return
        async with self._moving:
            shelf = await self._transact(store.load_shelf)
            if ahead > shelf.serial + _MOST_AHEAD:
                self._given_up = f"a device says that it uses model serial {ahead}; the highest here is {shelf.serial}"
                log.error("serial_absurd ahead=%d highest=%d: not followed", ahead, shelf.serial)
            elif ahead > shelf.serial:
                await self._transact(partial(self._service.catch_up, serial=ahead))
                await self._settle()

    async def _watch_published(self) -> None:
        watch = self.trials.watch
        if watch is None:
            return
        why = self._faults.pop(watch.control.version, "")
        if not why and watch.trial.find() is Finding.GOING_ON:
            return
        async with self._moving:
            if why:
                self._given_up = f"model {watch.control.version}, to which a roll-back goes: {why}"
                why = f"{watch.control.version}: {why}"
                await self._transact(partial(self._service.end_watch, version=watch.tested.version, why=why))
            else:
                report = watch.trial.report()
                conclude = partial(self._service.conclude_watch, version=watch.tested.version, report=report)
                self._count(await self._transact(conclude), "watch")
            await self._settle()

    async def _watch_canary(self) -> None:
        running = self.trials.canary
        if running is None:
            return
        canary, trial = running.tested, running.trial
        why = self._faults.pop(canary.version, "") or self._not_installable(canary)
        if not why and trial.find() is Finding.GOING_ON:
            return
        async with self._moving:
            if why:
                withdraw = partial(self._service.withdraw, version=canary.version, why=why)
                self._count(await self._transact(withdraw), "fault")
            else:
                conclude = partial(self._service.conclude, version=canary.version, report=trial.report())
                self._count(await self._transact(conclude), "canary")
            await self._settle()

    def _not_installable(self, canary: Version) -> str:
        failing = self._shop.uptake(canary.serial).failing
        if len(failing) < self.settings.install_failures:
            return ""
        device, said = next(iter(failing.items()))
        return f"{len(failing)} devices can't install it; {device} says: {said}"[:400]

    async def _try_next(self) -> None:
        if self.maker.done:
            await self._take_made("")

    async def _take_made(self, force: str) -> Version | Impossible:
        made = self.maker.take()
        if isinstance(made, Impossible):
            return made
        if isinstance(made, Fruitless):
            if not (made.known and force):
                return Impossible(made.why)
            job = partial(self._service.force, version=made.known, why=force)
        else:
            job = partial(
                self._service.take_in,
                made=made.made,
                against=made.against,
                observed=made.observed,
                learned_to=made.learned_to,
                force=force,
            )
        async with self._moving:
            version = await self._transact(job)
            if not isinstance(version, Impossible):
                self._gauges.judged(version)
                await self._settle()
        return version

    async def _settle(self) -> None:
        """What is in use becomes what the shelf says; what can't be used is withdrawn."""
        while True:
            shelf = await self._transact(store.load_shelf)
            prepared = await asyncio.to_thread(self._seating.prepare, shelf)
            match prepared:
                case Prepared():
                    self._seating.take(prepared)
                    self.trials.follow(shelf)
                    self._show(shelf)
                    unused = await self._transact(partial(self._service.tidy, keep=self.settings.keep_models))
                    await asyncio.to_thread(self._models.prune, unused)
                    return
                case Unusable():
                    moved = await self._transact(self._way_out(shelf, prepared))
                    self._count(moved, "fault")
                    if isinstance(moved, Impossible):
                        return
                case None:
                    return

    def _way_out(self, shelf: Shelf, unusable: Unusable) -> Callable[[UnitOfWork], Version | Impossible]:
        """Without the model that can't be used: what is in use gives way, and without a hold-out there is no watch."""
        version, why = unusable.version, unusable.why
        self._given_up = f"model {version} can't be used: {why}"
        log.error("model_unusable version=%s why=%r", version, why)
        if shelf.holdout is not None and shelf.published is not None and version == shelf.holdout.version:
            why = f"{version} can't be used: {why}"
            return partial(self._service.end_watch, version=shelf.published.version, why=why)
        return partial(self._service.withdraw, version=version, why=f"unusable: {why}")

    def _count(self, moved: Version | Impossible | None, cause: str) -> None:
        if isinstance(moved, Version) and moved.stage is Stage.ROLLED_BACK:
            self._gauges.rolled_back(cause)

    def _show(self, shelf: Shelf) -> None:
        self._gauges.in_use(shelf, self.settings.canary_share, self.settings.holdout_share)

    def _on_fault(self, version: str, error: Exception) -> None:
        self._faults[version] = f"it failed while ranking: {type(error).__name__}: {error}"[:400]
        self._wake.set()
