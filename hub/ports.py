"""What HTTP routes need of the hub's single writer."""

from collections.abc import Callable
from typing import Protocol, TypeVar

from hub.storage import UnitOfWork

T = TypeVar("T")


class Transact(Protocol):
    """Runs a job in a transaction of its own, in the writer, and publishes what it says."""

    async def __call__(self, job: Callable[[UnitOfWork], T]) -> T:
        """What the job returns; raises what it raises, with everything undone."""
        ...
