"""The command that tries a printer (K-03)."""

from __future__ import annotations

from pathlib import Path

import pytest
import zxingcpp
from click.testing import CliRunner
from PIL import Image

from kiosk.printers.ports import WHAT_TO_DO, Trouble
from kiosk.printers.trial import main
from tests.conformance.printers.paper import FakePrinter
from tests.peers import free_port

pytestmark = pytest.mark.req("K-03")


def run(*arguments: str) -> tuple[int, str]:
    done = CliRunner().invoke(main, list(arguments))
    return done.exit_code, done.output


@pytest.fixture
def config(tmp_path: Path) -> Path:
    path = tmp_path / "kiosk.toml"
    path.write_text('device = "kiosk-1"\n[printer]\nkind = "dummy"\n')
    return path


def of_network(path: Path, port: int) -> str:
    path.write_text(f'[printer]\nkind = "network"\nhost = "127.0.0.1"\nport = {port}\n')
    return str(path)


def test_it_tells_how_the_printer_is_and_prints(tmp_path: Path) -> None:
    with FakePrinter() as paper:
        config = of_network(tmp_path / "kiosk.toml", paper.port)
        assert run(config) == (0, "ready, paper: ok\n")
        assert paper.tickets == []
        printed = run(config, "--print", "--language", "ko")
        assert printed == (0, "printed (confirmed by the printer), paper: ok\n")
        assert len(paper.tickets) == 1
        paper.paper_out = True
        assert run(config) == (1, "paper_out: put in a new roll\n")
        assert run(config, "--print") == (1, "not printed, paper_out: put in a new roll\n")


def test_a_printer_out_of_reach_is_named(tmp_path: Path) -> None:
    port = free_port()
    config = of_network(tmp_path / "kiosk.toml", port)
    assert run(config) == (1, f"unreachable (127.0.0.1:{port}): {WHAT_TO_DO[Trouble.UNREACHABLE]}\n")
    code, said = run(config, "--print")
    assert code == 1
    assert f"not printed, unreachable (127.0.0.1:{port}): " in said


def test_a_device_file_that_is_not_there_is_named(config: Path, tmp_path: Path) -> None:
    config.write_text(f'[printer]\nkind = "file"\npath = "{tmp_path / "no" / "lp0"}"\n')
    code, said = run(str(config), "--print")
    assert code == 1
    assert f"unreachable ({tmp_path / 'no' / 'lp0'}): " in said


@pytest.mark.parametrize("name", ["no/ticket.png", "."])
def test_a_picture_that_can_not_be_written_is_said(config: Path, tmp_path: Path, name: str) -> None:
    code, said = run(str(config), "--png", str(tmp_path / name))
    assert code != 0
    assert str(tmp_path / name) in said
    assert "can't be written: No such file" in said or "is a directory" in said


def test_it_draws_a_picture(config: Path, tmp_path: Path) -> None:
    png = tmp_path / "ticket.png"
    assert run(str(config), "--png", str(png), "--language", "zh", "--large")[0] == 0
    with Image.open(png) as picture:
        assert [code.text for code in zxingcpp.read_barcodes(picture)] == ["https://usher.invalid/trial"]


def test_wrong_settings_are_said(config: Path) -> None:
    config.write_text('[printer]\nkind = "dummy"\nprofile = "none such"\n')
    code, said = run(str(config))
    assert code == 1
    assert "none such" in said
