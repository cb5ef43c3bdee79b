"""The whole analysis: one run for a batch, the same answer as one by one, reasons only where they are shown."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from models.customers import CustomerRecord
from models.policy import Rule
from models.ranking import Ranker, candidate_of
from models.scorer import OnnxScorer

pytestmark = pytest.mark.req("W-05")
NOW = datetime(2026, 3, 2, 9, 30, tzinfo=UTC)


def test_a_batch_gives_what_each_customer_alone_gives(
    bank_scorer: OnnxScorer, bank_customers: list[CustomerRecord]
) -> None:
    ranker = Ranker(bank_scorer)
    candidates = [candidate_of(record) for record in bank_customers]
    together = ranker.rank(candidates, NOW)
    for candidate, funnel in zip(candidates, together, strict=True):
        (alone,) = ranker.rank([candidate], NOW)
        assert [p.code for p in alone.ranked] == [p.code for p in funnel.ranked]
        assert alone.removed == funnel.removed
        assert alone.predicted_tags == funnel.predicted_tags
        assert [p.probability for p in alone.ranked] == pytest.approx([p.probability for p in funnel.ranked], abs=1e-6)
        assert [[r.code for r in p.reasons] for p in alone.ranked] == [
            [r.code for r in p.reasons] for p in funnel.ranked
        ]
    assert ranker.rank([], NOW) == []


def test_ranked_and_ruled_out_probabilities_sum_to_one(
    bank_scorer: OnnxScorer, bank_customers: list[CustomerRecord]
) -> None:
    scores = bank_scorer.score(bank_customers)
    codes = bank_scorer.catalogue.product_codes
    funnels = Ranker(bank_scorer).rank([candidate_of(record) for record in bank_customers], NOW)
    for row, funnel in zip(scores.probability.tolist(), funnels, strict=True):
        removed = sum(row[codes.index(r.code)] for r in funnel.removed if r.rule is not Rule.HELD)
        assert sum(p.probability for p in funnel.ranked) + removed == pytest.approx(1.0, abs=1e-5)
        assert funnel.version == bank_scorer.version


def test_only_the_top_products_carry_reasons(bank_scorer: OnnxScorer, bank_customers: list[CustomerRecord]) -> None:
    top = bank_scorer.catalogue.policy.explain_top
    funnels = Ranker(bank_scorer).rank([candidate_of(record) for record in bank_customers], NOW)
    for funnel in funnels:
        assert all(not product.reasons for product in funnel.ranked[top:])
    explained = [product for funnel in funnels for product in funnel.ranked[:top]]
    assert sum(bool(product.reasons) for product in explained) >= 0.95 * len(explained)


def test_a_refusal_moves_a_product_from_the_ranking_to_the_removed(
    bank_scorer: OnnxScorer, bank_customers: list[CustomerRecord]
) -> None:
    ranker = Ranker(bank_scorer)
    record = bank_customers[0]
    (before,) = ranker.rank([candidate_of(record)], NOW)
    refused = before.ranked[0].code
    (after,) = ranker.rank([candidate_of(record, {refused: NOW})], NOW)
    assert [p.code for p in after.ranked] == [p.code for p in before.ranked[1:]]
    assert [r.rule for r in after.removed if r.code == refused] == [Rule.COOLING_OFF]
