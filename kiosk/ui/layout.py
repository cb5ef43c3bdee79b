"""Where everything on a page stands, portrait and landscape. No Kivy in here: from a page to its parts."""

from dataclasses import replace

from kiosk.presenters.pages import (
    Choice,
    ChoicePage,
    ConfirmPage,
    EntryPage,
    Hint,
    ListenPage,
    Page,
    Sign,
    TicketPage,
    Tone,
)
from kiosk.presenters.visit import ANSWER_S
from kiosk.ui.frame import FOOT, LEAD_WIDTH, LEAST, Frame, Measure
from kiosk.ui.listening import listening
from kiosk.ui.parts import Code, Countdown, Mark, Panel, Part, Picture, Place, Style, Text
from kiosk.ui.theme import GAP, LARGE, MARGIN, NUMBER, SMALL, TEXT, TITLE, Ink, Scale

ONE_LINE = 22
"""What is longer, as a sentence that was said, takes two lines in its field."""

LEFT_LINE = 44.0
"""The countdown and its words."""


def parts_of(page: Page, scale: Scale, measure: Measure) -> tuple[Part, ...]:
    """The parts of a page in the order in which they are drawn."""
    frame = Frame(scale, page.around, measure)
    frame.head(page.head)
    match page:
        case TicketPage():
            _ticket(frame, page)
        case ConfirmPage():
            _confirm(frame, page)
        case ListenPage():
            listening(frame, page)
        case EntryPage():
            _search(frame, page) if page.name == "search" else _entry(frame, page)
        case ChoicePage(name="start" | "start read"):
            _start(frame, page)
        case ChoicePage() if not page.choices:
            _notice(frame, page)
        case ChoicePage() if page.left_s is not None:
            _message(frame, page)
        case ChoicePage():
            _question(frame, page)
    frame.bar()
    return tuple(frame.parts)


def _start(frame: Frame, page: ChoicePage) -> None:
    bottom = frame.bar_top - GAP
    if frame.across:
        y = frame.flow("title", page.title, 92, LEAD_WIDTH, frame.size(TITLE * 1.1), bold=True, lines=3)
        body = frame.body(y, bottom)
        most = 150.0
    else:
        count = len(page.choices)
        high = min(112.0, (bottom - 330.0 - GAP * (count - 1)) / count)
        top = bottom - count * high - GAP * (count - 1)
        y = frame.flow(
            "title", page.title, frame.head_bottom + 14, frame.inner, frame.size(TITLE * 1.1), bold=True, lines=3
        )
        body = frame.body(top - GAP, bottom)
        most, bottom = high, top
    if page.picks is not None and bottom - y > 84:
        _picks(frame, page.picks.title, " · ".join(page.picks.titles), y + GAP, bottom - GAP)
    frame.grid(page.choices, body, most=most)


def _picks(frame: Frame, title: str, titles: str, y: float, until: float) -> None:
    """What one might ask about: two lines with a rule of the accent's colour at their left."""
    width = (LEAD_WIDTH if frame.across else frame.inner) - 18
    high = min(until - y, frame.size(66) if not frame.across else frame.size(96))
    frame.add(Countdown("picks rule", Place(MARGIN, y + 2, 4, high - 4), 1.0, Ink.ACCENT))
    label = 26.0
    frame.text("picks", title, Place(MARGIN + 18, y, width, label), SMALL * 0.9, Ink.MUTE)
    frame.text(
        "picks titles", titles, Place(MARGIN + 18, y + label, width, high - label), TEXT * 0.95, bold=True, valign="top"
    )


def _question(frame: Frame, page: ChoicePage) -> None:
    aside_in_foot = page.aside is not None and page.over is None
    if aside_in_foot:
        bottom = frame.foot(page.back, page.aside, shares=(1.0, 1.9))
    else:
        bottom = frame.foot(page.back, *page.tools, page.over)
    top = frame.lead(page.title, page.words, bottom, step=page.step)
    body = frame.body(top, bottom)
    if page.aside is not None and not aside_in_foot:
        at = Place(body.x, body.bottom - FOOT, body.width, FOOT)
        frame.button(page.aside, at, size=TEXT)
        body = Place(body.x, body.y, body.width, body.height - FOOT - GAP)
    if page.hint is not Hint.NONE:
        body = _hint(frame, page, body)
    roomy = page.columns == 2
    frame.grid(
        page.choices, body, columns=page.columns, most=132.0 if roomy else 108.0, size=TEXT * 1.1 if roomy else LARGE
    )


