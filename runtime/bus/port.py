"""The bus port. What it needs of a broker is MQTT 3.1.1, QoS ≤ 1, clean sessions, retained messages and a last will.

It promises no delivery: what must not be lost is acknowledged end to end by the agents' mailbox and the hub's inbox.
"""

from collections.abc import Sequence
from typing import Protocol

import msgspec


class Outgoing(msgspec.Struct, frozen=True):
    """A message to publish. ``qos`` is 0 or 1."""

    topic: str
    payload: bytes
    qos: int = 0
    retain: bool = False


class Received(msgspec.Struct, frozen=True):
    """A message that arrived."""

    topic: str
    payload: bytes
    retained: bool = False


class Subscription(msgspec.Struct, frozen=True):
    """A topic filter with the highest QoS wanted."""

    filter: str
    qos: int = 0


class BusSettings(msgspec.Struct, frozen=True, kw_only=True):
    """One client's connection. ``url`` is ``mqtt://[user:password@]host:port``; ``keepalive_s`` is MQTT's."""

    url: str
    client_id: str
    subscriptions: tuple[Subscription, ...]
    will: Outgoing | None = None
    keepalive_s: int = 60
    backoff_first_s: float = 0.2
    backoff_most_s: float = 30.0


class BusListener(Protocol):
    """What a user of the bus is told; called in the event loop, must not block."""

    def on_connected(self) -> None:
        """Connected, and subscribed to everything."""
        ...

    def on_disconnected(self, reason: str) -> None:
        """The connection is gone; the bus is trying to connect again."""
        ...

    def on_message(self, message: Received) -> None:
        """A message arrived."""
        ...


class Bus(Protocol):
    """One client's connection to the broker."""

    @property
    def connected(self) -> bool:
        """Whether there is a connection with all subscriptions in place."""
        ...

    async def run(self, listener: BusListener) -> None:
        """Connect, stay connected (jittered exponential back-off), tell the listener; when cancelled, leave cleanly."""
        ...

    async def publish(self, messages: Sequence[Outgoing]) -> None:
        """Hand the messages to the transport in order; at QoS 1 return after the broker's PUBACK.

        Raises ``BusUnavailable`` without a connection or when it is lost on the way: any of them may then have arrived.
        """
        ...

    def reconnect(self, reason: str) -> None:
        """Drop the connection and connect anew: the caller knows that the other side is silent."""
        ...
