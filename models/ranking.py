"""The whole analysis of a batch: features → scores → funnel → reasons. Pure but for the scorer it is given (W-05)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime

import msgspec

from models.customers import CustomerRecord, Event
from models.features import FloatMatrix
from models.policy import Contact, CustomerFacts, Funnel, Policy
from models.scoring import Scorer


class Candidate(msgspec.Struct, frozen=True, kw_only=True):
    """A customer to be analysed: what the model sees (`profile`, `facts.holdings`, `events`), what the rules need to
    know, and the `key` of the visit, from which exploration draws (empty: nothing is left to chance)."""

    profile: Mapping[str, float]
    facts: CustomerFacts
    events: tuple[Event, ...] = ()
    key: str = ""

    @property
    def holdings(self) -> frozenset[str]:
        """The products held, for the features."""
        return self.facts.holdings


def candidate_of(
    record: CustomerRecord,
    refusals: Mapping[str, datetime] | None = None,
    *,
    contacts: tuple[Contact, ...] = (),
    business: str = "",
    key: str = "",
) -> Candidate:
    """The candidate that a customer record gives; the hidden product stays hidden."""
    facts = CustomerFacts(
        holdings=record.holdings,
        risk_rating=record.risk_rating,
        age=record.age,
        segment=record.segment,
        refusals=refusals or {},
        marketing_consent=record.marketing_consent,
        opted_out=record.opted_out,
        contacts=contacts,
        business=business,
    )
    return Candidate(profile=record.profile, facts=facts, events=record.events, key=key)


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
        scores = self.scorer.score(batch, now)
        version = scores.version
        probabilities: list[list[float]] = scores.probability.tolist()
        plans = []
        removals = []
        for candidate, row in zip(batch, probabilities, strict=True):
            facts = candidate.facts
            order, removed = self.policy.sift(facts, row, now)
            removals.append(removed)
            plans.append(self.policy.plan(order, row, business=facts.business, key=candidate.key, version=version))
        reasons = self.scorer.explain(scores, [plan.order[: self._top] for plan in plans])
        return [
            self.policy.funnel(plan, removed, row, why, version, raw=raw, feature_hash=self.scorer.feature_hash)
            for plan, removed, row, why, raw in zip(
                plans, removals, probabilities, reasons, _as_bytes(scores.rows.matrix), strict=True
            )
        ]


def _as_bytes(rows: FloatMatrix) -> list[bytes]:
    """Each row as little-endian float32."""
    content = rows.astype("<f4", copy=False).tobytes()
    width = 4 * rows.shape[1]
    return [content[start : start + width] for start in range(0, len(content), width)] if width else [b""] * len(rows)
