"""Keeps an eye on a printer between tickets, so that an empty roll is known before a customer stands there (K-03)."""

import asyncio
import logging
from collections.abc import Callable

from kiosk.printers.ports import (
    WHAT_TO_DO,
    NotPrinted,
    Outcome,
    Paper,
    Printed,
    Printer,
    PrinterStatus,
    Trouble,
    Unknown,
)

log = logging.getLogger(__name__)

EVERY_S = 30.0
SOON_S = 5.0
"""While something is wrong: whoever puts a new roll in should see it noticed."""

OF_THE_PRINTER = frozenset(Trouble) - {Trouble.STALE, Trouble.UNFIT, Trouble.CLOSED}
"""Troubles that the next ticket would have as well."""


class PrinterWatch:
    """Tells ``told`` how the printer is: first of all, and when it changes. ``status`` is null until it is known."""

    def __init__(
        self,
        printer: Printer,
        told: Callable[[PrinterStatus], None],
        *,
        every_s: float = EVERY_S,
        soon_s: float = SOON_S,
    ) -> None:
        self.status: PrinterStatus | None = None
        self._printer = printer
        self._told = told
        self._every_s = every_s
        self._soon_s = soon_s

    async def run(self) -> None:
        """Ask again and again, until cancelled."""
        while True:
            self._take(await self._printer.status())
            well = self.status is not None and self.status.ready
            await asyncio.sleep(self._every_s if well else self._soon_s)

    def printed(self, outcome: Outcome) -> None:
        """What became of a ticket says how the printer is, without asking."""
        match outcome:
            case Printed(paper=paper):
                self._take(PrinterStatus(paper))
            case NotPrinted(why=why) | Unknown(why=why) if why in OF_THE_PRINTER:
                self._take(PrinterStatus(Paper.OUT if why is Trouble.PAPER_OUT else Paper.UNKNOWN, why))
            case _:
                pass

    def _take(self, status: PrinterStatus) -> None:
        if status == self.status:
            return
        self.status = status
        if status.trouble is not None:
            log.warning("printer_trouble why=%s do=%r", status.trouble, WHAT_TO_DO[status.trouble])
        else:
            log.info("printer_ready paper=%s", status.paper)
        self._told(status)
