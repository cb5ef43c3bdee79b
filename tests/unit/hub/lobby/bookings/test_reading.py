"""Bookings out of files: each fault by its line, phone numbers as references only, codes that stay the same (K-01)."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from contracts.booking_code import BookingCode, read_booking
from contracts.bookings import digest_of
from contracts.fields import AccessNeed, Language
from hub.lobby.bookings.reading import BookingFileError, BookingReader, Read, reference_of
from runtime.identity import IdentityKey

pytestmark = pytest.mark.req("K-01")

SEOUL = ZoneInfo("Asia/Seoul")
KEY = IdentityKey(bytes(32), "bank")
HEADER = "reference,start,business,phone,code,customer,advisor,needs,language\n"


def reader(key: IdentityKey | None = KEY) -> BookingReader:
    return BookingReader("main", SEOUL, key=key, region="KR")


def faults(text: str, *, ics: bool = False, key: IdentityKey | None = KEY) -> list[str]:
    with pytest.raises(BookingFileError) as caught:
        reader(key).ics(text) if ics else reader(key).csv(text)
    return str(caught.value).splitlines()


def test_a_line_is_a_booking_by_the_branch_s_clock() -> None:
    line = "B-1,2026-03-02T14:30,loan; cash,010-1234-5678,,c-1,김민지,seat;step_free,KO"
    text = f"\N{ZERO WIDTH NO-BREAK SPACE}{HEADER}{line}\n\n"
    [read] = reader().csv(text)
    booking = read.booking
    assert booking.start == datetime(2026, 3, 2, 14, 30, tzinfo=SEOUL)
    assert (booking.reference, booking.businesses, booking.customer) == ("B-1", ("loan", "cash"), "c-1")
    assert (booking.advisor, booking.needs) == ("김민지", (AccessNeed.SEAT, AccessNeed.STEP_FREE))
    assert booking.language is Language.KO
    assert booking.phone == KEY.reference("phone", b"+821012345678")
    assert "12345678" not in repr(read)


def test_a_phone_number_is_the_same_customer_however_it_is_written() -> None:
    ways = ("010-1234-5678", "+82 10 1234 5678", "01012345678", "+8210-1234-5678")
    lines = "".join(f"B-{at},2026-03-02T14:30,loan,{way},,,,,\n" for at, way in enumerate(ways))
    assert len({read.booking.phone for read in reader().csv(HEADER + lines)}) == 1


def test_the_code_of_a_booking_is_the_same_at_each_import_and_of_this_bank() -> None:
    text = f"{HEADER}B-1,2026-03-02T14:30,loan,,,,,,\nB-2,2026-03-02T14:30,loan,,,,,,\n"
    first, second = reader().csv(text), reader().csv(text)
    assert [read.code for read in first] == [read.code for read in second]
    assert len({read.code for read in first}) == 2
    found = read_booking(first[0].code, KEY.bookings)
    assert isinstance(found, BookingCode)
    assert first[0].booking.code == digest_of(found.code)
    given = f"{HEADER}B-9,2026-03-02T14:30,loan,,{first[0].code.lower()},,,,\n"
    assert reader().csv(given)[0].booking.code == first[0].booking.code
    other = BookingReader("river", SEOUL, key=KEY, region="KR").csv(text)
    assert other[0].code != first[0].code


def test_every_bad_line_is_named_and_says_nothing_of_anybody() -> None:
    said = faults(
        f"{HEADER}B 1,2026-03-02T14:30,loan,,,,,,\n"
        "B-2,tomorrow,loan,,,,,,\n"
        "B-3,2026-03-02T14:30,,,,,,,\n"
        "B-4,2026-03-02T14:30,loan,010-99,,,,,\n"
        "B-5,2026-03-02T14:30,loan,,UB1-AAAA,,,,\n"
        "B-6,2026-03-02T14:30,loan,,,,,wings,\n"
        "B-7,2026-03-02,loan,,,,,,\n"
        "B-8,2026-03-02T14:30,loan,,,,Lee, Jo,,ko\n"
        "B-9,2026-03-02T14:30,loan,,,,,,,,\n"
    )
    assert [line.split(":")[0] for line in said] == [f"line {number}" for number in range(2, 10)]
    parts = (
        "reference",
        "start 'tomorrow'",
        "businesses",
        "phone",
        "code",
        "needs",
        "start '2026-03-02': give a date and time",
        "more cells than the 9",
    )
    for line, part in zip(said, parts, strict=True):
        assert part in line
    assert "010-99" not in " ".join(said)


def test_without_the_key_neither_numbers_nor_codes_are_made() -> None:
    text = f"{HEADER}B-1,2026-03-02T14:30,loan,,,c-1,,,\n"
    [read] = reader(None).csv(text)
    assert (read.code, read.booking.code, read.booking.customer) == ("", None, "c-1")
    [fault] = faults(f"{HEADER}B-1,2026-03-02T14:30,loan,010-1234-5678,,,,,\n", key=None)
    assert "--key" in fault
    [made] = reader().csv(text)
    [fault] = faults(f"{HEADER}B-1,2026-03-02T14:30,loan,,{made.code},,,,\n", key=None)
    assert fault.startswith("line 2: code: no key")
    assert made.code not in fault


@pytest.mark.parametrize(
    "header", ["", "reference,start\n", "reference,start,business,pohne\n", "start,start,reference,business\n"]
)
def test_a_header_that_does_not_fit_says_what_is_wanted(header: str) -> None:
    [fault] = faults(header)
    assert fault.startswith("line 1: columns")
    assert "reference, start, business" in fault


CALENDAR = """BEGIN:VCALENDAR
VERSION:2.0
PRODID:-//Bank//Bookings//EN
{events}END:VCALENDAR
"""
EVENT = """BEGIN:VEVENT
UID:{uid}
DTSTAMP:20260301T000000Z
DTSTART;TZID=Asia/Seoul:20260302T143000
SUMMARY:Kim Minji about a loan
X-USHER-BUSINESS:loan
X-USHER-PHONE:010-1234-5678
{more}END:VEVENT
"""


def calendar(*events: str) -> str:
    return CALENDAR.format(events="".join(events)).replace("\n", "\r\n")


def test_an_event_is_a_booking_and_its_summary_is_not_kept() -> None:
    found: Sequence[Read] = reader().ics(
        calendar(
            EVENT.format(uid="B-1", more="X-USHER-ADVISOR:Jo Lee\n"),
            EVENT.format(uid="7f3a@calendar.bank.example", more=""),
            EVENT.format(uid="B-3", more="STATUS:CANCELLED\n"),
        )
    )
    assert [read.booking.reference for read in found] == ["B-1", reference_of("7f3a@calendar.bank.example")]
    assert found[0].booking.start == datetime(2026, 3, 2, 14, 30, tzinfo=SEOUL)
    assert found[0].booking.phone == KEY.reference("phone", b"+821012345678")
    assert found[0].booking.advisor == "Jo Lee"
    assert "Minji" not in repr(found)


def test_the_days_of_cancelled_events_are_those_of_the_branch() -> None:
    gone = "STATUS:CANCELLED\n"
    event, when = EVENT.format(uid="B-1", more=gone), "DTSTART;TZID=Asia/Seoul:20260302T143000"
    text = calendar(
        event.replace(when, "DTSTART:20260302T200000Z"),  # in Seoul it is tomorrow then
        event.replace(when, "DTSTART:20260305T090000"),
        event.replace(when, "DTSTART;VALUE=DATE:20260307"),
        event.replace(when + "\n", ""),
        EVENT.format(uid="B-2", more=""),
    )
    assert sorted(day.day for day in reader().cancelled_days(text)) == [3, 5, 7]


def test_events_that_are_no_bookings_are_named_by_their_place() -> None:
    said = faults(
        calendar(
            EVENT.format(uid="B-1", more="RRULE:FREQ=WEEKLY\n"),
            EVENT.format(uid="B-2", more="").replace(
                "DTSTART;TZID=Asia/Seoul:20260302T143000", "DTSTART;VALUE=DATE:20260302"
            ),
            EVENT.format(uid="B-3", more="").replace("X-USHER-BUSINESS:loan\n", ""),
        ),
        ics=True,
    )
    assert [line.split(":")[0] for line in said] == ["event 1", "event 2", "event 3"]
    assert "repeats" in said[0]
    assert "no time" in said[1]
    assert faults("BEGIN:NOTHING", ics=True)[0].startswith("no iCalendar")


@given(st.text(max_size=200))
def test_no_text_whatever_ends_in_anything_but_bookings_or_faults(text: str) -> None:
    for read in (reader().csv, reader().ics):
        try:
            taken = read(text)
        except BookingFileError:
            continue
        assert all(isinstance(one, Read) for one in taken)
