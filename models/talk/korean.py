"""What only Korean needs in the reading of needs. Pure."""

from __future__ import annotations

from models.talk.context import Context
from models.talk.scope import Scene

_CLOSE = 3
"""How far after a need the words may begin that put it into the past."""

Need = tuple[str, int, int]
"""A need's code, and where it is told in the plain line."""


_PARTS = (("travel", "study"), ("study", "child"), ("child", "family_protection"))
"""Needs that are but part of another where both are told."""


def outermost(needs: list[Need]) -> list[Need]:
    """The needs without those told inside another ("our child's tuition" speaks of the child, not of studies too),
    and without those that are but part of another."""
    codes = {code for code, _, _ in needs}
    gone = {less for less, more in _PARTS if more in codes}
    kept = [one for one in needs if one[0] not in gone]
    return [one for one in kept if not any(_holds(other, one) for other in kept)]


def _holds(outer: Need, inner: Need) -> bool:
    return outer[1] <= inner[1] and inner[2] <= outer[2] and outer[2] - outer[1] > inner[2] - inner[1]


def takes_up(context: Context, scene: Scene, cue: str) -> bool:
    """Whether a wish, or what one has, is told of the offer before it, without its name: "then put one in for me"."""
    if cue not in _OF_THE_OFFER or context.asked != "offer" or not context.offered:
        return False
    return not any(spot.ref for spot in scene.spots) and not any(hit.cue.says == "no" for hit in scene.frames)


_OF_THE_OFFER = frozenset({"will", "want", "wants-too", "took"})


def long_ago(scene: Scene, start: int, end: int, until: int) -> bool:
    """Whether a need is long past, or another's by hearsay: "since the child was born", "has bought one, they say".

    ``start`` and ``end`` lie in what was said, ``until`` is where the need's clause ends in the line.
    """
    for hit in scene.frames:
        at = scene.line.starts[hit.start]
        if hit.cue.says == "past" and end - 1 <= at <= end + _CLOSE:
            return True
        if hit.cue.says == "told" and start <= at and hit.start < until:
            return not scene.framed("help", (0, len(scene.line.text)))
    return False
