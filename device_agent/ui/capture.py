"""A picture of the window, and of the bezel around it."""

from pathlib import Path

from PIL import Image, ImageDraw

from device_agent.ui.theme import Geometry
from runtime.ui.frame import frame
from runtime.ui.seen import Picture

BEYOND = (60, 64, 72)


def capture(geometry: Geometry) -> Image.Image:
    """What is on the screen now; beyond a round bezel it is grey."""
    return framed(frame(), on_round=geometry.centred)


def framed(pixels: Picture, *, on_round: bool, beyond: tuple[int, int, int] = BEYOND) -> Image.Image:
    """The pixels as a picture; beyond a round bezel it has the colour ``beyond``."""
    picture = Image.fromarray(pixels)
    if not on_round:
        return picture
    width, height = picture.size
    mask = Image.new("L", (width * 4, height * 4), 0)
    ImageDraw.Draw(mask).ellipse((0, 0, width * 4 - 1, height * 4 - 1), fill=255)
    ground = Image.new("RGB", (width, height), beyond)
    ground.paste(picture, mask=mask.resize((width, height), Image.Resampling.LANCZOS))
    return ground


def save(geometry: Geometry, path: Path) -> None:
    """Write the picture as PNG."""
    path.parent.mkdir(parents=True, exist_ok=True)
    capture(geometry).save(path)
