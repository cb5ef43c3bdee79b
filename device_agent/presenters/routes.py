"""Which page is open, and what a tap asks for. Values only."""

from dataclasses import dataclass
from enum import StrEnum

from contracts.fields import Language
from contracts.visits import Consent, Stance
from device_agent.core.form import FormMove, VisitForm
from models.talk.evidence import About


class Leaf(StrEnum):
    """The pages of a task, in the order in which a swipe turns them (W-09)."""

    PLAN = "plan"
    CUSTOMER = "customer"
    ASSETS = "assets"
    PREFERENCES = "preferences"


class Switch(StrEnum):
    """The settings that one tap turns on or off, or one step further."""

    VIBRATION = "vibration"
    RING = "ring"
    VOICE = "voice"
    QUIET = "quiet"
    LARGE_TEXT = "large_text"
    LEFT_HANDED = "left_handed"


class Corner(StrEnum):
    """The pages behind the settings that hold nothing of their own."""

    SETTINGS = "settings"
    LANGUAGES = "languages"
    BRANCHES = "branches"
    HAND_OVER = "hand_over"
    ABOUT = "about"


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
    leaf: Leaf = Leaf.PLAN


@dataclass(frozen=True, slots=True)
class ShowWhy:
    """Why this product is where it is."""

    task: str
    product: str


@dataclass(frozen=True, slots=True)
class ShowWhyNot:
    """Which products the rules took out, and why."""

    task: str


@dataclass(frozen=True, slots=True)
class ShowConsent:
    """The recording question before the talk."""

    task: str


@dataclass(frozen=True, slots=True)
class ShowForm:
    """The feedback form as far as it is filled in; ``noting`` while a note is added."""

    form: VisitForm
    noting: bool = False


@dataclass(frozen=True, slots=True)
class ShowCorner:
    """A page of the settings."""

    corner: Corner


@dataclass(frozen=True, slots=True)
class ShowPin:
    """A code to lock the device with is chosen: the digits so far, and the first entry when it is repeated;
    ``differed`` when the two were not the same."""

    digits: str = ""
    first: str | None = None
    differed: bool = False


Route = ShowFace | ShowList | ShowTask | ShowWhy | ShowWhyNot | ShowConsent | ShowForm | ShowCorner | ShowPin


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
class EndCall:
    """Put the alert away; the task stays in the list."""

    task: str


@dataclass(frozen=True, slots=True)
class Begin:
    """Start the talk with this answer."""

    task: str
    consent: Consent


@dataclass(frozen=True, slots=True)
class PauseHearing:
    """Stop or go on following the talk."""

    paused: bool


@dataclass(frozen=True, slots=True)
class TapStance:
    """What the customer thinks of a product; the same again takes it back."""

    product: str
    stance: Stance


@dataclass(frozen=True, slots=True)
class AnswerQuestion:
    """What the customer thinks of what was heard and isn't sure; none puts the question away."""

    about: About
    subject: str
    stance: Stance


@dataclass(frozen=True, slots=True)
class EndTalk:
    """Open the feedback form of this task."""

    task: str


@dataclass(frozen=True, slots=True)
class Say:
    """A typed line: of the talk, or the note of the form."""

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
class PickLanguage:
    """Show this language; null follows the binding."""

    language: Language | None


@dataclass(frozen=True, slots=True)
class Flip:
    """Turn a setting one step further."""

    switch: Switch


@dataclass(frozen=True, slots=True)
class HandOver:
    """End the shift: give the device to a colleague."""


@dataclass(frozen=True, slots=True)
class LockNow:
    """Lock the device."""


@dataclass(frozen=True, slots=True)
class RemovePin:
    """No code any more."""


@dataclass(frozen=True, slots=True)
class PressKey:
    """A key of the pad: a digit, or ``<`` to take the last back."""

    key: str


@dataclass(frozen=True, slots=True)
class Unlock:
    """Open a device that has no code."""


@dataclass(frozen=True, slots=True)
class ReadAloud:
    """Say this, or stop saying it."""

    text: str


@dataclass(frozen=True, slots=True)
class Unveil:
    """Show a blanked page again."""


@dataclass(frozen=True, slots=True)
class PutAway:
    """The notice was read."""

    message: str


@dataclass(frozen=True, slots=True)
class Understood:
    """That something is not possible now was read."""


@dataclass(frozen=True, slots=True)
class Know:
    """The trouble of this name was read."""

    trouble: str


@dataclass(frozen=True, slots=True)
class Feel:
    """The customer who is lent the device has felt the call."""


Tap = (
    Go
    | GoBack
    | Take
    | PassOn
    | EndCall
    | Begin
    | PauseHearing
    | TapStance
    | AnswerQuestion
    | EndTalk
    | Say
    | MoveForm
    | Tick
    | SendForm
    | PickBranch
    | LeaveBranch
    | PickLanguage
    | Flip
    | HandOver
    | LockNow
    | RemovePin
    | PressKey
    | Unlock
    | ReadAloud
    | Unveil
    | PutAway
    | Know
    | Understood
    | Feel
)


class Turn(StrEnum):
    """A gesture that is no tap: a swipe, a step of the crown, the side button."""

    LEFT = "left"
    RIGHT = "right"
    UP = "up"
    DOWN = "down"
    CROWN_UP = "crown_up"
    CROWN_DOWN = "crown_down"
    BUTTON = "button"
