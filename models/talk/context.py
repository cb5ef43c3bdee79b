"""What carries over from one utterance to the next: what was named, what was offered, what was asked. Pure."""

from __future__ import annotations

from typing import Literal

import msgspec

from models.talk.evidence import About
from models.talk.lexicon import Ref

_KEPT = 4
"""How many utterances that named something are remembered."""

Asked = Literal["nothing", "offer", "held", "choice"]
"""What the last turn of the advisor leaves open: an offer, whether the customer has one, which of several."""


class Topic(msgspec.Struct, frozen=True):
    """Something that was named; see `models.talk.signals.Signal` for ``about`` and ``subject``."""

    about: About
    subject: str

    @property
    def ref(self) -> Ref:
        """The same, as the lexicon knows it."""
        return Ref(self.about, self.subject)


class Context(msgspec.Struct, frozen=True):
    """The talk so far. ``named``: what each of the last utterances named, newest last. ``offered``: what "yes" and "no"
    would answer. ``listed``: the last two or more things named together, for "the first one"."""

    named: tuple[tuple[Topic, ...], ...] = ()
    offered: tuple[Topic, ...] = ()
    asked: Asked = "nothing"
    listed: tuple[Topic, ...] = ()


def topics(refs: tuple[Ref, ...]) -> tuple[Topic, ...]:
    """``refs`` once each, in order, as they are kept."""
    return tuple(Topic(*ref) for ref in dict.fromkeys(refs))


def after_advisor(context: Context, named: tuple[Ref, ...], asked: Asked, offered: tuple[Ref, ...]) -> Context:
    """The context once the advisor said something that names ``named`` and leaves ``asked`` open about ``offered``."""
    return Context(_with(context.named, named), topics(offered), asked, _listed(context.listed, named))


def after_customer(context: Context, named: tuple[Ref, ...]) -> Context:
    """The context once the customer said something that names ``named``."""
    return Context(_with(context.named, named), context.offered, context.asked, _listed(context.listed, named))


def last_named(context: Context) -> tuple[Ref, ...]:
    """What the latest utterance that named anything named."""
    return tuple(topic.ref for topic in context.named[-1]) if context.named else ()


def _with(kept: tuple[tuple[Topic, ...], ...], named: tuple[Ref, ...]) -> tuple[tuple[Topic, ...], ...]:
    return (*kept, topics(named))[-_KEPT:] if named else kept


def _listed(before: tuple[Topic, ...], named: tuple[Ref, ...]) -> tuple[Topic, ...]:
    now = topics(named)
    return now if len(now) > 1 else before
