"""What is said in a talk, and what that says about the customer's wishes (W-12). Pure."""

from __future__ import annotations

from collections.abc import Iterable
from enum import StrEnum
from typing import Annotated

import msgspec
from msgspec import Meta

from models.names import Language
from models.talk.evidence import About

Confidence = Annotated[float, Meta(ge=0.0, le=1.0)]

SURE_FROM = 0.6
"""From this confidence a signal moves the plan; below it is a question to the advisor."""


class Speaker(StrEnum):
    """Who speaks; one microphone can't always tell."""

    CUSTOMER = "customer"
    ADVISOR = "advisor"
    UNKNOWN = "unknown"


class Word(msgspec.Struct, frozen=True):
    """A word as it was heard. ``confidence``: the recogniser's, 0 to 1; 1 where a person typed it."""

    text: str
    confidence: Confidence = 1.0


class Utterance(msgspec.Struct, frozen=True, kw_only=True):
    """What was said between two pauses. ``index`` counts from 0 within the talk; ``at_ms``: its end, in milliseconds
    since the talk began. ``words``: those of ``text`` in order; empty where their confidence is not known."""

    index: int
    text: str
    language: Language
    words: tuple[Word, ...] = ()
    speaker: Speaker = Speaker.UNKNOWN
    at_ms: int = 0


class SignalKind(StrEnum):
    """What the customer shows."""

    INTEREST = "interest"
    REFUSAL = "refusal"
    HESITATION = "hesitation"
    PRICE = "price"
    NEED = "need"
    COMPARISON = "comparison"
    HELD = "held"


class Signal(msgspec.Struct, frozen=True, kw_only=True):
    """One thing that an utterance shows about one subject.

    ``about`` and ``subject``: the code of a product or category of the catalogue, of a concept of the vocabulary that
    covers several products or none here (``fund``), or of a need (``home``). ``products``: those of the catalogue that
    are meant, best fitting first; empty where the bank sells none. ``confidence``: of words, match and rule together;
    below ``SURE_FROM`` it moves nothing and is a question to the advisor. ``start`` and ``end``: the evidence within
    the utterance's text, in characters, ``end`` exclusive. ``utterance``: its index. ``rule``: what found it.
    """

    kind: SignalKind
    about: About
    subject: str
    products: tuple[str, ...]
    confidence: Confidence
    utterance: int
    start: int
    end: int
    at_ms: int = 0
    rule: str = ""


def utterance_of(
    *,
    index: int,
    text: str,
    language: Language,
    words: Iterable[tuple[str, float]] = (),
    speaker: str = "unknown",
    typed: bool = False,
    at_ms: int = 0,
) -> Utterance:
    """A segment of a talk as it is analysed. What an advisor types is what the customer said, unless it says who."""
    who = Speaker(speaker)
    return Utterance(
        index=index,
        text=text,
        language=language,
        words=tuple(Word(word, confidence) for word, confidence in words),
        speaker=Speaker.CUSTOMER if typed and who is Speaker.UNKNOWN else who,
        at_ms=at_ms,
    )
