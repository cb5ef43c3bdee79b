"""What an ESC/POS printer answers, bit by bit (Epson, "ESC/POS Command Reference": DLE EOT, GS r, GS ( H, DLE DC4)."""

from kiosk.printers.ports import Paper, Trouble

ASK_PRINTER = b"\x10\x04\x01"
ASK_OFFLINE = b"\x10\x04\x02"
ASK_ERROR = b"\x10\x04\x03"
ASK_PAPER = b"\x10\x04\x04"

ASK_DRAINED = b"\x1dr\x01"
"""GS r 1: answered when all before it has been worked off."""

CLEAR = b"\x10\x14\x08\x01\x03\x14\x01\x06\x02\x08"
"""DLE DC4 fn 8: drop what is in the receive and print buffers, at once, offline too."""

CLEARED = b"\x37\x25\x00"

PRINTED_MARK = b"\x37\x22"


def ask_printed(serial: int) -> bytes:
    """GS ( H fn 48: answered with the serial (4 digits) when all before it has been printed."""
    return b"\x1d(H\x06\x000" + b"0" + f"{serial % 10_000:04}".encode("ascii")


def answer_printed(serial: int) -> bytes:
    """The answer to ``ask_printed``."""
    return PRINTED_MARK + f"{serial % 10_000:04}".encode("ascii") + b"\x00"


def is_status(code: int) -> bool:
    """Whether a byte can be the answer to DLE EOT: bits 1 and 4 are set, 0 and 7 are not."""
    return code & 0x93 == 0x12


def is_drained(code: int) -> bool:
    """Whether a byte can be the answer to GS r 1: bits 4 and 7 are not set."""
    return code & 0x90 == 0


def is_online(printer: int) -> bool:
    """Of the answer to DLE EOT 1."""
    return not printer & 0x08


def paper_of(sensors: int) -> Paper:
    """Of the answer to DLE EOT 4."""
    if sensors & 0x60:
        return Paper.OUT
    return Paper.NEAR_END if sensors & 0x0C else Paper.OK


def paper_when_drained(sensors: int) -> Paper:
    """Of the answer to GS r 1."""
    if sensors & 0x0C:
        return Paper.OUT
    return Paper.NEAR_END if sensors & 0x03 else Paper.OK


def trouble_of(offline: int, error: int, paper: Paper) -> Trouble:
    """Why a printer is offline, of the answers to DLE EOT 2 and 3: what a person can mend first."""
    if offline & 0x04:
        return Trouble.COVER_OPEN
    if offline & 0x20 or paper is Paper.OUT:
        return Trouble.PAPER_OUT
    if error & 0x08:
        return Trouble.CUTTER
    if error & 0x64 or offline & 0x40:
        return Trouble.FAULT
    return Trouble.OFFLINE
