"""A story of the kiosk as a TOML file: what the house has, and step by step what customers do and what is then seen.

```toml
title = "A booking"
[house]                       # see kiosk.gallery.house.Furniture
bookings = [{ code = "b-1", business = "loan", at = "14:30", who = "Ms Lee", phone = "01012345678" }]

[[steps]]
touch = ["{language}", "phone"]   # choices by name, one after the other; {language} is the one that is shown
[[steps]]
type = "01012345678"          # the keys of these characters; or { en = "…", zh = "…", ko = "…" }
touch = ["enter"]             # within a step: house, wait_s, idle, read, key, type, touch, then say, deaf, expect, shot
expect = "bookings"           # the page that must be there now
shot = "booking-found"        # a picture of it
```
"""

import tomllib
from enum import StrEnum
from pathlib import Path
from typing import Annotated

import msgspec
from msgspec import Meta

from contracts.fields import Language
from kiosk.errors import KioskError
from kiosk.gallery.house import Furniture
from kiosk.presenters.guide import Key
from kiosk.presenters.house import Fault

ShotName = Annotated[str, Meta(pattern=r"^[a-z0-9][a-z0-9-]{0,60}(?!\n)$")]


class StoryError(KioskError):
    """Says which story, which step, what was expected and what there is."""


class Read(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Something is held to the reader: a card (``customer``), the ``code`` of a booking, or what is wrong with one."""

    customer: str = ""
    code: str = ""
    fault: Fault | None = None


class Idle(StrEnum):
    """Nobody touches anything until the screen asks whether somebody is there, or until it clears itself."""

    ASKS = "asks"
    CLEARS = "clears"


class Step(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What happens, in the order of these fields; each may be left out."""

    house: dict[str, msgspec.Raw] = {}
    wait_s: float = 0.0
    idle: Idle | None = None
    read: Read | None = None
    say: str | dict[Language, str] | None = None
    deaf: bool = False
    key: tuple[Key, ...] = ()
    type: str | dict[Language, str] = ""
    touch: tuple[str, ...] = ()
    refused: str = ""
    expect: str = ""
    shot: ShotName | None = None


class _File(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    title: str
    house: dict[str, msgspec.Raw] = {}
    steps: Annotated[tuple[Step, ...], Meta(min_length=1)]


class Story(msgspec.Struct, frozen=True, kw_only=True):
    """``furnished`` has for each step what the house is from then on, null where nothing changes."""

    title: str
    house: Furniture
    steps: tuple[Step, ...]
    furnished: tuple[Furniture | None, ...]


def load_story(path: Path) -> Story:
    """The story of a file; raises ``StoryError`` naming the file and what is wrong with it."""
    try:
        return parse_story(path.read_text("utf-8"), origin=str(path))
    except OSError as error:
        raise StoryError(f"{path}: can't be read: {error.strerror}; give a TOML file that tells a story") from error


def parse_story(text: str, *, origin: str) -> Story:
    """As :func:`load_story`, of its text."""
    try:
        # By way of JSON: a house that changes is decoded again with what it was before.
        file = msgspec.json.decode(msgspec.json.encode(tomllib.loads(text)), type=_File)
        has = dict(file.house)
        house = _furniture(has)
        furnished: list[Furniture | None] = []
        for step in file.steps:
            has |= step.house
            furnished.append(_furniture(has) if step.house else None)
    except (tomllib.TOMLDecodeError, msgspec.ValidationError) as error:
        raise StoryError(f"{origin}: {error}; see kiosk.gallery.story for what a story may say") from error
    return Story(title=file.title, house=house, steps=file.steps, furnished=tuple(furnished))


def _furniture(has: dict[str, msgspec.Raw]) -> Furniture:
    return msgspec.json.decode(msgspec.json.encode(has), type=Furniture)
