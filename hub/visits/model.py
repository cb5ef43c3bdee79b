"""A visit and its task: what is known, which states it goes through, who may do what. Pure (spec 1).

A visit has exactly one task, so they share one id. The state machine is the table :data:`TRANSITIONS`:

=========  ==========================================================================
offered    claim → held · expire → expired · serve → served · cancel → cancelled
held       talk → talking · feedback → done · release → offered · expire → expired · serve → served · cancel → cancelled
talking    feedback → done · release → offered · expire → expired
=========  ==========================================================================
"""

from datetime import datetime, timedelta
from enum import StrEnum

import msgspec

from contracts import ErrorCode, Refusal
from contracts.visits import Consent, Stance, TapAbout
from models.talk.evidence import About
from models.talk.ledger import Counted, Ledger, answered, settled
from models.talk.ledger import catch_up as count_all
from models.talk.ledger import hear as fold
from models.talk.lexicon import Lexicon
from models.talk.signals import Signal, Utterance


class State(StrEnum):
    """States of a task at the hub."""

    OFFERED = "offered"
    HELD = "held"
    TALKING = "talking"
    DONE = "done"
    EXPIRED = "expired"
    SERVED = "served"
    CANCELLED = "cancelled"


OPEN = frozenset({State.OFFERED, State.HELD, State.TALKING})
"""States in which a visit is open: a further event of this customer in this branch adds to it (W-03)."""


class Change(StrEnum):
    """What can happen to a task."""

    CLAIM = "claim"
    TALK = "talk"
    FEEDBACK = "feedback"
    RELEASE = "release"
    EXPIRE = "expire"
    SERVE = "serve"
    CANCEL = "cancel"


TRANSITIONS: dict[tuple[State, Change], State] = {
    (State.OFFERED, Change.CLAIM): State.HELD,
    (State.OFFERED, Change.EXPIRE): State.EXPIRED,
    (State.OFFERED, Change.SERVE): State.SERVED,
    (State.OFFERED, Change.CANCEL): State.CANCELLED,
    (State.HELD, Change.TALK): State.TALKING,
    (State.HELD, Change.FEEDBACK): State.DONE,
    (State.HELD, Change.RELEASE): State.OFFERED,
    (State.HELD, Change.EXPIRE): State.EXPIRED,
    (State.HELD, Change.SERVE): State.SERVED,
    (State.HELD, Change.CANCEL): State.CANCELLED,
    (State.TALKING, Change.FEEDBACK): State.DONE,
    (State.TALKING, Change.RELEASE): State.OFFERED,
    (State.TALKING, Change.EXPIRE): State.EXPIRED,
}
"""Every allowed change; any other pair is refused. A talk goes on when a counter serves or cancels the ticket."""


class Step(StrEnum):
    """How far a task has escalated (W-06)."""

    FIRST = "first"
    NEXT = "next"
    ALL = "all"
    MANAGER = "manager"


class Origin(StrEnum):
    """How a customer became a target (W-03)."""

    TICKET = "ticket"
    BY_HAND = "by_hand"


class Target(msgspec.Struct, frozen=True, kw_only=True):
    """A customer who is here, or an anonymous visitor (``customer`` null)."""

    origin: Origin
    branch: str
    business: str
    at: datetime
    customer: str | None = None
    ticket: str | None = None
    number: str | None = None
    booked: bool = False
    urgent: bool = False
    named_by: str | None = None
    traceparent: str | None = None
    kiosk: str | None = None

    @property
    def open_key(self) -> str | None:
        """What an open visit is found by; null for an anonymous visitor, whose every ticket is a visit."""
        return f"{self.branch}/{self.customer}" if self.customer is not None else None


class Tapped(msgspec.Struct, frozen=True, omit_defaults=True):
    """What the customer thinks of a product, or of something wider and its ``products``, by the latest tap."""

    product: str
    stance: Stance
    about: TapAbout = TapAbout.PRODUCT
    products: tuple[str, ...] = ()


class Taps(msgspec.Struct, frozen=True, kw_only=True):
    """The taps of a talk that hold (none that was taken back), those that held before the latest, and when that came.

    By subject; as a set they are the talk's evidence, so that their order says nothing.
    """

    now: tuple[Tapped, ...]
    before: tuple[Tapped, ...]
    at: datetime


class Heard(msgspec.Struct, frozen=True, kw_only=True):
    """What was said in the talk, as signals. ``next_index``: of the segment to come; ``at``: when the plan last changed
    by what was said, null when it never did."""

    ledger: Ledger
    next_index: int
    at: datetime | None = None


