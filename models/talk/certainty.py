"""How surely each part of an utterance was heard. Pure."""

from __future__ import annotations

from collections.abc import Iterable

from models.talk.signals import Utterance


def heard(utterance: Utterance) -> list[tuple[int, int, float]]:
    """The utterance's words as start and end in its text and the recogniser's confidence.

    Words that the text doesn't hold in this order are left out.
    """
    text = utterance.text.lower()
    found: list[tuple[int, int, float]] = []
    at = 0
    for word in utterance.words:
        plain = word.text.lower()
        start = text.find(plain, at) if plain else -1
        if start >= 0:
            at = start + len(plain)
            found.append((start, at, word.confidence))
    return found


def surely(words: list[tuple[int, int, float]], spans: Iterable[tuple[int, int]]) -> float:
    """The confidence of the least sure word that touches one of ``spans``; 1 where no word does."""
    parts = tuple(spans)
    return min(
        (sure for start, end, sure in words if any(start < right and end > left for left, right in parts)), default=1.0
    )
