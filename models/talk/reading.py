"""An utterance with its names found and pointers resolved, ready for the rules. Pure."""

from __future__ import annotations

import re
from dataclasses import dataclass

from models.names import Language
from models.talk import chinese, korean
from models.talk.context import Context, last_named
from models.talk.cues import Hit, found
from models.talk.evidence import About
from models.talk.lexicon import Lexicon, Ref
from models.talk.scope import Scene
from models.talk.signals import Utterance
from models.talk.spotting import Points, Spot, masked, named, pointing
from models.talk.tokens import MARK, Line, read

Name = tuple[int, int, Ref, float]
"""A name in the plain line: start, end, meaning, what the match leaves of the confidence."""


@dataclass(frozen=True, slots=True)
class NeedSpot:
    """A need that is spoken of, at ``place`` of the marked line and ``start`` to ``end`` of what was said."""

    ref: Ref
    place: int
    start: int
    end: int


@dataclass(frozen=True, eq=False)
class Reading:
    """``meant``: by spot, what it means (several for "both"). ``named``: what the utterance names, in order."""

    language: Language
    scene: Scene
    meant: tuple[tuple[Ref, ...], ...]
    needs: tuple[NeedSpot, ...]
    named: tuple[Ref, ...]

    def negators_near(self, place: int) -> tuple[tuple[int, int], ...]:
        """The negating words in the clause of ``place``, where they lie in what was said."""
        left, right = self.scene.clause(place)
        return tuple(
            self.scene.line.span(hit.start, hit.end)
            for hit in self.scene.frames
            if hit.cue.says == "deny" and left <= hit.start < right
        )


def read_utterance(context: Context, utterance: Utterance, lexicon: Lexicon) -> Reading:
    """The utterance read in its context."""
    language = utterance.language
    line = read(utterance.text, language)
    names = named(line, language, lexicon, _word_beginnings(utterance.text, line))
    every, needs = _needs(line, language, lexicon)
    names = [n for n in names if not any(s <= n[0] and n[1] <= e and e - s > n[1] - n[0] for _, s, e in every)]
    if language == "en":  # what only sounds like a name is none where it runs into the words of a need
        names = [n for n in names if n[3] == 1.0 or not any(n[0] < e and s < n[1] <= n[0] + e - s for _, s, e in every)]
    needs = [n for n in needs if all(n[2] <= start or n[1] >= end for start, end, _, _ in names)]
    speech = lexicon.speech(language)
    pointers = _with_something(context, language, pointing(line, speech.pointing, names), names)
    if language == "en":  # "I want more out of it" is one need, whatever "it" is
        pointers = [one for one in pointers if not any(s <= one[0] and one[1] <= e for _, s, e in every)]
    names = _narrowed(context, line, language, lexicon, _without_heads(line, names, lexicon))
    parts: list[tuple[int, int, Points, Ref | None, float]] = [
        *((start, end, Points.NAME, ref, factor) for start, end, ref, factor in names),
        *((start, end, how, None, 1.0) for start, end, how in pointers),
    ]
    parts.sort(key=lambda part: part[:2])
    spots = tuple(Spot(*line.span(start, end), how, ref, factor) for start, end, how, ref, factor in parts)
    marked = masked(line, [(start, end) for start, end, *_ in parts])
    frames = tuple(
        sorted((hit for role in speech.frames for hit in found(marked.text, role)), key=lambda hit: hit.start)
    )
    stances = found(marked.text, speech.stances)
    frames = tuple(hit for hit in frames if hit.cue.says != "correction" or not _inside(hit, stances))
    scene = Scene(
        marked, language, spots, tuple(found(_without_corrections(marked.text, frames), speech.stances)), frames
    )
    meant = _resolved(context, spots)
    said = tuple(spot.ref for spot in spots if spot.ref is not None)
    return Reading(language, scene, meant, _placed(line, marked, needs), said)


