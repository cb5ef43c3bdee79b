"""The bare limit of the wrist benchmark: reads a ticket, republishes ready bytes to the kiosk and the branch's watches.

The same client, topics as long, bytes as many, messages as many as the hub's; nothing is decoded, decided or stored.
Each copy carries the ticket's envelope id instead of its own, so that the generator can tell them apart.
"""

import asyncio
import sys
from collections.abc import Sequence
from pathlib import Path

import msgspec

from benchmarks.wire import Samples, Setup, Target
from runtime.bus import BusSettings, Outgoing, Received, Subscription
from runtime.bus.paho_bus import PahoBus

_BEFORE_ID = b'"id":"'
_ID_BYTES = 36


class Template(msgspec.Struct, frozen=True):
    """A message around the envelope id."""

    head: bytes
    tail: bytes

    @classmethod
    def of(cls, payload: bytes) -> "Template":
        """Of a real message's bytes."""
        start = payload.index(_BEFORE_ID) + len(_BEFORE_ID)
        return cls(payload[:start], payload[start + _ID_BYTES :])

    def with_id(self, message_id: bytes) -> bytes:
        """The message with this id."""
        return self.head + message_id + self.tail


class Relay:
    """A :class:`~runtime.bus.BusListener` that republishes."""

    def __init__(self, setup: Setup, samples: Samples) -> None:
        fleet = setup.fleet
        level = Target.RELAY.value
        subscription = Subscription(f"{level}/+/v1/up/+", 0)
        self._bus = PahoBus(BusSettings(url=setup.broker, client_id="bench-relay", subscriptions=(subscription,)))
        self._offer = Template.of(samples.offer.encode())
        self._ack = Template.of(samples.ack.encode())
        self._id_at = samples.ticket.encode().index(_BEFORE_ID) + len(_BEFORE_ID)
        self._routes = {
            f"{level}/{fleet.kiosk(branch)}/v1/up/tickets": (
                f"{level}/{fleet.kiosk(branch)}/v1/down",
                [f"{level}/{fleet.watch(at)}/v1/down" for at in fleet.watches_in(branch)],
            )
            for branch in range(fleet.branches)
        }
        self._waiting: list[Outgoing] = []
        self._wake = asyncio.Event()

    async def run(self) -> None:
        """Until cancelled or until stdin ends."""
        loop = asyncio.get_running_loop()
        reader = asyncio.StreamReader()
        await loop.connect_read_pipe(lambda: asyncio.StreamReaderProtocol(reader), sys.stdin)
        jobs = [asyncio.ensure_future(self._bus.run(self)), asyncio.ensure_future(self._speak())]
        await reader.read()
        for job in jobs:
            job.cancel()
        await asyncio.gather(*jobs, return_exceptions=True)

    def on_connected(self) -> None:
        sys.stdout.write("ready\n")
        sys.stdout.flush()

    def on_disconnected(self, reason: str) -> None:
        raise SystemExit(f"the relay lost its connection: {reason}")

    def on_message(self, message: Received) -> None:
        kiosk, watches = self._routes[message.topic]
        message_id = message.payload[self._id_at : self._id_at + _ID_BYTES]
        offer = self._offer.with_id(message_id)
        self._waiting += [Outgoing(topic, offer) for topic in watches]
        self._waiting.append(Outgoing(kiosk, self._ack.with_id(message_id)))
        self._wake.set()

    async def _speak(self) -> None:
        while True:
            await self._wake.wait()
            self._wake.clear()
            some, self._waiting = self._waiting, []
            await self._bus.publish(some)


def main(arguments: Sequence[str]) -> None:
    """Run with the setup and the samples in the named files."""
    setup = msgspec.json.decode(Path(arguments[0]).read_bytes(), type=Setup)
    samples = msgspec.json.decode(Path(arguments[1]).read_bytes(), type=Samples)
    asyncio.run(Relay(setup, samples).run())


if __name__ == "__main__":
    main(sys.argv[1:])
