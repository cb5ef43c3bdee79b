"""What the advisor does on one wrist: each act is judged here, written down, and queued for the hub."""

import logging
import sqlite3
from collections.abc import Callable
from dataclasses import replace

import msgspec

from contracts import AnyMessage
from contracts.fields import Language
from contracts.lending import CallFelt
from contracts.session import BindDevice, UnbindDevice
from contracts.visits import (
    AlertStep,
    ClaimTask,
    Consent,
    GiveFeedback,
    NameTarget,
    PassTask,
    Plan,
    SegmentHeard,
    Stance,
    StartTalk,
    TapAbout,
    TapSignal,
    TaskState,
)
from device_agent import events
from device_agent.alarm import Alarm
from device_agent.core.acts import Act, DeclineCode, Declined, WristState, consider
from device_agent.core.conditions import Wrist
from device_agent.core.followed import Followed
from device_agent.core.preferences import Preferences
from device_agent.events import Journal
from device_agent.haptics import Speaker
from device_agent.lending import LentDevice
from device_agent.receipts import Receipts
from device_agent.standing import Standing
from device_agent.store import AgentStore
from device_agent.talking import Talking
from device_agent.wearer import Wearer
from models.talk.evidence import About
from runtime.agent.link import AgentLink
from runtime.agent.mailbox import Mailbox, disk_is_full

log = logging.getLogger(__name__)


