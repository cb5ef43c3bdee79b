"""What the idle and ticket screens suggest: products by the edge model for a visitor of whom nothing is known (K-12).

The kiosk has no customer's record, so nothing that it shows by itself can tell a bystander what somebody has. Which
products go with a business is the catalogue's word, their order the model's. To whom it knows the hub says which.
"""

import asyncio
import logging
from collections.abc import Mapping, Sequence

from kiosk.core.taking import Names
from kiosk.presenters.house import Pick
from models.errors import ModelsError
from models.names import Names as CatalogueNames
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
        self._by_code: Mapping[str, Pick] = {}

    def of(self, business: str | None) -> Sequence[Pick]:
        """For who came for this business; null: for anybody."""
        return self._by_business.get(business, ())

    def named(self, codes: Sequence[str]) -> Sequence[Pick]:
        """These products, in this order, but for any that the model in use doesn't know."""
        return tuple(self._by_code[code] for code in codes[:SHOWN] if code in self._by_code)

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
                self._by_business, self._by_code = await asyncio.to_thread(self._made)
            except (ModelsError, OSError) as error:
                log.warning("no_picks why=%r", str(error))

    def _made(self) -> tuple[Mapping[str | None, Sequence[Pick]], Mapping[str, Pick]]:
        ranker = self._ranker.current()
        if ranker is None:
            return {}, {}
        catalogue = ranker.scorer.catalogue
        order = likeliest(ranker)
        by_code = {product.code: _pick(product.code, product.names) for product in catalogue.product}
        made: dict[str | None, Sequence[Pick]] = {None: tuple(by_code[code] for code in order[:SHOWN])}
        for business in catalogue.business:
            about = [code for code in order if catalogue.product_named(code).category in business.categories]
            made[business.code] = tuple(by_code[code] for code in about[:SHOWN])
        return made, by_code


def _pick(code: str, names: CatalogueNames) -> Pick:
    return Pick(code=code, names=Names(en=names.en, zh=names.zh, ko=names.ko))
