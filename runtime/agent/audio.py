"""How an agent's speech goes to the hub and its text comes back: the device's half of ``contracts.audio`` (W-11).

It lives beside the session (``runtime.agent.link``) and never in its outbox: audio is in memory, for two seconds, and
nowhere else. What can't be sent by then is left out, oldest first, and counted.
"""

import asyncio
import logging
from collections import deque
from collections.abc import Awaitable, Callable
from typing import Protocol

import msgspec

from contracts.audio import (
    MAX_FRAMES,
    MOST_FRAMES,
    AudioClosed,
    AudioEnded,
    AudioFrames,
    AudioGranted,
    AudioHeard,
    AudioOpened,
    AudioRefused,
    AudioStop,
)
from contracts.fields import Language
from runtime.ids import Ids

log = logging.getLogger(__name__)

Upward = AudioOpened | AudioFrames | AudioClosed
Downward = AudioGranted | AudioRefused | AudioHeard | AudioEnded

HELD_FINALS = 8
"""So many final texts are held for one that is missing; then it is given up."""


class TellAudio(Protocol):
    """Says something now or never."""

    def __call__(self, message: Upward, *, expires_s: float | None = None) -> Awaitable[None]:
        """Publish at QoS 0; after ``expires_s`` seconds the hub need not take it any more."""
        ...


class AudioTraffic(Protocol):
    """What the session knows of audio."""

    async def run(self, tell: TellAudio) -> None:
        """Send what there is to send, until cancelled."""
        ...

    def on_message(self, message: Downward) -> None:
        """The hub says something about a stream."""
        ...

    def on_link(self, online: bool) -> None:
        """The hub is within reach, or not any more."""
        ...


class StreamWatcher(Protocol):
    """Who opened a stream. Called in the event loop, must not block."""

    def granted(self, engine: str) -> None:
        """The hub recognises the stream from now on, by this engine."""
        ...

    def heard(self, heard: AudioHeard) -> None:
        """The words so far, or a final text: each of those once and in order."""
        ...

    def refused(self, refused: AudioRefused) -> None:
        """The hub does not recognise it, or no more; the stream is over, and texts of before may still come."""
        ...

    def reachable(self, online: bool) -> None:
        """The hub is within reach again, or not any more."""
        ...

    def ended(self) -> None:
        """A closed stream has been recognised, or the hub says nothing any more."""
        ...


class AudioSettings(msgspec.Struct, frozen=True, kw_only=True):
    """``together``: frames a message. ``buffer``: frames that wait at most. ``again_s``: until an opening or closing is
    said again. ``closing_s``: how long a closing is. ``expires_s``: how old frames may arrive."""

    together: int = 5
    buffer: int = 100
    again_s: float = 1.0
    closing_s: float = 15.0
    expires_s: float = 5.0


class AudioUplink:
    """An :class:`AudioTraffic`: one open stream, and those before it until all of their text is here."""

    def __init__(self, ids: Ids, *, seconds: Callable[[], float], settings: AudioSettings | None = None) -> None:
        """``seconds`` is a clock that never goes back."""
        self._ids = ids
        self._seconds = seconds
        self._settings = settings or AudioSettings()
        self._streams: dict[str, _Stream] = {}
        self._open: _Stream | None = None
        self._online = False
        self._wake = asyncio.Event()
        self.sent = 0
        self.left_out = 0

    @property
    def online(self) -> bool:
        """Whether the hub is within reach."""
        return self._online

    def open(self, task_id: str, language: Language, begins_ms: int, watcher: StreamWatcher) -> None:
        """Begin a stream of the talk's speech; the one before it is dropped if it is still open."""
        self.close(discard=True)
        name = self._ids.new()
        self._open = self._streams[name] = _Stream(name, task_id, language, begins_ms, watcher, self._settings.buffer)
        self._wake.set()

    def push(self, frame: bytes) -> None:
        """The next 20 ms of the open stream, as Opus; without one it is dropped. Never waits."""
        stream = self._open
        if stream is not None:
            self.left_out += stream.push(frame)
            self._wake.set()

    def close(self, *, discard: bool = False) -> None:
        """End the open stream, if there is one. ``discard``: forget what was begun, and tell its watcher nothing."""
        stream, self._open = self._open, None
        if stream is None:
            return
        stream.closing_since = self._seconds()
        stream.discard = discard
        stream.spoke_at = float("-inf")
        if discard:
            stream.watcher = None
            stream.drop()
        self._wake.set()

    def on_message(self, message: Downward) -> None:
        stream = self._streams.get(message.stream)
        if stream is None:
            return
        match message:
            case AudioGranted():
                stream.grant(message)
            case AudioHeard():
                stream.hear(message)
            case AudioRefused():
                self._refused(stream, message)
            case AudioEnded():
                stream.expected = message.segments
        if stream.closing_since is not None and stream.expected is not None and stream.heard >= stream.expected:
            self._end(stream)
        self._wake.set()

    def on_link(self, online: bool) -> None:
        self._online = online
        for stream in list(self._streams.values()):
            stream.spoke_at = float("-inf")
            if stream.watcher is not None:
                stream.watcher.reachable(online)
        self._wake.set()

    async def run(self, tell: TellAudio) -> None:
        while True:
            for stream in list(self._streams.values()):
                await self._serve(stream, tell)
            self._wake.clear()
            try:
                async with asyncio.timeout(self._settings.again_s / 2 if self._streams else None):
                    await self._wake.wait()
            except TimeoutError:
                continue

    async def _serve(self, stream: "_Stream", tell: TellAudio) -> None:
        now = self._seconds()
        settings = self._settings
        if stream.closing_since is not None and now - stream.closing_since > settings.closing_s:
            self._end(stream)
            return
        if not self._online:
            return
        least = 1 if stream.closing_since is not None else settings.together
        while (frames := stream.next_frames(least, settings.together)) is not None:
            self.sent += len(frames.frames)
            if stream.closing_since is None:
                stream.spoke_at = now
            await tell(frames, expires_s=settings.expires_s)
        if now - stream.spoke_at < settings.again_s:
            return
        if stream.refused or (stream.closing_since is None and stream.granted > stream.sent):
            return
        stream.spoke_at = now
        if stream.closing_since is not None and (not stream.waiting or stream.discard):
            closed = AudioClosed(stream=stream.name, end=stream.number, heard=stream.heard, discard=stream.discard)
            await tell(closed)
        else:
            await tell(stream.opening())

    def _refused(self, stream: "_Stream", refused: AudioRefused) -> None:
        if stream.refused:
            return
        watcher = stream.watcher if stream.closing_since is None else None
        stream.refused = True
        stream.drop()
        if stream is self._open:
            self._open = None
        if refused.why is AudioStop.UNKNOWN_STREAM or stream.closing_since is not None:
            self._streams.pop(stream.name, None)
        else:
            stream.closing_since = self._seconds()
        if watcher is not None:
            watcher.refused(refused)

    def _end(self, stream: "_Stream") -> None:
        self._streams.pop(stream.name, None)
        if stream.watcher is not None and not stream.refused:
            stream.watcher.ended()


