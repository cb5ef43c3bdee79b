"""What the advisor chose for this wrist; kept on the device. Pure."""

from enum import StrEnum

import msgspec

from contracts.fields import Language


class Strength(StrEnum):
    """How hard the motor works."""

    OFF = "off"
    SOFT = "soft"
    MEDIUM = "medium"
    STRONG = "strong"


class Preferences(msgspec.Struct, frozen=True, kw_only=True):
    """The advisor's settings (W-07). ``quiet`` is do-not-disturb; ``language`` null follows the binding.

    ``begun`` is false until the first start was gone through, and again after the shift was handed over.
    """

    vibration: Strength = Strength.MEDIUM
    ring: bool = True
    voice: bool = False
    quiet: bool = False
    language: Language | None = None
    large_text: bool = False
    left_handed: bool = False
    begun: bool = False
