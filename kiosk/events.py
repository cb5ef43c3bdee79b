"""What the kiosk tells whoever started it: one JSON object a line, with ``at_ns`` of the machine's monotonic clock."""

from collections.abc import Callable
from typing import BinaryIO

import msgspec

from runtime.agent.models import ModelNews, ModelStep


class TicketIssued(msgspec.Struct, frozen=True, kw_only=True, tag="ticket", tag_field="event"):
    """A number may be printed: it is durable. ``at_ns`` was taken right before its message was queued."""

    at_ns: int
    number: str
    ticket: str
    message: str
    customer: str | None
    request: str | None
    trace: str
    repeated: bool


class Delivered(msgspec.Struct, frozen=True, kw_only=True, tag="delivered", tag_field="event"):
    """The hub has these messages durably."""

    at_ns: int
    ids: tuple[str, ...]


class TakeRefused(msgspec.Struct, frozen=True, kw_only=True, tag="refused", tag_field="event"):
    """A request got no number."""

    at_ns: int
    code: str
    detail: str
    request: str | None


class CommandRefused(msgspec.Struct, frozen=True, kw_only=True, tag="command_refused", tag_field="event"):
    """The hub refused a message for good: the ticket exists on paper only, staff must see to it."""

    at_ns: int
    id: str
    code: str
    detail: str
    number: str | None


class WentOnline(msgspec.Struct, frozen=True, kw_only=True, tag="online", tag_field="event"):
    """The hub is within reach."""

    at_ns: int


class WentOffline(msgspec.Struct, frozen=True, kw_only=True, tag="offline", tag_field="event"):
    """The hub is out of reach; numbers go on."""

    at_ns: int


class ModelInstalled(msgspec.Struct, frozen=True, kw_only=True, tag="model_installed", tag_field="event"):
    """A ranking model is here whole and verified."""

    at_ns: int
    version: str
    serial: int


class ModelActive(msgspec.Struct, frozen=True, kw_only=True, tag="model_active", tag_field="event"):
    """A ranking model is in use from now on."""

    at_ns: int
    version: str
    serial: int


class ModelRefused(msgspec.Struct, frozen=True, kw_only=True, tag="model_refused", tag_field="event"):
    """A ranking model was refused or could not be had; what was in use stays in use."""

    at_ns: int
    version: str
    serial: int
    why: str


class PrinterChanged(msgspec.Struct, frozen=True, kw_only=True, tag="printer_changed", tag_field="event"):
    """The printer is so from now on: ``trouble`` null when it prints, else what branch IT is to ``do`` (K-03)."""

    at_ns: int
    paper: str
    trouble: str | None
    do: str


class ReaderChanged(msgspec.Struct, frozen=True, kw_only=True, tag="reader_changed", tag_field="event"):
    """A reader is so from now on; ``do`` is for branch IT, empty when all is well (K-01)."""

    at_ns: int
    name: str
    state: str
    why: str
    do: str


KioskEvent = (
    TicketIssued
    | Delivered
    | TakeRefused
    | CommandRefused
    | WentOnline
    | WentOffline
    | ModelInstalled
    | ModelActive
    | ModelRefused
    | PrinterChanged
    | ReaderChanged
)

Emit = Callable[[KioskEvent], None]
"""Where events go; called in the event loop, must not block for long."""


def of_model(news: ModelNews, at_ns: int) -> KioskEvent:
    """The event of what happened to a model."""
    match news.step:
        case ModelStep.INSTALLED:
            return ModelInstalled(at_ns=at_ns, version=news.version, serial=news.serial)
        case ModelStep.ACTIVE:
            return ModelActive(at_ns=at_ns, version=news.version, serial=news.serial)
        case ModelStep.REFUSED:
            return ModelRefused(at_ns=at_ns, version=news.version, serial=news.serial, why=news.why)


def to_nobody(_event: KioskEvent) -> None:
    """Nobody listens."""


class JsonLines:
    """Writes each event as a line of JSON and flushes; stops quietly when the reader has gone, the kiosk goes on."""

    def __init__(self, stream: BinaryIO) -> None:
        self._stream: BinaryIO | None = stream
        self._encoder = msgspec.json.Encoder()

    def __call__(self, event: KioskEvent) -> None:
        if self._stream is None:
            return
        try:
            self._stream.write(self._encoder.encode(event) + b"\n")
            self._stream.flush()
        except (BrokenPipeError, ValueError):
            self._stream = None
