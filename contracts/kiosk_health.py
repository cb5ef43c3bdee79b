"""What a kiosk says of its own state, for branch IT: its parts, and what it could not deliver yet (K-03, K-13)."""

from enum import StrEnum
from typing import Annotated

import msgspec
from msgspec import Meta

from contracts.fields import Code, Moment
from contracts.lobby import Count, ServiceClassLetter


class KioskPart(StrEnum):
    """The parts that a kiosk of this version speaks of."""

    PRINTER = "printer"
    READER = "reader"
    CAMERA = "camera"
    DISK = "disk"
    SCREEN = "screen"
    """The kiosk's own process, which its watchdog starts again."""
    DELIVERY = "delivery"
    """Tickets on their way to the hub."""
    NUMBERS = "numbers"
    """Leased numbers."""


class PartCondition(StrEnum):
    """How a part can be, for a kiosk of this version; the printer's troubles have the names of its port."""

    READY = "ready"
    STARTING = "starting"
    STOPPED = "stopped"
    NEAR_END = "near_end"
    PAPER_OUT = "paper_out"
    COVER_OPEN = "cover_open"
    CUTTER = "cutter"
    OFFLINE = "offline"
    UNREACHABLE = "unreachable"
    SILENT = "silent"
    STUCK = "stuck"
    CUT_OFF = "cut_off"
    UNCONFIRMED = "unconfirmed"
    ABSENT = "absent"
    FAULT = "fault"
    NEARLY_FULL = "nearly_full"
    FULL = "full"
    RESTARTED = "restarted"
    """Ended again and again without having been told to."""
    USED_UP = "used_up"


class PartState(msgspec.Struct, frozen=True, kw_only=True):
    """How a part is, ``since`` a moment by the hub's time. ``name``: which one, where there may be several.

    ``part`` is one of :class:`KioskPart` and ``condition`` one of :class:`PartCondition`, or what later kiosks say.
    """

    part: Code
    condition: Code
    since: Moment
    name: Annotated[str, Meta(max_length=63)] = ""


class NumbersLeft(msgspec.Struct, frozen=True, kw_only=True):
    """How many leased numbers of a class the kiosk still has."""

    service_class: ServiceClassLetter
    left: Count


class KioskReported(msgspec.Struct, frozen=True, kw_only=True, tag="kiosk.reported.v1"):
    """The whole state of a kiosk: said when it changes, when the hub comes within reach, and now and then.

    ``undelivered``: tickets that the hub has not acknowledged. ``restarts``: how often in the last day the kiosk ended
    without having been told to. ``out_of_order``: it gives no numbers because the hub said so.
    """

    parts: Annotated[tuple[PartState, ...], Meta(max_length=40)]
    undelivered: Count = 0
    numbers: Annotated[tuple[NumbersLeft, ...], Meta(max_length=26)] = ()
    restarts: Count = 0
    out_of_order: bool = False