def _hint(frame: Frame, page: ChoicePage, body: Place) -> Place:
    """A picture and a line of what to do with one's hands; returns the room that is left."""
    least = frame.size(78.0) * len(page.choices) + GAP * len(page.choices)
    high = min(230.0, max(116.0, body.height - least))
    at = Place(body.x, body.y, body.width, high)
    frame.add(Panel("hint panel", at, edge=Ink.ACCENT))
    wide = min(high * 1.15, 190.0)
    frame.add(Picture("hint", Place(at.x + 14, at.y + 10, wide - 14, high - 20), page.hint))
    words = Place(at.x + wide + 14, at.y + 8, at.width - wide - 28, high - 16)
    frame.text("hint words", page.hint_words, words, TEXT, bold=True)
    return Place(body.x, at.bottom + GAP, body.width, body.bottom - at.bottom - GAP)


def _entry(frame: Frame, page: EntryPage) -> None:
    if frame.across:
        bottom = frame.foot(page.back, page.over)
        y = frame.lead(page.title, page.words, bottom - 150, step=page.step)
        y = _field(frame, page, Place(MARGIN, y + GAP, LEAD_WIDTH, 68))
        _message_line(frame, page, Place(MARGIN, y + 6, LEAD_WIDTH, 62))
        body = frame.body(0, 0)
        if page.enter is not None:
            frame.button(page.enter, Place(body.x, body.bottom - 76, body.width, 76), Style.TOOL)
        keys = Place(body.x, body.y, body.width, body.height - 76 - GAP)
    else:
        bottom = frame.foot(page.back, page.over, page.enter, shares=(1.0, 1.15, 1.15))
        y = frame.lead(page.title, page.words, bottom, step=page.step)
        y = _field(frame, page, Place(MARGIN, y + 10, frame.inner, 64))
        line = 60.0 if frame.large else 44.0
        _message_line(frame, page, Place(MARGIN, y + 4, frame.inner, line))
        keys = frame.body(y + line - 6, bottom)
        high = min(keys.height, 4 * 96.0 + 3 * 10)
        keys = Place(keys.x, keys.bottom - high, keys.width, high)
    _keys(frame, page, keys, LARGE * 1.15)


def _field(frame: Frame, page: EntryPage, at: Place) -> float:
    warn = page.tone is Tone.WARN
    frame.add(Panel("field panel", at, edge=Ink.WARN if warn else Ink.ACCENT))
    if len(page.shown) > ONE_LINE:
        frame.text("field", page.shown, at.inset(18, 4), TEXT, bold=True)
    elif page.shown:
        size = frame.size(TITLE * 0.95)
        frame.add(Text("field", at.inset(18, 6), page.shown, size, bold=True, single=True))
    elif page.name == "search":
        frame.text("field", page.words, at.inset(18, 4), SMALL, Ink.MUTE)
    return at.bottom


def _message_line(frame: Frame, page: EntryPage, at: Place) -> None:
    ink = Ink.WARN if page.tone is Tone.WARN else Ink.ACCENT if page.tone is Tone.ACCENT else Ink.MUTE
    if page.message and page.tone is Tone.WARN:
        frame.add(Mark("message sign", Place(at.x, at.y + (at.height - 26) / 2, 26, 26), Sign.WARNING, ink))
        at = Place(at.x + 36, at.y, at.width - 36, at.height)
    frame.text("message", page.message, at, SMALL, ink)


