"""Pages to type on: phone number, ID number, search. What must not be read over a shoulder is masked here (K-01)."""

from collections.abc import Sequence
from unicodedata import east_asian_width

from contracts.fields import Language
from kiosk.core.hangul import KEYS as HANGUL
from kiosk.core.hangul import composed
from kiosk.presenters.house import Fault
from kiosk.presenters.pages import (
    Choice,
    Enter,
    EntryPage,
    Erase,
    GoBack,
    Head,
    Insist,
    Listen,
    PickBusiness,
    Sign,
    StartOver,
    Tone,
    Type,
)
from kiosk.presenters.visit import Step, Visit
from kiosk.presenters.wording import Wording

MOST = {Step.PHONE: 15, Step.ID_NUMBER: 18, Step.SEARCH: 16}
"""Characters that a field takes: E.164 has at most 15 digits, an ID number 18."""

LEAST = {Step.PHONE: 7, Step.ID_NUMBER: 6}
"""Below this a number isn't looked up."""

SHOWN = 56
"""Letters of a sentence that was said, of Latin ones."""

RESULTS = 3
"""Businesses that are shown while one types."""

LATIN = "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
ACROSS = 7
"""Keys in a row: 26 letters, or as many Hangul keys, with space and erase in four rows, each a wide target."""


def number(head: Head, texts: Wording, visit: Visit, *, looking: bool) -> EntryPage:
    """Phone number or ID number, digit by digit."""
    phone = visit.step is Step.PHONE
    kind = "phone" if phone else "id"
    typed = visit.typed
    if looking:
        message, tone = texts.say("looking"), Tone.ACCENT
    elif visit.fault is not None:
        message, tone = texts.say(f"fault-{visit.fault}"), Tone.WARN
    else:
        message, tone = "", Tone.CALM
    ready = len(typed) >= LEAST[visit.step] and not looking
    doubtful = visit.fault is Fault.DOUBT
    return EntryPage(
        name=str(visit.step),
        head=head,
        title=texts.say(f"{kind}-title"),
        words=texts.say(f"{kind}-words"),
        shown=grouped(typed) if phone else masked(typed),
        keys=_digits(texts, "+" if phone else "X"),
        message=message,
        tone=tone,
        spoken_shown=texts.say("spoken-typed", count=len(typed)),
        enter=Choice(
            name="insist" if doubtful else "enter",
            label=texts.say("insist" if doubtful else "enter"),
            tap=Insist() if doubtful else Enter(),
            tone=Tone.ACCENT if ready else Tone.CALM,
            sign=Sign.CHECK,
        ),
        step=2,
        back=_button(texts, "back", GoBack(), Sign.BACK),
        over=_button(texts, "over", StartOver(), Sign.HOME),
    )


def masked(typed: str) -> str:
    """Stars, and the last digit, so that one sees what one typed; in groups of four."""
    hidden = "*" * max(0, len(typed) - 1) + typed[-1:]
    return " ".join(hidden[at : at + 4] for at in range(0, len(hidden), 4))


def grouped(typed: str) -> str:
    """A phone number in groups, so that it can be compared."""
    return " ".join(part for part in (typed[:3], typed[3:7], typed[7:11], typed[11:]) if part)


def fits(visit: Visit, character: str) -> bool:
    """Whether the field of this page takes one more such character."""
    if len(character) != 1 or len(visit.typed) >= MOST.get(visit.step, 0):
        return False
    if visit.step is Step.SEARCH:
        return character.isalnum() or character == " "
    if character == "+":
        return visit.step is Step.PHONE and not visit.typed
    if character == "X":
        return visit.step is Step.ID_NUMBER and len(visit.typed) == MOST[Step.ID_NUMBER] - 1
    return character.isascii() and character.isdigit()


def search(head: Head, texts: Wording, visit: Visit, found: Sequence[tuple[str, str]], *, hears: bool) -> EntryPage:
    """A few letters or what was said, and what they lead to."""
    if visit.fault is Fault.AWAY:
        message = texts.say("search-deaf")
    elif visit.fault is Fault.UNKNOWN or (visit.said and not found):
        message = texts.say("search-unheard")
    else:
        message = texts.say("search-none") if visit.typed.strip() and not found else ""
    shown = end_of(visit.said, SHOWN) or written(visit.typed, visit.language)
    return EntryPage(
        name="search",
        head=head,
        title=texts.say("search-title"),
        words=texts.say("search-words"),
        shown=shown,
        keys=_letters(texts, visit.language),
        message=message,
        tone=Tone.WARN if visit.fault is Fault.AWAY else Tone.CALM,
        spoken_shown=shown or texts.say("spoken-nothing"),
        choices=tuple(
            Choice(name=code, label=name, tap=PickBusiness(code), sign=Sign.ARROW) for code, name in found[:RESULTS]
        ),
        listen=_say_it(texts) if hears else None,
        step=3,
        back=_button(texts, "back", GoBack(), Sign.BACK),
        over=_button(texts, "over", StartOver(), Sign.HOME),
    )


def _say_it(texts: Wording) -> Choice:
    """The page that listens says by ear only that it does, as the microphone waits for that: so this says the rest."""
    spoken = texts.say("spoken-say-it")
    return Choice(name="listen", label=texts.say("say-it"), tap=Listen(), sign=Sign.MICROPHONE, spoken=spoken)


def end_of(said: str, most: int) -> str:
    """The end of a sentence, with a sign where something is left out; a wide character counts as two of ``most``."""
    width = 0
    for back, character in enumerate(reversed(said)):
        width += 2 if east_asian_width(character) in "WF" else 1
        if width > most:
            return f"…{said[len(said) - back :]}"
    return said


def written(typed: str, language: Language) -> str:
    """What the keys spell."""
    return composed(typed) if language is Language.KO else typed


def _digits(texts: Wording, last: str) -> tuple[tuple[Choice, ...], ...]:
    rows = [tuple(_key(digit) for digit in row) for row in ("123", "456", "789")]
    return (*rows, (_key(last), _key("0"), _erase(texts)))


def _letters(texts: Wording, language: Language) -> tuple[tuple[Choice, ...], ...]:
    letters = HANGUL if language is Language.KO else LATIN
    space = Choice(name="key space", label="␣", tap=Type(" "), spoken=texts.say("space"))
    keys = (*map(_key, letters), space, _erase(texts))
    return tuple(keys[at : at + ACROSS] for at in range(0, len(keys), ACROSS))


def _key(character: str) -> Choice:
    return Choice(name=f"key {character}", label=character, tap=Type(character))


def _erase(texts: Wording) -> Choice:
    return Choice(name="key erase", label="", tap=Erase(), sign=Sign.ERASE, spoken=texts.say("erase"))


def _button(texts: Wording, name: str, tap: GoBack | StartOver, sign: Sign) -> Choice:
    return Choice(name=name, label=texts.say(name), tap=tap, sign=sign)
