"""The running talk: its session on the screen, what is heard, what is tapped, and the plan that follows (W-10, W-12).

The wrist folds what is said and tapped as the hub does, and shows the plan of that at once; the hub's plan wins as soon
as it knows of all that was sent (W-13).
"""

from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from types import MappingProxyType
from typing import Protocol

import msgspec

from contracts import AnyMessage, ErrorCode
from contracts.fields import Language
from contracts.visits import (
    Consent,
    Plan,
    SegmentHeard,
    SegmentOrigin,
    Stance,
    StartTalk,
    TapSignal,
    TasksSynced,
    TaskState,
    TaskUpdated,
    TaskView,
)
from device_agent.core.acts import WristState
from device_agent.core.book import Book
from device_agent.core.followed import Followed, blinded, caught_up, with_segment, with_tap
from device_agent.core.hearing import Ear, EarTrouble, Spoken
from device_agent.core.leaving import DAY_MS, segment_of, talked_before, without_personal_data
from device_agent.core.rerank import Ranking, reranked
from device_agent.core.talk import Hearing, Question, Talk
from device_agent.standing import Standing
from device_agent.store import AgentStore, TalkKept
from device_agent.talk_ear import TalkEar
from device_agent.timers import Timers
from models.talk.evidence import About
from models.talk.lexicon import Lexicon
from runtime.agent.handler import Streamed
from runtime.clock import Clock

_COUNTED_HERE = "counted here"
"""Stands among what the hub may not know of yet for what this wrist counts by itself."""

_INTERVAL_S = 30.0
_TALKABLE = frozenset({TaskState.HELD, TaskState.TALKING})
_NOT_TO_BE_HEARD = frozenset(
    {ErrorCode.NO_CONSENT, ErrorCode.TASK_NOT_HELD, ErrorCode.TASK_NOT_OFFERED, ErrorCode.TASK_CLOSED}
)
"""The hub's answers to speech, or to its beginning, by which the microphone closes."""


class Send(Protocol):
    """Queues a segment durably."""

    def __call__(self, make: Callable[[], SegmentHeard]) -> str | None:
        """``make`` runs in the transaction that queues what it returns; the message's id, null where it couldn't."""
        ...


