"""``usher kiosk --script FILE.toml``: a story told in a window of its own, with no broker and no hub beside it."""

import asyncio
import sys
from pathlib import Path

from contracts.fields import Language
from kiosk.gallery.stage import open_stage
from kiosk.gallery.story import Story, StoryError, load_story
from kiosk.gallery.telling import tell
from kiosk.settings import check_size


def run_story(path: Path, *, size: tuple[int, int], language: Language, shots: Path | None) -> int:
    """Tell the story of the file off screen, and name its pictures on standard output; without ``shots``, say that it
    held. Raises ``KioskError``, and ``UsherRuntimeError`` for a size or a window that can't be."""
    check_size(size)
    story = load_story(path)
    if shots is not None:
        try:
            shots.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            raise _unwritable(shots, error) from error
    pictures = asyncio.run(_told(story, size, language, shots))
    for picture in pictures:
        sys.stdout.write(f"{picture}\n")
    held = f"{story.title}: {len(story.steps)} {'step' if len(story.steps) == 1 else 'steps'} held\n"
    if shots is None:
        sys.stdout.write(held)
    elif not pictures:
        sys.stderr.write(held.replace("\n", "; no step takes a picture (shot)\n"))
    return 0


async def _told(story: Story, size: tuple[int, int], language: Language, shots: Path | None) -> list[Path]:
    taken: list[Path] = []
    async with open_stage(size) as stage:
        from PIL import Image

        from runtime.ui.frame import frame

        async def picture(name: str) -> None:
            if shots is not None:
                taken.append(shots / f"{len(taken) + 1:02d}-{name}.png")
                try:
                    Image.fromarray(frame()).save(taken[-1])
                except OSError as error:
                    raise _unwritable(taken[-1], error) from error

        await tell(story, stage, language, picture)
    return taken


def _unwritable(path: Path, error: OSError) -> StoryError:
    return StoryError(f"shots: {path}: can't be written: {error.strerror or error}; give a folder of your own")
