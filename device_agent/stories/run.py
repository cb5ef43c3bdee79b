"""``--script FILE.toml``: a story told in a window of its own, with no broker and no hub beside it."""

import asyncio
import os
import sys
from pathlib import Path

from contracts.fields import DeviceKind, Language
from device_agent.settings import Shape
from device_agent.stories.clock import StoryLoop
from device_agent.stories.errors import unwritable
from device_agent.stories.story import load_story
from runtime.screen import prepare_window


def run_story(
    path: Path, *, kind: DeviceKind, shape: Shape | None, language: Language | None, shots: Path | None
) -> int:
    """Tell the story of the file and name its pictures on standard output; without ``shots``, say that it held. Raises
    ``DeviceAgentError``.

    With ``shots``, or where there is no display, the window is off screen; its pixels are real.
    """
    story = load_story(path)
    if shots is not None:
        try:
            shots.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            raise unwritable(shots, error) from error
    if shots is not None or not (os.environ.get("DISPLAY") or os.environ.get("WAYLAND_DISPLAY")):
        os.environ.setdefault("SDL_VIDEODRIVER", "offscreen")
    from device_agent.ui.theme import GEOMETRIES

    screen = shape or (Shape.BAND if kind is DeviceKind.BAND else Shape.ROUND)
    prepare_window(GEOMETRIES[screen].size)
    from device_agent.stories.telling import tell

    with asyncio.Runner(loop_factory=StoryLoop) as runner:
        pictures = runner.run(
            tell(
                story,
                origin=str(path),
                kind=kind,
                shape=screen,
                language=language or story.language,
                shots=shots,
            )
        )
    for picture in pictures:
        sys.stdout.write(f"{picture}\n")
    held = f"{story.title}: {len(story.steps)} {'step' if len(story.steps) == 1 else 'steps'} held\n"
    if shots is None:
        sys.stdout.write(held)
    elif not pictures:
        sys.stderr.write(held.replace("\n", "; no step takes a picture (shot)\n"))
    return 0
