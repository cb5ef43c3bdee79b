"""Draws a ticket as black and white dots: for a printer of any make, for a preview, for tests (spec K-03)."""

import unicodedata
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache
from math import ceil
from pathlib import Path

import zxingcpp
from PIL import Image, ImageDraw, ImageFont, ImageOps

from kiosk.core.ticket_layout import Block, Code, Divider, Gap, Line, Pair, Side, Size, TicketLayout
from runtime.errors import ConfigError
from runtime.fonts import FontFiles, fonts

FULL_WIDTH = 576
"""Dots across an 80 mm roll at 203 dpi: 72 mm. Sizes below are meant for it."""

LONGEST = 3200
"""Dots of paper, 40 cm: more than texts of the lengths that messages allow can fill."""

NARROW = 480
"""From here on words stand below the code."""

NARROW_SCALE = 0.85
"""A 58 mm roll has two thirds of the dots, and its reader the same eyes."""

LARGE_SCALE = 1.3
DARK_BELOW = 140
"""Of 255: a little bolder than half, as thermal paper eats thin strokes."""

SIZES = {Size.SMALL: 22, Size.BODY: 27, Size.LARGE: 32, Size.TITLE: 38, Size.NUMBER: 168}
LEADING = 1.36
MODULE = 6
"""Dots of a module of the code: 0.75 mm, which old phones still read."""

QUIET = 2
"""Modules kept free in the picture; the paper around makes up the four of ISO/IEC 18004."""

NO_START = frozenset("，。、！？；：）」』》】…,.!?;:)]}%")
"""Never at the start of a line."""


@dataclass(frozen=True, slots=True)
class _Pen:
    """Where the next block goes. ``scale`` of sizes, ``margin`` at both sides."""

    image: Image.Image
    canvas: ImageDraw.ImageDraw
    width: int
    margin: int
    scale: float
    layout: TicketLayout

    def font(self, size: Size, bold: bool) -> ImageFont.FreeTypeFont:
        large = LARGE_SCALE if self.layout.large and size is not Size.NUMBER else 1.0
        return _font(bold, round(SIZES[size] * self.scale * large))


def draw(layout: TicketLayout, width: int) -> Image.Image:
    """The ticket, ``width`` dots wide and as long as need be, in mode "1": white 255, black 0.

    Raises ``ConfigError`` where the font is missing, as no Chinese or Korean ticket could be read then.
    """
    scale = width / FULL_WIDTH if width >= NARROW else NARROW_SCALE
    image = Image.new("L", (width, LONGEST), 255)
    pen = _Pen(image, ImageDraw.Draw(image), width, round(12 * scale), scale, layout)
    top = round(8 * scale)
    for block in layout.blocks:
        top = _block(pen, block, top)
    cropped = image.crop((0, 0, width, min(image.height, top + round(4 * scale))))
    return cropped.point(_THRESHOLD, mode="1")


_THRESHOLD = [0 if level < DARK_BELOW else 255 for level in range(256)]


def save_preview(layout: TicketLayout, width: int, path: Path) -> None:
    """The ticket as a PNG on a strip of paper, as wide as it is printed; raises ``ConfigError`` for a file that
    can't be written."""
    ticket = draw(layout, width)
    edge = width // 16
    paper = Image.new("L", (width + 2 * edge, ticket.height + 2 * edge), 255)
    paper.paste(ticket, (edge, edge))
    try:
        paper.save(path, format="PNG", optimize=True)
    except OSError as error:
        raise ConfigError(
            f"{path}: can't be written: {error.strerror or error}; name a file in a folder that is there"
        ) from error


def dots_of(image: Image.Image) -> bytes:
    """A picture in mode "1" as a printer wants it: a bit a dot, 1 is black, rows of whole bytes.

    It holds no bytes that a printer would take for a real-time command (DLE EOT, DLE ENQ, DLE DC4), as those are obeyed
    within pictures too. One more dot in such a place breaks them and is not seen.
    """
    dots = image.tobytes().translate(_INVERTED)
    across, spare = (image.width + 7) // 8, -image.width % 8
    if spare:
        rows = bytearray(dots)
        for end in range(across - 1, len(rows), across):
            rows[end] &= 0xFF << spare & 0xFF
        dots = bytes(rows)
    for after in (b"\x04", b"\x05", b"\x14"):
        dots = dots.replace(b"\x10" + after, b"\x18" + after)
    return dots


