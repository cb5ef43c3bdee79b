"""The whole analysis of a batch: features → scores → funnel → reasons. Pure but for the scorer it is given (W-05)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime

import msgspec

from models.customers import CustomerRecord
from models.policy import CustomerFacts, Funnel, Policy
from models.scoring import Scorer


class Candidate(msgspec.Struct, frozen=True, kw_only=True):
    """A customer to be analysed: what the model sees (`profile`, `facts.holdings`) and what the rules need to know."""

    profile: Mapping[str, float]
    facts: CustomerFacts

    @property
    def holdings(self) -> frozenset[str]:
        """The products held, for the features."""
        return self.facts.holdings


def candidate_of(record: CustomerRecord, refusals: Mapping[str, datetime] | None = None) -> Candidate:
    """The candidate that a customer record gives; the hidden product stays hidden."""
    facts = CustomerFacts(
        holdings=record.holdings,
        risk_rating=record.risk_rating,
        age=record.age,
        segment=record.segment,
        refusals=refusals or {},
    )
    return Candidate(profile=record.profile, facts=facts)


class Ranker:
    """Analyses customers with one scorer and the policy of its catalogue."""

    def __init__(self, scorer: Scorer) -> None:
        self.scorer = scorer
        self.policy = Policy(scorer.catalogue)
        self._top = scorer.catalogue.policy.explain_top

    def rank(self, batch: Sequence[Candidate], now: datetime) -> list[Funnel]:
        """One funnel per candidate, in order; the model runs once for the whole batch."""
        if not batch:
            return []
        scores = self.scorer.score(batch)
        probabilities: list[list[float]] = scores.probability.tolist()
        sifted = [
            self.policy.sift(candidate.facts, row, now) for candidate, row in zip(batch, probabilities, strict=True)
        ]
        reasons = self.scorer.explain(scores, [order[: self._top] for order, _ in sifted])
        return [
            self.policy.funnel(order, removed, row, why, scores.version)
            for (order, removed), row, why in zip(sifted, probabilities, reasons, strict=True)
        ]
