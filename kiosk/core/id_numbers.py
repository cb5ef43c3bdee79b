"""What makes an ID number a possible one: length, characters, region, date of birth, check digit (spec K-01).

- Chinese citizens, residents of Hong Kong, Macau and Taiwan, and foreign permanent residents: 18 characters,
  GB 11643-1999, check character by ISO 7064 MOD 11-2.
- Korean resident registration numbers and foreigners' registration numbers: 13 digits. Since 5 October 2020 the last
  six are drawn by lot, so there is nothing to check in a number that was given out later (Enforcement Rules of the
  Resident Registration Act, article 2).
- Others by length and, where they have one, the Luhn digit (ISO/IEC 7812-1, annex B).

Numbers are looked at where they are (``Secret``): nothing here copies one, and no refusal holds a digit of it.
"""

from dataclasses import dataclass
from datetime import date
from enum import StrEnum

from kiosk.core.secret import Secret

SEPARATORS = b" -\t\r\n"
OLDEST = 1900
"""Year of birth; nobody living is older."""

DRAWN_BY_LOT_SINCE = date(2020, 10, 5)

PROVINCES = frozenset(
    code
    for first, last in ((11, 15), (21, 23), (31, 37), (41, 46), (50, 54), (61, 65), (71, 71), (81, 83))
    for code in range(first, last + 1)
)
"""First two digits: GB/T 2260; 81 to 83 are on residence permits for Hong Kong, Macau and Taiwan residents."""

_FOREIGNER = 9
"""First digit of a foreign permanent resident's number (2023 form); the province follows in digits 2 and 3."""

_CHINESE_CHECKS = b"10X98765432"
_KOREAN_WEIGHTS = (2, 3, 4, 5, 6, 7, 8, 9, 2, 3, 4, 5)
_ZERO, _NINE = 48, 57


class Wrong(StrEnum):
    """What is wrong with a number."""

    EMPTY = "empty"
    LENGTH = "length"
    CHARACTER = "character"
    REGION = "region"
    DATE = "date"
    CHECK_DIGIT = "check_digit"
    OLD_FORM = "old_form"
    """A 15-digit Chinese number: out of use since 2013."""


@dataclass(frozen=True, slots=True)
class Generic:
    """Numbers of ``shortest`` to ``longest`` digits (and capital letters if ``letters``), ``luhn`` checked or not."""

    name: str
    shortest: int
    longest: int
    luhn: bool = False
    letters: bool = False

    def __post_init__(self) -> None:
        if self.luhn and self.letters:
            raise ValueError(f"{self.name}: the Luhn digit is of digits alone; take luhn or letters")


class National(StrEnum):
    """National ID numbers that are known by their own rules."""

    CN_ID = "cn-id"
    KR_RRN = "kr-rrn"


Rule = National | Generic

BANK_CARD = Generic("card", 12, 19, luhn=True)
"""Number of a payment card, ISO/IEC 7812-1."""


@dataclass(frozen=True, slots=True)
class Plausible:
    """The number can be one. ``checked``: a check digit has confirmed it; where there is none, nothing has."""

    rule: str
    checked: bool


@dataclass(frozen=True, slots=True)
class Refused:
    """Why the number can't be one. ``expected``: the lengths it may have, for the message.

    ``sure`` is false where the rule has exceptions: ask whether it was typed right, and check with ``insisted``.
    """

    rule: str
    wrong: Wrong
    expected: tuple[int, int]
    sure: bool = True


def name_of(rule: Rule) -> str:
    """As it stands in settings."""
    return rule.value if isinstance(rule, National) else rule.name


def tidy(number: Secret) -> None:
    """Spaces and hyphens out, letters to capitals; in place."""
    number.squeeze(SEPARATORS)
    number.upper()


def check(number: Secret, rule: Rule, today: date, *, insisted: bool = False) -> Plausible | Refused:
    """Whether a number, tidied here, keeps the rule. ``today`` bounds dates of birth.

    ``insisted``: its owner says that it is right; only what isn't ``sure`` is then let pass.
    """
    tidy(number)
    match rule:
        case National.CN_ID:
            return _chinese(number, today)
        case National.KR_RRN:
            return _korean(number, today, insisted)
        case Generic():
            return _generic(number, rule)


