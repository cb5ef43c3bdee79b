"""The fold of the wrist over a replayed talk, and what it would show after each utterance. Pure but for its inputs."""

from collections.abc import Mapping, Sequence

import msgspec

from contracts.fields import Language
from contracts.visits import SegmentHeard
from device_agent.core.followed import Followed, caught_up, utterance_in, with_segment
from models.catalogue import Catalogue
from models.policy_figures import SHOWN
from models.talk.evidence import About, Prior
from models.talk.learned import RATIOS
from models.talk.ledger import hear
from models.talk.lexicon import Lexicon
from models.talk.plan import Inputs, Offer, Said, TalkPlan, talk_plan
from models.talk.signals import SURE_FROM, Signal
from models.talk.wording import words


class ShownSignal(msgspec.Struct, frozen=True, kw_only=True):
    """What an utterance showed. ``said``: the words that show it; ``counts`` unless it is only a question."""

    kind: str
    about: str
    subject: str
    name: str
    confidence: float
    said: str
    rule: str
    counts: bool


class ShownMove(msgspec.Struct, frozen=True, kw_only=True):
    """A product that moved among the first three: its place before (from 0, null: none) and now, and why."""

    code: str
    was: int | None
    now: int
    why: str


class ShownProduct(msgspec.Struct, frozen=True, kw_only=True):
    """One of the first three."""

    code: str
    name: str
    probability: float


class Step(msgspec.Struct, frozen=True, kw_only=True):
    """One utterance and what followed. ``at_s``: its end since the talk began; ``plan`` only where it changed."""

    at_s: float
    speaker: str
    text: str
    engine: str
    signals: tuple[ShownSignal, ...]
    moves: tuple[ShownMove, ...]
    plan: tuple[ShownProduct, ...]


class Replay:
    """Follows one talk over one catalogue from a prior; ``language`` is that of names and reasons."""

    def __init__(self, catalogue: Catalogue, prior: Sequence[Prior], language: Language, *, interval_s: float) -> None:
        categories = {product.code: product.category for product in catalogue.product}
        self._offer = Offer(prior=tuple(prior), categories=categories, category_most=catalogue.policy.category_most)
        self._names: Mapping[str, str] = {one.code: one.names.get(language.value) for one in catalogue.product}
        self._lexicon = Lexicon.of(catalogue)
        self._language = language
        self._interval_ms = int(interval_s * 1000)
        self._followed = Followed()
        self._told_ms = 0

    def shown(self) -> tuple[ShownProduct, ...]:
        """The first three as they stand now."""
        return self._shown(self._plan(self._followed, None))

    def take(self, segment: SegmentHeard) -> Step:
        """Fold one utterance."""
        before = self._followed
        _, found = hear(before.ledger, utterance_in(segment), self._lexicon)
        after = with_segment(before, segment, self._lexicon)
        if after.ledger.behind and segment.at_ms - self._told_ms >= self._interval_ms:
            after = caught_up(after)
        self._followed = after
        changed = after.ledger.now != before.ledger.now
        if changed:
            self._told_ms = segment.at_ms
        plan = self._plan(after, after.inputs_before if changed else None)
        return Step(
            at_s=segment.at_ms / 1000,
            speaker=segment.speaker.value,
            text=segment.text,
            engine=segment.engine,
            signals=tuple(self._signal(segment.text, signal) for signal in found),
            moves=tuple(
                ShownMove(code=move.code, was=move.was, now=move.now, why=self._words(move.why)) for move in plan.moves
            ),
            plan=self._shown(plan) if changed else (),
        )

    def _plan(self, followed: Followed, before: Inputs | None) -> TalkPlan:
        return talk_plan(self._offer, followed.inputs, before, ratios=RATIOS)

    def _shown(self, plan: TalkPlan) -> tuple[ShownProduct, ...]:
        return tuple(
            ShownProduct(code=one.code, name=self._names.get(one.code, one.code), probability=one.probability)
            for one in plan.ranked[:SHOWN]
        )

    def _signal(self, text: str, signal: Signal) -> ShownSignal:
        return ShownSignal(
            kind=signal.kind.value,
            about=signal.about.value,
            subject=signal.subject,
            name=self._name(signal.about, signal.subject),
            confidence=signal.confidence,
            said=text[signal.start : signal.end],
            rule=signal.rule,
            counts=signal.confidence >= SURE_FROM,
        )

    def _name(self, about: About, subject: str) -> str:
        if about is About.PRODUCT:
            return self._names.get(subject, subject)
        return self._lexicon.name_of(about, subject, self._language.value)

    def _words(self, said: Said) -> str:
        return words(said, self._name(said.about, said.subject), self._language.value)
