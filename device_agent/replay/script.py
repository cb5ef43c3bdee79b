"""A talk as text: one utterance a line, with its time and its speaker where they are known."""

import re
from collections.abc import Iterator

from contracts.fields import Language
from contracts.visits import SegmentHeard, SegmentOrigin, Speaker
from device_agent.errors import ReplayError

LINE_S = 4.0
"""How long an utterance takes where the text doesn't say when it ended."""

_TIME = re.compile(r"\[(?:(\d{1,2}):)?(\d{1,3}):(\d{2})\]\s*")
_SPEAKERS = {
    "customer": Speaker.CUSTOMER,
    "advisor": Speaker.ADVISOR,
    "顾客": Speaker.CUSTOMER,
    "客户": Speaker.CUSTOMER,
    "客户经理": Speaker.ADVISOR,
    "고객": Speaker.CUSTOMER,
    "상담원": Speaker.ADVISOR,
}
_SPEAKER = re.compile(rf"({'|'.join(sorted(_SPEAKERS, key=len, reverse=True))})\s*[:：]\s*", re.IGNORECASE)
_LONGEST = 2000


def segments_in(text: str, language: Language, *, origin: str) -> Iterator[SegmentHeard]:
    """The utterances of a text; empty lines and lines that begin with # are passed over.

    A line may begin with ``[MM:SS]`` or ``[HH:MM:SS]``, the end of the utterance, and then with ``advisor:`` or
    ``customer:`` (in any of the three languages). Raises ``ReplayError`` with ``origin`` and the line's number.
    """
    at_ms = 0
    index = 0
    for number, line in enumerate(text.splitlines(), 1):
        rest = line.strip()
        if not rest or rest.startswith("#"):
            continue
        time = _TIME.match(rest)
        if time is None:
            at_ms += int(LINE_S * 1000)
        else:
            said_ms = 1000 * (3600 * int(time[1] or 0) + 60 * int(time[2]) + int(time[3]))
            if said_ms < at_ms:
                raise ReplayError(f"{origin}, line {number}: {time[0].strip()} is before the line above it: sort them")
            at_ms = said_ms
            rest = rest[time.end() :]
        speaker = _SPEAKER.match(rest)
        if speaker is not None:
            rest = rest[speaker.end() :]
        if not 0 < len(rest) <= _LONGEST:
            raise ReplayError(f"{origin}, line {number}: {len(rest)} characters: say 1 to {_LONGEST}")
        who = Speaker.UNKNOWN if speaker is None else _SPEAKERS[speaker[1].lower()]
        yield SegmentHeard(
            task_id="replayed",
            index=index,
            origin=SegmentOrigin.SPEECH,
            language=language,
            text=rest,
            speaker=who,
            at_ms=at_ms,
        )
        index += 1
