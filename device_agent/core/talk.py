"""The running talk as the wrist knows it. Pure."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum

from contracts.visits import PlanMove, Stance
from device_agent.core.hearing import EarTrouble
from models.talk.evidence import About
from models.talk.signals import SignalKind


class Hearing(StrEnum):
    """Whether speech is followed: no consent, nothing that could listen, listening, or paused by a tap."""

    REFUSED = "refused"
    UNAVAILABLE = "unavailable"
    LISTENING = "listening"
    PAUSED = "paused"


@dataclass(frozen=True, slots=True)
class Question:
    """Something that was heard and is not sure: it counts nothing until the advisor taps an answer. ``name``: what the
    subject is called on the screen."""

    kind: SignalKind
    about: About
    subject: str
    name: str


@dataclass(frozen=True, slots=True)
class Talk:
    """One talk.

    ``engine``: what recognises speech, empty for nothing; ``trouble``: why nothing is heard just now. ``partial``: the
    words heard so far. ``stances``: product to what was tapped; ``heard``: product to what was said of it, where
    nothing was tapped; ``wanted``: categories of what the customer wants, as far as said or tapped. ``questions``:
    newest first. ``moves``: the latest.
    """

    task: str
    began: datetime
    hearing: Hearing
    engine: str = ""
    trouble: EarTrouble | None = None
    partial: str = ""
    stances: Mapping[str, Stance] = field(default_factory=dict)
    heard: Mapping[str, Stance] = field(default_factory=dict)
    wanted: tuple[str, ...] = ()
    questions: tuple[Question, ...] = ()
    moves: tuple[PlanMove, ...] = ()
