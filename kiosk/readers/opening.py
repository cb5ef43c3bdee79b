"""Readers from their settings: the way in for the kiosk's composition root."""

from pathlib import Path
from typing import assert_never

from kiosk.core.id_numbers import BANK_CARD, Generic, National, Rule
from kiosk.readers.identifying import Identifier
from kiosk.readers.ports import Reader
from kiosk.readers.settings import (
    CameraSettings,
    IdentitySettings,
    KnownNumber,
    PcscSettings,
    ReaderSettings,
    SimulatedSettings,
    WedgeSettings,
)
from kiosk.readers.simulated import SimulatedReader
from kiosk.readers.wedge import WedgeReader
from runtime.clock import Clock
from runtime.errors import ConfigError
from runtime.identity import IdentityKey


def open_identifier(settings: IdentitySettings, clock: Clock, *, key: IdentityKey | None = None) -> Identifier:
    """What makes references of numbers and codes, with the key of the settings' file, drawn at the first start; or with
    ``key``, and then no file is touched.

    Raises ``ConfigError`` for a key file that can't be used, or numbers that can't be.
    """
    rules = [BANK_CARD if known is KnownNumber.CARD else National(known.value) for known in settings.accepts]
    numbers: list[Rule] = [*rules]
    for other in settings.others:
        if other.longest < other.shortest:
            raise ConfigError(f"others.{other.name}: longest = {other.longest} is below shortest = {other.shortest}")
        try:
            numbers.append(Generic(other.name, other.shortest, other.longest, other.luhn, other.letters))
        except ValueError as error:
            raise ConfigError(f"others.{error}") from error
    used = IdentityKey.open(Path(settings.key), settings.bank) if key is None else key
    return Identifier(used, clock, rules=tuple(numbers), region=settings.region)


def open_reader(settings: ReaderSettings, identifier: Identifier, clock: Clock) -> Reader:
    """The reader that the settings name; it reads from ``start`` on, and waits for hardware that isn't there.

    Raises ``ConfigError`` where a library that it needs isn't installed.
    """
    match settings:
        case PcscSettings():
            from kiosk.readers.pcsc import PcscReader

            return PcscReader(settings, identifier)
        case WedgeSettings():
            return WedgeReader(settings, identifier, clock)
        case CameraSettings():
            try:
                from kiosk.readers.camera import CameraReader
            except ImportError as error:
                raise ConfigError(f"a camera needs zxing-cpp ({error}); install usher[kiosk]") from error
            return CameraReader(settings, identifier, clock)
        case SimulatedSettings():
            return SimulatedReader(identifier)
        case _:
            assert_never(settings)
