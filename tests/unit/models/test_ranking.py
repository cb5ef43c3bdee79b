"""The whole analysis: one run for a batch, the same answer as one by one, reasons only where they are shown."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime

import msgspec
import numpy as np
import pytest

from models.catalogue import Catalogue, PolicyFigures
from models.catalogues import load_catalogue
from models.customers import CustomerFeatures, CustomerRecord
from models.features import Rows
from models.policy import Contact, Rule
from models.policy_figures import SHOWN
from models.ranking import Candidate, Ranker, candidate_of
from models.reasons import Reason, ReasonCode
from models.scorer import OnnxScorer
from models.scoring import Scores

pytestmark = pytest.mark.req("W-05")
NOW = datetime(2026, 3, 2, 9, 30, tzinfo=UTC)
BANK = load_catalogue("simbank")


class Falling:
    """A scorer that finds each product of the catalogue a third less likely than the one before."""

    def __init__(self, catalogue: Catalogue, version: str = "falling-1") -> None:
        self.catalogue = catalogue
        self.version = version
        self.feature_hash = "input-of-falling"

    def score(self, batch: Sequence[CustomerFeatures], now: datetime | None = None) -> Scores:
        """Rows of how many products each customer holds."""
        matrix = np.array([[len(customer.holdings), 0.5] for customer in batch], dtype=np.float32)
        return self.score_rows(Rows(matrix, {}))

    def score_rows(self, rows: Rows) -> Scores:
        """The same for all."""
        weights = (2 / 3) ** np.arange(len(self.catalogue.product))
        score = np.tile(np.log(weights).astype(np.float32), (len(rows.matrix), 1))
        probability = np.tile((weights / weights.sum()).astype(np.float32), (len(rows.matrix), 1))
        return Scores(rows, rows.matrix, score, probability, self.version)

    def explain(self, scores: Scores, chosen: Sequence[Sequence[int]]) -> list[list[tuple[Reason, ...]]]:
        """Names the product itself, so that a test sees whose reason it is."""
        codes = self.catalogue.product_codes
        return [[(Reason(ReasonCode.HOLDS, codes[at], 1.0, 0.5),) for at in products] for products in chosen]


def declaring(**figures: object) -> Catalogue:
    return msgspec.structs.replace(BANK, policy=msgspec.convert(figures, PolicyFigures))


def somebody(key: str = "", **about: object) -> Candidate:
    record = CustomerRecord(
        ref="c-1",
        display_name="Somebody",
        profile={},
        holdings=frozenset({"current_account"}),
        hidden_product=None,
        segment="family",
        risk_rating=5,
        age=40,
        age_band="35–44",
    )
    return candidate_of(msgspec.structs.replace(record, **about), key=key)


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
    scores = bank_scorer.score(bank_customers, NOW)
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


@pytest.mark.req("W-16")
def test_the_analysis_keeps_the_row_that_the_model_saw() -> None:
    one, two = Ranker(Falling(BANK)).rank([somebody(), somebody(holdings=frozenset())], NOW)
    assert np.frombuffer(one.raw, dtype="<f4").tolist() == [1.0, 0.5]
    assert np.frombuffer(two.raw, dtype="<f4").tolist() == [0.0, 0.5]
    assert one.feature_hash == two.feature_hash == "input-of-falling"


@pytest.mark.req("W-16")
def test_exploration_shows_other_products_and_says_how_likely_that_was() -> None:
    ranker = Ranker(Falling(declaring(explore_epsilon=0.5)))
    plain, *tried = ranker.rank([somebody(), *(somebody(f"visit-{number}") for number in range(400))], NOW)
    assert {product.propensity for product in plain.shown} == {1.0}
    assert all(not product.explored for product in plain.ranked)
    explored = [funnel for funnel in tried if funnel.shown[-1].explored]
    assert 0.3 < len(explored) / len(tried) < 0.5, "half are drawn, and a third of those draw the third again"
    for funnel in tried:
        assert funnel.offered == plain.offered
        assert funnel.shown[: SHOWN - 1] == plain.shown[: SHOWN - 1]
        assert sum(product.propensity for product in funnel.ranked) == pytest.approx(SHOWN)
        assert all(0.0 < product.propensity <= 1.0 for product in funnel.ranked)
        assert [product.explored for product in funnel.ranked].count(True) == (funnel in explored)
        assert funnel.shown[-1].reasons[0].subject == funnel.shown[-1].code, "its own reasons, not those of the third"
        assert {product.code: product.probability for product in funnel.ranked} == {
            product.code: product.probability for product in plain.ranked
        }
    again = ranker.rank([somebody(f"visit-{number}") for number in reversed(range(400))], NOW)
    assert again[::-1] == tried, "a function of the visit, not of the batch"
    other = Ranker(Falling(declaring(explore_epsilon=0.5), "falling-2")).rank([somebody("visit-1")] * 1, NOW)
    assert other[0].version == "falling-2"


def test_a_catalogue_can_switch_exploration_off() -> None:
    ranker = Ranker(Falling(declaring(explore=False, explore_epsilon=1.0)))
    funnels = ranker.rank([somebody(), *(somebody(f"visit-{number}") for number in range(50))], NOW)
    assert {tuple(product.code for product in funnel.ranked) for funnel in funnels} == {funnels[0].offered}
    assert {product.propensity for funnel in funnels for product in funnel.shown} == {1.0}


def test_the_record_and_the_visit_reach_the_rules() -> None:
    record = somebody(marketing_consent=False, opted_out=frozenset({"cards"})).facts
    assert (record.marketing_consent, record.opted_out) == (False, frozenset({"cards"}))
    talk = Contact(NOW, ("car_loan",))
    asked = CustomerRecord(
        ref="c-1",
        display_name="Somebody",
        profile={},
        holdings=frozenset(),
        hidden_product="car_loan",
        segment="family",
        risk_rating=5,
        age=40,
        age_band="35–44",
    )
    candidate = candidate_of(asked, {"mortgage": NOW}, contacts=(talk,), business="loan", key="visit-1")
    assert (candidate.facts.contacts, candidate.facts.business, candidate.key) == ((talk,), "loan", "visit-1")
    (funnel,) = Ranker(Falling(BANK)).rank([candidate], NOW)
    assert [product.code for product in funnel.ranked if product.factor == BANK.policy.business_boost] == [
        "consumer_loan",
        "car_loan",
    ]
    assert [removed.code for removed in funnel.removed if removed.rule is Rule.COOLING_OFF] == ["mortgage"]
