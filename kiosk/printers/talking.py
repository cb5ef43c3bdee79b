"""One talk with an ESC/POS printer over an open wire: how it is, a ticket, whether that came out."""

import logging

from kiosk.printers import replies
from kiosk.printers.ports import Outcome, Paper, Printed, PrinterStatus, Trouble, Unknown
from kiosk.printers.settings import Confirm, Look
from kiosk.printers.wire import Wire, WireLost
from runtime.clock import Clock

log = logging.getLogger(__name__)

LOOK_AGAIN_S = 0.25
"""How long to wait for a ticket before asking whether the printer still prints."""


class Talk:
    """Blocking; one thread at a time. Calls raise ``WireLost`` where that isn't said to be an outcome."""

    def __init__(self, wire: Wire, look: Look, clock: Clock) -> None:
        self._wire = wire
        self._look = look
        self._clock = clock
        self._serial = 0

    def status(self) -> PrinterStatus:
        """How the printer is; ready and of unknown paper where it can't be asked."""
        if not self._look.answers:
            return PrinterStatus(Paper.UNKNOWN)
        printer = self._ask(replies.ASK_PRINTER)
        sensors = None if printer is None else self._ask(replies.ASK_PAPER)
        if printer is None or sensors is None:
            return PrinterStatus(Paper.UNKNOWN, Trouble.SILENT)
        paper = replies.paper_of(sensors)
        if replies.is_online(printer):
            # Some makes stay online without paper and drop what comes.
            return PrinterStatus(paper, Trouble.PAPER_OUT if paper is Paper.OUT else None)
        offline, error = self._ask(replies.ASK_OFFLINE), self._ask(replies.ASK_ERROR)
        return PrinterStatus(paper, replies.trouble_of(offline or 0, error or 0, paper))

    def clear(self) -> bool:
        """Drop what the printer holds and hasn't printed; true when it says so."""
        if not (self._look.answers and self._look.clears):
            return False
        self._drain()
        self._wire.send(replies.CLEAR, self._look.answer_s)
        return self._await(replies.CLEARED, 2 * self._look.answer_s)

    def hand_over(self, ticket: bytes) -> Outcome:
        """Send a ticket and wait until it is out. From the first byte on, what fails is ``Unknown``."""
        self._serial += 1
        try:
            self._wire.send(ticket, self._look.write_s)
        except WireLost as lost:
            log.warning("ticket_cut_off why=%r", str(lost))
            return Unknown(Trouble.CUT_OFF)
        if not self._look.answers or self._look.confirm is Confirm.NONE:
            return Printed(confirmed=False, paper=Paper.UNKNOWN)
        try:
            return self._confirmed()
        except WireLost as lost:
            log.warning("ticket_unconfirmed why=%r", str(lost))
            return Unknown(Trouble.CUT_OFF)

    def _confirmed(self) -> Outcome:
        exact = self._look.confirm is Confirm.PRINTED
        self._drain()
        self._wire.send(replies.ask_printed(self._serial) if exact else replies.ASK_DRAINED, self._look.answer_s)
        wanted = replies.answer_printed(self._serial)
        until_s = self._clock.monotonic() + self._look.confirm_s
        heard = bytearray()
        while (left_s := until_s - self._clock.monotonic()) > 0:
            came = self._wire.receive(min(LOOK_AGAIN_S, left_s))
            heard += came
            if exact and wanted in heard:
                sensors = self._ask(replies.ASK_PAPER)
                return Printed(confirmed=True, paper=Paper.UNKNOWN if sensors is None else replies.paper_of(sensors))
            drained = [code for code in heard if replies.is_drained(code)]
            if not exact and drained:
                return Printed(confirmed=True, paper=replies.paper_when_drained(drained[0]))
            if not came:
                # The answers to these questions come at once, also while the printer holds the ticket back.
                self._wire.send(replies.ASK_PRINTER, self._look.answer_s)
                printer = [code for code in self._wire.receive(self._look.answer_s) if replies.is_status(code)]
                if printer and not replies.is_online(printer[-1]):
                    return Unknown(self.status().trouble or Trouble.OFFLINE)
        return Unknown(Trouble.UNCONFIRMED)

    def _ask(self, question: bytes) -> int | None:
        self._drain()
        self._wire.send(question, self._look.answer_s)
        until_s = self._clock.monotonic() + self._look.answer_s
        while (left_s := until_s - self._clock.monotonic()) > 0:
            for code in self._wire.receive(left_s):
                if replies.is_status(code):
                    return code
        return None

    def _await(self, wanted: bytes, within_s: float) -> bool:
        heard = bytearray()
        until_s = self._clock.monotonic() + within_s
        while (left_s := until_s - self._clock.monotonic()) > 0:
            heard += self._wire.receive(left_s)
            if wanted in heard:
                return True
        return False

    def _drain(self) -> None:
        """Read away what came unasked, so that it isn't taken for an answer."""
        while self._wire.receive(0.0):
            pass