class Task(msgspec.Struct, frozen=True, kw_only=True):
    """A visit task. ``audience``: devices offered it now; ``offered_to``: ever; ``passed``: advisors.

    ``taps`` and ``heard``: what the talk showed; the customer said so, whoever holds the task after a release.
    ``after_talk``: its last ticket was served or cancelled during the talk, so it is not offered anew after a release.
    """

    id: str
    branch: str
    business: str
    state: State
    step: Step
    waiting_since: datetime
    offered_at: datetime
    expires: datetime
    due: datetime
    customer: str | None = None
    customer_name: str = ""
    tickets: tuple[str, ...] = ()
    number: str | None = None
    booked: bool = False
    urgent: bool = False
    owner: str | None = None
    audience: tuple[str, ...] = ()
    offered_to: tuple[str, ...] = ()
    passed: tuple[str, ...] = ()
    holder: str | None = None
    consent: Consent | None = None
    consent_by: str | None = None
    consent_at: datetime | None = None
    match_score: float | None = None
    ended: datetime | None = None
    after_talk: Change | None = None
    traceparent: str | None = None
    taps: Taps | None = None
    heard: Heard | None = None

    @property
    def open(self) -> bool:
        """Whether the visit still goes on."""
        return self.state in OPEN

    @property
    def open_key(self) -> str | None:
        """As of :class:`Target`, while the visit is open."""
        return f"{self.branch}/{self.customer}" if self.open and self.customer is not None else None


class Lost(msgspec.Struct, frozen=True):
    """A claim that came too late: who holds the task."""

    holder: str


def change(task: Task, what: Change, now: datetime) -> Task | Refusal:
    """The task after the change, or why it can't happen in its state."""
    state = TRANSITIONS.get((task.state, what))
    if state is None:
        return Refusal(code=ErrorCode.TASK_CLOSED, detail=f"task {task.id} is {task.state}: no {what} any more")
    changed = msgspec.structs.replace(task, state=state)
    return changed if changed.open else msgspec.structs.replace(changed, ended=now, audience=())


def claim(task: Task, *, device: str, advisor: str, held_lifetime_s: float, now: datetime) -> Task | Lost | Refusal:
    """Who claims first holds the task; the same advisor again still holds it; later ones have lost (W-06)."""
    if device not in task.offered_to and task.holder != advisor:
        return _never_offered(task, device)
    if task.state in (State.HELD, State.TALKING) and task.holder is not None:
        return task if task.holder == advisor else Lost(task.holder)
    if device not in task.audience and task.state is State.OFFERED:
        return _never_offered(task, device)
    held = change(task, Change.CLAIM, now)
    if isinstance(held, Refusal):
        return held
    until = now + timedelta(seconds=held_lifetime_s)
    return msgspec.structs.replace(held, holder=advisor, expires=until, due=until)


def start_talk(
    task: Task, *, device: str, advisor: str, consent: Consent, asked_at: datetime, now: datetime
) -> Task | Refusal:
    """The holder starts the talk; the consent is kept with who and when (W-10). A second answer replaces the first."""
    refusal = require_holder(task, device=device, advisor=advisor)
    if refusal is not None:
        return refusal
    talking = task if task.state is State.TALKING else change(task, Change.TALK, now)
    if isinstance(talking, Refusal):
        return talking
    return msgspec.structs.replace(talking, consent=consent, consent_by=advisor, consent_at=asked_at)


def require_holder(task: Task, *, device: str, advisor: str) -> Refusal | None:
    """Only who holds an open task may talk about it or give feedback."""
    if task.holder == advisor:
        if task.open:
            return None
        return Refusal(code=ErrorCode.TASK_CLOSED, detail=f"task {task.id} is {task.state}")
    if device not in task.offered_to:
        return _never_offered(task, device)
    if not task.open:
        return Refusal(code=ErrorCode.TASK_CLOSED, detail=f"task {task.id} is {task.state}")
    return Refusal(code=ErrorCode.TASK_NOT_HELD, detail=f"task {task.id} is not held by {advisor}: claim it first")


def tap(task: Task, tapped: Tapped, at: datetime) -> Task:
    """The task after a tap: the latest of each subject holds; the same task when it says nothing new."""
    before = task.taps.now if task.taps is not None else ()
    others = tuple(one for one in before if (one.about, one.product) != (tapped.about, tapped.product))
    mine = () if tapped.stance is Stance.NONE else (tapped,)
    now = tuple(sorted((*others, *mine), key=lambda one: (one.about, one.product)))
    heard = task.heard
    if heard is not None:
        ledger = answered(heard.ledger, About(tapped.about.value), tapped.product)
        if now != before:
            ledger = settled(ledger)
        if ledger is not heard.ledger:
            task = msgspec.structs.replace(task, heard=msgspec.structs.replace(heard, ledger=ledger))
    return task if now == before else msgspec.structs.replace(task, taps=Taps(now=now, before=before, at=at))


