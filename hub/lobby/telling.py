"""Tells the kiosks of each branch how its lobby is: waiting estimates, closing, whether a kiosk is out of order."""

import asyncio
import logging
from collections.abc import Callable
from contextlib import aclosing

from msgspec import UNSET
from sqlalchemy.exc import SQLAlchemyError

from contracts.fields import DeviceKind
from contracts.lobby import ClassOutlook, LobbyTold
from hub.fleet import FleetDirectory
from hub.lobby.board import open_until
from hub.lobby.feed import Feed
from hub.lobby.locks import locked
from hub.lobby.queue.estimate import Estimate
from hub.lobby.service import LobbyService
from hub.ports import Transact
from hub.storage import UnitOfWork

log = logging.getLogger(__name__)

AT_LEAST_S = 20.0
"""So often a kiosk hears of its lobby while nothing happens there."""

AT_MOST_S = 2.0
"""Between two tellings of a branch, however much happens there."""


class KioskTeller:
    """``run`` tells every branch's kiosks until cancelled."""

    def __init__(
        self,
        fleet: FleetDirectory,
        lobby: LobbyService,
        feed: Feed,
        transact: Transact,
        also: Callable[[UnitOfWork, str], bool] | None = None,
    ) -> None:
        """``also`` tells whoever else of a branch is to hear of its lobby, with the same estimates; true: they are to
        hear of it again in :data:`AT_MOST_S`."""
        self._also = also
        self._fleet = fleet
        self._lobby = lobby
        self._queues = lobby.queues
        self._feed = feed
        self._transact = transact

    async def run(self) -> None:
        """Tell until cancelled; branches that are added later are told too."""
        telling: dict[str, asyncio.Task[None]] = {}
        try:
            while True:
                for branch in self._fleet.branches.keys() - telling.keys():
                    telling[branch] = asyncio.create_task(self._branch(branch), name=f"lobby told {branch}")
                await asyncio.sleep(AT_LEAST_S)
        finally:
            for task in telling.values():
                task.cancel()
            await asyncio.gather(*telling.values(), return_exceptions=True)

    async def _branch(self, branch: str) -> None:
        async with aclosing(self._feed.changes(branch, at_least_s=AT_LEAST_S)) as changes:
            async for _ in changes:
                soon, first = False, True
                while soon or first:
                    first = False
                    try:
                        soon = await self.tell(branch)
                    except SQLAlchemyError:
                        log.exception("lobby_not_told branch=%s", branch)
                    await asyncio.sleep(AT_MOST_S)

    async def tell(self, branch: str) -> bool:
        """Tell the branch's kiosks once, and remember what who waits was told; whether somebody is to hear again
        soon."""
        kiosks = [
            one.name for one in self._fleet.devices.values() if one.kind is DeviceKind.KIOSK and one.branch == branch
        ]
        day = await self._transact(lambda unit: self._queues.today(unit, branch))
        if day is None:
            return False
        estimates = await self._feed.estimates(day)
        outlooks = tuple(_outlook(name, estimates.get(f"@{name}")) for name in day.rules.classes)
        closes = open_until(day)

        def say(unit: UnitOfWork) -> bool:
            self._lobby.promise(unit, branch, estimates)
            self._lobby.bookings.settle(unit, branch)
            marks = self._lobby.bookings.marks(unit, branch)
            out_of_order = locked(unit)
            for kiosk in kiosks:
                notice = out_of_order.get(kiosk)
                told = LobbyTold(
                    at=unit.now,
                    classes=outlooks,
                    closes=closes,
                    out_of_order=notice is not None,
                    notice=notice or UNSET,
                    bookings=marks,
                )
                unit.say(kiosk, told)
            return self._also is not None and self._also(unit, branch)

        return await self._transact(say)


def _outlook(service_class: str, estimate: Estimate | None) -> ClassOutlook:
    if estimate is None:
        return ClassOutlook(service_class=service_class, waiting=0)
    return ClassOutlook(
        service_class=service_class,
        waiting=estimate.ahead,
        low_s=estimate.p10_s,
        high_s=estimate.p90_s,
        late=estimate.warned,
    )
