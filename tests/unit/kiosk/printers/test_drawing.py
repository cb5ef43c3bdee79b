"""Tickets as dots: nothing is cut off, the code can be read, no dots are a command (K-03)."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest
import zxingcpp
from PIL import Image

from contracts.fields import Language
from kiosk.core.ticket_layout import Line, Size, TicketLayout, lay_out
from kiosk.printers.drawing import draw, quiet, save_preview
from kiosk.printers.texts import load_ticket_words
from runtime.fonts import fonts
from tests.conformance.printers.tickets import PAGE, layout, ticket

pytestmark = [
    pytest.mark.req("K-03"),
    pytest.mark.skipif(fonts() is None, reason="Noto Sans CJK is not installed; scripts/bootstrap installs it"),
]

WIDTHS = [384, 512, 576]


def ink(image: Image.Image) -> tuple[int, int, int, int]:
    box = image.convert("L").point([255 - level for level in range(256)]).getbbox()
    assert box is not None
    return box


@pytest.mark.parametrize("width", WIDTHS)
@pytest.mark.parametrize("language", list(Language))
@pytest.mark.parametrize("large", [False, True])
def test_every_ticket_is_whole_and_its_code_can_be_read(width: int, language: Language, large: bool) -> None:
    image = draw(layout(language=language, large=large), width)
    assert image.mode == "1"
    assert image.width == width
    left, top, right, bottom = ink(image)
    assert left >= 4
    assert top >= 4
    assert right <= width - 4
    assert bottom <= image.height
    assert image.height < 1_500  # 19 cm
    assert [code.text for code in zxingcpp.read_barcodes(image.convert("L"))] == [PAGE]


@pytest.mark.parametrize("width", WIDTHS)
def test_the_longest_texts_stay_on_the_paper(width: int) -> None:
    long = replace(
        ticket(),
        number="ZZZ999999",
        business="Cross-border settlement guarantees and correspondent banking for small enterprises " * 2,
        branch="Samplebankaktiengesellschaftszweigniederlassungsverwaltungsgebäude",
        wait_min=(100, 999),
        people_before=9999,
        advice="好" * 70,
    )
    image = draw(lay_out(long, load_ticket_words(Language.KO), "ko"), width)
    left, _, right, _ = ink(image)
    assert left >= 1
    assert right <= width - 1


def test_large_letters_are_larger() -> None:
    assert draw(layout(large=True), 576).height > 1.1 * draw(layout(), 576).height


def test_right_to_left_mirrors_the_sides() -> None:
    wide = TicketLayout((Line("x", Size.BODY),), "en")
    pairs = TicketLayout(tuple(b for b in layout().blocks if not isinstance(b, Line)), "en")
    there, back = draw(pairs, 576), draw(replace(pairs, rightwards=False), 576)
    assert there.size == back.size
    code_left = zxingcpp.read_barcodes(there.convert("L"))[0].position.top_left.x
    code_right = zxingcpp.read_barcodes(back.convert("L"))[0].position.top_left.x
    assert code_left < 100 < 350 < code_right
    assert ink(draw(wide, 576)) is not None


def test_the_same_ticket_is_drawn_the_same() -> None:
    assert draw(layout(), 576).tobytes() == draw(layout(), 576).tobytes()


@pytest.mark.parametrize("command", [b"\x10\x04\x01", b"\x10\x05\x02", b"\x10\x14\x08\x01\x03\x14\x01\x06\x02\x08"])
@pytest.mark.parametrize("at", [0, 70, 71])
def test_no_dots_are_a_command(command: bytes, at: int) -> None:
    dots = bytearray(72 * 4)
    dots[at : at + len(command)] = command
    planted = Image.frombytes("1", (576, 4), bytes(code ^ 0xFF for code in dots))
    cleaned = quiet(planted)
    sent = bytes(code ^ 0xFF for code in cleaned.tobytes())
    assert cleaned.size == planted.size
    assert not any(bytes((0x10, after)) in sent for after in (0x04, 0x05, 0x14))
    changed = sum((a ^ b).bit_count() for a, b in zip(sent, dots, strict=True))
    assert changed == 1


def test_a_width_of_no_whole_bytes_is_filled_up_with_white() -> None:
    odd = Image.new("1", (20, 3), 255)
    odd.putpixel((19, 1), 0)
    cleaned = quiet(odd)
    assert cleaned.width == 24
    assert ink(cleaned) == (19, 1, 20, 2)


def test_a_preview_is_a_picture_of_the_paper(tmp_path: Path) -> None:
    path = tmp_path / "ticket.png"
    save_preview(layout(), 384, path)
    with Image.open(path) as preview:
        assert preview.width == 384 + 48
        assert [code.text for code in zxingcpp.read_barcodes(preview)] == [PAGE]
