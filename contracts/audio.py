"""Messages that carry speech to the hub's recognisers and text back, where a device has none of its own (W-11).

None of them is queued and none touches a disk. Whatever is lost is made good while it still matters: the opening and
the closing are said again until they are answered, a final text until the device says that it has it; a lost frame is
concealed. ``stream`` is a name of the device's own choice, new for each opening. Frames are Opus (RFC 6716), 16 kHz
mono, 20 ms each, 24 kbit/s; a frame's number counts those 20 ms since the stream began, sent or not.

Only the broker's TLS encrypts what is on its way: where there is none, these messages can be listened to.
"""

from enum import StrEnum
from typing import Annotated

import msgspec
from msgspec import Meta

from contracts.fields import Id, Language, LongText, ShortText
from contracts.visits import HeardWord

FRAME_MS = 20
"""The length of a frame."""

MAX_FRAME_BYTES = 400
"""The largest frame: 160 kbit/s."""

MAX_FRAMES = 25
"""The most frames that one message carries: half a second."""

MOST_FRAMES = 24 * 60 * 60 * 50
"""A stream is at most a day long."""

FrameNumber = Annotated[int, Meta(ge=0, le=MOST_FRAMES, description="20 ms steps since the stream began")]
FrameCount = Annotated[int, Meta(ge=0, le=2 * MOST_FRAMES, description="frames since the stream began")]
SegmentCount = Annotated[int, Meta(ge=0, le=100_000, description="final texts of the stream")]
Frame = Annotated[bytes, Meta(min_length=1, max_length=MAX_FRAME_BYTES)]
TalkTime = Annotated[int, Meta(ge=0, le=86_400_000, description="milliseconds since the talk began")]


class AudioOpened(msgspec.Struct, frozen=True, kw_only=True, tag="audio.opened.v1"):
    """The device wants the speech of this talk recognised; said again while it has no leave to send.

    The customer has agreed, and the task is this advisor's: the hub looks for itself. ``begins_ms``: where in the talk
    the stream begins. ``sent``: the frames that were sent so far, ``heard``: the final texts that came.
    """

    stream: Id
    task_id: Id
    language: Language
    begins_ms: TalkTime = 0
    sent: FrameCount = 0
    heard: SegmentCount = 0


class AudioFrames(msgspec.Struct, frozen=True, kw_only=True, tag="audio.frames.v1"):
    """Consecutive frames, from number ``first`` on; ``sent``: the frames that were sent before these.

    A gap in the numbers without one in ``sent`` is what the device had to leave out.
    """

    stream: Id
    first: FrameNumber
    sent: FrameCount
    frames: Annotated[tuple[Frame, ...], Meta(min_length=1, max_length=MAX_FRAMES)]
    heard: SegmentCount = 0


class AudioClosed(msgspec.Struct, frozen=True, kw_only=True, tag="audio.closed.v1"):
    """No more frames: the number of the last is below ``end``; said again until ``audio.ended.v1`` answers it.

    ``discard``: what was begun is to be forgotten, not recognised.
    """

    stream: Id
    end: FrameNumber
    heard: SegmentCount = 0
    discard: bool = False


class AudioGranted(msgspec.Struct, frozen=True, kw_only=True, tag="audio.granted.v1"):
    """The device may have sent ``frames`` frames of the stream in all; ``engine``: what recognises it."""

    stream: Id
    frames: FrameCount
    engine: ShortText


class AudioStop(StrEnum):
    """Why the hub does not recognise a stream, or does not go on with it."""

    NO_CONSENT = "no_consent"
    NOT_HELD = "not_held"
    NO_ENGINE = "no_engine"
    BUSY = "busy"
    FAILED = "failed"
    UNKNOWN_STREAM = "unknown_stream"


class AudioRefused(msgspec.Struct, frozen=True, kw_only=True, tag="audio.refused.v1"):
    """The stream is not opened, or is over before its closing; texts of what came before may still follow.

    ``no_consent``: the talk may not be recorded. ``not_held``: the device has no such talk. ``no_engine``: the hub
    recognises nothing in this language. ``busy``: others use all recognisers. ``failed``: a recogniser crashed, or
    heard nothing for too long. ``unknown_stream``: it was never opened, or before the hub started anew.
    ``retry_after_s``: when another opening may do better; null: not in this talk.
    """

    stream: Id
    why: AudioStop
    detail: ShortText = ""
    retry_after_s: Annotated[float, Meta(ge=0.0, le=3600.0)] | None = None


class AudioHeard(msgspec.Struct, frozen=True, kw_only=True, tag="audio.heard.v1", omit_defaults=True):
    """What was understood: the words so far (``index`` null), or an utterance's final text.

    ``number`` counts the final texts of the stream from 0: a partial text has that of the final one to come. A final
    text has been taken for the talk already, as its segment ``index``: the device folds in the very same.
    """

    stream: Id
    number: SegmentCount
    language: Language
    text: LongText
    index: Annotated[int, Meta(ge=0, le=100_000)] | None = None
    words: Annotated[tuple[HeardWord, ...], Meta(max_length=500)] = ()
    engine: ShortText = ""
    at_ms: TalkTime = 0


class AudioEnded(msgspec.Struct, frozen=True, kw_only=True, tag="audio.ended.v1"):
    """All of a closed stream was recognised, and nothing of it is kept; it had this many final texts."""

    stream: Id
    segments: SegmentCount
