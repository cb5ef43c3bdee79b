"""Each check finds its planted fault, and nothing in a good screen."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from runtime.ui.checks import Kind, broken_words, faults
from runtime.ui.seen import Box, Ink, Mask, Picture, Seen, SeenTarget, SeenText

SIDE = 300
SCREEN = Box(0, 0, SIDE, SIDE)
WHITE = (255, 255, 255)


def missing(text: str) -> str:
    """A font without this one character."""
    return "".join(character for character in text if character == "龘")


def bars(width: int = 60, height: int = 20, colour: tuple[int, int, int] = WHITE) -> Picture:
    """Ink that looks a bit like writing, and reaches the edges of its box."""
    paint = np.zeros((height, width, 4), np.uint8)
    paint[:, :, :3] = colour
    paint[:, ::4, 3] = paint[:, 1::4, 3] = 255
    paint[:, -1, 3] = 255
    return paint


def text(left: int, top: int, name: str = "Wang", number: int = 1, paint: Picture | None = None) -> SeenText:
    """A text with a box of 4 pixels around its ink."""
    ink = Ink(left, top, bars() if paint is None else paint)
    around = ink.box()
    box = Box(around.left - 4, around.top - 4, around.right + 4, around.bottom + 4)
    return SeenText(name, (0, number), box, SCREEN, SCREEN, ink, wanted=100.0, drawn=100.0)


def target(left: int, top: int, width: int, height: int, name: str = "Take", number: int = 9) -> SeenTarget:
    """A button with a text of its own."""
    touch: Mask = np.ones((height, width), np.bool_)
    box = Box(left, top, left + width, top + height)
    return SeenTarget(name, (0, number), box, SCREEN, touch, worded=True)


def screen(*things: SeenText | SeenTarget, on_round: bool = False) -> Seen:
    """A black frame with the ink of all texts."""
    frame = np.zeros((SIDE, SIDE, 3), np.uint8)
    for thing in things:
        if isinstance(thing, SeenText):
            ink = thing.ink
            for row, column in np.argwhere(ink.paint[:, :, 3] > 0):
                y, x = ink.top + row, ink.left + column
                if 0 <= y < SIDE and 0 <= x < SIDE:
                    frame[y, x] = ink.paint[row, column, :3]
    texts = tuple(thing for thing in things if isinstance(thing, SeenText))
    targets = tuple(thing for thing in things if isinstance(thing, SeenTarget))
    return Seen(frame=frame, round=on_round, texts=texts, targets=targets)


def kinds(seen: Seen) -> list[Kind]:
    return [fault.kind for fault in faults(seen, missing)]


def test_a_good_screen_has_no_fault() -> None:
    good = screen(text(100, 60), text(100, 120, number=2), target(90, 180, 48, 48), on_round=True)
    assert faults(good, missing) == []


def test_an_ellipsis_is_a_cut_unless_it_is_allowed() -> None:
    cut = replace(text(100, 100, "A017 · Loans"), shortened=True, drawn=60.0)
    found = faults(screen(cut), missing)
    assert [fault.kind for fault in found] == [Kind.CLIPPED]
    assert found[0].what == "A017 · Loans"
    assert "ellipsis" in found[0].detail
    assert kinds(screen(replace(cut, may_shorten=True))) == []


def test_lost_lines_are_a_cut() -> None:
    found = faults(screen(replace(text(100, 100), drawn=55.0)), missing)
    assert [fault.kind for fault in found] == [Kind.CLIPPED]
    assert "55%" in found[0].detail


def test_ink_that_runs_out_of_its_box_is_a_cut() -> None:
    one = text(100, 100)
    small = replace(one, box=Box(100, 100, 150, 120))
    found = faults(screen(small), missing)
    assert [fault.kind for fault in found] == [Kind.CLIPPED]
    assert "10 px out of its box" in found[0].detail


def test_text_beyond_the_screen_is_a_cut() -> None:
    found = faults(screen(text(270, 100)), missing)
    assert [fault.kind for fault in found] == [Kind.CLIPPED]
    assert "out of sight" in found[0].detail


def test_text_that_can_be_scrolled_into_sight_is_no_cut() -> None:
    view, content = Box(0, 100, SIDE, 200), Box(0, 100, SIDE, 420)
    half, below = text(100, 190), text(100, 380, number=2)
    seen = [replace(each, clip=view, home=content) for each in (half, below)]
    drawn = screen(*seen)
    drawn.frame[200:] = 0
    assert faults(drawn, missing) == []
    lost = replace(seen[1], home=view)
    assert [fault.kind for fault in faults(screen(lost), missing)] == [Kind.CLIPPED]


def test_text_under_a_footer_is_a_cut() -> None:
    covered = screen(text(100, 150))
    covered.frame[160:] = (40, 50, 60)
    found = faults(covered, missing)
    assert found[0].kind is Kind.CLIPPED
    assert "covers" in found[0].detail


def test_text_that_was_never_drawn_is_a_cut() -> None:
    unseen = text(100, 100, paint=np.zeros((20, 60, 4), np.uint8))
    assert kinds(screen(unseen)) == [Kind.CLIPPED]


@pytest.mark.req("W-09")
def test_ink_near_the_round_edge_is_outside_but_an_empty_corner_is_not() -> None:
    corner = text(30, 40)
    found = faults(screen(corner, on_round=True), missing)
    assert [fault.kind for fault in found] == [Kind.OUTSIDE_MASK]
    assert kinds(screen(corner)) == []
    blank = bars(120, 20)
    blank[:, :90, 3] = 0
    assert kinds(screen(text(30, 60, paint=blank), on_round=True)) == []


def test_a_sign_without_words_is_outside_by_its_middle() -> None:
    back = replace(target(0, 126, 56, 48, "Back"), worded=False)
    assert kinds(screen(back, on_round=True)) == []
    corner = replace(target(16, 16, 60, 60, "Back"), worded=False)
    assert Kind.OUTSIDE_MASK in kinds(screen(corner, on_round=True))
    assert Kind.OUTSIDE_MASK not in kinds(screen(replace(corner, scrolls=True), on_round=True))


@pytest.mark.parametrize(("grey", "quiet", "faulty"), [(95, False, True), (130, False, True), (130, True, False)])
def test_grey_on_black(grey: int, quiet: bool, faulty: bool) -> None:
    faint = replace(text(100, 100, paint=bars(colour=(grey, grey, grey))), quiet=quiet)
    assert kinds(screen(faint)) == ([Kind.LOW_CONTRAST] if faulty else [])


def test_texts_whose_ink_meets_overlap_but_their_boxes_may() -> None:
    assert kinds(screen(text(100, 100), text(140, 112, "Ming", 2))) == [Kind.OVERLAPPING]
    assert kinds(screen(text(100, 100), text(100, 122, "Ming", 2))) == []


def test_a_text_within_another_widget_of_its_own_line_is_no_overlap() -> None:
    inner = replace(text(104, 100, "Ming"), line=(0, 1, 0))
    assert Kind.OVERLAPPING not in kinds(screen(text(100, 100), inner))


@pytest.mark.parametrize(("width", "height", "faulty"), [(48, 48, False), (30, 30, True), (200, 47, True)])
def test_the_size_of_a_target(width: int, height: int, faulty: bool) -> None:
    found = faults(screen(target(50, 50, width, height)), missing)
    assert [fault.kind for fault in found] == ([Kind.SMALL_TARGETS] if faulty else [])
    if faulty:
        assert f"{width} x {height} px" in found[0].detail


@pytest.mark.parametrize(("left", "side", "faulty"), [(2, 48, False), (2, 47, True), (70, 48, False)])
def test_of_a_target_that_is_covered_in_part_a_corner_may_be_enough(left: int, side: int, faulty: bool) -> None:
    whole = target(50, 50, 120, 120)
    touch: Mask = np.zeros((120, 120), np.bool_)
    touch[60, :] = touch[:, 60] = True  # as wide and high as it was, and nothing in the middle
    touch[2 : 2 + side, left : left + side] = True
    found = kinds(screen(replace(whole, touch=touch)))
    assert found == ([Kind.SMALL_TARGETS] if faulty else [])


def test_what_lies_beyond_the_round_edge_can_not_be_touched() -> None:
    edge = target(0, 120, 52, 60)
    assert kinds(screen(edge)) == []
    corner = target(20, 20, 60, 60)
    assert kinds(screen(corner, on_round=True)) == [Kind.SMALL_TARGETS]


def test_two_targets_must_not_share_pixels_unless_one_holds_the_other() -> None:
    first, second = target(50, 50, 60, 60), target(100, 80, 60, 60, "Pass", 10)
    found = faults(screen(first, second), missing)
    assert [fault.kind for fault in found] == [Kind.SMALL_TARGETS]
    assert found[0].what == "Take / Pass"
    assert kinds(screen(first, replace(second, line=(0, 9, 0)))) == []
    assert kinds(screen(first, replace(second, clip=Box(0, 110, SIDE, SIDE)))) == []


def test_characters_that_the_font_lacks_are_named() -> None:
    found = faults(screen(text(100, 100, "龘先生龘")), missing)
    assert [fault.kind for fault in found] == [Kind.MISSING_GLYPHS]
    assert "U+9F98" in found[0].detail


@pytest.mark.parametrize(
    ("whole", "rows", "broken"),
    [
        ("Ticket A017 waits", ("Ticket A0", "17 waits"), ["A0|17"]),
        ("Home contents insurance", ("Home contents", "insurance"), []),
        ("家庭财产综合保险", ("家庭财产", "综合保险"), []),
        ("Take-away", ("Take-", "away"), []),
        ("one\ntwo", ("one", "two"), []),
    ],
)
def test_words_broken_at_the_end_of_a_line(whole: str, rows: tuple[str, ...], broken: list[str]) -> None:
    assert list(broken_words(whole, rows)) == broken
