"""What a talk has shown so far, and what of it the plan is made of: a fold over utterances. Pure (W-12, W-13).

Wrist and hub fold the same utterances in the same order, so they hold the same ledger. A strong signal counts at once,
a weak one at the next interval (:func:`catch_up`); one that is not sure counts never and is a question to the advisor.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from types import MappingProxyType

import msgspec

from models.talk.context import Context
from models.talk.evidence import About, Evidence, Kind
from models.talk.lexicon import Lexicon
from models.talk.signals import SURE_FROM, Signal, SignalKind, Utterance
from models.talk.understanding import hear as understand

HALF_LIFE_MS = 600_000
"""After ten minutes what was said weighs half (hyperbolically: + × ÷ give equal bytes on every machine, powers don't).
A refusal, and what the customer has, weigh the same to the end."""

QUESTIONS = 3
"""How many open questions are kept, the newest first: a wrist shows no more."""

WEAK = frozenset({SignalKind.HESITATION, SignalKind.COMPARISON})
"""What can wait for the interval."""

STANCES = frozenset({SignalKind.INTEREST, SignalKind.REFUSAL, SignalKind.HELD})
"""Of a product only one of these holds: what was said of the narrowest subject."""

_LASTING = frozenset({SignalKind.REFUSAL, SignalKind.HELD})
_ENDS: Mapping[SignalKind, frozenset[SignalKind]] = MappingProxyType(
    {
        SignalKind.INTEREST: frozenset({SignalKind.REFUSAL, SignalKind.HESITATION, SignalKind.HELD}),
        SignalKind.REFUSAL: frozenset({SignalKind.INTEREST, SignalKind.HESITATION}),
        SignalKind.HESITATION: frozenset({SignalKind.REFUSAL}),
        SignalKind.HELD: frozenset({SignalKind.INTEREST, SignalKind.HESITATION}),
        SignalKind.PRICE: frozenset(),
        SignalKind.NEED: frozenset(),
        SignalKind.COMPARISON: frozenset(),
    }
)
"""What a later statement about the same subject takes back."""


class Counted(msgspec.Struct, frozen=True):
    """The signals that a plan is made of, as of the latest of them: when they are counted says nothing."""

    signals: tuple[Signal, ...] = ()
    at_ms: int = 0


class Ledger(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """A talk so far. ``holds``: every sure signal that no later one took back. ``now``: what the plan is made of;
    ``before``: what it was made of before its last change. ``questions``: signals that are not sure, newest first.
    ``at_ms``: the end of the latest utterance."""

    context: Context = Context()
    holds: tuple[Signal, ...] = ()
    now: Counted = Counted()
    before: Counted = Counted()
    questions: tuple[Signal, ...] = ()
    at_ms: int = 0

    @property
    def behind(self) -> bool:
        """Whether the plan waits for the interval."""
        return self.holds != self.now.signals


def hear(ledger: Ledger, utterance: Utterance, lexicon: Lexicon) -> tuple[Ledger, tuple[Signal, ...]]:
    """The ledger after an utterance, and the signals that were found in it."""
    at_ms = max(ledger.at_ms, utterance.at_ms)  # another device, or another holder, may count from a later beginning
    context, found = understand(ledger.context, msgspec.structs.replace(utterance, at_ms=at_ms), lexicon)
    sure = tuple(signal for signal in found if signal.confidence >= SURE_FROM)
    holds = _held(ledger.holds, sure)
    questions = _asked(ledger.questions, found, sure)
    after = msgspec.structs.replace(ledger, context=context, holds=holds, questions=questions, at_ms=at_ms)
    strong = any(signal.kind not in WEAK for signal in sure)
    return (catch_up(after) if strong else after), found


def catch_up(ledger: Ledger) -> Ledger:
    """The plan is made of all that holds."""
    if not ledger.behind:
        return ledger
    counted = Counted(ledger.holds, max((signal.at_ms for signal in ledger.holds), default=0))
    return msgspec.structs.replace(ledger, before=ledger.now, now=counted)


def settled(ledger: Ledger) -> Ledger:
    """Something else changed the plan since: what the talk changed before that is told no more."""
    return ledger if ledger.before == ledger.now else msgspec.structs.replace(ledger, before=ledger.now)


def answered(ledger: Ledger, about: About, subject: str) -> Ledger:
    """The advisor has answered what was asked about a subject, or put it away."""
    left = tuple(one for one in ledger.questions if (one.about, one.subject) != (about, subject))
    return ledger if left == ledger.questions else msgspec.structs.replace(ledger, questions=left)


def evidence_of(counted: Counted) -> tuple[Evidence, ...]:
    """What the signals say about products, weaker the longer ago; of a wide subject only for those products about which
    nothing else was said more narrowly."""
    pieces = []
    for signal in counted.signals:
        products = signal.products
        if signal.about is not About.PRODUCT:
            products = tuple(code for code in products if not _narrower(counted.signals, signal, code))
            if not products:
                continue
        strength = signal.confidence
        if signal.kind not in _LASTING:
            strength *= HALF_LIFE_MS / (HALF_LIFE_MS + max(0, counted.at_ms - signal.at_ms))
        wide = () if signal.about is About.PRODUCT else products
        pieces.append(Evidence(signal.subject, Kind(signal.kind.value), signal.about, strength, wide))
    return tuple(pieces)


def _narrower(signals: Iterable[Signal], wide: Signal, code: str) -> bool:
    return wide.kind in STANCES and any(
        one.kind in STANCES
        and one.kind is not wide.kind
        and code in one.products
        and len(one.products) < len(wide.products)
        for one in signals
    )


def _held(before: tuple[Signal, ...], new: tuple[Signal, ...]) -> tuple[Signal, ...]:
    holds = list(before)
    for signal in new:
        holds = [one for one in holds if not _ended(one, signal)]
        holds.append(signal)
    return tuple(holds)


def _ended(old: Signal, new: Signal) -> bool:
    if (old.about, old.subject) == (new.about, new.subject):
        return old.kind is new.kind or old.kind in _ENDS[new.kind]
    # "No funds at all" takes back the interest in one of them that was shown before; the reverse doesn't hold.
    covers = len(old.products) < len(new.products) and set(old.products) <= set(new.products)
    return covers and old.utterance < new.utterance and new.kind in _LASTING and old.kind is SignalKind.INTEREST


def _asked(before: tuple[Signal, ...], found: tuple[Signal, ...], sure: tuple[Signal, ...]) -> tuple[Signal, ...]:
    known = {(one.about, one.subject) for one in sure}
    unsure = [one for one in found if one.confidence < SURE_FROM and (one.about, one.subject) not in known]
    known |= {(one.about, one.subject) for one in unsure}
    left = [one for one in before if (one.about, one.subject) not in known]
    return (*unsure, *left)[:QUESTIONS]
