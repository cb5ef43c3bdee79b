"""Hears how kiosks are, and tells what has failed or was mended (K-03, K-13).

All of it is in memory: a kiosk says its whole state whenever it reaches the hub, when the hub starts, and every minute.
So after a start of the hub a failure that lasts is told once more.
"""

import logging
from collections import deque
from collections.abc import Callable, Mapping, Sequence
from datetime import datetime, timedelta

import msgspec
from prometheus_client import Gauge

from contracts import ErrorCode, Refusal
from contracts.fields import DeviceKind
from contracts.kiosk_health import KioskReported, PartCondition
from contracts.session import Presence
from hub.events import DomainEvent, PartFailed, PartMended
from hub.fleet import FleetDirectory
from hub.kernel import Device
from hub.lobby.kiosks.model import (
    LINK,
    LOST_AFTER,
    SILENT_AFTER,
    Grade,
    KioskCard,
    Seen,
    failing,
    grade_of,
    heard,
    set_back,
    settle,
)
from hub.storage import UnitOfWork

log = logging.getLogger(__name__)

EVERY = timedelta(seconds=2)
KEPT = 1000
"""So many of the latest events are kept for branch IT to ask for."""

Parts = dict[tuple[str, str], Seen]
"""By part, and which one."""

_LINK = (LINK, "")
_UP = PartCondition.READY.value
_SILENT = PartCondition.SILENT.value


class KioskEvent(msgspec.Struct, frozen=True, kw_only=True):
    """A part of a kiosk ``failed``, or was mended; ``seq`` grows with each event, over starts of the hub too."""

    seq: int
    at: datetime
    branch: str
    kiosk: str
    part: str
    name: str
    condition: str
    failed: bool
    since: datetime


