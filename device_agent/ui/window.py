"""Runs the window beside the agent, in the same event loop."""

import asyncio
from collections.abc import Callable
from datetime import datetime
from importlib.metadata import version

from contracts.fields import Language
from device_agent.events import Journal
from device_agent.presenters.desk import Acts
from device_agent.presenters.fingers import Fingers
from device_agent.settings import AgentSettings
from device_agent.texts import load_catalogue
from device_agent.ui.theme import GEOMETRIES
from runtime.screen import BUSY_FPS, prepare_window


async def run_window(
    acts: Acts,
    journal: Journal,
    settings: AgentSettings,
    *,
    now: Callable[[], datetime],
    quit_now: Callable[[], None],
    opened: Callable[[Fingers], None],
    engine: Callable[[], str] = lambda: "",
) -> None:
    """Until the window is closed (then ``quit_now``) or this is cancelled; raises ``WindowError``.

    ``now`` is the corrected time; the journal says when there is something new to show. ``opened`` is given what can
    touch the window, for scripts. ``engine``: what would recognise speech in a talk that began now.
    """
    geometry = GEOMETRIES[settings.shape]
    prepare_window(geometry.size, settings.at)
    from device_agent.ui.app import WristApp
    from device_agent.ui.hand import Hand

    app = WristApp(
        acts=acts,
        device=settings.device,
        now=now,
        geometry=geometry,
        catalogues={language: load_catalogue(language) for language in Language},
        language=settings.language,
        version=version("usher"),
        engine=engine,
    )
    stop_listening = journal.subscribe(app.on_event)
    try:
        async with asyncio.TaskGroup() as group:
            running = group.create_task(app.run_in_loop(), name="kivy")
            opened(Hand(app, running, fps=BUSY_FPS, steady_s=0))
    finally:
        stop_listening()
        quit_now()
