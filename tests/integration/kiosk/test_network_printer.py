"""What becomes of a ticket when the printer fails, over a real socket (K-03)."""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager

import msgspec
import pytest
import zxingcpp
from PIL import Image

from contracts.fields import Language
from kiosk.printers.drawing import draw
from kiosk.printers.escpos_printer import EscposPrinter
from kiosk.printers.opening import open_printer
from kiosk.printers.ports import NotPrinted, Outcome, Paper, Printed, PrinterStatus, PrintJob, Trouble, Unknown
from kiosk.printers.settings import Confirm, NetworkPrinter, Style
from runtime.clock import SystemClock
from tests.conformance.printers.paper import FakePrinter
from tests.conformance.printers.tickets import PAGE, job, layout

pytestmark = pytest.mark.req("K-03")


@pytest.fixture
def paper() -> Iterator[FakePrinter]:
    with FakePrinter() as made:
        yield made


def settings(paper: FakePrinter, **more: object) -> NetworkPrinter:
    plain = {"host": "127.0.0.1", "port": paper.port, "answer_s": 0.2, "confirm_s": 1.0, "write_s": 1.0, **more}
    return msgspec.convert(plain | {"kind": "network"}, NetworkPrinter)


@asynccontextmanager
async def opened(found: NetworkPrinter) -> AsyncIterator[EscposPrinter]:
    printer = open_printer(found, SystemClock())
    try:
        yield printer
    finally:
        printer.close()


async def print_one(found: NetworkPrinter, number: str = "A017", life_s: float = 30.0) -> Outcome:
    async with opened(found) as printer:
        return await printer.print(job(time.monotonic() + life_s, number))


def read_codes(picture: Image.Image) -> list[str]:
    return [found.text for found in zxingcpp.read_barcodes(picture.convert("L"))]


@pytest.mark.parametrize("language", list(Language))
async def test_what_is_on_paper_is_the_ticket(paper: FakePrinter, language: Language) -> None:
    async with opened(settings(paper)) as printer:
        assert await printer.print(job(time.monotonic() + 30, language=language)) == Printed(True, Paper.OK)
    (strip,) = paper.tickets
    wanted, came = draw(layout(language=language), 576), strip.picture()
    assert came.size == wanted.size
    different = sum(a != b for a, b in zip(came.convert("L").tobytes(), wanted.convert("L").tobytes(), strict=True))
    assert different <= 8  # dots that would have been a command
    assert read_codes(came) == [PAGE]


async def test_a_long_ticket_comes_in_several_pictures(paper: FakePrinter) -> None:
    large = layout(large=True)
    async with opened(settings(paper)) as printer:
        assert isinstance(await printer.print(PrintJob("A017", large, time.monotonic() + 30)), Printed)
    (strip,) = paper.tickets
    assert len(strip.pictures) == 2
    assert strip.picture().size == draw(large, 576).size
    assert read_codes(strip.picture()) == [PAGE]


@pytest.mark.parametrize(("profile", "width"), [("TM-T88V", 512), ("NT-5890K", 384)])
async def test_the_profile_decides_width_and_command(paper: FakePrinter, profile: str, width: int) -> None:
    async with opened(settings(paper, profile=profile)) as printer:
        await printer.print(job(time.monotonic() + 30))
        pictures = (paper.tickets or [paper.strip])[0]
        assert pictures.picture().width == width


async def test_in_the_printers_own_characters(paper: FakePrinter) -> None:
    found = settings(paper, profile="TM-T88V", style=Style.TEXT.value, encoding="gb18030")
    async with opened(found) as printer:
        for language in (Language.ZH, Language.KO):
            assert isinstance(await printer.print(job(time.monotonic() + 30, language=language)), Printed)
    chinese, korean = paper.tickets
    assert "贷款与按揭业务".encode("gb18030") in chinese.text
    assert "前面等候".encode("gb18030") in chinese.text
    assert chinese.codes == [PAGE.encode()]
    assert not chinese.pictures
    assert "앞에 기다리는 분".encode("gb18030") in korean.text


async def test_characters_that_a_printer_lacks_come_as_a_picture(paper: FakePrinter) -> None:
    found = settings(paper, profile="TM-T88V", style=Style.TEXT.value, encoding="cp949")
    async with opened(found) as printer:
        await printer.print(job(time.monotonic() + 30, language=Language.ZH))
    assert paper.tickets[0].pictures
    assert read_codes(paper.tickets[0].picture()) == [PAGE]


@pytest.mark.parametrize(
    ("fault", "trouble"),
    [
        ("paper_out", Trouble.PAPER_OUT),
        ("cover_open", Trouble.COVER_OPEN),
        ("jammed", Trouble.CUTTER),
        ("mute", Trouble.SILENT),
    ],
)
async def test_a_printer_that_can_not_print_is_sent_nothing(paper: FakePrinter, fault: str, trouble: Trouble) -> None:
    setattr(paper, fault, True)
    async with opened(settings(paper)) as printer:
        assert await printer.print(job(time.monotonic() + 30)) == NotPrinted(trouble)
        status = await printer.status()
    assert status.trouble is trouble
    paper.refill()
    assert (paper.tickets, paper.held) == ([], 0)


