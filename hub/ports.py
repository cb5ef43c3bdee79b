"""What HTTP routes need of the hub's single writer, what the writer needs of the models, and where audio goes."""

from collections.abc import Callable
from typing import Protocol, TypeVar

from contracts.models import HeldModel, ModelAnnounced, ModelChunk, ModelChunkWanted, ModelReported
from hub.kernel import Device
from hub.storage import UnitOfWork
from runtime.bus import Received

T = TypeVar("T")


class Transact(Protocol):
    """Runs a job in a transaction of its own, in the writer, and publishes what it says."""

    async def __call__(self, job: Callable[[UnitOfWork], T]) -> T:
        """What the job returns; raises what it raises, with everything undone."""
        ...


class Memory(Protocol):
    """What a room keeps in memory of what is in the store, changed within transactions."""

    def committed(self) -> None:
        """The transaction is durable: others may be told."""
        ...

    def undone(self) -> None:
        """A transaction was rolled back: whatever it changed must be read anew."""
        ...


class ModelTraffic(Protocol):
    """What brings models to devices (``hub.learning.delivery``)."""

    def announcement(self, unit: UnitOfWork, device: Device, held: HeldModel | None) -> ModelAnnounced | None:
        """What a device that uses ``held`` is to be told; null for nothing."""
        ...

    def chunk(self, device: Device, wanted: ModelChunkWanted) -> ModelChunk | ModelAnnounced | None:
        """The answer to a device that lacks a piece; null for none."""
        ...

    def reported(self, unit: UnitOfWork, device: Device, report: ModelReported) -> None:
        """A device says how far it is."""
        ...


class AudioTraffic(Protocol):
    """What hears devices (``hub.hearing.parts``), beside the writer: no transaction, no inbox."""

    def on_message(self, message: Received) -> None:
        """A message of the lane ``audio`` arrived; called in the loop, must not block."""
        ...

    async def run(self) -> None:
        """Serve until cancelled; raises nothing else."""
        ...
