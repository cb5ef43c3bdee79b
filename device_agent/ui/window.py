"""Runs the window beside the agent, in the same event loop."""

from collections.abc import Callable
from datetime import datetime

from contracts.fields import Language
from device_agent.events import Journal
from device_agent.presenters.desk import Acts
from device_agent.settings import AgentSettings
from device_agent.texts import load_catalogue
from device_agent.ui.environment import prepare
from device_agent.ui.theme import GEOMETRIES


async def run_window(
    acts: Acts, journal: Journal, settings: AgentSettings, *, now: Callable[[], datetime], quit_now: Callable[[], None]
) -> None:
    """Until the window is closed (then ``quit_now``) or this is cancelled; raises ``WindowError``.

    ``now`` is the corrected time; the journal says when there is something new to show.
    """
    geometry = GEOMETRIES[settings.shape]
    prepare(geometry, settings.at)
    from device_agent.ui.app import WristApp

    app = WristApp(
        acts=acts,
        device=settings.device,
        now=now,
        geometry=geometry,
        catalogues={language: load_catalogue(language) for language in Language},
        language=settings.language,
    )
    stop_listening = journal.subscribe(app.on_event)
    try:
        await app.run_in_loop()
    finally:
        stop_listening()
        quit_now()
