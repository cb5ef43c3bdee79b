"""What a screen shows, as values: the face, and pages of a header, a body of blocks and at most two buttons."""

from dataclasses import dataclass
from enum import StrEnum

from contracts.visits import Stance
from device_agent.presenters.routes import Tap

JOINT = "·"
"""Between parts of a line; the font gives it its own air."""


class Tone(StrEnum):
    """How a thing stands out; never by colour alone: a tone comes with a word or a sign."""

    CALM = "calm"
    ACCENT = "accent"
    WARN = "warn"
    ALARM = "alarm"


class Sign(StrEnum):
    """Drawn signs; the screen draws them from strokes."""

    BACK = "back"
    CHECK = "check"
    CROSS = "cross"
    UP = "up"
    DOWN = "down"
    NEW = "new"
    LOCK = "lock"
    MICROPHONE = "microphone"
    MICROPHONE_OFF = "microphone_off"
    PAUSE = "pause"
    PLAY = "play"
    HEART = "heart"
    SPEAKER = "speaker"
    BELL_OFF = "bell_off"
    BATTERY = "battery"
    LINKED = "linked"
    UNLINKED = "unlinked"
    GEAR = "gear"
    HIDDEN = "hidden"
    WARNING = "warning"
    UPDATE = "update"
    CLOCK = "clock"
    SWAP = "swap"
    CARD = "card"
    STORE = "store"
    PERSON = "person"
    NOTE = "note"
    MORE = "more"
    SAID = "said"
    RING = "ring"
    ERASE = "erase"


@dataclass(frozen=True, slots=True)
class Mark:
    """A sign with its words; ``detail`` follows them, on a line of its own where they fill theirs."""

    sign: Sign
    text: str
    tone: Tone = Tone.CALM
    detail: str = ""


@dataclass(frozen=True, slots=True)
class Button:
    """A button; ``tap`` is null while it only tells that something is under way. ``detail`` is a second line."""

    name: str
    label: str
    tone: Tone
    tap: Tap | None
    detail: str = ""
    sign: Sign | None = None


class Moved(StrEnum):
    """How a product's place changed in the talk."""

    UP = "up"
    DOWN = "down"
    NEW = "new"


@dataclass(frozen=True, slots=True)
class Bar:
    """A product of the plan: likelihood 0 to 1, its place from 0, a reason ('' when there is none to show)."""

    name: str
    label: str
    share: float
    place: int
    reason: str
    tap: Tap | None = None
    lead: bool = False

    @property
    def percent(self) -> str:
        """The likelihood as shown."""
        return f"{round(self.share * 100)}%"


@dataclass(frozen=True, slots=True)
class Stand:
    """A product in the talk: what the customer thinks of it is one tap, and what moved is marked with why.

    ``stance``: as tapped; ``spoken``: as heard, where nothing was tapped.
    """

    name: str
    label: str
    share: float
    place: int
    stance: Stance
    moved: Moved | None
    why: str
    interest: Tap
    refusal: Tap
    percent: str
    spoken: Stance = Stance.NONE


@dataclass(frozen=True, slots=True)
class Ask:
    """Something that was heard and isn't sure, with the answers: interest, refusal, and ``skip`` to put it away.

    ``likely``: the answer that was heard, if it was one of the first two.
    """

    name: str
    text: str
    likely: Stance
    interest: Tap
    refusal: Tap
    skip: Tap
    skip_label: str


@dataclass(frozen=True, slots=True)
class Row:
    """A line of a list: title, a second line, what stands at its right, and where it leads.

    ``shortened`` says that its title may be cut because the whole stands elsewhere.
    """

    name: str
    title: str
    detail: str
    aside: str
    tone: Tone
    ticked: bool
    tap: Tap | None
    sign: Sign | None = None
    end: Sign | None = None
    shortened: bool = False


@dataclass(frozen=True, slots=True)
class Choice:
    """One of a few large answers that share the page."""

    name: str
    label: str
    tone: Tone
    tap: Tap
    sign: Sign | None = None


@dataclass(frozen=True, slots=True)
class Words:
    """Text to read; a heading within a list when ``quiet``, an important line when ``strong``."""

    text: str
    quiet: bool = False
    strong: bool = False


@dataclass(frozen=True, slots=True)
class Detail:
    """A line of a customer page: what it is ('' where the title says it), its value; ``masked`` has a lock (W-09)."""

    label: str
    value: str
    masked: bool


@dataclass(frozen=True, slots=True)
class Live:
    """The words being heard, '' while there are none: their place is kept. ``quiet``: the device's own words."""

    text: str
    quiet: bool = False


@dataclass(frozen=True, slots=True)
class Emblem:
    """A large sign alone, for pages that tell one thing."""

    sign: Sign
    tone: Tone


@dataclass(frozen=True, slots=True)
class Large:
    """A number, or a few words, to be read at arm's length; ``share`` of the largest type; ``flashes``: asks for
    attention."""

    text: str
    share: float = 1.0
    flashes: bool = False


@dataclass(frozen=True, slots=True)
class Progress:
    """How far something is, 0 to 1."""

    share: float


@dataclass(frozen=True, slots=True)
class Pad:
    """A pad of digits; ``filled`` of ``length`` are typed. ``open`` is false while no try is taken."""

    filled: int
    length: int
    open: bool = True


Block = Bar | Stand | Ask | Row | Choice | Words | Detail | Live | Emblem | Large | Progress | Pad


@dataclass(frozen=True, slots=True)
class Leaves:
    """Which of how many leaves is open, for the dots."""

    at: int
    count: int


@dataclass(frozen=True, slots=True)
class Page:
    """Any page but the face. ``mark`` stands above the title in place of the caption; ``entry`` is the hint of a line
    to type, or null, and ``about`` the task that the line belongs to; ``urgent`` lights the edge of the screen."""

    name: str
    caption: str
    title: str
    blocks: tuple[Block, ...]
    buttons: tuple[Button, ...]
    back: Tap | None
    entry: str | None = None
    tone: Tone = Tone.CALM
    mark: Mark | None = None
    leaves: Leaves | None = None
    urgent: bool = False
    about: str = ""


@dataclass(frozen=True, slots=True)
class Face:
    """The watch face (W-01, W-08). ``pill`` is the big button: who waits, or the way to a branch."""

    clock: str
    date: str
    branch: str
    badge: int
    pill: Button
    link: Mark
    battery: Mark | None
    quiet: Mark | None
    banner: Mark | None
    open_branch: Tap
    open_settings: Tap
    name: str = "face"


Shown = Face | Page
