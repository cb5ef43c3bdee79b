"""From what Whisper writes to words with confidences (W-10)."""

from __future__ import annotations

import importlib.util

import pytest

from runtime.speech.port import HeardWord
from runtime.speech.whisper_text import joined_punctuation, loops, simplified

pytestmark = pytest.mark.req("W-10")


@pytest.mark.parametrize(
    "text",
    [
        "thank you. " * 12,
        "기금 기금 기금 기금 기금 기금",
        "I want the fund the fund the fund the fund the fund",
        "好的好的好的好的好的",
    ],
)
def test_a_decoder_that_repeats_itself_is_caught(text: str) -> None:
    assert loops(text)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "No, no, I don't need it.",
        "네 네 좋아요",
        "不考虑基金，不考虑保险。",
        "The loan interest is too high for me.",
    ],
)
def test_people_may_say_things_twice(text: str) -> None:
    assert not loops(text)


def test_punctuation_joins_the_word_before_with_that_words_confidence() -> None:
    words = [HeardWord(" No", 0.9, 0.0, 0.2), HeardWord(",", 0.1, 0.2, 0.2), HeardWord(" fund", 0.8, 0.2, 0.5)]
    joined = joined_punctuation([HeardWord("—", 0.1, 0.0, 0.0), *words, HeardWord(" ", 0.2, 0.5, 0.5)])
    assert [(word.text, word.confidence) for word in joined] == [("No,", 0.9), ("fund", 0.8)]


@pytest.mark.skipif(importlib.util.find_spec("opencc") is None, reason="opencc is not installed")
def test_chinese_comes_in_mainland_characters() -> None:
    assert simplified("我對這個基金不感興趣") == "我对这个基金不感兴趣"
