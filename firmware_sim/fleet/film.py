"""A film of a screen for a README: frames with their captions, the still moments held, as one animated WebP or GIF."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from io import BytesIO
from pathlib import Path

from PIL import Image, ImageChops, ImageDraw, ImageFont

from firmware_sim.errors import DemoError
from firmware_sim.fleet.screen import Layout, Place

MOST_BYTES = 2_500_000
WIDTH = 900
QUALITIES = (90, 82, 74, 66, 58, 48, 38)
COLOURS = (192, 128, 96, 64, 48)

GROUND = (38, 43, 51)
BODY = (17, 20, 25)
RIM = (84, 94, 107)
INK = (244, 246, 248)
MUTE = (180, 190, 201)
ACCENT = (61, 214, 163)

RIM_WIDTH = 9
"""The device around its screen, in pixels."""

SAME = 6
"""Colours that differ by less are the same moment: a blinking cursor or noise of the drawing makes no frame."""

LAST_MS = 3000


@dataclass(frozen=True, slots=True)
class Caption:
    """What is told beside the picture. ``step`` of ``steps`` is drawn as progress."""

    title: str
    text: str
    step: int
    steps: int


class Film:
    """Takes frames as they come and writes them; a frame like the one before only lengthens it."""

    def __init__(self, layout: Layout, *, most_bytes: int = MOST_BYTES) -> None:
        self._layout = layout
        self._most_bytes = most_bytes
        self._size = (WIDTH, round(layout.height * WIDTH / layout.width))
        self._frames: list[Image.Image] = []
        self._starts_ms: list[int] = []
        self._last: tuple[Image.Image, Caption] | None = None

    @property
    def frames(self) -> int:
        """How many different ones there are."""
        return len(self._frames)

    @property
    def seconds(self) -> float:
        """How long it lasts."""
        return sum(self._lasts_ms()) / 1000

    def take(self, screen: Image.Image, caption: Caption, at_ms: int) -> None:
        """The whole screen as it is from this moment on; what looks like the moment before makes no frame."""
        if self._last is not None and self._last[1] == caption and _same(self._last[0], screen):
            return
        self._last = (screen, caption)
        frame = compose(screen, self._layout, caption).resize(self._size, Image.Resampling.LANCZOS)
        self._frames.append(frame)
        self._starts_ms.append(at_ms)

    def save_last(self, path: Path) -> None:
        """The last whole screen as a picture, if there is one: where a tour got stuck."""
        if self._last is not None:
            self._last[0].save(path)

    def write(self, path: Path) -> int:
        """Write it, as good as its most bytes allow; returns the bytes. Raises ``DemoError`` when they don't."""
        if not self._frames:
            raise DemoError(f"{path}: there is no frame to write: the tour ended before it began")
        lasts = self._lasts_ms()
        gif = path.suffix.lower() == ".gif"
        data = b""
        for quality in COLOURS if gif else QUALITIES:
            data = _as_gif(self._frames, lasts, quality) if gif else _as_webp(self._frames, lasts, quality)
            if len(data) <= self._most_bytes:
                break
        else:
            raise DemoError(
                f"{path}: {len(data)} bytes at the lowest quality, {self._most_bytes} allowed; record a .webp"
            )
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(data)
        return len(data)

    def _lasts_ms(self) -> list[int]:
        ends = [*self._starts_ms[1:], self._starts_ms[-1] + LAST_MS] if self._starts_ms else []
        return [end - start for start, end in zip(self._starts_ms, ends, strict=True)]


def compose(screen: Image.Image, layout: Layout, caption: Caption) -> Image.Image:
    """The windows as devices on a calm ground, and the caption under the wrists."""
    picture = Image.new("RGB", (layout.width, layout.height), GROUND)
    _device(picture, screen, layout.kiosk, radius=18)
    for shape, place in layout.wrists.items():
        radius = place.width // 2 if shape == "round" else 54 if shape == "square" else 40
        _device(picture, screen, place, radius=radius)
    _caption(picture, layout.caption, caption)
    return picture


@cache
def _rounded(width: int, height: int, radius: int) -> Image.Image:
    """A mask with smooth corners."""
    fine = 3
    mask = Image.new("L", (width * fine, height * fine), 0)
    ImageDraw.Draw(mask).rounded_rectangle((0, 0, mask.width - 1, mask.height - 1), radius * fine, fill=255)
    return mask.resize((width, height), Image.Resampling.LANCZOS)


def _device(picture: Image.Image, screen: Image.Image, place: Place, *, radius: int) -> None:
    """The window's pixels, cut to the shape of the screen, in a body with a rim."""
    for grown, shade in ((RIM_WIDTH + 2, RIM), (RIM_WIDTH, BODY)):
        around = _rounded(place.width + 2 * grown, place.height + 2 * grown, radius + grown)
        picture.paste(shade, (place.left - grown, place.top - grown), around)
    box = (place.left, place.top, place.right, place.bottom)
    picture.paste(screen.crop(box), (place.left, place.top), _rounded(place.width, place.height, radius))


def _caption(picture: Image.Image, place: Place, caption: Caption) -> None:
    draw = ImageDraw.Draw(picture)
    top = place.top + 24
    width = 26
    for step in range(1, caption.steps + 1):
        left = place.left + (step - 1) * (width + 8)
        draw.rounded_rectangle((left, top, left + width, top + 5), 2, fill=ACCENT if step <= caption.step else RIM)
    draw.text((place.left, top + 22), caption.title, font=ImageFont.load_default(40), fill=INK)
    draw.text((place.left, top + 76), caption.text, font=ImageFont.load_default(28), fill=MUTE)


def _same(one: Image.Image, other: Image.Image) -> bool:
    extrema = ImageChops.difference(one, other).getextrema()
    return all(isinstance(band, tuple) and band[1] < SAME for band in extrema)


def _as_webp(frames: Sequence[Image.Image], lasts_ms: Sequence[int], quality: int) -> bytes:
    out = BytesIO()
    frames[0].save(
        out,
        "WEBP",
        save_all=True,
        append_images=list(frames[1:]),
        duration=list(lasts_ms),
        loop=0,
        quality=quality,
        method=4,
        minimize_size=True,
    )
    return out.getvalue()


def _as_gif(frames: Sequence[Image.Image], lasts_ms: Sequence[int], colours: int) -> bytes:
    """One palette for all frames, so that what stands still stays the same from frame to frame."""
    palette = frames[len(frames) // 2].quantize(colours, method=Image.Quantize.MEDIANCUT)
    reduced = [frame.quantize(palette=palette, dither=Image.Dither.NONE) for frame in frames]
    out = BytesIO()
    reduced[0].save(
        out, "GIF", save_all=True, append_images=reduced[1:], duration=list(lasts_ms), loop=0, optimize=True
    )
    return out.getvalue()
