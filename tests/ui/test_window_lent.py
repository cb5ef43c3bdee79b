"""A lent device's window: the call's light is slow enough, its number large enough, and the side button answers it."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from contracts.fields import Language
from device_agent.core.lent import answered
from device_agent.settings import Shape
from device_agent.ui.scenes import Scene, Still, scenes
from runtime.ui.contrast import ratio
from runtime.ui.seen import Picture
from tests.ui.conftest import OpenWindow

pytestmark = pytest.mark.req("K-06", "W-07")

SCENES = {scene.name: scene for scene in scenes(Language.EN)}

ACROSS_MM = {Shape.ROUND: 35.6, Shape.SQUARE: 32.7, Shape.BAND: 17.4}
"""How wide such screens are: 1.4 inches round, 1.6 by 484 pixels, a 1.47-inch band."""

ARM_MM = 600.0
LEGIBLE_ARCMIN = 20.0
"""Four times the smallest letters that ordinary sight reads (5 arc minutes)."""

CAP = 0.72
"""The height of a digit, in heights of its type."""


def ground(picture: Picture) -> tuple[int, int, int]:
    """The colour beside the digit."""
    edge = picture[picture.shape[0] // 2, 4]
    return int(edge[0]), int(edge[1]), int(edge[2])


async def test_the_light_of_a_call_goes_up_and_down_slowly_and_ends_with_a_tap(open_window: OpenWindow) -> None:
    from tests.ui.pilot import FRAME_S

    scene = SCENES["lent-called"]
    acts = Still(scene.state)
    async with open_window(acts) as pilot:
        await pilot.look(scene, acts)
        seen = []
        for _ in range(round(4 / FRAME_S)):
            await pilot.frames(1)
            seen.append(ground(pilot.pixels_of("large")))
        light = np.array([each[1] for each in seen], dtype=float)
        middle = (light.max() + light.min()) / 2
        flashes = int(np.count_nonzero((light[:-1] < middle) & (light[1:] >= middle)))
        assert light.max() - light.min() > 40, "it moves"
        assert 2 <= flashes <= 3 * 4, "at most three a second (WCAG 2.3.1)"
        darkest = min(seen, key=sum)
        assert ratio((0, 38, 26), darkest) >= 4.5, "the number is read all the time"
        assert acts.state.lent is not None
        acts.state = replace(acts.state, lent=answered(acts.state.lent))
        pilot.app.refresh()
        await pilot.at_rest("large")


@pytest.mark.parametrize("shape", list(Shape))
@pytest.mark.parametrize("name", ["lent-waiting", "lent-called", "lent-serving"])
async def test_the_number_is_read_at_arms_length(open_window: OpenWindow, shape: Shape, name: str) -> None:
    scene = SCENES[name]
    acts = Still(scene.state)
    async with open_window(acts, shape=shape) as pilot:
        await pilot.look(scene, acts)
        sizes = [
            float(widget.font_size)
            for widget in pilot.app.page.body.walk(restrict=True)
            if hasattr(widget, "font_size")
        ]
        tall_mm = CAP * max(sizes) * ACROSS_MM[shape] / pilot.geometry.width
        arcmin = 60 * np.degrees(np.arctan(tall_mm / ARM_MM))
        assert arcmin >= LEGIBLE_ARCMIN, f"{tall_mm:.1f} mm is {arcmin:.0f} arc minutes"


async def test_the_side_button_answers_it_too(open_window: OpenWindow) -> None:
    scene: Scene = SCENES["lent-called"]
    acts = Still(scene.state)
    async with open_window(acts) as pilot:
        await pilot.look(scene, acts)
        await pilot.key(13)
        assert acts.done == ["notice call"]
        await pilot.key(27)
        await pilot.swipe("right")
        assert pilot.name == "lent_called"
