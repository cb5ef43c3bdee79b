"""Ticket numbers (K-03, K-05): class letter, the kiosk's series, count of the day; unique in a branch by construction.

A number is ``<service class><series><count>``: the class is always one letter, so two kiosks of a branch that have
different series never issue the same one, whatever their classes and counts.
"""

import re
from datetime import date

MAX_COUNT = 999_999
"""The highest count that the wire's ticket number can carry."""

_SERIES = re.compile(r"[A-Z]{0,2}")


def valid_series(series: str) -> bool:
    """Whether a kiosk may be given this series: at most two letters A to Z; empty for a branch's only kiosk."""
    return _SERIES.fullmatch(series) is not None


def ticket_number(service_class: str, series: str, count: int) -> str:
    """The number as printed, at least three digits: class ``A``, series ``K``, count 17 give ``AK017``."""
    return f"{service_class}{series}{count:03d}"


def counted_since(today: date, today_by_earlier_clock: date) -> date:
    """From which day on the counts of a class go on; without any since then they start again from one.

    Local dates of the branch; ``today_by_earlier_clock`` is what the date would be, had the clock not been set since
    the last ticket. Counts restart only when a day has really passed, not when setting the clock moved the day; a
    clock that goes back finds the counts of the days that it had seen.
    """
    return min(today, today_by_earlier_clock)
