"""How an agent's session is timed, and how it connects."""

from datetime import datetime

import msgspec

from contracts import AnyMessage, Envelope, encode, topics
from contracts.messages import wire_type
from contracts.session import Presence, PresenceChanged
from runtime.bus import BusSettings, Outgoing, Subscription


class LinkSettings(msgspec.Struct, frozen=True, kw_only=True):
    """Timing of the session, in seconds. ``clock_exchanges``: reports soon after a connect, for the hub's clock."""

    keepalive_s: int = 60
    resend_first_s: float = 2.0
    resend_most_s: float = 30.0
    resync_wait_s: float = 2.0
    goodbye_s: float = 2.0
    clock_exchanges: int = 3

    @property
    def heartbeat_s(self) -> float:
        """Between two reports: half the keep-alive, so that silence of 1.5 keep-alives means three unanswered."""
        return self.keepalive_s / 2


def link_bus_settings(url: str, device: str, keepalive_s: int) -> BusSettings:
    """How an agent connects: its own ``down`` topic, and ``lost`` as its last will, whose time is 1970."""
    will = Envelope[AnyMessage](
        id=f"last-will-{device}"[:64],
        source=topics.source_of(device),
        type=wire_type(PresenceChanged),
        time=datetime.fromisoformat("1970-01-01T00:00:00+00:00"),
        data=PresenceChanged(presence=Presence.LOST),
    )
    return BusSettings(
        url=url,
        client_id=device,
        subscriptions=(Subscription(topics.down(device), 1),),
        will=Outgoing(topics.state(device), encode(will), qos=1, retain=True),
        keepalive_s=keepalive_s,
    )
