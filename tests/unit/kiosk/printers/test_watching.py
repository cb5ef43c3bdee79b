"""How a printer is, told when it changes (K-03)."""

from __future__ import annotations

import asyncio
import logging

import pytest

from kiosk.printers.ports import NotPrinted, Outcome, Paper, Printed, PrinterStatus, PrintJob, Trouble, Unknown
from kiosk.printers.watching import PrinterWatch

pytestmark = pytest.mark.req("K-03")

WELL = PrinterStatus(Paper.OK)
EMPTY = PrinterStatus(Paper.OUT, Trouble.PAPER_OUT)


class PlayedPrinter:
    """Is as the test says, and notes when it was asked."""

    def __init__(self, *statuses: PrinterStatus) -> None:
        self._statuses = list(statuses)
        self.asked_s: list[float] = []
        self.all_asked = asyncio.Event()

    async def print(self, job: PrintJob) -> Outcome:
        return NotPrinted(Trouble.CLOSED)

    async def status(self) -> PrinterStatus:
        self.asked_s.append(asyncio.get_running_loop().time())
        found = self._statuses.pop(0)
        if not self._statuses:
            self.all_asked.set()
            self._statuses.append(found)
        return found

    def close(self) -> None:
        pass


@pytest.mark.looptime
async def test_changes_are_told_and_trouble_is_looked_at_more_often(caplog: pytest.LogCaptureFixture) -> None:
    printer = PlayedPrinter(WELL, WELL, EMPTY, EMPTY, WELL)
    told: list[PrinterStatus] = []
    watch = PrinterWatch(printer, told.append, every_s=30, soon_s=5)
    assert watch.status is None
    with caplog.at_level(logging.INFO):
        task = asyncio.ensure_future(watch.run())
        await printer.all_asked.wait()
        await asyncio.sleep(0)
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)
    assert told == [WELL, EMPTY, WELL]
    assert watch.status == WELL
    waits = [round(b - a) for a, b in zip(printer.asked_s, printer.asked_s[1:], strict=False)]
    assert waits == [30, 30, 5, 5]
    assert "printer_trouble why=paper_out do='put in a new roll'" in caplog.text


@pytest.mark.parametrize(
    ("outcome", "status"),
    [
        (Printed(True, Paper.NEAR_END), PrinterStatus(Paper.NEAR_END)),
        (NotPrinted(Trouble.PAPER_OUT), EMPTY),
        (Unknown(Trouble.CUT_OFF), PrinterStatus(Paper.UNKNOWN, Trouble.CUT_OFF)),
        (NotPrinted(Trouble.STALE), None),
        (NotPrinted(Trouble.UNFIT), None),
    ],
)
async def test_a_ticket_tells_as_well(outcome: Outcome, status: PrinterStatus | None) -> None:
    told: list[PrinterStatus] = []
    watch = PrinterWatch(PlayedPrinter(WELL), told.append)
    watch.printed(outcome)
    watch.printed(outcome)
    assert watch.status == status
    assert told == ([] if status is None else [status])