_JOINTS = frozenset({"", "的", "의", " ", " 's "})
_THAT = {
    "en": re.compile(r"(?:that|this|the same|these|those|such a) (?:(?:particular|same|very|kind of|sort of) )*$"),
    "zh": re.compile(r"(?:这|那)(?:张|个|种|款|份|只|笔|项|支|一张|一个|一种)?$"),
    "ko": re.compile(r"(?:^|[^가-힣]|[은는이가도요네,.])(?:그|이|저|해당|방금그|말씀하신)$"),
}


def _inside(frame: Hit, stances: list[Hit]) -> bool:
    """Whether the frame is but a part of the words of a view: "can't wait to" takes nothing back."""
    return any(one.start < frame.start and frame.end <= one.end for one in stances)


def _without_corrections(text: str, frames: tuple[Hit, ...]) -> str:
    """The text with the words that take something back made unreadable, at the same length."""
    for hit in frames:
        if hit.cue.says == "correction":
            taken_back = "".join(char if char in (MARK, " ") else _UNREADABLE for char in text[hit.start : hit.end])
            text = text[: hit.start] + taken_back + text[hit.end :]
    return text


_UNREADABLE = "·"


def _joined(text: str, end: int, name: Name) -> bool:
    """Whether ``name`` only goes on with what ends at ``end``: at once, or with what it costs (Korean)."""
    between = text[end : name[0]]
    if text[name[0] : name[1]] == "투자" and between in _INTO:
        return True
    return between in _JOINTS or (between in _TOPICS and _COST.match(text, name[1]) is not None)


_TOPICS = frozenset({"은", "는", "이", "가", "은월", "는월"})
_INTO = frozenset({"", "에", "에좀", "에다", "에다가", "에도", "에만", "쪽에", "에한번"})
_COST = re.compile(r"(?:료|금리|이자|이율|한도|수수료|연회비|금액|조건)")


def _without_heads(line: Line, names: list[Name], lexicon: Lexicon) -> list[Name]:
    """The names without a general word right after one of its kind: "home insurance premium" names one thing."""
    kept: list[Name] = []
    for name in names:
        if kept and name[2].about is not About.PRODUCT and _joined(line.text, kept[-1][1], name):
            inner = lexicon.products_of(*kept[-1][2])
            if line.text[name[0] : name[1]] == "투자":
                continue  # "investing in gold" names gold
            if inner and set(inner) < set(lexicon.products_of(*name[2])):
                continue
        if line.text[name[0] : name[1] + 1] in _INVESTS and any(
            lexicon.products_of(*one[2]) and set(lexicon.products_of(*one[2])) < set(lexicon.products_of(*name[2]))
            for one in kept
        ):
            continue  # what a fund invests in
        if line.text[name[0] : name[1]] == "保费" and any(
            lexicon.products_of(*one[2]) and set(lexicon.products_of(*one[2])) < set(lexicon.products_of(*name[2]))
            for one in kept
        ):
            continue  # a premium is that of the insurance named before it
        if kept and line.text[kept[-1][1] : name[0]] in _OF_THEM and kept[-1][2].about is not About.PRODUCT:
            outer = lexicon.products_of(*kept[-1][2])
            if set(lexicon.products_of(*name[2])) < set(outer):
                kept.pop()  # "of the cards, the gold card" names the gold card
        kept.append(name)
    return kept


_INVESTS = frozenset({"투자하", "투자되", "투자한", "투자해"})

_OF_THEM = frozenset(
    {
        "은",
        "는",
        "중에",
        "중에서",
        "중에서도",
        "중에는",
        "가운데",
        "는그냥",
        "은그냥",
        "그",
        "뭐냐",
        "그뭐냐",
        "중에서는",
        "중에선",
        "중엔",
        "가운데서는",
        "로는",
        "으로는",
        "에는",
        "쪽에는",
        "쪽으로는",
        "상품은",
        "상품으로는",
        "종류는",
        "그러니까",
    }
)


