"""Tickets through python-escpos's USB printer and pyusb, to a backend of pyusb's with a printer behind (K-03)."""

from __future__ import annotations

import time
from collections.abc import Iterator

import pytest

pytest.importorskip("usb", reason="pyusb is not installed")

from kiosk.printers.encoding import Encoder
from kiosk.printers.escpos_printer import EscposPrinter
from kiosk.printers.ports import NotPrinted, Paper, Printed, PrinterStatus, Trouble, Unknown
from kiosk.printers.settings import UsbPrinter
from kiosk.printers.wire import wire_to
from runtime.clock import SystemClock
from tests.conformance.printers.paper import FakePrinter
from tests.conformance.printers.tickets import job
from tests.integration.kiosk.usb_printer import PRODUCT, VENDOR, FakeUsb

pytestmark = pytest.mark.req("K-03")


class Stand:
    def __init__(self, paper: FakePrinter) -> None:
        self.paper = paper
        self.usb = FakeUsb(paper)
        settings = UsbPrinter(vendor=VENDOR, product=PRODUCT, answer_s=0.1, confirm_s=0.5)
        self.printer = EscposPrinter(wire_to(settings, self.usb), Encoder(settings), settings, SystemClock())


@pytest.fixture
def stand() -> Iterator[Stand]:
    with FakePrinter() as paper:
        made = Stand(paper)
        yield made
        made.printer.close()


async def test_a_ticket(stand: Stand) -> None:
    assert await stand.printer.status() == PrinterStatus(Paper.OK)
    assert await stand.printer.print(job(time.monotonic() + 30)) == Printed(True, Paper.OK)
    assert len(stand.paper.tickets) == 1


async def test_paper_out(stand: Stand) -> None:
    stand.paper.paper_out = True
    assert await stand.printer.print(job(time.monotonic() + 30)) == NotPrinted(Trouble.PAPER_OUT)
    assert stand.paper.held == 0


async def test_not_plugged_in_and_plugged_in_later(stand: Stand) -> None:
    stand.usb.plugged = False
    assert (await stand.printer.status()).trouble is Trouble.UNREACHABLE
    assert await stand.printer.print(job(time.monotonic() + 30)) == NotPrinted(Trouble.UNREACHABLE)
    stand.usb.plugged = True
    assert isinstance(await stand.printer.print(job(time.monotonic() + 30)), Printed)
    assert len(stand.paper.tickets) == 1


async def test_pulled_out_within_a_ticket(stand: Stand) -> None:
    stand.usb.breaks_after = 5_000
    assert await stand.printer.print(job(time.monotonic() + 30)) == Unknown(Trouble.CUT_OFF)
    stand.usb.breaks_after, stand.usb.plugged = None, True
    assert isinstance(await stand.printer.print(job(time.monotonic() + 30)), Printed)
    assert len(stand.paper.tickets) == 1
    assert stand.paper.clears == 1
