"""The settings of one kiosk: its TOML file, or the command line."""

from typing import Annotated

import msgspec
from msgspec import Meta

from contracts.fields import Name
from kiosk.printers.settings import PrinterSettings
from kiosk.readers.settings import IdentitySettings, ReaderSettings
from runtime.errors import ConfigError
from runtime.speech.choosing import EngineSettings

SMALLEST, LARGEST = 200, 8192
"""Pixels of a window, in each direction; larger ones no graphics card need draw (OpenGL ES 3.0 asks for 2048)."""


class EarSettings(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """With what a customer's sentence is heard. ``microphone``: default, the name or number of a device, wav:FILE;
    ``engine``: which recogniser, and where its models are (docs/guide/speech.md)."""

    microphone: Annotated[str, Meta(min_length=1, max_length=500)] = "default"
    engine: EngineSettings = EngineSettings()


class KioskSettings(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """One kiosk: ``device`` and ``branch`` are its names in the hub's fleet, ``broker`` is mqtt://[user:password@]host:port,
    ``store`` its SQLite file. ``series``: at most two letters that tell the numbers of a branch's kiosks apart.
    ``businesses``: the file of what the branch offers, [[business]] tables in TOML or a JSON array of codes
    (docs/guide/kiosk-stories.md); without it every code is taken, and the hub judges. ``timezone`` (IANA, else the
    machine's) says when the branch's day begins: as at the hub. ``keepalive_s`` is MQTT's.

    ``fetch_models``: take ranking models from the hub, which suggest businesses; ``models`` is the folder for them
    (else beside the store), ``trusted_keys`` are .pub files of who may sign them, beside Usher's own, such as the
    hub's keys/models.pub.

    ``window`` opens the customers' screen, which needs ``businesses``; all that follows is for it. ``title`` is what
    customers call the branch, ``size`` and ``at`` (left, top) are in pixels, ``cards`` is a file of people to choose
    from in place of a reader, one {"customer": "c-1", "name": "Ms Lee"} a line, ``voice`` offers to read the screen
    aloud where the machine has espeak-ng, ``confirm`` shows what was chosen once more before a number is given.
    ``full_screen``: no borders, no pointer, and no customer can close it; ``size`` is the screen's.

    ``phone_pages``: the public address of the hub's pages, such as https://branch.example; only with it tickets carry a
    QR code, to their place in line. ``identity``, ``readers``, ``printer``: the hardware; ``id_number``: by which of
    ``identity.accepts`` keyed ID numbers are checked, such as "kr-rrn"; without it none are asked for. ``ear``:
    customers may say what they came for; without it, a microphone or a recogniser there is no button for that.
    """

    device: Name
    branch: Name
    broker: str
    store: str
    series: str = "A"
    businesses: str | None = None
    timezone: str | None = None
    keepalive_s: int = 60
    fetch_models: bool = True
    models: str | None = None
    trusted_keys: tuple[str, ...] = ()
    window: bool = False
    title: str = ""
    size: tuple[int, int] = (480, 760)
    at: tuple[int, int] | None = None
    cards: str | None = None
    voice: bool = True
    full_screen: bool = False
    confirm: bool = False
    phone_pages: str = ""
    identity: IdentitySettings | None = None
    id_number: str = ""
    readers: tuple[ReaderSettings, ...] = ()
    printer: PrinterSettings | None = None
    ear: EarSettings | None = None


def check_size(size: tuple[int, int]) -> None:
    """Raises ``ConfigError`` for a window that nobody could use, or that can't be drawn."""
    if min(size) < SMALLEST or max(size) > LARGEST:
        raise ConfigError(
            f"size = {size}: at least {SMALLEST} by {SMALLEST} pixels, at most {LARGEST}; drawn for 480 by 760"
        )
