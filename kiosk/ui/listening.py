"""Where everything stands on the page that listens: the words so far, large, and how loud it is. No Kivy in here."""

from kiosk.presenters.pages import ListenPage, Sign
from kiosk.ui.frame import FOOT, Frame
from kiosk.ui.parts import Levels, Mark, Panel, Place, Style, Text
from kiosk.ui.theme import GAP, LARGE, TITLE, Ink

ENOUGH = 92.0
"""The height of the button that ends it."""


def listening(frame: Frame, page: ListenPage) -> None:
    """The microphone and the bars of its level above the words; the button that ends it is where a hand reaches."""
    bottom = frame.foot(page.back, page.over)
    top = frame.lead(page.title, page.words, bottom - (FOOT if frame.across else 0), step=page.step)
    body = frame.body(top, bottom)
    if page.enough is not None:
        at = Place(body.x, body.bottom - ENOUGH, body.width, ENOUGH)
        frame.button(page.enough, at, Style.TOOL, LARGE * 1.1)
    panel_top = body.y if frame.across else top + GAP  # what is only read may stand higher than a hand reaches
    panel = Place(body.x, panel_top, body.width, body.bottom - ENOUGH - GAP - panel_top)
    frame.add(Panel("heard panel", panel, edge=Ink.EDGE if page.enough is None else Ink.ACCENT))
    side = min(84.0, panel.height * 0.24)
    y = panel.y + 22
    frame.add(Mark("microphone", Place(panel.x + 22, y, side, side), Sign.MICROPHONE, Ink.ACCENT))
    bars = Place(panel.x + 22 + side + 20, y, panel.width - side - 64, side)
    frame.add(Levels("levels", bars, page.level, page.of))
    words = Place(panel.x + 22, y + side + 14, panel.width - 44, panel.bottom - y - side - 30)
    if page.said:
        frame.add(Text("said", words, page.said, frame.size(TITLE), bold=True, valign="top"))
    else:
        frame.text("example", page.example, words, LARGE, Ink.MUTE, valign="top")
