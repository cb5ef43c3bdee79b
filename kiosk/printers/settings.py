"""How a printer is set up, as it stands in the kiosk's TOML file (docs/guide/kiosk-hardware.md)."""

from enum import StrEnum
from typing import Annotated

from msgspec import Meta, Struct

PositiveSeconds = Annotated[float, Meta(gt=0, le=60)]


class Style(StrEnum):
    """``bitmap``: the ticket as a picture, in any script. ``text``: the printer's own characters, several times less
    data, for old serial printers; what they lack goes as a picture."""

    BITMAP = "bitmap"
    TEXT = "text"


class Confirm(StrEnum):
    """How a printer says that a ticket is out. ``printed``: GS ( H, exact, newer Epson and alike; ``drained``: GS r,
    nearly all printers; ``none``: it can't say."""

    PRINTED = "printed"
    DRAINED = "drained"
    NONE = "none"


class Look(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What goes for every printer.

    ``profile``: a name in python-escpos's capabilities, such as TM-T88V. ``dots``: across the paper, unless the profile
    knows; 576 for most 80 mm printers, 384 for 58 mm. ``encoding``: of the printer's Chinese or Korean characters
    (gb18030, cp949), for ``style = "text"``. ``answers``: it can be asked how it is; ``clears``: it knows the command
    that drops what it hasn't printed (DLE DC4). ``write_s`` and ``confirm_s``: the longest time for a ticket to be
    taken, and then to be printed.
    """

    profile: str = "default"
    dots: Annotated[int, Meta(ge=200, le=1200)] | None = None
    style: Style = Style.BITMAP
    encoding: str | None = None
    answers: bool = True
    confirm: Confirm = Confirm.DRAINED
    clears: bool = True
    answer_s: PositiveSeconds = 0.5
    write_s: PositiveSeconds = 5.0
    confirm_s: PositiveSeconds = 6.0


class NetworkPrinter(Look, frozen=True, kw_only=True, forbid_unknown_fields=True, tag_field="kind", tag="network"):
    """By TCP, "raw" port 9100. ``connect_s``: the longest time to connect."""

    host: Annotated[str, Meta(min_length=1)]
    port: Annotated[int, Meta(ge=1, le=65535)] = 9100
    connect_s: PositiveSeconds = 2.0


class UsbPrinter(Look, frozen=True, kw_only=True, forbid_unknown_fields=True, tag_field="kind", tag="usb"):
    """By USB (libusb): vendor and product as ``lsusb`` shows them, and the endpoints if they are not the usual ones."""

    vendor: Annotated[int, Meta(ge=0, le=0xFFFF)]
    product: Annotated[int, Meta(ge=0, le=0xFFFF)]
    in_endpoint: Annotated[int, Meta(ge=0, le=0xFF)] = 0x82
    out_endpoint: Annotated[int, Meta(ge=0, le=0xFF)] = 0x01


class FilePrinter(Look, frozen=True, kw_only=True, forbid_unknown_fields=True, tag_field="kind", tag="file"):
    """A device file such as /dev/usb/lp0, or a plain file that then holds the last ticket. It can't be asked."""

    path: Annotated[str, Meta(min_length=1)]


class DummyPrinter(Look, frozen=True, kw_only=True, forbid_unknown_fields=True, tag_field="kind", tag="dummy"):
    """No printer: keeps the bytes of the last ticket in memory."""


PrinterSettings = NetworkPrinter | UsbPrinter | FilePrinter | DummyPrinter