def recognise(number: Secret, rules: tuple[Rule, ...], today: date) -> Plausible | Refused:
    """By which of the rules a number is one: the first that it keeps.

    Else the refusal that says most: one about the digits before one about the length.
    """
    first: Refused | None = None
    for rule in rules:
        found = check(number, rule, today)
        if isinstance(found, Plausible):
            return found
        if first is None or (_of_length(first) and not _of_length(found)):
            first = found
    return first or Refused("none", Wrong.LENGTH, (0, 0))


def _of_length(refused: Refused) -> bool:
    return refused.wrong in (Wrong.LENGTH, Wrong.CHARACTER)


def _chinese(number: Secret, today: date) -> Plausible | Refused:
    def no(wrong: Wrong) -> Refused:
        return Refused(National.CN_ID.value, wrong, (18, 18))

    view = number.view()
    if not len(view):
        return no(Wrong.EMPTY)
    last = len(view) - 1
    if not all(_is_digit(code) or (at == last == 17 and code == ord("X")) for at, code in enumerate(view)):
        return no(Wrong.CHARACTER)
    if len(view) != 18:
        return no(Wrong.OLD_FORM if len(view) == 15 else Wrong.LENGTH)
    start = 1 if view[0] - _ZERO == _FOREIGNER else 0
    if _value(view, start, 2) not in PROVINCES:
        return no(Wrong.REGION)
    if not _born(_value(view, 6, 4), _value(view, 10, 2), _value(view, 12, 2), today):
        return no(Wrong.DATE)
    total = sum((view[at] - _ZERO) * (2 ** (17 - at) % 11) for at in range(17))
    if view[17] != _CHINESE_CHECKS[total % 11]:
        return no(Wrong.CHECK_DIGIT)
    return Plausible(National.CN_ID.value, checked=True)


def _korean(number: Secret, today: date, insisted: bool) -> Plausible | Refused:
    def no(wrong: Wrong, *, sure: bool = True) -> Refused:
        return Refused(National.KR_RRN.value, wrong, (13, 13), sure)

    view = number.view()
    if not len(view):
        return no(Wrong.EMPTY)
    if not all(map(_is_digit, view)):
        return no(Wrong.CHARACTER)
    if len(view) != 13:
        return no(Wrong.LENGTH)
    seventh = view[6] - _ZERO
    century = {9: 1800, 0: 1800, 1: 1900, 2: 1900, 5: 1900, 6: 1900}.get(seventh, 2000)
    born = _born(century + _value(view, 0, 2), _value(view, 2, 2), _value(view, 4, 2), today)
    if born is None:
        return no(Wrong.DATE)
    foreigner = 5 <= seventh <= 8
    total = sum((view[at] - _ZERO) * weight for at, weight in enumerate(_KOREAN_WEIGHTS))
    expected = ((13 if foreigner else 11) - total % 11) % 10
    if view[12] - _ZERO == expected:
        return Plausible(National.KR_RRN.value, checked=True)
    # A foreigner's number is given out on arrival, whatever the birthday; a citizen's may have been given anew.
    if foreigner or born >= DRAWN_BY_LOT_SINCE or insisted:
        return Plausible(National.KR_RRN.value, checked=False)
    return no(Wrong.CHECK_DIGIT, sure=False)


def _generic(number: Secret, rule: Generic) -> Plausible | Refused:
    def no(wrong: Wrong) -> Refused:
        return Refused(rule.name, wrong, (rule.shortest, rule.longest))

    view = number.view()
    if not len(view):
        return no(Wrong.EMPTY)
    if not all(_is_digit(code) or (rule.letters and 65 <= code <= 90) for code in view):
        return no(Wrong.CHARACTER)
    if not rule.shortest <= len(view) <= rule.longest:
        return no(Wrong.LENGTH)
    if rule.luhn and not _luhn(view):
        return no(Wrong.CHECK_DIGIT)
    return Plausible(rule.name, checked=rule.luhn)


def _luhn(view: memoryview) -> bool:
    total = 0
    for place, code in enumerate(reversed(view)):
        digit = code - _ZERO
        if place % 2:
            digit = digit * 2 - 9 * (digit > 4)
        total += digit
    return total % 10 == 0


def _is_digit(code: int) -> bool:
    return _ZERO <= code <= _NINE


def _value(view: memoryview, at: int, count: int) -> int:
    value = 0
    for code in view[at : at + count]:
        value = 10 * value + code - _ZERO
    return value


def _born(year: int, month: int, day: int, today: date) -> date | None:
    try:
        born = date(year, month, day)
    except ValueError:
        return None
    return born if year >= OLDEST and born <= today else None
