"""Alerts on this wrist: which are due, which may sound, what becomes of their calls on the screen (W-07).

The store is written before the motor moves, and the motor moves before anything else is done or told.
"""

import sqlite3
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from functools import partial
from typing import TypeVar

from contracts.fields import Urgency
from contracts.visits import AlertStep, TaskView
from device_agent.core import calls
from device_agent.core.acts import Act, WristState
from device_agent.core.alerts import TEXT_ONLY, AlertMove, AlertPatterns, AlertState, Verdict, judge
from device_agent.core.book import Change, Changed, ClaimedElsewhere, ClaimedHere, Left, Offered, Surprise
from device_agent.core.calls import CallFate
from device_agent.core.conditions import Wrist
from device_agent.haptics import Alert, Alerter
from device_agent.receipts import Receipts
from device_agent.standing import Standing
from device_agent.store import AgentStore
from device_agent.timers import Timers
from runtime.agent.mailbox import disk_is_full
from runtime.clock import Clock

Written = TypeVar("Written")


@dataclass(frozen=True, slots=True)
class Orders:
    """What is to be done as soon as the store has it: alerts to raise, and tasks whose alert ends."""

    rising: tuple[TaskView, ...] = ()
    falling: tuple[str, ...] = ()


def quiet(state: WristState) -> bool:
    """Whether the wrist must not move: a talk runs until its form is sent, do-not-disturb is on, nobody wears it, or
    the advisor is leaving the branch."""
    leaving = any(intent.act is Act.UNBIND for intent in state.intents)
    return state.talk is not None or state.preferences.quiet or state.conditions.wrist is Wrist.OFF or leaving


