"""When the window was really flipped."""

import time
from collections.abc import Callable

from kivy.core.window import Window


def _nobody(_at_ns: int) -> None:
    pass


class Flips:
    """Counts and stamps each real flip of this process's window when it is done, and tells ``on_flip``."""

    def __init__(self, on_flip: Callable[[int], None] = _nobody) -> None:
        self.count = 0
        self.first_ns = 0
        self.last_ns = 0
        self.on_flip = on_flip
        self._flip = Window.flip
        Window.flip = self._flipped

    def _flipped(self) -> None:
        self._flip()
        self.last_ns = time.monotonic_ns()
        self.first_ns = self.first_ns or self.last_ns
        self.count += 1
        self.on_flip(self.last_ns)
