"""Bookings out of a file: CSV or iCalendar (RFC 5545), each fault by its line or event (K-01).

A phone number becomes its reference here, with the bank's key, and goes no further; a booking without a code gets the
one that the key makes of its name: the same at each import, and nobody without the key can make it.
"""

import csv
import hmac
import io
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from hashlib import sha256
from zoneinfo import ZoneInfo

import msgspec
from icalendar import Calendar, Event
from phonenumbers import NumberParseException, PhoneNumberFormat, format_number, is_valid_number, parse

from contracts.booking_code import BookingCode, read_booking, write_booking
from contracts.bookings import digest_of
from contracts.fields import Code
from hub.errors import HubError
from hub.lobby.bookings.service import NamedBooking
from runtime.identity import IdentityKey

REQUIRED = ("reference", "start", "business")
OPTIONAL = ("phone", "code", "customer", "advisor", "needs", "language")
BETWEEN = ";"
"""Between several businesses or needs of one booking."""

CUSTOM = "X-USHER-"
"""Begins the properties of an event that iCalendar has no name for, such as ``X-USHER-PHONE``."""


class BookingFileError(HubError):
    """A file of bookings can't be used; its lines say why, one fault each."""


@dataclass(frozen=True, slots=True)
class Read:
    """A booking of a file. ``where``: its line or event; ``code``: for its customer's QR code, '' without a key."""

    where: str
    booking: NamedBooking
    code: str = field(repr=False)


