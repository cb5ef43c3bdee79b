"""A scanner that types into the kiosk's window: the window passes every key on to here (spec K-01)."""

import asyncio
import logging
from collections.abc import Callable

from kiosk.core.wedge import Keyed, Partial, Scanned, Typed, Wedge, WedgeRules
from kiosk.readers.identifying import Identifier
from kiosk.readers.ports import Health, Heard, Hitch, Reading, ReadKind, State, Unread
from kiosk.readers.settings import WedgeSettings
from runtime.clock import Clock

log = logging.getLogger(__name__)


class WedgeReader:
    """Told each key by ``key``; tells scans as readings, and gives a person's keys back to ``typed``.

    Whether a scanner is plugged in can't be known: it is ready once it is started.
    """

    def __init__(self, settings: WedgeSettings, identifier: Identifier, clock: Clock) -> None:
        self.name = "wedge"
        self.typed: Callable[[str], None] = _nobody
        self._wedge = Wedge(
            WedgeRules(prefix=settings.prefix, suffix=settings.suffix, gap_s=settings.gap_s, shortest=settings.shortest)
        )
        self._identifier = identifier
        self._clock = clock
        self._heard: Heard | None = None
        self._due: asyncio.TimerHandle | None = None
        self._loop: asyncio.AbstractEventLoop | None = None

    @property
    def health(self) -> Health:
        return Health(State.STOPPED if self._heard is None else State.READY)

    def start(self, heard: Heard) -> None:
        self._heard = heard
        self._loop = asyncio.get_running_loop()
        heard(self.health)

    def key(self, character: str) -> bool:
        """A key was pressed, just now: the character that it gives, ``"\\r"`` for Enter. Whether a scanner did it."""
        if self._heard is None:
            return False
        self._settle(self._wedge.key(character, self._clock.monotonic()))
        return self._wedge.scanning

    def forget(self) -> None:
        """Overwrite what was scanned or typed and not settled yet."""
        self._wedge.forget()

    async def stop(self) -> None:
        self._heard = None
        self._wedge.forget()
        if self._due is not None:
            self._due.cancel()
            self._due = None

    def _tick(self) -> None:
        self._due = None
        self._settle(self._wedge.tick(self._clock.monotonic()))

    def _settle(self, found: list[Keyed]) -> None:
        for one in found:
            match one:
                case Scanned(content=content):
                    self._tell(self._identifier.scanned(content))
                case Typed(character=character):
                    self.typed(character)
                case Partial(count=count):
                    log.info("scan_broke_off reader=%s characters=%d", self.name, count)
                    self._tell(Unread(ReadKind.QR, Hitch.PARTIAL))
        due_s = self._wedge.due_s
        if due_s is not None and self._due is None and self._loop is not None and self._heard is not None:
            left_s = max(0.0, due_s - self._clock.monotonic())
            self._due = self._loop.call_later(left_s + 0.001, self._tick)

    def _tell(self, reading: Reading) -> None:
        if self._heard is not None:
            self._heard(reading)


def _nobody(character: str) -> None:
    """Nobody wants typed keys."""