class Talking:
    """Keeps ``state.session`` in step with the talk that runs; without an ``ear`` nothing is ever heard.

    ``lexicon``: of the products that are talked about; null as long as this device doesn't know them, then what is said
    moves nothing here before the hub's plan comes. ``language``: in which customers speak. ``tick``: a short buzz when
    the microphone opens or closes. ``heard``: told of every segment after it counts.
    """

    def __init__(
        self,
        standing: Standing,
        store: AgentStore,
        clock: Clock,
        timers: Timers,
        *,
        send: Send,
        ear: Ear | None = None,
        lexicon: Callable[[], Lexicon | None] = lambda: None,
        language: Callable[[], Language] = lambda: Language.EN,
        tick: Callable[[], None] = lambda: None,
        heard: Callable[[SegmentHeard], None] = lambda segment: None,
    ) -> None:
        self._standing = standing
        self._store = store
        self._clock = clock
        self._timers = timers
        self._send = send
        self._ear = TalkEar(ear, language, tick)
        self._lexicon = lexicon
        self._heard = heard
        self._followed = Followed()
        self._words: Lexicon | None = None
        self._plan: Plan | None = None
        self._pending: set[str] = set()
        self._agreed: str | None = None
        self._answered: str | None = None
        self._shown: tuple[WristState, WristState] | None = None
        self._forget_interval: Callable[[], None] | None = None

    def as_shown(self) -> WristState:
        """The state with the wrist's own ranking in place of a plan that doesn't know yet of all that was shown."""
        state = self._standing.state
        session = state.session
        view = state.book.tasks.get(session.task) if session is not None else None
        if session is None or view is None or (self._followed == Followed() and not self._pending):
            return state
        if self._shown is None or self._shown[0] is not state:
            self._shown = (state, self._ranked(state, session, view.plan))
        return self._shown[1]

    @property
    def own(self) -> tuple[Followed, Plan] | None:
        """What this wrist followed of the running talk, and the plan of that alone; null when no talk runs."""
        session = self._standing.state.session
        view = self._standing.state.book.tasks.get(session.task) if session is not None else None
        return None if view is None else (self._followed, self._ranking(view.plan).plan)

    def keep(self, task_id: str, consent: Consent) -> None:
        """A talk begins: remember it over a restart. In the transaction that queues its message.

        The microphone opens by this alone, and by the advisor's going on after a pause; never by a restart.
        """
        view = self._standing.state.book.tasks.get(task_id)
        followed = Followed(blind=view is None or talked_before(view.plan))
        self._store.save_talk(TalkKept(task=task_id, began=self._clock.now(), consent=consent, followed=followed))
        self._agreed = task_id if consent is Consent.GRANTED else None

    def settle(self, told: Streamed | None = None) -> None:
        """After any change: begin or end the session with the talk, and take what the hub's latest plan moved.

        ``told``: what the hub has just said; its plan wins, also when it is the one from before the tap. Only what the
        hub may not know of yet still counts on top of it.
        """
        state = self._standing.state
        view, session = state.talk, state.session
        if session is not None and (view is None or view.task != session.task):
            self._end()
            session = None
        fresh = view is not None and session is None
        if view is not None and session is None:
            self._plan = view.plan
            self._pending = set(self._store.talk_letters(view.task))
            session = self._begin(view.task)
        if view is not None and session is not None and (fresh or view.plan != self._plan or _tells(told, view.task)):
            self._plan = view.plan
            self._still_queued()
            self._shown = None
            session = replace(session, moves=view.plan.moves)
        if session is not state.session:
            self._standing.state = replace(self._standing.state, session=session)

    def keep_tap(self, subject: str, about: About, stance: Stance) -> None:
        """Remember a tap over a restart. In the transaction that queues its message."""
        if self._standing.state.session is not None:
            self._remember(with_tap(self._followed, subject, about, stance, self._words))

    def tapped(self, message_id: str, subject: str, about: About, stance: Stance) -> None:
        """What the customer thinks of a subject; the latest holds, and ranks the plan anew until the hub has."""
        if self._standing.state.session is not None:
            self._count(message_id, with_tap(self._followed, subject, about, stance, self._words))

    def typed(self, text: str, language: Language) -> SegmentHeard | None:
        """The segment of a typed line, without its place; null when no talk runs."""
        session = self._standing.state.session
        if session is None:
            return None
        typed = SegmentHeard(
            task_id=session.task,
            index=0,
            origin=SegmentOrigin.TYPED,
            language=language,
            text=text,
            at_ms=self._since_ms(session),
        )
        return without_personal_data(typed, self._view(session))

    def say(self, segment: SegmentHeard) -> str | None:
        """Queue a segment at the talk's next place and count what it shows; null where it couldn't be queued."""
        followed, placed = self._followed, segment

        def make() -> SegmentHeard:
            nonlocal followed, placed
            placed = msgspec.structs.replace(segment, index=self._store.next_index(segment.task_id))
            followed = self._with(placed)
            self._remember(followed)
            return placed

        sent = self._send(make)
        if sent is not None:
            self._count(sent, followed)
            self._heard(placed)
        return sent

    def acked(self, ids: tuple[str, ...]) -> None:
        """The hub has taken these messages. One whose answer came before counts no more; else it does until then."""
        if self._answered in ids:
            self._pending.discard(self._answered)
            self._shown = None

    def refused(self, message_id: str, message: AnyMessage, code: ErrorCode) -> None:
        """The hub didn't take it, so it doesn't count there, and the plan of it isn't shown here. In a transaction.

        Where that means that the customer may not be recorded, or that the talk isn't ours, the microphone closes.
        """
        session = self._standing.state.session
        if session is None or not isinstance(message, SegmentHeard | TapSignal | StartTalk):
            return
        if message.task_id != session.task:
            return
        self._pending.discard(message_id)
        followed = self._followed
        if not isinstance(message, StartTalk):
            if isinstance(message, TapSignal):
                about = About(message.about.value)
                followed = with_tap(followed, message.product, about, Stance.NONE, self._words)
            followed = blinded(followed)
        ends = not isinstance(message, TapSignal) and code in _NOT_TO_BE_HEARD
        kept = self._store.talk()
        if kept is not None and kept.task == session.task:
            consent = Consent.REFUSED if ends else kept.consent
            self._store.save_talk(msgspec.structs.replace(kept, followed=followed, consent=consent))
        self._followed = followed
        if ends:
            self.hush()
            session = replace(session, hearing=Hearing.REFUSED, partial="", trouble=None)
        self._change(replace(session, stances=MappingProxyType(followed.stances), questions=self._questions()))

    def hush(self) -> None:
        """Close the microphone; a talk that goes on is paused."""
        self._ear.stop()
        session = self._listening()
        if session is not None:
            self._change(replace(session, hearing=Hearing.PAUSED, partial="", trouble=None))

    def pause(self, paused: bool) -> None:
        """Listening to paused and back; any other hearing stays as it is."""
        session = self._standing.state.session
        was = Hearing.LISTENING if paused else Hearing.PAUSED
        if session is not None and session.hearing is was:
            self._change(self._ear.pause(session, self._since_ms(session), self, paused=paused))

    # What the ear tells

    def partial(self, text: str) -> None:
        """The words so far of what is being said."""
        session = self._listening()
        if session is not None and session.partial != text:
            self._change(replace(session, partial=text))

    def segment(self, spoken: Spoken) -> None:
        """Somebody said this and paused."""
        session = self._listening()
        if session is None and spoken.index is not None:
            session = self._standing.state.session  # the hub has counted it, whatever was tapped here meanwhile
        if session is None:
            return
        if session.partial:
            self._change(replace(session, partial=""))
        if not spoken.text.strip():
            return
        segment = segment_of(session.task, spoken, self._ear.since_ms)
        if spoken.index is None:
            self.say(without_personal_data(segment, self._view(session)))
            return
        with self._store.mailbox.replica_transaction():
            skipped = self._store.take_index(segment.task_id, segment.index)
            followed = self._with(segment)
            if skipped:
                followed = blinded(followed)
            self._remember(followed)
        self._count(None, followed)
        self._heard(segment)

    def trouble(self, what: EarTrouble | None) -> None:
        """Nothing can be heard just now; null when it can again."""
        session = self._listening()
        if session is not None and session.trouble is not what:
            self._change(replace(session, trouble=what, partial=""))

    def _view(self, session: Talk) -> TaskView | None:
        return self._standing.state.book.tasks.get(session.task)

    def _listening(self) -> Talk | None:
        session = self._standing.state.session
        return session if session is not None and session.hearing is Hearing.LISTENING else None

    def _with(self, segment: SegmentHeard) -> Followed:
        return with_segment(self._followed, segment, self._words)

    def _ranked(self, state: WristState, session: Talk, plan: Plan) -> WristState:
        followed = self._followed
        ranking = self._ranking(plan)
        shown = ranking.plan if self._pending and not followed.blind else plan
        view = msgspec.structs.replace(state.book.tasks[session.task], plan=shown)
        spoken = {code: stance for code, stance in ranking.heard.items() if code not in session.stances}
        talk = replace(session, moves=shown.moves, heard=MappingProxyType(spoken), wanted=ranking.wanted)
        return replace(state, book=Book({**state.book.tasks, view.task: view}), session=talk)

    def _ranking(self, plan: Plan) -> Ranking:
        return reranked(plan, self._followed.inputs, self._followed.inputs_before, self._name_of)

    def _name_of(self, about: About, subject: str) -> str:
        """In the language of the plan; of a product that isn't on offer its code."""
        language = self._plan.basis.language if self._plan is not None and self._plan.basis is not None else Language.EN
        return subject if self._words is None else self._words.name_of(about, subject, language.value)

    def _questions(self) -> tuple[Question, ...]:
        asked = self._followed.ledger.questions
        return tuple(Question(one.kind, one.about, one.subject, self._name_of(one.about, one.subject)) for one in asked)

    def _remember(self, followed: Followed) -> None:
        kept, session = self._store.talk(), self._standing.state.session
        if session is not None and kept is not None and kept.task == session.task:
            self._store.save_talk(msgspec.structs.replace(kept, followed=followed))

    def _count(self, message_id: str | None, followed: Followed) -> None:
        """From now on this is what was shown; the wrist ranks by it until the hub's plan knows of it."""
        session = self._standing.state.session
        if session is None:
            return
        if message_id is not None:
            self._pending.add(message_id)
        elif followed.inputs != self._followed.inputs:
            self._pending.add(_COUNTED_HERE)
        self._followed = followed
        self._await_interval()
        self._change(replace(session, stances=MappingProxyType(followed.stances), questions=self._questions()))

    def _await_interval(self) -> None:
        if self._forget_interval is None and self._followed.ledger.behind:
            basis = self._plan.basis if self._plan is not None else None
            interval_s = basis.interval_s if basis is not None else _INTERVAL_S
            self._forget_interval = self._timers.later(interval_s, self._catch_up)

    def _catch_up(self) -> None:
        self._forget_interval = None
        followed = caught_up(self._followed)
        if followed != self._followed:
            with self._store.mailbox.replica_transaction():
                self._remember(followed)
            self._count(None, followed)

    def _still_queued(self) -> None:
        """The hub answers by the plan first and the ack after, one at a time: the plan may know of the first."""
        if self._pending:
            queued = [letter.id for letter in self._store.mailbox.letters()]
            self._pending &= set(queued)
            self._answered = queued[0] if queued else None

    def _begin(self, task_id: str) -> Talk:
        agreed, self._agreed = self._agreed == task_id, None
        self._words = self._lexicon()
        kept = self._store.talk()
        if kept is None or kept.task != task_id:  # it began elsewhere: what the customer agreed to isn't known here
            self._followed = Followed(blind=True)
            return Talk(task=task_id, began=self._clock.now(), hearing=Hearing.UNAVAILABLE)
        self._followed = kept.followed
        self._await_interval()
        talk = Talk(
            task=task_id,
            began=kept.began,
            hearing=Hearing.REFUSED,
            stances=MappingProxyType(kept.followed.stances),
            questions=self._questions(),
        )
        if kept.consent is not Consent.GRANTED:
            return talk
        return self._ear.listen(talk, self._since_ms(talk), self) if agreed else self._ear.closed(talk)

    def _end(self) -> None:
        session = self._standing.state.session
        self._ear.stop()
        if self._forget_interval is not None:
            self._forget_interval()
            self._forget_interval = None
        self._followed = Followed()
        view = self._standing.state.book.tasks.get(session.task) if session is not None else None
        if view is None or view.state not in _TALKABLE:  # a refused feedback would bring the talk back, else not
            with self._store.mailbox.replica_transaction():
                self._store.forget_talk()

    def _since_ms(self, talk: Talk) -> int:
        return min(max(0, (self._clock.now() - talk.began) // timedelta(milliseconds=1)), DAY_MS)

    def _change(self, session: Talk) -> None:
        self._standing.state = replace(self._standing.state, session=session)


def _tells(told: Streamed | None, task_id: str) -> bool:
    """Whether it says how the task stands."""
    return isinstance(told, TasksSynced) or (isinstance(told, TaskUpdated) and told.task.task == task_id)
