"""How readers are set up, as it stands in the kiosk's TOML file (docs/guide/kiosk-hardware.md)."""

from enum import StrEnum
from typing import Annotated

from msgspec import Meta, Struct

from contracts.fields import Name


class Holds(StrEnum):
    """What a card answers to the last command: ``uid``, a serial number as bytes; ``number``, an ID number in ASCII."""

    UID = "uid"
    NUMBER = "number"


HexCommand = Annotated[str, Meta(pattern=r"^([0-9A-Fa-f]{2}){4,}$", description="an APDU in hexadecimal")]


class PcscSettings(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True, tag_field="kind", tag="pcsc"):
    """``reader``: part of its name; empty is the first one. ``commands``: sent to each card, the answer to the last one
    counts; FFCA000000 asks a contactless card for its UID (PC/SC part 3, 3.2.2.1.3)."""

    reader: str = ""
    commands: Annotated[tuple[HexCommand, ...], Meta(min_length=1)] = ("FFCA000000",)
    holds: Holds = Holds.UID


class WedgeSettings(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True, tag_field="kind", tag="wedge"):
    """A scanner that types. ``prefix`` and ``suffix``: what it sends around a code, a character each."""

    prefix: Annotated[str, Meta(max_length=1)] = ""
    suffix: Annotated[str, Meta(max_length=1)] = "\r"
    gap_s: Annotated[float, Meta(ge=0.005, le=1.0)] = 0.05
    shortest: Annotated[int, Meta(ge=2, le=64)] = 6


class CameraSettings(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True, tag_field="kind", tag="camera"):
    """QR codes before a camera. ``source``: a device such as /dev/video0, a video file, or a folder of pictures."""

    source: Annotated[str, Meta(min_length=1)] = "/dev/video0"
    again_s: Annotated[float, Meta(ge=0, le=60)] = 3.0


class SimulatedSettings(
    Struct, frozen=True, kw_only=True, forbid_unknown_fields=True, tag_field="kind", tag="simulated"
):
    """No reader: a script holds cards and codes to it."""


ReaderSettings = PcscSettings | WedgeSettings | CameraSettings | SimulatedSettings


class OtherNumber(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """ID numbers of another kind: digits, and capital letters if ``letters``."""

    name: Name
    shortest: Annotated[int, Meta(ge=4, le=32)]
    longest: Annotated[int, Meta(ge=4, le=32)]
    luhn: bool = False
    letters: bool = False


class KnownNumber(StrEnum):
    """ID numbers that need no more than their name."""

    CN_ID = "cn-id"
    KR_RRN = "kr-rrn"
    CARD = "card"


class IdentitySettings(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """``key``: the file of the bank's key, made at the first start; ``bank``: its name. ``accepts``: the ID numbers
    that are taken, in the order in which they are tried; ``others``: more kinds, tried after these. ``region``: of
    phone numbers without a country code (ISO 3166-1)."""

    key: str
    bank: Name
    accepts: tuple[KnownNumber, ...] = (KnownNumber.CN_ID, KnownNumber.KR_RRN)
    others: tuple[OtherNumber, ...] = ()
    region: Annotated[str, Meta(pattern=r"^[A-Z]{2}$")] = "KR"
