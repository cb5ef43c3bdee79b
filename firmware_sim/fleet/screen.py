"""Where the windows of a demo stand on one screen: kiosk, then the wrists, captions under the wrists. Pure."""

import msgspec

KIOSK_SIZE = (480, 760)
"""What the kiosk's page is drawn for; a smaller screen gets it smaller."""

KIOSK_LEAST = 240
GAP = 16
GAP_LEAST = 6
TITLE_BAR = 36
"""What a window manager puts on top of a window."""

CAPTION_HEIGHT = 150

SHAPES: dict[str, tuple[int, int]] = {"round": (454, 454), "square": (396, 484), "band": (194, 368)}
"""Pixels of a wrist's screen by its shape; they are real and don't scale."""


class Place(msgspec.Struct, frozen=True, kw_only=True):
    """A rectangle of the screen, in pixels from its upper left."""

    left: int
    top: int
    width: int
    height: int

    @property
    def right(self) -> int:
        """The first pixel beyond."""
        return self.left + self.width

    @property
    def bottom(self) -> int:
        """The first pixel below."""
        return self.top + self.height


class Layout(msgspec.Struct, frozen=True, kw_only=True):
    """All of them: ``wrists`` by shape, ``caption`` under them."""

    width: int
    height: int
    kiosk: Place
    wrists: dict[str, Place]
    caption: Place


def arrange(width: int, height: int, *, title_bar: int = TITLE_BAR, gap: int | None = None) -> Layout:
    """Places for a screen of this size; none overlap, and from 1366 × 768 on none leaves the screen.

    ``gap`` is between the windows and at the edges; without it as much as leaves the kiosk whole, ``GAP`` at most.
    """
    wrists = sum(wide for wide, _ in SHAPES.values())
    spaces = len(SHAPES) + 2
    if gap is None:
        gap = max(GAP_LEAST, min(GAP, (width - wrists - KIOSK_SIZE[0]) // spaces))
    usable = height - title_bar - 2 * gap
    kiosk_width = min(KIOSK_SIZE[0], width - wrists - spaces * gap, usable * KIOSK_SIZE[0] // KIOSK_SIZE[1])
    kiosk_width = max(KIOSK_LEAST, kiosk_width)
    kiosk_height = kiosk_width * KIOSK_SIZE[1] // KIOSK_SIZE[0]
    tallest = max(tall for _, tall in SHAPES.values())
    caption_height = min(CAPTION_HEIGHT, max(0, usable - tallest - gap))
    block = max(kiosk_height, tallest + gap + caption_height)
    top = title_bar + gap + max(0, (usable - block) // 2)
    left = max(gap, (width - (kiosk_width + wrists + (spaces - 2) * gap)) // 2)
    kiosk = Place(left=left, top=top, width=kiosk_width, height=kiosk_height)
    places: dict[str, Place] = {}
    at = first = kiosk.right + gap
    for shape, (wide, tall) in SHAPES.items():
        places[shape] = Place(left=at, top=top + (tallest - tall) // 2, width=wide, height=tall)
        at += wide + gap
    caption = Place(left=first, top=top + tallest + gap, width=at - gap - first, height=caption_height)
    return Layout(width=width, height=height, kiosk=kiosk, wrists=places, caption=caption)
