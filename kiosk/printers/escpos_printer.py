"""The ESC/POS printer: jobs in order on a thread of its own, none begun too late, none begun twice (spec K-03).

What a printer holds back, as when its paper ends within a ticket, it prints after the new roll is in: a ticket of
somebody long gone. So it is asked before every job; a job that broke off is cleared from its buffer at once where it
can do that, and before the next job in any case.
"""

import asyncio
import logging
import queue
import threading
from collections.abc import Callable
from typing import Protocol, TypeVar

from kiosk.core.ticket_layout import TicketLayout
from kiosk.printers.ports import (
    WHAT_TO_DO,
    NotPrinted,
    Outcome,
    Paper,
    Printed,
    PrinterStatus,
    PrintJob,
    Trouble,
    Unknown,
)
from kiosk.printers.settings import Look
from kiosk.printers.talking import Talk
from kiosk.printers.wire import Wire, WireLost
from runtime.clock import Clock
from runtime.errors import ConfigError

log = logging.getLogger(__name__)

SPARE_S = 2.0
"""More than a job's own limits, before its thread counts as stuck."""


Result = TypeVar("Result")


class Encodes(Protocol):
    """Makes a printer's bytes of a layout."""

    def encode(self, layout: TicketLayout) -> bytes: ...


class _Turn:
    """Decides once, between the printer's thread and the caller, whether a job is begun."""

    def __init__(self, good_until_s: float) -> None:
        self._good_until_s = good_until_s
        self._lock = threading.Lock()
        self._over = False
        self._begun = False

    def awaited(self, at_s: float) -> bool:
        """Whether it is worth preparing."""
        with self._lock:
            return not self._over and at_s < self._good_until_s

    def begin(self, at_s: float) -> bool:
        """Whether to send the first byte now."""
        with self._lock:
            self._begun = not self._over and at_s < self._good_until_s
            return self._begun

    def withdraw(self) -> bool:
        """Don't begin it any more; false when it has begun."""
        with self._lock:
            self._over = True
            return not self._begun


class EscposPrinter:
    """Prints by a wire and an encoder. ``close`` it, or its thread waits for ever."""

    def __init__(self, wire: Wire, encoder: Encodes, look: Look, clock: Clock, *, spare_s: float = SPARE_S) -> None:
        self._wire = wire
        self._encoder = encoder
        self._look = look
        self._clock = clock
        self._patience_s = look.write_s + look.confirm_s + spare_s
        self._talk = Talk(wire, look, clock)
        self._held_back = False
        self._closed = False
        self._tasks: queue.SimpleQueue[Callable[[], None] | None] = queue.SimpleQueue()
        # A daemon: a device file that takes nothing can hold it for ever, and must not hold the process.
        self._thread = threading.Thread(target=self._work, name="printer", daemon=True)
        self._thread.start()

    async def print(self, job: PrintJob) -> Outcome:
        if self._closed:
            return NotPrinted(Trouble.CLOSED)
        turn = _Turn(job.good_until_s)
        done = self._run(lambda: self._print(job, turn))
        try:
            outcome = await self._outcome(job, turn, done)
        except asyncio.CancelledError:
            turn.withdraw()
            raise
        _say(job.name, outcome)
        return outcome

    async def _outcome(self, job: PrintJob, turn: _Turn, done: "asyncio.Future[Outcome]") -> Outcome:
        await asyncio.wait({done}, timeout=max(0.0, job.good_until_s - self._clock.monotonic()))
        if not done.done() and turn.withdraw():
            return NotPrinted(Trouble.STALE)
        await asyncio.wait({done}, timeout=self._patience_s)
        return done.result() if done.done() else Unknown(Trouble.STUCK)

    async def status(self) -> PrinterStatus:
        if self._closed:
            return PrinterStatus(Paper.UNKNOWN, Trouble.CLOSED)
        done = self._run(self._status)
        await asyncio.wait({done}, timeout=self._patience_s)
        return done.result() if done.done() else PrinterStatus(Paper.UNKNOWN, Trouble.STUCK)

    def close(self) -> None:
        self._closed = True
        self._tasks.put(None)

    # --- on the printer's thread -------------------------------------------------------------------------------------

    def _print(self, job: PrintJob, turn: _Turn) -> Outcome:
        if self._closed:
            return NotPrinted(Trouble.CLOSED)
        if not turn.awaited(self._clock.monotonic()):
            return NotPrinted(Trouble.STALE)
        try:
            ticket = self._encoder.encode(job.layout)
        except (ConfigError, ValueError) as error:
            log.error("ticket_unfit ticket=%s why=%r", job.name, str(error))
            return NotPrinted(Trouble.UNFIT)
        outcome: Outcome = NotPrinted(Trouble.UNREACHABLE)
        try:
            self._wire.open()
            if self._held_back:
                self._clear()
            status = self._talk.status()
            if status.trouble is not None:
                outcome = NotPrinted(status.trouble)
            elif not turn.begin(self._clock.monotonic()):
                outcome = NotPrinted(Trouble.STALE)
            else:
                outcome = self._talk.hand_over(ticket)
                if isinstance(outcome, Unknown):
                    self._held_back = True
                    self._clear()
        except WireLost as lost:
            log.warning("printer_lost ticket=%s why=%r", job.name, str(lost))
        finally:
            self._wire.close(drop=not isinstance(outcome, Printed))
        return outcome

    def _clear(self) -> None:
        try:
            if self._talk.clear():
                self._held_back = False
        except WireLost as lost:
            log.warning("printer_not_cleared why=%r effect='cleared before the next ticket'", str(lost))

    def _status(self) -> PrinterStatus:
        try:
            if not self._look.answers:
                self._wire.probe()
                return PrinterStatus(Paper.UNKNOWN)
            self._wire.open()
            if self._held_back:
                self._clear()
            return self._talk.status()
        except WireLost:
            return PrinterStatus(Paper.UNKNOWN, Trouble.UNREACHABLE)
        finally:
            self._wire.close(drop=False)

    def _work(self) -> None:
        while (task := self._tasks.get()) is not None:
            task()

    def _run(self, work: Callable[[], Result]) -> "asyncio.Future[Result]":
        """Do it on the printer's thread; the future is of the running loop."""
        loop = asyncio.get_running_loop()
        done: asyncio.Future[Result] = loop.create_future()

        def settle(result: Result | None, error: BaseException | None) -> None:
            if done.done():
                return  # nobody waits any more
            if error is not None:
                done.set_exception(error)
            elif result is not None:
                done.set_result(result)

        def task() -> None:
            result: Result | None = None
            fault: BaseException | None = None
            try:
                result = work()
            except Exception as error:
                fault = error
            try:
                loop.call_soon_threadsafe(settle, result, fault)
            except RuntimeError:
                log.debug("printer_loop_gone")

        self._tasks.put(task)
        return done


def _say(name: str, outcome: Outcome) -> None:
    match outcome:
        case Printed(paper=Paper.NEAR_END):
            log.warning("paper_near_end ticket=%s do='have a new roll ready'", name)
        case Printed():
            log.debug("ticket_printed ticket=%s confirmed=%s", name, outcome.confirmed)
        case NotPrinted(why=why):
            log.warning("ticket_not_printed ticket=%s why=%s do=%r", name, why, WHAT_TO_DO[why])
        case Unknown(why=why):
            log.warning("ticket_perhaps_printed ticket=%s why=%s do=%r", name, why, WHAT_TO_DO[why])
