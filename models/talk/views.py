"""The views an utterance shows, cue by cue: what each cue says of what it reaches, and in which frame. Pure."""

from __future__ import annotations

import re
from dataclasses import replace

from models.talk import chinese, english, korean
from models.talk.context import Context, last_named
from models.talk.cues import Hit
from models.talk.evidence import About
from models.talk.lexicon import Ref
from models.talk.reading import NeedSpot, Reading
from models.talk.scope import Held, Scene
from models.talk.signals import SignalKind
from models.talk.spotting import Points
from models.talk.stance import Stance, corrected
from models.talk.tokens import MARK

Span = tuple[int, int]


def views(context: Context, reading: Reading) -> list[Stance]:
    """The customer's views in the utterance, corrections applied; later ones may still replace earlier ones."""
    scene = reading.scene
    stances: list[Stance] = []
    for held in _governed(reading, scene.attached()):
        if not scene.of_another(_speaker_at(reading, held.hit)):
            stances.extend(_said(context, reading, held))
    stances.extend(_asked(reading))
    stances.extend(_left_over(context, reading, stances))
    stances = [one for one in stances if not _said_wrong(reading, one)]
    for hit in scene.frames:
        if hit.cue.says == "correction":
            stances = corrected(stances, hit.start, _free_after(reading, hit, stances))
    stances.extend(_plainly_not(reading, stances))
    stances.extend(_needs(reading))
    return english.without_idle_questions(reading, stances) if reading.language == "en" else stances


def _said_wrong(reading: Reading, stance: Stance) -> bool:
    """Whether an English "not the fund" only repeats what was just taken back: "the fund, no wait, not the fund"."""
    scene = reading.scene
    if reading.language != "en" or not scene.line.text.startswith("not ", stance.place):
        return False
    if english.repeats_wrong_name(reading, stance.place):
        return True
    ends = [hit.end for hit in scene.frames if hit.cue.says == "correction" and 0 <= stance.place - hit.end <= _AT_ONCE]
    return any(
        scene.places[index] < end and stance.ref in reading.meant[index]
        for end in ends
        for index in range(len(scene.spots))
    )


_AT_ONCE = 3

_OWN = re.compile(r"(?<![^ ])(?:i|we|me|us)(?![^ ])")


def _speaker_at(reading: Reading, hit: Hit) -> int:
    """Where to ask whose view the cue is: at its end if it says "me" itself, in English ("is not for me")."""
    own = _OWN.search(reading.scene.line.text, hit.start, hit.end) if reading.language == "en" else None
    return hit.end if own is not None and own.start() > hit.start else hit.start


def _governed(reading: Reading, found: tuple[Held, ...]) -> list[Held]:
    """The cues with a doubt or a no that stands before a wish, and without a name of its own, taking over its names:
    "not sure I need the loan". Korean puts the governing word last, where it reaches the names itself."""
    kept: list[Held] = []
    for held in found:
        last = kept[-1] if kept else None
        if (
            last is not None
            and reading.language != "ko"
            and last.hit.cue.says in ("hesitation", "refusal")
            and not last.spots
            and not last.hit.cue.weak
            and held.hit.cue.says == "interest"
            and held.spots
            and reading.scene.clause(last.hit.start) == reading.scene.clause(held.hit.start)
        ):
            kept[-1] = Held(last.hit, held.spots)
        elif (
            last is not None
            and not held.spots
            and (
                (last.spots and _wondered(reading, last.hit, held.hit))
                or _of_something_else(reading, last.hit, held.hit)
            )
        ):
            continue
        else:
            kept.append(held)
    return kept


def _of_something_else(reading: Reading, no: Hit, praise: Hit) -> bool:
    """Whether Chinese praise right after a refusal is of something else: 贷款我不需要我们现金流挺好."""
    scene = reading.scene
    return (
        reading.language == "zh"
        and no.cue.says == "refusal"
        and praise.cue.name == "sounds-good"
        and scene.clause(no.start) == scene.clause(praise.start)
    )


_WHETHER = re.compile(r"(?<![^ ])(?:if|whether)(?![^ ])")


def _wondered(reading: Reading, doubt: Hit, view: Hit) -> bool:
    """Whether an English doubt asks if ``view`` holds: "I don't know if the fund is right for me"."""
    scene = reading.scene
    return (
        reading.language == "en"
        and doubt.cue.says == "hesitation"
        and _WHETHER.search(scene.line.text, doubt.start, doubt.end) is not None
        and scene.clause(doubt.start) == scene.clause(view.start)
    )