def _narrowed(context: Context, line: Line, language: Language, lexicon: Lexicon, names: list[Name]) -> list[Name]:
    """The names with "that card" meaning the card that was named last, where one was."""
    before = [ref for topics in context.named for ref in (topic.ref for topic in topics)]
    made: list[Name] = []
    for start, end, ref, factor in names:
        that = _THAT[language].search(line.text[:start]) is not None or line.text[start:end] == "保费"
        if ref.about is not About.PRODUCT and that:
            members = set(lexicon.products_of(*ref))
            last = [
                one
                for one in (*before, *(name[2] for name in made))
                if one.about is About.PRODUCT and one.subject in members
            ]
            ref = last[-1] if last else ref
        made.append((start, end, ref, factor))
    return made


def _with_something(
    context: Context, language: Language, pointers: list[tuple[int, int, Points]], names: list[Name]
) -> list[tuple[int, int, Points]]:
    """The pointers that have something to point at: "both" and "the first" need two things."""
    kept = []
    for start, end, how in pointers:
        here = {ref for _, last, ref, _ in names if last <= start}
        pair = len(here) > 1 or (len(context.listed) > 1 and (how is not Points.BOTH or not here))
        names_it = any(0 <= first - end <= 1 for first, _, _, _ in names)
        idle = language == "en" and not here and not context.named  # "it's time that", "is it true that"
        if (how is Points.IT and not names_it and not idle) or (how is not Points.IT and pair):
            kept.append((start, end, how))
    return kept


def _word_beginnings(text: str, line: Line) -> frozenset[int]:
    """Where in the plain line words begin: at its start, and after a blank of what was said."""
    return frozenset(
        at
        for at, start in enumerate(line.starts)
        if (
            at == 0
            or not line.text[at - 1].isalnum()
            or text[line.ends[at - 1] : start].strip() != text[line.ends[at - 1] : start]
        )
    )


def _needs(
    line: Line, language: Language, lexicon: Lexicon
) -> tuple[list[tuple[str, int, int]], list[tuple[str, int, int]]]:
    """All words of need that hide names in them, and each need where it is told last."""
    every: list[tuple[str, int, int]] = []
    last: list[tuple[str, int, int]] = []
    for code, pattern in lexicon.need_patterns[language]:
        matches = [(code, *match.span()) for match in pattern.finditer(line.text)]
        if matches:  # the last one: "we were going to buy a flat, but now we aren't buying"
            last.extend(matches if language == "en" else matches[-1:])
            every.extend(matches if language != "ko" else matches[-1:])
    if language == "ko":
        last = korean.outermost(last)
    return every, chinese.settled(last, line.text) if language == "zh" else last


def _placed(line: Line, marked: Line, needs: list[tuple[str, int, int]]) -> tuple[NeedSpot, ...]:
    placed = []
    for code, start, end in needs:
        left, right = line.span(start, end)
        place = next((at for at, first in enumerate(marked.starts) if first >= left), 0)
        placed.append(NeedSpot(Ref(About.NEED, code), place, left, right))
    return tuple(placed)


def _resolved(context: Context, spots: tuple[Spot, ...]) -> tuple[tuple[Ref, ...], ...]:
    """What each spot means: names by themselves, pointers by what was named before them."""
    meant: list[tuple[Ref, ...]] = []
    here: list[Ref] = []
    listed = tuple(topic.ref for topic in context.listed)
    for spot in spots:
        if spot.ref is not None:
            meant.append((spot.ref,))
            here.append(spot.ref)
            continue
        pair = tuple(dict.fromkeys(here)) if len(set(here)) > 1 else listed
        match spot.points:
            case Points.FIRST:
                meant.append(pair[:1])
            case Points.SECOND:
                meant.append(pair[1:2])
            case Points.THIRD:
                meant.append(pair[2:3])
            case Points.LAST:
                meant.append(pair[-1:])
            case Points.BOTH:
                meant.append(pair)
            case Points.IT | Points.NAME:
                meant.append(tuple(here[-1:]) or last_named(context)[-1:])
    return tuple(meant)
