"""The port of a printer: what is asked of one, and what it says (spec K-03).

A number counts without paper. So a printer never raises for what printers do: it says what became of the job, and the
kiosk shows the number on its screen and tells the branch's IT.
"""

from dataclasses import dataclass
from enum import StrEnum
from typing import Protocol

from kiosk.core.ticket_layout import TicketLayout


class Paper(StrEnum):
    """How much paper there is."""

    OK = "ok"
    NEAR_END = "near_end"
    OUT = "out"
    UNKNOWN = "unknown"
    """The printer can't be asked."""


class Trouble(StrEnum):
    """Why there is no ticket, or none for certain."""

    STALE = "stale"
    UNREACHABLE = "unreachable"
    SILENT = "silent"
    OFFLINE = "offline"
    PAPER_OUT = "paper_out"
    COVER_OPEN = "cover_open"
    CUTTER = "cutter"
    FAULT = "fault"
    CUT_OFF = "cut_off"
    UNCONFIRMED = "unconfirmed"
    STUCK = "stuck"
    CLOSED = "closed"
    UNFIT = "unfit"


WHAT_TO_DO: dict[Trouble, str] = {
    Trouble.STALE: "the printer was busy for too long; see whether it is slow or stuck",
    Trouble.UNREACHABLE: "check power and cable, and the address in the kiosk's settings",
    Trouble.SILENT: "it takes data and says nothing: switch it off and on; if it can't answer, set answers = false",
    Trouble.OFFLINE: "press its feed button once; if it stays so, switch it off and on",
    Trouble.PAPER_OUT: "put in a new roll",
    Trouble.COVER_OPEN: "close the cover",
    Trouble.CUTTER: "take paper out of the cutter, then switch the printer off and on",
    Trouble.FAULT: "switch it off and on; if the fault stays, have it repaired",
    Trouble.CUT_OFF: "check cable and network; a ticket may be half printed",
    Trouble.UNCONFIRMED: "see whether tickets come out; if they do, set confirm = 'none' or a longer confirm_s",
    Trouble.STUCK: "the printer takes no more data: check paper and cover, then switch it off and on",
    Trouble.CLOSED: "the kiosk is stopping",
    Trouble.UNFIT: "the ticket can't be drawn for this printer; check profile and dots in the kiosk's settings",
}
"""For the branch's IT, in one line."""


@dataclass(frozen=True, slots=True)
class PrinterStatus:
    """How a printer is. ``trouble`` is null when it prints; ``paper`` may be near its end then."""

    paper: Paper
    trouble: Trouble | None = None

    @property
    def ready(self) -> bool:
        """Whether a ticket can be printed now."""
        return self.trouble is None


@dataclass(frozen=True, slots=True)
class PrintJob:
    """One ticket. ``good_until_s`` of the clock's ``monotonic``: later it isn't begun any more.

    ``name`` is said in logs: the ticket's number, nothing personal.
    """

    name: str
    layout: TicketLayout
    good_until_s: float


@dataclass(frozen=True, slots=True)
class Printed:
    """The ticket is on paper; not ``confirmed`` by a printer that can't be asked."""

    confirmed: bool
    paper: Paper


@dataclass(frozen=True, slots=True)
class NotPrinted:
    """Nothing was printed, and nothing will be."""

    why: Trouble


@dataclass(frozen=True, slots=True)
class Unknown:
    """Some of it may be on paper. It isn't repeated, or there may be two: the customer decides, with a new job."""

    why: Trouble


Outcome = Printed | NotPrinted | Unknown


class Printer(Protocol):
    """A ticket printer. Calls may come while others run; jobs are printed one after the other."""

    async def print(self, job: PrintJob) -> Outcome:
        """Print it, or say why not. A cancelled call isn't begun any more; one that began is finished."""
        ...

    async def status(self) -> PrinterStatus:
        """Ask the printer how it is."""
        ...

    def close(self) -> None:
        """No more jobs; what waits comes back as ``NotPrinted``."""
        ...
