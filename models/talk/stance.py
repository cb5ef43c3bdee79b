"""What a person holds of each thing by the end of an utterance: corrections, later words over earlier ones. Pure."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace

from models.talk.lexicon import Ref
from models.talk.signals import SignalKind

_WISHES = frozenset({"wish-idiom", "named-wanted", "want-though"})
"""The wishes that a price alone doesn't end: "I'd take the card, but the fee hurts"."""

_VIEWS = frozenset({SignalKind.INTEREST, SignalKind.REFUSAL, SignalKind.HESITATION})


@dataclass(frozen=True, slots=True)
class Stance:
    """A view of ``ref`` shown at ``place`` of the plain line. ``kind`` None: taken back. ``weak``: a plain refusal
    outweighs it. ``spans``: the evidence in what was said. ``answer``: a yes or no rather than words of its own."""

    kind: SignalKind | None
    ref: Ref
    place: int
    spans: tuple[tuple[int, int], ...]
    rule: str
    sure: float = 1.0
    weak: bool = False
    answer: bool = False


def final(stances: Iterable[Stance]) -> tuple[Stance, ...]:
    """The stances that stand at the end, in order of place: of one thing the later view replaces the earlier."""
    standing: list[Stance] = []
    for stance in sorted(stances, key=lambda one: one.place):
        others = [one for one in standing if one.ref != stance.ref]
        same = [one for one in standing if one.ref == stance.ref]
        standing = [*others, *_after(same, stance)]
    return tuple(sorted((one for one in standing if one.kind is not None), key=lambda one: one.place))


def _after(same: list[Stance], new: Stance) -> list[Stance]:
    kinds = {one.kind for one in same}
    match new.kind:
        case None:
            return same or [new]
        case SignalKind.NEED:
            return [one for one in same if one.kind is not SignalKind.NEED] + [new]
        case SignalKind.HESITATION if new.weak and kinds & {SignalKind.REFUSAL, SignalKind.PRICE, SignalKind.HELD}:
            return same
        case SignalKind.INTEREST if new.weak and kinds - {None, SignalKind.NEED}:
            return same
        case SignalKind.COMPARISON:
            return [one for one in same if one.kind not in (SignalKind.INTEREST, SignalKind.COMPARISON)] + [new]
        case SignalKind.HELD:
            kept = [one for one in same if one.kind is SignalKind.REFUSAL and not one.answer]
            return [*kept, new]
        case SignalKind.PRICE:
            kept = [one for one in same if one.kind in (SignalKind.REFUSAL, SignalKind.HELD) and not one.answer]
            kept += [one for one in same if one.kind is SignalKind.INTEREST and one.rule in _WISHES and not one.weak]
            return [*kept, new]
        case SignalKind.REFUSAL:
            return [one for one in same if one.kind in (SignalKind.PRICE, SignalKind.HELD)] + [new]
        case SignalKind.INTEREST | SignalKind.HESITATION:
            return [new]


def corrected(stances: list[Stance], at: int, unclaimed: list[tuple[Ref, int, tuple[int, int]]]) -> list[Stance]:
    """The stances once the speaker took back, at the place ``at``, what came right before it.

    ``unclaimed``: names after ``at`` without a view of their own: they take over the last one.
    """
    before = [one for one in stances if one.place < at and one.kind is not SignalKind.NEED]
    after = [one for one in stances if one.place >= at]
    if not before:
        return stances
    last = max(before, key=lambda one: one.place)
    same_cue = [one for one in before if one.rule == last.rule and (one.place == last.place or one.ref == last.ref)]
    others = [one for one in stances if one not in same_cue]
    if unclaimed:
        new = [replace(last, ref=ref, place=place, spans=(*last.spans[:1], span)) for ref, place, span in unclaimed[:2]]
        return [*others, *new]
    return others if after else [*others, replace(last, kind=None)]
