"""Where a tap and a turn lead: they call the agent and choose the next page."""

from typing import assert_never

import msgspec

from contracts.visits import TapAbout, TaskState
from device_agent.core import form as forms
from device_agent.core.acts import DeclineCode, Declined
from device_agent.core.form import FormMove, FormStep
from device_agent.core.lock import PIN_DIGITS
from device_agent.core.preferences import Preferences, Strength
from device_agent.presenters.desk import Desk
from device_agent.presenters.routes import (
    AnswerQuestion,
    Begin,
    Corner,
    EndCall,
    EndTalk,
    Feel,
    Flip,
    Go,
    GoBack,
    HandOver,
    Know,
    Leaf,
    LeaveBranch,
    LockNow,
    MoveForm,
    PassOn,
    PauseHearing,
    PickBranch,
    PickLanguage,
    PressKey,
    PutAway,
    ReadAloud,
    RemovePin,
    Say,
    SendForm,
    ShowCorner,
    ShowFace,
    ShowForm,
    ShowList,
    ShowPin,
    ShowTask,
    Switch,
    Take,
    Tap,
    TapStance,
    Tick,
    Turn,
    Understood,
    Unlock,
    Unveil,
)

TAKE_BACK = "<"
"""The key of the pad that takes the last digit back."""

SELF_EVIDENT = frozenset({DeclineCode.UNDER_WAY, DeclineCode.NO_SUCH_TASK})
"""Why the wrist declines that the page shows already."""

_STRENGTHS = tuple(Strength)
_LEAVES = tuple(Leaf)


def tap(desk: Desk, given: Tap) -> None:
    """Do what the tap says; what the agent declines leaves the page as it is."""
    acts = desk.acts
    if desk.reading and not (isinstance(given, ReadAloud) and given.text == desk.reading):
        _read(desk, "")
    match given:
        case Go(to):
            desk.route = to
        case GoBack():
            desk.route = ShowFace()
        case Take(task):
            _taken(desk, acts.claim(task))
            desk.route = ShowTask(task)
        case PassOn(task):
            if _taken(desk, acts.pass_task(task)):
                desk.route = ShowList() if acts.state.book.tasks else ShowFace()
        case EndCall(task):
            acts.end_call(task)
        case Feel():
            acts.notice_call()
        case Begin(task, consent):
            _taken(desk, acts.start_talk(task, consent))
            desk.route = ShowTask(task)
        case PauseHearing(paused):
            acts.pause_hearing(paused)
        case TapStance(product, stance):
            _taken(desk, acts.signal(product, stance))
        case AnswerQuestion(about, subject, stance):
            _taken(desk, acts.signal(subject, stance, TapAbout(about.value)))
        case PutAway(message):
            acts.dismiss_notice(message)
        case Know(trouble):
            desk.know(trouble)
        case Unveil():
            pass  # the touch alone has done it
        case ReadAloud(text):
            _read(desk, "" if text == desk.reading else text)
        case Understood():
            desk.declined = None
        case EndTalk() | Say() | MoveForm() | Tick() | SendForm():
            _tap_form(desk, given)
        case PickBranch() | LeaveBranch() | PickLanguage() | Flip() | HandOver():
            _tap_settings(desk, given)
        case LockNow() | RemovePin() | PressKey() | Unlock():
            _tap_lock(desk, given)
        case _:
            assert_never(given)


def _taken(desk: Desk, result: str | Declined) -> bool:
    """Whether the agent took it; if not, the advisor is told, unless the page tells already."""
    if isinstance(result, Declined):
        if result.code not in SELF_EVIDENT:
            desk.declined = result.code
        return False
    return True


def _read(desk: Desk, text: str) -> None:
    """Say this; nothing stops what is being said."""
    desk.reading = text
    if text:
        desk.acts.read_aloud(text)
    else:
        desk.acts.hush()


def _tap_form(desk: Desk, given: EndTalk | Say | MoveForm | Tick | SendForm) -> None:
    acts = desk.acts
    if isinstance(given, EndTalk):
        view = acts.state.book.tasks.get(given.task)
        if view is not None:
            session = acts.state.session
            if session is not None and session.task == given.task:
                form = forms.begin(view, session.stances, heard=session.heard, wanted=session.wanted)
            else:
                form = forms.begin(view)
            desk.route = ShowForm(form)
        return
    if not isinstance(desk.route, ShowForm):
        if isinstance(given, Say) and given.text.strip():
            _taken(desk, acts.say(given.text))
        return
    form = desk.route.form
    match given:
        case Say(text):
            desk.route = ShowForm(forms.with_note(form, text.strip()))
        case MoveForm(by):
            if by is FormMove.BACK and form.step is FormStep.OUTCOME:
                desk.route = ShowTask(form.task_id)
            else:
                desk.route = ShowForm(forms.move(form, by))
        case Tick(code):
            on_products = form.step is FormStep.PRODUCTS
            desk.route = ShowForm(forms.take_product(form, code) if on_products else forms.tick_preference(form, code))
        case SendForm():
            message = form.message()
            if message is not None and _taken(desk, acts.give_feedback(message)):
                desk.route = ShowList()


