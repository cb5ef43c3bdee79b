"""What stands around one kiosk's screen, opened from its settings and looked after while it runs (K-01, K-03, K-12)."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Coroutine
from typing import TYPE_CHECKING

from kiosk.events import Emit, PrinterChanged, ReaderChanged
from kiosk.house import BranchHouse, Takes, found_of
from kiosk.presenters.house import Found
from kiosk.settings import KioskSettings
from runtime.errors import ConfigError

if TYPE_CHECKING:
    from kiosk.agent import KioskAgent
    from kiosk.picks import Picks
    from kiosk.printers.escpos_printer import EscposPrinter
    from kiosk.printers.ports import PrinterStatus
    from kiosk.readers.identifying import Identifier
    from kiosk.readers.ports import Health as ReaderHealth
    from kiosk.readers.ports import Read, Reader, Unread
    from kiosk.readers.wedge import WedgeReader


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
        )

    async def run(self, read: Callable[[Found], None], changed: Callable[[], None]) -> None:
        """Read, watch the printer and keep the suggestions new, until cancelled. ``read``: somebody held something to a
        reader; ``changed``: the screen may look different."""
        watching: list[Coroutine[None, None, None]] = []
        if self.printer is not None:
            from kiosk.printers.watching import PrinterWatch

            watch = PrinterWatch(self.printer, self._printer_told)
            self.house.on_printed(watch.printed)
            watching.append(watch.run())
        if self._picks is not None:
            watching.append(self._picks.run())
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

    def key(self, character: str) -> None:
        """A key was pressed: perhaps a scanner types."""
        for wedge in self._wedges:
            wedge.key(character)

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
                read(found_of(reading))
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
