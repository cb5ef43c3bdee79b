"""How an agent comes to the model that the hub wants it to have: piece by piece, at its own pace (W-13, W-16).

It lives beside the session (``runtime.agent.link``) and holds up nothing of it: what it says is never queued, what it
has is on disk, and whatever is lost it asks for again, later each time. A newer announcement replaces the older.
"""

import asyncio
import logging
import random
from collections.abc import Awaitable, Callable
from enum import StrEnum
from functools import partial
from typing import Protocol, TypeVar

import msgspec

from contracts import AnyMessage
from contracts.models import HeldModel, ModelAnnounced, ModelChunk, ModelChunkWanted, ModelReported, ModelState
from runtime.backoff import full_jitter

log = logging.getLogger(__name__)

T = TypeVar("T")
Tell = Callable[[AnyMessage], Awaitable[None]]
Refusal = tuple[bool, str]
"""Whether trying again is of no use, and why it was refused."""


class ModelSlots(Protocol):
    """Where models lie on this machine (``models.registry.slots``). ``OSError`` means that the disk failed."""

    def active(self) -> tuple[str, int] | None:
        """Version and serial of the model in use."""
        ...

    def installed(self) -> list[tuple[str, int]]:
        """Version and serial of every model that is there whole."""
        ...

    def begin(self, signature: bytes) -> Refusal | None:
        """Want the model of this ``signature.json``; what is there of it already stays."""
        ...

    def missing(self) -> list[tuple[str, int, int]]:
        """Of the wanted model: file, bytes on disk, bytes wanted; empty when all is there."""
        ...

    def write(self, file: str, offset: int, content: bytes) -> Refusal | None:
        """The next bytes of a file of the wanted model, durably."""
        ...

    def install(self) -> Refusal | None:
        """Verify the wanted model and keep it; when it is not what was signed, forget its bytes."""
        ...

    def activate(self) -> Refusal | None:
        """Verify, try and use the wanted model; else what is in use stays in use."""
        ...


class ModelTraffic(Protocol):
    """What the session knows of models."""

    @property
    def held(self) -> HeldModel | None:
        """The model in use."""
        ...

    async def run(self, tell: Tell) -> None:
        """Fetch what is announced, until cancelled."""
        ...

    def on_message(self, message: ModelAnnounced | ModelChunk) -> None:
        """The hub says something about models."""
        ...

    def on_link(self, online: bool) -> None:
        """The hub is within reach, or not any more."""
        ...


class ModelStep(StrEnum):
    """What has become of a model on this machine."""

    INSTALLED = "installed"
    ACTIVE = "active"
    REFUSED = "refused"


class ModelNews(msgspec.Struct, frozen=True):
    """Something happened to a model; ``why`` is empty unless it was refused."""

    step: ModelStep
    version: str
    serial: int
    why: str = ""


class FetchSettings(msgspec.Struct, frozen=True, kw_only=True):
    """``window``: pieces asked for at once. Waiting for them grows from ``first_s`` to ``most_s`` seconds, with jitter;
    after ``tries`` unanswered rounds the next announcement is awaited. What failed rests from ``rest_first_s`` to
    ``rest_most_s`` before it is tried again."""

    window: int = 2
    first_s: float = 1.0
    most_s: float = 30.0
    tries: int = 8
    rest_first_s: float = 30.0
    rest_most_s: float = 1800.0


class Runner(Protocol):
    """Runs work that may take a while, without holding up the loop."""

    def __call__(self, work: Callable[[], T]) -> Awaitable[T]:
        """What the work returns; raises what it raises."""
        ...


async def at_once(work: Callable[[], T]) -> T:
    """Does the work right here."""
    return work()


async def in_a_thread(work: Callable[[], T]) -> T:
    """Does the work beside the loop."""
    return await asyncio.to_thread(work)


class _Fault(msgspec.Struct, frozen=True):
    state: ModelState
    why: str
    times: int
    rests_until_s: float


_FAULTS_KEPT = 16


