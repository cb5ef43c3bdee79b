"""How cells are read: what means missing, yes, no, a number, a time; and codes from columns' names. Pure (W-04)."""

from __future__ import annotations

import hashlib
import math
import re
from collections.abc import Iterable, Sequence

NULLS = frozenset({"", "na", "n/a", "#n/a", "nan", "nat", "null", "none", "\\n", "?", "-", "--", "."})
"""Lower-case texts that mean "missing"."""
YES = frozenset({"1", "1.0", "true", "t", "yes", "y", "s", "si", "sí", "sim", "oui", "ja", "是", "有", "예", "네"})
NO = frozenset({"0", "0.0", "false", "f", "no", "n", "não", "non", "nein", "nee", "否", "无", "無", "아니오", "아니요"})

ISO = "iso"
EPOCH_S = "epoch_s"
EPOCH_MS = "epoch_ms"
Times = tuple[str, ...]
"""How a column's times are written: one of the three above, or formats of strptime that are tried in this order."""

MOST_OF = 0.95
"""This share of a column's values must read as numbers or times for the column to be one."""

_CLOCK = r"([ T]\d{1,2}:\d{2}(:\d{2}(\.\d+)?)?)?"
_SHAPES: tuple[tuple[re.Pattern[str], str], ...] = (
    (re.compile(rf"^\d{{4}}-\d{{1,2}}-\d{{1,2}}{_CLOCK}( ?(Z|UTC|[+-]\d{{2}}(:?\d{{2}})?))?$"), ISO),
    (re.compile(rf"^\d{{4}}/\d{{1,2}}/\d{{1,2}}{_CLOCK}$"), "%Y/%m/%d"),
    (re.compile(rf"^\d{{4}}\.\d{{1,2}}\.\d{{1,2}}{_CLOCK}$"), "%Y.%m.%d"),
    (re.compile(rf"^\d{{4}}年\d{{1,2}}月\d{{1,2}}日{_CLOCK}$"), "%Y年%m月%d日"),
    (re.compile(rf"^\d{{4}}년 \d{{1,2}}월 \d{{1,2}}일{_CLOCK}$"), "%Y년 %m월 %d일"),
    (re.compile(rf"^\d{{1,2}}/\d{{1,2}}/\d{{4}}{_CLOCK}$"), "%d/%m/%Y"),
    (re.compile(rf"^\d{{1,2}}\.\d{{1,2}}\.\d{{4}}{_CLOCK}$"), "%d.%m.%Y"),
    (re.compile(rf"^\d{{1,2}}-\d{{1,2}}-\d{{4}}{_CLOCK}$"), "%d-%m-%Y"),
    (re.compile(r"^(19|20)\d{2}(0[1-9]|1[0-2])(0[1-9]|[12]\d|3[01])$"), "%Y%m%d"),
    (re.compile(r"^(19|20)\d{2}(0[1-9]|1[0-2])(0[1-9]|[12]\d|3[01])([01]\d|2[0-3])[0-5]\d[0-5]\d$"), "%Y%m%d%H%M%S"),
    (re.compile(r"^(19|20)\d{2}-(0[1-9]|1[0-2])$"), "%Y-%m"),
)
_EPOCHS: tuple[tuple[re.Pattern[str], str], ...] = (
    (re.compile(r"^[1-9]\d{8,9}(\.\d+)?$"), EPOCH_S),
    (re.compile(r"^[1-9]\d{11,12}$"), EPOCH_MS),
)
_CLOCKS = ("", " %H:%M", " %H:%M:%S", " %H:%M:%S.%f")
_WHOLE = re.compile(r"^(-?[0-9]+)\.0$")


def tidy(text: str) -> str:
    """A text as it is compared: without blanks at its ends, a whole number without `.0`."""
    text = text.strip()
    whole = _WHOLE.match(text)
    return whole[1] if whole else text


def level(value: str | float | bool) -> str:
    """A value that a spec declares, as it is compared with cells."""
    if isinstance(value, bool):
        return "true" if value else "false"
    return tidy(str(value))


def number(text: str, *, decimal: str = ".", thousands: str = "") -> float | None:
    """The finite number that a cell says, or None."""
    if thousands:
        text = text.replace(thousands, "")
    if decimal != ".":
        text = text.replace(decimal, ".")
    try:
        value = float(text)
    except ValueError:
        return None
    return value if math.isfinite(value) else None


def is_whole(text: str) -> bool:
    """Whether the text is a whole number as `tidy` leaves it."""
    return text.lstrip("-").isdecimal() and text.isascii()


def times_of(values: Sequence[str], *, epochs: bool = False) -> Times | None:
    """How the times in `values` are written, or None where fewer than `MOST_OF` of them are times. `epochs`: numbers
    of seconds or milliseconds since 1970 count too."""
    for shape, written in (*_SHAPES, *(_EPOCHS if epochs else ())):
        fitting = [value for value in values if shape.match(value)]
        if not fitting or len(fitting) < MOST_OF * len(values):
            continue
        if written in ("%d/%m/%Y", "%d-%m-%Y") and _month_first(fitting):
            written = f"%m{written[2]}%d{written[2]}%Y"
        if written in (ISO, EPOCH_S, EPOCH_MS, "%Y%m%d", "%Y%m%d%H%M%S", "%Y-%m"):
            return (written,)
        return tuple(written + clock for clock in _CLOCKS)
    return None


def _month_first(values: Iterable[str]) -> bool:
    """Whether day/month/year can only be month/day/year."""
    parts = [re.split(r"[/.-]", value)[:2] for value in values]
    return any(int(second) > 12 for _, second in parts) and not any(int(first) > 12 for first, _ in parts)


def code_of(name: str) -> str:
    """A code (letters, digits, `_`) for a column's name; the same name always gives the same code.

    A name that would lose letters (Chinese, Korean) is told apart by the beginning of its sha256.
    """
    plain = re.sub(r"[^A-Za-z0-9]+", "_", name).strip("_")
    lost = bool(re.search(r"[^\W\d_]", re.sub(r"[A-Za-z]", "", name)))
    if lost or not plain:
        plain = f"{plain[:40]}_{hashlib.sha256(name.encode()).hexdigest()[:8]}".lstrip("_")
    if not plain[0].isalpha():
        plain = f"c_{plain}"
    if len(plain) > 64:
        plain = f"{plain[:55]}_{hashlib.sha256(name.encode()).hexdigest()[:8]}"
    return plain


def codes_of(names: Sequence[str]) -> dict[str, str]:
    """A code for each name, all different whatever their case."""
    codes: dict[str, str] = {}
    seen: set[str] = set()
    for name in names:
        code = code_of(name)
        if code.lower() in seen:
            code = f"{code[:55]}_{hashlib.sha256(name.encode()).hexdigest()[:8]}"
        seen.add(code.lower())
        codes[name] = code
    return codes
