"""``python -m device_agent.ui.shots --out DIR``: every page, screen and language as a PNG, without a display."""

import asyncio
import os
import subprocess
import sys
from pathlib import Path

import click

from contracts.fields import Language
from device_agent.settings import Shape
from device_agent.texts import load_catalogue
from device_agent.ui.scenes import NOW, Scene, Still, scenes
from device_agent.ui.theme import GEOMETRIES

FRAMES = 4
"""Kivy draws a change within two frames; two more let labels settle."""


async def shoot(shape: Shape, languages: tuple[Language, ...], out: Path, only: str | None) -> int:
    """All scenes on one screen; Kivy allows one window in a process."""
    os.environ.setdefault("SDL_VIDEODRIVER", "offscreen")
    from device_agent.ui.environment import prepare

    geometry = GEOMETRIES[shape]
    prepare(geometry)
    from kivy.clock import Clock

    from device_agent.ui.app import WristApp
    from device_agent.ui.capture import save

    acts = Still(scenes(Language.EN)[0].state)
    app = WristApp(
        acts=acts,
        device="shots",
        now=lambda: NOW,
        catalogues={language: load_catalogue(language) for language in Language},
        geometry=geometry,
        language=None,
    )
    running = asyncio.ensure_future(app.run_in_loop())

    async def settle() -> None:
        until = Clock.frames + FRAMES
        while Clock.frames < until:
            app.wake()
            await asyncio.sleep(0.01)

    async def take(language: Language, scene: Scene) -> None:
        acts.state, app.desk.route = scene.state, scene.route
        app.show_language(language)
        app.refresh()
        await settle()
        save(geometry, out / f"{shape}-{language}-{scene.name}.png")

    await settle()
    count = 0
    for language in languages:
        for scene in scenes(language):
            if only is None or only == scene.name:
                await take(language, scene)
                count += 1
    app.stop()
    await running
    return count


@click.command()
@click.option("--out", type=click.Path(path_type=Path), required=True, help="Folder for the pictures.")
@click.option("--shape", type=click.Choice([each.value for each in Shape]), help="One screen only.")
@click.option("--language", type=click.Choice([each.value for each in Language]), help="One language only.")
@click.option("--scene", help="One page only.")
def main(out: Path, shape: str | None, language: str | None, scene: str | None) -> None:
    """Draw every page of the window to PNG files."""
    languages = (Language(language),) if language else tuple(Language)
    if shape is not None:
        print(asyncio.run(shoot(Shape(shape), languages, out, scene)), "pictures")  # noqa: T201
        return
    extra = [*(["--language", language] if language else []), *(["--scene", scene] if scene else [])]
    for each in Shape:
        command = [sys.executable, "-m", "device_agent.ui.shots", "--out", str(out), "--shape", each.value, *extra]
        subprocess.run(command, check=True)


if __name__ == "__main__":
    main()