class AdvisorActs:
    """The advisor's side of an agent, which brings the parts. Acts return the message's id or ``Declined``."""

    journal: Journal
    link: AgentLink
    wearer: Wearer
    _mailbox: Mailbox
    _store: AgentStore
    _standing: Standing
    _alarm: Alarm
    _talking: Talking
    _lent: LentDevice
    _receipts: Receipts
    _speaker: Speaker | None
    _language: Language | None
    _traces: dict[str, str]
    _shown: set[str]
    _in_step: bool

    @property
    def state(self) -> WristState:
        """All that is known just now; a new value after each change."""
        return self._talking.as_shown()

    @property
    def own_talk(self) -> tuple[Followed, Plan] | None:
        """What this wrist followed of the running talk, and its plan, also while the hub's is shown (W-13)."""
        return self._talking.own

    @property
    def spoken_language(self) -> Language:
        """The voice's language: fixed by who started the agent, else the advisor's choice, else the binding's."""
        return self._language or self._now.preferences.language or self._now.language or Language.EN

    @property
    def _now(self) -> WristState:
        """As the hub and the store have it."""
        return self._standing.state

    def bind(self, branch: str) -> str | Declined:
        """Ask the hub to bind this device to a branch (W-02)."""
        if self._now.under_way(Act.BIND, branch):
            return Declined(code=DeclineCode.UNDER_WAY, detail=f"binding to {branch} is under way: await the hub")
        return self._act(Act.BIND, BindDevice(branch=branch), branch)

    def unbind(self) -> str | Declined:
        """Leave the branch (W-02)."""
        if self._now.binding is None:
            return Declined(code=DeclineCode.NOT_BOUND, detail="the device is bound to no branch: bind it first")
        result = self._act(Act.UNBIND, UnbindDevice(), self._now.binding.branch)
        if isinstance(result, str):
            self._talking.hush()
            self._alarm.hush_all()
        return result

    def claim(self, task_id: str) -> str | Declined:
        """Want the task; who has it is what the hub says next (W-06)."""
        tapped = self.link.clock.monotonic()
        declined = consider(self._now, Act.CLAIM, task_id)
        if declined is not None:
            return declined
        result = self._act(Act.CLAIM, ClaimTask(task_id=task_id), task_id)
        if isinstance(result, str):
            self._alarm.answered(task_id)
            self._receipts.note(task_id, AlertStep.CLAIMED, tapped)
            self._receipts.flush()
        return result

    def pass_task(self, task_id: str) -> str | Declined:
        """Decline the task (W-06)."""
        result = consider(self._now, Act.PASS, task_id) or self._act(Act.PASS, PassTask(task_id=task_id), task_id)
        if isinstance(result, str):
            self._alarm.put_away(task_id)
        return result

    def start_talk(self, task_id: str, consent: Consent) -> str | Declined:
        """Begin the talk with the customer's answer to the recording question; one talk at a time (W-10)."""
        declined = consider(self._now, Act.TALK, task_id)
        if declined is not None:
            return declined
        result = self._act(
            Act.TALK,
            StartTalk(task_id=task_id, consent=consent),
            task_id,
            also=lambda: self._talking.keep(task_id, consent),
        )
        if isinstance(result, str):
            self._alarm.hush_all()
            self._talking.settle()
        return result

    def signal(self, product: str, stance: Stance, about: TapAbout = TapAbout.PRODUCT) -> str | Declined:
        """What the customer thinks of a product, or of what a question is about, tapped in the running talk; the latest
        holds (W-10, W-12)."""
        talk = self._now.talk
        if talk is None:
            return Declined(code=DeclineCode.NO_TALK, detail="no talk is running: start one first")
        declined = consider(self._now, Act.SIGNAL, talk.task)
        if declined is not None:
            return declined
        try:
            message = msgspec.convert(
                {"task_id": talk.task, "product": product, "stance": stance, "about": about}, TapSignal, strict=True
            )
        except msgspec.ValidationError as error:
            return Declined(code=DeclineCode.INVALID, detail=f"product {product[:64]!r}: {error}; give its code")
        result = self._durably(lambda: self._tap(message))
        if isinstance(result, str):
            self._talking.tapped(result, product, About(about.value), stance)
        return result

    def pause_hearing(self, paused: bool) -> None:
        """Stop following speech for a while, or go on; the talk runs all the same (W-10)."""
        self._talking.pause(paused)

    def say(self, text: str, language: Language | None = None) -> str | Declined:
        """A typed line of the running talk, 1 to 2,000 characters; needs no consent (W-10)."""
        talk = self._now.talk
        if talk is None:
            return Declined(code=DeclineCode.NO_TALK, detail="no talk is running: start one first")
        declined = consider(self._now, Act.SAY, talk.task)
        if declined is not None:
            return declined
        if not 0 < len(text.strip()) <= 2000:
            return Declined(code=DeclineCode.INVALID, detail=f"{len(text)} characters: say 1 to 2,000")

        typed = self._talking.typed(text.strip(), language or self.spoken_language)
        sent = self._talking.say(typed) if typed is not None else None
        return sent if sent is not None else _full()

    def give_feedback(self, feedback: GiveFeedback) -> str | Declined:
        """End the visit: queued offline, sent once (W-14)."""
        if (
            max(len(feedback.products), len(feedback.preferences), len(feedback.refused)) > 20
            or len(feedback.note) > 2000
        ):
            return Declined(
                code=DeclineCode.INVALID,
                detail="at most 20 products, preferences and refused, 2,000 characters of note",
            )
        result = consider(self._now, Act.FEEDBACK, feedback.task_id) or self._act(
            Act.FEEDBACK, feedback, feedback.task_id
        )
        self._talking.settle()
        self._raise_due()
        return result

    def name_target(self, customer: str, business: str) -> str | Declined:
        """Name a customer of this branch by hand (W-03b)."""
        if self._now.binding is None:
            return Declined(code=DeclineCode.NOT_BOUND, detail="the device is bound to no branch: bind it first")
        return self._durably(lambda: self.link.send(NameTarget(customer=customer, business=business)))

    def dismiss_notice(self, message_id: str) -> None:
        """The advisor has seen this refusal."""
        with self._mailbox.transaction():
            self._store.end_notice(message_id)
        self._standing.state = replace(self._now, notices=self._store.notices())

    def shown(self, task_id: str) -> None:
        """The screen drew this task's alert; only the first time counts."""
        at, view = self.link.clock.monotonic(), self._now.book.tasks.get(task_id)
        if view is not None and view.state is TaskState.OFFERED and task_id not in self._shown:
            self._shown.add(task_id)
            self._receipts.note(task_id, AlertStep.SHOWN, at)
            self.journal.emit(events.Shown(task=task_id, number=view.number))

    def end_call(self, task_id: str) -> None:
        """Put the call away from the screen; the task stays in the list."""
        self._alarm.put_away(task_id)

    def notice_call(self) -> None:
        """The customer who is lent this device has felt the call; the counter is told (K-06)."""

        def send(felt: CallFelt, also: Callable[[], None]) -> bool:
            def write() -> str:
                also()
                return self.link.send(felt)

            return isinstance(self._durably(write), str)

        noticed = self._lent.notice(send)
        if noticed is not None:
            self.journal.emit(noticed)

    def read_aloud(self, text: str) -> None:
        """Read a page to the advisor, in the language of the screen; a device without a voice stays silent."""
        if self._speaker is not None:
            self._speaker.say(text, self.spoken_language)

    def hush(self) -> None:
        """Stop reading aloud."""
        if self._speaker is not None:
            self._speaker.stop()

    # The device on the wrist

    def change(self, preferences: Preferences) -> None:
        """Keep these preferences, effective at once (W-07)."""
        self.wearer.change(preferences)

    def hand_over(self) -> str | Declined:
        """The shift ends: leave the branch, and give the next advisor a device without settings, code or calls.

        Returns an empty id where the device was bound to no branch: the hub has nothing to hear.
        """
        state = self._now
        if state.talk is not None:
            return Declined(
                code=DeclineCode.TALK_RUNNING, detail=f"the talk of task {state.talk.task} is running: end it first"
            )
        if state.lock.locked and state.lock.has_pin:
            return Declined(code=DeclineCode.WRONG_STATE, detail="the device is locked: unlock it before handing it on")
        result = self.unbind() if state.binding is not None else ""
        if isinstance(result, str):
            self._alarm.put_all_away()
            self.hush()
            self.wearer.reset()
        return result

    def unlock(self, pin: str = "") -> bool:
        """Whether the device is open after this; a device without a code opens by a tap."""
        return self.wearer.unlock(pin)

    def lock(self) -> None:
        """Lock the screen; alerts still come."""
        self.wearer.lock_now()

    def set_pin(self, pin: str | None) -> None:
        """Lock with this code from now on, or with none; one that can't be taken is logged and changes nothing."""
        declined = self.wearer.set_pin(pin)
        if declined is not None:
            log.warning("pin_refused code=%s detail=%r", declined.code, declined.detail)

    def wrist(self, wrist: Wrist) -> None:
        """How the device sits now; off the wrist nothing sounds (W-09)."""
        self.wearer.wrist(wrist)

    def _act(
        self, act: Act, message: AnyMessage, subject: str, *, also: Callable[[], None] | None = None
    ) -> str | Declined:
        def write() -> str:
            message_id = self.link.send(message, traceparent=self._traces.get(subject))
            self._store.add_intent(message_id, act, subject)
            if also is not None:
                also()
            return message_id

        result = self._durably(write)
        if isinstance(result, str):
            self._standing.state = replace(self._now, intents=self._store.intents())
        return result

    def _tap(self, signal: TapSignal) -> str:
        self._talking.keep_tap(signal.product, About(signal.about.value), signal.stance)
        return self.link.send(signal, traceparent=self._traces.get(signal.task_id))

    def _durably(self, write: Callable[[], str]) -> str | Declined:
        """What ``write`` queues, in one transaction; on a full disk nothing of it, and the advisor is told."""
        try:
            with self._mailbox.transaction():
                return write()
        except sqlite3.OperationalError as error:
            if not disk_is_full(error):
                raise
            log.warning("act_unsaved why=%r", str(error))
            self.wearer.disk_refused()
            return _full()

    def _send_segment(self, make: Callable[[], SegmentHeard]) -> str | None:
        def write() -> str:
            segment = make()
            return self.link.send(segment, traceparent=self._traces.get(segment.task_id))

        result = self._durably(write)
        return result if isinstance(result, str) else None

    def _tell_heard(self, segment: SegmentHeard) -> None:
        state = self.state
        view, session = state.book.tasks.get(segment.task_id), state.session
        self.journal.emit(
            events.Heard(
                task=segment.task_id,
                index=segment.index,
                engine=segment.engine,
                language=segment.language,
                at_ms=segment.at_ms,
                plan=tuple(product.code for product in view.plan.products) if view is not None else (),
                questions=tuple(one.subject for one in session.questions) if session is not None else (),
            )
        )

    def _raise_due(self) -> None:
        """Raise what is due, if the book is the hub's as of now."""
        if self._in_step:
            self._alarm.raise_due()


def _full() -> Declined:
    return Declined(code=DeclineCode.STORAGE_FULL, detail="the device's storage is full: free some, then do it again")
