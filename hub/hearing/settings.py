"""What the hub hears and how much at once: the keys of ``[hearing]``. Pure (W-11)."""

from enum import StrEnum
from typing import Annotated

import msgspec
from msgspec import Meta

from contracts.fields import Language

Seconds = Annotated[float, Meta(gt=0.0, le=3600.0)]


class EngineChoice(StrEnum):
    """What recognises speech: the best that is installed for each language, or only the named engine."""

    AUTO = "auto"
    VOSK = "vosk"
    WHISPER = "whisper"


class WyomingReach(StrEnum):
    """Where a Wyoming server may be: the audio of talks goes there, and the protocol encrypts nothing."""

    LOOPBACK = "loopback"
    PRIVATE = "private"


class HearingConfig(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """``enabled`` false: devices that ask are told that there is no recogniser here.

    ``workers`` processes (0: one a core but one) recognise ``most_streams_a_worker`` streams each, in ``languages``, by
    ``engine``. A branch has at most ``most_a_branch`` of them (0: all, as long as no other branch waits for one). When
    all are taken, ``queue_most`` streams wait for at most ``wait_s``; then they are told to come back after
    ``retry_s``. A stream that sends nothing for ``idle_s`` is dropped.

    ``wyoming``: ``tcp://ADDRESS:PORT`` of a Wyoming server that recognises instead, for pauses cut here;
    ``wyoming_reach`` allows an address of this machine only, or of a private network too.
    """

    enabled: bool = False
    workers: Annotated[int, Meta(ge=0, le=256)] = 0
    most_streams_a_worker: Annotated[int, Meta(ge=1, le=32)] = 2
    most_a_branch: Annotated[int, Meta(ge=0, le=8192)] = 0
    queue_most: Annotated[int, Meta(ge=0, le=8192)] = 32
    wait_s: Seconds = 5.0
    retry_s: Seconds = 15.0
    idle_s: Seconds = 15.0
    languages: Annotated[tuple[Language, ...], Meta(min_length=1)] = (Language.EN, Language.ZH, Language.KO)
    engine: EngineChoice = EngineChoice.AUTO
    wyoming: str = ""
    wyoming_reach: WyomingReach = WyomingReach.LOOPBACK
