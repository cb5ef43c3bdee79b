"""Messages that bring a ranking model to a device: state replication in pieces (W-13, W-16).

The hub says which model a device should have; the device asks for the pieces that it lacks, at its own pace, and says
how far it is. None of them is queued: whatever is lost is said again after the next report, and a device that comes
back asks from where its disk ends.
"""

from enum import StrEnum
from typing import Annotated

import msgspec
from msgspec import Meta

from contracts.fields import ShortText, whole

MAX_CHUNK_BYTES = 16 * 1024
"""The most that one ``model.chunk.v1`` carries; in base64 with its envelope a third of the message limit."""

MAX_SIGNATURE_BYTES = 16 * 1024
"""The largest ``signature.json`` that can be announced."""

FileName = Annotated[
    str, Meta(pattern=whole(r"[a-z0-9][a-z0-9._-]{0,63}"), description="name of a file of a model's folder")
]
Serial = Annotated[int, Meta(ge=1, le=2**53 - 1, description="counts a bank's published models; never goes back")]
Size = Annotated[int, Meta(ge=0, le=64 * 1024 * 1024)]


class HeldModel(msgspec.Struct, frozen=True, kw_only=True):
    """A model as a device names it: its version, and the serial under which it was published."""

    version: ShortText
    serial: Serial


class ModelAnnounced(msgspec.Struct, frozen=True, kw_only=True, tag="model.announced.v1"):
    """The model that this device should have, replacing any earlier word of it.

    ``signature`` is its ``signature.json``: the signed list of its files. ``activate``: false has it ready and not yet
    in use. Pieces of at most ``chunk_bytes`` are asked for.
    """

    version: ShortText
    serial: Serial
    signature: Annotated[bytes, Meta(min_length=1, max_length=MAX_SIGNATURE_BYTES)]
    chunk_bytes: Annotated[int, Meta(ge=256, le=MAX_CHUNK_BYTES)] = MAX_CHUNK_BYTES
    activate: bool = True


class ModelChunkWanted(msgspec.Struct, frozen=True, kw_only=True, tag="model.chunk.wanted.v1"):
    """The device lacks this piece of an announced model; never queued, asked again when no answer comes."""

    version: ShortText
    serial: Serial
    file: FileName
    offset: Size
    size: Annotated[int, Meta(ge=1, le=MAX_CHUNK_BYTES)]


class ModelChunk(msgspec.Struct, frozen=True, kw_only=True, tag="model.chunk.v1"):
    """A piece of a file; worth nothing until the whole file has the signed hash."""

    version: ShortText
    serial: Serial
    file: FileName
    offset: Size
    data: Annotated[bytes, Meta(min_length=1, max_length=MAX_CHUNK_BYTES)]


class ModelState(StrEnum):
    """How far a device is with an announced model."""

    DOWNLOADING = "downloading"
    INSTALLED = "installed"
    ACTIVE = "active"
    REFUSED = "refused"
    FAILED = "failed"


class ModelReported(msgspec.Struct, frozen=True, kw_only=True, tag="model.reported.v1"):
    """What became of the announced model ``version``/``serial``, and which one is in use; never queued.

    ``refused``: it may not be used (signature, features, downgrade, altered), and trying again changes nothing.
    ``failed``: it could not be had or used this time; ``why`` says what happened.
    """

    version: ShortText
    serial: Serial
    state: ModelState
    active: HeldModel | None = None
    installed: Annotated[tuple[HeldModel, ...], Meta(max_length=16)] = ()
    why: Annotated[str, Meta(max_length=500)] = ""