class BookingReader:
    """Reads files for one branch. ``key``: the bank's, without it neither phone numbers nor codes are taken;
    ``zone``: of times without an offset; ``region``: of phone numbers without a country code."""

    def __init__(self, branch: str, zone: ZoneInfo, *, key: IdentityKey | None, region: str) -> None:
        self._branch = branch
        self._zone = zone
        self._key = key
        self._region = region

    def csv(self, text: str) -> Sequence[Read]:
        """The bookings of a CSV file with a header; raises :class:`BookingFileError` naming each bad line."""
        rows = csv.reader(io.StringIO(text.removeprefix("\N{ZERO WIDTH NO-BREAK SPACE}"), newline=""))
        header = [name.strip().lower() for name in next(rows, [])]
        missing = [name for name in REQUIRED if name not in header]
        unknown = [name for name in header if name not in (*REQUIRED, *OPTIONAL)]
        if missing or unknown or len(set(header)) < len(header):
            raise BookingFileError(
                f"line 1: columns {', '.join(header) or 'none'}: wanted are {', '.join(REQUIRED)}, and as you like"
                f" {', '.join(OPTIONAL)}, each once"
            )

        def lines() -> Iterator[tuple[str, Mapping[str, str]]]:
            for row in rows:
                if any(cell.strip() for cell in row[len(header) :]):
                    yield f"line {rows.line_num}", {"beyond": str(len(header))}
                elif any(cell.strip() for cell in row):
                    cells = [*row, *[""] * (len(header) - len(row))]
                    yield f"line {rows.line_num}", dict(zip(header, map(str.strip, cells), strict=False))

        try:
            return self._each(lines())
        except csv.Error as error:
            raise BookingFileError(f"line {rows.line_num}: {error}") from error

    def ics(self, text: str) -> Sequence[Read]:
        """The events of an iCalendar file but those that are cancelled; raises as :meth:`csv` does."""
        alive = [event for event in _events(text) if not _cancelled(event)]
        return self._each((f"event {at}", self._fields(event)) for at, event in enumerate(alive, 1))

    def cancelled_days(self, text: str) -> frozenset[date]:
        """The days, by the branch's clock, of the cancelled events that :meth:`ics` leaves out."""
        moments = [getattr(event.get("DTSTART"), "dt", None) for event in _events(text) if _cancelled(event)]
        return frozenset(self._day(moment) for moment in moments if isinstance(moment, date))

    def _day(self, moment: date) -> date:
        if not isinstance(moment, datetime):
            return moment
        return moment.date() if moment.tzinfo is None else moment.astimezone(self._zone).date()

    def _each(self, found: Iterator[tuple[str, Mapping[str, str]]]) -> Sequence[Read]:
        read: list[Read] = []
        wrong: list[str] = []
        for where, fields in found:
            try:
                read.append(self._one(where, fields))
            except (ValueError, msgspec.ValidationError) as error:  # none says what a phone number or code was
                wrong.append(f"{where}: {error}")
        if wrong:
            raise BookingFileError("\n".join(wrong))
        return read

    def _one(self, where: str, fields: Mapping[str, str]) -> Read:
        given: dict[str, object] = {name: fields[name] for name in ("customer", "advisor") if fields.get(name)}
        if fields.get("repeats"):
            raise ValueError("it repeats (RRULE): give each booking as an event of its own")
        if fields.get("beyond"):
            raise ValueError(
                f"more cells than the {fields['beyond']} of the header: quote a cell that has a comma in it"
            )
        reference = fields.get("reference", "")
        try:
            msgspec.convert(reference, Code)
        except msgspec.ValidationError as error:
            raise ValueError("reference: give letters, digits, '.', '_' and '-', 64 at most") from error
        code = fields.get("code", "") or self._made(reference)
        given |= {"reference": reference, "start": self._start(fields.get("start", ""))}
        given["businesses"] = _several(fields.get("business", ""))
        given["needs"] = _several(fields.get("needs", ""))
        given["language"] = fields.get("language", "").lower() or None
        given["phone"] = self._phone(fields["phone"]) if fields.get("phone") else None
        given["code"] = self._digest(code) if code else None
        return Read(where, msgspec.convert(given, NamedBooking), code)

    def _start(self, text: str) -> datetime:
        try:
            start: datetime | None = datetime.fromisoformat(text)
        except ValueError:
            start = None
        if start is None or _is_date(text):
            raise ValueError(f"start {text!r}: give a date and time such as 2026-03-02T14:30")
        return start.replace(tzinfo=self._zone) if start.tzinfo is None else start

    def _phone(self, number: str) -> str:
        if self._key is None:
            raise ValueError("phone: no key, so no reference can be made of it: give --key and --bank")
        try:
            parsed = parse(number, self._region)
        except NumberParseException as error:
            raise ValueError("phone: no telephone number") from error
        if not is_valid_number(parsed):
            raise ValueError(f"phone: no number of {self._region}, or of the country whose code it begins with")
        return self._key.reference("phone", format_number(parsed, PhoneNumberFormat.E164).encode("ascii"))

    def _digest(self, text: str) -> str:
        if self._key is None:
            raise ValueError("code: no key, so nobody can say whether it is genuine: give --key and --bank")
        found = read_booking(text, self._key.bookings)
        if not isinstance(found, BookingCode):
            raise ValueError(f"code: {found.value}; give the whole text of the QR code, beginning with UB1-")
        return digest_of(found.code)

    def _made(self, reference: str) -> str:
        if self._key is None:
            return ""
        drawn = hmac.digest(self._key.bookings, f"code {self._branch}/{reference}".encode(), "sha256")
        return write_booking(drawn, self._key.bookings)

    def _fields(self, event: Event) -> Mapping[str, str]:
        def text(name: str) -> str:
            value = event.get(name)
            return str(value[0] if isinstance(value, list) and value else value or "").strip()

        if event.get("RRULE") is not None:
            return {"repeats": "yes"}
        start = event.get("DTSTART")
        moment = getattr(start, "dt", None)
        at = moment.isoformat() if isinstance(moment, datetime) else "" if moment is None else f"{moment} (no time)"
        own = {name: text(f"{CUSTOM}{name.upper()}") for name in ("business", *OPTIONAL)}
        return {**own, "reference": reference_of(text("UID")), "start": at}


def _events(text: str) -> Sequence[Event]:
    try:
        calendars = Calendar.from_ical(text, multiple=True)
    except (ValueError, IndexError, KeyError) as error:
        raise BookingFileError(f"no iCalendar: {error}") from error
    if not any(one.name == "VCALENDAR" for one in calendars):
        raise BookingFileError("no iCalendar: it has no VCALENDAR")
    return [event for calendar in calendars for event in calendar.walk("VEVENT") if isinstance(event, Event)]


def _cancelled(event: Event) -> bool:
    return str(event.get("STATUS", "")).upper() == "CANCELLED"


def _is_date(text: str) -> bool:
    """Whether it is a date and nothing more, which would be read as its midnight."""
    try:
        date.fromisoformat(text)
    except ValueError:
        return False
    return True


def reference_of(uid: str) -> str:
    """The UID of an event as the name of a booking: itself where it may be, else a digest that is always the same."""
    try:
        return msgspec.convert(uid, Code)
    except msgspec.ValidationError:
        return f"uid-{sha256(uid.encode()).hexdigest()[:32]}" if uid else ""


def _several(text: str) -> list[str]:
    return [one.strip() for one in text.split(BETWEEN) if one.strip()]
