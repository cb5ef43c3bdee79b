"""``usher kiosk --script FILE.toml``: a story told in a window of its own, with no broker and no hub beside it."""

import asyncio
import sys
from pathlib import Path

from contracts.fields import Language
from kiosk.gallery.stage import open_stage
from kiosk.gallery.story import Story, load_story
from kiosk.gallery.telling import tell


def run_story(path: Path, *, size: tuple[int, int], language: Language, shots: Path | None) -> int:
    """Tell the story of the file off screen, and name its pictures on standard output; raises ``KioskError``."""
    story = load_story(path)
    if shots is not None:
        shots.mkdir(parents=True, exist_ok=True)
    for picture in asyncio.run(_told(story, size, language, shots)):
        sys.stdout.write(f"{picture}\n")
    return 0


async def _told(story: Story, size: tuple[int, int], language: Language, shots: Path | None) -> list[Path]:
    taken: list[Path] = []
    async with open_stage(size) as stage:
        from PIL import Image

        from runtime.ui.frame import frame

        async def picture(name: str) -> None:
            if shots is not None:
                taken.append(shots / f"{len(taken) + 1:02d}-{name}.png")
                Image.fromarray(frame()).save(taken[-1])

        await tell(story, stage, language, picture)
    return taken
