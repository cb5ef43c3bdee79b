"""One suite for whatever recognises speech: the language of tones, Vosk's Korean model, Whisper (W-10)."""

from __future__ import annotations

import importlib.util
from collections.abc import Callable, Iterator
from dataclasses import dataclass

import pytest

from runtime.speech.choosing import EngineKind, Engines, EngineSettings
from runtime.speech.errors import LanguageUnknown
from runtime.speech.port import SAMPLE_RATE, Engine, Recogniser, Transcript
from tests.speech_stands import ToneEngine, korean_clip, silence, tone

pytestmark = pytest.mark.req("W-10")


@dataclass(frozen=True)
class Stand:
    """An engine, what is said to it, and a piece of what it must hear."""

    engine: Engine
    language: str
    speech: bytearray
    heard: str


def _tones() -> Stand:
    return Stand(ToneEngine(), "en", silence(0.2) + tone("fund", 0.5) + tone("bond", 0.5) + silence(0.4), "fund bond")


def _real(kind: EngineKind, heard: str) -> Stand:
    if importlib.util.find_spec("vosk" if kind is EngineKind.VOSK else "faster_whisper") is None:
        pytest.skip(f"{kind} is not installed: pip install 'usher[speech]'")
    speech = korean_clip()
    choice = Engines(EngineSettings(engine=kind)).choose("ko")
    if choice.engine is None:
        pytest.skip(choice.why)
    return Stand(choice.engine, "ko", speech[: 5 * 2 * SAMPLE_RATE] + silence(0.3), heard)


MAKERS: dict[str, Callable[[], Stand]] = {
    "tones": _tones,
    "vosk": lambda: _real(EngineKind.VOSK, "없었다"),
    "whisper": lambda: _real(EngineKind.WHISPER, "없었다"),
}


@pytest.fixture(scope="module", params=MAKERS)
def stand(request: pytest.FixtureRequest) -> Stand:
    made = MAKERS[request.param]()
    made.engine.warm()
    return made


@pytest.fixture
def recogniser(stand: Stand) -> Iterator[Recogniser]:
    made = stand.engine.recogniser(stand.language)
    yield made
    made.close()


def said(recogniser: Recogniser, pcm: bytearray, piece: int = 3_200) -> None:
    """Feed in pieces that are zeroed and let go right after, as the listening thread does."""
    for at in range(0, len(pcm), piece):
        part = bytearray(pcm[at : at + piece])
        recogniser.feed(part)
        part[:] = bytes(len(part))
        part.clear()  # a BufferError if a view of it were kept


def letters(text: str) -> str:
    return "".join(character for character in text if character.isalnum())


def check(transcript: Transcript, stand: Stand, before_s: float = 0.0) -> None:
    assert stand.heard in transcript.text
    assert (transcript.language, transcript.engine) == (stand.language, stand.engine.name)
    assert 0.0 < transcript.confidence <= 1.0
    assert letters("".join(word.text for word in transcript.words)) == letters(transcript.text)
    ends = 0.0
    for word in transcript.words:
        assert 0.0 <= word.confidence <= 1.0
        assert ends - 0.1 <= word.start_s <= word.end_s
        ends = word.end_s
    assert ends <= before_s + len(stand.speech) / 2 / SAMPLE_RATE + 0.1


def test_one_utterance_after_another_each_with_its_words_from_its_own_beginning(
    stand: Stand, recogniser: Recogniser
) -> None:
    for _ in range(2):
        said(recogniser, stand.speech)
        check(recogniser.finish(0.3), stand)


def test_nothing_said_is_an_empty_transcript(stand: Stand, recogniser: Recogniser) -> None:
    nothing = recogniser.finish()
    said(recogniser, silence(1.0))
    quiet = recogniser.finish(1.0)
    assert [nothing.text, quiet.text] == ["", ""]
    assert (quiet.words, quiet.engine, quiet.language) == ((), stand.engine.name, stand.language)


def test_what_was_forgotten_is_not_heard(stand: Stand, recogniser: Recogniser) -> None:
    said(recogniser, stand.speech)
    recogniser.forget()
    assert recogniser.partial() == ""
    assert recogniser.finish().text == ""
    said(recogniser, stand.speech)
    check(recogniser.finish(0.3), stand)


def test_preparing_in_the_pause_changes_nothing_of_what_was_said(stand: Stand, recogniser: Recogniser) -> None:
    said(recogniser, stand.speech)
    recogniser.prepare()
    said(recogniser, silence(0.26))
    check(recogniser.finish(0.5), stand)


def test_what_is_said_after_preparing_is_heard_too(stand: Stand, recogniser: Recogniser) -> None:
    said(recogniser, silence(0.6))
    recogniser.prepare()
    said(recogniser, stand.speech, piece=244)
    check(recogniser.finish(0.1), stand, before_s=0.6)


def test_closing_twice_is_closing_once(stand: Stand) -> None:
    one = stand.engine.recogniser(stand.language)
    said(one, stand.speech[:32_000])
    one.close()
    one.close()
    other = stand.engine.recogniser(stand.language)
    assert other.finish().text == ""
    other.close()


def test_a_language_that_it_does_not_know_is_refused_by_name(stand: Stand) -> None:
    assert stand.language in stand.engine.languages
    with pytest.raises(LanguageUnknown, match="xx"):
        stand.engine.recogniser("xx")
