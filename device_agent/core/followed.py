"""What one wrist has followed of a talk: taps and ledger, each with what held before the latest change. Pure.

The same folds as at the hub (``hub/visits/model.py``), so that equal inputs give equal plans (W-13).
"""

import msgspec

from contracts.visits import SegmentHeard, SegmentOrigin, Stance
from models.talk.evidence import About
from models.talk.ledger import Ledger, answered, catch_up, hear, settled
from models.talk.lexicon import Lexicon
from models.talk.plan import Inputs, Tap
from models.talk.plan import Stance as Tapping
from models.talk.signals import Utterance, utterance_of

_TAPPED = {Stance.INTEREST: Tapping.INTEREST, Stance.REFUSAL: Tapping.REFUSAL}


class Followed(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """``taps``: those that hold, the latest last; ``before``: those that held before the latest change.

    ``blind``: something of the talk is not in it (it began elsewhere, was said before the products were known here, or
    was refused by the hub), so the plan of it is not the hub's and isn't shown.
    """

    taps: tuple[Tap, ...] = ()
    before: tuple[Tap, ...] = ()
    ledger: Ledger = Ledger()
    blind: bool = False

    @property
    def inputs(self) -> Inputs:
        """What the plan is made of."""
        return Inputs(_as_set(self.taps), self.ledger.now)

    @property
    def inputs_before(self) -> Inputs:
        """What it was made of before the latest change."""
        return Inputs(_as_set(self.before), self.ledger.before)

    @property
    def stances(self) -> dict[str, Stance]:
        """Product to what was tapped, the latest last."""
        return {tap.subject: Stance(tap.stance.value) for tap in self.taps if tap.about is About.PRODUCT}


def with_tap(followed: Followed, subject: str, about: About, stance: Stance, lexicon: Lexicon | None) -> Followed:
    """After a tap: the latest of each subject holds, and what was asked about it is answered."""
    others = tuple(tap for tap in followed.taps if (tap.about, tap.subject) != (about, subject))
    mine: tuple[Tap, ...] = ()
    if stance in _TAPPED:
        wide = () if about is About.PRODUCT or lexicon is None else lexicon.products_of(about, subject)
        mine = (Tap(subject, _TAPPED[stance], about, wide),)
    taps = (*others, *mine)
    ledger = answered(followed.ledger, about, subject)
    if _as_set(taps) == _as_set(followed.taps):
        return msgspec.structs.replace(followed, taps=taps, ledger=ledger)
    return msgspec.structs.replace(followed, taps=taps, before=followed.taps, ledger=settled(ledger))


def with_segment(followed: Followed, segment: SegmentHeard, lexicon: Lexicon | None) -> Followed:
    """After something was said; without a lexicon it is not understood."""
    if lexicon is None:
        return blinded(followed)
    ledger, _ = hear(followed.ledger, utterance_in(segment), lexicon)
    return _counted(followed, ledger)


def blinded(followed: Followed) -> Followed:
    """Something of the talk is missing."""
    return msgspec.structs.replace(followed, blind=True)


def caught_up(followed: Followed) -> Followed:
    """After the interval: the plan counts what was weak, too."""
    return _counted(followed, catch_up(followed.ledger))


def utterance_in(segment: SegmentHeard) -> Utterance:
    """The segment as it is analysed."""
    return utterance_of(
        index=segment.index,
        text=segment.text,
        language=segment.language.value,
        words=((word.text, word.confidence) for word in segment.words),
        speaker=segment.speaker.value,
        typed=segment.origin is SegmentOrigin.TYPED,
        at_ms=segment.at_ms,
    )


def _counted(followed: Followed, ledger: Ledger) -> Followed:
    before = followed.taps if ledger.now != followed.ledger.now else followed.before
    return msgspec.structs.replace(followed, before=before, ledger=ledger)


def _as_set(taps: tuple[Tap, ...]) -> tuple[Tap, ...]:
    return tuple(sorted(taps))
