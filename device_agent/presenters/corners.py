"""The settings and what stands behind them: language, branch, hand-over, code, about (W-02, W-07)."""

from contracts.fields import Language
from contracts.visits import TaskState
from device_agent.core.acts import Act, WristState
from device_agent.core.lock import PIN_DIGITS
from device_agent.core.preferences import Preferences, Strength
from device_agent.presenters.catalogue import Catalogue
from device_agent.presenters.face import open_tasks
from device_agent.presenters.pages import Block, Button, Choice, Emblem, Mark, Pad, Page, Row, Sign, Tone, Words
from device_agent.presenters.routes import (
    Corner,
    Flip,
    Go,
    GoBack,
    HandOver,
    LeaveBranch,
    LockNow,
    PickBranch,
    PickLanguage,
    RemovePin,
    ShowCorner,
    ShowFace,
    ShowPin,
    Switch,
    Tap,
)

LANGUAGE_NAMES = {Language.EN: "English", Language.ZH: "中文", Language.KO: "한국어"}
"""Each language in its own words, whatever is shown now."""

TO_SETTINGS = Go(ShowCorner(Corner.SETTINGS))


def settings_page(state: WristState, texts: Catalogue) -> Page:
    """All settings of this wrist."""
    chosen = state.preferences
    branch = state.binding.title if state.binding else ""
    strength = texts.say("strength", name=chosen.vibration.value)
    blocks: list[Block] = [
        _switch(Switch.QUIET, chosen.quiet, texts),
        Words(texts.say("settings_alerts"), quiet=True),
        Row(
            "vibration",
            texts.say("switch", name="vibration"),
            "",
            strength,
            Tone.CALM if chosen.vibration is Strength.OFF else Tone.ACCENT,
            False,
            Flip(Switch.VIBRATION),
        ),
        _switch(Switch.RING, chosen.ring, texts),
        _switch(Switch.VOICE, chosen.voice, texts),
        Words(texts.say("settings_display"), quiet=True),
        _switch(Switch.LARGE_TEXT, chosen.large_text, texts),
        _switch(Switch.LEFT_HANDED, chosen.left_handed, texts),
        _leads(
            "languages",
            texts.say("language_title"),
            LANGUAGE_NAMES[texts.language],
            Go(ShowCorner(Corner.LANGUAGES)),
        ),
        Words(texts.say("settings_shift"), quiet=True),
        _leads("branches", texts.say("branch"), branch, Go(ShowCorner(Corner.BRANCHES))),
        _leads("hand_over", texts.say("hand_over_title"), "", Go(ShowCorner(Corner.HAND_OVER)), Sign.SWAP),
        _leads("pin", texts.say("pin_change" if state.lock.has_pin else "pin_set"), "", Go(ShowPin()), Sign.LOCK),
    ]
    if state.lock.has_pin:
        blocks.append(_leads("lock", texts.say("lock_now"), "", LockNow(), Sign.LOCK))
        blocks.append(_leads("pin_remove", texts.say("pin_remove"), "", RemovePin(), Sign.CROSS))
    blocks.append(_leads("about", texts.say("about_title"), "", Go(ShowCorner(Corner.ABOUT)), Sign.MORE))
    return Page("settings", "", texts.say("settings_title"), tuple(blocks), (), Go(ShowFace()))


def _switch(switch: Switch, on: bool, texts: Catalogue) -> Row:
    value = texts.say("on") if on else texts.say("off")
    tone = Tone.ACCENT if on else Tone.CALM
    return Row(switch.value, texts.say("switch", name=switch.value), "", value, tone, False, Flip(switch))


def _leads(name: str, title: str, value: str, tap: Tap, sign: Sign | None = None) -> Row:
    return Row(name, title, value, "", Tone.CALM, False, tap, sign=sign, shortened=False)


def language_page(preferences: Preferences, texts: Catalogue, *, starting: bool) -> Page:
    """The languages by their own names."""
    blocks = tuple(
        Choice(
            language.value,
            name,
            Tone.ACCENT if not starting and language is texts.language else Tone.CALM,
            PickLanguage(language),
            Sign.CHECK if not starting and language is preferences.language else None,
        )
        for language, name in LANGUAGE_NAMES.items()
    )
    title = texts.say("start_title") if starting else texts.say("language_title")
    return Page("start" if starting else "languages", "", title, blocks, (), None if starting else TO_SETTINGS)


def branch_page(state: WristState, texts: Catalogue, *, link: Mark, starting: bool = False) -> Page:
    """The branches that the hub allows this advisor (W-02)."""
    here = state.binding.branch if state.binding else None
    blocks: list[Block] = []
    for choice in state.choices:
        bound = choice.branch == here
        tap: Tap | None = PickBranch(choice.branch)
        detail = texts.say("branch_here") if bound else ""
        if state.under_way(Act.BIND, choice.branch):
            tap, detail = None, texts.say("binding")
        blocks.append(Row(choice.branch, choice.title, detail, "", Tone.ACCENT if bound else Tone.CALM, bound, tap))
    if not blocks:
        sign = Sign.UNLINKED if not state.online else Sign.WARNING
        hint = texts.say("branch_none") if state.online else texts.say("branch_waiting")
        blocks = [Emblem(sign, Tone.CALM), Words(hint)]
    if here is not None:
        blocks.append(_leads("leave", texts.say("branch_leave"), "", LeaveBranch(), Sign.CROSS))
    return Page(
        name="branches",
        caption="",
        title=texts.say("branch_title"),
        blocks=tuple(blocks),
        buttons=(),
        back=None if starting else GoBack(),
        mark=None if state.online else link,
    )


def hand_over_page(state: WristState, texts: Catalogue) -> Page:
    """What the end of the shift means, and the word to do it."""
    count = sum(view.state is not TaskState.OFFERED for view in open_tasks(state))
    blocks = (
        Emblem(Sign.SWAP, Tone.CALM),
        Words(texts.say("hand_over_tasks", count=count) if count else texts.say("hand_over_none"), strong=True),
        Words(texts.say("hand_over_text"), quiet=True),
    )
    button = Button("hand_over", texts.say("hand_over"), Tone.ACCENT, HandOver())
    return Page("hand_over", "", texts.say("hand_over_title"), blocks, (button,), TO_SETTINGS)


def about_page(texts: Catalogue, *, version: str, font: str) -> Page:
    """What runs here, and under which licences."""
    blocks = (
        Words(texts.say("about_version", version=version), strong=True),
        Words(texts.say("about_licence"), quiet=True),
        Words(font or texts.say("about_font_missing"), quiet=True),
    )
    return Page("about", "", texts.say("about_title"), blocks, (), TO_SETTINGS)


def pin_page(route: ShowPin, texts: Catalogue) -> Page:
    """A new code, typed twice."""
    caption = texts.say("pin_again") if route.first is not None else texts.say("pin_new")
    mark = Mark(Sign.WARNING, texts.say("pin_differed"), Tone.WARN) if route.differed and not route.digits else None
    pad = Pad(len(route.digits), PIN_DIGITS)
    return Page("pin", caption, "", (pad,), (), TO_SETTINGS, mark=mark)