class _Stream:
    """One stream: frames that wait, what may be sent, which texts came."""

    def __init__(
        self, name: str, task_id: str, language: Language, begins_ms: int, watcher: StreamWatcher, most: int
    ) -> None:
        self.name = name
        self.watcher: StreamWatcher | None = watcher
        self.number = 0
        self.sent = 0
        self.granted = 0
        self.heard = 0
        self.expected: int | None = None
        self.closing_since: float | None = None
        self.discard = False
        self.refused = False
        self.spoke_at = float("-inf")
        self._task_id = task_id
        self._language = language
        self._begins_ms = begins_ms
        self._most = most
        self._waiting: deque[tuple[int, bytes]] = deque()
        self._finals: dict[int, AudioHeard] = {}

    @property
    def waiting(self) -> int:
        """Frames that wait for leave."""
        return len(self._waiting)

    def push(self, frame: bytes) -> int:
        """Keep a frame; returns how many older ones had to give way."""
        if self.number >= MOST_FRAMES:
            return 1
        self._waiting.append((self.number, frame))
        self.number += 1
        if len(self._waiting) <= self._most:
            return 0
        self._waiting.popleft()
        return 1

    def drop(self) -> None:
        """Forget all that waits."""
        self._waiting.clear()

    def next_frames(self, least: int, most: int) -> AudioFrames | None:
        """The next message, of consecutive frames; null for none that may and should be sent now."""
        may = min(most, MAX_FRAMES, self.granted - self.sent)
        if len(self._waiting) < least or may < 1 or self.refused:
            return None
        first = self._waiting[0][0]
        frames: list[bytes] = []
        while self._waiting and len(frames) < may and self._waiting[0][0] == first + len(frames):
            frames.append(self._waiting.popleft()[1])
        message = AudioFrames(stream=self.name, first=first, sent=self.sent, frames=tuple(frames), heard=self.heard)
        self.sent += len(frames)
        return message

    def opening(self) -> AudioOpened:
        """What asks for leave to send."""
        return AudioOpened(
            stream=self.name,
            task_id=self._task_id,
            language=self._language,
            begins_ms=self._begins_ms,
            sent=self.sent,
            heard=self.heard,
        )

    def grant(self, granted: AudioGranted) -> None:
        """The hub gives leave."""
        first = self.granted == 0
        self.granted = max(self.granted, granted.frames)
        if first and self.watcher is not None:
            self.watcher.granted(granted.engine)

    def hear(self, heard: AudioHeard) -> None:
        """Texts come: finals in order, and once each; partial ones only of what comes next."""
        if heard.index is None:
            if heard.number == self.heard and not self._finals:
                self._tell(heard)
            return
        if heard.number < self.heard:
            return
        self._finals[heard.number] = heard
        if len(self._finals) > HELD_FINALS:
            log.warning("segments_missing stream=%s from=%d", self.name, self.heard)
            self.heard = min(self._finals)
        while (final := self._finals.pop(self.heard, None)) is not None:
            self.heard += 1
            self._tell(final)

    def _tell(self, heard: AudioHeard) -> None:
        if self.watcher is not None:
            self.watcher.heard(heard)