def hear(task: Task, utterance: Utterance, lexicon: Lexicon, now: datetime) -> tuple[Task, tuple[Signal, ...]]:
    """The task after an utterance of its talk, and what that showed; its taps stay."""
    before = task.heard or Heard(ledger=Ledger(), next_index=0)
    ledger, found = fold(before.ledger, utterance, lexicon)
    return _with(task, before, ledger, now, next_index=max(before.next_index, utterance.index + 1)), found


def catch_up(task: Task, now: datetime) -> Task:
    """The task whose plan counts everything that was heard; the same task when it does already."""
    if task.heard is None or not task.heard.ledger.behind:
        return task
    return _with(task, task.heard, count_all(task.heard.ledger), now, next_index=task.heard.next_index)


def plan_changed(before: Task, after: Task) -> bool:
    """Whether what was heard in between changed what the plan is made of."""
    return _counted(before) != _counted(after)


def _counted(task: Task) -> Counted:
    return task.heard.ledger.now if task.heard is not None else Counted()


def told(task: Task) -> Task:
    """The task whose holder is told its plan: it is due no sooner than it expires."""
    return msgspec.structs.replace(task, due=task.expires)


def due_for_telling(before: Task, after: Task, interval_s: float, now: datetime) -> Task:
    """The task after a segment, due one interval after its plan fell behind what was heard (W-12)."""
    behind = after.heard is not None and after.heard.ledger.behind
    if not behind or (before.heard is not None and before.heard.ledger.behind):
        return after
    return msgspec.structs.replace(after, due=min(after.due, now + timedelta(seconds=interval_s)))


def _with(task: Task, heard: Heard, ledger: Ledger, now: datetime, *, next_index: int) -> Task:
    moved = ledger.now != heard.ledger.now
    taps = task.taps
    if moved and taps is not None and taps.before != taps.now:
        taps = msgspec.structs.replace(taps, before=taps.now)
    after = msgspec.structs.replace(heard, ledger=ledger, next_index=next_index, at=now if moved else heard.at)
    return msgspec.structs.replace(task, heard=after, taps=taps)


def release(task: Task, now: datetime, *, lifetime_s: float) -> Task | Refusal:
    """The holder is gone: the task is open to all again."""
    released = change(catch_up(task, now), Change.RELEASE, now)
    if isinstance(released, Refusal):
        return released
    taps = released.taps and msgspec.structs.replace(released.taps, before=released.taps.now)
    heard = released.heard and msgspec.structs.replace(released.heard, ledger=settled(released.heard.ledger))
    expires = now + timedelta(seconds=lifetime_s)
    return msgspec.structs.replace(
        released, holder=None, audience=(), step=Step.FIRST, expires=expires, taps=taps, heard=heard
    )


def join(task: Task, target: Target) -> Task:
    """A second event of an open visit adds to it (W-03): a ticket, a booking, an urgency; never a second task."""
    tickets = task.tickets if target.ticket is None or target.ticket in task.tickets else (*task.tickets, target.ticket)
    return msgspec.structs.replace(
        task,
        tickets=tickets,
        number=task.number or target.number,
        business=target.business if target.origin is Origin.TICKET else task.business,
        booked=task.booked or target.booked,
        urgent=task.urgent or target.urgent,
        after_talk=None,
    )


def _never_offered(task: Task, device: str) -> Refusal:
    return Refusal(code=ErrorCode.TASK_NOT_OFFERED, detail=f"task {task.id} is not offered to device {device}")


def mask_name(name: str) -> str:
    """A name as others may read it: 王小明 → 王*明, Ann Lee → Ann L., Ann Mary Lee → Ann L., No 4711 → No *11."""
    words = name.split()
    if not words:
        return ""
    if len(words) == 1:
        word = words[0]
        if len(word) <= 1:
            return word
        return word[0] + "*" if len(word) == 2 else f"{word[0]}{'*' * min(len(word) - 2, 3)}{word[-1]}"
    last = words[-1]
    if last.isdigit():
        return " ".join([*words[:-1], f"*{last[-2:]}"])
    return f"{words[0]} {last[0]}."
