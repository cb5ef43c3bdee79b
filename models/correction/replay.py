"""Events in the order of time, whatever order they come in: a sorted window over snapshots, replayed. Pure (W-16).

`Replay` holds a core (what is learned), the last `window` events, and snapshots of the core at every `STRIDE`th event.
An event that comes late goes to its place, the core to the snapshot before it, and what follows is learned again. The
oldest snapshot kept is the one at `STRIDE * floor((count - window) / STRIDE)`: a function of the count alone, so equal
sets of events end in equal bytes.
"""

from __future__ import annotations

import hashlib
from bisect import bisect_left
from collections.abc import Sequence
from datetime import datetime
from typing import Generic, Protocol, Self, TypeVar

import msgspec

from models.correction.contract import Event, Learned
from models.correction.errors import CorrectionError

STRIDE = 32


class Core(Protocol):
    """The mathematics of a learner: one step an event, copied and put away exactly."""

    def copy(self) -> Self: ...

    def to_bytes(self) -> bytes: ...

    def loaded(self, content: bytes) -> Self:
        """A core with the same settings and the content of `to_bytes`; `CorrectionError` when it doesn't fit."""


E = TypeVar("E", bound=Event)
E_contra = TypeVar("E_contra", bound=Event, contravariant=True)


class Steps(Core, Protocol[E_contra]):
    """A core that learns events of one kind."""

    def step(self, event: E_contra) -> None: ...


C = TypeVar("C", bound=Core)
Key = tuple[datetime, str]


class ReplaySettings(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """`window`: how many events late an event may come and still be learned at its place; 0 keeps none. `remembered`:
    how many ids are kept to know duplicates, at least the window's."""

    window: int = 256
    remembered: int = 4096

    def __post_init__(self) -> None:
        if not 0 <= self.window <= self.remembered:
            raise CorrectionError(
                f"window is {self.window} and remembered {self.remembered}; allowed is 0 ≤ window ≤ remembered"
            )


class _Stored(msgspec.Struct, frozen=True, array_like=True):
    count: int
    late: int
    core: bytes
    events: msgspec.Raw
    ids: tuple[tuple[datetime, str], ...]
    forgotten: tuple[datetime, str] | None


class Replay(Generic[E]):
    """Feeds a core with events in the order of (`at`, `id`)."""

    def __init__(self, core: Steps[E], settings: ReplaySettings, kind: type[E]) -> None:
        self.settings = settings
        self._kind = kind
        self.core: Steps[E] = core
        self._snapshots: list[tuple[int, Steps[E]]] = [(0, core.copy())]
        self._events: list[E] = []  # those after the oldest snapshot
        self._keys: list[Key] = []  # of those ids that are remembered, sorted; the last ones are the events'
        self._known: set[str] = set()
        self._forgotten: Key | None = None
        self.count = 0
        self.late = 0

    def add(self, event: E) -> Learned:
        """Learn the event at its place in time, unless its id is known."""
        if event.at.tzinfo is None:
            raise CorrectionError(f"event {event.id!r}: its time {event.at} has no zone; give UTC")
        if event.id in self._known:
            return Learned.DUPLICATE
        key = (event.at, event.id)
        if self._forgotten is not None and key <= self._forgotten:
            return Learned.TOO_OLD
        place = bisect_left(self._keys, key)
        behind = len(self._keys) - place
        at = len(self._events) - behind
        self._keys.insert(place, key)
        self._known.add(event.id)
        if at < 0:
            self._learn_before_window(event)
            return Learned.LATE
        self._events.insert(at, event)
        self.count += 1
        if behind == 0:
            self.core.step(event)
            if self.settings.window and self.count % STRIDE == 0:
                self._snapshots.append((self.count, self.core.copy()))
        else:
            self._replay_from(self.count - 1 - behind)
        self._move_window()
        return Learned.IN_ORDER if behind == 0 else Learned.REPLAYED

    def _learn_before_window(self, event: E) -> None:
        start, core = self._snapshots[0]
        core.step(event)
        self.late += 1
        self._snapshots = [(start, core)]
        self._replay_from(start)
        self._forget_ids()

    def _replay_from(self, position: int) -> None:
        """Learn again all events from this position (in the whole order) on."""
        while self._snapshots[-1][0] > position:
            self._snapshots.pop()
        start, core = self._snapshots[-1]
        first = self._snapshots[0][0]
        self.core = core.copy()
        for number, event in enumerate(self._events[start - first :], start=start + 1):
            self.core.step(event)
            if number % STRIDE == 0:
                self._snapshots.append((number, self.core.copy()))

    def _move_window(self) -> None:
        if self.settings.window == 0:
            # Nothing can come late to its place, so the present is the only snapshot.
            self._snapshots = [(self.count, self.core)]
            self._events.clear()
        else:
            oldest = max(0, (self.count - self.settings.window) // STRIDE * STRIDE)
            while len(self._snapshots) > 1 and self._snapshots[1][0] <= oldest:
                dropped = self._snapshots[1][0] - self._snapshots[0][0]
                del self._snapshots[0], self._events[:dropped]
        self._forget_ids()

    def _forget_ids(self) -> None:
        surplus = len(self._keys) - max(self.settings.remembered, len(self._events))
        if surplus > 0:
            self._forgotten = self._keys[surplus - 1]
            self._known.difference_update(key[1] for key in self._keys[:surplus])
            del self._keys[:surplus]

    def to_bytes(self) -> bytes:
        """The oldest snapshot, the events after it and the remembered ids."""
        stored = _Stored(
            self.count,
            self.late,
            self._snapshots[0][1].to_bytes(),
            msgspec.Raw(msgspec.msgpack.encode(self._events)),
            tuple(self._keys),
            self._forgotten,
        )
        return msgspec.msgpack.encode(stored)

    def digest(self) -> str:
        """sha256 of `to_bytes`, as hex."""
        return hashlib.sha256(self.to_bytes()).hexdigest()

    def loaded(self, content: bytes) -> Replay[E]:
        """A replay with these settings and the state in `content`; `CorrectionError` for bytes that are none."""
        try:
            stored = msgspec.msgpack.decode(content, type=_Stored)
            events: Sequence[E] = msgspec.msgpack.decode(stored.events, type=list[self._kind])  # type: ignore[name-defined]
        except msgspec.MsgspecError as error:
            raise CorrectionError(f"not the state of a learner: {error}; replay the log instead") from error
        found = Replay(self.core.loaded(stored.core), self.settings, self._kind)
        start = stored.count - len(events)
        found._snapshots = [(start, found.core)]
        found._events = list(events)
        found._keys = list(stored.ids)
        found._known = {key[1] for key in stored.ids}
        found._forgotten = stored.forgotten
        found.count, found.late = stored.count, stored.late
        found._replay_from(start)
        if self.settings.window == 0:
            found._snapshots = [(found.count, found.core)]
        return found
