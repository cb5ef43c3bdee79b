"""What the benchmark and its windows tell each other: one JSON object a line on stdin and stdout."""

from typing import TypeVar

import msgspec


def bare_topic(device: str) -> str:
    """Where a bare window hears what it shows."""
    return f"bare/{device}/down"


class Setup(msgspec.Struct, frozen=True, kw_only=True):
    """What a window must know. Lengths in pixels; ``store`` is the watch's file. ``as_it_comes``: a bare window whose
    clock is as Kivy sets it (60 frames a second, whatever arrives), not as the watch does."""

    broker: str
    device: str
    shape: str
    width: int
    height: int
    store: str
    keepalive_s: int
    as_it_comes: bool = False


class Scroll(msgspec.Struct, frozen=True, kw_only=True, tag="scroll"):
    """Open the list, which holds ``tasks``, and draw it up and down by touch for so long."""

    tasks: int
    seconds: float


class Visit(msgspec.Struct, frozen=True, kw_only=True, tag="visit"):
    """Go through the whole visit of this task by touch, from the alert to the feedback."""

    task: str


class ShowFace(msgspec.Struct, frozen=True, kw_only=True, tag="face"):
    """Go to the face."""


Command = Scroll | Visit | ShowFace


class Ready(msgspec.Struct, frozen=True, kw_only=True, tag="ready"):
    """Drawn for the first time (``first_ns``), and connected."""

    first_ns: int


class Drawn(msgspec.Struct, frozen=True, kw_only=True, tag="drawn"):
    """One alert, in nanoseconds: its bytes were received, the wrist was told to move, all in the process knew, it was
    on the screen. A bare window has no ``buzzed_ns`` and ``told_ns``."""

    key: str
    received_ns: int
    drawn_ns: int
    buzzed_ns: int = 0
    told_ns: int = 0


class Scrolled(msgspec.Struct, frozen=True, kw_only=True, tag="scrolled"):
    """``frames`` were flipped within ``seconds`` with the list at ``places`` different places; the longest gap."""

    frames: int
    seconds: float
    places: int
    longest_ms: float


class Visited(msgspec.Struct, frozen=True, kw_only=True, tag="visited"):
    """The visit is over; so many frames were flipped since the last."""

    task: str
    frames: int


class Shown(msgspec.Struct, frozen=True, kw_only=True, tag="shown"):
    """The face is on the glass."""


class Failed(msgspec.Struct, frozen=True, kw_only=True, tag="failed"):
    """What was asked for could not be done."""

    why: str


Answer = Ready | Drawn | Scrolled | Visited | Shown | Failed

A = TypeVar("A", Ready, Drawn, Scrolled, Visited, Shown)

answers: msgspec.json.Decoder[Answer] = msgspec.json.Decoder(Answer)
commands: msgspec.json.Decoder[Command] = msgspec.json.Decoder(Command)
encode = msgspec.json.Encoder().encode
