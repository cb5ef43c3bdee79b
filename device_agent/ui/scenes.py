"""Made-up moments of a branch day: every state of every screen, to look at and to check by program."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

import msgspec

from contracts.fields import Language, Urgency
from contracts.visits import Consent, GiveFeedback, Stance, TapAbout, TaskState
from device_agent.core import form as forms
from device_agent.core.acts import Act, DeclineCode, Intent, Notice, WristState
from device_agent.core.book import Book
from device_agent.core.calls import Call, CallFate
from device_agent.core.conditions import Conditions, Storage, Update, Wrist
from device_agent.core.form import FormMove
from device_agent.core.hearing import EarTrouble
from device_agent.core.lock import LockState
from device_agent.core.preferences import Preferences
from device_agent.core.talk import Hearing, Question, Talk
from device_agent.presenters.routes import (
    Corner,
    Leaf,
    Route,
    ShowConsent,
    ShowCorner,
    ShowFace,
    ShowForm,
    ShowList,
    ShowPin,
    ShowTask,
    ShowWhy,
    ShowWhyNot,
)
from device_agent.ui.cast import NOW as NOW
from device_agent.ui.cast import WORDS, binding, choices, plan, visit
from device_agent.ui.lent_moments import lent_moments
from models.talk.evidence import About
from models.talk.signals import SignalKind


@dataclass(frozen=True, slots=True)
class Scene:
    """One picture: its name, what is known, and the page that is open.

    ``touched``: when the screen was last touched. ``every_look``: worth a picture in larger text and for the left
    hand. ``declined``: what the wrist has just declined. ``engine``: what would recognise speech in a talk.
    """

    name: str
    state: WristState
    route: Route
    touched: datetime = NOW
    every_look: bool = False
    declined: DeclineCode | None = None
    engine: str = "vosk"


class Still:
    """An agent that stands still, for pictures; every act is taken and changes nothing."""

    def __init__(self, state: WristState) -> None:
        self.state = state
        self.done: list[str] = []

    def bind(self, branch: str) -> str:
        return self._note(f"bind {branch}")

    def unbind(self) -> str:
        return self._note("unbind")

    def claim(self, task_id: str) -> str:
        return self._note(f"claim {task_id}")

    def pass_task(self, task_id: str) -> str:
        return self._note(f"pass {task_id}")

    def start_talk(self, task_id: str, consent: Consent) -> str:
        return self._note(f"talk {task_id} {consent}")

    def pause_hearing(self, paused: bool) -> None:
        self._note(f"pause {paused}")

    def say(self, text: str) -> str:
        return self._note(f"say {text}")

    def signal(self, product: str, stance: Stance, about: TapAbout = TapAbout.PRODUCT) -> str:
        return self._note(f"signal {product} {stance}" + ("" if about is TapAbout.PRODUCT else f" {about}"))

    def give_feedback(self, feedback: GiveFeedback) -> str:
        return self._note(f"feedback {feedback.task_id} {feedback.outcome}")

    def dismiss_notice(self, message_id: str) -> None:
        self._note(f"dismiss {message_id}")

    def notice_call(self) -> None:
        self._note("notice call")

    def end_call(self, task_id: str) -> None:
        self._note(f"end call {task_id}")

    def shown(self, task_id: str) -> None:
        self._note(f"shown {task_id}")

    def change(self, preferences: Preferences) -> None:
        self._note("change")
        self.state = replace(self.state, preferences=preferences)

    def hand_over(self) -> str:
        return self._note("hand over")

    def read_aloud(self, text: str) -> None:
        self._note(f"read {text}")

    def hush(self) -> None:
        self._note("hush")

    def unlock(self, pin: str) -> bool:
        self._note(f"unlock {pin}")
        return False

    def lock(self) -> None:
        self._note("lock")

    def set_pin(self, pin: str | None) -> None:
        self._note(f"pin {pin}")

    def wrist(self, wrist: Wrist) -> None:
        self._note(f"wrist {wrist}")
        self.state = replace(self.state, conditions=msgspec.structs.replace(self.state.conditions, wrist=wrist))

    def _note(self, act: str) -> str:
        self.done.append(act)
        return "message-0001"


def scenes(language: Language) -> list[Scene]:
    """Every state that a screen can show."""
    words = WORDS[language]
    urgent = visit(language, 0, TaskState.OFFERED, 4, Urgency.URGENT)
    open_one = visit(language, 1, TaskState.OFFERED, 0)
    held, done = visit(language, 2, TaskState.HELD, 12), visit(language, 3, TaskState.DONE, 31)
    book = Book({v.task: v for v in (urgent, open_one, held, done)})
    well = Conditions(battery_percent=84)
    base = WristState(
        book=book,
        binding=binding(language),
        choices=choices(language),
        online=True,
        preferences=Preferences(begun=True),
        conditions=well,
    )
    offline = replace(base, online=False, offline_since=NOW - timedelta(seconds=12))
    nothing = replace(base, book=Book({}))
    new = replace(base, binding=None, book=Book({}), preferences=Preferences())
    unbound = replace(base, binding=None, book=Book({}))
    form = forms.begin(held)
    products = forms.move(form, FormMove.SUCCEEDED)
    chosen = forms.take_product(forms.take_product(forms.take_product(products, "p-1"), "p-2"), "p-2")
    last = forms.move(chosen, FormMove.NEXT)

    def sick(**facts: object) -> WristState:
        return replace(base, conditions=msgspec.structs.replace(well, **facts))

    def called(view_task: str, fate: CallFate = CallFate.OPEN, name: str = "", by: str = "") -> WristState:
        number = f"A{16 + int(view_task[-4:]):03d}"
        return replace(base, calls=(Call(view_task, number, name, fate, NOW, by),))

    def talk(hearing: Hearing, *, moved: bool = False, engine: str = "vosk", **facts: object) -> WristState:
        view = msgspec.structs.replace(held, state=TaskState.TALKING, plan=plan(language, moved=moved))
        session = Talk(
            task=held.task,
            began=NOW - timedelta(seconds=134),
            hearing=hearing,
            engine=engine if hearing in (Hearing.LISTENING, Hearing.PAUSED) else "",
            moves=view.plan.moves,
        )
        session = replace(session, **facts)  # type: ignore[arg-type]  # each scene names its own
        return replace(base, book=Book({held.task: view, urgent.task: urgent}), session=session)

    likes, refuses = {"p-1": Stance.INTEREST}, {"p-2": Stance.REFUSAL}
    locked = LockState(locked=True, has_pin=True, tries_left=5)
    waits = LockState(locked=True, has_pin=True, tries_left=0, wait_until=NOW + timedelta(seconds=29))
    many = tuple(visit(language, n, TaskState.OFFERED, n) for n in range(40))
    listening = talk(Hearing.LISTENING)
    questions = (
        Question(SignalKind.REFUSAL, About.CONCEPT, "fund", words.asked[0]),
        Question(SignalKind.NEED, About.NEED, "home", words.asked[1]),
    )
    make: list[tuple[str, WristState, Callable[[], Route]]] = [
        ("start-language", new, ShowFace),
        ("start-branch", replace(new, preferences=Preferences(language=language)), ShowFace),
        ("start-waiting", replace(new, preferences=Preferences(language=language), choices=(), online=False), ShowFace),
        ("face", base, ShowFace),
        ("face-quiet", nothing, ShowFace),
        ("face-disturb", replace(base, preferences=Preferences(begun=True, quiet=True)), ShowFace),
        ("face-offline", offline, ShowFace),
        ("face-connecting", replace(offline, offline_since=NOW), ShowFace),
        ("face-talking", listening, ShowFace),
        ("face-unbound", unbound, ShowFace),
        ("alert", called(open_one.task), ShowFace),
        ("alert-urgent", called(urgent.task), ShowFace),
        ("alert-taking", replace(called(urgent.task), intents=_claims(urgent.task)), ShowFace),
        ("alert-taken", called("task-0009", CallFate.TAKEN, words.names[1], words.colleague), ShowFace),
        ("alert-expired", called("task-0009", CallFate.EXPIRED, words.names[1]), ShowFace),
        ("alert-gone", called("task-0009", CallFate.GONE, words.names[1]), ShowFace),
        ("list", base, ShowList),
        ("list-offline", offline, ShowList),
        ("list-empty", nothing, ShowList),
        ("list-full", replace(base, book=Book({view.task: view for view in many})), ShowList),
        ("task-offered", base, lambda: ShowTask(open_one.task)),
        ("task-urgent", base, lambda: ShowTask(urgent.task)),
        ("task-taking", replace(base, intents=_claims(urgent.task)), lambda: ShowTask(urgent.task)),
        ("task-held", base, lambda: ShowTask(held.task)),
        ("task-done", base, lambda: ShowTask(done.task)),
        ("why", base, lambda: ShowWhy(held.task, "p-0")),
        ("why-not", base, lambda: ShowWhyNot(held.task)),
        ("customer", base, lambda: ShowTask(held.task, Leaf.CUSTOMER)),
        ("assets", base, lambda: ShowTask(held.task, Leaf.ASSETS)),
        ("preferences", base, lambda: ShowTask(held.task, Leaf.PREFERENCES)),
        ("customer-blank", sick(wrist=Wrist.DOWN), lambda: ShowTask(held.task, Leaf.CUSTOMER)),
        ("consent", base, lambda: ShowConsent(held.task)),
        ("talk-listening", talk(Hearing.LISTENING, partial=words.heard), lambda: ShowTask(held.task)),
        ("talk-moved", talk(Hearing.LISTENING, moved=True, stances=refuses | likes), lambda: ShowTask(held.task)),
        (
            "talk-heard",
            talk(Hearing.LISTENING, engine="whisper", moved=True, stances=likes, heard=refuses),
            lambda: ShowTask(held.task),
        ),
        ("talk-question", talk(Hearing.LISTENING, questions=questions), lambda: ShowTask(held.task)),
        ("talk-question-typed", talk(Hearing.REFUSED, questions=questions[1:]), lambda: ShowTask(held.task)),
        *(
            (f"talk-trouble-{trouble}", talk(Hearing.LISTENING, trouble=trouble), lambda: ShowTask(held.task))
            for trouble in EarTrouble
        ),
        ("talk-paused", talk(Hearing.PAUSED), lambda: ShowTask(held.task)),
        ("talk-refused", talk(Hearing.REFUSED, stances=refuses | likes), lambda: ShowTask(held.task)),
        ("talk-no-microphone", talk(Hearing.UNAVAILABLE), lambda: ShowTask(held.task)),
        ("form-1-outcome", listening, lambda: ShowForm(form)),
        ("form-2-products", listening, lambda: ShowForm(chosen)),
        ("form-3-preferences", listening, lambda: ShowForm(last)),
        ("form-note", listening, lambda: ShowForm(last, noting=True)),
        ("settings", base, lambda: ShowCorner(Corner.SETTINGS)),
        ("languages", base, lambda: ShowCorner(Corner.LANGUAGES)),
        ("branches", base, lambda: ShowCorner(Corner.BRANCHES)),
        ("branches-none", replace(unbound, choices=()), lambda: ShowCorner(Corner.BRANCHES)),
        ("hand-over", base, lambda: ShowCorner(Corner.HAND_OVER)),
        ("about", base, lambda: ShowCorner(Corner.ABOUT)),
        ("pin", base, lambda: ShowPin("12")),
        ("pin-differed", base, lambda: ShowPin(differed=True)),
        ("locked", replace(base, lock=locked), ShowFace),
        ("locked-tries", replace(base, lock=msgspec.structs.replace(locked, tries_left=2)), ShowFace),
        ("locked-wait", replace(base, lock=waits), ShowFace),
        ("locked-open", replace(base, lock=LockState(locked=True)), ShowFace),
        ("updating", sick(update=Update(version="0.2.0", share=0.4)), ShowFace),
        ("battery-low", sick(battery_percent=12), ShowFace),
        ("storage-low", sick(storage=Storage.LOW), ShowFace),
        ("storage-full", sick(storage=Storage.FULL), ShowFace),
        ("certificate-ending", sick(certificate_ends=NOW + timedelta(days=4)), ShowFace),
        ("certificate-expired", sick(certificate_ends=NOW - timedelta(days=1)), ShowFace),
        ("notice", replace(base, notices=(Notice("m-1", "task_not_offered", open_one.task, NOW),)), ShowFace),
    ]
    dressed = {
        "face",
        "alert-urgent",
        "list",
        "task-held",
        "talk-moved",
        "talk-question",
        "customer",
        "form-2-products",
        "settings",
    }
    made = [Scene(name, state, route(), every_look=name in dressed) for name, state, route in make]
    by_the_hub = Scene("consent-hub", base, ShowConsent(held.task), engine="hub")
    made.insert(next(n for n, scene in enumerate(made) if scene.name == "consent") + 1, by_the_hub)
    made += [Scene(name, state, ShowFace()) for name, state in lent_moments(language, unbound)]
    return [*made, Scene("declined", base, ShowCorner(Corner.HAND_OVER), declined=DeclineCode.TALK_RUNNING)]


def _claims(task: str) -> tuple[Intent, ...]:
    return (Intent("message-1", Act.CLAIM, task, True),)
