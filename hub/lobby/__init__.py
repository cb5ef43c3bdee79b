"""The lobby's room: tickets, the queue and its rules, calling, the waiting estimate."""

from hub.lobby.api import Counters
from hub.lobby.board import Alert, AlertKind, Board, CounterCard, Following, Standing, Wait
from hub.lobby.bookings.expected import BookedRow, Expectation
from hub.lobby.kiosks.model import Failing, Grade, KioskCard
from hub.lobby.lending.model import BandCard, Lending
from hub.lobby.phone import Glance, PhoneKey, PhoneWish
from hub.lobby.queue.events import AnyEvent, Called, Changed, Transferred, Turned
from hub.lobby.queue.places import CounterMove, CounterPlace, CounterState, Move, Place, Stage
from hub.lobby.queues import Call
from hub.lobby.settings import LobbyConfig

__all__ = [
    "Alert",
    "AlertKind",
    "AnyEvent",
    "BandCard",
    "Board",
    "BookedRow",
    "Call",
    "Called",
    "Changed",
    "CounterCard",
    "CounterMove",
    "CounterPlace",
    "CounterState",
    "Counters",
    "Expectation",
    "Failing",
    "Following",
    "Glance",
    "Grade",
    "KioskCard",
    "Lending",
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
