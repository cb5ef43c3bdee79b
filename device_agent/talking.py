"""The running talk: its session on the screen, what is heard, what is tapped (W-10, W-12)."""

from collections.abc import Callable, Mapping
from dataclasses import replace
from types import MappingProxyType
from typing import Protocol

import msgspec

from contracts.visits import Consent, Plan, Stance, TapSignal, TasksSynced, TaskUpdated
from device_agent.core.acts import WristState
from device_agent.core.book import Book
from device_agent.core.rerank import reranked
from device_agent.core.talk import Hearing, Talk
from device_agent.standing import Standing
from device_agent.store import AgentStore, TalkKept
from runtime.agent.handler import Streamed
from runtime.clock import Clock


class Ear(Protocol):
    """What can follow speech. Called in the event loop, it must not block."""

    @property
    def available(self) -> bool:
        """Whether there is a microphone and a recogniser just now."""
        ...

    def listen(self, partial: Callable[[str], None]) -> None:
        """Follow the talk from now on; ``partial`` gets the words of the segment that is being said."""
        ...

    def pause(self, paused: bool) -> None:
        """Don't listen for a while, or go on."""
        ...

    def stop(self) -> None:
        """The talk is over; not listening already is fine."""
        ...


class Talking:
    """Keeps ``state.session`` in step with the talk that runs; without an ``ear`` nothing is ever heard."""

    def __init__(self, standing: Standing, store: AgentStore, clock: Clock, ear: Ear | None = None) -> None:
        self._standing = standing
        self._store = store
        self._clock = clock
        self._ear = ear
        self._plan: Plan | None = None
        self._untapped: Plan | None = None
        self._taps: dict[str, TapSignal] = {}
        self._answered: str | None = None
        self._shown: tuple[WristState, WristState] | None = None

    def as_shown(self) -> WristState:
        """The state with the wrist's own ranking in place of a plan that doesn't know of the latest taps yet."""
        state = self._standing.state
        session = state.session
        view = state.book.tasks.get(session.task) if session is not None else None
        if not self._taps or session is None or view is None:
            return state
        if self._shown is None or self._shown[0] is not state:
            plan = self._ranked(session, view.plan)
            mine = msgspec.structs.replace(view, plan=plan)
            book = Book({**state.book.tasks, view.task: mine})
            self._shown = (state, replace(state, book=book, session=replace(session, moves=plan.moves)))
        return self._shown[1]

    def keep(self, task_id: str, consent: Consent) -> None:
        """A talk begins: remember it over a restart. In the transaction that queues its message."""
        self._store.save_talk(TalkKept(task=task_id, began=self._clock.now(), consent=consent))

    def settle(self, told: Streamed | None = None) -> None:
        """After any change: begin or end the session with the talk, and take what the hub's latest plan moved.

        ``told``: what the hub has just said; its plan wins, also when it is the one from before the tap. Only the taps
        that the hub may not know of yet still count on top of it.
        """
        state = self._standing.state
        view, session = state.talk, state.session
        if session is not None and (view is None or view.task != session.task):
            if self._ear is not None:
                self._ear.stop()
            session = None
        if view is not None and session is None:
            self._plan = self._untapped = None
            self._taps = self._store.taps(view.task)
            session = self._begin(view.task)
        if view is not None and session is not None and (view.plan != self._plan or _tells(told, view.task)):
            self._plan = view.plan
            if not self._taps and not session.stances:
                self._untapped = view.plan
            self._still_queued()
            self._shown = None
            session = replace(session, moves=view.plan.moves)
        if session is not state.session:
            self._standing.state = replace(self._standing.state, session=session)

    def keep_tap(self, product: str, stance: Stance) -> None:
        """Remember a tap over a restart. In the transaction that queues its message."""
        session, kept = self._standing.state.session, self._store.talk()
        if session is not None and kept is not None and kept.task == session.task:
            stances = _after(session.stances, product, stance)
            self._store.save_talk(msgspec.structs.replace(kept, stances=stances, untapped=self._untapped))

    def tapped(self, message_id: str, product: str, stance: Stance) -> None:
        """What the customer thinks of a product; the latest holds, and ranks the plan anew until the hub has."""
        session = self._standing.state.session
        if session is not None:
            self._taps[message_id] = TapSignal(task_id=session.task, product=product, stance=stance)
            self._change(replace(session, stances=MappingProxyType(_after(session.stances, product, stance))))

    def acked(self, ids: tuple[str, ...]) -> None:
        """The hub has taken these messages. A tap whose answer came before counts no more; else it does until then."""
        if self._answered in ids:
            self._taps.pop(self._answered, None)
            self._shown = None

    def pause(self, paused: bool) -> None:
        """Listening to paused and back; any other hearing stays as it is."""
        session = self._standing.state.session
        was, becomes = (Hearing.LISTENING, Hearing.PAUSED) if paused else (Hearing.PAUSED, Hearing.LISTENING)
        if session is None or session.hearing is not was:
            return
        if self._ear is not None:
            self._ear.pause(paused)
        self._change(replace(session, hearing=becomes, partial=""))

    def _ranked(self, session: Talk, plan: Plan) -> Plan:
        """Anew with the taps that wait; what is taken back the hub's plan may have in it, so then from the first."""
        taps = {tap.product: tap.stance for tap in self._taps.values()}
        if Stance.NONE in taps.values() and self._untapped is not None:
            return reranked(self._untapped, session.stances)
        return reranked(plan, taps)

    def _still_queued(self) -> None:
        """The hub answers a tap by the plan first and the ack after, one at a time: the plan may know of the first."""
        if self._taps:
            queued = [letter.id for letter in self._store.mailbox.letters()]
            self._taps = {key: tap for key, tap in self._taps.items() if key in queued}
            self._answered = queued[0] if queued else None

    def _begin(self, task_id: str) -> Talk:
        kept = self._store.talk()
        if kept is None or kept.task != task_id:  # it began elsewhere: what the customer agreed to isn't known here
            return Talk(task=task_id, began=self._clock.now(), hearing=Hearing.UNAVAILABLE)
        self._untapped = kept.untapped
        return Talk(
            task=task_id,
            began=kept.began,
            hearing=self._listen() if kept.consent is Consent.GRANTED else Hearing.REFUSED,
            stances=MappingProxyType(kept.stances),
        )

    def _listen(self) -> Hearing:
        if self._ear is None or not self._ear.available:
            return Hearing.UNAVAILABLE
        self._ear.listen(self._heard)
        return Hearing.LISTENING

    def _heard(self, partial: str) -> None:
        session = self._standing.state.session
        if session is not None and session.hearing is Hearing.LISTENING:
            self._change(replace(session, partial=partial))

    def _change(self, session: Talk) -> None:
        self._standing.state = replace(self._standing.state, session=session)


def _tells(told: Streamed | None, task_id: str) -> bool:
    """Whether it says how the task stands."""
    return isinstance(told, TasksSynced) or (isinstance(told, TaskUpdated) and told.task.task == task_id)


def _after(stances: Mapping[str, Stance], product: str, stance: Stance) -> dict[str, Stance]:
    """The stances after a tap, the latest last."""
    others = {code: held for code, held in stances.items() if code != product}
    return others if stance is Stance.NONE else {**others, product: stance}
