"""What an utterance shows about the customer's wishes, in English, Chinese and Korean (W-12). Pure, streaming.

The names in the utterance become marks; cues around them say what is felt about them; what is only pointed at is
looked up in the context. Nothing is guessed: no cue, no signal. A badly heard word makes the signal a question, never
its opposite.
"""

from __future__ import annotations

from models.names import Language
from models.talk import english
from models.talk.answers import answered, turn_of
from models.talk.certainty import heard, surely
from models.talk.context import Context, after_advisor, after_customer
from models.talk.fuzzy import sounds_of
from models.talk.lexicon import Lexicon, Ref
from models.talk.reading import Reading, read_utterance
from models.talk.signals import Signal, Utterance
from models.talk.stance import Stance, final
from models.talk.views import views

__all__ = ["Context", "get_ready", "hear"]


def get_ready(lexicon: Lexicon, language: Language) -> None:
    """Make what the first utterance in the language would wait for: half a second on a desktop, Chinese twice that."""
    lexicon.speech(language)
    sounds_of(lexicon, language)


def hear(context: Context, utterance: Utterance, lexicon: Lexicon) -> tuple[Context, tuple[Signal, ...]]:
    """The context after ``utterance``, and the signals in it in the order they were said: none in an advisor's turn."""
    reading = read_utterance(context, utterance, lexicon)
    turn = turn_of(utterance, reading)
    if turn.advisor:
        return after_advisor(context, _told_of(context, reading), turn.asked, turn.offered), ()
    stances = final(answered(context, reading, views(context, reading)))
    signals = tuple(_signal(stance, utterance, reading, lexicon) for stance in stances)
    return after_customer(context, _spoken_of(reading, stances)), signals


def _told_of(context: Context, reading: Reading) -> tuple[Ref, ...]:
    """What the advisor named; nothing new where the words only explain what was named before."""
    explains = bool(context.named) and any(hit.cue.says == "explains" for hit in reading.scene.frames)
    if explains:
        return ()
    return english.told_of(reading) if reading.language == "en" else reading.named


def _spoken_of(reading: Reading, stances: tuple[Stance, ...]) -> tuple[Ref, ...]:
    """What "it" will mean next: what was named, else what was judged without being named again."""
    return reading.named or tuple(one.ref for one in stances)


def _signal(stance: Stance, utterance: Utterance, reading: Reading, lexicon: Lexicon) -> Signal:
    if stance.kind is None:
        raise AssertionError("a stance that was taken back is no signal")
    start = min(left for left, _ in stance.spans)
    end = max(right for _, right in stance.spans)
    sure = surely(heard(utterance), (*stance.spans, *reading.negators_near(stance.place)))
    return Signal(
        kind=stance.kind,
        about=stance.ref.about,
        subject=stance.ref.subject,
        products=lexicon.products_of(stance.ref.about, stance.ref.subject),
        confidence=sure * stance.sure,
        utterance=utterance.index,
        start=start,
        end=end,
        at_ms=utterance.at_ms,
        rule=stance.rule,
    )