def _keys(frame: Frame, page: EntryPage, at: Place, size: float) -> None:
    gap = 10.0 if len(page.keys[0]) <= 3 else 7.0
    high = (at.height - gap * (len(page.keys) - 1)) / len(page.keys)
    for down, row in enumerate(page.keys):
        wide = (at.width - gap * (len(row) - 1)) / len(row)
        for along, choice in enumerate(row):
            place = Place(at.x + along * (wide + gap), at.y + down * (high + gap), wide, high)
            frame.button(choice, place, Style.KEY, size)


def _search(frame: Frame, page: EntryPage) -> None:
    bottom = frame.foot(page.back, page.over)
    y = frame.lead(page.title, "", bottom, step=page.step, size=LARGE * 1.1)
    width = LEAD_WIDTH if frame.across else frame.inner
    side = 64.0
    voice = side + GAP if page.listen is not None else 0.0
    y = max(y + 10, frame.reachable_from)
    at = Place(MARGIN, y, width - voice, side)
    if page.listen is not None:
        frame.button(page.listen, Place(at.right + GAP, at.y, side, side), Style.BAR, 13)
    y = _field(frame, page, at) + 10
    if frame.across:
        rest = Place(MARGIN, y, width, bottom - y - 4)
        keys = frame.body(0, 0)
    else:
        # On a short screen what fits stands in one row: no key is lower than ``LEAST``.
        short = bottom - y - 2 * 66.0 - 8 < 4 * LEAST + 3 * 7
        rest = Place(MARGIN, y, width, 58.0 if short else 2 * 58.0 + 8)
        keys = frame.body(rest.bottom - GAP + 8, bottom)
    if page.message:
        _message_line(frame, page, Place(rest.x, rest.y, rest.width, 58.0))
    _results(frame, page.choices, rest)
    _keys(frame, page, keys, LARGE)


def _results(frame: Frame, choices: tuple[Choice, ...], at: Place) -> None:
    """The best in full width, two more beside each other; all in one row where there is room for no more."""
    high = 58.0
    if at.height < 2 * high:
        frame.grid(choices, at, columns=max(1, len(choices)), most=high, size=SMALL)
        return
    half = (at.width - 8) / 2
    for place, choice in enumerate(choices):
        box = Place(at.x + (place - 1) * (half + 8), at.y + high + 8, half, high) if place else replace(at, height=high)
        frame.button(choice, box, size=TEXT)


def _confirm(frame: Frame, page: ConfirmPage) -> None:
    bottom = frame.foot(page.back, page.over)
    top = frame.lead(page.title, page.words, bottom, step=page.step)
    body = frame.body(top, bottom)
    take, add = 92.0, 68.0
    below = take + (GAP + add if page.add is not None else 0)
    frame.button(page.take, Place(body.x, body.bottom - below, body.width, take), size=LARGE * 1.1)
    if page.add is not None:
        frame.button(page.add, Place(body.x, body.bottom - add, body.width, add), size=TEXT)
    # What is only read may stand higher than a hand reaches.
    panel_top = body.y if frame.across else top + GAP
    panel = Place(body.x, panel_top, body.width, body.bottom - below - GAP - panel_top)
    services = len(page.services)
    row = frame.size(LARGE) * 1.5
    wanted = services * row + (0 if page.wait is None else frame.size(130) + (58 if page.wait.warning else 0)) + 34
    if not frame.across:
        panel = Place(panel.x, panel.y, panel.width, min(panel.height, wanted))
    frame.add(Panel("summary panel", panel))
    y = panel.y + 16
    row = min(row, (panel.height * (0.45 if page.wait else 0.9)) / services)
    for place, service in enumerate(page.services):
        frame.add(
            Mark(f"service sign {place}", Place(panel.x + 20, y + (row - 26) / 2, 26, 26), Sign.CHECK, Ink.ACCENT)
        )
        at = Place(panel.x + 60, y, panel.width - 80, row)
        frame.text(f"service {place}", service, at, LARGE, bold=True)
        y += row
    if page.wait is not None:
        _wait(frame, page, Place(panel.x + 20, y + 8, panel.width - 40, panel.bottom - y - 16))


