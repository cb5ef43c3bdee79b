"""Runs the window beside the agent, in the same event loop."""

from collections.abc import Callable, Sequence
from datetime import datetime

import msgspec

from contracts.fields import Language
from kiosk.core.taking import Business
from kiosk.events import CommandRefused, KioskEvent
from kiosk.presenters.desk import Acts, Desk
from kiosk.texts import load_wording
from runtime.screen import prepare_window


class WindowSettings(msgspec.Struct, frozen=True, kw_only=True):
    """``place`` is what the customers call the branch; ``size`` and ``at`` (left, top) in pixels."""

    device: str
    place: str
    size: tuple[int, int]
    at: tuple[int, int] | None


class KioskWindow:
    """One window over one kiosk; raises ``WindowError`` when there can't be one."""

    def __init__(
        self,
        acts: Acts,
        settings: WindowSettings,
        businesses: Sequence[Business],
        *,
        at_s: Callable[[], float],
        local: Callable[[], datetime],
    ) -> None:
        prepare_window(settings.size, settings.at)
        from kiosk.ui.app import KioskApp

        wordings = {language: load_wording(language) for language in Language}
        self.desk = Desk(acts, place=settings.place, businesses=businesses, wordings=wordings)
        self._app: KioskApp = KioskApp(
            self.desk, title=f"Usher · {settings.device}", size=settings.size, at_s=at_s, local=local
        )

    async def run(self) -> None:
        """Until the window is closed or this is cancelled."""
        await self._app.run_in_loop()

    def heard(self, event: KioskEvent) -> None:
        """Something happened at the kiosk: show what the customer should know of it."""
        if isinstance(event, CommandRefused) and event.number is not None:
            self.desk.refused(event.number)
        self._app.soon()

    async def touch(self, name: str) -> bool:
        """Touch a choice by its name; false when there is none to be seen."""
        return await self._app.touch(name)
