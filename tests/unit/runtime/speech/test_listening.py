"""The listening thread: events in order, pausing, stopping, trouble, and a microphone that never waits (W-10)."""

from __future__ import annotations

import queue
import threading
import time
from collections.abc import Callable, Iterator
from typing import Protocol

import pytest

from runtime.speech.errors import EngineFailed, ModelMissing
from runtime.speech.following import Partial, Utterance
from runtime.speech.listening import Event, Listening, ListeningSettings, Trouble
from runtime.speech.port import Pcm, Recogniser
from tests.speech_stands import LoudActivity, ToneRecogniser, in_frames, silence, tone

pytestmark = pytest.mark.req("W-10")

PATIENCE_S = 10.0


class Told:
    """Takes events and waits for one."""

    def __init__(self) -> None:
        self.events: queue.SimpleQueue[Event] = queue.SimpleQueue()
        self.seen: list[Event] = []

    def next(self, kind: type[Event]) -> Event:
        while True:
            event = self.events.get(timeout=PATIENCE_S)
            self.seen.append(event)
            if isinstance(event, kind):
                return event


class Begin(Protocol):
    """Makes and starts one; stopped after the test."""

    def __call__(
        self, recogniser: Callable[[], Recogniser] = ToneRecogniser, settings: ListeningSettings | None = None
    ) -> tuple[Listening, Told]: ...


@pytest.fixture
def begun() -> Iterator[Begin]:
    made: list[Listening] = []

    def begin(
        recogniser: Callable[[], Recogniser] = ToneRecogniser, settings: ListeningSettings | None = None
    ) -> tuple[Listening, Told]:
        told = Told()
        listening = Listening(recogniser, LoudActivity, told.events.put, settings)
        made.append(listening)
        listening.start()
        return listening, told

    yield begin
    for listening in made:
        listening.stop()
        assert listening.join(PATIENCE_S)


def say(listening: Listening, pcm: bytearray) -> None:
    for frame in in_frames(pcm):
        listening.hear(frame)
        frame[:] = bytes(len(frame))  # the microphone's buffer is used again


def text(event: Event) -> str:
    assert isinstance(event, Utterance)
    return event.transcript.text


def test_utterances_come_with_the_time_at_which_they_ended(begun: Begin) -> None:
    listening, told = begun()
    before = time.monotonic()
    say(listening, tone("fund", 0.32) + silence(0.64))
    event = told.next(Utterance)
    assert text(event) == "fund"
    assert isinstance(event, Utterance)
    # All came at once: the speech ended as long before the last sample as the clock of its writing says.
    assert before - 0.7 < event.ended_at < time.monotonic() - 0.6
    say(listening, tone("bond", 0.32) + silence(0.64))
    assert text(told.next(Utterance)) == "bond"


def test_the_end_of_the_audio_is_recognised_and_the_thread_ends(
    begun: Begin,
) -> None:
    listening, told = begun()
    say(listening, tone("card", 0.5))
    listening.end()
    assert text(told.next(Utterance)) == "card"
    assert listening.join(PATIENCE_S)


class Slow(ToneRecogniser):
    """Waits in ``feed`` until it may go on."""

    def __init__(self) -> None:
        super().__init__()
        self.fed = threading.Event()
        self.go_on = threading.Event()

    def feed(self, pcm: Pcm) -> None:
        self.fed.set()
        assert self.go_on.wait(PATIENCE_S)
        super().feed(pcm)


def test_a_slow_recogniser_never_holds_the_microphone_up_and_what_is_lost_is_counted(
    begun: Begin,
) -> None:
    slow = Slow()
    listening, told = begun(lambda: slow, ListeningSettings(ring_s=1.0))
    say(listening, tone("fund", 0.1))
    assert slow.fed.wait(PATIENCE_S)
    say(listening, tone("fund", 5.0))  # comes back although the recogniser may not go on
    assert listening.lost_samples > 3 * 16_000
    slow.go_on.set()
    listening.end()
    assert set(text(told.next(Utterance)).split()) == {"fund"}


def test_a_pause_forgets_what_was_begun_also_when_the_thread_was_busy_all_the_while(
    begun: Begin,
) -> None:
    slow = Slow()
    listening, told = begun(lambda: slow)
    say(listening, tone("fund", 0.5))
    assert slow.fed.wait(PATIENCE_S)
    listening.pause()
    say(listening, tone("loan", 0.5))  # not heard
    listening.resume()
    say(listening, tone("bond", 0.5) + silence(0.64))
    slow.go_on.set()
    assert text(told.next(Utterance)) == "bond"
    assert slow.transcripts == ["bond"]
    assert "forget" in slow.calls


def test_pauses_before_anything_was_said_leave_what_follows_whole(begun: Begin) -> None:
    listening, told = begun()
    for _ in range(3):
        listening.pause()
        listening.resume()
    say(listening, tone("bond", 0.5) + silence(0.96))
    assert text(told.next(Utterance)) == "bond"


def test_a_told_partial_text_is_withdrawn_by_a_pause(begun: Begin) -> None:
    listening, told = begun()
    say(listening, tone("fund", 0.5))
    first = told.next(Partial)
    assert isinstance(first, Partial)
    assert first.text == "fund"
    listening.pause()
    while True:
        event = told.next(Partial)
        assert isinstance(event, Partial)
        if event.text == "":
            break


def test_after_stop_nothing_is_told_and_no_audio_is_left(begun: Begin) -> None:
    recogniser = ToneRecogniser()
    listening, told = begun(lambda: recogniser)
    say(listening, tone("fund", 0.5))
    told.next(Partial)
    listening.stop()
    say(listening, tone("bond", 0.5) + silence(0.64))
    assert listening.join(PATIENCE_S)
    assert all(isinstance(event, Partial) for event in told.seen)
    assert recogniser.calls[-1] == "close"
    assert not any(listening._ring._store)
    assert not any(listening._frame)


def test_an_engine_that_cannot_be_had_is_told_and_stopping_does_not_wait_for_the_next_try(
    begun: Begin,
) -> None:
    def none() -> Recogniser:
        raise ModelMissing("no model for 'xx': install one")

    listening, told = begun(none)
    event = told.next(Trouble)
    assert isinstance(event, Trouble)
    assert isinstance(event.error, ModelMissing)
    listening.stop()
    assert listening.join(2.0)


def test_an_engine_that_failed_is_tried_again_and_that_it_works_is_told(
    begun: Begin,
) -> None:
    made = [ToneRecogniser(fails=1), ToneRecogniser()]
    left = list(made)
    listening, told = begun(lambda: left.pop(0))
    say(listening, tone("fund", 0.3))
    failed = told.next(Trouble)
    assert isinstance(failed, Trouble)
    assert isinstance(failed.error, EngineFailed)
    listening._wait.set()  # the time until the next try is over
    assert told.next(Trouble) == Trouble(None)
    say(listening, tone("bond", 0.3) + silence(0.64))
    assert text(told.next(Utterance)) == "bond"
    assert made[0].calls[-1] == "close"
