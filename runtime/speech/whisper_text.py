"""From what Whisper writes to words with confidences: Chinese in short characters, no loops. Pure but for OpenCC."""

from __future__ import annotations

import functools
import zlib
from collections.abc import Callable, Sequence

from runtime.speech.port import HeardWord

LOOP_RATIO = 2.4
"""Text that compresses better repeats itself (Whisper's own ``compression_ratio_threshold``, Radford et al. 2022)."""

LOOP_TURNS = 4
"""So many times the same thing in a row, at the end, is a loop too."""


def loops(text: str) -> bool:
    """Whether the decoder was caught repeating itself."""
    if not text:
        return False
    encoded = text.encode("utf-8")
    if len(encoded) / len(zlib.compress(encoded)) > LOOP_RATIO:
        return True
    longest = len(text) // LOOP_TURNS
    return any(text.endswith(text[-size:] * LOOP_TURNS) for size in range(2, longest + 1))


@functools.cache
def _converter() -> Callable[[str], str]:
    from opencc import OpenCC

    convert: Callable[[str], str] = OpenCC("t2s").convert
    return convert


def simplified(text: str) -> str:
    """Chinese in mainland characters (OpenCC t2s); Whisper writes either kind."""
    return _converter()(text)


def joined_punctuation(words: Sequence[HeardWord]) -> tuple[HeardWord, ...]:
    """Punctuation belongs to the word before it and says nothing about how well that was heard; spaces are dropped."""
    joined: list[HeardWord] = []
    for word in words:
        text = word.text.strip()
        if not text:
            continue
        if any(character.isalnum() for character in text):
            joined.append(HeardWord(text, word.confidence, word.start_s, word.end_s))
        elif joined:
            last = joined[-1]
            joined[-1] = HeardWord(last.text + text, last.confidence, last.start_s, last.end_s)
    return tuple(joined)
