"""Ways to say something, found in the plain text of an utterance in which names have become marks. Pure."""

from __future__ import annotations

import re
from dataclasses import dataclass

from models.errors import CatalogueError
from models.names import Language
from models.talk.tokens import MARK
from models.talk.vocabulary import Cues, Side, filled

STANCES = frozenset({"interest", "refusal", "hesitation", "price", "comparison", "held", "over"})
"""What a cue can say about something named. ``over``: no longer wanted or wrongly said, so nothing."""

_NOT_BEFORE = {
    "zh": re.compile(
        r"(?:不|没|没有|别|无|未)(?:想|要|会|再|太|打算|准备|愿意|敢|肯|去|用|必|需要|怎么|是很|很|大|特别|是|我)*$"
    ),
    "ko": re.compile(r"[안못]$"),
    "en": re.compile(
        r"(?<![^ ])(?:not|never|nor|no longer|neither) "
        r"(?:(?:really|ever|even|actually|to|going|be|have|think|i|we|that|want|would|will|do|just yet) )*$"
    ),
}
"""What turns the words right after it round: a wish there is none."""

_NOT_HELD_BEFORE = {"zh": re.compile(r"(?:[不别未]|没有?)(?:再|想|要|打算|准备|去|给我|肯|会|用|必|需要|能|敢)*$")}
"""The same for what one has: not bought is not held."""

_KO_DENIED = re.compile(
    "(?<!없)(?<!싫)[지질진](?:는|도|를|가)?(?:않|못하|말|안(?!내))"
    "|^(?!.*[없싫안못]).*(?:건|게|것은|것도|거는|뜻은|말은|소리는)아(?:니[^요]|닙|녜)"
    "|(?:생각|마음|맘|계획|뜻)(?:은|을|이|도)?[가-힣]{0,3}(?:접|버렸|사라|식었|떠났|가셨)|(?:게|것이)못[돼되됩]|돈[이도]어[디딨]"
)
"""A Korean verb denied: no wish, however it began."""

POINTING = frozenset({"it", "first", "second", "third", "last", "both"})


@dataclass(frozen=True, eq=False)
class Cue:
    """A compiled way to say something; see `models.talk.vocabulary.CueRule`. ``unless``: not right after that."""

    name: str
    says: str
    pattern: re.Pattern[str]
    unless: re.Pattern[str] | None
    side: Side
    bare: bool
    weak: bool
    sure: float
    order: int


@dataclass(frozen=True, slots=True)
class Hit:
    """A cue in the text, ``end`` exclusive."""

    start: int
    end: int
    cue: Cue


def compiled(cues: Cues, language: Language) -> tuple[Cue, ...]:
    """The cues ready for use; `CatalogueError` names the pattern that is wrong."""
    made = []
    for order, rule in enumerate(cues.cue):
        spelled = [_spelled(pattern, cues) for pattern in rule.patterns]
        # English words overlap a lot: each way on its own, so that the longest is found, not the first
        texts = [_whole_words(one) for one in spelled] if language == "en" else ["|".join(spelled)]
        unless = {"interest": _NOT_BEFORE, "held": _NOT_HELD_BEFORE}.get(rule.says, {}).get(language)
        for text in texts:
            try:
                pattern = re.compile(text)
            except re.error as error:
                raise CatalogueError(f"vocabulary cues_{language}.toml: {rule.name}: {error}") from error
            made.append(Cue(rule.name, rule.says, pattern, unless, rule.side, rule.bare, rule.weak, rule.sure, order))
    return tuple(made)


def _whole_words(text: str) -> str:
    return rf"(?<![^ ])(?:{text.replace(',? ', '(?: ,)? ')})(?:(?![^ ])|(?<= ))"


def _spelled(pattern: str, cues: Cues) -> str:
    return filled(pattern, cues.part).replace("<M>", MARK)


def found(text: str, cues: tuple[Cue, ...]) -> list[Hit]:
    """The cues in ``text``, none overlapping, in order: the longest first, then those that need no name."""
    hits = [
        Hit(match.start(), match.end(), cue)
        for cue in cues
        for match in cue.pattern.finditer(text)
        if match.end() > match.start() and not _void(text, match, cue)
    ]
    hits.sort(key=lambda hit: (hit.start - hit.end, not hit.cue.bare, hit.start, hit.cue.order))
    kept: list[Hit] = []
    for hit in hits:
        if all(hit.end <= one.start or hit.start >= one.end for one in kept):
            kept.append(hit)
    return sorted(kept, key=lambda hit: hit.start)


def _void(text: str, match: re.Match[str], cue: Cue) -> bool:
    """Whether the match doesn't say what it seems to: after a negation, or in a Chinese question of the kind 要不要."""
    if cue.unless is not None and cue.unless.search(text[: match.start()]):
        return True
    if cue.says == "interest" and not cue.bare and _KO_DENIED.search(match.group()):
        return True
    if cue.says != "refusal":
        return False
    places = (at for at in range(match.start(), match.end()) if text[at] in "不没")
    return any(0 < at < len(text) - 1 and text[at - 1] == text[at + 1] for at in places)


@dataclass(frozen=True, eq=False)
class Speech:
    """The cues of a language: views, words that point back, and frames by what they say (those may overlap)."""

    stances: tuple[Cue, ...]
    pointing: tuple[Cue, ...]
    frames: tuple[tuple[Cue, ...], ...]


def speech(cues: Cues, language: Language) -> Speech:
    """The cues of ``language``, compiled."""
    made = compiled(cues, language)
    roles = dict.fromkeys(cue.says for cue in made if cue.says not in STANCES | POINTING)
    return Speech(
        tuple(cue for cue in made if cue.says in STANCES),
        tuple(cue for cue in made if cue.says in POINTING),
        tuple(tuple(cue for cue in made if cue.says == role) for role in roles),
    )
