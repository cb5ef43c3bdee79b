"""The settings of one kiosk: its TOML file, or the command line."""

from typing import Annotated

import msgspec
from msgspec import Meta

from contracts.fields import Name
from kiosk.printers.settings import PrinterSettings
from kiosk.readers.settings import IdentitySettings, ReaderSettings
from runtime.speech.choosing import EngineSettings


class EarSettings(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """With what a customer's sentence is heard. ``microphone``: default, the name or number of a device, wav:FILE;
    ``engine``: which recogniser, and where its models are (docs/guide/speech.md)."""

    microphone: Annotated[str, Meta(min_length=1, max_length=500)] = "default"
    engine: EngineSettings = EngineSettings()


class KioskSettings(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """One kiosk. ``series`` tells the numbers of a branch's kiosks apart; ``businesses`` is a file, without it every
    business is taken; ``timezone`` (IANA, else the machine's) says when the branch's day begins: as at the hub.

    ``models`` is where ranking models are kept (unless said beside the store), ``trusted_keys`` are .pub files beside
    Usher's own; it takes none if not ``fetch_models``.

    ``window`` opens the customers' screen: it needs ``businesses``; ``title`` is what they call the branch, ``size``
    and ``at`` (left, top) are in pixels, ``cards`` is a file of people to choose from in place of a reader, ``voice``
    offers to read the screen aloud where the machine has espeak-ng, ``confirm`` shows what was chosen once more.
    ``full_screen``: no borders, no pointer, and no customer can close it; ``size`` is the screen's.

    ``phone_pages``: the public address of the hub's pages: then tickets carry a QR code to their place in line.
    ``identity``, ``readers``, ``printer``: the hardware (docs/guide/kiosk-hardware.md); ``id_number``: by which of the
    accepted rules keyed ID numbers are checked, without it none are asked for. ``ear``: customers may say what they
    came for; without it, a microphone or a recogniser there is no button for that.
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
