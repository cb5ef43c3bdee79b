"""The pages' values: a face, and a page of caption, title, body and at most two buttons."""

from dataclasses import dataclass
from enum import StrEnum

from contracts.visits import Consent
from device_agent.core.form import FormMove, VisitForm


@dataclass(frozen=True, slots=True)
class ShowFace:
    """The watch face."""


@dataclass(frozen=True, slots=True)
class ShowList:
    """Pending and done tasks."""


@dataclass(frozen=True, slots=True)
class ShowTask:
    """One task's page."""

    task: str


@dataclass(frozen=True, slots=True)
class ShowConsent:
    """The recording question before the talk."""

    task: str


@dataclass(frozen=True, slots=True)
class ShowForm:
    """The feedback form as far as it is filled in."""

    form: VisitForm


@dataclass(frozen=True, slots=True)
class ShowBranches:
    """The choice of a branch."""


Route = ShowFace | ShowList | ShowTask | ShowConsent | ShowForm | ShowBranches


@dataclass(frozen=True, slots=True)
class Go:
    """Show another page."""

    to: Route


@dataclass(frozen=True, slots=True)
class GoBack:
    """The page before."""


@dataclass(frozen=True, slots=True)
class Take:
    """Claim this task."""

    task: str


@dataclass(frozen=True, slots=True)
class PassOn:
    """Pass this task."""

    task: str


@dataclass(frozen=True, slots=True)
class Begin:
    """Start the talk with this answer."""

    task: str
    consent: Consent


@dataclass(frozen=True, slots=True)
class EndTalk:
    """Open the feedback form of this task."""

    task: str


@dataclass(frozen=True, slots=True)
class Say:
    """A typed line."""

    text: str


@dataclass(frozen=True, slots=True)
class MoveForm:
    """On or back in the form."""

    by: FormMove


@dataclass(frozen=True, slots=True)
class Tick:
    """Tick or untick a line of the form."""

    code: str


@dataclass(frozen=True, slots=True)
class SendForm:
    """Send the feedback."""


@dataclass(frozen=True, slots=True)
class PickBranch:
    """Bind to this branch."""

    branch: str


@dataclass(frozen=True, slots=True)
class LeaveBranch:
    """Unbind."""


@dataclass(frozen=True, slots=True)
class PutAway:
    """The notice was read."""

    message: str


Tap = (
    Go
    | GoBack
    | Take
    | PassOn
    | Begin
    | EndTalk
    | Say
    | MoveForm
    | Tick
    | SendForm
    | PickBranch
    | LeaveBranch
    | PutAway
)


class Tone(StrEnum):
    """How a thing stands out."""

    CALM = "calm"
    ACCENT = "accent"
    WARN = "warn"


@dataclass(frozen=True, slots=True)
class Button:
    """A button; ``tap`` is null while it only tells that something is under way."""

    name: str
    label: str
    tone: Tone
    tap: Tap | None


@dataclass(frozen=True, slots=True)
class Bar:
    """A product of the plan: likelihood 0 to 1, its place 0 to 2, and the first reason ('' when there is none)."""

    label: str
    share: float
    place: int
    reason: str

    @property
    def percent(self) -> str:
        """The likelihood as shown."""
        return f"{round(self.share * 100)}%"


@dataclass(frozen=True, slots=True)
class Row:
    """A line of a list: title, a second line, what stands at its right, and where it leads."""

    name: str
    title: str
    detail: str
    aside: str
    tone: Tone
    ticked: bool
    tap: Tap | None


@dataclass(frozen=True, slots=True)
class Words:
    """Text to read; a heading within a list when ``quiet``."""

    text: str
    quiet: bool


Block = Bar | Row | Words


@dataclass(frozen=True, slots=True)
class Page:
    """Any page but the face. ``note`` belongs to the caption; ``entry`` is the hint of a line to type, or null."""

    name: str
    caption: str
    title: str
    blocks: tuple[Block, ...]
    buttons: tuple[Button, ...]
    back: Tap | None
    entry: str | None = None
    tone: Tone = Tone.CALM
    note: str = ""


@dataclass(frozen=True, slots=True)
class Face:
    """The watch face (W-01, W-08). ``pill`` is the big button: the count of tasks, or the way to a branch."""

    clock: str
    branch: str
    badge: int
    pill: str
    pill_tone: Tone
    open_pill: Tap
    link: str
    link_tone: Tone
    open_branch: Tap
    name: str = "face"
