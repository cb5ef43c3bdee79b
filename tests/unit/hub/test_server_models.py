"""The models' own line at the hub: visits first, a bound for all and for each device, and never nothing at all."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import timedelta
from functools import partial

from contracts.models import ModelChunkWanted
from hub.server import MODELS_A_DEVICE, MODELS_A_TURN, MODELS_MOST, TURNS_BEFORE_MODELS, HubServer, Work
from runtime.bus import BusSettings, Outgoing, Received
from runtime.bus.memory import MemoryBroker
from tests.unit.hub.rig import Rig
from tests.virtual_time import run_virtually, until


class Turns:
    """A server on a rig whose every turn is looked at: the topics of its batch in order."""

    def __init__(self) -> None:
        self.rig = Rig("sqlite://")
        self.batches: list[list[str]] = []
        process = self.rig.hub.engine.process

        class Engine:
            """The rig's engine, watched."""

            def clock_us(_self) -> int:
                return self.rig.hub.engine.clock_us()

            def process(_self, batch: list[Received], arrived_us: list[int] | None = None) -> list[Outgoing]:
                self.batches.append([message.topic for message in batch])
                return process(batch, arrived_us or ())

            def tick(_self) -> list[Outgoing]:
                return []

            def announce(_self) -> list[Outgoing]:
                return []

        self.server = HubServer(
            bus=MemoryBroker().bus(BusSettings(url="mqtt://memory", client_id="HUB", subscriptions=())),
            engine=Engine(),  # type: ignore[arg-type]  # what of the engine this test needs
            metrics=self.rig.hub.metrics,
            blocking=self._turn,
            tidy=self._tidy,
            batch_most=1,
            queue_most=1000,
            remember=timedelta(days=1),
        )

    async def _turn(self, work: Work) -> list[Outgoing]:
        return work()

    async def _tidy(self) -> None:
        """Nothing to tidy."""

    def hear_model(self, device: str = "watch-ada") -> None:
        message = ModelChunkWanted(version="v1", serial=1, file="model.onnx", offset=0, size=100)
        self.server.on_message(self.rig.letter(device, message))

    def hear_ticket(self, number: int) -> None:
        self.server.on_message(self.rig.letter("kiosk-main", self.rig.ticket("kiosk-main", f"A{number:03d}")))

    @asynccontextmanager
    async def running(self) -> AsyncIterator[None]:
        job = asyncio.ensure_future(self.server.run())
        try:
            yield
        finally:
            job.cancel()
            await asyncio.gather(job, return_exceptions=True)
            self.rig.close()

    def answered(self, count: int) -> bool:
        """Whether so many messages have had their turn."""
        return sum(map(len, self.batches)) == count

    def kinds(self) -> str:
        """A letter a turn: m for models, t for tickets."""
        return "".join("m" if batch[0].endswith("/models") else "t" for batch in self.batches)


def test_models_wait_until_nobody_else_does() -> None:
    async def main() -> None:
        at = Turns()
        for _ in range(3):
            at.hear_model()
        for number in range(1, 5):
            at.hear_ticket(number)
        async with at.running():
            await until(partial(at.answered, 7), within_s=5)
        assert at.kinds() == "ttttm"
        assert len(at.batches[-1]) == 3

    run_virtually(main)


def test_under_a_load_that_never_ends_models_still_get_a_turn_now_and_then() -> None:
    async def main() -> None:
        at = Turns()
        for number in range(1, 41):
            at.hear_ticket(number)
        for device in ("watch-ada", "watch-ben", "watch-cho", "watch-dov", "band-ada", "kiosk-main", "kiosk-river"):
            for _ in range(MODELS_A_DEVICE):
                at.hear_model(device)
        async with at.running():
            await until(lambda: at.kinds().count("t") == 40, within_s=5)
        turns = at.kinds()
        assert 0 < turns.index("m") <= TURNS_BEFORE_MODELS
        assert turns.count("m") == 2
        assert "mm" not in turns
        assert max(map(len, at.batches)) == MODELS_A_TURN

    run_virtually(main)


def test_a_device_and_all_together_may_have_asked_for_so_much() -> None:
    at = Turns()
    shed = at.rig.metric("usher_messages_shed_total")
    for _ in range(MODELS_A_DEVICE + 3):
        at.hear_model()
    assert at.rig.metric("usher_messages_shed_total") == shed + 3
    for number in range(MODELS_MOST):
        message = ModelChunkWanted(version="v1", serial=1, file="model.onnx", offset=0, size=100)
        at.server.on_message(at.rig.letter(f"watch-{number}", message))
    assert at.rig.metric("usher_messages_shed_total") == shed + 3 + MODELS_A_DEVICE
    at.rig.close()


def test_who_was_answered_may_ask_again() -> None:
    async def main() -> None:
        at = Turns()
        async with at.running():
            for times in (1, 2, 3):
                for _ in range(MODELS_A_DEVICE):
                    at.hear_model()
                await until(partial(at.answered, times * MODELS_A_DEVICE), within_s=5)
        assert at.rig.metric("usher_messages_shed_total") == 0

    run_virtually(main)


def test_visits_have_their_own_bound() -> None:
    at = Turns()
    for number in range(MODELS_MOST + 1):
        message = ModelChunkWanted(version="v1", serial=1, file="model.onnx", offset=0, size=100)
        at.server.on_message(at.rig.letter(f"watch-{number}", message))
    shed = at.rig.metric("usher_messages_shed_total")
    at.hear_ticket(1)
    assert at.rig.metric("usher_messages_shed_total") == shed
    at.rig.close()
