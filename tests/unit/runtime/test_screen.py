"""Where there can be a window."""

from __future__ import annotations

import sys

import pytest

from runtime.errors import WindowError
from runtime.screen import prepare_window


@pytest.mark.skipif(sys.platform != "linux", reason="elsewhere a display has no name")
def test_a_window_that_nobody_could_see_is_refused_with_what_to_set(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("DISPLAY", "WAYLAND_DISPLAY", "SDL_VIDEODRIVER"):
        monkeypatch.delenv(name, raising=False)
    with pytest.raises(WindowError, match=r"DISPLAY=:0 .* or SDL_VIDEODRIVER=offscreen"):
        prepare_window((300, 300))