async def test_near_its_end_the_roll_still_prints(paper: FakePrinter, caplog: pytest.LogCaptureFixture) -> None:
    paper.near_end = True
    async with opened(settings(paper)) as printer:
        assert await printer.status() == PrinterStatus(Paper.NEAR_END)
        assert await printer.print(job(time.monotonic() + 30)) == Printed(True, Paper.NEAR_END)
    assert "paper_near_end" in caplog.text


async def test_a_ticket_that_ran_out_of_paper_is_not_finished_on_the_next_roll(paper: FakePrinter) -> None:
    paper.paper_dots = 100
    async with opened(settings(paper)) as printer:
        assert await printer.print(job(time.monotonic() + 30, "A017")) == Unknown(Trouble.PAPER_OUT)
        assert paper.clears == 1
        assert await printer.print(job(time.monotonic() + 30, "A018")) == NotPrinted(Trouble.PAPER_OUT)
        paper.refill()
        assert paper.tickets == []
        assert isinstance(await printer.print(job(time.monotonic() + 30, "A019")), Printed)
    assert len(paper.tickets) == 1
    assert paper.tickets[0].picture().height == draw(layout("A019"), 576).height


async def test_without_the_command_to_clear_it_is_not_called_unprinted(paper: FakePrinter) -> None:
    paper.paper_dots = 100
    paper.knows_clear = False
    assert await print_one(settings(paper)) == Unknown(Trouble.PAPER_OUT)


async def test_what_a_job_left_is_cleared_after_reconnecting(paper: FakePrinter) -> None:
    """It answered nothing while the first ticket was sent, so that only the next connection could clear it."""
    async with opened(settings(paper)) as printer:
        paper.paper_dots = 100
        paper.knows_clear = False
        await printer.print(job(time.monotonic() + 30, "A017"))
        assert paper.held > 0
        paper.knows_clear = True
        assert (await printer.status()).trouble is Trouble.PAPER_OUT
        assert paper.held == 0
        paper.refill()
        assert isinstance(await printer.print(job(time.monotonic() + 30, "A018")), Printed)
    assert len(paper.tickets) == 1


async def test_dead_in_the_middle_is_neither_printed_nor_not_printed(paper: FakePrinter) -> None:
    paper.takes = 20_000
    async with opened(settings(paper)) as printer:
        assert await printer.print(job(time.monotonic() + 30)) == Unknown(Trouble.CUT_OFF)
        assert await printer.print(job(time.monotonic() + 30)) == NotPrinted(Trouble.UNREACHABLE)
        assert (await printer.status()).trouble is Trouble.UNREACHABLE
    assert paper.tickets == []


async def test_one_that_takes_no_more_is_given_up_in_time(paper: FakePrinter) -> None:
    paper.slow = True
    async with asyncio.timeout(20):  # it would wait for ever
        assert await print_one(settings(paper, write_s=0.5)) == Unknown(Trouble.CUT_OFF)
    assert paper.tickets == []
    # What the kernel still held was thrown away, not sent at leisure.
    assert await asyncio.to_thread(paper.broken.wait, 20)
    assert paper.resets == 1


async def test_jobs_behind_a_slow_one_grow_stale_instead_of_late(paper: FakePrinter) -> None:
    paper.slow = True
    async with opened(settings(paper, write_s=0.8)) as printer:
        first = asyncio.ensure_future(printer.print(job(time.monotonic() + 30, "A017")))
        second = asyncio.ensure_future(printer.print(job(time.monotonic() + 0.2, "A018")))
        assert await second == NotPrinted(Trouble.STALE)
        assert not first.done()
        assert isinstance(await first, Unknown)
        await printer.status()  # the thread has come past the second one
    assert paper.connections == 2  # the first ticket's and the question's


async def test_a_cancelled_job_is_not_begun(paper: FakePrinter) -> None:
    paper.slow = True
    async with opened(settings(paper, write_s=0.5)) as printer:
        first = asyncio.ensure_future(printer.print(job(time.monotonic() + 30, "A017")))
        second = asyncio.ensure_future(printer.print(job(time.monotonic() + 30, "A018")))
        await asyncio.sleep(0)  # both are queued
        second.cancel()
        with pytest.raises(asyncio.CancelledError):
            await second
        await first
        paper.slow = False
        paper.received = 0
        assert isinstance(await printer.print(job(time.monotonic() + 30, "A019")), Printed)
    assert len(paper.tickets) == 1


async def test_print_confirmation_by_process_id(paper: FakePrinter) -> None:
    async with opened(settings(paper, confirm=Confirm.PRINTED.value)) as printer:
        for _ in range(2):
            assert await printer.print(job(time.monotonic() + 30)) == Printed(True, Paper.OK)
    assert len(paper.tickets) == 2


async def test_back_after_it_was_away(paper: FakePrinter) -> None:
    found = settings(paper)
    async with opened(found) as printer:
        paper.unplug()
        assert await printer.print(job(time.monotonic() + 30)) == NotPrinted(Trouble.UNREACHABLE)
    with FakePrinter() as other:
        assert isinstance(await print_one(settings(other)), Printed)
        assert len(other.tickets) == 1


async def test_the_log_says_what_to_do(paper: FakePrinter, caplog: pytest.LogCaptureFixture) -> None:
    paper.paper_out = True
    with caplog.at_level(logging.DEBUG):
        await print_one(settings(paper))
    assert "ticket_not_printed ticket=A017 why=paper_out do='put in a new roll'" in caplog.text
    assert PAGE not in caplog.text