def quiet(image: Image.Image) -> Image.Image:
    """The picture of ``dots_of``: as wide as its rows of whole bytes."""
    dots = dots_of(image).translate(_INVERTED)
    return Image.frombytes("1", ((image.width + 7) // 8 * 8, image.height), dots)


_INVERTED = bytes(code ^ 0xFF for code in range(256))


# --- blocks ----------------------------------------------------------------------------------------------------------


def _block(pen: _Pen, block: Block, top: int) -> int:
    """Draw it from ``top`` on; returns where the next one starts."""
    match block:
        case Line(size=Size.NUMBER):
            return _number(pen, block, top)
        case Line():
            font = pen.font(block.size, block.bold)
            return _lines(pen, block.text, font, (pen.margin, top, pen.width - pen.margin), block.side)
        case Pair():
            return _pair(pen, block, top)
        case Divider():
            thick = max(1, round(2 * pen.scale))
            pen.canvas.rectangle((pen.margin, top, pen.width - pen.margin - 1, top + thick - 1), fill=0)
            return top + thick
        case Gap():
            return top + round(block.tenths * SIZES[Size.BODY] * pen.scale / 10)
        case Code():
            return _code(pen, block, top)


def _number(pen: _Pen, block: Line, top: int) -> int:
    size = round(SIZES[Size.NUMBER] * pen.scale)
    room = pen.width - 2 * pen.margin
    font = _font(block.bold, size)
    length = font.getlength(block.text)
    if length > room:
        font = _font(block.bold, int(size * room / length))
    left, upper, right, lower = font.getbbox(block.text)
    # By its ink, not by the font's line height, which would leave a hand's breadth of paper around it.
    above = round(14 * pen.scale)
    pen.canvas.text(((pen.width - (right + left)) / 2, top + above - upper), block.text, font=font, fill=0)
    return round(top + above + lower - upper + 18 * pen.scale)


def _pair(pen: _Pen, block: Pair, top: int) -> int:
    plain, bold = pen.font(Size.BODY, bold=False), pen.font(Size.BODY, bold=True)
    room = pen.width - 2 * pen.margin
    height = _line_height(plain)
    label, value = _shown(block.label), _shown(block.value)
    if plain.getlength(label) + bold.getlength(value) + height / 2 > room:
        # One below the other, the value still at the end.
        top = _lines(pen, label, plain, (pen.margin, top, pen.width - pen.margin), Side.START)
        _write(pen, value, bold, (pen.margin, top, pen.width - pen.margin), "end")
        return top + height
    _write(pen, label, plain, (pen.margin, top, pen.width - pen.margin), "start")
    _write(pen, value, bold, (pen.margin, top, pen.width - pen.margin), "end")
    return top + height


def _code(pen: _Pen, block: Code, top: int) -> int:
    picture = code_picture(block.content, max(4, round(MODULE * pen.scale)))
    title, words = pen.font(Size.BODY, bold=True), pen.font(Size.SMALL, bold=False)
    if pen.width < NARROW or pen.layout.large:
        pen.image.paste(picture, ((pen.width - picture.width) // 2, top))
        top += picture.height + round(4 * pen.scale)
        box = (pen.margin, top, pen.width - pen.margin)
        top = _lines(pen, block.title, title, box, Side.CENTRE)
        return _lines(pen, block.words, words, (box[0], top, box[2]), Side.CENTRE)
    beside = picture.width + round(14 * pen.scale)
    near = pen.layout.rightwards
    left, right = (
        (pen.margin + beside, pen.width - pen.margin) if near else (pen.margin, pen.width - pen.margin - beside)
    )
    pen.image.paste(picture, (pen.margin if near else right + round(14 * pen.scale), top))
    height = len(_set(_shown(block.title), title, right - left, False)) * _line_height(title)
    height += len(_set(_shown(block.words), words, right - left, False)) * _line_height(words)
    start = top + max(0, (picture.height - height) // 2)
    start = _lines(pen, block.title, title, (left, start, right), Side.START)
    end = _lines(pen, block.words, words, (left, start, right), Side.START)
    return max(top + picture.height, end)


@lru_cache(maxsize=4)
def code_picture(content: str, module: int) -> Image.Image:
    """A QR code, error correction M, ``module`` dots a module, in mode "L".

    By zxing-cpp, which takes 0.3 ms, and not segno, which takes 8.
    """
    code = zxingcpp.create_barcode(content, zxingcpp.BarcodeFormat.QRCode, ec_level="M")
    dots = Image.fromarray(code.to_image(scale=module, add_quiet_zones=False))
    return ImageOps.expand(dots, QUIET * module, 255)


# --- words -----------------------------------------------------------------------------------------------------------


def _lines(pen: _Pen, text: str, font: ImageFont.FreeTypeFont, box: tuple[int, int, int], side: Side) -> int:
    left, top, right = box
    shown = _shown(text)
    for line in _set(shown, font, right - left, side is Side.CENTRE):
        _write(pen, line, font, (left, top, right), side.value)
        top += _line_height(font)
    return top


@lru_cache(maxsize=128)
def _set(text: str, font: ImageFont.FreeTypeFont, room: int, balanced: bool) -> Sequence[str]:
    """The text in lines. Remembered: nearly all texts are the same on every ticket."""
    broken = _broken(text, font, room)
    if balanced and len(broken) > 1:
        return _balanced(text, font, room, len(broken))
    return broken


def _write(pen: _Pen, line: str, font: ImageFont.FreeTypeFont, box: tuple[int, int, int], side: str) -> None:
    left, top, right = box
    picture = _picture(line, font)
    room = right - left - picture.width
    if side == "centre":
        left += round(room / 2)
    elif (side == "end") is pen.layout.rightwards:
        left += room
    pen.image.paste(picture, (left, top))


@lru_cache(maxsize=128)
def _picture(line: str, font: ImageFont.FreeTypeFont) -> Image.Image:
    """A line as high as lines are. Remembered, as drawing takes most of a ticket's time; 3 MB at most."""
    height = _line_height(font)
    ascent, descent = font.getmetrics()
    picture = Image.new("L", (max(1, ceil(font.getlength(line))), height), 255)
    ImageDraw.Draw(picture).text((0, (height - ascent - descent) / 2), line, font=font, fill=0)
    return picture


def _broken(text: str, font: ImageFont.FreeTypeFont, room: int) -> Sequence[str]:
    lines: list[str] = []
    line = ""
    for piece in _fitting(_pieces(text), font, room):
        if line and font.getlength((line + piece).rstrip()) > room:
            lines.append(line.rstrip())
            line = piece.lstrip()
        else:
            line += piece
    return [*lines, line.rstrip()] if line.strip() else lines


def _fitting(pieces: Sequence[str], font: ImageFont.FreeTypeFont, room: int) -> Iterator[str]:
    """The pieces; a word that is wider than the paper in several."""
    for piece in pieces:
        while len(piece) > 1 and font.getlength(piece.rstrip()) > room:
            count = max(1, int(len(piece) * room / font.getlength(piece)))
            while count > 1 and font.getlength(piece[:count]) > room:
                count -= 1
            yield piece[:count]
            piece = piece[count:]
        yield piece


def _balanced(text: str, font: ImageFont.FreeTypeFont, room: int, count: int) -> Sequence[str]:
    """As few lines, of about the same length: no word alone on the last one."""
    low, high = room // 2, room
    while high - low > 8:
        middle = (low + high) // 2
        if len(_broken(text, font, middle)) <= count:
            high = middle
        else:
            low = middle
    return _broken(text, font, high)


def _pieces(text: str) -> list[str]:
    """Where a line may end: after a space, and around a Chinese character (Korean breaks between words)."""
    pieces: list[str] = []
    for character in text:
        glued = pieces and (
            character in NO_START or not (_is_han(character) or _is_han(pieces[-1][-1]) or pieces[-1].endswith(" "))
        )
        if glued or (pieces and character == " "):
            pieces[-1] += character
        else:
            pieces.append(character)
    return pieces


def _is_han(character: str) -> bool:
    return unicodedata.east_asian_width(character) == "W" and not "가" <= character <= "힣"


def _line_height(font: ImageFont.FreeTypeFont) -> int:
    return round(font.size * LEADING)


def _shown(text: str) -> str:
    return _files().shown(text)


def _files() -> FontFiles:
    found = fonts()
    if found is None:
        raise ConfigError("tickets need the font Noto Sans CJK; on Debian install fonts-noto-cjk")
    return found


@lru_cache(maxsize=32)
def _font(bold: bool, size: int) -> ImageFont.FreeTypeFont:
    files = _files()
    return ImageFont.truetype(str(files.bold if bold else files.regular), size)
