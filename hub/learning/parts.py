"""The room's objects, wired: what the composition root holds of it."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from dataclasses import dataclass
from typing import TypeVar

from prometheus_client import CollectorRegistry

from hub.learning.delivery import Delivery
from hub.learning.desk import ModelDesk
from hub.learning.gauges import LearningGauges
from hub.learning.loop import LearningLoop
from hub.learning.ports import Models, Workshop
from hub.learning.service import LearningService
from hub.learning.settings import LearningConfig
from hub.learning.shop import ModelShop
from hub.ports import Transact
from hub.storage import UnitOfWork

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class LearningTools:
    """What learning needs beside the hub: the folder of models, a workshop, the key's file for people to find."""

    models: Models
    workshop: Workshop
    trusted_key: str = ""


class Learning:
    """One hub's learning; without ``tools`` it only records feedback, and ``loop`` is null."""

    def __init__(
        self,
        settings: LearningConfig,
        desk: ModelDesk,
        tools: LearningTools | None,
        *,
        transact: Callable[[], Transact],
        registry: CollectorRegistry,
    ) -> None:
        self.wake = asyncio.Event()
        self.service = LearningService(
            desk.seats.published.version, wake=self.wake.set, watch=settings.holdout_share > 0.0
        )
        self.desk = desk
        self.loop: LearningLoop | None = None
        self.delivery: Delivery | None = None
        if tools is None:
            return
        shop = ModelShop(wake=self.wake.set)
        self.delivery = Delivery(shop)

        class Later:
            """The writer, which is made after this room."""

            async def __call__(self, job: Callable[[UnitOfWork], T]) -> T:
                return await transact()(job)

        self.loop = LearningLoop(
            settings=settings,
            service=self.service,
            models=tools.models,
            workshop=tools.workshop,
            desk=desk,
            shop=shop,
            transact=Later(),
            gauges=LearningGauges(registry),
            wake=self.wake,
            trusted_key=tools.trusted_key,
        )