def _said(context: Context, reading: Reading, held: Held) -> list[Stance]:
    hit = held.hit
    kind = _kind(reading, hit)
    evidence = reading.scene.line.span(hit.start, hit.end)
    doubt = _SAYS_NO_ELSEWHERE if kind is SignalKind.INTEREST and _unread_no(reading, hit) else 1.0
    made: list[Stance] = []
    if held.spots:
        preferred = hit.cue.name == "better-than" and not reading.scene.framed(
            "question", reading.scene.sentence(hit.start)
        )
        for spot in held.spots:
            if preferred:
                kind = SignalKind.INTEREST if spot == held.spots[0] else SignalKind.REFUSAL
            place = reading.scene.spots[spot]
            for ref in reading.meant[spot]:
                span = (place.start, place.end)
                made.append(_stance(kind, ref, hit, (evidence, span), place.factor * doubt))
        return made
    takes_up = reading.language == "ko" and korean.takes_up(context, reading.scene, hit.cue.name)
    if not (hit.cue.bare or takes_up) or hit.cue.says == "over":
        return []
    doubt = doubt if reading.language == "ko" else 1.0
    made = [_stance(kind, ref, hit, (evidence,), doubt) for ref in _before(context, reading, hit)]
    return [replace(one, weak=True) for one in made] if takes_up and not hit.cue.bare else made


_SAYS_NO_ELSEWHERE = 0.5
_EN_NO = re.compile(
    r"(?<![^ ])(?:not|never|nor|neither|nobody|no longer|hardly|without)(?![^ ])"
    r"(?! (?:only|just|sure|too|so|yet|at all)(?: |$))"
)
_HARMLESS = re.compile(
    r"(.{1,2})[不没]\1|[不没别][^,.?!]*[吗么?]|没有?(?=[?,.]|$)|没有?[^,.?!]*(?:过|想到)|不[同知仅光但只瞒]|别[忘漏落急走误]|不[赔亏][^,.?!]{0,2}就?[行好]"
)


def _unread_no(reading: Reading, hit: Hit) -> bool:
    """Whether the clause holds a no that no cue has read: a wish in it is then only asked about."""
    scene = reading.scene
    if hit.cue.says != "interest" or scene.framed("question", scene.sentence(hit.start)):
        return False
    left, right = scene.clause(hit.start)
    if reading.language == "en":
        return not _EN_NO.search(scene.line.text, hit.start, hit.end) and any(
            left <= no.start() < right and not any(one.start <= no.start() < one.end for one in scene.stances)
            for no in _EN_NO.finditer(scene.line.text)
        )
    if reading.language == "ko":
        left = hit.start  # a Korean no follows what it denies
    elif _is_mere_verb(scene.line.text, hit) and not _WISHING.search(scene.line.text, left, hit.start):
        return True
    return _holds_no(scene, left, right)


def _holds_no(scene: Scene, left: int, right: int) -> bool:
    """Whether a no between ``left`` and ``right`` is part of no cue and of no harmless turn of speech."""
    text = scene.line.text[left:right]
    harmless = [(left + match.start(), left + match.end()) for match in _HARMLESS.finditer(text)]
    read = [*((one.start, one.end) for one in scene.stances), *harmless]
    return any(
        frame.cue.says == "negative"
        and left <= frame.start < right
        and not any(start <= frame.start < end for start, end in read)
        for frame in scene.frames
    )


_WISHING = re.compile("想|要|打算|准备|计划|决定|愿意|希望|帮|麻烦|请|能|可以|该|得|就|还是|先|再|也")


def _is_mere_verb(text: str, hit: Hit) -> bool:
    """Whether the wish rests on one verb apart from any name: idioms of refusal hold such verbs as well."""
    near = text[max(0, hit.start - 1) : hit.end + 3]
    return (
        hit.cue.name == "want" and hit.end - hit.start == 1 and MARK not in near and text[hit.start] not in "要选想来"
    )


def _stance(kind: SignalKind | None, ref: Ref, hit: Hit, spans: tuple[Span, ...], factor: float) -> Stance:
    return Stance(kind, ref, hit.start, spans, hit.cue.name, factor * hit.cue.sure, hit.cue.weak)