def _wait(frame: Frame, page: ConfirmPage, at: Place) -> None:
    wait = page.wait
    if wait is None:
        return
    warned = min(at.height * 0.38, frame.size(52)) if wait.warning else 0.0
    label = min(frame.size(30), at.height * 0.25)
    frame.add(Mark("wait sign", Place(at.x, at.y + (label - 24) / 2, 24, 24), Sign.CLOCK, Ink.MUTE))
    frame.text("wait label", wait.label, Place(at.x + 40, at.y, at.width - 40, label), SMALL, Ink.MUTE)
    range_ = Place(at.x + 40, at.y + label, at.width - 40, at.height - label - warned)
    frame.text("wait", wait.range, range_, TITLE, bold=True, valign="top")
    if warned:
        y = at.bottom - warned
        frame.add(Mark("warning sign", Place(at.x, y + (warned - 26) / 2, 26, 26), Sign.WARNING, Ink.WARN))
        frame.text("warning", wait.warning, Place(at.x + 40, y, at.width - 40, warned), SMALL, Ink.WARN)


def _message(frame: Frame, page: ChoicePage) -> None:
    bottom = frame.bar_top - GAP
    y, side = (96.0 if frame.across else 112.0), 84.0
    width = LEAD_WIDTH if frame.across else frame.inner
    warn = page.tone is Tone.WARN
    if warn:
        frame.add(Mark("sign", Place(MARGIN, y, side, side), Sign.WARNING, Ink.WARN))
        y += side + 18
    frame.pair(page.title, page.words, Place(MARGIN, y, width, bottom - y - (0 if frame.across else 280)), TITLE * 1.1)
    high = 92.0
    if frame.across:
        body = frame.body(0, 0)
        x, wide = body.x, body.width
        line_bottom = body.bottom
        top = body.y + (body.height - LEFT_LINE - len(page.choices) * (high + GAP)) / 2
    else:
        x, wide, line_bottom = MARGIN, frame.inner, bottom
        top = bottom - LEFT_LINE - len(page.choices) * (high + GAP)
    for place, choice in enumerate(page.choices):
        frame.button(choice, Place(x, top + place * (high + GAP), wide, high))
    _left(frame, page.left, page.left_s, page.whole_s, Place(x, line_bottom - LEFT_LINE, wide, LEFT_LINE), warn=warn)


def _left(frame: Frame, words: str, left_s: int | None, whole_s: float, at: Place, *, warn: bool = False) -> None:
    frame.text("left", words, Place(at.x, at.y, at.width, 30), SMALL * 0.9, Ink.MUTE, halign="center")
    share = min(1.0, (left_s or 0) / (whole_s or ANSWER_S))
    frame.add(Countdown("countdown", Place(at.x, at.y + 33, at.width, 8), share, Ink.WARN if warn else Ink.ACCENT))


def _notice(frame: Frame, page: ChoicePage) -> None:
    """Nothing to touch: why, in every language."""
    warn = page.tone is Tone.WARN
    x = (frame.scale.width - 620) / 2 if frame.across else MARGIN
    width = 620.0 if frame.across else frame.inner
    side, y = (84.0, 60.0) if frame.across else (110.0, frame.scale.height * 0.16)
    ink = Ink.WARN if warn else Ink.MUTE
    sign = Sign.WARNING if warn else Sign.CLOCK
    frame.add(Mark("sign", Place(x + (width - side) / 2, y, side, side), sign, ink))
    y += side + 22
    y = frame.flow("title", page.title, y, width, frame.size(TITLE), bold=True, lines=3, halign="center", x=x)
    frame.flow("words", page.words, y + 10, width, frame.size(TEXT), Ink.MUTE, lines=4, halign="center", x=x)


