"""What a kiosk tells the hub of its state, for branch IT: parts, tickets on their way, numbers left (K-03, K-13).

Beside the session, as what is said is never queued: it is the whole state, said when it changes, when the hub comes
within reach or starts anew, and every minute, so that nothing is lost for long.
"""

import asyncio
import logging
from collections.abc import Callable, Mapping
from datetime import timedelta
from typing import Protocol

from contracts.kiosk_health import KioskPart, KioskReported, NumbersLeft, PartCondition, PartState
from contracts.lobby import LobbyTold
from kiosk.events import KioskEvent, PrinterChanged, ReaderChanged
from runtime.agent.lobby import LobbyMessage
from runtime.agent.models import Tell
from runtime.clock import Clock

log = logging.getLogger(__name__)

EVERY_S = 60.0
LOOK_S = 10.0
AT_MOST_S = 2.0
"""Between two reports, however much flickers."""

STUCK_AFTER_S = 90.0
"""A ticket that is the next to go for so long, with the hub in reach, is stuck."""

UNLEASED_AFTER_S = 60.0
"""A class that has no leased number for so long, with the hub in reach, gets none."""

FEW_RESTARTS = 3

_CAMERA = "camera"


class Depot(Protocol):
    """What the kiosk holds for its hub, and of it."""

    @property
    def waiting(self) -> int:
        """How many tickets the hub hasn't got yet."""
        ...

    @property
    def next_to_go(self) -> str | None:
        """The message that the hub gets next; null when it has all."""
        ...

    def numbers_left(self) -> Mapping[str, int]:
        """Leased numbers by class; empty where none are leased."""
        ...


class KioskHealth:
    """Keeps the state and tells it; one of the parts that speak with the lobby (``runtime.agent.lobby``)."""

    def __init__(
        self,
        *,
        disk: Callable[[], PartCondition],
        restarts: Callable[[], int] = lambda: 0,
        every_s: float = EVERY_S,
        look_s: float = LOOK_S,
    ) -> None:
        """``disk``: how the disk is, asked every ``look_s`` seconds; ``restarts``: how often in the last day the kiosk
        ended without having been told to."""
        self._disk = disk
        self._restarts = restarts
        self._every_s = every_s
        self._look_s = look_s
        self._parts: dict[tuple[KioskPart, str], tuple[str, float]] = {}
        self._out_of_order = False
        self._online = False
        self._clock: Clock | None = None
        self._depot: Depot | None = None
        self._leased_at = 0.0
        self._oldest: tuple[str | None, float] = (None, 0.0)
        self._due = True
        self._wake = asyncio.Event()

    def over(self, depot: Depot, clock: Clock) -> None:
        """Whose state it is; ``clock`` is set right by the hub's."""
        self._depot, self._clock = depot, clock
        self._leased_at = clock.monotonic()

    def part(self, part: KioskPart, condition: str, name: str = "") -> None:
        """A part is so from now on."""
        kept = self._parts.get((part, name))
        if self._clock is None or (kept is not None and kept[0] == condition):
            return
        self._parts[part, name] = (condition, self._clock.monotonic())
        self._soon()

    def hear(self, event: KioskEvent) -> None:
        """What the kiosk tells of its hardware."""
        match event:
            case PrinterChanged(trouble=str() as trouble):
                self.part(KioskPart.PRINTER, trouble)
            case PrinterChanged(paper=paper):
                near = paper == PartCondition.NEAR_END
                self.part(KioskPart.PRINTER, PartCondition.NEAR_END if near else PartCondition.READY)
            case ReaderChanged(name=name, state=state):
                self.part(KioskPart.CAMERA if name == _CAMERA else KioskPart.READER, state, name[:63])
            case _:
                pass

    def report(self) -> KioskReported:
        """The whole state, as it is."""
        assert self._clock is not None
        assert self._depot is not None
        now, at = self._clock.now(), self._clock.monotonic()
        return KioskReported(
            parts=tuple(
                PartState(
                    part=part.value,
                    name=name,
                    condition=str(condition),
                    since=now - timedelta(seconds=max(0.0, at - since)),
                )
                for (part, name), (condition, since) in sorted(self._parts.items())
            ),
            undelivered=self._depot.waiting,
            numbers=tuple(
                NumbersLeft(service_class=letter, left=left) for letter, left in self._depot.numbers_left().items()
            ),
            restarts=self._restarts(),
            out_of_order=self._out_of_order,
        )

    async def run(self, tell: Tell) -> None:
        """Tell until cancelled."""
        assert self._clock is not None
        told_at = float("-inf")
        while True:
            self._wake.clear()
            self._look()
            if self._online and (self._due or self._clock.monotonic() - told_at >= self._every_s):
                self._due = False
                told_at = self._clock.monotonic()
                await tell(self.report())
                await asyncio.sleep(AT_MOST_S)
            try:
                async with asyncio.timeout(self._look_s):
                    await self._wake.wait()
            except TimeoutError:
                continue

    def on_message(self, message: LobbyMessage) -> None:
        """Whether the hub put the kiosk out of order."""
        if isinstance(message, LobbyTold) and message.out_of_order != self._out_of_order:
            self._out_of_order = message.out_of_order
            self._soon()

    def on_link(self, online: bool) -> None:
        """The hub is within reach, has started anew, or is out of reach."""
        self._online = online
        self._soon()

    def _soon(self) -> None:
        self._due = True
        self._wake.set()

    def _look(self) -> None:
        assert self._clock is not None
        assert self._depot is not None
        self.part(KioskPart.DISK, self._disk())
        often = self._restarts() >= FEW_RESTARTS
        self.part(KioskPart.SCREEN, PartCondition.RESTARTED if often else PartCondition.READY)
        at = self._clock.monotonic()
        if left := self._depot.numbers_left():
            if not self._online or all(left.values()):
                self._leased_at = at
            spent = at - self._leased_at >= UNLEASED_AFTER_S
            self.part(KioskPart.NUMBERS, PartCondition.USED_UP if spent else PartCondition.READY)
        oldest = self._depot.next_to_go
        if not self._online or oldest is None or oldest != self._oldest[0]:
            self._oldest = (oldest if self._online else None, at)
        stuck = self._oldest[0] is not None and at - self._oldest[1] >= STUCK_AFTER_S
        self.part(KioskPart.DELIVERY, PartCondition.STUCK if stuck else PartCondition.READY)