def _before(context: Context, reading: Reading, hit: Hit) -> tuple[Ref, ...]:
    """What a cue without a name speaks of: the last thing named in the utterance, the offer, the last named."""
    scene = reading.scene
    if hit.cue.says == "comparison" and len(context.listed) > 1 and not reading.named:
        return tuple(topic.ref for topic in context.listed)
    earlier = [i for i, place in enumerate(scene.places) if place < hit.start and reading.meant[i]]
    if earlier:
        group = scene.group_of(earlier[-1])
        return tuple(ref for spot in group for ref in reading.meant[spot])
    offered = tuple(topic.ref for topic in context.offered if topic.about is not About.NEED)
    last = tuple(ref for ref in last_named(context) if reading.language != "zh" or ref.about is not About.NEED)
    if offered and set(offered) == set(last):
        return offered
    return last[-1:] or offered


def _kind(reading: Reading, hit: Hit) -> SignalKind | None:
    """What the cue shows where it stands: in an open question a worry or a price is only asked about."""
    says = hit.cue.says
    if says == "over":
        return None
    kind = SignalKind(says)
    if kind is SignalKind.REFUSAL and _denied_twice(reading, hit):
        return SignalKind.INTEREST
    asked = reading.scene.framed("question", reading.scene.sentence(hit.start))
    if (
        asked
        and hit.cue.name in ("worried", "price")
        and not reading.scene.framed("tag", reading.scene.sentence(hit.start))
    ):
        return SignalKind.INTEREST
    return kind


_NO_BEFORE_NO = {
    "en": re.compile(
        r"(?<![^ ])(?:not|never|hardly|nor) "
        r"(?:(?:that|i|we|would|ever|go|do|really|say|be|can|exactly|to|want|going|it|is|saying|hear|catch|find|see"
        r"|me|us) )*$"
    ),
    "zh": re.compile(r"(?:不可能|从来不会|从不会|不会|并非|不是|没有)$"),
    "ko": re.compile(r"(?!)"),
}
_NO_AND_NO = re.compile(r"(?:我|也)*(?:没有|不可能|从来不会|不会|并非|不是)(?:说)?(?:不|没)")


def _denied_twice(reading: Reading, hit: Hit) -> bool:
    """Whether the refusal is itself denied: "I don't dislike it". Korean has an ending for that, a cue of its own."""
    text = reading.scene.line.text
    if reading.language == "en" and text.startswith("no", hit.start):
        return False  # "I don't want no loan" is one no
    if _NO_BEFORE_NO[reading.language].search(text[: hit.start]):
        return True
    return reading.language == "zh" and _NO_AND_NO.match(text, hit.start, hit.end) is not None


def _asked(reading: Reading) -> list[Stance]:
    """A name in a question that nothing else speaks of is asked about: interest, which anything plainer outweighs."""
    scene = reading.scene
    made = []
    for index, spot in enumerate(scene.spots):
        if index in scene.used or spot.points is Points.BOTH:
            continue
        place = scene.places[index]
        if not scene.framed("question", scene.sentence(place)) or scene.of_another(place):
            continue
        if reading.language == "zh" and chinese.only_echoed(scene, place):
            continue
        if english.points_at_wrong_name(reading, index):
            continue
        doubt = _SAYS_NO_ELSEWHERE if reading.language == "zh" and _holds_no(scene, *scene.clause(place)) else 1.0
        for ref in reading.meant[index]:
            span = (spot.start, spot.end)
            made.append(Stance(SignalKind.INTEREST, ref, place, (span,), "asked", spot.factor * doubt, weak=True))
            scene.used.add(index)
    return made


