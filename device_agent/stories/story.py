"""A story file: TOML into frozen structs. What is wrong is said with the file, the step's number and what to do."""

import tomllib
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated, Literal, TypeVar, get_args

import msgspec
from msgspec import Meta

from contracts.errors import ErrorCode
from contracts.fields import Code, Id, Language, LongText, Name, ShortText, TicketNumber, Urgency
from contracts.lending import CallCount, CounterName, LentStage
from contracts.session import BranchChoice
from contracts.visits import (
    CustomerPages,
    DroppedProduct,
    PlannedProduct,
    Preference,
    Reason,
    WithdrawReason,
)
from device_agent.core.conditions import Storage, Update, Wrist
from device_agent.stories.errors import StoryError

SHOWN = 3
"""So many products of a plan are on the wrist."""


class _Part(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Base of what a story file says."""


class Customer(_Part, frozen=True, kw_only=True):
    """Who comes: ``name`` is how the steps call them, ``shown`` the masked name, ``products`` the plan from the top.

    Of the products the first three are shown; a later step may bring the others up.
    """

    name: Name
    shown: ShortText
    number: TicketNumber | None = None
    business: Code = "account"
    business_name: ShortText
    urgency: Urgency = Urgency.ORDINARY
    booked: bool = False
    waiting_minutes: Annotated[int, Meta(ge=0)] = 0
    lives_minutes: Annotated[int, Meta(ge=1)] = 30
    products: tuple[PlannedProduct, ...]
    dropped: tuple[DroppedProduct, ...] = ()
    preferences: tuple[Preference, ...] = ()
    pages: CustomerPages | None = None
    score: Annotated[float, Meta(ge=0.0, le=1.0)] = 1.0

    @property
    def task(self) -> Id:
        """The id of this customer's task."""
        return f"task-{self.name}"


class _Step(_Part, frozen=True, kw_only=True, tag_field="do"):
    """Base of the steps."""


class Offer(_Step, frozen=True, kw_only=True, tag="offer"):
    """The hub offers this customer's visit."""

    customer: Name


class Taken(_Step, frozen=True, kw_only=True, tag="taken"):
    """A colleague was quicker."""

    customer: Name
    by: Name


class Withdraw(_Step, frozen=True, kw_only=True, tag="withdraw"):
    """The hub takes the visit back."""

    customer: Name
    reason: WithdrawReason


class Moved(_Part, frozen=True, kw_only=True):
    """A product that moved, and why in the advisor's language."""

    product: Code
    why: Reason


class Replan(_Step, frozen=True, kw_only=True, tag="update"):
    """The hub has a new order of the products; those named in ``moved`` are marked."""

    customer: Name
    products: Annotated[tuple[Code, ...], Meta(min_length=1)]
    moved: tuple[Moved, ...] = ()


class Lend(_Step, frozen=True, kw_only=True, tag="lend"):
    """The device is lent to the customer of this number, or they are further than before: see ``Lent``."""

    number: TicketNumber
    stage: LentStage = LentStage.WAITING
    call: CallCount = 0
    counter: CounterName | None = None
    ahead: Annotated[int, Meta(ge=0)] | None = None
    minutes: tuple[int, int] | None = None


class GiveBack(_Step, frozen=True, kw_only=True, tag="give_back"):
    """The device is back with the branch."""


class BindHere(_Step, frozen=True, kw_only=True, tag="bind"):
    """The hub binds the device to a branch by itself; without a branch it unbinds it."""

    branch: Name | None = None


class GoOffline(_Step, frozen=True, kw_only=True, tag="offline"):
    """The network is gone."""


class GoOnline(_Step, frozen=True, kw_only=True, tag="online"):
    """The network is back."""


class Refuse(_Step, frozen=True, kw_only=True, tag="refuse"):
    """The hub will refuse the next message of this type, such as ``task.claim.v1``."""

    type: str
    code: ErrorCode


class Hold(_Step, frozen=True, kw_only=True, tag="hold"):
    """The hub hears, and answers nothing until ``release``."""


class Release(_Step, frozen=True, kw_only=True, tag="release"):
    """The hub answers what it has heard."""


class Tap(_Step, frozen=True, kw_only=True, tag="tap"):
    """A finger on the thing of this name; ``{language}`` stands for the language of the run."""

    name: str


class Swipe(_Step, frozen=True, kw_only=True, tag="swipe"):
    """A finger across the glass."""

    to: Literal["left", "right", "up", "down"]


class Crown(_Step, frozen=True, kw_only=True, tag="crown"):
    """So many clicks of the crown; onward is positive."""

    by: Annotated[int, Meta(ge=-50, le=50)]


class Press(_Step, frozen=True, kw_only=True, tag="button"):
    """The button at the side."""


class Type(_Step, frozen=True, kw_only=True, tag="type"):
    """Type into the line of the page, and send it."""

    text: Annotated[LongText, Meta(min_length=1)]


class Turn(_Step, frozen=True, kw_only=True, tag="wrist"):
    """The wrist goes up or down, or the device is taken off."""

    to: Wrist


class Condition(_Step, frozen=True, kw_only=True, tag="condition"):
    """How the device itself is from now on; what isn't named stays.

    ``charging`` goes with ``battery``; ``certificate_hours``: until it ends; ``updated``: the update is over.
    """

    battery: Annotated[int, Meta(ge=0, le=100)] | None = None
    charging: bool = False
    storage: Storage | None = None
    certificate_hours: int | None = None
    update: Update | None = None
    updated: bool = False


class SetPin(_Step, frozen=True, kw_only=True, tag="pin"):
    """The device has this code from now on; without one it has none."""

    set: str | None = None


class Wait(_Step, frozen=True, kw_only=True, tag="wait"):
    """The story's clock goes on; nobody waits for it."""

    seconds: Annotated[int, Meta(ge=1, le=7200)]


class Expect(_Step, frozen=True, kw_only=True, tag="expect"):
    """All that is named must hold within a moment.

    ``page`` by name, ``text`` somewhere on the glass and ``gone`` nowhere, ``thing`` to be touched and ``nothing``
    not; ``sent``: a message of this type since the last that was expected; ``alert``: the wrist was told to move for
    this customer since it last was expected, ``silent``: for this one it was not, or it was told to stop;
    ``summoned``: by these calls, and no others, a customer was summoned who is lent the device.
    """

    page: str | None = None
    text: str | None = None
    gone: str | None = None
    thing: str | None = None
    nothing: str | None = None
    sent: str | None = None
    alert: Name | None = None
    silent: Name | None = None
    badge: int | None = None
    summoned: tuple[int, ...] | None = None


class Shot(_Step, frozen=True, kw_only=True, tag="shot"):
    """A picture of this moment."""

    name: Annotated[str, Meta(pattern=r"^[a-z0-9][a-z0-9-]{0,60}$")]


Step = (
    Offer
    | Taken
    | Withdraw
    | Replan
    | Lend
    | GiveBack
    | BindHere
    | GoOffline
    | GoOnline
    | Refuse
    | Hold
    | Release
    | Tap
    | Swipe
    | Crown
    | Press
    | Type
    | Turn
    | Condition
    | SetPin
    | Wait
    | Expect
    | Shot
)

STEPS: dict[str, type[Step]] = {str(kind.__struct_config__.tag): kind for kind in get_args(Step)}
"""The steps by what they are called."""


class Story(_Part, frozen=True, kw_only=True):
    """A whole story. ``starts`` is what the watch shows at first; ``begun``: the first start lies behind it;
    ``to_lend``: the branch lends the device to customers, it has no advisor."""

    title: ShortText
    language: Language = Language.EN
    advisor: Name = "ann"
    starts: datetime = datetime(2026, 11, 21, 9, 41, tzinfo=UTC)
    begun: bool = True
    to_lend: bool = False
    bound: Name | None = None
    branches: Annotated[tuple[BranchChoice, ...], Meta(min_length=1)]
    customers: tuple[Customer, ...] = ()
    steps: tuple[Step, ...] = ()

    def customer(self, name: str) -> Customer:
        """The customer of this name; the steps' names were checked when the file was read."""
        return next(customer for customer in self.customers if customer.name == name)


S = TypeVar("S", bound=msgspec.Struct)


def load_story(path: Path) -> Story:
    """The story of the file; raises ``StoryError``."""
    try:
        text = path.read_text("utf-8")
    except (OSError, UnicodeDecodeError) as error:
        why = error.strerror if isinstance(error, OSError) else f"it is not UTF-8 at byte {error.start}"
        raise StoryError(f"{path}: can't be read: {why}; give a story file (TOML, UTF-8)") from error
    return parse_story(text, origin=str(path))


def parse_story(text: str, *, origin: str) -> Story:
    """As :func:`load_story`, from text; ``origin`` is named in errors."""
    try:
        raw: dict[str, object] = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise StoryError(f"{origin}: is not TOML: {error}") from error
    listed = raw.pop("steps", [])
    story = _convert(raw, Story, origin)
    if story.starts.tzinfo is None:
        raise StoryError(f"{origin}: starts = {story.starts}: give it an offset, such as 2026-11-21T09:41:00Z")
    if not isinstance(listed, list):
        raise StoryError(f"{origin}: steps is no list: write steps = [{{ do = … }}, …]")
    steps = []
    for number, entry in enumerate(listed, 1):
        step = _step(entry, f"{origin}: step {number}")
        _check_names(step, story, f"{origin}: step {number}")
        steps.append(step)
    return msgspec.structs.replace(story, steps=tuple(steps))


def _step(entry: object, where: str) -> Step:
    do = entry.get("do") if isinstance(entry, dict) else None
    kind = STEPS.get(do) if isinstance(do, str) else None
    if kind is None:
        raise StoryError(f"{where}: do = {do!r}: use one of {', '.join(sorted(STEPS))}")
    step: Step = _convert(entry, kind, f"{where} ({do})")
    return step


def _convert(raw: object, kind: type[S], where: str) -> S:
    try:
        return msgspec.convert(raw, kind, strict=True)
    except msgspec.ValidationError as error:
        allowed = ", ".join(kind.__struct_fields__)
        hint = f"; allowed here: {allowed}" if "unknown field" in str(error) or "missing" in str(error) else ""
        raise StoryError(f"{where}: {error}{hint}") from error


def _check_names(step: Step, story: Story, where: str) -> None:
    wanted: list[str] = []
    match step:
        case Offer() | Taken() | Withdraw() | Replan():
            wanted = [step.customer]
        case Expect():
            wanted = [name for name in (step.alert, step.silent) if name is not None]
        case BindHere() if step.branch is not None and step.branch not in {b.branch for b in story.branches}:
            branches = ", ".join(b.branch for b in story.branches)
            raise StoryError(f"{where}: branch = {step.branch!r}: there is only {branches}")
        case _:
            pass
    cast = {customer.name for customer in story.customers}
    for name in wanted:
        if name not in cast:
            raise StoryError(f"{where}: customer {name!r} is not in the cast: use one of {', '.join(sorted(cast))}")
    if isinstance(step, Replan):
        known = {product.code for product in story.customer(step.customer).products}
        for code in (*step.products, *(moved.product for moved in step.moved)):
            if code not in known:
                raise StoryError(
                    f"{where}: product {code!r} is not one of {step.customer}'s: {', '.join(sorted(known))}"
                )
