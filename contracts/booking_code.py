"""The code of a booking as it stands in its QR code: unguessable, with a check and a signature (spec K-01).

``UB1-<26 characters>-<1>`` or, signed, ``UB1-<26 characters>-<1>-<16>``:

- 26 characters are 130 bits by lot, of Crockford's base 32 (https://www.crockford.com/base32.html), which leaves out
  I, L, O and U; nothing else is in it: no name, no number, no time;
- 1 character is the check of ISO 7064 MOD 37,36 over all before it, which finds any single wrong character and two
  that changed places;
- 16 characters (80 bits) are an HMAC-SHA256 with the bank's key, so that a kiosk without its hub tells a code of this
  bank from an invented one.

Only capitals, digits and the hyphen: a QR code packs them tighter, and a keyboard scanner sends them in most layouts.
"""

import hmac
from dataclasses import dataclass, field
from enum import StrEnum

ALPHABET = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
MARK = "UB"
VERSION = "1"
SECRET_LENGTH = 26
SIGNATURE_LENGTH = 16

_ORDER = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ"


class Fault(StrEnum):
    """Why a code is not a booking of this bank."""

    FOREIGN = "foreign"
    """Another kind of code: a web address, a ticket, a payment."""
    NEWER = "newer"
    """A booking in a form that this kiosk doesn't know: update it."""
    DAMAGED = "damaged"
    """A booking with characters wrong or missing: scan again; if all are, the scanner has another keyboard layout."""
    FORGED = "forged"
    """Well-formed, without this bank's signature."""


@dataclass(frozen=True, slots=True)
class BookingCode:
    """What the hub finds the booking by; whoever has it may check in, so it isn't shown or logged."""

    code: str = field(repr=False)
    signed: bool


def write_booking(drawn: bytes, key: bytes | None) -> str:
    """The text of the QR code for 17 bytes drawn by lot; signed if there is a key.

    Raises ``ValueError`` for fewer bytes.
    """
    if len(drawn) < 17:
        raise ValueError(f"a booking code needs 17 bytes drawn by lot, not {len(drawn)}")
    body = f"{MARK}{VERSION}-{_base32(drawn, SECRET_LENGTH)}"
    text = f"{body}-{check_character(body)}"
    return text if key is None else f"{text}-{_signature(text, key)}"


def read_booking(text: str, key: bytes | None) -> BookingCode | Fault:
    """The booking in a scanned text. With a key it must be signed by it; without, the hub has to decide."""
    parts = text.strip().upper().split("-")
    head = parts[0]
    if not (head.startswith(MARK) and head[len(MARK) :].isdigit() and len(head) == len(MARK) + 1):
        return Fault.FOREIGN
    if head[len(MARK) :] != VERSION:
        return Fault.NEWER
    if len(parts) not in (3, 4):
        return Fault.DAMAGED
    secret, check = parts[1], parts[2]
    if len(secret) != SECRET_LENGTH or not set(secret) <= set(ALPHABET):
        return Fault.DAMAGED
    if check != check_character(f"{head}-{secret}"):
        return Fault.DAMAGED
    if len(parts) == 4 and (len(parts[3]) != SIGNATURE_LENGTH or not set(parts[3]) <= set(ALPHABET)):
        return Fault.DAMAGED
    if key is not None:
        signed = "-".join(parts[:3])
        if len(parts) == 3 or not hmac.compare_digest(parts[3], _signature(signed, key)):
            return Fault.FORGED
    return BookingCode(code=secret, signed=key is not None)


def check_character(text: str) -> str:
    """ISO 7064 MOD 37,36 over the letters and digits of a text; the rest is skipped."""
    product = 36
    for character in text:
        value = _ORDER.find(character)
        if value < 0:
            continue
        total = (product + value) % 36 or 36
        product = total * 2 % 37
    return _ORDER[(37 - product) % 36]


def _signature(text: str, key: bytes) -> str:
    return _base32(hmac.digest(key, text.encode("ascii"), "sha256"), SIGNATURE_LENGTH)


def _base32(content: bytes, length: int) -> str:
    number = int.from_bytes(content, "big") >> max(0, 8 * len(content) - 5 * length)
    return "".join(ALPHABET[number >> 5 * at & 31] for at in reversed(range(length)))
