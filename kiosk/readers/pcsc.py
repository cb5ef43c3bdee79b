"""Cards by PC/SC: contact and contactless readers with a driver in pcscd (spec K-01).

Waits in a thread of its own for cards, for readers that are plugged in or pulled out, and for a service that stopped.
A card that lay there before the reader was watched is not read: it may be the last customer's.
"""

import logging

from kiosk.core.secret import Secret
from kiosk.readers.identifying import Identifier
from kiosk.readers.ports import Health, Hitch, Read, ReadKind, State, Unread
from kiosk.readers.scard import (
    CANCELLED,
    NO_READERS,
    NO_SERVICE,
    PLUGGED,
    SERVICE_STOPPED,
    SUCCESS,
    TIMEOUT,
    UNKNOWN_READER,
    Scard,
    scard,
)
from kiosk.readers.settings import Holds, PcscSettings
from kiosk.readers.threaded import ThreadedReader

log = logging.getLogger(__name__)

RETRY_S = 2.0
LOOK_MS = 1_000
"""The longest wait for news, in case that a wake-up came before the wait began."""

NO_DAEMON = Health(State.FAULT, "the PC/SC service doesn't run", "systemctl start pcscd.socket")
EVENTS_SHIFT = 16
"""The upper half of a reader's state counts cards that were put in and taken out (pcsc-lite)."""


class _Gone(Exception):
    """The service or the reader went away; carries the health to tell."""

    def __init__(self, health: Health) -> None:
        super().__init__(health.why)
        self.health = health


