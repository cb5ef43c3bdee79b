"""A finger means what it was put on, whatever comes meanwhile."""

from __future__ import annotations

import pytest

from contracts.fields import Language
from device_agent.ui.scenes import scenes
from tests.ui.conftest import OpenWindow
from tests.unit.device_agent.lively import Lively

EN = {scene.name: scene for scene in scenes(Language.EN)}


@pytest.mark.parametrize("button", ["pass", "take"])
@pytest.mark.req("W-07")
async def test_a_finger_answers_the_call_that_it_was_put_on(open_window: OpenWindow, button: str) -> None:
    from device_agent.ui.hand import Finger

    acts = Lively(EN["list"].state, Language.EN)
    async with open_window(acts) as pilot:
        acts.call("task-0001")
        pilot.app.refresh()
        await pilot.frames(40)
        assert not pilot.app.glass.deaf
        widget = pilot[button]
        finger = Finger(*widget.to_window(*widget.center))
        finger.down()
        await pilot.frames(2)
        acts.call("task-0000")
        pilot.app.refresh()
        await pilot.frames(2)
        finger.up()
        await pilot.frames(3)
        assert [act for act in acts.done if not act.startswith("shown")] == [
            f"{'claim' if button == 'take' else 'pass'} task-0001"
        ]
        assert pilot.app.glass.deaf, "and the next call isn't answered by the same tap"
        acts.done.clear()
        finger = Finger(*widget.to_window(*widget.center))
        finger.down()
        finger.up()
        await pilot.frames(3)
        assert not [act for act in acts.done if not act.startswith("shown")]
