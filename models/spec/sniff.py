"""What kind a column is, by its name and a sample of its values. Pure (W-04)."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

from models.spec.values import MOST_OF, NO, YES, Times, is_whole, number, times_of

Found = Literal["number", "choice", "date", "flag", "skip"]

_CODED = re.compile(
    r"(^|[_\W])(cod|code|cd|codigo|type|typ|tipo|class|klasse|kind|group|grp|cat|category|segment|segmento|region|"
    r"province|prov|provincia|country|pais|state|city|branch|office|channel|canal|sex|sexo|gender|gdr|status|situ|deg|"
    r"ind_?cd|zip|postcode)\d*([_\W]|$)",
    re.IGNORECASE,
)
_ID = re.compile(
    r"(^|[_\W])(id|uuid|guid|no|nr|number|num|key|ref|account|acct|iban|phone|email)([_\W]|$)", re.IGNORECASE
)
_COMMA = re.compile(r"^-?\d[\d.]*,\d+$")
MOST_CODES = 60


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
        if whole and _CODED.search(name) and len(counts) <= MOST_CODES:
            return Sniffed("choice")
        return Sniffed("number")
    if len(counts) > MOST_CODES and len(counts) > 0.5 * total:
        return Sniffed("skip", "is free text: most rows have another")
    return Sniffed("choice")
