"""The pages of settings files."""

from __future__ import annotations

from enum import StrEnum
from typing import Annotated

from msgspec import Meta, Struct

from tests.architecture.settings_pages import settings_page


class Colour(StrEnum):
    RED = "red"
    BLUE = "blue"


class Base(Struct, kw_only=True):
    """What goes for both. Raises ``ValueError`` for what can't be."""

    shared: bool = True


class Lamp(Base, kw_only=True, tag_field="kind", tag="lamp"):
    """A lamp of ``watts``."""

    watts: Annotated[int, Meta(ge=1, le=9)]


class Horn(Base, kw_only=True, tag_field="kind", tag="horn"):
    """A horn."""


class Whole(Struct, kw_only=True):
    """All: ``name``."""

    name: str
    colours: tuple[Colour, ...] = (Colour.RED,)
    size: tuple[int, int] | None = None
    names: dict[str, str] = {}
    signal: Lamp | Horn | None = None
    more: tuple[Base, ...] = ()


PAGE = """\
# Title

Words.

All: `name`.

| key | default | allowed |
|---|---|---|
| `name` | must be given | str |
| `colours` | `["red"]` | list of one of `red`, `blue` |
| `size` | not set | [int, int] |
| `names` | `{}` | table: str = str |

## `[signal]`, of every kind

What goes for both.

| key | default | allowed |
|---|---|---|
| `shared` | `true` | bool |

## `[signal]`, `kind = "lamp"`

A lamp of `watts`.

| key | default | allowed |
|---|---|---|
| `watts` | must be given | int, ≥ 1, ≤ 9 |

## `[signal]`, `kind = "horn"`

A horn.

## `[[more]]`

What goes for both.

| key | default | allowed |
|---|---|---|
| `shared` | `true` | bool |
"""


def test_each_table_is_a_section_with_its_promise_and_its_keys() -> None:
    assert settings_page("Title", "Words.", Whole) == PAGE
