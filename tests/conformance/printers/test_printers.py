"""One suite for every printer: network (a real socket), device file, dummy (K-03)."""

from __future__ import annotations

import time
from abc import ABC, abstractmethod
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest

from contracts.fields import Language
from kiosk.printers.encoding import Encoder
from kiosk.printers.escpos_printer import EscposPrinter
from kiosk.printers.opening import open_printer
from kiosk.printers.ports import NotPrinted, Paper, Printed, Trouble
from kiosk.printers.settings import DummyPrinter, FilePrinter, NetworkPrinter
from kiosk.printers.wire import DummyWire, wire_to
from runtime.clock import SystemClock
from tests.conformance.printers.paper import FakePrinter
from tests.conformance.printers.tickets import job

pytestmark = pytest.mark.req("K-03")

CUT = b"\x1dV"


class Stand(ABC):
    """A printer, whether it can be asked, and how many tickets reached it."""

    asked = False

    def __init__(self, printer: EscposPrinter) -> None:
        self.printer = printer

    @abstractmethod
    def came(self) -> int:
        """How many tickets reached it."""


class NetworkStand(Stand):
    asked = True

    def __init__(self, paper: FakePrinter) -> None:
        super().__init__(open_printer(NetworkPrinter(host="127.0.0.1", port=paper.port), SystemClock()))
        self.paper = paper

    def came(self) -> int:
        return len(self.paper.tickets)


class FileStand(Stand):
    """A plain file: each ticket replaces the one before."""

    def __init__(self, path: Path) -> None:
        super().__init__(open_printer(FilePrinter(path=str(path)), SystemClock()))
        self._path = path

    def came(self) -> int:
        return self._path.read_bytes().count(CUT) if self._path.exists() else 0


class DummyStand(Stand):
    def __init__(self) -> None:
        settings = DummyPrinter(answers=False)
        wire = wire_to(settings)
        assert isinstance(wire, DummyWire)
        super().__init__(EscposPrinter(wire, Encoder(settings), settings, SystemClock()))
        self._wire = wire

    def came(self) -> int:
        return self._wire.content.count(CUT)


@pytest.fixture(params=["network", "file", "dummy"])
def stand(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Stand]:
    with FakePrinter() as paper:
        kind = request.param
        made = NetworkStand(paper) if kind == "network" else FileStand(tmp_path / "lp0") if kind == "file" else None
        found = made or DummyStand()
        with closing(found.printer):
            yield found


async def test_a_ticket_is_printed(stand: Stand) -> None:
    outcome = await stand.printer.print(job(time.monotonic() + 30))
    paper = Paper.OK if stand.asked else Paper.UNKNOWN
    assert outcome == Printed(confirmed=stand.asked, paper=paper)
    assert stand.came() == 1


@pytest.mark.parametrize("language", list(Language))
async def test_in_every_language(stand: Stand, language: Language) -> None:
    assert isinstance(await stand.printer.print(job(time.monotonic() + 30, language=language)), Printed)


async def test_a_stale_job_is_not_printed(stand: Stand) -> None:
    assert await stand.printer.print(job(time.monotonic() - 0.001)) == NotPrinted(Trouble.STALE)
    assert await stand.printer.status() is not None  # whatever was queued before it is over
    assert stand.came() == 0


async def test_the_status_prints_nothing_and_leaves_what_was_printed(stand: Stand) -> None:
    assert (await stand.printer.status()).ready
    assert stand.came() == 0
    await stand.printer.print(job(time.monotonic() + 30))
    status = await stand.printer.status()
    assert status.ready
    assert status.paper is (Paper.OK if stand.asked else Paper.UNKNOWN)
    assert stand.came() == 1


async def test_a_closed_printer_prints_no_more(stand: Stand) -> None:
    stand.printer.close()
    assert await stand.printer.print(job(time.monotonic() + 30)) == NotPrinted(Trouble.CLOSED)
    assert (await stand.printer.status()).trouble is Trouble.CLOSED
    assert stand.came() == 0
