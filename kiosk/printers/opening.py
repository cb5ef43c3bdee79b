"""A printer from its settings: the way in for the kiosk's composition root."""

import msgspec

from kiosk.printers.encoding import Encoder
from kiosk.printers.escpos_printer import EscposPrinter
from kiosk.printers.settings import DummyPrinter, FilePrinter, Look, PrinterSettings
from kiosk.printers.wire import wire_to
from runtime.clock import Clock


def open_printer(settings: PrinterSettings, clock: Clock) -> EscposPrinter:
    """The printer that the settings name; whether it is there shows with the first job or ``status``.

    Takes 0.5 s once, to load python-escpos: call it at the kiosk's start. Raises ``ConfigError`` for settings that
    can't be. ``close`` it at the end.
    """
    look: Look = settings
    if isinstance(settings, FilePrinter | DummyPrinter):
        look = msgspec.structs.replace(settings, answers=False)
    return EscposPrinter(wire_to(settings), Encoder(settings), look, clock)
