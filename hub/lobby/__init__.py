"""The lobby's room: tickets, the queue and its rules, calling, the waiting estimate."""

from hub.lobby.api import Counters
from hub.lobby.board import Alert, AlertKind, Board, CounterCard, Following, Standing, Wait
from hub.lobby.phone import Glance, PhoneKey, PhoneWish
from hub.lobby.queue.events import AnyEvent, Called, Changed, Transferred, Turned
from hub.lobby.queue.places import CounterMove, CounterPlace, CounterState, Move, Place, Stage
from hub.lobby.queues import Call
from hub.lobby.settings import LobbyConfig

__all__ = [
    "Alert",
    "AlertKind",
    "AnyEvent",
    "Board",
    "Call",
    "Called",
    "Changed",
    "CounterCard",
    "CounterMove",
    "CounterPlace",
    "CounterState",
    "Counters",
    "Following",
    "Glance",
    "LobbyConfig",
    "Move",
    "PhoneKey",
    "PhoneWish",
    "Place",
    "Stage",
    "Standing",
    "Transferred",
    "Turned",
    "Wait",
]
