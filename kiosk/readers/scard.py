"""The part of pyscard's ``smartcard.scard`` that is used here, with types; the library has none.

The functions are those of PC/SC (PC/SC Workgroup, part 5; pcsc-lite's ``winscard.h``). Errors come back as codes.
"""

from functools import cache
from importlib import import_module
from typing import Protocol, cast

from runtime.errors import ConfigError

SUCCESS = 0
CANCELLED = 0x80100002
TIMEOUT = 0x8010000A
UNKNOWN_READER = 0x80100009
NO_SERVICE = 0x8010001D
SERVICE_STOPPED = 0x8010001E
NO_READERS = 0x8010002E

PLUGGED = "\\\\?PnP?\\Notification"
"""The name that stands for all readers, to wait until one is plugged in."""


class Scard(Protocol):
    """Functions and constants."""

    SCARD_SCOPE_SYSTEM: int
    SCARD_SHARE_SHARED: int
    SCARD_PROTOCOL_T0: int
    SCARD_PROTOCOL_T1: int
    SCARD_PCI_T0: int
    SCARD_PCI_T1: int
    SCARD_LEAVE_CARD: int
    SCARD_STATE_UNAWARE: int
    SCARD_STATE_CHANGED: int
    SCARD_STATE_PRESENT: int
    SCARD_STATE_MUTE: int
    SCARD_STATE_UNKNOWN: int
    SCARD_STATE_UNAVAILABLE: int
    SCARD_STATE_IGNORE: int

    def SCardEstablishContext(self, scope: int) -> tuple[int, int]: ...

    def SCardReleaseContext(self, context: int) -> int: ...

    def SCardCancel(self, context: int) -> int: ...

    def SCardListReaders(self, context: int, groups: list[str]) -> tuple[int, list[str]]: ...

    def SCardGetStatusChange(
        self, context: int, timeout_ms: int, states: list[tuple[str, int]]
    ) -> tuple[int, list[tuple[str, int, list[int]]]]: ...

    def SCardConnect(self, context: int, reader: str, share: int, protocols: int) -> tuple[int, int, int]: ...

    def SCardTransmit(self, card: int, protocol: int, command: list[int]) -> tuple[int, list[int]]: ...

    def SCardDisconnect(self, card: int, disposition: int) -> int: ...

    def SCardGetErrorMessage(self, code: int) -> str: ...


@cache
def scard() -> Scard:
    """The library; raises ``ConfigError`` where it, or the system's PC/SC library, isn't installed."""
    try:
        return cast(Scard, import_module("smartcard.scard"))
    except ImportError as error:
        raise ConfigError(
            f"a PC/SC reader needs pyscard and libpcsclite1 ({error}); install usher[pcsc], and on Debian pcscd"
        ) from error
