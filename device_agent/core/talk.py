"""The running talk as the wrist knows it. Pure."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum

from contracts.visits import PlanMove, Stance


class Hearing(StrEnum):
    """Whether speech is followed: no consent, nothing that could listen, listening, or paused by a tap."""

    REFUSED = "refused"
    UNAVAILABLE = "unavailable"
    LISTENING = "listening"
    PAUSED = "paused"


@dataclass(frozen=True, slots=True)
class Talk:
    """One talk. ``partial``: the words heard so far; ``stances``: product to what was tapped; ``moves``: the latest."""

    task: str
    began: datetime
    hearing: Hearing
    partial: str = ""
    stances: Mapping[str, Stance] = field(default_factory=dict)
    moves: tuple[PlanMove, ...] = ()
