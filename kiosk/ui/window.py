"""Runs the window beside the agent, in the same event loop."""

import gc
from collections.abc import Callable, Sequence
from datetime import datetime

import msgspec

from contracts.fields import Language
from kiosk.core.taking import Business
from kiosk.events import CommandRefused, KioskEvent
from kiosk.presenters.desk import Acts, Desk
from kiosk.presenters.guide import Guide
from kiosk.presenters.house import House
from kiosk.presenters.rehearsal import rehearsed
from kiosk.texts import load_index, load_synonyms, load_wording
from kiosk.ui.theme import scale_of
from kiosk.ui.voice import Voice
from runtime.screen import prepare_window


class WindowSettings(msgspec.Struct, frozen=True, kw_only=True):
    """``place`` is what the customers call the branch; ``size`` and ``at`` (left, top) in pixels."""

    device: str
    place: str
    size: tuple[int, int]
    at: tuple[int, int] | None
    full_screen: bool = False


class KioskWindow:
    """One window over one kiosk; raises ``WindowError`` when there can't be one.

    Without a ``house`` it shows what ``acts`` know; without a ``voice`` the keys of the headphone panel do nothing;
    ``typed`` hears each character that a keyboard, or a scanner that is one, types.
    """

    def __init__(
        self,
        acts: Acts | None,
        settings: WindowSettings,
        businesses: Sequence[Business],
        *,
        at_s: Callable[[], float],
        local: Callable[[], datetime],
        house: House | None = None,
        voice: Voice | None = None,
        typed: Callable[[str], bool] | None = None,
    ) -> None:
        prepare_window(settings.size, settings.at, alone=settings.full_screen)
        from kiosk.ui.app import KioskApp

        wordings = {language: load_wording(language) for language in Language}
        synonyms = load_synonyms()
        indexes = {language: load_index(language, businesses, synonyms) for language in Language}

        def desk_over(house: House | None) -> Desk:
            return Desk(
                acts,
                place=settings.place,
                businesses=businesses,
                wordings=wordings,
                house=house,
                indexes=indexes,
                reaches=scale_of(*settings.size).reachable_from > 0,
            )

        self.desk = desk_over(house)
        codes = [business.code for business in businesses]
        self._rehearsed = rehearsed(house, desk_over, codes, local()) if house is not None else iter(())
        self.app: KioskApp = KioskApp(
            self.desk,
            title=f"Usher · {settings.device}",
            size=settings.size,
            at_s=at_s,
            local=local,
            guide=Guide(wordings) if voice is not None else None,
            voice=voice,
            typed=typed,
            closable=not settings.full_screen,
        )

    async def run(self) -> None:
        """Until the window is closed or this is cancelled."""
        self.app.rehearse(self._rehearsed)
        # What is there now stays: to look through it again and again would halt the screen for a quarter of a second.
        gc.collect()
        gc.freeze()
        await self.app.run_in_loop()

    def heard(self, event: KioskEvent) -> None:
        """Something happened at the kiosk: show what the customer should know of it."""
        if isinstance(event, CommandRefused) and event.number is not None:
            self.desk.refused(event.number)
        self.app.soon()

    def soon(self) -> None:
        """Something may look different: draw with the next frame."""
        self.app.soon()

    async def touch(self, name: str) -> bool:
        """Touch a choice by its name; false when there is none to be seen."""
        return await self.app.touch(name)
