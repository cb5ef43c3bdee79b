"""What an agent does about what the hub says: the side of :class:`runtime.agent.link.AgentLink` that it implements."""

from typing import Protocol

from contracts import AnyMessage, Refusal
from contracts.lending import LendingTold
from contracts.session import DeviceBound
from contracts.visits import TaskClaimed, TaskOffered, TasksSynced, TaskUpdated, TaskWithdrawn

Streamed = DeviceBound | TaskOffered | TaskClaimed | TaskWithdrawn | TaskUpdated | TasksSynced | LendingTold
"""Messages that carry a place in the hub's stream to this agent."""


class AgentHandler(Protocol):
    """The agent behind the link. All calls come in the event loop and must not block."""

    def apply(self, message: Streamed) -> None:
        """Take the effect of a message of the stream; runs in the transaction that also advances the position."""
        ...

    def applied(self, message: Streamed, traceparent: str | None) -> None:
        """The effect is durable: now show it, buzz, answer."""
        ...

    def on_acked(self, ids: tuple[str, ...]) -> None:
        """The hub has taken these messages."""
        ...

    def on_refused(self, message_id: str, message: AnyMessage, refusal: Refusal) -> None:
        """A message of ours was refused for good; runs in the transaction that takes it out of the outbox."""
        ...

    def on_disk_refused(self) -> None:
        """What the hub said could not be kept, for the disk is full; it is told again, so nothing is lost."""
        ...

    def on_link(self, online: bool) -> None:
        """The hub is within reach, or not any more."""
        ...
