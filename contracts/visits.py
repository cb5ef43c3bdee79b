"""Messages of a visit: tasks on the wrist, claims, talk, feedback (spec 1)."""

from enum import StrEnum
from typing import Annotated

import msgspec
from msgspec import UNSET, Meta, UnsetType

from contracts.fields import (
    Code,
    CustomerRef,
    Id,
    Language,
    LongText,
    Microseconds,
    Moment,
    Name,
    Share,
    ShortText,
    TicketNumber,
    Urgency,
)
from contracts.lending import Lent
from contracts.session import Binding, BranchChoice, StreamPosition


class TaskState(StrEnum):
    """State of a task as a wearable sees it; the hub's own table is in ``hub/visits/model.py``."""

    OFFERED = "offered"
    HELD = "held"
    TALKING = "talking"
    DONE = "done"


class Reason(msgspec.Struct, frozen=True, kw_only=True):
    """Why a product ranks where it does: a code of the model, and its text in the advisor's language."""

    code: Code
    text: ShortText


class PlannedProduct(msgspec.Struct, frozen=True, kw_only=True):
    """A product of the plan with its probability and at most three reasons (W-05)."""

    code: Code
    name: ShortText
    probability: Share
    reasons: Annotated[tuple[Reason, ...], Meta(max_length=3)] = ()


class Preference(msgspec.Struct, frozen=True, kw_only=True):
    """A tag of the preference profile, its name in the advisor's language, its weight."""

    tag: Code
    weight: Share
    name: ShortText = ""


class DroppedProduct(msgspec.Struct, frozen=True, kw_only=True):
    """A product that a declared rule removed, and why in the advisor's language (W-05)."""

    code: Code
    name: ShortText
    why: Reason


class PlanMove(msgspec.Struct, frozen=True, kw_only=True):
    """A product of the plan that the talk moved: its place before (from 0; null when it was not among those shown),
    its place now, and why in the advisor's language (W-12)."""

    code: Code
    was: Annotated[int, Meta(ge=0)] | None
    now: Annotated[int, Meta(ge=0, le=2)]
    why: Reason


