"""What can be wrong with a screen: text that is cut, covered or faint, places too small to touch. Pure (W-07 to W-10).

Thresholds: WCAG 2.2 contrast 1.4.6 (7:1) and 1.4.3 (4.5:1), touch targets of 48 px as Wear OS asks for.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from enum import StrEnum
from functools import lru_cache
from itertools import combinations

import msgspec
import numpy as np
from numpy.typing import NDArray

from runtime.ui.contrast import Contrast, contrast, cut_out, grounds, visible_share
from runtime.ui.seen import Box, Mask, Seen, SeenTarget, SeenText

CLEAR, CLEAR_QUIET = 7.0, 4.5
ROUNDING = 0.05
"""Pixels are whole numbers: a ratio may come out this much too small."""

BEZEL = 4
"""Ink keeps this far away from the edge of a round screen."""

TARGET = 48
SIGN = (-10, 10)
"""From the middle of a target without words to the corners of the sign in it."""

WHOLE = 0.985
"""A text that has this share of its ink is whole."""

UNCOVERED = 0.9
SLACK = 1.0


class Kind(StrEnum):
    """What is wrong."""

    CLIPPED = "clipped"
    OUTSIDE_MASK = "outside_mask"
    LOW_CONTRAST = "low_contrast"
    OVERLAPPING = "overlapping"
    SMALL_TARGETS = "small_targets"
    MISSING_GLYPHS = "missing_glyphs"
    BROKEN_WORDS = "broken_words"


class Fault(msgspec.Struct, frozen=True, kw_only=True):
    """One thing that is wrong on one screen: ``what`` names it, ``detail`` says how and by how much."""

    kind: Kind
    what: str
    detail: str


Missing = Callable[[str], str]
"""The characters of a text that the font lacks."""


def faults(seen: Seen, missing: Missing) -> list[Fault]:
    """All faults of one screen."""
    found = [fault for text in seen.texts for fault in _of_text(seen, text, missing)]
    inked = [(text, text.ink.box().within(text.clip)) for text in seen.texts]
    found += [fault for one, other in combinations(inked, 2) for fault in _overlap(*one, *other)]
    found += [fault for target in seen.targets for fault in _of_target(seen, target)]
    found += [fault for one, other in combinations(seen.targets, 2) for fault in _touching(seen, one, other)]
    return found


def _of_text(seen: Seen, text: SeenText, missing: Missing) -> Iterator[Fault]:
    yield from _clipped(text)
    yield from _outside(seen, text)
    patch = cut_out(seen.frame, text.ink, text.clip)
    if patch is not None:
        behind = grounds(patch)
        share = visible_share(patch, behind, text.opacity) if text.solid else 1.0
        if share < UNCOVERED:
            detail = f"something covers it: {share:.0%} of its ink is on the screen at {text.ink.box()}"
            yield Fault(kind=Kind.CLIPPED, what=text.text, detail=detail)
        else:
            yield from _faint(text, contrast(patch, behind))
    for word in broken_words(text.text, text.rows):
        yield Fault(kind=Kind.BROKEN_WORDS, what=text.text, detail=f"a line ends within a word: {word}")
    if lacking := "".join(dict.fromkeys(missing(text.text))):
        codes = " ".join(f"U+{ord(character):04X}" for character in lacking)
        yield Fault(kind=Kind.MISSING_GLYPHS, what=text.text, detail=f"the font has no {lacking} ({codes})")


def _clipped(text: SeenText) -> Iterator[Fault]:
    def fault(detail: str) -> Fault:
        return Fault(kind=Kind.CLIPPED, what=text.text, detail=detail)

    if text.shortened:
        if not text.may_shorten:
            yield fault(f"cut with an ellipsis in {text.box.width:.0f} x {text.box.height:.0f} px")
    elif text.drawn < WHOLE * text.wanted:
        share = text.drawn / text.wanted
        yield fault(f"only {share:.0%} of it is drawn in {text.box.width:.0f} x {text.box.height:.0f} px")
    ink = text.ink.box()
    if ink.empty:
        if text.drawn >= WHOLE * text.wanted:
            yield fault("nothing of it can be seen")
        return
    if (over := ink.beyond(text.box)) > SLACK:
        yield fault(f"runs {over:.0f} px out of its box: ink {ink}, box {text.box}")
    if (over := ink.beyond(text.home)) > SLACK:
        yield fault(f"{over:.0f} px of it are out of sight: ink {ink}, can be seen {text.home}")


@lru_cache(maxsize=8)
def circle(width: int, height: int, *, inset: float) -> Mask:
    """The pixels of a round screen, ``inset`` pixels within its edge."""
    across, down = np.arange(width) + 0.5 - width / 2, np.arange(height) + 0.5 - height / 2
    inside: Mask = across[None, :] ** 2 + down[:, None] ** 2 <= (width / 2 - inset) ** 2
    return inside


def broken_words(text: str, rows: tuple[str, ...]) -> Iterator[str]:
    """Words in Latin letters or digits that go on in the next line; Chinese may break anywhere."""
    at = 0
    for row in (row.strip() for row in rows):
        start = text.find(row, at)
        if start < 0:
            return
        at = start + len(row)
        before, after = text[at - 1 : at], text[at : at + 1]
        if before.isalnum() and after.isalnum() and max(before, after) < "\u0370":
            head = text[:at].split()[-1]
            yield f"{head}|{text[at:].split()[0]}"


def _outside(seen: Seen, text: SeenText) -> Iterator[Fault]:
    if not seen.round:
        return
    height, width = seen.frame.shape[:2]
    shown = _on_screen(text.ink.paint[:, :, 3] >= 64, text.ink.left, text.ink.top, text.clip, width, height)
    lost = int((shown & ~circle(width, height, inset=BEZEL)).sum())
    if lost:
        share = lost / int(shown.sum())
        yield Fault(
            kind=Kind.OUTSIDE_MASK,
            what=text.text,
            detail=f"{lost} pixels of ink ({share:.0%}) lie beyond the round edge; ink {text.ink.box()}",
        )


def _faint(text: SeenText, found: Contrast | None) -> Iterator[Fault]:
    least = CLEAR_QUIET if text.quiet else CLEAR
    if found is not None and found.ratio < least - ROUNDING:
        yield Fault(
            kind=Kind.LOW_CONTRAST,
            what=text.text,
            detail=f"{found.ratio:.2f}:1, at least {least}:1; ink {_code(found.ink)} on {_code(found.ground)}",
        )


def _overlap(one: SeenText, its_ink: Box, other: SeenText, other_ink: Box) -> Iterator[Fault]:
    both = its_ink.within(other_ink)
    if not _nested(one.line, other.line) and both.width > SLACK and both.height > SLACK:
        yield Fault(
            kind=Kind.OVERLAPPING,
            what=f"{one.text} / {other.text}",
            detail=f"both have ink at {both} ({both.width:.0f} x {both.height:.0f} px)",
        )


def _of_target(seen: Seen, target: SeenTarget) -> Iterator[Fault]:
    height, width = seen.frame.shape[:2]
    reach = target.touch
    if not target.scrolls:
        left, top = round(target.box.left), round(target.box.top)
        reach = _on_screen(reach, left, top, Box(0, 0, width, height), width, height)
        if seen.round:
            reach = reach & circle(width, height, inset=0)
    if not _has_square(reach, TARGET):
        rows, columns = np.nonzero(reach)
        size = f"{np.ptp(columns) + 1} x {np.ptp(rows) + 1} px" if rows.size else "nothing"
        yield Fault(
            kind=Kind.SMALL_TARGETS,
            what=target.name,
            detail=f"{size} can be touched at {target.box}; at least {TARGET} x {TARGET} px",
        )
    if seen.round and not target.worded and not target.scrolls:
        yield from _sign_outside(seen, target)


def _sign_outside(seen: Seen, target: SeenTarget) -> Iterator[Fault]:
    """A target without words has its sign in the middle."""
    height, width = seen.frame.shape[:2]
    x, y = (target.box.left + target.box.right) / 2, (target.box.top + target.box.bottom) / 2
    reach = max(np.hypot(x + across - width / 2, y + along - height / 2) for across in SIGN for along in SIGN)
    if (over := float(reach) - (width / 2 - BEZEL)) > 0:
        detail = f"the sign in the middle of {target.box} lies {over:.0f} px beyond the round edge"
        yield Fault(kind=Kind.OUTSIDE_MASK, what=target.name, detail=detail)


def _touching(seen: Seen, one: SeenTarget, other: SeenTarget) -> Iterator[Fault]:
    if _nested(one.line, other.line):
        return
    height, width = seen.frame.shape[:2]
    both = one.box.within(one.clip).within(other.box.within(other.clip))
    if both.width <= SLACK or both.height <= SLACK:
        return
    first, second = (
        _on_screen(each.touch, round(each.box.left), round(each.box.top), each.clip, width, height)
        for each in (one, other)
    )
    rows, columns = np.nonzero(first & second)
    if rows.size and np.ptp(rows) >= SLACK and np.ptp(columns) >= SLACK:
        yield Fault(
            kind=Kind.SMALL_TARGETS,
            what=f"{one.name} / {other.name}",
            detail=f"both take a touch at {both} ({np.ptp(columns) + 1} x {np.ptp(rows) + 1} px)",
        )


def _on_screen(mask: Mask, left: int, top: int, clip: Box, width: int, height: int) -> Mask:
    """A mask of a part as a mask of the whole screen, as far as it lies in ``clip``."""
    whole = np.zeros((height, width), np.bool_)
    area = Box(left, top, left + mask.shape[1], top + mask.shape[0]).within(clip).within(Box(0, 0, width, height))
    if area.empty:
        return whole
    x, y, right, bottom = (round(value) for value in (area.left, area.top, area.right, area.bottom))
    whole[y:bottom, x:right] = mask[y - top : bottom - top, x - left : right - left]
    return whole


def _has_square(mask: Mask, side: int) -> bool:
    """Whether a square of this side fits into the mask: in the middle, or else counted by a summed-area table."""
    rows, columns = np.flatnonzero(mask.any(1)), np.flatnonzero(mask.any(0))
    if min(rows.size, columns.size) < side:
        return False
    part = mask[rows[0] : rows[-1] + 1, columns[0] : columns[-1] + 1]
    top, left = (part.shape[0] - side) // 2, (part.shape[1] - side) // 2
    if part[top : top + side, left : left + side].all():
        return True
    sums: NDArray[np.int64] = np.pad(part, ((1, 0), (1, 0))).astype(np.int64).cumsum(0).cumsum(1)
    full = sums[side:, side:] - sums[:-side, side:] - sums[side:, :-side] + sums[:-side, :-side]
    return bool((full == side * side).any())


def _nested(one: tuple[int, ...], other: tuple[int, ...]) -> bool:
    shorter = min(len(one), len(other))
    return one[:shorter] == other[:shorter]


def _code(colour: tuple[int, int, int]) -> str:
    return "#{:02X}{:02X}{:02X}".format(*colour)
