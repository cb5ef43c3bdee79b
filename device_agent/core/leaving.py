"""What of a talk leaves this device: segments without personal data (W-10). Pure."""

import msgspec

from contracts.visits import HeardWord, Plan, SegmentHeard, SegmentOrigin, TaskView
from device_agent.core.followed import utterance_in
from device_agent.core.hearing import Spoken
from models.talk.redaction import redact

DAY_MS = 86_400_000
"""The longest time that a segment can carry."""

LONGEST = 2000
"""The most characters that a segment can carry."""


def segment_of(task_id: str, spoken: Spoken, since_ms: int) -> SegmentHeard:
    """What was heard as a segment. ``since_ms``: when listening began, in the talk's time; the hub counts by itself."""
    return SegmentHeard(
        task_id=task_id,
        index=spoken.index or 0,
        origin=SegmentOrigin.SPEECH,
        language=spoken.language,
        text=spoken.text[:LONGEST],
        words=spoken.words,
        engine=spoken.engine,
        at_ms=min((since_ms if spoken.index is None else 0) + spoken.at_ms, DAY_MS),
    )


def without_personal_data(segment: SegmentHeard, view: TaskView | None) -> SegmentHeard:
    """The segment without names, numbers, addresses, cards, as far as rules can tell; ``view``: whose talk it is."""
    pages = view.pages.customer if view is not None and view.pages is not None else ()
    names = (*((view.customer_name,) if view is not None else ()), *(one.value for one in pages if one.code == "name"))
    clean = redact(utterance_in(segment), names)
    words = tuple(HeardWord(text=word.text, confidence=word.confidence) for word in clean.words)
    return msgspec.structs.replace(segment, text=clean.text, words=words)


def talked_before(plan: Plan) -> bool:
    """Whether the plan shows something of a talk before this one, which another began."""
    if plan.basis is None:
        return True
    first = [(one.code, one.probability) for one in plan.basis.products[: len(plan.products)]]
    return first != [(one.code, one.probability) for one in plan.products]
