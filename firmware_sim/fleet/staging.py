"""Puts a tour on a screen: a person's own with a ground and captions, or a private one that is filmed."""

import asyncio
import importlib.util
import socket
import time
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

import msgspec

from firmware_sim.errors import DemoError
from firmware_sim.fleet.branch import Branch, Heard, Setting
from firmware_sim.fleet.by_hand import Teller
from firmware_sim.fleet.display import Ground, PrivateDisplay, screen_size
from firmware_sim.fleet.house import HubReady
from firmware_sim.fleet.people import Bank
from firmware_sim.fleet.screen import arrange
from firmware_sim.fleet.show import Show
from firmware_sim.fleet.tour import REFUSALS, Tour

FILM_SCREEN = (1610, 720)
FILM_GAP = 30
FILM_EVERY_S = 0.3
SETTLE_S = 1.5
"""After the windows have opened."""


async def play_tour(bank: Bank, show: Show, *, folder: Path) -> int:
    """The tour in windows on this screen."""
    layout = arrange(*screen_size())
    ground = await Ground.open(layout, folder)
    teller = Teller(bank, show)

    def tell(scene: int, title: str, text: str) -> None:
        teller.say("learned", f"scene {scene}", f"{title} · {text}")
        ground.say(title, text)

    try:
        await _play(Tour(tell), bank, teller, Setting(folder=folder, layout=layout))
    finally:
        await ground.close()
    return 0


async def record_tour(bank: Bank, show: Show, path: Path, *, folder: Path) -> int:
    """The tour on a screen of its own, written to ``path``; raises ``DemoError`` where it can't be filmed."""
    if importlib.util.find_spec("PIL") is None:
        raise DemoError("recording needs Pillow: pip install pillow")
    from PIL import ImageGrab

    from firmware_sim.fleet.film import Caption, Film

    display = await PrivateDisplay.start(*FILM_SCREEN)
    layout = arrange(*FILM_SCREEN, title_bar=0, gap=FILM_GAP)
    film = Film(layout)
    teller = Teller(bank, show)
    caption: Caption | None = None

    def tell(scene: int, title: str, text: str) -> None:
        nonlocal caption
        caption = Caption(title=title, text=text, step=scene, steps=tour.scenes)
        teller.say("learned", f"scene {scene}", f"{title} · {text}")

    def over(well: bool) -> None:
        """Before the windows close."""
        shooting.cancel()
        if not well:
            film.save_last(folder / "last-moment.png")

    tour = Tour(tell)

    async def shoot() -> None:
        film_s, before = 0.0, time.monotonic()
        while True:
            now = time.monotonic()
            if caption is not None and not tour.cut:
                film_s += now - before
                screen = await asyncio.to_thread(ImageGrab.grab, xdisplay=display.name)
                await asyncio.to_thread(film.take, screen, caption, round(film_s * 1000))
            before = now
            await asyncio.sleep(FILM_EVERY_S)

    shooting = asyncio.ensure_future(shoot())
    try:
        setting = Setting(folder=folder, layout=layout, environment=display.environment)
        await _play(tour, bank, teller, setting, over=over)
    finally:
        shooting.cancel()
        with suppress(asyncio.CancelledError):
            await shooting
        await display.stop()
    size = await asyncio.to_thread(film.write, path)
    told = f"{path}: {film.frames} frames, {film.seconds:.0f} s, {size / 1e6:.2f} MB"
    teller.say("learned", "film", told)
    return 0


async def _play(
    tour: Tour, bank: Bank, teller: Teller, setting: Setting, *, over: Callable[[bool], None] = lambda _well: None
) -> None:
    def hear(device: str, heard: Heard) -> None:
        if heard.event not in REFUSALS:  # what a finger doesn't find yet it looks for again
            teller.hear(device, heard)
        tour.hear(device, heard)

    def on_hub(hub: HubReady) -> None:
        teller.on_hub(hub)
        tour.on_hub(hub)

    # The hub goes away and comes back in the tour: it must be found where it was.
    setting = msgspec.structs.replace(setting, ports=free_ports())
    branch = Branch(bank, setting, hear)
    try:
        await branch.open(on_hub)
        await asyncio.sleep(SETTLE_S)
        try:
            await tour.play(branch)
        except DemoError:
            over(False)
            raise
        over(True)
    finally:
        await branch.close()


def free_ports() -> tuple[int, int]:
    """Two ports of the loopback interface that nobody listens on just now."""
    with socket.socket() as one, socket.socket() as other:
        for each in (one, other):
            each.bind(("127.0.0.1", 0))
        return one.getsockname()[1], other.getsockname()[1]
