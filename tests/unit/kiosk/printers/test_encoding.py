"""Printers from TOML, the bytes for a make, and what importing the library leaves behind (K-03)."""

from __future__ import annotations

import logging
import subprocess
import sys
from contextlib import closing
from pathlib import Path

import msgspec
import pytest

from contracts.fields import Language
from kiosk.printers.encoding import Encoder
from kiosk.printers.library import library
from kiosk.printers.opening import open_printer
from kiosk.printers.settings import DummyPrinter, Look, PrinterSettings, Style
from runtime.clock import SystemClock
from runtime.config import parse_config
from runtime.errors import ConfigError
from tests.conformance.printers.tickets import layout

pytestmark = pytest.mark.req("K-03")

RESET, PARTIAL_CUT, RASTER, COLUMNS = b"\x1b@", b"\x1dV\x01", b"\x1dv0", b"\x1b*"


class Kiosk(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    printer: PrinterSettings


def read(text: str) -> PrinterSettings:
    return parse_config("[printer]\n" + text, Kiosk, origin="kiosk").printer


@pytest.mark.parametrize(
    "text",
    [
        'kind = "network"\nhost = "192.0.2.7"\nport = 9101\nprofile = "TM-T88V"\nconnect_s = 1\n',
        'kind = "usb"\nvendor = 0x04b8\nproduct = 0x0e15\n',
        'kind = "file"\npath = "/dev/usb/lp0"\ndots = 384\nstyle = "text"\nencoding = "gb18030"\n',
        'kind = "dummy"\n',
    ],
)
def test_every_printer_can_be_written_in_toml(text: str) -> None:
    settings = read(text)
    assert text.startswith(f'kind = "{settings.__struct_config__.tag}"')
    with closing(open_printer(settings, SystemClock())):
        pass  # nothing is opened before the first job


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ('kind = "laser"\n', "laser"),
        ('kind = "network"\n', "host"),
        ('kind = "network"\nhost = ""\n', "host"),
        ('kind = "usb"\nvendor = 0x1ffff\nproduct = 1\n', "vendor"),
        ('kind = "dummy"\ndots = 20\n', "dots"),
        ('kind = "dummy"\nwrite_s = 0\n', "write_s"),
        ('kind = "dummy"\npaper = 80\n', "paper"),
    ],
)
def test_errors_name_the_key(text: str, said: str) -> None:
    with pytest.raises(ConfigError) as raised:
        read(text)
    assert said in str(raised.value)


@pytest.mark.parametrize(
    ("look", "said"),
    [
        (Look(profile="TM-T99"), "TM-T88V"),
        (Look(profile="TM-T88V", dots=576), "has 512 across"),
        (Look(profile="OCD-100"), "prints no pictures"),
        (Look(style=Style.TEXT, encoding="big6"), "big6"),
    ],
)
def test_settings_that_can_not_be(look: Look, said: str) -> None:
    with pytest.raises(ConfigError, match=said):
        Encoder(look)


@pytest.mark.parametrize(
    ("look", "dots", "command", "cuts"),
    [
        (Look(), 576, RASTER, True),
        (Look(dots=384), 384, RASTER, True),
        (Look(profile="TM-T88V"), 512, RASTER, True),
        (Look(profile="NT-5890K"), 384, RASTER, False),
        (Look(profile="TM-U220"), 400, COLUMNS, False),
    ],
)
def test_the_make_decides(look: Look, dots: int, command: bytes, cuts: bool) -> None:
    encoder = Encoder(look)
    assert encoder.dots == dots
    ticket = encoder.encode(layout())
    assert ticket.startswith(RESET)
    assert command in ticket
    assert (PARTIAL_CUT in ticket) is cuts


def test_in_text_a_ticket_is_several_times_shorter() -> None:
    text = Encoder(Look(profile="TM-T88V", style=Style.TEXT, encoding="gb18030"))
    picture = Encoder(Look(profile="TM-T88V"))
    for language in Language:
        assert len(text.encode(layout(language=language))) < len(picture.encode(layout(language=language))) / 20


def test_in_text_no_line_is_wider_than_the_paper() -> None:
    ticket = Encoder(Look(profile="NT-5890K", style=Style.TEXT, encoding="gb18030")).encode(
        layout(language=Language.ZH)
    )
    for line in ticket.split(b"\n"):
        words = line.replace(b"\x1c&", b"").replace(b"\x1c.", b"")
        if b"\x1d" not in words and b"\x1b" not in words:
            assert len(words) <= 32, words


def test_nothing_is_said_on_standard_output(capsys: pytest.CaptureFixture[str]) -> None:
    Encoder(DummyPrinter(profile="default")).encode(layout())
    assert capsys.readouterr().out == ""


def test_importing_the_library_sets_up_no_logging_and_leaves_no_files(tmp_path: Path) -> None:
    before = list(logging.getLogger().handlers)
    library()
    assert logging.getLogger().handlers == before
    program = (
        "import logging\nfrom kiosk.printers.library import library\nlibrary()\nprint(logging.getLogger().handlers)\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", program],
        capture_output=True,
        text=True,
        check=True,
        cwd=Path(__file__).resolve().parents[4],
        env={"TMPDIR": str(tmp_path), "PATH": "/usr/bin:/bin"},
    )
    assert done.stdout == "[]\n"
    assert list(tmp_path.iterdir()) == []
