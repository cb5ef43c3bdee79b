"""From what was scanned, keyed or read off a chip to a reference of who it is (spec K-01).

Whatever is given in is overwritten before the answer comes back. A telephone number passes through a library that
works on ``str``, which can't be overwritten: its digits go when their memory is used again.
"""

from phonenumbers import NumberParseException, PhoneNumberFormat, format_number, is_valid_number, parse

from contracts.booking_code import MARK, BookingCode, Fault, read_booking
from kiosk.core.id_numbers import Plausible, Refused, Rule, Wrong, check, name_of, recognise
from kiosk.core.secret import Secret
from kiosk.readers.ports import Hitch, Read, ReadKind, Unread
from runtime.clock import Clock
from runtime.identity import IdentityKey

CHIP = "chip"
PHONE = "phone"
BOOKING = "booking"

LONGEST_BOOKING = 64
RANDOM_UID = 0x08
"""First byte of a UID of four that is drawn anew each time (ISO/IEC 14443-3:2018, 6.5.4)."""


class Identifier:
    """Knows the rules and the key. ``rules``: of ID numbers, those tried first come first; ``region``: of phone numbers
    without a country code (ISO 3166-1, such as KR)."""

    def __init__(self, key: IdentityKey, clock: Clock, *, rules: tuple[Rule, ...], region: str) -> None:
        self._key = key
        self._clock = clock
        self._rules = rules
        self._region = region

    def scanned(self, content: Secret) -> Read | Unread:
        """A code or a card's number from a scanner: a booking by QR, else an ID number."""
        with content:
            if _begins(content, MARK):
                return self._booking(content)
            found = recognise(content, self._rules, self._clock.now().date())
            if isinstance(found, Plausible):
                return self._identified(ReadKind.CARD, found, content)
            if found.wrong is Wrong.CHARACTER or not self._rules:
                return Unread(ReadKind.QR, Fault.FOREIGN)
            return _unread(ReadKind.CARD, found)

    def decoded(self, text: str) -> Read | Unread:
        """A QR code that a camera saw."""
        return self.scanned(Secret.of(text.encode("latin-1", "replace")))

    def id_number(self, number: Secret, rule: Rule, *, insisted: bool = False) -> Read | Unread:
        """An ID number that was keyed in; ``insisted`` after its owner said that it is right."""
        with number:
            found = check(number, rule, self._clock.now().date(), insisted=insisted)
            if isinstance(found, Refused):
                return _unread(ReadKind.KEYED, found)
            return self._identified(ReadKind.KEYED, found, number)

    def card_number(self, number: Secret) -> Read | Unread:
        """A number that stands on a card's chip."""
        with number:
            found = recognise(number, self._rules, self._clock.now().date())
            if isinstance(found, Refused):
                return _unread(ReadKind.CARD, found)
            return self._identified(ReadKind.CARD, found, number)

    def phone(self, number: Secret) -> Read | Unread:
        """A telephone number that was keyed in, with or without its country code."""
        with number:
            if not len(number):
                return Unread(ReadKind.KEYED, Wrong.EMPTY, PHONE)
            if any(code >= 128 for code in number.view()):
                return Unread(ReadKind.KEYED, Wrong.CHARACTER, PHONE)
            try:
                parsed = parse(number.view().tobytes().decode("ascii"), self._region)
            except NumberParseException as error:
                long = error.error_type == NumberParseException.TOO_LONG
                short = error.error_type == NumberParseException.TOO_SHORT_NSN
                return Unread(ReadKind.KEYED, Wrong.LENGTH if long or short else Hitch.NO_PHONE, PHONE)
            if not is_valid_number(parsed):
                return Unread(ReadKind.KEYED, Hitch.NO_PHONE, PHONE)
            with Secret.of(format_number(parsed, PhoneNumberFormat.E164).encode("ascii")) as whole:
                return Read(
                    ReadKind.KEYED, PHONE, self._key.reference(PHONE, whole.view()), whole.masked(), checked=False
                )

    def chip(self, uid: Secret) -> Read | Unread:
        """The serial number of a card's chip, as bytes. There is nothing in it to show."""
        with uid:
            if not len(uid):
                return Unread(ReadKind.CARD, Hitch.UNSUPPORTED, CHIP)
            if len(uid) == 4 and uid.view()[0] == RANDOM_UID:
                return Unread(ReadKind.CARD, Hitch.RANDOM, CHIP)
            return Read(ReadKind.CARD, CHIP, self._key.reference(CHIP, uid.view()), "••••", checked=False)

    def rule(self, name: str) -> Rule | None:
        """One of the rules by its name."""
        return next((rule for rule in self._rules if name_of(rule) == name), None)

    def _booking(self, content: Secret) -> Read | Unread:
        if len(content) > LONGEST_BOOKING:
            return Unread(ReadKind.QR, Fault.DAMAGED, BOOKING)
        found = read_booking(content.view().tobytes().decode("latin-1"), self._key.bookings)
        if isinstance(found, BookingCode):
            return Read(ReadKind.QR, BOOKING, found.code, "••••", checked=found.signed)
        return Unread(ReadKind.QR, found, BOOKING)

    def _identified(self, kind: ReadKind, found: Plausible, number: Secret) -> Read:
        return Read(kind, found.rule, self._key.reference(found.rule, number.view()), number.masked(), found.checked)


def _unread(kind: ReadKind, refused: Refused) -> Unread:
    return Unread(kind, refused.wrong, refused.rule, refused.expected, refused.sure)


def _begins(content: Secret, mark: str) -> bool:
    view = content.view()
    return len(view) >= len(mark) and all(view[at] in mark[at].encode() + mark[at].lower().encode() for at in range(2))