def _tap_settings(desk: Desk, given: PickBranch | LeaveBranch | PickLanguage | Flip | HandOver) -> None:
    acts = desk.acts
    chosen = acts.state.preferences
    match given:
        case PickBranch(branch):
            _taken(desk, acts.bind(branch))
            if not chosen.begun:
                acts.change(msgspec.structs.replace(chosen, begun=True))
            desk.route = ShowFace()
        case LeaveBranch():
            _taken(desk, acts.unbind())
            desk.route = ShowFace()
        case PickLanguage(language):
            acts.change(msgspec.structs.replace(chosen, language=language))
            if not desk.starting(acts.state):
                desk.route = ShowCorner(Corner.SETTINGS)
        case Flip(switch):
            acts.change(flipped(chosen, switch))
        case HandOver():
            if _taken(desk, acts.hand_over()):
                desk.forget()
                desk.route = ShowFace()


def flipped(chosen: Preferences, switch: Switch) -> Preferences:
    """The settings with this one a step further."""
    match switch:
        case Switch.VIBRATION:
            after = _STRENGTHS[(_STRENGTHS.index(chosen.vibration) + 1) % len(_STRENGTHS)]
            return msgspec.structs.replace(chosen, vibration=after)
        case Switch.RING:
            return msgspec.structs.replace(chosen, ring=not chosen.ring)
        case Switch.VOICE:
            return msgspec.structs.replace(chosen, voice=not chosen.voice)
        case Switch.QUIET:
            return msgspec.structs.replace(chosen, quiet=not chosen.quiet)
        case Switch.LARGE_TEXT:
            return msgspec.structs.replace(chosen, large_text=not chosen.large_text)
        case Switch.LEFT_HANDED:
            return msgspec.structs.replace(chosen, left_handed=not chosen.left_handed)


def _tap_lock(desk: Desk, given: LockNow | RemovePin | PressKey | Unlock) -> None:
    acts = desk.acts
    match given:
        case LockNow():
            desk.route, desk.typed = ShowFace(), ""
            acts.lock()
        case RemovePin():
            acts.set_pin(None)
        case Unlock():
            acts.unlock("")
        case PressKey(key):
            if acts.state.lock.locked:
                desk.typed = _after(desk.typed, key)
                if len(desk.typed) == PIN_DIGITS:
                    typed, desk.typed = desk.typed, ""
                    acts.unlock(typed)
            elif isinstance(desk.route, ShowPin):
                _choose_pin(desk, desk.route, key)


def _after(typed: str, key: str) -> str:
    return typed[:-1] if key == TAKE_BACK else (typed + key)[:PIN_DIGITS]


def _choose_pin(desk: Desk, route: ShowPin, key: str) -> None:
    digits = _after(route.digits, key)
    if len(digits) < PIN_DIGITS:
        desk.route = ShowPin(digits, route.first)
    elif route.first is None:
        desk.route = ShowPin("", digits)
    elif route.first == digits:
        desk.acts.set_pin(digits)
        desk.route = ShowCorner(Corner.SETTINGS)
    else:
        desk.route = ShowPin(differed=True)


def turn(desk: Desk, given: Turn) -> bool:
    """Follow a swipe, the crown or the button; false when the page has nothing to do with it."""
    state, route = desk.acts.state, desk.route
    if given is Turn.BUTTON and state.lent is not None and state.lent.calls:
        desk.acts.notice_call()
        return True
    if desk.covered:
        return False
    match route:
        case ShowFace():
            if given in (Turn.UP, Turn.CROWN_DOWN, Turn.BUTTON):
                desk.route = ShowList()
                return True
            if given is Turn.DOWN:
                desk.route = ShowCorner(Corner.SETTINGS)
                return True
        case ShowTask(task, leaf):
            view = state.book.tasks.get(task)
            if view is None or view.pages is None or view.state is TaskState.DONE:
                return False
            at = _LEAVES.index(leaf)
            step = {Turn.LEFT: 1, Turn.CROWN_DOWN: 1, Turn.RIGHT: -1, Turn.CROWN_UP: -1}.get(given)
            if given is Turn.BUTTON:
                step = 1 if at + 1 < len(_LEAVES) else -at
            if step is not None and 0 <= at + step < len(_LEAVES):
                desk.route = ShowTask(task, _LEAVES[at + step])
                return True
        case _:
            pass
    return False
