"""What is particular to English: which needs stand, and what an advisor's explanation is about. Pure."""

from __future__ import annotations

import re
from typing import Literal

from models.talk.cues import Hit
from models.talk.evidence import About
from models.talk.lexicon import Ref
from models.talk.reading import NeedSpot, Reading
from models.talk.scope import Scene
from models.talk.signals import SignalKind
from models.talk.spotting import Points
from models.talk.stance import Stance

_NO_AT_ONCE = re.compile(r" ?\? (?:(?:oh|well|god|ah|us|me) (?:, |\? )?)*(?:no|not|never|hardly|nah)(?![^ ])")
"""The answer that takes a question about oneself back: "Buying a house? No, we rent."."""


def standing_needs(reading: Reading) -> tuple[NeedSpot, ...]:
    """The needs that are the speaker's own and not denied, each where it is told last."""
    kept: list[NeedSpot] = []
    for ref in dict.fromkeys(need.ref for need in reading.needs):
        for need in reversed([one for one in reading.needs if one.ref == ref]):
            verdict = _verdict(reading, need)
            if verdict == "own":
                kept.append(need)
            if verdict != "another's":
                break
    kept = [need for need in kept if not _in_price(reading.scene, need.place)]
    left = {need.ref.subject for need in kept}
    if "family_protection" in left:  # how they would pay the bills is what the family is protected from
        kept = [need for need in kept if need.ref.subject != "cash"]
    return tuple(kept)


def _in_price(scene: Scene, place: int) -> bool:
    """Whether the need is but a figure for a price: "I could buy a car for that"."""
    return any(hit.cue.says == "price" and hit.start <= place < hit.end for hit in scene.stances)


def _verdict(reading: Reading, need: NeedSpot) -> Literal["own", "denied", "another's"]:
    scene = reading.scene
    place = need.place + (scene.line.text[need.place : need.place + 1] == " ")
    left, right = scene.clause(place)
    own_words = [(one.start, one.end) for one in reading.needs if one.ref == need.ref]
    deny = [
        hit
        for hit in scene.frames
        if hit.cue.says == "deny"
        and left <= hit.start < right
        and not any(start <= scene.line.starts[hit.start] < end for start, end in own_words)
        and _speaks_of(scene, need, hit)
    ]
    if need.ref.subject != "safety" and deny:
        return "denied"
    if scene.framed("undone", (right, len(scene.line.text))) or _NO_AT_ONCE.match(scene.line.text, right):
        return "denied"
    if need.ref.subject not in _PAST_TOO and any(
        hit.cue.says == "past" and hit.start < right and left < hit.end for hit in scene.frames
    ):
        return "denied"
    if _OWN.search(scene.line.text, scene.at(need.start), scene.at(need.end)):
        return "own"
    of_another = scene.of_another(place) and (
        need.ref.subject not in ("child", "family_protection") or scene.framed("stranger", scene.sentence(place))
    )
    return "another's" if of_another and not scene.framed("help", (0, len(scene.line.text))) else "own"


def _speaks_of(scene: Scene, need: NeedSpot, no: Hit) -> bool:
    """Whether the no in its clause is about the need: what follows with a subject of its own isn't."""
    said = scene.line.starts[no.start]
    if said < need.start or no.cue.name == "is-off":
        return True
    return _AT_ONCE.fullmatch(scene.line.text[scene.at(need.end) : no.start]) is not None


_AT_ONCE = re.compile(r" ?(?:(?:is|are|was|were|will|would|does|do|did|has|have|can|could|really|just|still|,) ?)*")

_OWN = re.compile(r"(?<![^ ])(?:i|we|(?:my|our)(?: very)? own)(?![^ ])")
"""Words in a need that say whose it is, whoever the sentence began with."""

_PAST_TOO = frozenset({"child", "cash", "growth", "car", "firm", "family_protection"})
"""The needs that what happened lately brings about: a birth, a bill, an inheritance, a broken car."""


def told_of(reading: Reading) -> tuple[Ref, ...]:
    """What an advisor's words are about: "the fund mixes shares and bonds" is about the fund alone."""
    named = [(i, spot.ref) for i, spot in enumerate(reading.scene.spots) if spot.ref is not None]
    first = next((i for i, ref in named if ref.about is About.PRODUCT), None)
    several = sum(ref.about is About.PRODUCT for _, ref in named) > 1  # "two funds, the bond fund and …"
    if first is None or (first != named[0][0] and not several):
        return reading.named
    group = reading.scene.group_of(first)
    return tuple(ref for i, ref in named if ref.about in (About.PRODUCT, About.NEED) or i in group)


def points_at_wrong_name(reading: Reading, index: int) -> bool:
    """Whether an "it" after a correction is no more than a part of it: "the bond fund, no, it is called …"."""
    scene = reading.scene
    return (
        reading.language == "en"
        and scene.spots[index].points is Points.IT
        and any(hit.cue.says == "correction" and hit.end <= scene.places[index] for hit in scene.frames)
    )


def without_idle_questions(reading: Reading, stances: list[Stance]) -> list[Stance]:
    """The stances without the interest of a question that only goes on comparing: "what would you do it for?"."""
    compared = {one.ref: one.place for one in stances if one.kind is SignalKind.COMPARISON}
    return [
        one
        for one in stances
        if one.kind is not SignalKind.INTEREST
        or one.rule not in _ASKING
        or one.place < compared.get(one.ref, one.place + 1)
        or not reading.scene.framed("question", reading.scene.sentence(one.place))
    ]


_ASKING = frozenset({"want", "wish-idiom", "sounds-good", "agrees-idiom", "asked"})


def repeats_wrong_name(reading: Reading, place: int) -> bool:
    """Whether the "not the fund" at ``place`` only takes the name right before it back: "the fund, not the fund"."""
    scene = reading.scene
    if reading.language != "en":
        return False
    before = [i for i, at in enumerate(scene.places) if at < place]
    after = [i for i, at in enumerate(scene.places) if at >= place]
    if not before or not after or scene.spots[before[-1]].points is not Points.NAME:
        return False
    gap = scene.line.text[scene.places[before[-1]] + 1 : place].strip(" ,.?")
    return gap in ("", "no") and reading.meant[before[-1]] == reading.meant[after[0]]