def _ticket(frame: Frame, page: TicketPage) -> None:
    across = frame.across
    paper_width = 476.0 if across else frame.inner
    high = 366.0 if across else 312.0 if frame.scale.height < 820 else 336.0
    paper = Place(MARGIN, 84.0 if across else 76.0, paper_width, high)
    if page.head.notice and not across:
        paper = Place(paper.x, paper.y + 12, paper.width, high - 12)
    _paper(frame, page, paper)
    if across:
        x, y = paper.right + 2 * GAP, paper.y
        width, bottom = frame.scale.width - x - MARGIN, frame.scale.height - 16
    else:
        x, y, width, bottom = MARGIN, paper.bottom + 10, frame.inner, frame.bar_top - GAP
    _left(frame, page.left, page.left_s, page.whole_s, Place(x, bottom - LEFT_LINE, width, LEFT_LINE))
    done = 84.0 if across else 72.0
    bottom -= LEFT_LINE + 6 + done
    frame.button(page.done, Place(x, bottom, width, done))
    shade = Ink.WARN if page.tone is Tone.WARN else Ink.INK
    y = frame.flow("title", page.title, y, width, frame.size(LARGE), shade, bold=True, x=x, lines=2)
    room = bottom - y - 8
    words = frame.measure.height(page.words, frame.size(SMALL), width, bold=False) + 2
    words = min(words, room)
    frame.text("words", page.words, Place(x, y, width, words), SMALL, Ink.MUTE, valign="top")
    y += words + 4
    if page.paper and bottom - y >= 34:
        warned = page.paper_tone is Tone.WARN
        ink = Ink.WARN if warned else Ink.INK
        frame.add(Mark("paper sign", Place(x, y + 4, 26, 26), Sign.PRINTER, ink))
        frame.text("paper", page.paper, Place(x + 36, y, width - 36, 34), SMALL, ink, bold=True)
        y += 36
    if page.picks is not None and bottom - y >= frame.size(64):
        high = min(bottom - y - 12, frame.size(74))
        frame.add(Countdown("picks rule", Place(x, y + 4, 4, high - 6), 1.0, Ink.ACCENT))
        frame.text("picks", page.picks.title, Place(x + 16, y + 2, width - 16, 24), SMALL * 0.85, Ink.MUTE)
        titles = " · ".join(page.picks.titles)
        at = Place(x + 16, y + 26, width - 16, high - 26)
        frame.text("picks titles", titles, at, SMALL, bold=True, valign="top")


def _paper(frame: Frame, page: TicketPage, at: Place) -> None:
    """A ticket of paper: the number, and below the line to tear what belongs to it."""
    detailed = bool(page.link or page.wait)
    below = 146.0 if detailed else 74.0
    tear = at.bottom - below
    frame.add(Panel("paper panel", at, tear=tear, paper=True))
    frame.text(
        "label", page.label, Place(at.x + 20, at.y + 12, at.width - 40, 34), TEXT, Ink.PAPER_MUTE, halign="center"
    )
    own = 34.0 if detailed else 0.0
    number = Place(at.x + 20, at.y + 40, at.width - 40, tear - at.y - 48 - own)
    frame.text("number", page.number, number, NUMBER, Ink.PAPER_INK, bold=True, halign="center")
    line = " · ".join(part for part in (page.business, page.issued) if part)
    x, width, y = at.x + 22, at.width - 44, tear + 12
    business = Place(x, tear - own - 6, width, own) if detailed else Place(x, tear + 8, width, below - 16)
    frame.text("business", line, business, SMALL, Ink.PAPER_INK, halign="center")
    if not detailed:
        return
    if page.link:
        side = below - 24
        frame.add(Code("link", Place(x, y, side, side), page.link))
        x, width = x + side + 18, width - side - 18
    halign = "left" if page.link else "center"
    rows: list[tuple[str, str, float, Ink, bool]] = []
    if page.wait is not None:
        rows.append(("wait label", page.wait.label, SMALL * 0.9, Ink.PAPER_MUTE, False))
        rows.append(("wait", page.wait.range, LARGE * 0.95, Ink.PAPER_INK, True))
    if page.link_words:
        rows.append(("link words", page.link_words, SMALL * 0.9, Ink.PAPER_MUTE, False))
    natural = {name: frame.size(size) * 1.5 for name, _, size, _, _ in rows}
    room = below - 20
    shrink = min(1.0, room / sum(natural.values()))
    y += (room - shrink * sum(natural.values())) / 2
    for name, text, size, ink, bold in rows:
        high = natural[name] * shrink
        frame.text(name, text, Place(x, y - 2, width, high), size, ink, bold=bold, halign=halign)
        y += high
