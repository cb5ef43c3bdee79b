"""A ticket as the bytes for one make of printer, by python-escpos (spec K-03)."""

import struct
import unicodedata
from collections.abc import Mapping
from typing import cast

from PIL import Image

from kiosk.core.ticket_layout import Block, Code, Divider, Gap, Line, Pair, Side, Size, TicketLayout
from kiosk.printers.drawing import MODULE, code_picture, dots_of, draw, quiet
from kiosk.printers.library import Device, Keeps, library
from kiosk.printers.settings import Look, Style
from runtime.errors import ConfigError

KANJI_ON = b"\x1c&"
"""FS &: what follows are characters of two bytes or more."""

KANJI_OFF = b"\x1c."
RASTER = "bitImageRaster"
IMAGE_WAYS = (RASTER, "graphics", "bitImageColumn")
"""Features of a profile, and ways of the library; the first that a make knows."""

BAND = 960
"""Rows of one command, as the library has it; some makes take no more."""

TEXT_SIZES = {Size.SMALL: 1, Size.BODY: 1, Size.LARGE: 1, Size.TITLE: 2, Size.NUMBER: 6}
FALLBACK_DOTS = 576
PLAIN = str.maketrans({"–": "-", "·": "-"})
"""What character sets of printers lack."""


class Encoder:
    """Of one printer. Raises ``ConfigError`` for a profile, width or encoding that can't be."""

    def __init__(self, look: Look) -> None:
        self._look = look
        profiles = library().profiles
        if look.profile not in profiles:
            raise ConfigError(f"profile = {look.profile!r}: python-escpos knows {', '.join(sorted(profiles))}")
        known = _known_dots(profiles[look.profile])
        if look.dots is not None and known is not None and look.dots > known:
            raise ConfigError(f"dots = {look.dots}: the profile {look.profile} has {known} across; give at most that")
        self.dots = look.dots or known or FALLBACK_DOTS
        ways = [way for way in IMAGE_WAYS if self._device().profile.supports(way)]
        if not ways:
            raise ConfigError(f"profile = {look.profile!r}: that printer prints no pictures, which tickets need")
        self._impl = ways[0]
        if look.style is Style.TEXT and look.encoding is not None:
            try:
                "A".encode(look.encoding)
            except LookupError as error:
                raise ConfigError(f"encoding = {look.encoding!r}: isn't known; try gb18030 or cp949") from error

    def encode(self, layout: TicketLayout) -> bytes:
        """From the reset to the cut. Raises ``ConfigError`` where the font is missing."""
        device = self._device()
        device.hw("INIT")
        if self._look.style is Style.TEXT and self._has_characters(layout):
            _Texts(device, self._look, self._impl).send(layout)
        else:
            self._print(device, draw(layout, self.dots))
        device.cut("PART")
        return device.output

    def _print(self, device: Device, picture: Image.Image) -> None:
        if self._impl != RASTER:
            device.image(quiet(picture), impl=self._impl)
            return
        # GS v 0 as the library sends it, without its way there by four other kinds of picture, which takes 20 ms.
        across = (picture.width + 7) // 8
        dots = dots_of(picture)
        for start in range(0, picture.height, BAND):
            height = min(BAND, picture.height - start)
            device._raw(struct.pack("<3sBHH", b"\x1dv0", 0, across, height))
            device._raw(dots[start * across : (start + height) * across])

    def _device(self) -> Keeps:
        device = cast(Keeps, library().dummy(profile=self._look.profile))
        # Where the library doesn't know the width, it prints a complaint to standard output, which isn't ours to write.
        data = dict(device.profile.profile_data)
        data["media"] = {"width": {"pixels": self.dots}}
        device.profile.profile_data = data
        return device

    def _has_characters(self, layout: TicketLayout) -> bool:
        if not layout.rightwards or layout.large:
            return False
        texts = (text.translate(PLAIN) for text in _texts(layout))
        return all(text.isascii() or _fits(text, self._look.encoding) for text in texts)


def _known_dots(profile: Mapping[str, object]) -> int | None:
    media = profile.get("media")
    width = media.get("width") if isinstance(media, dict) else None
    pixels = width.get("pixels") if isinstance(width, dict) else None
    return pixels if isinstance(pixels, int) else None


def _fits(text: str, encoding: str | None) -> bool:
    if encoding is None:
        return False
    try:
        text.encode(encoding)
    except UnicodeEncodeError:
        return False
    return True


def _texts(layout: TicketLayout) -> list[str]:
    found: list[str] = []
    for block in layout.blocks:
        match block:
            case Line():
                found.append(block.text)
            case Pair():
                found += (block.label, block.value)
            case Code():
                found += (block.title, block.words)
            case Divider() | Gap():
                pass
    return found


class _Texts:
    """Sends a layout in the printer's own characters."""

    def __init__(self, device: Device, look: Look, impl: str) -> None:
        self._device = device
        self._encoding = look.encoding
        self._columns = device.profile.get_columns("a")
        self._impl = impl

    def send(self, layout: TicketLayout) -> None:
        for block in layout.blocks:
            self._block(block)

    def _block(self, block: Block) -> None:
        device = self._device
        match block:
            case Line():
                times = TEXT_SIZES[block.size]
                while times > 1 and times * _cells(block.text) > self._columns:
                    times -= 1
                device.set(
                    align="center" if block.side is Side.CENTRE else "left",
                    bold=block.bold,
                    custom_size=True,
                    width=times,
                    height=times,
                )
                for line in _wrapped(block.text, self._columns // times):
                    self._write(line)
                device.set(align="left", bold=False, custom_size=True, width=1, height=1)
            case Pair():
                room = self._columns - _cells(block.label) - _cells(block.value)
                if room < 1:
                    self._write(block.label)
                    room, label = self._columns - _cells(block.value), ""
                else:
                    label = block.label
                self._write(label + " " * max(0, room) + block.value)
            case Divider():
                self._write("-" * self._columns)
            case Gap():
                pass
            case Code():
                device.set(align="center")
                self._code(block.content)
                for line in (*_wrapped(block.title, self._columns), *_wrapped(block.words, self._columns)):
                    self._write(line)
                device.set(align="left")

    def _code(self, content: str) -> None:
        if self._device.profile.supports("qrCode"):
            self._device.qr(content, ec=1, size=6, native=True)
        else:
            self._device.image(quiet(code_picture(content, MODULE)), impl=self._impl)

    def _write(self, words: str) -> None:
        line = words.translate(PLAIN)
        if line.isascii() or self._encoding is None:
            self._device.text(line + "\n")
        else:
            self._device._raw(KANJI_ON + line.encode(self._encoding) + KANJI_OFF + b"\n")


def _cells(text: str) -> int:
    return sum(2 if unicodedata.east_asian_width(character) in "WFA" else 1 for character in text)


def _wrapped(text: str, columns: int) -> list[str]:
    lines, line = [], ""
    for word in _words(text):
        if line and _cells((line + word).rstrip()) > columns:
            lines.append(line.rstrip())
            line = word.lstrip()
        else:
            line += word
    return [*lines, line.rstrip()]


def _words(text: str) -> list[str]:
    words: list[str] = []
    for character in text:
        wide = _cells(character) > 1
        if words and not words[-1].endswith(" ") and not wide and _cells(words[-1][-1]) == 1:
            words[-1] += character
        else:
            words.append(character)
    return words