class ModelFetcher:
    """A :class:`ModelTraffic` on model slots."""

    def __init__(
        self,
        slots: ModelSlots,
        *,
        news: Callable[[ModelNews], None],
        settings: FetchSettings | None = None,
        chance: random.Random | None = None,
        runner: Runner = at_once,
    ) -> None:
        """``news`` hears what happens; ``runner`` is given whatever writes to the disk or reads a whole model."""
        self._slots = slots
        self._news = news
        self._settings = settings or FetchSettings()
        self._chance = chance or random.Random()
        self._runner = runner
        self._announced: ModelAnnounced | None = None
        self._online = False
        self._changed = asyncio.Event()
        self._asked: dict[tuple[str, int], ModelChunkWanted] = {}
        self._arrived: dict[tuple[str, int], bytes] = {}
        # By signature, for this run of the agent: an announcement is repeated as long as the hub wants it followed.
        self._faults: dict[bytes, _Fault] = {}
        self._held = _held(slots.active())

    @property
    def held(self) -> HeldModel | None:
        return self._held

    def on_link(self, online: bool) -> None:
        self._online = online
        self._changed.set()

    def on_message(self, message: ModelAnnounced | ModelChunk) -> None:
        match message:
            case ModelAnnounced():
                self._announced = message
            case ModelChunk():
                key = (message.file, message.offset)
                asked = self._asked.get(key)
                if (
                    asked is None
                    or (asked.version, asked.serial) != (message.version, message.serial)
                    or len(message.data) > asked.size
                ):
                    return
                self._arrived[key] = message.data
        self._changed.set()

    async def run(self, tell: Tell) -> None:
        while True:
            if self._announced is None or not self._online:
                await self._change()
                continue
            wanted, self._announced = self._announced, None
            try:
                await self._follow(wanted, tell)
            except OSError as error:
                await self._fail(wanted, tell, (False, f"this device's disk failed: {error.strerror or error}"))
            except Exception as error:  # whatever a model does to us, the agent goes on with its tasks
                log.exception("model_fault version=%s", wanted.version)
                await self._fail(wanted, tell, (False, f"a fault of this agent: {type(error).__name__}: {error}"))

    async def _follow(self, wanted: ModelAnnounced, tell: Tell) -> None:
        fault = self._faults.get(wanted.signature)
        if fault is not None and asyncio.get_running_loop().time() < fault.rests_until_s:
            await self._report(wanted, tell, fault.state, fault.why)
            return
        refusal = await self._runner(lambda: self._slots.begin(wanted.signature))
        if refusal is not None:
            await self._fail(wanted, tell, refusal)
            return
        if await self._runner(self._slots.missing):
            await self._report(wanted, tell, ModelState.DOWNLOADING)
            if not await self._fetch(wanted, tell):
                return
        there = (wanted.version, wanted.serial) in await self._runner(self._slots.installed)
        refusal = await self._runner(self._slots.install)
        if refusal is not None:
            await self._fail(wanted, tell, refusal)
            return
        if not there:
            log.info("model_installed version=%s serial=%d", wanted.version, wanted.serial)
            self._news(ModelNews(ModelStep.INSTALLED, wanted.version, wanted.serial))
        if wanted.activate:
            await self._activate(wanted, tell)
        else:
            await self._report(wanted, tell, ModelState.INSTALLED)

    async def _activate(self, wanted: ModelAnnounced, tell: Tell) -> None:
        refusal = await self._runner(self._slots.activate)
        if refusal is not None:
            await self._fail(wanted, tell, refusal)
            return
        before, self._held = self._held, _held(self._slots.active())
        self._faults.pop(wanted.signature, None)
        if self._held is not None and self._held != before:
            log.info("model_active version=%s serial=%d", self._held.version, self._held.serial)
            self._news(ModelNews(ModelStep.ACTIVE, self._held.version, self._held.serial))
        await self._report(wanted, tell, ModelState.ACTIVE)

    async def _fetch(self, wanted: ModelAnnounced, tell: Tell) -> bool:
        """All bytes of the wanted model; false when another is wanted meanwhile, or nobody answers."""
        tries = 0
        while tries < self._settings.tries:
            if self._superseded(wanted):
                return False
            if not self._online:
                await self._change()
                continue
            asked = self._next_pieces(wanted, await self._runner(self._slots.missing))
            if not asked:
                return True
            self._arrived.clear()
            self._asked = {(piece.file, piece.offset): piece for piece in asked}
            for piece in asked:
                await tell(piece)
            await self._await_answers(wanted, tries)
            self._asked = {}
            tries = 0 if await self._keep(asked) else tries + 1
        log.info("model_pieces_unanswered version=%s tries=%d", wanted.version, tries)
        return False

    def _next_pieces(self, wanted: ModelAnnounced, missing: list[tuple[str, int, int]]) -> list[ModelChunkWanted]:
        pieces: list[ModelChunkWanted] = []
        for file, have, size in missing:
            for offset in range(have, size, wanted.chunk_bytes):
                if len(pieces) == self._settings.window:
                    return pieces
                part = min(wanted.chunk_bytes, size - offset)
                pieces.append(
                    ModelChunkWanted(version=wanted.version, serial=wanted.serial, file=file, offset=offset, size=part)
                )
        return pieces

    async def _await_answers(self, wanted: ModelAnnounced, tries: int) -> None:
        first_s, most_s = self._settings.first_s, self._settings.most_s
        wait_s = first_s / 2 + full_jitter(tries, first_s=first_s, most_s=most_s, chance=self._chance)
        try:
            async with asyncio.timeout(wait_s):
                while len(self._arrived) < len(self._asked) and self._online and not self._superseded(wanted):
                    await self._change()
        except TimeoutError:
            pass

    async def _keep(self, asked: list[ModelChunkWanted]) -> int:
        """Write what came, in order; returns how many pieces."""
        kept = 0
        for piece in asked:
            content = self._arrived.pop((piece.file, piece.offset), None)
            if content is None:
                break
            refusal = await self._runner(partial(self._slots.write, piece.file, piece.offset, content))
            if refusal is not None:
                log.warning("model_piece_refused file=%s why=%r", piece.file, refusal[1])
                break
            kept += 1
            if len(content) < piece.size:
                break
        return kept

    async def _fail(self, wanted: ModelAnnounced, tell: Tell, refusal: Refusal) -> None:
        for_good, why = refusal
        state = ModelState.REFUSED if for_good else ModelState.FAILED
        before = self._faults.pop(wanted.signature, None)
        times = before.times + 1 if before is not None else 0
        rest_s = full_jitter(
            times,
            first_s=self._settings.rest_first_s,
            most_s=self._settings.rest_most_s,
            chance=self._chance,
        )
        now_s = asyncio.get_running_loop().time()
        self._faults[wanted.signature] = _Fault(state, why, times, float("inf") if for_good else now_s + rest_s)
        for oldest in list(self._faults)[:-_FAULTS_KEPT]:
            del self._faults[oldest]
        log.warning("model_%s version=%s why=%r", state.value, wanted.version, why)
        self._news(ModelNews(ModelStep.REFUSED, wanted.version, wanted.serial, why))
        await self._report(wanted, tell, state, why)

    async def _report(self, wanted: ModelAnnounced, tell: Tell, state: ModelState, why: str = "") -> None:
        installed = await self._runner(self._slots.installed)
        await tell(
            ModelReported(
                version=wanted.version,
                serial=wanted.serial,
                state=state,
                active=self._held,
                installed=tuple(HeldModel(version=version, serial=serial) for version, serial in installed[-16:]),
                why=why[:500],
            )
        )

    def _superseded(self, wanted: ModelAnnounced) -> bool:
        """Whether something else was announced meanwhile; the same again is no news."""
        newer = self._announced
        if newer is not None and (newer.signature, newer.activate) == (wanted.signature, wanted.activate):
            self._announced = None
        return self._announced is not None

    async def _change(self) -> None:
        self._changed.clear()
        await self._changed.wait()


def _held(active: tuple[str, int] | None) -> HeldModel | None:
    return HeldModel(version=active[0], serial=active[1]) if active is not None else None