def _left_over(context: Context, reading: Reading, stances: list[Stance]) -> list[Stance]:
    """A bare name after "not that", or as the answer to a choice, is what is wanted."""
    scene = reading.scene
    free = [i for i in range(len(scene.spots)) if i not in scene.used and not scene.of_another(scene.places[i])]
    back = [hit for hit in scene.frames if hit.cue.says == "correction"]
    if back and not stances:
        free = [i for i in free if scene.places[i] >= back[-1].end]
        return [_wanted(reading, i, ref, "corrected") for i in free for ref in reading.meant[i]]
    if not free or back:
        return []
    instead = any(one.rule in ("not-the", "not-that-one", "instead", "except", "sooner-than") for one in stances)
    only_names = (
        not stances
        and all(hit.cue.name == "courtesy" for hit in scene.stances)
        and len(scene.line.text) <= _SHORT[reading.language]
    )
    pointed = all(scene.spots[i].points in (Points.FIRST, Points.SECOND, Points.BOTH) for i in free)
    plain = not any(hit.cue.says in ("deny", "negative", "no", "question", "neither") for hit in scene.frames)
    open_asked = reading.language == "zh" and context.asked == "offer" and not context.offered
    choosing = only_names and (
        context.asked == "choice" or open_asked or (reading.language == "en" and pointed and plain)
    )
    if not (instead or choosing):
        return []
    if instead or reading.language == "zh":
        free = [i for i in free if scene.spots[i].points is not Points.IT]
    rule = "instead" if instead else "chosen"
    return [_wanted(reading, i, ref, rule) for i in free for ref in reading.meant[i]]


def _wanted(reading: Reading, index: int, ref: Ref, rule: str) -> Stance:
    spot = reading.scene.spots[index]
    return Stance(SignalKind.INTEREST, ref, reading.scene.places[index], ((spot.start, spot.end),), rule, spot.factor)


def _plainly_not(reading: Reading, stances: list[Stance]) -> list[Stance]:
    """A name that no cue speaks of, in a clause that says no: read as a refusal, not quite surely."""
    scene = reading.scene
    made = []
    for index, spot in enumerate(scene.spots):
        place = scene.places[index]
        clause = scene.clause(place)
        if index in scene.used or scene.of_another(place) or spot.points is Points.IT:
            continue
        no = scene.framed("deny", clause) or scene.framed("negative", clause)
        if not no or any(clause[0] <= one.place < clause[1] for one in stances):
            continue
        if scene.framed("correction", clause):
            continue
        for ref in reading.meant[index]:
            made.append(
                Stance(
                    SignalKind.REFUSAL,
                    ref,
                    place,
                    ((spot.start, spot.end),),
                    "says-no",
                    spot.factor * _SAYS_NO[reading.language],
                )
            )
    return made


_SAYS_NO = {"en": 0.7, "zh": 0.5, "ko": 0.7}
_SHORT = {"en": 30, "zh": 8, "ko": 10}


def _free_after(reading: Reading, hit: Hit, stances: list[Stance]) -> list[tuple[Ref, int, Span]]:
    scene = reading.scene
    spoken = {one.ref for one in stances if one.place >= hit.start}
    free: list[tuple[Ref, int, Span]] = []
    for index, spot in enumerate(scene.spots):
        place = scene.places[index]
        if place >= hit.end and index not in scene.used and spot.points is not Points.IT:
            free.extend((ref, place, (spot.start, spot.end)) for ref in reading.meant[index] if ref not in spoken)
    return free


def _needs(reading: Reading) -> list[Stance]:
    return [
        Stance(SignalKind.NEED, need.ref, need.place, ((need.start, need.end),), "need")
        for need in (english.standing_needs(reading) if reading.language == "en" else reading.needs)
        if reading.language == "en" or not _denied(reading, need)
    ]


def _denied(reading: Reading, need: NeedSpot) -> bool:
    scene = reading.scene
    if reading.language == "zh":
        return chinese.denied(scene, need.ref.subject, (need.start, need.end))
    clause = scene.clause(need.place)

    deny = [hit for hit in scene.frames if hit.cue.says == "deny" and clause[0] <= hit.start < clause[1]]
    if reading.language == "ko":  # a Korean no follows what it denies, in the next sentence after "a trip, you say?"
        after = [hit for hit in scene.frames if scene.line.starts[hit.start] >= need.end]
        echoed = any(hit.cue.says == "echo" and scene.line.starts[hit.start] == need.end for hit in after)
        deny = [hit for hit in after if hit.cue.says == "deny" and (echoed or clause[0] <= hit.start < clause[1])]
        if korean.long_ago(scene, need.start, need.end, clause[1]):
            return True
    if need.ref.subject != "safety" and deny:
        return True
    if scene.framed("undone", (clause[1], len(scene.line.text))):
        return True
    another = scene.of_another(need.place) and (
        need.ref.subject not in ("child", "family_protection") or scene.framed("stranger", scene.sentence(need.place))
    )
    return another and not scene.framed("help", (0, len(scene.line.text)))
