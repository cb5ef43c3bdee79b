"""Who speaks, what an advisor's turn leaves open, and what a yes or no then means. Pure."""

from __future__ import annotations

from dataclasses import dataclass

from models.talk.context import Asked, Context
from models.talk.evidence import About
from models.talk.lexicon import Ref
from models.talk.reading import Reading
from models.talk.signals import SignalKind, Speaker, Utterance
from models.talk.stance import Stance


@dataclass(frozen=True, slots=True)
class Turn:
    """Whether the advisor speaks, and what is asked about what."""

    advisor: bool
    asked: Asked
    offered: tuple[Ref, ...]


def turn_of(utterance: Utterance, reading: Reading) -> Turn:
    """Whose turn it is: as known, else as the words show (offers and advice are the advisor's)."""
    advisor = utterance.speaker is Speaker.ADVISOR
    if utterance.speaker is Speaker.UNKNOWN:
        advisor = _sounds_like_advisor(reading)
    if not advisor:
        return Turn(False, "nothing", ())
    frames = {hit.cue.says for hit in reading.scene.frames}
    subjects = (*reading.named, *(need.ref for need in reading.needs))
    if "askheld" in frames:
        return Turn(True, "held", subjects)
    if "offer" in frames:
        return Turn(True, "choice" if len(set(reading.named)) > 1 else "offer", subjects)
    if "question" in frames and "askknow" not in frames:
        return Turn(True, "choice" if len(set(reading.named)) > 1 else "offer", subjects)
    return Turn(True, "nothing", ())


def _sounds_like_advisor(reading: Reading) -> bool:
    frames = {hit.cue.says for hit in reading.scene.frames}
    if "client" in frames or any(hit.cue.says in _OWN_VIEWS for hit in reading.scene.stances):
        return "askheld" in frames
    return bool(frames & {"offer", "advice", "askheld"})


_OWN_VIEWS = frozenset({"refusal", "price", "hesitation"})
"""What an advisor doesn't say of the bank's products."""


def answered(context: Context, reading: Reading, stances: list[Stance]) -> list[Stance]:
    """The stances with what a yes, a no or "neither" says of what the advisor offered."""
    offered = tuple(topic.ref for topic in context.offered)
    found = list(stances)
    for hit in reading.scene.frames:
        says = hit.cue.says
        span = reading.scene.line.span(hit.start, hit.end)
        if says == "neither":
            wanted = {one.ref for one in stances if one.kind is SignalKind.INTEREST}
            pair = [ref for ref in _pair(context, reading) if ref not in wanted]
            found.extend(_made(SignalKind.REFUSAL, ref, hit.start, span, "neither") for ref in pair)
        elif says == "yes" and offered:
            found = [*_yes(context, offered, hit.start, span, stances, reading), *found]
            if context.asked == "held":  # "bought it" then tells what is, not what is wanted
                found = [one for one in found if one.kind is not SignalKind.INTEREST or one.place >= hit.end]
        elif says == "yesheld" and offered and context.asked == "held":
            found = [*_yes(context, offered, hit.start, span, stances, reading), *found]
        elif says == "no" and offered and context.asked != "held":
            found = [*_no(offered, hit.start, span, stances), *found]
        elif says == "no" and offered:  # "no, not yet" tells what is, not what is wanted
            found = [
                one
                for one in found
                if not (one.kind is SignalKind.HESITATION and len(one.spans) == 1) and not _merely_not(reading, one)
            ]
    return found


_DOES_NOT = frozenset({"do not", "have not", "am not", "are not", "did not", "has not"})


def _merely_not(reading: Reading, stance: Stance) -> bool:
    """Whether an English refusal is no more than "I don't"."""
    if stance.kind is not SignalKind.REFUSAL:
        return False
    text = reading.scene.line.text
    hits = (hit for hit in reading.scene.stances if hit.start == stance.place)
    return any(text[hit.start : hit.end].strip() in _DOES_NOT for hit in hits)


def _pair(context: Context, reading: Reading) -> tuple[Ref, ...]:
    here = tuple(dict.fromkeys(reading.named))
    if len(here) > 1:
        return here
    return tuple(topic.ref for topic in context.listed) or tuple(topic.ref for topic in context.offered)


def _made(kind: SignalKind, ref: Ref, place: int, span: tuple[int, int], rule: str) -> Stance:
    return Stance(kind, ref, place, (span,), rule, answer=True)


def _yes(
    context: Context,
    offered: tuple[Ref, ...],
    place: int,
    span: tuple[int, int],
    stances: list[Stance],
    reading: Reading,
) -> list[Stance]:
    spoken = {one.ref for one in stances if one.ref.about is not About.NEED}
    if context.asked == "held":
        return [_made(SignalKind.HELD, ref, place, span, "yes-held") for ref in offered if ref.about is not About.NEED]
    if context.asked == "choice" and (spoken or reading.named):
        return []
    wanted = [ref for ref in offered if ref not in spoken]
    if spoken - set(offered):
        wanted = [] if any(one.kind is SignalKind.INTEREST for one in stances) else wanted
    return [
        _made(SignalKind.NEED if ref.about is About.NEED else SignalKind.INTEREST, ref, place, span, "yes")
        for ref in wanted
        if not (ref.about is About.NEED and any(other.about is not About.NEED for other in offered))
    ]


def _no(offered: tuple[Ref, ...], place: int, span: tuple[int, int], stances: list[Stance]) -> list[Stance]:
    kept = {one.ref for one in stances if one.kind in (SignalKind.INTEREST, SignalKind.HELD, SignalKind.PRICE)}
    return [
        _made(SignalKind.REFUSAL, ref, place, span, "no")
        for ref in offered
        if ref not in kept and ref.about is not About.NEED
    ]
