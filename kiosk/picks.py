"""What the idle and ticket screens suggest: products by the edge model for a visitor of whom nothing is known (K-12).

The kiosk has no customer's record, so nothing that it shows can tell a bystander what somebody has. Which products go
with a business is the catalogue's word, their order the model's.
"""

import asyncio
import logging
from collections.abc import Mapping, Sequence

from kiosk.core.taking import Names
from kiosk.presenters.house import Pick
from models.catalogue import Catalogue
from models.errors import ModelsError
from models.registry.edge import EdgeRanker, can_rank, likeliest
from models.registry.store import ModelStore

log = logging.getLogger(__name__)

SHOWN = 3


class Picks:
    """The suggestions of the model in use; none while there is none."""

    def __init__(self, store: ModelStore) -> None:
        self._store = store
        self._ranker = EdgeRanker(store)
        self._outdated = asyncio.Event()
        self._by_business: Mapping[str | None, Sequence[Pick]] = {}

    def of(self, business: str | None) -> Sequence[Pick]:
        """For who came for this business; null: for anybody."""
        return self._by_business.get(business, ())

    def outdated(self) -> None:
        """Another model may be in use."""
        self._outdated.set()

    async def run(self) -> None:
        """Make them anew whenever another model may be in use, until cancelled."""
        while True:
            self._outdated.clear()
            await self.renew()
            await self._outdated.wait()

    async def renew(self) -> None:
        """Make them anew of the model in use, in a thread."""
        if can_rank():
            try:
                self._by_business = await asyncio.to_thread(self._made)
            except (ModelsError, OSError) as error:
                log.warning("no_picks why=%r", str(error))

    def _made(self) -> Mapping[str | None, Sequence[Pick]]:
        ranker = self._ranker.current()
        if ranker is None:
            return {}
        catalogue = ranker.scorer.catalogue
        order = likeliest(ranker)
        made: dict[str | None, Sequence[Pick]] = {None: _shown(catalogue, order)}
        for business in catalogue.business:
            about = [code for code in order if catalogue.product_named(code).category in business.categories]
            made[business.code] = _shown(catalogue, about)
        return made


def _shown(catalogue: Catalogue, codes: Sequence[str]) -> Sequence[Pick]:
    names = [(code, catalogue.product_named(code).names) for code in codes[:SHOWN]]
    return tuple(Pick(code=code, names=Names(en=one.en, zh=one.zh, ko=one.ko)) for code, one in names)
