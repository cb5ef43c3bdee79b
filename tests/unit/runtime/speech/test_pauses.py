"""Where an utterance begins and ends (W-10)."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from runtime.speech.pauses import Pauses, PauseSettings, Step, frames

pytestmark = pytest.mark.req("W-10")

SETTINGS = PauseSettings(pause_s=0.128, early_s=0.064, long_s=1.0, longest_s=2.0)


def steps(probabilities: list[float], settings: PauseSettings = SETTINGS) -> str:
    """A letter for each frame: - silence, B begin, w within, e early, E end."""
    letters = {Step.SILENCE: "-", Step.BEGIN: "B", Step.WITHIN: "w", Step.EARLY: "e", Step.END: "E"}
    pauses = Pauses(settings)
    return "".join(letters[pauses.take(one)] for one in probabilities)


def test_speech_begins_at_on_and_lasts_down_to_off() -> None:
    assert steps([0.1, 0.49, 0.5, 0.4, 0.25, 0.24, 0.4, 0.4, 0.4, 0.5]) == "--BwwwewE" + "B"


def test_an_end_needs_its_whole_pause_and_speech_within_takes_it_back() -> None:
    assert steps([0.9, 0.1, 0.1, 0.1, 0.9, 0.1, 0.1, 0.1, 0.1, 0.1]) == "BwewwwewE-"


def test_a_long_utterance_ends_at_a_shorter_silence_and_the_longest_is_cut_in_speech() -> None:
    long = [0.9] * 32
    assert steps([*long, 0.1, 0.1]).endswith("wwwE")
    assert steps([0.9] * 64)[-3:] == "wEB"
    assert steps([0.9] * 64).count("E") == 1


@pytest.mark.parametrize(("seconds", "count"), [(0.0, 0), (0.032, 1), (0.033, 2), (0.4, 13), (0.256, 8)])
def test_lengths_are_rounded_up_to_whole_frames(seconds: float, count: int) -> None:
    assert frames(seconds) == count


@given(st.lists(st.floats(0.0, 1.0), max_size=300))
def test_every_begin_has_one_end_and_nothing_lies_outside(probabilities: list[float]) -> None:
    inside = False
    length = 0
    for letter in steps(probabilities):
        assert (letter in "-B") is not inside
        inside = letter not in "-E"
        length = length + 1 if inside else 0
        assert length <= frames(SETTINGS.longest_s)