class PcscReader(ThreadedReader):
    """A reader whose name contains ``settings.reader``; the first one if that is empty."""

    def __init__(
        self,
        settings: PcscSettings,
        identifier: Identifier,
        *,
        library: Scard | None = None,
        retry_s: float = RETRY_S,
    ) -> None:
        super().__init__("pcsc", retry_s)
        self._settings = settings
        self._identifier = identifier
        self._pcsc: Scard = library or scard()
        self._commands = [list(bytes.fromhex(command)) for command in settings.commands]
        self._context: int | None = None

    def wake(self) -> None:
        context = self._context
        if context is not None:
            self._pcsc.SCardCancel(context)

    def run(self) -> Health:
        code, context = self._pcsc.SCardEstablishContext(self._pcsc.SCARD_SCOPE_SYSTEM)
        if _plain(code) != SUCCESS:
            return NO_DAEMON if _plain(code) in (NO_SERVICE, SERVICE_STOPPED) else self._fault("establish", code)
        self._context = context
        try:
            while not self.stopping:
                reader = self._find(context)
                if reader is None:
                    self._wait_for_readers(context)
                else:
                    self._watch(context, reader)
        except _Gone as gone:
            return gone.health
        finally:
            self._context = None
            self._pcsc.SCardReleaseContext(context)
        return self.health

    def _find(self, context: int) -> str | None:
        code, readers = self._pcsc.SCardListReaders(context, [])
        if _plain(code) == NO_READERS:
            readers = []
        elif _plain(code) != SUCCESS:
            self._check("list", code)
        found = next((reader for reader in readers if self._settings.reader in reader), None)
        if found is None:
            wanted = self._settings.reader
            others = f"; there are: {', '.join(readers)}" if readers else ""
            why = f"no reader named {wanted!r}{others}" if wanted else "no reader"
            self.tell(Health(State.ABSENT, why, "plug it in; see its name with pcsc_scan"))
        return found

    def _wait_for_readers(self, context: int) -> None:
        code, _ = self._pcsc.SCardGetStatusChange(context, LOOK_MS, [(PLUGGED, self._pcsc.SCARD_STATE_UNAWARE)])
        if _plain(code) not in (SUCCESS, TIMEOUT, CANCELLED):
            self._check("wait", code)
        if _plain(code) == SUCCESS:
            self.wait(0.1)  # some versions answer at once and say nothing new

    def _watch(self, context: int, reader: str) -> None:
        """Until the reader is gone."""
        pcsc = self._pcsc
        lost = pcsc.SCARD_STATE_UNKNOWN | pcsc.SCARD_STATE_UNAVAILABLE | pcsc.SCARD_STATE_IGNORE
        known = pcsc.SCARD_STATE_UNAWARE
        first = True
        while not self.stopping:
            code, states = pcsc.SCardGetStatusChange(context, LOOK_MS, [(reader, known)])
            if _plain(code) in (TIMEOUT, CANCELLED):
                continue
            if _plain(code) == UNKNOWN_READER:
                return
            if _plain(code) != SUCCESS:
                self._check("watch", code)
            _, now, atr = states[0]
            if now & lost:
                return
            there, was_there = bool(now & pcsc.SCARD_STATE_PRESENT), bool(known & pcsc.SCARD_STATE_PRESENT)
            another = now >> EVENTS_SHIFT != known >> EVENTS_SHIFT
            known = now & ~pcsc.SCARD_STATE_CHANGED
            if first:
                first = False
                self.tell(Health(State.READY, reader))
                if there:
                    log.warning("card_lies_in_reader reader=%r effect='not read until it is put in anew'", reader)
            elif there and (another or not was_there):
                mute = now & pcsc.SCARD_STATE_MUTE
                self.tell(Unread(ReadKind.CARD, Hitch.MUTE) if mute else self._read(context, reader, atr))

    def _read(self, context: int, reader: str, atr: list[int]) -> Read | Unread:
        """``atr`` tells the make of a card that can't be read; it is the same for all of the make."""
        pcsc = self._pcsc
        make = bytes(atr).hex()
        protocols = pcsc.SCARD_PROTOCOL_T0 | pcsc.SCARD_PROTOCOL_T1
        code, card, protocol = pcsc.SCardConnect(context, reader, pcsc.SCARD_SHARE_SHARED, protocols)
        if _plain(code) != SUCCESS:
            log.warning("card_not_read step=connect code=%#x atr=%s", _plain(code), make)
            return Unread(ReadKind.CARD, Hitch.MUTE)
        pci = pcsc.SCARD_PCI_T1 if protocol == pcsc.SCARD_PROTOCOL_T1 else pcsc.SCARD_PCI_T0
        answer: list[int] = []
        try:
            for command in self._commands:
                answer = self._ask(card, pci, command)
                if answer[-2:] != [0x90, 0x00]:
                    log.warning("card_not_read step=command status=%s atr=%s", bytes(answer[-2:]).hex(), make)
                    return Unread(ReadKind.CARD, Hitch.UNSUPPORTED if answer else Hitch.MUTE)
            content = Secret.of(bytearray(answer[:-2]))
        finally:
            answer[:] = [0] * len(answer)
            pcsc.SCardDisconnect(card, pcsc.SCARD_LEAVE_CARD)
        if self._settings.holds is Holds.NUMBER:
            return self._identifier.card_number(content)
        return self._identifier.chip(content)

    def _ask(self, card: int, pci: int, command: list[int]) -> list[int]:
        """The answer with its status word; empty when the card is gone. Knows 61xx and 6Cxx (ISO/IEC 7816-3, T=0)."""
        code, answer = self._pcsc.SCardTransmit(card, pci, command)
        if _plain(code) == SUCCESS and len(answer) >= 2 and answer[-2] == 0x6C:
            code, answer = self._pcsc.SCardTransmit(card, pci, [*command[:-1], answer[-1]])
        if _plain(code) == SUCCESS and len(answer) >= 2 and answer[-2] == 0x61:
            code, answer = self._pcsc.SCardTransmit(card, pci, [0x00, 0xC0, 0x00, 0x00, answer[-1]])
        return answer if _plain(code) == SUCCESS and len(answer) >= 2 else []

    def _check(self, step: str, code: int) -> None:
        raise _Gone(NO_DAEMON if _plain(code) in (NO_SERVICE, SERVICE_STOPPED) else self._fault(step, code))

    def _fault(self, step: str, code: int) -> Health:
        said = self._pcsc.SCardGetErrorMessage(code)
        return Health(State.FAULT, f"{step}: {said} ({_plain(code):#x})", "systemctl restart pcscd; see its journal")


def _plain(code: int) -> int:
    """Without a sign, which some platforms give it."""
    return code & 0xFFFFFFFF
