"""Frames to utterances: what is fed, when it is told, what is forgotten (W-10)."""

from __future__ import annotations

import pytest

from runtime.speech.following import Follower, Partial, Utterance
from runtime.speech.pauses import PauseSettings
from runtime.speech.port import FRAME_BYTES
from tests.speech_stands import LoudActivity, ToneRecogniser, in_frames, silence, tone

pytestmark = pytest.mark.req("W-10")


def follow(follower: Follower, pcm: bytearray, *, behind: bool = False) -> list[Partial | Utterance]:
    events = (follower.take(frame, behind=behind) for frame in in_frames(pcm))
    return [event for event in events if event is not None]


def followed(recogniser: ToneRecogniser) -> Follower:
    return Follower(recogniser, LoudActivity(), PauseSettings())


def test_two_utterances_with_their_times_and_nothing_of_the_silence_between() -> None:
    recogniser = ToneRecogniser()
    follower = followed(recogniser)
    talk = silence(0.96) + tone("fund", 0.64) + silence(0.96) + tone("bond", 0.32) + silence(0.96)
    events = follow(follower, talk)
    said = [event for event in events if isinstance(event, Utterance)]
    assert [one.transcript.text for one in said] == ["fund", "bond"]
    assert [(one.begin_s, one.end_s) for one in said] == [pytest.approx((0.96, 1.6)), pytest.approx((2.56, 2.88))]
    assert said[0].transcript.words[0].start_s == pytest.approx(0.256)  # what came before belongs to it
    assert recogniser.transcripts == ["fund", "bond"]
    assert follower.heard_s == pytest.approx(3.84)


def test_partial_texts_come_while_somebody_speaks_each_once_and_not_when_behind() -> None:
    talk = tone("fund", 0.64) + tone("bond", 0.64) + silence(0.64)
    partials = [event.text for event in follow(followed(ToneRecogniser()), talk) if isinstance(event, Partial)]
    assert partials == ["fund", "fund bond"]
    recogniser = ToneRecogniser()
    behind = follow(followed(recogniser), talk, behind=True)
    assert [type(event) for event in behind] == [Utterance]
    assert "partial" not in recogniser.calls
    assert "prepare" not in recogniser.calls


def test_the_recogniser_may_prepare_at_the_short_silence_and_is_told_how_long_the_silence_was() -> None:
    recogniser = ToneRecogniser()
    follow(followed(recogniser), tone("fund", 0.32) + silence(0.64))
    asked = [call for call in recogniser.calls if call != "partial"]
    assert asked == ["prepare", "finish 0.42"]


def test_a_noise_without_words_is_no_utterance_and_withdraws_nothing() -> None:
    noise = bytearray(b"\x70\x00" * 512)
    assert follow(followed(ToneRecogniser()), noise + silence(0.64)) == []


def test_the_end_of_the_audio_ends_what_was_being_said() -> None:
    follower = followed(ToneRecogniser())
    follow(follower, tone("loan", 0.5))
    last = follower.finish()
    assert isinstance(last, Utterance)
    assert last.transcript.text == "loan"
    assert follower.finish() is None


def test_forgetting_withdraws_the_partial_text_and_drops_the_rest() -> None:
    recogniser = ToneRecogniser()
    follower = followed(recogniser)
    follow(follower, tone("card", 0.64))
    assert follower.forget() == Partial("", follower.heard_s)
    assert follower.forget() is None
    assert follow(follower, silence(0.64)) == []
    assert recogniser.transcripts == []
    assert not follower.speaking


def test_the_frames_before_are_zeroed_when_they_were_given_or_forgotten() -> None:
    follower = followed(ToneRecogniser())
    quiet = bytearray(b"\x05\x00" * 512)
    follow(follower, quiet * 3)
    assert any(any(frame) for frame in follower._before)
    follow(follower, tone("fund", 0.1))
    assert not any(any(frame) for frame in follower._before)
    follower.forget()
    follow(follower, quiet)
    follower.forget()
    assert not any(any(frame) for frame in follower._before)
    assert all(len(frame) == FRAME_BYTES for frame in follower._before)
