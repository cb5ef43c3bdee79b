"""A picture of the window, pixel by pixel from the frame buffer: Kivy's own ways skew odd widths or lose the ground."""

from pathlib import Path

from kivy.core.window import Window
from kivy.graphics.opengl import GL_RGBA, GL_UNSIGNED_BYTE, glReadPixels
from PIL import Image, ImageDraw

from device_agent.ui.theme import Geometry

BEYOND = (60, 64, 72)


def capture(geometry: Geometry) -> Image.Image:
    """What is on the screen now; beyond a round bezel it is grey."""
    width, height = (int(length) for length in Window.system_size)
    pixels = glReadPixels(0, 0, width, height, GL_RGBA, GL_UNSIGNED_BYTE)
    picture = Image.frombytes("RGBA", (width, height), bytes(pixels))
    picture = picture.transpose(Image.Transpose.FLIP_TOP_BOTTOM).convert("RGB")
    if not geometry.centred:
        return picture
    mask = Image.new("L", (width * 4, height * 4), 0)
    ImageDraw.Draw(mask).ellipse((0, 0, width * 4 - 1, height * 4 - 1), fill=255)
    ground = Image.new("RGB", (width, height), BEYOND)
    ground.paste(picture, mask=mask.resize((width, height), Image.Resampling.LANCZOS))
    return ground


def save(geometry: Geometry, path: Path) -> None:
    """Write the picture as PNG."""
    path.parent.mkdir(parents=True, exist_ok=True)
    capture(geometry).save(path)