class RankedOffer(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """A product as it was analysed before the talk; ``factor``: by what arbitration multiplied its probability."""

    code: Code
    name: ShortText
    category: Code
    probability: Share
    factor: float = 1.0
    reasons: Annotated[tuple[Reason, ...], Meta(max_length=3)] = ()


class PlanBasis(msgspec.Struct, frozen=True, kw_only=True):
    """What a plan is made of apart from the talk, so that the wrist ranks as the hub does (W-13).

    ``products`` in the order shown; ``category_most``: how many of a category stand among the first three at most;
    ``language``: of the names and reasons. ``categories``: product and category of those that are not on offer.
    ``interval_s``: how long a weak signal may wait.
    """

    products: Annotated[tuple[RankedOffer, ...], Meta(max_length=64)]
    category_most: Annotated[int, Meta(ge=1, le=3)]
    language: Language
    interval_s: Annotated[float, Meta(gt=0, le=3600)] = 30.0
    categories: tuple[tuple[Code, Code], ...] = ()


class Plan(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """The top of the ranked plan, as of a time and a model version (W-05, W-09).

    Only for the holder: ``dropped``, some of the ``removed``; ``moves``, what the latest signal of the talk changed;
    ``basis``, from which the wrist ranks anew by itself. All are left out where they are empty, as in every plan of
    before they were added.
    """

    products: Annotated[tuple[PlannedProduct, ...], Meta(max_length=3)]
    preferences: tuple[Preference, ...]
    removed: Annotated[int, Meta(ge=0, description="products the declared rules removed")]
    model: ShortText
    made_at: Moment
    dropped: Annotated[tuple[DroppedProduct, ...], Meta(max_length=8)] = ()
    moves: Annotated[tuple[PlanMove, ...], Meta(max_length=3)] = ()
    basis: PlanBasis | None = None


class Field(msgspec.Struct, frozen=True, kw_only=True):
    """One line of a customer page, already masked for the advisor's role (W-09)."""

    code: Code
    value: ShortText
    masked: bool


class CustomerPages(msgspec.Struct, frozen=True, kw_only=True):
    """The sub-pages, sent to the holder of the task only (W-09)."""

    customer: tuple[Field, ...]
    assets: tuple[Field, ...]
    preferences: tuple[Field, ...]


class TaskView(msgspec.Struct, frozen=True, kw_only=True):
    """A visit task as a wearable holds it. ``holder`` is an advisor's name; ``pages`` only for the holder."""

    task: Id
    branch: Name
    state: TaskState
    urgency: Urgency
    customer_name: ShortText
    business: Code
    business_name: ShortText
    booked: bool
    waiting_since: Moment
    offered_at: Moment
    expires: Moment
    plan: Plan
    number: TicketNumber | None = None
    holder: Name | None = None
    pages: CustomerPages | None = None
    match_score: Share | None = None


class TaskOffered(msgspec.Struct, frozen=True, kw_only=True, tag="task.offered.v1"):
    """A task for this device: alert the wrist (W-06, W-07)."""

    position: StreamPosition
    task: TaskView


class TaskClaimed(msgspec.Struct, frozen=True, kw_only=True, tag="task.claimed.v1"):
    """Someone holds the task now. For the winner's device ``task`` is the full view, for the others null (W-06)."""

    position: StreamPosition
    task_id: Id
    holder: Name
    task: TaskView | None = None


class WithdrawReason(StrEnum):
    """Why a task left a device."""

    SERVED = "served"
    EXPIRED = "expired"
    CANCELLED = "cancelled"
    REBOUND = "rebound"
    PASSED_ON = "passed_on"


class TaskWithdrawn(msgspec.Struct, frozen=True, kw_only=True, tag="task.withdrawn.v1"):
    """The task is no longer this device's; it never buzzes again (W-07)."""

    position: StreamPosition
    task_id: Id
    reason: WithdrawReason


class TaskUpdated(msgspec.Struct, frozen=True, kw_only=True, tag="task.updated.v1"):
    """A held task changed: a second event of the visit, the talk began, the feedback was taken."""

    position: StreamPosition
    task: TaskView


class TasksSynced(msgspec.Struct, frozen=True, kw_only=True, tag="tasks.synced.v1"):
    """All the hub holds for this device, replacing whatever the device holds (W-01). In parts when it is long.

    ``lent``: of a device that its branch lends, to whom it is lent, null for nobody; left out for any other.
    """

    position: StreamPosition
    part: Annotated[int, Meta(ge=1)]
    parts: Annotated[int, Meta(ge=1)]
    binding: Binding | None
    choices: tuple[BranchChoice, ...]
    tasks: tuple[TaskView, ...]
    lent: Lent | UnsetType | None = UNSET


class NameTarget(msgspec.Struct, frozen=True, kw_only=True, tag="target.name.v1"):
    """An advisor names a customer by hand (W-03b)."""

    customer: CustomerRef
    business: Code


class ClaimTask(msgspec.Struct, frozen=True, kw_only=True, tag="task.claim.v1"):
    """The advisor wants the task; of N claims one wins (W-06)."""

    task_id: Id


class PassTask(msgspec.Struct, frozen=True, kw_only=True, tag="task.pass.v1"):
    """The advisor declines an offered task; the policy goes on to the next (W-06)."""

    task_id: Id


class Consent(StrEnum):
    """The customer's answer to the recording question (W-10)."""

    GRANTED = "granted"
    REFUSED = "refused"


class StartTalk(msgspec.Struct, frozen=True, kw_only=True, tag="talk.start.v1"):
    """The talk begins; the consent is recorded with who asked and when (the envelope's source and time; W-10)."""

    task_id: Id
    consent: Consent


class SegmentOrigin(StrEnum):
    """How a segment came to be: typed needs no consent, speech does (W-10)."""

    TYPED = "typed"
    SPEECH = "speech"


class Speaker(StrEnum):
    """Who speaks; one microphone can't always tell."""

    CUSTOMER = "customer"
    ADVISOR = "advisor"
    UNKNOWN = "unknown"


class HeardWord(msgspec.Struct, frozen=True, kw_only=True):
    """A word of a segment and how sure the recogniser is of it."""

    text: ShortText
    confidence: Share


class SegmentHeard(msgspec.Struct, frozen=True, kw_only=True, tag="talk.segment.v1", omit_defaults=True):
    """One segment of the talk; ``index`` counts from 0 within the task. Personal data is redacted before it is sent.

    ``words``: those of ``text`` in order, empty where it was typed. ``engine``: what recognised it. ``at_ms``: its end,
    in milliseconds since the talk began. All four are left out where they say nothing, as in segments of before they
    were added.
    """

    task_id: Id
    index: Annotated[int, Meta(ge=0, le=100_000)]
    origin: SegmentOrigin
    language: Language
    text: LongText
    words: Annotated[tuple[HeardWord, ...], Meta(max_length=500)] = ()
    speaker: Speaker = Speaker.UNKNOWN
    engine: ShortText = ""
    at_ms: Annotated[int, Meta(ge=0, le=86_400_000)] = 0


class Stance(StrEnum):
    """What the customer thinks of a product, as the advisor taps it; ``none`` takes an earlier tap back."""

    INTEREST = "interest"
    REFUSAL = "refusal"
    NONE = "none"


class TapAbout(StrEnum):
    """What was tapped: a product, or what a question of the talk is about."""

    PRODUCT = "product"
    CATEGORY = "category"
    CONCEPT = "concept"
    NEED = "need"


class TapSignal(msgspec.Struct, frozen=True, kw_only=True, tag="talk.signal.v1", omit_defaults=True):
    """The advisor taps what the customer thinks of a product, in place of speech (W-10, W-12). The latest holds.

    ``product``: its code; or with ``about`` the code of a category of the catalogue, or of a concept or need of the
    talk's vocabulary, when the advisor answers a question about what was heard. Left out for a product, as in taps of
    before it was added.
    """

    task_id: Id
    product: Code
    stance: Stance
    about: TapAbout = TapAbout.PRODUCT


class AlertStep(StrEnum):
    """A moment in the life of an alert on the device (W-07)."""

    DELIVERED = "delivered"
    SHOWN = "shown"
    BUZZED = "buzzed"
    CLAIMED = "claimed"


class TimedStep(msgspec.Struct, frozen=True, kw_only=True):
    """When a step happened, in microseconds of the hub's monotonic clock, as the device estimates it."""

    step: AlertStep
    hub_us: Microseconds


class AlertTimes(msgspec.Struct, frozen=True, kw_only=True):
    """One alert's steps. ``epoch``: the hub's run whose clock is meant; the true times are within ``within_us``."""

    task_id: Id
    epoch: Id
    within_us: Microseconds
    steps: Annotated[tuple[TimedStep, ...], Meta(min_length=1, max_length=4)]


class AlertsTimed(msgspec.Struct, frozen=True, kw_only=True, tag="alerts.timed.v1"):
    """Receipts of alerts: delivered, shown, buzzed, claimed. Later steps of a task may follow in another message."""

    alerts: Annotated[tuple[AlertTimes, ...], Meta(min_length=1, max_length=50)]


class Outcome(StrEnum):
    """How the visit ended (W-14)."""

    SUCCESS = "success"
    FAILURE = "failure"


class GiveFeedback(msgspec.Struct, frozen=True, kw_only=True, tag="feedback.give.v1"):
    """The advisor's four taps: outcome, products taken, preferences heard, products refused, note (W-14)."""

    task_id: Id
    outcome: Outcome
    products: Annotated[tuple[Code, ...], Meta(max_length=20)] = ()
    preferences: Annotated[tuple[Code, ...], Meta(max_length=20)] = ()
    refused: Annotated[tuple[Code, ...], Meta(max_length=20)] = ()
    note: LongText = ""
