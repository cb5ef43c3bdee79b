"""The pixels of the window, from the frame buffer: Kivy's own ways skew odd widths or lose the ground."""

import numpy as np
from kivy.core.window import Window
from kivy.graphics.opengl import GL_RGBA, GL_UNSIGNED_BYTE, glReadPixels

from runtime.ui.seen import Picture


def frame() -> Picture:
    """The window's pixels as they are now (RGB, rows from the top)."""
    width, height = (int(length) for length in Window.system_size)
    pixels = glReadPixels(0, 0, width, height, GL_RGBA, GL_UNSIGNED_BYTE)
    upright = np.frombuffer(bytes(pixels), np.uint8).reshape(height, width, 4)[::-1, :, :3]
    return np.ascontiguousarray(upright)
