"""A lent device: follows what the hub tells of its customer, lets them feel each call once, and forgets them (K-06).

The store is written before the motor moves. A call that was begun and not answered when the device died begins again
when the hub has said that it still stands: who can't hear would miss it otherwise.
"""

from collections.abc import Callable, Iterator
from dataclasses import replace

from contracts.lending import CallFelt, LendingTold, LentStage
from contracts.visits import TasksSynced
from device_agent import events
from device_agent.core import lent as rules
from device_agent.core.lent import LentRecord
from device_agent.haptics.summons import Summons
from device_agent.standing import Standing
from device_agent.store import AgentStore
from device_agent.timers import Timers

LOST_S = 30.0
"""After so long without the hub the customer is made to look, once: they would wait for a vibration that can't come."""

_RELIES = frozenset({LentStage.WAITING, LentStage.ASIDE})


class LentDevice:
    """The lent side of one wearable. ``clear``: forget whatever an advisor or a former customer has left on it."""

    def __init__(
        self,
        *,
        standing: Standing,
        store: AgentStore,
        summons: Summons,
        timers: Timers,
        clear: Callable[[], None],
    ) -> None:
        self._timers = timers
        self._stop_waiting: Callable[[], None] | None = None
        self._standing = standing
        self._store = store
        self._summons = summons
        self._clear = clear
        self._died_calling = standing.state.lent is not None and standing.state.lent.calls
        self._again = False

    @property
    def died_calling(self) -> bool:
        """Whether the device stopped in the middle of a call: the hub must say whether it still stands."""
        return self._died_calling

    def told(self, before: LentRecord | None, message: LendingTold | TasksSynced) -> LentRecord | None:
        """The record after the message; in the transaction of its effect."""
        after = rules.follow(before, message.lent)
        self._again = self._died_calling and after is not None and after.calls and not rules.due(after)
        if after is not None and rules.due(after):
            after = rules.begun(after)
        if after != before:
            if rules.changes_hands(before, after):
                self._store.forget_people()
            self._store.save_lent(after)
        return after

    def show(self, before: LentRecord | None, after: LentRecord | None) -> Iterator[events.AnyEvent]:
        """The effect is durable: move the motor or stop it; what happened."""
        again, self._again, self._died_calling = self._again, False, False
        lent = None if after is None else after.lent
        fresh = after is not None and after.begun > (0 if before is None else before.begun)
        if rules.changes_hands(before, after):
            self._summons.end()
            self._clear()
            fresh = after is not None and after.begun > 0
        if lent is not None and (fresh or again):
            self._summons.begin()
            yield events.Summoned(number=lent.number, call=lent.call, again=again)
        elif after is None or not after.calls:
            self._summons.end()
        if (None if before is None else before.lent) != lent or (before is None) != (after is None):
            yield events.LentOut(
                number=None if lent is None else lent.number, stage=None if lent is None else lent.stage
            )

    def on_link(self, online: bool) -> None:
        """The hub is within reach, or not any more."""
        if self._stop_waiting is not None:
            self._stop_waiting()
            self._stop_waiting = None
        if not online and self._standing.state.lent is not None:
            self._stop_waiting = self._timers.later(LOST_S, self._lost)

    def _lost(self) -> None:
        record = self._standing.state.lent
        if record is not None and record.lent is not None and record.lent.stage in _RELIES:
            self._summons.nudge()

    def notice(self, send: Callable[[CallFelt, Callable[[], None]], bool]) -> events.Noticed | None:
        """The customer has tapped: the motor stops, and the counter is told. ``send`` queues the message and writes
        the record in one transaction; where it can't, the motor stops all the same."""
        record = self._standing.state.lent
        if record is None or record.lent is None or not record.calls:
            return None
        lent, after = record.lent, rules.answered(record)
        self._summons.end()
        if not send(CallFelt(lending=lent.lending, call=lent.call), lambda: self._store.save_lent(after)):
            return None
        self._standing.state = replace(self._standing.state, lent=after)
        return events.Noticed(number=lent.number, call=lent.call)
