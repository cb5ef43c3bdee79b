"""What kind a column is, by its name and a sample of its values. Pure (W-04)."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

import numpy as np
import numpy.typing as npt

from models.spec.values import MOST_OF, NO, YES, Times, is_whole, number, times_of

Found = Literal["number", "choice", "date", "flag", "skip"]

_CODED = re.compile(
    r"(^|[_\W])(cod|code|cd|codigo|type|typ|tipo|class|klasse|kind|group|grp|cat|category|segment|segmento|region|"
    r"province|prov|provincia|country|pais|state|city|branch|office|channel|canal|sex|sexo|gender|gdr|status|situ|deg|"
    r"ind_?cd|zip|postcode)\d*([_\W]|$)|代码|编码|类型|类别|性别|地区|省份|城市|机构|网点|渠道|코드|유형|구분|성별|지역|지점|채널",
    re.IGNORECASE,
)
_ID = re.compile(
    r"(^|[_\W])(id|uuid|guid|no|nr|number|num|key|ref|account|acct|iban|phone|email)([_\W]|$)|[号號]码?$|번호$",
    re.IGNORECASE,
)
_COMMA = re.compile(r"^-?\d[\d.]*,\d+$")
_ZERO_FIRST = re.compile(r"^0\d+$")
MOST_CODES = 60
FAR = 10.0
"""A value so many times the width of all others beyond them is no number like them."""


def far_value(values: npt.NDArray[np.float64]) -> float | None:
    """The lowest or highest of these known values, where it occurs more than once and is so far from all others that it
    rather means something (-999999 for "unknown"); else None."""
    for far in (values.min(initial=np.inf), values.max(initial=-np.inf)):
        rest = values[values != far]
        if len(rest) == 0 or len(rest) > len(values) - 2:
            continue
        first, last = np.quantile(rest, (0.01, 0.99))
        nearest = rest.min() if far < rest.min() else rest.max()
        if last > first and abs(nearest - far) > FAR * (last - first):
            return float(far)
    return None


def encoding_of(content: bytes) -> str:
    """How the beginning of a text file is most probably encoded, among utf-8, gb18030, cp949 and latin-1."""
    if _reads(content, "utf-8"):
        return "utf-8"
    high = np.frombuffer(content, dtype=np.uint8) > 0x80
    pairs = (high[:-1] & high[1:]).sum()
    if pairs < 0.4 * high.sum():  # accents stand alone between letters, Chinese and Korean bytes in twos
        return "latin-1"
    korean = re.findall(r"[^\x00-\x7f]", content.decode("cp949", errors="replace"))
    hangul = sum("\uac00" <= letter <= "\ud7a3" for letter in korean)
    return "cp949" if hangul >= MOST_OF * len(korean) else "gb18030"


def _reads(content: bytes, encoding: str) -> bool:
    try:
        content.decode(encoding)
    except UnicodeDecodeError as error:
        return error.start >= len(content) - 3  # cut within a letter
    return True


def has_decimal_commas(counts: Mapping[str, int]) -> bool:
    """Whether the column is one of numbers with decimal commas, which read as texts until the spec says so."""
    plain = sum(count for value, count in counts.items() if number(value) is not None)
    with_commas = sum(count for value, count in counts.items() if number(value, decimal=",", thousands=".") is not None)
    return with_commas >= MOST_OF * sum(counts.values()) > plain and any(_COMMA.match(value) for value in counts)


@dataclass(frozen=True, slots=True)
class Sniffed:
    """What a column is; for a skipped one why; how its times are written."""

    kind: Found
    why: str = ""
    times: Times = ()


def sniff(name: str, counts: Mapping[str, int], *, decimal: str = ".", thousands: str = "") -> Sniffed:
    """The kind of the column `name` whose non-missing values in a sample are `counts` (tidied text → how often)."""
    total = sum(counts.values())
    if total == 0:
        return Sniffed("skip", "is empty")
    if len(counts) == 1 and next(iter(counts)).lower() in YES:
        return Sniffed("flag")  # yes or nothing
    if len(counts) == 1:
        return Sniffed("skip", f"is always {next(iter(counts))!r} where it says anything")
    lower = {value.lower() for value in counts}
    if lower <= YES | NO and lower & YES and lower & NO:
        return Sniffed("flag")
    values = [value for value, count in counts.items() for _ in range(min(count, 20))]
    times = times_of(values)
    if times is not None:
        return Sniffed("date", times=times)
    numeric = sum(
        count for value, count in counts.items() if number(value, decimal=decimal, thousands=thousands) is not None
    )
    if numeric >= MOST_OF * total:
        whole = all(is_whole(value) for value in counts if number(value) is not None)
        if whole and _ID.search(name) and len(counts) > 0.5 * total and total > MOST_CODES:
            return Sniffed("skip", "looks like a number of identity: nearly every row has another")
        if whole and len(counts) <= MOST_CODES and (_CODED.search(name) or any(map(_ZERO_FIRST.match, counts))):
            return Sniffed("choice")
        return Sniffed("number")
    if len(counts) > MOST_CODES and len(counts) > 0.5 * total:
        word = max((one for one in counts if not any(map(str.isdigit, one))), key=lambda one: counts[one], default="")
        commas = has_decimal_commas({one: count for one, count in counts.items() if one != word})
        if word and (commas or numeric == total - counts[word]):
            say = 'say decimal = "," and ' if commas else ""
            seen = f"{word!r} ({counts[word]} of {total})"
            return Sniffed("skip", f"would be numbers but for {seen}: {say}add it to null if it means unknown")
        return Sniffed("skip", "is free text: most rows have another")
    return Sniffed("choice")