class Alarm:
    """The alerts of one agent. ``traces``: the trace of each task; ``disk_refused`` hears of a full disk."""

    def __init__(
        self,
        *,
        standing: Standing,
        store: AgentStore,
        alerter: Alerter,
        patterns: AlertPatterns,
        clock: Clock,
        timers: Timers,
        receipts: Receipts,
        traces: Mapping[str, str],
        disk_refused: Callable[[], None],
    ) -> None:
        self._standing = standing
        self._store = store
        self._alerter = alerter
        self._patterns = patterns
        self._clock = clock
        self._timers = timers
        self._receipts = receipts
        self._traces = traces
        self._disk_refused = disk_refused
        self._raised: dict[str, bool] = {}
        self._clocks: dict[str, Callable[[], None]] = {}

    # In the store's transaction

    def order(self, state: WristState, changes: tuple[Change, ...]) -> Orders:
        """Write down what the changes mean: an offer makes its only alert due, whatever comes held never buzzes.

        ``state`` is how it will be after the changes; the hub has told it just now.
        """
        now = self._clock.now()
        falling: list[str] = []
        for change in changes:
            match change:
                case Offered(view):
                    if not self._store.add_alert(view, AlertState.DUE):
                        self._store.move_alert(view.task, AlertMove.OFFER)
                    continue
                case ClaimedHere(view) | Changed(view=view):
                    self._store.add_alert(view, AlertState.SILENCED)
                case ClaimedElsewhere() | Left() | Surprise():
                    pass
            if isinstance(change, Surprise) or change.view is None:
                continue
            task_id = change.view.task
            if judge(state.book.tasks.get(task_id), now=now, quiet=False) is Verdict.RAISE:
                continue
            if self._store.move_alert(task_id, AlertMove.SILENCE) in (AlertState.RAISING, AlertState.RAISED):
                falling.append(task_id)
        return Orders(self.rising(state), tuple(falling))

    def rising(self, state: WristState) -> tuple[TaskView, ...]:
        """Begin every alert that is due and may sound now, drop those that are late; most urgent first."""
        now, hushed = self._clock.now(), quiet(state)
        rising: list[TaskView] = []
        for task_id in self._store.due():
            view = state.book.tasks.get(task_id)
            taken = state.under_way(Act.CLAIM, task_id) or state.under_way(Act.PASS, task_id)
            verdict = judge(view, now=now, quiet=hushed)
            if view is None or taken or verdict is Verdict.DROP:
                self._store.move_alert(task_id, AlertMove.SILENCE)
            elif verdict is Verdict.RAISE:
                self._store.move_alert(task_id, AlertMove.BEGIN)
                rising.append(view)
        return tuple(sorted(rising, key=lambda view: view.urgency is not Urgency.URGENT))

    # After it

    def carry_out(self, orders: Orders) -> None:
        """Move the wrist. Of several alerts at once the first is felt, the others are text."""
        for place, view in enumerate(orders.rising):
            pattern = TEXT_ONLY if place else self._patterns.of(view.urgency)
            self._raised[view.task] = True
            alert = Alert(view=view, pattern=pattern, trace=self._traces.get(view.task))
            told = self._alerter.alert(alert)
            if told is not None:
                self._receipts.note(view.task, AlertStep.BUZZED, told)
        for task_id in orders.falling:
            if self._raised.pop(task_id, True):  # unknown: an earlier life of the process may have left it sounding
                self._alerter.silence(task_id)
        if not orders.rising:
            return
        self._if_room(lambda: [self._store.move_alert(view.task, AlertMove.END) for view in orders.rising])
        now, shown = self._clock.now(), self._standing.state.calls
        for view in orders.rising:
            shown = calls.opened(shown, view, now=now)
            self._set_clock(view.task, (view.expires - now).total_seconds(), partial(self._expire, view))
        self._show(shown)

    def raise_due(self) -> None:
        """Something that kept the wrist quiet may be over."""
        if not self._store.due():
            return
        rising = self._if_room(lambda: self.rising(self._standing.state))
        self.carry_out(Orders(rising=rising or ()))

    def follow(self, change: Change) -> None:
        """The call of a task that was answered or is over says so, and leaves after a while."""
        match change:
            case ClaimedElsewhere(task_id, holder):
                self._end(task_id, CallFate.TAKEN, by=holder)
            case Left(view, reason):
                self._end(view.task, calls.fate_of(reason))
            case ClaimedHere(view) | Changed(view=view):
                if judge(view, now=view.offered_at, quiet=False) is not Verdict.RAISE:
                    self.put_away(view.task)
            case Offered() | Surprise():
                pass

    def answered(self, task_id: str) -> None:
        """The advisor has decided about the task: it need not sound any more."""
        if self._raised.get(task_id):
            self._raised[task_id] = False
            self._alerter.silence(task_id)

    def hush_all(self) -> None:
        """The wrist must be quiet from now on; the calls stay on the screen."""
        for task_id in self._raised:
            self.answered(task_id)

    def put_away(self, task_id: str) -> None:
        """The call leaves the screen, the alert falls silent; the task stays in the list."""
        self.answered(task_id)
        self._stop_clock(task_id)
        self._show(calls.without(self._standing.state.calls, task_id))

    def put_all_away(self) -> None:
        """No call is left on the screen."""
        for call in self._standing.state.calls:
            self.put_away(call.task)

    def _expire(self, view: TaskView) -> None:
        """By the wrist's own clock, which may have been set meanwhile: the hub need not be in reach."""
        left_s = (view.expires - self._clock.now()).total_seconds()
        if left_s > 0:
            self._set_clock(view.task, left_s, partial(self._expire, view))
            return
        self._if_room(lambda: self._store.move_alert(view.task, AlertMove.SILENCE))
        self.answered(view.task)
        self._raised.pop(view.task, None)
        self._end(view.task, CallFate.EXPIRED)

    def _if_room(self, write: Callable[[], Written]) -> Written | None:
        """In the store's transaction; on a full disk nothing of it is kept, and the wrist does without: null."""
        try:
            with self._store.mailbox.transaction():
                return write()
        except sqlite3.OperationalError as error:
            if not disk_is_full(error):
                raise
            self._disk_refused()
            return None

    def _end(self, task_id: str, fate: CallFate, by: str = "") -> None:
        shown = self._standing.state.calls
        if calls.is_open(shown, task_id):
            self._show(calls.ended(shown, task_id, fate, now=self._clock.now(), by=by))
            self._set_clock(task_id, calls.LINGERS.total_seconds(), partial(self.put_away, task_id))

    def _show(self, shown: tuple[calls.Call, ...]) -> None:
        if shown != self._standing.state.calls:
            self._standing.state = replace(self._standing.state, calls=shown)

    def _set_clock(self, task_id: str, delay_s: float, then: Callable[[], None]) -> None:
        self._stop_clock(task_id)
        self._clocks[task_id] = self._timers.later(delay_s, then)

    def _stop_clock(self, task_id: str) -> None:
        stop = self._clocks.pop(task_id, None)
        if stop is not None:
            stop()
