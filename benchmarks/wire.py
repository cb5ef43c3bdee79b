"""What the wrist benchmark's processes tell each other, one JSON object a line on stdin and stdout."""

from enum import StrEnum

import msgspec

from benchmarks.fleet import Clientele, Fleet


class Target(StrEnum):
    """Who is put under load: the first level of all its topics (as long for both, so that the bytes are equal)."""

    HUB = "devices"
    RELAY = "relayed"


class Setup(msgspec.Struct, frozen=True, kw_only=True):
    """What the load generator must know; written to a file before it starts. ``receipts``: watches say when they were
    alerted."""

    broker: str
    fleet: Fleet
    clientele: Clientele
    heartbeat_s: float
    receipts: bool = True


class Bind(msgspec.Struct, frozen=True, kw_only=True, tag="bind"):
    """Bind every watch to its branch and start the heartbeats."""


class Bound(msgspec.Struct, frozen=True, kw_only=True, tag="bound"):
    """All are bound."""

    seconds: float


class Load(msgspec.Struct, frozen=True, kw_only=True, tag="load"):
    """Take ``rate`` tickets a second for ``seconds``, whatever comes back; then wait until all has come."""

    target: Target
    rate: float
    seconds: float


class Sample(msgspec.Struct, frozen=True, kw_only=True, tag="sample"):
    """Give the typical messages seen so far: of median length."""


class Samples(msgspec.Struct, frozen=True, kw_only=True, tag="samples"):
    """Real bytes that the hub was sent and said."""

    ticket: str
    offer: str
    ack: str


class Outcome(msgspec.Struct, frozen=True, kw_only=True, tag="outcome"):
    """What became of one load. Times in seconds; ``latencies_us`` from the scheduled sending to each device's alert.

    ``lost``: alerts that never came; ``unacked``: tickets never acknowledged; ``gaps``: jumps in a device's stream;
    ``behind_s``: from the last scheduled sending to the last alert; ``completed_rate``: tickets a second from the
    first scheduled sending to the last alert; ``lag_ms``: 99th percentile of how late the generator itself sent;
    ``within_us``: how well the watches knew the hub's clock at the end, -1 where they didn't.
    """

    target: Target
    rate: float
    tickets: int
    anonymous: int
    lost: int
    duplicated: int
    unacked: int
    refused: int
    gaps: int
    resyncs: int
    behind_s: float
    completed_rate: float
    lag_ms: float
    latencies_us: list[int]
    within_us: int = -1


Command = Bind | Load | Sample
Answer = Bound | Samples | Outcome