class Kiosks:
    """All kiosks of all branches; a :class:`~hub.ports.Memory` of the engine, whose transactions carry the events."""

    def __init__(
        self, fleet: FleetDirectory, started: datetime, failing: Gauge, changed: Callable[[str], None]
    ) -> None:
        """``failing``: the gauge, 1 for each part that fails; ``changed``: a kiosk of this branch looks different."""
        self._fleet = fleet
        self._started = started
        self._gauge = failing
        self._changed = changed
        self._said: dict[str, KioskReported] = {}
        self._parts: dict[str, Parts] = {}
        self._unsettled: set[str] = set()
        self._indexed: Mapping[str, Device] = {}
        self._index: Mapping[str, Sequence[Device]] = {}
        self._followed: Mapping[str, Device] = {}
        self._gauged: set[tuple[str, str, str, str]] = set()
        self._looked = started
        self._settling: list[tuple[str, tuple[str, str], Seen]] = []
        self._told: list[DomainEvent] = []
        self._news: deque[KioskEvent] = deque(maxlen=KEPT)

    def reported(self, unit: UnitOfWork, device: Device, report: KioskReported) -> Refusal | None:
        """A kiosk says how it is."""
        if device.branch is None:
            return Refusal(code=ErrorCode.BRANCH_NOT_ALLOWED, detail=f"{device.name} stands in no branch")
        before = self._said.get(device.name)
        self._said[device.name] = report
        parts = self._parts.setdefault(device.name, {})
        named = {(state.part, state.name): state for state in report.parts if state.part != LINK}
        self._unsettled.add(device.name)
        for key in parts.keys() - named.keys() - {_LINK}:
            gone = parts[key] = heard(parts[key], _UP, unit.now, unit.now)
            if gone.settled:
                del parts[key]
        for key, state in named.items():
            parts[key] = heard(parts.get(key), state.condition, state.since, unit.now)
        if before is None or before.out_of_order != report.out_of_order:
            self._changed(device.branch)
        return None

    def due(self, unit: UnitOfWork) -> None:
        """Tell of what has lasted long enough; called now and then."""
        if unit.now < self._looked:
            self._set_back(unit.now)
        elif unit.now - self._looked < EVERY:
            return
        self._looked = unit.now
        by_branch = self._by_branch()
        if self._followed is not self._indexed:
            self._followed = self._indexed
            self._follow_moves()
        for kiosks in by_branch.values():
            for kiosk in kiosks:
                silent = self._silent_since(kiosk.name, unit.now)
                parts = self._parts.setdefault(kiosk.name, {})
                link = parts.get(_LINK)
                condition = _UP if silent is None else _SILENT
                if link is None or link.condition != condition:
                    parts[_LINK] = heard(link, condition, silent or unit.now, unit.now)
                    self._unsettled.add(kiosk.name)
                if kiosk.name in self._unsettled:
                    self._settle_all(unit, kiosk, parts)

    def _set_back(self, now: datetime) -> None:
        """The hub's clock was set back: what lasts is measured from now on, or nothing would be told until the clock
        is where it was."""
        self._started = min(self._started, now)
        self._fleet.heard.update({kiosk: now for kiosk, at in list(self._fleet.heard.items()) if at > now})
        for parts in self._parts.values():
            parts.update({key: set_back(seen, now) for key, seen in parts.items()})

    def _settle_all(self, unit: UnitOfWork, kiosk: Device, parts: Parts) -> None:
        waiting = [(key, seen) for key, seen in parts.items() if not seen.settled]
        if not waiting:
            self._unsettled.discard(kiosk.name)
        for key, seen in waiting:
            self._settle(unit, kiosk, key, seen)

    def on_parts(self, _unit: UnitOfWork, events: Sequence[DomainEvent]) -> None:
        """Keep what happened for branch IT, once it is certain."""
        self._told += events

    def committed(self) -> None:
        """The transaction is durable: what it told is so."""
        settled, told = self._settling, self._told
        self._settling, self._told = [], []
        for kiosk, key, seen in settled:
            self._parts[kiosk][key] = seen
        for event in told:
            if isinstance(event, (PartFailed, PartMended)):
                self._tell(event)

    def undone(self) -> None:
        """A transaction was rolled back: look again."""
        self._settling, self._told = [], []

    def of(self, branch: str) -> tuple[KioskCard, ...]:
        """The branch's kiosks, by name."""
        return tuple(self._card(kiosk.name) for kiosk in self._by_branch().get(branch, ()))

    def news(self, after: int, branch: str | None = None) -> list[KioskEvent]:
        """What happened after an event, of one branch or all; the oldest first."""
        return [one for one in self._news if one.seq > after and branch in (None, one.branch)]

    def _by_branch(self) -> Mapping[str, Sequence[Device]]:
        """The kiosks of each branch, by name; the directory makes another mapping whenever a device changes."""
        if self._indexed is not self._fleet.devices:
            self._indexed, found = self._fleet.devices, dict[str, list[Device]]()
            for name in sorted(self._indexed):
                device = self._indexed[name]
                if device.kind is DeviceKind.KIOSK and device.branch is not None:
                    found.setdefault(device.branch, []).append(device)
            self._index = found
        return self._index

    def _follow_moves(self) -> None:
        """A kiosk that stands in another branch now, or in none, fails no longer where it stood."""
        for old in [one for one in self._gauged if self._branch_of(one[1]) != one[0]]:
            _, kiosk, part, name = old
            self._gauged.discard(old)
            self._gauge.remove(*old)
            branch, seen = self._branch_of(kiosk), self._parts.get(kiosk, {}).get((part, name))
            if branch is not None and seen is not None:
                self._show(branch, kiosk, part, name, fails=grade_of(seen.shown) is not Grade.WELL)

    def _branch_of(self, kiosk: str) -> str | None:
        device = self._indexed.get(kiosk)
        return None if device is None or device.kind is not DeviceKind.KIOSK else device.branch

    def _show(self, branch: str, kiosk: str, part: str, name: str, *, fails: bool) -> None:
        self._gauged.add((branch, kiosk, part, name))
        self._gauge.labels(branch=branch, kiosk=kiosk, part=part, which=name).set(1.0 if fails else 0.0)

    def _card(self, name: str) -> KioskCard:
        said = self._said.get(name)
        card = KioskCard(
            kiosk=name, heard=self._fleet.heard.get(name), failing=failing(iter(self._parts.get(name, {}).items()))
        )
        if said is None:
            return card
        return msgspec.structs.replace(
            card,
            undelivered=said.undelivered,
            numbers=said.numbers,
            restarts=said.restarts,
            out_of_order=said.out_of_order,
        )

    def _silent_since(self, kiosk: str, now: datetime) -> datetime | None:
        last = self._fleet.heard.get(kiosk, self._started)
        gone = self._fleet.presence.get(kiosk) in {Presence.LOST, Presence.LEFT}
        return last if now - last > (LOST_AFTER if gone else SILENT_AFTER) else None

    def _settle(self, unit: UnitOfWork, kiosk: Device, key: tuple[str, str], seen: Seen) -> None:
        settled = settle(seen, unit.now)
        if settled is seen or kiosk.branch is None:
            return
        self._settling.append((kiosk.name, key, settled))
        part, name = key
        if grade_of(settled.shown) is not Grade.WELL:
            unit.emit(
                PartFailed(
                    at=unit.now,
                    branch=kiosk.branch,
                    kiosk=kiosk.name,
                    part=part,
                    name=name,
                    condition=settled.shown,
                    since=settled.shown_since,
                )
            )
        elif grade_of(seen.shown) is not Grade.WELL:
            unit.emit(
                PartMended(
                    at=unit.now,
                    branch=kiosk.branch,
                    kiosk=kiosk.name,
                    part=part,
                    name=name,
                    condition=seen.shown,
                    since=seen.shown_since,
                )
            )

    def _tell(self, event: PartFailed | PartMended) -> None:
        failed = isinstance(event, PartFailed)
        seq = max(round(event.at.timestamp() * 1e6), self._news[-1].seq + 1 if self._news else 0)
        self._news.append(
            KioskEvent(
                seq=seq,
                at=event.at,
                branch=event.branch,
                kiosk=event.kiosk,
                part=event.part,
                name=event.name,
                condition=event.condition,
                failed=failed,
                since=event.since,
            )
        )
        self._show(event.branch, event.kiosk, event.part, event.name, fails=failed)
        log.log(
            logging.WARNING if failed else logging.INFO,
            "kiosk_part_%s kiosk=%s branch=%s part=%s name=%r condition=%s since=%s",
            "failed" if failed else "mended",
            event.kiosk,
            event.branch,
            event.part,
            event.name,
            event.condition,
            event.since.isoformat(timespec="seconds"),
        )
        self._changed(event.branch)
